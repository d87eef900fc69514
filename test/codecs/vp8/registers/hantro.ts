// SPDX-License-Identifier: MIT
// G1 and VDPU2 (drivers/media/platform/verisilicon): the same decoder with its registers in two orders. A job is told two addresses in
// the stream, of the macroblocks' modes ("control") and of the coefficients. Fields that are written one by one keep old bits
// beside them; those that no bit switches on are left out.
import { type Fields, lastValues, type Memory, split } from "../../../kernel/hardware/registers/canonical.ts";
import type { Register } from "../../../kernel/hardware/registers/fields.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { type Part, probabilities } from "../../../kernel/hardware/registers/probabilities.ts";
import { readRegisters } from "./fields.ts";

interface Layout {
	registers: Map<number, Register>;
	/** Registers with addresses: of the tables, of the job's own buffers, of references by name. */
	table: string;
	addresses: RegExp;
	references: Record<string, string>;
	/** The address of the segment map, which is the driver's own, and two flags. */
	segments: string;
}

/** Where VDPU2 has what the comparison needs. */
export function vdpu2(): Layout {
	return {
		registers: readRegisters("vdpu2"),
		table: "ADDR_QTABLE",
		addresses: /^(ADDR_QTABLE|ADDR_DST|ADDR_STR|VP8_ADDR_CTRL_PART|VP8_DCT_BASE\(\d\))$/,
		references: {
			VP8_ADDR_REF0: "last",
			"VP8_ADDR_REF2_5(2)": "golden",
			"VP8_ADDR_REF2_5(3)": "altref",
		},
		segments: "VP8_SEGMENT_VAL",
	};
}

/** Where G1 has it. */
export function g1(): Layout {
	return {
		registers: readRegisters("g1"),
		table: "ADDR_QTABLE",
		addresses: /^(ADDR_QTABLE|ADDR_DST|ADDR_STR|ADDR_REF\((?:[89]|1[0-5])\))$/,
		references: { "ADDR_REF(0)": "last", "ADDR_REF(4)": "golden", "ADDR_REF(5)": "altref" },
		segments: "FWD_PIC(0)",
	};
}

/** hantro_vp8_prob_update() */
const PROBABILITIES: Part[] = [
	{ name: "skip", at: 0, size: 1 },
	{ name: "intra", at: 1, size: 1 },
	{ name: "last", at: 2, size: 1 },
	{ name: "golden", at: 3, size: 1 },
	{ name: "segments", at: 4, size: 3 },
	{ name: "luma modes", at: 8, size: 4 },
	{ name: "chroma modes", at: 12, size: 3 },
	{ name: "vectors", at: 16, size: 40 },
	{ name: "coefficients", at: 56, size: 1152 },
];

/** Sign bias of a reference; both bits of the segment map. */
const SIGN_BIAS = 1;
const SEGMENTS = 1;
const UPDATE_MAP = 2;
const SEGMENT_FIELD = /\b(?:lf_level|quant)\[([1-3])\]$/;
const PARTITION_FIELD = /\bdct_start_bits\[(\d)\]$/;

/** How the registers of one job read, in terms that do not depend on addresses; `layout` is vdpu2() or g1(). */
export function hantroFields(layout: Layout) {
	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		for (const [at, value] of values)
			if (layout.registers.get(at)?.name === layout.table) memory.know(value, "tables");
		for (const [at, value] of values) {
			const register = layout.registers.get(at);
			const name = register?.name ?? "";
			if (layout.addresses.test(name)) into.set(name, memory.place(value));
			else if (name in layout.references) {
				const picture = memory.picture((value & ~SIGN_BIAS) >>> 0);
				into.set(layout.references[name], `${picture}${value & SIGN_BIAS ? ", sign bias" : ""}`);
			} else if (name === layout.segments) {
				into.set("segments enabled", String(value & SEGMENTS));
				into.set("segment map updated", String((value & UPDATE_MAP) >> 1));
			} else split(register, at, value, into);
		}
		const partitions = [...into].find(([name]) => /\bnum_dct_part/.test(name))?.[1] ?? "0";
		for (const name of [...into.keys()]) {
			const segment = SEGMENT_FIELD.test(name) && into.get("segments enabled") === "0";
			const partition = Number(PARTITION_FIELD.exec(name)?.[1] ?? 0) > Number(partitions);
			if (segment || partition) into.delete(name);
		}
		// Read in pictures with inter prediction.
		if ([...into].some(([name, value]) => name.endsWith("PIC_INTER_E") && value === "0"))
			for (const name of Object.values(layout.references)) into.delete(name);
		const table = job.tables.get("probabilities")?.bytes;
		if (table) probabilities(table, PROBABILITIES, into);
	};
}
