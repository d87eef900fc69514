/* SPDX-License-Identifier: MIT */
#include "test_frames.h"

#include <stdlib.h>

#include "test_captures.h"

uint64_t test_hash_frame(const AVFrame *frame)
{
	const int shift = frame->format == AV_PIX_FMT_YUV420P10LE ? 6 : 0;
	const size_t sample = shift ? 2 : 1;
	uint8_t *row = malloc(((size_t)frame->width + 1) * 2);
	uint64_t hash = 0;

	for (int plane = 0; row && plane < 2; plane++) {
		const int width = plane ? (frame->width + 1) / 2 * 2 : frame->width;

		for (int y = 0; y < (plane ? (frame->height + 1) / 2 : frame->height); y++) {
			const uint8_t *from[2] = {frame->data[plane] + y * frame->linesize[plane],
			                          frame->data[2] + y * frame->linesize[2]};

			for (int x = 0; x < width; x++) {
				const uint8_t *at =
					plane ? from[x & 1] + (size_t)(x / 2) * sample : from[0] + (size_t)x * sample;
				const unsigned int value = (shift ? at[0] | at[1] << 8 : at[0]) << shift;

				row[(size_t)x * sample] = (uint8_t)value;
				if (shift)
					row[2 * x + 1] = (uint8_t)(value >> 8);
			}
			hash = test_hash(hash, row, (size_t)width * sample);
		}
	}
	free(row);
	return hash;
}
