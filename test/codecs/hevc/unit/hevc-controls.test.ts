// SPDX-License-Identifier: MIT
// What VA's picture parameters become in the SPS, PPS, SCALING_MATRIX and DECODE_PARAMS controls, and which controls each device gets.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import type { Fields } from "../../../unit/support/struct.ts";
import { BLA_W_LP, CRA, IDR_N_LP, intra, plain, predicted, TRAIL_R } from "./support/hevc.ts";
import { controlsOf, HevcPlayer } from "./support/player.ts";

const sps = (name: string): bigint => BigInt(c[`V4L2_HEVC_SPS_FLAG_${name}`]);
const pps = (name: string): bigint => BigInt(c[`V4L2_HEVC_PPS_FLAG_${name}`]);
const cra = { ...intra, nalType: CRA };

function controls(over: Fields) {
	return new HevcPlayer().controls([cra], { over });
}

test("SPS: plain fields", () => {
	const fields = {
		log2_max_pic_order_cnt_lsb_minus4: 4,
		sps_max_dec_pic_buffering_minus1: 6,
		max_transform_hierarchy_depth_inter: 2,
		max_transform_hierarchy_depth_intra: 3,
	};
	const player = new HevcPlayer({ ...plain, width: 1920, height: 1080, log2Ctb: 6 });
	const { sps: found } = player.controls([cra], { over: fields });
	const expected: Fields = {
		...fields,
		pic_width_in_luma_samples: 1920,
		pic_height_in_luma_samples: 1080,
		bit_depth_luma_minus8: 0,
		bit_depth_chroma_minus8: 0,
		sps_max_num_reorder_pics: 6,
		sps_max_latency_increase_plus1: 0,
		sps_max_sub_layers_minus1: 6,
		log2_min_luma_coding_block_size_minus3: 0,
		log2_diff_max_min_luma_coding_block_size: 3,
		log2_min_luma_transform_block_size_minus2: 0,
		log2_diff_max_min_luma_transform_block_size: 2,
		chroma_format_idc: 1,
		video_parameter_set_id: 0,
		seq_parameter_set_id: 0,
		pcm_sample_bit_depth_luma_minus1: 0,
		flags: 0n,
	};
	for (const [name, value] of Object.entries(expected)) assert.equal(found[name], value, name);
});

test("SPS: pictures in order need no reordering", () => {
	assert.is(controls({ pic_fields_NoPicReorderingFlag: 1 }).sps.sps_max_num_reorder_pics, 0);
});

test("SPS: each flag by itself", () => {
	const flags: [Fields, string][] = [
		[{ pic_fields_amp_enabled_flag: 1 }, "AMP_ENABLED"],
		[{ pic_fields_strong_intra_smoothing_enabled_flag: 1 }, "STRONG_INTRA_SMOOTHING_ENABLED"],
	];
	for (const [over, name] of flags) assert.is(controls(over).sps.flags, sps(name), name);
	const headers: [Fields, string][] = [
		[{ sao: true }, "SAMPLE_ADAPTIVE_OFFSET"],
		[{ longTermPresent: true }, "LONG_TERM_REF_PICS_PRESENT"],
		[{ temporalMvp: true }, "SPS_TEMPORAL_MVP_ENABLED"],
	];
	for (const [over, name] of headers)
		assert.is(new HevcPlayer({ ...plain, ...over }).controls([cra]).sps.flags, sps(name), name);
});

test("SPS: PCM, with its sizes, and without them where it is disabled", () => {
	const pcm = {
		pcm_sample_bit_depth_luma_minus1: 6,
		pcm_sample_bit_depth_chroma_minus1: 5,
		log2_min_pcm_luma_coding_block_size_minus3: 1,
		log2_diff_max_min_pcm_luma_coding_block_size: 1,
	};
	const on = controls({
		pic_fields_pcm_enabled_flag: 1,
		pic_fields_pcm_loop_filter_disabled_flag: 1,
		...pcm,
	});
	for (const [name, value] of Object.entries(pcm)) assert.is(on.sps[name], value, name);
	assert.is(on.sps.flags, sps("PCM_ENABLED") | sps("PCM_LOOP_FILTER_DISABLED"));
	const off = controls({ pic_fields_pcm_loop_filter_disabled_flag: 1, ...pcm });
	for (const name of Object.keys(pcm)) assert.is(off.sps[name], 0, name);
	assert.is(off.sps.flags, 0n);
});

test("PPS: plain fields", () => {
	const sets = { ...plain, ppsId: 9, extraBits: 2, defaults: [3, 4] as [number, number] };
	const over = {
		init_qp_minus26: -7,
		pic_fields_cu_qp_delta_enabled_flag: 1,
		diff_cu_qp_delta_depth: 2,
		pps_cb_qp_offset: -12,
		pps_cr_qp_offset: 12,
		log2_parallel_merge_level_minus2: 3,
		pps_beta_offset_div2: -6,
		pps_tc_offset_div2: 6,
	};
	const { pps: found } = new HevcPlayer({ ...sets, beta: -6, tc: 6 }).controls([cra], { over });
	const expected: Fields = {
		...over,
		pic_parameter_set_id: 9,
		num_extra_slice_header_bits: 2,
		num_ref_idx_l0_default_active_minus1: 2,
		num_ref_idx_l1_default_active_minus1: 3,
		num_tile_columns_minus1: 0,
		num_tile_rows_minus1: 0,
		flags: pps("CU_QP_DELTA_ENABLED") | pps("DEBLOCKING_FILTER_CONTROL_PRESENT"),
	};
	for (const [name, value] of Object.entries(expected))
		if (name in found) assert.equal(found[name], value, name);
});

