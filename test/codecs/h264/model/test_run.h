/* SPDX-License-Identifier: MIT
 *
 * One stream through the client and the model, and its frames held against libavcodec's plain decoding.
 */
#ifndef TEST_CODECS_H264_TEST_RUN_H
#define TEST_CODECS_H264_TEST_RUN_H

#include "model.h"

/* The controls of one job, the client's own copy: a flip may alter them. */
struct test_controls {
	struct v4l2_ctrl_h264_sps sps;
	struct v4l2_ctrl_h264_pps pps;
	struct v4l2_ctrl_h264_scaling_matrix matrix;
	struct v4l2_ctrl_h264_decode_params params;
	struct v4l2_ctrl_h264_slice_params slice;
	struct v4l2_ctrl_h264_pred_weights weights;
};

struct test_flip {
	const char *name;
	bool (*concerns)(const struct test_controls *controls); /* NULL: every job */
	bool slice_based;                                       /* the control exists there only */
	bool reaches; /* a decoder's registers or tables, by the sensitivity runs */
	void (*apply)(struct test_controls *controls);
};

/* What befalls a stream on the way. */
struct test_options {
	const struct test_flip *flip;
	bool scribble;       /* the CAPTURE buffer of a reference is overwritten before each picture */
	unsigned int frames; /* at most so many, 0 for all */
	uint32_t damage;     /* not 0: seed for breaking slices and controls at random */
	unsigned int drop;   /* not 0: every so many-th picture that is not IDR never comes */
	unsigned int seek;   /* not 0: after every so many pictures the player goes to the next I picture */
};

struct test_frame {
	size_t start, end; /* of its bytes in the stream */
	uint64_t hash[2];  /* of its top and bottom field */
	unsigned int fields;
	bool sought;  /* the player came here by seeking */
	bool excused; /* refused as damaged: what then is in it is nobody's */
};

struct test_run {
	struct test_frame *frames;
	unsigned int count;
	unsigned int jobs, painted, refused;
	unsigned int damaged;    /* of the refused: libavcodec found the slice data to be damaged */
	unsigned int lenient;    /* jobs after which the model took the stream for damaged */
	unsigned int concerned;  /* jobs that the flip concerned */
	unsigned int unreadable; /* slices whose header the client could not read, or beyond the profiles */
	char reason[300];        /* the first one */
};

struct test_plain {
	unsigned int frames, different, missing;
	char md5[33]; /* of what plain decoding puts out, as `ffmpeg -f md5` prints it */
};

/* False when there is no memory. */
bool test_decode(struct test_run *run, const uint8_t *data, size_t size, bool slice_based,
                 const struct test_options *options);
bool test_plain_decode(struct test_plain *plain, const struct test_run *run, const uint8_t *data);
void test_run_free(struct test_run *run);

#endif
