// SPDX-License-Identifier: MIT
// HEVC: what v4l2slh265dec and the driver tell a decoder, in terms that do not depend on the client.

import type { AgreeCodec, Mode, NamePicture } from "../../../kernel/agree/codec.ts";
import { type Fields, put, putStruct, readField } from "../../../kernel/agree/fields.ts";
import type { Job } from "../../../kernel/agree/record.ts";
import { constants, structs } from "../../../support/abi.ts";
import { flip, nalJobs } from "../../nal-agree.ts";
import { hevcRules, hevcUnfinished } from "./rules.ts";

const SPS = "v4l2_ctrl_hevc_sps";
const PPS = "v4l2_ctrl_hevc_pps";
const SCALING_MATRIX = "v4l2_ctrl_hevc_scaling_matrix";
const SLICE_PARAMS = "v4l2_ctrl_hevc_slice_params";
const DECODE_PARAMS = "v4l2_ctrl_hevc_decode_params";
const DPB_ENTRY = "v4l2_hevc_dpb_entry";
const WEIGHTS = "v4l2_hevc_pred_weight_table";

const { frame, slice, essence, control, putOutput } = nalJobs("HEVC");

/** An array of which the first `count` elements, of so many values each, mean something: these, and the others. */
function putArray(fields: Fields, names: { name: string; key: string }, values: string, used: number): void {
	const elements = values.split(" ");
	put(fields, names.name, elements.slice(0, used).join(" "), names.key);
	put(fields, `${names.name} (unused)`, elements.slice(used).join(" "), `${names.key} (unused)`);
}

function putPps(fields: Fields, pps: Buffer): void {
	const sizes = ["column_width_minus1", "row_height_minus1"];
	putStruct(fields, PPS, "pps", pps, { bits: "V4L2_HEVC_PPS_FLAG_", leave: sizes });
	const tiles = fields.get("pps.flags:TILES_ENABLED")?.value === 1;
	for (const [name, count] of [
		["column_width_minus1", "num_tile_columns_minus1"],
		["row_height_minus1", "num_tile_rows_minus1"],
	]) {
		const names = { name: `pps.${name}`, key: `pps.${name}` };
		const used = tiles ? Number(readField(PPS, count, pps)) + 1 : 0;
		putArray(fields, names, String(readField(PPS, name, pps)), used);
	}
}

function putScalingMatrix(fields: Fields, matrix: Buffer): void {
	for (const [name, field] of Object.entries(structs[SCALING_MATRIX].fields)) {
		for (let i = 0; i < field.dims[0]; i++) {
			const start = field.offset + i * field.strides[0];
			const list = matrix.subarray(start, start + field.strides[0]);
			put(fields, `scaling_matrix.${name}`, [...list].join(" "), `scaling_matrix.${name}[${i}]`);
		}
	}
}

/** The DPB, each entry by its picture order count. Gives what each index names. */
function putDpb(fields: Fields, params: Buffer, picture: NamePicture): (string | null)[] {
	const { offset, strides } = structs[DECODE_PARAMS].fields.dpb;
	const named: (string | null)[] = [];
	const active = Number(readField(DECODE_PARAMS, "num_active_dpb_entries", params));
	for (let i = 0; i < active; i++) {
		const base = offset + i * strides[0];
		let key = `decode_params.dpb[${readField(DPB_ENTRY, "pic_order_cnt_val", params, base)}]`;
		while (fields.has(key)) key = `${key.slice(0, -1)} again]`;
		const name = picture(readField(DPB_ENTRY, "timestamp", params, base) as bigint);
		put(fields, "decode_params.dpb[]", "present", key);
		put(fields, "decode_params.dpb[].timestamp", name, `${key}.timestamp`);
		putStruct(fields, DPB_ENTRY, "decode_params.dpb[]", params, {
			base,
			key,
			bits: "V4L2_HEVC_DPB_ENTRY_",
			leave: ["timestamp"],
		});
		named.push(name);
	}
	return named;
}

