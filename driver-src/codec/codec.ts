// SPDX-License-Identifier: MIT
/**
 * The codecs, and what the session asks of each: one line per codec in each function.
 *
 *   codec_begin_picture -> codec_parameter ... -> codec_slice ... -> codec_fill_picture -> codec_picture_done
 *
 * Between codec_slice and codec_fill_picture a slice-based device gets the controls of that one slice.
 */
import {
	V4L2_CID_STATELESS_H264_DECODE_MODE,
	V4L2_CID_STATELESS_H264_START_CODE,
	V4L2_PIX_FMT_H264_SLICE,
} from "../abi/v4l2";
import {
	VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
	VAProfileH264ConstrainedBaseline,
	VAProfileH264High,
	VAProfileH264High10,
	VAProfileH264Main,
} from "../abi/va";
import {
	controls_address,
	controls_clear,
	controls_count,
	controls_id,
	controls_size,
	refusal_clear,
	refusal_message,
	refusal_value,
} from "./controls";
import {
	h264_configure,
	h264_fill_picture,
	h264_fill_probe,
	h264_fill_sequence,
	h264_has_start_codes,
	h264_is_slice_based,
	h264_picture_done,
	h264_reference_count,
	h264_reference_surface,
	h264_reset,
	h264_slice,
	h264_slice_header_size,
	h264_trailing_zeros,
} from "./h264/h264";
import { h264_parameter } from "./h264/parameters";
import { h264_sequence_record, h264_state, h264_state_begin } from "./h264/state";

export const CODEC_NONE: u32 = 0;
export const CODEC_H264: u32 = 1;

/** start_code_prefix_one_3bytes, H.264 B.1.1. */
const START_CODE: usize = memory.data<u8>([0, 0, 1]);
const START_CODE_SIZE: u32 = 3;

export function codec_of_profile(profile: u32): u32 {
	switch (profile) {
		case VAProfileH264ConstrainedBaseline:
		case VAProfileH264Main:
		case VAProfileH264High:
		case VAProfileH264High10:
			return CODEC_H264;
		default:
			return CODEC_NONE;
	}
}

/** The OUTPUT format of a codec, 0 for none. */
export function coded_fourcc_of(codec: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return V4L2_PIX_FMT_H264_SLICE;
		default:
			return 0;
	}
}

/** The codec of an OUTPUT format. */
export function codec_of_coded_fourcc(fourcc: u32): u32 {
	switch (fourcc) {
		case V4L2_PIX_FMT_H264_SLICE:
			return CODEC_H264;
		default:
			return CODEC_NONE;
	}
}

/** The menu control that chooses slices or frames, 0 when the codec has none. Its items: 0 slices, 1 frames. */
export function codec_decode_mode_control(codec: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return V4L2_CID_STATELESS_H264_DECODE_MODE;
		default:
			return 0;
	}
}

/** The menu control that chooses start codes, 0 when the codec has none. Its items: 0 none, 1 Annex B. */
export function codec_start_code_control(codec: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return V4L2_CID_STATELESS_H264_START_CODE;
		default:
			return 0;
	}
}

/** For a new context. */
export function codec_reset(codec: u32, profile: u32): void {
	controls_clear();
	refusal_clear();
	switch (codec) {
		case CODEC_H264:
			return h264_reset(profile);
	}
}

/** What the device settled on, as values of its two menus. */
export function codec_configure(codec: u32, decode_mode: u32, start_code: u32): void {
	switch (codec) {
		case CODEC_H264:
			return h264_configure(decode_mode, start_code);
	}
}

/** Whether a request holds one slice rather than a picture. */
export function codec_is_slice_based(codec: u32): bool {
	switch (codec) {
		case CODEC_H264:
			return h264_is_slice_based();
		default:
			return false;
	}
}

/** Forgets what belongs to a picture. */
export function codec_begin_picture(codec: u32, surface: u32): void {
	refusal_clear();
	switch (codec) {
		case CODEC_H264:
			return h264_state_begin(surface);
	}
}

