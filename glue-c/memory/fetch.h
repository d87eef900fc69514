/* SPDX-License-Identifier: MIT
 *
 * Reads samples that are not stored as rows of whole bytes: tiles, columns and packed samples become rows as NV12 has them
 * (8 bit) or P010 (10 bits at the top of 16, the other 6 zero).
 */
#ifndef GLUE_MEMORY_FETCH_H
#define GLUE_MEMORY_FETCH_H

#include <stdint.h>

#include "../core/exchange.h"

/*
 * One plane, stored tile by tile, from left to right, then downwards. A tile holds its own rows, one behind the other.
 *
 *                              tile_bytes  tile_rows (luma; chroma)
 *   NV12_4L4                           4   4
 *   P010_4L4                           8   4
 *   NV15_4L4                           5   4
 *   NV12_32L32                        32   32
 *   MM21                              16   32; 16
 *   NC12, NC30                       128   lines of a column, luma and chroma together
 *   NV15                               0   1
 */
struct fetch_plane {
	uint32_t offset; /* bytes from the start of the memory to the plane's first byte */
	uint32_t pitch;  /* bytes of one row of all tiles; tiles below each other are tile_rows of these apart */
	uint32_t tile_bytes; /* bytes of one row of one tile; 0: not tiled, rows are `pitch` apart */
	uint32_t tile_rows;
	uint32_t packing; /* CORE_PACKING_* */
};

/* The samples that are wanted of a plane. Horizontal measures are bytes of the rows that come out: with packed samples they
 * are even, for a sample becomes 2 bytes. */
struct fetch_area {
	uint32_t x;
	uint32_t y;
	uint32_t row_bytes;
	uint32_t rows;
};

/* Bytes from the start of the memory to the end of the last byte that fetch_rows() reads; more than any memory for an area
 * without samples and for a plane whose tiles would lie in each other. */
uint64_t fetch_end(const struct fetch_plane *plane, const struct fetch_area *area);

/* Writes the area's rows, `pitch` bytes apart, which is at least row_bytes. Reads nothing but the bytes that hold the wanted
 * samples; tiles of four rows as they lie in memory where the area has all four, since the source may be uncached.
 * fetch_end() must be inside the source. */
void fetch_rows(const struct fetch_plane *plane, const struct fetch_area *area, const uint8_t *source,
                uint8_t *destination, uint32_t pitch);

#endif
