// SPDX-License-Identifier: MIT
// Each field of VADecPictureParameterBufferAV1, set by itself: what of the controls it changes, and to what. A field of the controls that
// changes with it and is not named here is a fault, and so is a field of VA that is not named.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c, structs } from "../../../support/abi.ts";
import type { Fields, PointerBits } from "../../../unit/support/struct.ts";
import { Av1Player, type Frame, INTER, INTRA_ONLY, KEY, type Told } from "./support/player.ts";

const test = suite("av1-controls");

/** An inter frame of which every part has something to say. */
const rich: Partial<Frame> = {
	refIdx: [0, 1, 2, 3, 4, 5, 6],
	orderHint: 20,
	width: 320,
	height: 240,
	picture: {
		base_qindex: 20,
		mode_control_fields_reference_select: 1,
		seg_info: { segment_info_fields_enabled: 1, segment_info_fields_update_map: 1 },
		film_grain_info: { film_grain_info_fields_apply_grain: 0 },
	},
};

/** A player whose stream has pictures with the order hints 10 to 17 in its slots. */
function playing(pointers: PointerBits = 64): Av1Player {
	const player = new Av1Player({ pointers });
	player.told({ type: KEY, orderHint: 10 });
	for (let i = 1; i < 7; i++) player.told({ refresh: 1 << i, orderHint: 10 + i });
	return player;
}

/** All fields with their values, flat: "loop_filter.level[1]". */
function flat(value: unknown, name = "", to: Record<string, unknown> = {}): Record<string, unknown> {
	if (value === null || typeof value !== "object") to[name] = value;
	else if (Array.isArray(value)) for (const [i, each] of value.entries()) flat(each, `${name}[${i}]`, to);
	else for (const [key, each] of Object.entries(value)) flat(each, name ? `${name}.${key}` : key, to);
	return to;
}

const fieldsOf = ({ sequence, frame, grain }: Told) => {
	const { reference_frame_ts: _, ...rest } = frame;
	return flat({ sequence, frame: rest, grain });
};

/** What differs: the fields with their new values. */
function changes(
	edit: (picture: Fields) => void,
	pointers: PointerBits,
	over: Partial<Frame> = rich,
): Record<string, unknown> {
	const before = fieldsOf(playing(pointers).told(over));
	const after = fieldsOf(playing(pointers).told(over, edit));
	return Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value));
}

const F = (name: string) => c[`V4L2_AV1_FRAME_FLAG_${name}`];
const S = (name: string) => c[`V4L2_AV1_SEQUENCE_FLAG_${name}`];
const base = playing().told(rich);
const frameFlags = (name: string) => ({ "frame.flags": (base.frame.flags ^ F(name)) >>> 0 });
const sequenceFlags = (name: string) => ({ "sequence.flags": (base.sequence.flags ^ S(name)) >>> 0 });
const bit = (name: string) => (picture: Fields) => {
	picture[name] = picture[name] ? 0 : 1;
};
const set = (name: string, value: unknown) => (picture: Fields) => {
	picture[name] = value;
};
const within = (struct: string, fields: Fields) => (picture: Fields) => {
	picture[struct] = { ...picture[struct], ...fields };
};
/** VA's deltas count where the picture updates them (av1-previous.test.ts). */
const updated = (deltas: Fields) => (picture: Fields) => {
	picture.loop_filter_info_fields_mode_ref_delta_enabled = 1;
	picture.loop_filter_info_fields_mode_ref_delta_update = 1;
	Object.assign(picture, { ref_deltas: [1, 0, 0, 0, -1, 0, -1, -1], mode_deltas: [0, 0] }, deltas);
};
const warp = (i: number, fields: Fields) => (picture: Fields) => {
	picture.wm = picture.wm.map((each: Fields, j: number) => (i === j ? { ...each, ...fields } : each));
};
const matrix = [1, -2, 65540, 3, -4, 65530, 0, 0];

type Case = [field: string, edit: (picture: Fields) => void, changed: Record<string, unknown>];

