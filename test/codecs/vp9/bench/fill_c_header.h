/* SPDX-License-Identifier: MIT
 *
 * Part of fill_c.c: driver-src/codec/vp9/uncompressed-header.ts and compressed-header.ts in C, with what they read by.
 */
#ifndef TEST_CODECS_VP9_BENCH_FILL_C_HEADER_H
#define TEST_CODECS_VP9_BENCH_FILL_C_HEADER_H

#include <linux/v4l2-controls.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bool_decoder.h"

/* What persists, and what the control has no field for. */
struct stream {
	uint32_t bit_depth, color_range;
	struct v4l2_vp9_loop_filter lf;
	struct v4l2_vp9_segmentation seg;
	bool features_unsent;
};

struct rest {
	uint32_t reset_frame_context;
	uint32_t idx[3];
	uint32_t sized_by;
	bool lossless;
};

static const uint32_t INTRA = V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY;
static const uint32_t YUV420 = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;

/* ---- bits --------------------------------------------------------------------------------------------- */

struct reader {
	const uint8_t *start;
	uint32_t limit, position;
};

static uint32_t bits(struct reader *r, uint32_t count)
{
	uint32_t value = 0;

	while (count) {
		const uint32_t room = 8 - (r->position & 7);
		const uint32_t taken = count < room ? count : room;
		const uint32_t byte = r->position < r->limit ? r->start[r->position >> 3] : 0;

		value = value << taken | (byte >> (room - taken) & ((1u << taken) - 1));
		r->position += taken;
		count -= taken;
	}
	return value;
}

static int signed_bits(struct reader *r, uint32_t count)
{
	const int magnitude = (int)bits(r, count);

	return bits(r, 1) ? -magnitude : magnitude;
}

/* ---- the uncompressed header -------------------------------------------------------------------------- */

static bool read_color(struct reader *r, struct v4l2_ctrl_vp9_frame *h)
{
	h->bit_depth = 8;
	if (h->profile >= 2) {
		h->bit_depth = 10;
		if (bits(r, 1))
			return false;
	}
	if (bits(r, 3) == 7)
		return false;
	if (bits(r, 1))
		h->flags |= V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING;
	h->flags |= YUV420;
	return true;
}

static void read_frame_size(struct reader *r, struct v4l2_ctrl_vp9_frame *h)
{
	h->frame_width_minus_1 = (uint16_t)bits(r, 16);
	h->frame_height_minus_1 = (uint16_t)bits(r, 16);
}

static void read_render_size(struct reader *r, struct v4l2_ctrl_vp9_frame *h)
{
	h->render_width_minus_1 = h->frame_width_minus_1;
	h->render_height_minus_1 = h->frame_height_minus_1;
	if (!bits(r, 1))
		return;
	h->render_width_minus_1 = (uint16_t)bits(r, 16);
	h->render_height_minus_1 = (uint16_t)bits(r, 16);
}

static bool read_sync_code(struct reader *r)
{
	return bits(r, 8) == 0x49 && bits(r, 16) == 0x8342;
}

static void read_inter(struct reader *r, struct v4l2_ctrl_vp9_frame *h, const struct stream *s,
                       struct rest *rest, uint32_t width, uint32_t height)
{
	static const uint8_t filters[4] = {V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH,
	                                   V4L2_VP9_INTERP_FILTER_EIGHTTAP, V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP,
	                                   V4L2_VP9_INTERP_FILTER_BILINEAR};
	uint32_t i;

	bits(r, 8);
	for (i = 0; i < 3; i++) {
		rest->idx[i] = bits(r, 3);
		h->ref_frame_sign_bias |= (uint8_t)(bits(r, 1) << i);
	}
	if (h->flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT)
		h->ref_frame_sign_bias = 0;
	h->bit_depth = (uint8_t)(s->bit_depth ? s->bit_depth : h->profile ? 10 : 8);
	h->flags |= YUV420 | s->color_range;
	for (i = 0; i < 3 && !bits(r, 1);)
		i++;
	rest->sized_by = i;
	if (i == 3) {
		read_frame_size(r, h);
	} else {
		h->frame_width_minus_1 = (uint16_t)(width - 1);
		h->frame_height_minus_1 = (uint16_t)(height - 1);
	}
	read_render_size(r, h);
	if (bits(r, 1))
		h->flags |= V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV;
	h->interpolation_filter = bits(r, 1) ? V4L2_VP9_INTERP_FILTER_SWITCHABLE : filters[bits(r, 2)];
}

