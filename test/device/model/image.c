/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <linux/videodev2.h>
#include <pthread.h>
#include <string.h>

/* Newer than some systems' headers. */
#ifndef V4L2_PIX_FMT_NV15
#define V4L2_PIX_FMT_NV15 v4l2_fourcc('N', 'V', '1', '5')
#endif
#ifndef V4L2_PIX_FMT_MM21
#define V4L2_PIX_FMT_MM21 v4l2_fourcc('M', 'M', '2', '1')
#endif
#ifndef V4L2_PIX_FMT_NV15_4L4
#define V4L2_PIX_FMT_NV15_4L4 v4l2_fourcc('V', 'T', '1', '5')
#endif

/* These loops see every sample of every picture; they are worth vectors in a debug build too. */
#if defined(__GNUC__) && !defined(__clang__)
#define HOT __attribute__((optimize("O3")))
#else
#define HOT
#endif

HOT static void interleave_8(uint8_t *restrict to, const uint8_t *restrict cb, const uint8_t *restrict cr,
                             size_t count)
{
	for (size_t i = 0; i < count; i++) {
		to[2 * i] = cb[i];
		to[2 * i + 1] = cr[i];
	}
}

HOT static void separate_8(uint8_t *restrict cb, uint8_t *restrict cr, const uint8_t *restrict from,
                           size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cb[i] = from[2 * i];
		cr[i] = from[2 * i + 1];
	}
}

HOT static void interleave_16(uint16_t *restrict to, const uint16_t *restrict cb, const uint16_t *restrict cr,
                              size_t count, unsigned int shift)
{
	for (size_t i = 0; i < count; i++) {
		to[2 * i] = (uint16_t)(cb[i] << shift);
		to[2 * i + 1] = (uint16_t)(cr[i] << shift);
	}
}

HOT static void separate_16(uint16_t *restrict cb, uint16_t *restrict cr, const uint16_t *restrict from,
                            size_t count, unsigned int shift)
{
	for (size_t i = 0; i < count; i++) {
		cb[i] = (uint16_t)(from[2 * i] >> shift);
		cr[i] = (uint16_t)(from[2 * i + 1] >> shift);
	}
}

HOT static void shift_up(uint16_t *restrict to, const uint16_t *restrict from, size_t count,
                         unsigned int shift)
{
	for (size_t i = 0; i < count; i++)
		to[i] = (uint16_t)(from[i] << shift);
}

HOT static void shift_down(uint16_t *restrict to, const uint16_t *restrict from, size_t count,
                           unsigned int shift)
{
	for (size_t i = 0; i < count; i++)
		to[i] = (uint16_t)(from[i] >> shift);
}

/* ---- formats ------------------------------------------------------------------------------------------------------ */

enum { LONGEST_ROW = 16896 * 2 };

static const struct image_format formats[] = {
	{V4L2_PIX_FMT_NV12, "NV12", "Y/UV 4:2:0", 8, 8, 0, {0, 0}, 1},
	{V4L2_PIX_FMT_P010, "P010", "10-bit Y/UV 4:2:0", 10, 16, 0, {0, 0}, 1},
	{V4L2_PIX_FMT_NV12_4L4, "NV12_4L4", "Y/UV 4:2:0 (4x4 Linear)", 8, 8, 4, {4, 4}, 1},
	{V4L2_PIX_FMT_NV12_32L32, "NV12_32L32", "Y/UV 4:2:0 (32x32 Linear)", 8, 8, 32, {32, 32}, 1},
	{V4L2_PIX_FMT_MM21, "MM21", "Mediatek 8-bit Block Format", 8, 8, 16, {32, 16}, 2},
	{V4L2_PIX_FMT_NV15, "NV15", "10-bit Y/UV 4:2:0 (Packed)", 10, 10, 0, {0, 0}, 1},
	{V4L2_PIX_FMT_NV15_4L4, "NV15_4L4", "10-bit Y/UV 4:2:0 (4x4 Linear)", 10, 10, 4, {4, 4}, 1},
	{IMAGE_COLUMNS_8, "NC12", "Y/CbCr 4:2:0 (128b cols)", 8, 8, IMAGE_COLUMN_BYTES, {0, 0}, 1},
	{IMAGE_COLUMNS_10, "NC30", "10-bit Y/CbCr 4:2:0 (128b cols)", 10, 10, 96, {0, 0}, 1},
};