/** Each field of the picture parameters. */
const cases: Case[] = [
	["order_hint_bits_minus_1", set("order_hint_bits_minus_1", 5), { "sequence.order_hint_bits": 6 }],
	["still_picture", bit("seq_info_fields_still_picture"), sequenceFlags("STILL_PICTURE")],
	...[
		...["enable_filter_intra", "enable_intra_edge_filter", "enable_interintra_compound"],
		...["enable_masked_compound", "enable_dual_filter", "enable_jnt_comp", "enable_cdef"],
		...["color_range", "film_grain_params_present"],
	].map((name): Case => [name, bit(`seq_info_fields_${name}`), sequenceFlags(name.toUpperCase())]),
	[
		"use_128x128_superblock",
		bit("seq_info_fields_use_128x128_superblock"),
		{
			...sequenceFlags("USE_128X128_SUPERBLOCK"),
			"frame.tile_info.width_in_sbs_minus_1[0]": 2,
			"frame.tile_info.height_in_sbs_minus_1[0]": 1,
		},
	],
	[
		"enable_order_hint",
		bit("seq_info_fields_enable_order_hint"),
		{
			...sequenceFlags("ENABLE_ORDER_HINT"),
			"sequence.order_hint_bits": 0,
			...frameFlags("SKIP_MODE_ALLOWED"),
			"frame.skip_mode_frame[0]": 0,
			"frame.skip_mode_frame[1]": 0,
		},
	],
	// What no decoder behind V4L2 takes.
	["matrix_coefficients", set("matrix_coefficients", 1), {}],
	["chroma_sample_position", bit("seq_info_fields_chroma_sample_position"), {}],
	["tile_count_minus_1", set("tile_count_minus_1", 3), {}],
	["anchor_frames_num", set("anchor_frames_num", 1), {}],
	["output_frame_width_in_tiles_minus_1", set("output_frame_width_in_tiles_minus_1", 1), {}],
	["output_frame_height_in_tiles_minus_1", set("output_frame_height_in_tiles_minus_1", 1), {}],
	["current_display_picture", set("current_display_picture", 700), {}],
	["primary_ref_frame", set("primary_ref_frame", 3), { "frame.primary_ref_frame": 3 }],
	["interp_filter", set("interp_filter", 4), { "frame.interpolation_filter": 4 }],
	[
		"filter_level",
		set("filter_level", [5, 6]),
		{ "frame.loop_filter.level[0]": 5, "frame.loop_filter.level[1]": 6 },
	],
	["filter_level_u", set("filter_level_u", 7), { "frame.loop_filter.level[2]": 7 }],
	["filter_level_v", set("filter_level_v", 8), { "frame.loop_filter.level[3]": 8 }],
	[
		"sharpness_level",
		set("loop_filter_info_fields_sharpness_level", 5),
		{ "frame.loop_filter.sharpness": 5 },
	],
	[
		"mode_ref_delta_enabled",
		bit("loop_filter_info_fields_mode_ref_delta_enabled"),
		{ "frame.loop_filter.flags": 1 },
	],
	[
		"mode_ref_delta_update",
		bit("loop_filter_info_fields_mode_ref_delta_update"),
		{ "frame.loop_filter.flags": 2 },
	],
	[
		"ref_deltas",
		updated({ ref_deltas: [2, -1, 5, -2, 3, -3, 63, -64] }),
		{
			"frame.loop_filter.flags": 3,
			...Object.fromEntries(
				[2, -1, 5, -2, 3, -3, 63, -64].map((v, i) => [`frame.loop_filter.ref_deltas[${i}]`, v]),
			),
		},
	],
	[
		"mode_deltas",
		updated({ mode_deltas: [5, -5] }),
		{
			"frame.loop_filter.flags": 3,
			"frame.loop_filter.mode_deltas[0]": 5,
			"frame.loop_filter.mode_deltas[1]": -5,
		},
	],
	["base_qindex", set("base_qindex", 99), { "frame.quantization.base_q_idx": 99 }],
	["y_dc_delta_q", set("y_dc_delta_q", -7), { "frame.quantization.delta_q_y_dc": -7 }],
	...["u_dc_delta_q", "u_ac_delta_q", "v_dc_delta_q", "v_ac_delta_q"].map(
		(name, i): Case => [
			name,
			set(name, -9 - i),
			{
				[`frame.quantization.delta_q_${name.slice(0, 4)}`]: -9 - i,
				"frame.quantization.flags": c.V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA,
				...sequenceFlags("SEPARATE_UV_DELTA_Q"),
			},
		],
	),
	["using_qmatrix", bit("qmatrix_fields_using_qmatrix"), { "frame.quantization.flags": 2 }],
	["qm_y", set("qmatrix_fields_qm_y", 13), { "frame.quantization.qm_y": 13 }],
	["qm_u", set("qmatrix_fields_qm_u", 14), { "frame.quantization.qm_u": 14 }],
	["qm_v", set("qmatrix_fields_qm_v", 15), { "frame.quantization.qm_v": 15 }],
	[
		"delta_q_present_flag",
		bit("mode_control_fields_delta_q_present_flag"),
		{ "frame.quantization.flags": 4 },
	],
	[
		"log2_delta_q_res",
		set("mode_control_fields_log2_delta_q_res", 3),
		{ "frame.quantization.delta_q_res": 3 },
	],
	[
		"delta_lf_present_flag",
		bit("mode_control_fields_delta_lf_present_flag"),
		{ "frame.loop_filter.flags": 4 },
	],
	["delta_lf_multi", bit("mode_control_fields_delta_lf_multi"), { "frame.loop_filter.flags": 8 }],
	[
		"log2_delta_lf_res",
		set("mode_control_fields_log2_delta_lf_res", 2),
		{ "frame.loop_filter.delta_lf_res": 2 },
	],
	["tx_mode", set("mode_control_fields_tx_mode", 2), { "frame.tx_mode": 2 }],
	[
		"reference_select",
		bit("mode_control_fields_reference_select"),
		{
			"frame.flags": (base.frame.flags ^ F("REFERENCE_SELECT") ^ F("SKIP_MODE_ALLOWED")) >>> 0,
			"frame.skip_mode_frame[0]": 0,
			"frame.skip_mode_frame[1]": 0,
		},
	],
	["reduced_tx_set_used", bit("mode_control_fields_reduced_tx_set_used"), frameFlags("REDUCED_TX_SET")],
	["skip_mode_present", bit("mode_control_fields_skip_mode_present"), frameFlags("SKIP_MODE_PRESENT")],
	...[
		...["show_frame", "showable_frame", "error_resilient_mode", "disable_cdf_update", "force_integer_mv"],
		...[
			"allow_screen_content_tools",
			"allow_intrabc",
			"allow_high_precision_mv",
			"is_motion_mode_switchable",
		],
		...["disable_frame_end_update_cdf"],
	].map((name): Case => [name, bit(`pic_info_fields_${name}`), frameFlags(name.toUpperCase())]),
	[
		"use_ref_frame_mvs",
		bit("pic_info_fields_use_ref_frame_mvs"),
		{ ...frameFlags("USE_REF_FRAME_MVS"), ...sequenceFlags("ENABLE_REF_FRAME_MVS") },
	],
	[
		"allow_warped_motion",
		bit("pic_info_fields_allow_warped_motion"),
		{ ...frameFlags("ALLOW_WARPED_MOTION"), ...sequenceFlags("ENABLE_WARPED_MOTION") },
	],
	[
		"use_superres",
		(picture) => {
			picture.pic_info_fields_use_superres = 1;
			picture.superres_scale_denominator = 16;
		},
		{
			...frameFlags("USE_SUPERRES"),
			...sequenceFlags("ENABLE_SUPERRES"),
			"frame.superres_denom": 16,
			"frame.frame_width_minus_1": 159,
			"frame.tile_info.mi_col_starts[1]": 40,
			"frame.tile_info.width_in_sbs_minus_1[0]": 2,
		},
	],
	["superres_scale_denominator without use_superres", set("superres_scale_denominator", 12), {}],
	["cdef_damping_minus_3", set("cdef_damping_minus_3", 2), { "frame.cdef.damping_minus_3": 2 }],
	["cdef_bits", set("cdef_bits", 2), { "frame.cdef.bits": 2 }],
	[
		"cdef_y_strengths",
		set("cdef_y_strengths", [(9 << 2) | 3, 7]),
		{ "frame.cdef.y_pri_strength[0]": 9, "frame.cdef.y_sec_strength[0]": 4 },
	],
	[
		"cdef_uv_strengths",
		set("cdef_uv_strengths", [(15 << 2) | 2, 7]),
		{ "frame.cdef.uv_pri_strength[0]": 15, "frame.cdef.uv_sec_strength[0]": 2 },
	],
	...[
		["yframe_restoration_type", 0, 1],
		["cbframe_restoration_type", 1, 2],
		["crframe_restoration_type", 2, 3],
	].map(
		([name, plane, type]): Case => [
			`${name}`,
			set(`loop_restoration_fields_${name}`, type),
			{
				...sequenceFlags("ENABLE_RESTORATION"),
				"frame.loop_restoration.flags": plane === 0 ? 1 : 3,
				[`frame.loop_restoration.frame_restoration_type[${plane}]`]: type,
				"frame.loop_restoration.loop_restoration_size[0]": 64,
				"frame.loop_restoration.loop_restoration_size[1]": 64,
				"frame.loop_restoration.loop_restoration_size[2]": 64,
			},
		],
	),
	[
		"lr_unit_shift and lr_uv_shift",
		(picture) => {
			picture.loop_restoration_fields_yframe_restoration_type = 3;
			picture.loop_restoration_fields_lr_unit_shift = 2;
			picture.loop_restoration_fields_lr_uv_shift = 1;
		},
		{
			...sequenceFlags("ENABLE_RESTORATION"),
			"frame.loop_restoration.flags": 1,
			"frame.loop_restoration.lr_unit_shift": 2,
			"frame.loop_restoration.lr_uv_shift": 1,
			"frame.loop_restoration.frame_restoration_type[0]": 3,
			"frame.loop_restoration.loop_restoration_size[0]": 256,
			"frame.loop_restoration.loop_restoration_size[1]": 128,
			"frame.loop_restoration.loop_restoration_size[2]": 128,
		},
	],
	["lr_unit_shift without restoration", set("loop_restoration_fields_lr_unit_shift", 2), {}],
	["order_hint", set("order_hint", 15), { "frame.order_hint": 15, "frame.skip_mode_frame[0]": 5 }],
	[
		"segmentation: enabled",
		within("seg_info", { segment_info_fields_enabled: 0 }),
		{ "frame.segmentation.flags": 0 },
	],
	[
		"segmentation: update_map",
		within("seg_info", { segment_info_fields_update_map: 0 }),
		{ "frame.segmentation.flags": 1 },
	],
	[
		"segmentation: temporal_update",
		within("seg_info", { segment_info_fields_temporal_update: 1 }),
		{ "frame.segmentation.flags": 7 },
	],
	[
		"segmentation: update_data",
		within("seg_info", { segment_info_fields_update_data: 1 }),
		{ "frame.segmentation.flags": 11 },
	],
	[
		"segmentation: features",
		within("seg_info", {
			segment_info_fields_update_data: 1,
			feature_mask: [0b11, 0, 0, 0b100000],
			feature_data: [[-200, 63, 9], [5], [], [0, 0, 0, 0, 0, 7]],
		}),
		{
			"frame.segmentation.flags": 11 | c.V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP,
			"frame.segmentation.last_active_seg_id": 3,
			"frame.segmentation.feature_enabled[0]": 3,
			"frame.segmentation.feature_enabled[3]": 32,
			"frame.segmentation.feature_data[0][0]": -200,
			"frame.segmentation.feature_data[0][1]": 63,
			"frame.segmentation.feature_data[3][5]": 7,
		},
	],
	[
		"wm: rotzoom",
		warp(2, { wmtype: c.VAAV1TransformationRotzoom, wmmat: matrix }),
		{
			"frame.global_motion.type[3]": c.V4L2_AV1_WARP_MODEL_ROTZOOM,
			"frame.global_motion.flags[3]": 3,
			...Object.fromEntries(
				matrix.slice(0, 6).map((value, i) => [`frame.global_motion.params[3][${i}]`, value]),
			),
		},
	],
	[
		"wm: translation",
		warp(0, { wmtype: c.VAAV1TransformationTranslation, wmmat: [8, 16, 65536, 0, 0, 65536, 0, 0] }),
		{
			"frame.global_motion.type[1]": c.V4L2_AV1_WARP_MODEL_TRANSLATION,
			"frame.global_motion.flags[1]": 5,
			"frame.global_motion.params[1][0]": 8,
			"frame.global_motion.params[1][1]": 16,
		},
	],
	[
		"wm: affine, and invalid",
		warp(6, { wmtype: c.VAAV1TransformationAffine, wmmat: [0, 0, 65536, 0, 0, 65536, 0, 0], invalid: 1 }),
		{
			"frame.global_motion.type[7]": c.V4L2_AV1_WARP_MODEL_AFFINE,
			"frame.global_motion.flags[7]": 1,
			"frame.global_motion.invalid": 1 << 7,
		},
	],
	["wm: of the identity nothing counts", warp(1, { wmtype: 0, wmmat: matrix, invalid: 1 }), {}],
	[
		"wm: the last two of a matrix are none of the format's",
		warp(1, { wmmat: [0, 0, 65536, 0, 0, 65536, 7, 7] }),
		{},
	],
];
for (const [field, edit, changed] of cases)
	for (const pointers of [64, 32] as const)
		test(`${field}, with pointers of ${pointers} bits`, () =>
			assert.equal(changes(edit, pointers), changed));

