/* SPDX-License-Identifier: MIT
 *
 * Which control values are refused, and which are put right: std_validate_elem() and std_validate_compound() of
 * drivers/media/v4l2-core/v4l2-ctrls-core.c, then the driver's try_ctrl.
 */
#include <errno.h>
#include <string.h>

#include "sim.h"

static bool outside(int value, int least, int greatest)
{
	return value < least || value > greatest;
}

static int check_h264_sps(struct v4l2_ctrl_h264_sps *sps)
{
	/* Fields without a meaning are zeroed. The kernel's second condition covers types other than 1 only when it is 0. */
	if (sps->pic_order_cnt_type != 0) {
		sps->log2_max_pic_order_cnt_lsb_minus4 = 0;
	} else {
		sps->num_ref_frames_in_pic_order_cnt_cycle = 0;
		sps->offset_for_non_ref_pic = 0;
		sps->offset_for_top_to_bottom_field = 0;
		memset(sps->offset_for_ref_frame, 0, sizeof(sps->offset_for_ref_frame));
	}
	if (!V4L2_H264_SPS_HAS_CHROMA_FORMAT(sps)) {
		sps->chroma_format_idc = 1;
		sps->bit_depth_luma_minus8 = 0;
		sps->bit_depth_chroma_minus8 = 0;
		sps->flags &= ~(uint32_t)V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS;
	}
	if (sps->chroma_format_idc < 3)
		sps->flags &= ~(uint32_t)V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE;
	if (sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)
		sps->flags &= ~(uint32_t)V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD;

	if ((sps->profile_idc < 122 && sps->chroma_format_idc > 1) ||
	    (sps->profile_idc < 244 && sps->chroma_format_idc > 2) || sps->chroma_format_idc > 3)
		return -EINVAL;
	if (sps->bit_depth_luma_minus8 > 6 || sps->bit_depth_chroma_minus8 > 6)
		return -EINVAL;
	if (sps->log2_max_frame_num_minus4 > 12 || sps->pic_order_cnt_type > 2 ||
	    sps->log2_max_pic_order_cnt_lsb_minus4 > 12)
		return -EINVAL;
	return sps->max_num_ref_frames > V4L2_H264_REF_LIST_LEN ? -EINVAL : 0;
}

static int check_h264_pps(const struct v4l2_ctrl_h264_pps *pps)
{
	if (pps->num_slice_groups_minus1 > 7 || pps->weighted_bipred_idc > 2)
		return -EINVAL;
	if (pps->num_ref_idx_l0_default_active_minus1 > V4L2_H264_REF_LIST_LEN - 1 ||
	    pps->num_ref_idx_l1_default_active_minus1 > V4L2_H264_REF_LIST_LEN - 1)
		return -EINVAL;
	if (outside(pps->pic_init_qp_minus26, -62, 25) || outside(pps->pic_init_qs_minus26, -26, 25))
		return -EINVAL;
	if (outside(pps->chroma_qp_index_offset, -12, 12) || outside(pps->second_chroma_qp_index_offset, -12, 12))
		return -EINVAL;
	return 0;
}

static int check_h264_slice_params(struct v4l2_ctrl_h264_slice_params *slice)
{
	const bool bidirectional = slice->slice_type == V4L2_H264_SLICE_TYPE_B;

	if (!bidirectional)
		slice->flags &= ~(uint32_t)V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED;
	if (slice->colour_plane_id > 2 || slice->cabac_init_idc > 2 || slice->disable_deblocking_filter_idc > 2)
		return -EINVAL;
	if (outside(slice->slice_alpha_c0_offset_div2, -6, 6) || outside(slice->slice_beta_offset_div2, -6, 6))
		return -EINVAL;
	if (slice->slice_type == V4L2_H264_SLICE_TYPE_I || slice->slice_type == V4L2_H264_SLICE_TYPE_SI)
		slice->num_ref_idx_l0_active_minus1 = 0;
	if (!bidirectional)
		slice->num_ref_idx_l1_active_minus1 = 0;
	if (slice->num_ref_idx_l0_active_minus1 > V4L2_H264_REF_LIST_LEN - 1 ||
	    slice->num_ref_idx_l1_active_minus1 > V4L2_H264_REF_LIST_LEN - 1)
		return -EINVAL;
	slice->reserved = 0;
	return 0;
}

