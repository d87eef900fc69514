/* SPDX-License-Identifier: MIT
 *
 * As va_dec_av1.h describes the fields. Where that leaves a choice:
 *
 *   - cdef_y_strengths and cdef_uv_strengths have the secondary strength as it is coded, 0 to 3
 *   - the sizes of tiles are left 0 where they are spaced uniformly, as Chromium does; the last one of a row or column is there otherwise
 *   - film_grain_info is all 0 without apply_grain
 */
#include "va.h"

#include <string.h>

static void fill_sequence(const struct client_sequence *s, VADecPictureParameterBufferAV1 *out)
{
	out->profile = (uint8_t)s->profile;
	out->order_hint_bits_minus_1 = (uint8_t)(s->order_hint_bits ? s->order_hint_bits - 1 : 0);
	out->bit_depth_idx = (uint8_t)((s->depth - 8) / 2);
	out->matrix_coefficients = (uint8_t)s->matrix_coefficients;
	out->seq_info_fields.fields.still_picture = s->still_picture;
	out->seq_info_fields.fields.use_128x128_superblock = s->superblock_128;
	out->seq_info_fields.fields.enable_filter_intra = s->filter_intra;
	out->seq_info_fields.fields.enable_intra_edge_filter = s->intra_edge_filter;
	out->seq_info_fields.fields.enable_interintra_compound = s->interintra;
	out->seq_info_fields.fields.enable_masked_compound = s->masked;
	out->seq_info_fields.fields.enable_dual_filter = s->dual_filter;
	out->seq_info_fields.fields.enable_order_hint = s->order_hint_bits > 0;
	out->seq_info_fields.fields.enable_jnt_comp = s->joint;
	out->seq_info_fields.fields.enable_cdef = s->cdef;
	out->seq_info_fields.fields.mono_chrome = s->monochrome;
	out->seq_info_fields.fields.color_range = s->full_range;
	out->seq_info_fields.fields.subsampling_x = s->half_width;
	out->seq_info_fields.fields.subsampling_y = s->half_height;
	out->seq_info_fields.fields.film_grain_params_present = s->film_grain;
}

static void fill_segmentation(const struct client_segmentation *s, VASegmentationStructAV1 *out)
{
	out->segment_info_fields.bits.enabled = s->enabled;
	out->segment_info_fields.bits.update_map = s->update_map;
	out->segment_info_fields.bits.temporal_update = s->temporal;
	out->segment_info_fields.bits.update_data = s->update_data;
	for (unsigned int i = 0; i < CLIENT_SEGMENTS; i++) {
		for (unsigned int j = 0; j < CLIENT_FEATURES; j++) {
			out->feature_data[i][j] = (int16_t)s->value[i][j];
			out->feature_mask[i] |= (uint8_t)(s->feature[i][j] << j);
		}
	}
}

static void fill_coefficients(int8_t *out, const uint8_t *plus_128, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		out[i] = (int8_t)(plus_128[i] - 128);
}

static void fill_grain(const struct client_grain *g, VAFilmGrainStructAV1 *out)
{
	const unsigned int luma = 2 * g->lag * (g->lag + 1);

	if (!g->apply)
		return;
	out->film_grain_info_fields.bits.apply_grain = 1;
	out->film_grain_info_fields.bits.chroma_scaling_from_luma = g->chroma_from_luma;
	out->film_grain_info_fields.bits.grain_scaling_minus_8 = g->scaling_shift & 3;
	out->film_grain_info_fields.bits.ar_coeff_lag = g->lag & 3;
	out->film_grain_info_fields.bits.ar_coeff_shift_minus_6 = g->coefficient_shift & 3;
	out->film_grain_info_fields.bits.grain_scale_shift = g->scale_shift & 3;
	out->film_grain_info_fields.bits.overlap_flag = g->overlap;
	out->film_grain_info_fields.bits.clip_to_restricted_range = g->clip;
	out->grain_seed = (uint16_t)g->seed;
	out->num_y_points = (uint8_t)g->y_points;
	memcpy(out->point_y_value, g->y_value, sizeof(out->point_y_value));
	memcpy(out->point_y_scaling, g->y_scaling, sizeof(out->point_y_scaling));
	out->num_cb_points = (uint8_t)g->cb_points;
	memcpy(out->point_cb_value, g->cb_value, sizeof(out->point_cb_value));
	memcpy(out->point_cb_scaling, g->cb_scaling, sizeof(out->point_cb_scaling));
	out->num_cr_points = (uint8_t)g->cr_points;
	memcpy(out->point_cr_value, g->cr_value, sizeof(out->point_cr_value));
	memcpy(out->point_cr_scaling, g->cr_scaling, sizeof(out->point_cr_scaling));
	if (g->y_points)
		fill_coefficients(out->ar_coeffs_y, g->y_coefficient, luma);
	if (g->chroma_from_luma || g->cb_points)
		fill_coefficients(out->ar_coeffs_cb, g->cb_coefficient, luma + (g->y_points > 0));
	if (g->chroma_from_luma || g->cr_points)
		fill_coefficients(out->ar_coeffs_cr, g->cr_coefficient, luma + (g->y_points > 0));
	out->cb_mult = (uint8_t)g->cb_mult;
	out->cb_luma_mult = (uint8_t)g->cb_luma_mult;
	out->cb_offset = (uint16_t)g->cb_offset;
	out->cr_mult = (uint8_t)g->cr_mult;
	out->cr_luma_mult = (uint8_t)g->cr_luma_mult;
	out->cr_offset = (uint16_t)g->cr_offset;
}