test("however wide pointers are, a picture is told alike", () => {
	assert.equal(fieldsOf(playing(32).told(rich)), fieldsOf(base));
});

test("motion vectors of an intra frame are whole, whatever is coded", () => {
	for (const type of [KEY, INTRA_ONLY])
		for (const coded of [0, 1]) {
			const picture = { pic_info_fields_force_integer_mv: coded };
			assert.ok(playing().told({ type, picture }).frame.flags & F("FORCE_INTEGER_MV"));
		}
});

test("every field of the picture parameters is above, or elsewhere", () => {
	const elsewhere = [
		...[
			"profile",
			"bit_depth_idx",
			"subsampling",
			"current_frame",
			"frame_width_minus1",
			"frame_height_minus1",
		],
		...[
			"ref_frame_map",
			"ref_frame_idx",
			"film_grain_info",
			"tile_cols",
			"tile_rows",
			"width_in_sbs_minus_1",
		],
		...["height_in_sbs_minus_1", "context_update_tile_id", "frame_type", "uniform_tile_spacing_flag"],
		...["large_scale_tile", "seg_info", "wm", "mono_chrome", "reserved"],
	];
	const named = [...cases.map(([field]) => field), ...elsewhere];
	const all = Object.keys(structs.VADecPictureParameterBufferAV1.fields).filter(
		(name) => !name.endsWith("_value"),
	);
	const missing = all.filter(
		(name) => !named.some((each) => each.split(/[ :,]/).some((word) => name.includes(word))),
	);
	assert.equal(missing, []);
});

