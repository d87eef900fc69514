// SPDX-License-Identifier: MIT
/**
 * Hands the current picture to the device, one request at a time: picks its CAPTURE buffer and timestamp, and undoes what
 * a failed step leaves half done.
 *
 * The two fields of a frame share one CAPTURE buffer and one timestamp (they are one reference): where the device can, the
 * buffer is held after the first field; elsewhere the first is waited for and the buffer queued again.
 */
import {
	CORE_CAPTURE_OWN_MEMORY,
	CORE_HOLD_CAPTURE,
	CORE_KEEP_DATA,
	CORE_MESSAGE_NO_FILM_GRAIN,
	CORE_MESSAGE_REFERENCES_MISSING,
	CORE_MESSAGE_TOO_MANY_REFERENCES,
	CORE_NONE,
	CORE_OP_CLEAR_SLOT,
	CORE_OP_FLUSH,
	CORE_OP_QUEUE_CAPTURE,
	CORE_OP_QUEUE_OUTPUT,
	CORE_OP_QUEUE_REQUEST,
	CORE_OP_SET_CONTROLS,
	CORE_OP_STREAM_OFF,
	CORE_OP_STREAM_ON,
	CORE_QUEUE_CAPTURE,
	CORE_TARGET_EXPORTED,
	CORE_TARGET_IMPORTED,
	CORE_TARGET_SHOWN,
} from "../abi/exchange";
import { EFAULT, EINVAL, EXDEV } from "../abi/v4l2";
import {
	VA_STATUS_ERROR_ALLOCATION_FAILED,
	VA_STATUS_ERROR_DECODING_ERROR,
	VA_STATUS_SUCCESS,
} from "../abi/va";
import { plan_remark, plan_return, plan_step } from "../boundary/plan";
import { codec_end, codec_fill_picture } from "../codec/codec";
import { refusal_message, refusal_value } from "../codec/refusal";
import { PICTURE, PICTURE_FRAME, picture_reference } from "../codec/result";
import {
	slot_empties,
	slot_keep,
	slot_kept,
	slot_kept_again,
	slot_kept_forget,
	slot_queue,
	slot_release,
	slots_queued,
} from "../queues/slots";
import {
	SURFACE_DAMAGED,
	SURFACE_MISSING,
	SURFACE_PENDING,
	SurfaceRecord,
	surface_acquire,
	surface_bind,
	surface_fails,
	surface_find,
	surface_finished,
	surface_held,
	surface_position,
	surface_releases,
	surface_submitted,
	surface_takes_memory,
	surface_takes_own_memory,
	surface_use,
	surface_writes_to,
	surfaces_pending,
} from "../queues/surfaces";
import { amend_controls, arrays_change_length, arrays_fit, set_controls } from "./controls";
import { is_slice_based } from "./decoder";
import {
	negotiation_can_hold,
	negotiation_is_exportable,
	negotiation_is_linear,
	negotiation_maps_capture,
	negotiation_memory_refused,
} from "./negotiation";
import { player_replaces, player_will_wait } from "./player";

/** What submission_submit() left in the plan. */
export const SUBMIT_DONE: u32 = 0; // the steps
export const SUBMIT_WAIT: u32 = 1; // nothing: the device must give something back first
export const SUBMIT_REFUSED: u32 = 2; // a plan that returns an error
export const SUBMIT_READERS: u32 = 3; // nothing: whoever reads the surface that gets the samples must be done with it first

