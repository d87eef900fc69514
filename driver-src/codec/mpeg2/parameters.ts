// SPDX-License-Identifier: MIT
/**
 * Takes in VA's picture parameters, and refuses what no decoder behind this API can do or what ISO/IEC 13818-2 does not allow.
 *
 * progressive_sequence is not in VA-API. A sequence is taken to be progressive until something in it cannot be so; then it is
 * interlaced to its end:
 *
 *   - a field picture, or a picture without progressive_frame or frame_pred_frame_dct (6.3.10: all are frames, and both are 1);
 *   - top_field_first without repeat_first_field (6.3.10: a progressive frame is output once, twice or three times);
 *   - a slice below the last row of macroblocks of a progressive frame (6.3.3: an interlaced one has an even number of rows).
 *
 * What is missed so is a sequence of nothing but such frames, which decodes in the same way.
 */
import { CORE_FEATURE_D_PICTURES, CORE_MESSAGE_FEATURE_NOT_SUPPORTED } from "../../abi/exchange";
import {
	V4L2_MPEG2_PIC_BOTTOM_FIELD,
	V4L2_MPEG2_PIC_CODING_TYPE_B,
	V4L2_MPEG2_PIC_CODING_TYPE_D,
	V4L2_MPEG2_PIC_CODING_TYPE_I,
	V4L2_MPEG2_PIC_FRAME,
	V4L2_MPEG2_PIC_TOP_FIELD,
} from "../../abi/v4l2";
import {
	VA_INVALID_SURFACE,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VAPictureParameterBufferMPEG2,
} from "../../abi/va";
import { refuse, refuse_field } from "../refusal";
import {
	PICTURE,
	PICTURE_BOTTOM_FIELD,
	PICTURE_FRAME,
	PICTURE_TOP_FIELD,
	picture_refers_to,
	SEQUENCE,
} from "../result";
import { F_CODE_NOT_USED, f_code_of, has_vectors } from "./fill";
import { matrices_reset } from "./matrices";
import { mpeg2_picture_parameters, mpeg2_quantisation, mpeg2_state, State } from "./state";

/** horizontal_size and vertical_size have 14 bits, 6.3.3. */
const MAX_SIDE: u32 = 0x3fff;
/** f_code, table 7-8: 10 to 14 are reserved. */
const MAX_F_CODE: u32 = 9;
/** A picture refers to the two reference frames before it in the stream (7.6.2). */
const REFERENCES: u32 = 2;

/** VAPictureParameterBufferMPEG2: kept, and SEQUENCE and PICTURE filled from it. Returns VAStatus; why is in refusal.ts. */
export function take_picture(address: usize): u32 {
	const picture = mpeg2_picture_parameters();
	const state = mpeg2_state();
	memory.copy(changetype<usize>(picture), address, VAPictureParameterBufferMPEG2.SIZE);
	state.has_picture = 0;
	const status = check(picture);
	if (status != VA_STATUS_SUCCESS) return status;

	if (picture.horizontal_size != state.horizontal_size || picture.vertical_size != state.vertical_size)
		begin_sequence(state, picture);
	if (state.found_interlaced != 0 || contradicts_progressive(picture)) state.interlaced = 1;
	SEQUENCE.width = (state.horizontal_size + 15) & ~15;
	SEQUENCE.height = frame_rows(state.interlaced != 0) * 16;
	SEQUENCE.visible_width = state.horizontal_size;
	SEQUENCE.visible_height = state.vertical_size;
	SEQUENCE.bit_depth = 8;
	SEQUENCE.chroma_format_idc = 1;
	SEQUENCE.references = REFERENCES;
	// Where the height is found to be an interlaced one in mid-sequence, frames before are lower.
	SEQUENCE.scales_references = 1;

	PICTURE.structure = structure_of(picture);
	PICTURE.second_field = completes_previous(state, picture) ? 1 : 0;
	PICTURE.reference_count = 0;
	const type: u32 = picture.picture_coding_type;
	if (type != V4L2_MPEG2_PIC_CODING_TYPE_I) note_reference(picture.forward_reference_picture);
	if (type == V4L2_MPEG2_PIC_CODING_TYPE_B) note_reference(picture.backward_reference_picture);
	state.has_picture = 1;
	return VA_STATUS_SUCCESS;
}

