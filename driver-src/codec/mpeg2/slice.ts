// SPDX-License-Identifier: MIT
/**
 * One slice: decoders find its row in its start code (ISO/IEC 13818-2, 6.2.4), which players send with it. Where one does not, the
 * start code is made of what VA says.
 */
import { CORE_MESSAGE_BAD_SLICE_HEADER } from "../../abi/exchange";
import {
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VASliceParameterBufferMPEG2,
} from "../../abi/va";
import { START_CODE, START_CODE_SIZE, start_code_size } from "../../bits/annex-b";
import { slice_tail_end } from "../../boundary/areas";
import { refuse } from "../refusal";
import { PICTURE, PICTURE_FRAME, SLICE } from "../result";
import { frame_rows } from "./parameters";
import { mpeg2_state } from "./state";

/** The prefix and slice_vertical_position. */
const SLICE_START_CODE_SIZE: u32 = START_CODE_SIZE + 1;
/** With a zero byte in front (next_start_code(), 5.2.3), and the byte that slice_vertical_position_extension is in. */
export const MAX_HEADER_SIZE: u32 = 1 + SLICE_START_CODE_SIZE + 1;
/** slice_start_code is 1 to this (table 6-1). */
const MAX_POSITION: u32 = 0xaf;
/** Frames of more lines have slice_vertical_position_extension, the upper bits of the row (6.3.16). */
const MAX_UNEXTENDED_HEIGHT: u32 = 2800;
const ROWS_UNEXTENDED: u32 = 128;

const MADE: usize = memory.data(SLICE_START_CODE_SIZE, 4);

/** VASliceParameterBufferMPEG2 and the first `size` bytes of the data it describes. Leaves SLICE. Returns VAStatus. */
export function take_slice(parameter: VASliceParameterBufferMPEG2, data: usize, size: u32): u32 {
	const start = start_code_size(data, size);
	let row: u32 = parameter.slice_vertical_position;
	if (start != 0) {
		// Of four bytes, the first is stuffing.
		SLICE.skip = start - START_CODE_SIZE;
		const position = start < size ? <u32>load<u8>(data + start) : 0;
		if (position == 0 || position > MAX_POSITION || start + 1 >= size) return bad_slice();
		row = position - 1;
		if (is_extended()) row += (<u32>load<u8>(data + start + 1) >> 5) * ROWS_UNEXTENDED;
	}
	// quantiser_scale_code, in the first byte, is not 0 (6.3.16), so that these are no slice.
	else if (load<u8>(data) == 0) return bad_slice();
	if (row >= picture_rows()) {
		if (!shows_interlaced(row)) return bad_slice();
		// The formats are settled without this row, which nobody sees.
		SLICE.skip = parameter.slice_data_size;
		return VA_STATUS_SUCCESS;
	}
	if (start == 0) make_start_code(row);
	SLICE.cut = foreign_end(parameter.slice_data_size - SLICE.skip);
	mpeg2_state().slice_count++;
	return VA_STATUS_SUCCESS;
}

function is_extended(): bool {
	return mpeg2_state().vertical_size > MAX_UNEXTENDED_HEIGHT;
}

/** Rows of macroblocks of the picture. */
function picture_rows(): u32 {
	const rows = frame_rows(mpeg2_state().interlaced != 0);
	return PICTURE.structure == PICTURE_FRAME ? rows : rows / 2;
}

/** Whether only an interlaced frame has such a row: by it, the next picture is known to be one of an interlaced sequence. */
function shows_interlaced(row: u32): bool {
	if (mpeg2_state().interlaced != 0 || row >= frame_rows(true)) return false;
	mpeg2_state().found_interlaced = 1;
	return true;
}

/**
 * FFmpeg gives the last slice of a packet with the start code that the packet ends with, sequence_end_code for one
 * (mpeg_decode_slice() of mpeg12dec.c). How many of the `size` bytes of a slice that is.
 */
function foreign_end(size: u32): u32 {
	if (size <= 2 * SLICE_START_CODE_SIZE) return 0;
	const end = slice_tail_end() - SLICE_START_CODE_SIZE;
	if (start_code_size(end, SLICE_START_CODE_SIZE) != START_CODE_SIZE) return 0;
	const position: u32 = load<u8>(end + START_CODE_SIZE);
	return position == 0 || position > MAX_POSITION ? SLICE_START_CODE_SIZE : 0;
}

function make_start_code(row: u32): void {
	memory.copy(MADE, START_CODE, START_CODE_SIZE);
	// The data begins with the extension where there is one.
	store<u8>(MADE + START_CODE_SIZE, (is_extended() ? row % ROWS_UNEXTENDED : row) + 1);
	SLICE.prefix = MADE;
	SLICE.prefix_size = SLICE_START_CODE_SIZE;
}

function bad_slice(): u32 {
	return refuse(
		VA_STATUS_ERROR_INVALID_PARAMETER,
		CORE_MESSAGE_BAD_SLICE_HEADER,
		mpeg2_state().slice_count,
	);
}
