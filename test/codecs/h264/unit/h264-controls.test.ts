// SPDX-License-Identifier: MIT
// The H.264 controls of a picture, field by field: PPS, SCALING_MATRIX, PRED_WEIGHTS, and the flags of DECODE_PARAMS.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constants } from "../../../support/abi.ts";
import type { Fields } from "../../../unit/support/struct.ts";
import {
	B,
	I,
	interlaced,
	intra,
	P,
	type ParameterSets,
	type Picture,
	Player,
	plain,
	predicted,
	profileHigh10,
	type Slice,
} from "./support/h264.ts";

const c = constants;

function pps(sets: ParameterSets, slices: Slice[] = [intra], given: Partial<Picture> = {}): Fields {
	return new Player(sets).controls(slices, given).v4l2_ctrl_h264_pps;
}

// ---- PPS ------------------------------------------------------------------------------------------------

test("PPS: every flag on its own", () => {
	const flags: [Partial<ParameterSets>, Fields, number][] = [
		[{}, {}, 0],
		[{ cabac: true }, {}, c.V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE],
		[{ bottomOrderPresent: true }, {}, c.V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT],
		[{ weightedPred: true }, {}, c.V4L2_H264_PPS_FLAG_WEIGHTED_PRED],
		[{ deblockingControl: true }, {}, c.V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT],
		[{}, { pic_fields_constrained_intra_pred_flag: 1 }, c.V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED],
		[{ redundantPicCnt: true }, {}, c.V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT],
		[{ transform8x8: true }, {}, c.V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE],
	];
	for (const [over, fields, flag] of flags)
		assert.is(pps({ ...plain, ...over }, [intra], { over: fields }).flags, flag);
});

test("flags do not put each other out", () => {
	const all = {
		...interlaced,
		orderCountType: 1,
		deltaAlwaysZero: true,
		mbaff: true,
		bottomOrderPresent: true,
		weightedPred: true,
		deblockingControl: true,
		redundantPicCnt: true,
		transform8x8: true,
	};
	const over = {
		pic_fields_constrained_intra_pred_flag: 1,
		seq_fields_gaps_in_frame_num_value_allowed_flag: 1,
	};
	const matrix = { ScalingList4x4: [new Array(16).fill(20)], ScalingList8x8: [] };
	const controls = new Player(all).controls([intra], { over, matrix });
	const every = (prefix: string, but: number): number =>
		Object.entries(c).reduce(
			(flags, [name, value]) => (name.startsWith(prefix) ? flags | value : flags),
			0,
		) & ~but;
	const sequence = c.V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY | c.V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE;
	const transform = c.V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS;
	assert.is(controls.v4l2_ctrl_h264_sps.flags, every("V4L2_H264_SPS_FLAG_", sequence | transform));
	assert.is(controls.v4l2_ctrl_h264_pps.flags, every("V4L2_H264_PPS_FLAG_", 0));
});

test("PPS: values go over unchanged, the id is the first slice's", () => {
	const { flags: _flags, ...fields } = pps({ ...plain, ppsId: 200, weightedBipred: 2 }, [intra], {
		over: {
			pic_init_qp_minus26: -7,
			pic_init_qs_minus26: 5,
			chroma_qp_index_offset: -12,
			second_chroma_qp_index_offset: 11,
		},
	});
	assert.equal(fields, {
		pic_parameter_set_id: 200,
		seq_parameter_set_id: 0,
		num_slice_groups_minus1: 0,
		num_ref_idx_l0_default_active_minus1: 0,
		num_ref_idx_l1_default_active_minus1: 0,
		weighted_bipred_idc: 2,
		pic_init_qp_minus26: -7,
		pic_init_qs_minus26: 5,
		chroma_qp_index_offset: -12,
		second_chroma_qp_index_offset: 11,
	});
});

