// SPDX-License-Identifier: MIT
// Headers that no encoder writes: every field at random, key frame and the frames behind it. The writer, the reader of the
// tests and the driver must agree on each.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { sync } from "../../../unit/support/session.ts";
import { type Style, Vp8Player } from "./support/player.ts";
import { defaultCoeffProbs, defaultMvProbs } from "./support/tables.ts";
import { type Header, writeFrame } from "./support/writer.ts";

const test = suite("vp8-headers");

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const byte = fc.integer({ min: 0, max: 255 });
const some = (count: number, values: fc.Arbitrary<number>) =>
	fc.dictionary(fc.integer({ min: 0, max: count - 1 }).map(String), values, { maxKeys: 12 });
const signed = (most: number) => fc.integer({ min: -most, max: most });
const list = <T>(length: number, values: fc.Arbitrary<T>) =>
	fc.array(values, { minLength: length, maxLength: length });

const header: fc.Arbitrary<Header> = fc.record({
	key: fc.constant(false),
	version: fc.integer({ min: 0, max: 3 }),
	shown: fc.boolean(),
	width: fc.constant(176),
	height: fc.constant(144),
	horizontalScale: fc.integer({ min: 0, max: 3 }),
	verticalScale: fc.integer({ min: 0, max: 3 }),
	clampingType: fc.integer({ min: 0, max: 1 }),
	segmentation: maybe(
		fc.record({
			map: maybe(list(3, maybe(byte))),
			data: maybe(
				fc.record({
					absolute: fc.boolean(),
					quant: list(4, maybe(signed(127))),
					lf: list(4, maybe(signed(63))),
				}),
			),
		}),
	),
	simpleFilter: fc.boolean(),
	level: fc.integer({ min: 0, max: 63 }),
	sharpness: fc.integer({ min: 0, max: 7 }),
	adjust: maybe(fc.record({ deltas: maybe(list(8, maybe(signed(63)))) })),
	log2Partitions: fc.integer({ min: 0, max: 3 }),
	yAc: fc.integer({ min: 0, max: 127 }),
	quantDeltas: list(5, maybe(signed(15))),
	refreshGolden: fc.boolean(),
	refreshAlternate: fc.boolean(),
	copyToGolden: fc.integer({ min: 0, max: 2 }),
	copyToAlternate: fc.integer({ min: 0, max: 2 }),
	signBiasGolden: fc.boolean(),
	signBiasAlternate: fc.boolean(),
	refreshEntropy: fc.boolean(),
	refreshLast: fc.boolean(),
	coeff: some(defaultCoeffProbs.length, byte),
	skip: maybe(byte),
	intra: byte,
	last: byte,
	golden: byte,
	yMode: maybe(list(4, byte)),
	uvMode: maybe(list(3, byte)),
	mv: some(defaultMvProbs.length, fc.integer({ min: 0, max: 127 })),
});

for (const style of ["plain", "tagged", "offset"] as const satisfies Style[])
	test(`whatever a header says is what the control says, ${style}`, () => {
		fc.assert(
			fc.property(list(4, header), (frames) => {
				const player = new Vp8Player(style, 176, 144);
				for (const [i, each] of frames.entries()) {
					const { outcome, control, expected } = player.decode(
						writeFrame({ ...each, key: i === 0 }),
					);
					assert.is(outcome.status, 0, `message ${outcome.message}`);
					assert.equal(control, expected);
				}
			}),
			{ numRuns: 60, seed: 6386 },
		);
	});

test("a header may take half of the header's room in the core", () => {
	const coeff = Object.fromEntries(defaultCoeffProbs.map((_, i) => [i, (i * 7) & 0xff]));
	const mv = Object.fromEntries(defaultMvProbs.map((_, i) => [i, i]));
	const player = new Vp8Player("plain", 176, 144);
	player.decode(writeFrame({}));
	const { frame, outcome, control, expected } = player.decode(writeFrame({ key: false, coeff, mv }));
	assert.ok(frame.headerBits > 16000);
	assert.is(outcome.status, 0);
	assert.equal(control, expected);
});

test("a key frame of another size sets the formats anew, one that needs as many macroblocks does not", () => {
	const player = new Vp8Player("plain", 176, 144);
	const formats = () => player.device.log.filter(({ op }) => op === "SET_FORMAT").length;
	player.decode(writeFrame({}));
	for (const [width, height, more] of [
		[175, 130, 0],
		[320, 240, 2],
		[64, 80, 2],
	]) {
		const before = formats();
		for (const key of [true, false]) {
			const { outcome, control, expected } = player.decode(writeFrame({ key, width, height }));
			assert.is(outcome.status, 0);
			assert.equal(control, expected);
		}
		assert.is(formats() - before, more, `${width}x${height}`);
	}
});

