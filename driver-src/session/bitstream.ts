// SPDX-License-Identifier: MIT
/**
 * The OUTPUT buffer that is being filled.
 *
 *   take a slot -> append -> [does not fit: move to a larger slot, or have larger ones made -> append]
 *
 * A slot keeps what was appended until it is submitted, cleared or moved, so all that bitstream_append() was given for a
 * picture, or for a slice of a slice-based device, lies in one buffer in that order.
 */
import {
	CORE_MAX_BUFFER_SIZE,
	CORE_MAX_OUTPUT_SLOTS,
	CORE_NONE,
	CORE_OP_APPEND,
	CORE_OP_CLEAR_SLOT,
	CORE_OP_CREATE_BUFFERS,
	CORE_OP_MOVE_SLOT,
	core_buffers,
} from "../abi/exchange";
import { ENOSPC } from "../abi/v4l2";
import { input_address } from "../boundary/areas";
import { plan_report, plan_step } from "../boundary/plan";
import {
	slot_acquire,
	slot_empties,
	slot_length,
	slot_release,
	slot_stale,
	slots_add,
	slots_count,
	slots_reaching,
} from "../queues/slots";

/** What bitstream_advance() left in the plan. */
export const BITSTREAM_DONE: u32 = 0; // the step that appends
export const BITSTREAM_REPORT: u32 = 1; // a plan that reports
export const BITSTREAM_WAIT: u32 = 2; // the caller waits for the device, then advances again
export const BITSTREAM_TOO_LARGE: u32 = 3; // nothing: no buffer of the device can be as large

const STAGE_APPENDED: u32 = 0;
const STAGE_SLOT: u32 = 1;
const STAGE_APPEND: u32 = 2;
const STAGE_LARGER: u32 = 3;
const STAGE_GROWN: u32 = 4;

/** Buffers added at once when a picture outgrows them. */
const GROWTH: u32 = 2;
/** Do not grow beyond this many large buffers: wait for one. */
const LARGE_ENOUGH: u32 = 6;
/** Keep this many unused, for pictures that fit into none. */
const GROWTH_RESERVE: u32 = 4;

let stage: u32 = STAGE_APPENDED;
/** CORE_NONE while nothing was appended. */
let slot: u32 = CORE_NONE;
/** Bytes in the slot. */
let filled: u32 = 0;
/** There was no memory for larger buffers. */
let may_not_grow: bool = false;
/** The piece at hand: bytes of linear memory, and then a part of the VA data buffer. */
let prefix: usize = 0;
let prefix_size: u32 = 0;
let data_offset: u32 = 0;
let data_size: u32 = 0;

/** For a new picture. What the last one left in a slot must have been submitted or cleared. */
export function bitstream_begin(): void {
	slot = CORE_NONE;
	may_not_grow = false;
}

/** The slot that holds what was appended; CORE_NONE when nothing was. */
export function bitstream_slot(): u32 {
	return slot;
}

/** Where the next piece will lie in the OUTPUT buffer: a larger one keeps the places. */
export function bitstream_place(): u32 {
	return slot == CORE_NONE ? 0 : filled;
}

/** The slot is the device's, or was lost with its queue: the next piece goes to another. */
export function bitstream_leave(): void {
	slot = CORE_NONE;
}

/** Adds the step that empties the slot, and gives it back. */
export function bitstream_clear(): void {
	if (slot == CORE_NONE) return;
	clear(slot);
	slot = CORE_NONE;
}

/** Adds the steps that empty what an earlier plan that failed has left, and what was kept in vain. */
export function bitstream_clean(): void {
	for (let stale = slot_stale(); stale != CORE_NONE; stale = slot_stale()) clear(stale);
}

function clear(filled_slot: u32): void {
	plan_step(CORE_OP_CLEAR_SLOT).slot = filled_slot;
	slot_empties(filled_slot);
}

/** Takes up a piece: `front_size` bytes of linear memory at `front`, then `size` bytes at `offset` of the VA data buffer. */
export function bitstream_append(front: usize, front_size: u32, offset: u32, size: u32): void {
	prefix = front;
	prefix_size = front_size;
	data_offset = offset;
	data_size = size;
	stage = STAGE_SLOT;
}

