// SPDX-License-Identifier: MIT
// How the fields of AV1's controls are flipped.
import { join } from "node:path";
import type { Flips } from "../codec.ts";

/** Of arrays with a place for each name of a reference, the first that there is: 0 is the frame itself. */
const NAMED = /^frame\.(order_hints|global_motion\.(flags|type))$/;

export const av1Flips: Flips = {
	// Those that need many fields first.
	clips: [
		"altref",
		"references",
		"grain-hidden",
		"motion",
		"segments",
		"tiles",
		"restoration",
		"cyclic",
		"delta-q",
		"matrices",
		"superres",
		"screen",
		"grain-luma",
		"grain",
		"lossless",
		"superblocks",
		"order",
		"filter-deltas",
		"switch",
		"tile-sizes",
		"odd",
	],
	flagPrefixes: {
		"sequence.flags": "V4L2_AV1_SEQUENCE_FLAG_",
		"frame.flags": "V4L2_AV1_FRAME_FLAG_",
		"frame.tile_info.flags": "V4L2_AV1_TILE_INFO_FLAG_",
		"frame.quantization.flags": "V4L2_AV1_QUANTIZATION_FLAG_",
		"frame.segmentation.flags": "V4L2_AV1_SEGMENTATION_FLAG_",
		"frame.loop_filter.flags": "V4L2_AV1_LOOP_FILTER_FLAG_",
		"frame.loop_restoration.flags": "V4L2_AV1_LOOP_RESTORATION_FLAG_",
		"frame.global_motion.flags[1]": "V4L2_AV1_GLOBAL_MOTION_FLAG_",
		"film_grain.flags": "V4L2_AV1_FILM_GRAIN_FLAG_",
	},
	special: {
		// Another picture, where one has that timestamp; none.
		"frame.reference_frame_ts[0]": [0x400n, 1n],
		// A block more or less.
		"frame.frame_width_minus_1": [8n, 1n],
		"frame.frame_height_minus_1": [8n, 1n],
		// Of the same reference as the other arrays.
		"frame.global_motion.invalid": [2n],
		// Whole steps of the precision that a header has.
		"frame.global_motion.params[1][0]": [0x400n, 1n],
		"frame.global_motion.params[1][2]": [2n, 1n],
	},
	elements(field, dims) {
		if (field.endsWith("reserved")) return []; // the kernel sets it to 0
		if (field === "frame.global_motion.params")
			return [
				[1, 0],
				[1, 2],
			];
		return [dims.map((_, level) => (level === 0 && NAMED.test(field) ? 1 : 0))];
	},
	exceptions: join(import.meta.dirname, "exceptions.tsv"),
};