/** Of the controls, what VA has elsewhere than in the cases above. */
const said = [
	...[
		"seq_profile",
		"bit_depth",
		"context_update_tile_id",
		"tile_cols",
		"tile_rows",
		"UNIFORM_TILE_SPACING",
	],
	...[
		"frame_type",
		"upscaled_width",
		"frame_height_minus_1",
		"MONO_CHROME",
		"SUBSAMPLING_X",
		"SUBSAMPLING_Y",
	],
	...[
		"tile_offset",
		"tile_size",
		"tile_row",
		"tile_col",
		"APPLY_GRAIN",
		"CHROMA_SCALING_FROM_LUMA",
		"OVERLAP",
	],
	"CLIP_TO_RESTRICTED_RANGE",
];
/** What VA has no word for, though a case above changes it. */
const computed = [
	...["refresh_frame_flags", "order_hints", "skip_mode_frame", "SKIP_MODE_ALLOWED", "frame_width_minus_1"],
	...["mi_col_starts", "mi_row_starts", "last_active_seg_id", "SEG_ID_PRE_SKIP", "loop_restoration_size"],
	...["USES_LR", "USES_CHROMA_LR", "IS_GLOBAL", "IS_ROT_ZOOM", "IS_TRANSLATION", "DIFF_UV_DELTA"],
	...["SEPARATE_UV_DELTA_Q", "ENABLE_WARPED_MOTION", "ENABLE_REF_FRAME_MVS", "ENABLE_SUPERRES"],
	...["ENABLE_RESTORATION", "UPDATE_GRAIN", "film_grain_params_ref_idx", "tile_size_bytes"],
];