/** Goes on until the piece is appended or the device is needed. Returns BITSTREAM_*. */
export function bitstream_advance(): u32 {
	while (true) {
		switch (stage) {
			case STAGE_SLOT: {
				if (<u64>bitstream_place() + prefix_size + data_size > CORE_MAX_BUFFER_SIZE)
					return BITSTREAM_TOO_LARGE;
				if (slot == CORE_NONE) {
					slot = slot_acquire();
					filled = 0;
				}
				if (slot == CORE_NONE) return wait_for_slot();
				stage = STAGE_APPEND;
				break;
			}
			case STAGE_APPEND: {
				const step = plan_step(CORE_OP_APPEND);
				step.slot = slot;
				step.address = <u32>prefix;
				step.size = prefix_size;
				step.data_offset = data_offset;
				step.data_size = data_size;
				filled += step.size + data_size;
				stage = STAGE_APPENDED;
				return BITSTREAM_DONE;
			}
			case STAGE_LARGER: {
				const larger = slot_acquire();
				if (larger != CORE_NONE && slot_length(larger) >= wanted_length()) {
					const step = plan_step(CORE_OP_MOVE_SLOT);
					step.slot = slot;
					step.index = larger;
					slot_empties(slot);
					slot = larger;
					stage = STAGE_APPEND;
					break;
				}
				slot_release(larger);
				if (may_grow()) {
					const step = plan_step(CORE_OP_CREATE_BUFFERS);
					step.count = min<u32>(GROWTH, slots_left());
					step.size = larger_length();
					stage = STAGE_GROWN;
					plan_report();
					return BITSTREAM_REPORT;
				}
				// The device has all that are large enough.
				return slots_reaching(wanted_length()) > 0 ? wait_for_slot() : BITSTREAM_TOO_LARGE;
			}
			default:
				return BITSTREAM_DONE;
		}
	}
}

/** The device may have given back slots that must be emptied only. */
function wait_for_slot(): u32 {
	if (slot_stale() == CORE_NONE) return BITSTREAM_WAIT;
	bitstream_clean();
	plan_report();
	return BITSTREAM_REPORT;
}

/** Takes the result of CREATE_BUFFERS, in the input area. */
export function bitstream_report(): void {
	if (stage != STAGE_GROWN) return;
	const buffers = changetype<core_buffers>(input_address());
	slots_add(buffers.first, buffers.count, buffers.length);
	stage = STAGE_LARGER;
}

/** A step failed. True: bitstream_advance() tries another way. */
export function bitstream_step_failed(op: u32, error: u32): bool {
	if (op == CORE_OP_APPEND && error == ENOSPC) {
		filled -= prefix_size + data_size;
		stage = STAGE_LARGER;
		return true;
	}
	// No memory for more; those in flight come back.
	if (op == CORE_OP_CREATE_BUFFERS && stage == STAGE_GROWN && slots_reaching(wanted_length()) > 0) {
		stage = STAGE_LARGER;
		may_not_grow = true;
		return true;
	}
	return false;
}

/** The plan that was to append the piece at hand failed before it did. */
export function bitstream_take_back(): void {
	filled -= prefix_size + data_size;
}

/** Bytes that a buffer must have for what is appended and the piece at hand. */
export function wanted_length(): u32 {
	return filled + prefix_size + data_size;
}

function slots_left(): u32 {
	return CORE_MAX_OUTPUT_SLOTS - slots_count();
}

function may_grow(): bool {
	if (may_not_grow || slots_left() == 0) return false;
	const reaching = slots_reaching(wanted_length());
	return reaching == 0 || (reaching < LARGE_ENOUGH && slots_left() > GROWTH_RESERVE);
}

/** Room for the slices that may follow, and for the pictures to come in the last that can be added; in whole pages. */
function larger_length(): u32 {
	const more = slots_left() > GROWTH ? wanted_length() / 2 : wanted_length() * 2;
	return min<u32>((wanted_length() + more + 4095) & ~4095, CORE_MAX_BUFFER_SIZE);
}
