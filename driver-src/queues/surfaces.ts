// SPDX-License-Identifier: MIT
/**
 * What one VAContext knows of the surfaces it decoded to: which CAPTURE buffer each is bound to, the timestamp
 * that names it as a reference, and whether its picture is done.
 *
 * A reference is found by the kernel among the buffers of the CAPTURE queue by timestamp (vb2_find_buffer), so a
 * surface keeps its buffer index for as long as a picture may refer to it; an index is taken away only from the
 * surface used longest ago that the current picture does not name and that the device is not writing to.
 */
import { CORE_MAX_CAPTURE_BUFFERS, CORE_NONE } from "../abi/exchange";

/** Players own more surfaces than a queue has buffers; a record outlives the binding so that its state can be asked. */
export const SURFACE_RECORDS: u32 = 128; // a power of two, for the tokens of waiting.ts
const RECORDS: usize = memory.data(SURFACE_RECORDS * offsetof<SurfaceRecord>(), 8);

/** Where surfaces were found last, by the low bits of their ids: a picture asks for each of its references several times. */
const HINT_COUNT: u32 = 256;
const HINTS: usize = memory.data(HINT_COUNT, 4);

/** Stands in for a surface that was destroyed while the device wrote to it. */
const FORGOTTEN: u32 = CORE_NONE - 1;

export const SURFACE_UNKNOWN: u32 = 0;
export const SURFACE_PENDING: u32 = 1;
export const SURFACE_READY: u32 = 2;
export const SURFACE_DAMAGED: u32 = 3;
export const SURFACE_MISSING: u32 = 4;
export const SURFACE_LOST: u32 = 5;

/** One surface. `surface` is CORE_NONE while the record is free. */
@unmanaged
export class SurfaceRecord {
	/** ns; 0 while no picture was decoded to it since it was bound. */
	timestamp: u64;
	/** 16 bytes of the codec's own: surface_codec_memory(). */
	codec_memory: u64;
	codec_memory_end: u64;
	surface: u32;
	/** CAPTURE buffer, CORE_NONE when not bound. */
	index: u32;
	/** SURFACE_*. */
	state: u32;
	/** What became of the picture that was in it before. */
	state_before: u32;
	/** The CAPTURE buffer is held for the second field or the next slice. */
	held: u32;
	/** Which picture of the context used it last, as target or as reference. */
	last_use: u32;
	/** Counts the pictures decoded to it, so that a wait can tell its own from a later one. */
	generation: u32;
	/** A part of it failed or will never come: its picture is bad, whatever the device says at the end. */
	spoiled: u32;
	/** The device flagged a part of it, and nobody has been told yet. */
	flagged: u32;
	/** It is damaged or missing, and the glue has not asked for it yet. */
	untold: u32;
	/** The device writes to memory of the CAPTURE buffer's own, which is copied to the surface when it is done. */
	own_memory: u32;
	/** While the device writes to another surface's memory: the position of that surface's record. CORE_NONE: to its own. */
	output: u32;
	/** The CAPTURE buffer is back; OUTPUT buffers of the picture may not be. */
	captured: u32;

	// ---- session/player.ts
	/** The player has had an export of it. */
	player_exported: u32;
	/** The player has waited for the picture that is in it. */
	player_waited: u32;
	/** Whether that picture was exported, and waited for then. */
	player_shown: u32;
	/** How many of the last pictures were exported after their own vaEndPicture (at most 2). */
	player_anew: u32;
	/** What became of the earlier pictures. */
	player_past: u32;
	/** The picture that is in it is none to look at. */
	player_hidden: u32;
}

/** For each CAPTURE buffer, the surface whose memory it was queued with last, */
const MEMORIES: usize = memory.data(CORE_MAX_CAPTURE_BUFFERS * 4, 4);
/** and the picture that named it last, where it was taken from a surface because of other memory; 0 elsewhere. */
const USES: usize = memory.data(CORE_MAX_CAPTURE_BUFFERS * 4, 4);
/** Memory of the CAPTURE buffer's own. */
const OWN_MEMORY: u32 = CORE_NONE - 2;
/** More pictures than can be in flight. */
const IN_FLIGHT: u32 = 16;

let capture_count: u32 = 0;
let pending_count: u32 = 0;
let picture_number: u32 = 0;
/** How often the queues were set up or started anew. */
let starts: u32 = 0;
/** Whether there may be a record that is untold. */
let any_untold: bool = false;
/** The position of the record whose held CAPTURE buffer the plan at hand releases. */
let releasing: u32 = CORE_NONE;