test("the scale of a key frame holds for the frames behind it", () => {
	const player = new Vp8Player("tagged", 176, 144);
	const scales = [
		player.decode(writeFrame({ horizontalScale: 3, verticalScale: 1 })),
		player.decode(writeFrame({ key: false })),
		player.decode(writeFrame({})),
	].map(({ control }) => [control.horizontal_scale, control.vertical_scale]);
	assert.equal(scales, [
		[3, 1],
		[3, 1],
		[0, 0],
	]);
});

test("a hidden frame is marked so where its tag is there", () => {
	for (const [style, flag] of [
		["plain", c.V4L2_VP8_FRAME_FLAG_SHOW_FRAME],
		["tagged", 0],
		["offset", c.V4L2_VP8_FRAME_FLAG_SHOW_FRAME],
	] as const) {
		const player = new Vp8Player(style, 176, 144);
		const { control } = player.decode(writeFrame({ shown: false }));
		assert.is(Number(control.flags) & c.V4L2_VP8_FRAME_FLAG_SHOW_FRAME, flag, style);
	}
});

test("a frame for altref alone is taken for a hidden one where its tag is not there, and nothing is learned from it", () => {
	const altref = { key: false, shown: false, refreshAlternate: true, refreshLast: false };
	for (const [what, frame, waits] of [
		["hidden", altref, false],
		["shown", { ...altref, refreshLast: true }, true],
		["shown", { ...altref, refreshGolden: true }, true],
		["shown", { ...altref, refreshAlternate: false }, true],
	] as const) {
		const player = new Vp8Player("plain", 176, 144);
		const { device } = player;
		let surface = 100;
		/** A player that exports each surface once, and waits for each picture but the one. */
		const play = (given: Partial<Header>, leave = false): number => {
			surface = 100 + ((surface + 1) % 6);
			player.freeSurface = () => surface;
			const before = device.waits;
			player.decode(writeFrame(given));
			const waited = device.waits - before;
			if (!leave) sync(device, surface);
			return waited;
		};
		for (let i = 0; i < 6; i++) {
			play({});
			device.event("context_surface_exported", surface);
		}
		player.exported = true;
		for (let i = 0; i < 60; i++) play({});
		assert.is(play({}), 0, "it is known to wait");
		play(frame, true);
		let waited = 0;
		for (let i = 0; i < 12; i++) waited += play({});
		assert.is(waited > 0, waits, `${what}: ${JSON.stringify(frame)}`);
	}
});

test("whether the tag is there is told for each picture", () => {
	const player = new Vp8Player("tagged", 176, 144);
	const styles: Style[] = ["tagged", "plain", "offset", "tagged", "offset", "plain"];
	for (const [i, style] of [...styles, ...styles].entries()) {
		player.style = style;
		const given = { key: i % 2 === 0, shown: i % 3 !== 0, horizontalScale: 1, verticalScale: 3 };
		const { control, expected, bytes, frame } = player.decode(writeFrame(given));
		assert.equal(control, expected, `picture ${i}, ${style}`);
		assert.is(bytes.length, frame.bytes.length);
	}
});

test("a reference keeps its CAPTURE buffer for as long as pictures name it", () => {
	for (const kept of ["golden", "altref"]) {
		const player = new Vp8Player("plain", 176, 144, { captureBuffers: 5 });
		let surface = 100;
		player.freeSurface = () => surface++;
		player.decode(writeFrame({}));
		for (let i = 0; i < 12; i++) {
			const other = kept === "golden" ? { refreshAlternate: true } : { refreshGolden: true };
			const { outcome, control, expected } = player.decode(writeFrame({ key: false, ...other }));
			assert.is(outcome.status, 0);
			assert.equal(control, expected, `${kept}, picture ${i}`);
		}
	}
});

test("a tag with one bit that is not the picture's is none", () => {
	for (const key of [true, false]) {
		const [size, free] = key ? [10, [4, 62, 63, 78, 79]] : [3, [4]];
		for (let bit = 0; bit < 8 * size; bit++) {
			const player = new Vp8Player("tagged", 176, 144);
			if (!key) player.decode(writeFrame({}));
			const { outcome } = player.decode(writeFrame({ key }), (buffers) => {
				buffers.data = buffers.data.slice();
				buffers.data[bit >> 3] ^= 1 << (bit & 7);
			});
			// show_frame and the scale bits are not in VA.
			assert.is(outcome.status === 0, free.includes(bit), `bit ${bit} of ${size} bytes`);
		}
	}
});

test.run();
