// SPDX-License-Identifier: MIT
/**
 * The two areas of linear memory that the glue and the core share (glue-c/core/exchange.h).
 *
 * All memory of an instance is static, 512 KiB of which (asconfig.json, glue-c/core/wasm-rt.h):
 *
 *   input, output   8 KiB each, here
 *   decoders        8 x 5.6 KiB      device/registry.ts, of the display
 *   codec           192 KiB          codec/arena.ts, of the context's codec
 *   surfaces        128 records      queues/surfaces.ts
 *   slice           8 KiB            session/picture.ts, kept over reports
 *
 * and some small tables. There is no stack and no heap in it: locals are those of wasm, and tools/gate.mjs refuses allocation.
 */
import { CORE_INPUT_CAPACITY, CORE_OUTPUT_CAPACITY, CORE_PARAMETER_CAPACITY } from "../abi/exchange";

const INPUT: usize = memory.data(CORE_INPUT_CAPACITY, 8);
const OUTPUT: usize = memory.data(CORE_OUTPUT_CAPACITY, 8);

/** Where the glue writes before a call. */
export function input_address(): usize {
	return INPUT;
}

/** Where the first bytes of a slice are, behind its parameters. */
export function slice_header_address(): usize {
	return INPUT + CORE_PARAMETER_CAPACITY;
}

/** Where the last bytes of a slice end. */
export function slice_tail_end(): usize {
	return INPUT + CORE_INPUT_CAPACITY;
}

/** Where the glue reads after a call. */
export function output_address(): usize {
	return OUTPUT;
}
