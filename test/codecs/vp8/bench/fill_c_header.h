/* SPDX-License-Identifier: MIT
 *
 * Part of fill_c.c: driver-src/codec/vp8/frame-header.ts in C.
 */
#ifndef TEST_CODECS_VP8_BENCH_FILL_C_HEADER_H
#define TEST_CODECS_VP8_BENCH_FILL_C_HEADER_H

#include <linux/v4l2-controls.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <va/va.h>

#include "../tables.h"
#include "bool_decoder.h"

/* ---- the boolean decoder ---------------------------------------------------------------------------- */

static uint32_t flag(struct coder *c)
{
	return read_bool(c, 128);
}

static uint32_t literal(struct coder *c, uint32_t bits)
{
	uint32_t value = 0;

	while (bits--)
		value = value << 1 | flag(c);
	return value;
}

static int8_t signed_value(struct coder *c, uint32_t bits)
{
	const int8_t magnitude = (int8_t)literal(c, bits);

	return flag(c) ? (int8_t)-magnitude : magnitude;
}

static int8_t optional(struct coder *c, uint32_t bits)
{
	return flag(c) ? signed_value(c, bits) : 0;
}

/* ---- the header --------------------------------------------------------------------------------------- */

static void read_segment(struct coder *c, const struct v4l2_vp8_segment *before,
                         struct v4l2_vp8_segment *segment, bool key)
{
	uint32_t delta = V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
	uint32_t flags = 0;

	if (!key) {
		delta &= before->flags;
		memcpy(segment->quant_update, before->quant_update, sizeof(segment->quant_update));
		memcpy(segment->lf_update, before->lf_update, sizeof(segment->lf_update));
	}
	if (flag(c)) {
		flags = V4L2_VP8_SEGMENT_FLAG_ENABLED;
		if (flag(c))
			flags |= V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP;
		if (flag(c))
			flags |= V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA;
		if (flags & V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA) {
			delta = flag(c) ? 0 : V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
			for (int i = 0; i < 4; i++)
				segment->quant_update[i] = optional(c, 7);
			for (int i = 0; i < 4; i++)
				segment->lf_update[i] = optional(c, 6);
		}
		for (int i = 0; i < 3 && flags & V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP; i++)
			segment->segment_probs[i] = flag(c) ? (uint8_t)literal(c, 8) : 255;
	}
	segment->flags = flags | delta;
}

static void read_loop_filter(struct coder *c, struct v4l2_vp8_loop_filter *lf)
{
	uint32_t flags = flag(c) ? V4L2_VP8_LF_FILTER_TYPE_SIMPLE : 0;

	lf->level = (uint8_t)literal(c, 6);
	lf->sharpness_level = (uint8_t)literal(c, 3);
	if (flag(c)) {
		flags |= V4L2_VP8_LF_ADJ_ENABLE;
		if (flag(c)) {
			flags |= V4L2_VP8_LF_DELTA_UPDATE;
			for (int i = 0; i < 4; i++)
				if (flag(c))
					lf->ref_frm_delta[i] = signed_value(c, 6);
			for (int i = 0; i < 4; i++)
				if (flag(c))
					lf->mb_mode_delta[i] = signed_value(c, 6);
		}
	}
	lf->flags = flags;
}

static void read_quant(struct coder *c, struct v4l2_vp8_quantization *quant)
{
	quant->y_ac_qi = (uint8_t)literal(c, 7);
	quant->y_dc_delta = optional(c, 4);
	quant->y2_dc_delta = optional(c, 4);
	quant->y2_ac_delta = optional(c, 4);
	quant->uv_dc_delta = optional(c, 4);
	quant->uv_ac_delta = optional(c, 4);
}

static uint64_t read_references(struct coder *c)
{
	const uint32_t golden = flag(c), alternate = flag(c);
	uint64_t flags = 0;

	if (!golden)
		literal(c, 2);
	if (!alternate)
		literal(c, 2);
	if (flag(c))
		flags |= V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN;
	if (flag(c))
		flags |= V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT;
	literal(c, 2); /* refresh_entropy_probs, refresh_last */
	return flags;
}

static void read_mode_probs(struct coder *c, struct v4l2_vp8_entropy *entropy)
{
	uint8_t *vectors = entropy->mv_probs[0];

	if (flag(c))
		for (int i = 0; i < 4; i++)
			entropy->y_mode_probs[i] = (uint8_t)literal(c, 8);
	if (flag(c))
		for (int i = 0; i < 3; i++)
			entropy->uv_mode_probs[i] = (uint8_t)literal(c, 8);
	for (int i = 0; i < VP8_MV_PROBS; i++) {
		uint32_t value;

		if (!read_bool(c, vp8_mv_update_probs[i]))
			continue;
		value = literal(c, 7);
		vectors[i] = (uint8_t)(value ? value << 1 : 1);
	}
}

static void begin_with_parameters(struct v4l2_ctrl_vp8_frame *header,
                                  const VAPictureParameterBufferVP8 *picture,
                                  const VAProbabilityDataBufferVP8 *probabilities)
{
	memset(header, 0, sizeof(*header));
	memcpy(header->entropy.coeff_probs, probabilities->dct_coeff_probs, VP8_COEFF_PROBS);
	memcpy(header->entropy.y_mode_probs, picture->y_mode_probs, sizeof(picture->y_mode_probs));
	memcpy(header->entropy.uv_mode_probs, picture->uv_mode_probs, sizeof(picture->uv_mode_probs));
	memcpy(header->entropy.mv_probs, picture->mv_probs, sizeof(picture->mv_probs));
	memcpy(header->segment.segment_probs, picture->mb_segment_tree_probs,
	       sizeof(picture->mb_segment_tree_probs));
	memcpy(header->lf.ref_frm_delta, picture->loop_filter_deltas_ref_frame, 4);
	memcpy(header->lf.mb_mode_delta, picture->loop_filter_deltas_mode, 4);
}

static void read_header(struct v4l2_ctrl_vp8_frame *header, const struct v4l2_vp8_segment *before,
                        const uint8_t *data, uint32_t size, bool key)
{
	struct coder c = {.at = data, .end = data + size, .range = 255};
	uint8_t *coefficients = header->entropy.coeff_probs[0][0][0];
	uint64_t flags = 0;

	if (key)
		literal(&c, 2); /* color_space, clamping_type */
	read_segment(&c, before, &header->segment, key);
	read_loop_filter(&c, &header->lf);
	header->num_dct_parts = (uint8_t)(1u << literal(&c, 2));
	read_quant(&c, &header->quant);
	if (key)
		flag(&c); /* refresh_entropy_probs */
	else
		flags = read_references(&c);
	for (int i = 0; i < VP8_COEFF_PROBS; i++)
		if (read_bool(&c, vp8_coeff_update_probs[i]))
			coefficients[i] = (uint8_t)literal(&c, 8);
	if (flag(&c)) {
		flags |= V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF;
		header->prob_skip_false = (uint8_t)literal(&c, 8);
	}
	if (!key) {
		header->prob_intra = (uint8_t)literal(&c, 8);
		header->prob_last = (uint8_t)literal(&c, 8);
		header->prob_gf = (uint8_t)literal(&c, 8);
		read_mode_probs(&c, &header->entropy);
	}
	header->flags = flags;
	header->first_part_header_bits = c.position;
	if (c.cached < 8)
		refill(&c);
	header->coder_state.range = (uint8_t)c.range;
	header->coder_state.value = (uint8_t)(c.window >> 56);
	header->coder_state.bit_count = (uint8_t)(-c.position & 7);
}

#endif
