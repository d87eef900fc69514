// SPDX-License-Identifier: MIT
/**
 * The memory of the codec that this instance decodes: six codecs side by side would need as much as all of them together, and
 * an instance decodes one stream. Each codec lays its structs over the same area, one constant behind the other
 * (h264/state.ts), and clears what it uses when it is reset. Pages that a codec does not touch cost nothing.
 */

/** HEVC has the most: 600 slices of 280 bytes in SLICE_PARAMS, and as many entry points. */
const ARENA_SIZE: u32 = 192 * 1024;

/** Where it begins, at a multiple of 8. */
export const ARENA: usize = memory.data(ARENA_SIZE, 8);

/** Clears its first `size` bytes, all that the codec uses. */
export function arena_clear(size: usize): void {
	assert(size <= ARENA_SIZE, "the codec needs more memory than the arena has");
	memory.fill(ARENA, 0, size);
}
