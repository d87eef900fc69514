// SPDX-License-Identifier: MIT
// G1 and VDPU2 (drivers/media/platform/verisilicon): the same decoder with its registers in two orders. Where the driver
// keeps a reference, its slot, is its own affair (hantro_h264.c update_dpb), so slots are called by their pictures.
import {
	checksum,
	type Fields,
	lastValues,
	type Memory,
	split,
} from "../../../kernel/hardware/registers/canonical.ts";
import type { Register } from "../../../kernel/hardware/registers/fields.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { readRegisters } from "./fields.ts";
import { type HeaderSyntax, readPicture } from "./slices.ts";

interface Layout {
	registers: Map<number, Register>;
	/** Names of registers with addresses; of those of references the lowest two bits are flags. */
	addresses: RegExp;
	references: RegExp;
	table: string;
	valid: string;
	longTerm: string;
	/** Where names of fields include that of the register. */
	prefixes: Record<string, string>;
}

/** Where VDPU2 has what the comparison needs. */
export function vdpu2(): Layout {
	return {
		registers: readRegisters("vdpu2"),
		addresses: /^(DEC_OUT|RLC_VLC|QTABLE|DIR_MV)_BASE$/,
		references: /^REFER_BASE\((\d+)\)/,
		table: "QTABLE_BASE",
		valid: "REFER_VALID_E",
		longTerm: "REFER_LTERM_E",
		prefixes: {},
	};
}

/** Where G1 has it. */
export function g1(): Layout {
	return {
		registers: readRegisters("g1"),
		addresses: /^ADDR_(STR|DST|QTABLE|DIR_MV)$/,
		references: /^ADDR_REF\((\d+)\)/,
		table: "ADDR_QTABLE",
		valid: "VALID_REF",
		longTerm: "LT_REF",
		prefixes: {
			FRAMENUM_LEN: "DEC_CTRL4.",
			FIELDPIC_FLAG_E: "DEC_CTRL2.",
			POC_LENGTH: "DEC_CTRL6.",
			RDPIC_CNT_PRES: "DEC_CTRL5.",
			"8X8TRANS_FLAG_E": "DEC_CTRL5.",
			TYPE1_QUANT_E: "DEC_CTRL2.",
			SEQ_MBAFF_E: "DEC_CTRL0.",
		},
	};
}

const SLOTS = 16;
const REFERENCE_NUMBER = /^(?:REF_PIC\((\d+)\)\.)?REFER(\d+)_NBR$/;
const LIST_ENTRY = /^(?:(BD_REF_PIC|FWD_PIC)\((\d+)\)\.|BD_P_REF_PIC\.)?([PB]INIT_RLIST_[FB])(\d+)$/;

/** 16 bits of the slots' marking, slot 0 at the top; in field pictures a pair of bits for each slot. */
function marks(value: number, slot: number, isField: boolean): number {
	return isField ? (value >>> (30 - 2 * slot)) & 3 : (value >>> (31 - slot)) & 1 ? 3 : 0;
}

/** The list and the place in it of a field, which G1 names by register. */
function listPlace(name: string): { list: string; at: number } | null {
	const match = LIST_ENTRY.exec(name);
	if (!match) return null;
	const [, register, number, list, entry] = match;
	const step = register === "BD_REF_PIC" ? 3 : register === "FWD_PIC" ? 6 : 0;
	return { list, at: step * Number(number ?? 0) + Number(entry) + (register === "FWD_PIC" ? 4 : 0) };
}

/** What counts is how far a picture order count is from the picture's own (H.264 8.2.1, DiffPicOrderCnt). */
function relative(counts: Buffer, at: number): string {
	return String(counts.readInt32LE(at) - counts.readInt32LE(8 * SLOTS));
}