static void fill_tiles(const struct client_tiles *t, VADecPictureParameterBufferAV1 *out)
{
	out->tile_cols = (uint8_t)t->columns;
	out->tile_rows = (uint8_t)t->rows;
	out->context_update_tile_id = (uint16_t)t->context_update;
	out->pic_info_fields.bits.uniform_tile_spacing_flag = t->uniform;
	for (unsigned int i = 0; i < t->columns && i < 63 && !t->uniform; i++)
		out->width_in_sbs_minus_1[i] = (uint16_t)(t->width[i] - 1);
	for (unsigned int i = 0; i < t->rows && i < 63 && !t->uniform; i++)
		out->height_in_sbs_minus_1[i] = (uint16_t)(t->height[i] - 1);
}

static void fill_flags(const struct client_frame *f, VADecPictureParameterBufferAV1 *out)
{
	out->pic_info_fields.bits.frame_type = f->type & 3;
	out->pic_info_fields.bits.show_frame = f->shown;
	out->pic_info_fields.bits.showable_frame = f->showable;
	out->pic_info_fields.bits.error_resilient_mode = f->resilient;
	out->pic_info_fields.bits.disable_cdf_update = f->disable_cdf_update;
	out->pic_info_fields.bits.allow_screen_content_tools = f->screen_content;
	out->pic_info_fields.bits.force_integer_mv = f->integer_mv;
	out->pic_info_fields.bits.allow_intrabc = f->intrabc;
	out->pic_info_fields.bits.use_superres = f->superres;
	out->pic_info_fields.bits.allow_high_precision_mv = f->high_precision;
	out->pic_info_fields.bits.is_motion_mode_switchable = f->motion_switchable;
	out->pic_info_fields.bits.use_ref_frame_mvs = f->reference_mvs;
	out->pic_info_fields.bits.disable_frame_end_update_cdf = f->disable_frame_end_update;
	out->pic_info_fields.bits.allow_warped_motion = f->warped;
}

static void fill_filters(const struct client_frame *f, VADecPictureParameterBufferAV1 *out)
{
	const struct client_loop_filter *l = &f->loop_filter;
	const struct client_cdef *c = &f->cdef;
	const struct client_restoration *r = &f->restoration;

	out->filter_level[0] = (uint8_t)l->level[0];
	out->filter_level[1] = (uint8_t)l->level[1];
	out->filter_level_u = (uint8_t)l->level[2];
	out->filter_level_v = (uint8_t)l->level[3];
	out->loop_filter_info_fields.bits.sharpness_level = l->sharpness & 7;
	out->loop_filter_info_fields.bits.mode_ref_delta_enabled = l->deltas;
	out->loop_filter_info_fields.bits.mode_ref_delta_update = l->update_deltas;
	for (unsigned int i = 0; i < CLIENT_NAMES; i++)
		out->ref_deltas[i] = (int8_t)l->delta.reference[i];
	for (unsigned int i = 0; i < 2; i++)
		out->mode_deltas[i] = (int8_t)l->delta.mode[i];
	out->cdef_damping_minus_3 = (uint8_t)c->damping;
	out->cdef_bits = (uint8_t)c->bits;
	for (unsigned int i = 0; i < 8; i++) {
		out->cdef_y_strengths[i] =
			(uint8_t)(c->y_primary[i] << 2 | (c->y_secondary[i] == 4 ? 3 : c->y_secondary[i]));
		out->cdef_uv_strengths[i] =
			(uint8_t)(c->uv_primary[i] << 2 | (c->uv_secondary[i] == 4 ? 3 : c->uv_secondary[i]));
	}
	out->loop_restoration_fields.bits.yframe_restoration_type = r->type[0] & 3;
	out->loop_restoration_fields.bits.cbframe_restoration_type = r->type[1] & 3;
	out->loop_restoration_fields.bits.crframe_restoration_type = r->type[2] & 3;
	out->loop_restoration_fields.bits.lr_unit_shift = r->shift & 3;
	out->loop_restoration_fields.bits.lr_uv_shift = r->uv_shift & 1;
}

