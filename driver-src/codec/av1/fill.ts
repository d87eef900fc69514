// SPDX-License-Identifier: MIT
/** V4L2_CID_STATELESS_AV1_SEQUENCE and V4L2_CID_STATELESS_AV1_FRAME. The parts of the latter are in frame-parts.ts and tiles.ts. */
import {
	V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV,
	V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC,
	V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS,
	V4L2_AV1_FRAME_FLAG_ALLOW_WARPED_MOTION,
	V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE,
	V4L2_AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF,
	V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE,
	V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV,
	V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE,
	V4L2_AV1_FRAME_FLAG_IS_MOTION_MODE_SWITCHABLE,
	V4L2_AV1_FRAME_FLAG_REDUCED_TX_SET,
	V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT,
	V4L2_AV1_FRAME_FLAG_SHOW_FRAME,
	V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME,
	V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED,
	V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT,
	V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS,
	V4L2_AV1_FRAME_FLAG_USE_SUPERRES,
	V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_DUAL_FILTER,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_FILTER_INTRA,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTERINTRA_COMPOUND,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTRA_EDGE_FILTER,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_MASKED_COMPOUND,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES,
	V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION,
	V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT,
	V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME,
	V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q,
	V4L2_AV1_SEQUENCE_FLAG_STILL_PICTURE,
	V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X,
	V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y,
	V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK,
	v4l2_ctrl_av1_frame,
	v4l2_ctrl_av1_sequence,
} from "../../abi/v4l2";
import { VADecPictureParameterBufferAV1 } from "../../abi/va";
import {
	fill_cdef,
	fill_global_motion,
	fill_loop_filter,
	fill_loop_restoration,
	fill_quantization,
	fill_segmentation,
	has_separate_deltas,
	uses_restoration,
} from "./frame-parts";
import { frame_width, slot_timestamp } from "./references";
import {
	av1_state,
	is_intra,
	REFERENCES,
	reference_order_hint,
	reference_slot,
	replaces_all,
	SLOTS,
} from "./state";
import { fill_tile_info } from "./tiles";

/** SUPERRES_NUM: the denominator of pictures that are not scaled. */
const SUPERRES_NUM: u8 = 8;

/** A flag where VA has a bit. */
function flag(bit: u32, value: u32): u32 {
	return bit != 0 ? value : 0;
}

/**
 * V4L2_CID_STATELESS_AV1_SEQUENCE. VA does not have the tools that a sequence enables: those count as enabled that the picture uses
 * (5.5.1 allows a picture no others). Nor does it have the greatest size: it is the greatest that has come since a key frame was shown.
 */
export function fill_sequence(
	sequence: v4l2_ctrl_av1_sequence,
	picture: VADecPictureParameterBufferAV1,
	max_width: u32,
	max_height: u32,
): void {
	sequence.clear();
	sequence.flags = sequence_flags(picture);
	const hints = picture.seq_info_fields_enable_order_hint != 0;
	sequence.order_hint_bits = hints ? picture.order_hint_bits_minus_1 + 1 : 0;
	sequence.bit_depth = picture.bit_depth_idx == 0 ? 8 : 10;
	sequence.max_frame_width_minus_1 = <u16>(max_width - 1);
	sequence.max_frame_height_minus_1 = <u16>(max_height - 1);
}

function sequence_flags(picture: VADecPictureParameterBufferAV1): u32 {
	return (
		flag(picture.seq_info_fields_still_picture, V4L2_AV1_SEQUENCE_FLAG_STILL_PICTURE) |
		flag(picture.seq_info_fields_use_128x128_superblock, V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK) |
		flag(picture.seq_info_fields_enable_filter_intra, V4L2_AV1_SEQUENCE_FLAG_ENABLE_FILTER_INTRA) |
		flag(
			picture.seq_info_fields_enable_intra_edge_filter,
			V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTRA_EDGE_FILTER,
		) |
		flag(
			picture.seq_info_fields_enable_interintra_compound,
			V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTERINTRA_COMPOUND,
		) |
		flag(picture.seq_info_fields_enable_masked_compound, V4L2_AV1_SEQUENCE_FLAG_ENABLE_MASKED_COMPOUND) |
		flag(picture.pic_info_fields_allow_warped_motion, V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION) |
		flag(picture.seq_info_fields_enable_dual_filter, V4L2_AV1_SEQUENCE_FLAG_ENABLE_DUAL_FILTER) |
		flag(picture.seq_info_fields_enable_order_hint, V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT) |
		flag(picture.seq_info_fields_enable_jnt_comp, V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP) |
		flag(picture.pic_info_fields_use_ref_frame_mvs, V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS) |
		flag(picture.pic_info_fields_use_superres, V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES) |
		flag(picture.seq_info_fields_enable_cdef, V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF) |
		(uses_restoration(picture) ? V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION : 0) |
		flag(picture.seq_info_fields_mono_chrome, V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME) |
		flag(picture.seq_info_fields_color_range, V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE) |
		flag(picture.seq_info_fields_subsampling_x, V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X) |
		flag(picture.seq_info_fields_subsampling_y, V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y) |
		flag(
			picture.seq_info_fields_film_grain_params_present,
			V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT,
		) |
		(has_separate_deltas(picture) ? V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q : 0)
	);
}