const struct image_format *image_format_of(uint32_t fourcc)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i].fourcc == fourcc)
			return &formats[i];
	}
	return NULL;
}

const struct image_format *image_format_named(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strlen(formats[i].name) == length && memcmp(formats[i].name, name, length) == 0)
			return &formats[i];
	}
	return NULL;
}

bool image_format_has_columns(const struct image_format *format)
{
	return format && format->tile_width != 0 && format->tile_height[0] == 0;
}

struct model_image image_of(uint32_t fourcc, uint32_t width, uint32_t height, uint32_t bytesperline,
                            uint8_t *bytes, uint8_t *chroma)
{
	const struct image_format *format = image_format_of(fourcc);
	const bool linear = !format || (format->tile_width == 0 && format->bits != 10);
	const struct model_image image = {
		.luma = bytes,
		.chroma = chroma ? chroma
	                     : bytes + (size_t)height *
	                                   (image_format_has_columns(format) ? IMAGE_COLUMN_BYTES : bytesperline),
		.luma_stride = bytesperline,
		.chroma_stride = bytesperline,
		.width = width,
		.height = height,
		.depth = format ? format->depth : 8,
		.format = linear ? NULL : format,
	};

	return image;
}

bool image_holds(const struct model_image *image, uint32_t width, uint32_t height)
{
	const uint32_t bits = image->format ? image->format->bits : image->depth > 8 ? 16 : 8;

	if (image_format_has_columns(image->format))
		return image->width >= width && image->height >= height &&
		       image->luma_stride >= image->height + image->height / 2;
	return image->width >= width && image->height >= height && image->luma_stride * 8 / bits >= width &&
	       image->chroma_stride * 8 / bits >= width;
}

/* ---- rows of any format: samples as NV12 and P010 have them --------------------------------------------------------- */

/* The lowest bit of a sample, counted from the first of its plane. */
static size_t bit_of(const struct image_format *format, bool chroma, size_t stride, uint32_t x, uint32_t y)
{
	const size_t width = format->tile_width, height = format->tile_height[chroma];

	if (width == 0)
		return y * stride * 8 + x * format->bits;
	if (image_format_has_columns(format)) {
		/* Of 10 bit, three samples lie in 32 bits (V4L2_PIX_FMT_NV12_10_COL128). */
		const size_t in_row = x % width;

		return (x / width * stride + y) * IMAGE_COLUMN_BYTES * 8 +
		       (format->bits == 8 ? in_row * 8 : in_row / 3 * 32 + in_row % 3 * 10);
	}
	const size_t across = stride * 8 / format->bits / width;
	const size_t tile = y / height * across + x / width;
	return (tile * width * height + y % height * width + x % width) * format->bits;
}

/* A sample of 8 bits is a byte; of 10 bits, it lies in two. */
static unsigned int read_sample(const uint8_t *plane, size_t bit, uint32_t bits)
{
	const uint8_t *at = plane + bit / 8;

	if (bits == 8)
		return *at;
	return ((at[0] | (unsigned int)at[1] << 8) >> bit % 8) & 0x3ff;
}

static void write_sample(uint8_t *plane, size_t bit, uint32_t bits, unsigned int sample)
{
	uint8_t *at = plane + bit / 8;

	if (bits == 8) {
		*at = (uint8_t)sample;
		return;
	}
	const unsigned int mask = 0x3ffu << bit % 8, value = sample << bit % 8;
	at[0] = (uint8_t)((at[0] & ~mask) | value);
	at[1] = (uint8_t)((at[1] & ~(mask >> 8)) | value >> 8);
}

static uint8_t *plane_of(const struct model_image *image, bool chroma, size_t *stride)
{
	*stride = chroma ? image->chroma_stride : image->luma_stride;
	return chroma ? image->chroma : image->luma;
}

/* A row's samples: in place, or gathered in `line`. */
static uint8_t *row_to_read(const struct model_image *image, bool chroma, uint32_t row, uint32_t samples,
                            uint8_t line[LONGEST_ROW])
{
	size_t stride;
	uint8_t *plane = plane_of(image, chroma, &stride);

	if (!image->format)
		return plane + row * stride;
	for (uint32_t x = 0; x < samples; x++) {
		const unsigned int sample =
			read_sample(plane, bit_of(image->format, chroma, stride, x, row), image->format->bits);

		if (image->format->bits == 8)
			line[x] = (uint8_t)sample;
		else
			((uint16_t *)(void *)line)[x] = (uint16_t)(sample << 6);
	}
	return line;
}

