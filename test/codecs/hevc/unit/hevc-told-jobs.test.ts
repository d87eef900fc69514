// SPDX-License-Identifier: MIT
// Jobs of VDPU381 and VDPU383 in canonical form: a picture that is told with the sets of its SPS in memory, and the same with a header
// that has a set of its own, come to the same; whatever else is told differs.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { canonical, type Fields } from "../../../kernel/hardware/registers/canonical.ts";
import { differences, pairUp, traceOf } from "../../../kernel/hardware/registers/compare.ts";
import { judge } from "../../../kernel/hardware/registers/judge.ts";
import { crc32, type RawJob } from "../../../kernel/hardware/registers/log.ts";
import { readPacket, readRegisters } from "../registers/fields.ts";
import { hevcRegisters } from "../registers/registers.ts";
import { type ParameterSets, plain, predicted, type Slice, set, writeSlice } from "./support/hevc.ts";

type Family = "vdpu381" | "vdpu383";

const SIZES = { vdpu381: 64 * 112, vdpu383: 192 };
const POC = 8;
const PICTURES = [
	{ address: 0x200000, poc: 6 },
	{ address: 0x300000, poc: 4 },
];
const OUTPUT = 0x400000;
const MOTION = 0x80000;

function write(bytes: Buffer, first: number, bits: number, value: number): void {
	for (let i = 0; i < bits; i++) {
		const at = first + i;
		bytes[at >> 3] = (bytes[at >> 3] & ~(1 << (at & 7))) | ((Math.floor(value / 2 ** i) & 1) << (at & 7));
	}
}

/** Names of vdpu381's struct, where they are others than the specification's. */
const NAMES: Record<string, string> = {
	PIC_WIDTH_IN_LUMA_SAMPLES: "WIDTH",
	PIC_HEIGHT_IN_LUMA_SAMPLES: "HEIGHT",
	LOG2_MAX_PIC_ORDER_CNT_LSB: "MAX_PIC_ORDER_COUNT_LSB",
	LOG2_MIN_LUMA_CODING_BLOCK_SIZE: "MIN_LUMA_CODING_BLOCK_SIZE",
	LOG2_DIFF_MAX_MIN_LUMA_CODING_BLOCK_SIZE: "DIFF_MAX_MIN_LUMA_CODING_BLOCK_SIZE",
};

function parameterTable(family: Family, sets: ParameterSets): Buffer {
	const table = Buffer.alloc(SIZES[family]);
	const fields = new Map(readPacket(`${family}_packet`).map((field) => [field.name, field]));
	const put = (name: string, value: number, i = 0): void => {
		const field = fields.get(family === "vdpu381" ? (NAMES[name] ?? name) : name);
		assert.ok(field, name);
		write(table, field.first + i * field.step, field.bits, value);
	};
	put("PIC_WIDTH_IN_LUMA_SAMPLES", sets.width);
	put("PIC_HEIGHT_IN_LUMA_SAMPLES", sets.height);
	put("LOG2_MIN_LUMA_CODING_BLOCK_SIZE", sets.log2MinCb);
	put("LOG2_DIFF_MAX_MIN_LUMA_CODING_BLOCK_SIZE", sets.log2Ctb - sets.log2MinCb);
	put("LOG2_MAX_PIC_ORDER_CNT_LSB", sets.log2MaxLsb);
	put("NUM_SHORT_TERM_REF_PIC_SETS", sets.shortTermSets.length);
	put("NUM_REF_IDX_L0_DEFAULT_ACTIVE", sets.defaults[0]);
	if (family === "vdpu383") {
		put("CURRENT_POC", POC);
		for (const [i, { poc }] of PICTURES.entries()) {
			put("REF_IS_VALID", 1, i);
			put("REF_PIC_POC", poc, i);
		}
	}
	return table;
}

/** rkvdec-hevc-common.h: RPS_ST_REF_SET_... */
function setTable(sets: ParameterSets): Buffer {
	const table = Buffer.alloc(3216);
	for (const [i, { negative, positive }] of sets.shortTermSets.entries()) {
		write(table, 1024 + 384 * i, 4, negative.length);
		write(table, 1028 + 384 * i, 4, positive.length);
		for (const [j, { delta, used }] of [...negative, ...positive].entries()) {
			write(table, 1032 + 384 * i + 17 * j, 16, delta + (delta < 0 ? 2 ** 16 : 0));
			write(table, 1048 + 384 * i + 17 * j, 1, Number(used));
		}
	}
	return table;
}

