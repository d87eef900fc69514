/* SPDX-License-Identifier: MIT
 *
 * Words are put together by memcpy(), which is one load on the machines that the driver is for (little endian all, see
 * meson.build). Constant sizes, indices of size_t and pointers that do not alias are what compilers need to use vector
 * instructions here.
 */
#include "fetch.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* No picture has more; fetch_end() cannot overflow below. */
enum { MOST_ROW_BYTES = 1 << 20, MOST_ROWS = 65536 };

/* Samples of one group, and the bytes that it takes in a plane and in the rows that come out. */
struct group {
	uint32_t samples;
	uint32_t packed;
	uint32_t unpacked;
};

static struct group group_of(uint32_t packing)
{
	switch (packing) {
	case CORE_PACKING_FOUR_IN_FIVE:
		return (struct group){4, 5, 8};
	case CORE_PACKING_THREE_IN_FOUR:
		return (struct group){3, 4, 6};
	default: /* CORE_PACKING_NONE */
		return (struct group){1, 1, 1};
	}
}

/* Bytes that the row of a tile becomes. A row that is not tiled is the first tile's, and never at its end. */
static uint32_t unpacked_tile(const struct fetch_plane *plane)
{
	struct group group = group_of(plane->packing);

	return plane->tile_bytes == 0 ? UINT32_MAX : plane->tile_bytes / group.packed * group.unpacked;
}

/* Bytes of the row of a tile that its first `unpacked` bytes, as they come out, are made of. */
static uint32_t packed_end(const struct fetch_plane *plane, uint32_t unpacked)
{
	struct group group = group_of(plane->packing);
	uint32_t samples_left = unpacked % group.unpacked / 2;

	return unpacked / group.unpacked * group.packed + (samples_left * 10 + 7) / 8;
}

uint64_t fetch_end(const struct fetch_plane *plane, const struct fetch_area *area)
{
	struct group group = group_of(plane->packing);
	uint32_t row_end, last_row, tile, tile_row;
	uint64_t tiles_end;

	if (area->row_bytes == 0 || area->row_bytes > MOST_ROW_BYTES || area->x > MOST_ROW_BYTES ||
	    area->rows == 0 || area->rows > MOST_ROWS || area->y > MOST_ROWS || plane->tile_rows == 0)
		return UINT64_MAX;
	if (plane->packing > CORE_PACKING_THREE_IN_FOUR ||
	    (plane->packing != CORE_PACKING_NONE && (area->x % 2 || area->row_bytes % 2)))
		return UINT64_MAX;
	if (plane->tile_bytes % group.packed || plane->tile_bytes > MOST_ROW_BYTES ||
	    (plane->tile_bytes == 0 && plane->tile_rows != 1))
		return UINT64_MAX;
	row_end = area->x + area->row_bytes;
	last_row = area->y + area->rows - 1;
	tile = (row_end - 1) / unpacked_tile(plane);
	tile_row = last_row / plane->tile_rows;
	row_end = packed_end(plane, row_end - tile * unpacked_tile(plane));
	tiles_end = plane->tile_bytes == 0 ? row_end : (uint64_t)(tile + 1) * plane->tile_bytes;
	if (tile_row > area->y / plane->tile_rows && plane->pitch < tiles_end)
		return UINT64_MAX;
	return plane->offset + (uint64_t)tile_row * plane->tile_rows * plane->pitch +
	       (uint64_t)tile * plane->tile_rows * plane->tile_bytes +
	       (uint64_t)(last_row % plane->tile_rows) * plane->tile_bytes + row_end;
}

/* One sample of 10 bits; the two bytes that hold them are all that is read. */
static void unpack_sample(uint8_t *to, const uint8_t *from, uint32_t sample, struct group group)
{
	uint32_t bit = sample % group.samples * 10;
	uint16_t word;

	memcpy(&word, from + sample / group.samples * group.packed + bit / 8, 2);
	word = (uint16_t)((word >> bit % 8 & 0x3ff) << 6);
	memcpy(to, &word, 2);
}

