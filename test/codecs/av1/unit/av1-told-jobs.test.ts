// SPDX-License-Identifier: MIT
// Jobs of VPU981 in canonical form: a picture that is decoded again counts as one job with its first, whatever else is told the second
// time is a difference, and references are told by the memory that the decoder keeps.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { traceOf } from "../../../kernel/hardware/registers/compare.ts";
import { judge } from "../../../kernel/hardware/registers/judge.ts";
import { crc32, type RawJob } from "../../../kernel/hardware/registers/log.ts";
import { readRegisters } from "../registers/fields.ts";
import { av1Registers } from "../registers/registers.ts";

const places = new Map<string, { at: number; shift: number }>();
for (const [at, { name, fields }] of readRegisters("vpu981")) {
	places.set(name, { at, shift: 0 });
	for (const field of fields) places.set(field.name, { at, shift: field.shift });
}

interface Made {
	/** What the tile says. */
	tile: number;
	/** Where the decoder keeps the picture, and where it is shown. */
	own: number;
	shown: number;
	/** Other values, by the names of registers and of their fields. */
	told?: Record<string, number>;
	/** The first byte of the probabilities. */
	contexts?: number;
	grain?: number;
}

function jobOf({ tile, own, shown, told = {}, contexts = 0, grain }: Made): RawJob {
	const values = new Map<number, number>();
	const put = (name: string, value: number) => {
		const place = places.get(name);
		if (!place) throw new Error(`VPU981 has no ${name}`);
		values.set(place.at, (values.get(place.at) ?? 0) + value * 2 ** place.shift);
	};
	const all = {
		...{ TILE_OUT_LU: own, TILE_OUT_CH: own + 0x1000, TILE_OUT_MV: own + 0x1800 },
		...{ PP_OUT_LU: shown, PP_OUT_CH: shown + 0x1000, TILE_BASE: 0x100, PROP_TABLE: 0x10000 },
		// Drivers write whole registers.
		...{ quant_base_qindex: 0, strm_start_bit: 0, apply_grain: 0 },
		...(grain === undefined ? {} : { apply_grain: 1, random_seed: grain }),
		...told,
	};
	for (const [name, value] of Object.entries(all)) put(name, value);
	const bytes = Buffer.from([tile]);
	const table = Buffer.alloc(16);
	table.writeUInt32LE(1, 0);
	table.writeUInt32LE(1, 4);
	table.writeUInt32LE(1, 12);
	const tables = new Map([
		["tiles", { address: 0x100, bytes: table }],
		["contexts", { address: 0x10000, bytes: Buffer.alloc(12256, contexts) }],
	]);
	if (grain !== undefined) tables.set("grain", { address: 0x20000, bytes: Buffer.alloc(13056, grain) });
	return {
		number: 1,
		family: "vpu981",
		writes: [...values].map(([register, value]) => ({ register, index: -1, value })),
		streams: [{ name: "tile", address: 0x1000, size: 1, crc: crc32(bytes).toString(16), bytes }],
		tables,
		output: { luma: shown, chroma: shown + 0x1000, width: 64, height: 64, stride: 64, lines: "frame" },
		end: "done",
		faults: [],
	};
}

const A = { tile: 1, own: 0x200000, shown: 0x900000 };
const B = { tile: 2, own: 0x300000, shown: 0xa00000 };
const verdictOf = (ours: Made[], theirs: Made[]) =>
	judge(
		"made",
		"vpu981",
		av1Registers,
		traceOf(av1Registers, ours.map(jobOf)),
		traceOf(av1Registers, theirs.map(jobOf)),
	);
const counts = (ours: Made[], theirs: Made[]) => {
	const { jobs, equal, different } = verdictOf(ours, theirs);
	return { jobs, equal, different };
};
const fieldsThatDiffer = (ours: Made[], theirs: Made[]) => [...verdictOf(ours, theirs).fields.keys()];

test("a picture that is decoded again counts as one", () => {
	const refers = { ...B, told: { "REFERENCE_Y(0)": A.own } };
	assert.equal(counts([A, A, refers], [A, refers]), { jobs: 2, equal: 2, different: 0 });
});

test("what is told otherwise the second time is a difference", () => {
	assert.equal(fieldsThatDiffer([A, { ...A, told: { quant_base_qindex: 9 } }], [A]), [
		"quant_base_qindex, again",
	]);
	assert.equal(
		fieldsThatDiffer([A, { ...A, contexts: 1 }], [A]).map((name) => name.replace(/ \w+,/, ",")),
		Array(4).fill("probabilities, again"),
	);
});

test("the second time there is no grain, and nothing else is missing", () => {
	const grained = { ...A, grain: 5 };
	assert.equal(counts([grained, { ...A, shown: 0xb00000 }], [grained]), {
		jobs: 1,
		equal: 1,
		different: 0,
	});
	assert.ok(fieldsThatDiffer([A], [grained]).includes("apply_grain"));
	assert.ok(fieldsThatDiffer([{ ...A, grain: 6 }], [grained]).includes("grain random_seed"));
});

test("the same tiles in other memory are another picture", () => {
	assert.equal(counts([A, { ...A, own: B.own }], [A]).jobs, 2);
});

test("a reference is told by the decoder's own memory, whatever is shown where it was", () => {
	const refers = (own: number) => ({
		...{ tile: 3, own: 0x400000, shown: 0xc00000 },
		told: { "REFERENCE_Y(0)": own },
	});
	// B is shown where A was.
	const films = [A.own, B.own].map((own) => [A, { ...B, shown: A.shown }, refers(own)]);
	assert.equal(counts(films[0], films[0]).different, 0);
	assert.equal(fieldsThatDiffer(films[0], films[1]), ["LAST"]);
});

test("other probabilities are right where all references are one key frame, which was shown again", () => {
	const after = (last: number, contexts: number) => ({
		...{ tile: 3, own: 0x400000, shown: 0xc00000, contexts },
		told: Object.fromEntries(
			Array.from({ length: 7 }, (_, i) => [`REFERENCE_Y(${i})`, i === 0 ? last : A.own]),
		),
	});
	const waived = (last: number) => verdictOf([A, B, after(last, 1)], [A, B, after(last, 2)]).waived;
	assert.is(waived(A.own), 1);
	assert.is(waived(B.own), 0);
});

test("where tiles lie in the OUTPUT buffer is the client's affair", () => {
	const elsewhere = { ...A, told: { INPUT_STREAM: 0x5000, strm_start_bit: 16, stream_len: 77 } };
	assert.equal(counts([A], [elsewhere]), { jobs: 1, equal: 1, different: 0 });
});

test.run();
