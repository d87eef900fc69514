// SPDX-License-Identifier: MIT
// The ways in which a core can fail, on demand. test/native/trapping/trapping.h has the same numbers.
import { trap_kind } from "./env";

/** Does what the test asked to happen in this export with this first argument: a trap of some kind, or nothing. */
export function strike(export_index: u32, first_argument: u32): void {
	switch (trap_kind(export_index, first_argument)) {
		case 0:
			return;
		case 1: // TRAP_OUT_OF_BOUNDS
			store<u32>(0xfffffff0, 1);
			return;
		case 2: // TRAP_ASSERT
			assert(false, "asked for by a test");
			return;
		case 3: // TRAP_RECURSION
			store<u32>(8, descend(first_argument));
			return;
		case 5: // TRAP_DIVISION
			store<u32>(8, 1 / load<u32>(0));
			return;
		default: // TRAP_UNREACHABLE
			unreachable();
	}
}

/** Not a tail call, and not a loop in disguise. */
function descend(n: u32): u32 {
	return load<u32>(16 + (n & 0xff)) + descend(n + 1) * 3 + n;
}
