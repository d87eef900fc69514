/* SPDX-License-Identifier: MIT
 *
 * Part of fill_c.c: driver-src/codec/av1/frame-parts.ts, film-grain.ts and tiles.ts in C.
 */
#ifndef TEST_CODECS_AV1_BENCH_FILL_C_FRAME_H
#define TEST_CODECS_AV1_BENCH_FILL_C_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <va/va.h>

#include "newer.h"

enum { SLOTS = 8, REFERENCES = 7, PRIMARY_REF_NONE = 7, SUPERRES_NUM = 8, SUPERRES_LEAST = 16 };
enum { MAX_TILES = V4L2_AV1_MAX_TILE_COUNT, MAX_UPDATE_TILE = 255, TILE_SIZE_BYTES = 4 };

typedef VADecPictureParameterBufferAV1 va_picture;

#define PIC(p, name) ((p)->pic_info_fields.bits.name)
#define SEQ(p, name) ((p)->seq_info_fields.fields.name)
#define MODE(p, name) ((p)->mode_control_fields.bits.name)
#define LR(p, name) ((p)->loop_restoration_fields.bits.name)
#define FLAG(bit, value) ((bit) ? (uint32_t)(value) : 0)

static inline bool is_key(const va_picture *p)
{
	return PIC(p, frame_type) == V4L2_AV1_KEY_FRAME;
}

static inline bool is_intra(const va_picture *p)
{
	return is_key(p) || PIC(p, frame_type) == V4L2_AV1_INTRA_ONLY_FRAME;
}

static inline bool is_shown_key(const va_picture *p)
{
	return is_key(p) && PIC(p, show_frame);
}

static inline bool replaces_all(const va_picture *p)
{
	return is_shown_key(p) || PIC(p, frame_type) == V4L2_AV1_SWITCH_FRAME;
}

static uint32_t coded_width(const va_picture *p)
{
	const uint32_t upscaled = p->frame_width_minus1 + 1u, denominator = p->superres_scale_denominator;
	const uint32_t least = upscaled < SUPERRES_LEAST ? upscaled : SUPERRES_LEAST;
	uint32_t width;

	if (!PIC(p, use_superres))
		return upscaled;
	width = (upscaled * SUPERRES_NUM + denominator / 2) / denominator;
	return width > least ? width : least;
}

/* ---- tiles ------------------------------------------------------------------------------------------------ */

static inline uint32_t units(uint32_t samples)
{
	return (samples + 7) >> 3 << 1;
}

static inline uint32_t block_shift(const va_picture *p)
{
	return SEQ(p, use_128x128_superblock) ? 5 : 4;
}

static inline uint32_t blocks(const va_picture *p, uint32_t count)
{
	return (count + (1u << block_shift(p)) - 1) >> block_shift(p);
}

static uint32_t uniform_size(uint32_t count, uint32_t tiles)
{
	for (unsigned log2 = 0; log2 <= 6; log2++) {
		const uint32_t size = (count + (1u << log2) - 1) >> log2;

		if ((count + size - 1) / size == tiles)
			return size;
	}
	return 0;
}

static inline uint32_t size_of_tile(uint32_t i, uint32_t tiles, uint32_t uniform, uint32_t left,
                                    const uint16_t *told)
{
	if (uniform)
		return uniform < left ? uniform : left;
	return i + 1 == tiles ? left : told[i] + 1u;
}

static bool covers(const va_picture *p, uint32_t tiles, uint32_t count, const uint16_t *told)
{
	uint32_t uniform = 0, left = count;

	if (PIC(p, uniform_tile_spacing_flag) && !(uniform = uniform_size(count, tiles)))
		return false;
	for (uint32_t i = 0; i < tiles; i++) {
		const uint32_t size = size_of_tile(i, tiles, uniform, left, told);

		if (!size || size > left)
			return false;
		left -= size;
	}
	return !left;
}

