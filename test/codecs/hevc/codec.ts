// SPDX-License-Identifier: MIT
// HEVC, for the tests and tools.
import { streamOfSize } from "../../../fixtures/hevc/writer/sizes.ts";
import { constants } from "../../support/abi.ts";
import type { Control, SizedCodec } from "../codec.ts";
import { hevcAgree } from "./agree/agree.ts";
import { hevcBench } from "./bench.ts";
import { hevcDamages } from "./damages.ts";
import { hevcFeatures } from "./features.ts";
import { hevcFilms } from "./films.ts";
import { hevcFlips } from "./flips.ts";
import { hevcRegisters } from "./registers/registers.ts";

const control = (name: string, per: Control["per"]): Control => ({
	name,
	id: constants[`V4L2_CID_STATELESS_HEVC_${name.toUpperCase()}`],
	struct: `v4l2_ctrl_hevc_${name}`,
	per,
});

export const hevc: SizedCodec = {
	name: "hevc",
	title: "HEVC",
	extension: "265",
	format: "S265",
	profiles: ["VAProfileHEVCMain"],
	modes: ["frame", "slice", "sets", "columns"],
	refuses: () => false,
	ofLibavcodec: ["culossless_176x144.h265"],
	disputed: {
		"fuzz_mvd_overflow.h265": "damaged, and libavcodec and libde265 make different pictures of it",
	},
	controls: [
		control("sps", "sequence"),
		control("pps", "picture"),
		control("scaling_matrix", "picture"),
		control("decode_params", "picture"),
		control("slice_params", "slice"),
	],
	ffmpeg: { name: "hevc", muxer: "hevc", plays: () => true },
	gstreamer: {
		parser: "h265parse",
		plugins: ["videoparsersbad"],
		stateless: "h265dec",
		least: 26, // 1.22 crashes at streams with entry points
		va: { gva: "vah265dec", vaapi: "vaapih265dec" },
		prepare: (bytes) => bytes,
	},
	firefox: 1 << 12,
	habits: [["--holes"], ["--one-buffer", "--in-flight", "8"], ["--get-image", "--in-flight", "1"]],
	deepHabits: [["--holes"]],
	features: hevcFeatures,
	samples: {
		mpv: ["long", "pyramid", "slices", "wpp", "weighted", "crop", "scaling-lists", "p720"],
		kinds: [
			"pyramid",
			"slices",
			"wpp",
			"temporal-layers",
			"weighted",
			"scaling-lists",
			"transform-skip",
			"crop",
		],
		notGStreamer: ["crop"], // 1.22 shows other samples than the conformance window has
		notMpv: [],
	},
	flips: hevcFlips,
	agree: hevcAgree,
	registers: hevcRegisters,
	// Level 6.2: MaxLumaPs; and a side of at most Sqrt( MaxLumaPs * 8 ), in whole coding blocks.
	sizes: {
		...{ stream: streamOfSize, step: 16 },
		...{ smallest: [16, 16], largest: [8192, 4352], longest: [16880, 64] },
	},
	damages: hevcDamages,
	films: hevcFilms,
	bench: hevcBench,
};
