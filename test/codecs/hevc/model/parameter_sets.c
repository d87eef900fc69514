/* SPDX-License-Identifier: MIT */
#include "parameter_sets.h"

#include "slice_header.h"

#include <string.h>

enum { MAIN = 1, MAIN_10 = 2, LEVEL_6_2 = 186, MOST_PICTURES = 16 };

/* ---- what no stream may have (7.4.3.2, 7.4.3.3) ---------------------------------------------------------------------- */

const char *hevc_sps_refusal(const struct v4l2_ctrl_hevc_sps *sps)
{
	const unsigned int min_log2 = sps->log2_min_luma_coding_block_size_minus3 + 3u;
	const unsigned int transform_log2 = sps->log2_min_luma_transform_block_size_minus2 + 2u;
	const unsigned int max_transform_log2 = transform_log2 + sps->log2_diff_max_min_luma_transform_block_size;
	const unsigned int pcm_log2 = sps->log2_min_pcm_luma_coding_block_size_minus3 + 3u;
	const unsigned int max_pcm_log2 = pcm_log2 + sps->log2_diff_max_min_pcm_luma_coding_block_size;

	if (sps->chroma_format_idc != 1 || sps_has(sps, V4L2_HEVC_SPS_FLAG_SEPARATE_COLOUR_PLANE))
		return "sps.chroma_format_idc is not 4:2:0";
	if (sps->bit_depth_luma_minus8 != sps->bit_depth_chroma_minus8)
		return "sps.bit_depth_chroma_minus8 is not sps.bit_depth_luma_minus8";
	if (sps->log2_max_pic_order_cnt_lsb_minus4 > 12)
		return "sps.log2_max_pic_order_cnt_lsb_minus4 is above 12";
	if (min_log2 > 6 || ctb_log2(sps) < 4 || ctb_log2(sps) > 6)
		return "sps says that coding tree blocks are not of 16, 32 or 64 samples";
	if (transform_log2 >= min_log2 || max_transform_log2 > 5 || max_transform_log2 > ctb_log2(sps))
		return "sps says that transform blocks are larger than 32 samples or than coding blocks";
	if (sps->max_transform_hierarchy_depth_inter > ctb_log2(sps) - transform_log2 ||
	    sps->max_transform_hierarchy_depth_intra > ctb_log2(sps) - transform_log2)
		return "sps.max_transform_hierarchy_depth_inter or _intra is beyond the sizes of transform blocks";
	if (!sps->pic_width_in_luma_samples || !sps->pic_height_in_luma_samples ||
	    sps->pic_width_in_luma_samples % (1u << min_log2) ||
	    sps->pic_height_in_luma_samples % (1u << min_log2))
		return "sps.pic_width_in_luma_samples or _height_ is no multiple of the least coding block";
	if (sps_has(sps, V4L2_HEVC_SPS_FLAG_PCM_ENABLED) &&
	    (pcm_log2 < min_log2 || max_pcm_log2 > (ctb_log2(sps) < 5 ? ctb_log2(sps) : 5) ||
	     sps->pcm_sample_bit_depth_luma_minus1 > sps->bit_depth_luma_minus8 + 7 ||
	     sps->pcm_sample_bit_depth_chroma_minus1 > sps->bit_depth_chroma_minus8 + 7))
		return "sps says that PCM blocks are not of the sizes of coding blocks, or have more bits than "
			   "samples";
	if (sps->num_short_term_ref_pic_sets > 64 || sps->num_long_term_ref_pics_sps > 32)
		return "sps has more reference picture sets or long-term pictures than HEVC allows";
	return NULL;
}

/* Whether `count` tiles, the size of each but for 1, are as many coding tree blocks. */
static bool tiles_fit(const uint8_t *sizes_minus1, unsigned int count, unsigned int ctbs)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += sizes_minus1[i] + 1u;
	return sum == ctbs;
}

