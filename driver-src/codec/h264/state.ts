// SPDX-License-Identifier: MIT
/**
 * What the H.264 part remembers: of the context, of the picture that is being put together, and of the picture before.
 */
import {
	v4l2_ctrl_h264_decode_params,
	v4l2_ctrl_h264_pps,
	v4l2_ctrl_h264_pred_weights,
	v4l2_ctrl_h264_scaling_matrix,
	v4l2_ctrl_h264_slice_params,
	v4l2_ctrl_h264_sps,
} from "../../abi/v4l2";
import { VAPictureH264, VAPictureParameterBufferH264 } from "../../abi/va";
import { CODEC_MEMORY_SIZE, SurfaceRecord, surface_codec_memory } from "../../queues/surfaces";
import { ARENA, arena_clear } from "../arena";
import { SliceHeader } from "./slice-header";

/** The codec memory of a surface: what its picture was. Flags are 0 or 1. */
@unmanaged
export class Decoded {
	/** There is one: the rest counts. */
	valid: u32;
	/** It was decoded as fields. */
	field: u32;
	/** It, or its first field, has a nal_ref_idc above 0. */
	reference: u32;
	/** What it was decoded with; 0 after memory_management_control_operation 5. */
	frame_num: u32;
}

/** The codec memory of a surface. */
export function decoded_of(record: SurfaceRecord): Decoded {
	assert(<u32>offsetof<Decoded>() <= CODEC_MEMORY_SIZE, "the codec memory is too small");
	return changetype<Decoded>(surface_codec_memory(record));
}

/** How VA's pic_init_qp_minus26 of deep pictures is to be read. */
export const INIT_QP_UNKNOWN: u32 = 0;
export const INIT_QP_PLAIN: u32 = 1;
export const INIT_QP_WITH_OFFSET: u32 = 2;

/** References that the slices name and the picture parameters do not. */
export const MAX_EXTRA_REFERENCES: u32 = 16;

/** What is kept between calls; flags are 0 or 1. The first part is the context's, the second is cleared by begin(). */
@unmanaged
export class State {
	// ---- the context
	/** MODE_*. */
	modes: u32;
	/** The profile_idc that the stream's features have asked for so far. */
	profile_idc: u32;
	init_qp: u32;

	// ---- the picture that is being put together
	surface: u32;
	has_picture: u32;
	slice_count: u32;
	has_p: u32;
	has_b: u32;
	extra_count: u32;
	/** Whether the SLICE_PARAMS of the last slice ask for PRED_WEIGHTS. */
	needs_weights: u32;
	/** Whether some scaling list is not flat. */
	matrix_present: u32;

	// ---- the picture before it, in decoding order
	previous_valid: u32;
	previous_surface: u32;
	previous_structure: u32;
	previous_second: u32;
	previous_frame_num: u32;
	previous_top_order_count: i32;
	previous_bottom_order_count: i32;

	// ---- the last frame with memory_management_control_operation 5
	reset_valid: u32;
	/** Whether no picture has come behind it yet. */
	reset_is_last: u32;
	reset_surface: u32;
	/** As it was decoded with. */
	reset_top_order_count: i32;
	reset_bottom_order_count: i32;
	/** What the player's counts of the pictures behind it are above those of 8.2.1. */
	reset_origin: i32;
}

/** pic_parameter_set_id is below (7.4.2.2). */
const PPS_COUNT: u32 = 256;

// One behind the other in the arena. Sizes are multiples of 4; DECODE_PARAMS, whose timestamps have 8 bytes, is first.
const DECODE_PARAMS: usize = ARENA;
const SPS: usize = DECODE_PARAMS + v4l2_ctrl_h264_decode_params.SIZE;
const PPS: usize = SPS + v4l2_ctrl_h264_sps.SIZE;
const SCALING_MATRIX: usize = PPS + v4l2_ctrl_h264_pps.SIZE;
const SLICE_PARAMS: usize = SCALING_MATRIX + v4l2_ctrl_h264_scaling_matrix.SIZE;
const PRED_WEIGHTS: usize = SLICE_PARAMS + v4l2_ctrl_h264_slice_params.SIZE;
const PARAMETERS: usize = PRED_WEIGHTS + v4l2_ctrl_h264_pred_weights.SIZE;
const EXTRA: usize = PARAMETERS + VAPictureParameterBufferH264.SIZE;
const STATE: usize = EXTRA + MAX_EXTRA_REFERENCES * VAPictureH264.SIZE;
const FIRST_HEADER: usize = STATE + offsetof<State>();
const HEADER: usize = FIRST_HEADER + offsetof<SliceHeader>();
/** Per pic_parameter_set_id: default counts minus 1 as slices have shown them; l0 in the low byte, l1 in the high, 0xff unknown. */
const DEFAULTS: usize = HEADER + offsetof<SliceHeader>();
const END: usize = DEFAULTS + PPS_COUNT * 2;