test("PPS: default reference counts are learnt from slices that do not override them, and kept per PPS", () => {
	const player = new Player(plain);
	const defaults = (slices: Slice[]): number[] => {
		const { v4l2_ctrl_h264_pps: fields } = player.controls(slices);
		return [fields.num_ref_idx_l0_default_active_minus1, fields.num_ref_idx_l1_default_active_minus1];
	};
	const p = { ...predicted, frameNum: 1 };
	const b = { ...p, type: B };
	assert.equal(defaults([{ ...p, active: [5, 1] }]), [4, 0], "nothing learnt yet: what the slice has");
	assert.equal(defaults([{ ...p, active: [3, 1], override: false }]), [2, 0]);
	assert.equal(defaults([{ ...p, active: [7, 1] }]), [2, 0], "an override teaches nothing");
	assert.equal(defaults([intra]), [2, 0]);
	assert.equal(defaults([{ ...b, active: [3, 2], override: false }]), [2, 1]);
	assert.equal(
		defaults([
			{ ...b, active: [6, 6] },
			{ ...b, firstMb: 9, active: [4, 3], override: false },
		]),
		[3, 2],
		"any slice of the picture",
	);
	assert.equal(defaults([{ ...p, active: [4, 9], override: false }]), [3, 2], "P slices have no list 1");
	assert.equal(defaults([{ ...p, ppsId: 9, active: [9, 1], override: false }]), [8, 0], "another PPS");
	assert.equal(defaults([{ ...p, active: [1, 1] }]), [3, 2], "the first one again");
});

test("PPS: 32 active references", () => {
	const fields = pps(interlaced, [
		{ ...predicted, field: "top", type: B, active: [32, 31], override: false },
	]);
	assert.equal(
		[fields.num_ref_idx_l0_default_active_minus1, fields.num_ref_idx_l1_default_active_minus1],
		[31, 30],
	);
});

test("PPS: initial QP of 10-bit streams, with and without QpBdOffset", () => {
	const deep = { ...plain, bitDepth: 10 };
	const read = (qp: number, qs: number, slices: Slice[] = [intra]): number[] => {
		const player = new Player(deep, {}, profileHigh10);
		const over = { pic_init_qp_minus26: qp, pic_init_qs_minus26: qs };
		const fields = player.controls(slices, { over }).v4l2_ctrl_h264_pps;
		return [fields.pic_init_qp_minus26, fields.pic_init_qs_minus26];
	};
	assert.equal(read(12, 12), [0, 0], "FFmpeg");
	assert.equal(read(0, 0), [0, 0], "the specification's");
	assert.equal(read(-4, 12), [-16, 0], "FFmpeg, told by the QS");
	assert.equal(read(25, 0), [25, 0], "the greatest the specification has");
	assert.equal(read(-26, -14), [-26, -14], "the least with the offset is not certain, and QS decides");
	assert.equal(read(30, 5), [18, -7], "only with the offset");
	assert.equal(read(-30, 12, [{ ...intra, qpDelta: 10 }]), [-30, 12], "only without");
	assert.equal(read(0, -20), [0, -20], "only without, told by the QS");
	assert.equal(
		read(20, 0, [{ ...intra, qpDelta: 10 }]),
		[8, -12],
		"the slice's QP is above 51 without the offset",
	);
	assert.equal(
		read(-20, 12, [{ ...intra, qpDelta: -18 }]),
		[-20, 12],
		"the slice's QP is below -12 with it",
	);
	assert.equal(
		pps(plain, [intra], { over: { pic_init_qp_minus26: 12, pic_init_qs_minus26: 12 } })
			.pic_init_qp_minus26,
		12,
		"8 bit",
	);
});

test("PPS: what is certain about the initial QP is remembered", () => {
	const player = new Player({ ...plain, bitDepth: 10 }, {}, profileHigh10);
	const read = (qp: number, qs: number): number =>
		player.controls([intra], { over: { pic_init_qp_minus26: qp, pic_init_qs_minus26: qs } })
			.v4l2_ctrl_h264_pps.pic_init_qp_minus26;
	assert.is(read(5, 0), 5);
	assert.is(read(30, 12), 18);
	assert.is(read(5, 0), -7);
	assert.is(read(-30, 0), -42, "whatever comes");
	assert.is(read(5, 0), -7);
});

test("PPS: what is certain about the initial QP, to the last value", () => {
	/** The initial QP read from 5 and QS, after a picture with these values, and a slice that far from them. */
	const later = (qs: number, qp: number, before: number, qpDelta = 0): number => {
		const player = new Player({ ...plain, bitDepth: 10 }, {}, profileHigh10);
		const read = (first: number, second: number, slice: Slice): number =>
			player.controls([slice], { over: { pic_init_qp_minus26: first, pic_init_qs_minus26: second } })
				.v4l2_ctrl_h264_pps.pic_init_qp_minus26;
		read(qp, before, { ...intra, qpDelta });
		return read(5, qs, intra);
	};
	// undecided, a QS of 0 says that the offset is not there, and one of 12 that it is
	assert.equal([later(0, 26, 12, -9), later(0, 25, 12, -9)], [-7, 5], "QP beyond 25");
	assert.equal([later(0, 0, 26), later(0, 0, 25)], [-7, 5], "QS beyond 25");
	assert.equal([later(0, 20, 0, 6), later(0, 20, 0, 5)], [-7, 5], "a slice's QP beyond 51");
	assert.equal([later(12, -27, 0, 10), later(12, -26, 0, 10)], [5, -7], "QP below -26");
	assert.equal([later(12, 0, -15), later(12, 0, -14)], [5, -7], "QS below what the offset leaves");
	assert.equal([later(12, -20, 0, -7), later(12, -20, 0, -6)], [5, -7], "a slice's QP below 0");
});

