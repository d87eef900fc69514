/* SPDX-License-Identifier: MIT
 *
 * VA's parameters, with the conventions that FFmpeg's VA-API code has set:
 *   - ReferenceFrames has every picture of the reference picture set, those that only later pictures refer to without a flag of a
 *     subset; picture_id is the frame's number
 *   - slice data is the NAL unit from its header on, emulation prevention included; slice_data_byte_offset leaves it out
 *   - a dependent segment repeats what its slice has
 *   - matrices are in raster order
 * and with these of its own: tiles have their sizes, evenly spaced or not; a picture of a list that is missing stands there as 0xff, and
 * no picture stands in for it.
 */
#include "va.h"

#include <string.h>

const VAPictureHEVC hevc_va_no_picture = {.picture_id = VA_INVALID_SURFACE, .flags = VA_PICTURE_HEVC_INVALID};

enum { IDR_W_RADL = 19, IDR_N_LP = 20, FIRST_IRAP = 16, LAST_IRAP = 23, ABSENT = 0xff };

static VAPictureHEVC reference_of(const struct client_frame *frame)
{
	static const uint32_t subsets[] = {
		[CLIENT_BEFORE] = VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE,
		[CLIENT_AFTER] = VA_PICTURE_HEVC_RPS_ST_CURR_AFTER,
		[CLIENT_LONG] = VA_PICTURE_HEVC_RPS_LT_CURR,
	};

	return (VAPictureHEVC){
		.picture_id = frame->frame,
		.pic_order_cnt = frame->poc,
		.flags = subsets[frame->mark] | (frame->long_term ? VA_PICTURE_HEVC_LONG_TERM_REFERENCE : 0),
	};
}

/* With holes: the first at the end, the others before it at equal distances. */
static void place_references(const struct client_dpb *dpb, bool holes, uint8_t *places, VAPictureHEVC *out)
{
	const unsigned int step = dpb->count ? VA_REFERENCES / dpb->count : 1;

	for (unsigned int i = 0; i < VA_REFERENCES; i++)
		out[i] = hevc_va_no_picture;
	for (unsigned int i = 0; i < dpb->count; i++) {
		places[i] = (uint8_t)(holes && step ? VA_REFERENCES - 1 - i * step : i);
		if (places[i] < VA_REFERENCES)
			out[places[i]] = reference_of(&dpb->frames[i]);
		else
			places[i] = ABSENT;
	}
}

static bool all_slices(const struct client_picture *picture, bool (*fits)(unsigned int type))
{
	for (unsigned int i = 0; i < picture->count; i++)
		if (!fits(picture->slices[i].v4l2.slice_type))
			return false;
	return true;
}

static bool is_intra(unsigned int type)
{
	return type == V4L2_HEVC_SLICE_TYPE_I;
}

static bool is_not_b(unsigned int type)
{
	return type != V4L2_HEVC_SLICE_TYPE_B;
}

