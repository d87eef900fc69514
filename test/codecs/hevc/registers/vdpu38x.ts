// SPDX-License-Identifier: MIT
// VDPU381 (RK3588) and VDPU383 (RK3576; drivers/media/platform/rockchip/rkvdec). They read slice headers themselves, with the reference
// picture sets of the SPS in memory. The driver writes headers anew where an SPS has sets, so what they come to is compared.
import { type Fields, lastValues, type Memory, split } from "../../../kernel/hardware/registers/canonical.ts";
import { readBits } from "../../../kernel/hardware/registers/fields.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { unitsOf } from "../../nal.ts";
import { readPacket, readRegisters } from "./fields.ts";
import type { Referred, ShortTerm, ShortTermSet } from "./reference-sets.ts";
import { packet, parameterSet, putParameters, putSlots, putTables, type Slot } from "./rockchip.ts";
import { type HeaderSyntax, type Parameter, readSliceHeader, type SliceHeader } from "./slice-header.ts";

const SLOTS = 15;

interface Family {
	name: string;
	/** Bytes of a parameter set. */
	size: number;
	/** What its driver's source calls parameters that have another name in the specification. */
	names: Record<string, string>;
	/** Register of slot i: the picture, and its motion vectors. */
	motion: (slot: number) => string;
	/** A register that has the picture's address as well. */
	again: ((slot: number) => string) | null;
	/** Registers, and fields of the packet, that are told of with the slots. */
	slots: RegExp;
	packed: RegExp;
	/** Of the current picture, and of slot i; undefined where there is no picture. */
	count(value: (register: string) => number, parameter: (name: string) => number): number;
	countOf(
		slot: number,
		value: (register: string) => number,
		parameter: (name: string) => number,
	): number | undefined;
}