let target: u32 = CORE_NONE;
/** Somebody outside has seen the target's memory. */
let target_shown: bool = false;
/** The target's memory is the player's. */
let target_imported: bool = false;
/** Somebody outside holds the memory that gets the samples, and may be reading the picture before. */
let exported: bool = false;
/** The picture has waited for them. */
let readers_done: bool = false;
let ready: bool = false;
let second_field: bool = false;
/** The CAPTURE buffer is with the device already, held for this request. */
let capture_held: bool = false;
/** Slices of the picture were submitted, and more follow. */
let unfinished: bool = false;
/** A part of the picture is lost already: an earlier slice, or the first field. */
let damaged: bool = false;
/** The surface that the request submitted last decodes to: the target, or the one before that is decoded again. */
let subject: u32 = CORE_NONE;
/** That film grain is left out has been said. */
let grainless_said: bool = false;
let timestamp: u64 = 0;
let next_timestamp: u64 = 1000;
let last_slot: u32 = CORE_NONE;
let last_queued_capture: bool = false;
let stray: bool = false;
/** The surface that has the first field of a frame and not the second, if that was the last picture submitted. */
let half_done: u32 = CORE_NONE;
/** The slot whose request has all it needs and is not queued (submission_queue_deferred()); CORE_NONE when there is none. */
let deferred: u32 = CORE_NONE;
/** The surfaces of its picture. */
let deferred_target: u32 = CORE_NONE;
let deferred_output: u32 = CORE_NONE;
/** The last submission was a deferred one: its CAPTURE buffer had been queued by an earlier plan. */
let was_deferred: bool = false;

/** For a new context. */
export function submission_reset(): void {
	half_done = CORE_NONE;
	deferred = CORE_NONE;
	grainless_said = false;
	submission_begin(CORE_NONE);
}

/** The next picture goes to this surface. of_target: CORE_TARGET_*. */
export function submission_begin(surface: u32, of_target: u32 = 0): void {
	target = surface;
	target_shown = (of_target & CORE_TARGET_SHOWN) != 0;
	target_imported = (of_target & CORE_TARGET_IMPORTED) != 0;
	exported = (of_target & CORE_TARGET_EXPORTED) != 0;
	readers_done = false;
	ready = false;
	capture_held = false;
	unfinished = false;
	damaged = false;
	last_slot = CORE_NONE;
	subject = surface;
	stray = false;
}

/** Whether somebody outside holds the memory that gets the samples, which may be another surface than the target. */
export function submission_exported(output_exported: bool): void {
	exported = output_exported;
}

/** Those who read the surface are done, or were waited for long enough. */
export function submission_readers_done(): void {
	readers_done = true;
}

/** The queues were started again: what the device had of the open picture is lost, and it holds no CAPTURE buffer. */
export function submission_restarted(): void {
	if (capture_held) damaged = true;
	capture_held = false;
	deferred = CORE_NONE;
}

/** The surface of the picture begun last. */
export function submission_target(): u32 {
	return target;
}

/** Whether the picture before it was the first field of a frame in the same surface. */
export function submission_is_half_done(): bool {
	return target != CORE_NONE && target == half_done;
}

/** The surface whose memory gets its samples. */
export function submission_output(): u32 {
	return PICTURE.output;
}

/**
 * Has the device give back the CAPTURE buffer it holds, if any, as it is: nothing more comes for it. Only with no request
 * queued: V4L2_DEC_CMD_FLUSH takes the hold from the last of those instead (v4l2_m2m_ioctl_stateless_decoder_cmd). The open
 * picture's is not released: more slices follow.
 */
export function release_held(): void {
	const record = surface_held();
	if (record == null || (unfinished && record == surface_find(target))) return;
	plan_step(CORE_OP_FLUSH);
	surface_releases(record);
}

/**
 * Whether the device has nothing to give back for this surface until the player goes on: it holds the buffer for more slices of
 * the open picture.
 */
export function submission_stalls(record: SurfaceRecord): bool {
	return unfinished && slots_queued() == 0 && surface_find(target) == record;
}