test("what of the controls VA does not have has a rule in docs/architecture.md", () => {
	const doc = readFileSync(join(import.meta.dirname, "../../../../docs/architecture.md"), "utf8");
	const rules = doc.slice(doc.indexOf("## What VA-API does not say of AV1"), doc.indexOf("**Slots.**"));
	const bare = (name: string) => name.replace(/\[\d+\]/g, "").replace(/.*\./, "");
	const has = new Set([...said, ...cases.flatMap(([, , changed]) => Object.keys(changed).map(bare))]);
	// Film grain's are in the test below.
	const { sequence, frame, tiles } = base;
	const fields = Object.keys(flat({ sequence, frame, tiles })).map(bare);
	const flags = Object.keys(c).flatMap((name) => /^V4L2_AV1_\w+_FLAG_(\w+)$/.exec(name)?.[1] ?? []);
	const cased = new Set(
		flags.filter((name) => cases.some(([field]) => field.toUpperCase().includes(name))),
	);
	const unsaid = [...new Set([...fields, ...flags])].filter(
		(name) => !has.has(name) && !cased.has(name) && !/flags$|reserved/.test(name),
	);
	assert.equal(
		[...unsaid, ...computed].filter((name) => !new RegExp(`\\b${name}\\b`).test(rules)),
		[],
	);
});

