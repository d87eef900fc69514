// SPDX-License-Identifier: MIT
/**
 * One VAContext: events in, plans out. What belongs to the picture that is being put together is in picture.ts, who waits in
 * waiting.ts; here is what belongs to the context as a whole: its life, what the device gives back, and what fails.
 *
 * A plan is carried out under the context's lock, so a step that fails or reports belongs to the plan made last. Only a
 * wait lets other calls in between.
 *
 * The exports are the bodies of the context_* calls in index.ts, which documents them.
 */
import {
	CORE_MESSAGE_CONTEXT_LOST,
	CORE_MESSAGE_DECODER_SILENT,
	CORE_MESSAGE_DEVICE_GONE,
	CORE_MESSAGE_NO_MEMORY,
	CORE_MESSAGE_PICTURE_OPEN,
	CORE_MESSAGE_SIZE_NOT_SUPPORTED,
	CORE_MESSAGE_STEP_FAILED,
	CORE_MESSAGE_SURFACE_MEMORY,
	CORE_NONE,
	CORE_OP_QUEUE_CAPTURE,
	CORE_OP_SET_FORMAT,
	CORE_OP_STREAM_OFF,
	CORE_QUEUE_CAPTURE,
	CORE_QUEUE_OUTPUT,
	core_decoder,
	core_decoder_SIZE,
} from "../abi/exchange";
import { ENODEV, ENOMEM, ENXIO, EXDEV, V4L2_BUF_FLAG_ERROR } from "../abi/v4l2";
import {
	VA_STATUS_ERROR_ALLOCATION_FAILED,
	VA_STATUS_ERROR_INVALID_SURFACE,
	VA_STATUS_ERROR_OPERATION_FAILED,
	VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
	VA_STATUS_ERROR_TIMEDOUT,
	VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
} from "../abi/va";
import { input_address } from "../boundary/areas";
import { plan_begin, plan_return, plan_returns_success, plan_step, plan_step_op } from "../boundary/plan";
import { codec_reset } from "../codec/codec";
import { codec_facts, codec_of_profile } from "../codec/facts";
import { coded_takes_size, decoder_coded_format } from "../device/decoder";
import { OFFERED, profile_bit_depth, verdict } from "../device/offers";
import { slot_is_queued, slot_release, slot_surface, slots_hold } from "../queues/slots";
import {
	SURFACE_PENDING,
	SURFACE_UNKNOWN,
	SurfaceRecord,
	surface_at,
	surface_find,
	surface_finished,
	surface_forget,
	surface_name,
	surface_of_index,
	surface_position,
	surfaces_fail_pending,
	surfaces_reset,
} from "../queues/surfaces";
import { modes_choose, modes_set } from "./modes";
import {
	negotiation_format_refused,
	negotiation_refuse_format,
	negotiation_reset,
	negotiation_streaming,
	output_size,
} from "./negotiation";
import {
	PICTURE_DONE,
	PICTURE_WAIT,
	picture_abandon,
	picture_advance,
	picture_begin,
	picture_end,
	picture_is_open,
	picture_parameter,
	picture_report,
	picture_reset,
	picture_slice,
	picture_slice_header_size,
	picture_step_failed,
	picture_use_own_memory,
	picture_was_recovering,
} from "./picture";
import { player_reset } from "./player";
import { submission_target } from "./submission";
import {
	device_has_work,
	PATIENCE_MS,
	WAIT_DESTROY,
	WAIT_EXPORT,
	WAIT_PICTURE,
	WAIT_SURFACE,
	wait_for_device,
	wait_for_export,
	wait_for_player,
	wait_for_surface,
	wait_goes_on,
	waiter_of,
} from "./waiting";

/** Who made the last plan. */
const OWNER_CONTEXT: u32 = 0;
const OWNER_PICTURE: u32 = 1;

/** A copy of the facts of this context's decoder. */
const DECODER: usize = memory.data(core_decoder_SIZE, 8);

let owner: u32 = OWNER_CONTEXT;
let lost: bool = false;
/** A picture call is inside a wait. */
let picture_waiting: bool = false;
/** The surface of the picture being ended, when the player holds an export of it. */
let exported_target: u32 = CORE_NONE;
/** The surface of the open picture, destroyed meanwhile: it is forgotten with the end of the picture. */
let destroyed_target: u32 = CORE_NONE;

// ---- life -------------------------------------------------------------------------------------------

