// SPDX-License-Identifier: MIT
/**
 * Whether VA's buffers and the slice segment header say the same. What they both say must be the same, or one of them is garbage.
 * Left out is what a header does not say: players leave those fields as an earlier slice had them.
 */
import { V4L2_HEVC_SLICE_TYPE_B, V4L2_HEVC_SLICE_TYPE_I, v4l2_hevc_pred_weight_table } from "../../abi/v4l2";
import { VASliceParameterBufferHEVC } from "../../abi/va";
import { active_count, is_idr, is_irap, SliceHeader } from "./slice-header";
import { hevc_first_header, hevc_picture, hevc_state } from "./state";

/** The field of VA's picture or slice parameters that the header contradicts; null when there is none. */
export function contradicted_field(
	header: SliceHeader,
	slice: VASliceParameterBufferHEVC,
	weights: v4l2_hevc_pred_weight_table,
): string | null {
	const picture = hevc_picture();
	const irap: u32 = is_irap(header.nal_unit_type) ? 1 : 0;
	const idr: u32 = is_idr(header.nal_unit_type) ? 1 : 0;
	if (picture.slice_parsing_fields_RapPicFlag != irap) return "RapPicFlag";
	if (picture.slice_parsing_fields_IdrPicFlag != idr) return "IdrPicFlag";
	if (slice.slice_segment_address != header.slice_segment_address) return "slice_segment_address";
	if (slice.LongSliceFlags_dependent_slice_segment_flag != header.dependent_slice_segment_flag)
		return "dependent_slice_segment_flag";
	if (header.dependent_slice_segment_flag != 0) return null;
	const lsb_mask: u32 = ((<u32>1) << (picture.log2_max_pic_order_cnt_lsb_minus4 + 4)) - 1;
	if ((<u32>picture.CurrPic.pic_order_cnt & lsb_mask) != header.slice_pic_order_cnt_lsb)
		return "CurrPic.pic_order_cnt";
	if (slice.LongSliceFlags_slice_type != header.slice_type) return "slice_type";
	const mvp = slice.LongSliceFlags_slice_temporal_mvp_enabled_flag;
	if (header.sets_end != 0 && mvp != header.slice_temporal_mvp_enabled_flag)
		return "slice_temporal_mvp_enabled_flag";
	if (picture.slice_parsing_fields_sample_adaptive_offset_enabled_flag != 0) {
		if (slice.LongSliceFlags_slice_sao_luma_flag != header.slice_sao_luma_flag)
			return "slice_sao_luma_flag";
		if (slice.LongSliceFlags_slice_sao_chroma_flag != header.slice_sao_chroma_flag)
			return "slice_sao_chroma_flag";
	}
	if (<i32>slice.slice_qp_delta != header.slice_qp_delta) return "slice_qp_delta";
	if (<i32>slice.slice_cb_qp_offset != header.slice_cb_qp_offset) return "slice_cb_qp_offset";
	if (<i32>slice.slice_cr_qp_offset != header.slice_cr_qp_offset) return "slice_cr_qp_offset";
	const disabled = header.slice_deblocking_filter_disabled_flag;
	if (slice.LongSliceFlags_slice_deblocking_filter_disabled_flag != disabled)
		return "slice_deblocking_filter_disabled_flag";
	if (disabled == 0) {
		if (<i32>slice.slice_beta_offset_div2 != header.slice_beta_offset_div2)
			return "slice_beta_offset_div2";
		if (<i32>slice.slice_tc_offset_div2 != header.slice_tc_offset_div2) return "slice_tc_offset_div2";
	}
	return header.slice_type == V4L2_HEVC_SLICE_TYPE_I
		? null
		: contradicted_prediction(header, slice, weights);
}

function contradicted_prediction(
	header: SliceHeader,
	slice: VASliceParameterBufferHEVC,
	weights: v4l2_hevc_pred_weight_table,
): string | null {
	if (<u32>slice.num_ref_idx_l0_active_minus1 != header.num_ref_idx_l0_active_minus1)
		return "num_ref_idx_l0_active_minus1";
	if (header.slice_type == V4L2_HEVC_SLICE_TYPE_B) {
		if (<u32>slice.num_ref_idx_l1_active_minus1 != header.num_ref_idx_l1_active_minus1)
			return "num_ref_idx_l1_active_minus1";
		if (slice.LongSliceFlags_mvd_l1_zero_flag != header.mvd_l1_zero_flag) return "mvd_l1_zero_flag";
	}
	if (slice.LongSliceFlags_cabac_init_flag != header.cabac_init_flag) return "cabac_init_flag";
	if (header.slice_temporal_mvp_enabled_flag != 0) {
		if (slice.LongSliceFlags_collocated_from_l0_flag != header.collocated_from_l0_flag)
			return "collocated_from_l0_flag";
		if (<u32>slice.collocated_ref_idx != header.collocated_ref_idx) return "collocated_ref_idx";
	}
	if (<u32>slice.five_minus_max_num_merge_cand != header.five_minus_max_num_merge_cand)
		return "five_minus_max_num_merge_cand";
	return header.has_weights != 0 ? contradicted_weight(header, slice, weights) : null;
}

function contradicted_weight(
	header: SliceHeader,
	slice: VASliceParameterBufferHEVC,
	weights: v4l2_hevc_pred_weight_table,
): string | null {
	if (slice.luma_log2_weight_denom != weights.luma_log2_weight_denom) return "luma_log2_weight_denom";
	if (slice.delta_chroma_log2_weight_denom != weights.delta_chroma_log2_weight_denom)
		return "delta_chroma_log2_weight_denom";
	for (let list: u32 = 0; list < 2; list++) {
		for (let i: u32 = 0; i < active_count(header, list); i++) {
			if (slice.get_delta_luma_weight(list, i) != weights.get_delta_luma_weight(list, i))
				return "delta_luma_weight";
			if (slice.get_luma_offset(list, i) != weights.get_luma_offset(list, i)) return "luma_offset";
			for (let j: u32 = 0; j < 2; j++) {
				if (slice.get_delta_chroma_weight(list, i, j) != weights.get_delta_chroma_weight(list, i, j))
					return "delta_chroma_weight";
				if (slice.get_ChromaOffset(list, i, j) != weights.get_chroma_offset(list, i, j))
					return "ChromaOffset";
			}
		}
	}
	return null;
}

/** Whether the segment belongs to the picture of the first one: what 7.4.7.1 wants to be the same in all of them is. */
export function belongs_to_picture(header: SliceHeader): bool {
	if (hevc_state().slice_count == 0) return header.dependent_slice_segment_flag == 0;
	const first = hevc_first_header();
	return (
		header.first_slice_segment_in_pic_flag == 0 &&
		header.nal_unit_type == first.nal_unit_type &&
		header.nuh_temporal_id_plus1 == first.nuh_temporal_id_plus1 &&
		header.slice_pic_parameter_set_id == first.slice_pic_parameter_set_id &&
		header.slice_temporal_mvp_enabled_flag == first.slice_temporal_mvp_enabled_flag &&
		header.short_term_ref_pic_set_sps_flag == first.short_term_ref_pic_set_sps_flag
	);
}
