// SPDX-License-Identifier: MIT
/**
 * V4L2's H.264 controls, one function each, from what VA and the slice headers say. Every field is written each time.
 */
import {
	V4L2_H264_DECODE_PARAM_FLAG_BFRAME,
	V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD,
	V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC,
	V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC,
	V4L2_H264_DECODE_PARAM_FLAG_PFRAME,
	V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT,
	V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED,
	V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT,
	V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE,
	V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT,
	V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT,
	V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE,
	V4L2_H264_PPS_FLAG_WEIGHTED_PRED,
	V4L2_H264_REF_LIST_LEN,
	V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED,
	V4L2_H264_SLICE_FLAG_SP_FOR_SWITCH,
	V4L2_H264_SLICE_TYPE_B,
	V4L2_H264_SLICE_TYPE_I,
	V4L2_H264_SLICE_TYPE_P,
	V4L2_H264_SLICE_TYPE_SI,
	V4L2_H264_SLICE_TYPE_SP,
	V4L2_H264_SPS_CONSTRAINT_SET0_FLAG,
	V4L2_H264_SPS_CONSTRAINT_SET1_FLAG,
	V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO,
	V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE,
	V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY,
	V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED,
	V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD,
	v4l2_ctrl_h264_decode_params,
	v4l2_ctrl_h264_pps,
	v4l2_ctrl_h264_pred_weights,
	v4l2_ctrl_h264_scaling_matrix,
	v4l2_ctrl_h264_slice_params,
	v4l2_ctrl_h264_sps,
	v4l2_h264_weight_factors,
} from "../../abi/v4l2";
import {
	VAIQMatrixBufferH264,
	VAPictureParameterBufferH264,
	VAProfileH264ConstrainedBaseline,
	VAProfileH264High10,
	VAProfileH264Main,
	VASliceParameterBufferH264,
} from "../../abi/va";
import { ONES, zero_bytes } from "../../bits/bytes";
import { PICTURE, PICTURE_BOTTOM_FIELD, PICTURE_FRAME } from "../result";
import { h264_fill_dpb, h264_fill_reference } from "./references";
import { SliceHeader } from "./slice-header";
import {
	h264_default_count,
	h264_first_header,
	h264_picture,
	h264_state,
	INIT_QP_PLAIN,
	INIT_QP_WITH_OFFSET,
} from "./state";

const PROFILE_BASELINE: u32 = 66;
const PROFILE_MAIN: u32 = 77;
const PROFILE_HIGH: u32 = 100;
const PROFILE_HIGH_10: u32 = 110;

/** Table A-1, the levels that differ in size: level_idc, MaxFS, MaxDpbMbs. */
const LEVELS: usize = memory.data<u32>([
	10, 99, 396, 11, 396, 900, 20, 396, 2376, 21, 792, 4752, 30, 1620, 8100, 31, 3600, 18000, 32, 5120, 20480,
	41, 8192, 32768, 42, 8704, 34816, 50, 22080, 110400, 51, 36864, 184320, 62, 139264, 696320,
]);
const LEVEL_COUNT: u32 = 12;

// ---- SPS ----------------------------------------------------------------------------------------------

/** SPS (7.3.2.1.1) from VAPictureParameterBufferH264. Raises the profile of the context to what the picture uses. */
export function fill_sps(sps: v4l2_ctrl_h264_sps): void {
	const picture = h264_picture();
	const profile = raised_profile();
	const order_type = picture.seq_fields_pic_order_cnt_type;
	const frame_mbs_only = picture.seq_fields_frame_mbs_only_flag != 0;
	const height: u32 = <u32>picture.picture_height_in_mbs_minus1 + 1;
	sps.profile_idc = <u8>profile;
	sps.constraint_set_flags = <u8>constraint_set_flags(profile);
	sps.level_idc = <u8>level_idc(picture);
	sps.chroma_format_idc = <u8>picture.seq_fields_chroma_format_idc;
	sps.bit_depth_luma_minus8 = picture.bit_depth_luma_minus8;
	sps.bit_depth_chroma_minus8 = picture.bit_depth_chroma_minus8;
	sps.log2_max_frame_num_minus4 = <u8>picture.seq_fields_log2_max_frame_num_minus4;
	sps.pic_order_cnt_type = <u8>order_type;
	sps.log2_max_pic_order_cnt_lsb_minus4 =
		order_type == 0 ? <u8>picture.seq_fields_log2_max_pic_order_cnt_lsb_minus4 : 0;
	sps.max_num_ref_frames = picture.num_ref_frames;
	// Not in VA: seq_parameter_set_id and the offsets of order type 1, more than 1,000 bytes, which stay 0 in a context. The
	// counts themselves are given.
	sps.pic_width_in_mbs_minus1 = picture.picture_width_in_mbs_minus1;
	// VA counts macroblock rows of the frame, the SPS those of a field where there may be fields: (7-18).
	sps.pic_height_in_map_units_minus1 = <u16>((frame_mbs_only ? height : height / 2) - 1);
	let flags: u32 = 0;
	if (order_type == 1 && picture.seq_fields_delta_pic_order_always_zero_flag != 0) {
		flags |= V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO;
	}
	if (picture.seq_fields_gaps_in_frame_num_value_allowed_flag != 0)
		flags |= V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED;
	if (frame_mbs_only) flags |= V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
	if (!frame_mbs_only && picture.seq_fields_mb_adaptive_frame_field_flag != 0)
		flags |= V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD;
	if (picture.seq_fields_direct_8x8_inference_flag != 0) flags |= V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE;
	sps.flags = flags;
}

