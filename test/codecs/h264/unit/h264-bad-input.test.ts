// SPDX-License-Identifier: MIT
// H.264 parameters that no player should send: each is refused by name, nothing traps, and the next picture decodes.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constants } from "../../../support/abi.ts";
import { encode, type Fields, sizeOf } from "../../../unit/support/struct.ts";
import {
	interlaced,
	intra,
	type ParameterSets,
	type Picture,
	Player,
	picture,
	plain,
	predicted,
	profileHigh10,
	vaPicture,
	vaSlice,
	writeSlice,
} from "./support/h264.ts";

const c = constants;

/** Decodes a picture with these fields over sound ones; then a sound one, which must succeed. */
function refused(over: Fields, sets: ParameterSets = plain, slice = intra): (number | string)[] {
	const player = new Player(sets, { tenBit: true, maxWidth: 20000, maxHeight: 20000 });
	const { status, message, values, field } = player.decode([slice], { over });
	assert.is.not(status, 0, JSON.stringify(over));
	assert.is(player.device.submissions.length, 0);
	assert.is(player.decode([slice]).status, 0, `after ${JSON.stringify(over)}`);
	return [status, message, ...(field === undefined ? values : [field])];
}

test("fields out of range are refused by name", () => {
	const cases: [string, Fields, ParameterSets?][] = [
		["num_ref_frames", { num_ref_frames: 17 }],
		["log2_max_frame_num_minus4", { seq_fields_log2_max_frame_num_minus4: 13 }],
		["pic_order_cnt_type", { seq_fields_pic_order_cnt_type: 3 }],
		["log2_max_pic_order_cnt_lsb_minus4", { seq_fields_log2_max_pic_order_cnt_lsb_minus4: 13 }],
		["pic_init_qp_minus26", { pic_init_qp_minus26: 26 }],
		["pic_init_qp_minus26", { pic_init_qp_minus26: -27 }],
		["pic_init_qs_minus26", { pic_init_qs_minus26: 26 }],
		["pic_init_qs_minus26", { pic_init_qs_minus26: -27 }],
		["chroma_qp_index_offset", { chroma_qp_index_offset: 13 }],
		["chroma_qp_index_offset", { chroma_qp_index_offset: -13 }],
		["second_chroma_qp_index_offset", { second_chroma_qp_index_offset: 13 }],
		["weighted_bipred_idc", { pic_fields_weighted_bipred_idc: 3 }],
		["field_pic_flag", { pic_fields_field_pic_flag: 1 }],
		["frame_num", { frame_num: 16 }],
		["picture_height_in_mbs_minus1", { picture_height_in_mbs_minus1: 14 }, interlaced],
	];
	for (const [field, over, sets] of cases) {
		const expected = [c.VA_STATUS_ERROR_INVALID_PARAMETER, c.CORE_MESSAGE_BAD_PICTURE, field];
		assert.equal(refused(over, sets), expected, JSON.stringify(over));
	}
});

test("the widest values that are allowed are taken", () => {
	const over = {
		pic_init_qp_minus26: -26,
		pic_init_qs_minus26: 25,
		chroma_qp_index_offset: -12,
		second_chroma_qp_index_offset: 12,
		num_ref_frames: 16,
	};
	assert.is(new Player(plain).decode([intra], { over }).status, 0);
	const deep = new Player({ ...plain, bitDepth: 10 }, {}, profileHigh10);
	assert.is(deep.decode([intra], { over: { pic_init_qp_minus26: -38 } }).status, 0);
	assert.is(
		new Player({ ...plain, bitDepth: 10 }, {}, profileHigh10).decode([intra], {
			over: { pic_init_qp_minus26: 37 },
		}).status,
		0,
	);
});

test("a field needs a parity, and one", () => {
	const top = { ...intra, field: "top" as const };
	for (const flags of [0, c.VA_PICTURE_H264_TOP_FIELD | c.VA_PICTURE_H264_BOTTOM_FIELD]) {
		const expected = [c.VA_STATUS_ERROR_INVALID_PARAMETER, c.CORE_MESSAGE_BAD_PICTURE, "CurrPic.flags"];
		assert.equal(refused({ CurrPic: { flags } }, interlaced, top), expected);
	}
});

test("formats that cannot be decoded are refused with what they are", () => {
	const format = (over: Fields): unknown => refused(over);
	const wrong = (depth: number, chroma: number): unknown => [
		c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
		c.CORE_MESSAGE_FORMAT_NOT_SUPPORTED,
		depth,
		chroma,
	];
	assert.equal(format({ seq_fields_chroma_format_idc: 2 }), wrong(8, 2));
	assert.equal(format({ seq_fields_chroma_format_idc: 3 }), wrong(8, 3));
	assert.equal(format({ seq_fields_residual_colour_transform_flag: 1 }), wrong(8, 1));
	assert.equal(format({ bit_depth_luma_minus8: 1, bit_depth_chroma_minus8: 1 }), wrong(9, 1));
	assert.equal(format({ bit_depth_luma_minus8: 6, bit_depth_chroma_minus8: 6 }), wrong(14, 1));
	assert.equal(format({ bit_depth_luma_minus8: 2 }), wrong(10, 1));
	assert.equal(format({ bit_depth_chroma_minus8: 2 }), wrong(8, 1));
});

