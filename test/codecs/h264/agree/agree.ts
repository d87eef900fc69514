// SPDX-License-Identifier: MIT
// H.264: what v4l2slh264dec and the driver tell a decoder, in terms that do not depend on the client.

import type { AgreeCodec, Mode, NamePicture } from "../../../kernel/agree/codec.ts";
import { type Fields, put, putStruct, readField } from "../../../kernel/agree/fields.ts";
import type { Job } from "../../../kernel/agree/record.ts";
import { constants, structs } from "../../../support/abi.ts";
import { flip, nalJobs } from "../../nal-agree.ts";
import { h264Rules, h264Unfinished } from "./rules.ts";

const DPB_ENTRY = "v4l2_h264_dpb_entry";
const DECODE_PARAMS = "v4l2_ctrl_h264_decode_params";
const SLICE_PARAMS = "v4l2_ctrl_h264_slice_params";
const REFERENCE = "v4l2_h264_reference";
const WEIGHT_FACTORS = "v4l2_h264_weight_factors";

const { frame, slice, essence, control, putOutput } = nalJobs("H264");

/** The DPB, each entry by what the specification calls it. Gives what each index names. */
function putDpb(fields: Fields, params: Buffer, picture: NamePicture): (string | null)[] {
	const { offset, strides, dims } = structs[DECODE_PARAMS].fields.dpb;
	const named: (string | null)[] = [];
	for (let i = 0; i < dims[0]; i++) {
		const base = offset + i * strides[0];
		const flags = Number(readField(DPB_ENTRY, "flags", params, base));
		if (!(flags & constants.V4L2_H264_DPB_ENTRY_FLAG_VALID)) {
			named.push(null);
			continue;
		}
		const kind = flags & constants.V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM ? "long-term" : "short-term";
		let key = `decode_params.dpb[${kind} ${readField(DPB_ENTRY, "frame_num", params, base)}]`;
		while (fields.has(key)) key = `${key.slice(0, -1)} again]`;
		const name = picture(readField(DPB_ENTRY, "reference_ts", params, base) as bigint);
		put(fields, "decode_params.dpb[]", "present", key);
		put(fields, "decode_params.dpb[].reference_ts", name, `${key}.reference_ts`);
		putStruct(fields, DPB_ENTRY, "decode_params.dpb[]", params, {
			base,
			key,
			bits: "V4L2_H264_DPB_ENTRY_FLAG_",
			leave: ["reference_ts"],
		});
		named.push(name);
	}
	return named;
}

function putList(fields: Fields, params: Buffer, list: 0 | 1, count: number, dpb: (string | null)[]): void {
	const name = `ref_pic_list${list}`;
	const { offset, strides, dims } = structs[SLICE_PARAMS].fields[name];
	const beyond: string[] = [];
	for (let i = 0; i < dims[0]; i++) {
		const base = offset + i * strides[0];
		const index = Number(readField(REFERENCE, "index", params, base));
		const parity = Number(readField(REFERENCE, "fields", params, base));
		if (i >= count) {
			beyond.push(`${index}/${parity}`);
			continue;
		}
		const key = `slice_params.${name}[${i}]`;
		const named = dpb[index] ?? `no entry (${index})`;
		put(fields, `slice_params.${name}[].index`, named, `${key}.index`);
		put(fields, `slice_params.${name}[].fields`, parity, `${key}.fields`);
	}
	put(fields, `slice_params.${name} (unused)`, beyond.join(" "));
}

/** How many entries of a list the slice uses: none of those that its type does not have. */
function listLength(params: Buffer, list: 0 | 1): number {
	const type = readField(SLICE_PARAMS, "slice_type", params);
	const has =
		type === constants.V4L2_H264_SLICE_TYPE_B ||
		(list === 0 &&
			(type === constants.V4L2_H264_SLICE_TYPE_P || type === constants.V4L2_H264_SLICE_TYPE_SP));
	return has ? Number(readField(SLICE_PARAMS, `num_ref_idx_l${list}_active_minus1`, params)) + 1 : 0;
}

function putSlice(fields: Fields, job: Job, dpb: (string | null)[]): void {
	const params = control(job, "SLICE_PARAMS");
	putStruct(fields, SLICE_PARAMS, "slice_params", params, { bits: "V4L2_H264_SLICE_FLAG_" });
	for (const list of [0, 1] as const) putList(fields, params, list, listLength(params, list), dpb);
	if (weightsRequired(control(job, "PPS"), params)) putWeights(fields, job, params);
}

