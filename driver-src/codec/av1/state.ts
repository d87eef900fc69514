// SPDX-License-Identifier: MIT
/** What the AV1 part remembers: of the stream, of the picture that is being put together, and of the pictures in surfaces. */
import {
	V4L2_AV1_INTRA_ONLY_FRAME,
	V4L2_AV1_KEY_FRAME,
	V4L2_AV1_MAX_SEGMENTS,
	V4L2_AV1_MAX_TILE_COUNT,
	V4L2_AV1_SWITCH_FRAME,
	V4L2_AV1_TOTAL_REFS_PER_FRAME,
	v4l2_ctrl_av1_film_grain,
	v4l2_ctrl_av1_frame,
	v4l2_ctrl_av1_sequence,
	v4l2_ctrl_av1_tile_group_entry,
} from "../../abi/v4l2";
import { VADecPictureParameterBufferAV1 } from "../../abi/va";
import {
	CODEC_MEMORY_SIZE,
	SURFACE_RECORDS,
	SurfaceRecord,
	surface_codec_memory,
	surface_position,
} from "../../queues/surfaces";
import { ARENA, arena_clear } from "../arena";

/** NUM_REF_FRAMES: slots of reference pictures. */
export const SLOTS: u32 = 8;
/** REFS_PER_FRAME: LAST_FRAME to ALTREF_FRAME. */
export const REFERENCES: u32 = 7;
/** PRIMARY_REF_NONE, 3. */
export const PRIMARY_REF_NONE: u32 = 7;
/** As many tiles as TILE_GROUP_ENTRY has elements. */
export const MAX_TILES: u32 = V4L2_AV1_MAX_TILE_COUNT;
/** SEG_LVL_MAX, 3. */
const SEG_LVL_MAX: u32 = 8;
/** FeatureData, two bytes for each segment and feature, and behind them a mask of FeatureEnabled for each segment, as VA has them. */
export const FEATURES_SIZE: u32 = V4L2_AV1_MAX_SEGMENTS * (SEG_LVL_MAX * 2 + 1);
/** loop_filter_ref_deltas and, behind them, loop_filter_mode_deltas: a byte each, as VA has them. */
export const DELTAS_SIZE: u32 = V4L2_AV1_TOTAL_REFS_PER_FRAME + 2;

/** The codec memory of a surface: what its picture was. */
@unmanaged
export class Decoded {
	/** UpscaledWidth and FrameHeight; 0 where there is no picture. */
	width: u32;
	height: u32;
	/** BitDepth. */
	bit_depth: u32;
	/** OrderHint. */
	order_hint: u32;
}

/** The codec memory of a surface. */
export function decoded_of(record: SurfaceRecord): Decoded {
	assert(<u32>offsetof<Decoded>() <= CODEC_MEMORY_SIZE, "the codec memory is too small");
	return changetype<Decoded>(surface_codec_memory(record));
}

/** Flags are 0 or 1. */
@unmanaged
export class State {
	// ---- the context
	/** MODE_*. */
	modes: u32;

	// ---- the stream
	/** The largest UpscaledWidth and FrameHeight since the last key frame that was shown, of pictures that the device has; */
	had_width: u32;
	had_height: u32;
	/** The value of surfaces_starts() that the slots are of (references.ts). */
	starts: u32;
	/** The surface whose picture was decoded for no slot, since none was free; CORE_NONE when there is none. Its controls are kept, */
	unsettled: u32;
	/** and this is how many tiles it has. */
	unsettled_tiles: u32;

	// ---- the picture that is being put together
	surface: u32;
	has_picture: u32;
	/** and the same with this one. */
	max_width: u32;
	max_height: u32;
	/** How many tiles have come. */
	tile_count: u32;
	/** refresh_frame_flags, of the slots here; */
	refresh: u32;
	/** 0 because no slot is free: the next picture tells which one is. */
	postponed: u32;
	/** The slot of the picture that must be decoded again before this one; SLOTS when none must. */
	again_slot: u32;
	/** SkipModeFrame; 0 where there is none. */
	skip_mode_first: u32;
	skip_mode_second: u32;
}

