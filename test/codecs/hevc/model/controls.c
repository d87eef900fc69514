/* SPDX-License-Identifier: MIT */
#include "controls.h"

#include <errno.h>
#include <string.h>

/* ---- the table ------------------------------------------------------------------------------------------ */

enum {
	FRAME_SLICES = 600, /* rkvdec and visl */
	SLICE_SLICES = 1,   /* cedrus, as the next */
	SLICE_ENTRY_POINTS = 256,
	SETS = 65, /* rkvdec, as their sizes in bytes */
	SHORT_TERM_SET = 80,
	LONG_TERM_PICTURE = 4,
};

static const char *const profiles[] = {"Main", "Main Still Picture", "Main 10"};
static const char *const levels[] = {"1", "2",   "2.1", "3", "3.1", "4",  "4.1",
                                     "5", "5.1", "5.2", "6", "6.1", "6.2"};
static const char *const decode_modes[] = {"Slice-Based", "Frame-Based"};
static const char *const start_codes[] = {"No Start Code", "Annex B Start Code"};

static const struct model_menu profile_menu = {
	.kind = MODEL_MENU_PROFILE,
	.items = profiles,
	.count = 3,
	.initial = V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN,
	.offered = 1 << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN | 1 << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_STILL_PICTURE,
	.deep = 1 << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10,
};
static const struct model_menu level_menu = {.items = levels, .count = 13, .offered = 0x1fff};
static const struct model_menu decode_mode_menu = {MODEL_MENU_DECODE_MODE, decode_modes, 2, 0, 0, 0};
static const struct model_menu start_code_menu = {MODEL_MENU_START_CODE, start_codes, 2, 0, 0, 0};

