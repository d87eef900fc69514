// SPDX-License-Identifier: MIT
/**
 * Whether VA's buffers and the frame header say the same. What they both say must be the same, or one of them is garbage.
 * Left out is what a header does not say, and what FFmpeg leaves as some earlier picture had it: update flags of what is
 * not enabled, and the quantiser's indices while segmentation is not.
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
	v4l2_vp8_entropy,
	v4l2_vp8_segment,
} from "../../abi/v4l2";
import { VAProbabilityDataBufferVP8 } from "../../abi/va";
import {
	is_key_frame,
	remembered_segment,
	vp8_header,
	vp8_matrix,
	vp8_picture,
	vp8_probabilities,
	vp8_slice,
	vp8_state,
} from "./state";
import { COEFF_COUNT } from "./tables";

/** Greatest quantiser index and loop filter level, 9.3. */
const MAX_INDEX: i32 = 127;
const MAX_LEVEL: i32 = 63;

/** Whether a header's flag is what VA has in a bit field. */
function same(flags: u64, flag: u64, bit: u32): bool {
	return ((flags & flag) != 0) == (bit != 0);
}

/** The field of VAPictureParameterBufferVP8 that the header contradicts; null when there is none. */
export function contradicted_field(): string | null {
	const picture = vp8_picture();
	const flag = contradicted_flag();
	if (flag != null) return flag;
	for (let i: u32 = 0; i < 3; i++) {
		if (vp8_header().segment.get_segment_probs(i) != picture.get_mb_segment_tree_probs(i))
			return "mb_segment_tree_probs";
	}
	for (let i: u32 = 0; i < 4; i++) {
		if (vp8_header().lf.get_ref_frm_delta(i) != picture.get_loop_filter_deltas_ref_frame(i))
			return "loop_filter_deltas_ref_frame";
		if (vp8_header().lf.get_mb_mode_delta(i) != picture.get_loop_filter_deltas_mode(i))
			return "loop_filter_deltas_mode";
	}
	return contradicted_probability();
}

/** Of the bit fields. */
function contradicted_flag(): string | null {
	const picture = vp8_picture();
	const header = vp8_header();
	const segment = header.segment.flags;
	const lf = header.lf.flags;
	if (!same(segment, V4L2_VP8_SEGMENT_FLAG_ENABLED, picture.pic_fields_segmentation_enabled))
		return "segmentation_enabled";
	if ((segment & V4L2_VP8_SEGMENT_FLAG_ENABLED) != 0) {
		const map = picture.pic_fields_update_mb_segmentation_map;
		const data = picture.pic_fields_update_segment_feature_data;
		if (!same(segment, V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP, map)) return "update_mb_segmentation_map";
		if (!same(segment, V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA, data))
			return "update_segment_feature_data";
	}
	if (!same(lf, V4L2_VP8_LF_FILTER_TYPE_SIMPLE, picture.pic_fields_filter_type)) return "filter_type";
	if (<u32>header.lf.sharpness_level != picture.pic_fields_sharpness_level) return "sharpness_level";
	if ((header.lf.level == 0) != (picture.pic_fields_loop_filter_disable != 0)) return "loop_filter_disable";
	if (!same(lf, V4L2_VP8_LF_ADJ_ENABLE, picture.pic_fields_loop_filter_adj_enable))
		return "loop_filter_adj_enable";
	if ((lf & V4L2_VP8_LF_ADJ_ENABLE) != 0) {
		const update = picture.pic_fields_mode_ref_lf_delta_update;
		if (!same(lf, V4L2_VP8_LF_DELTA_UPDATE, update)) return "mode_ref_lf_delta_update";
	}
	const skip = picture.pic_fields_mb_no_coeff_skip;
	if (!same(header.flags, V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF, skip)) return "mb_no_coeff_skip";
	if (is_key_frame()) return null;
	if (!same(header.flags, V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN, picture.pic_fields_sign_bias_golden))
		return "sign_bias_golden";
	if (!same(header.flags, V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT, picture.pic_fields_sign_bias_alternate))
		return "sign_bias_alternate";
	return null;
}