const grain: Fields = {
	film_grain_info_fields_apply_grain: 1,
	grain_seed: 0xbeef,
	num_y_points: 2,
	point_y_value: [10, 200, 3],
	point_y_scaling: [20, 30, 4],
	num_cb_points: 1,
	point_cb_value: [40, 3],
	point_cb_scaling: [50, 3],
	num_cr_points: 3,
	point_cr_value: [1, 2, 3, 4],
	point_cr_scaling: [4, 5, 6, 7],
	ar_coeffs_y: [-128, 127, 0, 5],
	ar_coeffs_cb: new Array(25).fill(0).map((_, i) => i - 12),
	ar_coeffs_cr: new Array(25).fill(0).map((_, i) => 2 * i - 12),
	cb_mult: 1,
	cb_luma_mult: 2,
	cb_offset: 300,
	cr_mult: 4,
	cr_luma_mult: 5,
	cr_offset: 511,
};

test("film grain, all of it", () => {
	const told = playing().told({ ...rich, grain: true, picture: { film_grain_info: grain } });
	assert.equal(told.grain, {
		flags: c.V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN | c.V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN,
		cr_mult: 4,
		grain_seed: 0xbeef,
		film_grain_params_ref_idx: 0,
		num_y_points: 2,
		point_y_value: [10, 200, ...new Array(14).fill(0)],
		point_y_scaling: [20, 30, ...new Array(14).fill(0)],
		num_cb_points: 1,
		point_cb_value: [40, ...new Array(15).fill(0)],
		point_cb_scaling: [50, ...new Array(15).fill(0)],
		num_cr_points: 3,
		point_cr_value: [1, 2, 3, ...new Array(13).fill(0)],
		point_cr_scaling: [4, 5, 6, ...new Array(13).fill(0)],
		grain_scaling_minus_8: 0,
		ar_coeff_lag: 0,
		ar_coeffs_y_plus_128: [0, 255, 128, 133, ...new Array(20).fill(128), 0],
		ar_coeffs_cb_plus_128: grain.ar_coeffs_cb.map((value: number) => value + 128),
		ar_coeffs_cr_plus_128: grain.ar_coeffs_cr.map((value: number) => value + 128),
		ar_coeff_shift_minus_6: 0,
		grain_scale_shift: 0,
		cb_mult: 1,
		cb_luma_mult: 2,
		cr_luma_mult: 5,
		cb_offset: 300,
		cr_offset: 511,
		reserved: [0, 0, 0, 0],
	});
	const G = (name: string) => c[`V4L2_AV1_FILM_GRAIN_FLAG_${name}`];
	const flags = G("APPLY_GRAIN") | G("UPDATE_GRAIN");
	const both = { ...rich, grain: true, picture: { film_grain_info: grain } };
	for (const [name, value, changed] of [
		["chroma_scaling_from_luma", 1, { "grain.flags": flags | G("CHROMA_SCALING_FROM_LUMA") }],
		["overlap_flag", 1, { "grain.flags": flags | G("OVERLAP") }],
		["clip_to_restricted_range", 1, { "grain.flags": flags | G("CLIP_TO_RESTRICTED_RANGE") }],
		["grain_scaling_minus_8", 3, { "grain.grain_scaling_minus_8": 3 }],
		["ar_coeff_lag", 2, { "grain.ar_coeff_lag": 2 }],
		["ar_coeff_shift_minus_6", 1, { "grain.ar_coeff_shift_minus_6": 1 }],
		["grain_scale_shift", 2, { "grain.grain_scale_shift": 2 }],
	] as const) {
		const edit = within("film_grain_info", { [`film_grain_info_fields_${name}`]: value });
		for (const pointers of [64, 32] as const) assert.equal(changes(edit, pointers, both), changed, name);
	}
});

