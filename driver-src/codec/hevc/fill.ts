// SPDX-License-Identifier: MIT
/**
 * V4L2's HEVC controls, one function each, from what VA and the slice segment headers say. Every field is written each time.
 */
import {
	V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC,
	V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC,
	V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR,
	V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT,
	V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED,
	V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED,
	V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT,
	V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED,
	V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED,
	V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED,
	V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT,
	V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED,
	V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT,
	V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER,
	V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED,
	V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT,
	V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED,
	V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT,
	V4L2_HEVC_PPS_FLAG_TILES_ENABLED,
	V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED,
	V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED,
	V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED,
	V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED,
	V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT,
	V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0,
	V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT,
	V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO,
	V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED,
	V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED,
	V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA,
	V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA,
	V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED,
	V4L2_HEVC_SPS_FLAG_AMP_ENABLED,
	V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT,
	V4L2_HEVC_SPS_FLAG_PCM_ENABLED,
	V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED,
	V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET,
	V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED,
	V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED,
	V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED,
	v4l2_ctrl_hevc_decode_params,
	v4l2_ctrl_hevc_pps,
	v4l2_ctrl_hevc_scaling_matrix,
	v4l2_ctrl_hevc_slice_params,
	v4l2_ctrl_hevc_sps,
	v4l2_hevc_pred_weight_table,
} from "../../abi/v4l2";
import { VAIQMatrixBufferHEVC, VAPictureParameterBufferHEVC, VASliceParameterBufferHEVC } from "../../abi/va";
import { fill_dpb, index_of_place, NO_ENTRY, pic_struct, place_of_list_entry } from "./references";
import { active_count, ctbs, is_idr, is_irap, log2_ctb_size, SliceHeader } from "./slice-header";
import { hevc_first_header, hevc_picture, hevc_state } from "./state";

/** `flag` where VA's bit is set. */
function where(bit: u32, flag: u32): u32 {
	return bit != 0 ? flag : 0;
}

// ---- SPS ------------------------------------------------------------------------------------------------

/** SPS (7.3.2.2) from VAPictureParameterBufferHEVC. */
export function fill_sps(sps: v4l2_ctrl_hevc_sps): void {
	const picture = hevc_picture();
	sps.clear();
	// Not in VA, and read by no decoder but in the tables of its own headers: the ids, which all are 0.
	sps.pic_width_in_luma_samples = picture.pic_width_in_luma_samples;
	sps.pic_height_in_luma_samples = picture.pic_height_in_luma_samples;
	sps.bit_depth_luma_minus8 = picture.bit_depth_luma_minus8;
	sps.bit_depth_chroma_minus8 = picture.bit_depth_chroma_minus8;
	sps.log2_max_pic_order_cnt_lsb_minus4 = picture.log2_max_pic_order_cnt_lsb_minus4;
	sps.sps_max_dec_pic_buffering_minus1 = picture.sps_max_dec_pic_buffering_minus1;
	// Not in VA, either: the most that the buffer allows. sps_max_latency_increase_plus1 is 0, no limit.
	if (picture.pic_fields_NoPicReorderingFlag == 0)
		sps.sps_max_num_reorder_pics = picture.sps_max_dec_pic_buffering_minus1;
	// Nor this one: with 0, rpi-hevc-dec would keep no motion vectors of the pictures of higher layers (mk_aux).
	sps.sps_max_sub_layers_minus1 = 6;
	sps.log2_min_luma_coding_block_size_minus3 = picture.log2_min_luma_coding_block_size_minus3;
	sps.log2_diff_max_min_luma_coding_block_size = picture.log2_diff_max_min_luma_coding_block_size;
	sps.log2_min_luma_transform_block_size_minus2 = picture.log2_min_transform_block_size_minus2;
	sps.log2_diff_max_min_luma_transform_block_size = picture.log2_diff_max_min_transform_block_size;
	sps.max_transform_hierarchy_depth_inter = picture.max_transform_hierarchy_depth_inter;
	sps.max_transform_hierarchy_depth_intra = picture.max_transform_hierarchy_depth_intra;
	if (picture.pic_fields_pcm_enabled_flag != 0) {
		sps.pcm_sample_bit_depth_luma_minus1 = picture.pcm_sample_bit_depth_luma_minus1;
		sps.pcm_sample_bit_depth_chroma_minus1 = picture.pcm_sample_bit_depth_chroma_minus1;
		sps.log2_min_pcm_luma_coding_block_size_minus3 = picture.log2_min_pcm_luma_coding_block_size_minus3;
		sps.log2_diff_max_min_pcm_luma_coding_block_size =
			picture.log2_diff_max_min_pcm_luma_coding_block_size;
	}
	// Rewritten slice headers have their sets themselves.
	if (hevc_state().rewrites == 0) {
		sps.num_short_term_ref_pic_sets = picture.num_short_term_ref_pic_sets;
		sps.num_long_term_ref_pics_sps = picture.num_long_term_ref_pic_sps;
	}
	sps.chroma_format_idc = <u8>picture.pic_fields_chroma_format_idc;
	sps.flags = sps_flags(picture);
}