/* Where to write a row; row_written() puts it into its place. */
static uint8_t *row_to_write(const struct model_image *image, bool chroma, uint32_t row,
                             uint8_t line[LONGEST_ROW])
{
	size_t stride;
	uint8_t *plane = plane_of(image, chroma, &stride);

	return image->format ? line : plane + row * stride;
}

static void row_written(const struct model_image *image, bool chroma, uint32_t row, uint32_t samples,
                        const uint8_t *line)
{
	size_t stride;
	uint8_t *plane = plane_of(image, chroma, &stride);

	for (uint32_t x = 0; image->format && x < samples; x++) {
		const unsigned int sample =
			image->format->bits == 8 ? line[x] : ((const uint16_t *)(const void *)line)[x] >> 6;

		write_sample(plane, bit_of(image->format, chroma, stride, x, row), image->format->bits, sample);
	}
}

/* ---- pictures ----------------------------------------------------------------------------------------------------- */

static void merge_chroma(uint8_t *to, const struct planes *planes, uint32_t row)
{
	const uint8_t *cb = planes->data[1] + row * planes->stride[1];
	const uint8_t *cr = planes->data[2] + row * planes->stride[2];

	if (planes->depth == 8)
		interleave_8(to, cb, cr, planes->width / 2);
	else
		interleave_16((uint16_t *)(void *)to, (const uint16_t *)(const void *)cb,
		              (const uint16_t *)(const void *)cr, planes->width / 2, 16 - planes->depth);
}

static void store_luma(const struct model_image *image, const struct planes *planes, uint32_t row)
{
	_Alignas(2) uint8_t line[LONGEST_ROW];
	uint8_t *to = row_to_write(image, false, row, line);
	const uint8_t *from = planes->data[0] + row * planes->stride[0];

	if (planes->depth == 8)
		memcpy(to, from, planes->width);
	else
		shift_up((uint16_t *)(void *)to, (const uint16_t *)(const void *)from, planes->width,
		         16 - planes->depth);
	row_written(image, false, row, planes->width, to);
}

static void store_chroma(const struct model_image *image, const struct planes *planes, uint32_t row)
{
	_Alignas(2) uint8_t line[LONGEST_ROW];
	uint8_t *to = row_to_write(image, true, row, line);

	merge_chroma(to, planes, row);
	row_written(image, true, row, planes->width, to);
}

/* Whether a row fits into a line of this file's. */
static bool rows_fit(const struct model_image *image, uint32_t width)
{
	return !image->format || width <= LONGEST_ROW / 2;
}

void image_store(const struct model_image *image, const struct planes *planes, unsigned int fields)
{
	/* Two decoders write to the same memory at once where a player decodes twice into one surface. It gets one picture or the other. */
	static pthread_mutex_t storing = PTHREAD_MUTEX_INITIALIZER;
	uint32_t step = fields == IMAGE_FRAME ? 1 : 2;
	uint32_t first = fields == IMAGE_BOTTOM_FIELD;

	if (!rows_fit(image, planes->width))
		return;
	pthread_mutex_lock(&storing);
	for (uint32_t row = first; row < planes->height; row += step)
		store_luma(image, planes, row);
	for (uint32_t row = first; row < planes->height / 2; row += step)
		store_chroma(image, planes, row);
	pthread_mutex_unlock(&storing);
}

void image_load(const struct planes *planes, const struct model_image *image, unsigned int fields)
{
	_Alignas(2) uint8_t line[LONGEST_ROW];
	uint32_t step = fields == IMAGE_FRAME ? 1 : 2;
	uint32_t first = fields == IMAGE_BOTTOM_FIELD;

	if (!rows_fit(image, planes->width))
		return;
	for (uint32_t row = first; row < planes->height; row += step) {
		uint8_t *to = planes->data[0] + row * planes->stride[0];
		const uint8_t *from = row_to_read(image, false, row, planes->width, line);

		if (planes->depth == 8)
			memcpy(to, from, planes->width);
		else
			shift_down((uint16_t *)(void *)to, (const uint16_t *)(const void *)from, planes->width,
			           16 - planes->depth);
	}
	for (uint32_t row = first; row < planes->height / 2; row += step) {
		uint8_t *cb = planes->data[1] + row * planes->stride[1];
		uint8_t *cr = planes->data[2] + row * planes->stride[2];
		const uint8_t *from = row_to_read(image, true, row, planes->width, line);

		if (planes->depth == 8)
			separate_8(cb, cr, from, planes->width / 2);
		else
			separate_16((uint16_t *)(void *)cb, (uint16_t *)(void *)cr, (const uint16_t *)(const void *)from,
			            planes->width / 2, 16 - planes->depth);
	}
}

