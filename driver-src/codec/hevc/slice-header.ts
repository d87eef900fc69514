// SPDX-License-Identifier: MIT
/**
 * The slice segment header of HEVC 7.3.6.1, read to its end: for what VA-API does not carry (sizes of the reference picture sets
 * in bits, entry points, where the data begins in raw bytes), and to hold VA's values against it.
 *
 * SPS and PPS never reach a VA driver; the picture parameters have every field that parsing needs, except the sets of the SPS.
 * Only a set that is predicted from one of those cannot be parsed: how many flags it has is found by counting until st_rps_bits.
 */
import {
	V4L2_HEVC_SLICE_TYPE_B,
	V4L2_HEVC_SLICE_TYPE_I,
	V4L2_HEVC_SLICE_TYPE_P,
	v4l2_hevc_pred_weight_table,
} from "../../abi/v4l2";
import { VAPictureParameterBufferHEVC } from "../../abi/va";
import {
	bits_failed,
	bits_flag,
	bits_open,
	bits_position,
	bits_raw_size,
	bits_se,
	bits_u,
	bits_ue,
} from "../../bits/nal-bits";
import { pred_weight_table } from "./pred-weight-table";

/** NAL unit types, table 7-1. */
const RSV_VCL_N10: u32 = 10;
const BLA_W_LP: u32 = 16;
const IDR_W_RADL: u32 = 19;
const IDR_N_LP: u32 = 20;
const CRA_NUT: u32 = 21;
const RSV_IRAP_VCL23: u32 = 23;

/** VA's lists have 15 entries, and so has the DPB. */
const MAX_ACTIVE: u32 = 15;
/** num_negative_pics and num_positive_pics, and NumDeltaPocs (7.4.8). */
const MAX_DELTA_POCS: u32 = 16;
/** num_long_term_sps is at most 32, and so is what remains of the DPB. */
const MAX_LONG_TERM: u32 = 33;
/** slice_segment_header_extension_length. */
const MAX_EXTENSION: u32 = 256;

/** list_entry_l0 and list_entry_l1 of the last header. */
const LIST_ENTRIES: usize = memory.data(2 * MAX_ACTIVE, 4);

/** One slice segment header. Flags are 0 or 1; positions count bits from the NAL unit header on, without emulation prevention. */
@unmanaged
export class SliceHeader {
	nal_unit_type: u32;
	nuh_temporal_id_plus1: u32;
	first_slice_segment_in_pic_flag: u32;
	no_output_of_prior_pics_flag: u32;
	slice_pic_parameter_set_id: u32;
	dependent_slice_segment_flag: u32;
	slice_segment_address: u32;

	// ---- of the slice: a dependent segment has those of the segment before
	slice_type: u32;
	pic_output_flag: u32;
	slice_pic_order_cnt_lsb: u32;
	short_term_ref_pic_set_sps_flag: u32;
	/** Bits of st_ref_pic_set(); 0 where the SPS has the set. */
	short_term_ref_pic_set_size: u32;
	/** NumDeltaPocs[RefRpsIdx] of a set that is predicted from another; 0 where none is. */
	num_delta_pocs_of_ref_rps_idx: u32;
	/** Bits of what long_term_ref_pics_present_flag brings. */
	long_term_ref_pic_set_size: u32;
	slice_temporal_mvp_enabled_flag: u32;
	slice_sao_luma_flag: u32;
	slice_sao_chroma_flag: u32;
	num_ref_idx_l0_active_minus1: u32;
	num_ref_idx_l1_active_minus1: u32;
	/** Bit x: list x has explicit entries, header_list_entry(). */
	ref_pic_list_modification: u32;
	mvd_l1_zero_flag: u32;
	cabac_init_flag: u32;
	collocated_from_l0_flag: u32;
	collocated_ref_idx: u32;
	has_weights: u32;
	five_minus_max_num_merge_cand: u32;
	slice_qp_delta: i32;
	slice_cb_qp_offset: i32;
	slice_cr_qp_offset: i32;
	slice_deblocking_filter_disabled_flag: u32;
	slice_beta_offset_div2: i32;
	slice_tc_offset_div2: i32;
	slice_loop_filter_across_slices_enabled_flag: u32;

