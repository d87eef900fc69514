/* SPDX-License-Identifier: MIT */
#include "header.h"

#include <string.h>

/* SEG_LVL_*: bits, whether with a sign (Segmentation_Feature_Bits, Segmentation_Feature_Signed). */
static const struct {
	uint8_t bits;
	bool with_sign;
} features[AV1_FEATURES] = {{8, true}, {6, true},  {6, true},  {6, true},
                            {6, true}, {3, false}, {0, false}, {0, false}};

enum { CHROMA_PLANES = 3, FIRST_PRE_SKIP = V4L2_AV1_SEG_LVL_REF_FRAME };

static bool is_monochrome(const struct header_writer *w)
{
	return w->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME;
}

static void put_flag(struct header_writer *w, bool value)
{
	put_u(&w->bits, 1, value);
}

static bool has_intrabc(const struct header_writer *w)
{
	return frame_has(w->frame, V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC);
}

static bool has_feature(const struct v4l2_av1_segmentation *seg, unsigned int segment, unsigned int feature)
{
	return seg->feature_enabled[segment] >> feature & 1;
}

bool av1_is_lossless(const struct v4l2_ctrl_av1_frame *frame)
{
	const struct v4l2_av1_quantization *q = &frame->quantization;
	const struct v4l2_av1_segmentation *seg = &frame->segmentation;
	bool lossless =
		!q->delta_q_y_dc && !q->delta_q_u_dc && !q->delta_q_u_ac && !q->delta_q_v_dc && !q->delta_q_v_ac;

	for (unsigned int i = 0; i < AV1_SEGMENTS; i++) {
		const bool changed =
			seg->flags & V4L2_AV1_SEGMENTATION_FLAG_ENABLED && has_feature(seg, i, V4L2_AV1_SEG_LVL_ALT_Q);

		lossless &= q->base_q_idx + (changed ? seg->feature_data[i][V4L2_AV1_SEG_LVL_ALT_Q] : 0) <= 0;
	}
	return lossless;
}

/* ---- 5.9.12, 5.9.17, 5.9.18 ------------------------------------------------------------------------------------------------- */

static void put_delta(struct header_writer *w, int delta)
{
	put_flag(w, delta);
	if (delta)
		av1_put_signed(&w->bits, 7, delta);
}

static void put_chroma_deltas(struct header_writer *w)
{
	const struct v4l2_av1_quantization *q = &w->frame->quantization;
	const bool different = q->flags & V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA;

	put_flag(w, different);
	put_delta(w, q->delta_q_u_dc);
	put_delta(w, q->delta_q_u_ac);
	if (different) {
		put_delta(w, q->delta_q_v_dc);
		put_delta(w, q->delta_q_v_ac);
		expect(w, w->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q,
		       "sequence.flags SEPARATE_UV_DELTA_Q");
	} else {
		expect(w, q->delta_q_v_dc == q->delta_q_u_dc, "frame.quantization.delta_q_v_dc");
		expect(w, q->delta_q_v_ac == q->delta_q_u_ac, "frame.quantization.delta_q_v_ac");
	}
}

void av1_put_quantization(struct header_writer *w)
{
	const struct v4l2_av1_quantization *q = &w->frame->quantization;
	const bool matrices = q->flags & V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX;

	put_u(&w->bits, 8, q->base_q_idx);
	put_delta(w, q->delta_q_y_dc);
	if (!is_monochrome(w))
		put_chroma_deltas(w);
	else
		expect(w, !q->delta_q_u_dc && !q->delta_q_u_ac && !q->delta_q_v_dc && !q->delta_q_v_ac,
		       "frame.quantization");
	put_flag(w, matrices);
	if (!matrices)
		return;
	put_u(&w->bits, 4, q->qm_y);
	put_u(&w->bits, 4, q->qm_u);
	if (!is_monochrome(w))
		put_u(&w->bits, 4, q->qm_v);
	expect(w,
	       is_monochrome(w) || q->qm_v == q->qm_u ||
	           w->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q,
	       "frame.quantization.qm_v");
}

