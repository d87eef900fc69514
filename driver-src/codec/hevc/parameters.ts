// SPDX-License-Identifier: MIT
/**
 * Takes in VA's picture parameters, and refuses what no decoder behind this API can do or what HEVC 7.4.3 does not allow. A value
 * that passes here can be written to a control without further thought.
 *
 * PCM and lossless coding blocks are in V4L2's controls, and scaling lists come as they are after prediction, so none of them is
 * refused. The tools of the range extensions are neither in VAPictureParameterBufferHEVC nor in V4L2: their profiles are not offered.
 */
import { CORE_MESSAGE_FORMAT_NOT_SUPPORTED, CORE_MESSAGE_SIZE_NOT_SUPPORTED } from "../../abi/exchange";
import {
	VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
	VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	VA_STATUS_SUCCESS,
	VAPictureParameterBufferHEVC,
} from "../../abi/va";
import { CODEC_HEVC, codec_takes_size, MODE_EXPLICIT_SETS } from "../facts";
import { refuse, refuse_field } from "../refusal";
import { PICTURE, picture_refers_to, SEQUENCE } from "../result";
import { num_long_term_curr, reference_at, reference_count, settle_references } from "./references";
import { ctbs, log2_ctb_size } from "./slice-header";
import { hevc_picture, hevc_state } from "./state";

/** column_width_minus1 and row_height_minus1 have a byte in V4L2. */
const MAX_TILE_SIDE: u32 = 256;

/**
 * VAPictureParameterBufferHEVC: kept, and SEQUENCE and PICTURE filled from it. Returns VAStatus: UNSUPPORTED_RT_FORMAT,
 * RESOLUTION_NOT_SUPPORTED or INVALID_PARAMETER, each with a message in refusal.ts.
 */
export function take_picture(address: usize): u32 {
	const picture = hevc_picture();
	const state = hevc_state();
	memory.copy(changetype<usize>(picture), address, VAPictureParameterBufferHEVC.SIZE);
	state.has_picture = 0;
	let status = check_format(picture);
	if (status == VA_STATUS_SUCCESS) status = check_size(picture);
	if (status != VA_STATUS_SUCCESS) return status;
	const sets = <u32>picture.num_short_term_ref_pic_sets + <u32>picture.num_long_term_ref_pic_sps;
	state.rewrites = (state.modes & MODE_EXPLICIT_SETS) != 0 && sets > 0 ? 1 : 0;
	let field = bad_sequence_field(picture);
	if (field == null) field = bad_picture_field(picture);
	if (field == null) field = bad_tile_field(picture);
	if (field == null) field = settle_references();
	if (field != null) return refuse_field(field);

	SEQUENCE.width = picture.pic_width_in_luma_samples;
	SEQUENCE.height = picture.pic_height_in_luma_samples;
	SEQUENCE.bit_depth = <u32>picture.bit_depth_luma_minus8 + 8;
	SEQUENCE.chroma_format_idc = picture.pic_fields_chroma_format_idc;
	SEQUENCE.references = picture.sps_max_dec_pic_buffering_minus1;
	PICTURE.reference_count = 0;
	for (let place: u32 = 0; place < reference_count(); place++)
		picture_refers_to(reference_at(place).picture_id);

	// The order of one long-term picture is known.
	state.rewrites_lists = state.rewrites != 0 && num_long_term_curr() > 1 ? 1 : 0;
	state.has_picture = 1;
	return VA_STATUS_SUCCESS;
}

/** No decoder of V4L2 takes anything but 4:2:0 of Main and Main 10, and hantro does not check (hantro_try_ctrl()). */
function check_format(picture: VAPictureParameterBufferHEVC): u32 {
	const depth: u32 = picture.bit_depth_luma_minus8;
	const chroma = picture.pic_fields_chroma_format_idc;
	if (
		(depth == 0 || depth == 2) &&
		depth == <u32>picture.bit_depth_chroma_minus8 &&
		chroma == 1 &&
		picture.pic_fields_separate_colour_plane_flag == 0
	)
		return VA_STATUS_SUCCESS;
	return refuse(
		VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
		CORE_MESSAGE_FORMAT_NOT_SUPPORTED,
		depth + 8,
		chroma,
	);
}

function check_size(picture: VAPictureParameterBufferHEVC): u32 {
	const width: u32 = picture.pic_width_in_luma_samples;
	const height: u32 = picture.pic_height_in_luma_samples;
	if (codec_takes_size(CODEC_HEVC, width, height)) return VA_STATUS_SUCCESS;
	return refuse(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, CORE_MESSAGE_SIZE_NOT_SUPPORTED, width, height);
}