	// ---- of the segment
	num_entry_point_offsets: u32;
	/** Where short_term_ref_pic_set_sps_flag is, and what follows the long-term pictures; 0 where there are no sets. */
	sets_begin: u32;
	sets_end: u32;
	/** Where ref_pic_lists_modification() is or would be, and what follows; 0 in I slices. */
	lists_begin: u32;
	lists_end: u32;
	/** Where byte_alignment() is. */
	end: u32;
	/** Where the data begins, in bytes of the NAL unit as it is. */
	data_byte_offset: u32;
}

/** What a header needs to know beside the picture parameters. */
@unmanaged
export class HeaderContext {
	/** NumPicTotalCurr (7-55). */
	num_pic_total_curr: u32;
	/** Where entry point offsets go, and how many fit. */
	entry_points: usize;
	entry_point_capacity: u32;
}

/** Bytes of the NAL unit up to the data, without emulation prevention bytes: byte_alignment() is one bit to eight. */
export function header_rbsp_size(header: SliceHeader): u32 {
	return (header.end >> 3) + 1;
}

/** Entry i of the modification of a list: an index into RefPicListTemp (8-8, 8-10). */
export function header_list_entry(list: u32, i: u32): u32 {
	assert(list < 2 && i < MAX_ACTIVE, "no such list entry");
	return load<u8>(LIST_ENTRIES + <usize>(list * MAX_ACTIVE + i));
}

/** Whether nal_unit_type is that of an IRAP picture (7.4.2.2): 16 to 23. */
export function is_irap(nal_unit_type: u32): bool {
	return nal_unit_type >= BLA_W_LP && nal_unit_type <= RSV_IRAP_VCL23;
}

/** Whether nal_unit_type is that of an IDR picture (7.4.2.2). */
export function is_idr(nal_unit_type: u32): bool {
	return nal_unit_type == IDR_W_RADL || nal_unit_type == IDR_N_LP;
}

/** Active entries of a list of this slice: 0 in I slices, and in list 1 of P slices. */
export function active_count(header: SliceHeader, list: u32): u32 {
	if (header.slice_type == V4L2_HEVC_SLICE_TYPE_I) return 0;
	if (list == 0) return header.num_ref_idx_l0_active_minus1 + 1;
	return header.slice_type == V4L2_HEVC_SLICE_TYPE_B ? header.num_ref_idx_l1_active_minus1 + 1 : 0;
}

/** Ceil(Log2(value)), 0 for 0 and 1. */
export function ceil_log2(value: u32): u32 {
	return value < 2 ? 0 : 32 - <u32>clz<u32>(value - 1);
}

/** CtbLog2SizeY, (7-10). */
export function log2_ctb_size(picture: VAPictureParameterBufferHEVC): u32 {
	return (
		<u32>picture.log2_min_luma_coding_block_size_minus3 +
		3 +
		<u32>picture.log2_diff_max_min_luma_coding_block_size
	);
}

/** Coding tree blocks that cover so many luma samples. */
export function ctbs(samples: u32, log2_size: u32): u32 {
	return (samples + (1 << log2_size) - 1) >> log2_size;
}

/**
 * Parses the first bytes of a NAL unit into `header`, which holds the header of the segment before: a dependent one keeps its
 * slice's values. weights: filled where the slice has some. False when it is no slice segment header, or does not end within the
 * bytes.
 */
export function header_parse(
	header: SliceHeader,
	weights: v4l2_hevc_pred_weight_table,
	address: usize,
	size: u32,
	picture: VAPictureParameterBufferHEVC,
	context: HeaderContext,
): bool {
	bits_open(address, size);
	if (bits_flag()) return false; // forbidden_zero_bit
	header.nal_unit_type = bits_u(6);
	if (header.nal_unit_type > CRA_NUT) return false;
	if (header.nal_unit_type >= RSV_VCL_N10 && header.nal_unit_type < BLA_W_LP) return false;
	if (bits_u(6) != 0) return false; // nuh_layer_id: other layers are none of this profile's pictures (F.8)
	header.nuh_temporal_id_plus1 = bits_u(3);
	if (header.nuh_temporal_id_plus1 == 0) return false;
	header.first_slice_segment_in_pic_flag = bits_u(1);
	header.no_output_of_prior_pics_flag = is_irap(header.nal_unit_type) ? bits_u(1) : 0;
	header.slice_pic_parameter_set_id = bits_ue();
	if (header.slice_pic_parameter_set_id > 63) return false;
	header.dependent_slice_segment_flag = 0;
	header.slice_segment_address = 0;
	if (header.first_slice_segment_in_pic_flag == 0) {
		if (picture.slice_parsing_fields_dependent_slice_segments_enabled_flag != 0)
			header.dependent_slice_segment_flag = bits_u(1);
		const log2_size = log2_ctb_size(picture);
		const count =
			ctbs(picture.pic_width_in_luma_samples, log2_size) *
			ctbs(picture.pic_height_in_luma_samples, log2_size);
		header.slice_segment_address = bits_u(ceil_log2(count));
		if (header.slice_segment_address >= count || header.slice_segment_address == 0) return false;
	}
	header.sets_begin = 0;
	header.sets_end = 0;
	header.lists_begin = 0;
	header.lists_end = 0;
	if (header.dependent_slice_segment_flag == 0 && !parse_slice(header, weights, picture, context))
		return false;
	if (!parse_entry_points(header, picture, context)) return false;
	if (picture.slice_parsing_fields_slice_segment_header_extension_present_flag != 0) {
		const length = bits_ue();
		if (length > MAX_EXTENSION) return false;
		for (let i: u32 = 0; i < length; i++) bits_u(8);
	}
	header.end = bits_position();
	if (!bits_flag()) return false; // alignment_bit_equal_to_one
	if (bits_u(-bits_position() & 7) != 0) return false;
	if (bits_failed()) return false;
	header.data_byte_offset = bits_raw_size(address, bits_position() >> 3);
	return true;
}

