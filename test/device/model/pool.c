/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

enum {
	ALIGNMENT = 64,
	BLOCK = 128,      /* a superblock of AV1, the largest that a library writes whole */
	SAMPLED_ROWS = 61 /* between the rows that are compared where nobody should have written */
};

void pool_open(struct pool *pool)
{
	const char *verify = getenv("MODEL_VERIFY");

	memset(pool, 0, sizeof(*pool));
	pool->verify_all = verify && !strcmp(verify, "all");
}

static void free_frame(struct pool_frame *frame)
{
	if (frame)
		free(frame->memory);
	free(frame);
}

void pool_close(struct pool *pool)
{
	for (unsigned int i = 0; i < pool->count; i++)
		free_frame(pool->frames[i]);
	pool->count = 0;
}

static size_t in_blocks(size_t size, size_t block)
{
	return (size + block - 1) / block * block;
}

static struct pool_frame *new_frame(unsigned int width, unsigned int height, unsigned int depth)
{
	struct pool_frame *frame = calloc(1, sizeof(*frame));
	size_t sample = depth > 8 ? 2 : 1;
	/* H.264 motion compensation may read a row and a vector beyond the frame. */
	size_t luma = in_blocks(width, BLOCK) * sample + ALIGNMENT;
	size_t chroma = in_blocks(width, BLOCK) / 2 * sample + ALIGNMENT;
	size_t luma_rows = in_blocks(height, BLOCK) + 4;
	size_t chroma_rows = luma_rows / 2 + 2;

	if (!frame)
		return NULL;
	frame->size = luma * luma_rows + 2 * chroma * chroma_rows + ALIGNMENT;
	frame->memory = aligned_alloc(ALIGNMENT, frame->size);
	if (!frame->memory) {
		free(frame);
		return NULL;
	}
	frame->planes = (struct planes){
		.data = {frame->memory, frame->memory + luma * luma_rows,
	             frame->memory + luma * luma_rows + chroma * chroma_rows},
		.stride = {luma, chroma, chroma},
		.width = width,
		.height = height,
		.depth = depth,
	};
	return frame;
}

static struct pool_frame *free_or_new(struct pool *pool, unsigned int width, unsigned int height,
                                      unsigned int depth)
{
	for (unsigned int i = 0; i < pool->count; i++) {
		struct pool_frame *frame = pool->frames[i];

		if (frame->held)
			continue;
		if (frame->planes.width == width && frame->planes.height == height && frame->planes.depth == depth)
			return frame;
		free_frame(frame);
		pool->frames[i--] = pool->frames[--pool->count];
	}
	if (pool->count == POOL_FRAMES)
		return NULL;
	pool->frames[pool->count] = new_frame(width, height, depth);
	return pool->frames[pool->count] ? pool->frames[pool->count++] : NULL;
}

struct pool_frame *pool_take(struct pool *pool, unsigned int width, unsigned int height, unsigned int depth)
{
	struct pool_frame *frame = free_or_new(pool, width, height, depth);

	if (!frame)
		return NULL;
	frame->held = true;
	frame->known = frame->internal = false;
	frame->stored_luma = NULL;
	frame->differs = true;
	/* What no slice covers must not look like the picture that was here before. */
	planes_blank(&frame->planes);
	return frame;
}

void pool_give_back(struct pool_frame *frame)
{
	frame->held = frame->known = false;
}

static bool same_samples(const struct pool *pool, const struct pool_frame *frame,
                         const struct model_image *image)
{
	if (frame->internal)
		return true;
	if (frame->differs || frame->stored_luma != image->luma)
		return false;
	if (pool->verify_all)
		return image_equals(&frame->planes, image, 0, 1);
	return image_equals(&frame->planes, image, pool->turn % SAMPLED_ROWS, SAMPLED_ROWS);
}

void pool_refresh(struct pool *pool,
                  bool (*name)(void *opaque, uint64_t timestamp, struct model_image *image), void *opaque,
                  const uint64_t *except)
{
	pool->turn += 17;
	for (unsigned int i = 0; i < pool->count; i++) {
		struct pool_frame *frame = pool->frames[i];
		struct model_image image;

		if (!frame->held || !frame->known || (except && frame->timestamp == *except))
			continue;
		if (!name(opaque, frame->timestamp, &image) || image.width < frame->planes.width ||
		    image.height < frame->planes.height || image.depth != frame->planes.depth) {
			planes_fill(&frame->planes, 0x80);
			frame->differs = true;
		} else if (!same_samples(pool, frame, &image)) {
			image_load(&frame->planes, &image, IMAGE_FRAME);
			frame->stored_luma = image.luma;
			frame->differs = false;
		}
	}
}

void pool_stored(struct pool_frame *frame, const struct model_image *image, bool differs)
{
	frame->stored_luma = image->luma;
	frame->differs = differs;
}