test("sizes beyond H.264 are refused with what they are", () => {
	const size = (width: number, height: number): unknown => [
		c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
		c.CORE_MESSAGE_SIZE_NOT_SUPPORTED,
		width,
		height,
	];
	assert.equal(refused({ picture_width_in_mbs_minus1: 1055 }), size(16896, 256));
	assert.equal(refused({ picture_height_in_mbs_minus1: 1055 }), size(320, 16896));
	assert.equal(
		refused({ picture_width_in_mbs_minus1: 0xffff, picture_height_in_mbs_minus1: 0xffff }),
		size(1048576, 1048576),
	);
	assert.equal(
		refused({ picture_width_in_mbs_minus1: 999, picture_height_in_mbs_minus1: 199 }),
		size(16000, 3200),
	);
});

test("the largest pictures of H.264 are taken", () => {
	for (const [widthInMbs, heightInMbs] of [
		[544, 256],
		[1055, 132],
		[132, 1055],
	]) {
		const sets = { ...plain, widthInMbs, heightInMbs };
		const player = new Player();
		player.begin(1);
		const parameters = encode("VAPictureParameterBufferH264", vaPicture(sets, intra, picture));
		const { status } = player.parameter(c.VAPictureParameterBufferType, parameters);
		assert.is(status, 0, `${widthInMbs} x ${heightInMbs} macroblocks`);
	}
});

test("slice groups are refused as a feature", () => {
	assert.equal(refused({ num_slice_groups_minus1: 1 }), [
		c.VA_STATUS_ERROR_INVALID_PARAMETER,
		c.CORE_MESSAGE_FEATURE_NOT_SUPPORTED,
		c.CORE_FEATURE_FMO,
		0,
	]);
});

test("buffers of the wrong type or size", () => {
	const player = new Player(plain);
	const sound = encode("VAPictureParameterBufferH264", vaPicture(plain, intra, picture));
	player.begin(1);
	for (const [type, struct] of [
		[c.VAPictureParameterBufferType, "VAPictureParameterBufferH264"],
		[c.VAIQMatrixBufferType, "VAIQMatrixBufferH264"],
	] as const) {
		for (const size of [0, 1, sizeOf(struct) - 1]) {
			const { status, message, values } = player.parameter(type, new Uint8Array(size));
			assert.equal(
				[status, message, values],
				[c.VA_STATUS_ERROR_INVALID_PARAMETER, c.CORE_MESSAGE_BAD_PARAMETER_SIZE, [type, size]],
			);
			player.begin(1);
		}
	}
	for (let type = 2; type < 70; type++) {
		const { status, message, values } = player.parameter(type, sound);
		assert.equal(
			[status, message, values[0]],
			[c.VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE, c.CORE_MESSAGE_BAD_BUFFER_TYPE, type],
		);
		player.begin(1);
	}
	assert.is(player.decode([intra]).status, 0);
});

test("slice parameters of the wrong size, out of range, or in parts", () => {
	const written = writeSlice(plain, intra);
	const sound = vaSlice(intra, written, undefined, {});
	const attempt = (parameter: Uint8Array): [number, number] => {
		const player = new Player(plain);
		player.begin(1);
		player.parameter(
			c.VAPictureParameterBufferType,
			encode("VAPictureParameterBufferH264", vaPicture(plain, intra, picture)),
		);
		const { status, message } = player.slice(parameter, written.nal);
		assert.is(player.decode([intra]).status, 0);
		return [status, message];
	};
	const bytes = encode("VASliceParameterBufferH264", sound);
	assert.equal(attempt(bytes), [0, 0]);
	assert.equal(attempt(bytes.subarray(0, bytes.length - 1)), [
		c.VA_STATUS_ERROR_INVALID_PARAMETER,
		c.CORE_MESSAGE_BAD_PARAMETER_SIZE,
	]);
	const bad: Fields[] = [
		{ slice_type: 10 },
		{ slice_type: 255 },
		{ num_ref_idx_l0_active_minus1: 32 },
		{ num_ref_idx_l1_active_minus1: 32 },
		{ luma_log2_weight_denom: 8 },
		{ chroma_log2_weight_denom: 8 },
	];
	for (const over of bad) {
		const result = attempt(encode("VASliceParameterBufferH264", { ...sound, ...over }));
		assert.equal(
			result,
			[c.VA_STATUS_ERROR_INVALID_PARAMETER, c.CORE_MESSAGE_BAD_SLICE_HEADER],
			JSON.stringify(over),
		);
	}
	for (const flag of [c.VA_SLICE_DATA_FLAG_BEGIN, c.VA_SLICE_DATA_FLAG_MIDDLE, c.VA_SLICE_DATA_FLAG_END]) {
		assert.is.not(
			attempt(encode("VASliceParameterBufferH264", { ...sound, slice_data_flag: flag }))[0],
			0,
		);
	}
});