bool image_equals(const struct planes *planes, const struct model_image *image, uint32_t first, uint32_t step)
{
	_Alignas(2) uint8_t row_of_image[LONGEST_ROW];
	_Alignas(2) uint8_t line[LONGEST_ROW];
	size_t bytes = planes->width * (planes->depth > 8 ? 2u : 1u);

	if (bytes > sizeof(row_of_image))
		return false;
	for (uint32_t row = first; row < planes->height; row += step) {
		const uint8_t *kept = planes->data[0] + row * planes->stride[0];

		if (planes->depth > 8) {
			shift_up((uint16_t *)(void *)row_of_image, (const uint16_t *)(const void *)kept, planes->width,
			         16 - planes->depth);
			kept = row_of_image;
		}
		if (memcmp(kept, row_to_read(image, false, row, planes->width, line), bytes) != 0)
			return false;
	}
	for (uint32_t row = first; row < planes->height / 2; row += step) {
		merge_chroma(row_of_image, planes, row);
		if (memcmp(row_of_image, row_to_read(image, true, row, planes->width, line), bytes) != 0)
			return false;
	}
	return true;
}

void image_paint(const struct model_image *image, uint32_t width, uint32_t height)
{
	_Alignas(2) uint8_t line[LONGEST_ROW];
	size_t sample = image->depth > 8 ? 2 : 1;

	if (!rows_fit(image, width))
		return;
	for (uint32_t row = height / 4; row < height - height / 4; row++) {
		uint8_t *luma = row_to_read(image, false, row, width, line);

		for (uint32_t x = width / 4; x < width - width / 4; x++) {
			/* The high byte is what counts in P010. */
			uint8_t *byte = luma + x * sample + (sample - 1);

			*byte = (uint8_t)(((x + row) / 8 & 1) ? 235 - *byte / 8 : 16 + *byte / 8);
		}
		row_written(image, false, row, width, luma);
	}
}

static void fill_row(const struct planes *planes, unsigned int plane, uint32_t row, unsigned int value)
{
	uint8_t *to = planes->data[plane] + row * planes->stride[plane];
	uint32_t columns = plane ? planes->width / 2 : planes->width;

	if (planes->depth == 8) {
		memset(to, (int)value, columns);
		return;
	}
	for (uint32_t x = 0; x < columns; x++)
		((uint16_t *)(void *)to)[x] = (uint16_t)(value << (planes->depth - 8));
}

void planes_fill(const struct planes *planes, unsigned int value)
{
	for (unsigned int i = 0; i < 3; i++)
		for (uint32_t row = 0; row < (i ? planes->height / 2 : planes->height); row++)
			fill_row(planes, i, row, value);
}

/* Far from that of the rows beside it, in the frame and in its field. */
static unsigned int blank_value(uint32_t row)
{
	return 16 + row * 61 % 224;
}

void planes_blank(const struct planes *planes)
{
	for (unsigned int i = 0; i < 3; i++)
		for (uint32_t row = 0; row < (i ? planes->height / 2 : planes->height); row++)
			fill_row(planes, i, row, blank_value(row));
}

static bool macroblock_is_blank(const struct planes *planes, uint32_t x, uint32_t first, uint32_t step)
{
	for (uint32_t row = first; row < first + 16 * step; row += step) {
		const uint8_t *at = planes->data[0] + row * planes->stride[0];

		for (uint32_t i = x; i < x + 16; i++) {
			const unsigned int sample = planes->depth == 8 ? at[i] : ((const uint16_t *)(const void *)at)[i];

			if (sample != blank_value(row) << (planes->depth - 8))
				return false;
		}
	}
	return true;
}

bool planes_have_blank(const struct planes *planes, unsigned int fields)
{
	uint32_t step = fields == IMAGE_FRAME ? 1 : 2;
	uint32_t first = fields == IMAGE_BOTTOM_FIELD;

	for (uint32_t row = first; row + 15 * step < planes->height; row += 16 * step)
		for (uint32_t x = 0; x + 16 <= planes->width; x += 16)
			if (macroblock_is_blank(planes, x, row, step))
				return true;
	return false;
}
