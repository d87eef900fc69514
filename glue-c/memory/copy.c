/* SPDX-License-Identifier: MIT */
#include "copy.h"

#include <string.h>

#include "fetch.h"

/* Bytes up to the end of the last row; more than any memory when there are none or they overlap. */
static uint64_t plane_end(uint32_t offset, uint32_t pitch, uint32_t row_bytes, uint32_t rows)
{
	if (rows > 1 && pitch < row_bytes)
		return UINT64_MAX;
	return (uint64_t)offset + (uint64_t)(rows - 1) * pitch + row_bytes;
}

static bool is_fetched(const struct core_copy *copy)
{
	return copy->source_packing != CORE_PACKING_NONE || copy->source_tile_bytes != 0;
}

static struct fetch_plane fetched_plane(const struct core_copy *copy)
{
	return (struct fetch_plane){.offset = copy->source_offset,
	                            .pitch = copy->source_pitch,
	                            .tile_bytes = copy->source_tile_bytes,
	                            .tile_rows = copy->source_tile_rows,
	                            .packing = copy->source_packing};
}

static struct fetch_area fetched_area(const struct core_copy *copy)
{
	return (struct fetch_area){
		.x = copy->source_x, .y = copy->source_y, .row_bytes = copy->row_bytes, .rows = copy->rows};
}

/* Whether the copy is one that there is, of a size that can be. */
static bool copy_is_sound(const struct core_copy *copy)
{
	if (copy->rows == 0 || copy->row_bytes == 0 || copy->rows > 65536 || copy->row_bytes > 1u << 20)
		return false;
	if (copy->kind == CORE_COPY_ROWS)
		return true;
	if (copy->kind == CORE_COPY_MERGE && is_fetched(copy))
		return false;
	return (copy->kind == CORE_COPY_SPLIT || copy->kind == CORE_COPY_MERGE) &&
	       (copy->sample_size == 1 || copy->sample_size == 2) &&
	       copy->row_bytes % (2 * copy->sample_size) == 0;
}

/* Whether every byte that the copy reads is inside the source. */
static bool source_fits(const struct core_copy *copy, size_t size)
{
	uint32_t half = copy->row_bytes / 2;

	if (is_fetched(copy)) {
		const struct fetch_plane plane = fetched_plane(copy);
		const struct fetch_area area = fetched_area(copy);

		return fetch_end(&plane, &area) <= size;
	}
	if (copy->kind != CORE_COPY_MERGE)
		return plane_end(copy->source_offset, copy->source_pitch, copy->row_bytes, copy->rows) <= size;
	return plane_end(copy->source_offset, copy->source_pitch, half, copy->rows) <= size &&
	       plane_end(copy->second_offset, copy->second_pitch, half, copy->rows) <= size;
}

/* Whether every byte that the copy writes is inside the destination. */
static bool destination_fits(const struct core_copy *copy, size_t size)
{
	uint32_t half = copy->row_bytes / 2;

	if (copy->kind != CORE_COPY_SPLIT)
		return plane_end(copy->destination_offset, copy->destination_pitch, copy->row_bytes, copy->rows) <=
		       size;
	return plane_end(copy->destination_offset, copy->destination_pitch, half, copy->rows) <= size &&
	       plane_end(copy->second_offset, copy->second_pitch, half, copy->rows) <= size;
}

static void copy_rows(const struct core_copy *copy, uint8_t *destination, const uint8_t *source)
{
	uint8_t *to = destination + copy->destination_offset;
	const uint8_t *from = source + copy->source_offset;

	if (copy->source_pitch == copy->destination_pitch && copy->source_pitch == copy->row_bytes) {
		memcpy(to, from, (size_t)copy->rows * copy->row_bytes);
		return;
	}
	for (uint32_t row = 0; row < copy->rows; row++) {
		memcpy(to, from, copy->row_bytes);
		to += copy->destination_pitch;
		from += copy->source_pitch;
	}
}

