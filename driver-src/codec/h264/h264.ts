// SPDX-License-Identifier: MIT
/**
 * H.264: the events of a picture, in the order they come; h264-fill.ts makes the controls of it.
 */
import {
	CORE_MESSAGE_BAD_PARAMETER_SIZE,
	CORE_MESSAGE_BAD_SLICE_HEADER,
	CORE_MESSAGE_NO_PICTURE_PARAMETERS,
	CORE_MESSAGE_NO_SLICES,
	CORE_SLICE_HEADER_CAPACITY,
} from "../../abi/exchange";
import {
	V4L2_CID_STATELESS_H264_DECODE_PARAMS,
	V4L2_CID_STATELESS_H264_PPS,
	V4L2_CID_STATELESS_H264_PRED_WEIGHTS,
	V4L2_CID_STATELESS_H264_SCALING_MATRIX,
	V4L2_CID_STATELESS_H264_SLICE_PARAMS,
	V4L2_CID_STATELESS_H264_SPS,
	V4L2_H264_REF_LIST_LEN,
	V4L2_H264_SLICE_TYPE_B,
	V4L2_H264_SLICE_TYPE_I,
	V4L2_H264_SLICE_TYPE_P,
	V4L2_H264_SLICE_TYPE_SI,
	V4L2_H264_SLICE_TYPE_SP,
	V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
	V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED,
	V4L2_STATELESS_H264_START_CODE_ANNEX_B,
	v4l2_ctrl_h264_decode_params,
	v4l2_ctrl_h264_pps,
	v4l2_ctrl_h264_pred_weights,
	v4l2_ctrl_h264_scaling_matrix,
	v4l2_ctrl_h264_slice_params,
	v4l2_ctrl_h264_sps,
} from "../../abi/v4l2";
import {
	VA_INVALID_SURFACE,
	VA_PICTURE_H264_INVALID,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VAPictureH264,
	VASliceParameterBufferH264,
	VASliceParameterBufferType,
} from "../../abi/va";
import { surface_codec_word, surface_set_codec_word } from "../../queues/surfaces";
import { controls_add, controls_clear, refuse } from "../controls";
import {
	fill_decode_params,
	fill_pps,
	fill_pred_weights,
	fill_probe,
	fill_slice_params,
	fill_sps,
	profile_idc_of,
	weights_required,
} from "./fill";
import { h264_fill_dpb, h264_note_references, h264_note_reset, h264_settle_reset } from "./references";
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
	h264_scaling_matrix,
	h264_slice_params,
	h264_sps,
	h264_state,
	h264_state_reset,
	INIT_QP_PLAIN,
	INIT_QP_UNKNOWN,
	INIT_QP_WITH_OFFSET,
	PICTURE_BOTTOM_FIELD,
	PICTURE_FRAME,
	WORD_DECODED,
	WORD_FIELD,
	WORD_REFERENCE,
} from "./state";

/** Nearly every slice header fits, whatever the player says of its size. */
const LEAST_HEADER_SIZE: u32 = 24;

// ---- events -------------------------------------------------------------------------------------------

export function h264_reset(profile: u32): void {
	h264_state_reset();
	const state = h264_state();
	state.decode_mode = V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED;
	state.start_code = V4L2_STATELESS_H264_START_CODE_ANNEX_B;
	state.profile_idc = profile_idc_of(profile);
}

export function h264_configure(decode_mode: u32, start_code: u32): void {
	h264_state().decode_mode = decode_mode;
	h264_state().start_code = start_code;
}

export function h264_is_slice_based(): bool {
	return h264_state().decode_mode == V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED;
}

export function h264_has_start_codes(): bool {
	return h264_state().start_code == V4L2_STATELESS_H264_START_CODE_ANNEX_B;
}

