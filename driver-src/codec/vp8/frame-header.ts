// SPDX-License-Identifier: MIT
/**
 * The frame header of RFC 6386 9.2 to 9.11 and 19.2, which begins the first partition. VA-API carries its results, but not
 * the quantiser's deltas, the level of the loop filter and the segments' values as coded.
 *
 * It is read into the control's own form. What a header may update and what stays otherwise is VA's to begin with: where
 * the header updates it to something else, the two contradict each other (agreement.ts).
 */
import {
	V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF,
	V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT,
	V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN,
	V4L2_VP8_LF_ADJ_ENABLE,
	V4L2_VP8_LF_DELTA_UPDATE,
	V4L2_VP8_LF_FILTER_TYPE_SIMPLE,
	V4L2_VP8_MV_PROB_CNT,
	V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE,
	V4L2_VP8_SEGMENT_FLAG_ENABLED,
	V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA,
	V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP,
	v4l2_ctrl_vp8_frame,
	v4l2_vp8_entropy,
	v4l2_vp8_loop_filter,
	v4l2_vp8_quantization,
	v4l2_vp8_segment,
} from "../../abi/v4l2";
import { VAProbabilityDataBufferVP8 } from "../../abi/va";
import {
	bool_flag,
	bool_literal,
	bool_open,
	bool_position,
	bool_range,
	bool_read,
	bool_value,
	bool_zeros,
} from "../../bits/bool-decoder";
import { remembered_segment, vp8_picture, vp8_probabilities, vp8_state } from "./state";
import { COEFF_COUNT, coeff_update_probs, mv_update_prob } from "./tables";

/** Reads the header of a key frame or of another one from the first `size` bytes of the first partition. */
export function header_parse(header: v4l2_ctrl_vp8_frame, address: usize, size: u32, key: bool): void {
	header.clear();
	begin_with_parameters(header);
	bool_open(address, size);
	if (key) bool_literal(2); // color_space, clamping_type: nothing in the control
	parse_segment(header.segment, key);
	parse_loop_filter(header.lf);
	header.num_dct_parts = <u8>((<u32>1) << bool_literal(2)); // log2_nbr_of_dct_partitions
	parse_quant(header.quant);
	let flags: u64 = 0;
	if (key) {
		bool_flag(); // refresh_entropy_probs
		vp8_state().for_altref_alone = 0;
	} else {
		flags |= parse_references();
	}
	parse_coeff_probs(header.entropy);
	if (bool_flag()) {
		flags |= V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF;
		header.prob_skip_false = <u8>bool_literal(8);
	}
	if (!key) {
		header.prob_intra = <u8>bool_literal(8);
		header.prob_last = <u8>bool_literal(8);
		header.prob_gf = <u8>bool_literal(8);
		parse_mode_probs(header.entropy);
		parse_mv_probs(header.entropy);
	}
	header.flags = flags;
	header.first_part_header_bits = bool_position();
	header.coder_state.range = <u8>bool_range();
	header.coder_state.value = <u8>bool_value();
	// Bits of `value` up to the next byte of the partition.
	header.coder_state.bit_count = <u8>(-bool_position() & 7);
}

function begin_with_parameters(header: v4l2_ctrl_vp8_frame): void {
	const picture = vp8_picture();
	const entropy = header.entropy;
	const probabilities = vp8_probabilities();
	memory.copy(
		changetype<usize>(entropy) + v4l2_vp8_entropy.AT_coeff_probs,
		changetype<usize>(probabilities) + VAProbabilityDataBufferVP8.AT_dct_coeff_probs,
		COEFF_COUNT,
	);
	for (let i: u32 = 0; i < 4; i++) entropy.set_y_mode_probs(i, picture.get_y_mode_probs(i));
	for (let i: u32 = 0; i < 3; i++) entropy.set_uv_mode_probs(i, picture.get_uv_mode_probs(i));
	for (let axis: u32 = 0; axis < 2; axis++) {
		for (let i: u32 = 0; i < V4L2_VP8_MV_PROB_CNT; i++)
			entropy.set_mv_probs(axis, i, picture.get_mv_probs(axis, i));
	}
	for (let i: u32 = 0; i < 3; i++)
		header.segment.set_segment_probs(i, picture.get_mb_segment_tree_probs(i));
	for (let i: u32 = 0; i < 4; i++) {
		header.lf.set_ref_frm_delta(i, picture.get_loop_filter_deltas_ref_frame(i));
		header.lf.set_mb_mode_delta(i, picture.get_loop_filter_deltas_mode(i));
	}
}

/** A magnitude of `bits` bits, and its sign. */
function signed(bits: u32): i8 {
	const magnitude = <i8>bool_literal(bits);
	return bool_flag() ? -magnitude : magnitude;
}

/** A flag, and the value where it is set: 0 where not. */
function optional(bits: u32): i8 {
	return bool_flag() ? signed(bits) : 0;
}

