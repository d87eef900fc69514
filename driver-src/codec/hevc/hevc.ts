// SPDX-License-Identifier: MIT
/**
 * HEVC, ITU-T H.265 (08/2021). Needs Linux 6.0: the stateless HEVC controls. The verbs that codec.ts calls, in the order of a
 * picture's events. A slice here is a slice segment.
 */
import {
	CORE_MESSAGE_NO_PICTURE_PARAMETERS,
	CORE_MESSAGE_NO_SLICES,
	CORE_SLICE_HEADER_CAPACITY,
} from "../../abi/exchange";
import {
	V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,
	V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
	V4L2_CID_STATELESS_HEVC_PPS,
	V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,
	V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
	V4L2_CID_STATELESS_HEVC_SPS,
	v4l2_ctrl_hevc_decode_params,
	v4l2_ctrl_hevc_pps,
	v4l2_ctrl_hevc_scaling_matrix,
	v4l2_ctrl_hevc_slice_params,
	v4l2_ctrl_hevc_sps,
} from "../../abi/v4l2";
import {
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VAIQMatrixBufferHEVC,
	VAIQMatrixBufferType,
	VAPictureParameterBufferHEVC,
	VAPictureParameterBufferType,
	VASliceParameterBufferHEVC,
	VASliceParameterBufferType,
} from "../../abi/va";
import { surface_find } from "../../queues/surfaces";
import { controls_add, controls_add_largest, controls_add_optional } from "../controls";
import { depth_set, MODE_SLICES } from "../facts";
import { refuse, refuse_field, refuse_size, refuse_type } from "../refusal";
import { fill_decode_params, fill_pps, fill_probe_sps, fill_scaling_matrix, fill_sps } from "./fill";
import { take_picture } from "./parameters";
import { take_slice } from "./slice";
import {
	decoded_of,
	hevc_decode_params,
	hevc_entry_point,
	hevc_matrix,
	hevc_picture,
	hevc_pps,
	hevc_scaling_matrix,
	hevc_slice_params,
	hevc_sps,
	hevc_state,
	hevc_state_begin,
	hevc_state_reset,
	MAX_SLICES,
} from "./state";

/** Nearly every slice header fits, whatever the player says of its size. */
const LEAST_HEADER_SIZE: u32 = 32;

/** Main and Main 10 differ in what they may have, not in how it is decoded. */
export function reset(profile: u32, modes: u32): void {
	hevc_state_reset();
	hevc_state().modes = modes;
}

/** For a new picture in this surface. */
export function begin(surface: u32): void {
	hevc_state_begin(surface);
}

/** VAPictureParameterBufferHEVC and VAIQMatrixBufferHEVC. */
export function parameter(type: u32, address: usize, size: u32): u32 {
	switch (type) {
		case VAPictureParameterBufferType:
			if (size < VAPictureParameterBufferHEVC.SIZE) return refuse_size(type, size);
			return take_picture(address);
		case VAIQMatrixBufferType:
			if (size < VAIQMatrixBufferHEVC.SIZE) return refuse_size(type, size);
			memory.copy(changetype<usize>(hevc_matrix()), address, VAIQMatrixBufferHEVC.SIZE);
			hevc_state().has_matrix = 1;
			return VA_STATUS_SUCCESS;
		default:
			return refuse_type(type);
	}
}

/**
 * Bytes that hold a slice header of the size that the player says it has; as many as there may be where it says nothing. On top:
 * emulation prevention bytes, which are not counted (one after two others at most, 7.4.2.1), and a start code.
 */
export function slice_header_size(address: usize, size: u32): u32 {
	if (size < VASliceParameterBufferHEVC.SIZE) return 0;
	const bytes = VASliceParameterBufferHEVC.at(address).slice_data_byte_offset;
	if (bytes == 0 || bytes > CORE_SLICE_HEADER_CAPACITY) return CORE_SLICE_HEADER_CAPACITY;
	return min<u32>(max<u32>(bytes + bytes / 2 + 8, LEAST_HEADER_SIZE), CORE_SLICE_HEADER_CAPACITY);
}