test("PPS: each flag by itself", () => {
	const flags: [string, string][] = [
		["pic_fields_sign_data_hiding_enabled_flag", "SIGN_DATA_HIDING_ENABLED"],
		["pic_fields_constrained_intra_pred_flag", "CONSTRAINED_INTRA_PRED"],
		["pic_fields_transform_skip_enabled_flag", "TRANSFORM_SKIP_ENABLED"],
		["pic_fields_cu_qp_delta_enabled_flag", "CU_QP_DELTA_ENABLED"],
		["pic_fields_weighted_pred_flag", "WEIGHTED_PRED"],
		["pic_fields_weighted_bipred_flag", "WEIGHTED_BIPRED"],
		["pic_fields_transquant_bypass_enabled_flag", "TRANSQUANT_BYPASS_ENABLED"],
		["slice_parsing_fields_dependent_slice_segments_enabled_flag", "DEPENDENT_SLICE_SEGMENT_ENABLED"],
		["slice_parsing_fields_cabac_init_present_flag", "CABAC_INIT_PRESENT"],
		["slice_parsing_fields_lists_modification_present_flag", "LISTS_MODIFICATION_PRESENT"],
	];
	for (const [field, name] of flags) assert.is(controls({ [field]: 1 }).pps.flags, pps(name), name);
	// without tiles, this one says nothing
	assert.is(controls({ pic_fields_loop_filter_across_tiles_enabled_flag: 1 }).pps.flags, 0n);
	const headers: [Fields, bigint][] = [
		[{ outputFlagPresent: true }, pps("OUTPUT_FLAG_PRESENT")],
		[{ chromaOffsetsPresent: true }, pps("PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT")],
		[{ extensionPresent: true }, pps("SLICE_SEGMENT_HEADER_EXTENSION_PRESENT")],
		[{ wavefront: true }, pps("ENTROPY_CODING_SYNC_ENABLED")],
		[{ filterAcrossSlices: true }, pps("PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED")],
		[
			{ deblockingOverride: true },
			pps("DEBLOCKING_FILTER_OVERRIDE_ENABLED") | pps("DEBLOCKING_FILTER_CONTROL_PRESENT"),
		],
		[
			{ deblockingDisabled: true },
			pps("PPS_DISABLE_DEBLOCKING_FILTER") | pps("DEBLOCKING_FILTER_CONTROL_PRESENT"),
		],
		[{ tc: 1 }, pps("DEBLOCKING_FILTER_CONTROL_PRESENT")],
	];
	for (const [over, flag] of headers)
		assert.is(
			new HevcPlayer({ ...plain, ...over }).controls([cra]).pps.flags,
			flag,
			JSON.stringify(over),
		);
});

test("PPS: sizes of all tiles, the last ones computed", () => {
	// 416x240 in blocks of 32: 13 columns, 8 rows.
	const sets = { ...plain, tiles: { columns: [4, 6, 1], rows: [5, 1] } };
	const { pps: found } = new HevcPlayer(sets).controls([cra], {
		over: { pic_fields_loop_filter_across_tiles_enabled_flag: 1 },
	});
	assert.is(found.num_tile_columns_minus1, 2);
	assert.is(found.num_tile_rows_minus1, 1);
	assert.equal(found.column_width_minus1, [3, 5, 2, ...new Array(17).fill(0)]);
	assert.equal(found.row_height_minus1, [4, 2, ...new Array(20).fill(0)]);
	assert.is(found.flags, pps("TILES_ENABLED") | pps("LOOP_FILTER_ACROSS_TILES_ENABLED"));
});

test("scaling lists are sent where they are enabled, and missed there", () => {
	const list = (count: number, size: number, first: number) =>
		Array.from({ length: count }, (_, i) =>
			Array.from({ length: size }, (__, j) => (first + 7 * i + j) % 255),
		);
	const matrix = {
		ScalingList4x4: list(6, 16, 1),
		ScalingList8x8: list(6, 64, 20),
		ScalingList16x16: list(6, 64, 70),
		ScalingList32x32: list(2, 64, 130),
		ScalingListDC16x16: [1, 2, 3, 4, 5, 6],
		ScalingListDC32x32: [7, 8],
	};
	const sets = { ...plain, scalingLists: true };
	const { matrix: found, sps: sequence } = new HevcPlayer(sets).controls([cra], { matrix });
	assert.is(sequence.flags, sps("SCALING_LIST_ENABLED"));
	assert.equal(found?.scaling_list_4x4, matrix.ScalingList4x4);
	assert.equal(found?.scaling_list_8x8, matrix.ScalingList8x8);
	assert.equal(found?.scaling_list_16x16, matrix.ScalingList16x16);
	assert.equal(found?.scaling_list_32x32, matrix.ScalingList32x32);
	assert.equal(found?.scaling_list_dc_coef_16x16, matrix.ScalingListDC16x16);
	assert.equal(found?.scaling_list_dc_coef_32x32, matrix.ScalingListDC32x32);
	assert.is(new HevcPlayer().controls([cra], { matrix }).matrix, undefined);
	const { status, field } = new HevcPlayer(sets).decode([cra]);
	assert.is.not(status, 0);
	assert.is(field, "VAIQMatrixBufferHEVC");
});

