// SPDX-License-Identifier: MIT
/** Reads the facts of one decoder (struct core_decoder): what it can be asked to do. */
import {
	CORE_MAX_CAPTURE_FORMATS,
	CORE_MAX_CODED_FORMATS,
	CORE_MAX_CONTROLS,
	CORE_SIZES_UNKNOWN,
	core_coded_format,
	core_control_facts,
	core_decoder,
} from "../abi/exchange";
import {
	V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
	V4L2_PIX_FMT_HEVC_SLICE,
	V4L2_PIX_FMT_VP9_FRAME,
} from "../abi/v4l2";
import { codec_facts, codec_of_coded_fourcc, codec_takes_size, depth_set } from "../codec/facts";
import {
	FORMAT_UNKNOWN,
	format_bit_depth,
	format_is_linear,
	format_of_v4l2,
	format_v4l2_fourcc,
} from "../formats/formats";
import { MAX_SIDE } from "../formats/layout";

/** The coded format with this fourcc, or null. */
export function decoder_coded_format(decoder: core_decoder, fourcc: u32): core_coded_format | null {
	const count = min<u32>(decoder.coded_count, CORE_MAX_CODED_FORMATS);
	for (let i: u32 = 0; i < count; i++) {
		if (decoder.coded(i).fourcc == fourcc) return decoder.coded(i);
	}
	return null;
}

/** Samples of luma in a row, a multiple of this, are a pitch that can be handed out, whatever the depth. */
const STRIDE_STEP: u32 = 64;
/** v4l2_capability.driver of the decoders that write pictures narrower than their formats say. */
const RKVDEC: string = "rkvdec";
/** The same of one whose decoder of HEVC and VP9, G2, takes the picture's size from its header, and the length of rows from that. */
const HANTRO: string = "hantro-vpu";

function has_driver(decoder: core_decoder, name: string): bool {
	for (let i = 0; i < name.length; i++) {
		if (<i32>decoder.get_driver(i) != name.charCodeAt(i)) return false;
	}
	return decoder.get_driver(name.length) == 0;
}

/**
 * The width to ask of S_FMT for pictures of this one. rkvdec takes the pitch from the format and the picture's width from the
 * sequence, which may be less (rkvdec_h264_validate_sps(), assemble_hw_pps()): rows get the pitch that GPUs want. hantro
 * (hantro_g1_h264_dec_run(): PIC_MB_WIDTH of the format) and cedrus take both from one, so theirs stays.
 */
export function decoder_format_width(decoder: core_decoder, width: u32): u32 {
	return has_driver(decoder, RKVDEC) ? ((width + STRIDE_STEP - 1) / STRIDE_STEP) * STRIDE_STEP : width;
}

/** The facts of a control, or null when the device does not have it. */
export function decoder_control(decoder: core_decoder, id: u32): core_control_facts | null {
	const count = min<u32>(decoder.control_count, CORE_MAX_CONTROLS);
	for (let i: u32 = 0; i < count; i++) {
		if (decoder.controls(i).id == id) return decoder.controls(i);
	}
	return null;
}

/** AV1_MAX_TILES of rockchip_vpu981_hw_av1_dec.c: its jobs fail with more, although the control takes them. */
const HANTRO_TILES: u32 = 128;

/** How many elements of an array control the device decodes a picture with. */
export function decoder_elements(decoder: core_decoder, control: core_control_facts): u32 {
	const tiles = control.id == V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY && has_driver(decoder, HANTRO);
	return tiles ? min<u32>(control.max_elems, HANTRO_TILES) : control.max_elems;
}

/** Whether a menu control exists and knows this item. */
export function decoder_menu_has(decoder: core_decoder, id: u32, item: u32): bool {
	const control = decoder_control(decoder, id);
	return control != null && item < 32 && ((control.menu_mask >> item) & 1) != 0;
}

/**
 * The best CAPTURE format that holds this bit depth: a linear one if there is any, else what costs least to convert. 0 when the
 * device has none that can be shown.
 */
export function decoder_capture_fourcc(coded: core_coded_format, bit_depth: u32): u32 {
	const count = min<u32>(coded.capture_count, CORE_MAX_CAPTURE_FORMATS);
	let best: i32 = FORMAT_UNKNOWN;
	for (let i: u32 = 0; i < count; i++) {
		const capture = coded.captures(i);
		if ((capture.depths & depth_set(bit_depth)) == 0) continue;
		const format = format_of_v4l2(capture.fourcc);
		if (format == FORMAT_UNKNOWN || format_bit_depth(format) != bit_depth) continue;
		if (best == FORMAT_UNKNOWN || format < best) best = format;
	}
	return best == FORMAT_UNKNOWN ? 0 : format_v4l2_fourcc(best);
}

