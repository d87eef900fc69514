// SPDX-License-Identifier: MIT
/**
 * Writes the syntax elements of a NAL unit (H.264 and HEVC, 7.2 and 9.2), and puts emulation prevention bytes in on the way. One
 * writer, since nothing is written while something else is. What does not fit is left out, and writer_failed() turns true.
 */
import { bits_u } from "./nal-bits";

let cursor: usize = 0;
let limit: usize = 0;
/** The bits of the byte that is not complete yet, in the low places. */
let pending: u32 = 0;
let pending_count: u32 = 0;
/** Zero bytes in a row before `cursor`. */
let zeros: u32 = 0;
let failed: bool = false;

/** Starts at the first byte of a NAL unit. */
export function writer_open(address: usize, capacity: u32): void {
	cursor = address;
	limit = address + capacity;
	pending = 0;
	pending_count = 0;
	zeros = 0;
	failed = false;
}

/** Behind the last whole byte. */
export function writer_end(): usize {
	return cursor;
}

/** Whether something did not fit. */
export function writer_failed(): bool {
	return failed;
}

function put_byte(value: u32): void {
	if (cursor >= limit) {
		failed = true;
		return;
	}
	store<u8>(cursor++, value);
}

/** u(n), n <= 32. */
export function write_u(count: u32, value: u32): void {
	for (let left = count; left > 0; left--) {
		pending = (pending << 1) | ((value >> (left - 1)) & 1);
		pending_count++;
		if (pending_count < 8) continue;
		if (zeros >= 2 && pending <= 3) {
			put_byte(3); // emulation_prevention_three_byte, 7.4.2
			zeros = 0;
		}
		put_byte(pending);
		zeros = pending == 0 ? zeros + 1 : 0;
		pending = 0;
		pending_count = 0;
	}
}

/** ue(v), 9.2, below 2^32 - 1. */
export function write_ue(value: u32): void {
	const length = 32 - <u32>clz<u32>(value + 1);
	write_u(length - 1, 0);
	write_u(length, value + 1);
}

/** Takes over the next bits of the reader (nal-bits.ts). */
export function write_bits_read(count: u32): void {
	let left = count;
	while (left > 0) {
		const some = min<u32>(left, 32);
		write_u(some, bits_u(some));
		left -= some;
	}
}

/** byte_alignment(), 7.3.2.13: a bit that is 1, then as many that are 0 as the byte takes. */
export function write_alignment(): void {
	write_u(1, 1);
	write_u((8 - pending_count) & 7, 0);
}
