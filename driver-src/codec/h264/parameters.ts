// SPDX-License-Identifier: MIT
/**
 * Takes in VA's picture parameters and scaling lists, and refuses what no decoder behind this API can do or what
 * H.264 7.4.2 does not allow. A value that passes here can be written to a control without further thought.
 */
import {
	CORE_FEATURE_FMO,
	CORE_MESSAGE_FEATURE_NOT_SUPPORTED,
	CORE_MESSAGE_FORMAT_NOT_SUPPORTED,
	CORE_MESSAGE_SIZE_NOT_SUPPORTED,
} from "../../abi/exchange";
import { V4L2_H264_NUM_DPB_ENTRIES } from "../../abi/v4l2";
import {
	VA_INVALID_SURFACE,
	VA_PICTURE_H264_BOTTOM_FIELD,
	VA_PICTURE_H264_INVALID,
	VA_PICTURE_H264_TOP_FIELD,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
	VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	VA_STATUS_SUCCESS,
	VAIQMatrixBufferH264,
	VAPictureParameterBufferH264,
} from "../../abi/va";
import { CODEC_H264, codec_takes_size } from "../facts";
import { refuse, refuse_field } from "../refusal";
import {
	PICTURE,
	PICTURE_BOTTOM_FIELD,
	PICTURE_FRAME,
	PICTURE_TOP_FIELD,
	picture_refers_to,
	SEQUENCE,
} from "../result";
import { fill_scaling_matrix } from "./fill";
import { h264_picture, h264_scaling_matrix, h264_state, State } from "./state";

/** VAIQMatrixBufferH264, of one picture. */
export function take_matrix(address: usize): void {
	const differs = fill_scaling_matrix(h264_scaling_matrix(), VAIQMatrixBufferH264.at(address));
	h264_state().matrix_present = differs ? 1 : 0;
}

/**
 * VAPictureParameterBufferH264: kept, and SEQUENCE and PICTURE filled from it. Returns VAStatus: UNSUPPORTED_RT_FORMAT,
 * RESOLUTION_NOT_SUPPORTED or INVALID_PARAMETER, each with a message in refusal.ts.
 */
export function take_picture(address: usize): u32 {
	const picture = h264_picture();
	const state = h264_state();
	memory.copy(changetype<usize>(picture), address, VAPictureParameterBufferH264.SIZE);
	state.has_picture = 0;
	let status = check_format(picture);
	if (status == VA_STATUS_SUCCESS) status = check_sequence(picture);
	if (status == VA_STATUS_SUCCESS) status = check_picture(picture);
	if (status != VA_STATUS_SUCCESS) return status;

	SEQUENCE.width = (<u32>picture.picture_width_in_mbs_minus1 + 1) * 16;
	SEQUENCE.height = (<u32>picture.picture_height_in_mbs_minus1 + 1) * 16;
	SEQUENCE.bit_depth = <u32>picture.bit_depth_luma_minus8 + 8;
	SEQUENCE.chroma_format_idc = picture.seq_fields_chroma_format_idc;
	SEQUENCE.references = picture.num_ref_frames;

	PICTURE.structure = PICTURE_FRAME;
	if (picture.pic_fields_field_pic_flag != 0) {
		PICTURE.structure =
			(picture.CurrPic.flags & VA_PICTURE_H264_TOP_FIELD) != 0
				? PICTURE_TOP_FIELD
				: PICTURE_BOTTOM_FIELD;
	}
	PICTURE.second_field = completes_previous(state, picture) ? 1 : 0;
	note_references();
	state.has_picture = 1;
	return VA_STATUS_SUCCESS;
}

/** ReferenceFrames alone has all that the slices may name. */
function note_references(): void {
	PICTURE.reference_count = 0;
	for (let i: u32 = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
		const reference = h264_picture().ReferenceFrames(i);
		if ((reference.flags & VA_PICTURE_H264_INVALID) != 0) continue;
		if (reference.picture_id == VA_INVALID_SURFACE || reference.picture_id == h264_state().surface)
			continue;
		picture_refers_to(reference.picture_id);
	}
}

/**
 * Whether this is the second field of the frame whose first field was the picture before (H.264 3.30, 7.4.1.2.4): same
 * surface, opposite parity, same frame_num, and the first field was not itself a second one. A player that did not
 * mean both fields as one frame would have used another surface.
 */
