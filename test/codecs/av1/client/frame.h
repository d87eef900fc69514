/* SPDX-License-Identifier: MIT
 *
 * The reader's own view of an AV1 frame: the uncompressed header (5.9 of the specification), and what becomes of the eight slots.
 */
#ifndef TEST_CODECS_AV1_CLIENT_FRAME_H
#define TEST_CODECS_AV1_CLIENT_FRAME_H

#include "sequence.h"

enum { CLIENT_SLOTS = 8, CLIENT_REFERENCES = 7, CLIENT_NAMES = 8, CLIENT_SEGMENTS = 8, CLIENT_FEATURES = 8 };
enum { CLIENT_KEY, CLIENT_INTER, CLIENT_INTRA_ONLY, CLIENT_SWITCH };
enum { CLIENT_NO_PRIMARY = 7 };
/* The names of references, 6.10.24. */
enum {
	CLIENT_INTRA,
	CLIENT_LAST,
	CLIENT_LAST2,
	CLIENT_LAST3,
	CLIENT_GOLDEN,
	CLIENT_BWDREF,
	CLIENT_ALTREF2,
	CLIENT_ALTREF
};
enum { CLIENT_ALT_Q, CLIENT_ALT_LF, CLIENT_SEGMENT_REFERENCE = 5 };
enum { CLIENT_IDENTITY, CLIENT_TRANSLATION, CLIENT_ROTZOOM, CLIENT_AFFINE };
enum { CLIENT_RESTORE_NONE, CLIENT_WIENER, CLIENT_SGRPROJ, CLIENT_RESTORE_SWITCHABLE };
enum { CLIENT_SWITCHABLE = 4 };                             /* interpolation_filter */
enum { CLIENT_ONLY_4X4, CLIENT_LARGEST, CLIENT_TX_SELECT }; /* TxMode */
enum { CLIENT_TILE_LINES = 64 };

struct client_size {
	unsigned int upscaled_width, width, height, render_width, render_height;
};

struct client_tiles {
	bool uniform;
	unsigned int columns, rows, columns_log2, rows_log2;
	unsigned int column_start[CLIENT_TILE_LINES + 1],
		row_start[CLIENT_TILE_LINES + 1];                             /* in units of 4 samples */
	unsigned int width[CLIENT_TILE_LINES], height[CLIENT_TILE_LINES]; /* in superblocks */
	unsigned int context_update, size_bytes;
};

struct client_quantizer {
	unsigned int base;
	int y_dc, u_dc, u_ac, v_dc, v_ac;
	bool different_uv, matrices;
	unsigned int matrix[3];
	bool delta;
	unsigned int delta_resolution;
};

struct client_segmentation {
	bool enabled, update_map, temporal, update_data;
	bool feature[CLIENT_SEGMENTS][CLIENT_FEATURES];
	int value[CLIENT_SEGMENTS][CLIENT_FEATURES];
};

struct client_filter_deltas {
	int reference[CLIENT_NAMES], mode[2];
};

struct client_loop_filter {
	unsigned int level[4], sharpness;
	bool deltas, update_deltas;
	struct client_filter_deltas delta;
	bool delta_lf, delta_lf_multi;
	unsigned int delta_lf_resolution;
};

struct client_cdef {
	unsigned int damping, bits; /* damping: less 3 */
	unsigned int y_primary[8], y_secondary[8], uv_primary[8], uv_secondary[8];
};

struct client_restoration {
	unsigned int type[3];
	unsigned int shift, uv_shift;
	bool used, used_for_chroma;
};

struct client_motion {
	unsigned int type[CLIENT_NAMES];
	int parameter[CLIENT_NAMES][6];
	bool invalid[CLIENT_NAMES]; /* no warp filter has such a model */
};

/* 5.9.30 */
struct client_grain {
	bool apply, update;
	unsigned int seed, reference;
	unsigned int y_points, cb_points, cr_points;
	uint8_t y_value[16], y_scaling[16], cb_value[16], cb_scaling[16], cr_value[16], cr_scaling[16];
	bool chroma_from_luma;
	unsigned int scaling_shift, lag, coefficient_shift, scale_shift; /* the first less 8, the third less 6 */
	uint8_t y_coefficient[24], cb_coefficient[25], cr_coefficient[25]; /* plus 128 */
	unsigned int cb_mult, cb_luma_mult, cb_offset, cr_mult, cr_luma_mult, cr_offset;
	bool overlap, clip;
};

/* What a slot keeps of the frame in it. */
struct client_slot {
	bool valid;
	unsigned int type, id, order_hint, depth;
	bool showable;
	struct client_size size;
	unsigned int order_hints[CLIENT_NAMES];
	struct client_segmentation segmentation;
	struct client_filter_deltas deltas;
	struct client_motion motion;
	struct client_grain grain;
};

struct client_frame {
	bool shows_existing; /* the rest is unset then, but `existing` */
	unsigned int existing;
	unsigned int type;
	bool shown, showable, resilient, intra;
	bool disable_cdf_update, screen_content, integer_mv, size_override;
	unsigned int id, order_hint, primary, refreshed;
	bool removal_times;
	unsigned int removal_time[CLIENT_POINTS];
	bool intrabc, short_signaling;
	unsigned int slot[CLIENT_REFERENCES];
	struct client_size size;
	bool superres;
	unsigned int denominator; /* 8 without superres */
	bool high_precision, motion_switchable, reference_mvs;
	unsigned int filter;
	unsigned int order_hints[CLIENT_NAMES];
	bool disable_frame_end_update;
	struct client_tiles tiles;
	struct client_quantizer quantizer;
	struct client_segmentation segmentation;
	struct client_loop_filter loop_filter;
	struct client_cdef cdef;
	struct client_restoration restoration;
	unsigned int transform_mode;
	bool lossless, all_lossless; /* CodedLossless, AllLossless */
	bool reference_select, skip_mode_allowed, skip_mode, warped, reduced_transforms;
	unsigned int skip_frames[2];
	struct client_motion motion;
	struct client_grain grain;
};

struct client_state {
	struct client_sequence sequence;
	struct client_slot slots[CLIENT_SLOTS];
};

/*
 * Reads a frame header of at most `size` bytes; `bits` of them are its own, then. temporal, spatial: the layers of its OBU. False where it
 * cannot be read, or refers to a slot with nothing in it.
 */
bool av1_read_frame(struct client_state *state, const uint8_t *data, size_t size, unsigned int temporal,
                    unsigned int spatial, struct client_frame *frame, size_t *bits);
/* The frame is decoded, or shown (7.20, 7.21). */
void av1_keep_frame(struct client_state *state, const struct client_frame *frame);

#endif