/** 7.4.3.2.1. */
function bad_sequence_field(picture: VAPictureParameterBufferHEVC): string | null {
	const min_cb: u32 = <u32>picture.log2_min_luma_coding_block_size_minus3 + 3;
	const min_tb: u32 = <u32>picture.log2_min_transform_block_size_minus2 + 2;
	if (min_cb > 6) return "log2_min_luma_coding_block_size_minus3";
	const ctb = log2_ctb_size(picture);
	if (ctb < 4 || ctb > 6) return "log2_diff_max_min_luma_coding_block_size";
	if (min_tb >= min_cb) return "log2_min_transform_block_size_minus2";
	const max_tb = min_tb + <u32>picture.log2_diff_max_min_transform_block_size;
	if (max_tb > min<u32>(ctb, 5)) return "log2_diff_max_min_transform_block_size";
	if (<u32>picture.max_transform_hierarchy_depth_inter > ctb - min_tb)
		return "max_transform_hierarchy_depth_inter";
	if (<u32>picture.max_transform_hierarchy_depth_intra > ctb - min_tb)
		return "max_transform_hierarchy_depth_intra";
	const min_size_mask: u32 = ((<u32>1) << min_cb) - 1;
	if ((<u32>picture.pic_width_in_luma_samples & min_size_mask) != 0) return "pic_width_in_luma_samples";
	if ((<u32>picture.pic_height_in_luma_samples & min_size_mask) != 0) return "pic_height_in_luma_samples";
	if (picture.log2_max_pic_order_cnt_lsb_minus4 > 12) return "log2_max_pic_order_cnt_lsb_minus4";
	if (picture.sps_max_dec_pic_buffering_minus1 > 15) return "sps_max_dec_pic_buffering_minus1";
	if (picture.num_short_term_ref_pic_sets > 64) return "num_short_term_ref_pic_sets";
	if (picture.num_long_term_ref_pic_sps > 32) return "num_long_term_ref_pic_sps";
	if (
		picture.num_long_term_ref_pic_sps > 0 &&
		picture.slice_parsing_fields_long_term_ref_pics_present_flag == 0
	)
		return "num_long_term_ref_pic_sps";
	return picture.pic_fields_pcm_enabled_flag == 0 ? null : bad_pcm_field(picture, min_cb, ctb);
}

function bad_pcm_field(picture: VAPictureParameterBufferHEVC, min_cb: u32, ctb: u32): string | null {
	const depth: u32 = <u32>picture.bit_depth_luma_minus8 + 8;
	const min_pcm: u32 = <u32>picture.log2_min_pcm_luma_coding_block_size_minus3 + 3;
	const max_pcm = min_pcm + <u32>picture.log2_diff_max_min_pcm_luma_coding_block_size;
	if (<u32>picture.pcm_sample_bit_depth_luma_minus1 + 1 > depth) return "pcm_sample_bit_depth_luma_minus1";
	if (<u32>picture.pcm_sample_bit_depth_chroma_minus1 + 1 > depth)
		return "pcm_sample_bit_depth_chroma_minus1";
	if (min_pcm < min<u32>(min_cb, 5) || min_pcm > 5) return "log2_min_pcm_luma_coding_block_size_minus3";
	if (max_pcm > min<u32>(ctb, 5)) return "log2_diff_max_min_pcm_luma_coding_block_size";
	return null;
}

/** 7.4.3.3.1. */
function bad_picture_field(picture: VAPictureParameterBufferHEVC): string | null {
	const least_qp: i32 = -26 - 6 * <i32>picture.bit_depth_luma_minus8;
	if (<i32>picture.init_qp_minus26 < least_qp || <i32>picture.init_qp_minus26 > 25)
		return "init_qp_minus26";
	if (<u32>picture.diff_cu_qp_delta_depth > <u32>picture.log2_diff_max_min_luma_coding_block_size)
		return "diff_cu_qp_delta_depth";
	if (beyond(picture.pps_cb_qp_offset, 12)) return "pps_cb_qp_offset";
	if (beyond(picture.pps_cr_qp_offset, 12)) return "pps_cr_qp_offset";
	if (beyond(picture.pps_beta_offset_div2, 6)) return "pps_beta_offset_div2";
	if (beyond(picture.pps_tc_offset_div2, 6)) return "pps_tc_offset_div2";
	if (<u32>picture.log2_parallel_merge_level_minus2 + 2 > log2_ctb_size(picture))
		return "log2_parallel_merge_level_minus2";
	if (picture.num_ref_idx_l0_default_active_minus1 > 14) return "num_ref_idx_l0_default_active_minus1";
	if (picture.num_ref_idx_l1_default_active_minus1 > 14) return "num_ref_idx_l1_default_active_minus1";
	if (picture.num_extra_slice_header_bits > 7) return "num_extra_slice_header_bits"; // u(3)
	return null;
}

function beyond(value: i32, limit: i32): bool {
	return value < -limit || value > limit;
}

/** The last column and the last row are what remains, whether or not VA says them. */
function bad_tile_field(picture: VAPictureParameterBufferHEVC): string | null {
	if (picture.pic_fields_tiles_enabled_flag == 0) return null;
	const log2_size = log2_ctb_size(picture);
	const columns: u32 = picture.num_tile_columns_minus1;
	const rows: u32 = picture.num_tile_rows_minus1;
	if (columns > 19) return "num_tile_columns_minus1";
	if (rows > 21) return "num_tile_rows_minus1";
	let wide = ctbs(picture.pic_width_in_luma_samples, log2_size);
	for (let i: u32 = 0; i < columns; i++) {
		const width = <u32>picture.get_column_width_minus1(i) + 1;
		if (width >= wide || width > MAX_TILE_SIDE) return "column_width_minus1";
		wide -= width;
	}
	if (wide > MAX_TILE_SIDE) return "column_width_minus1";
	let high = ctbs(picture.pic_height_in_luma_samples, log2_size);
	for (let i: u32 = 0; i < rows; i++) {
		const height = <u32>picture.get_row_height_minus1(i) + 1;
		if (height >= high || height > MAX_TILE_SIDE) return "row_height_minus1";
		high -= height;
	}
	return high > MAX_TILE_SIDE ? "row_height_minus1" : null;
}
