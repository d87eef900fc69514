// SPDX-License-Identifier: MIT
// cedrus (drivers/staging/media/sunxi/cedrus): one job a slice; tables go word by word through a port into the decoder's own
// memory. Pictures have positions there, which the driver hands out; they are called by their pictures.
import {
	checksum,
	type Fields,
	lastValues,
	type Memory,
	split,
} from "../../../kernel/hardware/registers/canonical.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { readRegisters } from "./fields.ts";

/** VE_AVC_SRAM_PORT_DATA, and enum cedrus_h264_sram_off: words. */
const PORT = 0x2e4;
const WEIGHTS = { at: 0x000, words: 2 * (32 + 64) };
const PICTURES = { at: 0x100, words: 18 * 8 };
const LISTS = [
	{ at: 0x190, name: "list 0", length: "H264_SHS2.num_ref_idx_l0_active_minus1" },
	{ at: 0x199, name: "list 1", length: "H264_SHS2.num_ref_idx_l1_active_minus1" },
];
const SCALING = [
	{ at: 0x200, words: 16, name: "scaling list 8x8 0" },
	{ at: 0x210, words: 16, name: "scaling list 8x8 1" },
	...Array.from({ length: 6 }, (_, i) => ({ at: 0x220 + 4 * i, words: 4, name: `scaling list 4x4 ${i}` })),
];
/** Buffers of the driver that no one else sees: addresses that say nothing. */
const OWN = /^(H264_EXTRA_BUFFER[12]|DBLK_DRAM_BUF_ADDR|INTRAPRED_DRAM_BUF_ADDR)$/;
/** VE_H264_SHS and two of its bits, VE_H264_OUTPUT_FRAME_IDX. */
const SLICE_HEADER = 0x208;
const FIELD_PIC = 1 << 4;
const BOTTOM_FIELD = 1 << 3;
const OUTPUT_INDEX = 0x24c;
const FLUSH_BITS = 3;
const TRIGGER = "H264_TRIGGER_TYPE";
const PICTURE_TYPES = ["frame", "field", "MBAFF frame"];

function hexadecimal(sram: Map<number, number>, at: number, words: number): string {
	const bytes = Buffer.alloc(4 * words);
	for (let i = 0; i < words; i++) bytes.writeUInt32LE(sram.get(at + i) ?? 0, 4 * i);
	return bytes.toString("hex");
}

/** Explicit weights: for each list 32 luma entries, then 32 pairs of chroma; offset and weight of 9 bits. */
function weights(sram: Map<number, number>, into: Fields): void {
	for (let word = 0; word < WEIGHTS.words; word++) {
		const value = sram.get(WEIGHTS.at + word);
		if (value === undefined) continue;
		const list = Math.floor(word / 96);
		const rest = word % 96;
		const name = rest < 32 ? `luma ${rest}` : `chroma ${(rest - 32) >> 1} ${rest & 1 ? "Cr" : "Cb"}`;
		const signed = (bits: number) => (bits << 23) >> 23;
		into.set(`weight ${list} ${name}`, `${signed(value)} offset ${signed(value >> 16)}`);
	}
}

/** Each picture's co-located vectors lie in memory of its own, which stays the same while it is a reference. */
class MotionMemory {
	private readonly places = new Map<number, number>();

	name(luma: number, top: number, bottom: number, isOutput: boolean): string {
		if (isOutput) this.places.set(luma, top);
		const own = this.places.get(luma) === top ? "its own" : "another's";
		return `vectors ${own}, of bottom + ${bottom - top}`;
	}
}

/** Which field of the frame this is, and its own picture order count among the two. */
interface Current {
	field: boolean;
	bottom: boolean;
}

/** struct cedrus_h264_sram_ref_pic; gives the names of the pictures at each position. */
function pictures(
	sram: Map<number, number>,
	memory: Memory,
	motion: MotionMemory,
	output: number,
	current: Current,
	into: Fields,
): string[] {
	const names: string[] = [];
	const own = (sram.get(PICTURES.at + 8 * output + (current.bottom ? 1 : 0)) ?? 0) | 0;
	for (let position = 0; position < PICTURES.words / 8; position++) {
		const word = (i: number) => sram.get(PICTURES.at + 8 * position + i) ?? 0;
		if (word(3) === 0) continue;
		names[position] = memory.picture(word(3));
		// What counts is how far a count is from the picture's own; a field's frame may have no other yet.
		const count = (n: number) =>
			position === output && current.field && (n === 1) !== current.bottom ? "-" : (word(n) | 0) - own;
		const told = [
			`POC ${count(0)} ${count(1)} from here`,
			PICTURE_TYPES[word(2) >> 8] ?? `type ${word(2)}`,
			`chroma + ${word(4) - word(3)}`,
			motion.name(word(3), word(5), word(6), position === output),
		];
		into.set(`${names[position]}`, told.join(", "));
	}
	return names;
}

/**
 * How the registers of one job read, in terms that do not depend on addresses. It follows the memory of motion vectors, so each
 * trace needs one of its own.
 */
export function cedrusFields() {
	const registers = readRegisters("cedrus");
	const motion = new MotionMemory();

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
		const header = values.get(SLICE_HEADER) ?? 0;
		const current = { field: (header & FIELD_PIC) !== 0, bottom: (header & BOTTOM_FIELD) !== 0 };
		const names = pictures(sram, memory, motion, values.get(OUTPUT_INDEX) ?? 0, current, into);
		for (const [at, value] of values) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			if (OWN.test(name)) into.set(name, "the driver's own");
			else if (name === "H264_OUTPUT_FRAME_IDX") into.set(name, names[value] ?? `no picture`);
			else if (name === "H264_VLD_END") into.set(name, memory.place(value));
			else if (name === "H264_VLD_ADDR") {
				into.set(name, `${memory.place(((value & 0x0ffffff0) | (value << 28)) >>> 0)}`);
				into.set(`${name} flags`, String((value >>> 28) & 7));
			} else split(register, at, value, into);
		}
		weights(sram, into);
		for (const list of LISTS) {
			const words = [0, 1, 2, 3, 4, 5, 6, 7].filter((i) => sram.has(list.at + i)).length;
			const bytes = Buffer.from(hexadecimal(sram, list.at, words), "hex");
			// The rest fills the last word.
			for (const [i, entry] of bytes.subarray(0, Number(into.get(list.length)) + 1).entries())
				into.set(
					`${list.name}[${i}]`,
					`${names[entry >> 1] ?? "no picture"}${entry & 1 ? " bottom" : ""}`,
				);
		}
		const transforms8x8 = into.get("H264_PPS.TRANSFORM_8X8_MODE") === "1";
		for (const { at, words, name } of SCALING)
			if (name.includes("8x8") && !transforms8x8) continue;
			else if (sram.has(at)) into.set(name, hexadecimal(sram, at, words));
		for (const [name, table] of job.tables) into.set(`table ${name}`, checksum(table.bytes));
	};
}
