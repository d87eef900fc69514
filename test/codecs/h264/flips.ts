// SPDX-License-Identifier: MIT
// How the fields of H.264's controls are flipped.
import { join } from "node:path";
import type { Flips } from "../codec.ts";

export const h264Flips: Flips = {
	// Those that need many fields first.
	clips: [
		"paff-b-temporal",
		"mbaff-cabac",
		"long-term-fields",
		"explicit-b",
		"main-temporal",
		"weighted-p",
		"parameter-sets",
		"long-term-frames",
		"high-cqm-custom",
		"scaling-fallback",
		"multi-slice",
		"poc1",
		"poc1-fields",
		"gaps",
		"mixed-fields",
		"constrained-intra",
		"multi-slice-cavlc",
		"high-cqm-jvt",
		"paff-b-spatial",
		"mono",
	],
	flagPrefixes: {
		"sps.flags": "V4L2_H264_SPS_FLAG_",
		"pps.flags": "V4L2_H264_PPS_FLAG_",
		"decode_params.flags": "V4L2_H264_DECODE_PARAM_FLAG_",
		"decode_params.dpb[0].flags": "V4L2_H264_DPB_ENTRY_FLAG_",
		"slice_params.flags": "V4L2_H264_SLICE_FLAG_",
	},
	// profile_idc Main <-> Baseline, nal_ref_idc between zero and not, a reference's parity, the sign of a picture order count.
	special: {
		"sps.profile_idc": [0x0fn, 0x29n, 0x26n],
		"sps.level_idc": [0x01n, 0x08n],
		"decode_params.nal_ref_idc": [2n, 1n, 3n],
		"decode_params.dpb[0].fields": [3n, 1n, 2n],
		"slice_params.ref_pic_list0[0].fields": [3n, 1n, 2n],
		"slice_params.ref_pic_list1[0].fields": [3n, 1n, 2n],
		"slice_params.slice_type": [1n, 2n, 3n],
		"decode_params.dpb[0].reference_ts": [0x400n, 1n],
	},
	// Each scaling list once, the first of everything else.
	elements(field, dims) {
		if (dims.length === 0) return [[]];
		if (field.startsWith("scaling_matrix.")) return Array.from({ length: dims[0] }, (_, i) => [i, 0]);
		if (field === "pred_weights.weight_factors") return [[0], [1]];
		if (/_weight$|_offset$/.test(field) && dims.length === 2)
			return [
				[0, 0],
				[0, 1],
			];
		return [dims.map(() => 0)];
	},
	exceptions: join(import.meta.dirname, "exceptions.tsv"),
};