void av1_put_delta_q_lf(struct header_writer *w)
{
	const struct v4l2_av1_quantization *q = &w->frame->quantization;
	const struct v4l2_av1_loop_filter *lf = &w->frame->loop_filter;
	const bool delta_q = q->flags & V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT;
	const bool delta_lf = lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT;
	const bool multi = lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI;

	if (q->base_q_idx)
		put_flag(w, delta_q);
	else
		expect(w, !delta_q, "frame.quantization.flags DELTA_Q_PRESENT");
	if (delta_q)
		put_u(&w->bits, 2, q->delta_q_res);
	else
		expect(w, !q->delta_q_res, "frame.quantization.delta_q_res");
	if (delta_q && !has_intrabc(w))
		put_flag(w, delta_lf);
	else
		expect(w, !delta_lf, "frame.loop_filter.flags DELTA_LF_PRESENT");
	if (delta_lf) {
		put_u(&w->bits, 2, lf->delta_lf_res);
		put_flag(w, multi);
		expect(w, lf->delta_lf_res < 4, "frame.loop_filter.delta_lf_res");
	} else {
		expect(w, !lf->delta_lf_res, "frame.loop_filter.delta_lf_res");
		expect(w, !multi, "frame.loop_filter.flags DELTA_LF_MULTI");
	}
}

/* ---- segments, 5.9.14 ---------------------------------------------------------------------------------------------------- */

static void put_features(struct header_writer *w)
{
	const struct v4l2_av1_segmentation *seg = &w->frame->segmentation;

	for (unsigned int i = 0; i < AV1_SEGMENTS; i++) {
		for (unsigned int j = 0; j < AV1_FEATURES; j++) {
			const bool enabled = has_feature(seg, i, j);

			put_flag(w, enabled);
			if (enabled && features[j].with_sign)
				av1_put_signed(&w->bits, features[j].bits + 1u, seg->feature_data[i][j]);
			else if (enabled)
				put_u(&w->bits, features[j].bits, (uint32_t)seg->feature_data[i][j]);
			else
				expect(w, !seg->feature_data[i][j], "frame.segmentation.feature_data");
		}
	}
}

/* What the decoder has from before, and what it is told, must be the same. */
static void expect_kept_features(struct header_writer *w)
{
	const struct v4l2_av1_segmentation *seg = &w->frame->segmentation;

	if (seg->flags & V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA || !w->before)
		return;
	expect(w,
	       memcmp(seg->feature_enabled, w->before->segmentation.feature_enabled,
	              sizeof(seg->feature_enabled)) == 0,
	       "frame.segmentation.feature_enabled");
	expect(w, memcmp(seg->feature_data, w->before->segmentation.feature_data, sizeof(seg->feature_data)) == 0,
	       "frame.segmentation.feature_data");
}

/* SegIdPreSkip and LastActiveSegId */
static void expect_derived(struct header_writer *w)
{
	const struct v4l2_av1_segmentation *seg = &w->frame->segmentation;
	const bool told = seg->flags & V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP;
	unsigned int last = 0;
	bool pre_skip = false;

	for (unsigned int i = 0; i < AV1_SEGMENTS; i++) {
		if (seg->feature_enabled[i])
			last = i;
		pre_skip |= seg->feature_enabled[i] >> FIRST_PRE_SKIP;
	}
	expect(w, told == pre_skip, "frame.segmentation.flags SEG_ID_PRE_SKIP");
	expect(w, seg->last_active_seg_id == last, "frame.segmentation.last_active_seg_id");
}

