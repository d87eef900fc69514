// SPDX-License-Identifier: MIT
// Imports of the trapping core; the file's name is the import module.

/** How this call of an export is to end (TRAP_* of strike.ts). */
export declare function trap_kind(export_index: u32, first_argument: u32): u32;
