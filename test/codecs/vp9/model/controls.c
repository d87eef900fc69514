/* SPDX-License-Identifier: MIT */
#include "controls.h"

#include <errno.h>
#include <string.h>

static const char *const profiles[] = {"0", "1", "2", "3"};
static const struct model_menu profile_menu = {
	.kind = MODEL_MENU_PROFILE,
	.items = profiles,
	.count = 4,
	.offered = 1 << V4L2_MPEG_VIDEO_VP9_PROFILE_0,
	.deep = 1 << V4L2_MPEG_VIDEO_VP9_PROFILE_2,
};

const struct model_control vp9_controls[VP9_CONTROLS] = {
	{
		.id = V4L2_CID_MPEG_VIDEO_VP9_PROFILE,
		.type = V4L2_CTRL_TYPE_MENU,
		.size = sizeof(int32_t),
		.name = "vp9.profile",
		.title = "VP9 Profile",
		.modes = MODEL_ALL_MODES,
		.menu = &profile_menu,
	},
	{
		.id = V4L2_CID_STATELESS_VP9_FRAME,
		.type = V4L2_CTRL_TYPE_VP9_FRAME,
		.size = sizeof(struct v4l2_ctrl_vp9_frame),
		.name = "vp9.frame",
		.title = "VP9 Frame Decode Parameters",
		.modes = MODEL_ALL_MODES,
	},
	{
		.id = V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
		.type = V4L2_CTRL_TYPE_VP9_COMPRESSED_HDR,
		.size = sizeof(struct v4l2_ctrl_vp9_compressed_hdr),
		.name = "vp9.compressed_hdr",
		.title = "VP9 Probabilities Updates",
		.modes = MODEL_ALL_MODES,
	},
};

void vp9_init_control(uint32_t id, void *value)
{
	struct v4l2_ctrl_vp9_frame *frame = value;

	if (id != V4L2_CID_STATELESS_VP9_FRAME)
		return;
	frame->profile = 0;
	frame->bit_depth = 8;
	frame->flags = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
}

static bool within(int value, int most)
{
	return value >= -most && value <= most;
}

static bool loop_filter_is_valid(struct v4l2_vp9_loop_filter *lf)
{
	const unsigned int flags =
		V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED | V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE;
	bool valid = !(lf->flags & ~flags) && lf->level <= 63 && lf->sharpness <= 7;

	for (unsigned int i = 0; i < 4; i++)
		valid &= within(lf->ref_deltas[i], 63);
	for (unsigned int i = 0; i < 2; i++)
		valid &= within(lf->mode_deltas[i], 63);
	memset(lf->reserved, 0, sizeof(lf->reserved));
	return valid;
}

static bool quantization_is_valid(struct v4l2_vp9_quantization *quant)
{
	memset(quant->reserved, 0, sizeof(quant->reserved));
	return within(quant->delta_q_y_dc, 15) && within(quant->delta_q_uv_dc, 15) &&
	       within(quant->delta_q_uv_ac, 15);
}

static bool segmentation_is_valid(struct v4l2_vp9_segmentation *seg)
{
	static const int range[V4L2_VP9_SEG_LVL_MAX] = {255, 63, 3, 0};
	bool valid = !(seg->flags & ~0x1fu);

	for (unsigned int i = 0; i < 8; i++) {
		valid &= !(seg->feature_enabled[i] & ~V4L2_VP9_SEGMENT_FEATURE_ENABLED_MASK);
		for (unsigned int j = 0; j < V4L2_VP9_SEG_LVL_MAX; j++)
			valid &= within(seg->feature_data[i][j], range[j]);
	}
	memset(seg->reserved, 0, sizeof(seg->reserved));
	return valid;
}

static bool format_is_valid(const struct v4l2_ctrl_vp9_frame *frame)
{
	const bool whole =
		frame->flags & V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING && frame->flags & V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;

	if (frame->profile > V4L2_VP9_PROFILE_MAX)
		return false;
	if (frame->profile < 2 ? frame->bit_depth != 8 : frame->bit_depth != 10 && frame->bit_depth != 12)
		return false;
	return whole == (frame->profile % 2 == 0);
}

static bool frame_is_valid(struct v4l2_ctrl_vp9_frame *frame)
{
	const uint32_t independent = V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT | V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX;

	if (frame->flags & ~0x3ffu || (frame->flags & independent) == independent || !format_is_valid(frame))
		return false;
	if (frame->reset_frame_context > V4L2_VP9_RESET_FRAME_CTX_ALL ||
	    frame->frame_context_idx >= V4L2_VP9_NUM_FRAME_CTX ||
	    frame->interpolation_filter > V4L2_VP9_INTERP_FILTER_SWITCHABLE || frame->tile_cols_log2 > 6 ||
	    frame->reference_mode > V4L2_VP9_REFERENCE_MODE_SELECT)
		return false;
	if (!loop_filter_is_valid(&frame->lf) || !quantization_is_valid(&frame->quant) ||
	    !segmentation_is_valid(&frame->seg))
		return false;
	memset(frame->reserved, 0, sizeof(frame->reserved));
	return true;
}

int vp9_validate_control(uint32_t id, void *value)
{
	const struct v4l2_ctrl_vp9_compressed_hdr *header = value;

	if (id == V4L2_CID_STATELESS_VP9_FRAME)
		return frame_is_valid(value) ? 0 : -EINVAL;
	if (id == V4L2_CID_STATELESS_VP9_COMPRESSED_HDR)
		return header->tx_mode <= V4L2_VP9_TX_MODE_SELECT ? 0 : -EINVAL;
	return 0;
}

/* hantro_vp9_s_ctrl(): there is no control of the sequence, and the frame's settles the CAPTURE format. */
bool vp9_sequence(uint32_t id, const void *value, struct model_sequence *sequence)
{
	const struct v4l2_ctrl_vp9_frame *frame = value;

	if (id != V4L2_CID_STATELESS_VP9_FRAME)
		return false;
	*sequence = (struct model_sequence){
		.width = frame->frame_width_minus_1 + 1u,
		.height = frame->frame_height_minus_1 + 1u,
		.luma_depth = frame->bit_depth,
		.chroma_depth = frame->bit_depth,
		.chroma_format = frame->profile % 2 ? 3 : 1,
	};
	return true;
}
