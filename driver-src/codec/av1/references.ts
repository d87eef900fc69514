// SPDX-License-Identifier: MIT
/**
 * Which slot a picture's state is kept in, and what a picture needs of earlier ones.
 *
 * VA-API does not have refresh_frame_flags: with a picture comes what the eight slots of the stream hold before it, and what it
 * replaces shows with the next one. Decoders keep probabilities by slot (rockchip_av1_store_cdfs()), so they must be told at
 * once. So the slots that a decoder is told of are chosen here, and have nothing to do with the stream's: it is the picture that
 * counts, and VA names it by its surface. A picture goes to a slot whose picture the stream has no more, or has in another slot
 * as well; ref_frame_idx, reference_frame_ts and order_hints name the slots here.
 *
 * Where the stream has eight different pictures, no slot is free, and the next picture tells which one would have been. The request of
 * such a picture is for no slot. It is deferred until the next picture comes, which gives it the slot that has become free. If somebody asks
 * for the picture before that, it is decoded for no slot, at once; and a second time, for the slot, if the next picture says that the stream
 * has it.
 */
import { CORE_MESSAGE_REFERENCES_MISSING, CORE_NONE } from "../../abi/exchange";
import { VA_INVALID_SURFACE, VA_STATUS_ERROR_DECODING_ERROR } from "../../abi/va";
import { SurfaceRecord, surface_find, surface_use, surfaces_starts } from "../../queues/surfaces";
import { refuse } from "../refusal";
import { PICTURE, picture_refers_to } from "../result";
import {
	av1_keep_controls,
	av1_picture,
	av1_state,
	decoded_of,
	find,
	found,
	held,
	hold,
	is_intra,
	is_key,
	is_shown_key,
	PRIMARY_REF_NONE,
	REFERENCES,
	reference_order_hint,
	reference_slot,
	replaces_all,
	SLOTS,
	set_reference,
} from "./state";

/** refresh_frame_flags of a picture that replaces all others (5.9.2). */
const ALL_FRAMES: u32 = 0xff;
/** V4L2_AV1_REF_LAST_FRAME: of the names of references, the first that names a picture. */
const LAST_FRAME: u32 = 1;

/** What there is of the picture in a surface; null where this context has decoded none, or its memory is no reference any more. */
function record_of(surface: u32): SurfaceRecord | null {
	const record = surface_find(surface);
	return record == null || record.timestamp == 0 || decoded_of(record).width == 0 ? null : record;
}

/** Whether the stream has the picture of a surface in a slot when the picture at hand begins. */
function is_in_stream(surface: u32): bool {
	// A key frame that is shown replaces all, and players may say nothing of what was there.
	if (surface == CORE_NONE || surface == av1_state().surface || is_shown_key()) return false;
	if (record_of(surface) == null) return false;
	if (says_nothing_of_slots()) return true;
	for (let i: u32 = 0; i < SLOTS; i++) if (av1_picture().get_ref_frame_map(i) == surface) return true;
	return false;
}

/** FFmpeg before 6 names nothing in ref_frame_map of a key frame that is not shown, which need not replace what is there. */
function says_nothing_of_slots(): bool {
	if (!is_key()) return false;
	for (let i: u32 = 0; i < SLOTS; i++)
		if (av1_picture().get_ref_frame_map(i) != VA_INVALID_SURFACE) return false;
	return true;
}

/** The decoder keeps nothing: its queues have started anew (rockchip_vpu981_av1_dec_init()). */
export function forget_slots(): void {
	for (let slot: u32 = 0; slot < SLOTS; slot++) hold(slot, CORE_NONE);
	av1_state().unsettled = CORE_NONE;
	av1_state().starts = surfaces_starts();
}

/** A slot whose picture nobody needs there; SLOTS when there is none. */
function free_slot(): u32 {
	for (let slot: u32 = 0; slot < SLOTS; slot++) if (found(slot) == CORE_NONE) return slot;
	for (let slot: u32 = 0; slot < SLOTS; slot++) {
		for (let other: u32 = slot + 1; other < SLOTS; other++) if (found(other) == found(slot)) return slot;
	}
	return SLOTS;
}

/** The slot of a surface's picture, as the picture at hand finds it; SLOTS when there is none. */
function slot_of(surface: u32): u32 {
	if (surface == VA_INVALID_SURFACE) return SLOTS;
	for (let slot: u32 = 0; slot < SLOTS; slot++) if (found(slot) == surface) return slot;
	return SLOTS;
}