/** profile_idc (A.2) of a VAProfile; High for those that are not H.264. */
export function profile_idc_of(profile: u32): u32 {
	switch (profile) {
		case VAProfileH264ConstrainedBaseline:
			return PROFILE_BASELINE;
		case VAProfileH264Main:
			return PROFILE_MAIN;
		case VAProfileH264High10:
			return PROFILE_HIGH_10;
		default:
			return PROFILE_HIGH;
	}
}

/**
 * The profile of the configuration, or a higher one that has what the stream uses: players may decode with a
 * configuration that is near enough, and a decoder that is told Baseline keeps no motion vectors (hantro). It never
 * falls back within a context.
 */
function raised_profile(): u32 {
	const state = h264_state();
	const picture = h264_picture();
	let profile = state.profile_idc;
	const beyond_baseline =
		state.has_b != 0 ||
		picture.pic_fields_entropy_coding_mode_flag != 0 ||
		picture.pic_fields_weighted_pred_flag != 0 ||
		picture.pic_fields_weighted_bipred_idc != 0 ||
		picture.seq_fields_frame_mbs_only_flag == 0;
	const beyond_main =
		picture.pic_fields_transform_8x8_mode_flag != 0 ||
		picture.seq_fields_chroma_format_idc == 0 ||
		picture.chroma_qp_index_offset != picture.second_chroma_qp_index_offset ||
		state.matrix_present != 0;
	if (beyond_baseline) profile = max<u32>(profile, PROFILE_MAIN);
	if (beyond_main) profile = max<u32>(profile, PROFILE_HIGH);
	if (picture.bit_depth_luma_minus8 != 0) profile = max<u32>(profile, PROFILE_HIGH_10);
	state.profile_idc = profile;
	return profile;
}

/** A.2.1 and A.2.2: what streams of these profiles conform to by definition. */
function constraint_set_flags(profile: u32): u32 {
	switch (profile) {
		case PROFILE_BASELINE:
			return V4L2_H264_SPS_CONSTRAINT_SET0_FLAG | V4L2_H264_SPS_CONSTRAINT_SET1_FLAG;
		case PROFILE_MAIN:
			return V4L2_H264_SPS_CONSTRAINT_SET1_FLAG;
		default:
			return 0;
	}
}

/** The least level that holds a picture of this size and its references: VA has no level, and 0 is none. */
function level_idc(picture: VAPictureParameterBufferH264): u32 {
	const width: u32 = <u32>picture.picture_width_in_mbs_minus1 + 1;
	const height: u32 = <u32>picture.picture_height_in_mbs_minus1 + 1;
	const size = width * height;
	const longest = max<u32>(width, height);
	let least: u32 = picture.seq_fields_frame_mbs_only_flag != 0 ? 10 : 21; // table A-4
	if (picture.seq_fields_MinLumaBiPredSize8x8 != 0) least = 31;
	for (let i: u32 = 0; i < LEVEL_COUNT; i++) {
		const level = load<u32>(LEVELS + <usize>(i * 12));
		const frame_limit = load<u32>(LEVELS + <usize>(i * 12), 4);
		const buffer_limit = load<u32>(LEVELS + <usize>(i * 12), 8);
		if (level < least || size > frame_limit || longest * longest > 8 * frame_limit) continue;
		if (size * <u32>picture.num_ref_frames <= buffer_limit) return level;
	}
	return 62;
}

