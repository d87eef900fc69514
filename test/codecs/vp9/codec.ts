// SPDX-License-Identifier: MIT
// VP9, for the tests and tools.
import { join } from "node:path";
import { streamOfSize } from "../../../fixtures/vp9/writer/sizes.ts";
import { constants } from "../../support/abi.ts";
import type { Control, SizedCodec } from "../codec.ts";
import { vp9Agree } from "./agree/agree.ts";
import { vp9Damages } from "./damages.ts";
import { vp9Features } from "./features.ts";
import { vp9Films } from "./films.ts";
import { vp9Flips } from "./flips.ts";
import { vp9Registers } from "./registers/registers.ts";
import { repeats } from "./repeats.ts";

const control = (name: string): Control => ({
	name,
	id: constants[`V4L2_CID_STATELESS_VP9_${name.toUpperCase()}`],
	struct: `v4l2_ctrl_vp9_${name}`,
	per: "picture",
});

export const vp9: SizedCodec = {
	name: "vp9",
	title: "VP9",
	extension: "ivf",
	format: "VP9F",
	profiles: ["VAProfileVP9Profile0"],
	// A picture is never in slices.
	modes: ["frame"],
	refuses: () => false,
	repeats,
	controls: [control("frame"), control("compressed_hdr")],
	ffmpeg: { name: "vp9", muxer: "ivf", plays: () => true },
	gstreamer: {
		parser: "ivfparse ! vp9parse",
		plugins: ["ivfparse", "videoparsersbad"],
		stateless: "vp9dec",
		least: 22,
		va: { gva: "vavp9dec", vaapi: "vaapivp9dec" },
		prepare: (bytes) => bytes,
	},
	firefox: 1 << 8,
	habits: [
		["--in-flight", "1"],
		["--one-buffer", "--in-flight", "8"],
		["--get-image"],
		["--surfaces", "1296x752"],
	],
	deepHabits: [["--get-image"]],
	features: vp9Features,
	samples: {
		mpv: ["cyclic", "segments", "tiles", "lossless", "parallel", "resilient", "p720"],
		kinds: ["altref", "segments", "tiles", "lossless", "odd"],
		notGStreamer: ["odd"], // rows of GStreamer's I420 are whole words
		notMpv: ["odd"], // mpv 0.35 gives up on pictures of odd width (mp_image_crop)
	},
	flips: vp9Flips,
	agree: vp9Agree,
	registers: vp9Registers,
	sizes: { stream: streamOfSize, step: 1, smallest: [1, 1], longest: [16896, 64] },
	damages: vp9Damages,
	films: vp9Films,
	bench: {
		slices: [1],
		// As films have it: hidden frames, compound prediction, switching filters.
		encoder: () => [
			...[
				"-c:v",
				"libvpx-vp9",
				"-threads",
				"1",
				"-deadline",
				"realtime",
				"-cpu-used",
				"5",
				"-b:v",
				"6M",
			],
			...["-auto-alt-ref", "1", "-lag-in-frames", "12", "-g", "60"],
		],
		fill: {
			source: join(import.meta.dirname, "bench", "fill_c.c"),
			profile: constants.VAProfileVP9Profile0,
			// Each bit of the compressed header is read behind a check of bounds.
			most: 1.1,
		},
	},
};
