// SPDX-License-Identifier: MIT
/**
 * Tiles: where they begin (5.9.15), and one TILE_GROUP_ENTRY each.
 *
 * In the OUTPUT buffer they lie as in one tile group of all (5.11.1): in front of each but the last stands its size, in TileSizeBytes
 * bytes. VA does not have tile_size_bytes, and players may hand over tiles without their sizes. With sizes of four bytes what a
 * decoder is told of it is true, whether it finds tiles by their entries or by their sizes.
 */
import {
	CORE_MESSAGE_BAD_SLICE_HEADER,
	CORE_MESSAGE_NO_PICTURE_PARAMETERS,
	CORE_MESSAGE_TILES_MISSING,
} from "../../abi/exchange";
import {
	V4L2_AV1_MAX_TILE_COLS,
	V4L2_AV1_MAX_TILE_ROWS,
	V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING,
	v4l2_av1_tile_info,
} from "../../abi/v4l2";
import {
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VADecPictureParameterBufferAV1,
	VASliceParameterBufferAV1,
} from "../../abi/va";
import { refuse } from "../refusal";
import { SLICE } from "../result";
import { frame_width } from "./references";
import { av1_picture, av1_state, av1_tile, av1_tile_size, MAX_TILES } from "./state";

/** TileSizeBytes, 5.9.15: at most 4. */
const TILE_SIZE_BYTES: u32 = 4;
/** context_update_tile_id has a byte in V4L2. */
const MAX_UPDATE_TILE: u32 = 255;

/** MiCols or MiRows of so many samples (5.9.9: compute_image_size): 4x4 samples each, in pairs. */
function mode_info_units(samples: u32): u32 {
	return ((samples + 7) >> 3) << 1;
}

/** Binary logarithm of the units of 4x4 samples in a row of a superblock. */
function superblock_shift(picture: VADecPictureParameterBufferAV1): u32 {
	return picture.seq_info_fields_use_128x128_superblock != 0 ? 5 : 4;
}

/** Superblocks that cover so many units. */
function superblocks(picture: VADecPictureParameterBufferAV1, units: u32): u32 {
	const shift = superblock_shift(picture);
	return (units + (1 << shift) - 1) >> shift;
}

/**
 * tileWidthSb or tileHeightSb of uniform spacing: that of the power of two of tiles which so many superblocks in so many tiles have; 0
 * when none has.
 */
function uniform_size(count: u32, tiles: u32): u32 {
	for (let log2: u32 = 0; log2 <= 6; log2++) {
		const size = (count + (1 << log2) - 1) >> log2;
		if ((count + size - 1) / size == tiles) return size;
	}
	return 0;
}

/** Superblocks of tile i in its direction. columns: of width_in_sbs_minus_1, else of height_in_sbs_minus_1. 0: it is none. */
function tile_superblocks(
	picture: VADecPictureParameterBufferAV1,
	columns: bool,
	i: u32,
	uniform: u32,
	left: u32,
): u32 {
	const tiles: u32 = columns ? picture.tile_cols : picture.tile_rows;
	if (uniform != 0) return min<u32>(uniform, left);
	// VA has no size of the last one.
	if (i + 1 == tiles) return left;
	return 1 + <u32>(columns ? picture.get_width_in_sbs_minus_1(i) : picture.get_height_in_sbs_minus_1(i));
}

/** Whether tiles cover a picture of so many superblocks, one behind the other. */
function covers(picture: VADecPictureParameterBufferAV1, columns: bool, count: u32): bool {
	const tiles: u32 = columns ? picture.tile_cols : picture.tile_rows;
	let uniform: u32 = 0;
	if (picture.pic_info_fields_uniform_tile_spacing_flag != 0) {
		uniform = uniform_size(count, tiles);
		if (uniform == 0) return false;
	}
	let left = count;
	for (let i: u32 = 0; i < tiles; i++) {
		const size = tile_superblocks(picture, columns, i, uniform, left);
		if (size == 0 || size > left) return false;
		left -= size;
	}
	return left == 0;
}

/** The field that contradicts itself or the specification, or null. */
export function bad_tile_field(picture: VADecPictureParameterBufferAV1): string | null {
	const columns: u32 = picture.tile_cols;
	const rows: u32 = picture.tile_rows;
	if (columns == 0 || columns > V4L2_AV1_MAX_TILE_COLS) return "tile_cols";
	if (rows == 0 || rows > V4L2_AV1_MAX_TILE_ROWS || columns * rows > MAX_TILES) return "tile_rows";
	const height: u32 = <u32>picture.frame_height_minus1 + 1;
	if (!covers(picture, true, superblocks(picture, mode_info_units(frame_width()))))
		return "width_in_sbs_minus_1";
	if (!covers(picture, false, superblocks(picture, mode_info_units(height))))
		return "height_in_sbs_minus_1";
	const update: u32 = picture.context_update_tile_id;
	if (update >= columns * rows || update > MAX_UPDATE_TILE) return "context_update_tile_id";
	return null;
}