static bool tiles_are_good(const va_picture *p)
{
	const uint32_t columns = p->tile_cols, rows = p->tile_rows;

	return columns && columns <= V4L2_AV1_MAX_TILE_COLS && rows && rows <= V4L2_AV1_MAX_TILE_ROWS &&
	       columns * rows <= MAX_TILES &&
	       covers(p, columns, blocks(p, units(coded_width(p))), p->width_in_sbs_minus_1) &&
	       covers(p, rows, blocks(p, units(p->frame_height_minus1 + 1u)), p->height_in_sbs_minus_1) &&
	       p->context_update_tile_id < columns * rows && p->context_update_tile_id <= MAX_UPDATE_TILE;
}

static void fill_side(const va_picture *p, uint32_t tiles, uint32_t count, const uint16_t *told,
                      uint32_t *starts, uint32_t *sizes)
{
	uint32_t left = blocks(p, count), start = 0;
	const uint32_t uniform = PIC(p, uniform_tile_spacing_flag) ? uniform_size(left, tiles) : 0;

	for (uint32_t i = 0; i < tiles; i++) {
		const uint32_t size = size_of_tile(i, tiles, uniform, left, told);

		starts[i] = start << block_shift(p);
		sizes[i] = size - 1;
		start += size;
		left -= size;
	}
	starts[tiles] = count;
}

static void fill_tile_info(struct v4l2_av1_tile_info *info, const va_picture *p)
{
	info->flags = FLAG(PIC(p, uniform_tile_spacing_flag), V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING);
	info->context_update_tile_id = (uint8_t)p->context_update_tile_id;
	info->tile_cols = p->tile_cols;
	info->tile_rows = p->tile_rows;
	info->tile_size_bytes = TILE_SIZE_BYTES;
	fill_side(p, p->tile_cols, units(coded_width(p)), p->width_in_sbs_minus_1, info->mi_col_starts,
	          info->width_in_sbs_minus_1);
	fill_side(p, p->tile_rows, units(p->frame_height_minus1 + 1u), p->height_in_sbs_minus_1,
	          info->mi_row_starts, info->height_in_sbs_minus_1);
}

/* ---- the parts of a frame ---------------------------------------------------------------------------------- */

static inline bool has_separate_deltas(const va_picture *p)
{
	return (p->u_dc_delta_q != p->v_dc_delta_q || p->u_ac_delta_q != p->v_ac_delta_q) && !SEQ(p, mono_chrome);
}

static void fill_quantization(struct v4l2_av1_quantization *q, const va_picture *p)
{
	q->flags =
		(uint8_t)(FLAG(has_separate_deltas(p), V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA) |
	              FLAG(p->qmatrix_fields.bits.using_qmatrix, V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX) |
	              FLAG(MODE(p, delta_q_present_flag), V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT));
	q->base_q_idx = p->base_qindex;
	q->delta_q_y_dc = p->y_dc_delta_q;
	q->delta_q_u_dc = p->u_dc_delta_q;
	q->delta_q_u_ac = p->u_ac_delta_q;
	q->delta_q_v_dc = p->v_dc_delta_q;
	q->delta_q_v_ac = p->v_ac_delta_q;
	q->qm_y = p->qmatrix_fields.bits.qm_y;
	q->qm_u = p->qmatrix_fields.bits.qm_u;
	q->qm_v = p->qmatrix_fields.bits.qm_v;
	q->delta_q_res = MODE(p, log2_delta_q_res);
}

static void fill_segmentation(struct v4l2_av1_segmentation *to, const VASegmentationStructAV1 *va)
{
	uint32_t flags;

	if (!va->segment_info_fields.bits.enabled)
		return;
	flags = V4L2_AV1_SEGMENTATION_FLAG_ENABLED |
	        FLAG(va->segment_info_fields.bits.update_map, V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP) |
	        FLAG(va->segment_info_fields.bits.temporal_update, V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE) |
	        FLAG(va->segment_info_fields.bits.update_data, V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA);
	for (int i = 0; i < 8; i++) {
		const uint32_t mask = va->feature_mask[i];

		to->feature_enabled[i] = (uint8_t)mask;
		if (mask)
			to->last_active_seg_id = (uint8_t)i;
		if (mask >> V4L2_AV1_SEG_LVL_REF_FRAME)
			flags |= V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP;
		for (int feature = 0; feature < 8; feature++)
			if (mask >> feature & 1)
				to->feature_data[i][feature] = va->feature_data[i][feature];
	}
	to->flags = (uint8_t)flags;
}

