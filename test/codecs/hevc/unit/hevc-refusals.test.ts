// SPDX-License-Identifier: MIT
// Picture parameters that no decoder can do, or that HEVC does not allow: each refused with the field that is wrong.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { encode, type Fields } from "../../../unit/support/struct.ts";
import { intra, type ParameterSets, plain, type Slice } from "./support/hevc.ts";
import { HevcPlayer } from "./support/player.ts";

const pcm = {
	pic_fields_pcm_enabled_flag: 1,
	pcm_sample_bit_depth_luma_minus1: 7,
	pcm_sample_bit_depth_chroma_minus1: 7,
	log2_min_pcm_luma_coding_block_size_minus3: 0,
	log2_diff_max_min_pcm_luma_coding_block_size: 2,
};
const tiles = { ...plain, tiles: { columns: [6, 6, 1], rows: [4, 4] } };
const widths = (...first: number[]) => first.concat(new Array(19 - first.length).fill(0));
const heights = (...first: number[]) => first.concat(new Array(21 - first.length).fill(0));

/** The field that is said to be wrong, and how it is made wrong; sets: of the stream, otherwise plain. */
const fields: [string, Fields, ParameterSets?][] = [
	["log2_min_luma_coding_block_size_minus3", { log2_min_luma_coding_block_size_minus3: 4 }],
	["log2_diff_max_min_luma_coding_block_size", { log2_diff_max_min_luma_coding_block_size: 0 }],
	["log2_diff_max_min_luma_coding_block_size", { log2_diff_max_min_luma_coding_block_size: 4 }],
	["log2_min_transform_block_size_minus2", { log2_min_transform_block_size_minus2: 1 }],
	["log2_diff_max_min_transform_block_size", { log2_diff_max_min_transform_block_size: 4 }],
	["max_transform_hierarchy_depth_inter", { max_transform_hierarchy_depth_inter: 4 }],
	["max_transform_hierarchy_depth_intra", { max_transform_hierarchy_depth_intra: 4 }],
	["pic_width_in_luma_samples", { pic_width_in_luma_samples: 417 }],
	["pic_height_in_luma_samples", { pic_height_in_luma_samples: 236 }],
	["log2_max_pic_order_cnt_lsb_minus4", { log2_max_pic_order_cnt_lsb_minus4: 13 }],
	["sps_max_dec_pic_buffering_minus1", { sps_max_dec_pic_buffering_minus1: 16 }],
	["num_short_term_ref_pic_sets", { num_short_term_ref_pic_sets: 65 }],
	["num_long_term_ref_pic_sps", { num_long_term_ref_pic_sps: 33 }],
	["num_long_term_ref_pic_sps", { num_long_term_ref_pic_sps: 1 }],
	["pcm_sample_bit_depth_luma_minus1", { ...pcm, pcm_sample_bit_depth_luma_minus1: 8 }],
	["pcm_sample_bit_depth_chroma_minus1", { ...pcm, pcm_sample_bit_depth_chroma_minus1: 8 }],
	["log2_min_pcm_luma_coding_block_size_minus3", { ...pcm, log2_min_pcm_luma_coding_block_size_minus3: 3 }],
	[
		"log2_diff_max_min_pcm_luma_coding_block_size",
		{ ...pcm, log2_diff_max_min_pcm_luma_coding_block_size: 3 },
	],
	["init_qp_minus26", { init_qp_minus26: 26 }],
	["init_qp_minus26", { init_qp_minus26: -27 }],
	["diff_cu_qp_delta_depth", { diff_cu_qp_delta_depth: 3 }],
	["pps_cb_qp_offset", { pps_cb_qp_offset: 13 }],
	["pps_cr_qp_offset", { pps_cr_qp_offset: -13 }],
	["pps_beta_offset_div2", { pps_beta_offset_div2: 7 }],
	["pps_tc_offset_div2", { pps_tc_offset_div2: -7 }],
	["log2_parallel_merge_level_minus2", { log2_parallel_merge_level_minus2: 4 }],
	["num_ref_idx_l0_default_active_minus1", { num_ref_idx_l0_default_active_minus1: 15 }],
	["num_ref_idx_l1_default_active_minus1", { num_ref_idx_l1_default_active_minus1: 15 }],
	["num_extra_slice_header_bits", { num_extra_slice_header_bits: 8 }],
	["num_tile_columns_minus1", { num_tile_columns_minus1: 20 }, tiles],
	["num_tile_rows_minus1", { num_tile_rows_minus1: 22 }, tiles],
	["column_width_minus1", { column_width_minus1: widths(6, 6) }, tiles],
	["row_height_minus1", { row_height_minus1: heights(7) }, tiles],
];

