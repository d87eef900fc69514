// SPDX-License-Identifier: MIT
/**
 * The core's fill code alone, for test/bench: no session, no plans. Compiled as driver-src/index.ts is.
 */
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

export function header(): u32 {
	return <u32>slice_header_address();
}

export function tail_end(): u32 {
	return <u32>slice_tail_end();
}

export function reset(profile: u32): void {
	surfaces_reset();
	surfaces_rebind(CAPTURE_BUFFERS);
	codec_reset(profile, MODE_START_CODES);
}

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

/** Returns VAStatus. */
export function fill(): u32 {
	return codec_fill_picture();
}

export function done(surface: u32): void {
	codec_end(surface, true);
}

export function control_count(): u32 {
	return controls_count();
}

export function control_id(i: u32): u32 {
	return controls_id(i);
}

export function control_address(i: u32): u32 {
	return <u32>controls_address(i);
}

export function control_size(i: u32): u32 {
	return controls_size(i);
}
