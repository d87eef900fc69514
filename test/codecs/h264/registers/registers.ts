// SPDX-License-Identifier: MIT
// What the comparison of registers knows of H.264.
import type { RegistersCodec } from "../../../kernel/hardware/registers/codec.ts";
import { cedrusFields } from "./cedrus.ts";
import { g1, hantroFields, vdpu2 } from "./hantro.ts";
import { rkvdecFields } from "./rkvdec.ts";
import { nalUnits } from "./slices.ts";
import { h264Sources } from "./sources.ts";
import { vdpu381Fields, vdpu383Fields } from "./vdpu38x.ts";
import { h264Waivers } from "./waivers.ts";

export const h264Registers: RegistersCodec = {
	families: {
		vdpu2: () => hantroFields(vdpu2()),
		g1: () => hantroFields(g1()),
		rkvdec: rkvdecFields,
		vdpu381: vdpu381Fields,
		vdpu383: vdpu383Fields,
		cedrus: cedrusFields,
	},
	content: ({ bytes }) => Buffer.concat(nalUnits(bytes)),
	// Each begins with its parameter sets.
	joined: (streams) => Buffer.concat(streams),
	waivers: h264Waivers,
	without: {},
	// 1.22 ends within some streams.
	gstreamer: { rk3588: 28, rk3576: 28 },
	sample: [
		"cb-cavlc",
		"high-pyramid",
		"high-cqm-custom",
		"weighted-p",
		"multi-slice",
		"mbaff-cabac",
		"paff-b-temporal",
		"explicit-b",
		"long-term-fields",
		"parameter-sets",
	],
	// Fields, MBAFF, long-term references, weights, scaling lists, gaps.
	sensitivity: [
		[
			"paff-b-temporal",
			"long-term-fields",
			"explicit-b",
			"long-term-frames",
			"paff-b-spatial",
			"poc1-fields",
			"poc2",
			"gaps",
			"scaling-fallback",
			"mixed-fields",
		],
		["mbaff-cavlc", "high-cqm-custom", "weighted-p", "main-cabac", "high-cqm-jvt"],
	],
	// Sizes, kinds of pictures, where references are.
	remembered: /^(sps\.|decode_params\.(flags|dpb|nal_ref_idc))/,
	register: (name) =>
		name === "default counts read"
			? ""
			: name
					.replace(/\(\d+\)/, "")
					.replace(/\[\d+\]$/, "")
					.replace(/(RLIST_[FB])\d+$/, "$1")
					.replace(/(scaling list .x.) \d$/, "$1")
					.replace(/^(weight) .*/, "$1"),
	sources: h264Sources,
};
