// SPDX-License-Identifier: MIT
// RK3399's rkvdec (drivers/staging/media/rkvdec): the DPB is in registers.
import {
	checksum,
	type Fields,
	lastValues,
	type Memory,
	split,
} from "../../../kernel/hardware/registers/canonical.ts";
import { readBits } from "../../../kernel/hardware/registers/fields.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { readPacket, readRegisters } from "./fields.ts";
import { packet, parameterSet, references, SLOTS, type Slot, scalingLists, slotFlags } from "./rockchip.ts";

/** RKVDEC_REG_H264_POC_REFER0, 1 and 2: top and bottom of slot 0, of slot 1, and so on. */
const POC_REGISTERS = [
	{ at: 0x064, count: 15 },
	{ at: 0x0c4, count: 15 },
	{ at: 0x120, count: 2 },
].flatMap(({ at, count }) => Array.from({ length: count }, (_, i) => at + 4 * i));
const ADDRESSES = /_BASE$/;
const REFERENCE = /^H264_BASE_REFER\(?(\d+)\)?$/;
const PARAMETER_SET = 32;
/** Of RKVDEC_REG_H264_BASE_REFER: the entry is a field, its fields are references, it is ACTIVE. */
enum Bit {
	Field = 1,
	Top = 2,
	Bottom = 4,
	Used = 8,
}

/** How the registers of one job read, in terms that do not depend on addresses; also of the packets in memory. */
export function rkvdecFields() {
	const registers = readRegisters("rkvdec");
	const set = readPacket("rkvdec_packet");
	const longTerm = set.find((field) => field.name === "IS_LONG_TERM")?.first ?? 0;
	const places = new Map<number, number>();
	for (const [at, { name }] of registers) {
		const match = REFERENCE.exec(name);
		if (match) places.set(Number(match[1]), at);
	}

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		const cabac = job.tables.get("cabac");
		if (cabac) memory.know(cabac.address, "tables");
		for (const [at, value] of values) {
			const register = registers.get(at);
			if (REFERENCE.test(register?.name ?? "") || POC_REGISTERS.includes(at)) continue;
			// Since 6.19 the driver writes the whole file of registers, with 0 where it means nothing.
			if (!register && value === 0) continue;
			if (register && ADDRESSES.test(register.name)) into.set(register.name, memory.place(value));
			else split(register, at, value, into);
		}
		const bytes = parameterSet(job, PARAMETER_SET);
		packet(bytes, set, /^IS_LONG_TERM$/, into);
		into.set("SCALING_LIST_ADDRESS", memory.place(Number(into.get("SCALING_LIST_ADDRESS"))));
		const slots = Array.from({ length: SLOTS }, (_, i): Slot => {
			const value = values.get(places.get(i) as number) ?? 0;
			const count = (parity: number) => (values.get(POC_REGISTERS[2 * i + parity]) ?? 0) | 0;
			const has = (bit: Bit) => (value & bit) !== 0;
			return {
				name: memory.picture((value & ~15) >>> 0),
				used: has(Bit.Used),
				flags: slotFlags(has(Bit.Used), has(Bit.Bottom), has(Bit.Top), has(Bit.Field)),
				top: count(0),
				bottom: count(1),
				longTerm: readBits(bytes, longTerm + i, 1) === 1,
			};
		});
		const [top, bottom] = [Number(into.get("CUR_POC0")), Number(into.get("CUR_POC1"))];
		into.delete("CUR_POC0");
		into.delete("CUR_POC1");
		references(job, slots, top, bottom, into);
		scalingLists(job, into);
		if (cabac) into.set("table cabac", checksum(cabac.bytes));
	};
}
