/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <string.h>

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

struct model_image image_of(uint32_t fourcc, uint32_t width, uint32_t height, uint32_t bytesperline,
                            uint8_t *bytes)
{
	const struct model_image image = {
		.luma = bytes,
		.chroma = bytes + (size_t)bytesperline * height,
		.luma_stride = bytesperline,
		.chroma_stride = bytesperline,
		.width = width,
		.height = height,
		.depth = fourcc == V4L2_PIX_FMT_P010 ? 10 : 8,
	};

	return image;
}

static void store_luma(const struct model_image *image, const struct planes *planes, uint32_t row)
{
	uint8_t *to = image->luma + row * image->luma_stride;
	const uint8_t *from = planes->data[0] + row * planes->stride[0];

	if (planes->depth == 8)
		memcpy(to, from, planes->width);
	else
		shift_up((uint16_t *)(void *)to, (const uint16_t *)(const void *)from, planes->width,
		         16 - planes->depth);
}

static void store_chroma(const struct model_image *image, const struct planes *planes, uint32_t row)
{
	uint8_t *to = image->chroma + row * image->chroma_stride;
	const uint8_t *cb = planes->data[1] + row * planes->stride[1];
	const uint8_t *cr = planes->data[2] + row * planes->stride[2];

	if (planes->depth == 8)
		interleave_8(to, cb, cr, planes->width / 2);
	else
		interleave_16((uint16_t *)(void *)to, (const uint16_t *)(const void *)cb,
		              (const uint16_t *)(const void *)cr, planes->width / 2, 16 - planes->depth);
}

void image_store(const struct model_image *image, const struct planes *planes, unsigned int fields)
{
	uint32_t step = fields == IMAGE_FRAME ? 1 : 2;
	uint32_t first = fields == IMAGE_BOTTOM_FIELD;

	for (uint32_t row = first; row < planes->height; row += step)
		store_luma(image, planes, row);
	for (uint32_t row = first; row < planes->height / 2; row += step)
		store_chroma(image, planes, row);
}

void image_load(const struct planes *planes, const struct model_image *image)
{
	for (uint32_t row = 0; row < planes->height; row++) {
		uint8_t *to = planes->data[0] + row * planes->stride[0];
		const uint8_t *from = image->luma + row * image->luma_stride;

		if (planes->depth == 8)
			memcpy(to, from, planes->width);
		else
			shift_down((uint16_t *)(void *)to, (const uint16_t *)(const void *)from, planes->width,
			           16 - planes->depth);
	}
	for (uint32_t row = 0; row < planes->height / 2; row++) {
		uint8_t *cb = planes->data[1] + row * planes->stride[1];
		uint8_t *cr = planes->data[2] + row * planes->stride[2];
		const uint8_t *from = image->chroma + row * image->chroma_stride;

		if (planes->depth == 8)
			separate_8(cb, cr, from, planes->width / 2);
		else
			separate_16((uint16_t *)(void *)cb, (uint16_t *)(void *)cr, (const uint16_t *)(const void *)from,
			            planes->width / 2, 16 - planes->depth);
	}
}

bool image_equals(const struct planes *planes, const struct model_image *image, uint32_t first, uint32_t step)
{
	uint8_t row_of_image[8192 * 2];
	const struct model_image copy = {.luma = row_of_image, .chroma = row_of_image};
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
		if (memcmp(kept, image->luma + row * image->luma_stride, bytes) != 0)
			return false;
	}
	for (uint32_t row = first; row < planes->height / 2; row += step) {
		store_chroma(&copy, planes, row); /* its stride is 0: always the same row */
		if (memcmp(row_of_image, image->chroma + row * image->chroma_stride, bytes) != 0)
			return false;
	}
	return true;
}

void image_paint(const struct model_image *image, uint32_t width, uint32_t height)
{
	size_t sample = image->depth > 8 ? 2 : 1;

	for (uint32_t row = height / 4; row < height - height / 4; row++) {
		uint8_t *luma = image->luma + row * image->luma_stride;

		for (uint32_t x = width / 4; x < width - width / 4; x++) {
			/* The high byte is what counts in P010. */
			uint8_t *byte = luma + x * sample + (sample - 1);

			*byte = (uint8_t)(((x + row) / 8 & 1) ? 235 - *byte / 8 : 16 + *byte / 8);
		}
	}
}

void planes_fill(const struct planes *planes, unsigned int value)
{
	for (unsigned int i = 0; i < 3; i++) {
		uint32_t rows = i ? planes->height / 2 : planes->height;
		uint32_t columns = i ? planes->width / 2 : planes->width;

		for (uint32_t row = 0; row < rows; row++) {
			uint8_t *to = planes->data[i] + row * planes->stride[i];

			if (planes->depth == 8) {
				memset(to, (int)value, columns);
				continue;
			}
			for (uint32_t x = 0; x < columns; x++)
				((uint16_t *)(void *)to)[x] = (uint16_t)(value << (planes->depth - 8));
		}
	}
}