static void fill_loop_filter(struct v4l2_av1_loop_filter *lf, const va_picture *p)
{
	lf->flags = (uint8_t)(FLAG(p->loop_filter_info_fields.bits.mode_ref_delta_enabled,
	                           V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED) |
	                      FLAG(p->loop_filter_info_fields.bits.mode_ref_delta_update,
	                           V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE) |
	                      FLAG(MODE(p, delta_lf_present_flag), V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT) |
	                      FLAG(MODE(p, delta_lf_multi), V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI));
	lf->level[0] = p->filter_level[0];
	lf->level[1] = p->filter_level[1];
	lf->level[2] = p->filter_level_u;
	lf->level[3] = p->filter_level_v;
	lf->sharpness = p->loop_filter_info_fields.bits.sharpness_level;
	memcpy(lf->ref_deltas, p->ref_deltas, sizeof(lf->ref_deltas));
	memcpy(lf->mode_deltas, p->mode_deltas, sizeof(lf->mode_deltas));
	lf->delta_lf_res = MODE(p, log2_delta_lf_res);
}

static void fill_cdef(struct v4l2_av1_cdef *cdef, const va_picture *p)
{
	cdef->damping_minus_3 = p->cdef_damping_minus_3;
	cdef->bits = p->cdef_bits;
	for (int i = 0; i < 1 << p->cdef_bits; i++) {
		const uint32_t luma = p->cdef_y_strengths[i], chroma = p->cdef_uv_strengths[i];

		cdef->y_pri_strength[i] = (uint8_t)(luma >> 2);
		cdef->y_sec_strength[i] = (luma & 3) == 3 ? 4 : luma & 3;
		cdef->uv_pri_strength[i] = (uint8_t)(chroma >> 2);
		cdef->uv_sec_strength[i] = (chroma & 3) == 3 ? 4 : chroma & 3;
	}
}

static inline bool uses_chroma_restoration(const va_picture *p)
{
	return LR(p, cbframe_restoration_type) || LR(p, crframe_restoration_type);
}

static inline bool uses_restoration(const va_picture *p)
{
	return LR(p, yframe_restoration_type) || uses_chroma_restoration(p);
}

static void fill_restoration(struct v4l2_av1_loop_restoration *lr, const va_picture *p)
{
	if (!uses_restoration(p))
		return;
	lr->flags = (uint8_t)(V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR |
	                      FLAG(uses_chroma_restoration(p), V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR));
	lr->lr_unit_shift = LR(p, lr_unit_shift);
	lr->lr_uv_shift = LR(p, lr_uv_shift);
	lr->frame_restoration_type[0] = LR(p, yframe_restoration_type);
	lr->frame_restoration_type[1] = LR(p, cbframe_restoration_type);
	lr->frame_restoration_type[2] = LR(p, crframe_restoration_type);
	lr->loop_restoration_size[0] = 256u >> (2 - LR(p, lr_unit_shift));
	lr->loop_restoration_size[1] = lr->loop_restoration_size[2] =
		lr->loop_restoration_size[0] >> LR(p, lr_uv_shift);
}

