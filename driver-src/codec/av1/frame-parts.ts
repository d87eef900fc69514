// SPDX-License-Identifier: MIT
/** The structs within V4L2_CID_STATELESS_AV1_FRAME, one pure function each; tile_info's is in tiles.ts. They are cleared before. */
import {
	V4L2_AV1_FRAME_RESTORE_NONE,
	V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL,
	V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM,
	V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION,
	V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED,
	V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI,
	V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT,
	V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE,
	V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR,
	V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR,
	V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT,
	V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA,
	V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX,
	V4L2_AV1_SEG_LVL_REF_FRAME,
	V4L2_AV1_SEGMENTATION_FLAG_ENABLED,
	V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP,
	V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE,
	V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA,
	V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP,
	V4L2_AV1_WARP_MODEL_IDENTITY,
	V4L2_AV1_WARP_MODEL_ROTZOOM,
	V4L2_AV1_WARP_MODEL_TRANSLATION,
	v4l2_av1_cdef,
	v4l2_av1_global_motion,
	v4l2_av1_loop_filter,
	v4l2_av1_loop_restoration,
	v4l2_av1_quantization,
	v4l2_av1_segmentation,
} from "../../abi/v4l2";
import { VADecPictureParameterBufferAV1, VASegmentationStructAV1 } from "../../abi/va";
import { is_intra, REFERENCES } from "./state";

/** RESTORATION_TILESIZE_MAX, 3. */
const RESTORATION_TILESIZE_MAX: u32 = 256;
/** 1 with WARPEDMODEL_PREC_BITS fractional bits. */
const WARP_ONE: i32 = 1 << 16;

/** A flag where VA has a bit. */
function flag(bit: u32, value: u32): u32 {
	return bit != 0 ? value : 0;
}

/**
 * diff_uv_delta, and with it separate_uv_delta_q of the sequence (5.9.12), which VA does not have: they are 1 at least where U and V
 * differ, and what they say otherwise is the same. Pictures without chroma have neither.
 */
export function has_separate_deltas(picture: VADecPictureParameterBufferAV1): bool {
	const same = picture.u_dc_delta_q == picture.v_dc_delta_q && picture.u_ac_delta_q == picture.v_ac_delta_q;
	return !same && picture.seq_info_fields_mono_chrome == 0;
}

/** v4l2_av1_quantization, 5.9.12 and 5.9.17. */
export function fill_quantization(
	quantization: v4l2_av1_quantization,
	picture: VADecPictureParameterBufferAV1,
): void {
	quantization.flags = <u8>(
		((has_separate_deltas(picture) ? V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA : 0) |
			flag(picture.qmatrix_fields_using_qmatrix, V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX) |
			flag(
				picture.mode_control_fields_delta_q_present_flag,
				V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT,
			))
	);
	quantization.base_q_idx = picture.base_qindex;
	quantization.delta_q_y_dc = picture.y_dc_delta_q;
	quantization.delta_q_u_dc = picture.u_dc_delta_q;
	quantization.delta_q_u_ac = picture.u_ac_delta_q;
	quantization.delta_q_v_dc = picture.v_dc_delta_q;
	quantization.delta_q_v_ac = picture.v_ac_delta_q;
	quantization.qm_y = <u8>picture.qmatrix_fields_qm_y;
	quantization.qm_u = <u8>picture.qmatrix_fields_qm_u;
	quantization.qm_v = <u8>picture.qmatrix_fields_qm_v;
	quantization.delta_q_res = <u8>picture.mode_control_fields_log2_delta_q_res;
}

/** v4l2_av1_segmentation, 5.9.14: SegIdPreSkip and LastActiveSegId follow from the features. */
export function fill_segmentation(segmentation: v4l2_av1_segmentation, va: VASegmentationStructAV1): void {
	if (va.segment_info_fields_enabled == 0) return;
	let flags =
		V4L2_AV1_SEGMENTATION_FLAG_ENABLED |
		flag(va.segment_info_fields_update_map, V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP) |
		flag(va.segment_info_fields_temporal_update, V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE) |
		flag(va.segment_info_fields_update_data, V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA);
	for (let i: u32 = 0; i < 8; i++) {
		const mask: u32 = va.get_feature_mask(i);
		segmentation.set_feature_enabled(i, <u8>mask);
		if (mask != 0) segmentation.last_active_seg_id = <u8>i;
		if (mask >> V4L2_AV1_SEG_LVL_REF_FRAME != 0) flags |= V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP;
		for (let feature: u32 = 0; feature < 8; feature++) {
			if (((mask >> feature) & 1) != 0)
				segmentation.set_feature_data(i, feature, va.get_feature_data(i, feature));
		}
	}
	segmentation.flags = <u8>flags;
}

