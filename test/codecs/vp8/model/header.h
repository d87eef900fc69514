/* SPDX-License-Identifier: MIT
 *
 * Frame tag and frame header of VP8 (RFC 6386 9 and 19.2), read from the stream alone, and what persists of them.
 */
#ifndef TEST_CODECS_VP8_HEADER_H
#define TEST_CODECS_VP8_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../tables.h"

enum { VP8_LAST, VP8_GOLDEN, VP8_ALTREF, VP8_REFERENCES };

struct vp8_probs {
	uint8_t coeff[VP8_COEFF_PROBS];
	uint8_t mv[VP8_MV_PROBS];
	uint8_t y_mode[4];
	uint8_t uv_mode[3];
};

/* 9.3 */
struct vp8_segments {
	bool absolute;
	int quant[4], level[4];
};

/* What a frame leaves for the next one. */
struct vp8_stream {
	bool begun; /* a key frame was there */
	uint16_t width, height;
	uint8_t horizontal_scale, vertical_scale;
	struct vp8_segments segments;
	int ref_delta[4], mode_delta[4]; /* 9.6 */
	struct vp8_probs probs;          /* 9.9 to 9.11 */
};

struct vp8_header {
	/* The tag, 9.1. */
	bool key, shown;
	uint8_t version;
	uint32_t first_part_size;
	size_t tag_size;

	bool segmentation, update_map, update_data;
	uint8_t tree_probs[3];
	bool simple_filter, adjust, delta_update;
	uint8_t level, sharpness;
	unsigned int partitions;
	int y_ac_qi, quant_delta[5]; /* y_dc, y2_dc, y2_ac, uv_dc, uv_ac */
	bool refresh[VP8_REFERENCES];
	uint8_t copy_to_golden, copy_to_altref; /* 0 no, 1 last, 2 the other one */
	bool sign_bias[VP8_REFERENCES];
	bool refresh_entropy;
	bool skip;
	uint8_t prob_skip_false, prob_intra, prob_last, prob_golden;
	/* The boolean decoder behind the header. */
	uint32_t bits;
	uint8_t range, value;

	uint32_t part_sizes[8];
	/* As this frame is decoded with. */
	struct vp8_stream now;
};

/*
 * Reads one frame, and keeps in `stream` what it leaves. NULL, or a sentence that says what is wrong: nothing is kept then.
 * A stream that is all 0 has not begun.
 */
const char *header_read(struct vp8_header *header, struct vp8_stream *stream, const uint8_t *data,
                        size_t size);

#endif