/** What a dependent segment takes over from the one before. */
function parse_slice(
	header: SliceHeader,
	weights: v4l2_hevc_pred_weight_table,
	picture: VAPictureParameterBufferHEVC,
	context: HeaderContext,
): bool {
	bits_u(picture.num_extra_slice_header_bits); // slice_reserved_flag
	header.slice_type = bits_ue();
	if (header.slice_type > V4L2_HEVC_SLICE_TYPE_I) return false;
	header.pic_output_flag = picture.slice_parsing_fields_output_flag_present_flag != 0 ? bits_u(1) : 1;
	header.slice_pic_order_cnt_lsb = 0;
	header.short_term_ref_pic_set_sps_flag = 0;
	header.short_term_ref_pic_set_size = 0;
	header.num_delta_pocs_of_ref_rps_idx = 0;
	header.long_term_ref_pic_set_size = 0;
	header.slice_temporal_mvp_enabled_flag = 0;
	if (!is_idr(header.nal_unit_type)) {
		header.slice_pic_order_cnt_lsb = bits_u(<u32>picture.log2_max_pic_order_cnt_lsb_minus4 + 4);
		header.sets_begin = bits_position();
		if (!parse_short_term_set(header, picture) || !parse_long_term_set(header, picture)) return false;
		header.sets_end = bits_position();
		if (picture.slice_parsing_fields_sps_temporal_mvp_enabled_flag != 0)
			header.slice_temporal_mvp_enabled_flag = bits_u(1);
	}
	const has_chroma = picture.pic_fields_chroma_format_idc != 0;
	header.slice_sao_luma_flag = 0;
	header.slice_sao_chroma_flag = 0;
	if (picture.slice_parsing_fields_sample_adaptive_offset_enabled_flag != 0) {
		header.slice_sao_luma_flag = bits_u(1);
		if (has_chroma) header.slice_sao_chroma_flag = bits_u(1);
	}
	if (!parse_prediction(header, weights, picture, context)) return false;
	header.slice_qp_delta = bits_se();
	header.slice_cb_qp_offset = 0;
	header.slice_cr_qp_offset = 0;
	if (picture.slice_parsing_fields_pps_slice_chroma_qp_offsets_present_flag != 0) {
		header.slice_cb_qp_offset = bits_se();
		header.slice_cr_qp_offset = bits_se();
	}
	if (beyond(header.slice_cb_qp_offset, 12) || beyond(header.slice_cr_qp_offset, 12)) return false;
	if (beyond(header.slice_qp_delta, 51 + 6 * <i32>picture.bit_depth_luma_minus8)) return false; // (7-54)
	return parse_deblocking(header, picture);
}

function beyond(value: i32, limit: i32): bool {
	return value < -limit || value > limit;
}

/** short_term_ref_pic_set_sps_flag, and the set that it chooses. */
function parse_short_term_set(header: SliceHeader, picture: VAPictureParameterBufferHEVC): bool {
	const sets: u32 = picture.num_short_term_ref_pic_sets;
	header.short_term_ref_pic_set_sps_flag = bits_u(1);
	if (header.short_term_ref_pic_set_sps_flag != 0) {
		if (sets == 0) return false;
		return bits_u(ceil_log2(sets)) < sets; // short_term_ref_pic_set_idx
	}
	const begin = bits_position();
	const predicted = sets != 0 && bits_flag(); // inter_ref_pic_set_prediction_flag
	const parsed = predicted
		? parse_predicted_set(header, begin + picture.st_rps_bits, sets)
		: parse_explicit_set();
	header.short_term_ref_pic_set_size = bits_position() - begin;
	return parsed;
}

