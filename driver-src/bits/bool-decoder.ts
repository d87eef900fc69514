// SPDX-License-Identifier: MIT
/**
 * The boolean entropy decoder of VP8 (RFC 6386 7.3) and VP9: reads bits of known probabilities, and touches nothing outside
 * [address, address + size). Behind the last byte there are zeros, as for every decoder of these codecs.
 *
 * One decoder, since parsing is never nested. A parser that read beyond its data sees it by bool_position().
 */

let cursor: usize = 0;
let limit: usize = 0;
/** What is not decoded yet, less what range has taken off: "value" of the RFC is its top byte. Bits below `cached` are 0. */
let window: u64 = 0;
let cached: u32 = 0;
let range: u32 = 255;
let position: u32 = 0;

/** Starts at the first byte of a partition. */
export function bool_open(address: usize, size: u32): void {
	cursor = address;
	limit = address + size;
	window = 0;
	cached = 0;
	range = 255;
	position = 0;
}

function refill(): void {
	while (cached <= 56 && cursor < limit) {
		window |= (<u64>load<u8>(cursor++)) << (56 - cached);
		cached += 8;
	}
	// There is no more: zeros follow.
	if (cached < 8) cached = 64;
}

/** One bit that is 0 with a probability of `probability` / 256. */
export function bool_read(probability: u32): u32 {
	if (cached < 8) refill();
	const split: u32 = 1 + (((range - 1) * probability) >> 8);
	const big_split = (<u64>split) << 56;
	const bit = window >= big_split;
	const width = bit ? range - split : split;
	const shift = <u32>clz<u32>(width) - 24;
	window = (bit ? window - big_split : window) << shift;
	range = width << shift;
	cached -= shift;
	position += shift;
	return bit ? 1 : 0;
}

/**
 * Reads bits as long as they are 0, `count` at most; bit i is so with a probability of load<u8>(probabilities + i) / 256. Returns how
 * many they were: the 1 behind them is still to be read. A header has a thousand flags that hardly ever are set, and this keeps
 * the decoder in registers meanwhile.
 */
export function bool_zeros(probabilities: usize, count: u32): u32 {
	return read_zeros(probabilities, 0, count);
}

/** The same of bits that all are 0 with one probability. */
export function bool_zeros_alike(probability: u32, count: u32): u32 {
	return read_zeros(0, probability, count);
}

/** Bit i is 0 with a probability of load<u8>(probabilities + i) / 256, or of probability / 256 where there are none (0). */
function read_zeros(probabilities: usize, probability: u32, count: u32): u32 {
	if (cached < 8) refill();
	let zeros: u32 = 0;
	let odds = probability;
	let bits = window;
	let left = cached;
	let width = range;
	let taken = position;
	for (; zeros < count; zeros++) {
		if (probabilities != 0) odds = load<u8>(probabilities + <usize>zeros);
		const split: u32 = 1 + (((width - 1) * odds) >> 8);
		if (bits >= (<u64>split) << 56) break;
		width = split;
		if (split >= 128) continue;
		const shift = <u32>clz<u32>(split) - 24;
		width <<= shift;
		bits <<= shift;
		left -= shift;
		taken += shift;
		if (left < 8) {
			window = bits;
			cached = left;
			refill();
			bits = window;
			left = cached;
		}
	}
	window = bits;
	cached = left;
	range = width;
	position = taken;
	return zeros;
}

/** A bit of even odds. */
export function bool_flag(): bool {
	return bool_read(128) != 0;
}

/** L(n) of RFC 6386: n bits of even odds, the most significant first. n <= 32. The decoder stays in registers meanwhile. */
export function bool_literal(count: u32): u32 {
	let value: u32 = 0;
	let bits = window;
	let left = cached;
	let width = range;
	let taken = position;
	for (; count != 0; count--) {
		if (left < 8) {
			window = bits;
			cached = left;
			refill();
			bits = window;
			left = cached;
		}
		const split: u32 = (width + 1) >> 1;
		const big_split = (<u64>split) << 56;
		value <<= 1;
		if (bits >= big_split) {
			width -= split;
			bits -= big_split;
			value |= 1;
		} else {
			width = split;
		}
		// Half of 128 to 255: 64 to 128.
		const shift: u32 = width < 128 ? 1 : 0;
		width <<= shift;
		bits <<= shift;
		left -= shift;
		taken += shift;
	}
	window = bits;
	cached = left;
	range = width;
	position = taken;
	return value;
}

/** Bits that have left the decoder: where, in bits from the first byte on, bool_value() begins. */
export function bool_position(): u32 {
	return position;
}

/** 128 to 255. */
export function bool_range(): u32 {
	return range;
}

/** The byte that is compared with the next split. */
export function bool_value(): u32 {
	if (cached < 8) refill();
	return <u32>(window >> 56);
}