/** A sequence of nothing but a bit depth, to ask a device which formats it would decode it to. */
export function fill_probe_sps(sps: v4l2_ctrl_h264_sps, bit_depth: u32): void {
	sps.clear();
	sps.profile_idc = <u8>(bit_depth > 8 ? PROFILE_HIGH_10 : PROFILE_HIGH);
	sps.level_idc = 10;
	sps.chroma_format_idc = 1;
	sps.bit_depth_luma_minus8 = <u8>(bit_depth - 8);
	sps.bit_depth_chroma_minus8 = <u8>(bit_depth - 8);
	sps.max_num_ref_frames = 1;
	sps.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY | V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE;
}

// ---- PPS ----------------------------------------------------------------------------------------------

/** PPS (7.3.2.2) from VAPictureParameterBufferH264, and the id of the first slice header. */
export function fill_pps(pps: v4l2_ctrl_h264_pps): void {
	const picture = h264_picture();
	const header = h264_first_header();
	const id = header.pic_parameter_set_id;
	const offset = init_qp_offset();
	pps.clear();
	pps.pic_parameter_set_id = <u8>id;
	pps.num_ref_idx_l0_default_active_minus1 = <u8>default_count(id, 0, header.num_ref_idx_l0_active_minus1);
	pps.num_ref_idx_l1_default_active_minus1 = <u8>default_count(id, 1, header.num_ref_idx_l1_active_minus1);
	pps.weighted_bipred_idc = <u8>picture.pic_fields_weighted_bipred_idc;
	pps.pic_init_qp_minus26 = <i8>(<i32>picture.pic_init_qp_minus26 - offset);
	pps.pic_init_qs_minus26 = <i8>max<i32>(-26, <i32>picture.pic_init_qs_minus26 - offset);
	pps.chroma_qp_index_offset = picture.chroma_qp_index_offset;
	pps.second_chroma_qp_index_offset = picture.second_chroma_qp_index_offset;
	let flags: u32 = 0;
	if (picture.pic_fields_entropy_coding_mode_flag != 0) flags |= V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE;
	if (picture.pic_fields_pic_order_present_flag != 0)
		flags |= V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT;
	if (picture.pic_fields_weighted_pred_flag != 0) flags |= V4L2_H264_PPS_FLAG_WEIGHTED_PRED;
	if (picture.pic_fields_deblocking_filter_control_present_flag != 0) {
		flags |= V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT;
	}
	if (picture.pic_fields_constrained_intra_pred_flag != 0)
		flags |= V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED;
	if (picture.pic_fields_redundant_pic_cnt_present_flag != 0)
		flags |= V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT;
	if (picture.pic_fields_transform_8x8_mode_flag != 0) flags |= V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE;
	if (h264_state().matrix_present != 0) flags |= V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT;
	pps.flags = <u16>flags;
}

/** What to take off VA's initial QP and QS. Undecided: encoders write pic_init_qs_minus26 as 0, so it shows the offset. */
function init_qp_offset(): i32 {
	const picture = h264_picture();
	const offset: i32 = 6 * <i32>picture.bit_depth_luma_minus8;
	switch (h264_state().init_qp) {
		case INIT_QP_PLAIN:
			return 0;
		case INIT_QP_WITH_OFFSET:
			return offset;
		default:
			return <i32>picture.pic_init_qs_minus26 >= offset ? offset : 0;
	}
}

/** As learnt from slices; while none has shown it, each overrides it and any value does. */
function default_count(pps: u32, list: u32, otherwise: u32): u32 {
	const learnt = h264_default_count(pps, list);
	return learnt < V4L2_H264_REF_LIST_LEN ? learnt : otherwise;
}

// ---- SCALING_MATRIX -----------------------------------------------------------------------------------

/**
 * Both APIs have the lists in raster scan; of 8x8 lists VA has Intra Y and Inter Y, the first two of V4L2, and the
 * other four belong to 4:4:4. Returns whether any is not flat: only then is the control sent and its flag set.
 */
