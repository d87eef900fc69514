/* SPDX-License-Identifier: MIT */
#include "controls.h"

#include <errno.h>
#include <string.h>

const struct model_control mpeg2_controls[MPEG2_CONTROL_COUNT] = {
	{
		.id = V4L2_CID_STATELESS_MPEG2_SEQUENCE,
		.type = V4L2_CTRL_TYPE_MPEG2_SEQUENCE,
		.size = sizeof(struct v4l2_ctrl_mpeg2_sequence),
		.name = "mpeg2.sequence",
		.title = "MPEG-2 Sequence Header",
		.modes = MODEL_ALL_MODES,
	},
	{
		.id = V4L2_CID_STATELESS_MPEG2_PICTURE,
		.type = V4L2_CTRL_TYPE_MPEG2_PICTURE,
		.size = sizeof(struct v4l2_ctrl_mpeg2_picture),
		.name = "mpeg2.picture",
		.title = "MPEG-2 Picture Header",
		.modes = MODEL_ALL_MODES,
	},
	{
		.id = V4L2_CID_STATELESS_MPEG2_QUANTISATION,
		.type = V4L2_CTRL_TYPE_MPEG2_QUANTISATION,
		.size = sizeof(struct v4l2_ctrl_mpeg2_quantisation),
		.name = "mpeg2.quantisation",
		.title = "MPEG-2 Quantisation Matrices",
		.modes = MODEL_ALL_MODES,
	},
};

/* ISO/IEC 13818-2 6.3.11, in zigzag order. */
static const uint8_t intra_matrix[64] = {
	8,  16, 16, 19, 16, 19, 22, 22, 22, 22, 22, 22, 26, 24, 26, 27, 27, 27, 26, 26, 26, 26,
	27, 27, 27, 29, 29, 29, 34, 34, 34, 29, 29, 29, 27, 27, 29, 29, 32, 32, 34, 34, 37, 38,
	37, 35, 35, 34, 35, 38, 38, 40, 40, 40, 48, 48, 46, 46, 56, 56, 58, 69, 69, 83,
};

void mpeg2_init(uint32_t id, void *value)
{
	struct v4l2_ctrl_mpeg2_sequence *sequence = value;
	struct v4l2_ctrl_mpeg2_picture *picture = value;
	struct v4l2_ctrl_mpeg2_quantisation *matrices = value;

	switch (id) {
	case V4L2_CID_STATELESS_MPEG2_SEQUENCE:
		sequence->chroma_format = 1;
		break;
	case V4L2_CID_STATELESS_MPEG2_PICTURE:
		picture->picture_structure = V4L2_MPEG2_PIC_TOP_FIELD;
		picture->picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_I;
		break;
	case V4L2_CID_STATELESS_MPEG2_QUANTISATION:
		memcpy(matrices->intra_quantiser_matrix, intra_matrix, sizeof(intra_matrix));
		memset(matrices->non_intra_quantiser_matrix, 16, sizeof(matrices->non_intra_quantiser_matrix));
		break;
	}
}

static bool outside(int value, int least, int greatest)
{
	return value < least || value > greatest;
}

static int check_picture(struct v4l2_ctrl_mpeg2_picture *picture)
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

int mpeg2_validate(uint32_t id, void *value)
{
	const struct v4l2_ctrl_mpeg2_sequence *sequence = value;

	switch (id) {
	case V4L2_CID_STATELESS_MPEG2_SEQUENCE:
		return outside(sequence->chroma_format, 1, 3) ? -EINVAL : 0;
	case V4L2_CID_STATELESS_MPEG2_PICTURE:
		return check_picture(value);
	default:
		return 0; /* quantisation matrices take anything */
	}
}
