// SPDX-License-Identifier: MIT
// MPEG-2, for the tests and tools.
import { join } from "node:path";
import { constants } from "../../support/abi.ts";
import type { Codec, Control } from "../codec.ts";
import { mpeg2Agree } from "./agree/agree.ts";
import { mpeg2Damages } from "./damages.ts";
import { mpeg2Features } from "./features.ts";
import { mpeg2Films } from "./films.ts";
import { mpeg2Flips } from "./flips.ts";
import { mpeg2Registers } from "./registers/registers.ts";

const control = (name: string, per: Control["per"]): Control => ({
	name,
	id: constants[`V4L2_CID_STATELESS_MPEG2_${name.toUpperCase()}`],
	struct: `v4l2_ctrl_mpeg2_${name}`,
	per,
});

export const mpeg2: Codec = {
	name: "mpeg2",
	title: "MPEG-2",
	extension: "m2v",
	format: "MG2S",
	profiles: ["VAProfileMPEG2Simple", "VAProfileMPEG2Main"],
	// Decoders take a frame or field as it is.
	modes: ["frame"],
	refuses: () => false,
	controls: [
		control("sequence", "sequence"),
		control("picture", "picture"),
		control("quantisation", "picture"),
	],
	ffmpeg: { name: "mpeg2video", muxer: "mpeg2video", plays: () => true },
	gstreamer: {
		parser: "mpegvideoparse",
		plugins: ["videoparsersbad"],
		stateless: "mpeg2dec",
		least: 22,
		va: { gva: "vampeg2dec", vaapi: "vaapimpeg2dec" },
		prepare: (bytes) => bytes,
	},
	firefox: 0,
	habits: [
		["--changed-matrices", "--in-flight", "8"],
		["--bare-slices", "--in-flight", "1"],
		["--one-buffer", "--get-image"],
	],
	deepHabits: [],
	features: mpeg2Features,
	samples: {
		mpv: [
			"long",
			"interlaced",
			"fields-p",
			"fields-b-bottom",
			"dual-prime",
			"matrices-changed",
			"no-forward",
		],
		kinds: [
			"closed-gop", // progressive, B pictures
			"interlaced-rows",
			"fields-p",
			"fields-b-bottom",
			"dual-prime",
			"concealment",
			"slices",
			"matrices-changed",
			"no-forward",
			"repeated-fields",
			"odd",
		],
		notGStreamer: [
			"odd", // rows of GStreamer's I420 are whole words
			"matrices-changed", // GStreamer 1.22 takes a quant_matrix_extension() for its own picture alone
			// vampeg2dec takes the layout of the first surface it makes for that of all, and an interlaced frame has a row of
			// macroblocks more here than its size tells.
			"interlaced-rows",
		],
		// mpv 0.35 gives up on pictures of odd width (mp_image_crop).
		notMpv: ["odd"],
	},
	flips: mpeg2Flips,
	agree: mpeg2Agree,
	registers: mpeg2Registers,
	damages: mpeg2Damages,
	films: mpeg2Films,
	bench: {
		slices: [23], // a row of macroblocks each, as FFmpeg's encoder makes them
		// As broadcasts have it: B pictures, a group of pictures each half second.
		encoder: () => [
			...["-c:v", "mpeg2video", "-threads", "1", "-bf", "2", "-b_strategy", "0", "-g", "12"],
			...["-sc_threshold", "1000000000", "-q:v", "5"],
		],
		fill: {
			source: join(import.meta.dirname, "bench", "fill_c.c"),
			profile: constants.VAProfileMPEG2Main,
			// Of each of 23 slices the core reads a start code at either end, byte by byte, each behind a check of bounds.
			most: 1.3,
		},
	},
};
