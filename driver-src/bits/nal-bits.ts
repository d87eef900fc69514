// SPDX-License-Identifier: MIT
/**
 * Reads the syntax elements of a NAL unit (H.264 and HEVC, 7.2 and 9.1/9.2): emulation prevention bytes are
 * taken out on the way, and nothing outside [address, address + size) is touched.
 *
 * One reader, since parsing is never nested. Past the end every element reads as 0 and bits_failed() turns
 * true, so that a parser asks once, when it is done.
 */

let cursor: usize = 0;
let limit: usize = 0;
/** The next bits, the first one on top; those below `cached` are 0. */
let cache: u64 = 0;
let cached: u32 = 0;
/** Zero bytes in a row before `cursor`. */
let zeros: u32 = 0;
let position: u32 = 0;
/** Emulation prevention bytes before `cursor`. */
let removed: u32 = 0;
let failed: bool = false;

/** Starts at the first byte of a NAL unit. */
export function bits_open(address: usize, size: u32): void {
	cursor = address;
	limit = address + size;
	cache = 0;
	cached = 0;
	zeros = 0;
	position = 0;
	removed = 0;
	failed = false;
}

/** Bits read so far, without those of emulation prevention bytes. */
export function bits_position(): u32 {
	return position;
}

/**
 * Bytes of the NAL unit at `address`, which was opened last, that hold the first `count` bytes without emulation prevention; all of
 * them must have been read.
 */
export function bits_raw_size(address: usize, count: u32): u32 {
	if (removed == 0) return count;
	let at = address;
	let run: u32 = 0;
	let left = count;
	while (left > 0) {
		const byte = load<u8>(at++);
		if (run >= 2 && byte == 3) {
			run = 0;
			continue;
		}
		run = byte == 0 ? run + 1 : 0;
		left--;
	}
	return <u32>(at - address);
}

/** Whether an element was asked for that is not there, or that no 32 bits can hold. */
export function bits_failed(): bool {
	return failed;
}

/**
 * Asked for with less than 32 bits in the cache, leaves at least 32, unless the NAL unit ends before. Four bytes come at once where none
 * of them is 3: then none is an emulation prevention byte, whatever was before.
 */
function refill(): void {
	if (cursor + 4 <= limit) {
		const word = bswap<u32>(load<u32>(cursor));
		if (!has_three(word)) {
			zeros = <u32>ctz<u32>(word) >> 3; // four if all are zero, which is as good as more
			cache |= (<u64>word) << (32 - cached);
			cached += 32;
			cursor += 4;
			return;
		}
	}
	while (cached <= 56 && cursor < limit) {
		const byte = load<u8>(cursor++);
		if (zeros >= 2 && byte == 3) {
			zeros = 0; // emulation_prevention_three_byte, H.264 7.4.1
			removed++;
			continue;
		}
		zeros = byte == 0 ? zeros + 1 : 0;
		cache |= (<u64>byte) << (56 - cached);
		cached += 8;
	}
}

/** Whether one of the four bytes is 3: the test for a zero byte, of their difference from 3. */
function has_three(word: u32): bool {
	const difference = word ^ 0x03030303;
	return ((difference - 0x01010101) & ~difference & 0x80808080) != 0;
}

function fail(): u32 {
	failed = true;
	cursor = limit;
	cache = 0;
	cached = 0;
	return 0;
}

/** u(n), n <= 32. */
export function bits_u(count: u32): u32 {
	if (count == 0) return 0;
	if (cached < count) {
		refill();
		if (cached < count) return fail();
	}
	const value = <u32>(cache >> (64 - count));
	cache <<= count;
	cached -= count;
	position += count;
	return value;
}

/** u(1). */
export function bits_flag(): bool {
	return bits_u(1) != 0;
}

/** ue(v), H.264 9.1. */
export function bits_ue(): u32 {
	let leading = <u32>clz<u64>(cache);
	// The bits that are not in the cache count as zeros.
	if (cached < 32 && leading << 1 >= cached) {
		refill();
		leading = <u32>clz<u64>(cache);
	}
	const length: u32 = 2 * leading + 1;
	if (length <= cached) {
		const code = <u32>(cache >> (64 - length));
		cache <<= length;
		cached -= length;
		position += length;
		return code - 1;
	}
	if (leading > 31) return fail();
	bits_u(leading);
	const value = bits_u(leading + 1);
	return failed ? 0 : value - 1;
}

/** se(v), H.264 9.1.1. */
export function bits_se(): i32 {
	const code = bits_ue();
	return (code & 1) != 0 ? <i32>((code >> 1) + 1) : -(<i32>(code >> 1));
}
