/* SPDX-License-Identifier: MIT */
#include "parameter_sets.h"

/* H.264 6.4.12 (figure 6-12) and 8.5.7: coefficient k of the frame scan lies at this raster position. */
static const uint8_t zigzag_4x4[16] = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
static const uint8_t zigzag_8x8[64] = {
	0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
	41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
	30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

bool sps_frame_mbs_only(const struct v4l2_ctrl_h264_sps *sps)
{
	return sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
}

unsigned int sps_width(const struct v4l2_ctrl_h264_sps *sps)
{
	return (sps->pic_width_in_mbs_minus1 + 1u) * 16;
}

unsigned int sps_height(const struct v4l2_ctrl_h264_sps *sps)
{
	return (sps->pic_height_in_map_units_minus1 + 1u) * (sps_frame_mbs_only(sps) ? 16 : 32);
}

const char *sps_refusal(const struct v4l2_ctrl_h264_sps *sps)
{
	switch (sps->profile_idc) {
	case 66:
	case 77:
	case 88:
	case 100:
	case 110:
		break;
	default:
		return "sps.profile_idc is not Baseline, Main, High or High 10";
	}
	if (sps->chroma_format_idc > 1)
		return "sps.chroma_format_idc is not 4:2:0 or 4:0:0";
	if (sps->bit_depth_luma_minus8 != sps->bit_depth_chroma_minus8)
		return "sps.bit_depth_chroma_minus8 is not that of luma";
	if (sps->bit_depth_luma_minus8 != 0 && sps->bit_depth_luma_minus8 != 2)
		return "sps.bit_depth_luma_minus8 is neither 0 nor 2";
	if (sps->log2_max_frame_num_minus4 > 12)
		return "sps.log2_max_frame_num_minus4 is above 12";
	if (sps->pic_order_cnt_type > 2)
		return "sps.pic_order_cnt_type is above 2";
	if (sps->log2_max_pic_order_cnt_lsb_minus4 > 12)
		return "sps.log2_max_pic_order_cnt_lsb_minus4 is above 12";
	if (sps->max_num_ref_frames > V4L2_H264_NUM_DPB_ENTRIES)
		return "sps.max_num_ref_frames is above 16";
	if (sps_width(sps) > 8192 || sps_height(sps) > 8192)
		return "sps.pic_width_in_mbs_minus1 or pic_height_in_map_units_minus1 is beyond any level";
	if (sps->flags &
	    (V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE | V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS))
		return "sps.flags asks for High 4:4:4 tools";
	return NULL;
}

const char *pps_refusal(const struct v4l2_ctrl_h264_sps *sps, const struct v4l2_ctrl_h264_pps *pps)
{
	if (pps->num_slice_groups_minus1)
		return "pps.num_slice_groups_minus1 asks for slice groups";
	if (pps->num_ref_idx_l0_default_active_minus1 > 31 || pps->num_ref_idx_l1_default_active_minus1 > 31)
		return "pps.num_ref_idx_l0/l1_default_active_minus1 is above 31";
	if (pps->weighted_bipred_idc > 2)
		return "pps.weighted_bipred_idc is above 2";
	if (pps->pic_init_qp_minus26 < -26 - 6 * sps->bit_depth_luma_minus8 || pps->pic_init_qp_minus26 > 25)
		return "pps.pic_init_qp_minus26 is out of the range of H.264 7.4.2.2";
	if (pps->chroma_qp_index_offset < -12 || pps->chroma_qp_index_offset > 12 ||
	    pps->second_chroma_qp_index_offset < -12 || pps->second_chroma_qp_index_offset > 12)
		return "pps.chroma_qp_index_offset is out of the range of H.264 7.4.2.2";
	return NULL;
}

/*
 * Profile and level say nothing to a decoder that was told every tool, so they are fixed; what the tools are comes
 * from the control. The VUI promises that nothing is reordered: pictures leave libavcodec at once.
 */
void sps_write(struct byte_buffer *rbsp, const struct v4l2_ctrl_h264_sps *sps)
{
	struct bit_writer w = {.out = rbsp};

	rbsp->size = 0;
	put_u(&w, 8, 3 << 5 | 7);
	put_u(&w, 8, sps->bit_depth_luma_minus8 ? 110 : 100);
	put_u(&w, 8, 0);
	put_u(&w, 8, 62);
	put_ue(&w, 0); /* seq_parameter_set_id */
	put_ue(&w, sps->chroma_format_idc);
	put_ue(&w, sps->bit_depth_luma_minus8);
	put_ue(&w, sps->bit_depth_chroma_minus8);
	put_u(&w, 1, 0); /* qpprime_y_zero_transform_bypass_flag */
	put_u(&w, 1, 0); /* seq_scaling_matrix_present_flag: the PPS has them all */
	put_ue(&w, sps->log2_max_frame_num_minus4);
	put_ue(&w, 0); /* pic_order_cnt_type */
	put_ue(&w, MODEL_POC_LSB_BITS - 4);
	put_ue(&w, sps->max_num_ref_frames);
	put_u(&w, 1, !!(sps->flags & V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED));
	put_ue(&w, sps->pic_width_in_mbs_minus1);
	put_ue(&w, sps->pic_height_in_map_units_minus1);
	put_u(&w, 1, sps_frame_mbs_only(sps));
	if (!sps_frame_mbs_only(sps))
		put_u(&w, 1, !!(sps->flags & V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD));
	put_u(&w, 1, !!(sps->flags & V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE));
	put_u(&w, 1, 0); /* frame_cropping_flag */
	put_u(&w, 1, 1); /* vui_parameters_present_flag */
	put_u(&w, 8, 0); /* aspect ratio, overscan, video signal, chroma location, timing, NAL, VCL, pic_struct */
	put_u(&w, 1, 1); /* bitstream_restriction_flag */
	put_u(&w, 1, 1); /* motion_vectors_over_pic_boundaries_flag */
	put_ue(&w, 0);
	put_ue(&w, 0);
	put_ue(&w, 16);
	put_ue(&w, 16);
	put_ue(&w, 0); /* max_num_reorder_frames */
	put_ue(&w, sps->max_num_ref_frames ? sps->max_num_ref_frames : 1);
	put_trailing(&w);
}

static void put_scaling_list(struct bit_writer *w, const uint8_t *raster, const uint8_t *scan,
                             unsigned int count)
{
	int last = 8;

	put_u(w, 1, 1); /* scaling_list_present_flag: no fall-back rule of H.264 table 7-2 applies */
	for (unsigned int i = 0; i < count; i++) {
		/* 0 is no value of a scaling list; 7.3.2.1.1.1 would read it as an end. */
		int value = raster && raster[scan[i]] ? raster[scan[i]] : raster ? 255 : 16;

		put_se(w, (int8_t)(value - last));
		last = value;
	}
}

void pps_write(struct byte_buffer *rbsp, const struct v4l2_ctrl_h264_pps *pps,
               const struct v4l2_ctrl_h264_scaling_matrix *matrix, unsigned int id,
               bool redundant_pic_cnt_present)
{
	struct bit_writer w = {.out = rbsp};
	bool transform_8x8 = pps->flags & V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE;

	rbsp->size = 0;
	put_u(&w, 8, 3 << 5 | 8);
	put_ue(&w, id);
	put_ue(&w, 0); /* seq_parameter_set_id */
	put_u(&w, 1, !!(pps->flags & V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE));
	put_u(&w, 1,
	      1);      /* bottom_field_pic_order_in_frame_present_flag: the rewritten headers always have both */
	put_ue(&w, 0); /* num_slice_groups_minus1 */
	put_ue(&w, pps->num_ref_idx_l0_default_active_minus1);
	put_ue(&w, pps->num_ref_idx_l1_default_active_minus1);
	put_u(&w, 1, !!(pps->flags & V4L2_H264_PPS_FLAG_WEIGHTED_PRED));
	put_u(&w, 2, pps->weighted_bipred_idc);
	put_se(&w, pps->pic_init_qp_minus26);
	put_se(&w, 0); /* pic_init_qs_minus26: no SP or SI slices in these profiles */
	put_se(&w, pps->chroma_qp_index_offset);
	put_u(&w, 1, !!(pps->flags & V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT));
	put_u(&w, 1, !!(pps->flags & V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED));
	put_u(&w, 1, redundant_pic_cnt_present);
	put_u(&w, 1, transform_8x8);
	put_u(&w, 1, !!(pps->flags & V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT));
	if (pps->flags & V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT) {
		for (unsigned int i = 0; i < 6; i++)
			put_scaling_list(&w, matrix ? matrix->scaling_list_4x4[i] : NULL, zigzag_4x4, 16);
		for (unsigned int i = 0; transform_8x8 && i < 2; i++)
			put_scaling_list(&w, matrix ? matrix->scaling_list_8x8[i] : NULL, zigzag_8x8, 64);
	}
	put_se(&w, pps->second_chroma_qp_index_offset);
	put_trailing(&w);
}