/** Adds the steps that submit what is in `slot`; last: nothing of this picture (frame or field) follows. Returns SUBMIT_*. */
export function submission_submit(slot: u32, last: bool): u32 {
	// While the picture waited, another thread may have had the buffer released that it was to join.
	if (!unfinished && !target_takes_picture()) return SUBMIT_WAIT;
	if (!ready) {
		const result = prepare_target();
		if (result != SUBMIT_DONE) return result;
	}
	const status = codec_fill_picture();
	if (status != VA_STATUS_SUCCESS) {
		plan_return(status, refusal_message(), refusal_value(0), refusal_value(1));
		return SUBMIT_REFUSED;
	}
	if (!arrays_fit()) return SUBMIT_REFUSED;
	if (!is_slice_based() && slots_queued() > 0 && arrays_change_length()) return SUBMIT_WAIT;
	const record = surface_find(target);
	assert(record != null, "the target surface has no record");
	if (record == null) return SUBMIT_REFUSED;
	const field_follows = PICTURE.structure != PICTURE_FRAME && !second_field;
	const hold = negotiation_can_hold() && (!last || field_follows);
	// The picture before is needed no more.
	slot_kept_forget();
	set_controls(slot);
	const output = plan_step(CORE_OP_QUEUE_OUTPUT);
	output.slot = slot;
	output.timestamp = timestamp;
	output.flags = hold ? CORE_HOLD_CAPTURE : 0;
	subject = target;
	if (!capture_held) queue_capture(record);
	if (may_be_deferred()) defer(slot);
	else queue_request(slot, PICTURE.keep != 0);
	slot_queue(slot, surface_position(record));
	surface_submitted(record, timestamp, hold);
	if (damaged) record.spoiled = 1;
	last_slot = slot;
	last_queued_capture = !capture_held;
	was_deferred = false;
	capture_held = hold;
	unfinished = !last;
	if (last) {
		half_done = field_follows ? target : CORE_NONE;
		codec_end(target, true);
	}
	return SUBMIT_DONE;
}

/**
 * Whether the request of a picture that may have to be decoded again can wait until the next picture tells: then it is decoded once. Not
 * where somebody may look at it without asking.
 */
function may_be_deferred(): bool {
	if (PICTURE.keep == 0) return false;
	const output = surface_find(PICTURE.output);
	return !exported || (output != null && player_will_wait(output));
}

/** keeps: what is in the slot stays when the device gives it back. */
function queue_request(slot: u32, keeps: bool): void {
	const step = plan_step(CORE_OP_QUEUE_REQUEST);
	step.slot = slot;
	if (!keeps) return;
	step.flags = CORE_KEEP_DATA;
	slot_keep(slot);
}

function defer(slot: u32): void {
	deferred = slot;
	deferred_target = target;
	deferred_output = PICTURE.output;
}

/** Whether a request is deferred, which must be queued before the next one. */
export function submission_is_deferred(): bool {
	return deferred != CORE_NONE;
}

/** Adds the step that queues the deferred request, if there is one, and it is of this surface; CORE_NONE: of any. */
export function submission_queue_deferred(surface: u32): void {
	if (deferred == CORE_NONE) return;
	if (surface == CORE_NONE || surface == deferred_target || surface == deferred_output)
		queue_deferred(true);
}

function queue_deferred(keeps: bool): void {
	queue_request(deferred, keeps);
	subject = deferred_target;
	last_slot = deferred;
	last_queued_capture = true;
	was_deferred = true;
	deferred = CORE_NONE;
}

/** Adds the same before the picture at hand, with the controls that this one has settled (PICTURE.again). */
function submit_deferred(): u32 {
	const settled = PICTURE.again == deferred_target;
	if (settled) {
		PICTURE.deferred = 1;
		const status = codec_fill_picture();
		PICTURE.deferred = 0;
		assert(status == VA_STATUS_SUCCESS, "a picture that is deferred has no controls");
		amend_controls(deferred);
	}
	queue_deferred(false);
	if (settled) codec_end(subject, true);
	return SUBMIT_DONE;
}

/**
 * Adds the steps that have the device decode the picture before with other controls (PICTURE.again). Where it has been decoded already, it is
 * decoded again into the same CAPTURE buffer, which must be back first; what the device was given of it is in the slot that was kept.
 * Returns SUBMIT_*.
 */
export function submission_submit_again(): u32 {
	if (deferred != CORE_NONE) return submit_deferred();
	const record = surface_find(PICTURE.again);
	const slot = slot_kept();
	if (record == null || record.timestamp == 0 || slot == CORE_NONE) {
		plan_return(VA_STATUS_ERROR_DECODING_ERROR, CORE_MESSAGE_REFERENCES_MISSING);
		return SUBMIT_REFUSED;
	}
	if (record.state == SURFACE_PENDING) return SUBMIT_WAIT;
	const status = codec_fill_picture();
	assert(status == VA_STATUS_SUCCESS, "a picture that was decoded has no controls");
	if (slots_queued() > 0 && arrays_change_length()) return SUBMIT_WAIT;
	// Nothing is in flight behind it that could name what was there.
	surface_takes_memory(record, record);
	subject = PICTURE.again;
	set_controls(slot);
	const output = plan_step(CORE_OP_QUEUE_OUTPUT);
	output.slot = slot;
	output.timestamp = record.timestamp;
	queue_capture(record);
	queue_request(slot, false);
	slot_kept_again();
	slot_queue(slot, surface_position(record));
	surface_submitted(record, record.timestamp, false);
	last_slot = slot;
	last_queued_capture = true;
	was_deferred = false;
	codec_end(subject, true);
	return SUBMIT_DONE;
}

