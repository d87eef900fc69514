// SPDX-License-Identifier: MIT
/** The byte stream format around NAL units, Annex B of H.264 and of HEVC. */

/** start_code_prefix_one_3bytes, B.1.1. */
export const START_CODE: usize = memory.data<u8>([0, 0, 1]);
export const START_CODE_SIZE: u32 = 3;

/** Bytes of a start code at the front of `size` bytes, which is no part of the NAL unit: 0, 3 or 4. Players leave it out, but need not. */
export function start_code_size(data: usize, size: u32): u32 {
	if (size < 4 || load<u16>(data) != 0) return 0;
	if (load<u8>(data, 2) == 1) return 3;
	return load<u8>(data, 2) == 0 && load<u8>(data, 3) == 1 ? 4 : 0;
}

/**
 * trailing_zero_8bits (B.1.1), which FFmpeg leaves behind slices: no NAL unit ends with a zero byte (7.4.1). How many of
 * the `size` bytes that end at `end` they are; one is left in any case.
 */
export function trailing_zeros(end: usize, size: u32): u32 {
	let zeros: u32 = 0;
	while (zeros + 1 < size && load<u8>(end - 1 - zeros) == 0) zeros++;
	return zeros;
}