function sps_flags(picture: VAPictureParameterBufferHEVC): u64 {
	let flags = where(picture.pic_fields_scaling_list_enabled_flag, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED);
	flags |= where(picture.pic_fields_amp_enabled_flag, V4L2_HEVC_SPS_FLAG_AMP_ENABLED);
	flags |= where(
		picture.slice_parsing_fields_sample_adaptive_offset_enabled_flag,
		V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET,
	);
	if (picture.pic_fields_pcm_enabled_flag != 0) {
		flags |= V4L2_HEVC_SPS_FLAG_PCM_ENABLED;
		flags |= where(
			picture.pic_fields_pcm_loop_filter_disabled_flag,
			V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED,
		);
	}
	flags |= where(
		picture.slice_parsing_fields_long_term_ref_pics_present_flag,
		V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT,
	);
	flags |= where(
		picture.slice_parsing_fields_sps_temporal_mvp_enabled_flag,
		V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED,
	);
	flags |= where(
		picture.pic_fields_strong_intra_smoothing_enabled_flag,
		V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED,
	);
	return flags;
}

/** A sequence of nothing but a bit depth, to ask a device which formats it would decode it to. */
export function fill_probe_sps(sps: v4l2_ctrl_hevc_sps, bit_depth: u32): void {
	sps.clear();
	sps.bit_depth_luma_minus8 = <u8>(bit_depth - 8);
	sps.bit_depth_chroma_minus8 = <u8>(bit_depth - 8);
	sps.chroma_format_idc = 1;
	sps.log2_diff_max_min_luma_coding_block_size = 3;
	sps.log2_diff_max_min_luma_transform_block_size = 3;
}

// ---- PPS ------------------------------------------------------------------------------------------------

/** PPS (7.3.2.3) from VAPictureParameterBufferHEVC, and the id of the first slice header. */
export function fill_pps(pps: v4l2_ctrl_hevc_pps): void {
	const picture = hevc_picture();
	pps.clear();
	pps.pic_parameter_set_id = <u8>hevc_first_header().slice_pic_parameter_set_id;
	pps.num_extra_slice_header_bits = picture.num_extra_slice_header_bits;
	pps.num_ref_idx_l0_default_active_minus1 = picture.num_ref_idx_l0_default_active_minus1;
	pps.num_ref_idx_l1_default_active_minus1 = picture.num_ref_idx_l1_default_active_minus1;
	pps.init_qp_minus26 = picture.init_qp_minus26;
	if (picture.pic_fields_cu_qp_delta_enabled_flag != 0)
		pps.diff_cu_qp_delta_depth = picture.diff_cu_qp_delta_depth;
	pps.pps_cb_qp_offset = picture.pps_cb_qp_offset;
	pps.pps_cr_qp_offset = picture.pps_cr_qp_offset;
	if (picture.pic_fields_tiles_enabled_flag != 0) fill_tiles(pps, picture);
	if (picture.slice_parsing_fields_pps_disable_deblocking_filter_flag == 0) {
		pps.pps_beta_offset_div2 = picture.pps_beta_offset_div2;
		pps.pps_tc_offset_div2 = picture.pps_tc_offset_div2;
	}
	pps.log2_parallel_merge_level_minus2 = picture.log2_parallel_merge_level_minus2;
	pps.flags = coding_flags(picture) | header_flags(picture);
}

/**
 * Explicit sizes, whatever the stream has: VA-API does not say whether they are uniform, and cedrus and rkvdec take them as they are.
 * The last column and the last row are what remains.
 */