/** Takes one element of a parameter buffer, and checks it. Returns VAStatus. */
export function codec_parameter(codec: u32, type: u32, address: usize, size: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264_parameter(type, address, size);
		default:
			return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
	}
}

/** How many of its first bytes codec_slice() wants to see of a slice with these parameters. */
export function codec_slice_header_size(codec: u32, parameter: usize, size: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264_slice_header_size(parameter, size);
		default:
			return 0;
	}
}

/** Takes one slice: its parameters, and the first bytes of its data as the player gave them. Returns VAStatus. */
export function codec_slice(codec: u32, parameter: usize, size: u32, header: usize, header_size: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264_slice(parameter, size, header, header_size);
		default:
			return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
	}
}

/** Bytes at the start of the last slice's data that are not for the device. */
export function codec_slice_skip(codec: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264_state().skip;
		default:
			return 0;
	}
}

/** Bytes at the end of a slice's data that are not for the device. Its last bytes end at end; size: how many there are. */
export function codec_slice_padding(codec: u32, end: usize, size: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264_trailing_zeros(end, size);
		default:
			return 0;
	}
}

/** What goes into the OUTPUT buffer before each slice. */
export function codec_slice_prefix_address(codec: u32): usize {
	switch (codec) {
		case CODEC_H264:
			return START_CODE;
		default:
			return 0;
	}
}

export function codec_slice_prefix_size(codec: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264_has_start_codes() ? START_CODE_SIZE : 0;
		default:
			return 0;
	}
}

/** Address of a Sequence. */
export function codec_sequence(codec: u32): usize {
	assert(codec == CODEC_H264, "no such codec");
	return changetype<usize>(h264_sequence_record());
}

/** Leaves the controls that settle a sequence, for use outside a request, in codec_control_*(). */
export function codec_fill_sequence(codec: u32): void {
	switch (codec) {
		case CODEC_H264:
			return h264_fill_sequence();
	}
}

/** Leaves a control that stands for any sequence of a bit depth in codec_control_*(); none when the codec needs none. */
export function codec_fill_probe(codec: u32, bit_depth: u32): void {
	controls_clear();
	switch (codec) {
		case CODEC_H264:
			if (bit_depth == 8 || bit_depth == 10) h264_fill_probe(bit_depth);
	}
}

/** Leaves the controls of the picture (frame-based) or of its last slice (slice-based) in codec_control_*(). Returns VAStatus. */
export function codec_fill_picture(codec: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264_fill_picture();
		default:
			return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
	}
}

/** 0 frame, 1 top field, 2 bottom field. */
export function codec_picture_structure(codec: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264_state().structure;
		default:
			return 0;
	}
}

/** Whether the picture is the second field of the frame whose first field was the picture before it. */
export function codec_is_second_field(codec: u32): bool {
	switch (codec) {
		case CODEC_H264:
			return h264_state().second_field != 0;
		default:
			return false;
	}
}

/** How many surfaces, other than its own, the picture names as references. */
export function codec_reference_count(codec: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264_reference_count();
		default:
			return 0;
	}
}

export function codec_reference_surface(codec: u32, i: u32): u32 {
	assert(codec == CODEC_H264, "no such codec");
	return h264_reference_surface(i);
}

/** The whole picture was handed to the device. */
export function codec_picture_done(codec: u32, surface: u32): void {
	switch (codec) {
		case CODEC_H264:
			return h264_picture_done(surface);
	}
}

export function codec_control_count(): u32 {
	return controls_count();
}

export function codec_control_id(i: u32): u32 {
	return controls_id(i);
}

export function codec_control_address(i: u32): usize {
	return controls_address(i);
}

export function codec_control_size(i: u32): u32 {
	return controls_size(i);
}

/** CORE_MESSAGE_* of the last refusal. */
export function codec_message(): u32 {
	return refusal_message();
}

export function codec_message_value(i: u32): u32 {
	return refusal_value(i);
}