/** A set or list of indices in the DPB, by what they name. */
function putIndices(
	fields: Fields,
	names: { name: string; key: string },
	indices: string,
	used: number,
	dpb: (string | null)[],
): void {
	const each = indices.split(" ");
	for (let i = 0; i < used; i++) {
		const named = dpb[Number(each[i])] ?? `no entry (${each[i]})`;
		put(fields, `${names.name}[]`, named, `${names.key}[${i}]`);
	}
	put(fields, `${names.name} (unused)`, each.slice(used).join(" "), `${names.key} (unused)`);
}

function putDecodeParams(fields: Fields, params: Buffer, picture: NamePicture): (string | null)[] {
	const sets = ["poc_st_curr_before", "poc_st_curr_after", "poc_lt_curr"];
	putStruct(fields, DECODE_PARAMS, "decode_params", params, {
		bits: "V4L2_HEVC_DECODE_PARAM_FLAG_",
		leave: sets,
	});
	const dpb = putDpb(fields, params, picture);
	for (const set of sets) {
		const names = { name: `decode_params.${set}`, key: `decode_params.${set}` };
		const used = Number(readField(DECODE_PARAMS, `num_${set}`, params));
		putIndices(fields, names, String(readField(DECODE_PARAMS, set, params)), used, dpb);
	}
	return dpb;
}

/** How many entries of a list the slice uses: none of those that its type does not have. */
function listLength(type: number, params: Buffer, base: number, list: 0 | 1): number {
	const has =
		type === constants.V4L2_HEVC_SLICE_TYPE_B ||
		(list === 0 && type === constants.V4L2_HEVC_SLICE_TYPE_P);
	return has ? Number(readField(SLICE_PARAMS, `num_ref_idx_l${list}_active_minus1`, params, base)) + 1 : 0;
}

/** Whether a slice of this type has a pred_weight_table() (7.3.6.1): otherwise no decoder looks at it. */
function hasWeights(type: number, fields: Fields): boolean {
	if (type === constants.V4L2_HEVC_SLICE_TYPE_P) return fields.get("pps.flags:WEIGHTED_PRED")?.value === 1;
	return type === constants.V4L2_HEVC_SLICE_TYPE_B && fields.get("pps.flags:WEIGHTED_BIPRED")?.value === 1;
}

function putWeights(fields: Fields, key: string, params: Buffer, base: number, counts: number[]): void {
	const at = base + structs[SLICE_PARAMS].fields.pred_weight_table.offset;
	for (const [name, field] of Object.entries(structs[WEIGHTS].fields)) {
		const names = {
			name: `slice_params.pred_weight_table.${name}`,
			key: `${key}.pred_weight_table.${name}`,
		};
		const values = String(readField(WEIGHTS, name, params, at));
		const each = field.dims.slice(1).reduce((a, b) => a * b, 1);
		if (field.dims.length === 0) put(fields, names.name, values, names.key);
		else putArray(fields, names, values, each * counts[name.endsWith("l1") ? 1 : 0]);
	}
}

function putSlices(fields: Fields, job: Job, dpb: (string | null)[]): void {
	const params = control(job, "SLICE_PARAMS");
	const { size } = structs[SLICE_PARAMS];
	put(fields, "slice_params", params.length / size);
	let points = 0;
	for (let base = 0; base < params.length; base += size) {
		const key = `slice_params[${base / size}]`;
		putStruct(fields, SLICE_PARAMS, "slice_params", params, {
			base,
			key,
			bits: "V4L2_HEVC_SLICE_PARAMS_FLAG_",
			leave: ["ref_idx_l0", "ref_idx_l1"],
		});
		const type = Number(readField(SLICE_PARAMS, "slice_type", params, base));
		const counts = ([0, 1] as const).map((list) => listLength(type, params, base, list));
		for (const [list, count] of counts.entries()) {
			const names = { name: `slice_params.ref_idx_l${list}`, key: `${key}.ref_idx_l${list}` };
			putIndices(
				fields,
				names,
				String(readField(SLICE_PARAMS, `ref_idx_l${list}`, params, base)),
				count,
				dpb,
			);
		}
		if (hasWeights(type, fields)) putWeights(fields, key, params, base, counts);
		points = putEntryPoints(fields, job, key, points);
	}
}

