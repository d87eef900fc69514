// SPDX-License-Identifier: MIT
/**
 * V4L2_CID_STATELESS_VP8_FRAME in the order of its struct, from the frame header and from what VA knows of the pictures before.
 * Every field is written each time.
 */
import {
	V4L2_VP8_FRAME_FLAG_KEY_FRAME,
	V4L2_VP8_FRAME_FLAG_SHOW_FRAME,
	V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE,
	V4L2_VP8_SEGMENT_FLAG_ENABLED,
	v4l2_ctrl_vp8_frame,
	v4l2_vp8_entropy,
	v4l2_vp8_entropy_coder_state,
	v4l2_vp8_loop_filter,
	v4l2_vp8_quantization,
	v4l2_vp8_segment,
} from "../../abi/v4l2";
import { surface_find } from "../../queues/surfaces";
import { is_key_frame, vp8_header, vp8_matrix, vp8_picture, vp8_slice, vp8_state } from "./state";
import { key_uv_mode_prob, key_y_mode_prob } from "./tables";

/** V4L2_CID_STATELESS_VP8_FRAME, all of it, from the frame header, the three VA buffers and the slice (RFC 6386 9.2 to 9.11). */
export function fill_frame(frame: v4l2_ctrl_vp8_frame): void {
	const header = vp8_header();
	const picture = vp8_picture();
	const state = vp8_state();
	frame.clear();
	fill_segment(frame.segment);
	fill_loop_filter(frame.lf);
	fill_quant(frame.quant);
	fill_entropy(frame.entropy);
	fill_coder_state(frame.coder_state);
	frame.width = <u16>picture.frame_width;
	frame.height = <u16>picture.frame_height;
	frame.horizontal_scale = <u8>state.horizontal_scale;
	frame.vertical_scale = <u8>state.vertical_scale;
	frame.version = <u8>picture.pic_fields_version;
	// 0 where the header has none: VA's are some earlier picture's then.
	frame.prob_skip_false = header.prob_skip_false;
	frame.prob_intra = header.prob_intra;
	frame.prob_last = header.prob_last;
	frame.prob_gf = header.prob_gf;
	frame.num_dct_parts = header.num_dct_parts;
	frame.first_part_size = state.first_part_size;
	frame.first_part_header_bits = header.first_part_header_bits;
	for (let i: u32 = 0; i < header.num_dct_parts; i++)
		frame.set_dct_part_sizes(i, vp8_slice().get_partition_size(i + 1));
	if (!is_key_frame()) fill_references(frame);
	frame.flags = flags_of(header);
}

/**
 * The segments' values as the stream has them, also while segmentation is off; where they are not known (settle_segments()),
 * those that VA has made of them, as absolute values.
 */
function fill_segment(segment: v4l2_vp8_segment): void {
	const said = vp8_header().segment;
	for (let i: u32 = 0; i < 3; i++) segment.set_segment_probs(i, said.get_segment_probs(i));
	const enabled = (said.flags & V4L2_VP8_SEGMENT_FLAG_ENABLED) != 0;
	if (!enabled || vp8_state().segment_known != 0) {
		for (let i: u32 = 0; i < 4; i++) {
			segment.set_quant_update(i, said.get_quant_update(i));
			segment.set_lf_update(i, said.get_lf_update(i));
		}
		segment.flags = said.flags;
		return;
	}
	for (let i: u32 = 0; i < 4; i++) {
		segment.set_quant_update(i, <i8>vp8_matrix().get_quantization_index(i, 0));
		segment.set_lf_update(i, <i8>vp8_picture().get_loop_filter_level(i));
	}
	segment.flags = said.flags & ~V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
}

function fill_loop_filter(lf: v4l2_vp8_loop_filter): void {
	const said = vp8_header().lf;
	for (let i: u32 = 0; i < 4; i++) {
		lf.set_ref_frm_delta(i, said.get_ref_frm_delta(i));
		lf.set_mb_mode_delta(i, said.get_mb_mode_delta(i));
	}
	lf.sharpness_level = said.sharpness_level;
	lf.level = said.level;
	lf.flags = said.flags;
}

function fill_quant(quant: v4l2_vp8_quantization): void {
	const said = vp8_header().quant;
	quant.y_ac_qi = said.y_ac_qi;
	quant.y_dc_delta = said.y_dc_delta;
	quant.y2_dc_delta = said.y2_dc_delta;
	quant.y2_ac_delta = said.y2_ac_delta;
	quant.uv_dc_delta = said.uv_dc_delta;
	quant.uv_ac_delta = said.uv_ac_delta;
}

/** Those of VA, which agree with the header; the modes of a key frame have probabilities of their own (11.2). */
function fill_entropy(entropy: v4l2_vp8_entropy): void {
	memory.copy(changetype<usize>(entropy), changetype<usize>(vp8_header().entropy), v4l2_vp8_entropy.SIZE);
	if (!is_key_frame()) return;
	for (let i: u32 = 0; i < 4; i++) entropy.set_y_mode_probs(i, key_y_mode_prob(i));
	for (let i: u32 = 0; i < 3; i++) entropy.set_uv_mode_probs(i, key_uv_mode_prob(i));
}

function fill_coder_state(coder_state: v4l2_vp8_entropy_coder_state): void {
	const said = vp8_header().coder_state;
	coder_state.range = said.range;
	coder_state.value = said.value;
	coder_state.bit_count = said.bit_count;
}

function fill_references(frame: v4l2_ctrl_vp8_frame): void {
	const picture = vp8_picture();
	frame.last_frame_ts = timestamp_of(picture.last_ref_frame);
	frame.golden_frame_ts = timestamp_of(picture.golden_ref_frame);
	frame.alt_frame_ts = timestamp_of(picture.alt_ref_frame);
}

/** 0, which names no picture, for a surface that is missing or holds none. */
function timestamp_of(surface: u32): u64 {
	if (surface == vp8_state().surface) return 0; // its picture is about to go
	const record = surface_find(surface);
	return record == null ? 0 : record.timestamp;
}

function flags_of(header: v4l2_ctrl_vp8_frame): u64 {
	let flags = header.flags;
	if (is_key_frame()) flags |= V4L2_VP8_FRAME_FLAG_KEY_FRAME;
	if (vp8_state().show_frame != 0) flags |= V4L2_VP8_FRAME_FLAG_SHOW_FRAME;
	return flags;
}