test("DECODE_PARAMS: what kind of picture it is", () => {
	const flags = (nalType: number, noOutputOfPriorPics = false) =>
		Number(new HevcPlayer().controls([{ ...intra, nalType, noOutputOfPriorPics }]).decode.flags);
	const { V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC: irap, V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC: idr } = c;
	assert.is(flags(TRAIL_R), 0);
	assert.is(flags(CRA), irap);
	assert.is(flags(BLA_W_LP), irap);
	assert.is(flags(IDR_N_LP), irap | idr);
	assert.is(flags(CRA, true), irap | c.V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR);
});

test("fields: the parity of the picture and of its references", () => {
	const player = new HevcPlayer();
	player.submit([intra], { fields: c.VA_PICTURE_HEVC_FIELD_PIC });
	const bottom = c.VA_PICTURE_HEVC_FIELD_PIC | c.VA_PICTURE_HEVC_BOTTOM_FIELD;
	const { slices, decode } = player.controls([predicted(1)], { fields: bottom });
	assert.is(slices?.[0].pic_struct, c.V4L2_HEVC_SEI_PIC_STRUCT_BOTTOM_FIELD);
	assert.is(decode.dpb[0].field_pic, c.V4L2_HEVC_SEI_PIC_STRUCT_BOTTOM_FIELD);
	const top = new HevcPlayer().controls([intra], { fields: c.VA_PICTURE_HEVC_FIELD_PIC });
	assert.is(top.slices?.[0].pic_struct, c.V4L2_HEVC_SEI_PIC_STRUCT_TOP_FIELD);
});

test("devices get the controls that they list", () => {
	const sets = { ...plain, wavefront: true, scalingLists: true };
	const slice = { ...intra, entryPoints: [5, 6] };
	const matrix = {};
	const all = new HevcPlayer(sets).controls([slice], { matrix });
	assert.is(all.slices?.length, 1);
	assert.equal(all.entryPoints, [5, 6]);
	const hantro = new HevcPlayer(sets, { slices: 0, entryPoints: 0 }).controls([slice], { matrix });
	assert.is(hantro.slices, undefined);
	assert.is(hantro.entryPoints, undefined);
	const without = [c.V4L2_CID_STATELESS_HEVC_SCALING_MATRIX];
	assert.is(new HevcPlayer(sets, { without }).controls([slice], { matrix }).matrix, undefined);
	assert.throws(() => new HevcPlayer(sets, { without: [c.V4L2_CID_STATELESS_HEVC_PPS] }));
});

test("one request for each slice where the device wants them so, each with its own entry points", () => {
	const sets = { ...plain, wavefront: true, dependentSegments: true };
	const player = new HevcPlayer(sets, { sliceBased: true, slices: 1 });
	const submissions = player.submit([
		{ ...intra, entryPoints: [5, 6], qpDelta: 3 },
		{ ...intra, address: 13, dependent: true, entryPoints: [7] },
		{ ...intra, address: 26 },
	]);
	assert.equal(
		submissions.map(({ hold }) => hold),
		[true, true, false],
	);
	const each = submissions.map(controlsOf);
	assert.equal(
		each.map(({ entryPoints }) => entryPoints),
		[[5, 6], [7], undefined],
	);
	assert.equal(
		each.map(({ slices }) => slices?.map(({ slice_segment_addr: at }) => at)),
		[[0], [13], [26]],
	);
	assert.equal(
		each.map(({ slices }) => slices?.[0].slice_qp_delta),
		[3, 3, 0],
	);
	assert.ok(each.every(({ slices }) => slices?.[0].data_byte_offset < 16));
	assert.equal(submissions[0].pieces[0].prefix, []);
});

test("10 bit", () => {
	const sets = { ...plain, bitDepth: 10 };
	const { sps: found } = new HevcPlayer(sets).controls([intra]);
	assert.is(found.bit_depth_luma_minus8, 2);
	assert.is(found.bit_depth_chroma_minus8, 2);
	// Main 10 has pictures of 8 bit as well
	const eight = new HevcPlayer(plain, { tenBit: true }, c.VAProfileHEVCMain10);
	assert.is(eight.controls([intra]).sps.bit_depth_luma_minus8, 0);
	// a device without 10 bit says so
	const { status } = new HevcPlayer(sets, { tenBit: false }, c.VAProfileHEVCMain).decode([intra]);
	assert.is(status, c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
});

test.run();