// ---- SCALING_MATRIX ---------------------------------------------------------------------------------------

test("SCALING_MATRIX: absent or flat lists are not sent, and the flag is off", () => {
	const flat = {
		ScalingList4x4: Array.from({ length: 6 }, () => new Array(16).fill(16)),
		ScalingList8x8: Array.from({ length: 2 }, () => new Array(64).fill(16)),
	};
	const zero = { ScalingList4x4: [], ScalingList8x8: [] };
	for (const matrix of [null, flat, zero]) {
		const [submission] = new Player(plain).submit([intra], { matrix });
		assert.equal(submission.controlOrder, [
			"v4l2_ctrl_h264_sps",
			"v4l2_ctrl_h264_pps",
			"v4l2_ctrl_h264_decode_params",
		]);
		assert.is(
			submission.controls.v4l2_ctrl_h264_pps.flags & c.V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT,
			0,
		);
	}
});

test("SCALING_MATRIX: lists in their places, the 8x8 ones of 4:4:4 flat, never a 0", () => {
	const list = fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 16, maxLength: 16 });
	const large = fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 64, maxLength: 64 });
	fc.assert(
		fc.property(
			fc.tuple(list, list, list, list, list, list),
			fc.tuple(large, large),
			(ScalingList4x4, ScalingList8x8) => {
				const controls = new Player(plain).controls([intra], {
					matrix: { ScalingList4x4, ScalingList8x8 },
				});
				const flat = new Array(64).fill(16);
				assert.equal(controls.v4l2_ctrl_h264_scaling_matrix, {
					scaling_list_4x4: ScalingList4x4,
					scaling_list_8x8: [...ScalingList8x8, flat, flat, flat, flat],
				});
				const present = c.V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT;
				assert.is(controls.v4l2_ctrl_h264_pps.flags & present, present);
			},
		),
		{ numRuns: 30 },
	);
});

test("SCALING_MATRIX: one list that is not flat is enough, a list with a 0 counts as left out", () => {
	const lists = (): Fields => ({
		ScalingList4x4: Array.from({ length: 6 }, () => new Array(16).fill(16)),
		ScalingList8x8: Array.from({ length: 2 }, () => new Array(64).fill(16)),
	});
	const last = lists();
	last.ScalingList8x8[1][63] = 17;
	assert.is(
		new Player(plain).controls([intra], { matrix: last }).v4l2_ctrl_h264_scaling_matrix
			.scaling_list_8x8[1][63],
		17,
	);
	const broken = lists();
	broken.ScalingList4x4[2] = [9, ...new Array(15).fill(0)];
	broken.ScalingList4x4[3] = new Array(16).fill(9);
	const { scaling_list_4x4 } = new Player(plain).controls([intra], {
		matrix: broken,
	}).v4l2_ctrl_h264_scaling_matrix;
	assert.equal([scaling_list_4x4[2], scaling_list_4x4[3]], [new Array(16).fill(16), new Array(16).fill(9)]);
});

test("SCALING_MATRIX: one value in any place of any list is enough, and what is reserved is no list", () => {
	for (let at = 0; at < 6 * 16 + 2 * 64; at++) {
		const values = Array.from({ length: 6 * 16 + 2 * 64 }, (_, i) => (i === at ? 15 : 16));
		const matrix = {
			ScalingList4x4: Array.from({ length: 6 }, (_, i) => values.slice(16 * i, 16 * i + 16)),
			ScalingList8x8: [values.slice(96, 160), values.slice(160, 224)],
			va_reserved: new Array(4).fill(0x11111111),
		};
		const sent = new Player(plain).controls([intra], { matrix }).v4l2_ctrl_h264_scaling_matrix;
		const flat = new Array(4 * 64).fill(16);
		assert.equal(
			[...sent.scaling_list_4x4.flat(), ...sent.scaling_list_8x8.flat()],
			[...values, ...flat],
		);
	}
});

