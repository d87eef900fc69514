/* SPDX-License-Identifier: MIT */
#include "controls.h"

#include <errno.h>
#include <string.h>

/* V4L2_AV1_MAX_TILE_COUNT, V4L2_AV1_MAX_TILE_COLS and V4L2_AV1_MAX_TILE_ROWS. */
enum { MAX_TILES = 512, MAX_TILE_SIDE = 64 };

const struct model_control av1_controls[AV1_CONTROLS] = {
	{
		.id = V4L2_CID_STATELESS_AV1_SEQUENCE,
		.type = V4L2_CTRL_TYPE_AV1_SEQUENCE,
		.size = sizeof(struct v4l2_ctrl_av1_sequence),
		.name = "av1.sequence",
		.title = "AV1 Sequence Parameters",
		.modes = MODEL_ALL_MODES,
	},
	{
		.id = V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
		.type = V4L2_CTRL_TYPE_AV1_TILE_GROUP_ENTRY,
		.size = sizeof(struct v4l2_ctrl_av1_tile_group_entry),
		.name = "av1.tile_group_entry",
		.title = "AV1 Tile Group Entry",
		.modes = MODEL_ALL_MODES,
		.elements = {MAX_TILES, MAX_TILES},
	},
	{
		.id = V4L2_CID_STATELESS_AV1_FRAME,
		.type = V4L2_CTRL_TYPE_AV1_FRAME,
		.size = sizeof(struct v4l2_ctrl_av1_frame),
		.name = "av1.frame",
		.title = "AV1 Frame Parameters",
		.modes = MODEL_ALL_MODES,
	},
	{
		.id = V4L2_CID_STATELESS_AV1_FILM_GRAIN,
		.type = V4L2_CTRL_TYPE_AV1_FILM_GRAIN,
		.size = sizeof(struct v4l2_ctrl_av1_film_grain),
		.name = "av1.film_grain",
		.title = "AV1 Film Grain",
		.modes = MODEL_ALL_MODES,
	},
};

void av1_init_control(uint32_t id, void *value)
{
	struct v4l2_ctrl_av1_sequence *sequence = value;

	if (id != V4L2_CID_STATELESS_AV1_SEQUENCE)
		return;
	sequence->bit_depth = 8;
	sequence->flags = V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y;
}

static bool sequence_is_valid(struct v4l2_ctrl_av1_sequence *sequence)
{
	const bool x = sequence->flags & V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X;
	const bool y = sequence->flags & V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y;
	const bool deep = sequence->bit_depth == 10, deepest = sequence->bit_depth == 12;

	if (sequence->flags & ~0xfffffu || sequence->seq_profile > 2)
		return false;
	if (sequence->flags & V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME)
		return sequence->seq_profile != 1 && x && y &&
		       !(sequence->flags & V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q);
	if (sequence->bit_depth != 8 && !deep && !(deepest && sequence->seq_profile == 2))
		return false;
	if (sequence->seq_profile < 2)
		return sequence->seq_profile == 0 ? x && y : !x && !y;
	return deepest ? x || !y : x && !y;
}

static bool within(int value, int least, int most)
{
	return value >= least && value <= most;
}

static bool quantization_is_valid(const struct v4l2_av1_quantization *quant)
{
	return quant->flags <= 7 && within(quant->delta_q_y_dc, -64, 63) &&
	       within(quant->delta_q_u_dc, -64, 63) && within(quant->delta_q_v_dc, -64, 63) &&
	       within(quant->delta_q_u_ac, -64, 63) && within(quant->delta_q_v_ac, -64, 63) &&
	       quant->delta_q_res <= 3 && quant->qm_y <= 15 && quant->qm_u <= 15 && quant->qm_v <= 15;
}

static bool segmentation_is_valid(const struct v4l2_av1_segmentation *segmentation)
{
	static const int most[8] = {255, 63, 63, 63, 63, 7, 0, 0};
	bool valid = segmentation->flags <= 0x1f;

	for (unsigned int i = 0; i < 8; i++) {
		for (unsigned int j = 0; j < 8; j++)
			valid &= within(segmentation->feature_data[i][j], j < 5 ? -most[j] : 0, most[j]);
	}
	return valid;
}

