// SPDX-License-Identifier: MIT
// VP8, for the tests and tools.
import { join } from "node:path";
import { constants } from "../../support/abi.ts";
import type { Codec } from "../codec.ts";
import { vp8Agree } from "./agree/agree.ts";
import { vp8Damages } from "./damages.ts";
import { vp8Features } from "./features.ts";
import { vp8Films } from "./films.ts";
import { vp8Flips } from "./flips.ts";
import { vp8Registers } from "./registers/registers.ts";

export const vp8: Codec = {
	name: "vp8",
	title: "VP8",
	extension: "ivf",
	format: "VP8F",
	profiles: ["VAProfileVP8Version0_3"],
	// A picture is never in slices.
	modes: ["frame"],
	refuses: () => false,
	controls: [
		{
			name: "frame",
			id: constants.V4L2_CID_STATELESS_VP8_FRAME,
			struct: "v4l2_ctrl_vp8_frame",
			per: "picture",
		},
	],
	ffmpeg: {
		name: "vp8",
		muxer: "ivf",
		// ffmpeg keeps its first surfaces when the stream changes its size; the driver refuses pictures that do not fit.
		plays: (entry) => !/size[- ]change/.test(entry.features),
	},
	gstreamer: {
		parser: "ivfparse",
		plugins: ["ivfparse"],
		stateless: "vp8dec",
		least: 22,
		va: { gva: "vavp8dec", vaapi: "vaapivp8dec" },
		prepare: (bytes) => bytes,
	},
	firefox: 1 << 6,
	habits: [
		["--in-flight", "1"],
		["--tag", "in", "--in-flight", "8"],
		["--tag", "before", "--one-buffer"],
		["--tag", "before", "--get-image"],
	],
	deepHabits: [],
	features: vp8Features,
	samples: {
		mpv: ["segments", "version3", "partitions8", "segment-values", "probabilities"],
		kinds: ["segments", "version1", "partitions4", "odd"],
		// Rows of GStreamer's I420 are whole words.
		notGStreamer: ["odd"],
		// mpv 0.35 gives up on pictures of odd width (mp_image_crop).
		notMpv: ["odd"],
	},
	flips: vp8Flips,
	agree: vp8Agree,
	registers: vp8Registers,
	damages: vp8Damages,
	films: vp8Films,
	bench: {
		slices: [1],
		// As films have it: hidden frames, golden and altref.
		encoder: () => [
			...["-c:v", "libvpx", "-threads", "1", "-deadline", "good", "-cpu-used", "4", "-b:v", "11M"],
			...["-auto-alt-ref", "1", "-lag-in-frames", "12", "-g", "60"],
		],
		fill: {
			source: join(import.meta.dirname, "bench", "fill_c.c"),
			profile: constants.VAProfileVP8Version0_3,
			// Each of the header's thousand flags takes its probability out of memory, behind a check of bounds.
			most: 1.2,
		},
	},
};
