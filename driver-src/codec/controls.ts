// SPDX-License-Identifier: MIT
/**
 * The controls that a codec filled last: of a sequence, of a picture, or of one slice. A verb of codec.ts that fills controls
 * clears the list first; what it leaves stays until the next one does.
 */
import { CORE_MAX_PLAN_CONTROLS } from "../abi/exchange";

/** As many as a plan takes. */
const CAPACITY: u32 = CORE_MAX_PLAN_CONTROLS;

@unmanaged
class Control {
	id: u32;
	/** In linear memory, where the codec keeps the struct. */
	address: u32;
	/** Bytes of the struct, or of all elements of an array. */
	size: u32;
	/** 1: not sent to a device that does not have it. */
	optional: u32;
	/** 1: an array of which the device gets as many elements as it takes at most. */
	largest: u32;
}

const CONTROLS: usize = memory.data(CAPACITY * offsetof<Control>(), 4);

let count: u32 = 0;

function control_at(i: u32): Control {
	assert(i < count, "no such control");
	return changetype<Control>(CONTROLS + <usize>i * offsetof<Control>());
}

/** No controls. */
export function controls_clear(): void {
	count = 0;
}

/** Adds V4L2_CID_* `id`, whose value is `size` bytes at `address`. At most CORE_MAX_PLAN_CONTROLS: one more is a trap. */
export function controls_add(id: u32, address: usize, size: u32): void {
	assert(count < CAPACITY, "more controls than a plan has");
	count++;
	const control = control_at(count - 1);
	control.id = id;
	control.address = <u32>address;
	control.size = size;
	control.optional = 0;
	control.largest = 0;
}

/** Adds a control that is left out where the device does not have it: what some decoders need and others read themselves. */
export function controls_add_optional(id: u32, address: usize, size: u32): void {
	controls_add(id, address, size);
	control_at(count - 1).optional = 1;
}

/**
 * Adds an optional array that may grow from picture to picture. The device gets as many of its elements as it takes, and nothing where
 * it takes one only: an array that grows while a picture is decoded moves under the hands of rkvdec (rkvdec_hevc_run_preamble()).
 */
export function controls_add_largest(id: u32, address: usize, size: u32): void {
	controls_add_optional(id, address, size);
	control_at(count - 1).largest = 1;
}

/** How many there are. */
export function controls_count(): u32 {
	return count;
}

/** V4L2_CID_* of control i, below controls_count() as in the next two. */
export function controls_id(i: u32): u32 {
	return control_at(i).id;
}

/** Where its value is in linear memory. */
export function controls_address(i: u32): usize {
	return <usize>control_at(i).address;
}

/** Whether it is left out where the device does not have it. */
export function controls_is_optional(i: u32): bool {
	return control_at(i).optional != 0;
}

/** Whether it is sent as large as the device takes it. */
export function controls_is_largest(i: u32): bool {
	return control_at(i).largest != 0;
}

/** How many bytes its value has. */
export function controls_size(i: u32): u32 {
	return control_at(i).size;
}
