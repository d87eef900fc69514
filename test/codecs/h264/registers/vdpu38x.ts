// SPDX-License-Identifier: MIT
// VDPU381 (RK3588) and VDPU383 (RK3576; drivers/media/platform/rockchip/rkvdec): the DPB is in registers of the one, in the parameter
// set of the other.
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
import { packet, parameterSet, references, SLOTS, type Slot, scalingLists, slotFlags } from "./rockchip.ts";

/** Counts of the picture and of each slot, and what is told of the slots' fields. */
interface Dpb {
	current: [top: number, bottom: number];
	counts(slot: number): [top: number, bottom: number];
	longTerm(slot: number): boolean;
	/** The entry is a field, its fields are references, it is ACTIVE. */
	has(slot: number, bit: "field" | "top" | "bottom" | "used"): boolean;
}

interface Family {
	name: string;
	/** Bytes of a parameter set. */
	size: number;
	/** Register of slot i: the picture, and its motion vectors. */
	picture: (slot: number) => string;
	motion: (slot: number) => string;
	/** Registers of slots, which are told of with their pictures; and fields of the packet, likewise. */
	slots: RegExp;
	packed: RegExp;
	dpb(value: (register: string) => number, bit: (field: string, i?: number) => number): Dpb;
}

const vdpu381: Family = {
	name: "vdpu381",
	size: 48,
	picture: (slot) => `ref_base(${slot})`,
	motion: (slot) => `colmv_base(${slot})`,
	slots: /^(ref_base|colmv_base|ref_poc|ref_info_regs)\(|^cur_(top|bot)_poc$/,
	packed: /^IS_LONGTERM$/,
	dpb(value, bit) {
		const info = (slot: number) => value(`ref_info_regs(${slot >> 2})`) >>> (8 * (slot & 3));
		const bits = { field: 1, top: 2, bottom: 4, used: 8 };
		return {
			current: [value("cur_top_poc"), value("cur_bot_poc")],
			counts: (slot) => [value(`ref_poc(${2 * slot})`), value(`ref_poc(${2 * slot + 1})`)],
			longTerm: (slot) => ((bit("IS_LONGTERM") >> slot) & 1) === 1,
			has: (slot, which) => (info(slot) & bits[which]) !== 0,
		};
	},
};

const vdpu383: Family = {
	name: "vdpu383",
	size: 176,
	picture: (slot) => `ref_base(${slot})`,
	motion: (slot) => `colmv_ref_base(${slot})`,
	slots: /^(ref_base|payload_st_ref_base|colmv_ref_base)\(/,
	packed: /^(IS_LONG_TERM|CUR_(TOP|BOT)_FIELD|(TOP|BOT)_FIELD_ORDER_CNT|REF_\w+)$/,
	dpb(_, bit) {
		const names = {
			field: "REF_FIELD_FLAGS",
			top: "REF_TOPFIELD_USED",
			bottom: "REF_BOTFIELD_USED",
			used: "REF_COLMV_USE_FLAG",
		};
		return {
			current: [bit("CUR_TOP_FIELD"), bit("CUR_BOT_FIELD")],
			counts: (slot) => [bit("TOP_FIELD_ORDER_CNT", slot), bit("BOT_FIELD_ORDER_CNT", slot)],
			longTerm: (slot) => bit("IS_LONG_TERM", slot) === 1,
			has: (slot, which) => bit(names[which], slot) === 1,
		};
	},
};

const ADDRESSES = /(_base|_scanlist_addr|^scanlist_addr|SCALING_LIST_ADDRESS)$/;
/** Memory that the driver gives the decoder to work in, and what acknowledges the interrupt: both say nothing of the job. */
const OWN = /^(rcb_base\(\d+\)|rcb_info\(\d+\)\.offset|STA_INT|INT_EN)$/;

function fieldsOf(family: Family) {
	const registers = readRegisters(family.name);
	const addresses = new Map([...registers].map(([at, { name }]) => [name, at]));
	const set = new Map<string, PacketField>(
		readPacket(`${family.name}_packet`).map((field) => [field.name, field]),
	);

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		const value = (register: string) => {
			const at = addresses.get(register);
			if (at === undefined) throw new Error(`${family.name} has no register ${register}`);
			return (values.get(at) ?? 0) | 0;
		};
		const cabac = job.tables.get("cabac");
		if (cabac) memory.know(cabac.address, "tables");
		for (const [at, written] of values) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			if (family.slots.test(name) || OWN.test(name)) continue;
			if (ADDRESSES.test(name)) into.set(name, memory.place(written));
			else split(register, at, written, into);
		}
		const bytes = parameterSet(job, family.size);
		packet(bytes, [...set.values()], family.packed, into);
		const address = into.get("SCALING_LIST_ADDRESS");
		if (address !== undefined) into.set("SCALING_LIST_ADDRESS", memory.place(Number(address)));

		const bit = (name: string, i = 0) => {
			const field = set.get(name);
			if (!field) throw new Error(`the parameter sets of ${family.name} have no field ${name}`);
			return readBits(bytes, field.first + i * field.step, field.bits) | 0;
		};
		const dpb = family.dpb(value, bit);
		const distance = value("colmv_cur_base") - value("decout_base");
		const slots = Array.from({ length: SLOTS }, (_, i): Slot => {
			const has = (which: Parameters<Dpb["has"]>[1]) => dpb.has(i, which);
			const at = value(family.picture(i)) >>> 0;
			const [top, bottom] = dpb.counts(i);
			const flags = slotFlags(has("used"), has("bottom"), has("top"), has("field"));
			// Motion vectors lie behind each picture alike.
			if ((value(family.motion(i)) >>> 0) - at !== distance) flags.push("motion vectors elsewhere");
			return {
				name: memory.picture(at),
				used: has("used"),
				flags,
				top,
				bottom,
				longTerm: dpb.longTerm(i),
			};
		});
		references(job, slots, ...dpb.current, into);
		scalingLists(job, into);
		if (cabac) into.set("table cabac", checksum(cabac.bytes));
	};
}

/** How the registers of one job read, in terms that do not depend on addresses: VDPU381. */
export const vdpu381Fields = () => fieldsOf(vdpu381);
/** The same of VDPU383. */
export const vdpu383Fields = () => fieldsOf(vdpu383);
