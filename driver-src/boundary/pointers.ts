// SPDX-License-Identifier: MIT
/** Pointers in VA's structs, which are as wide as the player's. They are never followed; where they stand decides where the fields are. */

let bytes: u32 = 8;

/** For a new instance. count: bytes of a pointer, 4 or 8. */
export function set_pointer_bytes(count: u32): void {
	assert(count == 4 || count == 8, "pointers of no known size");
	bytes = count;
}

/** Whether structs are to be read as with SIZE_32 and copy_32() of abi/va. */
export function pointers_have_32_bits(): bool {
	return bytes == 4;
}