void hevc_va_fill_picture(const struct client_sps *client_sps, const struct client_pps *client_pps,
                          const struct client_dpb *dpb, const struct client_picture *picture,
                          const struct reader_habits *habits, uint8_t *places,
                          VAPictureParameterBufferHEVC *out)
{
	const struct v4l2_ctrl_hevc_sps *sps = &client_sps->v4l2;
	const struct v4l2_ctrl_hevc_pps *pps = &client_pps->v4l2;
	const struct client_slice *first = &picture->slices[0];

	memset(out, 0, sizeof(*out));
	out->CurrPic = (VAPictureHEVC){.picture_id = dpb->frame, .pic_order_cnt = dpb->poc};
	place_references(dpb, habits->holes, places, out->ReferenceFrames);
	out->pic_width_in_luma_samples = sps->pic_width_in_luma_samples;
	out->pic_height_in_luma_samples = sps->pic_height_in_luma_samples;
#define SPS(name) ((sps->flags & V4L2_HEVC_SPS_FLAG_##name) != 0)
#define PPS(name) ((pps->flags & V4L2_HEVC_PPS_FLAG_##name) != 0)
#define FIELD(name) out->pic_fields.bits.name
	FIELD(chroma_format_idc) = sps->chroma_format_idc;
	FIELD(separate_colour_plane_flag) = SPS(SEPARATE_COLOUR_PLANE);
	FIELD(pcm_enabled_flag) = SPS(PCM_ENABLED);
	FIELD(scaling_list_enabled_flag) = SPS(SCALING_LIST_ENABLED);
	FIELD(transform_skip_enabled_flag) = PPS(TRANSFORM_SKIP_ENABLED);
	FIELD(amp_enabled_flag) = SPS(AMP_ENABLED);
	FIELD(strong_intra_smoothing_enabled_flag) = SPS(STRONG_INTRA_SMOOTHING_ENABLED);
	FIELD(sign_data_hiding_enabled_flag) = PPS(SIGN_DATA_HIDING_ENABLED);
	FIELD(constrained_intra_pred_flag) = PPS(CONSTRAINED_INTRA_PRED);
	FIELD(cu_qp_delta_enabled_flag) = PPS(CU_QP_DELTA_ENABLED);
	FIELD(weighted_pred_flag) = PPS(WEIGHTED_PRED);
	FIELD(weighted_bipred_flag) = PPS(WEIGHTED_BIPRED);
	FIELD(transquant_bypass_enabled_flag) = PPS(TRANSQUANT_BYPASS_ENABLED);
	FIELD(tiles_enabled_flag) = PPS(TILES_ENABLED);
	FIELD(entropy_coding_sync_enabled_flag) = PPS(ENTROPY_CODING_SYNC_ENABLED);
	FIELD(pps_loop_filter_across_slices_enabled_flag) = PPS(PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED);
	FIELD(loop_filter_across_tiles_enabled_flag) = PPS(LOOP_FILTER_ACROSS_TILES_ENABLED);
	FIELD(pcm_loop_filter_disabled_flag) = SPS(PCM_LOOP_FILTER_DISABLED);
	FIELD(NoPicReorderingFlag) = !sps->sps_max_num_reorder_pics;
	FIELD(NoBiPredFlag) = all_slices(picture, is_not_b);
#undef FIELD
	out->sps_max_dec_pic_buffering_minus1 = sps->sps_max_dec_pic_buffering_minus1;
	out->bit_depth_luma_minus8 = sps->bit_depth_luma_minus8;
	out->bit_depth_chroma_minus8 = sps->bit_depth_chroma_minus8;
	out->pcm_sample_bit_depth_luma_minus1 = sps->pcm_sample_bit_depth_luma_minus1;
	out->pcm_sample_bit_depth_chroma_minus1 = sps->pcm_sample_bit_depth_chroma_minus1;
	out->log2_min_luma_coding_block_size_minus3 = sps->log2_min_luma_coding_block_size_minus3;
	out->log2_diff_max_min_luma_coding_block_size = sps->log2_diff_max_min_luma_coding_block_size;
	out->log2_min_transform_block_size_minus2 = sps->log2_min_luma_transform_block_size_minus2;
	out->log2_diff_max_min_transform_block_size = sps->log2_diff_max_min_luma_transform_block_size;
	out->log2_min_pcm_luma_coding_block_size_minus3 = sps->log2_min_pcm_luma_coding_block_size_minus3;
	out->log2_diff_max_min_pcm_luma_coding_block_size = sps->log2_diff_max_min_pcm_luma_coding_block_size;
	out->max_transform_hierarchy_depth_intra = sps->max_transform_hierarchy_depth_intra;
	out->max_transform_hierarchy_depth_inter = sps->max_transform_hierarchy_depth_inter;
	out->init_qp_minus26 = pps->init_qp_minus26;
	out->diff_cu_qp_delta_depth = pps->diff_cu_qp_delta_depth;
	out->pps_cb_qp_offset = pps->pps_cb_qp_offset;
	out->pps_cr_qp_offset = pps->pps_cr_qp_offset;
	out->log2_parallel_merge_level_minus2 = pps->log2_parallel_merge_level_minus2;
	out->num_tile_columns_minus1 = pps->num_tile_columns_minus1;
	out->num_tile_rows_minus1 = pps->num_tile_rows_minus1;
	for (unsigned int i = 0; i < 19; i++)
		out->column_width_minus1[i] = pps->column_width_minus1[i];
	for (unsigned int i = 0; i < 21; i++)
		out->row_height_minus1[i] = pps->row_height_minus1[i];
#define FIELD(name) out->slice_parsing_fields.bits.name
	FIELD(lists_modification_present_flag) = PPS(LISTS_MODIFICATION_PRESENT);
	FIELD(long_term_ref_pics_present_flag) = SPS(LONG_TERM_REF_PICS_PRESENT);
	FIELD(sps_temporal_mvp_enabled_flag) = SPS(SPS_TEMPORAL_MVP_ENABLED);
	FIELD(cabac_init_present_flag) = PPS(CABAC_INIT_PRESENT);
	FIELD(output_flag_present_flag) = PPS(OUTPUT_FLAG_PRESENT);
	FIELD(dependent_slice_segments_enabled_flag) = PPS(DEPENDENT_SLICE_SEGMENT_ENABLED);
	FIELD(pps_slice_chroma_qp_offsets_present_flag) = PPS(PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT);
	FIELD(sample_adaptive_offset_enabled_flag) = SPS(SAMPLE_ADAPTIVE_OFFSET);
	FIELD(deblocking_filter_override_enabled_flag) = PPS(DEBLOCKING_FILTER_OVERRIDE_ENABLED);
	FIELD(pps_disable_deblocking_filter_flag) = PPS(PPS_DISABLE_DEBLOCKING_FILTER);
	FIELD(slice_segment_header_extension_present_flag) = PPS(SLICE_SEGMENT_HEADER_EXTENSION_PRESENT);
	FIELD(RapPicFlag) = first->nal.type >= FIRST_IRAP && first->nal.type <= LAST_IRAP;
	FIELD(IdrPicFlag) = first->nal.type == IDR_W_RADL || first->nal.type == IDR_N_LP;
	FIELD(IntraPicFlag) = all_slices(picture, is_intra);
#undef FIELD
#undef SPS
#undef PPS
	out->log2_max_pic_order_cnt_lsb_minus4 = sps->log2_max_pic_order_cnt_lsb_minus4;
	out->num_short_term_ref_pic_sets = sps->num_short_term_ref_pic_sets;
	out->num_long_term_ref_pic_sps = sps->num_long_term_ref_pics_sps;
	out->num_ref_idx_l0_default_active_minus1 = pps->num_ref_idx_l0_default_active_minus1;
	out->num_ref_idx_l1_default_active_minus1 = pps->num_ref_idx_l1_default_active_minus1;
	out->pps_beta_offset_div2 = pps->pps_beta_offset_div2;
	out->pps_tc_offset_div2 = pps->pps_tc_offset_div2;
	out->num_extra_slice_header_bits = pps->num_extra_slice_header_bits;
	out->st_rps_bits = first->v4l2.short_term_ref_pic_set_size;
}