function completes_previous(state: State, picture: VAPictureParameterBufferH264): bool {
	return (
		state.previous_valid != 0 &&
		state.previous_second == 0 &&
		state.previous_structure != PICTURE_FRAME &&
		PICTURE.structure != PICTURE_FRAME &&
		PICTURE.structure != state.previous_structure &&
		state.surface == state.previous_surface &&
		<u32>picture.frame_num == state.previous_frame_num
	);
}

function check_format(picture: VAPictureParameterBufferH264): u32 {
	const depth: u32 = picture.bit_depth_luma_minus8;
	const chroma = picture.seq_fields_chroma_format_idc;
	const planes_apart = picture.seq_fields_residual_colour_transform_flag != 0;
	if (
		(depth != 0 && depth != 2) ||
		depth != <u32>picture.bit_depth_chroma_minus8 ||
		chroma > 1 ||
		planes_apart
	) {
		return refuse(
			VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
			CORE_MESSAGE_FORMAT_NOT_SUPPORTED,
			depth + 8,
			chroma,
		);
	}
	return VA_STATUS_SUCCESS;
}

function check_sequence(picture: VAPictureParameterBufferH264): u32 {
	const width: u32 = <u32>picture.picture_width_in_mbs_minus1 + 1;
	const height: u32 = <u32>picture.picture_height_in_mbs_minus1 + 1;
	if (!codec_takes_size(CODEC_H264, width * 16, height * 16)) {
		return refuse(
			VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
			CORE_MESSAGE_SIZE_NOT_SUPPORTED,
			width * 16,
			height * 16,
		);
	}
	if (picture.seq_fields_frame_mbs_only_flag == 0 && (height & 1) != 0)
		return refuse_field("picture_height_in_mbs_minus1"); // (7-18)
	if (picture.num_ref_frames > 16) return refuse_field("num_ref_frames");
	if (picture.seq_fields_log2_max_frame_num_minus4 > 12) return refuse_field("log2_max_frame_num_minus4");
	if (picture.seq_fields_pic_order_cnt_type > 2) return refuse_field("pic_order_cnt_type");
	if (picture.seq_fields_log2_max_pic_order_cnt_lsb_minus4 > 12)
		return refuse_field("log2_max_pic_order_cnt_lsb_minus4");
	return VA_STATUS_SUCCESS;
}

function check_picture(picture: VAPictureParameterBufferH264): u32 {
	if (picture.num_slice_groups_minus1 != 0) {
		return refuse(
			VA_STATUS_ERROR_INVALID_PARAMETER,
			CORE_MESSAGE_FEATURE_NOT_SUPPORTED,
			CORE_FEATURE_FMO,
		);
	}
	// FFmpeg counts QpBdOffset into both initial values, see init_qp_offset()
	const offset: i32 = 6 * <i32>picture.bit_depth_luma_minus8;
	const init_qp: i32 = picture.pic_init_qp_minus26;
	const init_qs: i32 = picture.pic_init_qs_minus26;
	if (init_qp < -26 - offset || init_qp > 25 + offset) return refuse_field("pic_init_qp_minus26");
	if (init_qs < -26 || init_qs > 25 + offset) return refuse_field("pic_init_qs_minus26");
	if (beyond_chroma_offset(picture.chroma_qp_index_offset)) return refuse_field("chroma_qp_index_offset");
	if (beyond_chroma_offset(picture.second_chroma_qp_index_offset))
		return refuse_field("second_chroma_qp_index_offset");
	if (picture.pic_fields_weighted_bipred_idc > 2) return refuse_field("weighted_bipred_idc");
	if (<u32>picture.frame_num >> (picture.seq_fields_log2_max_frame_num_minus4 + 4) != 0)
		return refuse_field("frame_num");
	if (picture.pic_fields_field_pic_flag != 0) {
		if (picture.seq_fields_frame_mbs_only_flag != 0) return refuse_field("field_pic_flag");
		const parity = picture.CurrPic.flags & (VA_PICTURE_H264_TOP_FIELD | VA_PICTURE_H264_BOTTOM_FIELD);
		if (parity != VA_PICTURE_H264_TOP_FIELD && parity != VA_PICTURE_H264_BOTTOM_FIELD)
			return refuse_field("CurrPic.flags");
	}
	return VA_STATUS_SUCCESS;
}

function beyond_chroma_offset(offset: i32): bool {
	return offset < -12 || offset > 12;
}
