/* SPDX-License-Identifier: MIT
 *
 * One stream of HEVC through the client and the model, and its frames held against libavcodec's plain decoding.
 */
#ifndef TEST_CODECS_HEVC_TEST_RUN_H
#define TEST_CODECS_HEVC_TEST_RUN_H

#include "model.h"

/* The controls of one job, the client's own copy: a flip may alter them. */
struct test_controls {
	struct v4l2_ctrl_hevc_sps sps;
	struct v4l2_ctrl_hevc_pps pps;
	struct v4l2_ctrl_hevc_scaling_matrix matrix;
	struct v4l2_ctrl_hevc_decode_params params;
	struct v4l2_ctrl_hevc_slice_params *slices;
	unsigned int slice_count;
	uint32_t *entry_points;
	unsigned int entry_point_count;
};

/* What befalls a stream on the way. */
struct test_options {
	bool slice_based;
	void (*alter)(const void *opaque, struct test_controls *controls); /* NULL: nothing */
	const void *opaque;
	bool scribble;       /* the CAPTURE buffers of references are overwritten before each picture */
	uint32_t damage;     /* not 0: seed for breaking slices and controls at random */
	unsigned int drop;   /* not 0: every so many-th picture that is no IRAP picture never comes */
	unsigned int frames; /* at most so many, 0 for all */
};

struct test_frame {
	size_t start, end; /* of its bytes in the stream */
	uint64_t hash;
	bool excused; /* refused: what then is in it is nobody's */
};

struct test_run {
	struct test_frame *frames;
	unsigned int count;
	unsigned int shown; /* frames that come out */
	unsigned int jobs, painted, refused;
	unsigned int
		predicted; /* pictures that refer to others; those of one block may well predict nothing, and do not count */
	bool beyond;             /* the stream is of none of the profiles that decoders have */
	unsigned int unreadable; /* slices whose header the client could not read */
	char reason[300];        /* the first one */
};

/* False when there is no memory. */
bool test_decode(struct test_run *run, const uint8_t *data, size_t size, const struct test_options *options);
/* How many of the frames that libavcodec puts out, in `frames`, the model decoded to other samples; -1: it cannot be asked. */
int test_compare(const struct test_run *run, const uint8_t *data, unsigned int *frames);
void test_run_free(struct test_run *run);

#endif
