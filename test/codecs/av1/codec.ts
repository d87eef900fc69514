// SPDX-License-Identifier: MIT
// AV1, for the tests and tools.
import { execFileSync } from "node:child_process";
import { streamOfSize } from "../../../fixtures/av1/sizes.ts";
import { constants } from "../../support/abi.ts";
import type { Control, SizedCodec } from "../codec.ts";
import { av1Agree } from "./agree/agree.ts";
import { av1Bench } from "./bench.ts";
import { av1Damages } from "./damages.ts";
import { av1Features } from "./features.ts";
import { av1Films } from "./films.ts";
import { av1Flips } from "./flips.ts";
import { av1Registers } from "./registers/registers.ts";
import { repeats } from "./repeats.ts";

const control = (name: string, per: Control["per"]): Control => ({
	name,
	id: constants[`V4L2_CID_STATELESS_AV1_${name.toUpperCase()}`],
	struct: `v4l2_ctrl_av1_${name}`,
	per,
});

const isIvf = (bytes: Buffer): boolean => bytes.toString("latin1", 0, 4) === "DKIF";

/** OBUs in the low-overhead format (Annex B is another) as IVF. */
const obusAsIvf = (input: Buffer): Buffer =>
	execFileSync("ffmpeg", "-v error -f obu -i - -c copy -f ivf -".split(" "), { input, maxBuffer: 1 << 28 });

export const av1: SizedCodec = {
	name: "av1",
	title: "AV1",
	extension: "ivf",
	format: "AV1F",
	profiles: ["VAProfileAV1Profile0"],
	// A picture is never in slices.
	modes: ["frame"],
	// The kernel drivers do not decode frames whose references are of another size (docs/architecture.md).
	decodesAgain: true,
	// 60 and 62 were seen, after 2,000 pictures and after 6,000.
	mostSurfaces: 64,
	refuses: (_mode, entry) => /scaled-references/.test(entry.features),
	repeats,
	controls: [
		control("sequence", "sequence"),
		control("tile_group_entry", "picture"),
		control("frame", "picture"),
		control("film_grain", "picture"),
	],
	// Debian 12's ffmpeg decodes AV1 over VA-API, film grain too; by itself it takes libdav1d.
	ffmpeg: {
		name: "av1",
		decoder: "av1",
		muxer: "ivf",
		// Debian 12's keeps its surfaces when pictures grow.
		plays: ({ path, features }) =>
			!path.endsWith(".obu") && !/op-points|monochrome|larger-on-key-frame/.test(features),
	},
	gstreamer: {
		parser: "ivfparse ! av1parse",
		plugins: ["ivfparse", "videoparsersbad"],
		stateless: "av1dec",
		least: 24,
		va: { gva: "vaav1dec", vaapi: "vaapiav1dec" },
		prepare: (bytes) => (isIvf(bytes) ? bytes : obusAsIvf(bytes)),
	},
	firefox: 1 << 10,
	habits: [["--in-flight", "1"], ["--one-buffer", "--in-flight", "8"], ["--data-first"], ["--get-image"]],
	deepHabits: [["--get-image"]],
	features: av1Features,
	samples: {
		mpv: [
			"cyclic",
			"altref",
			"segments",
			"tiles",
			"lossless",
			"grain",
			"grain-at-times",
			"told-sizes",
			"resilient",
			"p720",
		],
		kinds: ["altref", "segments", "tiles", "grain-hidden", "grain-at-times", "lossless", "odd"],
		notGStreamer: ["odd"], // rows of GStreamer's I420 are whole words
		notMpv: ["odd"], // mpv 0.35 gives up on pictures of odd width (mp_image_crop)
	},
	flips: av1Flips,
	agree: av1Agree,
	registers: av1Registers,
	sizes: { stream: streamOfSize, step: 1, smallest: [1, 1], longest: [16896, 64] },
	damages: av1Damages,
	films: av1Films,
	bench: av1Bench,
};
