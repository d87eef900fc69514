// SPDX-License-Identifier: MIT
/**
 * Reads f(n) of headers that have no emulation prevention bytes (VP9, 4.9.1), and touches nothing outside [address, address + size).
 *
 * One reader, since parsing is never nested. Past the end there are zeros, and reader_failed() is true, so that a parser asks once,
 * when it is done.
 */

let start: usize = 0;
/** Bits there are. */
let limit: u32 = 0;
/** Bits read so far, those behind the end included. */
let position: u32 = 0;

/** Starts at the first byte of a header. size: below 2^28. */
export function reader_open(address: usize, size: u32): void {
	start = address;
	limit = size << 3;
	position = 0;
}

/** f(n), the most significant bit first. n <= 16. */
export function reader_bits(count: u32): u32 {
	let value: u32 = 0;
	for (let left = count; left != 0; ) {
		const taken = min<u32>(left, 8 - (position & 7));
		const byte: u32 = position < limit ? load<u8>(start + <usize>(position >> 3)) : 0;
		value = (value << taken) | ((byte >> (8 - (position & 7) - taken)) & (((<u32>1) << taken) - 1));
		position += taken;
		left -= taken;
	}
	return value;
}

/** f(1). */
export function reader_flag(): bool {
	return reader_bits(1) != 0;
}

/** A magnitude of `count` bits, and its sign: su(n) of VP9, 4.9.2. */
export function reader_signed(count: u32): i32 {
	const magnitude = <i32>reader_bits(count);
	return reader_flag() ? -magnitude : magnitude;
}

/** Bits read so far. */
export function reader_position(): u32 {
	return position;
}

/** Whether bits were asked for that are not there. */
export function reader_failed(): bool {
	return position > limit;
}
