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
	CORE_CONTEXT_STRICT,
	CORE_MESSAGE_CONTEXT_LOST,
	CORE_MESSAGE_DECODER_RESTARTED,
	CORE_MESSAGE_DECODER_SILENT,
	CORE_MESSAGE_DEVICE_GONE,
	CORE_MESSAGE_NO_DESCRIPTORS,
	CORE_MESSAGE_NO_MEMORY,
	CORE_MESSAGE_PICTURE_OPEN,
	CORE_MESSAGE_READERS_SILENT,
	CORE_MESSAGE_SIZE_NOT_SUPPORTED,
	CORE_MESSAGE_STEP_FAILED,
	CORE_MESSAGE_SURFACE_MEMORY,
	CORE_NONE,
	CORE_OP_QUEUE_CAPTURE,
	CORE_OP_QUEUE_REQUEST,
	CORE_OP_SET_FORMAT,
	CORE_OP_STREAM_OFF,
	CORE_OP_STREAM_ON,
	CORE_QUEUE_CAPTURE,
	CORE_QUEUE_OUTPUT,
	CORE_VERDICT_OFFERED,
} from "../abi/exchange";
import { EMFILE, ENFILE, ENODEV, ENOMEM, ENXIO, EXDEV, V4L2_BUF_FLAG_ERROR } from "../abi/v4l2";
import {
	VA_STATUS_ERROR_ALLOCATION_FAILED,
	VA_STATUS_ERROR_INVALID_SURFACE,
	VA_STATUS_ERROR_OPERATION_FAILED,
	VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
	VA_STATUS_ERROR_TIMEDOUT,
	VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
} from "../abi/va";
import {
	plan_begin,
	plan_remark,
	plan_reset,
	plan_return,
	plan_returns_success,
	plan_status,
	plan_step,
	plan_step_op,
	plan_token,
} from "../boundary/plan";
import { codec_reset } from "../codec/codec";
import { coded_takes_size } from "../device/decoder";
import { verdict } from "../device/offers";
import {
	slot_is_queued,
	slot_kept_forget,
	slot_release,
	slot_surface,
	slots_carried_out,
	slots_hold,
	slots_not_carried_out,
	slots_take_back,
} from "../queues/slots";
import {
	SURFACE_LOST,
	SURFACE_MISSING,
	SURFACE_PENDING,
	SURFACE_UNKNOWN,
	SurfaceRecord,
	surface_at,
	surface_find,
	surface_finished,
	surface_forget,
	surface_name,
	surface_of_index,
	surface_output,
	surface_position,
	surfaces_carried_out,
	surfaces_give_up,
	surfaces_next_damaged,
	surfaces_not_carried_out,
	surfaces_reset,
	surfaces_started,
} from "../queues/surfaces";
import { own_coded_format, own_decoder, own_depth, own_modes, set_modes, take_decoder } from "./decoder";
import {
	negotiation_carried_out,
	negotiation_format_refused,
	negotiation_refuse_format,
	negotiation_reset,
	negotiation_streaming,
	output_size,
} from "./negotiation";
import {
	PICTURE_DONE,
	PICTURE_PAUSE,
	PICTURE_READERS,
	PICTURE_WAIT,
	picture_abandon,
	picture_advance,
	picture_begin,
	picture_end,
	picture_failed,
	picture_is_open,
	picture_parameter,
	picture_report,
	picture_reset,
	picture_restarted,
	picture_slice,
	picture_slice_header_size,
	picture_step_failed,
	picture_use_own_memory,
	picture_was_recovering,
} from "./picture";
import { player_reset } from "./player";
import {
	submission_exported,
	submission_output,
	submission_readers_done,
	submission_target,
} from "./submission";
import {
	ask_for_surface,
	device_has_work,
	PATIENCE_MS,
	pause_for_device,
	READERS_MS,
	WAIT_DESTROY,
	WAIT_EXPORT,
	WAIT_PICTURE,
	WAIT_READERS,
	WAIT_SURFACE,
	wait_for_device,
	wait_for_export,
	wait_for_player,
	wait_for_readers,
	wait_for_surface,
	wait_goes_on,
	waiter_of,
	waiting_reset,
} from "./waiting";

/** Who made the last plan. */
const OWNER_CONTEXT: u32 = 0;
const OWNER_PICTURE: u32 = 1;

