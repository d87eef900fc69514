// SPDX-License-Identifier: MIT
// cedrus (drivers/staging/media/sunxi/cedrus/cedrus_h265.c): one job a slice; tables go word by word through a port into the decoder's
// own memory. Pictures have positions there, those of the DPB, and are called by their pictures.
import {
	checksum,
	type Fields,
	lastValues,
	type Memory,
	split,
} from "../../../kernel/hardware/registers/canonical.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { readRegisters } from "./fields.ts";

/** VE_DEC_H265_SRAM_DATA, and VE_DEC_H265_SRAM_OFFSET_...: words. */
const PORT = 0x5e4;
const WEIGHTS = [
	{ at: 0x00, words: 8, name: "luma 0" },
	{ at: 0x08, words: 16, name: "chroma 0" },
	{ at: 0x18, words: 8, name: "luma 1" },
	{ at: 0x20, words: 16, name: "chroma 1" },
];
const PICTURES = { at: 0x100, count: 17, words: 8 };
const SCALING = { at: 0x200, words: 248 };
const LISTS = [
	{ at: 0x300, name: "list 0", length: "NUM_REF_IDX_L0_ACTIVE_MINUS1" },
	{ at: 0x304, name: "list 1", length: "NUM_REF_IDX_L1_ACTIVE_MINUS1" },
];
const LONG_TERM = 1 << 7;
const SLICE_HEADER = "DEC_H265_DEC_SLICE_HDR_INFO0";
const OUTPUT_INDEX = 0x55c;
const FLUSH_BITS = 3;
const TRIGGER = "DEC_H265_TRIGGER";
/** Buffers of the driver that no one else sees: addresses that say nothing. */
const OWN = /^DEC_H265_(NEIGHBOR_INFO_ADDR|ENTRY_POINT_OFFSET_ADDR)$/;
const ADDRESSES = /^DEC_H265_BITS_(END_)?ADDR$/;
/** The address is what is left of these bits of VE_DEC_H265_BITS_ADDR, in units of 256 bytes. */
const ADDRESS_BITS = 0x0fffffff;

function words(sram: Map<number, number>, at: number, count: number): string {
	return Array.from({ length: count }, (_, i) =>
		(sram.get(at + i) ?? 0).toString(16).padStart(8, "0"),
	).join("");
}

/** Each picture's motion vectors lie in memory of its own, which stays the same while it is a reference. */
class MotionMemory {
	private readonly places = new Map<number, number>();

	name(luma: number, top: number, bottom: number, isOutput: boolean): string {
		if (isOutput) this.places.set(luma, top);
		return `vectors ${this.places.get(luma) === top ? "its own" : "another's"}, of bottom + ${bottom - top}`;
	}
}

/** What a job tells cedrus of a slice; a translator for the jobs of one stream. */
export function cedrusFields() {
	const registers = readRegisters("cedrus");
	const motion = new MotionMemory();

	/** struct cedrus_h265_sram_frame_info; gives the names of the pictures at each position. */
	function pictures(sram: Map<number, number>, memory: Memory, output: number, into: Fields): string[] {
		const names: string[] = [];
		const own = (sram.get(PICTURES.at + PICTURES.words * output) ?? 0) | 0;
		// The output first: its motion vectors say where those of references may not be.
		const positions = Array.from({ length: PICTURES.count }, (_, i) => i).sort(
			(a, b) => Number(b === output) - Number(a === output),
		);
		for (const position of positions) {
			const word = (i: number) => sram.get(PICTURES.at + PICTURES.words * position + i);
			const luma = word(4);
			if (luma === undefined) continue;
			names[position] = memory.picture((luma << 8) >>> 0);
			const told = [
				`POC ${((word(0) ?? 0) | 0) - own} ${((word(1) ?? 0) | 0) - own} from here`,
				`chroma + ${((word(5) ?? 0) - luma) << 8}`,
				motion.name(luma, word(2) ?? 0, word(3) ?? 0, position === output),
			];
			into.set(names[position], told.join(", "));
		}
		return names;
	}

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const sram = new Map<number, number>();
		let skipped = 0;
		for (const { register, index, value } of job.writes) {
			if (register === PORT) sram.set(index, value);
			if (registers.get(register)?.name === TRIGGER && (value & 15) === FLUSH_BITS)
				skipped += (value >> 8) & 63;
		}
		into.set("bits skipped", String(skipped));
		const values = lastValues(job);
		const names = pictures(sram, memory, values.get(OUTPUT_INDEX) ?? 0, into);
		for (const [at, value] of values) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			if (OWN.test(name)) into.set(name, "the driver's own");
			else if (ADDRESSES.test(name)) {
				into.set(name, memory.place(((value & ADDRESS_BITS) << 8) >>> 0));
				into.set(`${name} flags`, String(value >>> 28));
			} else split(register, at, value, into);
		}
		const count = (list: (typeof LISTS)[number]) =>
			Number(into.get(`${SLICE_HEADER}.${list.length}`)) + 1;
		for (const list of LISTS) {
			if (!sram.has(list.at)) continue;
			for (let i = 0; i < count(list); i++) {
				const entry = ((sram.get(list.at + (i >> 2)) ?? 0) >>> (8 * (i & 3))) & 255;
				const name = names[entry & ~LONG_TERM] ?? "no picture";
				into.set(`${list.name}[${i}]`, `${name}${entry & LONG_TERM ? " long-term" : ""}`);
			}
		}
		for (const { at, words: size, name } of WEIGHTS)
			if (sram.has(at)) into.set(`weights ${name}`, words(sram, at, size));
		if (sram.has(SCALING.at)) into.set("scaling lists", words(sram, SCALING.at, SCALING.words));
		for (const [name, table] of job.tables) into.set(`table ${name}`, checksum(table.bytes));
	};
}