/** The one state of this instance. */
export function h264_state(): State {
	return changetype<State>(STATE);
}

/** The picture parameters, the core's own copy. */
export function h264_picture(): VAPictureParameterBufferH264 {
	return VAPictureParameterBufferH264.at(PARAMETERS);
}

/** A reference that only the slices name; i < extra_count. */
export function h264_extra_reference(i: u32): VAPictureH264 {
	assert(i < MAX_EXTRA_REFERENCES, "extra reference out of range");
	return VAPictureH264.at(EXTRA + <usize>i * <usize>VAPictureH264.SIZE);
}

/** Of the picture's first slice. */
export function h264_first_header(): SliceHeader {
	return changetype<SliceHeader>(FIRST_HEADER);
}

/** Of the slice at hand. */
export function h264_header(): SliceHeader {
	return changetype<SliceHeader>(HEADER);
}

/** Keeps the current header as that of the first slice of the picture. */
export function h264_keep_first_header(): void {
	memory.copy(FIRST_HEADER, HEADER, offsetof<SliceHeader>());
}

/** The control that is filled. */
export function h264_sps(): v4l2_ctrl_h264_sps {
	return v4l2_ctrl_h264_sps.at(SPS);
}

/** The control that is filled. */
export function h264_pps(): v4l2_ctrl_h264_pps {
	return v4l2_ctrl_h264_pps.at(PPS);
}

/** The control that is filled. */
export function h264_scaling_matrix(): v4l2_ctrl_h264_scaling_matrix {
	return v4l2_ctrl_h264_scaling_matrix.at(SCALING_MATRIX);
}

/** The control that is filled. */
export function h264_decode_params(): v4l2_ctrl_h264_decode_params {
	return v4l2_ctrl_h264_decode_params.at(DECODE_PARAMS);
}

/** The control that is filled, for slice-based decoders. */
export function h264_slice_params(): v4l2_ctrl_h264_slice_params {
	return v4l2_ctrl_h264_slice_params.at(SLICE_PARAMS);
}

/** The control that is filled, for slice-based decoders. */
export function h264_pred_weights(): v4l2_ctrl_h264_pred_weights {
	return v4l2_ctrl_h264_pred_weights.at(PRED_WEIGHTS);
}

/** The default count minus 1 of list 0 or 1 of a PPS, 0xff while no slice has shown it. */
export function h264_default_count(pps: u32, list: u32): u32 {
	assert(pps < PPS_COUNT && list < 2, "no such PPS");
	return load<u8>(DEFAULTS + <usize>(pps * 2 + list));
}

/** Keeps a num_ref_idx_lX_default_active_minus1 (7.4.2.2) of a PPS. list: 0 or 1. */
export function h264_learn_default_count(pps: u32, list: u32, minus1: u32): void {
	assert(pps < PPS_COUNT && list < 2, "no such PPS");
	store<u8>(DEFAULTS + <usize>(pps * 2 + list), minus1);
}

/** For a new context. */
export function h264_state_reset(): void {
	arena_clear(END - ARENA);
	memory.fill(DEFAULTS, 0xff, PPS_COUNT * 2);
}

/** For a new picture. */
export function h264_state_begin(surface: u32): void {
	const state = h264_state();
	state.surface = surface;
	state.has_picture = 0;
	state.slice_count = 0;
	state.has_p = 0;
	state.has_b = 0;
	state.extra_count = 0;
	state.needs_weights = 0;
	state.matrix_present = 0;
}
