/* SPDX-License-Identifier: MIT
 *
 * The reader's own view of a VP8 frame (RFC 6386 9 and 19.2): what VA-API asks for, and what becomes of the reference buffers.
 */
#ifndef TEST_CODECS_VP8_CLIENT_HEADER_H
#define TEST_CODECS_VP8_CLIENT_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../tables.h"

enum { CLIENT_LAST, CLIENT_GOLDEN, CLIENT_ALTREF, CLIENT_REFERENCES };
enum { CLIENT_SEGMENTS = 4, CLIENT_PARTITIONS = 8 };

struct client_probabilities {
	uint8_t coefficients[VP8_COEFF_PROBS];
	uint8_t vectors[VP8_MV_PROBS];
	uint8_t y_modes[4];
	uint8_t uv_modes[3];
};

/* What a frame leaves for the next one, as the frame itself is decoded with. */
struct client_persistent {
	bool begun; /* a key frame was there */
	unsigned int width, height;
	bool segmentation;
	bool absolute; /* the segments' values are, and no deltas */
	int quantizer[CLIENT_SEGMENTS], level[CLIENT_SEGMENTS];
	uint8_t tree[3];
	int reference_delta[4], mode_delta[4];
	struct client_probabilities probabilities;
};

struct client_frame {
	bool key, shown;
	unsigned int version, tag_size, first_size;
	bool update_map, update_data;
	bool simple_filter, adjusted, update_deltas;
	unsigned int level, sharpness;
	int quantizer, quantizer_delta[5]; /* y_dc, y2_dc, y2_ac, uv_dc, uv_ac */
	bool refresh[CLIENT_REFERENCES];
	unsigned int
		copied[CLIENT_REFERENCES]; /* the buffer that comes into this one, where it is not refreshed */
	bool golden_bias, altref_bias;
	bool skips; /* mb_no_coeff_skip */
	uint8_t skip, intra, last, golden;
	unsigned int partitions;
	uint32_t partition_size[CLIENT_PARTITIONS];
	/* The boolean decoder behind the header, and how many bits of the first partition it has shifted out. */
	uint8_t range, value;
	uint32_t bits;
	struct client_persistent with;
};

/* Reads one frame of `size` bytes, and keeps in `persistent` what it leaves. False where it cannot be read; nothing is kept. */
bool vp8_read_frame(struct client_persistent *persistent, const uint8_t *data, size_t size,
                    struct client_frame *frame);

#endif