// One behind the other in the arena. Structs with fields of 8 bytes stand first: their sizes are multiples of 8.
const ENTRY_SIZE: u32 = v4l2_ctrl_av1_tile_group_entry.SIZE;
const FRAME: usize = ARENA;
const KEPT_FRAME: usize = FRAME + v4l2_ctrl_av1_frame.SIZE;
const ENTRIES: usize = KEPT_FRAME + v4l2_ctrl_av1_frame.SIZE;
const KEPT_ENTRIES: usize = ENTRIES + MAX_TILES * ENTRY_SIZE;
const SEQUENCE: usize = KEPT_ENTRIES + MAX_TILES * ENTRY_SIZE;
const KEPT_SEQUENCE: usize = SEQUENCE + v4l2_ctrl_av1_sequence.SIZE;
const PARAMETERS: usize = KEPT_SEQUENCE + v4l2_ctrl_av1_sequence.SIZE;
const STATE: usize = PARAMETERS + VADecPictureParameterBufferAV1.SIZE;
/** Of each slot, the surface whose state the decoder keeps there; */
const HELD: usize = STATE + offsetof<State>();
/** and the same as the picture at hand finds it. */
const FOUND: usize = HELD + SLOTS * 4;
/** Of each reference, the slot that it is found in, and its OrderHint. */
const REFERENCE_SLOTS: usize = FOUND + SLOTS * 4;
const REFERENCE_HINTS: usize = REFERENCE_SLOTS + REFERENCES * 4;
const TILE_SIZE: usize = REFERENCE_HINTS + REFERENCES * 4;
const GRAIN: usize = TILE_SIZE + 4;
/** Of each surface record, what its picture leaves to those that follow (previous.ts): features, and deltas behind them. */
const LEFT: usize = (GRAIN + v4l2_ctrl_av1_film_grain.SIZE + 7) & ~7;
const LEFT_STRIDE: u32 = (FEATURES_SIZE + DELTAS_SIZE + 7) & ~7;
const END: usize = LEFT + SURFACE_RECORDS * LEFT_STRIDE;

/** The one state of this instance. */
export function av1_state(): State {
	return changetype<State>(STATE);
}

/** VA's picture parameters, the core's own copy, once has_picture is set. */
export function av1_picture(): VADecPictureParameterBufferAV1 {
	return VADecPictureParameterBufferAV1.at(PARAMETERS);
}

/** The control that is filled. */
export function av1_sequence(): v4l2_ctrl_av1_sequence {
	return v4l2_ctrl_av1_sequence.at(SEQUENCE);
}

/** The control that is filled. */
export function av1_frame(): v4l2_ctrl_av1_frame {
	return v4l2_ctrl_av1_frame.at(FRAME);
}

/** The control that is filled. */
export function av1_film_grain(): v4l2_ctrl_av1_film_grain {
	return v4l2_ctrl_av1_film_grain.at(GRAIN);
}

/** TILE_GROUP_ENTRY of tile i of the picture, in raster order. */
export function av1_tile(i: u32): v4l2_ctrl_av1_tile_group_entry {
	assert(i < MAX_TILES, "more tiles than there are entries");
	return v4l2_ctrl_av1_tile_group_entry.at(ENTRIES + <usize>(i * ENTRY_SIZE));
}

/** FRAME of the unsettled picture. */
export function av1_kept_frame(): v4l2_ctrl_av1_frame {
	return v4l2_ctrl_av1_frame.at(KEPT_FRAME);
}

/** SEQUENCE of the unsettled picture. */
export function av1_kept_sequence(): v4l2_ctrl_av1_sequence {
	return v4l2_ctrl_av1_sequence.at(KEPT_SEQUENCE);
}

/** Where the entries of the unsettled picture are. */
export function av1_kept_tiles(): usize {
	return KEPT_ENTRIES;
}

