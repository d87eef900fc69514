/* SPDX-License-Identifier: MIT
 *
 * How fast fetch.c turns a picture of 1920x1080 into rows: against memcpy() of as many bytes as come out, in turns, the fastest
 * of each. Prints "FORMAT RATIO" for each arrangement (1: as fast as memcpy).
 */
#include "memory/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WIDTH = 1920, HEIGHT = 1080, LINES = 1088, ROUNDS = 60 };

/* Luma, then chroma; their offsets assume LINES of luma. */
static const struct arrangement {
	const char *name;
	uint32_t sample_size;
	struct fetch_plane planes[2];
} arrangements[] = {
	{"NV15",
     2,
     {{0, 2400, 0, 1, CORE_PACKING_FOUR_IN_FIVE}, {2400 * LINES, 2400, 0, 1, CORE_PACKING_FOUR_IN_FIVE}}},
	{"NV15_4L4",
     2,
     {{0, 2400, 5, 4, CORE_PACKING_FOUR_IN_FIVE}, {2400 * LINES, 2400, 5, 4, CORE_PACKING_FOUR_IN_FIVE}}},
	{"NV12_4L4", 1, {{0, 1920, 4, 4, CORE_PACKING_NONE}, {1920 * LINES, 1920, 4, 4, CORE_PACKING_NONE}}},
	{"P010_4L4", 2, {{0, 3840, 8, 4, CORE_PACKING_NONE}, {3840 * LINES, 3840, 8, 4, CORE_PACKING_NONE}}},
	{"NV12_32L32",
     1,
     {{0, 1920, 32, 32, CORE_PACKING_NONE}, {1920 * LINES, 1920, 32, 32, CORE_PACKING_NONE}}},
	{"MM21", 1, {{0, 1920, 16, 32, CORE_PACKING_NONE}, {1920 * LINES, 1920, 16, 16, CORE_PACKING_NONE}}},
	{"NC12",
     1,
     {{0, 0, 128, LINES * 3 / 2, CORE_PACKING_NONE},
      {128 * LINES, 0, 128, LINES * 3 / 2, CORE_PACKING_NONE}}},
	{"NC30",
     2,
     {{0, 0, 128, LINES * 3 / 2, CORE_PACKING_THREE_IN_FOUR},
      {128 * LINES, 0, 128, LINES * 3 / 2, CORE_PACKING_THREE_IN_FOUR}}},
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void measure(const struct arrangement *arrangement, uint8_t *source, size_t source_size,
                    uint8_t *destination)
{
	const uint32_t pitch = WIDTH * arrangement->sample_size;
	const struct fetch_area luma = {0, 0, pitch, HEIGHT}, chroma = {0, 0, pitch, HEIGHT / 2};
	const size_t size = (size_t)pitch * HEIGHT * 3 / 2;
	double fastest[2] = {1e18, 1e18};

	if (fetch_end(&arrangement->planes[0], &luma) > source_size ||
	    fetch_end(&arrangement->planes[1], &chroma) > source_size) {
		fprintf(stderr, "%s does not fit\n", arrangement->name);
		exit(1);
	}
	for (int i = 0; i < ROUNDS; i++) {
		double start = now(), middle, end;

		fetch_rows(&arrangement->planes[0], &luma, source, destination, pitch);
		fetch_rows(&arrangement->planes[1], &chroma, source, destination + (size_t)pitch * HEIGHT, pitch);
		middle = now();
		memcpy(destination, source, size);
		end = now();
		fastest[0] = middle - start < fastest[0] ? middle - start : fastest[0];
		fastest[1] = end - middle < fastest[1] ? end - middle : fastest[1];
		/* Neither may be left out. */
		source[i] ^= destination[size - 1 - (size_t)i];
	}
	printf("%s %.3f\n", arrangement->name, fastest[1] / fastest[0]);
}

int main(void)
{
	const size_t size = (size_t)2 * WIDTH * LINES * 2;
	uint8_t *source = malloc(size), *destination = malloc(size);

	if (!source || !destination)
		return 2;
	for (size_t i = 0; i < size; i++)
		source[i] = (uint8_t)(i * 2654435761u >> 13);
	memset(destination, 0, size);
	for (size_t i = 0; i < sizeof(arrangements) / sizeof(arrangements[0]); i++)
		measure(&arrangements[i], source, size, destination);
	free(source);
	free(destination);
	return 0;
}
