/* SPDX-License-Identifier: MIT
 *
 * The reader's own view of a VP9 frame: the uncompressed header (6.2 of the specification), and what becomes of the slots.
 */
#ifndef TEST_CODECS_VP9_CLIENT_HEADER_H
#define TEST_CODECS_VP9_CLIENT_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLIENT_SLOTS = 8, CLIENT_REFERENCES = 3, CLIENT_SEGMENTS = 8, CLIENT_FEATURES = 4 };
enum { CLIENT_ALT_Q, CLIENT_ALT_L, CLIENT_REFERENCE, CLIENT_SKIP };
/* interpolation_filter, 7.2 */
enum { CLIENT_SMOOTH, CLIENT_EIGHTTAP, CLIENT_SHARP, CLIENT_BILINEAR, CLIENT_SWITCHABLE };

struct client_size {
	unsigned int width, height;
};

/* 7.2.10 */
struct client_segmentation {
	bool enabled, update_map, temporal, update_data, absolute;
	uint8_t tree[7], predicted[3];
	bool feature[CLIENT_SEGMENTS][CLIENT_FEATURES];
	int value[CLIENT_SEGMENTS][CLIENT_FEATURES];
};

/* What a frame leaves for the next one, as the frame itself is decoded with. */
struct client_persistent {
	unsigned int depth;                       /* bits */
	bool full_range, half_width, half_height; /* the latter two of chroma */
	int reference_delta[4], mode_delta[2];
	struct client_segmentation segmentation;
	struct client_size slots[CLIENT_SLOTS]; /* of the frames in them */
};

struct client_frame {
	bool shows_existing; /* the rest is unset then, but `existing` */
	unsigned int existing;
	unsigned int profile;
	bool key, shown, resilient, intra_only;
	unsigned int reset; /* reset_frame_context, as it is in the stream */
	unsigned int refreshed;
	unsigned int slot[CLIENT_REFERENCES];
	bool bias[CLIENT_REFERENCES];
	struct client_size size, render;
	bool high_precision;
	unsigned int filter;
	bool refresh_context, parallel;
	unsigned int context; /* frame_context_idx, as it is in the stream */
	unsigned int level, sharpness;
	bool deltas, update_deltas;
	unsigned int quantizer;
	int delta_q[3];                       /* y_dc, uv_dc, uv_ac */
	unsigned int tile_columns, tile_rows; /* log2 */
	unsigned int compressed_size, header_size;
	struct client_persistent with;
};

/* Reads one frame of `size` bytes, and keeps in `persistent` what it leaves. False where it cannot be read; nothing is kept. */
bool vp9_read_frame(struct client_persistent *persistent, const uint8_t *data, size_t size,
                    struct client_frame *frame);

#endif