test("where no grain is added, nothing that is said of it counts", () => {
	const none = { ...grain, film_grain_info_fields_apply_grain: 0, num_y_points: 99 };
	const told = playing().told({
		...rich,
		picture: { film_grain_info: none, seq_info_fields_film_grain_params_present: 1 },
	});
	assert.equal(new Set(Object.values(flat(told.grain))), new Set([0]));
	assert.ok(told.sequence.flags & S("FILM_GRAIN_PARAMS_PRESENT"));
});

test("skip_mode's references: the nearest before and after, or the two nearest before", () => {
	const select = { mode_control_fields_reference_select: 1 };
	const modes = (orderHint: number, refIdx: number[]) =>
		playing().told({ orderHint, refIdx, refresh: 0, picture: select }).frame.skip_mode_frame;
	assert.equal(modes(20, [0, 1, 2, 3, 4, 5, 6]), [6, 7]);
	assert.equal(modes(20, [6, 1, 2, 3, 4, 5, 0]), [1, 6]);
	assert.equal(modes(13, [0, 1, 2, 3, 4, 5, 6]), [3, 5]);
	assert.equal(modes(13, [4, 4, 4, 4, 4, 2, 2]), [1, 6]);
	assert.equal(modes(5, [0, 1, 2, 3, 4, 5, 6]), [0, 0], "none before");
	assert.equal(modes(20, [3, 3, 3, 3, 3, 3, 3]), [0, 0], "one");
	assert.equal(modes(13, [3, 3, 3, 3, 3, 3, 3]), [0, 0], "at the same time");
	// Hints of seven bits: 10 is later than 120 and 127.
	const player = new Av1Player();
	player.told({ type: KEY, orderHint: 120 });
	player.told({ orderHint: 127, refresh: 2 });
	const { frame } = player.told({ orderHint: 10, refIdx: [0, 1, 0, 1, 0, 1, 0], picture: select });
	assert.equal(frame.skip_mode_frame, [1, 2]);
});

test("skip_mode's references, where a lost picture left none that fit: any two", () => {
	const picture = { mode_control_fields_reference_select: 1, mode_control_fields_skip_mode_present: 1 };
	for (const refIdx of [
		[0, 1, 2, 3, 4, 5, 6],
		[3, 3, 3, 3, 3, 3, 3],
	]) {
		const { frame } = playing().told({ orderHint: 5, refIdx, refresh: 0, picture });
		assert.equal(frame.skip_mode_frame, [1, 2]);
		for (const name of ["SKIP_MODE_PRESENT", "SKIP_MODE_ALLOWED"]) assert.ok(frame.flags & F(name), name);
	}
});

