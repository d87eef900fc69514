// SPDX-License-Identifier: MIT
// What newer headers of the kernel and of libva have and the oldest supported ones (table.ts) lack, as facts of the
// project's own: names, numbers, field types in their order. The generator takes a thing from the system's headers where
// they have it and from here where not, so driver-src/abi is the same on every system, and builds for all of them.
// declarations() writes the facts as C (driver-src/abi/newer.h) for the generator, for the glue and for the tests. A wrong
// line fails where a header has the thing: `npm test -- abi` differs there, and so do the assertions of abi_check.h.

export interface Newer {
	/** The version that brought it. */
	since: string;
	/** The module of table.ts that it belongs to. */
	file: "va" | "v4l2";
	/**
	 * A condition of the C preprocessor that holds where the headers have the enumerators and structs. Best a macro that
	 * came with them, for distributions carry newer code in older versions. Macros need none: each is asked for by itself.
	 */
	known?: string;
	enumerators?: Record<string, number>;
	/** Fields in their order, as `u8 name, other[4]; struct s name`. An enum is u32. What is nested stands first. */
	structs?: Record<string, string>;
	/** Structs that older headers have with fewer fields, what is new being reserved: their whole form, under NAME_newer. */
	grown?: Record<string, string>;
	macros?: Record<string, number>;
}

/** Consecutive values, 0 first. */
const numbered = (prefix: string, names: string): Record<string, number> =>
	Object.fromEntries(names.split(" ").map((name, i) => [prefix + name, i]));

/** One bit each, the lowest first. */
const flags = (prefix: string, names: string): Record<string, number> =>
	Object.fromEntries(names.split(" ").map((name, i) => [prefix + name, 2 ** i]));

const fourcc = (code: string): number => Buffer.from(code).readUInt32LE();
/** Control ids: V4L2_CID_CODEC_BASE and V4L2_CID_CODEC_STATELESS_BASE + n. */
const codec = (n: number): number => 0x990900 + n;
const stateless = (n: number): number => 0xa40900 + n;