const vdpu381: Family = {
	name: "vdpu381",
	size: 112,
	names: {
		PIC_WIDTH_IN_LUMA_SAMPLES: "WIDTH",
		PIC_HEIGHT_IN_LUMA_SAMPLES: "HEIGHT",
		LOG2_MAX_PIC_ORDER_CNT_LSB: "MAX_PIC_ORDER_COUNT_LSB",
		LOG2_MIN_LUMA_CODING_BLOCK_SIZE: "MIN_LUMA_CODING_BLOCK_SIZE",
		LOG2_DIFF_MAX_MIN_LUMA_CODING_BLOCK_SIZE: "DIFF_MAX_MIN_LUMA_CODING_BLOCK_SIZE",
	},
	motion: (slot) => `colmv_base(${slot})`,
	again: null,
	slots: /^(ref_base|colmv_base|ref_poc)\(|^cur_top_poc$|^hevc_ref_valid$/,
	packed: /^$/,
	count: (value) => value("cur_top_poc"),
	// set_ref_valid(): four bits in each byte
	countOf: (slot, value) =>
		(value("hevc_ref_valid") >>> (8 * (slot >> 2) + (slot & 3))) & 1
			? value(`ref_poc(${slot})`)
			: undefined,
};

const vdpu383: Family = {
	name: "vdpu383",
	size: 192,
	names: {},
	motion: (slot) => `colmv_ref_base(${slot})`,
	again: (slot) => `payload_st_ref_base(${slot})`,
	slots: /^(ref_base|payload_st_ref_base|colmv_ref_base)\(/,
	packed: /^(CURRENT_POC|REF_PIC_POC\(\d+\)|REF_IS_VALID\(\d+\))$/,
	count: (_, parameter) => parameter("CURRENT_POC") | 0,
	countOf: (slot, _, parameter) =>
		parameter(`REF_IS_VALID(${slot})`) ? parameter(`REF_PIC_POC(${slot})`) | 0 : undefined,
};

const ADDRESSES = /(_base|^scanlist_addr)$/;
/** Memory that the driver gives the decoder to work in, and what acknowledges the interrupt: both say nothing of the job. */
const OWN = /^(rcb_base\(\d+\)|rcb_info\(\d+\)\.offset|STA_INT|INT_EN)$/;

/** The sets of the SPS in memory (rkvdec-hevc-common.h: RPS_LT_..., RPS_ST_...), of which the packet says how many there are. */
function setsInMemory(table: Buffer, short: number, long: number): Pick<HeaderSyntax, "sets" | "longTerm"> {
	const sets = Array.from({ length: short }, (_, i): ShortTermSet => {
		const at = 1024 + 384 * i;
		const negative = readBits(table, at, 4);
		const pictures = Array.from({ length: negative + readBits(table, at + 4, 4) }, (_, j): ShortTerm => {
			const place = at + 8 + 17 * j;
			return {
				distance: (readBits(table, place, 16) << 16) >> 16,
				used: readBits(table, place + 16, 1) === 1,
			};
		});
		return { before: pictures.slice(0, negative), after: pictures.slice(negative) };
	});
	const longTerm = Array.from({ length: long }, (_, i) => ({
		lsb: readBits(table, 32 * i, 16),
		used: readBits(table, 32 * i + 16, 1) === 1,
	}));
	return { sets, longTerm };
}

/** What a job tells the decoder before it begins with the stream. */
interface Told {
	/** The last value of a register, by name. */
	value: (register: string) => number;
	/** The packet of the parameter set, and one parameter by the name that the specification has. */
	set: Map<string, number>;
	parameter: Parameter;
	/** PicOrderCntVal of the current picture, and those of the DPB by their slots; undefined: no picture. */
	count: number;
	counts: (number | undefined)[];
	/** All that it reads slice headers with. */
	syntax: HeaderSyntax;
}

function readerOf(family: Family): (job: RawJob) => Told {
	const addresses = new Map([...readRegisters(family.name)].map(([at, { name }]) => [name, at]));
	const fields = readPacket(`${family.name}_packet`);
	return (job) => {
		const values = lastValues(job);
		const value = (register: string): number => {
			const at = addresses.get(register);
			if (at === undefined) throw new Error(`${family.name} has no register ${register}`);
			return (values.get(at) ?? 0) | 0;
		};
		const set = packet(parameterSet(job, family.size), fields);
		const parameter = (name: string): number => {
			const found = set.get(family.names[name] ?? name);
			if (found === undefined) throw new Error(`the parameter sets of ${family.name} have no ${name}`);
			return found;
		};
		const count = family.count(value, parameter);
		const counts = Array.from({ length: SLOTS }, (_, i) => family.countOf(i, value, parameter));
		const sets = setsInMemory(
			job.tables.get("rps")?.bytes ?? Buffer.alloc(0),
			parameter("NUM_SHORT_TERM_REF_PIC_SETS"),
			parameter("NUM_LONG_TERM_REF_PICS_SPS"),
		);
		const pictures = counts.flatMap((of) => (of === undefined ? [] : [of - count]));
		return { value, set, parameter, count, counts, syntax: { value: parameter, ...sets, pictures } };
	};
}

const readers = { vdpu381: readerOf(vdpu381), vdpu383: readerOf(vdpu383) };

function toldBy(job: RawJob): Told {
	if (job.family !== "vdpu381" && job.family !== "vdpu383")
		throw new Error(`${job.family} has other registers than VDPU381 and VDPU383`);
	return readers[job.family](job);
}

/** What a job's slices have behind their headers, which the driver may have written anew. */
export function sliceData(job: RawJob): Buffer {
	const { syntax } = toldBy(job);
	return Buffer.concat(
		unitsOf(job.streams[0].bytes).units.map((unit) => {
			try {
				return readSliceHeader(unit, syntax).data;
			} catch {
				return unit; // not readable with what the decoder is told: whoever tells it right decodes something else
			}
		}),
	);
}

function fieldsOf(family: Family) {
	const registers = readRegisters(family.name);

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const { value, set, parameter, count, counts, syntax } = toldBy(job);
		for (const [name, { address }] of job.tables) memory.know(address, `table ${name}`);
		for (const [at, written] of lastValues(job)) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			if (family.slots.test(name) || OWN.test(name)) continue;
			if (ADDRESSES.test(name) && written !== 0) into.set(name, memory.place(written));
			else split(register, at, written, into);
		}
		putParameters(new Map([...set].filter(([name]) => !family.packed.test(name))), into);
		putTables(job, parameter("SCALING_LIST_ENABLED_FLAG") === 1, into);
		const distance = value("colmv_cur_base") - value("decout_base");
		const slots = counts.map((of, i): Slot | null => {
			if (of === undefined) return null;
			const base = value(`ref_base(${i})`);
			// Motion vectors lie behind each picture alike.
			const motion = value(family.motion(i)) - base === distance ? "" : ", motion vectors elsewhere";
			const again = family.again && value(family.again(i)) !== base ? ", payload elsewhere" : "";
			return { picture: memory.picture(base >>> 0), distance: of - count, rest: `${motion}${again}` };
		});
		putSlots(
			slots.filter((slot) => slot !== null),
			into,
		);
		putSlices(job, syntax, into);
	};
}

/** Distances of a set, and those that the current picture does not refer to in brackets. */
const textOf = (pictures: ShortTerm[]): string =>
	pictures.map(({ distance, used }) => (used ? `${distance}` : `(${distance})`)).join(" ");

const textOfList = (list: Referred[]): string =>
	list.map(({ distance, longTerm }) => `${distance}${longTerm ? " long-term" : ""}`).join(", ");

/** What the hardware makes of each slice's header. */
function putSlices(job: RawJob, syntax: HeaderSyntax, into: Fields): void {
	for (const [i, unit] of unitsOf(job.streams[0].bytes).units.entries()) {
		let header: SliceHeader;
		try {
			header = readSliceHeader(unit, syntax);
		} catch (error) {
			into.set(`slice ${i} unread`, (error as Error).message);
			continue;
		}
		for (const [name, value] of header.values) into.set(`slice ${i} ${name}`, value);
		if (header.set) {
			const { short, long } = header.set;
			into.set(`slice ${i} set before`, textOf(short.before));
			into.set(`slice ${i} set after`, textOf(short.after));
			into.set(`slice ${i} set long-term`, textOf([...long].sort((a, b) => b.distance - a.distance)));
		}
		for (const [list, entries] of header.lists.entries())
			into.set(`slice ${i} list ${list}`, textOfList(entries));
	}
}

/** How the registers of one job of VDPU381 read, and what its slice headers come to. */
export const vdpu381Fields = () => fieldsOf(vdpu381);
/** The same of VDPU383. */
export const vdpu383Fields = () => fieldsOf(vdpu383);
