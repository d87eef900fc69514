// SPDX-License-Identifier: MIT
// The table of CAPTURE formats, by itself: driver-src/formats/formats.ts compiled as an entry of its own ($FORMATS_WASM).
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/abi.ts";
import { moduleOf } from "./support/core.ts";

const test = suite("formats");

type Table = Record<string, (...args: number[]) => number | bigint> & {
	memory: WebAssembly.Memory;
};

const abort = () => assert.unreachable("the table trapped");
const table = new WebAssembly.Instance(moduleOf("FORMATS_WASM"), { env: { abort } }).exports as Table;
const of = (name: string): number => Number(table.format_of_v4l2(c[`V4L2_PIX_FMT_${name}`]));
const number = (question: string, ...args: number[]): number => Number(table[`format_${question}`](...args));
const formats = Array.from({ length: Number(table.format_count()) }, (_, format) => format);

const [ROWS, TILES, COLUMNS] = [0, 1, 2];
const WHOLE = c.CORE_PACKING_NONE;
const FOUR_IN_FIVE = c.CORE_PACKING_FOUR_IN_FIVE;
const THREE_IN_FOUR = c.CORE_PACKING_THREE_IN_FOUR;
/** Bytes and samples of a group. */
const GROUPS = [
	[1, 1],
	[5, 4],
	[4, 3],
];

/** What the kernel's documentation says: bits of a component, and the components and rows of a tile of luma and of chroma. */
const documented: Record<string, { bits: number; arrangement: number; luma: number[]; chroma: number[] }> = {
	NV12: { bits: 8, arrangement: ROWS, luma: [], chroma: [] },
	P010: { bits: 16, arrangement: ROWS, luma: [], chroma: [] },
	NV15: { bits: 10, arrangement: ROWS, luma: [], chroma: [] },
	NV12_4L4: { bits: 8, arrangement: TILES, luma: [4, 4], chroma: [4, 4] },
	P010_4L4: { bits: 16, arrangement: TILES, luma: [4, 4], chroma: [4, 4] },
	NV15_4L4: { bits: 10, arrangement: TILES, luma: [4, 4], chroma: [4, 4] },
	NV12_32L32: { bits: 8, arrangement: TILES, luma: [32, 32], chroma: [32, 32] },
	MM21: { bits: 8, arrangement: TILES, luma: [16, 32], chroma: [16, 16] },
	NV12_COL128: { bits: 8, arrangement: COLUMNS, luma: [128, 0], chroma: [128, 0] },
	NV12_10_COL128: { bits: 10, arrangement: COLUMNS, luma: [96, 0], chroma: [96, 0] },
};

test("each format is in the table once, and says its own name", () => {
	assert.equal(
		formats.map((format) => number("v4l2_fourcc", format)).sort(),
		Object.keys(documented)
			.map((name) => c[`V4L2_PIX_FMT_${name}`])
			.sort(),
	);
	for (const format of formats)
		assert.is(number("of_v4l2", number("v4l2_fourcc", format)), format, `place ${format}`);
});

test("what is not in the table has no place", () => {
	for (const name of ["NV16", "NV21", "NV12M", "MT2110T", "YUV420", "H264_SLICE"])
		assert.is(of(name), -1, name);
	assert.is(number("of_v4l2", 0), -1);
	assert.is(number("of_v4l2", 0xffffffff), -1);
});

test("tiles are as documented", () => {
	for (const [name, { bits, arrangement, luma, chroma }] of Object.entries(documented)) {
		const format = of(name);
		const packing = number("packing", format);
		const [bytes, samples] = GROUPS[packing];
		assert.is(number("arrangement", format), arrangement, name);
		assert.is(packing === WHOLE, bits !== 10, `${name} is packed`);
		// Samples of a tile's row, from its bytes.
		const whole = bits === 16 ? 2 : 1;
		const across = ((number("tile_bytes", format) / bytes) * samples) / whole;
		assert.is(across, luma[0] ?? 0, `${name}, luma across`);
		assert.is(across, chroma[0] ?? 0, `${name}, chroma across`);
		assert.is(number("tile_rows", format, 0), luma[1] ?? 1, `${name}, luma down`);
		assert.is(number("tile_rows", format, 1), chroma[1] ?? 1, `${name}, chroma down`);
	}
	assert.is(number("packing", of("NV15")), FOUR_IN_FIVE);
	assert.is(number("packing", of("NV15_4L4")), FOUR_IN_FIVE);
	assert.is(number("packing", of("NV12_10_COL128")), THREE_IN_FOUR);
});

test("what a format shows as follows its depth", () => {
	for (const [name, { bits }] of Object.entries(documented)) {
		const depth = bits === 8 ? 8 : 10;
		assert.is(number("bit_depth", of(name)), depth, name);
		assert.is(number("va_fourcc", of(name)), depth === 8 ? c.VA_FOURCC_NV12 : c.VA_FOURCC_P010, name);
	}
});

test("MM21 alone has two memory planes", () => {
	for (const format of formats)
		assert.is(number("memory_planes", format), format === of("MM21") ? 2 : 1, `place ${format}`);
});

test("linear is what shows without a conversion, and best", () => {
	const linear = formats.filter((format) => number("is_linear", format) === 1);
	assert.equal(linear, [of("NV12"), of("P010")]);
	for (const depth of [8, 10]) {
		const places = formats.filter((format) => number("bit_depth", format) === depth);
		assert.is(places[0], linear[depth === 8 ? 0 : 1], `${depth} bit`);
	}
});

test("modifiers are those of drm_fourcc.h", () => {
	const modifiers: Record<string, bigint> = {
		NV12_32L32: (0x09n << 56n) | 1n, // DRM_FORMAT_MOD_VENDOR_ALLWINNER
		NV12_COL128: (0x07n << 56n) | 4n, // DRM_FORMAT_MOD_VENDOR_BROADCOM, SAND128
		NV12_10_COL128: (0x07n << 56n) | 4n,
	};
	for (const name of Object.keys(documented))
		assert.is(table.format_modifier(of(name)), modifiers[name] ?? 0n, name);
});

test.run();