/** The references, each with all that the registers and the table of picture order counts say of it. */
function references(fields: Fields, layout: Layout, isField: boolean, counts: Buffer | undefined): void {
	const take = (name: string) => {
		const value = fields.get(name) ?? "";
		fields.delete(name);
		return value;
	};
	const numbers = new Map<number, string>();
	const addresses = new Map<number, string>();
	const lists: { list: string; at: number; slot: number }[] = [];
	for (const name of [...fields.keys()]) {
		const number = REFERENCE_NUMBER.exec(name);
		const address = layout.references.exec(name);
		const place = listPlace(name);
		if (number) numbers.set(2 * Number(number[1] ?? 0) + Number(number[2]), take(name));
		else if (address) addresses.set(Number(address[1]), take(name));
		else if (place) lists.push({ ...place, slot: Number(take(name)) });
	}
	const valid = Number(take(layout.valid));
	const longTerm = Number(take(layout.longTerm));
	const names: string[] = [];
	for (let slot = 0; slot < SLOTS; slot++) {
		const parities = marks(valid, slot, isField);
		if (parities === 0) continue;
		const [picture, ...flags] = (addresses.get(slot) ?? "").split(" | ");
		names[slot] = `${picture}, number ${numbers.get(slot)}`;
		// Which field is nearer says nothing where one is no reference.
		const shown = parities === 3 ? flags : flags.filter((flag) => flag !== "TOPC_E");
		const count = (n: number) =>
			parities & (2 >> n) && counts ? relative(counts, 8 * slot + 4 * n) : "-";
		const told = [
			["", "bottom", "top", "both"][parities],
			marks(longTerm, slot, isField) ? "long-term" : "short-term",
			`POC ${count(0)} ${count(1)} from here`,
			...shown,
		];
		fields.set(`reference ${names[slot]}`, told.join(", "));
	}
	// The driver leaves what was there before behind the last entry of a list (v4l2-h264.c), and 15 in fields.
	const length = isField ? SLOTS : names.filter((name) => name).length;
	for (const { list, at, slot } of lists)
		if (at < length && names[slot]) fields.set(`${list}${at}`, names[slot]);
		else if (at < length && !(isField && slot === 15))
			fields.set(`${list}${at}`, `slot ${slot}, no reference`);
}

/** assemble_scaling_list(): read if the parameter sets say so. */
function scalingLists(bytes: Buffer, transforms8x8: boolean, into: Fields): void {
	for (let list = 0; list < 6; list++)
		into.set(`scaling list 4x4 ${list}`, bytes.toString("hex", 16 * list, 16 * list + 16));
	for (let list = 0; list < (transforms8x8 ? 2 : 0); list++)
		into.set(`scaling list 8x8 ${list}`, bytes.toString("hex", 96 + 64 * list, 160 + 64 * list));
}

/** How the hardware itself reads slice headers. */
function headerSyntax(value: (field: string) => number): HeaderSyntax {
	return {
		frameNumBits: value("FRAMENUM_LEN"),
		frameMbsOnly: value("FIELDPIC_FLAG_E") === 0,
		skipOrderCount: (bits) => bits.u(value("POC_LENGTH")),
		redundantPictureCount: value("RDPIC_CNT_PRES") === 1,
	};
}

/** How the registers of one job read, in terms that do not depend on addresses; `layout` is vdpu2() or g1(). */
export function hantroFields(layout: Layout) {
	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		for (const [at, value] of values)
			if (layout.registers.get(at)?.name === layout.table) memory.know(value, "tables");
		for (const [at, value] of values) {
			const register = layout.registers.get(at);
			if (register && layout.addresses.test(register.name))
				into.set(register.name, memory.place(value));
			else if (register && layout.references.test(register.name)) {
				const flags = `${value & 2 ? " | FIELD_E" : ""}${value & 1 ? " | TOPC_E" : ""}`;
				into.set(register.name, `${memory.picture((value & ~3) >>> 0)}${flags}`);
			} else split(register, at, value, into);
		}
		const field = (name: string) => Number(into.get(`${layout.prefixes[name] ?? ""}${name}`));
		const counts = job.tables.get("poc")?.bytes;
		references(into, layout, job.output?.lines !== "frame", counts);
		// Beyond its own, only MBAFF frames have a count of the bottom field here (prepare_table).
		const both = field("SEQ_MBAFF_E") === 1 && job.output?.lines === "frame";
		if (counts && both) into.set("POC of the bottom field", relative(counts, 132));
		into.set("default counts read", readPicture(job.streams[0].bytes, headerSyntax(field)).defaultCounts);
		for (const [name, table] of job.tables) {
			if (name === "scaling") {
				if (field("TYPE1_QUANT_E")) scalingLists(table.bytes, field("8X8TRANS_FLAG_E") === 1, into);
			} else if (name !== "poc") into.set(`table ${name}`, checksum(table.bytes));
		}
	};
}