function contradicted_probability(): string | null {
	const picture = vp8_picture();
	const header = vp8_header();
	const entropy = header.entropy;
	if (
		(header.flags & V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF) != 0 &&
		header.prob_skip_false != picture.prob_skip_false
	)
		return "prob_skip_false";
	if (is_key_frame()) return null;
	if (header.prob_intra != picture.prob_intra) return "prob_intra";
	if (header.prob_last != picture.prob_last) return "prob_last";
	if (header.prob_gf != picture.prob_gf) return "prob_gf";
	for (let i: u32 = 0; i < 4; i++) {
		if (entropy.get_y_mode_probs(i) != picture.get_y_mode_probs(i)) return "y_mode_probs";
	}
	for (let i: u32 = 0; i < 3; i++) {
		if (entropy.get_uv_mode_probs(i) != picture.get_uv_mode_probs(i)) return "uv_mode_probs";
	}
	for (let axis: u32 = 0; axis < 2; axis++) {
		for (let i: u32 = 0; i < V4L2_VP8_MV_PROB_CNT; i++) {
			if (entropy.get_mv_probs(axis, i) != picture.get_mv_probs(axis, i)) return "mv_probs";
		}
	}
	return null;
}

/** Whether VAProbabilityDataBufferVP8 has what the header updates. */
export function probabilities_agree(): bool {
	const updated = changetype<usize>(vp8_header().entropy) + v4l2_vp8_entropy.AT_coeff_probs;
	const given = changetype<usize>(vp8_probabilities()) + VAProbabilityDataBufferVP8.AT_dct_coeff_probs;
	return memory.compare(updated, given, COEFF_COUNT) == 0;
}

/** Whether the player's decoder came out of the header where this one did, and counts the same partitions. */
export function slice_agrees(): bool {
	const header = vp8_header();
	const coder = vp8_picture().bool_coder_ctx;
	return (
		vp8_slice().macroblock_offset == header.first_part_header_bits &&
		<u32>vp8_slice().num_of_partitions == <u32>header.num_dct_parts + 1 &&
		coder.range == header.coder_state.range &&
		coder.value == header.coder_state.value
	);
}

function clamped(value: i32, most: i32): i32 {
	return max<i32>(0, min<i32>(value, most));
}

/** Whether VA's index and level of segment i are what the header's values come to. */
function segment_agrees(i: u32): bool {
	const header = vp8_header();
	const delta = (header.segment.flags & V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE) != 0;
	const index = (delta ? <i32>header.quant.y_ac_qi : 0) + <i32>header.segment.get_quant_update(i);
	const level = (delta ? <i32>header.lf.level : 0) + <i32>header.segment.get_lf_update(i);
	if (<i32>vp8_matrix().get_quantization_index(i, 0) != clamped(index, MAX_INDEX)) return false;
	const given: i32 = vp8_picture().get_loop_filter_level(i);
	// FFmpeg's vaapi_vp8.c takes a level below 0 for a great one, and gives the greatest.
	return given == clamped(level, MAX_LEVEL) || (level < 0 && given == MAX_LEVEL);
}

/** Whether VA's other indices of segment i are the first one and the header's deltas. Of a clipped one, VA does not say what it was. */
function deltas_agree(i: u32): bool {
	const matrix = vp8_matrix();
	const quant = vp8_header().quant;
	const index: i32 = matrix.get_quantization_index(i, 0);
	if (index == 0 || index >= MAX_INDEX) return index <= MAX_INDEX;
	return (
		<i32>matrix.get_quantization_index(i, 1) == clamped(index + quant.y_dc_delta, MAX_INDEX) &&
		<i32>matrix.get_quantization_index(i, 2) == clamped(index + quant.y2_dc_delta, MAX_INDEX) &&
		<i32>matrix.get_quantization_index(i, 3) == clamped(index + quant.y2_ac_delta, MAX_INDEX) &&
		<i32>matrix.get_quantization_index(i, 4) == clamped(index + quant.uv_dc_delta, MAX_INDEX) &&
		<i32>matrix.get_quantization_index(i, 5) == clamped(index + quant.uv_ac_delta, MAX_INDEX)
	);
}

/**
 * Holds the segments' values against VA's, and remembers them for the pictures to come. False when this very header and VA
 * contradict each other. Where values of an earlier header do, the player has kept a picture to itself that updated them:
 * VA's are what counts then, until the next update.
 */
export function settle_segments(): bool {
	const segment = vp8_header().segment;
	const updates = (segment.flags & V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA) != 0;
	let known = is_key_frame() || updates || vp8_state().segment_known != 0;
	if ((segment.flags & V4L2_VP8_SEGMENT_FLAG_ENABLED) != 0) {
		for (let i: u32 = 0; i < 4; i++) {
			if (!deltas_agree(i)) return false;
			if (known && !segment_agrees(i)) known = false;
		}
		if (updates && !known) return false;
	}
	vp8_state().segment_known = known ? 1 : 0;
	memory.copy(changetype<usize>(remembered_segment()), changetype<usize>(segment), v4l2_vp8_segment.SIZE);
	return true;
}
