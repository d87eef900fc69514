// SPDX-License-Identifier: MIT
// RK3399's rkvdec (drivers/media/platform/rockchip/rkvdec/rkvdec-hevc.c). Of each slice it is told the lists, and where in the header
// they are behind; the rest of the header it reads itself.
import { type Fields, lastValues, type Memory, split } from "../../../kernel/hardware/registers/canonical.ts";
import { type PacketField, readBits } from "../../../kernel/hardware/registers/fields.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { unitsOf } from "../../nal.ts";
import { readPacket, readRegisters } from "./fields.ts";
import { packet, parameterSet, putParameters, putSlots, putTables } from "./rockchip.ts";
import { listLengths, type Parameter } from "./slice-header.ts";

const PARAMETER_SET = 80;
/** struct rkvdec_rps_packet: one for each slice. */
const SLICE_PACKET = 32;
const SLOTS = 15;
/** Fields of the slices' packets, which the driver's source names like those of parameter sets. */
const OF_SLICES = /^(LOWDELAY|(LONG|SHORT)_TERM_RPS_BIT_OFFSET|NUM_RPS_POC)$/;
/** How many bits of a header its sets take. */
const SETS = "LONG_TERM_RPS_BIT_OFFSET";
/**
 * Entries of list 0 and of list 1 in the packet of a slice, in bits: whether the picture is a long-term one, and its slot
 * (assemble_sw_rps()). The driver has more of list 1 than these: they lie where LOWDELAY and what is behind it are, and are written over.
 */
const ENTRIES = [
	Array.from({ length: SLOTS }, (_, i) => ({ longTerm: 5 * i, slot: 1 + 5 * i })),
	Array.from({ length: 10 }, (_, i) => ({
		longTerm: (i < 5 ? 75 : 132) + 5 * i,
		slot: (i < 4 ? 76 : 128) + 5 * i,
	})),
];
const SLICES = "reg03.slice_num_lowbits";
const OF_SLOTS = /^ref(0_14|15)_(base|poc)\(?|^cur_poc$/;
const ADDRESSES = /_base$/;

/** How the registers of one job read, in terms that do not depend on addresses; also of the packets in memory. */
export function rkvdecFields() {
	const registers = readRegisters("rkvdec");
	const addresses = new Map([...registers].map(([at, { name }]) => [name, at]));
	const fields = readPacket("rkvdec_packet");
	const ofSet = fields.filter(({ name }) => !OF_SLICES.test(name));
	const ofSlice = fields.filter(({ name }) => OF_SLICES.test(name));

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		const value = (register: string): number => {
			const at = addresses.get(register);
			if (at === undefined) throw new Error(`rkvdec has no register ${register}`);
			return values.get(at) ?? 0;
		};
		const cabac = job.tables.get("cabac");
		if (cabac) memory.know(cabac.address, "tables");
		for (const [at, written] of values) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			if (OF_SLOTS.test(name)) continue;
			if (ADDRESSES.test(name) && written !== 0) into.set(name, memory.place(written));
			else split(register, at, written, into);
		}
		const set = packet(parameterSet(job, PARAMETER_SET), ofSet);
		const address = set.get("SCALING_LIST_ADDRESS") ?? 0;
		set.delete("SCALING_LIST_ADDRESS");
		putParameters(set, into);
		into.set("SCALING_LIST_ADDRESS", memory.place(address));
		putTables(job, set.get("SCALING_LIST_ENABLED_FLAG") === 1, into);
		const names = slots(value, memory, into);
		const parameter = (name: string): number => set.get(name) ?? 0;
		slices(job, Number(into.get(SLICES)), { parameter, ofSlice, names }, into);
	};
}

/** The DPB. How many pictures are in it is told by the lowest bits of the first four addresses, four in each. */
function slots(value: (register: string) => number, memory: Memory, into: Fields): string[] {
	const bases = Array.from({ length: SLOTS }, (_, i) => value(`ref0_14_base(${i})`));
	const used = bases.map((_, i) => ((bases[i >> 2] >>> (i & 3)) & 1) === 1);
	if (bases.slice(4).some((base) => (base & 15) !== 0)) into.set("flags of slots behind the fourth", "set");
	const own = value("cur_poc") | 0;
	const dpb = bases.map((base, i) => ({
		picture: memory.picture((base & ~15) >>> 0),
		distance: (value(`ref0_14_poc(${i})`) | 0) - own,
		rest: "",
	}));
	putSlots(
		dpb.filter((_, i) => used[i]),
		into,
	);
	return dpb.map(({ distance }, i) => (used[i] ? `POC ${distance} from here` : "a slot without picture"));
}

interface OfSlices {
	parameter: Parameter;
	ofSlice: PacketField[];
	/** What each slot is called. */
	names: string[];
}

/** What is told of each slice. How long its lists are only its header says. */
function slices(job: RawJob, count: number, { parameter, ofSlice, names }: OfSlices, into: Fields): void {
	const { units } = unitsOf(job.streams[0].bytes);
	const all = job.tables.get("rps")?.bytes ?? Buffer.alloc(SLICE_PACKET * count);
	let lengths: number[] = [];
	for (let slice = 0; slice < count; slice++) {
		const bytes = all.subarray(SLICE_PACKET * slice, SLICE_PACKET * (slice + 1));
		const told = packet(bytes, ofSlice);
		for (const [name, value] of told) into.set(`${name}[${slice}]`, String(value));
		const unit = units[slice];
		// The log lacks the last bytes of a picture (HEVC_LENGTH_ADDED of the fake): of less than 17 there is nothing in it.
		if (unit?.length === 0) {
			into.set(`lists of slice ${slice}`, "its header is not in the log");
			continue;
		}
		if (unit) lengths = listLengths(unit, parameter, told.get(SETS) ?? 0) ?? lengths;
		for (const [list, places] of ENTRIES.entries())
			for (const [i, { longTerm, slot }] of places.entries()) {
				const index = readBits(bytes, slot, 4);
				const mark = readBits(bytes, longTerm, 1) === 1 ? ", long-term" : "";
				const entry = `${names[index]}${mark}`;
				const name = `list ${list} of slice ${slice}[${i}]`;
				if (i < (lengths[list] ?? 0)) into.set(name, entry);
				else if (index || mark) into.set(`${name} behind its end`, entry);
			}
	}
}