static bool read_intra(struct reader *r, struct v4l2_ctrl_vp9_frame *h, bool key)
{
	if (!read_sync_code(r))
		return false;
	if (key || h->profile) {
		if (!read_color(r, h))
			return false;
	} else {
		h->bit_depth = 8;
		h->flags |= YUV420;
	}
	if (!key)
		bits(r, 8);
	read_frame_size(r, h);
	read_render_size(r, h);
	return true;
}

static void read_loop_filter(struct reader *r, struct v4l2_vp9_loop_filter *lf)
{
	lf->level = (uint8_t)bits(r, 6);
	lf->sharpness = (uint8_t)bits(r, 3);
	if (!bits(r, 1))
		return;
	lf->flags = V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED;
	if (!bits(r, 1))
		return;
	lf->flags |= V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE;
	for (int i = 0; i < 4; i++)
		if (bits(r, 1))
			lf->ref_deltas[i] = (int8_t)signed_bits(r, 6);
	for (int i = 0; i < 2; i++)
		if (bits(r, 1))
			lf->mode_deltas[i] = (int8_t)signed_bits(r, 6);
}

static void read_features(struct reader *r, struct v4l2_vp9_segmentation *seg)
{
	static const uint8_t size[4] = {8, 6, 2, 0};

	seg->flags &= (uint8_t)~V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE;
	if (bits(r, 1))
		seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE;
	for (int i = 0; i < 8; i++) {
		seg->feature_enabled[i] = 0;
		for (int j = 0; j < 4; j++) {
			int value = 0;

			if (bits(r, 1)) {
				seg->feature_enabled[i] |= (uint8_t)(1 << j);
				value = (int)bits(r, size[j]);
				if (j < 2 && bits(r, 1))
					value = -value;
			}
			seg->feature_data[i][j] = (int16_t)value;
		}
	}
}

static uint8_t prob(struct reader *r)
{
	return bits(r, 1) ? (uint8_t)bits(r, 8) : 255;
}

static void read_segmentation(struct reader *r, struct v4l2_vp9_segmentation *seg)
{
	if (!bits(r, 1))
		return;
	seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_ENABLED;
	if (bits(r, 1)) {
		seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP;
		for (int i = 0; i < 7; i++)
			seg->tree_probs[i] = prob(r);
		if (bits(r, 1)) {
			seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE;
			for (int i = 0; i < 3; i++)
				seg->pred_probs[i] = prob(r);
		}
	}
	if (!bits(r, 1))
		return;
	seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
	read_features(r, seg);
}

static void read_tiles(struct reader *r, struct v4l2_ctrl_vp9_frame *h)
{
	const uint32_t columns = (h->frame_width_minus_1 + 64u) >> 6;
	uint32_t log2 = 0, most = 1;

	while (64u << log2 < columns)
		log2++;
	while (columns >> most >= 4)
		most++;
	while (log2 < most - 1 && bits(r, 1))
		log2++;
	h->tile_cols_log2 = (uint8_t)log2;
	if (bits(r, 1))
		h->tile_rows_log2 = (uint8_t)(1 + bits(r, 1));
}

static int8_t delta_q(struct reader *r)
{
	return bits(r, 1) ? (int8_t)signed_bits(r, 4) : 0;
}

static void read_quant(struct reader *r, struct v4l2_vp9_quantization *q, struct rest *rest)
{
	q->base_q_idx = (uint8_t)bits(r, 8);
	q->delta_q_y_dc = delta_q(r);
	q->delta_q_uv_dc = delta_q(r);
	q->delta_q_uv_ac = delta_q(r);
	rest->lossless = !q->base_q_idx && !q->delta_q_y_dc && !q->delta_q_uv_dc && !q->delta_q_uv_ac;
}