function record_at(position: u32): SurfaceRecord {
	return changetype<SurfaceRecord>(RECORDS + <usize>position * offsetof<SurfaceRecord>());
}

/** All surfaces forgotten. */
export function surfaces_reset(): void {
	for (let i: u32 = 0; i < SURFACE_RECORDS; i++) release(record_at(i));
	capture_count = 0;
	pending_count = 0;
	picture_number = 0;
	releasing = CORE_NONE;
}

/** Forgets everything but the generation: a token of an earlier surface of this record must not fit a later one. */
function release(record: SurfaceRecord): void {
	const generation = record.generation;
	memory.fill(changetype<usize>(record), 0, offsetof<SurfaceRecord>());
	record.generation = generation;
	record.surface = CORE_NONE;
	record.index = CORE_NONE;
	record.output = CORE_NONE;
}

/** The CAPTURE queue was set up anew with `count` buffers: earlier pictures can no longer be references. */
export function surfaces_rebind(count: u32): void {
	capture_count = min<u32>(count, CORE_MAX_CAPTURE_BUFFERS);
	starts++;
	pending_count = 0;
	releasing = CORE_NONE;
	for (let index: u32 = 0; index < CORE_MAX_CAPTURE_BUFFERS; index++) {
		store<u32>(MEMORIES + ((<usize>index) << 2), CORE_NONE);
		store<u32>(USES + ((<usize>index) << 2), 0);
	}
	for (let i: u32 = 0; i < SURFACE_RECORDS; i++) {
		const record = record_at(i);
		record.index = CORE_NONE;
		record.timestamp = 0;
		record.held = 0;
		record.output = CORE_NONE;
		memory.fill(surface_codec_memory(record), 0, CODEC_MEMORY_SIZE);
		record.own_memory = 0;
		if (record.state == SURFACE_PENDING) surface_is(record, SURFACE_MISSING);
	}
}

/** The queues were stopped and start again. The surfaces keep their CAPTURE buffers. */
export function surfaces_started(): void {
	starts++;
}

/**
 * Grows whenever the queues start anew: what a kernel driver keeps between pictures, other than the buffers, is gone then
 * (rkvdec_vp9_stop()).
 */
export function surfaces_starts(): u32 {
	return starts;
}

/** How many surfaces the device is writing to (or holds). */
export function surfaces_pending(): u32 {
	return pending_count;
}

/** The record's place in the table, for wait tokens. */
export function surface_position(record: SurfaceRecord): u32 {
	return <u32>((changetype<usize>(record) - RECORDS) / offsetof<SurfaceRecord>());
}

/** The record at a place, whatever surface it belongs to by now. */
export function surface_at(position: u32): SurfaceRecord {
	assert(position < SURFACE_RECORDS, "surface record out of range");
	return record_at(position);
}

/** The record of a surface, or null when this context knows nothing of it. */
export function surface_find(surface: u32): SurfaceRecord | null {
	if (surface == CORE_NONE) return null;
	const hint = HINTS + (surface & (HINT_COUNT - 1));
	const found = record_at(load<u8>(hint));
	if (found.surface == surface) return found;
	for (let i: u32 = 0; i < SURFACE_RECORDS; i++) {
		const record = record_at(i);
		if (record.surface != surface) continue;
		store<u8>(hint, i);
		return record;
	}
	return null;
}

/** Opens the next picture in decoding order: what it names from now on is in use. */
export function surfaces_next_picture(): void {
	picture_number++;
}

/** The current picture names this surface. */
export function surface_use(surface: u32): void {
	const record = surface_find(surface);
	if (record != null) record.last_use = picture_number;
}

/** The record of a surface, made if need be; null when every record belongs to a picture in flight. */
export function surface_acquire(surface: u32): SurfaceRecord | null {
	const known = surface_find(surface);
	if (known != null) {
		known.last_use = picture_number;
		return known;
	}
	const record = least_used(false);
	if (record == null) return null;
	release(record);
	record.surface = surface;
	record.last_use = picture_number;
	return record;
}

/** Gives the surface a CAPTURE buffer if it has none; false when all are in use by this picture or in flight. */
export function surface_bind(record: SurfaceRecord): bool {
	if (record.index != CORE_NONE) return true;
	let index = free_index();
	if (index == CORE_NONE) {
		const victim = least_used(true);
		if (victim == null) return false;
		index = victim.index;
		victim.index = CORE_NONE;
		victim.timestamp = 0;
	}
	record.index = index;
	return true;
}

