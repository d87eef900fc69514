// SPDX-License-Identifier: MIT
/**
 * Whether VA's buffers and the uncompressed header say the same. What they both say must be the same, or one of them is garbage.
 * Left out is what a header does not have: players leave those fields as an earlier frame had them (FFmpeg's vp9.c).
 * VA's quantiser scales are left out, too: base_q_idx and its deltas, which they are made of, stand in each header.
 */
import {
	V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV,
	V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT,
	V4L2_VP9_FRAME_FLAG_INTRA_ONLY,
	V4L2_VP9_FRAME_FLAG_KEY_FRAME,
	V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE,
	V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX,
	V4L2_VP9_FRAME_FLAG_SHOW_FRAME,
	V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED,
	V4L2_VP9_SEG_LVL_ALT_L,
	V4L2_VP9_SEG_LVL_REF_FRAME,
	V4L2_VP9_SEG_LVL_SKIP,
	V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE,
	V4L2_VP9_SEGMENTATION_FLAG_ENABLED,
	V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE,
	V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP,
	V4L2_VP9_SIGN_BIAS_ALT,
	V4L2_VP9_SIGN_BIAS_GOLDEN,
	V4L2_VP9_SIGN_BIAS_LAST,
} from "../../abi/v4l2";
import { VASegmentParameterVP9 } from "../../abi/va";
import { is_intra, is_key_frame, SEGMENTS, vp9_header, vp9_picture, vp9_slice, vp9_state } from "./state";

/** MAX_LOOP_FILTER, 3. */
const MAX_LOOP_FILTER: i32 = 63;

/** Whether a header's flag is what VA has in a bit field. */
function same(flags: u32, flag: u32, bit: u32): bool {
	return ((flags & flag) != 0) == (bit != 0);
}

/** The field of VADecPictureParameterBufferVP9 that the header contradicts; null when there is none. */
export function contradicted_field(): string | null {
	const picture = vp9_picture();
	const header = vp9_header();
	const flags = header.flags;
	if (picture.profile != header.profile) return "profile";
	// It is 1 for inter frames.
	if (same(flags, V4L2_VP9_FRAME_FLAG_KEY_FRAME, picture.pic_fields_frame_type)) return "frame_type";
	if (!same(flags, V4L2_VP9_FRAME_FLAG_SHOW_FRAME, picture.pic_fields_show_frame)) return "show_frame";
	if (!same(flags, V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT, picture.pic_fields_error_resilient_mode))
		return "error_resilient_mode";
	if (picture.frame_width != header.frame_width_minus_1 + 1) return "frame_width";
	if (picture.frame_height != header.frame_height_minus_1 + 1) return "frame_height";
	if (picture.bit_depth != header.bit_depth) return "bit_depth";
	if (picture.pic_fields_subsampling_x == 0) return "subsampling_x";
	if (picture.pic_fields_subsampling_y == 0) return "subsampling_y";
	if (!same(flags, V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX, picture.pic_fields_refresh_frame_context))
		return "refresh_frame_context";
	if (!same(flags, V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE, picture.pic_fields_frame_parallel_decoding_mode))
		return "frame_parallel_decoding_mode";
	// Frames that set up everything anew begin with context 0, and players may say that instead.
	const independent = is_intra() || (flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT) != 0;
	const context = picture.pic_fields_frame_context_idx;
	if (context != <u32>header.frame_context_idx && !(independent && context == 0))
		return "frame_context_idx";
	if (picture.filter_level != header.lf.level) return "filter_level";
	if (picture.sharpness_level != header.lf.sharpness) return "sharpness_level";
	if (picture.pic_fields_lossless_flag != vp9_state().lossless) return "lossless_flag";
	if (picture.log2_tile_rows != header.tile_rows_log2) return "log2_tile_rows";
	if (picture.log2_tile_columns != header.tile_cols_log2) return "log2_tile_columns";
	if (<u32>picture.frame_header_length_in_bytes != <u32>header.uncompressed_header_size)
		return "frame_header_length_in_bytes";
	if (picture.first_partition_size != header.compressed_header_size) return "first_partition_size";
	if (!is_key_frame()) {
		const field = contradicted_non_key();
		if (field != null) return field;
	}
	return contradicted_segmentation();
}

/** Of fields that key frames do not have. */
function contradicted_non_key(): string | null {
	const picture = vp9_picture();
	const header = vp9_header();
	const state = vp9_state();
	if (!same(header.flags, V4L2_VP9_FRAME_FLAG_INTRA_ONLY, picture.pic_fields_intra_only))
		return "intra_only";
	if (picture.pic_fields_reset_frame_context != state.reset_frame_context) return "reset_frame_context";
	if (is_intra()) return null;
	if (picture.pic_fields_last_ref_frame != state.last_idx) return "last_ref_frame";
	if (picture.pic_fields_golden_ref_frame != state.golden_idx) return "golden_ref_frame";
	if (picture.pic_fields_alt_ref_frame != state.altref_idx) return "alt_ref_frame";
	const sign = contradicted_sign();
	if (sign != null) return sign;
	if (
		!same(
			header.flags,
			V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV,
			picture.pic_fields_allow_high_precision_mv,
		)
	)
		return "allow_high_precision_mv";
	if (picture.pic_fields_mcomp_filter_type != <u32>header.interpolation_filter) return "mcomp_filter_type";
	return null;
}

