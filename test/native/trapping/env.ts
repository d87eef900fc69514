// SPDX-License-Identifier: MIT
// Imports of the trapping core; the file's name is the import module.

/** How this call of an export is to end (TRAP_* of strike.ts). */
export declare function trap_kind(export_index: u32, first_argument: u32): u32;

/** Which surface gets the samples of a picture that is begun in this one. */
export declare function output_of(surface: u32): u32;

/** What an export that answered returns instead; may write to the output area. */
export declare function spoil(export_index: u32, answer: u32, output: u32): u32;