/** A new sequence, as far as it can be seen: its matrices are the defaults until some are loaded (6.3.11). */
function begin_sequence(state: State, picture: VAPictureParameterBufferMPEG2): void {
	state.horizontal_size = picture.horizontal_size;
	state.vertical_size = picture.vertical_size;
	state.interlaced = 0;
	state.found_interlaced = 0;
	matrices_reset(mpeg2_quantisation());
}

function contradicts_progressive(picture: VAPictureParameterBufferMPEG2): bool {
	return (
		picture.picture_coding_extension_picture_structure != V4L2_MPEG2_PIC_FRAME ||
		picture.picture_coding_extension_progressive_frame == 0 ||
		picture.picture_coding_extension_frame_pred_frame_dct == 0 ||
		(picture.picture_coding_extension_top_field_first != 0 &&
			picture.picture_coding_extension_repeat_first_field == 0)
	);
}

/** mb_height, 6.3.3: rows of macroblocks of a frame of the sequence. */
export function frame_rows(interlaced: bool): u32 {
	const height = mpeg2_state().vertical_size;
	return interlaced ? ((height + 31) / 32) * 2 : (height + 15) / 16;
}

/** PICTURE_* of picture_structure, table 6-14. */
function structure_of(picture: VAPictureParameterBufferMPEG2): u32 {
	switch (picture.picture_coding_extension_picture_structure) {
		case V4L2_MPEG2_PIC_TOP_FIELD:
			return PICTURE_TOP_FIELD;
		case V4L2_MPEG2_PIC_BOTTOM_FIELD:
			return PICTURE_BOTTOM_FIELD;
		default:
			return PICTURE_FRAME;
	}
}

/**
 * Whether this is the second field of the frame whose first field was the picture before (6.1.1.4.1): same surface, opposite
 * parity, and the first field was not itself a second one. Of a second field whose first is lost, VA says the same
 * (is_first_field is 0), but it has nothing to complete.
 */
function completes_previous(state: State, picture: VAPictureParameterBufferMPEG2): bool {
	return (
		picture.picture_coding_extension_is_first_field == 0 &&
		state.previous_valid != 0 &&
		state.previous_second == 0 &&
		state.previous_structure != PICTURE_FRAME &&
		PICTURE.structure != PICTURE_FRAME &&
		PICTURE.structure != state.previous_structure &&
		state.surface == state.previous_surface
	);
}

function note_reference(surface: u32): void {
	if (surface != VA_INVALID_SURFACE && surface != mpeg2_state().surface) picture_refers_to(surface);
}

function check(picture: VAPictureParameterBufferMPEG2): u32 {
	const width: u32 = picture.horizontal_size;
	const height: u32 = picture.vertical_size;
	const type: u32 = picture.picture_coding_type;
	if (width == 0 || width > MAX_SIDE) return refuse_field("horizontal_size");
	if (height == 0 || height > MAX_SIDE) return refuse_field("vertical_size");
	// They are MPEG-1's (6.3.9), and v4l2-ctrls-core.c refuses them.
	if (type == V4L2_MPEG2_PIC_CODING_TYPE_D) {
		return refuse(
			VA_STATUS_ERROR_INVALID_PARAMETER,
			CORE_MESSAGE_FEATURE_NOT_SUPPORTED,
			CORE_FEATURE_D_PICTURES,
		);
	}
	if (type < V4L2_MPEG2_PIC_CODING_TYPE_I || type > V4L2_MPEG2_PIC_CODING_TYPE_B)
		return refuse_field("picture_coding_type");
	if (picture.picture_coding_extension_picture_structure == 0) return refuse_field("picture_structure");
	for (let s: u32 = 0; s < 2; s++) {
		if (!has_vectors(picture, s)) continue;
		if (is_f_code(f_code_of(picture, s, 0)) && is_f_code(f_code_of(picture, s, 1))) continue;
		return refuse_field("f_code");
	}
	return VA_STATUS_SUCCESS;
}

/** Not used is right too: a B picture may be predicted from one side only. */
function is_f_code(f_code: u32): bool {
	return (f_code != 0 && f_code <= MAX_F_CODE) || f_code == F_CODE_NOT_USED;
}