static bool read_uncompressed(struct v4l2_ctrl_vp9_frame *h, const struct stream *s, struct rest *rest,
                              const uint8_t *data, uint32_t size, uint32_t width, uint32_t height)
{
	struct reader reader = {data, size * 8, 0}, *r = &reader;
	bool inter, resilient;

	memset(h, 0, sizeof(*h));
	memset(rest, 0, sizeof(*rest));
	rest->sized_by = 3;
	if (bits(r, 2) != 2)
		return false;
	h->profile = (uint8_t)bits(r, 1);
	h->profile |= (uint8_t)(bits(r, 1) << 1);
	if ((h->profile & 1) || bits(r, 1))
		return false;
	inter = bits(r, 1);
	h->flags = inter ? 0 : V4L2_VP9_FRAME_FLAG_KEY_FRAME;
	if (bits(r, 1))
		h->flags |= V4L2_VP9_FRAME_FLAG_SHOW_FRAME;
	resilient = bits(r, 1);
	if (resilient)
		h->flags |= V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT;
	if (inter && !(h->flags & V4L2_VP9_FRAME_FLAG_SHOW_FRAME) && bits(r, 1))
		h->flags |= V4L2_VP9_FRAME_FLAG_INTRA_ONLY;
	if (inter && !resilient)
		rest->reset_frame_context = bits(r, 2);
	h->reset_frame_context = (uint8_t)(rest->reset_frame_context ? rest->reset_frame_context - 1 : 0);
	if (!(h->flags & INTRA))
		read_inter(r, h, s, rest, width, height);
	else if (!read_intra(r, h, !inter))
		return false;
	if (!resilient && bits(r, 1))
		h->flags |= V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX;
	if (resilient || bits(r, 1))
		h->flags |= V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE;
	h->frame_context_idx = (uint8_t)bits(r, 2);
	if (!(h->flags & INTRA) && !resilient) {
		memcpy(h->lf.ref_deltas, s->lf.ref_deltas, sizeof(h->lf.ref_deltas));
		memcpy(h->lf.mode_deltas, s->lf.mode_deltas, sizeof(h->lf.mode_deltas));
		h->seg = s->seg;
		h->seg.flags &= V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE;
	} else {
		h->lf.ref_deltas[0] = 1;
		h->lf.ref_deltas[2] = h->lf.ref_deltas[3] = -1;
	}
	memset(h->seg.tree_probs, 255, sizeof(h->seg.tree_probs));
	memset(h->seg.pred_probs, 255, sizeof(h->seg.pred_probs));
	read_loop_filter(r, &h->lf);
	read_quant(r, &h->quant, rest);
	read_segmentation(r, &h->seg);
	read_tiles(r, h);
	h->compressed_header_size = (uint16_t)bits(r, 16);
	h->uncompressed_header_size = (uint16_t)((r->position + 7) >> 3);
	return r->position <= r->limit && h->compressed_header_size;
}

/* ---- the boolean decoder ---------------------------------------------------------------------------- */

static uint32_t literal(struct coder *c, uint32_t count)
{
	uint32_t value = 0;

	while (count--)
		value = value << 1 | read_bool(c, 128);
	return value;
}

/* ---- the compressed header ---------------------------------------------------------------------------- */

/* inv_map_table[], 6.3.5. */
static uint8_t inv_map(uint32_t code)
{
	uint32_t value;

	if (code < 20)
		return (uint8_t)(7 + 13 * code);
	if (code > 252)
		return 253;
	value = code - 19; /* of those that are none of the first twenty, 12 after 12 */
	return (uint8_t)(value + (value + 5) / 12);
}

static uint32_t delta(struct coder *c)
{
	uint32_t value;

	if (!literal(c, 1))
		return literal(c, 4);
	if (!literal(c, 1))
		return literal(c, 4) + 16;
	if (!literal(c, 1))
		return literal(c, 5) + 32;
	value = literal(c, 7);
	return value < 65 ? value + 64 : (value << 1) - 1 + literal(c, 1);
}

