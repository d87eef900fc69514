/* SPDX-License-Identifier: MIT */
#include "test_controls.h"

#include <string.h>

void test_fill_sequence(struct v4l2_ctrl_av1_sequence *out, const struct client_sequence *s)
{
	const struct {
		bool set;
		uint32_t flag;
	} flags[] = {
		{s->still_picture, V4L2_AV1_SEQUENCE_FLAG_STILL_PICTURE},
		{s->superblock_128, V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK},
		{s->filter_intra, V4L2_AV1_SEQUENCE_FLAG_ENABLE_FILTER_INTRA},
		{s->intra_edge_filter, V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTRA_EDGE_FILTER},
		{s->interintra, V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTERINTRA_COMPOUND},
		{s->masked, V4L2_AV1_SEQUENCE_FLAG_ENABLE_MASKED_COMPOUND},
		{s->warped, V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION},
		{s->dual_filter, V4L2_AV1_SEQUENCE_FLAG_ENABLE_DUAL_FILTER},
		{s->order_hint_bits, V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT},
		{s->joint, V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP},
		{s->reference_mvs, V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS},
		{s->superres, V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES},
		{s->cdef, V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF},
		{s->restoration, V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION},
		{s->monochrome, V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME},
		{s->full_range, V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE},
		{s->half_width, V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X},
		{s->half_height, V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y},
		{s->film_grain, V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT},
		{s->separate_uv_delta_q, V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q},
	};

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		out->flags |= flags[i].set ? flags[i].flag : 0;
	out->seq_profile = (uint8_t)s->profile;
	out->order_hint_bits = (uint8_t)s->order_hint_bits;
	out->bit_depth = (uint8_t)s->depth;
	out->max_frame_width_minus_1 = (uint16_t)(s->width - 1);
	out->max_frame_height_minus_1 = (uint16_t)(s->height - 1);
}

/* ---- the frame -------------------------------------------------------------------------------------------------------- */

static void fill_tiles(struct v4l2_av1_tile_info *out, const struct client_tiles *t)
{
	out->flags = t->uniform ? V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING : 0;
	out->context_update_tile_id = (uint8_t)t->context_update;
	out->tile_cols = (uint8_t)t->columns;
	out->tile_rows = (uint8_t)t->rows;
	out->tile_size_bytes = (uint8_t)t->size_bytes;
	for (unsigned int i = 0; i <= t->columns; i++)
		out->mi_col_starts[i] = t->column_start[i];
	for (unsigned int i = 0; i <= t->rows; i++)
		out->mi_row_starts[i] = t->row_start[i];
	for (unsigned int i = 0; i < t->columns; i++)
		out->width_in_sbs_minus_1[i] = t->width[i] - 1;
	for (unsigned int i = 0; i < t->rows; i++)
		out->height_in_sbs_minus_1[i] = t->height[i] - 1;
}

static void fill_quantization(struct v4l2_av1_quantization *out, const struct client_quantizer *q)
{
	out->flags = (q->different_uv ? V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA : 0) |
	             (q->matrices ? V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX : 0) |
	             (q->delta ? V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT : 0);
	out->base_q_idx = (uint8_t)q->base;
	out->delta_q_y_dc = (int8_t)q->y_dc;
	out->delta_q_u_dc = (int8_t)q->u_dc;
	out->delta_q_u_ac = (int8_t)q->u_ac;
	out->delta_q_v_dc = (int8_t)q->v_dc;
	out->delta_q_v_ac = (int8_t)q->v_ac;
	out->qm_y = (uint8_t)q->matrix[0];
	out->qm_u = (uint8_t)q->matrix[1];
	out->qm_v = (uint8_t)q->matrix[2];
	out->delta_q_res = (uint8_t)q->delta_resolution;
}

static void fill_segmentation(struct v4l2_av1_segmentation *out, const struct client_segmentation *s)
{
	out->flags = (s->enabled ? V4L2_AV1_SEGMENTATION_FLAG_ENABLED : 0) |
	             (s->update_map ? V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP : 0) |
	             (s->temporal ? V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE : 0) |
	             (s->update_data ? V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA : 0);
	for (unsigned int i = 0; i < CLIENT_SEGMENTS; i++) {
		for (unsigned int j = 0; j < CLIENT_FEATURES; j++) {
			out->feature_data[i][j] = (int16_t)s->value[i][j];
			out->feature_enabled[i] |= (uint8_t)(s->feature[i][j] << j);
			if (s->feature[i][j] && j >= CLIENT_SEGMENT_REFERENCE)
				out->flags |= V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP;
		}
		if (out->feature_enabled[i])
			out->last_active_seg_id = (uint8_t)i;
	}
}

