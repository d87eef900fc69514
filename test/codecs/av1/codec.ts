// SPDX-License-Identifier: MIT
// AV1, for the tests and tools.
import { constants } from "../../support/abi.ts";
import type { Codec, Control } from "../codec.ts";

const control = (name: string, per: Control["per"]): Control => ({
	name,
	id: constants[`V4L2_CID_STATELESS_AV1_${name.toUpperCase()}`],
	struct: `v4l2_ctrl_av1_${name}`,
	per,
});

export const av1: Codec = {
	name: "av1",
	title: "AV1",
	extension: "ivf",
	format: "AV1F",
	profiles: ["VAProfileAV1Profile0"],
	// A picture is never in slices.
	modes: ["frame"],
	refuses: () => false,
	controls: [
		control("sequence", "sequence"),
		control("tile_group_entry", "picture"),
		control("frame", "picture"),
		control("film_grain", "picture"),
	],
	// Debian 12's ffmpeg decodes AV1 over VA-API, film grain too.
	ffmpeg: { name: "av1", muxer: "ivf", plays: () => true },
	gstreamer: {
		parser: "ivfparse ! av1parse",
		plugin: "videoparsersbad",
		stateless: "av1dec",
		least: 24,
		va: { gva: "vaav1dec", vaapi: "vaapiav1dec" },
		prepare: (bytes) => bytes,
	},
	firefox: 1 << 10,
	habits: [],
	deepHabits: [],
	samples: { mpv: [], kinds: [], notGStreamer: [], notMpv: [] },
	films: {},
};