function fill_tiles(pps: v4l2_ctrl_hevc_pps, picture: VAPictureParameterBufferHEVC): void {
	const log2_size = log2_ctb_size(picture);
	const columns: u32 = picture.num_tile_columns_minus1;
	const rows: u32 = picture.num_tile_rows_minus1;
	pps.num_tile_columns_minus1 = <u8>columns;
	pps.num_tile_rows_minus1 = <u8>rows;
	let wide = ctbs(picture.pic_width_in_luma_samples, log2_size);
	for (let i: u32 = 0; i < columns; i++) {
		pps.set_column_width_minus1(i, <u8>picture.get_column_width_minus1(i));
		wide -= <u32>picture.get_column_width_minus1(i) + 1;
	}
	pps.set_column_width_minus1(columns, <u8>(wide - 1));
	let high = ctbs(picture.pic_height_in_luma_samples, log2_size);
	for (let i: u32 = 0; i < rows; i++) {
		pps.set_row_height_minus1(i, <u8>picture.get_row_height_minus1(i));
		high -= <u32>picture.get_row_height_minus1(i) + 1;
	}
	pps.set_row_height_minus1(rows, <u8>(high - 1));
}

/** How samples are coded. */
function coding_flags(picture: VAPictureParameterBufferHEVC): u64 {
	let flags = where(
		picture.pic_fields_sign_data_hiding_enabled_flag,
		V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED,
	);
	flags |= where(picture.pic_fields_constrained_intra_pred_flag, V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED);
	flags |= where(picture.pic_fields_transform_skip_enabled_flag, V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED);
	flags |= where(picture.pic_fields_cu_qp_delta_enabled_flag, V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED);
	flags |= where(picture.pic_fields_weighted_pred_flag, V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED);
	flags |= where(picture.pic_fields_weighted_bipred_flag, V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED);
	flags |= where(
		picture.pic_fields_transquant_bypass_enabled_flag,
		V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED,
	);
	if (picture.pic_fields_tiles_enabled_flag != 0) {
		flags |= V4L2_HEVC_PPS_FLAG_TILES_ENABLED;
		flags |= where(
			picture.pic_fields_loop_filter_across_tiles_enabled_flag,
			V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED,
		);
	}
	flags |= where(
		picture.pic_fields_entropy_coding_sync_enabled_flag,
		V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED,
	);
	flags |= where(
		picture.pic_fields_pps_loop_filter_across_slices_enabled_flag,
		V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED,
	);
	return flags;
}

/** What slice segment headers have in them. */
function header_flags(picture: VAPictureParameterBufferHEVC): u64 {
	let flags = where(
		picture.slice_parsing_fields_dependent_slice_segments_enabled_flag,
		V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED,
	);
	flags |= where(
		picture.slice_parsing_fields_output_flag_present_flag,
		V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT,
	);
	flags |= where(
		picture.slice_parsing_fields_cabac_init_present_flag,
		V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT,
	);
	flags |= where(
		picture.slice_parsing_fields_pps_slice_chroma_qp_offsets_present_flag,
		V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT,
	);
	flags |= where(
		picture.slice_parsing_fields_lists_modification_present_flag | hevc_state().rewrites_lists,
		V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT,
	);
	flags |= where(
		picture.slice_parsing_fields_slice_segment_header_extension_present_flag,
		V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT,
	);
	const overrides = picture.slice_parsing_fields_deblocking_filter_override_enabled_flag;
	const disabled = picture.slice_parsing_fields_pps_disable_deblocking_filter_flag;
	flags |= where(overrides, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED);
	flags |= where(disabled, V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER);
	// Not in VA: what follows deblocking_filter_control_present_flag has an effect, or it may as well not be there.
	const present =
		overrides != 0 ||
		disabled != 0 ||
		picture.pps_beta_offset_div2 != 0 ||
		picture.pps_tc_offset_div2 != 0;
	if (present) flags |= V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT;
	return flags;
}

// ---- SCALING_MATRIX -------------------------------------------------------------------------------------

/** Both APIs have the lists in raster scan and in the same order; the last 16 bytes of VA's struct are reserved. */
export function fill_scaling_matrix(
	matrix: v4l2_ctrl_hevc_scaling_matrix,
	given: VAIQMatrixBufferHEVC,
): void {
	const lists = VAIQMatrixBufferHEVC.AT_ScalingListDC32x32 + 2;
	assert(lists == v4l2_ctrl_hevc_scaling_matrix.SIZE, "other scaling lists");
	memory.copy(changetype<usize>(matrix), changetype<usize>(given), v4l2_ctrl_hevc_scaling_matrix.SIZE);
}

// ---- SLICE_PARAMS ---------------------------------------------------------------------------------------

/**
 * SLICE_PARAMS (7.3.6.1) of one segment. begin, end: where its data begins and ends, in bytes from the start of the OUTPUT buffer, as
 * the decoder counts them (take_slice()). rpi-hevc-dec takes no data_byte_offset beyond bit_size (hevc_d_h265.c). params: as they are of the segment before, which a dependent one repeats; the weights are in them.
 */