static void fill_filters(struct v4l2_ctrl_av1_frame *out, const struct client_frame *f)
{
	const struct client_loop_filter *l = &f->loop_filter;
	const struct client_cdef *c = &f->cdef;
	const struct client_restoration *r = &f->restoration;

	out->loop_filter.flags = (l->deltas ? V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED : 0) |
	                         (l->update_deltas ? V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE : 0) |
	                         (l->delta_lf ? V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT : 0) |
	                         (l->delta_lf_multi ? V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI : 0);
	for (unsigned int i = 0; i < 4; i++)
		out->loop_filter.level[i] = (uint8_t)l->level[i];
	out->loop_filter.sharpness = (uint8_t)l->sharpness;
	for (unsigned int i = 0; i < CLIENT_NAMES; i++)
		out->loop_filter.ref_deltas[i] = (int8_t)l->delta.reference[i];
	for (unsigned int i = 0; i < 2; i++)
		out->loop_filter.mode_deltas[i] = (int8_t)l->delta.mode[i];
	out->loop_filter.delta_lf_res = (uint8_t)l->delta_lf_resolution;
	out->cdef.damping_minus_3 = (uint8_t)c->damping;
	out->cdef.bits = (uint8_t)c->bits;
	for (unsigned int i = 0; i < 8; i++) {
		out->cdef.y_pri_strength[i] = (uint8_t)c->y_primary[i];
		out->cdef.y_sec_strength[i] = (uint8_t)c->y_secondary[i];
		out->cdef.uv_pri_strength[i] = (uint8_t)c->uv_primary[i];
		out->cdef.uv_sec_strength[i] = (uint8_t)c->uv_secondary[i];
	}
	out->loop_restoration.flags = (r->used ? V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR : 0) |
	                              (r->used_for_chroma ? V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR : 0);
	out->loop_restoration.lr_unit_shift = (uint8_t)r->shift;
	out->loop_restoration.lr_uv_shift = (uint8_t)r->uv_shift;
	for (unsigned int i = 0; i < 3; i++) {
		out->loop_restoration.frame_restoration_type[i] = r->type[i];
		if (r->used)
			out->loop_restoration.loop_restoration_size[i] = 64u << r->shift >> (i ? r->uv_shift : 0);
	}
}

static void fill_motion(struct v4l2_av1_global_motion *out, const struct client_motion *m)
{
	static const uint8_t flags[] = {
		[CLIENT_TRANSLATION] =
			V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL | V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION,
		[CLIENT_ROTZOOM] = V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL | V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM,
		[CLIENT_AFFINE] = V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL,
	};

	for (unsigned int i = 0; i < CLIENT_NAMES; i++) {
		out->type[i] = m->type[i];
		out->flags[i] = flags[m->type[i]];
		out->invalid |= (uint8_t)(m->invalid[i] << i);
		for (unsigned int j = 0; j < 6; j++)
			out->params[i][j] = m->parameter[i][j];
	}
}

static uint32_t flags_of(const struct client_frame *f)
{
	const struct {
		bool set;
		uint32_t flag;
	} flags[] = {
		{f->shown, V4L2_AV1_FRAME_FLAG_SHOW_FRAME},
		{f->showable, V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME},
		{f->resilient, V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE},
		{f->disable_cdf_update, V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE},
		{f->screen_content, V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS},
		{f->integer_mv || f->type == V4L2_AV1_KEY_FRAME || f->type == V4L2_AV1_INTRA_ONLY_FRAME,
	     V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV},
		{f->intrabc, V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC},
		{f->superres, V4L2_AV1_FRAME_FLAG_USE_SUPERRES},
		{f->high_precision, V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV},
		{f->motion_switchable, V4L2_AV1_FRAME_FLAG_IS_MOTION_MODE_SWITCHABLE},
		{f->reference_mvs, V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS},
		{f->disable_frame_end_update, V4L2_AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF},
		{f->warped, V4L2_AV1_FRAME_FLAG_ALLOW_WARPED_MOTION},
		{f->reference_select, V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT},
		{f->reduced_transforms, V4L2_AV1_FRAME_FLAG_REDUCED_TX_SET},
		{f->skip_mode_allowed, V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED},
		{f->skip_mode, V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT},
		{f->size_override, V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE},
		{f->removal_times, V4L2_AV1_FRAME_FLAG_BUFFER_REMOVAL_TIME_PRESENT},
		{f->short_signaling, V4L2_AV1_FRAME_FLAG_FRAME_REFS_SHORT_SIGNALING},
	};
	uint32_t all = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		all |= flags[i].set ? flags[i].flag : 0;
	return all;
}

