// SPDX-License-Identifier: MIT
// How the fields of HEVC's controls are flipped.
import { join } from "node:path";
import type { Flips } from "../codec.ts";

export const hevcFlips: Flips = {
	// Those that need many fields first.
	clips: [
		"weighted",
		"pyramid",
		"wpp",
		"slices",
		"scaling-lists",
		"transform-skip",
		"closed-gop",
		"no-filters",
		"lossless",
		"min-cu16",
		"temporal-layers",
		"pcm",
		"tiles",
		"long-term",
		"sets-in-sps",
		"lists-predicted",
		"largest-transforms",
		"headers",
	],
	flagPrefixes: {
		"sps.flags": "V4L2_HEVC_SPS_FLAG_",
		"pps.flags": "V4L2_HEVC_PPS_FLAG_",
		"decode_params.flags": "V4L2_HEVC_DECODE_PARAM_FLAG_",
		"decode_params.dpb[0].flags": "V4L2_HEVC_DPB_ENTRY_",
		"slice_params.flags": "V4L2_HEVC_SLICE_PARAMS_FLAG_",
	},
	special: {
		// A coding block more or less.
		"sps.pic_width_in_luma_samples": [8n, 16n],
		"sps.pic_height_in_luma_samples": [8n, 16n],
		"decode_params.dpb[0].timestamp": [0x400n, 1n],
		"slice_params.slice_type": [1n, 2n, 3n],
	},
	// Each scaling list once, the first of everything else.
	elements(field, dims) {
		if (dims.length === 0) return [[]];
		if (field.startsWith("scaling_matrix."))
			return Array.from({ length: dims[0] }, (_, i) => (dims.length === 1 ? [i] : [i, 0]));
		if (/_weight_l[01]$|chroma_offset_l[01]$/.test(field) && dims.length === 2)
			return [
				[0, 0],
				[0, 1],
			];
		return [dims.map(() => 0)];
	},
	exceptions: join(import.meta.dirname, "exceptions.tsv"),
};