export function create(profile: u32, width: u32, height: u32): void {
	memory.copy(DECODER, input_address(), core_decoder_SIZE);
	const decoder = changetype<core_decoder>(DECODER);
	lost = false;
	picture_waiting = false;
	destroyed_target = CORE_NONE;
	player_reset();
	const facts = codec_facts(codec_of_profile(profile));
	surfaces_reset();
	negotiation_reset(DECODER, facts);
	picture_reset(facts);
	own_plan(OWNER_CONTEXT);
	const coded = decoder_coded_format(decoder, facts.coded_fourcc);
	if (coded == null || verdict(decoder, profile) != OFFERED) {
		lost = true;
		plan_return(VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
		return;
	}
	if (!coded_takes_size(coded, width, height)) {
		lost = true;
		plan_return(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, CORE_MESSAGE_SIZE_NOT_SUPPORTED, width, height);
		return;
	}
	codec_reset(profile, modes_choose(decoder, facts));
	const format = plan_step(CORE_OP_SET_FORMAT);
	format.queue = CORE_QUEUE_OUTPUT;
	format.fourcc = facts.coded_fourcc;
	format.width = width;
	format.height = height;
	format.size = output_size(width, height, profile_bit_depth(profile));
	modes_set(decoder, facts);
}

export function destroy(): void {
	own_plan(OWNER_CONTEXT);
	if (!lost) picture_abandon();
	destroy_when_idle();
}

function destroy_when_idle(): void {
	if (!negotiation_streaming()) return;
	if (!lost && device_has_work()) {
		wait_for_device(WAIT_DESTROY);
		return;
	}
	lost = true;
	plan_step(CORE_OP_STREAM_OFF).queue = CORE_QUEUE_OUTPUT;
	plan_step(CORE_OP_STREAM_OFF).queue = CORE_QUEUE_CAPTURE;
}

// ---- pictures ---------------------------------------------------------------------------------------

export function begin_picture(surface: u32): void {
	if (!picture_call()) return;
	exported_target = CORE_NONE;
	picture_begin(surface);
	forget_destroyed_target();
}

export function render_parameter(type: u32, size: u32): void {
	if (picture_call()) picture_parameter(type, size);
}

export function slice_header_size(size: u32): u32 {
	return picture_slice_header_size(size);
}

export function render_slice(size: u32, available: u32): void {
	if (picture_call()) picture_went(picture_slice(size, available));
}

export function end_picture(surface_exported: bool): void {
	if (!picture_call()) return;
	exported_target = surface_exported ? submission_target() : CORE_NONE;
	picture_went(picture_end());
}

/** Opens the plan of a picture call; false when the context cannot take one (the plan then says so). */
function picture_call(): bool {
	own_plan(OWNER_CONTEXT);
	if (lost) {
		plan_return(VA_STATUS_ERROR_OPERATION_FAILED, CORE_MESSAGE_CONTEXT_LOST);
		return false;
	}
	if (picture_waiting) {
		// Another thread is inside a call for this very picture.
		plan_return(VA_STATUS_ERROR_OPERATION_FAILED, CORE_MESSAGE_PICTURE_OPEN);
		return false;
	}
	owner = OWNER_PICTURE;
	return true;
}

/** Completes the plan of a picture call. */
function picture_went(result: u32): void {
	if (result == PICTURE_WAIT) {
		picture_waiting = true;
		wait_for_device(WAIT_PICTURE);
		return;
	}
	if (exported_target != CORE_NONE && !picture_is_open() && plan_returns_success())
		wait_for_player(exported_target);
	if (!picture_is_open()) forget_destroyed_target();
}

// ---- surfaces ---------------------------------------------------------------------------------------

export function sync_surface(surface: u32): void {
	own_plan(OWNER_CONTEXT);
	wait_for_surface(surface);
}

export function surface_exported(surface: u32): void {
	own_plan(OWNER_CONTEXT);
	wait_for_export(surface);
}

/** CORE_SURFACE_*, which share their values with SURFACE_*. */
export function surface_state(surface: u32): u32 {
	const record = surface_find(surface);
	return record == null ? SURFACE_UNKNOWN : record.state;
}

export function forget_surface(surface: u32): void {
	// The slices to come still go to its memory, which the glue keeps as long.
	if (picture_is_open() && surface == submission_target()) destroyed_target = surface;
	else surface_forget(surface);
}

function forget_destroyed_target(): void {
	if (destroyed_target == CORE_NONE) return;
	surface_forget(destroyed_target);
	destroyed_target = CORE_NONE;
}

// ---- what the device says ---------------------------------------------------------------------------

export function output_done(slot: u32, flags: u32): void {
	if (!slot_is_queued(slot)) return;
	const record = surface_at(slot_surface(slot));
	slot_release(slot);
	if (record.state != SURFACE_PENDING) return;
	// A slice or field that failed spoils its picture, whatever the CAPTURE buffer says when it is released.
	if ((flags & V4L2_BUF_FLAG_ERROR) != 0) spoil(record);
	finish_whole(record);
}

/** Returns the surface that the picture must be copied to, or CORE_NONE. A bad one is, too: players may show it. */
export function capture_done(index: u32, flags: u32): u32 {
	const record = surface_of_index(index);
	if (record == null) return CORE_NONE;
	if ((flags & V4L2_BUF_FLAG_ERROR) != 0) spoil(record);
	record.captured = 1;
	finish_whole(record);
	return record.own_memory != 0 ? surface_name(record) : CORE_NONE;
}

function spoil(record: SurfaceRecord): void {
	record.spoiled = 1;
	record.flagged = 1;
}

/**
 * A picture is done when its CAPTURE buffer is back and the OUTPUT buffer of each of its slices: they come from two queues,
 * in either order, and one that says that its slice failed must not meet the next picture in the surface.
 */
function finish_whole(record: SurfaceRecord): void {
	if (record.captured != 0 && !slots_hold(surface_position(record))) surface_finished(record, false);
}

/** The pixels are not where the player looks for them. */
export function copy_failed(surface: u32): void {
	const record = surface_find(surface);
	if (record == null) return;
	record.spoiled = 1;
	if (record.state != SURFACE_PENDING) surface_finished(record, true);
}

/** The result of a plan is in the input area: its owner goes on. */
export function report(): void {
	plan_begin();
	if (owner == OWNER_PICTURE && picture_report()) picture_went(picture_advance());
}

export function resume(token: u32, timed_out: bool): void {
	own_plan(OWNER_CONTEXT);
	const waiter = waiter_of(token);
	if (waiter == WAIT_PICTURE) picture_waiting = false;
	if (timed_out && !lost) {
		lose();
		plan_return(VA_STATUS_ERROR_TIMEDOUT, CORE_MESSAGE_DECODER_SILENT, PATIENCE_MS);
		if (waiter == WAIT_DESTROY) destroy_when_idle();
		return;
	}
	switch (waiter) {
		case WAIT_PICTURE:
			if (picture_call()) picture_went(picture_advance());
			return;
		case WAIT_SURFACE:
		case WAIT_EXPORT:
			wait_goes_on(token);
			return;
		default:
			destroy_when_idle();
	}
}

// ---- what fails -------------------------------------------------------------------------------------

export function step_failed(step: u32, error: u32): void {
	const op = plan_step_op(step);
	const format_refused = owner == OWNER_PICTURE && negotiation_format_refused(op, error);
	plan_begin();
	if (error == ENODEV || error == ENXIO) {
		lose();
		plan_return(VA_STATUS_ERROR_OPERATION_FAILED, CORE_MESSAGE_DEVICE_GONE);
		return;
	}
	// The end of a context. Its pictures are done, and closing the node ends what STREAMOFF could not
	// (v4l2_m2m_ctx_release()): nothing is lost, so nothing is said.
	if (owner == OWNER_CONTEXT && op == CORE_OP_STREAM_OFF) return;
	if (owner == OWNER_PICTURE && !picture_was_recovering()) {
		if (picture_use_own_memory(op, error)) {
			picture_went(PICTURE_DONE);
			return;
		}
		if (picture_step_failed(op, error)) {
			picture_went(picture_advance());
			return;
		}
	} else {
		lose();
	}
	if (format_refused) negotiation_refuse_format();
	else fail_with(op, error);
}

/** The plan's end for a step that failed for good. */
function fail_with(op: u32, error: u32): void {
	if (error == ENOMEM) {
		plan_return(VA_STATUS_ERROR_ALLOCATION_FAILED, CORE_MESSAGE_NO_MEMORY, op);
	} else if (error == EXDEV && op == CORE_OP_QUEUE_CAPTURE) {
		plan_return(VA_STATUS_ERROR_INVALID_SURFACE, CORE_MESSAGE_SURFACE_MEMORY, submission_target());
	} else {
		plan_return(VA_STATUS_ERROR_OPERATION_FAILED, CORE_MESSAGE_STEP_FAILED, op, error);
	}
}

/** Nothing more is asked of the device: what is in flight counts as failed. */
function lose(): void {
	lost = true;
	surfaces_fail_pending();
}

/** Opens the plan that answers an event. */
function own_plan(by: u32): void {
	owner = by;
	plan_begin();
}