/** The entry points of a slice, which are behind those of the slices before it. Gives where the next one's are. */
function putEntryPoints(fields: Fields, job: Job, key: string, from: number): number {
	const count = Number(fields.get(`${key}.num_entry_point_offsets`)?.value);
	const bytes = job.controls.get(constants.V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS);
	const offsets: (number | string)[] = [];
	for (let i = from; i < from + count; i++)
		offsets.push(bytes && 4 * i < bytes.length ? bytes.readUInt32LE(4 * i) : "missing");
	put(fields, "entry_point_offsets", offsets.join(" "), `${key}.entry_point_offsets`);
	return from + count;
}

function describe(job: Job, mode: Mode, picture: NamePicture): Fields {
	const fields: Fields = new Map();
	put(fields, "buffer.timestamp", picture(job.timestamp));
	putOutput(fields, job, mode);
	putStruct(fields, SPS, "sps", control(job, "SPS"), { bits: "V4L2_HEVC_SPS_FLAG_" });
	putPps(fields, control(job, "PPS"));
	if (fields.get("sps.flags:SCALING_LIST_ENABLED")?.value === 1)
		putScalingMatrix(fields, control(job, "SCALING_MATRIX"));
	const dpb = putDecodeParams(fields, control(job, "DECODE_PARAMS"), picture);
	putSlices(fields, job, dpb);
	return fields;
}

export const hevcAgree: AgreeCodec = {
	published: "H.265",
	modes: [frame, slice],
	essence,
	describe,
	rules: hevcRules,
	unfinished: hevcUnfinished,
	// Weights of each slice, tiles and dependent segments, entry points, long-term references, predicted sets, scaling lists, every flag of a picture.
	sample: [
		"weights",
		"tiles-segments",
		"wpp-segments",
		"long-term",
		"sets-in-sps",
		"lists-predicted",
		"no-output",
	],
	flips: [
		flip("sps", SPS, "num_short_term_ref_pic_sets", "sps.num_short_term_ref_pic_sets"),
		flip("sps", SPS, "sps_max_latency_increase_plus1", "sps.sps_max_latency_increase_plus1"),
		flip("pps", PPS, "init_qp_minus26", "pps.init_qp_minus26"),
		flip("pps", PPS, "flags", "pps.flags:DEPENDENT_SLICE_SEGMENT_ENABLED"),
		flip("slice_params", SLICE_PARAMS, "bit_size", "slice_params.bit_size"),
		flip("slice_params", SLICE_PARAMS, "data_byte_offset", "slice_params.data_byte_offset"),
		flip("slice_params", SLICE_PARAMS, "num_entry_point_offsets", "slice_params.num_entry_point_offsets"),
		flip("slice_params", SLICE_PARAMS, "ref_idx_l0", "slice_params.ref_idx_l0[]"),
		flip(
			"slice_params",
			SLICE_PARAMS,
			"pred_weight_table",
			"slice_params.pred_weight_table.delta_luma_weight_l0",
		),
		flip("decode_params", DECODE_PARAMS, "pic_order_cnt_val", "decode_params.pic_order_cnt_val"),
		flip("decode_params", DECODE_PARAMS, "poc_st_curr_before", "decode_params.poc_st_curr_before[]"),
		flip("decode_params", DECODE_PARAMS, "dpb", "decode_params.dpb[].timestamp"),
	],
	traced: ["sps", "pps", "decode_params", "slice_params"],
};
