// SPDX-License-Identifier: MIT
// CAPTURE formats that are not linear: which is taken, where its planes are, what is read from it, and what surfaces get.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { profileHigh10 } from "../codecs/h264/unit/support/h264.ts";
import { constants as c } from "../support/abi.ts";
import { Core } from "./support/core.ts";
import { Device, type DeviceOptions, decoderFacts } from "./support/device.ts";
import { decode, of, opened, sync } from "./support/session.ts";
import { decodeStandIn, standIn } from "./support/stand-in.ts";
import { encode, type Fields, LINEAR } from "./support/struct.ts";

const test = suite("arrangements");
const REFUSED = 0x80000000;

function display(...devices: DeviceOptions[]): Core {
	const core = new Core();
	for (const [index, options] of devices.entries()) {
		core.giveStruct("core_decoder", decoderFacts(options, index));
		assert.is(core.call("display_add_decoder"), 0);
	}
	return core;
}

interface Sizes {
	fourcc: number;
	width: number;
	height: number;
	plane_count?: number;
	bytesperline: number[];
	sizeimage: number[];
}

/** core_layout of a surface of the format's own size, or null. */
function layoutOf(format: Sizes, width = format.width, height = format.height): Fields | null {
	const core = display();
	core.giveStruct("core_format", { plane_count: 1, ...format });
	const deep = [c.V4L2_PIX_FMT_NV15, c.V4L2_PIX_FMT_NV15_4L4, c.V4L2_PIX_FMT_NV12_10_COL128].includes(
		format.fourcc,
	);
	const fourcc = deep ? c.VA_FOURCC_P010 : c.VA_FOURCC_NV12;
	return core.call("display_surface_layout", fourcc, width, height) === 0
		? core.answer("core_layout")
		: null;
}

/** cedrus_prepare_format() of 330x250. */
const ALLWINNER: Sizes = {
	fourcc: c.V4L2_PIX_FMT_NV12_32L32,
	width: 330,
	height: 256,
	bytesperline: [352],
	sizeimage: [352 * 256 + (352 * 256) / 2],
};
/** v4l2_fill_pixfmt_mp() of the others. */
const ROCKCHIP: Sizes = {
	fourcc: c.V4L2_PIX_FMT_NV15,
	width: 384,
	height: 256,
	bytesperline: [480],
	sizeimage: [480 * 256 * 1.5 + 384 * 256],
};
const G2_DEEP: Sizes = { ...ROCKCHIP, fourcc: c.V4L2_PIX_FMT_NV15_4L4 };
const G2: Sizes = {
	fourcc: c.V4L2_PIX_FMT_NV12_4L4,
	width: 336,
	height: 256,
	bytesperline: [336],
	sizeimage: [336 * 256 * 2],
};
/** vdec_set_default of mtk_vcodec_dec.c: a memory plane each. */
const MEDIATEK: Sizes = {
	fourcc: c.V4L2_PIX_FMT_MM21,
	width: 384,
	height: 256,
	plane_count: 2,
	bytesperline: [384, 384],
	sizeimage: [384 * 256, (384 * 256) / 2],
};
/** Columns of 128 bytes, 400 lines each. */
const BROADCOM: Sizes = {
	fourcc: c.V4L2_PIX_FMT_NV12_COL128,
	width: 384,
	height: 256,
	bytesperline: [400],
	sizeimage: [400 * 384],
};

test("planes are where the drivers put them", () => {
	const shapes: [Sizes, Fields][] = [
		[
			ALLWINNER,
			{ pitches: [352, 352, 0], offsets: [0, 352 * 256, 0], tile_bytes: 32, tile_rows: [32, 32, 0] },
		],
		[G2, { pitches: [336, 336, 0], offsets: [0, 336 * 256, 0], tile_bytes: 4, tile_rows: [4, 4, 0] }],
		[
			ROCKCHIP,
			{ pitches: [480, 480, 0], offsets: [0, 480 * 256, 0], tile_bytes: 0, tile_rows: [1, 1, 0] },
		],
		[
			G2_DEEP,
			{ pitches: [480, 480, 0], offsets: [0, 480 * 256, 0], tile_bytes: 5, tile_rows: [4, 4, 0] },
		],
		// Chroma is mapped behind luma, from the next 64 KiB on.
		[
			MEDIATEK,
			{ pitches: [384, 384, 0], offsets: [0, 131072, 0], tile_bytes: 16, tile_rows: [32, 16, 0] },
		],
		[
			BROADCOM,
			{ pitches: [384, 384, 0], offsets: [0, 128 * 256, 0], tile_bytes: 128, tile_rows: [400, 400, 0] },
		],
	];
	for (const [format, expected] of shapes) {
		const layout = layoutOf(format, 322, 242);
		if (!layout) throw new Error(`format 0x${format.fourcc.toString(16)} is refused`);
		for (const [name, value] of Object.entries(expected)) assert.equal(layout[name], value, name);
		assert.equal([layout.width, layout.height], [322, 242]);
		assert.equal([layout.most_width >= format.width, layout.most_height], [true, format.height]);
		const packed = format === ROCKCHIP || format === G2_DEEP;
		assert.is(layout.packing, packed ? c.CORE_PACKING_FOUR_IN_FIVE : c.CORE_PACKING_NONE);
	}
	assert.is(layoutOf(MEDIATEK)?.second_at, 131072);
	assert.is(layoutOf(ALLWINNER)?.second_at, 0, "one memory plane");
	assert.is(layoutOf(MEDIATEK)?.size, 131072 + (384 * 256) / 2);
	assert.is(layoutOf(ROCKCHIP)?.most_width, 384);
	assert.is(layoutOf(ALLWINNER)?.most_width, 352);
});

