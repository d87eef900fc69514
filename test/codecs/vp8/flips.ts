// SPDX-License-Identifier: MIT
// How the fields of VP8's control are flipped.
import { join } from "node:path";
import type { Flips } from "../codec.ts";

/** Every element of an array of these lengths. */
function all(dims: number[]): number[][] {
	if (dims.length === 0) return [[]];
	const [length, ...rest] = dims;
	return Array.from({ length }, (_, i) => all(rest).map((index) => [i, ...index])).flat();
}

export const vp8Flips: Flips = {
	// Those that need many fields first.
	clips: ["denoised", "segments", "altref", "partitions8", "version3", "version1", "odd"],
	flagPrefixes: {
		"frame.segment.flags": "V4L2_VP8_SEGMENT_FLAG_",
		"frame.lf.flags": "V4L2_VP8_LF_",
		"frame.flags": "V4L2_VP8_FRAME_FLAG_",
	},
	special: {
		// Other numbers that there may be: 1 <-> 2, 8 <-> 4.
		"frame.num_dct_parts": [3n, 12n],
		// Another picture, where one has that timestamp; none.
		"frame.last_frame_ts": [0x400n, 1n],
		"frame.golden_frame_ts": [0x400n, 1n],
		"frame.alt_frame_ts": [0x400n, 1n],
	},
	// Of the coefficients' probabilities the first and the last of each block type, of each vector component those of each kind.
	elements(field, dims) {
		if (field.endsWith(".padding")) return []; // the kernel sets it to 0
		if (field === "frame.entropy.coeff_probs")
			return [0, 1, 2, 3].flatMap((type) => [
				[type, 0, 0, 0],
				[type, 7, 2, 10],
			]);
		if (field === "frame.entropy.mv_probs")
			// RFC 6386 17.2: is_short, sign, short (7), long (10)
			return [0, 1].flatMap((axis) => [0, 1, 2, 9].map((kind) => [axis, kind]));
		return all(dims);
	},
	exceptions: join(import.meta.dirname, "exceptions.tsv"),
};
