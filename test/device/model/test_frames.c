/* SPDX-License-Identifier: MIT */
#include "test_frames.h"

#include <stdbool.h>
#include <stdlib.h>

#include "test_captures.h"

static bool is_deep(const AVFrame *frame)
{
	return frame->format == AV_PIX_FMT_YUV420P10LE || frame->format == AV_PIX_FMT_GRAY10LE;
}

/* A sample; that of no colour where a monochrome frame has no chroma. */
static unsigned int sample_at(const AVFrame *frame, int plane, int x, int y)
{
	const bool deep = is_deep(frame);
	const uint8_t *row = frame->data[plane] ? frame->data[plane] + y * frame->linesize[plane] : NULL;

	if (!row)
		return deep ? 512 : 128;
	return deep ? row[2 * x] | (unsigned int)row[2 * x + 1] << 8 : row[x];
}

uint64_t test_hash_frame(const AVFrame *frame)
{
	const int shift = is_deep(frame) ? 6 : 0;
	const size_t sample = shift ? 2 : 1;
	uint8_t *row = malloc(((size_t)frame->width + 1) * 2);
	uint64_t hash = 0;

	for (int plane = 0; row && plane < 2; plane++) {
		const int width = plane ? (frame->width + 1) / 2 * 2 : frame->width;

		for (int y = 0; y < (plane ? (frame->height + 1) / 2 : frame->height); y++) {
			for (int x = 0; x < width; x++) {
				const unsigned int value =
					plane ? sample_at(frame, 1 + x % 2, x / 2, y) : sample_at(frame, 0, x, y);

				row[(size_t)x * sample] = (uint8_t)(value << shift);
				if (shift)
					row[2 * x + 1] = (uint8_t)(value << shift >> 8);
			}
			hash = test_hash(hash, row, (size_t)width * sample);
		}
	}
	free(row);
	return hash;
}
