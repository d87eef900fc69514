// SPDX-License-Identifier: MIT
// What contradicts itself is refused in one sentence, and the next picture is none the worse; what players are known to get
// wrong is not.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c, structs } from "../../../support/abi.ts";
import { encode, type Fields } from "../../../unit/support/struct.ts";
import { type Buffers, Vp8Player } from "./support/player.ts";
import { type Header, writeFrame } from "./support/writer.ts";

const test = suite("vp8-refusals");
const INVALID = c.VA_STATUS_ERROR_INVALID_PARAMETER;

const updating: Partial<Header> = {
	segmentation: {
		map: [10, 20, null],
		data: { absolute: false, quant: [0, -5, 5, null], lf: [0, -4, 4, null] },
	},
	adjust: { deltas: [2, 0, -2, -2, 4, -2, 2, 4] },
	quantDeltas: [1, -1, 2, -2, 3],
	coeff: { 500: 77 },
	skip: 99,
	sharpness: 3,
	log2Partitions: 1,
};
const inter: Partial<Header> = {
	...updating,
	key: false,
	signBiasAlternate: true,
	yMode: [1, 2, 3, 4],
	uvMode: [5, 6, 7],
	mv: { 3: 9, 25: 0 },
};

/** A player that has decoded a key frame. */
function playing(): Vp8Player {
	const player = new Vp8Player("plain", 176, 144);
	assert.is(player.decode(writeFrame(updating)).outcome.status, 0);
	return player;
}

const changed = (list: number[], i: number): number[] =>
	list.map((value, j) => (j === i ? value ^ 1 : value));

/** Picture fields with a wrong value in each, which is named. */
const contradictions: [string, (picture: Fields) => void][] = [
	...[
		"segmentation_enabled",
		"update_mb_segmentation_map",
		"update_segment_feature_data",
		"filter_type",
		"loop_filter_adj_enable",
		"mode_ref_lf_delta_update",
		"sign_bias_golden",
		"sign_bias_alternate",
		"mb_no_coeff_skip",
		"loop_filter_disable",
		"sharpness_level",
	].map((name): [string, (picture: Fields) => void] => [
		name,
		(picture) => {
			picture[`pic_fields_${name}`] ^= 1;
		},
	]),
	...["prob_skip_false", "prob_intra", "prob_last", "prob_gf"].map(
		(name): [string, (picture: Fields) => void] => [
			name,
			(picture) => {
				picture[name] ^= 1;
			},
		],
	),
	...(
		[
			["mb_segment_tree_probs", 1],
			["loop_filter_deltas_ref_frame", 3],
			["loop_filter_deltas_mode", 0],
			["y_mode_probs", 3],
			["uv_mode_probs", 2],
		] as const
	).map(([name, i]): [string, (picture: Fields) => void] => [
		name,
		(picture) => {
			picture[name] = changed(picture[name], i);
		},
	]),
	[
		"mv_probs",
		(picture) => {
			picture.mv_probs = [picture.mv_probs[0], changed(picture.mv_probs[1], 6)];
		},
	],
];

for (const [name, spoil] of contradictions)
	test(`a header that contradicts ${name}`, () => {
		const player = playing();
		const { outcome } = player.decode(writeFrame(inter), ({ picture }) => spoil(picture));
		assert.equal(outcome, {
			status: INVALID,
			message: c.CORE_MESSAGE_BAD_PICTURE,
			values: [],
			field: name,
		});
		const next = player.decode(writeFrame(inter));
		assert.is(next.outcome.status, 0, "the next picture");
		assert.equal(next.control, next.expected);
	});