test("intra frames name no reference, no motion and no mode of their own", () => {
	for (const type of [KEY, INTRA_ONLY]) {
		const wm = new Array(7).fill({ wmtype: 3, wmmat: matrix, invalid: 1 });
		const picture = { wm, mode_control_fields_reference_select: 1 };
		const { frame } = playing().told({ type, refresh: type === KEY ? 0xff : 1, picture });
		assert.equal(frame.ref_frame_idx, new Array(7).fill(0));
		assert.equal(frame.order_hints, new Array(8).fill(0));
		assert.equal(frame.skip_mode_frame, [0, 0]);
		assert.equal(frame.global_motion.type, new Array(8).fill(0));
		assert.is(frame.global_motion.invalid, 0);
	}
});

test("sizes: of the frame, of what is coded of it, and of the largest since a key frame", () => {
	const player = new Av1Player();
	const size = (over: Partial<Frame>) => {
		const { sequence, frame } = player.told(over);
		return {
			most: [sequence.max_frame_width_minus_1 + 1, sequence.max_frame_height_minus_1 + 1],
			override: (frame.flags & F("FRAME_SIZE_OVERRIDE")) !== 0,
			coded: [frame.frame_width_minus_1 + 1, frame.frame_height_minus_1 + 1],
			upscaled: frame.upscaled_width,
			render: [frame.render_width_minus_1 + 1, frame.render_height_minus_1 + 1],
		};
	};
	const whole = { most: [321, 239], override: false, coded: [321, 239], upscaled: 321, render: [321, 239] };
	assert.equal(size({ type: KEY, width: 321, height: 239 }), whole);
	// Of as many blocks of 8x8: the formats stay.
	const smaller = { ...whole, override: true, coded: [322, 238], upscaled: 322, render: [322, 238] };
	assert.equal(size({ width: 322, height: 238 }), { ...smaller, most: [322, 239] });
	assert.equal(size({ width: 321, height: 239 }), { ...whole, override: true, most: [322, 239] });
	assert.equal(size({ type: KEY, width: 321, height: 239 }), whole);
	// A picture that never came has no size.
	const wider = { ...whole, override: true, coded: [322, 239], upscaled: 322, render: [322, 239] };
	assert.is.not(player.play({ width: 328, height: 240 }, (_, tiles) => tiles.pop()).outcome.status, 0);
	assert.equal(size({ width: 322, height: 239 }), { ...wider, most: [322, 239], override: false });
	const narrow = { width: 24, height: 16, type: KEY };
	const superres = { pic_info_fields_use_superres: 1, superres_scale_denominator: 16 };
	assert.equal(size({ ...narrow, picture: superres }).coded, [16, 16], "no less than 16");
	assert.equal(size({ ...narrow, width: 9, picture: superres }).coded, [9, 16]);
});

test("pictures without chroma: 4:0:0, and no deltas of U and V that differ", () => {
	const picture = { seq_info_fields_mono_chrome: 1, u_dc_delta_q: 3, v_dc_delta_q: 4 };
	const { sequence, frame } = new Av1Player().told({ type: KEY, picture });
	assert.ok(sequence.flags & S("MONO_CHROME"));
	assert.ok(sequence.flags & S("SUBSAMPLING_X") && sequence.flags & S("SUBSAMPLING_Y"));
	assert.not(sequence.flags & S("SEPARATE_UV_DELTA_Q"));
	assert.is(frame.quantization.flags, 0);
});

test("10 bit", () => {
	const player = new Av1Player({ tenBit: true });
	const { sequence } = player.told({ type: KEY, picture: { bit_depth_idx: 1 } });
	assert.is(sequence.bit_depth, 10);
	const capture = player.device.log.find(
		({ op, queue }) => op === "SET_FORMAT" && queue === c.CORE_QUEUE_CAPTURE,
	);
	assert.is(capture?.fourcc, c.V4L2_PIX_FMT_P010);
	assert.is(player.told({ type: INTER, picture: { bit_depth_idx: 1 } }).sequence.bit_depth, 10);
});

test.run();
