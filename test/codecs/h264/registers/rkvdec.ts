// SPDX-License-Identifier: MIT
// rkvdec (drivers/staging/media/rkvdec): parameter sets and reference lists are packets in memory. A picture's slot is where
// the client put it in the DPB, so slots are called by their pictures.
import {
	checksum,
	type Fields,
	lastValues,
	type Memory,
	split,
} from "../../../kernel/hardware/registers/canonical.ts";
import { type PacketField, readBits } from "../../../kernel/hardware/registers/fields.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { readPacket, readRegisters } from "./fields.ts";
import { type HeaderSyntax, type Picture, parameterSetId, readPicture } from "./slices.ts";

const SLOTS = 16;
/** RKVDEC_REG_H264_POC_REFER0, 1 and 2: top and bottom of slot 0, of slot 1, and so on. */
const POC_REGISTERS = [
	{ at: 0x064, count: 15 },
	{ at: 0x0c4, count: 15 },
	{ at: 0x120, count: 2 },
].flatMap(({ at, count }) => Array.from({ length: count }, (_, i) => at + 4 * i));
const ADDRESSES = /_BASE$/;
const REFERENCE = /^H264_BASE_REFER\(?(\d+)\)?$/;
const PARAMETER_SET = 32;
const PARITIES = ["TOPFIELD_USED_REF", "BOTFIELD_USED_REF"];
const USED = 8; // RKVDEC_COLMV_USED_FLAG_REF: the entry is ACTIVE

interface Slot {
	name: string;
	used: boolean;
	flags: string;
}

function slots(
	values: Map<number, number>,
	memory: Memory,
	registers: ReturnType<typeof readRegisters>,
): Slot[] {
	const found: Slot[] = [];
	for (const [at, value] of values) {
		const register = registers.get(at);
		const match = REFERENCE.exec(register?.name ?? "");
		if (!register || !match) continue;
		const set = register.fields.filter((field) => value & field.mask).map((field) => field.name);
		found[Number(match[1])] = {
			name: memory.picture((value & ~15) >>> 0),
			used: (value & USED) !== 0,
			flags: set.join(" "),
		};
	}
	return found;
}

/** rps: frame_num of the slots, then three lists of slots (assemble_hw_rps). */
function referenceLists(bytes: Buffer, slot: Slot[], into: Fields): void {
	for (const [list, name] of ["P", "B0", "B1"].entries()) {
		for (let i = 0; i < 32; i++) {
			const entry = readBits(bytes, 288 + 224 * list + 7 * i, 7);
			const picture = entry & 16 ? slot[entry & 15].name : "no buffer";
			if (entry)
				into.set(
					`list ${name}[${i}]`,
					`${picture}${entry & 32 ? " bottom" : ""}${entry & 64 ? " view 1" : ""}`,
				);
		}
	}
}

function packet(bytes: Buffer, fields: PacketField[], into: Fields): void {
	for (const field of fields) {
		// Of the multiview extension, which the driver leaves 0.
		if (/VIEW|ANCHOR|MVC/.test(field.name) || field.name === "IS_LONG_TERM") continue;
		for (let i = 0; i < (field.step ? 2 : 1); i++) {
			const value = readBits(bytes, field.first + i * field.step, field.bits);
			into.set(field.step ? `${field.name}(${i})` : field.name, String(value));
		}
	}
}

/** struct rkvdec_h264_scaling_list. Of the six 8x8 lists, four serve 4:4:4 only (H.264 8.5.9), which the driver refuses. */
function scalingLists(bytes: Buffer, transforms8x8: boolean, into: Fields): void {
	for (let list = 0; list < 6; list++)
		into.set(`scaling list 4x4 ${list}`, bytes.toString("hex", 16 * list, 16 * list + 16));
	for (let list = 0; list < (transforms8x8 ? 2 : 0); list++)
		into.set(`scaling list 8x8 ${list}`, bytes.toString("hex", 96 + 64 * list, 160 + 64 * list));
}

