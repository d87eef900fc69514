// SPDX-License-Identifier: MIT
/**
 * The CAPTURE formats whose pictures can be shown, as NV12 or as P010: how the samples lie in memory. Places and sizes are
 * V4L2's ("Tiled NV12", "Tiled NV15" in pixfmt-yuv-planar.rst); what makes rows of them is glue-c/memory/fetch.h.
 */
import { CORE_PACKING_FOUR_IN_FIVE, CORE_PACKING_NONE, CORE_PACKING_THREE_IN_FOUR } from "../abi/exchange";
import {
	V4L2_PIX_FMT_MM21,
	V4L2_PIX_FMT_NV12,
	V4L2_PIX_FMT_NV12_4L4,
	V4L2_PIX_FMT_NV12_10_COL128,
	V4L2_PIX_FMT_NV12_32L32,
	V4L2_PIX_FMT_NV12_COL128,
	V4L2_PIX_FMT_NV15,
	V4L2_PIX_FMT_NV15_4L4,
	V4L2_PIX_FMT_P010,
	V4L2_PIX_FMT_P010_4L4,
} from "../abi/v4l2";
import {
	DRM_FORMAT_MOD_ALLWINNER_TILED,
	DRM_FORMAT_MOD_BROADCOM_SAND128,
	VA_FOURCC_NV12,
	VA_FOURCC_P010,
} from "../abi/va";

/** Rows one below the other, `bytesperline` apart. */
export const ARRANGEMENT_ROWS: u32 = 0;
/** Tiles from left to right, then downwards; `bytesperline` is one row of pixels of all of them. */
export const ARRANGEMENT_TILES: u32 = 1;
/** Columns as high as the picture, each with its luma, then its chroma; `bytesperline` is the lines of a column. */
export const ARRANGEMENT_COLUMNS: u32 = 2;

/** Not a format of the table. */
export const FORMAT_UNKNOWN: i32 = -1;

// Columns of the table.
const V4L2_FOURCC = 0;
const VA_FOURCC = 1; // what it shows as
const BIT_DEPTH = 2;
const MEMORY_PLANES = 3;
const ARRANGEMENT = 4;
const PACKING = 5;
const TILE_BYTES = 6; // of one row of a tile or column; 0: no tiles
const LUMA_ROWS = 7; // of a tile; 0: as many as a column has
const CHROMA_ROWS = 8;
const MODIFIER = 9; // DRM's; 0: it is linear, or has none
const WIDTH = 10;

/** In each depth the best comes first: what needs no conversion, then what costs least. */
// biome-ignore format: a table
const FORMATS: StaticArray<u64> = [
	V4L2_PIX_FMT_NV12,           VA_FOURCC_NV12,  8, 1, ARRANGEMENT_ROWS,    CORE_PACKING_NONE,            0,  1,  1, 0,
	V4L2_PIX_FMT_NV12_4L4,       VA_FOURCC_NV12,  8, 1, ARRANGEMENT_TILES,   CORE_PACKING_NONE,            4,  4,  4, 0,
	V4L2_PIX_FMT_NV12_32L32,     VA_FOURCC_NV12,  8, 1, ARRANGEMENT_TILES,   CORE_PACKING_NONE,           32, 32, 32, DRM_FORMAT_MOD_ALLWINNER_TILED,
	V4L2_PIX_FMT_MM21,           VA_FOURCC_NV12,  8, 2, ARRANGEMENT_TILES,   CORE_PACKING_NONE,           16, 32, 16, 0,
	V4L2_PIX_FMT_NV12_COL128,    VA_FOURCC_NV12,  8, 1, ARRANGEMENT_COLUMNS, CORE_PACKING_NONE,          128,  0,  0, DRM_FORMAT_MOD_BROADCOM_SAND128,
	V4L2_PIX_FMT_P010,           VA_FOURCC_P010, 10, 1, ARRANGEMENT_ROWS,    CORE_PACKING_NONE,            0,  1,  1, 0,
	V4L2_PIX_FMT_NV15,           VA_FOURCC_P010, 10, 1, ARRANGEMENT_ROWS,    CORE_PACKING_FOUR_IN_FIVE,    0,  1,  1, 0,
	V4L2_PIX_FMT_NV15_4L4,       VA_FOURCC_P010, 10, 1, ARRANGEMENT_TILES,   CORE_PACKING_FOUR_IN_FIVE,    5,  4,  4, 0,
	V4L2_PIX_FMT_P010_4L4,       VA_FOURCC_P010, 10, 1, ARRANGEMENT_TILES,   CORE_PACKING_NONE,            8,  4,  4, 0,
	V4L2_PIX_FMT_NV12_10_COL128, VA_FOURCC_P010, 10, 1, ARRANGEMENT_COLUMNS, CORE_PACKING_THREE_IN_FOUR, 128,  0,  0, DRM_FORMAT_MOD_BROADCOM_SAND128,
];