#define COMPOUND(control, struct_name, control_title)        \
	{                                                        \
		.id = V4L2_CID_STATELESS_HEVC_##control,             \
		.type = V4L2_CTRL_TYPE_HEVC_##control,               \
		.size = sizeof(struct v4l2_ctrl_hevc_##struct_name), \
		.name = "hevc." #struct_name,                        \
		.title = control_title,                              \
		.modes = MODEL_ALL_MODES,                            \
	}
#define MENU(control, menu_name, in_modes, control_title) \
	{                                                     \
		.id = control,                                    \
		.type = V4L2_CTRL_TYPE_MENU,                      \
		.size = sizeof(int32_t),                          \
		.name = "hevc." #menu_name,                       \
		.title = control_title,                           \
		.modes = in_modes,                                \
		.menu = &menu_name##_menu,                        \
	}

const struct model_control hevc_controls[HEVC_CONTROL_COUNT] = {
	MENU(V4L2_CID_MPEG_VIDEO_HEVC_PROFILE, profile, 1 << MODEL_FRAME_BASED, "HEVC Profile"),
	MENU(V4L2_CID_MPEG_VIDEO_HEVC_LEVEL, level, 1 << MODEL_FRAME_BASED, "HEVC Level"),
	COMPOUND(SPS, sps, "HEVC Sequence Parameter Set"),
	COMPOUND(PPS, pps, "HEVC Picture Parameter Set"),
	{
		.id = V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
		.type = V4L2_CTRL_TYPE_HEVC_SLICE_PARAMS,
		.size = sizeof(struct v4l2_ctrl_hevc_slice_params),
		.name = "hevc.slice_params",
		.title = "HEVC Slice Parameters",
		.modes = MODEL_ALL_MODES,
		.elements = {[MODEL_FRAME_BASED] = FRAME_SLICES, [MODEL_SLICE_BASED] = SLICE_SLICES},
	},
	COMPOUND(SCALING_MATRIX, scaling_matrix, "HEVC Scaling Matrix"),
	COMPOUND(DECODE_PARAMS, decode_params, "HEVC Decode Parameters"),
	MENU(V4L2_CID_STATELESS_HEVC_DECODE_MODE, decode_mode, MODEL_ALL_MODES, "HEVC Decode Mode"),
	MENU(V4L2_CID_STATELESS_HEVC_START_CODE, start_code, MODEL_ALL_MODES, "HEVC Start Code"),
	{
		.id = V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
		.type = V4L2_CTRL_TYPE_U32,
		.size = sizeof(uint32_t),
		.name = "hevc.entry_point_offsets",
		.title = "HEVC Entry Point Offsets",
		.modes = 1 << MODEL_SLICE_BASED,
		.elements = {[MODEL_SLICE_BASED] = SLICE_ENTRY_POINTS},
	},
	{
		.id = V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS,
		.type = V4L2_CTRL_TYPE_HEVC_EXT_SPS_ST_RPS,
		.size = SHORT_TERM_SET,
		.name = "hevc.ext_sps_st_rps",
		.title = "HEVC Short Term Ref Sets",
		.modes = 1 << MODEL_FRAME_BASED,
		.of_sets = true,
		.elements = {[MODEL_FRAME_BASED] = SETS},
	},
	{
		.id = V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS,
		.type = V4L2_CTRL_TYPE_HEVC_EXT_SPS_LT_RPS,
		.size = LONG_TERM_PICTURE,
		.name = "hevc.ext_sps_lt_rps",
		.title = "HEVC Long Term Ref Sets",
		.modes = 1 << MODEL_FRAME_BASED,
		.of_sets = true,
		.elements = {[MODEL_FRAME_BASED] = SETS},
	},
};

/* ---- values ----------------------------------------------------------------------------------------------- */

static int check_sps(struct v4l2_ctrl_hevc_sps *sps)
{
	if (!(sps->flags & V4L2_HEVC_SPS_FLAG_PCM_ENABLED)) {
		sps->pcm_sample_bit_depth_luma_minus1 = 0;
		sps->pcm_sample_bit_depth_chroma_minus1 = 0;
		sps->log2_min_pcm_luma_coding_block_size_minus3 = 0;
		sps->log2_diff_max_min_pcm_luma_coding_block_size = 0;
	}
	if (!(sps->flags & V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT))
		sps->num_long_term_ref_pics_sps = 0;
	return 0;
}

static int check_pps(struct v4l2_ctrl_hevc_pps *pps)
{
	if (!(pps->flags & V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED))
		pps->diff_cu_qp_delta_depth = 0;
	if (pps->flags & V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER) {
		pps->pps_beta_offset_div2 = 0;
		pps->pps_tc_offset_div2 = 0;
	}
	if (pps->flags & V4L2_HEVC_PPS_FLAG_TILES_ENABLED)
		return pps->num_tile_columns_minus1 >= sizeof(pps->column_width_minus1) ||
		               pps->num_tile_rows_minus1 >= sizeof(pps->row_height_minus1)
		           ? -EINVAL
		           : 0;
	pps->num_tile_columns_minus1 = 0;
	pps->num_tile_rows_minus1 = 0;
	memset(pps->column_width_minus1, 0, sizeof(pps->column_width_minus1));
	memset(pps->row_height_minus1, 0, sizeof(pps->row_height_minus1));
	pps->flags &= ~(uint64_t)V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED;
	return 0;
}

static int check_slice_params(const struct v4l2_ctrl_hevc_slice_params *slice)
{
	if (slice->num_ref_idx_l0_active_minus1 >= V4L2_HEVC_DPB_ENTRIES_NUM_MAX)
		return -EINVAL;
	return slice->slice_type == V4L2_HEVC_SLICE_TYPE_B &&
	               slice->num_ref_idx_l1_active_minus1 >= V4L2_HEVC_DPB_ENTRIES_NUM_MAX
	           ? -EINVAL
	           : 0;
}

int hevc_validate(uint32_t id, void *value)
{
	const struct v4l2_ctrl_hevc_decode_params *params = value;

	switch (id) {
	case V4L2_CID_STATELESS_HEVC_SPS:
		return check_sps(value);
	case V4L2_CID_STATELESS_HEVC_PPS:
		return check_pps(value);
	case V4L2_CID_STATELESS_HEVC_SLICE_PARAMS:
		return check_slice_params(value);
	case V4L2_CID_STATELESS_HEVC_DECODE_PARAMS:
		return params->num_active_dpb_entries > V4L2_HEVC_DPB_ENTRIES_NUM_MAX ? -EINVAL : 0;
	default:
		return 0; /* scaling matrices and entry points take anything */
	}
}

bool hevc_sequence(uint32_t id, const void *value, struct model_sequence *sequence)
{
	const struct v4l2_ctrl_hevc_sps *sps = value;

	if (id != V4L2_CID_STATELESS_HEVC_SPS)
		return false;
	*sequence = (struct model_sequence){
		.width = sps->pic_width_in_luma_samples,
		.height = sps->pic_height_in_luma_samples,
		.luma_depth = sps->bit_depth_luma_minus8 + 8u,
		.chroma_depth = sps->bit_depth_chroma_minus8 + 8u,
		.chroma_format = sps->chroma_format_idc,
	};
	return true;
}