void hevc_va_fill_matrix(const struct client_sps *sps, const struct client_pps *pps,
                         VAIQMatrixBufferHEVC *out)
{
	const struct v4l2_ctrl_hevc_scaling_matrix *from = pps->lists_present ? &pps->matrix : &sps->matrix;

	memset(out, 0, sizeof(*out));
	memcpy(out->ScalingList4x4, from->scaling_list_4x4, sizeof(out->ScalingList4x4));
	memcpy(out->ScalingList8x8, from->scaling_list_8x8, sizeof(out->ScalingList8x8));
	memcpy(out->ScalingList16x16, from->scaling_list_16x16, sizeof(out->ScalingList16x16));
	memcpy(out->ScalingList32x32, from->scaling_list_32x32, sizeof(out->ScalingList32x32));
	memcpy(out->ScalingListDC16x16, from->scaling_list_dc_coef_16x16, sizeof(out->ScalingListDC16x16));
	memcpy(out->ScalingListDC32x32, from->scaling_list_dc_coef_32x32, sizeof(out->ScalingListDC32x32));
}

static void fill_weights(const struct v4l2_hevc_pred_weight_table *from, VASliceParameterBufferHEVC *out)
{
	out->luma_log2_weight_denom = from->luma_log2_weight_denom;
	out->delta_chroma_log2_weight_denom = from->delta_chroma_log2_weight_denom;
	memcpy(out->delta_luma_weight_l0, from->delta_luma_weight_l0, sizeof(out->delta_luma_weight_l0));
	memcpy(out->luma_offset_l0, from->luma_offset_l0, sizeof(out->luma_offset_l0));
	memcpy(out->delta_chroma_weight_l0, from->delta_chroma_weight_l0, sizeof(out->delta_chroma_weight_l0));
	memcpy(out->ChromaOffsetL0, from->chroma_offset_l0, sizeof(out->ChromaOffsetL0));
	memcpy(out->delta_luma_weight_l1, from->delta_luma_weight_l1, sizeof(out->delta_luma_weight_l1));
	memcpy(out->luma_offset_l1, from->luma_offset_l1, sizeof(out->luma_offset_l1));
	memcpy(out->delta_chroma_weight_l1, from->delta_chroma_weight_l1, sizeof(out->delta_chroma_weight_l1));
	memcpy(out->ChromaOffsetL1, from->chroma_offset_l1, sizeof(out->ChromaOffsetL1));
}