let owner: u32 = OWNER_CONTEXT;
let lost: bool = false;
/** How often the device has not answered since it gave anything back. */
let silences: u32 = 0;
/** A picture call is inside a wait. */
let picture_waiting: bool = false;
/** The surface that gets the samples of the picture being ended, when the player holds an export of it. */
let exported_output: u32 = CORE_NONE;
/**
 * Surfaces of the open picture, destroyed meanwhile. They are forgotten once the plan that ends the picture has been carried
 * out: what a failing step leaves half done is undone by their records.
 */
let destroyed_target: u32 = CORE_NONE;
let destroyed_output: u32 = CORE_NONE;

// ---- life -------------------------------------------------------------------------------------------

/** vaCreateContext. profile: VAProfile; width, height: of the pictures, in samples; flags: CORE_CONTEXT_*. */
export function create(profile: u32, width: u32, height: u32, flags: u32): void {
	lost = false;
	picture_waiting = false;
	destroyed_target = CORE_NONE;
	destroyed_output = CORE_NONE;
	silences = 0;
	plan_reset();
	waiting_reset((flags & CORE_CONTEXT_STRICT) != 0);
	take_decoder(profile);
	codec_reset(profile, own_modes());
	player_reset();
	surfaces_reset();
	negotiation_reset();
	picture_reset();
	own_plan(OWNER_CONTEXT);
	const coded = own_coded_format();
	if (coded == null || verdict(own_decoder(), profile) != CORE_VERDICT_OFFERED) {
		lost = true;
		plan_return(VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
		return;
	}
	if (!coded_takes_size(coded, width, height)) {
		lost = true;
		plan_return(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, CORE_MESSAGE_SIZE_NOT_SUPPORTED, width, height);
		return;
	}
	const format = plan_step(CORE_OP_SET_FORMAT);
	format.queue = CORE_QUEUE_OUTPUT;
	format.fourcc = coded.fourcc;
	format.width = width;
	format.height = height;
	format.size = output_size(width, height, own_depth());
	set_modes();
}

/** vaDestroyContext: the steps that leave nothing with the device. */
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

/** vaBeginPicture. width, height: of the surface; target: CORE_TARGET_*. */
export function begin_picture(surface: u32, width: u32, height: u32, target: u32): void {
	if (!picture_call()) return;
	exported_output = CORE_NONE;
	picture_begin(surface, width, height, target);
	forget_destroyed();
}

/** vaRenderPicture, anything but slices. Input: one element of this many bytes. */
export function render_parameter(type: u32, size: u32): void {
	if (picture_call()) picture_parameter(type, size);
}

/** How many first bytes of a slice render_slice() wants to see. Input: its parameters. */
export function slice_header_size(size: u32): u32 {
	return picture_slice_header_size(size);
}

/** vaRenderPicture, one slice. Input: its parameters, first and last bytes; available: bytes of its data buffer. */
export function render_slice(size: u32, available: u32): void {
	if (picture_call()) picture_went(picture_slice(size, available));
}

/** The surface whose memory gets the samples of the open picture. */
export function output_surface(): u32 {
	return picture_is_open() ? submission_output() : CORE_NONE;
}

/** vaEndPicture. surface_exported: somebody outside may look at the surface without asking. */
export function end_picture(surface_exported: bool): void {
	if (!picture_call()) return;
	exported_output = surface_exported ? submission_output() : CORE_NONE;
	submission_exported(surface_exported);
	picture_went(picture_end());
}

/** Opens the plan of a picture call; false when the context cannot take one (the plan then says so). */
function picture_call(): bool {
	own_plan(OWNER_CONTEXT);
	if (refuse_lost()) return false;
	if (picture_waiting) {
		// Another thread is inside a call for this very picture.
		plan_return(VA_STATUS_ERROR_OPERATION_FAILED, CORE_MESSAGE_PICTURE_OPEN);
		return false;
	}
	owner = OWNER_PICTURE;
	return true;
}

/** Whether the context is lost; the plan then says so. */
function refuse_lost(): bool {
	if (lost) plan_return(VA_STATUS_ERROR_OPERATION_FAILED, CORE_MESSAGE_CONTEXT_LOST);
	return lost;
}

/** Completes the plan of a picture call. */
function picture_went(result: u32): void {
	if (result == PICTURE_PAUSE) {
		picture_waiting = true;
		pause_for_device(WAIT_PICTURE);
		return;
	}
	if (result == PICTURE_WAIT || result == PICTURE_READERS) {
		picture_waiting = true;
		if (result == PICTURE_WAIT) wait_for_device(WAIT_PICTURE);
		else wait_for_readers(submission_output());
		return;
	}
	if (exported_output != CORE_NONE && !picture_is_open() && plan_returns_success())
		wait_for_player(exported_output);
}

// ---- surfaces ---------------------------------------------------------------------------------------

/** vaSyncSurface: waits until the picture of the surface is done. */
export function sync_surface(surface: u32): void {
	own_plan(OWNER_CONTEXT);
	wait_for_surface(surface);
}

/** vaQuerySurfaceStatus: takes back what is done, and waits for nothing. */
export function ask_surface(surface: u32): void {
	own_plan(OWNER_CONTEXT);
	ask_for_surface(surface);
}

/** vaExportSurfaceHandle: waits until the picture of the surface is done. */
export function surface_exported(surface: u32): void {
	own_plan(OWNER_CONTEXT);
	wait_for_export(surface);
}

/** One whose picture is damaged or missing, each picture once; CORE_NONE when there is no more. */
export function damaged_surface(): u32 {
	return surfaces_next_damaged(picture_is_open() ? submission_target() : CORE_NONE);
}

/** CORE_SURFACE_*, which share their values with SURFACE_*. */
export function surface_state(surface: u32): u32 {
	if (!picture_is_open()) forget_destroyed();
	const record = surface_find(surface);
	return record == null ? SURFACE_UNKNOWN : record.state;
}

/** The surface is destroyed. */
export function forget_surface(surface: u32): void {
	// The slices to come still go to its memory, which the glue keeps as long.
	if (picture_is_open() && surface == submission_target()) destroyed_target = surface;
	else if (picture_is_open() && surface == submission_output()) destroyed_output = surface;
	else surface_forget(surface);
}

function forget_destroyed(): void {
	surface_forget(destroyed_target);
	surface_forget(destroyed_output);
	destroyed_target = CORE_NONE;
	destroyed_output = CORE_NONE;
}

// ---- what the device says ---------------------------------------------------------------------------

/** The device gave an OUTPUT buffer back. flags: V4L2_BUF_FLAG_*. */
export function output_done(slot: u32, flags: u32): void {
	if (!slot_is_queued(slot)) return;
	silences = 0;
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
	const output = surface_output(record);
	if ((flags & V4L2_BUF_FLAG_ERROR) != 0) spoil(record);
	record.captured = 1;
	finish_whole(record);
	return record.own_memory != 0 ? surface_name(output) : CORE_NONE;
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
	plan_carried_out();
	plan_begin();
	if (owner == OWNER_PICTURE && picture_report()) picture_went(picture_advance());
}

/** After a wait: the token of its plan, and whether the device returned nothing in time. */
export function resume(token: u32, timed_out: bool): void {
	own_plan(OWNER_CONTEXT);
	const waiter = waiter_of(token);
	if (waiter == WAIT_PICTURE || waiter == WAIT_READERS) picture_waiting = false;
	if (waiter == WAIT_READERS) {
		submission_readers_done();
		if (timed_out) plan_remark(CORE_MESSAGE_READERS_SILENT, READERS_MS);
	} else if (timed_out && !lost) {
		if (waiter == WAIT_DESTROY || silences > 0) {
			lose();
			plan_return(VA_STATUS_ERROR_TIMEDOUT, CORE_MESSAGE_DECODER_SILENT, PATIENCE_MS);
			if (waiter == WAIT_DESTROY) destroy_when_idle();
			return;
		}
		restart();
	}
	if (waiter == WAIT_PICTURE || waiter == WAIT_READERS) {
		if (refuse_lost()) return;
		owner = OWNER_PICTURE;
		picture_went(picture_advance());
		return;
	}
	waiter_goes_on(token);
}

/** A wait that is no picture's is over. */
function waiter_goes_on(token: u32): void {
	const waiter = waiter_of(token);
	if (waiter == WAIT_SURFACE || waiter == WAIT_EXPORT) wait_goes_on(token);
	else destroy_when_idle();
}

/**
 * The device has not answered: adds the steps that take everything back and start its queues again. The pictures that it had
 * are missing; references stay bound to their CAPTURE buffers, and the open picture goes on.
 */
function restart(): void {
	silences++;
	start_queues_anew();
	plan_remark(CORE_MESSAGE_DECODER_RESTARTED, PATIENCE_MS);
}

function start_queues_anew(): void {
	plan_step(CORE_OP_STREAM_OFF).queue = CORE_QUEUE_OUTPUT;
	plan_step(CORE_OP_STREAM_OFF).queue = CORE_QUEUE_CAPTURE;
	plan_step(CORE_OP_STREAM_ON).queue = CORE_QUEUE_OUTPUT;
	plan_step(CORE_OP_STREAM_ON).queue = CORE_QUEUE_CAPTURE;
	slot_kept_forget();
	slots_take_back();
	surfaces_give_up(SURFACE_MISSING);
	surfaces_started();
	picture_restarted();
}

// ---- what fails -------------------------------------------------------------------------------------

/** A step of the last plan failed. step: which; error: errno. */
export function step_failed(step: u32, error: u32): void {
	const op = plan_step_op(step);
	const token = plan_token();
	slots_not_carried_out();
	surfaces_not_carried_out();
	// The plan was to end with a wait of this picture's, which does not come.
	if (owner == OWNER_PICTURE) picture_waiting = false;
	const format_refused = owner == OWNER_PICTURE && negotiation_format_refused(op, error);
	plan_begin();
	if (error == ENODEV || error == ENXIO) {
		lose();
		plan_return(VA_STATUS_ERROR_OPERATION_FAILED, CORE_MESSAGE_DEVICE_GONE);
		return;
	}
	// The end of a context. Its pictures are done, and closing the node ends what STREAMOFF could not
	// (v4l2_m2m_ctx_release()): nothing is lost, so nothing is said.
	if (lost && op == CORE_OP_STREAM_OFF) return;
	const of_picture = owner == OWNER_PICTURE && !picture_was_recovering();
	if (of_picture) {
		if (picture_use_own_memory(op, error)) {
			picture_went(PICTURE_DONE);
			return;
		}
		if (picture_step_failed(op, error)) {
			picture_went(picture_advance());
			return;
		}
	} else if (op == CORE_OP_QUEUE_REQUEST) {
		// Nobody but a picture queues requests, except one that was deferred, for somebody who waits.
		start_queues_anew();
		waiter_goes_on(token);
		plan_return(plan_status(), CORE_MESSAGE_STEP_FAILED, op, error);
		return;
	} else {
		lose();
	}
	if (format_refused) negotiation_refuse_format();
	else fail_with(op, error);
	if (of_picture) picture_failed();
}

/** The plan's end for a step that failed for good. */
function fail_with(op: u32, error: u32): void {
	if (error == ENOMEM) {
		plan_return(VA_STATUS_ERROR_ALLOCATION_FAILED, CORE_MESSAGE_NO_MEMORY, op);
	} else if (error == EMFILE || error == ENFILE) {
		plan_return(VA_STATUS_ERROR_ALLOCATION_FAILED, CORE_MESSAGE_NO_DESCRIPTORS, op);
	} else if (error == EXDEV && op == CORE_OP_QUEUE_CAPTURE) {
		plan_return(VA_STATUS_ERROR_INVALID_SURFACE, CORE_MESSAGE_SURFACE_MEMORY, submission_target());
	} else {
		plan_return(VA_STATUS_ERROR_OPERATION_FAILED, CORE_MESSAGE_STEP_FAILED, op, error);
	}
}

/** Nothing more is asked of the device: what is in flight counts as failed. */
function lose(): void {
	lost = true;
	surfaces_give_up(SURFACE_LOST);
}

/** What is so only once the plan before has been carried out. */
function plan_carried_out(): void {
	slots_carried_out();
	surfaces_carried_out();
	negotiation_carried_out();
	if (!picture_is_open()) forget_destroyed();
}

/** Opens the plan that answers a new event: the plan before has been carried out, or failed and was cleaned up. */
function own_plan(by: u32): void {
	plan_carried_out();
	owner = by;
	plan_begin();
}