/** What a picture with these slices is told by. */
function jobOf(family: Family, sets: ParameterSets, slices: Slice[]): RawJob {
	const code = Buffer.from([0, 0, 1]);
	const units = slices.flatMap((slice) => [code, Buffer.from(writeSlice(sets, slice).nal)]);
	const bytes = Buffer.concat(units);
	const addresses = new Map([...readRegisters(family)].map(([at, { name }]) => [name, at]));
	const writes: RawJob["writes"] = [];
	const put = (name: string, value: number): void => {
		const register = addresses.get(name);
		assert.ok(register !== undefined, name);
		writes.push({ register, index: -1, value });
	};
	put("decout_base", OUTPUT);
	put("colmv_cur_base", OUTPUT + MOTION);
	for (const [i, { address, poc }] of PICTURES.entries()) {
		put(`ref_base(${i})`, address);
		put(family === "vdpu381" ? `colmv_base(${i})` : `colmv_ref_base(${i})`, address + MOTION);
		if (family === "vdpu381") put(`ref_poc(${i})`, poc);
		else put(`payload_st_ref_base(${i})`, address);
	}
	if (family === "vdpu381") {
		put("hevc_ref_valid", 3);
		put("cur_top_poc", POC);
	}
	const tables = new Map([
		["pps", { address: 0x1000, bytes: parameterTable(family, sets) }],
		["rps", { address: 0x8000, bytes: setTable(sets) }],
	]);
	const crc = crc32(bytes).toString(16);
	return {
		number: 1,
		family,
		writes,
		streams: [{ name: "stream", address: 0x100000, size: bytes.length, crc, bytes }],
		tables,
		output: { luma: OUTPUT, chroma: 0, width: 416, height: 240, stride: 416, lines: "frame" },
		end: "done",
		faults: [],
	};
}

const negative = [
	{ delta: -2, used: true },
	{ delta: -4, used: true },
];
const WITH: ParameterSets = {
	...plain,
	defaults: [2, 1],
	shortTermSets: [
		{ negative: [{ delta: -1, used: true }], positive: [] },
		{ negative, positive: [] },
	],
};
const slicesOf = (shortTerm: Slice["shortTerm"]): Slice[] =>
	[0, 20].map((address) => predicted(POC, { address, shortTerm, active: [2, 1], override: false }));
const named = slicesOf({ kind: "sps", index: 1 });
const own = slicesOf(set(-2, -4));

const fieldsOf = (job: RawJob): Fields => canonical(hevcRegisters, [job], String)[0];
const verdictOf = (ours: RawJob, theirs: RawJob) =>
	judge(
		"made",
		ours.family,
		hevcRegisters,
		traceOf(hevcRegisters, [ours]),
		traceOf(hevcRegisters, [theirs]),
	);

for (const family of ["vdpu381", "vdpu383"] as const) {
	test(`${family}: a header with a set of its own comes to what one of the SPS is`, () => {
		const ours = jobOf(family, { ...WITH, shortTermSets: [] }, own);
		const theirs = jobOf(family, WITH, named);
		const fields = fieldsOf(ours);
		assert.is(fields.get("slice 1 set before"), "-2 -4");
		assert.is(fields.get("slice 0 list 0"), "-2, -4");
		assert.is(fields.get("slot of POC -4 from here"), "memory of no picture");
		const verdict = verdictOf(ours, theirs);
		assert.equal(
			{ jobs: verdict.jobs, waived: verdict.waived, different: verdict.different },
			{ jobs: 1, waived: 1, different: 0 },
			JSON.stringify([...verdict.fields]),
		);
	});

	test(`${family}: another set is a difference`, () => {
		const ours = jobOf(family, { ...WITH, shortTermSets: [] }, slicesOf(set(-2)));
		assert.is(verdictOf(ours, jobOf(family, WITH, named)).different, 1);
	});

	test(`${family}: sets that are not in memory are a difference`, () => {
		const theirs = jobOf(family, WITH, named);
		const forgotten = jobOf(family, WITH, named);
		forgotten.tables.set("rps", { address: 0x8000, bytes: Buffer.alloc(3216) });
		assert.is(verdictOf(theirs, forgotten).different, 1);
	});

	test(`${family}: a header that cannot be read is a difference, even from itself`, () => {
		const unreadable = jobOf(family, { ...WITH, shortTermSets: [] }, named);
		const traces = [0, 1].map(() => traceOf(hevcRegisters, [unreadable]));
		const [pair] = pairUp(traces[0], traces[1]);
		const found = differences(pair, "made", hevcRegisters.unread).map(({ field }) => field);
		assert.equal(found, ["slice 0 unread", "slice 1 unread"]);
		assert.is(verdictOf(unreadable, unreadable).different, 1);
	});

	test(`${family}: each picture of the DPB is told by its count and its memory`, () => {
		const right = jobOf(family, WITH, named);
		for (const { address } of PICTURES) {
			for (const at of [address, address + MOTION])
				for (const i of right.writes.keys()) {
					if (right.writes[i].value !== at) continue;
					const moved = jobOf(family, WITH, named);
					moved.writes[i].value = OUTPUT;
					assert.is(verdictOf(right, moved).different, 1);
				}
		}
	});
}

test.run();
