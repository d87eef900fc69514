// SPDX-License-Identifier: MIT
// The sequence control, field by field, and when it is set.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constants } from "../../../support/abi.ts";
import { decoderFacts } from "../../../unit/support/device.ts";
import { type Fields, sizeOf } from "../../../unit/support/struct.ts";
import { h264Levels } from "../levels.ts";
import {
	B,
	interlaced,
	intra,
	type ParameterSets,
	type Picture,
	Player,
	plain,
	predicted,
	profileConstrainedBaseline,
	profileHigh,
	profileHigh10,
	profileMain,
	type Slice,
} from "./support/h264.ts";

const c = constants;

function sps(sets: ParameterSets, given: Partial<Picture> = {}, profile = profileHigh): Fields {
	return new Player(sets, {}, profile).controls([intra], given).v4l2_ctrl_h264_sps;
}

test("SPS: what VA has goes over unchanged, what it lacks is 0", () => {
	const sets: ParameterSets = {
		...plain,
		widthInMbs: 120,
		heightInMbs: 68,
		log2MaxFrameNum: 9,
		log2MaxOrderCountLsb: 11,
		numRefFrames: 3,
	};
	const { offset_for_ref_frame, ...fields } = sps(sets, {
		over: { seq_fields_gaps_in_frame_num_value_allowed_flag: 1 },
	});
	assert.equal(fields, {
		profile_idc: 100,
		constraint_set_flags: 0,
		level_idc: 41,
		seq_parameter_set_id: 0,
		chroma_format_idc: 1,
		bit_depth_luma_minus8: 0,
		bit_depth_chroma_minus8: 0,
		log2_max_frame_num_minus4: 5,
		pic_order_cnt_type: 0,
		log2_max_pic_order_cnt_lsb_minus4: 7,
		max_num_ref_frames: 3,
		num_ref_frames_in_pic_order_cnt_cycle: 0,
		offset_for_non_ref_pic: 0,
		offset_for_top_to_bottom_field: 0,
		pic_width_in_mbs_minus1: 119,
		pic_height_in_map_units_minus1: 67,
		flags:
			c.V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY |
			c.V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE |
			c.V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED,
	});
	assert.equal(offset_for_ref_frame, new Array(255).fill(0));
});

test("SPS: picture order count types", () => {
	const type1 = sps({ ...plain, orderCountType: 1, log2MaxOrderCountLsb: 8, deltaAlwaysZero: true });
	assert.equal([type1.pic_order_cnt_type, type1.log2_max_pic_order_cnt_lsb_minus4], [1, 0]);
	assert.is(
		type1.flags & c.V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO,
		c.V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO,
	);
	const type2 = sps({ ...plain, orderCountType: 2, deltaAlwaysZero: true });
	assert.equal(
		[type2.pic_order_cnt_type, type2.flags & c.V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO],
		[2, 0],
	);
});

test("SPS: the height is in map units where there may be fields (7-18)", () => {
	const progressive = sps({ ...plain, heightInMbs: 68 });
	const fields = sps({ ...interlaced, heightInMbs: 68 });
	assert.equal(
		[progressive.pic_height_in_map_units_minus1, fields.pic_height_in_map_units_minus1],
		[67, 33],
	);
	assert.is(fields.flags & c.V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY, 0);
	assert.is(fields.flags & c.V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD, 0);
	const mbaff = sps({ ...interlaced, mbaff: true });
	assert.is(
		mbaff.flags & c.V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD,
		c.V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD,
	);
	const odd = new Player({ ...interlaced, heightInMbs: 15 }).decode([intra]);
	assert.equal(
		[odd.status, odd.message, odd.field],
		[c.VA_STATUS_ERROR_INVALID_PARAMETER, c.CORE_MESSAGE_BAD_PICTURE, "picture_height_in_mbs_minus1"],
	);
});