test("fields", () => {
	assert.is(new HevcPlayer(tiles).decode([intra]).status, 0);
	assert.is(new HevcPlayer().decode([intra], { over: pcm }).status, 0);
	for (const [name, over, sets] of fields) {
		const { status, field } = new HevcPlayer(sets).decode([intra], { over });
		assert.is(status, c.VA_STATUS_ERROR_INVALID_PARAMETER, name);
		assert.is(field, name);
	}
});

test("the last of a range is taken", () => {
	const taken: Fields[] = [
		{ log2_max_pic_order_cnt_lsb_minus4: 12 },
		{ sps_max_dec_pic_buffering_minus1: 15 },
		{ init_qp_minus26: 25 },
		{ init_qp_minus26: -26 },
		{ pps_cb_qp_offset: -12, pps_cr_qp_offset: 12 },
		{ log2_parallel_merge_level_minus2: 3 },
	];
	for (const over of taken)
		assert.is(new HevcPlayer().decode([intra], { over }).status, 0, JSON.stringify(over));
	// 10 bit: down to -(26 + QpBdOffset)
	const deep = { ...plain, bitDepth: 10 };
	assert.is(new HevcPlayer(deep).decode([intra], { over: { init_qp_minus26: -38 } }).status, 0);
	assert.is(
		new HevcPlayer(deep).decode([intra], { over: { init_qp_minus26: -39 } }).field,
		"init_qp_minus26",
	);
});

test("tiles of more blocks than V4L2 has a byte for", () => {
	const wide = { ...plain, width: 8192, height: 64, log2Ctb: 4, tiles: { columns: [256, 256], rows: [4] } };
	assert.is(new HevcPlayer(wide).decode([intra]).status, 0);
	const wider = { ...wide, tiles: { columns: [257, 255], rows: [4] } };
	assert.is(new HevcPlayer(wider).decode([intra]).field, "column_width_minus1");
	const last = { ...wide, tiles: { columns: [255, 257], rows: [4] } };
	assert.is(new HevcPlayer(last).decode([intra]).field, "column_width_minus1");
});

test("formats and sizes", () => {
	const formats: Fields[] = [
		{ pic_fields_chroma_format_idc: 0 },
		{ pic_fields_chroma_format_idc: 2 },
		{ pic_fields_chroma_format_idc: 3 },
		{ pic_fields_separate_colour_plane_flag: 1 },
		{ bit_depth_luma_minus8: 1, bit_depth_chroma_minus8: 1 },
		{ bit_depth_luma_minus8: 4, bit_depth_chroma_minus8: 4 },
		{ bit_depth_luma_minus8: 2 },
		{ bit_depth_chroma_minus8: 2 },
	];
	for (const over of formats) {
		const { status, message } = new HevcPlayer().decode([intra], { over });
		assert.is(status, c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, JSON.stringify(over));
		assert.is(message, c.CORE_MESSAGE_FORMAT_NOT_SUPPORTED);
	}
	const sizes: Fields[] = [
		{ pic_width_in_luma_samples: 0 },
		{ pic_height_in_luma_samples: 0 },
		{ pic_width_in_luma_samples: 16896 },
		{ pic_height_in_luma_samples: 16896 },
		{ pic_width_in_luma_samples: 16384, pic_height_in_luma_samples: 8704 },
		// more than this device takes, whatever the kernel makes of it
		{ pic_width_in_luma_samples: 8200 },
	];
	for (const over of sizes) {
		const { status, message } = new HevcPlayer().decode([intra], { over });
		assert.is(status, c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, JSON.stringify(over));
		assert.is(message, c.CORE_MESSAGE_SIZE_NOT_SUPPORTED);
	}
});