/* Two groups at once, as GNU C has vectors: compilers lower them to what the machine has. */
typedef uint64_t groups_of_64 __attribute__((vector_size(16)));
typedef uint16_t samples_of_16 __attribute__((vector_size(16)));

/* Four samples, the first in bits `below` to `below` + 9 of a group, the others above it, to the top of 16 bits each: first two to
 * each word of 32, then up with the second of them. Inlined with a constant. */
static inline samples_of_16 spread(groups_of_64 packed, unsigned below)
{
	const samples_of_16 second_up = {1, 64, 1, 64, 1, 64, 1, 64};
	groups_of_64 low = below < 6 ? packed << (6 - below) : packed >> (below - 6);
	groups_of_64 high = below < 18 ? packed << (18 - below) : packed >> (below - 18);

	return (samples_of_16)((low & 0x03ffffc0) | (high & 0x03ffffc000000000)) * second_up;
}

/* Reads 8 bytes at each place. */
static inline groups_of_64 load_groups(const uint8_t *first, const uint8_t *second)
{
	uint64_t words[2];

	memcpy(&words[0], first, 8);
	memcpy(&words[1], second, 8);
	return (groups_of_64){words[0], words[1]};
}

static inline void store_samples(uint8_t *to, samples_of_16 samples)
{
	memcpy(to, &samples, 16);
}

/* One group of five bytes, nothing read behind them. */
static void unpack_five(uint8_t *to, const uint8_t *from)
{
	uint64_t packed = 0;
	samples_of_16 samples;

	memcpy(&packed, from, 5);
	samples = spread((groups_of_64){packed, 0}, 0);
	memcpy(to, &samples, 8);
}

/*
 * Memory that is not cached answers each load by itself, however narrow. So what is unpacked by narrow loads, or by loads that
 * overlap, comes here first by memcpy(), whose loads are the widest that there are. A multiple of each group and each small tile.
 */
struct block {
	uint8_t bytes[2560] __attribute__((aligned(64)));
	uint8_t behind[8]; /* may be read, and is not used */
};

/* Reads up to 3 bytes behind the last group. */
static void unpack_four_in_five(uint8_t *restrict to, const uint8_t *restrict from, size_t groups)
{
	size_t i = 0;

	for (; i + 1 < groups; i += 2)
		store_samples(to + 8 * i, spread(load_groups(from + 5 * i, from + 5 * i + 5), 0));
	for (; i < groups; i++)
		unpack_five(to + 8 * i, from + 5 * i);
}

/* What comes fourth of a group is no sample, and overwritten by the next group; the last ones are written without it. */
static void unpack_three_in_four(uint8_t *restrict to, const uint8_t *restrict from, size_t groups)
{
	size_t i = 0;

	for (; i + 2 < groups; i += 2) {
		uint32_t words[2];
		groups_of_64 unpacked;

		memcpy(&words[0], from + 4 * i, 4);
		memcpy(&words[1], from + 4 * i + 4, 4);
		unpacked = (groups_of_64)spread((groups_of_64){words[0], words[1]}, 0);
		memcpy(to + 6 * i, &(uint64_t){unpacked[0]}, 8);
		memcpy(to + 6 * i + 6, &(uint64_t){unpacked[1]}, 8);
	}
	for (; i < groups; i++) {
		uint32_t word;
		samples_of_16 samples;

		memcpy(&word, from + 4 * i, 4);
		samples = spread((groups_of_64){word, 0}, 0);
		memcpy(to + 6 * i, &samples, 6);
	}
}

/* Groups of five, block by block. */
static void unpack_fives(uint8_t *to, const uint8_t *from, size_t groups)
{
	struct block block;

	while (groups > 0) {
		const size_t most = sizeof(block.bytes) / 5, count = groups < most ? groups : most;

		memcpy(block.bytes, from, count * 5);
		unpack_four_in_five(to, block.bytes, count);
		to += count * 8;
		from += count * 5;
		groups -= count;
	}
}