/** v4l2_av1_loop_filter, 5.9.11 and 5.9.18. */
export function fill_loop_filter(
	filter: v4l2_av1_loop_filter,
	picture: VADecPictureParameterBufferAV1,
): void {
	filter.flags = <u8>(
		(flag(
			picture.loop_filter_info_fields_mode_ref_delta_enabled,
			V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED,
		) |
			flag(
				picture.loop_filter_info_fields_mode_ref_delta_update,
				V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE,
			) |
			flag(
				picture.mode_control_fields_delta_lf_present_flag,
				V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT,
			) |
			flag(picture.mode_control_fields_delta_lf_multi, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI))
	);
	filter.set_level(0, picture.get_filter_level(0));
	filter.set_level(1, picture.get_filter_level(1));
	filter.set_level(2, picture.filter_level_u);
	filter.set_level(3, picture.filter_level_v);
	filter.sharpness = <u8>picture.loop_filter_info_fields_sharpness_level;
	for (let i: u32 = 0; i < 8; i++) filter.set_ref_deltas(i, picture.get_ref_deltas(i));
	for (let i: u32 = 0; i < 2; i++) filter.set_mode_deltas(i, picture.get_mode_deltas(i));
	filter.delta_lf_res = <u8>picture.mode_control_fields_log2_delta_lf_res;
}

/** A secondary strength as coded, of which 3 stands for 4 (5.9.19). */
function secondary_strength(coded: u32): u8 {
	return coded == 3 ? 4 : <u8>coded;
}

/** v4l2_av1_cdef, 5.9.19: VA has primary strengths and, in two bits below them, secondary ones. */
export function fill_cdef(cdef: v4l2_av1_cdef, picture: VADecPictureParameterBufferAV1): void {
	cdef.damping_minus_3 = picture.cdef_damping_minus_3;
	cdef.bits = picture.cdef_bits;
	const strengths: u32 = (<u32>1) << picture.cdef_bits;
	for (let i: u32 = 0; i < strengths; i++) {
		const luma: u32 = picture.get_cdef_y_strengths(i);
		const chroma: u32 = picture.get_cdef_uv_strengths(i);
		cdef.set_y_pri_strength(i, <u8>(luma >> 2));
		cdef.set_y_sec_strength(i, secondary_strength(luma & 3));
		cdef.set_uv_pri_strength(i, <u8>(chroma >> 2));
		cdef.set_uv_sec_strength(i, secondary_strength(chroma & 3));
	}
}

/** UsesLr, 5.9.20. */
export function uses_restoration(picture: VADecPictureParameterBufferAV1): bool {
	return (
		picture.loop_restoration_fields_yframe_restoration_type != V4L2_AV1_FRAME_RESTORE_NONE ||
		uses_chroma_restoration(picture)
	);
}

function uses_chroma_restoration(picture: VADecPictureParameterBufferAV1): bool {
	return (
		picture.loop_restoration_fields_cbframe_restoration_type != V4L2_AV1_FRAME_RESTORE_NONE ||
		picture.loop_restoration_fields_crframe_restoration_type != V4L2_AV1_FRAME_RESTORE_NONE
	);
}

/** v4l2_av1_loop_restoration, 5.9.20: VA's types are FrameRestorationType, as the control's are. */
export function fill_loop_restoration(
	restoration: v4l2_av1_loop_restoration,
	picture: VADecPictureParameterBufferAV1,
): void {
	if (!uses_restoration(picture)) return;
	restoration.flags = <u8>(
		(V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR |
			(uses_chroma_restoration(picture) ? V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR : 0))
	);
	const unit_shift = picture.loop_restoration_fields_lr_unit_shift;
	const uv_shift = picture.loop_restoration_fields_lr_uv_shift;
	restoration.lr_unit_shift = <u8>unit_shift;
	restoration.lr_uv_shift = <u8>uv_shift;
	restoration.set_frame_restoration_type(0, picture.loop_restoration_fields_yframe_restoration_type);
	restoration.set_frame_restoration_type(1, picture.loop_restoration_fields_cbframe_restoration_type);
	restoration.set_frame_restoration_type(2, picture.loop_restoration_fields_crframe_restoration_type);
	const size = RESTORATION_TILESIZE_MAX >> (2 - unit_shift);
	restoration.set_loop_restoration_size(0, size);
	restoration.set_loop_restoration_size(1, size >> uv_shift);
	restoration.set_loop_restoration_size(2, size >> uv_shift);
}

/**
 * v4l2_av1_global_motion, 5.9.24. Intra frames have none, and players may leave what they say of it; where a type has no parameters of
 * its own, they are those of the identity.
 */
export function fill_global_motion(
	motion: v4l2_av1_global_motion,
	picture: VADecPictureParameterBufferAV1,
): void {
	for (let i: u32 = 0; i < REFERENCES; i++) {
		const reference = i + 1;
		const warp = picture.wm(i);
		const type = is_intra() ? V4L2_AV1_WARP_MODEL_IDENTITY : warp.wmtype;
		motion.set_type(reference, type);
		motion.set_flags(reference, <u8>motion_flags(type));
		for (let j: u32 = 0; j < 6; j++) {
			const identity = j == 2 || j == 5 ? WARP_ONE : 0;
			motion.set_params(
				reference,
				j,
				type == V4L2_AV1_WARP_MODEL_IDENTITY ? identity : warp.get_wmmat(j),
			);
		}
		if (type != V4L2_AV1_WARP_MODEL_IDENTITY && warp.invalid != 0)
			motion.invalid |= <u8>((<u32>1) << reference);
	}
}

/** is_global, is_rot_zoom and is_translation as they are coded. */
function motion_flags(type: u32): u32 {
	if (type == V4L2_AV1_WARP_MODEL_IDENTITY) return 0;
	return (
		V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL |
		(type == V4L2_AV1_WARP_MODEL_ROTZOOM ? V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM : 0) |
		(type == V4L2_AV1_WARP_MODEL_TRANSLATION ? V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION : 0)
	);
}