const av1: Newer = {
	since: "Linux 6.5",
	file: "v4l2",
	known: "defined(V4L2_CID_STATELESS_AV1_SEQUENCE)",
	enumerators: {
		...numbered("V4L2_MPEG_VIDEO_AV1_PROFILE_", "MAIN HIGH PROFESSIONAL"),
		V4L2_CTRL_TYPE_AV1_SEQUENCE: 0x280,
		V4L2_CTRL_TYPE_AV1_TILE_GROUP_ENTRY: 0x281,
		V4L2_CTRL_TYPE_AV1_FRAME: 0x282,
		V4L2_CTRL_TYPE_AV1_FILM_GRAIN: 0x283,
		...numbered("V4L2_AV1_WARP_MODEL_", "IDENTITY TRANSLATION ROTZOOM AFFINE"),
		...numbered(
			"V4L2_AV1_REF_",
			"INTRA_FRAME LAST_FRAME LAST2_FRAME LAST3_FRAME GOLDEN_FRAME BWDREF_FRAME ALTREF2_FRAME ALTREF_FRAME",
		),
		...numbered("V4L2_AV1_FRAME_RESTORE_", "NONE WIENER SGRPROJ SWITCHABLE"),
		V4L2_AV1_SEG_LVL_ALT_Q: 0,
		V4L2_AV1_SEG_LVL_ALT_LF_Y_V: 1,
		V4L2_AV1_SEG_LVL_REF_FRAME: 5,
		V4L2_AV1_SEG_LVL_REF_SKIP: 6,
		V4L2_AV1_SEG_LVL_REF_GLOBALMV: 7,
		...numbered("V4L2_AV1_", "KEY_FRAME INTER_FRAME INTRA_ONLY_FRAME SWITCH_FRAME"),
		...numbered(
			"V4L2_AV1_INTERPOLATION_FILTER_",
			"EIGHTTAP EIGHTTAP_SMOOTH EIGHTTAP_SHARP BILINEAR SWITCHABLE",
		),
		...numbered("V4L2_AV1_TX_MODE_", "ONLY_4X4 LARGEST SELECT"),
	},
	structs: {
		v4l2_ctrl_av1_sequence:
			"u32 flags; u8 seq_profile, order_hint_bits, bit_depth, reserved; u16 max_frame_width_minus_1, max_frame_height_minus_1",
		v4l2_ctrl_av1_tile_group_entry: "u32 tile_offset, tile_size, tile_row, tile_col",
		v4l2_av1_global_motion: "u8 flags[8]; u32 type[8]; s32 params[8][6]; u8 invalid, reserved[3]",
		v4l2_av1_loop_restoration:
			"u8 flags, lr_unit_shift, lr_uv_shift, reserved; u32 frame_restoration_type[3], loop_restoration_size[3]",
		v4l2_av1_cdef:
			"u8 damping_minus_3, bits, y_pri_strength[8], y_sec_strength[8], uv_pri_strength[8], uv_sec_strength[8]",
		v4l2_av1_segmentation: "u8 flags, last_active_seg_id, feature_enabled[8]; s16 feature_data[8][8]",
		v4l2_av1_loop_filter:
			"u8 flags, level[4], sharpness; s8 ref_deltas[8], mode_deltas[2]; u8 delta_lf_res",
		v4l2_av1_quantization:
			"u8 flags, base_q_idx; s8 delta_q_y_dc, delta_q_u_dc, delta_q_u_ac, delta_q_v_dc, delta_q_v_ac; u8 qm_y, qm_u, qm_v, delta_q_res",
		v4l2_av1_tile_info:
			"u8 flags, context_update_tile_id, tile_cols, tile_rows; u32 mi_col_starts[65], mi_row_starts[65], width_in_sbs_minus_1[64], height_in_sbs_minus_1[64]; u8 tile_size_bytes, reserved[3]",
		v4l2_ctrl_av1_frame: [
			"struct v4l2_av1_tile_info tile_info; struct v4l2_av1_quantization quantization; u8 superres_denom",
			"struct v4l2_av1_segmentation segmentation; struct v4l2_av1_loop_filter loop_filter; struct v4l2_av1_cdef cdef",
			"u8 skip_mode_frame[2], primary_ref_frame; struct v4l2_av1_loop_restoration loop_restoration",
			"struct v4l2_av1_global_motion global_motion; u32 flags, frame_type, order_hint, upscaled_width",
			"u32 interpolation_filter, tx_mode, frame_width_minus_1, frame_height_minus_1",
			"u16 render_width_minus_1, render_height_minus_1; u32 current_frame_id, buffer_removal_time[32]",
			"u8 reserved[4]; u32 order_hints[8]; u64 reference_frame_ts[8]; s8 ref_frame_idx[7]; u8 refresh_frame_flags",
		].join("; "),
		v4l2_ctrl_av1_film_grain: [
			"u8 flags, cr_mult; u16 grain_seed; u8 film_grain_params_ref_idx",
			"u8 num_y_points, point_y_value[16], point_y_scaling[16]",
			"u8 num_cb_points, point_cb_value[16], point_cb_scaling[16]",
			"u8 num_cr_points, point_cr_value[16], point_cr_scaling[16]",
			"u8 grain_scaling_minus_8, ar_coeff_lag",
			"u8 ar_coeffs_y_plus_128[25], ar_coeffs_cb_plus_128[25], ar_coeffs_cr_plus_128[25]",
			"u8 ar_coeff_shift_minus_6, grain_scale_shift, cb_mult, cb_luma_mult, cr_luma_mult",
			"u16 cb_offset, cr_offset; u8 reserved[4]",
		].join("; "),
	},
	macros: {
		V4L2_PIX_FMT_AV1_FRAME: fourcc("AV1F"),
		V4L2_CID_MPEG_VIDEO_AV1_PROFILE: codec(655),
		V4L2_CID_MPEG_VIDEO_AV1_LEVEL: codec(656),
		V4L2_CID_STATELESS_AV1_SEQUENCE: stateless(500),
		V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY: stateless(501),
		V4L2_CID_STATELESS_AV1_FRAME: stateless(502),
		V4L2_CID_STATELESS_AV1_FILM_GRAIN: stateless(505),
		V4L2_AV1_TOTAL_REFS_PER_FRAME: 8,
		V4L2_AV1_CDEF_MAX: 8,
		V4L2_AV1_NUM_PLANES_MAX: 3,
		V4L2_AV1_MAX_SEGMENTS: 8,
		V4L2_AV1_MAX_OPERATING_POINTS: 32,
		V4L2_AV1_REFS_PER_FRAME: 7,
		V4L2_AV1_MAX_NUM_Y_POINTS: 16,
		V4L2_AV1_MAX_NUM_CB_POINTS: 16,
		V4L2_AV1_MAX_NUM_CR_POINTS: 16,
		V4L2_AV1_AR_COEFFS_SIZE: 25,
		V4L2_AV1_MAX_NUM_PLANES: 3,
		V4L2_AV1_MAX_TILE_COLS: 64,
		V4L2_AV1_MAX_TILE_ROWS: 64,
		V4L2_AV1_MAX_TILE_COUNT: 512,
		...flags(
			"V4L2_AV1_SEQUENCE_FLAG_",
			[
				"STILL_PICTURE USE_128X128_SUPERBLOCK ENABLE_FILTER_INTRA ENABLE_INTRA_EDGE_FILTER",
				"ENABLE_INTERINTRA_COMPOUND ENABLE_MASKED_COMPOUND ENABLE_WARPED_MOTION ENABLE_DUAL_FILTER",
				"ENABLE_ORDER_HINT ENABLE_JNT_COMP ENABLE_REF_FRAME_MVS ENABLE_SUPERRES ENABLE_CDEF",
				"ENABLE_RESTORATION MONO_CHROME COLOR_RANGE SUBSAMPLING_X SUBSAMPLING_Y",
				"FILM_GRAIN_PARAMS_PRESENT SEPARATE_UV_DELTA_Q",
			].join(" "),
		),
		...flags("V4L2_AV1_GLOBAL_MOTION_FLAG_", "IS_GLOBAL IS_ROT_ZOOM IS_TRANSLATION"),
		...flags("V4L2_AV1_LOOP_RESTORATION_FLAG_", "USES_LR USES_CHROMA_LR"),
		...flags(
			"V4L2_AV1_SEGMENTATION_FLAG_",
			"ENABLED UPDATE_MAP TEMPORAL_UPDATE UPDATE_DATA SEG_ID_PRE_SKIP",
		),
		...flags("V4L2_AV1_LOOP_FILTER_FLAG_", "DELTA_ENABLED DELTA_UPDATE DELTA_LF_PRESENT DELTA_LF_MULTI"),
		...flags("V4L2_AV1_QUANTIZATION_FLAG_", "DIFF_UV_DELTA USING_QMATRIX DELTA_Q_PRESENT"),
		...flags("V4L2_AV1_TILE_INFO_FLAG_", "UNIFORM_TILE_SPACING"),
		...flags(
			"V4L2_AV1_FRAME_FLAG_",
			[
				"SHOW_FRAME SHOWABLE_FRAME ERROR_RESILIENT_MODE DISABLE_CDF_UPDATE ALLOW_SCREEN_CONTENT_TOOLS",
				"FORCE_INTEGER_MV ALLOW_INTRABC USE_SUPERRES ALLOW_HIGH_PRECISION_MV IS_MOTION_MODE_SWITCHABLE",
				"USE_REF_FRAME_MVS DISABLE_FRAME_END_UPDATE_CDF ALLOW_WARPED_MOTION REFERENCE_SELECT",
				"REDUCED_TX_SET SKIP_MODE_ALLOWED SKIP_MODE_PRESENT FRAME_SIZE_OVERRIDE",
				"BUFFER_REMOVAL_TIME_PRESENT FRAME_REFS_SHORT_SIGNALING",
			].join(" "),
		),
		...flags(
			"V4L2_AV1_FILM_GRAIN_FLAG_",
			"APPLY_GRAIN UPDATE_GRAIN CHROMA_SCALING_FROM_LUMA OVERLAP CLIP_TO_RESTRICTED_RANGE",
		),
	},
};

