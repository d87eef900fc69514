// SPDX-License-Identifier: MIT
/**
 * What the MPEG-2 part remembers: of the context, of the sequence as far as VA-API shows it, of the picture that is being put
 * together, and of the picture before.
 */
import {
	v4l2_ctrl_mpeg2_picture,
	v4l2_ctrl_mpeg2_quantisation,
	v4l2_ctrl_mpeg2_sequence,
} from "../../abi/v4l2";
import { VAIQMatrixBufferMPEG2, VAPictureParameterBufferMPEG2 } from "../../abi/va";
import { ARENA, arena_clear } from "../arena";

/** Flags are 0 or 1. */
@unmanaged
export class State {
	// ---- the context
	/** VAProfile. */
	profile: u32;

	// ---- the sequence
	/** Of its pictures; 0 before the first. Another size is another sequence: repeated headers keep it (6.1.1.6). */
	horizontal_size: u32;
	vertical_size: u32;
	/** Something in it cannot be if progressive_sequence is 1 (parameters.ts). */
	interlaced: u32;
	/** The same, found in the slices of a picture that counts as progressive: from the next one on. */
	found_interlaced: u32;

	// ---- the picture that is being put together
	surface: u32;
	has_picture: u32;
	/** mpeg2_matrix() has yet to be loaded. */
	has_matrix: u32;
	slice_count: u32;

	// ---- the picture that the device got before it
	previous_valid: u32;
	previous_surface: u32;
	/** PICTURE_*. */
	previous_structure: u32;
	previous_second: u32;
}

// One behind the other in the arena. Sizes are multiples of 4; PICTURE, whose timestamps have 8 bytes, is first.
const PICTURE: usize = ARENA;
const SEQUENCE: usize = PICTURE + v4l2_ctrl_mpeg2_picture.SIZE;
const QUANTISATION: usize = SEQUENCE + v4l2_ctrl_mpeg2_sequence.SIZE;
const PICTURE_PARAMETERS: usize = QUANTISATION + v4l2_ctrl_mpeg2_quantisation.SIZE;
const MATRIX: usize = PICTURE_PARAMETERS + VAPictureParameterBufferMPEG2.SIZE;
const STATE: usize = MATRIX + VAIQMatrixBufferMPEG2.SIZE;
const END: usize = STATE + offsetof<State>();

/** The one state of this instance. */
export function mpeg2_state(): State {
	return changetype<State>(STATE);
}

/** VA's picture parameters, the core's own copy. */
export function mpeg2_picture_parameters(): VAPictureParameterBufferMPEG2 {
	return VAPictureParameterBufferMPEG2.at(PICTURE_PARAMETERS);
}

/** VA's matrices, the core's own copy. */
export function mpeg2_matrix(): VAIQMatrixBufferMPEG2 {
	return VAIQMatrixBufferMPEG2.at(MATRIX);
}

/** The sequence control that is filled. */
export function mpeg2_sequence(): v4l2_ctrl_mpeg2_sequence {
	return v4l2_ctrl_mpeg2_sequence.at(SEQUENCE);
}

/** The picture control that is filled. */
export function mpeg2_picture(): v4l2_ctrl_mpeg2_picture {
	return v4l2_ctrl_mpeg2_picture.at(PICTURE);
}

/** The control, which is also what holds the matrices from picture to picture. */
export function mpeg2_quantisation(): v4l2_ctrl_mpeg2_quantisation {
	return v4l2_ctrl_mpeg2_quantisation.at(QUANTISATION);
}

/** For a new context. */
export function mpeg2_state_reset(): void {
	arena_clear(END - ARENA);
}

/** For a new picture. */
export function mpeg2_state_begin(surface: u32): void {
	const state = mpeg2_state();
	state.surface = surface;
	state.has_picture = 0;
	state.has_matrix = 0;
	state.slice_count = 0;
}
