// SPDX-License-Identifier: MIT
/**
 * What a frame needs of earlier ones: the pictures of its three references, and probabilities.
 *
 * A frame that refers to what this decoder does not have is refused: kernel drivers would take whatever is in the buffer that they
 * decode to (get_ref_buf() of rkvdec and hantro), and the frame contexts, which they keep, are zeros until a frame resets them.
 * So a decoder opened in mid-stream waits for a key frame.
 */
import {
	V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT,
	V4L2_VP9_FRAME_FLAG_KEY_FRAME,
	V4L2_VP9_RESET_FRAME_CTX_ALL,
	V4L2_VP9_RESET_FRAME_CTX_SPEC,
} from "../../abi/v4l2";
import { VA_INVALID_SURFACE } from "../../abi/va";
import { SurfaceRecord, surface_find, surface_use, surfaces_starts } from "../../queues/surfaces";
import { picture_refers_to } from "../result";
import {
	Decoded,
	decoded_of,
	is_intra,
	is_key_frame,
	REFERENCES,
	ref_frame_idx,
	SLOTS,
	vp9_header,
	vp9_picture,
	vp9_state,
} from "./state";

/** Frame contexts 0 to 3, a set. */
const ALL_CONTEXTS: u32 = 0b1111;

/** What there is of the picture in a slot; null where this context has decoded none, or its memory is no reference any more. */
function record_of_slot(slot: u32): SurfaceRecord | null {
	const surface = vp9_picture().get_reference_frames(slot);
	if (surface == VA_INVALID_SURFACE || surface == vp9_state().surface) return null;
	const record = surface_find(surface);
	return record == null || record.timestamp == 0 || decoded_of(record).width == 0 ? null : record;
}

/** The picture of reference i, 0 to 2: last, golden, altref. */
function reference_record(i: u32): SurfaceRecord | null {
	return record_of_slot(ref_frame_idx(i));
}

/**
 * Keeps the pictures of all slots, since later frames may refer to those that this one does not. A key frame replaces them. needed: the
 * frame itself cannot do without earlier ones.
 */
export function keep_slots(needed: bool): void {
	if (is_key_frame()) return;
	for (let slot: u32 = 0; slot < SLOTS; slot++) {
		if (record_of_slot(slot) == null) continue;
		const surface = vp9_picture().get_reference_frames(slot);
		surface_use(surface);
		if (needed) picture_refers_to(surface);
	}
}

/** Whether this context has decoded what the frame refers to. */
export function references_exist(): bool {
	if (is_intra()) return true;
	for (let i: u32 = 0; i < REFERENCES; i++) {
		if (reference_record(i) == null) return false;
	}
	return true;
}

/** Whether the frame has the size of the reference that it takes it from (found_ref). All references must exist. */
export function has_size_of_reference(): bool {
	const by = vp9_state().sized_by;
	if (by == REFERENCES) return true;
	const record = reference_record(by);
	if (record == null) return false;
	const decoded = decoded_of(record);
	const header = vp9_header();
	return (
		decoded.width == <u32>header.frame_width_minus_1 + 1 &&
		decoded.height == <u32>header.frame_height_minus_1 + 1
	);
}

/** Whether references are of the frame's bit depth, and one at least of a size that can be scaled (8.5.2.3). All must exist. */
export function references_fit(): bool {
	if (is_intra()) return true;
	let scales = false;
	for (let i: u32 = 0; i < REFERENCES; i++) {
		const record = reference_record(i);
		if (record == null) return false;
		const decoded = decoded_of(record);
		if (decoded.bit_depth != <u32>vp9_header().bit_depth) return false;
		if (can_scale(decoded)) scales = true;
	}
	return scales;
}

/** References are at most twice as large in each direction, and 16 times as small. */
function can_scale(reference: Decoded): bool {
	const width: u32 = <u32>vp9_header().frame_width_minus_1 + 1;
	const height: u32 = <u32>vp9_header().frame_height_minus_1 + 1;
	return (
		width << 1 >= reference.width &&
		height << 1 >= reference.height &&
		width <= reference.width << 4 &&
		height <= reference.height << 4
	);
}

/** The timestamp of reference i, 0 to 2; 0, which names no picture, where there is none. */
export function reference_timestamp(i: u32): u64 {
	const record = reference_record(i);
	return record == null ? 0 : record.timestamp;
}

/** The frame contexts that this frame resets to the defaults (7.2: reset_frame_context). */
function reset_contexts(): u32 {
	const header = vp9_header();
	const all = V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT;
	if ((header.flags & all) != 0) return ALL_CONTEXTS;
	if (!is_intra()) return 0;
	if (header.reset_frame_context == V4L2_VP9_RESET_FRAME_CTX_ALL) return ALL_CONTEXTS;
	return header.reset_frame_context == V4L2_VP9_RESET_FRAME_CTX_SPEC
		? (<u32>1) << header.frame_context_idx
		: 0;
}

/** Those that the device has: it forgets them when its queues start (rkvdec_vp9_start()). */
function device_contexts(): u32 {
	return vp9_state().starts == surfaces_starts() ? vp9_state().frame_contexts : 0;
}

/** Whether the frame begins with probabilities that it resets itself, so that the device needs none of earlier ones. */
export function brings_context(): bool {
	return (reset_contexts() & loaded_context()) != 0;
}

/** Whether the device has the frame context that the frame begins with, or gets it with the frame. */
export function context_exists(): bool {
	return ((reset_contexts() | device_contexts()) & loaded_context()) != 0;
}

/** The frame context that the frame begins with, as a set: 0 where all is set up anew (7.2: frame_context_idx). */
function loaded_context(): u32 {
	const independent = is_intra() || (vp9_header().flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT) != 0;
	return independent ? 1 : (<u32>1) << vp9_header().frame_context_idx;
}

/** The device has the frame: so has it what the frame resets. */
export function contexts_sent(): void {
	const state = vp9_state();
	state.frame_contexts = device_contexts() | reset_contexts();
	state.starts = surfaces_starts();
}
