// SPDX-License-Identifier: MIT
/** Where memory for pictures comes from. */
import {
	CORE_SOURCE_CONTIGUOUS_HEAP,
	CORE_SOURCE_DECODER,
	CORE_SOURCE_DECODER_OUTPUT,
	CORE_SOURCE_SYSTEM_HEAP,
	CORE_SOURCE_UDMABUF,
	core_allocation,
} from "../abi/exchange";

/**
 * The decoder's own memory is the kind that it can write to. Where it exports none, or takes one open at a time, other memory
 * is next to try: contiguous, which every decoder can reach, then any. What is out of its reach after all gets its
 * pictures as copies (session/submission.ts).
 */
export function choose_sources(allocation: core_allocation): void {
	choose_sources_from(CORE_SOURCE_DECODER, allocation);
}

/**
 * For linear memory beside a decoder that writes none: CAPTURE buffers would be too small (NV15 takes 5 bytes where P010 takes 8),
 * those of OUTPUT are of the same kind, and of any size.
 */
export function choose_linear_sources(allocation: core_allocation): void {
	choose_sources_from(CORE_SOURCE_DECODER_OUTPUT, allocation);
}

function choose_sources_from(first: u32, allocation: core_allocation): void {
	allocation.set_sources(0, first);
	allocation.set_sources(1, CORE_SOURCE_CONTIGUOUS_HEAP);
	allocation.set_sources(2, CORE_SOURCE_SYSTEM_HEAP);
	allocation.set_sources(3, CORE_SOURCE_UDMABUF);
}