/**
 * Bytes that hold a slice header of the size that the player says it has; as many as there may be where it says nothing.
 * On top: emulation prevention bytes, which are not counted (one after two others at most, 7.4.1), a start code, and
 * the NAL unit header for players that do not count it.
 */
export function h264_slice_header_size(address: usize, size: u32): u32 {
	if (size < VASliceParameterBufferH264.SIZE) return 0;
	const bits: u32 = VASliceParameterBufferH264.at(address).slice_data_bit_offset;
	if (bits == 0) return CORE_SLICE_HEADER_CAPACITY;
	const bytes = (bits + 7) / 8;
	return min<u32>(max<u32>(bytes + bytes / 2 + 8, LEAST_HEADER_SIZE), CORE_SLICE_HEADER_CAPACITY);
}

/** One slice: its parameters, and the first bytes of its data. */
export function h264_slice(address: usize, size: u32, data: usize, data_size: u32): u32 {
	const state = h264_state();
	state.skip = 0;
	if (size < VASliceParameterBufferH264.SIZE) {
		return refuse(
			VA_STATUS_ERROR_INVALID_PARAMETER,
			CORE_MESSAGE_BAD_PARAMETER_SIZE,
			VASliceParameterBufferType,
			size,
		);
	}
	if (state.has_picture == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_PICTURE_PARAMETERS, 0, 0);
	const slice = VASliceParameterBufferH264.at(address);
	const skip = start_code_size(data, data_size);
	if (!take_slice(slice, data + skip, data_size - skip)) {
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_SLICE_HEADER, state.slice_count, 0);
	}
	state.skip = skip;
	state.slice_count++;
	return VA_STATUS_SUCCESS;
}

/** Bytes of an Annex B start code, which is no part of the NAL unit; players leave it out, but need not. */
function start_code_size(data: usize, size: u32): u32 {
	if (size < 4 || load<u16>(data) != 0) return 0;
	if (load<u8>(data, 2) == 1) return 3;
	return load<u8>(data, 2) == 0 && load<u8>(data, 3) == 1 ? 4 : 0;
}

/**
 * trailing_zero_8bits of a byte stream (H.264 B.1.1), which FFmpeg leaves behind slices: no NAL unit ends with a zero
 * byte (7.4.1). The last bytes of the slice end at end; one is left in any case.
 */
export function h264_trailing_zeros(end: usize, size: u32): u32 {
	let zeros: u32 = 0;
	while (zeros + 1 < size && load<u8>(end - 1 - zeros) == 0) zeros++;
	return zeros;
}