void av1_put_segmentation(struct header_writer *w)
{
	const struct v4l2_av1_segmentation *seg = &w->frame->segmentation;
	const bool map = seg->flags & V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP;
	const bool temporal = seg->flags & V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE;
	const bool data = seg->flags & V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA;

	expect_derived(w);
	put_flag(w, seg->flags & V4L2_AV1_SEGMENTATION_FLAG_ENABLED);
	if (!(seg->flags & V4L2_AV1_SEGMENTATION_FLAG_ENABLED)) {
		static const uint8_t none[AV1_SEGMENTS];

		expect(w, !map && !temporal && !data, "frame.segmentation.flags");
		expect(w, memcmp(seg->feature_enabled, none, sizeof(none)) == 0,
		       "frame.segmentation.feature_enabled");
		return;
	}
	if (w->frame->primary_ref_frame == AV1_NO_PRIMARY) {
		expect(w, map, "frame.segmentation.flags UPDATE_MAP");
		expect(w, !temporal, "frame.segmentation.flags TEMPORAL_UPDATE");
		expect(w, data, "frame.segmentation.flags UPDATE_DATA");
	} else {
		put_flag(w, map);
		if (map)
			put_flag(w, temporal);
		else
			expect(w, !temporal, "frame.segmentation.flags TEMPORAL_UPDATE");
		put_flag(w, true); /* segmentation_update_data */
		expect_kept_features(w);
	}
	put_features(w);
}

/* ---- filters: 5.9.11, 5.9.19, 5.9.20 ---------------------------------------------------------------------------------------- */

static void put_filter_deltas(struct header_writer *w)
{
	static const int8_t defaults[AV1_NAMES] = {1, 0, 0, 0, -1, 0, -1, -1}, none[2];
	const struct v4l2_av1_loop_filter *lf = &w->frame->loop_filter;
	const bool enabled = lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED;
	const bool update = lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE;

	put_flag(w, enabled);
	if (enabled) {
		put_flag(w, true); /* loop_filter_delta_update */
		for (unsigned int i = 0; i < AV1_NAMES; i++) {
			put_flag(w, true);
			av1_put_signed(&w->bits, 7, lf->ref_deltas[i]);
		}
		for (unsigned int i = 0; i < 2; i++) {
			put_flag(w, true);
			av1_put_signed(&w->bits, 7, lf->mode_deltas[i]);
		}
	}
	expect(w, enabled || !update, "frame.loop_filter.flags DELTA_UPDATE");
	if (update)
		return;
	expect(w,
	       memcmp(lf->ref_deltas, w->before ? w->before->filter.ref_deltas : defaults, sizeof(defaults)) == 0,
	       "frame.loop_filter.ref_deltas");
	expect(w, memcmp(lf->mode_deltas, w->before ? w->before->filter.mode_deltas : none, sizeof(none)) == 0,
	       "frame.loop_filter.mode_deltas");
}

void av1_put_loop_filter(struct header_writer *w)
{
	const struct v4l2_av1_loop_filter *lf = &w->frame->loop_filter;
	const bool luma = lf->level[0] || lf->level[1];

	if (av1_is_lossless(w->frame) || has_intrabc(w)) {
		expect(w, !luma && !lf->level[2] && !lf->level[3], "frame.loop_filter.level");
		return;
	}
	put_u(&w->bits, 6, lf->level[0]);
	put_u(&w->bits, 6, lf->level[1]);
	if (luma && !is_monochrome(w)) {
		put_u(&w->bits, 6, lf->level[2]);
		put_u(&w->bits, 6, lf->level[3]);
	} else {
		expect(w, !lf->level[2] && !lf->level[3], "frame.loop_filter.level");
	}
	put_u(&w->bits, 3, lf->sharpness);
	put_filter_deltas(w);
}

/* The specification counts 0, 1, 2 and 4. */
static void put_secondary(struct header_writer *w, unsigned int strength, const char *field)
{
	put_u(&w->bits, 2, strength == 4 ? 3 : strength);
	expect(w, strength != 3, field);
}

