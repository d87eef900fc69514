/* SPDX-License-Identifier: MIT
 *
 * One stream of VP9 through a client and the model, and its frames held against libavcodec's plain decoding.
 */
#ifndef TEST_CODECS_VP9_MODEL_TEST_RUN_H
#define TEST_CODECS_VP9_MODEL_TEST_RUN_H

#include "model.h"
#include "test_shown.h"

/* The controls of one job, the client's own copy: a flip may alter them. */
struct test_controls {
	struct v4l2_ctrl_vp9_frame frame;
	struct v4l2_ctrl_vp9_compressed_hdr header;
};

/* What befalls a stream on the way. */
struct test_options {
	void (*alter)(const void *opaque, struct test_controls *controls); /* NULL: nothing */
	const void *opaque;
	bool scribble;     /* the CAPTURE buffers of references are overwritten before each frame */
	uint32_t damage;   /* not 0: seed for breaking frames and controls at random */
	unsigned int drop; /* not 0: every so many-th frame that is no key frame never comes */
};

struct test_run {
	struct test_shown shown;
	unsigned int jobs, inter, painted, refused;
	unsigned int predicted; /* frames larger than a block that refer to others */
	bool beyond;            /* the stream is of none of the profiles that decoders have */
	char reason[300];       /* the first one */
};

/* False when the stream cannot be read, or there is no memory. */
bool test_decode(struct test_run *run, const uint8_t *data, size_t size, const struct test_options *options);
/* How many of the frames that libavcodec puts out, `frames` of them, are others than the model's; -1: it cannot be asked. */
int test_compare(const struct test_run *run, const uint8_t *data, size_t size, unsigned int *frames);
void test_run_free(struct test_run *run);

#endif
