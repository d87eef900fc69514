/* SPDX-License-Identifier: MIT */
#include "test_stream.h"

#include "bits.h"

#include <string.h>

/* Tables 6-1 and 6-2 */
enum { PICTURE = 0x00, LAST_SLICE = 0xaf, SEQUENCE = 0xb3, EXTENSION = 0xb5, SEQUENCE_END = 0xb7 };
enum { SEQUENCE_EXTENSION = 1, QUANT_MATRIX = 3, PICTURE_CODING = 8 };

struct reading {
	struct stream_picture picture;
	bool has_sequence, has_picture;
};

/* 6.3.11, in zigzag order */
static const uint8_t default_intra[64] = {
	8,  16, 16, 19, 16, 19, 22, 22, 22, 22, 22, 22, 26, 24, 26, 27, 27, 27, 26, 26, 26, 26,
	27, 27, 27, 29, 29, 29, 34, 34, 34, 29, 29, 29, 27, 27, 29, 29, 32, 32, 34, 34, 37, 38,
	37, 35, 35, 34, 35, 38, 38, 40, 40, 40, 48, 48, 46, 46, 56, 56, 58, 69, 69, 83,
};

static void read_matrix(struct bit_reader *r, uint8_t matrix[64])
{
	for (int i = 0; i < 64; i++)
		matrix[i] = (uint8_t)bits_u(r, 8);
}

/* Matrices for luma hold for chroma, too, until there are some of its own. */
static void read_luma_matrix(struct bit_reader *r, uint8_t luma[64], uint8_t chroma[64])
{
	if (!bits_u(r, 1))
		return;
	read_matrix(r, luma);
	memcpy(chroma, luma, 64);
}

static void read_sequence(struct reading *reading, struct bit_reader *r)
{
	struct v4l2_ctrl_mpeg2_sequence *s = &reading->picture.controls.sequence;
	struct v4l2_ctrl_mpeg2_quantisation *q = &reading->picture.controls.quantisation;

	memset(s, 0, sizeof(*s));
	s->horizontal_size = (uint16_t)bits_u(r, 12);
	s->vertical_size = (uint16_t)bits_u(r, 12);
	bits_u(r, 4 + 4 + 18 + 1 - 1); /* aspect ratio, frame rate, bit rate */
	bits_u(r, 1);                  /* marker */
	s->vbv_buffer_size = bits_u(r, 10);
	bits_u(r, 1); /* constrained_parameters_flag */
	memcpy(q->intra_quantiser_matrix, default_intra, 64);
	memcpy(q->chroma_intra_quantiser_matrix, default_intra, 64);
	memset(q->non_intra_quantiser_matrix, 16, 64);
	memset(q->chroma_non_intra_quantiser_matrix, 16, 64);
	read_luma_matrix(r, q->intra_quantiser_matrix, q->chroma_intra_quantiser_matrix);
	read_luma_matrix(r, q->non_intra_quantiser_matrix, q->chroma_non_intra_quantiser_matrix);
}

static void read_sequence_extension(struct reading *reading, struct bit_reader *r)
{
	struct v4l2_ctrl_mpeg2_sequence *s = &reading->picture.controls.sequence;

	s->profile_and_level_indication = (uint16_t)bits_u(r, 8);
	s->flags = bits_u(r, 1) ? V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE : 0;
	s->chroma_format = (uint8_t)bits_u(r, 2);
	s->horizontal_size |= (uint16_t)(bits_u(r, 2) << 12);
	s->vertical_size |= (uint16_t)(bits_u(r, 2) << 12);
	bits_u(r, 12 + 1); /* bit_rate_extension */
	s->vbv_buffer_size |= bits_u(r, 8) << 10;
	reading->has_sequence = !r->overrun;
}

static void read_quant_matrix(struct reading *reading, struct bit_reader *r)
{
	struct v4l2_ctrl_mpeg2_quantisation *q = &reading->picture.controls.quantisation;

	read_luma_matrix(r, q->intra_quantiser_matrix, q->chroma_intra_quantiser_matrix);
	read_luma_matrix(r, q->non_intra_quantiser_matrix, q->chroma_non_intra_quantiser_matrix);
	if (bits_u(r, 1))
		read_matrix(r, q->chroma_intra_quantiser_matrix);
	if (bits_u(r, 1))
		read_matrix(r, q->chroma_non_intra_quantiser_matrix);
}

static void read_picture(struct reading *reading, struct bit_reader *r)
{
	struct v4l2_ctrl_mpeg2_picture *p = &reading->picture.controls.picture;

	memset(p, 0, sizeof(*p));
	bits_u(r, 10); /* temporal_reference */
	p->picture_coding_type = (uint8_t)bits_u(r, 3);
	reading->picture.slices = 0;
}

static void read_picture_coding(struct reading *reading, struct bit_reader *r)
{
	/* From intra_dc_precision on, in the order of the stream; chroma_420_type is no flag of the control. */
	static const uint32_t flags[] = {
		V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST, V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT,
		V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV,  V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE,
		V4L2_MPEG2_PIC_FLAG_INTRA_VLC,       V4L2_MPEG2_PIC_FLAG_ALT_SCAN,
		V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST,    0,
		V4L2_MPEG2_PIC_FLAG_PROGRESSIVE,
	};
	struct v4l2_ctrl_mpeg2_picture *p = &reading->picture.controls.picture;

	for (int i = 0; i < 4; i++)
		p->f_code[i / 2][i % 2] = (uint8_t)bits_u(r, 4);
	p->intra_dc_precision = (uint8_t)bits_u(r, 2);
	p->picture_structure = (uint8_t)bits_u(r, 2);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		p->flags |= bits_u(r, 1) ? flags[i] : 0;
	reading->has_picture = !r->overrun;
}

static void read_header(struct reading *reading, unsigned int code, const uint8_t *data, size_t size)
{
	struct bit_reader r;

	bits_open(&r, data, size);
	if (code == SEQUENCE) {
		reading->has_sequence = false;
		read_sequence(reading, &r);
	} else if (code == PICTURE) {
		reading->has_picture = false;
		read_picture(reading, &r);
	} else if (code == EXTENSION) {
		switch (bits_u(&r, 4)) {
		case SEQUENCE_EXTENSION:
			read_sequence_extension(reading, &r);
			break;
		case QUANT_MATRIX:
			read_quant_matrix(reading, &r);
			break;
		case PICTURE_CODING:
			read_picture_coding(reading, &r);
			break;
		}
	}
}

bool stream_read(const uint8_t *data, size_t size,
                 bool (*take)(void *opaque, const struct stream_picture *picture), void *opaque)
{
	struct reading reading = {.has_sequence = false};
	size_t at = find_start_code(data, size, 0), next;

	reading.picture.start = at;
	for (; at + 4 <= size; at = next) {
		const unsigned int code = data[at + 3];

		next = find_start_code(data, size, at + 3);
		if (code > PICTURE && code <= LAST_SLICE) {
			unsigned int after = next + 4 <= size ? data[next + 3] : SEQUENCE_END;

			if (!reading.has_sequence || !reading.has_picture)
				return false;
			if (!reading.picture.slices)
				reading.picture.slices = at;
			if (after > PICTURE && after <= LAST_SLICE)
				continue;
			reading.picture.end = next;
			if (!take(opaque, &reading.picture))
				return false;
			reading.picture.start = next;
		} else {
			read_header(&reading, code, data + at + 4, next - at - 4);
		}
	}
	return true;
}