/** V4L2_H264_CTRL_PRED_WEIGHTS_REQUIRED: otherwise no decoder looks at them. */
function weightsRequired(pps: Buffer, params: Buffer): boolean {
	const type = readField(SLICE_PARAMS, "slice_type", params);
	if (type === constants.V4L2_H264_SLICE_TYPE_B)
		return readField("v4l2_ctrl_h264_pps", "weighted_bipred_idc", pps) === 1;
	if (type !== constants.V4L2_H264_SLICE_TYPE_P && type !== constants.V4L2_H264_SLICE_TYPE_SP) return false;
	const flags = Number(readField("v4l2_ctrl_h264_pps", "flags", pps));
	return (flags & constants.V4L2_H264_PPS_FLAG_WEIGHTED_PRED) !== 0;
}

function putWeights(fields: Fields, job: Job, params: Buffer): void {
	const weights = control(job, "PRED_WEIGHTS");
	putStruct(fields, "v4l2_ctrl_h264_pred_weights", "pred_weights", weights);
	const { offset, strides } = structs.v4l2_ctrl_h264_pred_weights.fields.weight_factors;
	for (const list of [0, 1] as const) {
		const base = offset + list * strides[0];
		const count = listLength(params, list);
		for (const [name, field] of Object.entries(structs[WEIGHT_FACTORS].fields)) {
			const values = String(readField(WEIGHT_FACTORS, name, weights, base)).split(" ");
			const each = field.dims.slice(1).reduce((a, b) => a * b, 1);
			const prefix = `pred_weights.weight_factors[${list}].${name}`;
			put(fields, prefix, values.slice(0, count * each).join(" "));
			put(fields, `${prefix} (unused)`, values.slice(count * each).join(" "));
		}
	}
}

function putScalingMatrix(fields: Fields, job: Job): void {
	const matrix = control(job, "SCALING_MATRIX");
	for (const [name, field] of Object.entries(structs.v4l2_ctrl_h264_scaling_matrix.fields)) {
		for (let i = 0; i < field.dims[0]; i++) {
			const start = field.offset + i * field.strides[0];
			const list = matrix.subarray(start, start + field.strides[0]);
			// Lists of Cb and Cr, 8x8: for 4:4:4 alone (8.5.9).
			const key = name === "scaling_list_8x8" && i >= 2 ? `${name}[2..5]` : `${name}[${i}]`;
			put(fields, `scaling_matrix.${key}`, [...list].join(" "), `scaling_matrix.${name}[${i}]`);
		}
	}
}

function describe(job: Job, mode: Mode, picture: NamePicture): Fields {
	const fields: Fields = new Map();
	put(fields, "buffer.timestamp", picture(job.timestamp));
	putOutput(fields, job, mode);
	putStruct(fields, "v4l2_ctrl_h264_sps", "sps", control(job, "SPS"), { bits: "V4L2_H264_SPS_FLAG_" });
	putStruct(fields, "v4l2_ctrl_h264_pps", "pps", control(job, "PPS"), { bits: "V4L2_H264_PPS_FLAG_" });
	if (fields.get("pps.flags:SCALING_MATRIX_PRESENT")?.value === 1) putScalingMatrix(fields, job);
	const params = control(job, "DECODE_PARAMS");
	putStruct(fields, DECODE_PARAMS, "decode_params", params, { bits: "V4L2_H264_DECODE_PARAM_FLAG_" });
	const dpb = putDpb(fields, params, picture);
	if (mode === slice) putSlice(fields, job, dpb);
	return fields;
}

export const h264Agree: AgreeCodec = {
	published: "H.264",
	modes: [frame, slice],
	essence,
	describe,
	rules: h264Rules,
	unfinished: h264Unfinished,
	// Several slices, field pairs, references that vanish field by field, gaps, scaling lists.
	sample: ["multi-slice", "paff-b-temporal", "long-term-fields", "gaps", "high-cqm-custom"],
	flips: [
		flip("sps", "v4l2_ctrl_h264_sps", "max_num_ref_frames", "sps.max_num_ref_frames"),
		flip("sps", "v4l2_ctrl_h264_sps", "level_idc", "sps.level_idc"),
		flip("pps", "v4l2_ctrl_h264_pps", "pic_init_qp_minus26", "pps.pic_init_qp_minus26"),
		flip("pps", "v4l2_ctrl_h264_pps", "seq_parameter_set_id", "pps.seq_parameter_set_id"),
		flip("slice_params", SLICE_PARAMS, "slice_qp_delta", "slice_params.slice_qp_delta"),
		flip("slice_params", SLICE_PARAMS, "ref_pic_list0", "slice_params.ref_pic_list0[].fields"),
		flip("decode_params", DPB_ENTRY, "reference_ts", "decode_params.dpb[].reference_ts"),
		flip("decode_params", DPB_ENTRY, "top_field_order_cnt", "decode_params.dpb[].top_field_order_cnt"),
		flip("decode_params", DECODE_PARAMS, "idr_pic_id", "decode_params.idr_pic_id"),
	],
	traced: ["sps", "pps", "decode_params", "slice_params"],
};