test("SPS: the profile is the configuration's, or the least that has what the stream uses", () => {
	const baseline = (over: Partial<ParameterSets>, given: Partial<Picture> = {}): [number, number] => {
		const fields = sps({ ...plain, ...over }, given, profileConstrainedBaseline);
		return [fields.profile_idc, fields.constraint_set_flags];
	};
	const sharp = {
		ScalingList4x4: Array.from({ length: 6 }, () => new Array(16).fill(20)),
		ScalingList8x8: [],
	};
	assert.equal(baseline({}), [66, 3]);
	assert.equal(baseline({ cabac: true }), [77, 2]);
	assert.equal(baseline({ weightedPred: true }), [77, 2]);
	assert.equal(baseline({ weightedBipred: 2 }), [77, 2]);
	assert.equal(baseline({ frameMbsOnly: false }), [77, 2]);
	assert.equal(baseline({ transform8x8: true }), [100, 0]);
	assert.equal(baseline({ chromaFormat: 0 }), [100, 0]);
	assert.equal(baseline({}, { matrix: sharp }), [100, 0]);
	assert.equal(baseline({}, { over: { second_chroma_qp_index_offset: 2 } }), [100, 0]);
	const deep = new Player({ ...plain, bitDepth: 10 }, {}, profileHigh);
	assert.is(deep.controls([intra]).v4l2_ctrl_h264_sps.profile_idc, 110);
	assert.is(sps(plain, {}, profileMain).profile_idc, 77);
	assert.is(sps(plain, {}, profileHigh).profile_idc, 100);
	assert.is(sps({ ...plain, bitDepth: 10 }, {}, profileHigh10).profile_idc, 110);
	assert.is(
		new Player({ ...plain, bitDepth: 8 }, { tenBit: true }, profileHigh10).controls([intra])
			.v4l2_ctrl_h264_sps.profile_idc,
		110,
	);
});

test("SPS: a B slice raises Baseline, and the profile never falls back", () => {
	const player = new Player(plain, {}, profileConstrainedBaseline);
	const profile = (slice: Slice): number => player.controls([slice]).v4l2_ctrl_h264_sps.profile_idc;
	assert.is(profile(intra), 66);
	assert.is(profile({ ...predicted, type: B, frameNum: 1 }), 77);
	assert.is(profile({ ...predicted, frameNum: 1 }), 77);
});

test("SPS: the level holds the picture and its references (table A-1)", () => {
	const level = (
		widthInMbs: number,
		heightInMbs: number,
		numRefFrames: number,
		over: Partial<ParameterSets> = {},
	): number => sps({ ...plain, widthInMbs, heightInMbs, numRefFrames, ...over }).level_idc;
	assert.is(level(11, 9, 4), 10); // QCIF
	assert.is(level(11, 9, 5), 11);
	assert.is(level(22, 18, 6), 20); // CIF
	assert.is(level(22, 18, 16), 30);
	assert.is(level(45, 36, 5), 30); // 576 lines
	assert.is(level(80, 45, 5), 31); // 720 lines
	assert.is(level(120, 68, 4), 41); // 1080 lines
	assert.is(level(120, 68, 5), 50);
	assert.is(level(256, 135, 5), 51);
	assert.is(level(11, 10, 1, { frameMbsOnly: false }), 21);
	assert.is(level(113, 2, 1), 30);
	assert.is(level(114, 2, 1), 31); // too wide for less
	const hinted = sps(
		{ ...plain, widthInMbs: 11, heightInMbs: 9 },
		{ over: { seq_fields_MinLumaBiPredSize8x8: 1 } },
	);
	assert.is(hinted.level_idc, 31);
});