export function fill_scaling_matrix(
	matrix: v4l2_ctrl_h264_scaling_matrix,
	given: VAIQMatrixBufferH264,
): bool {
	memory.fill(changetype<usize>(matrix), 16, v4l2_ctrl_h264_scaling_matrix.SIZE); // (7-8), (7-9)
	const to = changetype<usize>(matrix);
	const from = changetype<usize>(given);
	let differs = false;
	for (let at: usize = 0; at < 6 * 16; at += 16) {
		if (copy_4x4(to + at, from + at)) differs = true;
	}
	for (let at: usize = 6 * 16; at < 6 * 16 + 2 * 64; at += 64) {
		if (copy_8x8(to + at, from + at)) differs = true;
	}
	return differs;
}

const FLAT: u64 = 16 * ONES;

/**
 * Copies one list unless it was left out: no value may be 0 (7.4.2.1.1.1). Returns whether it was copied and is not flat.
 */
function copy_4x4(to: usize, from: usize): bool {
	const first = load<u64>(from);
	const second = load<u64>(from, 8);
	if ((zero_bytes(first) | zero_bytes(second)) != 0) return false;
	store<u64>(to, first);
	store<u64>(to, second, 8);
	return ((first ^ FLAT) | (second ^ FLAT)) != 0;
}

function copy_8x8(to: usize, from: usize): bool {
	let left_out: u64 = 0;
	let differs: u64 = 0;
	for (let at: usize = 0; at < 64; at += 8) {
		const values = load<u64>(from + at);
		left_out |= zero_bytes(values);
		differs |= values ^ FLAT;
	}
	if (left_out != 0) return false;
	memory.copy(to, from, 64);
	return differs != 0;
}

// ---- SLICE_PARAMS -------------------------------------------------------------------------------------

/** SLICE_PARAMS (7.3.3) from VASliceParameterBufferH264 and the slice header. The DPB must have been filled. */
export function fill_slice_params(
	params: v4l2_ctrl_h264_slice_params,
	slice: VASliceParameterBufferH264,
	header: SliceHeader,
): void {
	const type = header.slice_type;
	const has_l0 = type != V4L2_H264_SLICE_TYPE_I && type != V4L2_H264_SLICE_TYPE_SI;
	const has_l1 = type == V4L2_H264_SLICE_TYPE_B;
	params.clear();
	params.header_bit_size = header.bit_size;
	params.first_mb_in_slice = header.first_mb_in_slice;
	params.slice_type = <u8>type;
	params.redundant_pic_cnt = <u8>header.redundant_pic_cnt;
	params.cabac_init_idc = <u8>header.cabac_init_idc;
	params.slice_qp_delta = <i8>header.slice_qp_delta;
	params.slice_qs_delta = <i8>header.slice_qs_delta;
	params.disable_deblocking_filter_idc = <u8>header.disable_deblocking_filter_idc;
	params.slice_alpha_c0_offset_div2 = <i8>header.slice_alpha_c0_offset_div2;
	params.slice_beta_offset_div2 = <i8>header.slice_beta_offset_div2;
	params.num_ref_idx_l0_active_minus1 = <u8>header.num_ref_idx_l0_active_minus1;
	params.num_ref_idx_l1_active_minus1 = <u8>header.num_ref_idx_l1_active_minus1;
	const l0: u32 = has_l0 ? header.num_ref_idx_l0_active_minus1 + 1 : 0;
	const l1: u32 = has_l1 ? header.num_ref_idx_l1_active_minus1 + 1 : 0;
	for (let i: u32 = 0; i < V4L2_H264_REF_LIST_LEN; i++) {
		h264_fill_reference(params.ref_pic_list0(i), i < l0 ? slice.RefPicList0(i) : null);
		h264_fill_reference(params.ref_pic_list1(i), i < l1 ? slice.RefPicList1(i) : null);
	}
	let flags: u32 = 0;
	if (header.direct_spatial_mv_pred != 0) flags |= V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED;
	if (header.sp_for_switch != 0) flags |= V4L2_H264_SLICE_FLAG_SP_FOR_SWITCH;
	params.flags = flags;
}

// ---- PRED_WEIGHTS -------------------------------------------------------------------------------------

/** V4L2_H264_CTRL_PRED_WEIGHTS_REQUIRED */
export function weights_required(pps: v4l2_ctrl_h264_pps, params: v4l2_ctrl_h264_slice_params): bool {
	const type: u32 = params.slice_type;
	if (type == V4L2_H264_SLICE_TYPE_B) return pps.weighted_bipred_idc == 1;
	if (type != V4L2_H264_SLICE_TYPE_P && type != V4L2_H264_SLICE_TYPE_SP) return false;
	return (<u32>pps.flags & V4L2_H264_PPS_FLAG_WEIGHTED_PRED) != 0;
}

