// SPDX-License-Identifier: MIT
/** What keeps this machine from decoding, or slows it: facts of the machine in, a list of what to do out. */
import {
	CORE_FINDING_FAILED,
	CORE_FINDING_HIDDEN,
	CORE_FINDING_KEPT_OUT,
	CORE_FINDING_LEFT_OUT,
	CORE_FINDING_MISNAMED,
	CORE_FINDING_NO_REQUESTS,
	CORE_FINDING_REFUSED,
	CORE_LIBRARY_BROKEN,
	CORE_LIBRARY_NAMESAKE,
	CORE_LIBRARY_NOT_FOUND,
	CORE_LIBRARY_OTHER,
	CORE_LIBRARY_OURS,
	CORE_LIBRARY_REFUSED,
	CORE_MAX_SOURCES,
	CORE_PROBLEM_BROKEN,
	CORE_PROBLEM_DISPLAY_REFUSED,
	CORE_PROBLEM_MEMORY_REFUSED,
	CORE_PROBLEM_NAMESAKE,
	CORE_PROBLEM_NO_DECODER,
	CORE_PROBLEM_NO_DISPLAY,
	CORE_PROBLEM_NO_LIBVA,
	CORE_PROBLEM_NO_MEMORY,
	CORE_PROBLEM_NO_REQUESTS,
	CORE_PROBLEM_NODE_FAILED,
	CORE_PROBLEM_NODE_HIDDEN,
	CORE_PROBLEM_NODE_KEPT_OUT,
	CORE_PROBLEM_NODE_LEFT_OUT,
	CORE_PROBLEM_NODE_MISNAMED,
	CORE_PROBLEM_NODE_REFUSED,
	CORE_PROBLEM_NOT_CHOSEN,
	CORE_PROBLEM_NOT_INSTALLED,
	CORE_PROBLEM_NOTHING_OFFERED,
	CORE_PROBLEM_OTHER_VERSION,
	CORE_PROBLEM_WRONG_NAME,
	CORE_SOURCE_DECODER,
	CORE_SOURCE_NONE,
	CORE_WEIGHT_BLOCKS,
	CORE_WEIGHT_REMARK,
	CORE_WEIGHT_SLOWS,
	core_allocation,
	core_allocation_SIZE,
	core_machine,
	core_problem,
	core_problem_SIZE,
} from "../abi/exchange";
import { input_address, output_address } from "../boundary/areas";
import { profile_at, profile_count } from "../codec/facts";
import { is_offered } from "../device/offers";
import { decoder_at, decoder_count } from "../device/registry";
import { choose_sources } from "../device/sources";

let count: u32 = 0;

function add(problem: u32, weight: u32, source: u32 = CORE_SOURCE_NONE): void {
	const entry = core_problem.at(output_address() + count * core_problem_SIZE);
	entry.problem = problem;
	entry.weight = weight;
	entry.source = source;
	count++;
}

/** Input: core_machine. Output: core_problem[], what blocks first. Returns how many. */
export function diagnose(): u32 {
	const machine = core_machine.at(input_address());
	const offers = offers_anything();
	count = 0;
	judge_nodes(machine, offers);
	judge_library(machine);
	// Whoever cannot decode has other worries than speed.
	if (offers) judge_memory(machine);
	return count;
}

function offers_anything(): bool {
	for (let i: u32 = 0; i < profile_count(); i++) {
		if (is_offered(profile_at(i).profile)) return true;
	}
	return false;
}

// biome-ignore format: a table
const NODE_PROBLEMS: usize = memory.data<u32>([
	// CORE_FINDING_*, CORE_PROBLEM_*: what a user can do most about comes first
	CORE_FINDING_MISNAMED, CORE_PROBLEM_NODE_MISNAMED,
	CORE_FINDING_REFUSED, CORE_PROBLEM_NODE_REFUSED,
	CORE_FINDING_KEPT_OUT, CORE_PROBLEM_NODE_KEPT_OUT,
	CORE_FINDING_HIDDEN, CORE_PROBLEM_NODE_HIDDEN,
	CORE_FINDING_FAILED, CORE_PROBLEM_NODE_FAILED,
	CORE_FINDING_NO_REQUESTS, CORE_PROBLEM_NO_REQUESTS,
	CORE_FINDING_LEFT_OUT, CORE_PROBLEM_NODE_LEFT_OUT,
]);
const NODE_PROBLEM_COUNT: u32 = 7;

