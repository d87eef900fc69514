// SPDX-License-Identifier: MIT
// QUANTISATION: zigzag order in and out, matrices that stay until they are loaded anew, and the defaults of a new sequence.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Fields } from "../../../unit/support/struct.ts";
import { intra, Mpeg2Player, type Picture, predicted, type Slice, slice } from "./support/player.ts";

const test = suite("mpeg2-matrices");

/** The default for intra blocks as ISO/IEC 13818-2, 6.3.11 prints it: by rows. */
const defaultIntra = [
	[8, 16, 19, 22, 26, 27, 29, 34],
	[16, 16, 22, 24, 27, 29, 34, 37],
	[19, 22, 26, 27, 29, 34, 34, 38],
	[22, 22, 26, 27, 29, 34, 37, 40],
	[22, 26, 27, 29, 32, 35, 40, 48],
	[26, 27, 29, 32, 35, 40, 48, 58],
	[26, 27, 29, 34, 38, 46, 56, 69],
	[27, 29, 35, 38, 46, 56, 69, 83],
];

/** The scan of figure 7-2: along the diagonals, by turns down and up. */
function zigzag(rows: number[][]): number[] {
	const scanned: number[] = [];
	for (let diagonal = 0; diagonal < 15; diagonal++)
		for (let i = 0; i <= diagonal; i++) {
			const down = diagonal % 2 === 1;
			const [v, u] = down ? [i, diagonal - i] : [diagonal - i, i];
			if (v < 8 && u < 8) scanned.push(rows[v][u]);
		}
	return scanned;
}

const defaults = {
	intra_quantiser_matrix: zigzag(defaultIntra),
	non_intra_quantiser_matrix: new Array(64).fill(16),
	chroma_intra_quantiser_matrix: zigzag(defaultIntra),
	chroma_non_intra_quantiser_matrix: new Array(64).fill(16),
};

const names = ["intra", "non_intra", "chroma_intra", "chroma_non_intra"] as const;
type Name = (typeof names)[number];
const matrixOf = (name: Name) => `${name}_quantiser_matrix` as keyof typeof defaults;

/** 64 values, none of which is at another's place in another matrix. */
const distinct = (seed: number): number[] => Array.from({ length: 64 }, (_, i) => ((i * 3 + seed) % 255) + 1);

/** VAIQMatrixBufferMPEG2 that loads these; what it does not load is full of other values. */
function matrix(loaded: Partial<Record<Name, number[]>>): Fields {
	return Object.fromEntries(
		names.flatMap((name) => [
			[`load_${name}_quantiser_matrix`, loaded[name] ? 1 : 0],
			[matrixOf(name), loaded[name] ?? new Array(64).fill(99)],
		]),
	);
}

/** By the rules of 6.3.11. */
function afterLoad(before: Fields, loaded: Partial<Record<Name, number[]>>): Fields {
	const after = { ...before };
	for (const name of ["intra", "non_intra"] as const)
		if (loaded[name]) {
			after[matrixOf(name)] = loaded[name];
			after[matrixOf(`chroma_${name}`)] = loaded[name];
		}
	for (const name of ["chroma_intra", "chroma_non_intra"] as const)
		if (loaded[name]) after[matrixOf(name)] = loaded[name];
	return after;
}

test("without a buffer, the defaults", () => {
	assert.equal(new Mpeg2Player().controls(1, intra).quantisation, defaults);
});

test("a buffer that loads nothing", () => {
	const { quantisation } = new Mpeg2Player().controls(1, intra, { matrix: matrix({}) });
	assert.equal(quantisation, defaults);
});

for (const name of names)
	test(`${name} alone, value by value in the order of VA`, () => {
		const loaded = { [name]: distinct(5) };
		const { quantisation } = new Mpeg2Player().controls(1, intra, { matrix: matrix(loaded) });
		assert.equal(quantisation[matrixOf(name)], distinct(5));
		assert.equal(quantisation, afterLoad(defaults, loaded));
	});

test("all four, as FFmpeg sends them", () => {
	const loaded = Object.fromEntries(names.map((name, i) => [name, distinct(10 * i)]));
	const { quantisation } = new Mpeg2Player().controls(1, intra, { matrix: matrix(loaded) });
	for (const [i, name] of names.entries())
		assert.equal(quantisation[matrixOf(name)], distinct(10 * i), name);
});

test("what is loaded stays: any history", () => {
	const loads = fc.array(
		fc.record(Object.fromEntries(names.map((name) => [name, fc.integer({ min: 0, max: 200 })])), {
			requiredKeys: [],
		}),
		{ maxLength: 6 },
	);
	fc.assert(
		fc.property(loads, fc.boolean(), (history, matrixFirst) => {
			const player = new Mpeg2Player();
			let expected: Fields = defaults;
			for (const seeds of history) {
				const loaded = Object.fromEntries(
					Object.entries(seeds).map(([name, seed]) => [name, distinct(seed as number)]),
				);
				expected = afterLoad(expected, loaded);
				const given = { matrix: matrix(loaded), matrixFirst };
				assert.equal(player.controls(1, intra, given).quantisation, expected);
			}
			assert.equal(player.controls(1, intra).quantisation, expected, "and without a buffer");
		}),
		{ numRuns: 30 },
	);
});

for (const matrixFirst of [false, true])
	test(`another size begins with the defaults; matrices ${matrixFirst ? "before" : "behind"} it`, () => {
		const small: Picture = { ...intra, width: 176, height: 144 };
		const player = new Mpeg2Player();
		const custom = matrix({ intra: distinct(1), non_intra: distinct(2) });
		player.submit(1, intra, { matrix: custom });
		const loaded = { non_intra: distinct(3) };
		assert.equal(
			player.controls(2, small, { matrix: matrix(loaded), matrixFirst }).quantisation,
			afterLoad(defaults, loaded),
		);
		assert.equal(player.controls(3, intra).quantisation, defaults, "and back");
	});

test("a new context begins with the defaults", () => {
	const player = new Mpeg2Player();
	player.submit(1, intra, { matrix: matrix({ intra: distinct(1) }) });
	const again = new Mpeg2Player();
	assert.equal(again.controls(1, intra).quantisation, defaults);
});

const refused: [string, Slice[]][] = [
	["a picture that was refused", [slice(99)]],
	["a picture without slices", []],
];
for (const [what, slices] of refused)
	test(`${what} leaves its matrices behind`, () => {
		const player = new Mpeg2Player();
		player.submit(1, intra);
		const loaded = { intra: distinct(7) };
		const { status } = player.decode(2, predicted(1), { matrix: matrix(loaded), slices });
		assert.ok(status !== 0);
		assert.equal(player.controls(2, predicted(1)).quantisation, afterLoad(defaults, loaded));
	});

for (const name of names)
	test(`${name} with a 0 in it is none`, () => {
		for (let place = 0; place < 64; place++) {
			const values = distinct(9).map((value, i) => (i === place ? 0 : value));
			const { quantisation } = new Mpeg2Player().controls(1, intra, {
				matrix: matrix({ [name]: values }),
			});
			assert.equal(quantisation, defaults, `at ${place}`);
		}
	});

for (const value of [1, 0x7f, 0x80, 0x81, 0xff])
	test(`a matrix of ${value} alone is loaded`, () => {
		const loaded = { intra: new Array(64).fill(value) };
		const { quantisation } = new Mpeg2Player().controls(1, intra, { matrix: matrix(loaded) });
		assert.equal(quantisation, afterLoad(defaults, loaded));
	});

test.run();