const spoiltSlices: [string, (buffers: Buffers) => void][] = [
	["macroblock_offset", ({ slice }) => slice.macroblock_offset++],
	["the range", ({ picture }) => (picture.bool_coder_ctx.range ^= 1)],
	["the value", ({ picture }) => (picture.bool_coder_ctx.value ^= 1)],
	["the number of partitions", ({ slice }) => (slice.num_of_partitions = 2)],
	["an updated probability", ({ probabilities: p }) => (p!.dct_coeff_probs[1][7][0][5] ^= 1)],
	["a segment's index", ({ matrix }) => matrix!.quantization_index[1][0]--],
	["an index and its delta, y_dc", ({ matrix }) => matrix!.quantization_index[2][1]--],
	["y2_dc", ({ matrix }) => matrix!.quantization_index[0][2]--],
	["y2_ac", ({ matrix }) => matrix!.quantization_index[0][3]--],
	["uv_dc", ({ matrix }) => matrix!.quantization_index[0][4]--],
	["uv_ac", ({ matrix }) => matrix!.quantization_index[3][5]--],
	["an index out of range", ({ matrix }) => (matrix!.quantization_index[3][0] = 128)],
	["a segment's level", ({ picture }) => (picture.loop_filter_level = [10, 6, 15, 10])],
	["a segment's level, by the greatest", ({ picture }) => (picture.loop_filter_level = [10, 6, 63, 10])],
	["a first partition of 512 KiB", ({ slice }) => (slice.partition_size[0] = 0x80000)],
	["a size that wraps around", ({ slice }) => (slice.partition_size[0] = 0xffffffff)],
	[
		"the data, which has three bytes in front that are no tag",
		(b) => (b.data = Uint8Array.from([1, 2, 3, ...b.data])),
	],
];

for (const [name, spoil] of spoiltSlices)
	test(`a slice that contradicts ${name}`, () => {
		const player = playing();
		const { outcome } = player.decode(writeFrame(inter), spoil);
		assert.equal(outcome, { status: INVALID, message: c.CORE_MESSAGE_BAD_SLICE_HEADER, values: [0, 0] });
		assert.is(player.decode(writeFrame(inter)).outcome.status, 0, "the next picture");
	});

test("partitions beyond the data", () => {
	const player = playing();
	const { outcome } = player.decode(writeFrame(inter), ({ slice }) => slice.partition_size[2]++);
	assert.is(outcome.message, c.CORE_MESSAGE_BAD_SLICE_RANGE);
	assert.is(player.decode(writeFrame(inter), ({ slice }) => slice.partition_size[2]--).outcome.status, 0);
	assert.is(
		player.decode(writeFrame(inter), ({ slice }) => (slice.partition_size[1] = 0xffffffff)).outcome
			.status,
		INVALID,
	);
});

test("sizes and versions that VP8 does not have", () => {
	const player = playing();
	for (const [field, value, named = field] of [
		["frame_width", 0],
		["frame_width", 16384],
		["frame_height", 0],
		["frame_height", 16384],
		["pic_fields_version", 4, "version"],
	] as [string, number, string?][]) {
		const { outcome } = player.decode(writeFrame(inter), ({ picture }) => (picture[field] = value));
		assert.equal(outcome, {
			status: INVALID,
			message: c.CORE_MESSAGE_BAD_PICTURE,
			values: [],
			field: named,
		});
	}
	assert.is(player.decode(writeFrame(inter)).outcome.status, 0);
});

test("buffers that are missing, too small or of another kind", () => {
	const player = playing();
	for (const missing of ["matrix", "probabilities"] as const) {
		const { outcome } = player.decode(writeFrame(inter), (buffers) => (buffers[missing] = null));
		assert.is(outcome.message, c.CORE_MESSAGE_NO_PICTURE_PARAMETERS, missing);
	}
	for (const type of [
		c.VAPictureParameterBufferType,
		c.VAProbabilityBufferType,
		c.VAIQMatrixBufferType,
		c.VASliceGroupMapBufferType,
	]) {
		player.events.begin(30);
		const { message, values } = player.events.parameter(type, new Uint8Array(20));
		const other = type === c.VASliceGroupMapBufferType;
		assert.is(message, other ? c.CORE_MESSAGE_BAD_BUFFER_TYPE : c.CORE_MESSAGE_BAD_PARAMETER_SIZE);
		assert.equal(values, [type, other ? 0 : 20]);
	}
	player.events.begin(30);
	const small = new Uint8Array(20);
	new DataView(small.buffer).setUint32(0, 10, true);
	const { message, values } = player.events.slice(small, new Uint8Array(10));
	assert.is(message, c.CORE_MESSAGE_BAD_PARAMETER_SIZE);
	assert.equal(values, [c.VASliceParameterBufferType, 20]);
});

