// SPDX-License-Identifier: MIT
/** Eight bytes at once. */

/** 1 in each byte. Written as two halves, since no number of JavaScript holds it. */
export const ONES: u64 = ((<u64>0x01010101) << 32) | 0x01010101;

/** Not 0 when one of the eight bytes is 0. */
export function zero_bytes(bytes: u64): u64 {
	return (bytes - ONES) & ~bytes & (ONES << 7);
}