/** For the picture at hand: what the slots hold, which one it gets, and whether the picture before must be decoded again first. */
export function settle_slots(): void {
	const state = av1_state();
	if (state.starts != surfaces_starts()) forget_slots();
	for (let slot: u32 = 0; slot < SLOTS; slot++)
		find(slot, is_in_stream(held(slot)) ? held(slot) : CORE_NONE);
	state.again_slot = is_in_stream(state.unsettled) ? free_slot() : SLOTS;
	if (state.again_slot < SLOTS) find(state.again_slot, state.unsettled);
	PICTURE.again = state.again_slot < SLOTS ? state.unsettled : CORE_NONE;
	const slot = free_slot();
	state.refresh = replaces_all() ? ALL_FRAMES : slot < SLOTS ? (<u32>1) << slot : 0;
	state.postponed = state.refresh == 0 ? 1 : 0;
	PICTURE.keep = state.postponed;
	resolve_references();
}

/** Finds each reference once: its slot, and its order hint. */
function resolve_references(): void {
	if (is_intra()) return;
	for (let i: u32 = 0; i < REFERENCES; i++) {
		const surface = reference_surface(i);
		const record = record_of(surface);
		set_reference(i, slot_of(surface), record == null ? 0 : decoded_of(record).order_hint);
	}
}

/** The same once more, if the queues have started anew since. */
export function settle_slots_anew(): void {
	if (av1_state().starts != surfaces_starts()) settle_slots();
}

/** The unsettled picture has been decoded again. */
export function slot_settled(): void {
	const state = av1_state();
	hold(state.again_slot, state.unsettled);
	state.unsettled = CORE_NONE;
	state.again_slot = SLOTS;
	PICTURE.again = CORE_NONE;
}

/** The device has the picture at hand. */
export function slots_submitted(): void {
	const state = av1_state();
	for (let slot: u32 = 0; slot < SLOTS; slot++)
		hold(slot, ((state.refresh >> slot) & 1) != 0 ? state.surface : found(slot));
	state.unsettled = state.postponed != 0 ? state.surface : CORE_NONE;
	if (state.postponed != 0) av1_keep_controls();
}

/** The picture that was to be in this surface never came, and the one before is none that the stream has. */
export function forget_picture(surface: u32): void {
	const state = av1_state();
	for (let slot: u32 = 0; slot < SLOTS; slot++) if (held(slot) == surface) hold(slot, CORE_NONE);
	if (state.unsettled == surface) state.unsettled = CORE_NONE;
	const record = surface_find(surface);
	if (record != null) decoded_of(record).width = 0;
}

/** The surface of reference i, 0 to 6: LAST_FRAME to ALTREF_FRAME. */
function reference_surface(i: u32): u32 {
	return av1_picture().get_ref_frame_map(av1_picture().get_ref_frame_idx(i));
}

/**
 * Keeps the pictures of all slots, since later pictures may refer to those that this one does not; and tells the session which ones
 * this picture cannot do without.
 */
export function keep_references(): void {
	for (let slot: u32 = 0; slot < SLOTS; slot++) {
		const surface = found(slot);
		if (surface == CORE_NONE) continue;
		surface_use(surface);
		if (slot_of(surface) == slot && is_referred_to(surface)) picture_refers_to(surface);
	}
}

function is_referred_to(surface: u32): bool {
	if (is_intra()) return false;
	for (let i: u32 = 0; i < REFERENCES; i++) if (reference_surface(i) == surface) return true;
	return false;
}

/**
 * Whether the decoder has all that the picture refers to. One that it does not have would be any picture (hantro takes the first
 * that it knows, rockchip_vpu981_av1_dec_set_reference_frames()).
 */
export function references_exist(): bool {
	if (is_intra()) return true;
	for (let i: u32 = 0; i < REFERENCES; i++) if (reference_slot(i) == SLOTS) return false;
	return true;
}

/** Refuses a picture for which references_exist() is false. Returns VAStatus. */
export function refuse_missing_references(): u32 {
	return refuse(VA_STATUS_ERROR_DECODING_ERROR, CORE_MESSAGE_REFERENCES_MISSING);
}