function take_slice(slice: VASliceParameterBufferH264, data: usize, size: u32): bool {
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
	if (first || !h264_is_slice_based()) note_references(slice, type);
	if (h264_is_slice_based()) {
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
	const state = h264_state();
	const bottom: u32 = state.structure == PICTURE_BOTTOM_FIELD ? 1 : 0;
	const mbaff = picture.seq_fields_mb_adaptive_frame_field_flag != 0 && state.structure == PICTURE_FRAME;
	let macroblocks =
		(<u32>picture.picture_width_in_mbs_minus1 + 1) * (<u32>picture.picture_height_in_mbs_minus1 + 1);
	if (state.structure != PICTURE_FRAME || (mbaff && picture.seq_fields_frame_mbs_only_flag == 0))
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

/** Fills the controls of what has been collected: of the picture, or of its last slice. */
export function h264_fill_picture(): u32 {
	const state = h264_state();
	controls_clear();
	if (state.has_picture == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_PICTURE_PARAMETERS, 0, 0);
	if (state.slice_count == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_SLICES, 0, 0);
	fill_sps(h264_sps());
	fill_pps(h264_pps());
	fill_decode_params(h264_decode_params());
	add_sps();
	controls_add(V4L2_CID_STATELESS_H264_PPS, changetype<usize>(h264_pps()), v4l2_ctrl_h264_pps.SIZE);
	if (state.matrix_present != 0) {
		const matrix = changetype<usize>(h264_scaling_matrix());
		controls_add(V4L2_CID_STATELESS_H264_SCALING_MATRIX, matrix, v4l2_ctrl_h264_scaling_matrix.SIZE);
	}
	const params = changetype<usize>(h264_decode_params());
	controls_add(V4L2_CID_STATELESS_H264_DECODE_PARAMS, params, v4l2_ctrl_h264_decode_params.SIZE);
	if (!h264_is_slice_based()) return VA_STATUS_SUCCESS;
	const slice = changetype<usize>(h264_slice_params());
	controls_add(V4L2_CID_STATELESS_H264_SLICE_PARAMS, slice, v4l2_ctrl_h264_slice_params.SIZE);
	if (state.needs_weights == 0) return VA_STATUS_SUCCESS;
	const weights = changetype<usize>(h264_pred_weights());
	controls_add(V4L2_CID_STATELESS_H264_PRED_WEIGHTS, weights, v4l2_ctrl_h264_pred_weights.SIZE);
	return VA_STATUS_SUCCESS;
}

/** The sequence control alone, for use outside a request. */
export function h264_fill_sequence(): void {
	controls_clear();
	if (h264_state().has_picture == 0) return;
	fill_sps(h264_sps());
	add_sps();
}

/** A sequence of nothing but a bit depth, to ask a device which formats it would decode it to. */
export function h264_fill_probe(bit_depth: u32): void {
	controls_clear();
	fill_probe(h264_sps(), bit_depth);
	add_sps();
}

function add_sps(): void {
	controls_add(V4L2_CID_STATELESS_H264_SPS, changetype<usize>(h264_sps()), v4l2_ctrl_h264_sps.SIZE);
}

/** The picture was handed to the device: it is the one before from now on, and its surface holds it. */
export function h264_picture_done(surface: u32): void {
	const state = h264_state();
	const picture = h264_picture();
	const header = h264_first_header();
	if (state.has_picture == 0) return;
	const frame_num: u32 = header.forgets_all != 0 ? 0 : picture.frame_num;
	let word = WORD_DECODED | (frame_num << 16);
	if (state.structure != PICTURE_FRAME) word |= WORD_FIELD;
	if (header.nal_ref_idc != 0) word |= WORD_REFERENCE;
	if (state.second_field != 0) word |= surface_codec_word(surface) & WORD_REFERENCE;
	surface_set_codec_word(surface, word);
	h264_note_reset(surface, header.forgets_all != 0 && state.structure == PICTURE_FRAME);
	state.previous_valid = 1;
	state.previous_surface = surface;
	state.previous_structure = state.structure;
	state.previous_second = state.second_field;
	state.previous_frame_num = frame_num;
	state.previous_top_order_count = picture.CurrPic.TopFieldOrderCnt;
	state.previous_bottom_order_count = picture.CurrPic.BottomFieldOrderCnt;
}

// ---- what the session asks ----------------------------------------------------------------------------

/** Surfaces that the picture names as references: ReferenceFrames alone has them all. */
export function h264_reference_count(): u32 {
	if (h264_state().has_picture == 0) return 0;
	let count: u32 = 0;
	for (let i: u32 = 0; i < 16; i++) {
		if (names_surface(h264_picture().ReferenceFrames(i))) count++;
	}
	return count;
}

export function h264_reference_surface(n: u32): u32 {
	let count: u32 = 0;
	for (let i: u32 = 0; i < 16; i++) {
		const reference = h264_picture().ReferenceFrames(i);
		if (!names_surface(reference)) continue;
		if (count == n) return reference.picture_id;
		count++;
	}
	return VA_INVALID_SURFACE;
}

function names_surface(reference: VAPictureH264): bool {
	if ((reference.flags & VA_PICTURE_H264_INVALID) != 0 || reference.picture_id == VA_INVALID_SURFACE)
		return false;
	return reference.picture_id != h264_state().surface;
}