test("SPS: each level up to its last macroblock, and to its last reference", () => {
	const device = { maxWidth: 16384, maxHeight: 16384 };
	for (const [frame, buffer] of h264Levels.flatMap(([, ...limits]) => [
		limits,
		[limits[0] + 1, limits[1]],
	])) {
		// the squarest shape of so many macroblocks
		const widthInMbs = Array.from({ length: Math.floor(Math.sqrt(frame)) }, (_, i) => i + 1)
			.filter((side) => frame % side === 0)
			.at(-1) as number;
		const heightInMbs = frame / widthInMbs;
		for (const numRefFrames of [1, Math.floor(buffer / frame), Math.floor(buffer / frame) + 1]) {
			const expected = h264Levels.find(
				([, maxFs, maxDpb]) =>
					frame <= maxFs && heightInMbs ** 2 <= 8 * maxFs && numRefFrames * frame <= maxDpb,
			);
			if (frame > 139264 || heightInMbs > 1024) continue; // none of H.264, none that fits
			const player = new Player({ ...plain, widthInMbs, heightInMbs, numRefFrames }, device);
			assert.is(
				player.controls([intra]).v4l2_ctrl_h264_sps.level_idc,
				expected?.[0] ?? 62,
				`${frame} ${numRefFrames}`,
			);
		}
	}
});

test("SPS: monochrome and 10 bit", () => {
	assert.is(sps({ ...plain, chromaFormat: 0 }).chroma_format_idc, 0);
	const deep = sps({ ...plain, bitDepth: 10 }, {}, profileHigh10);
	assert.equal([deep.bit_depth_luma_minus8, deep.bit_depth_chroma_minus8], [2, 2]);
});

test("SPS: set before the CAPTURE format, outside any request", () => {
	const player = new Player(plain);
	player.controls([intra]);
	const steps = player.device.names().join(" ");
	assert.match(steps, /SET_FORMAT SET_CONTROLS SET_FORMAT USE_LAYOUT/);
	assert.is(player.device.settings.v4l2_ctrl_h264_sps.pic_width_in_mbs_minus1, 19);
	assert.equal(
		player.device.settings.v4l2_ctrl_h264_sps,
		player.device.submissions[0].controls.v4l2_ctrl_h264_sps,
	);
});

test("the probe control is a sequence of the bit depth that is asked for, and nothing of a stream", () => {
	const player = new Player({ ...interlaced, numRefFrames: 4 });
	player.controls([intra]);
	for (const [bit_depth, profile] of [
		[8, 100],
		[10, 110],
	]) {
		player.device.core.giveStruct("core_decoder", decoderFacts({ tenBit: true }));
		assert.is(player.device.core.call("display_probe_control", c.V4L2_PIX_FMT_H264_SLICE, bit_depth), 1);
		const { id, address, size } = player.device.core.answer("core_control");
		assert.equal([id, size], [c.V4L2_CID_STATELESS_H264_SPS, sizeOf("v4l2_ctrl_h264_sps")]);
		const { offset_for_ref_frame: _offsets, ...fields } = player.device.core.struct(
			"v4l2_ctrl_h264_sps",
			address,
		);
		assert.equal(fields, {
			profile_idc: profile,
			constraint_set_flags: 0,
			level_idc: 10,
			seq_parameter_set_id: 0,
			chroma_format_idc: 1,
			bit_depth_luma_minus8: bit_depth - 8,
			bit_depth_chroma_minus8: bit_depth - 8,
			log2_max_frame_num_minus4: 0,
			pic_order_cnt_type: 0,
			log2_max_pic_order_cnt_lsb_minus4: 0,
			max_num_ref_frames: 1,
			num_ref_frames_in_pic_order_cnt_cycle: 0,
			offset_for_non_ref_pic: 0,
			offset_for_top_to_bottom_field: 0,
			pic_width_in_mbs_minus1: 0,
			pic_height_in_map_units_minus1: 0,
			flags: c.V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY | c.V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE,
		});
	}
	assert.is(player.device.core.call("display_probe_control", c.V4L2_PIX_FMT_H264_SLICE, 12), 0);
});

test("SPS: nothing stays of the sequence before", () => {
	const player = new Player({ ...plain, log2MaxOrderCountLsb: 12 });
	player.controls([intra]);
	Object.assign(player.sets, { orderCountType: 2 });
	assert.is(player.controls([intra]).v4l2_ctrl_h264_sps.log2_max_pic_order_cnt_lsb_minus4, 0);
});

test.run();
