// SPDX-License-Identifier: MIT
/**
 * Who waits for what, and until when.
 *
 * A wait is the end of a plan (CORE_THEN_WAIT) with a token, which comes back with context_resume(). Other calls may come
 * in between, so the token names the picture that was waited for, not only its surface: whoever waited for a picture is not
 * held up by a later one in the same surface.
 */
import { CORE_MESSAGE_NONE, CORE_MESSAGE_PICTURE_FLAGGED, CORE_NONE } from "../abi/exchange";
import { VA_STATUS_ERROR_DECODING_ERROR, VA_STATUS_SUCCESS } from "../abi/va";
import { plan_pause, plan_return, plan_wait, plan_wait_readers } from "../boundary/plan";
import { slots_queued } from "../queues/slots";
import {
	SURFACE_DAMAGED,
	SURFACE_LOST,
	SURFACE_MISSING,
	SURFACE_PENDING,
	SURFACE_RECORDS,
	SurfaceRecord,
	surface_at,
	surface_find,
	surface_position,
	surfaces_pending,
} from "../queues/surfaces";
import {
	player_exports,
	player_hears_later,
	player_holds_export,
	player_waits,
	player_will_wait,
} from "./player";
import { release_held, submission_queue_deferred, submission_stalls } from "./submission";

/** Who waits. */
export const WAIT_PICTURE: u32 = 1; // the picture that is being put together
export const WAIT_SURFACE: u32 = 2; // the player, for a finished picture
export const WAIT_DESTROY: u32 = 3; // the end of the context
export const WAIT_EXPORT: u32 = 4; // the player, for a finished picture that it then looks at
export const WAIT_READERS: u32 = 5; // the picture that is being put together, for those who read its surface

/** A picture takes tens of milliseconds, and kernel watchdogs (hantro, rkvdec, cedrus: 2 s) answer for hardware that hangs. */
export const PATIENCE_MS: u32 = 3000;

/** GPUs read a picture in milliseconds. One that hangs must not hang the film, too: then the picture is decoded all the same. */
export const READERS_MS: u32 = 1000;

/** How long a device that answers EBUSY is left alone before it is asked again. */
const PAUSE_MS: u32 = 50;

/** A token: who waits above 20 bits of the record's generation above the record's position. */
const WAITER_SHIFT: u32 = 28;
const GENERATION_SHIFT: u32 = 8;
const GENERATION_MASK: u32 = 0xfffff;
const POSITION_MASK: u32 = SURFACE_RECORDS - 1;

/** A picture that is damaged or missing fails the calls that wait for it (LIBVA_V4L2_REQUEST_STRICT). */
let strict: bool = false;

/** For a new context. */
export function waiting_reset(as_strict: bool): void {
	strict = as_strict;
}

/** WAIT_* of a token. */
export function waiter_of(token: u32): u32 {
	return token >>> WAITER_SHIFT;
}

/** Names the picture that a surface holds now. */
function surface_token(record: SurfaceRecord, waiter: u32): u32 {
	const generation = record.generation & GENERATION_MASK;
	return (waiter << WAITER_SHIFT) | (generation << GENERATION_SHIFT) | surface_position(record);
}

/** Whether the device has anything to give back. */
export function device_has_work(): bool {
	return surfaces_pending() > 0 || slots_queued() > 0;
}

/** Ends the plan with a wait for those who read the surface's memory. */
export function wait_for_readers(surface: u32): void {
	plan_wait_readers(WAIT_READERS << WAITER_SHIFT, READERS_MS, surface);
}

/** Ends the plan with a wait for the next buffer that the device gives back. waiter: WAIT_PICTURE or WAIT_DESTROY. */
export function wait_for_device(waiter: u32): void {
	wait_with(waiter << WAITER_SHIFT, CORE_NONE);
}

/** Ends the plan with a pause, after which a device that was busy is asked again. */
export function pause_for_device(waiter: u32): void {
	plan_pause(waiter << WAITER_SHIFT, PAUSE_MS);
}

/**
 * With no request left to complete, a held CAPTURE buffer is all there is to wait for: an unpaired field may stay alone, so
 * the buffer is released as it is.
 */
function wait_with(token: u32, surface: u32): void {
	submission_queue_deferred(surface);
	if (slots_queued() == 0) release_held();
	plan_wait(token, PATIENCE_MS, surface);
}

/** The same for the picture that a surface holds now. */
function wait_for_picture(record: SurfaceRecord, waiter: u32): void {
	wait_with(surface_token(record, waiter), record.surface);
}

/**
 * vaSyncSurface, vaGetImage and their like: ends the plan with a wait while the picture is not finished. A damaged or missing one
 * is a picture to show, which is said: players give up hardware decoding for the whole film when a call fails. One that will
 * never come is a DECODING_ERROR.
 */
export function wait_for_surface(surface: u32): void {
	const record = surface_find(surface);
	if (record == null) return;
	player_waits(record);
	wait_until_done(record);
}

/** The same for a player that asks how far the picture is: of whether it waits for its pictures, that says nothing. */
export function ask_for_surface(surface: u32): void {
	const record = surface_find(surface);
	if (record != null) wait_until_done(record);
}

/** The same for a picture that is exported. A strict context lets players hear of a bad one from the vaSyncSurface that they call next. */
export function wait_for_export(surface: u32): void {
	const record = surface_find(surface);
	if (record == null) return;
	player_exports(record);
	finish_export(record);
}

/** vaEndPicture, where the player holds an export: the driver waits, unless this player is known to. */
export function wait_for_player(surface: u32): void {
	const record = surface_find(surface);
	if (record == null) return;
	player_holds_export(record);
	if (player_will_wait(record) || record.state != SURFACE_PENDING || record.held != 0) return;
	wait_for_picture(record, WAIT_SURFACE);
}

/**
 * A wait for a surface is over. A surface that was decoded to again since is not waited for: its earlier picture is done, and what became of
 * it is the answer.
 */
export function wait_goes_on(token: u32): void {
	const record = surface_at(token & POSITION_MASK);
	const later = (record.generation - (token >>> GENERATION_SHIFT)) & GENERATION_MASK;
	if (later == 1) plan_return(status_of(record.state_before));
	if (later != 0) return;
	if (waiter_of(token) == WAIT_EXPORT) finish_export(record);
	else wait_until_done(record);
}

function finish_export(record: SurfaceRecord): void {
	if (submission_stalls(record)) return;
	if (record.state == SURFACE_PENDING) wait_for_picture(record, WAIT_EXPORT);
	else if (!strict || !player_hears_later()) wait_until_done(record);
}

/** What a call that waits for a picture returns when this has become of it. */
function status_of(state: u32): u32 {
	const bad = state == SURFACE_DAMAGED || state == SURFACE_MISSING;
	return state == SURFACE_LOST || (bad && strict) ? VA_STATUS_ERROR_DECODING_ERROR : VA_STATUS_SUCCESS;
}

/** Of a picture that is not ended there is nothing to wait for once its slices so far are decoded. */
function wait_until_done(record: SurfaceRecord): void {
	if (submission_stalls(record)) return;
	if (record.state == SURFACE_PENDING) {
		wait_for_picture(record, WAIT_SURFACE);
		return;
	}
	plan_return(
		status_of(record.state),
		record.flagged != 0 ? CORE_MESSAGE_PICTURE_FLAGGED : CORE_MESSAGE_NONE,
	);
	record.flagged = 0; // said once
}
