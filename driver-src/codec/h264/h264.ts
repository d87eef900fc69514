// SPDX-License-Identifier: MIT
/**
 * H.264, ITU-T H.264 (08/2021). Needs Linux 5.11: the stateless H.264 controls. The verbs that codec.ts calls, in the order
 * of a picture's events.
 */
import {
	CORE_MESSAGE_BAD_SLICE_HEADER,
	CORE_MESSAGE_NO_PICTURE_PARAMETERS,
	CORE_MESSAGE_NO_SLICES,
	CORE_SLICE_HEADER_CAPACITY,
} from "../../abi/exchange";
import {
	V4L2_CID_STATELESS_H264_DECODE_PARAMS,
	V4L2_CID_STATELESS_H264_PPS,
	V4L2_CID_STATELESS_H264_PRED_WEIGHTS,
	V4L2_CID_STATELESS_H264_SCALING_MATRIX,
	V4L2_CID_STATELESS_H264_SLICE_PARAMS,
	V4L2_CID_STATELESS_H264_SPS,
	v4l2_ctrl_h264_decode_params,
	v4l2_ctrl_h264_pps,
	v4l2_ctrl_h264_pred_weights,
	v4l2_ctrl_h264_scaling_matrix,
	v4l2_ctrl_h264_slice_params,
	v4l2_ctrl_h264_sps,
} from "../../abi/v4l2";
import {
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VAIQMatrixBufferH264,
	VAIQMatrixBufferType,
	VAPictureParameterBufferH264,
	VAPictureParameterBufferType,
	VASliceParameterBufferH264,
	VASliceParameterBufferType,
} from "../../abi/va";
import { surface_find } from "../../queues/surfaces";
import { controls_add } from "../controls";
import { depth_set, MODE_SLICES } from "../facts";
import { refuse, refuse_size, refuse_type } from "../refusal";
import { PICTURE, PICTURE_FRAME } from "../result";
import { fill_decode_params, fill_pps, fill_probe_sps, fill_sps, profile_idc_of } from "./fill";
import { take_matrix, take_picture } from "./parameters";
import { h264_note_reset } from "./references";
import { take_slice } from "./slice";
import {
	decoded_of,
	h264_decode_params,
	h264_first_header,
	h264_picture,
	h264_pps,
	h264_pred_weights,
	h264_scaling_matrix,
	h264_slice_params,
	h264_sps,
	h264_state,
	h264_state_begin,
	h264_state_reset,
} from "./state";

/** Nearly every slice header fits, whatever the player says of its size. */
const LEAST_HEADER_SIZE: u32 = 24;

/** For a new context. profile: VAProfile; modes: MODE_*, as the session chose them. */
export function reset(profile: u32, modes: u32): void {
	h264_state_reset();
	h264_state().modes = modes;
	h264_state().profile_idc = profile_idc_of(profile);
}

/** For a new picture in this surface. */
export function begin(surface: u32): void {
	h264_state_begin(surface);
}

/** VAPictureParameterBufferH264 and VAIQMatrixBufferH264. */
export function parameter(type: u32, address: usize, size: u32): u32 {
	switch (type) {
		case VAPictureParameterBufferType:
			if (size < VAPictureParameterBufferH264.SIZE) return refuse_size(type, size);
			return take_picture(address);
		case VAIQMatrixBufferType:
			if (size < VAIQMatrixBufferH264.SIZE) return refuse_size(type, size);
			take_matrix(address);
			return VA_STATUS_SUCCESS;
		default:
			return refuse_type(type);
	}
}

/**
 * Bytes that hold a slice header of the size that the player says it has; as many as there may be where it says nothing.
 * On top: emulation prevention bytes, which are not counted (one after two others at most, 7.4.1), a start code, and
 * the NAL unit header for players that do not count it.
 */
export function slice_header_size(address: usize, size: u32): u32 {
	if (size < VASliceParameterBufferH264.SIZE) return 0;
	const bits: u32 = VASliceParameterBufferH264.at(address).slice_data_bit_offset;
	if (bits == 0) return CORE_SLICE_HEADER_CAPACITY;
	const bytes = (bits + 7) / 8;
	return min<u32>(max<u32>(bytes + bytes / 2 + 8, LEAST_HEADER_SIZE), CORE_SLICE_HEADER_CAPACITY);
}

