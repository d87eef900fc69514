/* SPDX-License-Identifier: MIT
 *
 * Part of fill_c.c: what driver-src/codec/h264/state.ts and driver-src/queues/surfaces.ts keep, in C.
 */
#ifndef TEST_BENCH_FILL_C_STATE_H
#define TEST_BENCH_FILL_C_STATE_H

#include <stddef.h>

#include "fill.h"
#include "fill_c_header.h"

enum {
	RECORDS = 128,
	MAX_EXTRA = 16,
	DECODED = 1,
	FIELD = 2,
	REFERENCE = 4,
	FRAME_STRUCTURE = 0,
	TOP = 1,
	BOTTOM = 2,
	NON_EXISTING = 0x20 /* VA_PICTURE_H264_NON_EXISTING of later libva */
};

enum { SURFACE_UNKNOWN, SURFACE_PENDING, SURFACE_READY };
enum { INIT_QP_UNKNOWN, INIT_QP_PLAIN, INIT_QP_WITH_OFFSET };

/* driver-src/queues/surfaces.ts */
struct surface {
	uint64_t timestamp;
	uint32_t id;
	uint32_t index;
	uint32_t state;
	uint32_t held;
	uint32_t last_use;
	uint32_t generation;
	uint32_t spoiled;
	uint32_t word;
};

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
	struct surface surfaces[RECORDS];
	uint32_t picture_number;
	uint32_t pending;
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

/* ---- surfaces -------------------------------------------------------------------------------------- */

static struct surface *find(struct h264 *s, uint32_t id)
{
	if (id == VA_INVALID_SURFACE)
		return NULL;
	for (unsigned i = 0; i < RECORDS; i++) {
		if (s->surfaces[i].id == id)
			return &s->surfaces[i];
	}
	return NULL;
}

static void release(struct surface *record)
{
	*record = (struct surface){
		.id = VA_INVALID_SURFACE, .index = VA_INVALID_SURFACE, .generation = record->generation};
}

static struct surface *least_used(struct h264 *s)
{
	struct surface *best = NULL;

	for (unsigned i = 0; i < RECORDS; i++) {
		struct surface *record = &s->surfaces[i];

		if (record->id == VA_INVALID_SURFACE)
			return record;
		if (record->state == SURFACE_PENDING || record->last_use == s->picture_number)
			continue;
		if (!best || record->last_use < best->last_use)
			best = record;
	}
	return best;
}

static struct surface *acquire(struct h264 *s, uint32_t id)
{
	struct surface *record = find(s, id);

	if (!record) {
		record = least_used(s);
		if (!record)
			return NULL;
		release(record);
		record->id = id;
	}
	record->last_use = s->picture_number;
	return record;
}

static void submitted(struct h264 *s, struct surface *record, uint64_t timestamp)
{
	if (record->state != SURFACE_PENDING) {
		record->state = SURFACE_PENDING;
		record->generation++;
		record->spoiled = 0;
		s->pending++;
	}
	record->timestamp = timestamp;
	record->held = 0;
}

static void finished(struct h264 *s, struct surface *record)
{
	if (record->state == SURFACE_PENDING)
		s->pending--;
	record->state = SURFACE_READY;
	record->held = 0;
}

#endif
