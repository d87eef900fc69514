/* SPDX-License-Identifier: MIT */
#include "checks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

const char *controls_refusal(const struct mpeg2_controls *controls)
{
	const struct v4l2_ctrl_mpeg2_sequence *sequence = controls->sequence;

	if (!sequence || !controls->picture || !controls->quantisation)
		return "a control was never set";
	if (sequence->chroma_format != 1)
		return "sequence.chroma_format is not that of the CAPTURE format, 4:2:0";
	/* 14 bits in the stream (6.2.2.1, 6.2.2.3) */
	if (!sequence->horizontal_size || sequence->horizontal_size >> 14)
		return "sequence.horizontal_size is no size that a stream can have";
	if (!sequence->vertical_size || sequence->vertical_size >> 14)
		return "sequence.vertical_size is no size that a stream can have";
	return NULL;
}

/* 6.3.10 */
static const char *flags_contradiction(const struct v4l2_ctrl_mpeg2_sequence *sequence,
                                       const struct v4l2_ctrl_mpeg2_picture *picture)
{
	const uint32_t flags = picture->flags;
	const uint32_t known = V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST | V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT |
	                       V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV | V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE |
	                       V4L2_MPEG2_PIC_FLAG_INTRA_VLC | V4L2_MPEG2_PIC_FLAG_ALT_SCAN |
	                       V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST | V4L2_MPEG2_PIC_FLAG_PROGRESSIVE;
	const bool frame = picture->picture_structure == V4L2_MPEG2_PIC_FRAME;
	const bool progressive = flags & V4L2_MPEG2_PIC_FLAG_PROGRESSIVE;

	if (flags & ~known || sequence->flags & ~V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE)
		return "flags has a bit that means nothing";
	if (sequence->flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE && !progressive)
		return "sequence.flags PROGRESSIVE is 1, and picture.flags PROGRESSIVE is 0";
	if (progressive && !frame)
		return "picture.flags PROGRESSIVE is 1 in a field picture";
	if (progressive && !(flags & V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT))
		return "picture.flags PROGRESSIVE is 1, and FRAME_PRED_DCT is 0";
	if (!progressive && flags & V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST)
		return "picture.flags REPEAT_FIRST is 1, and PROGRESSIVE is 0";
	return NULL;
}

/* Table 7-8: 1 to 9 where there are vectors. */
static bool f_codes_are_wrong(const uint8_t f_code[2])
{
	return f_code[0] < 1 || f_code[0] > 9 || f_code[1] < 1 || f_code[1] > 9;
}

static const char *f_code_contradiction(const struct v4l2_ctrl_mpeg2_picture *picture)
{
	const bool forward = picture->picture_coding_type != V4L2_MPEG2_PIC_CODING_TYPE_I ||
	                     picture->flags & V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV;
	const bool backward = picture->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B;

	if (forward && f_codes_are_wrong(picture->f_code[0]))
		return "picture.f_code[0] is no size of forward vectors";
	if (backward && f_codes_are_wrong(picture->f_code[1]))
		return "picture.f_code[1] is no size of backward vectors";
	return NULL;
}

/* 6.3.11 */
static const char *matrix_contradiction(const struct v4l2_ctrl_mpeg2_quantisation *matrices)
{
	if (memchr(matrices->intra_quantiser_matrix, 0, 64) ||
	    memchr(matrices->non_intra_quantiser_matrix, 0, 64) ||
	    memchr(matrices->chroma_intra_quantiser_matrix, 0, 64) ||
	    memchr(matrices->chroma_non_intra_quantiser_matrix, 0, 64))
		return "quantisation has a 0, which is no value of a matrix";
	if (matrices->intra_quantiser_matrix[0] != 8)
		return "quantisation.intra_quantiser_matrix does not begin with 8";
	if (matrices->chroma_intra_quantiser_matrix[0] != 8)
		return "quantisation.chroma_intra_quantiser_matrix does not begin with 8";
	return NULL;
}

const char *controls_contradiction(const struct mpeg2_controls *controls)
{
	const char *wrong = flags_contradiction(controls->sequence, controls->picture);

	if (!wrong)
		wrong = f_code_contradiction(controls->picture);
	if (!wrong)
		wrong = matrix_contradiction(controls->quantisation);
	return wrong;
}
