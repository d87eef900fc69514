// SPDX-License-Identifier: MIT
// Streams of headers that encoders do not write: each field of both controls is what an independent reader of the stream says.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { type Decoded, type Style, Vp9Player } from "./support/player.ts";
import { type Header, writeFrame } from "./support/writer.ts";

const test = suite("vp9-headers");

/** Decodes a frame, and holds the controls to what the stream says. */
function check(player: Vp9Player, header: Partial<Header>): Decoded {
	const decoded = player.decode(writeFrame(header));
	assert.ok(decoded);
	const { outcome } = decoded;
	assert.is(outcome.status, 0, `message ${outcome.message} ${outcome.field}`);
	assert.equal(decoded.control, decoded.expected);
	assert.equal([...decoded.compressed], [...decoded.expectedCompressed]);
	return decoded;
}

const playing = (style: Style = "stale", width = 352, height = 288) => new Vp9Player(style, width, height);

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 2 });
const signed = (most: number) => maybe(fc.integer({ min: -most, max: most }));
const probs = (count: number) =>
	fc.array(maybe(fc.integer({ min: 0, max: 255 })), { minLength: count, maxLength: count });
const some = (count: number, value: fc.Arbitrary<number | null>) =>
	fc.array(value, { minLength: count, maxLength: count });

const segmentation = fc.record({
	map: maybe(fc.record({ tree: probs(7), pred: maybe(probs(3)) })),
	data: maybe(
		fc.record({
			absolute: fc.boolean(),
			features: fc.array(
				fc.tuple(
					signed(255),
					signed(63),
					maybe(fc.integer({ min: 0, max: 3 })),
					maybe(fc.constant(0)),
				),
				{ minLength: 8, maxLength: 8 },
			),
		}),
	),
});

/** A pseudo-random choice by place, so that headers need no list of a thousand. */
const sparse = (seed: number, most: number, step: number) => (index: number) => {
	const hash = Math.imul(index + 1, 2654435761 + seed) >>> 0;
	return hash % step === 0 ? (hash >>> 8) % (most + 1) : null;
};

const slot = fc.integer({ min: 0, max: 7 });
const bit = fc.integer({ min: 0, max: 1 });
const anyHeader: fc.Arbitrary<Partial<Header>> = fc
	.record({
		key: fc.boolean(),
		shown: fc.boolean(),
		resilient: fc.boolean(),
		intraOnly: fc.boolean(),
		reset: fc.integer({ min: 0, max: 3 }),
		refresh: fc.integer({ min: 0, max: 255 }),
		refIdx: fc.array(slot, { minLength: 3, maxLength: 3 }),
		signBias: fc.array(bit, { minLength: 3, maxLength: 3 }),
		sizedBy: fc.integer({ min: -1, max: 2 }),
		render: maybe(fc.record({ width: fc.integer({ min: 1, max: 65536 }), height: fc.constant(77) })),
		fullRange: fc.boolean(),
		highPrecision: fc.boolean(),
		filter: fc.integer({ min: 0, max: 4 }),
		refreshContext: fc.boolean(),
		parallel: fc.boolean(),
		contextIdx: fc.integer({ min: 0, max: 3 }),
		level: fc.integer({ min: 0, max: 63 }),
		sharpness: fc.integer({ min: 0, max: 7 }),
		lfDeltas: maybe(fc.record({ deltas: maybe(some(6, signed(63))) })),
		quant: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 })),
		quantDeltas: fc.oneof(fc.constant<(number | null)[]>([null, null, null]), some(3, signed(15))),
		segmentation: maybe(segmentation),
		tileColsIncrements: fc.integer({ min: -1, max: 2 }),
		tileRows: fc.integer({ min: 0, max: 2 }),
		txMode: fc.integer({ min: 0, max: 4 }),
		updateCoef: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
		referenceMode: fc.integer({ min: 0, max: 2 }),
		trailing: fc.boolean(),
		padding: fc.integer({ min: 0, max: 3 }),
		seed: fc.nat(1 << 20),
		step: fc.integer({ min: 1, max: 60 }),
	})
	.map(({ seed, step, ...header }) => {
		const intraOnly = header.intraOnly && !header.key && !header.shown;
		const compound = !header.resilient && header.signBias.some((bias) => bias !== header.signBias[0]);
		return {
			...header,
			intraOnly,
			referenceMode: compound && !header.key && !intraOnly ? header.referenceMode : 0,
			delta: sparse(seed, 254, step),
			mv: sparse(seed + 1, 127, step),
		};
	});