test("a frame larger than its surface, and not one that is as large", () => {
	const player = playing();
	const larger = writeFrame({ ...updating, width: 175, height: 143 });
	for (const size of [
		[174, 143],
		[175, 142],
	] as const) {
		player.surfaceSize = [...size];
		const { outcome } = player.decode(larger);
		assert.equal(outcome, {
			status: c.VA_STATUS_ERROR_INVALID_SURFACE,
			message: c.CORE_MESSAGE_LARGER_THAN_SURFACE,
			values: [175, 143],
		});
		player.surfaceSize = [175, 143];
		assert.is(player.decode(larger).outcome.status, 0);
	}
});

test("a second slice", () => {
	const player = playing();
	let kept: Buffers | undefined;
	player.decode(writeFrame(inter), (buffers) => {
		kept = buffers;
	});
	const { picture, probabilities, matrix, slice, data } = kept!;
	player.events.begin(30);
	player.events.parameter(c.VAPictureParameterBufferType, encode("VAPictureParameterBufferVP8", picture));
	player.events.parameter(c.VAProbabilityBufferType, encode("VAProbabilityDataBufferVP8", probabilities!));
	player.events.parameter(c.VAIQMatrixBufferType, encode("VAIQMatrixBufferVP8", matrix!));
	const parameter = encode("VASliceParameterBufferVP8", slice);
	assert.is(player.events.slice(parameter, data).status, 0);
	assert.equal(player.events.slice(parameter, data), {
		status: INVALID,
		message: c.CORE_MESSAGE_BAD_SLICE_HEADER,
		values: [1, 0],
	});
});

test("references that are missing, never decoded or the picture's own are named by no timestamp", () => {
	const player = playing();
	const golden = player.references[1]!.timestamp;
	const { outcome, control } = player.decode(writeFrame(inter), ({ picture }) => {
		picture.last_ref_frame = c.VA_INVALID_SURFACE;
		picture.alt_ref_frame = 4711;
	});
	assert.is(outcome.status, 0);
	assert.equal([control.last_frame_ts, control.golden_frame_ts, control.alt_frame_ts], [0n, golden, 0n]);
	const own = player.freeSurface();
	const next = player.decode(writeFrame(inter), ({ picture }) => (picture.last_ref_frame = own));
	assert.is(next.control.last_frame_ts, 0n);
	assert.is(next.control.golden_frame_ts, golden);
});

test("a key frame has mode probabilities of its own, whatever the player gives", () => {
	const player = playing();
	const { control, expected } = player.decode(writeFrame(updating), ({ picture }) => {
		picture.y_mode_probs = [112, 86, 140, 37];
		picture.uv_mode_probs = [162, 101, 204];
	});
	assert.equal(control.entropy.y_mode_probs, [145, 156, 163, 128]);
	assert.equal(control.entropy.uv_mode_probs, [142, 114, 183]);
	assert.equal(control, expected);
});