/** VASliceParameterBufferHEVC, and the first bytes of the NAL unit. */
export function slice(address: usize, size: u32, header: usize, header_size: u32, place: u32): u32 {
	if (size < VASliceParameterBufferHEVC.SIZE) return refuse_size(VASliceParameterBufferType, size);
	if (hevc_state().has_picture == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	return take_slice(VASliceParameterBufferHEVC.at(address), header, header_size, place);
}

/** The SPS, once there are picture parameters; and SLICE_PARAMS, so that their array need not grow while a picture is decoded. */
export function fill_sequence(): void {
	if (hevc_state().has_picture == 0) return;
	fill_sps(hevc_sps());
	add_sps();
	const slices = changetype<usize>(hevc_slice_params(0));
	const element = v4l2_ctrl_hevc_slice_params.SIZE;
	controls_add_largest(V4L2_CID_STATELESS_HEVC_SLICE_PARAMS, slices, element * MAX_SLICES);
}

/** An SPS of nothing but a bit depth, 8 or 10. */
export function fill_probe(bit_depth: u32): void {
	if (depth_set(bit_depth) == 0) return;
	fill_probe_sps(hevc_sps(), bit_depth);
	add_sps();
}

function add_sps(): void {
	controls_add(V4L2_CID_STATELESS_HEVC_SPS, changetype<usize>(hevc_sps()), v4l2_ctrl_hevc_sps.SIZE);
}

/**
 * SPS, PPS, SCALING_MATRIX where lists are enabled, DECODE_PARAMS; and for devices that have them SLICE_PARAMS and
 * ENTRY_POINT_OFFSETS, of all slices or of the last one.
 */
export function fill_picture(): u32 {
	const state = hevc_state();
	if (state.has_picture == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	if (state.slice_count == 0) return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_SLICES);
	const has_lists = hevc_picture().pic_fields_scaling_list_enabled_flag != 0;
	// Which lists are meant is not to be known: the default ones (table 7-5) come in a buffer, too.
	if (has_lists && state.has_matrix == 0) return refuse_field("VAIQMatrixBufferHEVC");
	fill_sps(hevc_sps());
	fill_pps(hevc_pps());
	fill_decode_params(hevc_decode_params());
	add_sps();
	controls_add(V4L2_CID_STATELESS_HEVC_PPS, changetype<usize>(hevc_pps()), v4l2_ctrl_hevc_pps.SIZE);
	if (has_lists) {
		const matrix = hevc_scaling_matrix();
		fill_scaling_matrix(matrix, hevc_matrix());
		controls_add_optional(
			V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,
			changetype<usize>(matrix),
			v4l2_ctrl_hevc_scaling_matrix.SIZE,
		);
	}
	const params = changetype<usize>(hevc_decode_params());
	controls_add(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params, v4l2_ctrl_hevc_decode_params.SIZE);
	const slices = (state.modes & MODE_SLICES) != 0 ? 1 : state.slice_count;
	controls_add_optional(
		V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
		changetype<usize>(hevc_slice_params(0)),
		slices * v4l2_ctrl_hevc_slice_params.SIZE,
	);
	if (state.entry_point_count != 0) {
		controls_add_optional(
			V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
			hevc_entry_point(0),
			state.entry_point_count * 4,
		);
	}
	return VA_STATUS_SUCCESS;
}

/** The surface holds the picture that the device has. */
export function end(surface: u32, submitted: bool): void {
	if (!submitted || hevc_state().has_picture == 0) return;
	const record = surface_find(surface);
	if (record == null) return;
	const decoded = decoded_of(record);
	decoded.valid = 1;
	decoded.pic_order_cnt = hevc_picture().CurrPic.pic_order_cnt;
}
