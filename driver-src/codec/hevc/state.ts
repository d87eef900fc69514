// SPDX-License-Identifier: MIT
/** What the HEVC part remembers: of the context, of the picture that is being put together, and of the pictures in surfaces. */
import {
	v4l2_ctrl_hevc_decode_params,
	v4l2_ctrl_hevc_pps,
	v4l2_ctrl_hevc_scaling_matrix,
	v4l2_ctrl_hevc_slice_params,
	v4l2_ctrl_hevc_sps,
} from "../../abi/v4l2";
import { VAIQMatrixBufferHEVC, VAPictureParameterBufferHEVC } from "../../abi/va";
import { CODEC_MEMORY_SIZE, SurfaceRecord, surface_codec_memory } from "../../queues/surfaces";
import { ARENA, arena_clear } from "../arena";
import { SliceHeader } from "./slice-header";

/** MaxSliceSegmentsPerPicture of the highest levels, table A.8. */
export const MAX_SLICES: u32 = 600;
/** Of all slices of a picture: 135 rows of 16 luma samples in 20 columns of tiles are 2700. */
export const MAX_ENTRY_POINTS: u32 = 3072;
/** Entries of ReferenceFrames in VA-API. */
export const MAX_REFERENCES: u32 = 15;
/** What a slice header may grow to: 4080 bytes and the longest explicit sets, with emulation prevention bytes. */
export const REWRITTEN_CAPACITY: u32 = 6400;

/** The codec memory of a surface: what its picture was. */
@unmanaged
export class Decoded {
	/** 1: there is one, and the rest counts. */
	valid: u32;
	/** PicOrderCntVal. */
	pic_order_cnt: i32;
}

/** The codec memory of a surface. */
export function decoded_of(record: SurfaceRecord): Decoded {
	assert(<u32>offsetof<Decoded>() <= CODEC_MEMORY_SIZE, "the codec memory is too small");
	return changetype<Decoded>(surface_codec_memory(record));
}

/** What is kept between calls; flags are 0 or 1. The first part is the context's, the second is cleared by begin(). */
@unmanaged
export class State {
	// ---- the context
	/** MODE_*. */
	modes: u32;

	// ---- the picture that is being put together
	surface: u32;
	has_picture: u32;
	has_matrix: u32;
	slice_count: u32;
	entry_point_count: u32;
	/** Slice headers get explicit reference picture sets (rewrite.ts), */
	rewrites: u32;
	/** and explicit lists. */
	rewrites_lists: u32;
}

// One behind the other in the arena. Structs with fields of 8 bytes stand first: their sizes are multiples of 8.
const SLICE_PARAMS: usize = ARENA;
const DECODE_PARAMS: usize = SLICE_PARAMS + MAX_SLICES * v4l2_ctrl_hevc_slice_params.SIZE;
const SPS: usize = DECODE_PARAMS + v4l2_ctrl_hevc_decode_params.SIZE;
const PPS: usize = SPS + v4l2_ctrl_hevc_sps.SIZE;
const SCALING_MATRIX: usize = PPS + v4l2_ctrl_hevc_pps.SIZE;
const PARAMETERS: usize = SCALING_MATRIX + v4l2_ctrl_hevc_scaling_matrix.SIZE;
const MATRIX: usize = PARAMETERS + VAPictureParameterBufferHEVC.SIZE;
const STATE: usize = MATRIX + VAIQMatrixBufferHEVC.SIZE;
const FIRST_HEADER: usize = STATE + offsetof<State>();
const HEADER: usize = FIRST_HEADER + offsetof<SliceHeader>();
const ENTRY_POINTS: usize = HEADER + offsetof<SliceHeader>();
const REWRITTEN: usize = ENTRY_POINTS + MAX_ENTRY_POINTS * 4;
const END: usize = REWRITTEN + REWRITTEN_CAPACITY;

/** The one state of this instance. */
export function hevc_state(): State {
	return changetype<State>(STATE);
}

/** The picture parameters, the core's own copy. */
export function hevc_picture(): VAPictureParameterBufferHEVC {
	return VAPictureParameterBufferHEVC.at(PARAMETERS);
}

/** The scaling lists, likewise. */
export function hevc_matrix(): VAIQMatrixBufferHEVC {
	return VAIQMatrixBufferHEVC.at(MATRIX);
}

/** Of the picture's first slice segment. */
export function hevc_first_header(): SliceHeader {
	return changetype<SliceHeader>(FIRST_HEADER);
}

/** Of the slice segment at hand. */
export function hevc_header(): SliceHeader {
	return changetype<SliceHeader>(HEADER);
}

/** Keeps the current header as that of the first slice of the picture. */
export function hevc_keep_first_header(): void {
	memory.copy(FIRST_HEADER, HEADER, offsetof<SliceHeader>());
}

/** The control that is filled. */
export function hevc_sps(): v4l2_ctrl_hevc_sps {
	return v4l2_ctrl_hevc_sps.at(SPS);
}

/** The control that is filled. */
export function hevc_pps(): v4l2_ctrl_hevc_pps {
	return v4l2_ctrl_hevc_pps.at(PPS);
}

/** The control that is filled. */
export function hevc_scaling_matrix(): v4l2_ctrl_hevc_scaling_matrix {
	return v4l2_ctrl_hevc_scaling_matrix.at(SCALING_MATRIX);
}

/** The control that is filled. */
export function hevc_decode_params(): v4l2_ctrl_hevc_decode_params {
	return v4l2_ctrl_hevc_decode_params.at(DECODE_PARAMS);
}

/** SLICE_PARAMS of slice segment i of the picture. */
export function hevc_slice_params(i: u32): v4l2_ctrl_hevc_slice_params {
	assert(i < MAX_SLICES, "more slices than a picture has");
	return v4l2_ctrl_hevc_slice_params.at(SLICE_PARAMS + <usize>(i * v4l2_ctrl_hevc_slice_params.SIZE));
}

/** Where entry point offset i of the picture is kept, a u32; i may be MAX_ENTRY_POINTS, which is the end. */
export function hevc_entry_point(i: u32): usize {
	assert(i <= MAX_ENTRY_POINTS, "more entry points than are kept");
	return ENTRY_POINTS + ((<usize>i) << 2);
}

/** REWRITTEN_CAPACITY bytes for a rewritten slice header. */
export function hevc_rewritten(): usize {
	return REWRITTEN;
}

/** For a new context. */
export function hevc_state_reset(): void {
	arena_clear(END - ARENA);
}

/** For a new picture. */
export function hevc_state_begin(surface: u32): void {
	const state = hevc_state();
	state.surface = surface;
	state.has_picture = 0;
	state.has_matrix = 0;
	state.slice_count = 0;
	state.entry_point_count = 0;
	state.rewrites = 0;
	state.rewrites_lists = 0;
}