test("any bytes whatever are refused or decoded, and the picture behind them is decoded", () => {
	const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
	const anything = fc.record({
		picture: bytes(structs.VAPictureParameterBufferVP8.size),
		probabilities: bytes(structs.VAProbabilityDataBufferVP8.size),
		matrix: bytes(structs.VAIQMatrixBufferVP8.size),
		slice: bytes(structs.VASliceParameterBufferVP8.size),
		data: fc.uint8Array({ minLength: 1, maxLength: 200 }),
		sizes: fc.boolean(),
	});
	const player = playing();
	fc.assert(
		fc.property(anything, ({ picture, probabilities, matrix, slice, data, sizes }) => {
			const view = new DataView(slice.buffer, slice.byteOffset);
			// Sizes that make sense of themselves let it get further.
			if (sizes)
				for (const [i, value] of [data.length, 0, 0, 0].entries()) view.setUint32(4 * i, value, true);
			if (sizes) for (let i = 0; i < 9; i++) view.setUint32(20 + 4 * i, 1, true);
			player.events.begin(40);
			player.events.parameter(c.VAPictureParameterBufferType, picture);
			player.events.parameter(c.VAProbabilityBufferType, probabilities);
			player.events.parameter(c.VAIQMatrixBufferType, matrix);
			player.events.slice(slice, data);
			player.events.end();
			player.device.completeAll();
		}),
		{ numRuns: 300, seed: 6386 },
	);
	const { outcome, control, expected } = player.decode(writeFrame(updating));
	assert.is(outcome.status, 0);
	assert.equal(control, expected);
});

// ---- segments, whose values persist ------------------------------------------------------------------------

const persisting: Partial<Header> = { ...inter, segmentation: { map: null, data: null } };

test("a picture that the player kept to itself leaves VA's absolute values to count", () => {
	const player = playing();
	// Its header goes past the driver, not past the player.
	player.stream.read(
		writeFrame({
			...inter,
			segmentation: { map: null, data: { absolute: false, quant: [9, 8, 7, 6], lf: [1, 2, 3, 4] } },
		}),
	);
	const { outcome, control } = player.decode(writeFrame({ ...persisting, yAc: 50, level: 20 }));
	assert.is(outcome.status, 0);
	assert.equal(control.segment.quant_update, [59, 58, 57, 56]);
	assert.equal(control.segment.lf_update, [21, 22, 23, 24]);
	assert.is(control.segment.flags, c.V4L2_VP8_SEGMENT_FLAG_ENABLED);
	const later = player.decode(writeFrame({ ...persisting, yAc: 60 }));
	assert.equal(later.control.segment.quant_update, [69, 68, 67, 66], "until the next update");
	const update = player.decode(writeFrame(inter));
	assert.equal(update.control, update.expected);
	const after = player.decode(writeFrame(persisting));
	assert.equal(after.control, after.expected, "and then as coded again");
});

test("a level below 0, which FFmpeg gives as the greatest", () => {
	const player = playing();
	const low = { map: null, data: { absolute: false, quant: [0, 0, 0, 0], lf: [-40, 0, 0, 60] } };
	for (const header of [
		{ ...inter, segmentation: low },
		{ ...persisting, level: 30 },
	]) {
		const given: number[] = [];
		const { outcome, control, expected } = player.decode(writeFrame(header), ({ picture }) => {
			given.push(...picture.loop_filter_level);
		});
		assert.is(given[0], 63, "as FFmpeg has it");
		assert.is(outcome.status, 0);
		assert.equal(control, expected);
	}
});

test("a key frame sets the segments back, a frame without segmentation does not", () => {
	const player = playing();
	player.decode(writeFrame({ ...inter, segmentation: null }));
	const back = player.decode(writeFrame(persisting));
	assert.equal(back.control.segment.quant_update, [0, -5, 5, 0]);
	player.decode(writeFrame({}));
	const after = player.decode(writeFrame(persisting));
	assert.is(after.outcome.status, 0);
	assert.equal(after.control.segment.quant_update, [0, 0, 0, 0]);
	assert.equal(after.control, after.expected);
});

test("a stream that is joined at an inter frame", () => {
	const first = new Vp8Player("plain", 176, 144);
	first.stream.read(writeFrame(updating));
	const { outcome, control } = first.decode(writeFrame(persisting));
	assert.is(outcome.status, 0);
	assert.equal(control.segment.quant_update, [40, 35, 45, 40]);
	assert.equal([control.last_frame_ts, control.golden_frame_ts, control.alt_frame_ts], [0n, 0n, 0n]);
});

test.run();
