// SPDX-License-Identifier: MIT
/** One slice: its header, held against its parameters, and what it tells of the picture. */
import {
	V4L2_H264_REF_LIST_LEN,
	V4L2_H264_SLICE_TYPE_B,
	V4L2_H264_SLICE_TYPE_I,
	V4L2_H264_SLICE_TYPE_P,
	V4L2_H264_SLICE_TYPE_SI,
	V4L2_H264_SLICE_TYPE_SP,
} from "../../abi/v4l2";
import { VASliceParameterBufferH264 } from "../../abi/va";
import { MODE_SLICES } from "../facts";
import { PICTURE, PICTURE_BOTTOM_FIELD, PICTURE_FRAME } from "../result";
import { fill_pps, fill_pred_weights, fill_slice_params, weights_required } from "./fill";
import { h264_fill_dpb, h264_note_references, h264_settle_reset } from "./references";
import { ANY_PPS, HEADER_BAD, HEADER_COMPLETE, header_parse, SliceHeader } from "./slice-header";
import {
	h264_decode_params,
	h264_first_header,
	h264_header,
	h264_keep_first_header,
	h264_learn_default_count,
	h264_picture,
	h264_pps,
	h264_pred_weights,
	h264_slice_params,
	h264_state,
	INIT_QP_PLAIN,
	INIT_QP_UNKNOWN,
	INIT_QP_WITH_OFFSET,
} from "./state";

/**
 * Takes one slice: its parameters, and the first bytes of its NAL unit. False when one of them is not what H.264 7.4.3
 * allows, or when they contradict each other. The picture parameters must be there.
 */
export function take_slice(slice: VASliceParameterBufferH264, data: usize, size: u32): bool {
	const state = h264_state();
	const picture = h264_picture();
	const header = h264_header();
	const l0: u32 = slice.num_ref_idx_l0_active_minus1;
	const l1: u32 = slice.num_ref_idx_l1_active_minus1;
	const type: u32 = slice.slice_type % 5;
	if (l0 >= V4L2_H264_REF_LIST_LEN || l1 >= V4L2_H264_REF_LIST_LEN || slice.slice_type > 9) return false;
	if (slice.luma_log2_weight_denom > 7 || slice.chroma_log2_weight_denom > 7) return false;

	const first = state.slice_count == 0;
	const reached = header_parse(
		header,
		data,
		size,
		picture,
		first ? ANY_PPS : h264_first_header().pic_parameter_set_id,
		l0,
		l1,
	);
	if (reached == HEADER_BAD || !agrees(header, slice)) return false;
	if (reached != HEADER_COMPLETE) complete_from_parameters(header, slice);
	if (first) {
		h264_keep_first_header();
		h264_settle_reset(header);
	}
	if (type == V4L2_H264_SLICE_TYPE_P || type == V4L2_H264_SLICE_TYPE_SP) state.has_p = 1;
	if (type == V4L2_H264_SLICE_TYPE_B) state.has_b = 1;
	if (reached == HEADER_COMPLETE) {
		learn_default_counts(header);
		learn_init_qp(header);
	}
	// A slice-based device gets the DPB with each slice, and it must stay the same over a picture.
	const slice_based = state.modes & MODE_SLICES;
	if (first || slice_based == 0) note_references(slice, type);
	if (slice_based != 0) {
		fill_pps(h264_pps());
		h264_fill_dpb(h264_decode_params());
		fill_slice_params(h264_slice_params(), slice, header);
		fill_pred_weights(h264_pred_weights(), slice, header);
		state.needs_weights = weights_required(h264_pps(), h264_slice_params()) ? 1 : 0;
	}
	return true;
}

function note_references(slice: VASliceParameterBufferH264, type: u32): void {
	if (type == V4L2_H264_SLICE_TYPE_I || type == V4L2_H264_SLICE_TYPE_SI) return;
	const l0: u32 = slice.num_ref_idx_l0_active_minus1;
	const l1: u32 = slice.num_ref_idx_l1_active_minus1;
	h264_note_references(slice, l0 + 1, type == V4L2_H264_SLICE_TYPE_B ? l1 + 1 : 0);
}

