/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/clock.h"

enum { LINE = 320, WORD = 24 };

int trace_file(const char *path, int *fd)
{
	/* A pipe must hold up nobody: neither open() nor write() waits for its reader. */
	do {
		*fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
	} while (*fd < 0 && errno == EINTR);
	return *fd < 0 ? errno : 0;
}

struct trace *trace_open(int fd, uint32_t context)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (trace) {
		trace->fd = fd;
		trace->context = context;
		trace->last = CORE_NONE;
	}
	return trace;
}

void trace_close(struct trace *trace, const struct core_layout *layout)
{
	if (trace)
		trace_stopped(trace, layout);
	free(trace);
}

/* ---- moments ----------------------------------------------------------------------------------- */

/* The first time counts. */
static void note(struct trace_picture *picture, enum trace_moment moment)
{
	if (picture->number && !picture->at[moment])
		picture->at[moment] = now_ns();
}

void trace_begin(struct trace *trace)
{
	memset(&trace->open, 0, sizeof(trace->open));
	trace->open.number = ++trace->pictures;
	trace->joined = false;
	note(&trace->open, TRACE_BEGUN);
}

static struct trace_picture *current(struct trace *trace)
{
	return trace->joined ? &trace->queued[trace->last] : &trace->open;
}

void trace_wait(struct trace *trace, uint32_t surface)
{
	if (surface == CORE_NONE) {
		note(current(trace), TRACE_REFERENCES);
		return;
	}
	for (uint32_t i = 0; i < CORE_MAX_CAPTURE_BUFFERS; i++) {
		if (trace->queued[i].surface == surface)
			note(&trace->queued[i], TRACE_DECODER);
	}
}

void trace_wait_readers(struct trace *trace)
{
	note(current(trace), TRACE_READERS);
}

void trace_output(struct trace *trace, uint32_t slot, uint32_t bytes)
{
	trace->slot = slot;
	trace->bytes = bytes;
	trace->capture_of[slot] = CORE_NONE;
}

void trace_capture(struct trace *trace, uint32_t index, uint32_t surface)
{
	trace->queued[index] = trace->open;
	trace->queued[index].surface = surface;
	trace->queued[index].bytes = trace->bytes;
	trace->capture_of[trace->slot] = index;
	trace->last = index;
	trace->joined = true;
}

void trace_request(struct trace *trace, uint32_t slot)
{
	uint32_t index = trace->capture_of[slot];

	/* A slice joins those before it, and a second field the first in the CAPTURE buffer that the decoder holds: they are one picture. */
	if (index == CORE_NONE && trace->last != CORE_NONE) {
		index = trace->last;
		trace->queued[index].bytes += trace->bytes;
		trace->joined = true;
	}
	if (index != CORE_NONE)
		trace->queued[index].at[TRACE_QUEUED] = now_ns();
}

/* ---- lines ------------------------------------------------------------------------------------- */

/* us after the picture was begun, or "-". */
static const char *since(char word[WORD], const struct trace_picture *picture, uint64_t at)
{
	if (at == 0)
		return "-";
	snprintf(word, WORD, "%" PRIu64, (at - picture->at[TRACE_BEGUN]) / 1000);
	return word;
}

/* In one write(), so that lines of several threads and processes do not mix. One that cannot be written is left out. */
static void write_line(const struct trace *trace, const struct core_layout *layout,
                       const struct trace_picture *picture, uint64_t done, const char *result)
{
	char references[WORD], readers[WORD], queued[WORD], decoder[WORD], finished[WORD];
	char line[LINE];
	int length =
		snprintf(line, sizeof(line),
	             "context=%u picture=%u size=%ux%u bytes=%u begun=%" PRIu64
	             " references=%s readers=%s queued=%s decoder=%s done=%s result=%s\n",
	             trace->context, picture->number, layout->width, layout->height, picture->bytes,
	             picture->at[TRACE_BEGUN] / 1000, since(references, picture, picture->at[TRACE_REFERENCES]),
	             since(readers, picture, picture->at[TRACE_READERS]),
	             since(queued, picture, picture->at[TRACE_QUEUED]),
	             since(decoder, picture, picture->at[TRACE_DECODER]), since(finished, picture, done), result);
	ssize_t written;

	do {
		written = write(trace->fd, line, (size_t)length);
	} while (written < 0 && errno == EINTR);
}

static void finish(struct trace *trace, const struct core_layout *layout, uint32_t index, uint64_t done,
                   const char *result)
{
	struct trace_picture *picture = &trace->queued[index];

	if (picture->number == 0)
		return;
	write_line(trace, layout, picture, done, result);
	memset(picture, 0, sizeof(*picture));
}

void trace_done(struct trace *trace, const struct core_layout *layout, uint32_t index, uint32_t flags)
{
	finish(trace, layout, index, now_ns(), flags & V4L2_BUF_FLAG_ERROR ? "error" : "decoded");
}

void trace_stopped(struct trace *trace, const struct core_layout *layout)
{
	for (uint32_t i = 0; i < CORE_MAX_CAPTURE_BUFFERS; i++)
		finish(trace, layout, i, 0, "lost");
}
