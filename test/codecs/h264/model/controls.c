/* SPDX-License-Identifier: MIT */
#include "controls.h"

#include <errno.h>
#include <string.h>

/* ---- the table ------------------------------------------------------------------------------------------ */

static const char *const profiles[] = {
	"Baseline", "Constrained Baseline", "Main", "Extended", "High", "High 10",
};
static const char *const levels[] = {
	"1", "1b", "1.1", "1.2", "1.3", "2", "2.1", "2.2", "3", "3.1", "3.2", "4", "4.1", "4.2", "5", "5.1",
};
static const char *const decode_modes[] = {"Slice-Based", "Frame-Based"};
static const char *const start_codes[] = {"No Start Code", "Annex B Start Code"};

static const struct model_menu profile_menu = {
	.kind = MODEL_MENU_PROFILE,
	.items = profiles,
	.count = 6,
	.initial = V4L2_MPEG_VIDEO_H264_PROFILE_MAIN,
	.offered = 1 << V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE |
               1 << V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE |
               1 << V4L2_MPEG_VIDEO_H264_PROFILE_MAIN | 1 << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH,
	.deep = 1 << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10,
};
static const struct model_menu level_menu = {.items = levels, .count = 16, .offered = 0xffff};
static const struct model_menu decode_mode_menu = {MODEL_MENU_DECODE_MODE, decode_modes, 2, 0, 0, 0};
static const struct model_menu start_code_menu = {MODEL_MENU_START_CODE, start_codes, 2, 0, 0, 0};

#define COMPOUND(control, struct_name, in_modes, control_title) \
	{                                                           \
		.id = V4L2_CID_STATELESS_H264_##control,                \
		.type = V4L2_CTRL_TYPE_H264_##control,                  \
		.size = sizeof(struct v4l2_ctrl_h264_##struct_name),    \
		.name = "h264." #struct_name,                           \
		.title = control_title,                                 \
		.modes = in_modes,                                      \
	}
#define MENU(control, menu_name, in_modes, control_title) \
	{                                                     \
		.id = control,                                    \
		.type = V4L2_CTRL_TYPE_MENU,                      \
		.size = sizeof(int32_t),                          \
		.name = "h264." #menu_name,                       \
		.title = control_title,                           \
		.modes = in_modes,                                \
		.menu = &menu_name##_menu,                        \
	}

const struct model_control h264_controls[H264_CONTROL_COUNT] = {
	MENU(V4L2_CID_MPEG_VIDEO_H264_LEVEL, level, 1 << MODEL_FRAME_BASED, "H264 Level"),
	MENU(V4L2_CID_MPEG_VIDEO_H264_PROFILE, profile, MODEL_ALL_MODES, "H264 Profile"),
	MENU(V4L2_CID_STATELESS_H264_DECODE_MODE, decode_mode, MODEL_ALL_MODES, "H264 Decode Mode"),
	MENU(V4L2_CID_STATELESS_H264_START_CODE, start_code, MODEL_ALL_MODES, "H264 Start Code"),
	COMPOUND(SPS, sps, MODEL_ALL_MODES, "H264 Sequence Parameter Set"),
	COMPOUND(PPS, pps, MODEL_ALL_MODES, "H264 Picture Parameter Set"),
	COMPOUND(SCALING_MATRIX, scaling_matrix, MODEL_ALL_MODES, "H264 Scaling Matrix"),
	COMPOUND(PRED_WEIGHTS, pred_weights, 1 << MODEL_SLICE_BASED, "H264 Prediction Weight Table"),
	COMPOUND(SLICE_PARAMS, slice_params, 1 << MODEL_SLICE_BASED, "H264 Slice Parameters"),
	COMPOUND(DECODE_PARAMS, decode_params, MODEL_ALL_MODES, "H264 Decode Parameters"),
};

/* ---- values ----------------------------------------------------------------------------------------------- */

void h264_init(uint32_t id, void *value)
{
	if (id == V4L2_CID_STATELESS_H264_SCALING_MATRIX)
		memset(value, 16, sizeof(struct v4l2_ctrl_h264_scaling_matrix));
}

static bool outside(int value, int least, int greatest)
{
	return value < least || value > greatest;
}

static int check_sps(struct v4l2_ctrl_h264_sps *sps)
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

static int check_pps(const struct v4l2_ctrl_h264_pps *pps)
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

static int check_slice_params(struct v4l2_ctrl_h264_slice_params *slice)
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

static int check_decode_params(struct v4l2_ctrl_h264_decode_params *parameters)
{
	if (parameters->nal_ref_idc > 3)
		return -EINVAL;
	for (unsigned i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++)
		memset(parameters->dpb[i].reserved, 0, sizeof(parameters->dpb[i].reserved));
	parameters->reserved = 0;
	return 0;
}

int h264_validate(uint32_t id, void *value)
{
	const struct v4l2_ctrl_h264_pred_weights *weights = value;

	switch (id) {
	case V4L2_CID_STATELESS_H264_SPS:
		return check_sps(value);
	case V4L2_CID_STATELESS_H264_PPS:
		return check_pps(value);
	case V4L2_CID_STATELESS_H264_PRED_WEIGHTS:
		return weights->luma_log2_weight_denom > 7 || weights->chroma_log2_weight_denom > 7 ? -EINVAL : 0;
	case V4L2_CID_STATELESS_H264_SLICE_PARAMS:
		return check_slice_params(value);
	case V4L2_CID_STATELESS_H264_DECODE_PARAMS:
		return check_decode_params(value);
	default:
		return 0; /* scaling matrices take anything */
	}
}

bool h264_sequence(uint32_t id, const void *value, struct model_sequence *sequence)
{
	const struct v4l2_ctrl_h264_sps *sps = value;
	bool fields;

	if (id != V4L2_CID_STATELESS_H264_SPS)
		return false;
	fields = !(sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY);
	*sequence = (struct model_sequence){
		.width = (sps->pic_width_in_mbs_minus1 + 1u) * 16,
		.height = (sps->pic_height_in_map_units_minus1 + 1u) * (fields ? 32 : 16),
		.luma_depth = sps->bit_depth_luma_minus8 + 8u,
		.chroma_depth = sps->bit_depth_chroma_minus8 + 8u,
		.chroma_format = sps->chroma_format_idc,
	};
	return true;
}
