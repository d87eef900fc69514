// SPDX-License-Identifier: MIT
/**
 * MPEG-2, ISO/IEC 13818-2 (ITU-T H.262). Needs Linux 5.14: the stateless MPEG-2 controls. The verbs that codec.ts calls, in the
 * order of a picture's events.
 */
import { CORE_MESSAGE_NO_PICTURE_PARAMETERS, CORE_MESSAGE_NO_SLICES } from "../../abi/exchange";
import {
	V4L2_CID_STATELESS_MPEG2_PICTURE,
	V4L2_CID_STATELESS_MPEG2_QUANTISATION,
	V4L2_CID_STATELESS_MPEG2_SEQUENCE,
	v4l2_ctrl_mpeg2_picture,
	v4l2_ctrl_mpeg2_quantisation,
	v4l2_ctrl_mpeg2_sequence,
} from "../../abi/v4l2";
import {
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VAIQMatrixBufferMPEG2,
	VAIQMatrixBufferType,
	VAPictureParameterBufferMPEG2,
	VAPictureParameterBufferType,
	VASliceParameterBufferMPEG2,
	VASliceParameterBufferType,
} from "../../abi/va";
import { controls_add } from "../controls";
import { refuse, refuse_size, refuse_type } from "../refusal";
import { PICTURE } from "../result";
import { fill_picture_control, fill_sequence_control } from "./fill";
import { matrices_load } from "./matrices";
import { take_picture } from "./parameters";
import { MAX_HEADER_SIZE, take_slice } from "./slice";
import {
	mpeg2_matrix,
	mpeg2_picture,
	mpeg2_quantisation,
	mpeg2_sequence,
	mpeg2_state,
	mpeg2_state_begin,
	mpeg2_state_reset,
} from "./state";

/** There is no mode. */
export function reset(profile: u32, modes: u32): void {
	mpeg2_state_reset();
	mpeg2_state().profile = profile;
}

/** For a new picture in this surface. */
export function begin(surface: u32): void {
	mpeg2_state_begin(surface);
}

/** VAPictureParameterBufferMPEG2 and VAIQMatrixBufferMPEG2, in either order: matrices are loaded when both are there. */
export function parameter(type: u32, address: usize, size: u32): u32 {
	switch (type) {
		case VAPictureParameterBufferType:
			if (size < VAPictureParameterBufferMPEG2.SIZE) return refuse_size(type, size);
			return take_picture(address);
		case VAIQMatrixBufferType:
			if (size < VAIQMatrixBufferMPEG2.SIZE) return refuse_size(type, size);
			memory.copy(changetype<usize>(mpeg2_matrix()), address, VAIQMatrixBufferMPEG2.SIZE);
			mpeg2_state().has_matrix = 1;
			return VA_STATUS_SUCCESS;
		default:
			return refuse_type(type);
	}
}

/** A start code, and the upper bits of the row. */
export function slice_header_size(address: usize, size: u32): u32 {
	return MAX_HEADER_SIZE;
}

/** VASliceParameterBufferMPEG2, and the first bytes of its data. */
export function slice(address: usize, size: u32, header: usize, header_size: u32, place: u32): u32 {
	if (size < VASliceParameterBufferMPEG2.SIZE) return refuse_size(VASliceParameterBufferType, size);
	if (mpeg2_state().has_picture == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	return take_slice(VASliceParameterBufferMPEG2.at(address), header, header_size);
}

/** SEQUENCE, once there are picture parameters. */
export function fill_sequence(): void {
	if (mpeg2_state().has_picture == 0) return;
	fill_sequence_control(mpeg2_sequence());
	add_sequence();
}

/** There is nothing but 8 bit to ask for. */
export function fill_probe(bit_depth: u32): void {}

function add_sequence(): void {
	const sequence = changetype<usize>(mpeg2_sequence());
	controls_add(V4L2_CID_STATELESS_MPEG2_SEQUENCE, sequence, v4l2_ctrl_mpeg2_sequence.SIZE);
}

/** SEQUENCE, PICTURE and QUANTISATION, of a frame or a field. */
export function fill_picture(): u32 {
	const state = mpeg2_state();
	if (state.slice_count == 0) return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_SLICES);
	load_matrices();
	fill_sequence_control(mpeg2_sequence());
	fill_picture_control(mpeg2_picture());
	add_sequence();
	const picture = changetype<usize>(mpeg2_picture());
	controls_add(V4L2_CID_STATELESS_MPEG2_PICTURE, picture, v4l2_ctrl_mpeg2_picture.SIZE);
	const matrices = changetype<usize>(mpeg2_quantisation());
	controls_add(V4L2_CID_STATELESS_MPEG2_QUANTISATION, matrices, v4l2_ctrl_mpeg2_quantisation.SIZE);
	return VA_STATUS_SUCCESS;
}

function load_matrices(): void {
	if (mpeg2_state().has_matrix != 0) matrices_load(mpeg2_quantisation(), mpeg2_matrix());
	mpeg2_state().has_matrix = 0;
}

/** Matrices stay, whatever became of their picture. A picture that the device has is the one before from now on. */
export function end(surface: u32, submitted: bool): void {
	const state = mpeg2_state();
	load_matrices();
	if (!submitted) return;
	state.previous_valid = 1;
	state.previous_surface = surface;
	state.previous_structure = PICTURE.structure;
	state.previous_second = PICTURE.second_field;
}