export function fill_slice_params(
	params: v4l2_ctrl_hevc_slice_params,
	header: SliceHeader,
	slice: VASliceParameterBufferHEVC,
	begin: u32,
	end: u32,
): void {
	params.bit_size = end * 8;
	params.data_byte_offset = begin;
	params.num_entry_point_offsets = header.num_entry_point_offsets;
	params.nal_unit_type = <u8>header.nal_unit_type;
	params.nuh_temporal_id_plus1 = <u8>header.nuh_temporal_id_plus1;
	params.slice_segment_addr = header.slice_segment_address;
	if (header.dependent_slice_segment_flag != 0) {
		params.flags |= V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT;
		return;
	}
	const current = hevc_picture().CurrPic;
	params.slice_type = <u8>header.slice_type;
	params.colour_plane_id = 0;
	params.slice_pic_order_cnt = current.pic_order_cnt;
	params.num_ref_idx_l0_active_minus1 = <u8>header.num_ref_idx_l0_active_minus1;
	params.num_ref_idx_l1_active_minus1 = <u8>header.num_ref_idx_l1_active_minus1;
	params.collocated_ref_idx = <u8>header.collocated_ref_idx;
	params.five_minus_max_num_merge_cand = <u8>header.five_minus_max_num_merge_cand;
	params.slice_qp_delta = <i8>header.slice_qp_delta;
	params.slice_cb_qp_offset = <i8>header.slice_cb_qp_offset;
	params.slice_cr_qp_offset = <i8>header.slice_cr_qp_offset;
	params.slice_act_y_qp_offset = 0;
	params.slice_act_cb_qp_offset = 0;
	params.slice_act_cr_qp_offset = 0;
	params.slice_beta_offset_div2 = <i8>header.slice_beta_offset_div2;
	params.slice_tc_offset_div2 = <i8>header.slice_tc_offset_div2;
	params.pic_struct = <u8>pic_struct(current.flags);
	params.short_term_ref_pic_set_size = <u16>header.short_term_ref_pic_set_size;
	params.long_term_ref_pic_set_size = <u16>header.long_term_ref_pic_set_size;
	if (header.has_weights == 0) {
		const weights: v4l2_hevc_pred_weight_table = params.pred_weight_table;
		weights.clear();
	}
	fill_list(params, header, slice, 0);
	fill_list(params, header, slice, 1);
	params.flags = slice_flags(header);
}

function fill_list(
	params: v4l2_ctrl_hevc_slice_params,
	header: SliceHeader,
	slice: VASliceParameterBufferHEVC,
	list: u32,
): void {
	const active = active_count(header, list);
	for (let i: u32 = 0; i < 16; i++) {
		const place = i < active ? place_of_list_entry(header, slice, list, i) : NO_ENTRY;
		params.set_ref_idx(list, i, place == NO_ENTRY ? 0 : <u8>index_of_place(place));
	}
}

function slice_flags(header: SliceHeader): u64 {
	let flags = where(header.slice_sao_luma_flag, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA);
	flags |= where(header.slice_sao_chroma_flag, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA);
	flags |= where(
		header.slice_temporal_mvp_enabled_flag,
		V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED,
	);
	flags |= where(header.mvd_l1_zero_flag, V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO);
	flags |= where(header.cabac_init_flag, V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT);
	flags |= where(header.collocated_from_l0_flag, V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0);
	flags |= where(
		header.slice_deblocking_filter_disabled_flag,
		V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED,
	);
	flags |= where(
		header.slice_loop_filter_across_slices_enabled_flag,
		V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED,
	);
	return flags;
}

// ---- DECODE_PARAMS --------------------------------------------------------------------------------------

/** DECODE_PARAMS: the DPB, and what the first slice segment header says of the picture. */
export function fill_decode_params(params: v4l2_ctrl_hevc_decode_params): void {
	const header = hevc_first_header();
	params.clear();
	params.pic_order_cnt_val = hevc_picture().CurrPic.pic_order_cnt;
	params.short_term_ref_pic_set_size = <u16>header.short_term_ref_pic_set_size;
	params.long_term_ref_pic_set_size = <u16>header.long_term_ref_pic_set_size;
	params.num_delta_pocs_of_ref_rps_idx = <u8>header.num_delta_pocs_of_ref_rps_idx;
	fill_dpb(params);
	let flags: u32 = 0;
	if (is_irap(header.nal_unit_type)) flags |= V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC;
	if (is_idr(header.nal_unit_type)) flags |= V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC;
	flags |= where(header.no_output_of_prior_pics_flag, V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR);
	params.flags = flags;
}
