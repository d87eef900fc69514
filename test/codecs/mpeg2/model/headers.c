/* SPDX-License-Identifier: MIT */
#include "headers.h"

enum { SEQUENCE_EXTENSION = 1, QUANT_MATRIX_EXTENSION = 3, PICTURE_CODING_EXTENSION = 8 }; /* table 6-2 */
enum { PICTURE_START = 0x00, SEQUENCE_HEADER = 0xb3, EXTENSION_START = 0xb5 };             /* table 6-1 */

static struct bit_writer begin(struct byte_buffer *out, unsigned int start_code_value)
{
	struct bit_writer writer = {.out = out};

	put_u(&writer, 24, 1);
	put_u(&writer, 8, start_code_value);
	return writer;
}

static struct bit_writer begin_extension(struct byte_buffer *out, unsigned int identifier)
{
	struct bit_writer writer = begin(out, EXTENSION_START);

	put_u(&writer, 4, identifier);
	return writer;
}

unsigned int sequence_width(const struct v4l2_ctrl_mpeg2_sequence *sequence)
{
	return (sequence->horizontal_size + 15u) / 16 * 16;
}

unsigned int sequence_height(const struct v4l2_ctrl_mpeg2_sequence *sequence)
{
	if (sequence->flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE)
		return (sequence->vertical_size + 15u) / 16 * 16;
	return (sequence->vertical_size + 31u) / 32 * 32;
}

void put_sequence(struct byte_buffer *out, const struct v4l2_ctrl_mpeg2_sequence *sequence)
{
	struct bit_writer w = begin(out, SEQUENCE_HEADER);

	put_u(&w, 12, sequence->horizontal_size & 0xfff);
	put_u(&w, 12, sequence->vertical_size & 0xfff);
	put_u(&w, 4, 1);        /* aspect_ratio_information */
	put_u(&w, 4, 3);        /* frame_rate_code */
	put_u(&w, 18, 0x3ffff); /* bit_rate_value */
	put_u(&w, 1, 1);        /* marker_bit */
	put_u(&w, 10, sequence->vbv_buffer_size & 0x3ff);
	put_u(&w, 1, 0); /* constrained_parameters_flag */
	put_u(&w, 2, 0); /* load_intra_quantiser_matrix, load_non_intra_quantiser_matrix: see put_matrices() */
	put_align(&w, 0);

	w = begin_extension(out, SEQUENCE_EXTENSION);
	put_u(&w, 8, sequence->profile_and_level_indication & 0xff);
	put_u(&w, 1, (sequence->flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE) != 0);
	put_u(&w, 2, sequence->chroma_format);
	put_u(&w, 2, sequence->horizontal_size >> 12);
	put_u(&w, 2, sequence->vertical_size >> 12);
	put_u(&w, 12, 0xfff); /* bit_rate_extension */
	put_u(&w, 1, 1);      /* marker_bit */
	put_u(&w, 8, sequence->vbv_buffer_size >> 10 & 0xff);
	put_u(&w, 1, 0); /* low_delay */
	put_u(&w, 7, 0); /* frame_rate_extension_n, frame_rate_extension_d */
	put_align(&w, 0);
}