void av1_put_cdef(struct header_writer *w)
{
	const struct v4l2_av1_cdef *cdef = &w->frame->cdef;
	const bool enabled = w->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF;
	const bool none = !cdef->damping_minus_3 && !cdef->bits && !cdef->y_pri_strength[0] &&
	                  !cdef->y_sec_strength[0] && !cdef->uv_pri_strength[0] && !cdef->uv_sec_strength[0];

	expect(w, none || enabled, "sequence.flags ENABLE_CDEF");
	if (av1_is_lossless(w->frame) || has_intrabc(w)) {
		expect(w, none, "frame.cdef");
		return;
	}
	put_u(&w->bits, 2, cdef->damping_minus_3);
	put_u(&w->bits, 2, cdef->bits);
	for (unsigned int i = 0; i < 1u << cdef->bits; i++) {
		put_u(&w->bits, 4, cdef->y_pri_strength[i]);
		put_secondary(w, cdef->y_sec_strength[i], "frame.cdef.y_sec_strength");
		if (is_monochrome(w))
			continue;
		put_u(&w->bits, 4, cdef->uv_pri_strength[i]);
		put_secondary(w, cdef->uv_sec_strength[i], "frame.cdef.uv_sec_strength");
	}
}

static void put_unit_sizes(struct header_writer *w, bool chroma)
{
	const struct v4l2_av1_loop_restoration *lr = &w->frame->loop_restoration;
	const bool large = w->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK;

	if (large) {
		put_flag(w, lr->lr_unit_shift == 2);
	} else {
		put_flag(w, lr->lr_unit_shift);
		if (lr->lr_unit_shift)
			put_flag(w, lr->lr_unit_shift == 2);
	}
	expect(w, lr->lr_unit_shift >= large && lr->lr_unit_shift <= 2, "frame.loop_restoration.lr_unit_shift");
	if (chroma)
		put_flag(w, lr->lr_uv_shift);
	else
		expect(w, !lr->lr_uv_shift, "frame.loop_restoration.lr_uv_shift");
	for (unsigned int i = 0; i < CHROMA_PLANES; i++)
		expect(w,
		       !lr->frame_restoration_type[i] ||
		           lr->loop_restoration_size[i] == 64u << lr->lr_unit_shift >> (i ? lr->lr_uv_shift : 0),
		       "frame.loop_restoration.loop_restoration_size");
}

void av1_put_loop_restoration(struct header_writer *w)
{
	/* lr_type of FrameRestorationType (Remap_Lr_Type) */
	static const uint8_t coded[4] = {0, 2, 3, 1};
	const struct v4l2_av1_loop_restoration *lr = &w->frame->loop_restoration;
	const uint32_t *types = lr->frame_restoration_type;
	const bool chroma = types[1] || types[2], used = types[0] || chroma;
	const bool scaled = w->frame->upscaled_width != w->frame->frame_width_minus_1 + 1;

	expect(w, used == !!(lr->flags & V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR),
	       "frame.loop_restoration.flags USES_LR");
	expect(w, chroma == !!(lr->flags & V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR),
	       "frame.loop_restoration.flags USES_CHROMA_LR");
	expect(w, !used || w->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION,
	       "sequence.flags ENABLE_RESTORATION");
	if ((av1_is_lossless(w->frame) && !scaled) || has_intrabc(w)) {
		expect(w, !used, "frame.loop_restoration.frame_restoration_type");
		return;
	}
	for (unsigned int i = 0; i < (is_monochrome(w) ? 1u : CHROMA_PLANES); i++) {
		put_u(&w->bits, 2, coded[types[i] & 3]);
		expect(w, types[i] <= V4L2_AV1_FRAME_RESTORE_SWITCHABLE,
		       "frame.loop_restoration.frame_restoration_type");
	}
	expect(w, !is_monochrome(w) || !chroma, "frame.loop_restoration.frame_restoration_type");
	if (used)
		put_unit_sizes(w, chroma);
}