test("SCALING_MATRIX: of one picture does not stay for the next", () => {
	const player = new Player(plain);
	const matrix = {
		ScalingList4x4: Array.from({ length: 6 }, () => new Array(16).fill(40)),
		ScalingList8x8: [],
	};
	assert.ok(player.controls([intra], { matrix }).v4l2_ctrl_h264_scaling_matrix);
	const after = player.controls([intra]);
	assert.not.ok(after.v4l2_ctrl_h264_scaling_matrix);
	assert.is(after.v4l2_ctrl_h264_pps.flags & c.V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT, 0);
});

// ---- DECODE_PARAMS ----------------------------------------------------------------------------------------

test("DECODE_PARAMS: the first slice's header, the picture's order counts", () => {
	const sets = { ...plain, log2MaxFrameNum: 8, log2MaxOrderCountLsb: 10, bottomOrderPresent: true };
	const slices = [
		{ ...predicted, nalRefIdc: 1, frameNum: 77, orderCountLsb: 300, deltaBottom: -9, marking: [[1, 0]] },
		{ ...predicted, nalRefIdc: 1, frameNum: 77, firstMb: 40, orderCountLsb: 300, deltaBottom: -9 },
	];
	const { dpb: _dpb, ...fields } = new Player(sets).controls(slices, {
		top: -5,
		bottom: 65536,
	}).v4l2_ctrl_h264_decode_params;
	assert.equal(fields, {
		nal_ref_idc: 1,
		frame_num: 77,
		top_field_order_cnt: -5,
		bottom_field_order_cnt: 65536,
		idr_pic_id: 0,
		pic_order_cnt_lsb: 300,
		delta_pic_order_cnt_bottom: -9,
		delta_pic_order_cnt0: 0,
		delta_pic_order_cnt1: 0,
		dec_ref_pic_marking_bit_size: 1 + 3 + 1 + 1,
		pic_order_cnt_bit_size: 10 + 9,
		slice_group_change_cycle: 0,
		reserved: 0,
		flags: c.V4L2_H264_DECODE_PARAM_FLAG_PFRAME,
	});
});

test("DECODE_PARAMS: P and B by all slices", () => {
	const flags = (...types: number[]): number =>
		new Player(plain).controls(types.map((type, i) => ({ ...predicted, type, firstMb: i })))
			.v4l2_ctrl_h264_decode_params.flags;
	const { V4L2_H264_DECODE_PARAM_FLAG_PFRAME: p, V4L2_H264_DECODE_PARAM_FLAG_BFRAME: b } = c;
	assert.equal([flags(I), flags(P), flags(B)], [0, p, b]);
	assert.equal([flags(I, P), flags(P, B), flags(B, P, I), flags(I, I)], [p, b, b, 0]);
	assert.equal([flags(5), flags(6), flags(7)], [p, b, 0]);
});

// ---- PRED_WEIGHTS -----------------------------------------------------------------------------------------

const weightFields = {
	luma_log2_weight_denom: 5,
	chroma_log2_weight_denom: 3,
	luma_weight_l0_flag: 1,
	luma_weight_l0: Array.from({ length: 32 }, (_, i) => 10 + i),
	luma_offset_l0: Array.from({ length: 32 }, (_, i) => -i),
	chroma_weight_l0_flag: 1,
	chroma_weight_l0: Array.from({ length: 32 }, (_, i) => [-100 + i, 50 - i]),
	chroma_offset_l0: Array.from({ length: 32 }, (_, i) => [i, -128]),
	luma_weight_l1_flag: 1,
	luma_weight_l1: Array.from({ length: 32 }, (_, i) => 80 - i),
	luma_offset_l1: Array.from({ length: 32 }, (_, i) => 127 - i),
	chroma_weight_l1_flag: 1,
	chroma_weight_l1: Array.from({ length: 32 }, (_, i) => [i, 2 * i]),
	chroma_offset_l1: Array.from({ length: 32 }, (_, i) => [3 * i, -2 * i]),
};

function weights(sets: ParameterSets, slice: Slice, over: Fields): Fields | undefined {
	const controls = new Player(sets, { sliceBased: true }).controls([slice], { sliceOver: [over] });
	return controls.v4l2_ctrl_h264_pred_weights;
}