void put_picture(struct byte_buffer *out, const struct v4l2_ctrl_mpeg2_picture *picture)
{
	const bool frame = picture->picture_structure == V4L2_MPEG2_PIC_FRAME;
	const bool progressive = frame && picture->flags & V4L2_MPEG2_PIC_FLAG_PROGRESSIVE;
	struct bit_writer w = begin(out, PICTURE_START);

	put_u(&w, 10, 0); /* temporal_reference */
	put_u(&w, 3, picture->picture_coding_type);
	put_u(&w, 16, 0xffff); /* vbv_delay */
	/* full_pel_*_vector and *_f_code have these values in MPEG-2 (6.3.9). */
	if (picture->picture_coding_type != V4L2_MPEG2_PIC_CODING_TYPE_I)
		put_u(&w, 4, 7);
	if (picture->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B)
		put_u(&w, 4, 7);
	put_u(&w, 1, 0); /* extra_bit_picture */
	put_align(&w, 0);

#define FLAG(name) put_u(&w, 1, (picture->flags & V4L2_MPEG2_PIC_FLAG_##name) != 0)
	w = begin_extension(out, PICTURE_CODING_EXTENSION);
	for (unsigned int direction = 0; direction < 2; direction++)
		for (unsigned int axis = 0; axis < 2; axis++)
			put_u(&w, 4, picture->f_code[direction][axis] & 15);
	put_u(&w, 2, picture->intra_dc_precision);
	put_u(&w, 2, picture->picture_structure);
	/* Of a field picture it is 0 in the stream (6.3.10), while the control says which field of the frame is first. */
	put_u(&w, 1, frame && picture->flags & V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST);
	FLAG(FRAME_PRED_DCT);
	FLAG(CONCEALMENT_MV);
	FLAG(Q_SCALE_TYPE);
	FLAG(INTRA_VLC);
	FLAG(ALT_SCAN);
	FLAG(REPEAT_FIRST);
#undef FLAG
	put_u(&w, 1, progressive); /* chroma_420_type */
	put_u(&w, 1, progressive);
	put_u(&w, 1, 0); /* composite_display_flag */
	put_align(&w, 0);
}

void put_matrices(struct byte_buffer *out, const struct v4l2_ctrl_mpeg2_quantisation *matrices)
{
	const uint8_t *const all[4] = {matrices->intra_quantiser_matrix, matrices->non_intra_quantiser_matrix,
	                               matrices->chroma_intra_quantiser_matrix,
	                               matrices->chroma_non_intra_quantiser_matrix};
	struct bit_writer w = begin_extension(out, QUANT_MATRIX_EXTENSION);

	for (unsigned int matrix = 0; matrix < 4; matrix++) {
		put_u(&w, 1, 1);
		for (unsigned int i = 0; i < 64; i++)
			put_u(&w, 8, all[matrix][i]);
	}
	put_align(&w, 0);
}

/* An intra macroblock whose coefficients are all as predicted: grey (7.2.1, tables B-3, B-4, B-12 to B-14). */
static void put_grey_macroblock(struct bit_writer *w, unsigned int picture_coding_type)
{
	put_u(w, 1, 1); /* macroblock_address_increment */
	if (picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_I)
		put_u(w, 1, 1); /* macroblock_type: Intra */
	else
		put_u(w, 5, 3);
	for (unsigned int block = 0; block < 4; block++)
		put_u(w, 5, 4 << 2 | 2); /* dct_dc_size_luminance 0, end of block */
	for (unsigned int block = 0; block < 2; block++)
		put_u(w, 4, 0 << 2 | 2); /* dct_dc_size_chrominance 0, end of block */
}

void put_grey_picture(struct byte_buffer *out, const struct v4l2_ctrl_mpeg2_sequence *sequence,
                      unsigned int picture_structure, unsigned int picture_coding_type)
{
	const bool frame = picture_structure == V4L2_MPEG2_PIC_FRAME;
	const bool progressive = frame && sequence->flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE;
	const unsigned int columns = sequence_width(sequence) / 16;
	const unsigned int rows = sequence_height(sequence) / (frame ? 16 : 32);
	const struct v4l2_ctrl_mpeg2_picture picture = {
		.flags = (frame ? V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT : 0u) |
	             (progressive ? V4L2_MPEG2_PIC_FLAG_PROGRESSIVE : 0u),
		.f_code = {{15, 15}, {15, 15}},
		.picture_coding_type = (uint8_t)picture_coding_type,
		.picture_structure = (uint8_t)picture_structure,
	};

	put_picture(out, &picture);
	for (unsigned int row = 0; row < rows; row++) {
		/* 6.3.16 */
		const bool extended = sequence->vertical_size > 2800;
		struct bit_writer w = begin(out, (extended ? row & 127 : row) + 1);

		if (extended)
			put_u(&w, 3, row >> 7); /* slice_vertical_position_extension */
		put_u(&w, 5, 1);            /* quantiser_scale_code */
		put_u(&w, 1, 0);            /* extra_bit_slice */
		for (unsigned int column = 0; column < columns; column++)
			put_grey_macroblock(&w, picture_coding_type);
		put_align(&w, 0);
	}
}
