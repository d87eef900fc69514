// SPDX-License-Identifier: MIT
/**
 * V4L2_CID_STATELESS_MPEG2_SEQUENCE and _PICTURE, one function each, in the order of their structs. Every field is written each
 * time. Clauses are those of ISO/IEC 13818-2.
 */
import {
	V4L2_MPEG2_PIC_CODING_TYPE_B,
	V4L2_MPEG2_PIC_CODING_TYPE_I,
	V4L2_MPEG2_PIC_CODING_TYPE_P,
	V4L2_MPEG2_PIC_FLAG_ALT_SCAN,
	V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV,
	V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT,
	V4L2_MPEG2_PIC_FLAG_INTRA_VLC,
	V4L2_MPEG2_PIC_FLAG_PROGRESSIVE,
	V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE,
	V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST,
	V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST,
	V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE,
	v4l2_ctrl_mpeg2_picture,
	v4l2_ctrl_mpeg2_sequence,
} from "../../abi/v4l2";
import { VAPictureParameterBufferMPEG2, VAProfileMPEG2Simple } from "../../abi/va";
import { surface_find } from "../../queues/surfaces";
import { PICTURE, PICTURE_FRAME, PICTURE_TOP_FIELD } from "../result";
import { mpeg2_picture_parameters, mpeg2_state } from "./state";

/** Table 8-2, in the place of profile_and_level_indication. */
const PROFILE_SIMPLE: u32 = 5 << 4;
const PROFILE_MAIN: u32 = 4 << 4;

/**
 * Table 8-3, the least first, with the sizes of table 8-11 and the greatest vbv_buffer_size of table 8-14, in units of 16384 bits
 * (6.3.3): level, width, height, vbv_buffer_size.
 */
// biome-ignore format: a table
const LEVELS: usize = memory.data<u32>([
	10, 352, 288, 29, // Low
	8, 720, 576, 112, // Main
	6, 1440, 1152, 448, // High 1440
	4, 1920, 1152, 597, // High
]);
const LEVEL_COUNT: u32 = 4;
const LEVEL_SIZE: usize = 16;

/** Of f_code[s][t], 6.3.10: there are no such vectors. */
export const F_CODE_NOT_USED: u32 = 15;

// ---- SEQUENCE -------------------------------------------------------------------------------------------

/**
 * VA-API carries the sizes. The rest of sequence_header() and sequence_extension() is not in it: the profile is that of the
 * context; level and vbv_buffer_size are the least that hold the size; progressive_sequence is derived (parameters.ts).
 */
export function fill_sequence_control(sequence: v4l2_ctrl_mpeg2_sequence): void {
	const state = mpeg2_state();
	const profile = state.profile == VAProfileMPEG2Simple ? PROFILE_SIMPLE : PROFILE_MAIN;
	const level = level_of(state.horizontal_size, state.vertical_size);
	sequence.clear();
	sequence.horizontal_size = <u16>state.horizontal_size;
	sequence.vertical_size = <u16>state.vertical_size;
	sequence.vbv_buffer_size = load<u32>(level, 12);
	sequence.profile_and_level_indication = <u16>(profile | load<u32>(level));
	sequence.chroma_format = 1; // 4:2:0, the one that both profiles have (table 8-5)
	if (state.interlaced == 0) sequence.flags = <u8>V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE;
}

/** Address of a row of LEVELS; the last for what none holds. */
function level_of(width: u32, height: u32): usize {
	let row: usize = LEVELS;
	for (let i: u32 = 1; i < LEVEL_COUNT; i++) {
		if (width <= load<u32>(row, 4) && height <= load<u32>(row, 8)) return row;
		row += LEVEL_SIZE;
	}
	return row;
}

// ---- PICTURE --------------------------------------------------------------------------------------------

/** From VAPictureParameterBufferMPEG2, and what the session made of it (PICTURE). */
export function fill_picture_control(picture: v4l2_ctrl_mpeg2_picture): void {
	const given = mpeg2_picture_parameters();
	picture.clear();
	fill_references(picture, given);
	picture.flags = flags_of(given);
	for (let s: u32 = 0; s < 2; s++) {
		for (let t: u32 = 0; t < 2; t++) {
			picture.set_f_code(s, t, <u8>(has_vectors(given, s) ? f_code_of(given, s, t) : F_CODE_NOT_USED));
		}
	}
	picture.picture_coding_type = <u8>given.picture_coding_type;
	picture.picture_structure = <u8>given.picture_coding_extension_picture_structure;
	picture.intra_dc_precision = <u8>given.picture_coding_extension_intra_dc_precision;
}