/** How many tiles the picture has. */
export function tiles_of_picture(): u32 {
	return <u32>av1_picture().tile_cols * <u32>av1_picture().tile_rows;
}

/** v4l2_av1_tile_info, all of it. What does not fit together is refused before. */
export function fill_tile_info(info: v4l2_av1_tile_info, picture: VADecPictureParameterBufferAV1): void {
	const columns: u32 = mode_info_units(frame_width());
	const rows: u32 = mode_info_units(<u32>picture.frame_height_minus1 + 1);
	const uniform = picture.pic_info_fields_uniform_tile_spacing_flag != 0;
	info.flags = uniform ? <u8>V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING : 0;
	info.context_update_tile_id = <u8>picture.context_update_tile_id;
	info.tile_cols = picture.tile_cols;
	info.tile_rows = picture.tile_rows;
	info.tile_size_bytes = <u8>TILE_SIZE_BYTES;
	const shift = superblock_shift(picture);
	let left = superblocks(picture, columns);
	let size: u32 = uniform ? uniform_size(left, picture.tile_cols) : 0;
	let start: u32 = 0;
	for (let i: u32 = 0; i < <u32>picture.tile_cols; i++) {
		const width = tile_superblocks(picture, true, i, size, left);
		info.set_mi_col_starts(i, start << shift);
		info.set_width_in_sbs_minus_1(i, width - 1);
		start += width;
		left -= width;
	}
	info.set_mi_col_starts(picture.tile_cols, columns);
	left = superblocks(picture, rows);
	size = uniform ? uniform_size(left, picture.tile_rows) : 0;
	start = 0;
	for (let i: u32 = 0; i < <u32>picture.tile_rows; i++) {
		const height = tile_superblocks(picture, false, i, size, left);
		info.set_mi_row_starts(i, start << shift);
		info.set_height_in_sbs_minus_1(i, height - 1);
		start += height;
		left -= height;
	}
	info.set_mi_row_starts(picture.tile_rows, rows);
}

/**
 * VASliceParameterBufferAV1: the tile's entry is filled, and SLICE has its size in front of it. place: where that begins in the OUTPUT
 * buffer. Returns VAStatus: INVALID_PARAMETER with a message for a tile that the picture does not have, or that has come before.
 */
export function take_tile(slice: VASliceParameterBufferAV1, place: u32): u32 {
	const state = av1_state();
	const picture = av1_picture();
	if (state.has_picture == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	const row: u32 = slice.tile_row;
	const column: u32 = slice.tile_column;
	const number = row * <u32>picture.tile_cols + column;
	const outside = row >= <u32>picture.tile_rows || column >= <u32>picture.tile_cols;
	if (outside || (state.tile_count > 0 && av1_tile(number).tile_size != 0))
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_SLICE_HEADER, state.tile_count);
	if (state.tile_count == 0) clear_entries();
	const is_last = number + 1 == tiles_of_picture();
	if (!is_last) {
		// tile_size_minus_1, le(TileSizeBytes).
		store<u32>(av1_tile_size(), slice.slice_data_size - 1);
		SLICE.prefix = av1_tile_size();
		SLICE.prefix_size = TILE_SIZE_BYTES;
	}
	const entry = av1_tile(number);
	entry.tile_offset = place + (is_last ? 0 : TILE_SIZE_BYTES);
	entry.tile_size = slice.slice_data_size;
	entry.tile_row = row;
	entry.tile_col = column;
	state.tile_count++;
	return VA_STATUS_SUCCESS;
}

function clear_entries(): void {
	const tiles = tiles_of_picture();
	for (let i: u32 = 0; i < tiles; i++) av1_tile(i).clear();
}

/** Whether all tiles of the picture have come, so that their entries can go to a decoder. Returns VAStatus. */
export function check_tiles(): u32 {
	const tiles = tiles_of_picture();
	if (av1_state().tile_count == tiles) return VA_STATUS_SUCCESS;
	return refuse(
		VA_STATUS_ERROR_INVALID_PARAMETER,
		CORE_MESSAGE_TILES_MISSING,
		av1_state().tile_count,
		tiles,
	);
}