/** A sequence of nothing but a bit depth, 8 or 10: by it hantro chooses its CAPTURE formats (hantro_av1_s_ctrl()). */
export function fill_probe_sequence(sequence: v4l2_ctrl_av1_sequence, bit_depth: u32): void {
	sequence.clear();
	sequence.bit_depth = <u8>bit_depth;
	sequence.flags = V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y;
}

/**
 * V4L2_CID_STATELESS_AV1_FRAME. Of what VA does not have, current_frame_id, buffer_removal_time and their flags take no part in decoding
 * (6.8.2) and stay 0, as does frame_refs_short_signaling, since ref_frame_idx is whole (7.8). The render size, which takes no part
 * either, is the picture's.
 */
export function fill_frame(frame: v4l2_ctrl_av1_frame, picture: VADecPictureParameterBufferAV1): void {
	frame.clear();
	fill_tile_info(frame.tile_info, picture);
	fill_quantization(frame.quantization, picture);
	fill_segmentation(frame.segmentation, picture.seg_info);
	fill_loop_filter(frame.loop_filter, picture);
	fill_cdef(frame.cdef, picture);
	fill_loop_restoration(frame.loop_restoration, picture);
	fill_global_motion(frame.global_motion, picture);
	const superres = picture.pic_info_fields_use_superres != 0;
	frame.superres_denom = superres ? picture.superres_scale_denominator : SUPERRES_NUM;
	frame.primary_ref_frame = picture.primary_ref_frame;
	frame.flags = frame_flags(picture);
	frame.frame_type = picture.pic_info_fields_frame_type;
	frame.order_hint = picture.order_hint;
	frame.upscaled_width = <u32>picture.frame_width_minus1 + 1;
	frame.interpolation_filter = picture.interp_filter;
	frame.tx_mode = picture.mode_control_fields_tx_mode;
	frame.frame_width_minus_1 = frame_width() - 1;
	frame.frame_height_minus_1 = picture.frame_height_minus1;
	frame.render_width_minus_1 = picture.frame_width_minus1;
	frame.render_height_minus_1 = picture.frame_height_minus1;
	fill_references(frame);
	frame.refresh_frame_flags = <u8>av1_state().refresh;
}

/** What the frame refers to, by the slots of references.ts. */
function fill_references(frame: v4l2_ctrl_av1_frame): void {
	for (let slot: u32 = 0; slot < SLOTS; slot++) frame.set_reference_frame_ts(slot, slot_timestamp(slot));
	if (is_intra()) return;
	for (let i: u32 = 0; i < REFERENCES; i++) {
		frame.set_ref_frame_idx(i, <i8>reference_slot(i));
		// By the names of references: LAST_FRAME is 1.
		frame.set_order_hints(i + 1, reference_order_hint(i));
	}
	frame.set_skip_mode_frame(0, <u8>av1_state().skip_mode_first);
	frame.set_skip_mode_frame(1, <u8>av1_state().skip_mode_second);
}

/** error_resilient_mode: not coded where a frame replaces all others, and 1 (5.9.2); players may leave it 0 then. */
function is_resilient(picture: VADecPictureParameterBufferAV1): bool {
	return picture.pic_info_fields_error_resilient_mode != 0 || replaces_all();
}

/** force_integer_mv, which is 1 in intra frames whatever is coded (5.9.2); FFmpeg hands over what is coded. */
function forces_integer_mv(picture: VADecPictureParameterBufferAV1): bool {
	return picture.pic_info_fields_force_integer_mv != 0 || is_intra();
}

function frame_flags(picture: VADecPictureParameterBufferAV1): u32 {
	const state = av1_state();
	const width: u32 = <u32>picture.frame_width_minus1 + 1;
	const height: u32 = <u32>picture.frame_height_minus1 + 1;
	const overrides = width != state.max_width || height != state.max_height;
	return (
		flag(picture.pic_info_fields_show_frame, V4L2_AV1_FRAME_FLAG_SHOW_FRAME) |
		flag(picture.pic_info_fields_showable_frame, V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME) |
		(is_resilient(picture) ? V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE : 0) |
		flag(picture.pic_info_fields_disable_cdf_update, V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE) |
		flag(
			picture.pic_info_fields_allow_screen_content_tools,
			V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS,
		) |
		(forces_integer_mv(picture) ? V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV : 0) |
		flag(picture.pic_info_fields_allow_intrabc, V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC) |
		flag(picture.pic_info_fields_use_superres, V4L2_AV1_FRAME_FLAG_USE_SUPERRES) |
		flag(picture.pic_info_fields_allow_high_precision_mv, V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV) |
		flag(
			picture.pic_info_fields_is_motion_mode_switchable,
			V4L2_AV1_FRAME_FLAG_IS_MOTION_MODE_SWITCHABLE,
		) |
		flag(picture.pic_info_fields_use_ref_frame_mvs, V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS) |
		flag(
			picture.pic_info_fields_disable_frame_end_update_cdf,
			V4L2_AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF,
		) |
		flag(picture.pic_info_fields_allow_warped_motion, V4L2_AV1_FRAME_FLAG_ALLOW_WARPED_MOTION) |
		flag(picture.mode_control_fields_reference_select, V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT) |
		flag(picture.mode_control_fields_reduced_tx_set_used, V4L2_AV1_FRAME_FLAG_REDUCED_TX_SET) |
		flag(state.skip_mode_first, V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED) |
		flag(picture.mode_control_fields_skip_mode_present, V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT) |
		(overrides ? V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE : 0)
	);
}