static void unpack_groups(uint32_t packing, uint8_t *to, const uint8_t *from, size_t groups)
{
	switch (packing) {
	case CORE_PACKING_NONE:
		memcpy(to, from, groups);
		return;
	case CORE_PACKING_FOUR_IN_FIVE:
		unpack_fives(to, from, groups);
		return;
	case CORE_PACKING_THREE_IN_FOUR:
		unpack_three_in_four(to, from, groups);
		return;
	}
}

/* `bytes` of the row that begins at `from`, after its first `skip`, both counted when unpacked. */
static void fetch_run(uint32_t packing, uint8_t *to, const uint8_t *from, uint32_t skip, uint32_t bytes)
{
	struct group group = group_of(packing);
	uint32_t sample = skip / 2, left = bytes / 2, groups;

	if (packing == CORE_PACKING_NONE) {
		memcpy(to, from + skip, bytes);
		return;
	}
	for (; left > 0 && sample % group.samples; sample++, left--, to += 2)
		unpack_sample(to, from, sample, group);
	from += (size_t)sample / group.samples * group.packed;
	groups = left / group.samples;
	unpack_groups(packing, to, from, groups);
	to += (size_t)groups * group.unpacked;
	for (sample = groups * group.samples; sample < left; sample++, to += 2)
		unpack_sample(to, from, sample, group);
}

/* The four rows of 4x4 tiles at once, 8 bit. */
static void deal_four_rows(uint8_t *restrict row0, uint8_t *restrict row1, uint8_t *restrict row2,
                           uint8_t *restrict row3, const uint8_t *restrict from, size_t tiles)
{
	for (size_t i = 0; i < tiles; i++) {
		memcpy(row0 + 4 * i, from + 16 * i, 4);
		memcpy(row1 + 4 * i, from + 16 * i + 4, 4);
		memcpy(row2 + 4 * i, from + 16 * i + 8, 4);
		memcpy(row3 + 4 * i, from + 16 * i + 12, 4);
	}
}

/* The same, 10 bits packed: a tile is 20 bytes, and the eight that end with it hold its last row at their top. */
static void unpack_four_rows(uint8_t *restrict row0, uint8_t *restrict row1, uint8_t *restrict row2,
                             uint8_t *restrict row3, const uint8_t *restrict from, size_t tiles)
{
	size_t i = 0;

	for (; i + 1 < tiles; i += 2) {
		const uint8_t *tile = from + 20 * i;

		store_samples(row0 + 8 * i, spread(load_groups(tile, tile + 20), 0));
		store_samples(row1 + 8 * i, spread(load_groups(tile + 5, tile + 25), 0));
		store_samples(row2 + 8 * i, spread(load_groups(tile + 10, tile + 30), 0));
		store_samples(row3 + 8 * i, spread(load_groups(tile + 12, tile + 32), 24));
	}
	if (i < tiles) {
		unpack_five(row0 + 8 * i, from + 20 * i);
		unpack_five(row1 + 8 * i, from + 20 * i + 5);
		unpack_five(row2 + 8 * i, from + 20 * i + 10);
		unpack_five(row3 + 8 * i, from + 20 * i + 15);
	}
}

/* Rows of tiles as they are. Inlined with a constant `tile_bytes`. */
static inline void gather(uint8_t *restrict to, size_t pitch, const uint8_t *restrict from, size_t tile_size,
                          uint32_t tiles, uint32_t rows, size_t tile_bytes)
{
	for (uint32_t tile = 0; tile < tiles; tile++)
		for (uint32_t row = 0; row < rows; row++)
			memcpy(to + row * pitch + tile * tile_bytes, from + tile * tile_size + row * tile_bytes,
			       tile_bytes);
}

