/* SPDX-License-Identifier: MIT */
#include "test_captures.h"

#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

/* Samples in a row, and rows, beyond the stream's. */
enum { PADDING = 48, ROWS = 16 };

uint64_t test_timestamp(unsigned int frame)
{
	return (frame + 1) * 1000ull;
}

uint64_t test_hash(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (; size >= 8; size -= 8, bytes += 8) {
		uint64_t word;

		memcpy(&word, bytes, 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 29;
	}
	for (; size; size--)
		hash = (hash ^ *bytes++) * 0x100000001b3ull;
	return hash;
}

bool test_captures_have_format(const struct test_captures *captures, unsigned int width, unsigned int height,
                               unsigned int depth)
{
	return captures->width == width && captures->height == height && captures->depth == depth;
}

bool test_captures_allocate(struct test_captures *captures, unsigned int width, unsigned int height,
                            unsigned int depth)
{
	const uint32_t stride = (width + PADDING) * (depth > 8 ? 2 : 1);

	test_captures_free(captures);
	captures->width = width;
	captures->height = height;
	captures->depth = depth;
	captures->size = (size_t)stride * (height + ROWS) * 3 / 2;
	for (unsigned int i = 0; i < TEST_CAPTURES; i++) {
		struct test_capture *capture = &captures->list[i];

		capture->memory = malloc(captures->size);
		if (!capture->memory)
			return false;
		capture->image = image_of(depth > 8 ? V4L2_PIX_FMT_P010 : V4L2_PIX_FMT_NV12, width + PADDING,
		                          height + ROWS, stride, capture->memory, NULL);
	}
	return true;
}

void test_captures_free(struct test_captures *captures)
{
	for (unsigned int i = 0; i < TEST_CAPTURES; i++)
		free(captures->list[i].memory);
	memset(captures, 0, sizeof(*captures));
}

struct test_capture *test_captures_take(struct test_captures *captures, unsigned int frame,
                                        bool (*is_reference)(const void *dpb, unsigned int frame),
                                        const void *dpb)
{
	for (unsigned int i = 0; i < TEST_CAPTURES; i++) {
		struct test_capture *capture = &captures->list[i];

		if (capture->used && is_reference(dpb, capture->frame))
			continue;
		memset(capture->memory, 0x33, captures->size);
		capture->used = true;
		capture->frame = frame;
		return capture;
	}
	return NULL;
}

bool test_captures_find(const struct test_captures *captures, uint64_t timestamp, struct model_image *image)
{
	for (unsigned int i = 0; i < TEST_CAPTURES; i++) {
		if (captures->list[i].used && test_timestamp(captures->list[i].frame) == timestamp) {
			*image = captures->list[i].image;
			return true;
		}
	}
	return false;
}

uint64_t test_captures_hash(const struct test_captures *captures, const struct test_capture *capture,
                            unsigned int first, unsigned int step)
{
	const struct model_image *image = &capture->image;
	const size_t bytes = captures->width * (captures->depth > 8 ? 2u : 1u);
	uint64_t hash = 0;

	for (unsigned int row = first; row < captures->height; row += step)
		hash = test_hash(hash, image->luma + row * image->luma_stride, bytes);
	for (unsigned int row = first; row < captures->height / 2; row += step)
		hash = test_hash(hash, image->chroma + row * image->chroma_stride, bytes);
	return hash;
}

uint32_t test_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

void test_damage(uint32_t *random, uint8_t *data, size_t *size)
{
	if (test_random(random) % 3 == 0)
		for (unsigned int bits = test_random(random) % 8; bits; bits--) {
			uint8_t *byte = &data[test_random(random) % *size];

			*byte ^= (uint8_t)(1u << test_random(random) % 8);
		}
	if (test_random(random) % 16 == 0)
		*size = test_random(random) % *size;
}

void test_captures_scribble(const struct test_captures *captures, const struct test_capture *but)
{
	for (unsigned int i = 0; i < TEST_CAPTURES; i++) {
		const struct test_capture *capture = &captures->list[i];

		if (capture->used && capture != but)
			memset(capture->memory, 0x77, captures->size);
	}
}

uint64_t test_hash_image(const struct model_image *image, unsigned int width, unsigned int height)
{
	const size_t sample = image->depth > 8 ? 2 : 1;
	uint64_t hash = 0;

	for (unsigned int row = 0; row < height; row++)
		hash = test_hash(hash, image->luma + row * image->luma_stride, width * sample);
	for (unsigned int row = 0; row < (height + 1) / 2; row++)
		hash =
			test_hash(hash, image->chroma + row * image->chroma_stride, (size_t)(width + 1) / 2 * 2 * sample);
	return hash;
}
