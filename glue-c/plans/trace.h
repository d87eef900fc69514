/* SPDX-License-Identifier: MIT
 *
 * LIBVA_V4L2_REQUEST_TRACE: a line for each picture, which says when it got how far. docs/debugging.md explains the lines.
 * A context without a trace has none of this: executor->trace is NULL, and nothing is called.
 */
#ifndef GLUE_PLANS_TRACE_H
#define GLUE_PLANS_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "../core/exchange.h"

/* What has a time of its own in the line. */
enum trace_moment {
	TRACE_BEGUN,      /* vaBeginPicture */
	TRACE_REFERENCES, /* it began to wait for earlier pictures, before the decoder could have it */
	TRACE_READERS,    /* it began to wait for those who still read its surface */
	TRACE_QUEUED,     /* the decoder has all of it */
	TRACE_DECODER,    /* the player began to wait for it */
	TRACE_MOMENTS
};

struct trace_picture {
	uint32_t number;            /* of the context, from 1; 0: no picture */
	uint32_t surface;           /* that gets the samples, once it is queued */
	uint32_t bytes;             /* of its bitstream */
	uint64_t at[TRACE_MOMENTS]; /* CLOCK_MONOTONIC, ns; 0: it never came to that */
};

/* Of one context; guarded by the executor's lock. */
struct trace {
	int fd; /* the display's, which closes it */
	uint32_t context;
	uint32_t pictures; /* so far */
	struct trace_picture open;
	struct trace_picture queued[CORE_MAX_CAPTURE_BUFFERS]; /* by their CAPTURE buffers */
	uint32_t last; /* the CAPTURE buffer queued last; CORE_NONE at first */
	bool joined;   /* the open picture is in queued[last] already */
	uint32_t slot; /* the OUTPUT buffer queued last, and bytes in it */
	uint32_t bytes;
	/* The CAPTURE buffer that came with each OUTPUT buffer; CORE_NONE: none, it goes on with the last. */
	uint32_t capture_of[CORE_MAX_OUTPUT_SLOTS];
};

/* Opens the file to append to. Returns 0 or errno, and then *fd is -1. A pipe that nobody reads is ENXIO. */
int trace_file(const char *path, int *fd);

/* NULL: no memory. context: its serial number. */
struct trace *trace_open(int fd, uint32_t context);
/* Pictures that never came back are written as lost. trace may be NULL. */
void trace_close(struct trace *trace, const struct core_layout *layout);

void trace_begin(struct trace *trace);
/* Somebody begins to wait for the picture in this surface; CORE_NONE: for room for the open picture. */
void trace_wait(struct trace *trace, uint32_t surface);
/* The open picture waits for its surface's readers. */
void trace_wait_readers(struct trace *trace);
/* A part of a picture's bitstream; its CAPTURE buffer; the request that holds both, at once or once the next picture is open. */
void trace_output(struct trace *trace, uint32_t slot, uint32_t bytes);
void trace_capture(struct trace *trace, uint32_t index, uint32_t surface);
void trace_request(struct trace *trace, uint32_t slot);
/* The CAPTURE buffer came back. flags: V4L2_BUF_FLAG_* */
void trace_done(struct trace *trace, const struct core_layout *layout, uint32_t index, uint32_t flags);
/* The queue was stopped: no buffer comes back. */
void trace_stopped(struct trace *trace, const struct core_layout *layout);

#endif
