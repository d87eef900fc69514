/* SPDX-License-Identifier: MIT
 *
 * Part of fill_c.c: what driver-src/codec/h264/state.ts keeps, in C.
 */
#ifndef TEST_BENCH_FILL_C_STATE_H
#define TEST_BENCH_FILL_C_STATE_H

#include <stddef.h>

#include "fill.h"
#include "fill_c_header.h"
#include "surfaces.h"

enum {
	MAX_EXTRA = 16,
	DECODED = 1,
	FIELD = 2,
	REFERENCE = 4,
	FRAME_STRUCTURE = 0,
	TOP = 1,
	BOTTOM = 2,
	NON_EXISTING = 0x20 /* VA_PICTURE_H264_NON_EXISTING of later libva */
};

enum { INIT_QP_UNKNOWN, INIT_QP_PLAIN, INIT_QP_WITH_OFFSET };

struct h264 {
	uint32_t profile;
	uint32_t surface;
	bool has_picture, has_matrix, has_p, has_b;
	unsigned structure;
	bool second_field;
	unsigned slices;
	bool previous;
	uint32_t previous_surface;
	unsigned previous_structure;
	bool previous_second;
	uint32_t previous_frame_num;
	int32_t previous_top, previous_bottom;
	VAPictureParameterBufferH264 picture;
	struct header first, header;
	struct commands commands[2];
	unsigned extra_count;
	VAPictureH264 extra[MAX_EXTRA];
	unsigned init_qp;
	uint32_t sequence[5];
	uint32_t skip;
	uint8_t defaults[256][2];
	struct surfaces surfaces;
	struct fill_output controls;
	uint32_t entry_surface[16];
	uint32_t entry_index[16];
	int32_t entry_wrap[16];
	unsigned entries;
	struct v4l2_ctrl_h264_sps sps;
	struct v4l2_ctrl_h264_pps pps;
	struct v4l2_ctrl_h264_scaling_matrix matrix;
	struct v4l2_ctrl_h264_decode_params params;
};

/* A driver has one for each context. */
static struct h264 instance;

#endif
