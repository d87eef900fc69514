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
 * For the decoder to write to. Its own memory is not cached on most ARM boards, and slow to read back; heaps and udmabuf keep caches,
 * so they come first where the decoder can reach them: all of them through an MMU, the contiguous heap without. It cannot be known
 * whether the user may open any, nor whether a decoder exports memory, so each has the others behind it. What is out of its
 * reach after all gets its pictures as copies (session/submission.ts).
 */
export function choose_sources(mmu: bool, allocation: core_allocation): void {
	choose_cached(mmu, CORE_SOURCE_DECODER, allocation);
}

/** The same once a decoder has refused memory that was not its own. */
export function choose_decoder_sources(allocation: core_allocation): void {
	set_sources(
		allocation,
		CORE_SOURCE_DECODER,
		CORE_SOURCE_CONTIGUOUS_HEAP,
		CORE_SOURCE_SYSTEM_HEAP,
		CORE_SOURCE_UDMABUF,
	);
}

/**
 * For linear memory beside a decoder that writes none, or none that is exportable: CAPTURE buffers would be too small (NV15 takes 5 bytes where P010 takes 8),
 * those of OUTPUT are of the same kind, and of any size.
 */
export function choose_linear_sources(mmu: bool, allocation: core_allocation): void {
	choose_cached(mmu, CORE_SOURCE_DECODER_OUTPUT, allocation);
}

function choose_cached(mmu: bool, own: u32, allocation: core_allocation): void {
	if (mmu)
		set_sources(
			allocation,
			CORE_SOURCE_SYSTEM_HEAP,
			CORE_SOURCE_UDMABUF,
			CORE_SOURCE_CONTIGUOUS_HEAP,
			own,
		);
	else
		set_sources(
			allocation,
			CORE_SOURCE_CONTIGUOUS_HEAP,
			own,
			CORE_SOURCE_SYSTEM_HEAP,
			CORE_SOURCE_UDMABUF,
		);
}

function set_sources(allocation: core_allocation, first: u32, second: u32, third: u32, last: u32): void {
	allocation.set_sources(0, first);
	allocation.set_sources(1, second);
	allocation.set_sources(2, third);
	allocation.set_sources(3, last);
}