test("hantro's G2 pads no picture to its least size, and others do", () => {
	const size = (pic_width_in_luma_samples: number, pic_height_in_luma_samples: number) => ({
		over: { pic_width_in_luma_samples, pic_height_in_luma_samples },
	});
	for (const [width, height] of [
		[40, 64],
		[64, 40],
	]) {
		const { status, message, values } = new HevcPlayer(plain, { driver: "hantro-vpu" }).decode(
			[intra],
			size(width, height),
		);
		assert.is(status, c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
		assert.equal([message, values], [c.CORE_MESSAGE_SIZE_NOT_SUPPORTED, [width, height]]);
		assert.is(new HevcPlayer(plain, { driver: "rkvdec" }).decode([intra], size(width, height)).status, 0);
	}
	assert.is(new HevcPlayer(plain, { driver: "hantro-vpu" }).decode([intra], size(48, 48)).status, 0);
});

test("buffers of a wrong size or kind, or in a wrong order", () => {
	const opened = () => {
		const { events } = new HevcPlayer();
		events.begin(1);
		return events;
	};
	const wrong: [number, number, number][] = [
		[c.VAPictureParameterBufferType, 603, c.CORE_MESSAGE_BAD_PARAMETER_SIZE],
		[c.VAIQMatrixBufferType, 1015, c.CORE_MESSAGE_BAD_PARAMETER_SIZE],
		[c.VAProbabilityBufferType, 100, c.CORE_MESSAGE_BAD_BUFFER_TYPE],
	];
	for (const [type, size, message] of wrong)
		assert.is(opened().parameter(type, new Uint8Array(size)).message, message);
	const slice = encode("VASliceParameterBufferHEVC", { slice_data_size: 4 });
	const data = new Uint8Array(4);
	assert.is(opened().slice(slice, data).message, c.CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	assert.is(opened().slice(slice.slice(0, 200), data).message, c.CORE_MESSAGE_BAD_PARAMETER_SIZE);
});

test("a picture is refused, not the stream", () => {
	const player = new HevcPlayer();
	assert.is.not(player.decode([{ ...intra, type: 3 }]).status, 0);
	assert.is(player.decode([intra]).status, 0);
});

test("random bytes as headers never trap", () => {
	let state = 1;
	const random = () => {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		return state >>> 16;
	};
	for (let round = 0; round < 300; round++) {
		const player = new HevcPlayer(
			{ ...plain, longTermPresent: true, wavefront: true },
			{ parses: round % 2 === 0 },
		);
		const over: Fields = {
			st_rps_bits: random(),
			num_short_term_ref_pic_sets: random() % 65,
			num_long_term_ref_pic_sps: random() % 33,
			slice_parsing_fields_value: random() * 65536 + random(),
			ReferenceFrames: Array.from({ length: 15 }, () => ({
				picture_id: random() % 20,
				pic_order_cnt: random() - 32768,
				flags: random() % 128,
			})),
		};
		const payload = Array.from({ length: 40 }, () => random() % 256);
		const slice: Slice = { ...intra, nalType: random() % 64, type: random() % 4 };
		const { status } = player.decode([slice], { over, payload });
		assert.ok(status >= 0);
		assert.is(player.decode([intra]).status, 0, "and the context lives on");
	}
});

test.run();