static bool loop_filter_is_valid(const struct v4l2_av1_loop_filter *filter)
{
	bool valid = filter->flags <= 0xf && filter->sharpness <= 7;

	for (unsigned int i = 0; i < 4; i++)
		valid &= filter->level[i] <= 63;
	for (unsigned int i = 0; i < 8; i++)
		valid &= within(filter->ref_deltas[i], -64, 63);
	for (unsigned int i = 0; i < 2; i++)
		valid &= within(filter->mode_deltas[i], -64, 63);
	return valid;
}

static bool cdef_is_valid(const struct v4l2_av1_cdef *cdef)
{
	if (cdef->damping_minus_3 > 3 || cdef->bits > 3)
		return false;
	for (unsigned int i = 0; i < 1u << cdef->bits; i++) {
		if (cdef->y_pri_strength[i] > 15 || cdef->y_sec_strength[i] > 4 || cdef->uv_pri_strength[i] > 15 ||
		    cdef->uv_sec_strength[i] > 4)
			return false;
	}
	return true;
}

static bool frame_is_valid(struct v4l2_ctrl_av1_frame *frame)
{
	const struct v4l2_av1_tile_info *tiles = &frame->tile_info;

	if (tiles->tile_cols > MAX_TILE_SIDE || tiles->tile_rows > MAX_TILE_SIDE ||
	    tiles->tile_cols * tiles->tile_rows > MAX_TILES)
		return false;
	if (!quantization_is_valid(&frame->quantization) || !segmentation_is_valid(&frame->segmentation) ||
	    !loop_filter_is_valid(&frame->loop_filter) || !cdef_is_valid(&frame->cdef))
		return false;
	if (frame->loop_restoration.lr_unit_shift > 3 || frame->loop_restoration.lr_uv_shift > 1)
		return false;
	return !(frame->flags & ~0xfffffu) && frame->superres_denom <= 16;
}

static bool rises(const uint8_t *values, unsigned int count)
{
	for (unsigned int i = 1; i < count; i++) {
		if (values[i] <= values[i - 1])
			return false;
	}
	return true;
}

static bool film_grain_is_valid(const struct v4l2_ctrl_av1_film_grain *grain)
{
	if (grain->flags > 0x1f || grain->film_grain_params_ref_idx > 7 || grain->num_y_points > 14 ||
	    grain->num_cb_points > 10 || grain->num_cr_points > 15 || grain->grain_scaling_minus_8 > 3 ||
	    grain->ar_coeff_lag > 3 || grain->ar_coeff_shift_minus_6 > 3 || grain->grain_scale_shift > 3)
		return false;
	return !(grain->flags & V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN) ||
	       (rises(grain->point_y_value, grain->num_y_points) &&
	        rises(grain->point_cb_value, grain->num_cb_points) &&
	        rises(grain->point_cr_value, grain->num_cr_points));
}

int av1_validate_control(uint32_t id, void *value)
{
	bool valid = true;

	switch (id) {
	case V4L2_CID_STATELESS_AV1_SEQUENCE:
		valid = sequence_is_valid(value);
		break;
	case V4L2_CID_STATELESS_AV1_FRAME:
		valid = frame_is_valid(value);
		break;
	case V4L2_CID_STATELESS_AV1_FILM_GRAIN:
		valid = film_grain_is_valid(value);
		break;
	}
	return valid ? 0 : -EINVAL;
}

/* hantro_av1_s_ctrl(): its depth settles the CAPTURE format. */
bool av1_sequence(uint32_t id, const void *value, struct model_sequence *sequence)
{
	const struct v4l2_ctrl_av1_sequence *control = value;
	const bool mono =
		id == V4L2_CID_STATELESS_AV1_SEQUENCE && control->flags & V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME;

	if (id != V4L2_CID_STATELESS_AV1_SEQUENCE)
		return false;
	*sequence = (struct model_sequence){
		.width = control->max_frame_width_minus_1 + 1u,
		.height = control->max_frame_height_minus_1 + 1u,
		.luma_depth = control->bit_depth,
		.chroma_depth = control->bit_depth,
		.chroma_format = mono                        ? 0
	                     : control->seq_profile == 0 ? 1
	                                                 : 3,
	};
	return true;
}