/** Whether the header says what the parameters say: where not, one of them is garbage. */
function agrees(header: SliceHeader, slice: VASliceParameterBufferH264): bool {
	const picture = h264_picture();
	const bottom: u32 = PICTURE.structure == PICTURE_BOTTOM_FIELD ? 1 : 0;
	const mbaff = picture.seq_fields_mb_adaptive_frame_field_flag != 0 && PICTURE.structure == PICTURE_FRAME;
	let macroblocks =
		(<u32>picture.picture_width_in_mbs_minus1 + 1) * (<u32>picture.picture_height_in_mbs_minus1 + 1);
	if (PICTURE.structure != PICTURE_FRAME || (mbaff && picture.seq_fields_frame_mbs_only_flag == 0))
		macroblocks >>= 1;
	return (
		header.slice_type == <u32>(slice.slice_type % 5) &&
		header.frame_num == <u32>picture.frame_num &&
		header.field_pic == picture.pic_fields_field_pic_flag &&
		header.bottom_field == bottom &&
		header.first_mb_in_slice < macroblocks
	);
}

/**
 * A slice of another PPS than that of the picture parameters (7.4.1.2.4 allows it): its header can be read only up to
 * the field flags, and the rest is what VA says.
 */
function complete_from_parameters(header: SliceHeader, slice: VASliceParameterBufferH264): void {
	header.direct_spatial_mv_pred = slice.direct_spatial_mv_pred_flag;
	header.num_ref_idx_l0_active_minus1 = slice.num_ref_idx_l0_active_minus1;
	header.num_ref_idx_l1_active_minus1 = slice.num_ref_idx_l1_active_minus1;
	header.cabac_init_idc = min<u32>(slice.cabac_init_idc, 2);
	header.slice_qp_delta = slice.slice_qp_delta;
	header.disable_deblocking_filter_idc = min<u32>(slice.disable_deblocking_filter_idc, 2);
	header.slice_alpha_c0_offset_div2 = max<i32>(-6, min<i32>(6, slice.slice_alpha_c0_offset_div2));
	header.slice_beta_offset_div2 = max<i32>(-6, min<i32>(6, slice.slice_beta_offset_div2));
	header.bit_size = slice.slice_data_bit_offset;
}

/** VA has no default reference counts, but a slice that does not override them shows them. */
function learn_default_counts(header: SliceHeader): void {
	const type = header.slice_type;
	if (type == V4L2_H264_SLICE_TYPE_I || type == V4L2_H264_SLICE_TYPE_SI || header.num_ref_idx_override != 0)
		return;
	h264_learn_default_count(header.pic_parameter_set_id, 0, header.num_ref_idx_l0_active_minus1);
	if (type != V4L2_H264_SLICE_TYPE_B) return;
	h264_learn_default_count(header.pic_parameter_set_id, 1, header.num_ref_idx_l1_active_minus1);
}

/**
 * FFmpeg's pic_init_qp_minus26 and pic_init_qs_minus26 of deep pictures have QpBdOffset added, other players' do not
 * (7.4.2.2). What is certain is remembered: only one reading leaves both values, and QP of each slice (7-30), in range.
 */
function learn_init_qp(header: SliceHeader): void {
	const state = h264_state();
	const picture = h264_picture();
	const offset: i32 = 6 * <i32>picture.bit_depth_luma_minus8;
	if (offset == 0 || state.init_qp != INIT_QP_UNKNOWN) return;
	const qp: i32 = picture.pic_init_qp_minus26;
	const qs: i32 = picture.pic_init_qs_minus26;
	const slice_qp = qp + header.slice_qp_delta + 26;
	if (qp > 25 || qs > 25 || slice_qp > 51) state.init_qp = INIT_QP_WITH_OFFSET;
	else if (qp < -26 || qs < offset - 26 || slice_qp < 0) state.init_qp = INIT_QP_PLAIN;
}
