// SPDX-License-Identifier: MIT
/**
 * The slice header of H.264 7.3.3, read for what VA-API does not carry: NAL unit header, idr_pic_id, the picture
 * order count elements, the sizes that a decoder is told to skip, and the reference counts as coded.
 *
 * SPS and PPS never reach a VA driver; the picture parameters have every field that parsing needs, except the
 * default reference counts, which the caller passes as the slice parameters' active counts: they count only
 * where num_ref_idx_active_override_flag is 0, and there both are the same.
 */
import {
	V4L2_H264_SLICE_TYPE_B,
	V4L2_H264_SLICE_TYPE_I,
	V4L2_H264_SLICE_TYPE_P,
	V4L2_H264_SLICE_TYPE_SI,
	V4L2_H264_SLICE_TYPE_SP,
} from "../../abi/v4l2";
import { VAPictureParameterBufferH264 } from "../../abi/va";
import {
	bits_failed,
	bits_flag,
	bits_open,
	bits_position,
	bits_se,
	bits_u,
	bits_ue,
} from "../../bits/nal-bits";

const NAL_SLICE: u32 = 1;
const NAL_IDR_SLICE: u32 = 5;

const MAX_REFERENCES: u32 = 32;
/** Commands of one list modification or marking: each of at most 32 fields once, and the end. */
const MAX_COMMANDS: u32 = 66;

/** Per list, what command k of the list modification names: long_term_pic_num, or NO_LONG_TERM for the other kinds. */
const LONG_TERM_PIC_NUMS: usize = memory.data(2 * MAX_COMMANDS, 4);
const command_counts: usize = memory.data(2, 4);
const NO_LONG_TERM: u32 = 0xff;

/** Commands in the modification of list 0 or 1 of the slice that was parsed last. */
export function header_command_count(list: u32): u32 {
	assert(list < 2, "no such list");
	return load<u8>(command_counts + <usize>list);
}

/** The long_term_pic_num of command k, 255 where the command names a short-term reference. */
export function header_long_term_pic_num(list: u32, k: u32): u32 {
	assert(list < 2 && k < MAX_COMMANDS, "no such command");
	return load<u8>(LONG_TERM_PIC_NUMS + <usize>(list * MAX_COMMANDS + k));
}

/** How far header_parse() came. */
export const HEADER_BAD: u32 = 0;
/** Only up to the field flags: the slice uses another PPS than the picture parameters describe. */
export const HEADER_FOREIGN_PPS: u32 = 1;
export const HEADER_COMPLETE: u32 = 2;

/** One slice header. Flags are 0 or 1. */
@unmanaged
export class SliceHeader {
	nal_ref_idc: u32;
	idr: u32;
	first_mb_in_slice: u32;
	slice_type: u32; // modulo 5
	pic_parameter_set_id: u32;
	frame_num: u32;
	field_pic: u32;
	bottom_field: u32;
	idr_pic_id: u32;
	pic_order_cnt_lsb: u32;
	delta_pic_order_cnt_bottom: i32;
	delta_pic_order_cnt0: i32;
	delta_pic_order_cnt1: i32;
	pic_order_cnt_bit_size: u32;
	redundant_pic_cnt: u32;
	direct_spatial_mv_pred: u32;
	num_ref_idx_override: u32;
	num_ref_idx_l0_active_minus1: u32;
	num_ref_idx_l1_active_minus1: u32;
	dec_ref_pic_marking_bit_size: u32;
	/** memory_management_control_operation 5: the picture counts as frame_num 0 from now on (7.4.3). */
	forgets_all: u32;
	cabac_init_idc: u32;
	slice_qp_delta: i32;
	sp_for_switch: u32;
	slice_qs_delta: i32;
	disable_deblocking_filter_idc: u32;
	slice_alpha_c0_offset_div2: i32;
	slice_beta_offset_div2: i32;
	/** From the NAL unit header byte to slice_data(), emulation prevention bytes not counted. */
	bit_size: u32;
}

/** As picture_pps of header_parse(): the first slice of a picture may name any PPS. */
export const ANY_PPS: u32 = 256;

/**
 * Parses the first bytes of a NAL unit. picture_pps: the PPS that the picture parameters describe, or
 * ANY_PPS. l0, l1: active counts minus 1 of the slice parameters. Returns HEADER_*.
 */