/* The four rows of packed 4x4 tiles, block by block. */
static void unpack_tiles(uint8_t *to, size_t pitch, const uint8_t *from, size_t tiles)
{
	struct block block;

	while (tiles > 0) {
		const size_t most = sizeof(block.bytes) / 20, count = tiles < most ? tiles : most;

		memcpy(block.bytes, from, count * 20);
		unpack_four_rows(to, to + pitch, to + 2 * pitch, to + 3 * pitch, block.bytes, count);
		to += count * 8;
		from += count * 20;
		tiles -= count;
	}
}

/* `rows` of whole tiles side by side. */
static void fetch_tiles(const struct fetch_plane *plane, uint8_t *to, size_t pitch, const uint8_t *from,
                        uint32_t tiles, uint32_t rows)
{
	struct group group = group_of(plane->packing);
	size_t groups = plane->tile_bytes / group.packed;
	size_t tile_size = (size_t)plane->tile_rows * plane->tile_bytes;
	bool bytes = plane->packing == CORE_PACKING_NONE;
	bool four = rows == 4 && plane->tile_rows == 4;

	if (four && bytes && plane->tile_bytes == 4)
		deal_four_rows(to, to + pitch, to + 2 * pitch, to + 3 * pitch, from, tiles);
	else if (four && !bytes && plane->tile_bytes == 5)
		unpack_tiles(to, pitch, from, tiles);
	else if (bytes && plane->tile_bytes == 4)
		gather(to, pitch, from, tile_size, tiles, rows, 4);
	else if (bytes && plane->tile_bytes == 8)
		gather(to, pitch, from, tile_size, tiles, rows, 8);
	else if (bytes && plane->tile_bytes == 16)
		gather(to, pitch, from, tile_size, tiles, rows, 16);
	else if (bytes && plane->tile_bytes == 32)
		gather(to, pitch, from, tile_size, tiles, rows, 32);
	else
		for (uint32_t row = 0; row < rows; row++)
			for (uint32_t tile = 0; tile < tiles; tile++)
				unpack_groups(plane->packing, to + row * pitch + tile * (groups * group.unpacked),
				              from + tile * tile_size + (size_t)row * plane->tile_bytes, groups);
}

/* Rows that lie in the same tiles; `from` is where the first of them begins in the leftmost tile. */
static void fetch_row_of_tiles(const struct fetch_plane *plane, uint8_t *to, size_t pitch,
                               const uint8_t *from, uint32_t x, uint32_t bytes, uint32_t rows)
{
	uint32_t whole = unpacked_tile(plane);
	size_t tile_size = (size_t)plane->tile_rows * plane->tile_bytes;
	uint32_t tile = x / whole, skip = x % whole;

	while (bytes > 0) {
		const uint8_t *at = from + tile * tile_size;
		uint32_t tiles = skip == 0 ? bytes / whole : 0, done;

		if (tiles > 0) {
			done = tiles * whole;
			fetch_tiles(plane, to, pitch, at, tiles, rows);
		} else {
			done = bytes < whole - skip ? bytes : whole - skip;
			for (uint32_t row = 0; row < rows; row++)
				fetch_run(plane->packing, to + row * pitch, at + (size_t)row * plane->tile_bytes, skip, done);
			tiles = 1;
		}
		tile += tiles;
		skip = 0;
		to += done;
		bytes -= done;
	}
}

void fetch_rows(const struct fetch_plane *plane, const struct fetch_area *area, const uint8_t *source,
                uint8_t *destination, uint32_t pitch)
{
	uint32_t y = area->y, left = area->rows;

	while (left > 0) {
		uint32_t within = y % plane->tile_rows, rows = plane->tile_rows - within;
		const uint8_t *from =
			source + plane->offset + (size_t)(y - within) * plane->pitch + (size_t)within * plane->tile_bytes;

		if (rows > left)
			rows = left;
		fetch_row_of_tiles(plane, destination, pitch, from, area->x, area->row_bytes, rows);
		destination += (size_t)rows * pitch;
		y += rows;
		left -= rows;
	}
}