test("what is too small for its tiles or contradicts itself is refused", () => {
	const wrong: [string, Sizes][] = [
		["a row of tiles is missing from chroma", { ...ALLWINNER, sizeimage: [352 * 256 * 1.5 - 1] }],
		["rows shorter than their tiles", { ...ALLWINNER, bytesperline: [351] }],
		["chroma within luma's last tiles", { ...ALLWINNER, height: 250, sizeimage: [1 << 20] }],
		["rows shorter than their groups", { ...ROCKCHIP, bytesperline: [479] }],
		["half of NV15 is missing", { ...ROCKCHIP, sizeimage: [480 * 256 * 1.5 - 1] }],
		["one memory plane, not two", { ...MEDIATEK, plane_count: 1 }],
		["two memory planes, not one", { ...G2, plane_count: 2 }],
		["luma's memory is too small", { ...MEDIATEK, sizeimage: [384 * 256 - 1, 384 * 128] }],
		["chroma's memory is too small", { ...MEDIATEK, sizeimage: [384 * 256, 384 * 128 - 1] }],
		["columns without lines for chroma", { ...BROADCOM, bytesperline: [383] }],
		["columns that end too early", { ...BROADCOM, sizeimage: [400 * 384 - 1] }],
	];
	for (const [why, format] of wrong) assert.is(layoutOf(format, 200, 200), null, why);
	assert.is(layoutOf(ALLWINNER, 331, 250), null, "wider than the format");
});

/** core_copy[] of an image with this fourcc from a corner of the format's picture. */
function copiesFrom(format: Sizes, fourcc: number, corner: [number, number]): Fields[] | number {
	const core = display({ tenBit: true });
	assert.is(core.call("display_create_image", fourcc, 64, 32), 0);
	const image = core.answer("core_layout");
	core.give(
		{ bytes: encode("core_layout", layoutOf(format) ?? {}) },
		{ at: encode("core_layout", image).length, bytes: encode("core_layout", image) },
	);
	const count = core.call("display_get_image", ...corner, 62, 30);
	return count >= REFUSED ? count - REFUSED : core.answers("core_copy", count);
}