/** The picture's own count; how far the other field's is from it is kept, of frames. */
function ownOrderCount(into: Fields, { structure }: Picture): number {
	const top = Number(into.get("CUR_POC0"));
	const bottom = Number(into.get("CUR_POC1"));
	into.delete("CUR_POC0");
	into.delete("CUR_POC1");
	into.set("structure", structure);
	if (structure === "frame") into.set("POC of the bottom field", String(bottom - top));
	return structure === "bottom" ? bottom : top;
}

/** How the hardware itself reads slice headers. */
function headerSyntax(fields: Fields): HeaderSyntax {
	const value = (field: string) => Number(fields.get(field));
	return {
		frameNumBits: value("LOG2_MAX_FRAME_NUM_MINUS4") + 4,
		frameMbsOnly: value("FRAME_MBS_ONLY_FLAG") === 1,
		skipOrderCount(bits, field) {
			const bottom = value("BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT_FLAG") === 1 && !field;
			const type = value("PIC_ORDER_CNT_TYPE");
			if (type === 0) bits.u(value("LOG2_MAX_PIC_ORDER_CNT_LSB_MINUS4") + 4);
			const delta = type === 1 && value("DELTA_PIC_ORDER_ALWAYS_ZERO_FLAG") === 0;
			if (delta) bits.ue();
			if (bottom && (type === 0 || delta)) bits.ue();
		},
		redundantPictureCount: value("REDUNDANT_PIC_CNT_PRESENT") === 1,
	};
}

export function rkvdecFields() {
	const registers = readRegisters("rkvdec");
	const parameterSet = readPacket("rkvdec_packet");
	const longTerm = parameterSet.find((field) => field.name === "IS_LONG_TERM")?.first ?? 0;

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		const cabac = job.tables.get("cabac");
		if (cabac) memory.know(cabac.address, "tables");
		const slot = slots(values, memory, registers);
		for (const [at, value] of values) {
			const register = registers.get(at);
			if (REFERENCE.test(register?.name ?? "") || POC_REGISTERS.includes(at)) continue;
			if (register && ADDRESSES.test(register.name)) into.set(register.name, memory.place(value));
			else split(register, at, value, into);
		}
		const all = job.tables.get("pps")?.bytes ?? Buffer.alloc(256 * PARAMETER_SET);
		const lists = job.tables.get("rps")?.bytes ?? Buffer.alloc(256);
		// The decoder takes the one that the slice header names (assemble_hw_pps).
		const id = parameterSetId(job.streams[0].bytes);
		const set = all.subarray(PARAMETER_SET * id, PARAMETER_SET * (id + 1));
		packet(set, parameterSet, into);
		into.set("SCALING_LIST_ADDRESS", memory.place(Number(into.get("SCALING_LIST_ADDRESS"))));
		const picture = readPicture(job.streams[0].bytes, headerSyntax(into));
		into.set("default counts read", picture.defaultCounts);
		const origin = ownOrderCount(into, picture);
		for (let i = 0; i < SLOTS; i++) {
			const { name, used, flags } = slot[i];
			if (!used) continue;
			const count = (parity: number) =>
				flags.includes(PARITIES[parity])
					? ((values.get(POC_REGISTERS[2 * i + parity]) ?? 0) | 0) - origin
					: "-";
			const number = lists.readUInt16LE(2 * i);
			const mark = readBits(set, longTerm + i, 1) ? "long-term" : "short-term";
			slot[i].name = `${name}, number ${number}`;
			into.set(`slot of ${slot[i].name}`, `${flags}, ${mark}, POC ${count(0)} ${count(1)} from here`);
		}
		referenceLists(lists, slot, into);
		for (const [name, table] of job.tables) {
			if (name === "scaling" && into.get("SCALING_LIST_ENABLE_FLAG") === "1")
				scalingLists(table.bytes, into.get("TRANSFORM_8X8_MODE_FLAG") === "1", into);
			else if (name === "cabac") into.set("table cabac", checksum(table.bytes));
		}
	};
}