test("PRED_WEIGHTS: sent exactly where the kernel asks for them", () => {
	for (const weightedPred of [false, true]) {
		for (const weightedBipred of [0, 1, 2]) {
			const sets = { ...plain, weightedPred, weightedBipred };
			const sent = [P, B, I].map((type) => weights(sets, { ...predicted, type }, {}) !== undefined);
			assert.equal(
				sent,
				[weightedPred, weightedBipred === 1, false],
				JSON.stringify({ weightedPred, weightedBipred }),
			);
		}
	}
});

test("PRED_WEIGHTS: both lists, up to the active counts", () => {
	const sets = { ...plain, weightedBipred: 1 };
	const fields = weights(sets, { ...predicted, type: B, active: [2, 3] }, weightFields);
	const upTo = (count: number, list: unknown[], zero: unknown): unknown[] =>
		list.map((each, i) => (i < count ? each : zero));
	assert.equal(fields, {
		luma_log2_weight_denom: 5,
		chroma_log2_weight_denom: 3,
		weight_factors: [
			{
				luma_weight: upTo(2, weightFields.luma_weight_l0, 0),
				luma_offset: upTo(2, weightFields.luma_offset_l0, 0),
				chroma_weight: upTo(2, weightFields.chroma_weight_l0, [0, 0]),
				chroma_offset: upTo(2, weightFields.chroma_offset_l0, [0, 0]),
			},
			{
				luma_weight: upTo(3, weightFields.luma_weight_l1, 0),
				luma_offset: upTo(3, weightFields.luma_offset_l1, 0),
				chroma_weight: upTo(3, weightFields.chroma_weight_l1, [0, 0]),
				chroma_offset: upTo(3, weightFields.chroma_offset_l1, [0, 0]),
			},
		],
	});
});

test("PRED_WEIGHTS: P slices have no second list", () => {
	const fields = weights({ ...plain, weightedPred: true }, { ...predicted, active: [32, 1] }, weightFields);
	assert.equal(fields?.weight_factors[0].luma_weight, weightFields.luma_weight_l0);
	assert.equal(fields?.weight_factors[1].luma_weight, new Array(32).fill(0));
});

test("PRED_WEIGHTS: a list whose flag is 0 has the inferred values (7.4.3.2)", () => {
	const without = {
		...weightFields,
		luma_weight_l0_flag: 0,
		chroma_weight_l0_flag: 0,
		luma_weight_l1_flag: 0,
		chroma_weight_l1_flag: 0,
	};
	const fields = weights(
		{ ...plain, weightedBipred: 1 },
		{ ...predicted, type: B, active: [2, 1] },
		without,
	);
	for (const [list, count] of [
		[0, 2],
		[1, 1],
	]) {
		const factors = fields?.weight_factors[list];
		for (let i = 0; i < count; i++) {
			assert.equal([factors.luma_weight[i], factors.luma_offset[i]], [32, 0]);
			assert.equal(
				[factors.chroma_weight[i], factors.chroma_offset[i]],
				[
					[8, 8],
					[0, 0],
				],
			);
		}
	}
});

test("slice-based: SLICE_PARAMS with every slice, the picture's controls with each", () => {
	const player = new Player(plain, { sliceBased: true });
	const slices = [0, 100, 200].map((firstMb) => ({ ...intra, firstMb, qpDelta: firstMb / 50 }));
	const submissions = player.submit(slices);
	assert.equal(
		submissions.map(({ controls }) => [
			controls.v4l2_ctrl_h264_slice_params.first_mb_in_slice,
			controls.v4l2_ctrl_h264_slice_params.slice_qp_delta,
		]),
		[
			[0, 0],
			[100, 2],
			[200, 4],
		],
	);
	assert.equal(
		submissions.map(({ hold, timestamp }) => [hold, timestamp]),
		[
			[true, 1000n],
			[true, 1000n],
			[false, 1000n],
		],
	);
	for (const { controlOrder } of submissions) {
		assert.equal(controlOrder, [
			"v4l2_ctrl_h264_sps",
			"v4l2_ctrl_h264_pps",
			"v4l2_ctrl_h264_decode_params",
			"v4l2_ctrl_h264_slice_params",
		]);
	}
});

test("frame-based: one request with all slices, no slice controls", () => {
	const sets = { ...plain, weightedPred: true };
	const submissions = new Player(sets).submit([0, 100, 200].map((firstMb) => ({ ...predicted, firstMb })));
	assert.is(submissions.length, 1);
	assert.is(submissions[0].pieces.length, 3);
	assert.equal(submissions[0].controlOrder, [
		"v4l2_ctrl_h264_sps",
		"v4l2_ctrl_h264_pps",
		"v4l2_ctrl_h264_decode_params",
	]);
});

test.run();