/** Keeps the controls of the picture at hand for when it is decoded again. */
export function av1_keep_controls(): void {
	memory.copy(KEPT_FRAME, FRAME, v4l2_ctrl_av1_frame.SIZE);
	memory.copy(KEPT_SEQUENCE, SEQUENCE, v4l2_ctrl_av1_sequence.SIZE);
	av1_state().unsettled_tiles = av1_state().tile_count;
	memory.copy(KEPT_ENTRIES, ENTRIES, av1_state().tile_count * ENTRY_SIZE);
}

/** FEATURES_SIZE bytes that the picture of a surface leaves to those that follow. */
export function features_left(record: SurfaceRecord): usize {
	return LEFT + <usize>(surface_position(record) * LEFT_STRIDE);
}

/** DELTAS_SIZE bytes, likewise. */
export function deltas_left(record: SurfaceRecord): usize {
	return features_left(record) + FEATURES_SIZE;
}

/** The surface whose state the decoder keeps in a slot; CORE_NONE where there is none that counts. */
export function held(slot: u32): u32 {
	assert(slot < SLOTS, "no such slot");
	return load<u32>(HELD + ((<usize>slot) << 2));
}

/** Sets it. */
export function hold(slot: u32, surface: u32): void {
	assert(slot < SLOTS, "no such slot");
	store<u32>(HELD + ((<usize>slot) << 2), surface);
}

/** The same as the picture at hand finds it. */
export function found(slot: u32): u32 {
	assert(slot < SLOTS, "no such slot");
	return load<u32>(FOUND + ((<usize>slot) << 2));
}

/** Sets it. */
export function find(slot: u32, surface: u32): void {
	assert(slot < SLOTS, "no such slot");
	store<u32>(FOUND + ((<usize>slot) << 2), surface);
}

/** The slot of reference i, 0 to 6; SLOTS where it is in none. */
export function reference_slot(i: u32): u32 {
	assert(i < REFERENCES, "no such reference");
	return load<u32>(REFERENCE_SLOTS + ((<usize>i) << 2));
}

/** OrderHint of reference i, 0 to 6; 0 where there is none. */
export function reference_order_hint(i: u32): u32 {
	assert(i < REFERENCES, "no such reference");
	return load<u32>(REFERENCE_HINTS + ((<usize>i) << 2));
}

/** Sets both. */
export function set_reference(i: u32, slot: u32, order_hint: u32): void {
	assert(i < REFERENCES, "no such reference");
	store<u32>(REFERENCE_SLOTS + ((<usize>i) << 2), slot);
	store<u32>(REFERENCE_HINTS + ((<usize>i) << 2), order_hint);
}

/** Four bytes for the size that stands in front of a tile. */
export function av1_tile_size(): usize {
	return TILE_SIZE;
}

/** FrameIsIntra, 5.9.2. */
export function is_intra(): bool {
	return is_key() || av1_picture().pic_info_fields_frame_type == V4L2_AV1_INTRA_ONLY_FRAME;
}

/** Whether the picture is a key frame. */
export function is_key(): bool {
	return av1_picture().pic_info_fields_frame_type == V4L2_AV1_KEY_FRAME;
}

/** Whether the picture is a key frame that is shown: with it begins what can be decoded without anything before (7.21). */
export function is_shown_key(): bool {
	return is_key() && av1_picture().pic_info_fields_show_frame != 0;
}

/** Whether it replaces all reference pictures, as key frames that are shown and switch frames do (5.9.2: allFrames). */
export function replaces_all(): bool {
	return is_shown_key() || av1_picture().pic_info_fields_frame_type == V4L2_AV1_SWITCH_FRAME;
}

/** For a new context. */
export function av1_state_reset(): void {
	arena_clear(END - ARENA);
}

/** For a new picture. */
export function av1_state_begin(surface: u32): void {
	const state = av1_state();
	state.surface = surface;
	state.has_picture = 0;
	state.tile_count = 0;
	state.refresh = 0;
	state.postponed = 0;
	state.again_slot = SLOTS;
}