/** Whether references are of the picture's bit depth, and one at least of a size that can be scaled (5.9.7). All must exist. */
export function references_fit(): bool {
	if (is_intra()) return true;
	const picture = av1_picture();
	const bit_depth: u32 = picture.bit_depth_idx == 0 ? 8 : 10;
	let scales = false;
	for (let i: u32 = 0; i < REFERENCES; i++) {
		const record = record_of(reference_surface(i));
		if (record == null) return false;
		const decoded = decoded_of(record);
		if (decoded.bit_depth != bit_depth) return false;
		if (can_scale(decoded.width, decoded.height)) scales = true;
	}
	return scales;
}

/** References are at most twice as large in each direction, and 16 times as small. */
function can_scale(reference_width: u32, reference_height: u32): bool {
	const width = frame_width();
	const height: u32 = <u32>av1_picture().frame_height_minus1 + 1;
	return (
		width << 1 >= reference_width &&
		height << 1 >= reference_height &&
		width <= reference_width << 4 &&
		height <= reference_height << 4
	);
}

/** SUPERRES_NUM, and the least width that is coded of a wider picture (libaom's av1_calculate_scaled_superres_size()). */
const SUPERRES_NUM: u32 = 8;
const SUPERRES_LEAST: u32 = 16;

/** FrameWidth, 5.9.8: what is coded of UpscaledWidth. */
export function frame_width(): u32 {
	const picture = av1_picture();
	const upscaled: u32 = <u32>picture.frame_width_minus1 + 1;
	if (picture.pic_info_fields_use_superres == 0) return upscaled;
	const denominator: u32 = picture.superres_scale_denominator;
	return max<u32>(
		(upscaled * SUPERRES_NUM + denominator / 2) / denominator,
		min<u32>(upscaled, SUPERRES_LEAST),
	);
}

/** The record of the primary reference, which must exist; null where the picture has none. */
export function primary_record(): SurfaceRecord | null {
	const primary: u32 = av1_picture().primary_ref_frame;
	return primary == PRIMARY_REF_NONE ? null : record_of(reference_surface(primary));
}

/** The timestamp of the picture in a slot; 0, which names no picture, where there is none. */
export function slot_timestamp(slot: u32): u64 {
	const record = record_of(found(slot));
	return record == null ? 0 : record.timestamp;
}

/** get_relative_dist(), 7.20: how much later a is than b. Pictures have order hints. */
function relative_distance(a: i32, b: i32): i32 {
	const half = 1 << (<i32>av1_picture().order_hint_bits_minus_1);
	const difference = a - b;
	return (difference & (half - 1)) - (difference & half);
}

/**
 * SkipModeFrame (5.9.22), which VA does not have: the references nearest before and after the picture, or the two nearest before.
 * Both stay 0 where skip_mode is not allowed.
 */
export function settle_skip_mode(): void {
	const state = av1_state();
	const picture = av1_picture();
	state.skip_mode_first = state.skip_mode_second = 0;
	if (!may_skip()) return;
	const current: i32 = picture.order_hint;
	const forward = nearest(current, -1);
	if (forward == REFERENCES) return;
	let other = nearest(current, 1);
	if (other == REFERENCES) other = nearest(reference_order_hint(forward), -1);
	if (other == REFERENCES) return;
	state.skip_mode_first = LAST_FRAME + min<u32>(forward, other);
	state.skip_mode_second = LAST_FRAME + max<u32>(forward, other);
}

/** What skipModeAllowed (5.9.22) needs of the picture's own headers. */
export function may_skip(): bool {
	const picture = av1_picture();
	const select = picture.mode_control_fields_reference_select != 0;
	return !is_intra() && select && picture.seq_info_fields_enable_order_hint != 0;
}

/**
 * For a picture with skip_mode_present, as far as may_skip(): where its references do not allow it, they are not those that the stream has,
 * since a picture was lost. Any two do, or all pictures to the next key frame would be refused, and players give up.
 */
export function settle_present_skip_mode(): void {
	const state = av1_state();
	if (state.skip_mode_second != 0) return;
	state.skip_mode_first = LAST_FRAME;
	state.skip_mode_second = LAST_FRAME + 1;
}

/** The first of the references nearest to an order hint, on the side before (-1) or after (1) it; REFERENCES when there is none. */
function nearest(hint: i32, side: i32): u32 {
	let best: u32 = REFERENCES;
	let least: i32 = i32.MAX_VALUE;
	for (let i: u32 = 0; i < REFERENCES; i++) {
		const distance = relative_distance(reference_order_hint(i), hint) * side;
		if (distance <= 0 || distance >= least) continue;
		least = distance;
		best = i;
	}
	return best;
}