function parse_explicit_set(): bool {
	const negative = bits_ue();
	const positive = bits_ue();
	if (negative > MAX_DELTA_POCS || positive > MAX_DELTA_POCS) return false;
	for (let i: u32 = 0; i < negative + positive; i++) {
		bits_ue(); // delta_poc_s0_minus1, delta_poc_s1_minus1
		bits_u(1); // used_by_curr_pic_s0_flag, used_by_curr_pic_s1_flag
	}
	return true;
}

/** A set that is predicted from one of the SPS, up to `end`: one flag, or two, for each of NumDeltaPocs[RefRpsIdx] pictures and one more. */
function parse_predicted_set(header: SliceHeader, end: u32, sets: u32): bool {
	if (bits_ue() >= sets) return false; // delta_idx_minus1
	bits_u(1); // delta_rps_sign
	if (bits_ue() > 0x7fff) return false; // abs_delta_rps_minus1
	let count: u32 = 0;
	while (bits_position() < end) {
		if (!bits_flag()) bits_u(1); // used_by_curr_pic_flag, use_delta_flag
		count++;
		if (count > MAX_DELTA_POCS + 1 || bits_failed()) return false;
	}
	if (count == 0 || bits_position() != end) return false;
	header.num_delta_pocs_of_ref_rps_idx = count - 1;
	return true;
}

function parse_long_term_set(header: SliceHeader, picture: VAPictureParameterBufferHEVC): bool {
	if (picture.slice_parsing_fields_long_term_ref_pics_present_flag == 0) return true;
	const begin = bits_position();
	const candidates: u32 = picture.num_long_term_ref_pic_sps;
	const from_sps: u32 = candidates > 0 ? bits_ue() : 0; // num_long_term_sps
	const explicit = bits_ue(); // num_long_term_pics
	if (from_sps > MAX_LONG_TERM || explicit > MAX_LONG_TERM) return false;
	for (let i: u32 = 0; i < from_sps + explicit; i++) {
		if (i < from_sps) {
			bits_u(ceil_log2(candidates)); // lt_idx_sps
		} else {
			bits_u(<u32>picture.log2_max_pic_order_cnt_lsb_minus4 + 4); // poc_lsb_lt
			bits_u(1); // used_by_curr_pic_lt_flag
		}
		if (bits_flag()) bits_ue(); // delta_poc_msb_present_flag, delta_poc_msb_cycle_lt
	}
	header.long_term_ref_pic_set_size = bits_position() - begin;
	return true;
}

/** From num_ref_idx_active_override_flag to five_minus_max_num_merge_cand, which P and B slices have. */
function parse_prediction(
	header: SliceHeader,
	weights: v4l2_hevc_pred_weight_table,
	picture: VAPictureParameterBufferHEVC,
	context: HeaderContext,
): bool {
	const bidirectional = header.slice_type == V4L2_HEVC_SLICE_TYPE_B;
	header.num_ref_idx_l0_active_minus1 = 0;
	header.num_ref_idx_l1_active_minus1 = 0;
	header.ref_pic_list_modification = 0;
	header.mvd_l1_zero_flag = 0;
	header.cabac_init_flag = 0;
	header.collocated_from_l0_flag = 1;
	header.collocated_ref_idx = 0;
	header.has_weights = 0;
	header.five_minus_max_num_merge_cand = 0;
	if (header.slice_type == V4L2_HEVC_SLICE_TYPE_I) return true;
	header.num_ref_idx_l0_active_minus1 = picture.num_ref_idx_l0_default_active_minus1;
	if (bidirectional) header.num_ref_idx_l1_active_minus1 = picture.num_ref_idx_l1_default_active_minus1;
	if (bits_flag()) {
		header.num_ref_idx_l0_active_minus1 = bits_ue();
		if (bidirectional) header.num_ref_idx_l1_active_minus1 = bits_ue();
	}
	if (header.num_ref_idx_l0_active_minus1 >= MAX_ACTIVE) return false;
	if (header.num_ref_idx_l1_active_minus1 >= MAX_ACTIVE) return false;
	header.lists_begin = bits_position();
	if (picture.slice_parsing_fields_lists_modification_present_flag != 0 && context.num_pic_total_curr > 1) {
		if (!parse_list_modification(header, 0, context)) return false;
		if (bidirectional && !parse_list_modification(header, 1, context)) return false;
	}
	header.lists_end = bits_position();
	if (bidirectional) header.mvd_l1_zero_flag = bits_u(1);
	if (picture.slice_parsing_fields_cabac_init_present_flag != 0) header.cabac_init_flag = bits_u(1);
	if (header.slice_temporal_mvp_enabled_flag != 0) {
		if (bidirectional) header.collocated_from_l0_flag = bits_u(1);
		const list: u32 = header.collocated_from_l0_flag != 0 ? 0 : 1;
		const active = active_count(header, list);
		if (active > 1) header.collocated_ref_idx = bits_ue();
		if (header.collocated_ref_idx >= active) return false;
	}
	if (
		(header.slice_type == V4L2_HEVC_SLICE_TYPE_P && picture.pic_fields_weighted_pred_flag != 0) ||
		(bidirectional && picture.pic_fields_weighted_bipred_flag != 0)
	) {
		header.has_weights = 1;
		const has_chroma = picture.pic_fields_chroma_format_idc != 0;
		if (!pred_weight_table(weights, active_count(header, 0), active_count(header, 1), has_chroma))
			return false;
	}
	header.five_minus_max_num_merge_cand = bits_ue();
	return header.five_minus_max_num_merge_cand <= 4;
}