/** update_segmentation(), 9.3. Values without an update keep what earlier frames gave them; a key frame begins with deltas of 0. */
function parse_segment(segment: v4l2_vp8_segment, key: bool): void {
	const before = remembered_segment();
	let delta: u32 = V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
	if (!key) {
		delta &= before.flags;
		for (let i: u32 = 0; i < 4; i++) {
			segment.set_quant_update(i, before.get_quant_update(i));
			segment.set_lf_update(i, before.get_lf_update(i));
		}
	}
	let flags: u32 = 0;
	if (bool_flag()) {
		flags = V4L2_VP8_SEGMENT_FLAG_ENABLED;
		if (bool_flag()) flags |= V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP;
		if (bool_flag()) flags |= V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA;
		if ((flags & V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA) != 0) {
			// segment_feature_mode: 1 for absolute values
			delta = bool_flag() ? 0 : V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
			for (let i: u32 = 0; i < 4; i++) segment.set_quant_update(i, optional(7));
			for (let i: u32 = 0; i < 4; i++) segment.set_lf_update(i, optional(6));
		}
		if ((flags & V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP) != 0) {
			for (let i: u32 = 0; i < 3; i++)
				segment.set_segment_probs(i, bool_flag() ? <u8>bool_literal(8) : 255);
		}
	}
	segment.flags = flags | delta;
}

/** filter_type to mb_lf_adjustments(), 9.6. */
function parse_loop_filter(lf: v4l2_vp8_loop_filter): void {
	let flags: u32 = bool_flag() ? V4L2_VP8_LF_FILTER_TYPE_SIMPLE : 0;
	lf.level = <u8>bool_literal(6);
	lf.sharpness_level = <u8>bool_literal(3);
	if (bool_flag()) {
		flags |= V4L2_VP8_LF_ADJ_ENABLE;
		if (bool_flag()) {
			flags |= V4L2_VP8_LF_DELTA_UPDATE;
			for (let i: u32 = 0; i < 4; i++) if (bool_flag()) lf.set_ref_frm_delta(i, signed(6));
			for (let i: u32 = 0; i < 4; i++) if (bool_flag()) lf.set_mb_mode_delta(i, signed(6));
		}
	}
	lf.flags = flags;
}

/** quant_indices(), 9.6. */
function parse_quant(quant: v4l2_vp8_quantization): void {
	quant.y_ac_qi = <u8>bool_literal(7);
	quant.y_dc_delta = optional(4);
	quant.y2_dc_delta = optional(4);
	quant.y2_ac_delta = optional(4);
	quant.uv_dc_delta = optional(4);
	quant.uv_ac_delta = optional(4);
}

/** refresh_golden_frame to refresh_last, 9.7, 9.10 and 9.11: for_altref_alone. Returns V4L2_VP8_FRAME_FLAG_SIGN_BIAS_*. */
function parse_references(): u64 {
	const refresh_golden = bool_flag();
	const refresh_alternate = bool_flag();
	if (!refresh_golden) bool_literal(2); // copy_buffer_to_golden
	if (!refresh_alternate) bool_literal(2); // copy_buffer_to_alternate
	let flags: u64 = 0;
	if (bool_flag()) flags |= V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN;
	if (bool_flag()) flags |= V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT;
	bool_flag(); // refresh_entropy_probs
	const refresh_last = bool_flag();
	vp8_state().for_altref_alone = refresh_alternate && !refresh_golden && !refresh_last ? 1 : 0;
	return flags;
}

/** token_prob_update(), 13.4. */
function parse_coeff_probs(entropy: v4l2_vp8_entropy): void {
	const probabilities = changetype<usize>(entropy) + v4l2_vp8_entropy.AT_coeff_probs;
	for (let i: u32 = 0; i < COEFF_COUNT; i++) {
		i += bool_zeros(coeff_update_probs(i), COEFF_COUNT - i);
		if (i == COEFF_COUNT) break;
		bool_read(load<u8>(coeff_update_probs(i)));
		store<u8>(probabilities + <usize>i, bool_literal(8));
	}
}

/** intra_16x16_prob and intra_chroma_prob, 16.2. */
function parse_mode_probs(entropy: v4l2_vp8_entropy): void {
	if (bool_flag()) for (let i: u32 = 0; i < 4; i++) entropy.set_y_mode_probs(i, <u8>bool_literal(8));
	if (bool_flag()) for (let i: u32 = 0; i < 3; i++) entropy.set_uv_mode_probs(i, <u8>bool_literal(8));
}

/** mv_prob_update(), 17.2: 7 bits of 8, and no probability is 0. */
function parse_mv_probs(entropy: v4l2_vp8_entropy): void {
	for (let axis: u32 = 0; axis < 2; axis++) {
		for (let i: u32 = 0; i < V4L2_VP8_MV_PROB_CNT; i++) {
			if (bool_read(mv_update_prob(axis, i)) == 0) continue;
			const value = bool_literal(7);
			entropy.set_mv_probs(axis, i, <u8>(value != 0 ? value << 1 : 1));
		}
	}
}