void test_fill_frame(struct v4l2_ctrl_av1_frame *out, const struct client_frame *f)
{
	memset(out, 0, sizeof(*out));
	fill_tiles(&out->tile_info, &f->tiles);
	fill_quantization(&out->quantization, &f->quantizer);
	out->superres_denom = (uint8_t)f->denominator;
	fill_segmentation(&out->segmentation, &f->segmentation);
	fill_filters(out, f);
	fill_motion(&out->global_motion, &f->motion);
	out->skip_mode_frame[0] = (uint8_t)f->skip_frames[0];
	out->skip_mode_frame[1] = (uint8_t)f->skip_frames[1];
	out->primary_ref_frame = (uint8_t)f->primary;
	out->flags = flags_of(f);
	out->frame_type = f->type;
	out->order_hint = f->order_hint;
	out->upscaled_width = f->size.upscaled_width;
	out->interpolation_filter = f->filter;
	out->tx_mode = f->transform_mode;
	out->frame_width_minus_1 = f->size.width - 1;
	out->frame_height_minus_1 = f->size.height - 1;
	out->render_width_minus_1 = (uint16_t)(f->size.render_width - 1);
	out->render_height_minus_1 = (uint16_t)(f->size.render_height - 1);
	out->current_frame_id = f->id;
	for (unsigned int i = 0; i < CLIENT_POINTS; i++)
		out->buffer_removal_time[i] = f->removal_time[i];
	for (unsigned int i = 0; i < CLIENT_NAMES; i++)
		out->order_hints[i] = f->order_hints[i];
}

void test_fill_grain(struct v4l2_ctrl_av1_film_grain *out, const struct client_grain *g)
{
	memset(out, 0, sizeof(*out));
	if (!g->apply)
		return;
	out->flags = V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN |
	             (g->update ? V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN : 0) |
	             (g->chroma_from_luma ? V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA : 0) |
	             (g->overlap ? V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP : 0) |
	             (g->clip ? V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE : 0);
	out->grain_seed = (uint16_t)g->seed;
	out->num_y_points = (uint8_t)g->y_points;
	out->num_cb_points = (uint8_t)g->cb_points;
	out->num_cr_points = (uint8_t)g->cr_points;
	memcpy(out->point_y_value, g->y_value, sizeof(g->y_value));
	memcpy(out->point_y_scaling, g->y_scaling, sizeof(g->y_scaling));
	memcpy(out->point_cb_value, g->cb_value, sizeof(g->cb_value));
	memcpy(out->point_cb_scaling, g->cb_scaling, sizeof(g->cb_scaling));
	memcpy(out->point_cr_value, g->cr_value, sizeof(g->cr_value));
	memcpy(out->point_cr_scaling, g->cr_scaling, sizeof(g->cr_scaling));
	out->grain_scaling_minus_8 = (uint8_t)g->scaling_shift;
	out->ar_coeff_lag = (uint8_t)g->lag;
	memcpy(out->ar_coeffs_y_plus_128, g->y_coefficient, sizeof(g->y_coefficient));
	memcpy(out->ar_coeffs_cb_plus_128, g->cb_coefficient, sizeof(g->cb_coefficient));
	memcpy(out->ar_coeffs_cr_plus_128, g->cr_coefficient, sizeof(g->cr_coefficient));
	out->ar_coeff_shift_minus_6 = (uint8_t)g->coefficient_shift;
	out->grain_scale_shift = (uint8_t)g->scale_shift;
	out->cb_mult = (uint8_t)g->cb_mult;
	out->cb_luma_mult = (uint8_t)g->cb_luma_mult;
	out->cb_offset = (uint16_t)g->cb_offset;
	out->cr_mult = (uint8_t)g->cr_mult;
	out->cr_luma_mult = (uint8_t)g->cr_luma_mult;
	out->cr_offset = (uint16_t)g->cr_offset;
}