static int check_h264_decode_params(struct v4l2_ctrl_h264_decode_params *parameters)
{
	if (parameters->nal_ref_idc > 3)
		return -EINVAL;
	for (unsigned i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++)
		memset(parameters->dpb[i].reserved, 0, sizeof(parameters->dpb[i].reserved));
	parameters->reserved = 0;
	return 0;
}

static int check_mpeg2_picture(struct v4l2_ctrl_mpeg2_picture *picture)
{
	if (picture->intra_dc_precision > 3)
		return -EINVAL;
	if (outside(picture->picture_structure, V4L2_MPEG2_PIC_TOP_FIELD, V4L2_MPEG2_PIC_FRAME))
		return -EINVAL;
	if (outside(picture->picture_coding_type, V4L2_MPEG2_PIC_CODING_TYPE_I, V4L2_MPEG2_PIC_CODING_TYPE_B))
		return -EINVAL;
	memset(picture->reserved, 0, sizeof(picture->reserved));
	return 0;
}

int sim_control_check(const struct sim_control *control, void *value)
{
	switch (control->type) {
	case V4L2_CTRL_TYPE_MENU: {
		int32_t item;

		memcpy(&item, value, sizeof(item));
		if (outside(item, control->minimum, control->maximum))
			return -ERANGE;
		return control->skip_mask & 1ull << item ? -EINVAL : 0;
	}
	case V4L2_CTRL_TYPE_H264_SPS:
		return check_h264_sps(value);
	case V4L2_CTRL_TYPE_H264_PPS:
		return check_h264_pps(value);
	case V4L2_CTRL_TYPE_H264_PRED_WEIGHTS: {
		const struct v4l2_ctrl_h264_pred_weights *weights = value;

		return weights->luma_log2_weight_denom > 7 || weights->chroma_log2_weight_denom > 7 ? -EINVAL : 0;
	}
	case V4L2_CTRL_TYPE_H264_SLICE_PARAMS:
		return check_h264_slice_params(value);
	case V4L2_CTRL_TYPE_H264_DECODE_PARAMS:
		return check_h264_decode_params(value);
	case V4L2_CTRL_TYPE_MPEG2_SEQUENCE:
		return outside(((struct v4l2_ctrl_mpeg2_sequence *)value)->chroma_format, 1, 3) ? -EINVAL : 0;
	case V4L2_CTRL_TYPE_MPEG2_PICTURE:
		return check_mpeg2_picture(value);
	default:
		return 0; /* scaling and quantisation matrices take anything */
	}
}

/* hantro_try_ctrl(), cedrus_try_ctrl(), rkvdec_h264_validate_sps() */
int sim_control_try(struct sim_context *context, const struct sim_control *control, const void *value)
{
	const struct v4l2_ctrl_h264_sps *sps = value;
	const struct sim_kind *kind = &context->device->kind;
	uint32_t width;
	uint32_t height;

	if (control->id != V4L2_CID_STATELESS_H264_SPS)
		return 0;
	if (sps->chroma_format_idc > 1 || (sps->chroma_format_idc == 0 && !kind->monochrome))
		return -EINVAL;
	if (sps->bit_depth_luma_minus8 != sps->bit_depth_chroma_minus8)
		return -EINVAL;
	if (sps->bit_depth_luma_minus8 != 0 && (sps->bit_depth_luma_minus8 != 2 || context->device->depth < 10))
		return -EINVAL;
	if (!kind->sps_must_fit)
		return 0;
	width = (sps->pic_width_in_mbs_minus1 + 1u) * 16;
	height = (sps->pic_height_in_map_units_minus1 + 1u) * 16;
	if (!(sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY))
		height *= 2;
	return width > context->output_format.width || height > context->output_format.height ? -EINVAL : 0;
}

const char *sim_control_short_name(uint32_t id)
{
	switch (id) {
	case V4L2_CID_STATELESS_H264_SPS:
		return "sps";
	case V4L2_CID_STATELESS_H264_PPS:
		return "pps";
	case V4L2_CID_STATELESS_H264_SCALING_MATRIX:
		return "scaling_matrix";
	case V4L2_CID_STATELESS_H264_PRED_WEIGHTS:
		return "pred_weights";
	case V4L2_CID_STATELESS_H264_SLICE_PARAMS:
		return "slice_params";
	case V4L2_CID_STATELESS_H264_DECODE_PARAMS:
		return "decode_params";
	case V4L2_CID_STATELESS_H264_DECODE_MODE:
		return "decode_mode";
	case V4L2_CID_STATELESS_H264_START_CODE:
		return "start_code";
	default:
		return "";
	}
}