test("what is not linear is read by its place in the plane, counted in what comes out", () => {
	const copies = copiesFrom(ALLWINNER, c.VA_FOURCC_NV12, [35, 33]) as Fields[];
	assert.equal(
		copies.map((copy) => [copy.source_offset, copy.source_x, copy.source_y, copy.row_bytes, copy.rows]),
		[
			[0, 35, 33, 62, 30],
			[352 * 256, 34, 16, 62, 15],
		],
	);
	for (const copy of copies) {
		assert.equal([copy.source_tile_bytes, copy.source_tile_rows, copy.source_packing], [32, 32, 0]);
		assert.is(copy.source_pitch, 352);
	}
	const deep = copiesFrom(ROCKCHIP, c.VA_FOURCC_P010, [4, 2]) as Fields[];
	assert.equal(
		deep.map((copy) => [copy.source_x, copy.source_y, copy.row_bytes, copy.sample_size]),
		[
			[8, 2, 124, 2],
			[8, 1, 124, 2],
		],
	);
	const split = copiesFrom(MEDIATEK, c.VA_FOURCC_YV12, [0, 16]) as Fields[];
	assert.equal(
		split.map((copy) => [copy.kind, copy.source_tile_rows, copy.source_offset, copy.source_y]),
		[
			[c.CORE_COPY_ROWS, 32, 0, 16],
			[c.CORE_COPY_SPLIT, 16, 131072, 8],
		],
	);
	assert.is(copiesFrom(ROCKCHIP, c.VA_FOURCC_NV12, [0, 0]), c.VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
});

test("nothing is written to tiles, and they are not exported", () => {
	const core = display({});
	assert.is(core.call("display_create_image", c.VA_FOURCC_NV12, 64, 32), 0);
	const image = encode("core_layout", core.answer("core_layout"));
	const surface = encode("core_layout", layoutOf(ALLWINNER) ?? {});
	core.give({ bytes: image }, { at: image.length, bytes: surface });
	const status = core.call("display_put_image", 0, 0, 64, 32, 0, 0);
	assert.is(status, REFUSED + c.VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
	core.give({ bytes: surface });
	assert.is(core.call("display_export", 0), c.VA_STATUS_ERROR_INVALID_SURFACE);
});

/** The CAPTURE format that a context takes of a decoder with these, of 8 bit. */
function taken(...fourccs: number[]): number {
	const facts = decoderFacts();
	const [coded] = facts.coded;
	coded.captures = fourccs.map((fourcc) => ({ fourcc, depths: c.CORE_DEPTH_8 | c.CORE_DEPTH_10 }));
	coded.capture_count = fourccs.length;
	const core = new Core();
	core.giveStruct("core_decoder", facts);
	core.call("display_add_decoder");
	core.call("display_surface_memory", c.VA_FOURCC_NV12, 320, 256, c.VAProfileNone);
	return core.answer("core_allocation").capture_fourcc;
}

test("a linear format is taken before all others, wherever the device lists it", () => {
	const { V4L2_PIX_FMT_NV12: linear, V4L2_PIX_FMT_NV12_32L32: tiled } = c;
	assert.is(taken(tiled, linear), linear);
	assert.is(taken(linear, tiled), linear);
	assert.is(taken(tiled), tiled);
	assert.is(taken(c.V4L2_PIX_FMT_MM21), c.V4L2_PIX_FMT_MM21);
	assert.is(taken(c.V4L2_PIX_FMT_MM21, c.V4L2_PIX_FMT_NV12_4L4, tiled), c.V4L2_PIX_FMT_NV12_4L4);
	assert.is(taken(c.V4L2_PIX_FMT_P010, c.V4L2_PIX_FMT_NV15, tiled), tiled, "of the depth");
});

test("of two decoders, the one with linear pictures is chosen, however busy", () => {
	const tiled = { captureFourcc: c.V4L2_PIX_FMT_NV12_32L32 };
	for (const [devices, expected] of [
		[[tiled, {}], 1],
		[[{}, tiled], 0],
	] as const) {
		const core = display(...devices);
		core.give({ bytes: new Uint8Array(Uint32Array.from([9, 9]).buffer) });
		const format = c.VA_RT_FORMAT_YUV420;
		assert.is(core.call("display_choose_decoder", c.VAProfileH264High, format, 320, 256), expected);
	}
});

test("a surface that is shown first gets linear memory of the size that it needs", () => {
	const [plain, tiled, packed] = [
		{},
		{ captureFourcc: c.V4L2_PIX_FMT_NV12_32L32 },
		{ tenBit: true, deepFourcc: c.V4L2_PIX_FMT_NV15 },
	];
	const asked = (options: DeviceOptions, fourcc: number): Fields => {
		const core = display(options);
		const profile = options.tenBit ? c.VAProfileH264High10 : c.VAProfileH264High;
		assert.is(core.call("display_surface_memory", fourcc, 322, 242, profile), 0);
		return core.answer("core_allocation");
	};
	assert.is(asked(plain, c.VA_FOURCC_NV12).sources[1], c.CORE_SOURCE_DECODER);
	const memory = asked(tiled, c.VA_FOURCC_NV12);
	assert.is(memory.sources[1], c.CORE_SOURCE_DECODER_OUTPUT);
	assert.is(memory.assumed.fourcc, c.V4L2_PIX_FMT_NV12);
	assert.equal([memory.assumed.bytesperline[0], memory.assumed.sizeimage[0]], [384, 384 * 256 * 1.5]);
	const deep = asked(packed, c.VA_FOURCC_P010);
	assert.equal([deep.capture_fourcc, deep.assumed.fourcc], [c.V4L2_PIX_FMT_NV15, c.V4L2_PIX_FMT_P010]);
	assert.is(deep.sources[1], c.CORE_SOURCE_DECODER_OUTPUT);
	assert.is(deep.assumed.sizeimage[0], 704 * 256 * 1.5);
});

test("a stream is decoded to tiles where the decoder has nothing else", () => {
	const device = opened({ captureFourcc: c.V4L2_PIX_FMT_NV12_32L32, align: 64 });
	assert.is(decode(device, { surface: 1, width: 336, height: 272 }).status, 0);
	assert.is(of(device, "SET_FORMAT").at(-1)?.fourcc, c.V4L2_PIX_FMT_NV12_32L32);
	const [{ layout, allocation }] = of(device, "USE_LAYOUT");
	assert.equal([layout.fourcc, layout.tile_bytes], [c.VA_FOURCC_NV12, 32]);
	assert.equal(layout.offsets, [0, 384 * 320, 0]);
	assert.is(allocation.sources[1], c.CORE_SOURCE_DECODER, "surfaces that nobody has seen keep the tiles");
	assert.is(allocation.capture_fourcc, c.V4L2_PIX_FMT_NV12_32L32);
});

test("a surface that somebody has seen gets its pictures by copies, tiles or not", () => {
	const device = opened({ captureFourcc: c.V4L2_PIX_FMT_NV12_32L32, align: 64 });
	device.fails = (step) =>
		step.op === "QUEUE_CAPTURE" && step.surface === 2 && step.flags === 0 ? c.EXDEV : 0;
	assert.is(decode(device, { surface: 1 }).status, 0);
	assert.is(decode(device, { surface: 2, frameNum: 1, references: [1] }).status, 0);
	assert.is(sync(device, 2).status, 0);
	assert.equal(device.delivered, [2]);
});

test("a surface that is shown between two pictures gets other memory once nothing in flight refers to the first", () => {
	const kinds: DeviceOptions[] = [{}, { sliceBased: true }, { hold: false }];
	for (const options of kinds) {
		const device = opened({ ...options, captureFourcc: c.V4L2_PIX_FMT_NV12_32L32, align: 64 });
		const own = (): boolean[] => of(device, "QUEUE_CAPTURE").map(({ flags }) => flags !== 0);
		assert.is(decode(device, { surface: 1 }).status, 0);
		device.completeAll();
		device.shown.add(1);
		// This one still reads what is in surface 1.
		assert.is(decode(device, { surface: 2, frameNum: 1, references: [1] }).status, 0);
		assert.is(decode(device, { surface: 1, frameNum: 2, references: [[2, 1]] }).status, 0);
		assert.is(device.completed.length, 2, "it was waited for");
		assert.is(device.waits, 1);
		assert.equal(own(), [false, false, true]);
		assert.is(decode(device, { surface: 2, frameNum: 3, references: [[1, 2]] }).status, 0);
		assert.is(decode(device, { surface: 1, frameNum: 4, references: [[2, 3]] }).status, 0);
		assert.equal(own(), [false, false, true, false, true]);
		assert.is(device.waits, 2, "then only for what is in flight to the same surface, as ever");
		device.completeAll();
		assert.equal(device.delivered, [1, 1]);
	}
	const linear = opened();
	linear.shown.add(1);
	for (const frameNum of [0, 1]) decode(linear, { surface: 1, frameNum });
	assert.equal(
		of(linear, "QUEUE_CAPTURE").map(({ flags }) => flags),
		[0, 0],
		"linear pictures go where they belong",
	);
});

test("High 10 is decoded to NV15 and shows as P010", () => {
	const options = { tenBit: true, deepFourcc: c.V4L2_PIX_FMT_NV15, align: 64 };
	const device = new Device(options);
	assert.is(device.create(profileHigh10, 320, 256).status, 0);
	assert.is(decode(device, { surface: 1, depth: 10 }).status, 0);
	const { layout } = of(device, "USE_LAYOUT")[0];
	assert.equal([layout.fourcc, layout.packing], [c.VA_FOURCC_P010, c.CORE_PACKING_FOUR_IN_FIVE]);
	assert.equal(layout.pitches, [400, 400, 0]);
	assert.is(decode(device, { surface: 2 }).status, 0);
	const linear = of(device, "USE_LAYOUT")[1].layout;
	for (const [name, value] of Object.entries(LINEAR)) assert.equal(linear[name], value, `8 bit: ${name}`);
});

test("any codec has these formats", () => {
	const deep = [c.V4L2_PIX_FMT_NV15, c.V4L2_PIX_FMT_NV15_4L4];
	for (const [i, deepFourcc] of deep.entries()) {
		const device = standIn({
			captureFourcc: c.V4L2_PIX_FMT_NV12_4L4,
			tenBit: true,
			deepFourcc,
			align: 64,
		});
		for (const [surface, bitDepth] of [8, 10].entries())
			assert.is(decodeStandIn(device, surface + 1, { bitDepth }).status, 0);
		const layouts = of(device, "USE_LAYOUT").map(({ layout }) => layout);
		assert.equal(
			layouts.map(({ fourcc, tile_bytes, pitches }) => [fourcc, tile_bytes, pitches[0]]),
			[
				[c.VA_FOURCC_NV12, 4, 320],
				[c.VA_FOURCC_P010, [0, 5][i], 400],
			],
		);
	}
});

test.run();