export const newer: Newer[] = [
	{
		since: "VA-API 1.18",
		file: "va",
		known: "VA_CHECK_VERSION(1, 18, 0)",
		enumerators: { VAProfileH264High10: 36 },
	},
	{
		since: "VA-API 1.21",
		file: "va",
		known: "VA_CHECK_VERSION(1, 21, 0)",
		enumerators: { VASurfaceAttribAlignmentSize: 10 },
		macros: { VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_3: 0x08000000 },
	},
	{
		since: "VA-API 1.23",
		file: "va",
		known: "VA_CHECK_VERSION(1, 23, 0)",
		enumerators: { VAProfileAV1Profile2: 39, VAProfileH264High422: 40 },
	},
	{ since: "VA-API 1.24", file: "va", macros: { VA_PICTURE_H264_NON_EXISTING: 0x20 } },
	{
		since: "Linux 6.6 and 6.1.53", // num_delta_pocs_of_ref_rps_idx
		file: "v4l2",
		known: [
			"LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)",
			"(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 53) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0))",
		].join(" || "),
		grown: {
			v4l2_ctrl_hevc_decode_params: [
				"s32 pic_order_cnt_val; u16 short_term_ref_pic_set_size, long_term_ref_pic_set_size",
				"u8 num_active_dpb_entries, num_poc_st_curr_before, num_poc_st_curr_after, num_poc_lt_curr",
				"u8 poc_st_curr_before[16], poc_st_curr_after[16], poc_lt_curr[16]",
				"u8 num_delta_pocs_of_ref_rps_idx, reserved[3]; struct v4l2_hevc_dpb_entry dpb[16]; u64 flags",
			].join("; "),
		},
	},
	av1,
	{ since: "Linux 6.5", file: "v4l2", macros: { V4L2_PIX_FMT_NV15_4L4: fourcc("VT15") } },
	{
		since: "Linux 6.6",
		file: "v4l2",
		macros: { V4L2_PIX_FMT_MT2110T: fourcc("MT2T"), V4L2_PIX_FMT_MT2110R: fourcc("MT2R") },
	},
	{
		since: "Linux 6.16",
		file: "v4l2",
		macros: { V4L2_PIX_FMT_NV15: fourcc("NV15"), V4L2_PIX_FMT_NV20: fourcc("NV20") },
	},
	{
		since: "Linux 7.0",
		file: "v4l2",
		known: "defined(V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS)",
		enumerators: {
			V4L2_CTRL_TYPE_HEVC_EXT_SPS_ST_RPS: 0x275,
			V4L2_CTRL_TYPE_HEVC_EXT_SPS_LT_RPS: 0x276,
		},
		structs: {
			v4l2_ctrl_hevc_ext_sps_st_rps: [
				"u8 delta_idx_minus1, delta_rps_sign, num_negative_pics, num_positive_pics",
				"u32 used_by_curr_pic, use_delta_flag",
				"u16 abs_delta_rps_minus1, delta_poc_s0_minus1[16], delta_poc_s1_minus1[16], flags",
			].join("; "),
			v4l2_ctrl_hevc_ext_sps_lt_rps: "u16 lt_ref_pic_poc_lsb_sps, flags",
		},
		macros: {
			V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS: stateless(408),
			V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS: stateless(409),
			V4L2_HEVC_EXT_SPS_ST_RPS_FLAG_INTER_REF_PIC_SET_PRED: 1,
			V4L2_HEVC_EXT_SPS_LT_RPS_FLAG_USED_LT: 1,
		},
	},
	{
		since: "the Raspberry Pi's Linux",
		file: "v4l2",
		macros: {
			V4L2_PIX_FMT_NV12_COL128: fourcc("NC12"),
			V4L2_PIX_FMT_NV12_10_COL128: fourcc("NC30"),
		},
	},
];