/** Whether pictures of all these depths (a set) come linear, as far as they come at all. */
export function decoder_is_linear(coded: core_coded_format, depths: u32): bool {
	for (let bit_depth: u32 = 8; bit_depth <= 10; bit_depth += 2) {
		const capture = decoder_capture_fourcc(coded, bit_depth);
		if (
			(depths & depth_set(bit_depth)) != 0 &&
			capture != 0 &&
			!format_is_linear(format_of_v4l2(capture))
		)
			return false;
	}
	return true;
}

/** Greatest picture of a coded format; where the device does not say (ENOTTY on cedrus), what its API can name. */
const UNSTATED_MAX: u32 = 4096;

/** The greatest width of a coded format, in samples; UNSTATED_MAX where the device does not say. */
export function coded_max_width(coded: core_coded_format): u32 {
	return greatest_side(coded, coded.sizes.max_width);
}

/** The greatest height of a coded format, in samples; UNSTATED_MAX where the device does not say. */
export function coded_max_height(coded: core_coded_format): u32 {
	return greatest_side(coded, coded.sizes.max_height);
}

/** VDPU381 and VDPU383 say 65472 (rkvdec.c, vdpu381_coded_fmts), which neither a level of their codecs nor a surface has. */
function greatest_side(coded: core_coded_format, told: u32): u32 {
	const side = coded.sizes.kind == CORE_SIZES_UNKNOWN || told == 0 ? UNSTATED_MAX : told;
	const of_codec = codec_facts(codec_of_coded_fourcc(coded.fourcc)).max_side;
	return min<u32>(side, of_codec == 0 ? MAX_SIDE : of_codec);
}

/** Samples of the greatest picture of a coded format; 0 where the device does not say. */
export function coded_told_area(coded: core_coded_format): u64 {
	return coded.sizes.kind == CORE_SIZES_UNKNOWN ? 0 : <u64>coded_max_width(coded) * coded_max_height(coded);
}

/** Whether the device's greatest picture covers width x height. Smaller ones than its least are padded by S_FMT. */
export function coded_has_room(coded: core_coded_format, width: u32, height: u32): bool {
	return width > 0 && height > 0 && width <= coded_max_width(coded) && height <= coded_max_height(coded);
}

/** Whether, besides, some level of the codec has pictures as large. */
export function coded_takes_size(coded: core_coded_format, width: u32, height: u32): bool {
	return (
		coded_has_room(coded, width, height) &&
		codec_takes_size(codec_of_coded_fourcc(coded.fourcc), width, height)
	);
}

/**
 * Whether S_FMT may pad a picture of this size to the device's least. hantro's G2 is told no length of rows (hantro_g2_hevc_dec.c,
 * set_params(); hantro_g2_vp9_dec.c, config_picture_dimensions()): it would write others than CAPTURE has.
 */
export function decoder_pads(decoder: core_decoder, coded: core_coded_format, width: u32, height: u32): bool {
	const of_g2 = coded.fourcc == V4L2_PIX_FMT_HEVC_SLICE || coded.fourcc == V4L2_PIX_FMT_VP9_FRAME;
	if (!of_g2 || !has_driver(decoder, HANTRO)) return true;
	const sizes = coded.sizes;
	return sizes.kind == CORE_SIZES_UNKNOWN || (width >= sizes.min_width && height >= sizes.min_height);
}

/** Samples of a block of VP9, in each direction. */
const VP9_BLOCK: u32 = 64;

/**
 * Whether pictures of two different sizes are decoded with the same formats, so that one may refer to the other. rkvdec decodes any
 * VP9 frame that fills just as many blocks as CAPTURE has (rkvdec-vp9.c, validate_dec_params()), and is told the sizes of references.
 * G2 takes the length of rows from the picture, so with it CAPTURE must be of the picture's size.
 */
export function coded_shares_formats(
	decoder: core_decoder,
	coded: core_coded_format,
	width: u32,
	height: u32,
	other_width: u32,
	other_height: u32,
): bool {
	if (coded.fourcc != V4L2_PIX_FMT_VP9_FRAME || !has_driver(decoder, RKVDEC)) return false;
	return blocks(width) == blocks(other_width) && blocks(height) == blocks(other_height);
}

function blocks(samples: u32): u32 {
	return (samples + VP9_BLOCK - 1) / VP9_BLOCK;
}