/** PRED_WEIGHTS (7.3.3.2) from VASliceParameterBufferH264, for the active entries of each list. */
export function fill_pred_weights(
	weights: v4l2_ctrl_h264_pred_weights,
	slice: VASliceParameterBufferH264,
	header: SliceHeader,
): void {
	weights.clear();
	weights.luma_log2_weight_denom = slice.luma_log2_weight_denom;
	weights.chroma_log2_weight_denom = slice.chroma_log2_weight_denom;
	const type = header.slice_type;
	if (type == V4L2_H264_SLICE_TYPE_I || type == V4L2_H264_SLICE_TYPE_SI) return;
	fill_weights(weights.weight_factors(0), slice, 0, header.num_ref_idx_l0_active_minus1 + 1);
	if (type == V4L2_H264_SLICE_TYPE_B)
		fill_weights(weights.weight_factors(1), slice, 1, header.num_ref_idx_l1_active_minus1 + 1);
}

/** VA's tables hold inferred values too, unless the flag of the list is 0: then they are what 7.4.3.2 infers. */
function fill_weights(
	factors: v4l2_h264_weight_factors,
	slice: VASliceParameterBufferH264,
	list: u32,
	count: u32,
): void {
	const luma = slice.get_luma_weight_flag(list) != 0;
	const chroma = slice.get_chroma_weight_flag(list) != 0;
	const flat_luma: i16 = <i16>(1 << slice.luma_log2_weight_denom);
	const flat_chroma: i16 = <i16>(1 << slice.chroma_log2_weight_denom);
	for (let i: u32 = 0; i < count; i++) {
		factors.set_luma_weight(i, luma ? slice.get_luma_weight(list, i) : flat_luma);
		factors.set_luma_offset(i, luma ? slice.get_luma_offset(list, i) : 0);
		for (let j: u32 = 0; j < 2; j++) {
			factors.set_chroma_weight(i, j, chroma ? slice.get_chroma_weight(list, i, j) : flat_chroma);
			factors.set_chroma_offset(i, j, chroma ? slice.get_chroma_offset(list, i, j) : 0);
		}
	}
}

// ---- DECODE_PARAMS ------------------------------------------------------------------------------------

/** DECODE_PARAMS: the DPB, counts and flags of the picture, and what the first slice header says. */
export function fill_decode_params(params: v4l2_ctrl_h264_decode_params): void {
	const state = h264_state();
	const picture = h264_picture();
	const header = h264_first_header();
	params.clear();
	h264_fill_dpb(params);
	params.nal_ref_idc = <u16>header.nal_ref_idc;
	params.frame_num = picture.frame_num;
	params.top_field_order_cnt = picture.CurrPic.TopFieldOrderCnt;
	params.bottom_field_order_cnt = picture.CurrPic.BottomFieldOrderCnt;
	if (PICTURE.second_field != 0) {
		// of the first field, which not every player repeats
		if (PICTURE.structure == PICTURE_BOTTOM_FIELD)
			params.top_field_order_cnt = state.previous_top_order_count;
		else params.bottom_field_order_cnt = state.previous_bottom_order_count;
	}
	params.idr_pic_id = <u16>header.idr_pic_id;
	params.pic_order_cnt_lsb = <u16>header.pic_order_cnt_lsb;
	params.delta_pic_order_cnt_bottom = header.delta_pic_order_cnt_bottom;
	params.delta_pic_order_cnt0 = header.delta_pic_order_cnt0;
	params.delta_pic_order_cnt1 = header.delta_pic_order_cnt1;
	params.dec_ref_pic_marking_bit_size = header.dec_ref_pic_marking_bit_size;
	params.pic_order_cnt_bit_size = header.pic_order_cnt_bit_size;
	let flags: u32 = 0;
	if (header.idr != 0) flags |= V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
	if (PICTURE.structure != PICTURE_FRAME) flags |= V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC;
	if (PICTURE.structure == PICTURE_BOTTOM_FIELD) flags |= V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD;
	// One of the two: a picture with B slices is a B picture, whatever else it has (tegra-vde/h264.c).
	if (state.has_b != 0) flags |= V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
	else if (state.has_p != 0) flags |= V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
	params.flags = flags;
}
