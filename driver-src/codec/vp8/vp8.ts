// SPDX-License-Identifier: MIT
/**
 * VP8, RFC 6386. Needs Linux 5.13: the stateless VP8 control. The verbs that codec.ts calls, in the order of a picture's
 * events. A picture is one slice.
 */
import { CORE_MESSAGE_NO_SLICES, CORE_SLICE_HEADER_CAPACITY } from "../../abi/exchange";
import { V4L2_CID_STATELESS_VP8_FRAME, v4l2_ctrl_vp8_frame } from "../../abi/v4l2";
import {
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VAIQMatrixBufferType,
	VAIQMatrixBufferVP8,
	VAPictureParameterBufferType,
	VAPictureParameterBufferVP8,
	VAProbabilityBufferType,
	VAProbabilityDataBufferVP8,
	VASliceParameterBufferType,
	VASliceParameterBufferVP8,
} from "../../abi/va";
import { controls_add } from "../controls";
import { refuse, refuse_size, refuse_type } from "../refusal";
import { fill_frame } from "./fill";
import { MAX_TAG_SIZE } from "./frame-tag";
import { take_picture, take_slice } from "./parameters";
import {
	vp8_frame,
	vp8_matrix,
	vp8_probabilities,
	vp8_state,
	vp8_state_begin,
	vp8_state_reset,
} from "./state";

/** There is one profile, and no mode. */
export function reset(profile: u32, modes: u32): void {
	vp8_state_reset();
}

/** For a new picture in this surface. */
export function begin(surface: u32): void {
	vp8_state_begin(surface);
}

/** VAPictureParameterBufferVP8, VAProbabilityDataBufferVP8 and VAIQMatrixBufferVP8, in any order. */
export function parameter(type: u32, address: usize, size: u32): u32 {
	switch (type) {
		case VAPictureParameterBufferType:
			if (size < VAPictureParameterBufferVP8.SIZE) return refuse_size(type, size);
			return take_picture(address);
		case VAProbabilityBufferType:
			if (size < VAProbabilityDataBufferVP8.SIZE) return refuse_size(type, size);
			memory.copy(changetype<usize>(vp8_probabilities()), address, VAProbabilityDataBufferVP8.SIZE);
			vp8_state().has_probabilities = 1;
			return VA_STATUS_SUCCESS;
		case VAIQMatrixBufferType:
			if (size < VAIQMatrixBufferVP8.SIZE) return refuse_size(type, size);
			memory.copy(changetype<usize>(vp8_matrix()), address, VAIQMatrixBufferVP8.SIZE);
			vp8_state().has_matrix = 1;
			return VA_STATUS_SUCCESS;
		default:
			return refuse_type(type);
	}
}

/** The header that VA says there is, the byte that its decoder compares next, and a frame tag. */
export function slice_header_size(address: usize, size: u32): u32 {
	if (size < VASliceParameterBufferVP8.SIZE) return 0;
	const bytes = VASliceParameterBufferVP8.at(address).macroblock_offset / 8 + 2;
	return min<u32>(bytes + MAX_TAG_SIZE, CORE_SLICE_HEADER_CAPACITY);
}

/** VASliceParameterBufferVP8, and the first bytes of its data. */
export function slice(address: usize, size: u32, header: usize, header_size: u32, place: u32): u32 {
	if (size < VASliceParameterBufferVP8.SIZE) return refuse_size(VASliceParameterBufferType, size);
	return take_slice(address, header, header_size);
}

/** The device learns of the sequence by its formats alone. */
export function fill_sequence(): void {}

/** As fill_sequence(). */
export function fill_probe(bit_depth: u32): void {}

/** VP8_FRAME. Returns VAStatus: INVALID_PARAMETER with a message while there is no slice. */
export function fill_picture(): u32 {
	if (vp8_state().has_slice == 0) return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_SLICES);
	const frame = vp8_frame();
	fill_frame(frame);
	controls_add(V4L2_CID_STATELESS_VP8_FRAME, changetype<usize>(frame), v4l2_ctrl_vp8_frame.SIZE);
	return VA_STATUS_SUCCESS;
}

/** Nothing is left of a picture but what its header said, which counts whether or not the device has it. */
export function end(surface: u32, submitted: bool): void {}