static void deltas(struct coder *c, void *to, uint32_t count)
{
	uint8_t *at = to;

	for (uint32_t i = 0; i < count; i++)
		if (read_bool(c, 252))
			at[i] = inv_map(delta(c));
}

static void vectors(struct coder *c, void *to, uint32_t count)
{
	uint8_t *at = to;

	for (uint32_t i = 0; i < count; i++)
		if (read_bool(c, 252))
			at[i] = (uint8_t)(literal(c, 7) << 1 | 1);
}

static void read_mv(struct coder *c, struct v4l2_vp9_mv_probs *mv, bool high)
{
	vectors(c, mv->joint, 3);
	for (int i = 0; i < 2; i++) {
		vectors(c, &mv->sign[i], 1);
		vectors(c, mv->classes[i], 10);
		vectors(c, &mv->class0_bit[i], 1);
		vectors(c, mv->bits[i], 10);
	}
	for (int i = 0; i < 2; i++) {
		vectors(c, mv->class0_fr[i], 6);
		vectors(c, mv->fr[i], 3);
	}
	for (int i = 0; high && i < 2; i++) {
		vectors(c, &mv->class0_hp[i], 1);
		vectors(c, &mv->hp[i], 1);
	}
}

static uint8_t read_reference_mode(struct coder *c, uint32_t bias)
{
	if (bias == 0 || bias == 7 || !literal(c, 1))
		return V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE;
	return literal(c, 1) ? V4L2_VP9_REFERENCE_MODE_SELECT : V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE;
}

static bool read_compressed(struct v4l2_ctrl_vp9_compressed_hdr *u, struct v4l2_ctrl_vp9_frame *h,
                            const struct rest *rest, const uint8_t *data, uint32_t size)
{
	struct coder coder = {.at = data, .end = data + size, .range = 255}, *c = &coder;

	memset(u, 0, sizeof(*u));
	if (literal(c, 1))
		return false;
	if (!rest->lossless) {
		u->tx_mode = (uint8_t)literal(c, 2);
		if (u->tx_mode == V4L2_VP9_TX_MODE_ALLOW_32X32)
			u->tx_mode = (uint8_t)(u->tx_mode + literal(c, 1));
	}
	if (u->tx_mode == V4L2_VP9_TX_MODE_SELECT) {
		deltas(c, u->tx8, sizeof(u->tx8));
		deltas(c, u->tx16, sizeof(u->tx16));
		deltas(c, u->tx32, sizeof(u->tx32));
	}
	for (int t = 0; t < 4 && t <= u->tx_mode; t++) {
		if (!literal(c, 1))
			continue;
		for (int i = 0; i < 4; i++) {
			deltas(c, u->coef[t][i >> 1][i & 1][0], 9);
			deltas(c, u->coef[t][i >> 1][i & 1][1], 90);
		}
	}
	deltas(c, u->skip, sizeof(u->skip));
	if (!(h->flags & INTRA)) {
		deltas(c, u->inter_mode, sizeof(u->inter_mode));
		if (h->interpolation_filter == V4L2_VP9_INTERP_FILTER_SWITCHABLE)
			deltas(c, u->interp_filter, sizeof(u->interp_filter));
		deltas(c, u->is_inter, sizeof(u->is_inter));
		h->reference_mode = read_reference_mode(c, h->ref_frame_sign_bias);
		if (h->reference_mode == V4L2_VP9_REFERENCE_MODE_SELECT)
			deltas(c, u->comp_mode, sizeof(u->comp_mode));
		if (h->reference_mode != V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE)
			deltas(c, u->single_ref, sizeof(u->single_ref));
		if (h->reference_mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE)
			deltas(c, u->comp_ref, sizeof(u->comp_ref));
		deltas(c, u->y_mode, sizeof(u->y_mode));
		deltas(c, u->partition, sizeof(u->partition));
		read_mv(c, &u->mv, h->flags & V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV);
	}
	return c->position <= size * 8;
}

#endif