/* Indices of size_t and pointers that do not alias: only so do compilers use vector instructions for these. */
static void split_row(uint8_t *restrict first, uint8_t *restrict second, const uint8_t *restrict from,
                      size_t pairs, uint32_t sample_size)
{
	if (sample_size == 1) {
		for (size_t i = 0; i < pairs; i++) {
			first[i] = from[2 * i];
			second[i] = from[2 * i + 1];
		}
		return;
	}
	for (size_t i = 0; i < pairs; i++) {
		memcpy(first + 2 * i, from + 4 * i, 2);
		memcpy(second + 2 * i, from + 4 * i + 2, 2);
	}
}

static void merge_row(uint8_t *restrict to, const uint8_t *restrict first, const uint8_t *restrict second,
                      size_t pairs, uint32_t sample_size)
{
	if (sample_size == 1) {
		for (size_t i = 0; i < pairs; i++) {
			to[2 * i] = first[i];
			to[2 * i + 1] = second[i];
		}
		return;
	}
	for (size_t i = 0; i < pairs; i++) {
		memcpy(to + 4 * i, first + 2 * i, 2);
		memcpy(to + 4 * i + 2, second + 2 * i, 2);
	}
}

/* Reads each source byte once: the source may be uncached. */
static void copy_run(const struct core_copy *copy, uint8_t *destination, const uint8_t *source)
{
	uint32_t pairs;

	if (copy->kind == CORE_COPY_ROWS) {
		copy_rows(copy, destination, source);
		return;
	}
	pairs = copy->row_bytes / (2 * copy->sample_size);
	for (uint32_t row = 0; row < copy->rows; row++) {
		size_t at_source = copy->source_offset + (size_t)row * copy->source_pitch;
		size_t at_destination = copy->destination_offset + (size_t)row * copy->destination_pitch;
		size_t at_second = copy->second_offset + (size_t)row * copy->second_pitch;

		if (copy->kind == CORE_COPY_SPLIT)
			split_row(destination + at_destination, destination + at_second, source + at_source, pairs,
			          copy->sample_size);
		else
			merge_row(destination + at_destination, source + at_source, source + at_second, pairs,
			          copy->sample_size);
	}
}

/* Fetches a few rows at a time into lines of its own, and takes those apart. Four, as tiles of four rows are read at once; a
 * multiple of every tile's width. */
static void split_fetched(const struct core_copy *copy, uint8_t *destination, const uint8_t *source)
{
	enum { LINES = 4, LINE_BYTES = 1536 };
	uint8_t lines[LINES][LINE_BYTES];
	const struct fetch_plane plane = fetched_plane(copy);
	struct fetch_area part;

	for (uint32_t row = 0; row < copy->rows; row += part.rows) {
		part.y = copy->source_y + row;
		part.rows = LINES - part.y % LINES;
		if (part.rows > copy->rows - row)
			part.rows = copy->rows - row;
		for (uint32_t at = 0; at < copy->row_bytes; at += part.row_bytes) {
			part.x = copy->source_x + at;
			part.row_bytes = copy->row_bytes - at < LINE_BYTES ? copy->row_bytes - at : LINE_BYTES;
			fetch_rows(&plane, &part, source, lines[0], LINE_BYTES);
			for (uint32_t line = 0; line < part.rows; line++)
				split_row(destination + copy->destination_offset +
				              (size_t)(row + line) * copy->destination_pitch + at / 2,
				          destination + copy->second_offset + (size_t)(row + line) * copy->second_pitch +
				              at / 2,
				          lines[line], part.row_bytes / (2 * copy->sample_size), copy->sample_size);
		}
	}
}

static void copy_run_fetched(const struct core_copy *copy, uint8_t *destination, const uint8_t *source)
{
	const struct fetch_plane plane = fetched_plane(copy);
	const struct fetch_area area = fetched_area(copy);

	if (copy->kind == CORE_COPY_SPLIT)
		split_fetched(copy, destination, source);
	else
		fetch_rows(&plane, &area, source, destination + copy->destination_offset, copy->destination_pitch);
}

bool copies_run(const struct core_copy *copies, uint32_t count, uint8_t *destination, size_t destination_size,
                const uint8_t *source, size_t source_size)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!copy_is_sound(&copies[i]) || !source_fits(&copies[i], source_size) ||
		    !destination_fits(&copies[i], destination_size))
			return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (is_fetched(&copies[i]))
			copy_run_fetched(&copies[i], destination, source);
		else
			copy_run(&copies[i], destination, source);
	}
	return true;
}