/**
 * The CAPTURE buffer of a surface is to be queued with the memory of `output`. A buffer that gets other memory loses its timestamp
 * (vb2: __prepare_dmabuf()), by which pictures in flight may name the picture in it: then the surface gets another buffer, which none
 * of them names. False: there is none yet.
 */
export function surface_takes_memory(record: SurfaceRecord, output: SurfaceRecord): bool {
	const wanted = record.own_memory != 0 ? OWN_MEMORY : output.surface;
	const place = MEMORIES + ((<usize>record.index) << 2);
	const there = load<u32>(place);
	if (record.timestamp != 0 && there != wanted && pending_count > 0) {
		const index = unnamed_index();
		if (index == CORE_NONE) return false;
		store<u32>(USES + ((<usize>record.index) << 2), picture_number);
		record.index = index;
		record.timestamp = 0;
	}
	store<u32>(MEMORIES + ((<usize>record.index) << 2), wanted);
	return true;
}

/** The CAPTURE buffer of a surface is queued with memory of its own, now and whenever the surface is decoded to. */
export function surface_takes_own_memory(record: SurfaceRecord): void {
	record.own_memory = 1;
	store<u32>(MEMORIES + ((<usize>record.index) << 2), OWN_MEMORY);
}

/** The memory of a surface is in no CAPTURE buffer that is known: another surface may get its name. */
function forget_memory(surface: u32): void {
	for (let index: u32 = 0; index < capture_count; index++) {
		const place = MEMORIES + ((<usize>index) << 2);
		if (load<u32>(place) == surface) store<u32>(place, CORE_NONE);
	}
}

/** Whether a picture in flight may name the picture in a CAPTURE buffer that belongs to no surface any more. */
function may_be_named(index: u32): bool {
	const last = load<u32>(USES + ((<usize>index) << 2));
	return last != 0 && pending_count > 0 && last + IN_FLIGHT >= picture_number;
}

/** A CAPTURE buffer that no picture in flight names, taken from the surface that used it if need be; CORE_NONE when there is none. */
function unnamed_index(): u32 {
	const free = free_index();
	if (free != CORE_NONE) return free;
	const victim = least_used(true);
	if (victim == null || victim.last_use + IN_FLIGHT >= picture_number) return CORE_NONE;
	const index = victim.index;
	victim.index = CORE_NONE;
	victim.timestamp = 0;
	return index;
}

function used_indices(): u32 {
	let used: u32 = 0;
	for (let i: u32 = 0; i < SURFACE_RECORDS; i++) {
		const index = record_at(i).index;
		if (index < 32) used |= (<u32>1) << index;
	}
	return used;
}

function free_index(): u32 {
	const used = used_indices();
	for (let index: u32 = 0; index < capture_count; index++) {
		if ((used & ((<u32>1) << index)) == 0 && !may_be_named(index)) return index;
	}
	return CORE_NONE;
}

/** The record used longest ago that may be taken: not in flight, not named by the current picture. */
function least_used(bound: bool): SurfaceRecord | null {
	let best: SurfaceRecord | null = null;
	for (let i: u32 = 0; i < SURFACE_RECORDS; i++) {
		const record = record_at(i);
		if (!bound && record.surface == CORE_NONE) return record;
		if (bound && record.index == CORE_NONE) continue;
		if (record.state == SURFACE_PENDING || record.last_use == picture_number) continue;
		if (best == null || record.last_use < best.last_use) best = record;
	}
	return best;
}

/** A picture for this surface is on its way to the device, and to the surface that it writes to. */
export function surface_submitted(record: SurfaceRecord, timestamp: u64, held: bool): void {
	if (record.output != CORE_NONE) surface_is_submitted(record_at(record.output), timestamp);
	surface_is_submitted(record, timestamp);
	record.held = held ? 1 : 0;
}

function surface_is_submitted(record: SurfaceRecord, timestamp: u64): void {
	record.timestamp = timestamp;
	if (record.state == SURFACE_PENDING) return;
	record.state_before = record.state;
	record.state = SURFACE_PENDING;
	record.generation++;
	record.spoiled = 0;
	record.flagged = 0;
	record.untold = 0;
	record.captured = 0;
	pending_count++;
}

/** The picture's samples go to this surface's memory. It then has the picture's state, and whoever waits for it waits for both. */
export function surface_writes_to(record: SurfaceRecord, output: SurfaceRecord): void {
	record.output = output == record ? CORE_NONE : surface_position(output);
}

/** The record of the surface whose memory gets the samples. */
export function surface_output(record: SurfaceRecord): SurfaceRecord {
	return record.output == CORE_NONE ? record : record_at(record.output);
}

