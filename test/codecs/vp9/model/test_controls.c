/* SPDX-License-Identifier: MIT */
#include "test_controls.h"

#include <string.h>

/* ---- V4L2_CID_STATELESS_VP9_FRAME ----------------------------------------------------------------------------------- */

static uint8_t filter_of(unsigned int filter)
{
	static const uint8_t filters[] = {
		[CLIENT_SMOOTH] = V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH,
		[CLIENT_EIGHTTAP] = V4L2_VP9_INTERP_FILTER_EIGHTTAP,
		[CLIENT_SHARP] = V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP,
		[CLIENT_BILINEAR] = V4L2_VP9_INTERP_FILTER_BILINEAR,
		[CLIENT_SWITCHABLE] = V4L2_VP9_INTERP_FILTER_SWITCHABLE,
	};

	return filters[filter];
}

static uint32_t flags_of(const struct client_frame *f)
{
	return (f->key ? V4L2_VP9_FRAME_FLAG_KEY_FRAME : 0) | (f->shown ? V4L2_VP9_FRAME_FLAG_SHOW_FRAME : 0) |
	       (f->resilient ? V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT : 0) |
	       (f->intra_only ? V4L2_VP9_FRAME_FLAG_INTRA_ONLY : 0) |
	       (f->high_precision ? V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV : 0) |
	       (f->refresh_context ? V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX : 0) |
	       (f->parallel ? V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE : 0) | V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING |
	       V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING |
	       (f->with.full_range ? V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING : 0);
}

static void fill_loop_filter(struct v4l2_vp9_loop_filter *out, const struct client_frame *f)
{
	for (unsigned int i = 0; i < 4; i++)
		out->ref_deltas[i] = (int8_t)f->with.reference_delta[i];
	for (unsigned int i = 0; i < 2; i++)
		out->mode_deltas[i] = (int8_t)f->with.mode_delta[i];
	out->level = (uint8_t)f->level;
	out->sharpness = (uint8_t)f->sharpness;
	out->flags = (f->deltas ? V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED : 0) |
	             (f->update_deltas ? V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE : 0);
}

/* Features that the frame itself resets are updated, too, or hantro would go on with those from before (config_segment()). */
static void fill_segmentation(struct v4l2_vp9_segmentation *out, const struct client_frame *f)
{
	const struct client_segmentation *s = &f->with.segmentation;
	const bool resets = s->enabled && (f->key || f->intra_only || f->resilient);

	for (unsigned int i = 0; i < CLIENT_SEGMENTS; i++) {
		for (unsigned int j = 0; j < CLIENT_FEATURES; j++) {
			out->feature_data[i][j] = (int16_t)s->value[i][j];
			out->feature_enabled[i] |= (uint8_t)(s->feature[i][j] << j);
		}
	}
	memcpy(out->tree_probs, s->tree, sizeof(out->tree_probs));
	memcpy(out->pred_probs, s->predicted, sizeof(out->pred_probs));
	out->flags = (s->enabled ? V4L2_VP9_SEGMENTATION_FLAG_ENABLED : 0) |
	             (s->update_map ? V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP : 0) |
	             (s->temporal ? V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE : 0) |
	             (s->update_data || resets ? V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA : 0) |
	             (s->absolute ? V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE : 0);
}

void test_fill_frame(struct v4l2_ctrl_vp9_frame *out, const struct client_frame *f,
                     const uint64_t timestamps[CLIENT_SLOTS])
{
	memset(out, 0, sizeof(*out));
	fill_loop_filter(&out->lf, f);
	out->quant.base_q_idx = (uint8_t)f->quantizer;
	out->quant.delta_q_y_dc = (int8_t)f->delta_q[0];
	out->quant.delta_q_uv_dc = (int8_t)f->delta_q[1];
	out->quant.delta_q_uv_ac = (int8_t)f->delta_q[2];
	fill_segmentation(&out->seg, f);
	out->flags = flags_of(f);
	out->compressed_header_size = (uint16_t)f->compressed_size;
	out->uncompressed_header_size = (uint16_t)f->header_size;
	out->frame_width_minus_1 = (uint16_t)(f->size.width - 1);
	out->frame_height_minus_1 = (uint16_t)(f->size.height - 1);
	out->render_width_minus_1 = (uint16_t)(f->render.width - 1);
	out->render_height_minus_1 = (uint16_t)(f->render.height - 1);
	out->reset_frame_context = (uint8_t)(f->reset ? f->reset - 1 : 0);
	out->frame_context_idx = (uint8_t)f->context;
	out->profile = (uint8_t)f->profile;
	out->bit_depth = (uint8_t)f->with.depth;
	out->tile_cols_log2 = (uint8_t)f->tile_columns;
	out->tile_rows_log2 = (uint8_t)f->tile_rows;
	if (f->key || f->intra_only)
		return;
	out->last_frame_ts = timestamps[f->slot[0]];
	out->golden_frame_ts = timestamps[f->slot[1]];
	out->alt_frame_ts = timestamps[f->slot[2]];
	/* libvpx, vp9_setup_past_independence(): none where all is set up anew */
	if (!f->resilient)
		out->ref_frame_sign_bias = (uint8_t)(f->bias[0] | f->bias[1] << 1 | f->bias[2] << 2);
	out->interpolation_filter = filter_of(f->filter);
}

/* ---- V4L2_CID_STATELESS_VP9_COMPRESSED_HDR: 6.3 and 9.2 --------------------------------------------------------------- */

struct coder {
	const uint8_t *data;
	size_t size, position; /* in bits, of the next that comes into `value` */
	unsigned int value, range;
};