/** f_code[s][t]: VA packs the four into 16 bits, f_code[0][0] first. */
export function f_code_of(given: VAPictureParameterBufferMPEG2, s: u32, t: u32): u32 {
	return (<u32>given.f_code >> (12 - 8 * s - 4 * t)) & 15;
}

/** Whether there are vectors that point forward (s = 0) or backward (1), 6.3.10. */
export function has_vectors(given: VAPictureParameterBufferMPEG2, s: u32): bool {
	const type: u32 = given.picture_coding_type;
	if (type == V4L2_MPEG2_PIC_CODING_TYPE_B) return true;
	if (s != 0) return false;
	return (
		type == V4L2_MPEG2_PIC_CODING_TYPE_P || given.picture_coding_extension_concealment_motion_vectors != 0
	);
}

/**
 * Of a field, too, the references are frames. A second field finds the first in the buffer that it is decoded to: the drivers
 * need no timestamp for that. What is missing is stood in for, as hantro's own software does, so that no decoder reads from
 * address 0: for a forward reference the backward one (a B picture at the start of a stream, whose group is closed or whose link is
 * broken), or the other way round; for a second field, the frame that it is part of.
 */
function fill_references(picture: v4l2_ctrl_mpeg2_picture, given: VAPictureParameterBufferMPEG2): void {
	const type: u32 = given.picture_coding_type;
	if (type == V4L2_MPEG2_PIC_CODING_TYPE_I) return;
	const own: u64 = PICTURE.second_field != 0 ? timestamp_of(mpeg2_state().surface) : 0;
	const forward = timestamp_of(given.forward_reference_picture);
	if (type == V4L2_MPEG2_PIC_CODING_TYPE_P) {
		picture.forward_ref_ts = forward != 0 ? forward : own;
		return;
	}
	const backward = timestamp_of(given.backward_reference_picture);
	picture.forward_ref_ts = forward != 0 ? forward : backward;
	picture.backward_ref_ts = backward != 0 ? backward : forward;
}

/** 0, which names no picture, for a surface that is missing or holds none. */
function timestamp_of(surface: u32): u64 {
	// The picture in it is about to go, unless this is the second field of it.
	if (surface == mpeg2_state().surface && PICTURE.second_field == 0) return 0;
	const record = surface_find(surface);
	return record == null ? 0 : record.timestamp;
}

function flags_of(given: VAPictureParameterBufferMPEG2): u32 {
	let flags: u32 = 0;
	if (is_top_field_first(given)) flags |= V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST;
	if (given.picture_coding_extension_frame_pred_frame_dct != 0) flags |= V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT;
	if (given.picture_coding_extension_concealment_motion_vectors != 0)
		flags |= V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV;
	if (given.picture_coding_extension_q_scale_type != 0) flags |= V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE;
	if (given.picture_coding_extension_intra_vlc_format != 0) flags |= V4L2_MPEG2_PIC_FLAG_INTRA_VLC;
	if (given.picture_coding_extension_alternate_scan != 0) flags |= V4L2_MPEG2_PIC_FLAG_ALT_SCAN;
	if (given.picture_coding_extension_repeat_first_field != 0) flags |= V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST;
	if (given.picture_coding_extension_progressive_frame != 0) flags |= V4L2_MPEG2_PIC_FLAG_PROGRESSIVE;
	return flags;
}

/**
 * In field pictures the element is always 0 (6.3.10), and their order says which is first. hantro knows by this flag whether a
 * field is the second, which refers to the first (hantro_g1_mpeg2_dec_set_buffers()): it is the first if the flag says so of its parity.
 */
function is_top_field_first(given: VAPictureParameterBufferMPEG2): bool {
	if (PICTURE.structure == PICTURE_FRAME) return given.picture_coding_extension_top_field_first != 0;
	return (PICTURE.structure == PICTURE_TOP_FIELD) != (PICTURE.second_field != 0);
}