/** ref_pic_lists_modification(), 7.3.6.2, one list. */
function parse_list_modification(header: SliceHeader, list: u32, context: HeaderContext): bool {
	if (!bits_flag()) return true;
	header.ref_pic_list_modification |= 1 << list;
	const width = ceil_log2(context.num_pic_total_curr);
	for (let i: u32 = 0; i < active_count(header, list); i++) {
		const entry = bits_u(width);
		if (entry >= context.num_pic_total_curr) return false;
		store<u8>(LIST_ENTRIES + <usize>(list * MAX_ACTIVE + i), entry);
	}
	return true;
}

function parse_deblocking(header: SliceHeader, picture: VAPictureParameterBufferHEVC): bool {
	header.slice_deblocking_filter_disabled_flag =
		picture.slice_parsing_fields_pps_disable_deblocking_filter_flag;
	header.slice_beta_offset_div2 = picture.pps_beta_offset_div2;
	header.slice_tc_offset_div2 = picture.pps_tc_offset_div2;
	const may_override = picture.slice_parsing_fields_deblocking_filter_override_enabled_flag != 0;
	if (may_override && bits_flag()) {
		header.slice_deblocking_filter_disabled_flag = bits_u(1);
		if (header.slice_deblocking_filter_disabled_flag == 0) {
			header.slice_beta_offset_div2 = bits_se();
			header.slice_tc_offset_div2 = bits_se();
			if (beyond(header.slice_beta_offset_div2, 6) || beyond(header.slice_tc_offset_div2, 6))
				return false;
		}
	}
	const filtered =
		header.slice_sao_luma_flag != 0 ||
		header.slice_sao_chroma_flag != 0 ||
		header.slice_deblocking_filter_disabled_flag == 0;
	header.slice_loop_filter_across_slices_enabled_flag =
		picture.pic_fields_pps_loop_filter_across_slices_enabled_flag;
	if (picture.pic_fields_pps_loop_filter_across_slices_enabled_flag != 0 && filtered)
		header.slice_loop_filter_across_slices_enabled_flag = bits_u(1);
	return true;
}

/** The offsets count raw bytes, as the bitstream has them (7.4.7.1). */
function parse_entry_points(
	header: SliceHeader,
	picture: VAPictureParameterBufferHEVC,
	context: HeaderContext,
): bool {
	header.num_entry_point_offsets = 0;
	if (
		picture.pic_fields_tiles_enabled_flag == 0 &&
		picture.pic_fields_entropy_coding_sync_enabled_flag == 0
	)
		return true;
	const count = bits_ue();
	if (count == 0) return true;
	if (count > context.entry_point_capacity) return false;
	const width = bits_ue() + 1;
	if (width > 32) return false;
	for (let i: u32 = 0; i < count; i++) {
		store<u32>(context.entry_points + ((<usize>i) << 2), bits_u(width) + 1);
	}
	header.num_entry_point_offsets = count;
	return true;
}