export function header_parse(
	header: SliceHeader,
	address: usize,
	size: u32,
	picture: VAPictureParameterBufferH264,
	picture_pps: u32,
	l0: u32,
	l1: u32,
): u32 {
	memory.fill(changetype<usize>(header), 0, offsetof<SliceHeader>());
	memory.fill(command_counts, 0, 2);
	bits_open(address, size);
	if (bits_flag()) return HEADER_BAD; // forbidden_zero_bit
	header.nal_ref_idc = bits_u(2);
	const nal_unit_type = bits_u(5);
	if (nal_unit_type != NAL_SLICE && nal_unit_type != NAL_IDR_SLICE) return HEADER_BAD;
	header.idr = nal_unit_type == NAL_IDR_SLICE ? 1 : 0;

	header.first_mb_in_slice = bits_ue();
	const slice_type = bits_ue();
	if (slice_type > 9) return HEADER_BAD;
	const type = slice_type % 5;
	header.slice_type = type;
	header.pic_parameter_set_id = bits_ue();
	if (header.pic_parameter_set_id > 255) return HEADER_BAD;
	header.frame_num = bits_u(picture.seq_fields_log2_max_frame_num_minus4 + 4);
	if (picture.seq_fields_frame_mbs_only_flag == 0) {
		header.field_pic = bits_u(1);
		if (header.field_pic != 0) header.bottom_field = bits_u(1);
	}
	if (bits_failed()) return HEADER_BAD;
	if (picture_pps != ANY_PPS && header.pic_parameter_set_id != picture_pps) return HEADER_FOREIGN_PPS;

	if (header.idr != 0) {
		header.idr_pic_id = bits_ue();
		if (header.idr_pic_id > 65535) return HEADER_BAD;
	}
	parse_order_count(header, picture);
	if (picture.pic_fields_redundant_pic_cnt_present_flag != 0) {
		header.redundant_pic_cnt = bits_ue();
		if (header.redundant_pic_cnt > 127) return HEADER_BAD;
	}

	const bidirectional = type == V4L2_H264_SLICE_TYPE_B;
	const predicted = type == V4L2_H264_SLICE_TYPE_P || type == V4L2_H264_SLICE_TYPE_SP;
	const intra = type == V4L2_H264_SLICE_TYPE_I || type == V4L2_H264_SLICE_TYPE_SI;
	if (bidirectional) header.direct_spatial_mv_pred = bits_u(1);
	if (!intra) {
		header.num_ref_idx_override = bits_u(1);
		if (header.num_ref_idx_override != 0) {
			header.num_ref_idx_l0_active_minus1 = bits_ue();
			if (bidirectional) header.num_ref_idx_l1_active_minus1 = bits_ue();
		} else {
			header.num_ref_idx_l0_active_minus1 = l0;
			if (bidirectional) header.num_ref_idx_l1_active_minus1 = l1;
		}
		if (header.num_ref_idx_l0_active_minus1 >= MAX_REFERENCES) return HEADER_BAD;
		if (header.num_ref_idx_l1_active_minus1 >= MAX_REFERENCES) return HEADER_BAD;
		if (!parse_list_modification(0)) return HEADER_BAD;
		if (bidirectional && !parse_list_modification(1)) return HEADER_BAD;
	}
	if (
		(predicted && picture.pic_fields_weighted_pred_flag != 0) ||
		(bidirectional && picture.pic_fields_weighted_bipred_idc == 1)
	) {
		const chroma = picture.seq_fields_chroma_format_idc != 0;
		if (bits_ue() > 7) return HEADER_BAD; // luma_log2_weight_denom
		if (chroma && bits_ue() > 7) return HEADER_BAD;
		skip_weights(header.num_ref_idx_l0_active_minus1, chroma);
		if (bidirectional) skip_weights(header.num_ref_idx_l1_active_minus1, chroma);
	}
	if (header.nal_ref_idc != 0) {
		const start = bits_position();
		if (!parse_marking(header)) return HEADER_BAD;
		header.dec_ref_pic_marking_bit_size = bits_position() - start;
	}

	if (picture.pic_fields_entropy_coding_mode_flag != 0 && !intra) {
		header.cabac_init_idc = bits_ue();
		if (header.cabac_init_idc > 2) return HEADER_BAD;
	}
	header.slice_qp_delta = bits_se();
	if (header.slice_qp_delta < -128 || header.slice_qp_delta > 127) return HEADER_BAD;
	if (type == V4L2_H264_SLICE_TYPE_SP || type == V4L2_H264_SLICE_TYPE_SI) {
		if (type == V4L2_H264_SLICE_TYPE_SP) header.sp_for_switch = bits_u(1);
		header.slice_qs_delta = bits_se();
		if (header.slice_qs_delta < -51 || header.slice_qs_delta > 51) return HEADER_BAD;
	}
	if (picture.pic_fields_deblocking_filter_control_present_flag != 0) {
		header.disable_deblocking_filter_idc = bits_ue();
		if (header.disable_deblocking_filter_idc > 2) return HEADER_BAD;
		if (header.disable_deblocking_filter_idc != 1) {
			header.slice_alpha_c0_offset_div2 = bits_se();
			header.slice_beta_offset_div2 = bits_se();
			if (header.slice_alpha_c0_offset_div2 < -6 || header.slice_alpha_c0_offset_div2 > 6)
				return HEADER_BAD;
			if (header.slice_beta_offset_div2 < -6 || header.slice_beta_offset_div2 > 6) return HEADER_BAD;
		}
	}
	// slice_group_change_cycle would follow; pictures with slice groups are refused before
	header.bit_size = bits_position();
	return bits_failed() ? HEADER_BAD : HEADER_COMPLETE;
}

