// SPDX-License-Identifier: MIT
/**
 * The core's fill code alone, for test/bench: no session, no plans. Compiled as driver-src/index.ts is.
 */
import { CORE_NONE } from "../../../driver-src/abi/exchange";
import { input_address, slice_header_address, slice_tail_end } from "../../../driver-src/boundary/areas";
import {
	codec_begin,
	codec_end,
	codec_fill_picture,
	codec_parameter,
	codec_reset,
	codec_slice,
	codec_slice_header_size,
} from "../../../driver-src/codec/codec";
import {
	controls_address,
	controls_count,
	controls_id,
	controls_size,
} from "../../../driver-src/codec/controls";
import { MODE_START_CODES } from "../../../driver-src/codec/facts";
import { PICTURE } from "../../../driver-src/codec/result";
import {
	surface_acquire,
	surface_finished,
	surface_submitted,
	surfaces_next_picture,
	surfaces_rebind,
	surfaces_reset,
} from "../../../driver-src/queues/surfaces";

const CAPTURE_BUFFERS: u32 = 32;

/** Parameters of an element here, the first bytes of a slice at header(), its last ones before tail_end(). */
export function input(): u32 {
	return <u32>input_address();
}

/** Where the bench puts the beginning of a slice for the core to read. */
export function header(): u32 {
	return <u32>slice_header_address();
}

/** Where the last bytes of a slice end that the core may read. */
export function tail_end(): u32 {
	return <u32>slice_tail_end();
}

/** Begins a session with a VA profile, in which all CAPTURE buffers are free. */
export function reset(profile: u32): void {
	surfaces_reset();
	surfaces_rebind(CAPTURE_BUFFERS);
	codec_reset(profile, MODE_START_CODES);
}

/** Begins a picture on a surface. Its last job counts as done at once, so the next picture may refer to it by this timestamp (ns). */
export function begin(surface: u32, timestamp: u64): void {
	surfaces_next_picture();
	const record = surface_acquire(surface);
	if (record != null) {
		surface_submitted(record, timestamp, false);
		surface_finished(record, false);
	}
	codec_begin(surface);
}

/** Returns VAStatus. */
export function parameter(type: u32, size: u32): u32 {
	return codec_parameter(type, input_address(), size);
}

/** How many bytes of the slice are wanted at header(). */
export function header_size(size: u32): u32 {
	return codec_slice_header_size(input_address(), size);
}

/** Returns VAStatus. */
export function slice(size: u32, header_size: u32): u32 {
	return codec_slice(input_address(), size, slice_header_address(), header_size, 0);
}

/** Whether the picture before must be decoded again first: the next fill() is for that, and the one after it for this picture. */
export function again(): bool {
	return PICTURE.again != CORE_NONE;
}

/** Returns VAStatus. What is decoded again counts as submitted. */
export function fill(): u32 {
	const before = PICTURE.again;
	const status = codec_fill_picture();
	if (before != CORE_NONE) codec_end(before, true);
	return status;
}

/** Ends the picture as submitted. */
export function done(surface: u32): void {
	codec_end(surface, true);
}

/** How many controls the last fill made. */
export function control_count(): u32 {
	return controls_count();
}

/** The V4L2 id of control `i`. */
export function control_id(i: u32): u32 {
	return controls_id(i);
}

/** Where the payload of control `i` is in the core's memory. */
export function control_address(i: u32): u32 {
	return <u32>controls_address(i);
}

/** The size of that payload in bytes. */
export function control_size(i: u32): u32 {
	return controls_size(i);
}
