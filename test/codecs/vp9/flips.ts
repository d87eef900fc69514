// SPDX-License-Identifier: MIT
// How the fields of VP9's controls are flipped.
import { join } from "node:path";
import type { Flips } from "../codec.ts";

export const vp9Flips: Flips = {
	// Those that need many fields first.
	clips: [
		"altref",
		"segment-map",
		"updates",
		"references",
		"filter-deltas",
		"contexts",
		"intra-only",
		"tiles",
		"lossless",
		"odd",
	],
	flagPrefixes: {
		"frame.lf.flags": "V4L2_VP9_LOOP_FILTER_FLAG_",
		"frame.seg.flags": "V4L2_VP9_SEGMENTATION_FLAG_",
		"frame.flags": "V4L2_VP9_FRAME_FLAG_",
	},
	special: {
		// Another picture, where one has that timestamp; none.
		"frame.last_frame_ts": [0x400n, 1n],
		"frame.golden_frame_ts": [0x400n, 1n],
		"frame.alt_frame_ts": [0x400n, 1n],
		// A block more or less.
		"frame.frame_width_minus_1": [8n, 1n],
		"frame.frame_height_minus_1": [8n, 1n],
	},
	// The first of everything; of coefficients one of each kind of block.
	elements(field, dims) {
		if (field.endsWith("reserved")) return []; // the kernel sets it to 0
		if (field === "compressed_hdr.coef")
			return [0, 1, 2, 3].flatMap((size) => [
				[size, 0, 0, 0, 0, 0],
				[size, 1, 1, 5, 5, 2],
			]);
		return [dims.map(() => 0)];
	},
	exceptions: join(import.meta.dirname, "exceptions.tsv"),
};
