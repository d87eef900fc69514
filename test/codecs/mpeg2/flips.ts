// SPDX-License-Identifier: MIT
// How the fields of MPEG-2's controls are flipped.
import { join } from "node:path";
import type { Flips } from "../codec.ts";

export const mpeg2Flips: Flips = {
	// Those that need many fields first.
	clips: [
		"concealment",
		"dual-prime",
		"fields-b-bottom",
		"fields-p",
		"interlaced",
		"matrices-changed",
		"repeated-fields",
		"odd",
		"closed-gop",
	],
	flagPrefixes: {
		"sequence.flags": "V4L2_MPEG2_SEQ_FLAG_",
		"picture.flags": "V4L2_MPEG2_PIC_FLAG_",
	},
	special: {
		// One macroblock more or less; a bit less may mean nothing.
		"sequence.horizontal_size": [16n],
		"sequence.vertical_size": [16n, 32n],
		// The lowest bit makes 4:2:0 what v4l2-ctrls refuses.
		"sequence.chroma_format": [3n],
		"picture.picture_coding_type": [3n, 1n],
		"picture.picture_structure": [1n, 2n],
	},
	// The first value of an intra matrix is 8 in each stream, so the one behind it, too; every vector size.
	elements(field, dims) {
		if (field === "picture.f_code")
			return [
				[0, 0],
				[0, 1],
				[1, 0],
				[1, 1],
			];
		if (field.startsWith("quantisation.")) return [[0], [1]];
		return [dims.map(() => 0)];
	},
	exceptions: join(import.meta.dirname, "exceptions.tsv"),
};