function parse_order_count(header: SliceHeader, picture: VAPictureParameterBufferH264): void {
	const start = bits_position();
	const both_fields = picture.pic_fields_pic_order_present_flag != 0 && header.field_pic == 0;
	if (picture.seq_fields_pic_order_cnt_type == 0) {
		header.pic_order_cnt_lsb = bits_u(picture.seq_fields_log2_max_pic_order_cnt_lsb_minus4 + 4);
		if (both_fields) header.delta_pic_order_cnt_bottom = bits_se();
	} else if (
		picture.seq_fields_pic_order_cnt_type == 1 &&
		picture.seq_fields_delta_pic_order_always_zero_flag == 0
	) {
		header.delta_pic_order_cnt0 = bits_se();
		if (both_fields) header.delta_pic_order_cnt1 = bits_se();
	}
	header.pic_order_cnt_bit_size = bits_position() - start;
}

/** ref_pic_list_modification(), 7.3.3.1, one list. False when it never ends or is no H.264. */
function parse_list_modification(list: u32): bool {
	if (!bits_flag()) return true;
	for (let i: u32 = 0; i < MAX_COMMANDS; i++) {
		const modification_of_pic_nums_idc = bits_ue();
		if (modification_of_pic_nums_idc == 3) {
			store<u8>(command_counts + <usize>list, i);
			return true;
		}
		if (modification_of_pic_nums_idc > 2 || bits_failed()) return false;
		const operand = bits_ue(); // abs_diff_pic_num_minus1 or long_term_pic_num
		const named = modification_of_pic_nums_idc == 2 ? min<u32>(operand, NO_LONG_TERM) : NO_LONG_TERM;
		store<u8>(LONG_TERM_PIC_NUMS + <usize>(list * MAX_COMMANDS + i), named);
	}
	return false;
}

/** The part of pred_weight_table(), 7.3.3.2, that belongs to one list. */
function skip_weights(last: u32, chroma: bool): void {
	for (let i: u32 = 0; i <= last; i++) {
		if (bits_flag()) {
			bits_se();
			bits_se();
		}
		if (chroma && bits_flag()) {
			for (let j = 0; j < 4; j++) bits_se();
		}
	}
}

/** dec_ref_pic_marking(), 7.3.3.3. */
function parse_marking(header: SliceHeader): bool {
	if (header.idr != 0) {
		bits_u(2); // no_output_of_prior_pics_flag, long_term_reference_flag
		return true;
	}
	if (!bits_flag()) return true;
	for (let i: u32 = 0; i < MAX_COMMANDS; i++) {
		const operation = bits_ue();
		if (operation == 0) return true;
		if (operation > 6) return false;
		if (operation == 5) header.forgets_all = 1;
		if (operation == 1 || operation == 3) bits_ue(); // difference_of_pic_nums_minus1
		if (operation == 2) bits_ue(); // long_term_pic_num
		if (operation == 3 || operation == 6) bits_ue(); // long_term_frame_idx
		if (operation == 4) bits_ue(); // max_long_term_frame_idx_plus1
	}
	return false;
}
