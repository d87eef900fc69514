// SPDX-License-Identifier: MIT
/**
 * The codecs, and what the session asks of each: a line per codec in each verb.
 *
 *   begin -> parameter ... -> [slice_header_size -> slice] ... -> fill_picture -> end
 *
 * A slice-based device gets the controls of each slice, so there fill_picture follows each slice. What a verb leaves for the
 * session is in result.ts, controls.ts and refusal.ts. One instance decodes one stream, so its codec is known here only.
 */

import { VA_STATUS_ERROR_UNSUPPORTED_PROFILE } from "../abi/va";
import * as av1 from "./av1/av1";
import { controls_clear } from "./controls";
import {
	CODEC_AV1,
	CODEC_H264,
	CODEC_HEVC,
	CODEC_MPEG2,
	CODEC_NONE,
	CODEC_VP8,
	CODEC_VP9,
	codec_of_profile,
} from "./facts";
import * as h264 from "./h264/h264";
import * as hevc from "./hevc/hevc";
import * as mpeg2 from "./mpeg2/mpeg2";
import { refusal_clear } from "./refusal";
import { picture_clear, sequence_clear } from "./result";
import * as vp8 from "./vp8/vp8";
import * as vp9 from "./vp9/vp9";

/** CODEC_* of the stream, after codec_reset(). */
let codec: u32 = CODEC_NONE;

/** For a new context. profile: a VAProfile that facts.ts knows. modes: what the session chose of the device's menus, MODE_*. */
export function codec_reset(profile: u32, modes: u32): void {
	codec = codec_of_profile(profile);
	controls_clear();
	refusal_clear();
	sequence_clear();
	switch (codec) {
		case CODEC_H264:
			return h264.reset(profile, modes);
		case CODEC_VP8:
			return vp8.reset(profile, modes);
		case CODEC_MPEG2:
			return mpeg2.reset(profile, modes);
		case CODEC_HEVC:
			return hevc.reset(profile, modes);
		case CODEC_VP9:
			return vp9.reset(profile, modes);
		case CODEC_AV1:
			return av1.reset(profile, modes);
	}
}

/** vaBeginPicture. */
export function codec_begin(surface: u32): void {
	refusal_clear();
	picture_clear(surface);
	switch (codec) {
		case CODEC_H264:
			return h264.begin(surface);
		case CODEC_VP8:
			return vp8.begin(surface);
		case CODEC_MPEG2:
			return mpeg2.begin(surface);
		case CODEC_HEVC:
			return hevc.begin(surface);
		case CODEC_VP9:
			return vp9.begin(surface);
		case CODEC_AV1:
			return av1.begin(surface);
	}
}

/** One element of a parameter buffer: checked, and kept. type: VABufferType. Returns VAStatus; why is in refusal.ts. */
export function codec_parameter(type: u32, address: usize, size: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264.parameter(type, address, size);
		case CODEC_VP8:
			return vp8.parameter(type, address, size);
		case CODEC_MPEG2:
			return mpeg2.parameter(type, address, size);
		case CODEC_HEVC:
			return hevc.parameter(type, address, size);
		case CODEC_VP9:
			return vp9.parameter(type, address, size);
		case CODEC_AV1:
			return av1.parameter(type, address, size);
		default:
			return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
	}
}

/** How many of a slice's first bytes codec_slice() wants to see, at most CORE_SLICE_HEADER_CAPACITY; 0 where none or unknown. */
export function codec_slice_header_size(parameter: usize, size: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264.slice_header_size(parameter, size);
		case CODEC_VP8:
			return vp8.slice_header_size(parameter, size);
		case CODEC_MPEG2:
			return mpeg2.slice_header_size(parameter, size);
		case CODEC_HEVC:
			return hevc.slice_header_size(parameter, size);
		case CODEC_VP9:
			return vp9.slice_header_size(parameter, size);
		case CODEC_AV1:
			return av1.slice_header_size(parameter, size);
		default:
			return 0;
	}
}

/**
 * One slice or tile: `size` bytes of its parameters, and the first bytes of its data. place: where its bytes, the prefix
 * first, will lie in the OUTPUT buffer. The caller has cleared SLICE; for NAL codecs it has filled it, and the header begins
 * behind the start code. Leaves SEQUENCE, PICTURE and SLICE. Returns VAStatus; why is
 * in refusal.ts.
 */
export function codec_slice(parameter: usize, size: u32, header: usize, header_size: u32, place: u32): u32 {
	switch (codec) {
		case CODEC_H264:
			return h264.slice(parameter, size, header, header_size, place);
		case CODEC_VP8:
			return vp8.slice(parameter, size, header, header_size, place);
		case CODEC_MPEG2:
			return mpeg2.slice(parameter, size, header, header_size, place);
		case CODEC_HEVC:
			return hevc.slice(parameter, size, header, header_size, place);
		case CODEC_VP9:
			return vp9.slice(parameter, size, header, header_size, place);
		case CODEC_AV1:
			return av1.slice(parameter, size, header, header_size, place);
		default:
			return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
	}
}

/** Leaves the controls that settle formats, for use outside a request. */
export function codec_fill_sequence(): void {
	controls_clear();
	switch (codec) {
		case CODEC_H264:
			return h264.fill_sequence();
		case CODEC_VP8:
			return vp8.fill_sequence();
		case CODEC_MPEG2:
			return mpeg2.fill_sequence();
		case CODEC_HEVC:
			return hevc.fill_sequence();
		case CODEC_VP9:
			return vp9.fill_sequence();
		case CODEC_AV1:
			return av1.fill_sequence();
	}
}

/** The same for any sequence of a bit depth of a codec (CODEC_*), in the display's instance. */
export function codec_fill_probe(of_codec: u32, bit_depth: u32): void {
	controls_clear();
	switch (of_codec) {
		case CODEC_H264:
			return h264.fill_probe(bit_depth);
		case CODEC_VP8:
			return vp8.fill_probe(bit_depth);
		case CODEC_MPEG2:
			return mpeg2.fill_probe(bit_depth);
		case CODEC_HEVC:
			return hevc.fill_probe(bit_depth);
		case CODEC_VP9:
			return vp9.fill_probe(bit_depth);
		case CODEC_AV1:
			return av1.fill_probe(bit_depth);
	}
}

/** Leaves the controls of the picture, or of its last slice (MODE_SLICES). Returns VAStatus; why is in refusal.ts. */
export function codec_fill_picture(): u32 {
	controls_clear();
	switch (codec) {
		case CODEC_H264:
			return h264.fill_picture();
		case CODEC_VP8:
			return vp8.fill_picture();
		case CODEC_MPEG2:
			return mpeg2.fill_picture();
		case CODEC_HEVC:
			return hevc.fill_picture();
		case CODEC_VP9:
			return vp9.fill_picture();
		case CODEC_AV1:
			return av1.fill_picture();
		default:
			return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
	}
}

/**
 * The picture is over. submitted: the device has it. Pictures that were given up end as well: a parser goes on with the
 * stream, not with what was decoded of it.
 */
export function codec_end(surface: u32, submitted: bool): void {
	switch (codec) {
		case CODEC_H264:
			return h264.end(surface, submitted);
		case CODEC_VP8:
			return vp8.end(surface, submitted);
		case CODEC_MPEG2:
			return mpeg2.end(surface, submitted);
		case CODEC_HEVC:
			return hevc.end(surface, submitted);
		case CODEC_VP9:
			return vp9.end(surface, submitted);
		case CODEC_AV1:
			return av1.end(surface, submitted);
	}
}