/** Of the signs of references. Players give those of error resilient frames as coded, or as decoders take them: 0. */
function contradicted_sign(): string | null {
	const picture = vp9_picture();
	const bias = <u32>vp9_header().ref_frame_sign_bias;
	if ((vp9_header().flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT) != 0) return null;
	if (!same(bias, V4L2_VP9_SIGN_BIAS_LAST, picture.pic_fields_last_ref_frame_sign_bias))
		return "last_ref_frame_sign_bias";
	if (!same(bias, V4L2_VP9_SIGN_BIAS_GOLDEN, picture.pic_fields_golden_ref_frame_sign_bias))
		return "golden_ref_frame_sign_bias";
	if (!same(bias, V4L2_VP9_SIGN_BIAS_ALT, picture.pic_fields_alt_ref_frame_sign_bias))
		return "alt_ref_frame_sign_bias";
	return null;
}

function contradicted_segmentation(): string | null {
	const picture = vp9_picture();
	const seg = vp9_header().seg;
	if (!same(seg.flags, V4L2_VP9_SEGMENTATION_FLAG_ENABLED, picture.pic_fields_segmentation_enabled))
		return "segmentation_enabled";
	if ((seg.flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED) == 0) return null;
	if (!same(seg.flags, V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP, picture.pic_fields_segmentation_update_map))
		return "segmentation_update_map";
	if ((seg.flags & V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP) == 0) return null;
	const temporal = picture.pic_fields_segmentation_temporal_update;
	if (!same(seg.flags, V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE, temporal))
		return "segmentation_temporal_update";
	for (let i: u32 = 0; i < 7; i++) {
		if (picture.get_mb_segment_tree_probs(i) != seg.get_tree_probs(i)) return "mb_segment_tree_probs";
	}
	if (temporal == 0) return null;
	for (let i: u32 = 0; i < 3; i++) {
		if (picture.get_segment_pred_probs(i) != seg.get_pred_probs(i)) return "segment_pred_probs";
	}
	return null;
}

/**
 * The field of VASegmentParameterVP9 that is not what the header and what earlier ones left come to; null when there is none. An
 * earlier frame that the player has kept to itself shows here.
 */
export function contradicted_segment(): string | null {
	const enabled = (vp9_header().seg.flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED) != 0;
	const count: u32 = enabled ? SEGMENTS : 1;
	for (let i: u32 = 0; i < count; i++) {
		const segment = vp9_slice().seg_param(i);
		if (enabled) {
			const field = contradicted_features(i, segment);
			if (field != null) return field;
		}
		// Chromium and GStreamer make no levels where no filter needs them.
		if (vp9_header().lf.level != 0 && !levels_agree(i, segment)) return "seg_param.filter_level";
	}
	return null;
}

function has_feature(i: u32, feature: u32): bool {
	return ((<u32>vp9_header().seg.get_feature_enabled(i) >> feature) & 1) != 0;
}

function contradicted_features(i: u32, segment: VASegmentParameterVP9): string | null {
	const referred = has_feature(i, V4L2_VP9_SEG_LVL_REF_FRAME);
	if (referred != (segment.segment_flags_segment_reference_enabled != 0))
		return "segment_reference_enabled";
	const reference = <u32>vp9_header().seg.get_feature_data(i, V4L2_VP9_SEG_LVL_REF_FRAME);
	if (referred && segment.segment_flags_segment_reference != reference) return "segment_reference";
	if (has_feature(i, V4L2_VP9_SEG_LVL_SKIP) != (segment.segment_flags_segment_reference_skipped != 0))
		return "segment_reference_skipped";
	return null;
}

function clamped_level(level: i32): i32 {
	return max<i32>(0, min<i32>(level, MAX_LOOP_FILTER));
}

/**
 * Whether VA's levels of segment i are those of 8.8.1. Deltas count twice from level 32 on: that of the segment by 8.8.1, that of the frame
 * in libvpx, and so in players, which fill VA's levels as they decode.
 */
function levels_agree(i: u32, segment: VASegmentParameterVP9): bool {
	const lf = vp9_header().lf;
	const seg = vp9_header().seg;
	const frame_level: i32 = lf.level;
	let level = frame_level;
	if ((seg.flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED) != 0 && has_feature(i, V4L2_VP9_SEG_LVL_ALT_L)) {
		const absolute = (seg.flags & V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE) != 0;
		level = clamped_level((absolute ? 0 : level) + seg.get_feature_data(i, V4L2_VP9_SEG_LVL_ALT_L));
	}
	return has_levels(segment, level, frame_level >> 5) || has_levels(segment, level, level >> 5);
}

/** Whether the segment has the levels that the header's deltas, shifted, make of this one. */
function has_levels(segment: VASegmentParameterVP9, level: i32, shift: i32): bool {
	const lf = vp9_header().lf;
	const deltas = (lf.flags & V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED) != 0;
	for (let reference: u32 = 0; reference < 4; reference++) {
		for (let mode: u32 = 0; mode < 2; mode++) {
			let expected = level;
			if (deltas) {
				let delta: i32 = lf.get_ref_deltas(reference);
				if (reference != 0) delta += lf.get_mode_deltas(mode);
				expected = clamped_level(level + (delta << shift));
			}
			// Intra prediction has no modes that differ here: it has one level.
			if (reference == 0 && mode != 0) continue;
			if (<i32>segment.get_filter_level(reference, mode) != expected) return false;
		}
	}
	return true;
}