/** All names of a module's facts that table.ts takes. */
export function newerNames(file: string): string[] {
	return newer
		.filter((entry) => entry.file === file)
		.flatMap(({ enumerators, structs, grown, macros }) => [enumerators, structs, grown, macros])
		.flatMap((each) => Object.keys(each ?? {}));
}

/** The tag of a grown struct, where the headers have fewer fields. In C a macro of the struct's own name leads to it. */
export const wholeName = (struct: string): string => `${struct}_newer`;

/** A module's facts as C, each where the headers before it lack the thing. */
export function declarations(file: string): string[] {
	return newer
		.filter((entry) => entry.file === file)
		.flatMap(({ since, known, enumerators = {}, structs = {}, grown = {}, macros = {} }) => {
			const values = Object.entries(enumerators).map(([name, value]) => `\t${name} = ${value},\n`);
			const declared = [
				...(values.length ? [`enum {\n${values.join("")}};`] : []),
				...Object.entries(structs).map(([name, fields]) => structDeclaration(name, fields)),
				...Object.entries(grown).flatMap(([name, fields]) => [
					`#define ${name} ${wholeName(name)}`,
					structDeclaration(name, fields),
				]),
			];
			return [
				"",
				`/* ${since} */`,
				...(declared.length ? [`#if !(${known})`, ...declared, "#endif"] : []),
				...Object.entries(macros).flatMap(([name, value]) => [
					`#ifndef ${name}`,
					`#define ${name} 0x${value.toString(16)}`,
					"#endif",
				]),
			];
		});
}

function structDeclaration(name: string, fields: string): string {
	const members = fields.replace(/\b([us])(8|16|32|64) /g, "__$1$2 ").split("; ");
	return `struct ${name} {\n${members.map((member) => `\t${member};\n`).join("")}};`;
}