function queue_capture(record: SurfaceRecord): void {
	const step = plan_step(CORE_OP_QUEUE_CAPTURE);
	step.index = record.index;
	step.surface = subject == target ? PICTURE.output : subject;
	step.flags = record.own_memory != 0 ? CORE_CAPTURE_OWN_MEMORY : 0;
}

/**
 * Whether the target is not in flight from before. Only the second field may join a picture that is, in the buffer that is held for it.
 */
function target_takes_picture(): bool {
	second_field = PICTURE.second_field != 0;
	capture_held = false;
	const known = surface_find(target);
	if (known == null) return true;
	if (second_field && (known.state == SURFACE_DAMAGED || known.state == SURFACE_MISSING)) damaged = true;
	if (known.state != SURFACE_PENDING) return true;
	capture_held = second_field && known.held != 0;
	return capture_held;
}

/** Decides on memory and timestamp, with the first request of a picture. */
function prepare_target(): u32 {
	if (PICTURE.output != target && surface_is_pending(PICTURE.output)) return SUBMIT_WAIT;
	// The second field of a frame joins a picture that nobody may read yet.
	if (exported && !readers_done && !second_field) return SUBMIT_READERS;
	for (let i: u32 = 0; i < PICTURE.reference_count; i++) surface_use(picture_reference(i));
	const record = surface_acquire(target);
	if (record == null || !surface_bind(record)) return no_surface();
	const output = PICTURE.output == target ? record : surface_acquire(PICTURE.output);
	if (output == null) return no_surface();
	surface_writes_to(record, output);
	if (PICTURE.grainless != 0 && !grainless_said) {
		grainless_said = true;
		plan_remark(CORE_MESSAGE_NO_FILM_GRAIN, 0);
	}
	if (!capture_held && record.own_memory == 0 && needs_own_memory(output)) {
		// The first field, which the player was given meanwhile, stays where it is.
		if (second_field) damaged = true;
		// Pictures in flight may refer to the one in the CAPTURE buffer, which goes when the buffer gets other memory.
		if (record.timestamp != 0 && surfaces_pending() > 0) return SUBMIT_WAIT;
		record.own_memory = 1;
	}
	// The second field of a frame joins the first where that is.
	if (!second_field && !surface_takes_memory(record, output)) return SUBMIT_WAIT;
	if (second_field && record.timestamp != 0) {
		timestamp = record.timestamp;
	} else {
		player_replaces(output, PICTURE.shown != 0);
		timestamp = next_timestamp;
		// V4L2 carries timestamps as struct timeval: whole microseconds survive.
		next_timestamp += 1000;
	}
	ready = true;
	return SUBMIT_DONE;
}

/** Whether the samples cannot be decoded to where they belong. What this does not know, the glue says with EXDEV. */
function needs_own_memory(output: SurfaceRecord): bool {
	if (negotiation_maps_capture()) return true;
	// Later pictures refer to the target, and the player may have other pictures put where it shows this one.
	if (PICTURE.grainless != 0 && output.surface != target) return true;
	// Where it is shown may be handed out, with other memory then, and the picture before in the CAPTURE buffer would go with the old memory.
	if (output.surface != target && !(negotiation_is_linear() && negotiation_is_exportable())) return true;
	if (!target_shown || output.surface != target) return false;
	// The player's own memory is decoded to where it is laid out just so, with whatever pitch.
	return !negotiation_is_linear() || (!target_imported && !negotiation_is_exportable());
}

function surface_is_pending(surface: u32): bool {
	const record = surface_find(surface);
	return record != null && record.state == SURFACE_PENDING;
}

