/* SPDX-License-Identifier: MIT */
#include "headers.h"

#include <string.h>

enum { EXTENSION_SEQUENCE = 1, EXTENSION_QUANT_MATRIX = 3, EXTENSION_PICTURE_CODING = 8 }; /* table 6-2 */
enum { PREFIX = 3, START_CODE = 4, TALL = 2800 };

struct bits {
	const uint8_t *data;
	size_t size, at; /* bits */
};

static struct bits open_bits(const uint8_t *unit, size_t size)
{
	return (struct bits){unit, 8 * size, 8 * START_CODE};
}

static unsigned int u(struct bits *b, unsigned int count)
{
	unsigned int value = 0;

	for (; count; count--, b->at++)
		value = value << 1 | (b->at < b->size ? b->data[b->at / 8] >> (7 - b->at % 8) & 1u : 0);
	return value;
}

static bool failed(const struct bits *b)
{
	return b->at > b->size;
}

size_t headers_find(const uint8_t *data, size_t size, size_t at)
{
	for (; at + PREFIX <= size; at++)
		if (!data[at] && !data[at + 1] && data[at + 2] == 1)
			return at;
	return size;
}

/* 6.3.11, by rows */
static const uint8_t default_intra[8][8] = {
	{8, 16, 19, 22, 26, 27, 29, 34},  {16, 16, 22, 24, 27, 29, 34, 37}, {19, 22, 26, 27, 29, 34, 34, 38},
	{22, 22, 26, 27, 29, 34, 37, 40}, {22, 26, 27, 29, 32, 35, 40, 48}, {26, 27, 29, 32, 35, 40, 48, 58},
	{26, 27, 29, 34, 38, 46, 56, 69}, {27, 29, 35, 38, 46, 56, 69, 83},
};

/* Along the diagonals, by turns up and down (figure 7-2). */
static void scan_zigzag(const uint8_t from[8][8], uint8_t to[64])
{
	unsigned int n = 0;

	for (unsigned int diagonal = 0; diagonal < 15; diagonal++) {
		for (unsigned int i = 0; i <= diagonal; i++) {
			const unsigned int v = diagonal % 2 ? i : diagonal - i, h = diagonal - v;

			if (v < 8 && h < 8)
				to[n++] = from[v][h];
		}
	}
}

static void reset_matrices(struct headers *h)
{
	scan_zigzag(default_intra, h->matrix[INTRA]);
	scan_zigzag(default_intra, h->matrix[CHROMA_INTRA]);
	memset(h->matrix[NON_INTRA], 16, 64);
	memset(h->matrix[CHROMA_NON_INTRA], 16, 64);
}

/* 6.3.11: what is loaded for luminance is loaded for chrominance, too. */
static void read_matrix(struct headers *h, struct bits *b, unsigned int which)
{
	if (!u(b, 1))
		return;
	for (unsigned int i = 0; i < 64; i++)
		h->matrix[which][i] = (uint8_t)u(b, 8);
	if (which < CHROMA_INTRA)
		memcpy(h->matrix[which + CHROMA_INTRA], h->matrix[which], 64);
}

/* 6.2.2.1 */
static void read_sequence(struct headers *h, struct bits b)
{
	struct headers read = {.has_sequence = true, .closed_gop = h->closed_gop};

	read.width = u(&b, 12);
	read.height = u(&b, 12);
	u(&b, 4 + 4);  /* aspect_ratio_information, frame_rate_code */
	u(&b, 18 + 1); /* bit_rate_value, marker_bit */
	u(&b, 10 + 1); /* vbv_buffer_size_value, constrained_parameters_flag */
	reset_matrices(&read);
	read_matrix(&read, &b, INTRA);
	read_matrix(&read, &b, NON_INTRA);
	if (!failed(&b))
		*h = read;
}

/* 6.2.2.3 */
static void read_sequence_extension(struct headers *h, struct bits b)
{
	struct headers read = *h;

	read.has_sequence_extension = true;
	read.profile_and_level = u(&b, 8);
	read.progressive_sequence = u(&b, 1);
	read.chroma_format = u(&b, 2);
	read.width |= u(&b, 2) << 12;
	read.height |= u(&b, 2) << 12;
	if (h->has_sequence && !h->has_sequence_extension && !failed(&b))
		*h = read;
}

/* 6.2.3.2 */
static void read_quant_matrix_extension(struct headers *h, struct bits b)
{
	struct headers read = *h;

	for (unsigned int i = 0; i < MATRICES; i++)
		read_matrix(&read, &b, i);
	if (!failed(&b))
		*h = read;
}

