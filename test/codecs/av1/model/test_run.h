/* SPDX-License-Identifier: MIT
 *
 * One stream of AV1 through a client and the model, and its frames held against libaom's plain decoding.
 */
#ifndef TEST_CODECS_AV1_MODEL_TEST_RUN_H
#define TEST_CODECS_AV1_MODEL_TEST_RUN_H

#include "controls.h"
#include "test_shown.h"

enum { TEST_TILES = 512 };

/* The controls of one job, the client's own copy: a flip may alter them. */
struct test_controls {
	struct v4l2_ctrl_av1_sequence sequence;
	struct v4l2_ctrl_av1_frame frame;
	struct v4l2_ctrl_av1_film_grain grain;
	struct v4l2_ctrl_av1_tile_group_entry tiles[TEST_TILES];
	unsigned int tile_count;
};

/* What befalls a stream on the way. */
struct test_options {
	void (*alter)(void *opaque, struct test_controls *controls); /* NULL: nothing */
	void *opaque;
	bool
		scribble; /* the CAPTURE buffers of references without film grain are overwritten before each frame */
	bool twice;   /* each frame that goes to a slot is decoded without that first */
	bool no_grain;     /* the device has no control of film grain */
	uint32_t damage;   /* not 0: seed for breaking frames and controls at random */
	unsigned int drop; /* not 0: every so many-th frame that is no key frame never comes */
};

struct test_run {
	struct test_shown shown;
	unsigned int jobs, painted, refused, unreadable;
	unsigned int predicted, grained; /* frames that refer to others; with film grain */
	bool beyond;                     /* the stream is of none of the profiles that decoders have */
	char reason[300];                /* the first one */
};

/* False when the stream cannot be read, or there is no memory. */
bool test_decode(struct test_run *run, const uint8_t *data, size_t size, const struct test_options *options);
/* How many of the frames that libaom puts out, `frames` of them, are others than the model's; -1: it cannot be asked. */
int test_compare(const struct test_run *run, const uint8_t *data, size_t size, unsigned int *frames);
void test_run_free(struct test_run *run);

#endif