/** The device is done with it, well or not. */
export function surface_finished(record: SurfaceRecord, failed: bool): void {
	if (record.output != CORE_NONE) {
		const output = record_at(record.output);
		record.output = CORE_NONE;
		output.spoiled = record.spoiled;
		output.flagged = record.flagged;
		surface_is_finished(output, failed);
	}
	surface_is_finished(record, failed);
}

/** Nothing of its picture goes to the device: it is missing, or will never come. */
export function surface_fails(record: SurfaceRecord, missing: bool): void {
	surface_is(record, missing ? SURFACE_MISSING : SURFACE_LOST);
}

function surface_is_finished(record: SurfaceRecord, failed: bool): void {
	if (record.state == SURFACE_PENDING) pending_count--;
	surface_is(record, failed ? SURFACE_MISSING : record.spoiled != 0 ? SURFACE_DAMAGED : SURFACE_READY);
	record.held = 0;
}

function surface_is(record: SurfaceRecord, state: u32): void {
	record.state = state;
	const untold = state == SURFACE_DAMAGED || state == SURFACE_MISSING;
	record.untold = untold ? 1 : 0;
	if (untold) any_untold = true;
}

/**
 * A surface whose picture is damaged or missing, each picture once; CORE_NONE when there is no more. open: the surface of a
 * picture that is being put together, whose earlier picture is of no interest any more.
 */
export function surfaces_next_damaged(open: u32): u32 {
	if (!any_untold) return CORE_NONE;
	for (let i: u32 = 0; i < SURFACE_RECORDS; i++) {
		const record = record_at(i);
		if (record.untold == 0) continue;
		record.untold = 0;
		if (record.surface != FORGOTTEN && record.surface != open) return record.surface;
	}
	any_untold = false;
	return CORE_NONE;
}

/** The surface in flight that owns a CAPTURE buffer, or null. */
export function surface_of_index(index: u32): SurfaceRecord | null {
	for (let i: u32 = 0; i < SURFACE_RECORDS; i++) {
		const record = record_at(i);
		if (record.index == index && record.state == SURFACE_PENDING) return record;
	}
	return null;
}

/** The surface of a record; CORE_NONE when it was destroyed meanwhile. */
export function surface_name(record: SurfaceRecord): u32 {
	return record.surface == FORGOTTEN ? CORE_NONE : record.surface;
}

/** A surface whose CAPTURE buffer is held, or null. There is at most one: decoding is in order. */
export function surface_held(): SurfaceRecord | null {
	for (let i: u32 = 0; i < SURFACE_RECORDS; i++) {
		const record = record_at(i);
		if (record.state == SURFACE_PENDING && record.held != 0) return record;
	}
	return null;
}

/** A step of the plan at hand has the device give back the CAPTURE buffer that it holds for this surface. */
export function surface_releases(record: SurfaceRecord): void {
	record.held = 0;
	releasing = surface_position(record);
}

/** The plan at hand was carried out. */
export function surfaces_carried_out(): void {
	releasing = CORE_NONE;
}

/** A step of the plan at hand failed: the device may hold the CAPTURE buffer still, and it is released once more. */
export function surfaces_not_carried_out(): void {
	if (releasing != CORE_NONE && record_at(releasing).state == SURFACE_PENDING)
		record_at(releasing).held = 1;
	releasing = CORE_NONE;
}

/** Nothing comes of what is in flight: SURFACE_MISSING where the context goes on, SURFACE_LOST where it does not. */
export function surfaces_give_up(state: u32): void {
	for (let i: u32 = 0; i < SURFACE_RECORDS; i++) {
		const record = record_at(i);
		if (record.state != SURFACE_PENDING) continue;
		record.held = 0;
		record.output = CORE_NONE;
		surface_is(record, state);
	}
	pending_count = 0;
}

/** The surface is destroyed; CORE_NONE is none. While the device still writes to it, its buffer index stays taken. */
export function surface_forget(surface: u32): void {
	if (surface == CORE_NONE) return;
	forget_memory(surface);
	const record = surface_find(surface);
	if (record == null) return;
	if (record.state == SURFACE_PENDING) {
		record.surface = FORGOTTEN;
		return;
	}
	release(record);
}

/** Bytes of a surface's codec memory. */
export const CODEC_MEMORY_SIZE: u32 = 16;

/** What a codec remembers of the picture in a surface: 16 bytes, all 0 until the codec writes them. They go with the record. */
export function surface_codec_memory(record: SurfaceRecord): usize {
	return changetype<usize>(record) + offsetof<SurfaceRecord>("codec_memory");
}