const char *hevc_pps_refusal(const struct v4l2_ctrl_hevc_sps *sps, const struct v4l2_ctrl_hevc_pps *pps)
{
	if (pps->num_extra_slice_header_bits > 2)
		return "pps.num_extra_slice_header_bits is above 2";
	if (pps->num_ref_idx_l0_default_active_minus1 > 14 || pps->num_ref_idx_l1_default_active_minus1 > 14)
		return "pps.num_ref_idx_l0_default_active_minus1 or _l1_ is above 14";
	if (pps->diff_cu_qp_delta_depth > sps->log2_diff_max_min_luma_coding_block_size)
		return "pps.diff_cu_qp_delta_depth is beyond the sizes of coding blocks";
	if (pps->init_qp_minus26 < -26 - 6 * sps->bit_depth_luma_minus8 || pps->init_qp_minus26 > 25)
		return "pps.init_qp_minus26 is out of range";
	if (pps->pps_cb_qp_offset < -12 || pps->pps_cb_qp_offset > 12 || pps->pps_cr_qp_offset < -12 ||
	    pps->pps_cr_qp_offset > 12)
		return "pps.pps_cb_qp_offset or pps_cr_qp_offset is beyond 12";
	if (pps->pps_beta_offset_div2 < -6 || pps->pps_beta_offset_div2 > 6 || pps->pps_tc_offset_div2 < -6 ||
	    pps->pps_tc_offset_div2 > 6)
		return "pps.pps_beta_offset_div2 or pps_tc_offset_div2 is beyond 6";
	if (pps->log2_parallel_merge_level_minus2 + 2u > ctb_log2(sps))
		return "pps.log2_parallel_merge_level_minus2 is beyond the size of coding tree blocks";
	if (!pps_has(pps, V4L2_HEVC_PPS_FLAG_TILES_ENABLED))
		return NULL;
	if (!pps->num_tile_columns_minus1 && !pps->num_tile_rows_minus1)
		return "pps.flags has TILES_ENABLED, but there is one tile";
	if (!tiles_fit(pps->column_width_minus1, pps->num_tile_columns_minus1 + 1u,
	               ctbs_of(sps->pic_width_in_luma_samples, sps)))
		return "pps.column_width_minus1 does not add up to the width of the picture";
	if (!tiles_fit(pps->row_height_minus1, pps->num_tile_rows_minus1 + 1u,
	               ctbs_of(sps->pic_height_in_luma_samples, sps)))
		return "pps.row_height_minus1 does not add up to the height of the picture";
	return NULL;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

static void begin(struct bit_writer *w, struct byte_buffer *rbsp, unsigned int nal_unit_type)
{
	*w = (struct bit_writer){.out = rbsp};
	put_u(w, 7, nal_unit_type);
	put_u(w, 9, 1); /* nuh_layer_id, nuh_temporal_id_plus1 */
}

static void end(struct bit_writer *w, struct byte_buffer *stream)
{
	put_trailing(w);
	nal_append(stream, w->out->data, w->out->size);
	stream->failed |= w->out->failed;
	buffer_free(w->out);
}

/* profile_tier_level( 1, 0 ) */
static void put_profile(struct bit_writer *w, unsigned int profile)
{
	put_u(w, 8, profile);
	put_u(w, 32, 1u << (31 - profile));
	put_u(w, 4, 0x9); /* progressive and frame only */
	put_u(w, 32, 0);
	put_u(w, 12, 0);
	put_u(w, 8, LEVEL_6_2);
}

/* The sizes of the decoded picture buffer: libavcodec gives everything out at once. given: those of an SPS instead. */
static void put_ordering(struct bit_writer *w, const struct v4l2_ctrl_hevc_sps *given)
{
	put_u(w, 1, 1);
	put_ue(w, given ? given->sps_max_dec_pic_buffering_minus1 : MOST_PICTURES - 1);
	put_ue(w, given ? given->sps_max_num_reorder_pics : 0);
	put_ue(w, given ? given->sps_max_latency_increase_plus1 : 0);
}

void hevc_vps_write(struct byte_buffer *stream)
{
	struct byte_buffer rbsp = {0};
	struct bit_writer w;

	begin(&w, &rbsp, NAL_VPS);
	put_u(&w, 4, 0);
	put_u(&w, 2, 3);
	put_u(&w, 9, 0);
	put_u(&w, 1, 1); /* vps_temporal_id_nesting_flag */
	put_u(&w, 16, 0xffff);
	put_profile(&w, MAIN);
	put_ordering(&w, NULL);
	put_u(&w, 6, 0);
	put_ue(&w, 0);
	put_u(&w, 2, 0);
	end(&w, stream);
}

/* 6.5.3: the place in raster order of each coefficient as it is coded. */
static void diagonal_scan(unsigned int size, uint8_t *places)
{
	unsigned int n = 0;

	for (unsigned int diagonal = 0; diagonal < 2 * size - 1; diagonal++)
		for (unsigned int x = 0; x <= diagonal; x++)
			if (x < size && diagonal - x < size)
				places[n++] = (uint8_t)((diagonal - x) * size + x);
}

static void put_list(struct bit_writer *w, const uint8_t *list, const uint8_t *places, unsigned int count,
                     const uint8_t *dc)
{
	int last = 8;

	put_u(w, 1, 1); /* scaling_list_pred_mode_flag */
	if (dc) {
		put_se(w, *dc - 8);
		last = *dc;
	}
	for (unsigned int i = 0; i < count; i++) {
		const int value = list[places[i]];

		put_se(w, (int8_t)(value - last)); /* (7-34): modulo 256 */
		last = value;
	}
}

/* scaling_list_data() */
static void put_matrix(struct bit_writer *w, const struct v4l2_ctrl_hevc_scaling_matrix *matrix)
{
	uint8_t small[16], large[64];

	diagonal_scan(4, small);
	diagonal_scan(8, large);
	for (unsigned int i = 0; i < 6; i++)
		put_list(w, matrix->scaling_list_4x4[i], small, 16, NULL);
	for (unsigned int i = 0; i < 6; i++)
		put_list(w, matrix->scaling_list_8x8[i], large, 64, NULL);
	for (unsigned int i = 0; i < 6; i++)
		put_list(w, matrix->scaling_list_16x16[i], large, 64, &matrix->scaling_list_dc_coef_16x16[i]);
	for (unsigned int i = 0; i < 2; i++)
		put_list(w, matrix->scaling_list_32x32[i], large, 64, &matrix->scaling_list_dc_coef_32x32[i]);
}

static void put_pcm(struct bit_writer *w, const struct v4l2_ctrl_hevc_sps *sps)
{
	const bool pcm = sps_has(sps, V4L2_HEVC_SPS_FLAG_PCM_ENABLED);

	put_u(w, 1, pcm);
	if (!pcm)
		return;
	put_u(w, 4, sps->pcm_sample_bit_depth_luma_minus1);
	put_u(w, 4, sps->pcm_sample_bit_depth_chroma_minus1);
	put_ue(w, sps->log2_min_pcm_luma_coding_block_size_minus3);
	put_ue(w, sps->log2_diff_max_min_pcm_luma_coding_block_size);
	put_u(w, 1, sps_has(sps, V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED));
}

void hevc_sps_write(struct byte_buffer *stream, const struct v4l2_ctrl_hevc_sps *sps,
                    enum hevc_headers headers)
{
	const bool as_given = headers == HEVC_HEADERS_AS_GIVEN;
	struct byte_buffer rbsp = {0};
	struct bit_writer w;

	begin(&w, &rbsp, NAL_SPS);
	put_u(&w, 7, 0); /* sps_video_parameter_set_id, sps_max_sub_layers_minus1 */
	put_u(&w, 1, 1); /* sps_temporal_id_nesting_flag */
	put_profile(&w, sps->bit_depth_luma_minus8 ? MAIN_10 : MAIN);
	put_ue(&w, 0);
	put_ue(&w, sps->chroma_format_idc);
	put_ue(&w, sps->pic_width_in_luma_samples);
	put_ue(&w, sps->pic_height_in_luma_samples);
	put_u(&w, 1, 0); /* conformance_window_flag */
	put_ue(&w, sps->bit_depth_luma_minus8);
	put_ue(&w, sps->bit_depth_chroma_minus8);
	put_ue(&w, as_given ? sps->log2_max_pic_order_cnt_lsb_minus4 : 12);
	put_ordering(&w, as_given ? sps : NULL);
	put_ue(&w, sps->log2_min_luma_coding_block_size_minus3);
	put_ue(&w, sps->log2_diff_max_min_luma_coding_block_size);
	put_ue(&w, sps->log2_min_luma_transform_block_size_minus2);
	put_ue(&w, sps->log2_diff_max_min_luma_transform_block_size);
	put_ue(&w, sps->max_transform_hierarchy_depth_inter);
	put_ue(&w, sps->max_transform_hierarchy_depth_intra);
	put_u(&w, 1, sps_has(sps, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED));
	if (sps_has(sps, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED))
		put_u(&w, 1, 0); /* sps_scaling_list_data_present_flag */
	put_u(&w, 1, sps_has(sps, V4L2_HEVC_SPS_FLAG_AMP_ENABLED));
	put_u(&w, 1, sps_has(sps, V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET));
	put_pcm(&w, sps);
	put_ue(&w, 0); /* num_short_term_ref_pic_sets */
	put_u(&w, 1, !as_given || sps_has(sps, V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT));
	if (!as_given || sps_has(sps, V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT))
		put_ue(&w, 0); /* num_long_term_ref_pics_sps */
	put_u(&w, 1, sps_has(sps, V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED));
	put_u(&w, 1, sps_has(sps, V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED));
	put_u(&w, 2, 0); /* no VUI, no extension */
	end(&w, stream);
}

static void put_tiles(struct bit_writer *w, const struct v4l2_ctrl_hevc_pps *pps)
{
	put_ue(w, pps->num_tile_columns_minus1);
	put_ue(w, pps->num_tile_rows_minus1);
	put_u(w, 1, 0); /* uniform_spacing_flag */
	for (unsigned int i = 0; i < pps->num_tile_columns_minus1; i++)
		put_ue(w, pps->column_width_minus1[i]);
	for (unsigned int i = 0; i < pps->num_tile_rows_minus1; i++)
		put_ue(w, pps->row_height_minus1[i]);
	put_u(w, 1, pps_has(pps, V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED));
}

#define FLAG(name) pps_has(pps, V4L2_HEVC_PPS_FLAG_##name)

static void put_deblocking(struct bit_writer *w, const struct v4l2_ctrl_hevc_pps *pps)
{
	put_u(w, 1, FLAG(DEBLOCKING_FILTER_CONTROL_PRESENT));
	if (!FLAG(DEBLOCKING_FILTER_CONTROL_PRESENT))
		return;
	put_u(w, 1, FLAG(DEBLOCKING_FILTER_OVERRIDE_ENABLED));
	put_u(w, 1, FLAG(PPS_DISABLE_DEBLOCKING_FILTER));
	if (FLAG(PPS_DISABLE_DEBLOCKING_FILTER))
		return;
	put_se(w, pps->pps_beta_offset_div2);
	put_se(w, pps->pps_tc_offset_div2);
}

void hevc_pps_write(struct byte_buffer *stream, const struct v4l2_ctrl_hevc_pps *pps,
                    const struct v4l2_ctrl_hevc_scaling_matrix *matrix, enum hevc_headers headers)
{
	const bool as_given = headers == HEVC_HEADERS_AS_GIVEN;
	struct byte_buffer rbsp = {0};
	struct bit_writer w;

	begin(&w, &rbsp, NAL_PPS);
	put_ue(&w, as_given ? pps->pic_parameter_set_id : 0);
	put_ue(&w, 0);
	put_u(&w, 1, FLAG(DEPENDENT_SLICE_SEGMENT_ENABLED));
	put_u(&w, 1, as_given && FLAG(OUTPUT_FLAG_PRESENT));
	put_u(&w, 3, as_given ? pps->num_extra_slice_header_bits : 0);
	put_u(&w, 1, FLAG(SIGN_DATA_HIDING_ENABLED));
	put_u(&w, 1, !as_given || FLAG(CABAC_INIT_PRESENT));
	put_ue(&w, as_given ? pps->num_ref_idx_l0_default_active_minus1 : 0);
	put_ue(&w, as_given ? pps->num_ref_idx_l1_default_active_minus1 : 0);
	put_se(&w, pps->init_qp_minus26);
	put_u(&w, 1, FLAG(CONSTRAINED_INTRA_PRED));
	put_u(&w, 1, FLAG(TRANSFORM_SKIP_ENABLED));
	put_u(&w, 1, FLAG(CU_QP_DELTA_ENABLED));
	if (FLAG(CU_QP_DELTA_ENABLED))
		put_ue(&w, pps->diff_cu_qp_delta_depth);
	put_se(&w, pps->pps_cb_qp_offset);
	put_se(&w, pps->pps_cr_qp_offset);
	put_u(&w, 1, !as_given || FLAG(PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT));
	put_u(&w, 1, FLAG(WEIGHTED_PRED));
	put_u(&w, 1, FLAG(WEIGHTED_BIPRED));
	put_u(&w, 1, FLAG(TRANSQUANT_BYPASS_ENABLED));
	put_u(&w, 1, FLAG(TILES_ENABLED));
	put_u(&w, 1, FLAG(ENTROPY_CODING_SYNC_ENABLED));
	if (FLAG(TILES_ENABLED))
		put_tiles(&w, pps);
	put_u(&w, 1, FLAG(PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED));
	if (as_given) {
		put_deblocking(&w, pps);
	} else {
		put_u(&w, 3, 6); /* deblocking filter: control present, override enabled, not disabled */
		put_se(&w, pps->pps_beta_offset_div2);
		put_se(&w, pps->pps_tc_offset_div2);
	}
	put_u(&w, 1, matrix != NULL);
	if (matrix)
		put_matrix(&w, matrix);
	put_u(&w, 1, !as_given || FLAG(LISTS_MODIFICATION_PRESENT));
	put_ue(&w, pps->log2_parallel_merge_level_minus2);
	put_u(&w, 1, as_given && FLAG(SLICE_SEGMENT_HEADER_EXTENSION_PRESENT));
	put_u(&w, 1, 0); /* no extension */
	end(&w, stream);
}
