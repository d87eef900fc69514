// SPDX-License-Identifier: MIT
// H.264, for the tests and tools.
import { join } from "node:path";
import { constants } from "../../support/abi.ts";
import type { Codec, Control } from "../codec.ts";
import { h264Agree } from "./agree/agree.ts";
import { h264Damages } from "./damages.ts";
import { h264Features } from "./features.ts";
import { h264Films } from "./films.ts";
import { h264Flips } from "./flips.ts";
import { h264Registers } from "./registers/registers.ts";

const control = (name: string, per: Control["per"]): Control => ({
	name,
	id: constants[`V4L2_CID_STATELESS_H264_${name.toUpperCase()}`],
	struct: `v4l2_ctrl_h264_${name}`,
	per,
});

/**
 * Without NAL units of type 10 and 11 at the end, and the zero bytes before them: h264parse 1.22 takes a stream that ends so
 * for a broken one, and its pipeline stops before the last picture is decoded.
 */
function withoutEnd(bytes: Buffer): Buffer {
	let size = bytes.length;
	for (;;) {
		while (size > 0 && bytes[size - 1] === 0) size--;
		const start = bytes.lastIndexOf("000001", size - 4, "hex");
		if (start < 0 || ![10, 11].includes(bytes[start + 3] & 31)) break;
		size = start;
	}
	return size === bytes.length ? bytes : bytes.subarray(0, size);
}

export const h264: Codec = {
	name: "h264",
	title: "H.264",
	extension: "264",
	format: "S264",
	profiles: ["VAProfileH264ConstrainedBaseline", "VAProfileH264Main", "VAProfileH264High"],
	modes: ["frame", "slice"],
	refuses: (mode, entry) => mode === "slice" && entry.features.includes("monochrome"),
	controls: [
		control("sps", "sequence"),
		control("pps", "picture"),
		control("scaling_matrix", "picture"),
		control("decode_params", "picture"),
		control("slice_params", "slice"),
		control("pred_weights", "slice"),
	],
	ffmpeg: {
		name: "h264",
		muxer: "h264",
		// Debian's ffmpeg 5.1 has no VA-API for H.264 High 10: libva 2.17 has no name for the profile.
		plays: (entry) => !entry.pixelFormat.includes("10le"),
	},
	gstreamer: {
		parser: "h264parse",
		fromKeyFrame: true,
		plugins: ["videoparsersbad"],
		stateless: "h264dec",
		least: 22,
		va: { gva: "vah264dec", vaapi: "vaapih264dec" },
		prepare: withoutEnd,
	},
	firefox: 1 << 4,
	habits: [["--holes"], ["--one-buffer", "--in-flight", "8"], ["--get-image", "--in-flight", "1"]],
	// As FFmpeg would give it.
	deepHabits: [["--init-qp-offset"]],
	features: h264Features,
	samples: {
		mpv: [
			"long-gop",
			"cb-cavlc",
			"high-pyramid",
			"mbaff-cabac",
			"paff-b-spatial",
			"mono",
			"crop-odd",
			"weighted-p",
			"p720",
		],
		kinds: [
			"high-pyramid", // progressive, B-pyramid
			"paff-b-temporal",
			"mbaff-cabac",
			"multi-slice",
			"long-term-b",
			"long-term-fields",
			"weighted-p",
			"explicit-b",
		],
		// GStreamer 1.22 tells VA-API nothing of a frame of which only the second field is left as a reference.
		notGStreamer: ["long-term-fields"],
		notMpv: [],
	},
	flips: h264Flips,
	agree: h264Agree,
	registers: h264Registers,
	damages: h264Damages,
	films: h264Films,
	bench: {
		slices: [1, 4],
		// As films have it: B pictures, three references, CABAC.
		encoder: (slices) => [
			...["-c:v", "libx264", "-threads", "1", "-profile:v", "high", "-qp", "26"],
			...["-x264-params", `bframes=2:b-adapt=0:ref=3:keyint=60:slices=${slices}`],
		],
		fill: {
			source: join(import.meta.dirname, "bench", "fill_c.c"),
			profile: 7, // VAProfileH264High
			most: 1.1,
		},
	},
};