static void fill_lists(const struct client_dpb *dpb, const struct client_slice *slice, const uint8_t *places,
                       VASliceParameterBufferHEVC *out)
{
	for (unsigned int list = 0; list < 2; list++) {
		int frames[CLIENT_REFERENCES];

		hevc_client_list(dpb, slice, list, frames);
		for (unsigned int i = 0; i < VA_REFERENCES; i++)
			out->RefPicList[list][i] = frames[i] < 0 ? ABSENT : places[frames[i]];
	}
}

void hevc_va_fill_slice(const struct client_dpb *dpb, const struct client_slice *slice, bool last,
                        const uint8_t *places, VASliceParameterBufferHEVC *out)
{
	const struct v4l2_ctrl_hevc_slice_params *v = &slice->v4l2;

	memset(out, 0, sizeof(*out));
	out->slice_data_size = (uint32_t)slice->nal.size;
	out->slice_data_flag = VA_SLICE_DATA_FLAG_ALL;
	out->slice_data_byte_offset = slice->header_bytes - slice->header_emulation;
	out->slice_segment_address = v->slice_segment_addr;
	fill_lists(dpb, slice, places, out);
#define FLAG(name) ((v->flags & V4L2_HEVC_SLICE_PARAMS_FLAG_##name) != 0)
#define FIELD(name) out->LongSliceFlags.fields.name
	FIELD(LastSliceOfPic) = last;
	FIELD(dependent_slice_segment_flag) = slice->dependent;
	FIELD(slice_type) = v->slice_type;
	FIELD(color_plane_id) = v->colour_plane_id;
	FIELD(slice_sao_luma_flag) = FLAG(SLICE_SAO_LUMA);
	FIELD(slice_sao_chroma_flag) = FLAG(SLICE_SAO_CHROMA);
	FIELD(mvd_l1_zero_flag) = FLAG(MVD_L1_ZERO);
	FIELD(cabac_init_flag) = FLAG(CABAC_INIT);
	FIELD(slice_temporal_mvp_enabled_flag) = FLAG(SLICE_TEMPORAL_MVP_ENABLED);
	FIELD(slice_deblocking_filter_disabled_flag) = FLAG(SLICE_DEBLOCKING_FILTER_DISABLED);
	FIELD(collocated_from_l0_flag) = FLAG(COLLOCATED_FROM_L0);
	FIELD(slice_loop_filter_across_slices_enabled_flag) = FLAG(SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED);
#undef FIELD
	out->collocated_ref_idx = FLAG(SLICE_TEMPORAL_MVP_ENABLED) ? v->collocated_ref_idx : ABSENT;
#undef FLAG
	out->num_ref_idx_l0_active_minus1 = v->num_ref_idx_l0_active_minus1;
	out->num_ref_idx_l1_active_minus1 = v->num_ref_idx_l1_active_minus1;
	out->slice_qp_delta = v->slice_qp_delta;
	out->slice_cb_qp_offset = v->slice_cb_qp_offset;
	out->slice_cr_qp_offset = v->slice_cr_qp_offset;
	out->slice_beta_offset_div2 = v->slice_beta_offset_div2;
	out->slice_tc_offset_div2 = v->slice_tc_offset_div2;
	fill_weights(&v->pred_weight_table, out);
	out->five_minus_max_num_merge_cand = v->five_minus_max_num_merge_cand;
	out->num_entry_point_offsets = (uint16_t)v->num_entry_point_offsets;
	out->slice_data_num_emu_prevn_bytes = (uint16_t)slice->header_emulation;
}