/** A node that does not serve blocks where no other does; elsewhere it may be the decoder that is missed. */
function judge_nodes(machine: core_machine, offers: bool): void {
	const weight = offers ? CORE_WEIGHT_REMARK : CORE_WEIGHT_BLOCKS;
	for (let i: u32 = 0; i < NODE_PROBLEM_COUNT; i++) {
		const row = NODE_PROBLEMS + <usize>i * 8;
		if (machine.get_findings(load<u32>(row)) > 0) add(load<u32>(row, 4), weight);
	}
	if (offers) return;
	if (decoder_count() > 0) add(CORE_PROBLEM_NOTHING_OFFERED, CORE_WEIGHT_BLOCKS);
	else if (count == 0) add(CORE_PROBLEM_NO_DECODER, CORE_WEIGHT_BLOCKS);
}

/** One DRM node for which libva loads this driver is enough: players choose among them, or are told. */
function judge_library(machine: core_machine): void {
	if (machine.has_libva == 0) {
		add(CORE_PROBLEM_NO_LIBVA, CORE_WEIGHT_BLOCKS);
		return;
	}
	if (machine.get_libraries(CORE_LIBRARY_OURS) > 0) {
		if (machine.same_version == 0) add(CORE_PROBLEM_OTHER_VERSION, CORE_WEIGHT_REMARK);
		return;
	}
	add(library_problem(machine), CORE_WEIGHT_BLOCKS);
}

function library_problem(machine: core_machine): u32 {
	if (machine.get_libraries(CORE_LIBRARY_NAMESAKE) > 0) return CORE_PROBLEM_NAMESAKE;
	if (machine.get_libraries(CORE_LIBRARY_BROKEN) > 0) return CORE_PROBLEM_BROKEN;
	const others = machine.get_libraries(CORE_LIBRARY_OTHER) + machine.get_libraries(CORE_LIBRARY_NOT_FOUND);
	if (others > 0) {
		if (machine.is_installed == 0) return CORE_PROBLEM_NOT_INSTALLED;
		return machine.is_named != 0 ? CORE_PROBLEM_WRONG_NAME : CORE_PROBLEM_NOT_CHOSEN;
	}
	return machine.get_libraries(CORE_LIBRARY_REFUSED) > 0
		? CORE_PROBLEM_DISPLAY_REFUSED
		: CORE_PROBLEM_NO_DISPLAY;
}

const ALLOCATION: usize = memory.data(core_allocation_SIZE, 4);

/** Pictures in a decoder's own memory are slow to read (device/sources.ts): one source before it must be open, for each decoder. */
function judge_memory(machine: core_machine): void {
	let refused: u32 = CORE_SOURCE_NONE;
	let absent: u32 = CORE_SOURCE_NONE;
	for (let i: u32 = 0; i < decoder_count(); i++) {
		const mmu = decoder_at(i).mmu != 0;
		if (first_better_source(mmu, machine.sources_open) != CORE_SOURCE_NONE) continue;
		const there = first_better_source(mmu, machine.sources_there);
		if (there != CORE_SOURCE_NONE) {
			if (refused == CORE_SOURCE_NONE) refused = there;
		} else if (absent == CORE_SOURCE_NONE) {
			absent = first_better_source(mmu, u32.MAX_VALUE);
		}
	}
	if (refused != CORE_SOURCE_NONE) add(CORE_PROBLEM_MEMORY_REFUSED, CORE_WEIGHT_SLOWS, refused);
	else if (absent != CORE_SOURCE_NONE) add(CORE_PROBLEM_NO_MEMORY, CORE_WEIGHT_SLOWS, absent);
}

/** The first source of a set (bit CORE_SOURCE_*) that is tried before the decoder itself; CORE_SOURCE_NONE: it has none. */
function first_better_source(mmu: bool, set: u32): u32 {
	const allocation = core_allocation.at(ALLOCATION);
	choose_sources(mmu, allocation);
	for (let i: u32 = 0; i < CORE_MAX_SOURCES; i++) {
		const source = allocation.get_sources(i);
		if (source == CORE_SOURCE_DECODER) break;
		if ((set & (1 << source)) != 0) return source;
	}
	return CORE_SOURCE_NONE;
}
