// SPDX-License-Identifier: MIT
/** What the VP8 part remembers: of the context, and of the picture that is being put together. */
import { v4l2_ctrl_vp8_frame, v4l2_vp8_segment } from "../../abi/v4l2";
import {
	VAIQMatrixBufferVP8,
	VAPictureParameterBufferVP8,
	VAProbabilityDataBufferVP8,
	VASliceParameterBufferVP8,
} from "../../abi/va";
import { ARENA, arena_clear } from "../arena";

/** Flags are 0 or 1. */
@unmanaged
export class State {
	// ---- the context
	/** remembered_segment() is what the stream said last: a key frame has been seen, and nothing has contradicted since. */
	segment_known: u32;
	/** Of the last key frame, where the player sent its frame tag. They tell whoever shows the picture how to stretch it. */
	horizontal_scale: u32;
	vertical_scale: u32;

	// ---- the picture that is being put together
	surface: u32;
	has_picture: u32;
	has_probabilities: u32;
	has_matrix: u32;
	has_slice: u32;
	/** Bytes of the first partition. */
	first_part_size: u32;
	/** show_frame, 9.1; 1 where the player keeps the tag to itself. */
	show_frame: u32;
	/** Of the reference buffers the frame goes to altref, and to none but that (9.7). */
	for_altref_alone: u32;
}

// One behind the other in the arena. Sizes are multiples of 8.
const FRAME: usize = ARENA;
const HEADER: usize = FRAME + v4l2_ctrl_vp8_frame.SIZE;
const PICTURE_PARAMETERS: usize = HEADER + v4l2_ctrl_vp8_frame.SIZE;
const PROBABILITIES: usize = PICTURE_PARAMETERS + VAPictureParameterBufferVP8.SIZE;
const MATRIX: usize = PROBABILITIES + VAProbabilityDataBufferVP8.SIZE;
const SLICE_PARAMETERS: usize = MATRIX + VAIQMatrixBufferVP8.SIZE;
const REMEMBERED_SEGMENT: usize = SLICE_PARAMETERS + VASliceParameterBufferVP8.SIZE;
const STATE: usize = REMEMBERED_SEGMENT + v4l2_vp8_segment.SIZE;
const END: usize = STATE + offsetof<State>();

/** The one state of this instance. */
export function vp8_state(): State {
	return changetype<State>(STATE);
}

/** VA's buffers, the core's own copies. */
export function vp8_picture(): VAPictureParameterBufferVP8 {
	return VAPictureParameterBufferVP8.at(PICTURE_PARAMETERS);
}

/** VAProbabilityDataBufferVP8 of the picture, once has_probabilities is set. */
export function vp8_probabilities(): VAProbabilityDataBufferVP8 {
	return VAProbabilityDataBufferVP8.at(PROBABILITIES);
}

/** VAIQMatrixBufferVP8 of the picture, once has_matrix is set. */
export function vp8_matrix(): VAIQMatrixBufferVP8 {
	return VAIQMatrixBufferVP8.at(MATRIX);
}

/** VASliceParameterBufferVP8 of the picture, once has_slice is set. */
export function vp8_slice(): VASliceParameterBufferVP8 {
	return VASliceParameterBufferVP8.at(SLICE_PARAMETERS);
}

/** What the frame header says, in the control's own form (frame-header.ts). */
export function vp8_header(): v4l2_ctrl_vp8_frame {
	return v4l2_ctrl_vp8_frame.at(HEADER);
}

/** The segments' values as the last header that had some gave them, and whether they are deltas: they persist (9.3). */
export function remembered_segment(): v4l2_vp8_segment {
	return v4l2_vp8_segment.at(REMEMBERED_SEGMENT);
}

/** The control. */
export function vp8_frame(): v4l2_ctrl_vp8_frame {
	return v4l2_ctrl_vp8_frame.at(FRAME);
}

/** Whether VA calls the picture a key frame (its flag is 0 for those, RFC 6386 9.1). */
export function is_key_frame(): bool {
	return vp8_picture().pic_fields_key_frame == 0;
}

/** For a new context. */
export function vp8_state_reset(): void {
	arena_clear(END - ARENA);
}

/** For a new picture. */
export function vp8_state_begin(surface: u32): void {
	const state = vp8_state();
	state.surface = surface;
	state.has_picture = 0;
	state.has_probabilities = 0;
	state.has_matrix = 0;
	state.has_slice = 0;
}