/** VASliceParameterBufferH264, and the first bytes of the NAL unit. */
export function slice(address: usize, size: u32, header: usize, header_size: u32, place: u32): u32 {
	const state = h264_state();
	if (size < VASliceParameterBufferH264.SIZE) return refuse_size(VASliceParameterBufferType, size);
	if (state.has_picture == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	if (!take_slice(VASliceParameterBufferH264.at(address), header, header_size))
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_SLICE_HEADER, state.slice_count);
	state.slice_count++;
	return VA_STATUS_SUCCESS;
}

/** The SPS, once there are picture parameters. */
export function fill_sequence(): void {
	if (h264_state().has_picture == 0) return;
	fill_sps(h264_sps());
	add_sps();
}

/** An SPS of nothing but a bit depth, 8 or 10. */
export function fill_probe(bit_depth: u32): void {
	if (depth_set(bit_depth) == 0) return;
	fill_probe_sps(h264_sps(), bit_depth);
	add_sps();
}

function add_sps(): void {
	controls_add(V4L2_CID_STATELESS_H264_SPS, changetype<usize>(h264_sps()), v4l2_ctrl_h264_sps.SIZE);
}

/** SPS, PPS, SCALING_MATRIX unless flat, DECODE_PARAMS; per slice also SLICE_PARAMS, and PRED_WEIGHTS where it has some. */
export function fill_picture(): u32 {
	const state = h264_state();
	if (state.has_picture == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	if (state.slice_count == 0) return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_SLICES);
	fill_sps(h264_sps());
	fill_pps(h264_pps());
	fill_decode_params(h264_decode_params());
	add_sps();
	controls_add(V4L2_CID_STATELESS_H264_PPS, changetype<usize>(h264_pps()), v4l2_ctrl_h264_pps.SIZE);
	if (state.matrix_present != 0) {
		const matrix = changetype<usize>(h264_scaling_matrix());
		controls_add(V4L2_CID_STATELESS_H264_SCALING_MATRIX, matrix, v4l2_ctrl_h264_scaling_matrix.SIZE);
	}
	const params = changetype<usize>(h264_decode_params());
	controls_add(V4L2_CID_STATELESS_H264_DECODE_PARAMS, params, v4l2_ctrl_h264_decode_params.SIZE);
	if ((state.modes & MODE_SLICES) == 0) return VA_STATUS_SUCCESS;
	const slice = changetype<usize>(h264_slice_params());
	controls_add(V4L2_CID_STATELESS_H264_SLICE_PARAMS, slice, v4l2_ctrl_h264_slice_params.SIZE);
	if (state.needs_weights == 0) return VA_STATUS_SUCCESS;
	const weights = changetype<usize>(h264_pred_weights());
	controls_add(V4L2_CID_STATELESS_H264_PRED_WEIGHTS, weights, v4l2_ctrl_h264_pred_weights.SIZE);
	return VA_STATUS_SUCCESS;
}

/** A picture that the device has is the one before from now on, and its surface holds it. */
export function end(surface: u32, submitted: bool): void {
	const state = h264_state();
	const picture = h264_picture();
	const header = h264_first_header();
	if (!submitted || state.has_picture == 0) return;
	const frame_num: u32 = header.forgets_all != 0 ? 0 : picture.frame_num;
	const record = surface_find(surface);
	if (record != null) {
		const decoded = decoded_of(record);
		const first_field = PICTURE.second_field != 0 ? decoded.reference : 0;
		decoded.valid = 1;
		decoded.field = PICTURE.structure != PICTURE_FRAME ? 1 : 0;
		decoded.reference = header.nal_ref_idc != 0 ? 1 : first_field;
		decoded.frame_num = frame_num;
	}
	h264_note_reset(surface, header.forgets_all != 0 && PICTURE.structure == PICTURE_FRAME);
	state.previous_valid = 1;
	state.previous_surface = surface;
	state.previous_structure = PICTURE.structure;
	state.previous_second = PICTURE.second_field;
	state.previous_frame_num = frame_num;
	state.previous_top_order_count = picture.CurrPic.TopFieldOrderCnt;
	state.previous_bottom_order_count = picture.CurrPic.BottomFieldOrderCnt;
}