function cell(format: i32, column: i32): u64 {
	return FORMATS[format * WIDTH + column];
}

/** How many formats the table has. */
export function format_count(): i32 {
	return FORMATS.length / WIDTH;
}

/**
 * The place in the table of a V4L2 CAPTURE format, or FORMAT_UNKNOWN. Of two formats with one bit depth the lower place is the
 * better one. The functions below want a place that this one has given.
 */
export function format_of_v4l2(fourcc: u32): i32 {
	for (let format = 0; format < format_count(); format++) {
		if (<u32>cell(format, V4L2_FOURCC) == fourcc) return format;
	}
	return FORMAT_UNKNOWN;
}

/** The linear format of a bit depth. */
export function format_linear(bit_depth: u32): i32 {
	return format_of_v4l2(bit_depth > 8 ? V4L2_PIX_FMT_P010 : V4L2_PIX_FMT_NV12);
}

/** V4L2_PIX_FMT_* of CAPTURE. */
export function format_v4l2_fourcc(format: i32): u32 {
	return <u32>cell(format, V4L2_FOURCC);
}

/** VA_FOURCC_* of a surface that shows it. */
export function format_va_fourcc(format: i32): u32 {
	return <u32>cell(format, VA_FOURCC);
}

/** Bits of a sample: 8 or 10. */
export function format_bit_depth(format: i32): u32 {
	return <u32>cell(format, BIT_DEPTH);
}

/** Memory planes of a CAPTURE buffer: with 2, chroma has one of its own. */
export function format_memory_planes(format: i32): u32 {
	return <u32>cell(format, MEMORY_PLANES);
}

/** ARRANGEMENT_* */
export function format_arrangement(format: i32): u32 {
	return <u32>cell(format, ARRANGEMENT);
}

/** CORE_PACKING_* */
export function format_packing(format: i32): u32 {
	return <u32>cell(format, PACKING);
}

/** Whether its rows are those of the surface already. */
export function format_is_linear(format: i32): bool {
	return format_arrangement(format) == ARRANGEMENT_ROWS && format_packing(format) == CORE_PACKING_NONE;
}

/** Bytes of one row of a tile, or of a column; 0 without tiles. */
export function format_tile_bytes(format: i32): u32 {
	return <u32>cell(format, TILE_BYTES);
}

/** Rows of a tile of luma (plane 0) or chroma; 1 without tiles, 0 where the picture's format says how high a column is. */
export function format_tile_rows(format: i32, plane: u32): u32 {
	return <u32>cell(format, plane == 0 ? LUMA_ROWS : CHROMA_ROWS);
}

/** Samples of a group, which takes format_group_bytes(): what is not packed comes one by one. */
export function format_group_samples(format: i32): u32 {
	const packing = format_packing(format);
	return packing == CORE_PACKING_FOUR_IN_FIVE ? 4 : packing == CORE_PACKING_THREE_IN_FOUR ? 3 : 1;
}

/** Bytes of the smallest group of samples that begins at a byte. */
export function format_group_bytes(format: i32): u32 {
	const packing = format_packing(format);
	if (packing == CORE_PACKING_FOUR_IN_FIVE) return 5;
	if (packing == CORE_PACKING_THREE_IN_FOUR) return 4;
	return format_bit_depth(format) > 8 ? 2 : 1;
}

/** The DRM format modifier of the arrangement, 0 when it is linear or has none. SAND128's wants the lines of a column as well. */
export function format_modifier(format: i32): u64 {
	return cell(format, MODIFIER);
}