static void fill_global_motion(struct v4l2_av1_global_motion *motion, const va_picture *p)
{
	static const int32_t identity[6] = {0, 0, 1 << 16, 0, 0, 1 << 16};
	const bool intra = is_intra(p);

	for (int i = 0; i < REFERENCES; i++) {
		const VAWarpedMotionParamsAV1 *warp = &p->wm[i];
		const uint32_t type = intra ? V4L2_AV1_WARP_MODEL_IDENTITY : warp->wmtype;
		const bool moves = type != V4L2_AV1_WARP_MODEL_IDENTITY;

		motion->type[i + 1] = type;
		motion->flags[i + 1] = (uint8_t)(!moves ? 0
		                                        : V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL |
		                                              FLAG(type == V4L2_AV1_WARP_MODEL_ROTZOOM,
		                                                   V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM) |
		                                              FLAG(type == V4L2_AV1_WARP_MODEL_TRANSLATION,
		                                                   V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION));
		memcpy(motion->params[i + 1], moves ? warp->wmmat : identity, sizeof(identity));
		if (moves && warp->invalid)
			motion->invalid |= (uint8_t)(1 << (i + 1));
	}
}

/* ---- film grain -------------------------------------------------------------------------------------------- */

static bool rises(const uint8_t *values, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (values[i] <= values[i - 1])
			return false;
	return true;
}

static bool grain_is_good(const va_picture *p)
{
	const VAFilmGrainStructAV1 *g = &p->film_grain_info;

	if (!g->film_grain_info_fields.bits.apply_grain)
		return true;
	return SEQ(p, film_grain_params_present) && g->num_y_points <= 14 && g->num_cb_points <= 10 &&
	       g->num_cr_points <= 10 && rises(g->point_y_value, g->num_y_points) &&
	       rises(g->point_cb_value, g->num_cb_points) && rises(g->point_cr_value, g->num_cr_points);
}

static void add_128(uint8_t *to, const int8_t *from, int count)
{
	for (int i = 0; i < count; i++)
		to[i] = (uint8_t)(from[i] + 128);
}

static void fill_grain(struct v4l2_ctrl_av1_film_grain *to, const VAFilmGrainStructAV1 *g)
{
	memset(to, 0, sizeof(*to));
	if (!g->film_grain_info_fields.bits.apply_grain)
		return;
	to->flags =
		(uint8_t)(V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN | V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN |
	              FLAG(g->film_grain_info_fields.bits.chroma_scaling_from_luma,
	                   V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA) |
	              FLAG(g->film_grain_info_fields.bits.overlap_flag, V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP) |
	              FLAG(g->film_grain_info_fields.bits.clip_to_restricted_range,
	                   V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE));
	to->grain_seed = g->grain_seed;
	to->num_y_points = g->num_y_points;
	memcpy(to->point_y_value, g->point_y_value, g->num_y_points);
	memcpy(to->point_y_scaling, g->point_y_scaling, g->num_y_points);
	to->num_cb_points = g->num_cb_points;
	memcpy(to->point_cb_value, g->point_cb_value, g->num_cb_points);
	memcpy(to->point_cb_scaling, g->point_cb_scaling, g->num_cb_points);
	to->num_cr_points = g->num_cr_points;
	memcpy(to->point_cr_value, g->point_cr_value, g->num_cr_points);
	memcpy(to->point_cr_scaling, g->point_cr_scaling, g->num_cr_points);
	to->grain_scaling_minus_8 = g->film_grain_info_fields.bits.grain_scaling_minus_8;
	to->ar_coeff_lag = g->film_grain_info_fields.bits.ar_coeff_lag;
	to->ar_coeff_shift_minus_6 = g->film_grain_info_fields.bits.ar_coeff_shift_minus_6;
	to->grain_scale_shift = g->film_grain_info_fields.bits.grain_scale_shift;
	add_128(to->ar_coeffs_y_plus_128, g->ar_coeffs_y, 24);
	add_128(to->ar_coeffs_cb_plus_128, g->ar_coeffs_cb, 25);
	add_128(to->ar_coeffs_cr_plus_128, g->ar_coeffs_cr, 25);
	to->cb_mult = g->cb_mult;
	to->cb_luma_mult = g->cb_luma_mult;
	to->cb_offset = g->cb_offset;
	to->cr_mult = g->cr_mult;
	to->cr_luma_mult = g->cr_luma_mult;
	to->cr_offset = g->cr_offset;
}

#endif