/** All records or CAPTURE buffers belong to this picture or are in flight. */
function no_surface(): u32 {
	if (surfaces_pending() > 0) return SUBMIT_WAIT;
	plan_return(VA_STATUS_ERROR_ALLOCATION_FAILED, CORE_MESSAGE_TOO_MANY_REFERENCES);
	return SUBMIT_REFUSED;
}

/**
 * The picture will not be completed: its surface is marked as one without it (missing) or as one that never gets any, and what the
 * device holds for it is released.
 */
export function submission_fail_target(missing: bool): void {
	unfinished = false;
	if (target == CORE_NONE) return;
	if (PICTURE.output != target) fail_surface(PICTURE.output, missing);
	const record = surface_acquire(target);
	if (record == null) return;
	if (record.state != SURFACE_PENDING) {
		surface_fails(record, missing);
		return;
	}
	// An earlier picture in flight to the same surface is not this one's to spoil.
	if (!capture_held) return;
	record.spoiled = 1;
	release_held();
}

/** Nothing of this picture comes to the surface. An earlier picture in flight to it is not this one's to spoil. */
function fail_surface(surface: u32, missing: bool): void {
	const record = surface_acquire(surface);
	if (record != null && record.state != SURFACE_PENDING) surface_fails(record, missing);
}

function is_submission_step(op: u32): bool {
	return (
		op == CORE_OP_SET_CONTROLS ||
		op == CORE_OP_QUEUE_OUTPUT ||
		op == CORE_OP_QUEUE_CAPTURE ||
		op == CORE_OP_QUEUE_REQUEST
	);
}

/**
 * The target's memory cannot be queued: the player holds it already and it is laid out in another way (EXDEV), or the device
 * cannot reach it (vb2_dc_map_dmabuf() and its like). Adds the steps that go on in memory of the CAPTURE buffer's own;
 * the surface keeps its memory for life, and the picture is copied there. The request holds all the rest already.
 */
export function submission_use_own_memory(op: u32, error: u32): bool {
	if (op != CORE_OP_QUEUE_CAPTURE || last_slot == CORE_NONE) return false;
	if (error != EXDEV && error != EINVAL && error != EFAULT) return false;
	const record = surface_find(subject);
	if (record == null) return false;
	const other = error != EXDEV && negotiation_memory_refused();
	if (record.own_memory != 0 && !other) return false;
	surface_takes_own_memory(record);
	// The first field stays behind.
	if (second_field && subject == target) record.spoiled = 1;
	queue_capture(record);
	if (deferred != last_slot) queue_request(last_slot, slot_kept() == last_slot);
	return true;
}

/**
 * A step of the last submission failed. Adds the steps that take the request back. Returns false when it was another
 * step: the request of the slice before, if there is one, is the device's.
 */
export function submission_step_failed(op: u32): bool {
	if (last_slot == CORE_NONE || !is_submission_step(op)) return false;
	const record = surface_find(subject);
	const slot = last_slot;
	codec_end(subject, false);
	slot_kept_forget();
	unfinished = false;
	deferred = CORE_NONE;
	last_slot = CORE_NONE;
	if (was_deferred || (op == CORE_OP_QUEUE_REQUEST && last_queued_capture)) {
		// The CAPTURE buffer is queued, its request is not.
		stray = true;
		last_slot = slot;
		if (record != null) surface_finished(record, true);
		slot_release(slot);
		return true;
	}
	plan_step(CORE_OP_CLEAR_SLOT).slot = slot;
	slot_empties(slot);
	if (record == null) return true;
	if (last_queued_capture) {
		surface_finished(record, true);
	} else {
		record.spoiled = 1;
		record.held = 1; // still: what was to take it over never came
		release_held();
	}
	return true;
}

/** Whether a CAPTURE buffer is left in the queue without a request. */
export function submission_is_stray(): bool {
	return stray;
}

/** Adds the steps that take both buffers back, once nothing is in flight. References stay bound to the queue. */
export function submission_recover(): void {
	plan_step(CORE_OP_STREAM_OFF).queue = CORE_QUEUE_CAPTURE;
	plan_step(CORE_OP_CLEAR_SLOT).slot = last_slot;
	slot_empties(last_slot);
	plan_step(CORE_OP_STREAM_ON).queue = CORE_QUEUE_CAPTURE;
	last_slot = CORE_NONE;
	stray = false;
}