for (const style of ["stale", "zero"] as const)
	test(`any header after any other, ${style}`, () => {
		fc.assert(
			fc.property(fc.array(anyHeader, { minLength: 1, maxLength: 8 }), (headers) => {
				const player = playing(style, 1100, 288);
				check(player, { width: 1100 });
				for (const header of headers) check(player, { ...header, width: 1100 });
			}),
			{ numRuns: 60 },
		);
	});

test("the longest compressed header", () => {
	const player = playing();
	const longest = {
		...{ key: false, signBias: [0, 0, 1], referenceMode: 2, txMode: 4, filter: 4, highPrecision: true },
		...{ updateCoef: [true, true, true, true], delta: () => 254, mv: () => 127 },
	};
	check(player, {});
	const { frame } = check(player, longest);
	assert.ok(frame.compressedSize > 3500, `${frame.compressedSize} bytes`);
});

test("each code of a probability's update", () => {
	const player = playing();
	for (let first = 0; first < 255; first += 20) {
		const { compressed } = check(player, {
			...{ txMode: 4, updateCoef: [true, false, false, false] },
			delta: (i) => (i < 20 ? Math.min(first + i, 254) : null),
		});
		assert.ok(compressed[1] > 0);
	}
});

test("tiles: as many columns as the width allows, and all rows", () => {
	for (const [width, most] of [
		[255, 0],
		[256, 0],
		[512, 1],
		[4096, 4],
	]) {
		const player = new Vp9Player("zero", width, 64, { maxWidth: 16384 });
		for (const tileRows of [0, 1, 2]) {
			const { control } = check(player, { width, height: 64, tileColsIncrements: -1, tileRows });
			assert.equal([control.tile_cols_log2, control.tile_rows_log2], [most, tileRows]);
		}
	}
	const player = new Vp9Player("zero", 8192, 64, { maxWidth: 16384 });
	assert.is(check(player, { width: 8192, height: 64 }).control.tile_cols_log2, 1, "at least so many");
});

/** Decoders write blocks of 8x8. */
const wholeBlocks = (size: number): number => Math.ceil(size / 8) * 8;

test("sizes from 1x1 on, each key frame with formats of its own", () => {
	const player = playing("zero", 1, 1);
	for (const [width, height] of [
		[1, 1],
		[2, 66],
		[65, 33],
		[352, 288],
		[34, 34],
	]) {
		const { control } = check(player, { width, height });
		assert.equal([control.frame_width_minus_1, control.frame_height_minus_1], [width - 1, height - 1]);
		const formats = player.device.log.filter(({ op }) => op === "SET_FORMAT").slice(-2);
		assert.equal(
			formats.map((step) => [step.width, step.height, step.fourcc]),
			[
				[wholeBlocks(width), wholeBlocks(height), c.V4L2_PIX_FMT_VP9_FRAME],
				[wholeBlocks(width), wholeBlocks(height), c.V4L2_PIX_FMT_NV12],
			],
		);
		check(player, { width, height, key: false });
	}
});

test("profile 2 has 10 bit in key frames and those that are intra only", () => {
	const player = new Vp9Player("stale", 352, 288, { tenBit: true }, c.VAProfileVP9Profile2);
	for (const header of [
		{},
		{ key: false },
		{ key: false, shown: false, intraOnly: true },
		{ key: false },
	]) {
		const { control } = check(player, { ...header, profile: 2, fullRange: true });
		assert.equal([control.profile, control.bit_depth], [2, 10]);
	}
	const set = player.device.rawSettings.get(c.V4L2_CID_STATELESS_VP9_FRAME);
	assert.is(set?.[156], 10, "by it hantro chooses its formats");
});

test("a device that reads compressed headers itself gets the frame control alone", () => {
	const facts = { ...new Vp9Player("zero", 16, 16).device.options.facts };
	facts.controls = facts.controls.slice(0, 1);
	facts.control_count = 1;
	const player = new Vp9Player("zero", 352, 288, { facts });
	const decoded = player.decode(writeFrame({}));
	assert.is(decoded?.outcome.status, 0);
	assert.is(decoded?.compressed.length, 0);
	assert.equal(decoded?.control, decoded?.expected);
});

test("a frame that shows an existing one never comes", () => {
	const player = playing();
	check(player, {});
	assert.is(player.decode(writeFrame({ showExisting: true })), null);
});

test.run();
