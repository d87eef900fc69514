// SPDX-License-Identifier: MIT
/**
 * The OUTPUT buffers of one VAContext, each with a request of its own: free, being filled, with the device, being emptied, or kept with
 * what the device has decoded, in case that it must do so again.
 *
 * A slot that a step empties is free once the plan was carried out. If the plan failed, it may hold what was appended to it: then it
 * has to be emptied first.
 */
import { CORE_MAX_OUTPUT_SLOTS, CORE_NONE } from "../abi/exchange";

const FREE: u8 = 0;
const FILLING: u8 = 1;
const QUEUED: u8 = 2;
/** By a step of the plan at hand. */
const EMPTYING: u8 = 3;
const STALE: u8 = 4;
/** The device has given it back, and it still holds what was appended. */
const KEPT: u8 = 5;

const STATES: usize = memory.data(CORE_MAX_OUTPUT_SLOTS, 8);
/** 1: the device still has it, with what stays in it, and nobody wants that any more: it must be emptied then. */
const UNWANTED: usize = memory.data(CORE_MAX_OUTPUT_SLOTS, 8);
/** Bytes that fit. */
const LENGTHS: usize = memory.data(CORE_MAX_OUTPUT_SLOTS * 4, 8);
/** surface_position() of the picture a queued slot belongs to. */
const SURFACES: usize = memory.data(CORE_MAX_OUTPUT_SLOTS * 4, 8);

let slot_count: u32 = 0;
/** The slot that is kept, or will be when the device gives it back; CORE_NONE when none is. */
let kept: u32 = CORE_NONE;

/** No slots. */
export function slots_reset(): void {
	slot_count = 0;
	kept = CORE_NONE;
}

/** `count` new buffers of `length` bytes from index `first` on. */
export function slots_add(first: u32, count: u32, length: u32): void {
	for (let slot = first; slot < min<u32>(first + count, CORE_MAX_OUTPUT_SLOTS); slot++) {
		store<u8>(STATES + slot, FREE);
		store<u8>(UNWANTED + slot, 0);
		store<u32>(LENGTHS + slot * 4, length);
		if (slot >= slot_count) slot_count = slot + 1;
	}
}

/** How many OUTPUT buffers there are, in whatever state. */
export function slots_count(): u32 {
	return slot_count;
}

/** Takes the largest free slot to fill; CORE_NONE when there is none. */
export function slot_acquire(): u32 {
	let best: u32 = CORE_NONE;
	for (let slot: u32 = 0; slot < slot_count; slot++) {
		if (load<u8>(STATES + slot) != FREE) continue;
		if (best == CORE_NONE || slot_length(slot) > slot_length(best)) best = slot;
	}
	if (best != CORE_NONE) store<u8>(STATES + best, FILLING);
	return best;
}

/** Bytes that fit into a slot; 0 for CORE_NONE. */
export function slot_length(slot: u32): u32 {
	return slot < slot_count ? load<u32>(LENGTHS + slot * 4) : 0;
}

/** How many slots, queued ones included, hold at least `length` bytes. */
export function slots_reaching(length: u32): u32 {
	let count: u32 = 0;
	for (let slot: u32 = 0; slot < slot_count; slot++) {
		if (slot_length(slot) >= length) count++;
	}
	return count;
}

/** The slot goes to the device, for the surface whose record is at `position`. */
export function slot_queue(slot: u32, position: u32): void {
	store<u8>(STATES + slot, QUEUED);
	store<u32>(SURFACES + slot * 4, position);
}

/** What is in the slot, which the device has, stays when it gives it back. */
export function slot_keep(slot: u32): void {
	kept = slot;
}

/** The slot that slot_keep() named, or CORE_NONE. */
export function slot_kept(): u32 {
	return kept;
}

/** It goes to the device once more, and is free after that. */
export function slot_kept_again(): void {
	kept = CORE_NONE;
}

/** Nobody needs it any more. It must be emptied before it can be used. */
export function slot_kept_forget(): void {
	if (kept == CORE_NONE) return;
	if (slot_is_queued(kept)) store<u8>(UNWANTED + kept, 1);
	else store<u8>(STATES + kept, STALE);
	kept = CORE_NONE;
}

/** The slot is free again, or stays as it is where it is kept. */
export function slot_release(slot: u32): void {
	if (slot >= slot_count) return;
	const unwanted = load<u8>(UNWANTED + slot) != 0;
	store<u8>(STATES + slot, slot == kept ? KEPT : unwanted ? STALE : FREE);
	store<u8>(UNWANTED + slot, 0);
}

/** A step of the plan at hand empties the slot. */
export function slot_empties(slot: u32): void {
	if (slot < slot_count) store<u8>(STATES + slot, EMPTYING);
}

/** The plan at hand was carried out. */
export function slots_carried_out(): void {
	replace_states(EMPTYING, FREE);
}

/** A step of the plan at hand failed. */
export function slots_not_carried_out(): void {
	replace_states(EMPTYING, STALE);
}

/** A slot that must be emptied before it can be used; CORE_NONE when there is none. */
export function slot_stale(): u32 {
	for (let slot: u32 = 0; slot < slot_count; slot++) {
		if (load<u8>(STATES + slot) == STALE) return slot;
	}
	return CORE_NONE;
}

function replace_states(from: u8, to: u8): void {
	for (let slot: u32 = 0; slot < slot_count; slot++) {
		if (load<u8>(STATES + slot) == from) store<u8>(STATES + slot, to);
	}
}

/** The device has none of them any more. */
export function slots_take_back(): void {
	for (let slot: u32 = 0; slot < slot_count; slot++) {
		if (slot_is_queued(slot)) slot_release(slot);
	}
}

/** Whether the device has it. */
export function slot_is_queued(slot: u32): bool {
	return slot < slot_count && load<u8>(STATES + slot) == QUEUED;
}

/** surface_position() of the picture that a queued slot belongs to. */
export function slot_surface(slot: u32): u32 {
	return load<u32>(SURFACES + slot * 4);
}

/** Whether the device has a slot of the picture whose surface record is at `position`. */
export function slots_hold(position: u32): bool {
	for (let slot: u32 = 0; slot < slot_count; slot++) {
		if (load<u8>(STATES + slot) == QUEUED && slot_surface(slot) == position) return true;
	}
	return false;
}

/** How many slots the device has. */
export function slots_queued(): u32 {
	let count: u32 = 0;
	for (let slot: u32 = 0; slot < slot_count; slot++) {
		if (load<u8>(STATES + slot) == QUEUED) count++;
	}
	return count;
}