test("slices before their picture parameters", () => {
	const player = new Player(plain);
	const written = writeSlice(plain, intra);
	player.begin(1);
	const { status, message } = player.slice(
		encode("VASliceParameterBufferH264", vaSlice(intra, written, undefined, {})),
		written.nal,
	);
	assert.equal(
		[status, message],
		[c.VA_STATUS_ERROR_INVALID_PARAMETER, c.CORE_MESSAGE_NO_PICTURE_PARAMETERS],
	);
	assert.is.not(player.end().status, 0);
	assert.is(player.decode([intra]).status, 0);
});

test("the message names the slice", () => {
	const player = new Player(plain);
	const { status, message, values } = player.decode([
		intra,
		{ ...intra, firstMb: 9 },
		{ ...intra, firstMb: 5000 },
	]);
	assert.equal(
		[status, message, values[0]],
		[c.VA_STATUS_ERROR_INVALID_PARAMETER, c.CORE_MESSAGE_BAD_SLICE_HEADER, 2],
	);
});

test("parameters of another picture do not stay", () => {
	const player = new Player(plain);
	player.submit([intra]);
	player.begin(2);
	const written = writeSlice(plain, intra);
	const { message } = player.slice(
		encode("VASliceParameterBufferH264", vaSlice(intra, written, undefined, {})),
		written.nal,
	);
	assert.is(message, c.CORE_MESSAGE_NO_PICTURE_PARAMETERS);
});

// ---- whatever bytes come --------------------------------------------------------------------------------------

const statuses = new Set([
	0,
	c.VA_STATUS_ERROR_INVALID_PARAMETER,
	c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
	c.VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE,
	c.VA_STATUS_ERROR_OPERATION_FAILED,
	c.VA_STATUS_ERROR_DECODING_ERROR,
	c.VA_STATUS_ERROR_UNIMPLEMENTED,
]);

/** A few bytes of a struct replaced. */
const damage = (struct: string): fc.Arbitrary<[number, number][]> =>
	fc.array(fc.tuple(fc.integer({ min: 0, max: sizeOf(struct) - 1 }), fc.integer({ min: 0, max: 255 })), {
		maxLength: 12,
	});

function damaged(struct: string, fields: Fields, changes: [number, number][]): Uint8Array {
	const bytes = encode(struct, fields);
	for (const [at, value] of changes) bytes[at] = value;
	return bytes;
}

for (const sliceBased of [false, true]) {
	test(`damaged parameters never trap (${sliceBased ? "slices" : "frames"})`, () => {
		fc.assert(
			fc.property(
				fc.constantFrom(plain, interlaced),
				damage("VAPictureParameterBufferH264"),
				damage("VASliceParameterBufferH264"),
				fc.uint8Array({ maxLength: 240 }),
				(sets, pictureChanges, sliceChanges, matrix) => {
					const player = new Player(sets, { sliceBased });
					const given: Picture = { ...picture, references: [{ surface: 1, frame: 0 }] };
					for (const [surface, slice] of [
						[1, intra],
						[2, { ...predicted, frameNum: 1 }],
						[3, { ...predicted, frameNum: 2 }],
					] as const) {
						const written = writeSlice(sets, slice);
						const results = [
							player.begin(surface),
							player.parameter(
								0,
								damaged(
									"VAPictureParameterBufferH264",
									vaPicture(sets, slice, { ...given, surface }),
									pictureChanges,
								),
							),
							player.parameter(
								1,
								Uint8Array.from({ length: 240 }, (_, i) => matrix[i] ?? 16),
							),
							player.slice(
								damaged(
									"VASliceParameterBufferH264",
									vaSlice(slice, written, [[{ surface: 1, frame: 0 }], []], {}),
									sliceChanges,
								),
								written.nal,
							),
							player.end(),
						];
						for (const { status } of results) assert.ok(statuses.has(status), `status ${status}`);
					}
				},
			),
			{ numRuns: 300 },
		);
	});
}

test("random bytes as any buffer never trap", () => {
	fc.assert(
		fc.property(
			fc.array(
				fc.oneof(
					fc.record({
						kind: fc.constant("parameter"),
						type: fc.integer({ min: 0, max: 12 }),
						bytes: fc.uint8Array({ maxLength: 4096, size: "max" }),
					}),
					fc.record({
						kind: fc.constant("slice"),
						type: fc.constant(4),
						bytes: fc.uint8Array({ maxLength: 4096, size: "max" }),
					}),
					fc.record({
						kind: fc.constantFrom("begin", "end"),
						type: fc.integer({ min: 0, max: 3 }),
						bytes: fc.constant(new Uint8Array()),
					}),
				),
				{ maxLength: 12 },
			),
			(events) => {
				const player = new Player(plain);
				for (const { kind, type, bytes } of events) {
					if (kind === "begin") player.begin(type);
					else if (kind === "end") player.end();
					else if (kind === "parameter") player.parameter(type, bytes);
					else player.slice(bytes, bytes);
				}
			},
		),
		{ numRuns: 150 },
	);
});

test.run();
