/* SPDX-License-Identifier: MIT
 *
 * A stateless client: it decodes a stream on the model, and has libavcodec decode it plainly.
 */
#ifndef TEST_CODECS_MPEG2_TEST_CLIENT_H
#define TEST_CODECS_MPEG2_TEST_CLIENT_H

#include "test_stream.h"

struct client_frame {
	uint64_t hash;       /* of the samples that are shown */
	unsigned int fields; /* 1 << parity */
	size_t start, end;   /* in the stream */
};

struct client_run {
	struct client_frame *frames; /* in decoding order */
	unsigned int count;
	unsigned int jobs, predicted, painted, refused;
	unsigned int interlaced;                   /* pictures that are not progressive */
	bool spilled;                              /* a first field altered the rows of the second */
	unsigned int width, height, chroma_format; /* of the last sequence */
	char reason[320];                          /* the first */
};

/* What goes wrong; all of it may be left out. */
struct client_trouble {
	/* Alters the controls of a job. */
	void (*alter)(void *opaque, struct stream_controls *controls);
	/* Alters the slices of a job, with room for 4 bytes more; gives their new size. */
	size_t (*cut)(void *opaque, uint8_t *slices, size_t size);
	/* Somebody else writes into the references. */
	bool scribble;
	void *opaque;
};

/* false when the stream cannot be read. */
bool client_decode(struct client_run *run, const uint8_t *data, size_t size,
                   const struct client_trouble *trouble);
void client_free(struct client_run *run);

/* How many frames libavcodec puts out, and how many of them the model decoded to other samples. */
struct client_comparison {
	unsigned int frames, different;
};
bool client_compare(struct client_comparison *comparison, const struct client_run *run, const uint8_t *data);

#endif
