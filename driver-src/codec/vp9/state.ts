// SPDX-License-Identifier: MIT
/** What the VP9 part remembers: of the stream, of the picture that is being put together, and of the pictures in surfaces. */
import {
	V4L2_VP9_FRAME_FLAG_INTRA_ONLY,
	V4L2_VP9_FRAME_FLAG_KEY_FRAME,
	v4l2_ctrl_vp9_compressed_hdr,
	v4l2_ctrl_vp9_frame,
	v4l2_vp9_loop_filter,
	v4l2_vp9_segmentation,
} from "../../abi/v4l2";
import { VADecPictureParameterBufferVP9, VASliceParameterBufferVP9 } from "../../abi/va";
import { CODEC_MEMORY_SIZE, SurfaceRecord, surface_codec_memory } from "../../queues/surfaces";
import { ARENA, arena_clear } from "../arena";

/** NUM_REF_FRAMES: slots of VA's reference_frames. */
export const SLOTS: u32 = 8;
/** REFS_PER_FRAME: last, golden, altref. */
export const REFERENCES: u32 = 3;
/** MAX_SEGMENTS. */
export const SEGMENTS: u32 = 8;

/** The codec memory of a surface: what its picture was. */
@unmanaged
export class Decoded {
	/** FrameWidth and FrameHeight; 0 where there is no picture. */
	width: u32;
	height: u32;
	/** BitDepth. */
	bit_depth: u32;
}

/** The codec memory of a surface. */
export function decoded_of(record: SurfaceRecord): Decoded {
	assert(<u32>offsetof<Decoded>() <= CODEC_MEMORY_SIZE, "the codec memory is too small");
	return changetype<Decoded>(surface_codec_memory(record));
}

/** Flags are 0 or 1. */
@unmanaged
export class State {
	// ---- the stream
	/** VAProfile of the configuration. */
	profile: u32;
	/** color_config() of the last intra frame (7.2.2): BitDepth, 0 before the first; color_range. */
	bit_depth: u32;
	color_range: u32;
	/** Of segmentation features (remembered_segmentation()), some are not the device's yet: a picture that changed them never came to it. */
	features_unsent: u32;
	/** A set of the frame contexts (0 to 3) that the device has, */
	frame_contexts: u32;
	/** and the value of surfaces_starts() when it got them. */
	starts: u32;

	// ---- the picture that is being put together
	surface: u32;
	has_picture: u32;
	has_slice: u32;
	// What the uncompressed header says and the control has no field for.
	/** reset_frame_context as coded, 0 to 3. */
	reset_frame_context: u32;
	/** ref_frame_idx[], of last, golden and altref. */
	last_idx: u32;
	golden_idx: u32;
	altref_idx: u32;
	/** Which of them has the size of this frame (found_ref, 6.2.5); REFERENCES when the header has it itself. */
	sized_by: u32;
	/** Lossless, 7.2.9. */
	lossless: u32;
}

// One behind the other in the arena. Sizes are multiples of 4, and 8 where fields are as large.
const FRAME: usize = ARENA;
const HEADER: usize = FRAME + v4l2_ctrl_vp9_frame.SIZE;
const COMPRESSED_HDR: usize = HEADER + v4l2_ctrl_vp9_frame.SIZE;
const PICTURE_PARAMETERS: usize = COMPRESSED_HDR + v4l2_ctrl_vp9_compressed_hdr.SIZE;
const SLICE_PARAMETERS: usize = PICTURE_PARAMETERS + VADecPictureParameterBufferVP9.SIZE;
const REMEMBERED_LOOP_FILTER: usize = SLICE_PARAMETERS + VASliceParameterBufferVP9.SIZE;
const REMEMBERED_SEGMENTATION: usize = REMEMBERED_LOOP_FILTER + v4l2_vp9_loop_filter.SIZE;
const STATE: usize = REMEMBERED_SEGMENTATION + v4l2_vp9_segmentation.SIZE;
const END: usize = STATE + offsetof<State>();

/** The one state of this instance. */
export function vp9_state(): State {
	return changetype<State>(STATE);
}

/** VA's picture parameters, the core's own copy, once has_picture is set. */
export function vp9_picture(): VADecPictureParameterBufferVP9 {
	return VADecPictureParameterBufferVP9.at(PICTURE_PARAMETERS);
}

/** VA's slice parameters, likewise, during slice(). */
export function vp9_slice(): VASliceParameterBufferVP9 {
	return VASliceParameterBufferVP9.at(SLICE_PARAMETERS);
}

/** What both headers say, in the control's own form, with what persists of earlier ones (uncompressed-header.ts). */
export function vp9_header(): v4l2_ctrl_vp9_frame {
	return v4l2_ctrl_vp9_frame.at(HEADER);
}

/** The two controls. */
export function vp9_frame(): v4l2_ctrl_vp9_frame {
	return v4l2_ctrl_vp9_frame.at(FRAME);
}

/** The compressed header is read into its control. */
export function vp9_compressed_hdr(): v4l2_ctrl_vp9_compressed_hdr {
	return v4l2_ctrl_vp9_compressed_hdr.at(COMPRESSED_HDR);
}

/** The deltas of the loop filter as the last frame left them: they persist (7.2.8). */
export function remembered_loop_filter(): v4l2_vp9_loop_filter {
	return v4l2_vp9_loop_filter.at(REMEMBERED_LOOP_FILTER);
}

/** Features, their data and segmentation_abs_or_delta_update as the last frame left them: they persist (7.2.10). */
export function remembered_segmentation(): v4l2_vp9_segmentation {
	return v4l2_vp9_segmentation.at(REMEMBERED_SEGMENTATION);
}

/** Whether the header's frame is a key frame. */
export function is_key_frame(): bool {
	return (vp9_header().flags & V4L2_VP9_FRAME_FLAG_KEY_FRAME) != 0;
}

/** FrameIsIntra, 7.2. */
export function is_intra(): bool {
	return (vp9_header().flags & (V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY)) != 0;
}

/** ref_frame_idx[i]: 0 for last, 1 for golden, 2 for altref. */
export function ref_frame_idx(i: u32): u32 {
	const state = vp9_state();
	return i == 0 ? state.last_idx : i == 1 ? state.golden_idx : state.altref_idx;
}

/** For a new context. */
export function vp9_state_reset(): void {
	arena_clear(END - ARENA);
}

/** For a new picture. */
export function vp9_state_begin(surface: u32): void {
	const state = vp9_state();
	state.surface = surface;
	state.has_picture = 0;
	state.has_slice = 0;
}
