// SPDX-License-Identifier: MIT
/**
 * VP9, profiles 0 and 2 (VP9 Bitstream and Decoding Process Specification, 0.6). Needs Linux 5.17: the stateless VP9 controls. The verbs
 * that codec.ts calls, in the order of a picture's events. A frame is one slice, whatever its tiles; superframes and
 * show_existing_frame are the players'.
 */
import { CORE_MESSAGE_NO_SLICES, CORE_SLICE_HEADER_CAPACITY } from "../../abi/exchange";
import {
	V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
	V4L2_CID_STATELESS_VP9_FRAME,
	V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA,
	v4l2_ctrl_vp9_compressed_hdr,
	v4l2_ctrl_vp9_frame,
} from "../../abi/v4l2";
import {
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VADecPictureParameterBufferVP9,
	VAPictureParameterBufferType,
	VASliceParameterBufferType,
	VASliceParameterBufferVP9,
} from "../../abi/va";
import { surface_find } from "../../queues/surfaces";
import { controls_add, controls_add_optional } from "../controls";
import { depth_set } from "../facts";
import { refuse, refuse_size, refuse_type } from "../refusal";
import { fill_frame, fill_probe_frame } from "./fill";
import { take_picture, take_slice } from "./parameters";
import { contexts_sent } from "./references";
import {
	decoded_of,
	vp9_compressed_hdr,
	vp9_frame,
	vp9_header,
	vp9_picture,
	vp9_state,
	vp9_state_begin,
	vp9_state_reset,
} from "./state";

/** There is no mode. */
export function reset(profile: u32, modes: u32): void {
	vp9_state_reset();
	vp9_state().profile = profile;
}

/** For a new picture in this surface. */
export function begin(surface: u32): void {
	vp9_state_begin(surface);
}

/** VADecPictureParameterBufferVP9. */
export function parameter(type: u32, address: usize, size: u32): u32 {
	if (type != VAPictureParameterBufferType) return refuse_type(type);
	if (size < VADecPictureParameterBufferVP9.SIZE) return refuse_size(type, size);
	return take_picture(address);
}

/** Both headers, as long as VA says they are. The longest compressed header that has a meaning is 3.8 kB; padding may follow it. */
export function slice_header_size(address: usize, size: u32): u32 {
	if (size < VASliceParameterBufferVP9.SIZE || vp9_state().has_picture == 0) return 0;
	const picture = vp9_picture();
	const bytes: u32 = <u32>picture.frame_header_length_in_bytes + <u32>picture.first_partition_size;
	return min<u32>(bytes, CORE_SLICE_HEADER_CAPACITY);
}

/** VASliceParameterBufferVP9, and the first bytes of its data. */
export function slice(address: usize, size: u32, header: usize, header_size: u32, place: u32): u32 {
	if (size < VASliceParameterBufferVP9.SIZE) return refuse_size(VASliceParameterBufferType, size);
	return take_slice(address, header, header_size);
}

/** The frame at hand, once its header is known. */
export function fill_sequence(): void {
	if (vp9_state().has_slice == 0) return;
	fill_frame(vp9_frame());
	add_frame();
}

/** VP9_FRAME of a bit depth, 8 or 10. */
export function fill_probe(bit_depth: u32): void {
	if (depth_set(bit_depth) == 0) return;
	fill_probe_frame(vp9_frame(), bit_depth);
	add_frame();
}

function add_frame(): void {
	controls_add(V4L2_CID_STATELESS_VP9_FRAME, changetype<usize>(vp9_frame()), v4l2_ctrl_vp9_frame.SIZE);
}

/**
 * VP9_FRAME, and COMPRESSED_HDR for devices that do not read that header themselves. Returns VAStatus: INVALID_PARAMETER with a
 * message while there is no slice.
 */
export function fill_picture(): u32 {
	if (vp9_state().has_slice == 0) return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_SLICES);
	fill_frame(vp9_frame());
	add_frame();
	controls_add_optional(
		V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
		changetype<usize>(vp9_compressed_hdr()),
		v4l2_ctrl_vp9_compressed_hdr.SIZE,
	);
	return VA_STATUS_SUCCESS;
}

/** The surface holds the picture that the device has, which has learnt what its controls said. */
export function end(surface: u32, submitted: bool): void {
	if (!submitted || vp9_state().has_slice == 0) return;
	if ((vp9_frame().seg.flags & V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA) != 0)
		vp9_state().features_unsent = 0;
	contexts_sent();
	const record = surface_find(surface);
	if (record == null) return;
	const decoded = decoded_of(record);
	decoded.width = <u32>vp9_header().frame_width_minus_1 + 1;
	decoded.height = <u32>vp9_header().frame_height_minus_1 + 1;
	decoded.bit_depth = vp9_header().bit_depth;
}