/* 6.2.3 */
static void read_picture(struct headers *h, struct bits b)
{
	h->has_picture_extension = false;
	u(&b, 10); /* temporal_reference */
	h->type = u(&b, 3);
	h->has_picture = h->has_sequence_extension && h->type >= TYPE_I && h->type <= TYPE_B && !failed(&b);
}

/* 6.2.3.1 */
static void read_picture_extension(struct headers *h, struct bits b)
{
	for (unsigned int i = 0; i < 4; i++)
		h->f_code[i / 2][i % 2] = u(&b, 4);
	h->intra_dc_precision = u(&b, 2);
	h->structure = u(&b, 2);
	h->top_field_first = u(&b, 1);
	h->frame_pred_frame_dct = u(&b, 1);
	h->concealment_motion_vectors = u(&b, 1);
	h->q_scale_type = u(&b, 1);
	h->intra_vlc_format = u(&b, 1);
	h->alternate_scan = u(&b, 1);
	h->repeat_first_field = u(&b, 1);
	u(&b, 1); /* chroma_420_type */
	h->progressive_frame = u(&b, 1);
	h->has_picture_extension = h->has_picture && h->structure && !failed(&b);
}

static void read_extension(struct headers *h, struct bits b)
{
	switch (u(&b, 4)) {
	case EXTENSION_SEQUENCE:
		read_sequence_extension(h, b);
		break;
	case EXTENSION_QUANT_MATRIX:
		read_quant_matrix_extension(h, b);
		break;
	case EXTENSION_PICTURE_CODING:
		read_picture_extension(h, b);
		break;
	}
}

void headers_read(struct headers *headers, const uint8_t *unit, size_t size)
{
	struct bits b = open_bits(unit, size);

	switch (unit[PREFIX]) {
	case CODE_SEQUENCE:
		read_sequence(headers, b);
		break;
	case CODE_EXTENSION:
		read_extension(headers, b);
		break;
	case CODE_GROUP:
		u(&b, 25); /* time_code */
		headers->closed_gop = u(&b, 1);
		break;
	case CODE_PICTURE:
		read_picture(headers, b);
		break;
	}
}

/* macroblock_address_increment, table B-1: what is skipped before the first macroblock is to its left (6.3.16.1). */
static unsigned int read_column(struct bits b)
{
	static const struct {
		unsigned int size, code, increment;
	} codes[] = {{1, 1, 1},    {3, 3, 2},    {3, 2, 3},    {4, 3, 4},    {4, 2, 5},    {5, 3, 6},
	             {5, 2, 7},    {7, 7, 8},    {7, 6, 9},    {8, 11, 10},  {8, 10, 11},  {8, 9, 12},
	             {8, 8, 13},   {8, 7, 14},   {8, 6, 15},   {10, 23, 16}, {10, 22, 17}, {10, 21, 18},
	             {10, 20, 19}, {10, 19, 20}, {10, 18, 21}, {11, 35, 22}, {11, 34, 23}, {11, 33, 24},
	             {11, 32, 25}, {11, 31, 26}, {11, 30, 27}, {11, 29, 28}, {11, 28, 29}, {11, 27, 30},
	             {11, 26, 31}, {11, 25, 32}, {11, 24, 33}};
	unsigned int column = 0;

	for (struct bits escape = b; u(&escape, 11) == 8 && !failed(&escape); b = escape)
		column += 33;
	for (unsigned int i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		struct bits code = b;

		if (u(&code, codes[i].size) == codes[i].code)
			return column + codes[i].increment - 1;
	}
	return column;
}

/* 6.2.4 */
bool headers_read_slice(const struct headers *headers, const uint8_t *unit, size_t size,
                        struct slice_header *slice)
{
	struct bits b = open_bits(unit, size);

	slice->row = unit[PREFIX] - 1u;
	if (headers->height > TALL)
		slice->row += u(&b, 3) << 7;
	slice->quantiser_scale_code = u(&b, 5);
	slice->intra_slice = false;
	if (u(&b, 1)) {
		slice->intra_slice = u(&b, 1);
		u(&b, 7);        /* reserved_bits */
		while (u(&b, 1)) /* extra_bit_slice */
			u(&b, 8);
	}
	slice->bits = (unsigned int)b.at;
	slice->column = read_column(b);
	return slice->quantiser_scale_code && !failed(&b);
}