static void fill_quantizer(const struct client_frame *f, VADecPictureParameterBufferAV1 *out)
{
	const struct client_quantizer *q = &f->quantizer;

	out->base_qindex = (uint8_t)q->base;
	out->y_dc_delta_q = (int8_t)q->y_dc;
	out->u_dc_delta_q = (int8_t)q->u_dc;
	out->u_ac_delta_q = (int8_t)q->u_ac;
	out->v_dc_delta_q = (int8_t)q->v_dc;
	out->v_ac_delta_q = (int8_t)q->v_ac;
	out->qmatrix_fields.bits.using_qmatrix = q->matrices;
	out->qmatrix_fields.bits.qm_y = q->matrix[0] & 15;
	out->qmatrix_fields.bits.qm_u = q->matrix[1] & 15;
	out->qmatrix_fields.bits.qm_v = q->matrix[2] & 15;
	out->mode_control_fields.bits.delta_q_present_flag = q->delta;
	out->mode_control_fields.bits.log2_delta_q_res = q->delta_resolution & 3;
	out->mode_control_fields.bits.delta_lf_present_flag = f->loop_filter.delta_lf;
	out->mode_control_fields.bits.log2_delta_lf_res = f->loop_filter.delta_lf_resolution & 3;
	out->mode_control_fields.bits.delta_lf_multi = f->loop_filter.delta_lf_multi;
	out->mode_control_fields.bits.tx_mode = f->transform_mode & 3;
	out->mode_control_fields.bits.reference_select = f->reference_select;
	out->mode_control_fields.bits.reduced_tx_set_used = f->reduced_transforms;
	out->mode_control_fields.bits.skip_mode_present = f->skip_mode;
}

static void fill_motion(const struct client_motion *m, VADecPictureParameterBufferAV1 *out)
{
	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++) {
		out->wm[i].wmtype = (VAAV1TransformationType)m->type[CLIENT_LAST + i];
		out->wm[i].invalid = m->invalid[CLIENT_LAST + i];
		for (unsigned int j = 0; j < 6; j++)
			out->wm[i].wmmat[j] = m->parameter[CLIENT_LAST + i][j];
	}
}

void av1_fill_picture(const struct client_picture *p, const VASurfaceID slots[CLIENT_SLOTS],
                      VASurfaceID frame, VASurfaceID display, VADecPictureParameterBufferAV1 *out)
{
	const struct client_frame *f = &p->frame;

	memset(out, 0, sizeof(*out));
	fill_sequence(p->sequence, out);
	out->current_frame = frame;
	out->current_display_picture = display;
	out->frame_width_minus1 = (uint16_t)(f->size.upscaled_width - 1);
	out->frame_height_minus1 = (uint16_t)(f->size.height - 1);
	memcpy(out->ref_frame_map, slots, sizeof(out->ref_frame_map));
	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++)
		out->ref_frame_idx[i] = (uint8_t)f->slot[i];
	out->primary_ref_frame = (uint8_t)f->primary;
	out->order_hint = (uint8_t)f->order_hint;
	out->superres_scale_denominator = (uint8_t)f->denominator;
	out->interp_filter = (uint8_t)f->filter;
	fill_segmentation(&f->segmentation, &out->seg_info);
	fill_grain(&f->grain, &out->film_grain_info);
	fill_tiles(&f->tiles, out);
	fill_flags(f, out);
	fill_filters(f, out);
	fill_quantizer(f, out);
	fill_motion(&f->motion, out);
}

void av1_fill_tile(const struct client_tile *tile, size_t offset, VASliceParameterBufferAV1 *out)
{
	memset(out, 0, sizeof(*out));
	out->slice_data_size = (uint32_t)tile->size;
	out->slice_data_offset = (uint32_t)offset;
	out->slice_data_flag = VA_SLICE_DATA_FLAG_ALL;
	out->tile_row = (uint16_t)tile->row;
	out->tile_column = (uint16_t)tile->column;
}