static void next_bit(struct coder *c)
{
	const size_t at = c->position++;

	c->value = 2 * c->value + (at / 8 < c->size ? c->data[at / 8] >> (7 - at % 8) & 1u : 0);
}

static bool decide(struct coder *c, unsigned int probability)
{
	const unsigned int split = 1 + ((c->range - 1) * probability >> 8);
	const bool decision = c->value >= split;

	c->value -= decision ? split : 0;
	c->range = decision ? c->range - split : split;
	for (; c->range < 128; c->range *= 2)
		next_bit(c);
	return decision;
}

static unsigned int literal(struct coder *c, unsigned int bits)
{
	unsigned int value = 0;

	for (; bits; bits--)
		value = 2 * value + decide(c, 128);
	return value;
}

/* 6.3.6 */
static unsigned int term_subexp(struct coder *c)
{
	unsigned int value;

	if (!literal(c, 1))
		return literal(c, 4);
	if (!literal(c, 1))
		return 16 + literal(c, 4);
	if (!literal(c, 1))
		return 32 + literal(c, 5);
	value = literal(c, 7);
	return value < 65 ? 64 + value : 2 * value - 1 + literal(c, 1);
}

/* inv_map_table of 6.3.5: 20 values 13 apart, then those that are left. */
static uint8_t inv_map(unsigned int place)
{
	unsigned int value = 0;

	if (place < 20)
		return (uint8_t)(7 + 13 * place);
	for (place -= 19; place; place--)
		value += value % 13 == 6 ? 2 : 1;
	return (uint8_t)value;
}

static void updates(struct coder *c, void *deltas, size_t count)
{
	for (size_t i = 0; i < count; i++)
		((uint8_t *)deltas)[i] = decide(c, 252) ? inv_map(term_subexp(c)) : 0;
}

static void vector_updates(struct coder *c, void *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		((uint8_t *)values)[i] = decide(c, 252) ? (uint8_t)(2 * literal(c, 7) + 1) : 0;
}

#define READ(field) updates(c, &(field), sizeof(field))
#define READ_VECTOR(field) vector_updates(c, &(field), sizeof(field))

static void read_transforms(struct coder *c, struct v4l2_ctrl_vp9_compressed_hdr *out, bool lossless)
{
	out->tx_mode = lossless ? 0 : (uint8_t)literal(c, 2);
	if (out->tx_mode == V4L2_VP9_TX_MODE_ALLOW_32X32)
		out->tx_mode += (uint8_t)literal(c, 1);
	if (out->tx_mode == V4L2_VP9_TX_MODE_SELECT) {
		READ(out->tx8);
		READ(out->tx16);
		READ(out->tx32);
	}
	for (unsigned int size = 0; size < 4 && size <= out->tx_mode; size++) {
		if (!literal(c, 1))
			continue;
		for (unsigned int i = 0; i < 2; i++)
			for (unsigned int j = 0; j < 2; j++)
				for (unsigned int band = 0; band < 6; band++)
					updates(c, out->coef[size][i][j][band], band ? 18 : 9);
	}
}

static void read_reference_mode(struct coder *c, struct v4l2_ctrl_vp9_compressed_hdr *out,
                                struct v4l2_ctrl_vp9_frame *frame)
{
	const unsigned int bias = frame->ref_frame_sign_bias;
	unsigned int mode = V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE;

	if (bias != 0 && bias != 7 && literal(c, 1))
		mode = literal(c, 1) ? V4L2_VP9_REFERENCE_MODE_SELECT : V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE;
	frame->reference_mode = (uint8_t)mode;
	if (mode == V4L2_VP9_REFERENCE_MODE_SELECT)
		READ(out->comp_mode);
	if (mode != V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE)
		READ(out->single_ref);
	if (mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE)
		READ(out->comp_ref);
}

static void read_vectors(struct coder *c, struct v4l2_vp9_mv_probs *mv, bool high_precision)
{
	READ_VECTOR(mv->joint);
	for (unsigned int i = 0; i < 2; i++) {
		READ_VECTOR(mv->sign[i]);
		READ_VECTOR(mv->classes[i]);
		READ_VECTOR(mv->class0_bit[i]);
		READ_VECTOR(mv->bits[i]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		READ_VECTOR(mv->class0_fr[i]);
		READ_VECTOR(mv->fr[i]);
	}
	for (unsigned int i = 0; i < 2 && high_precision; i++) {
		READ_VECTOR(mv->class0_hp[i]);
		READ_VECTOR(mv->hp[i]);
	}
}

bool test_fill_compressed_header(struct v4l2_ctrl_vp9_compressed_hdr *out, struct v4l2_ctrl_vp9_frame *frame,
                                 const uint8_t *data, size_t size)
{
	const struct v4l2_vp9_quantization *q = &frame->quant;
	struct coder coder = {.data = data, .size = size, .range = 255}, *const c = &coder;

	memset(out, 0, sizeof(*out));
	for (unsigned int i = 0; i < 8; i++)
		next_bit(c);
	if (decide(c, 128)) /* the marker */
		return false;
	read_transforms(c, out, !q->base_q_idx && !q->delta_q_y_dc && !q->delta_q_uv_dc && !q->delta_q_uv_ac);
	READ(out->skip);
	if (!(frame->flags & (V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY))) {
		READ(out->inter_mode);
		if (frame->interpolation_filter == V4L2_VP9_INTERP_FILTER_SWITCHABLE)
			READ(out->interp_filter);
		READ(out->is_inter);
		read_reference_mode(c, out, frame);
		READ(out->y_mode);
		READ(out->partition);
		read_vectors(c, &out->mv, frame->flags & V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV);
	}
	return c->position <= 8 * (size + 1);
}
