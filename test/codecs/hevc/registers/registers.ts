// SPDX-License-Identifier: MIT
// What the comparison of registers knows of HEVC.
import type { RegistersCodec } from "../../../kernel/hardware/registers/codec.ts";
import { unitsOf } from "../../nal.ts";
import { cedrusFields } from "./cedrus.ts";
import { g2Fields } from "./g2.ts";
import { rkvdecFields } from "./rkvdec.ts";
import { hevcSources } from "./sources.ts";
import { sliceData, vdpu381Fields, vdpu383Fields } from "./vdpu38x.ts";
import { hevcWaivers } from "./waivers.ts";

export const hevcRegisters: RegistersCodec = {
	families: {
		g2: g2Fields,
		cedrus: cedrusFields,
		rkvdec: rkvdecFields,
		vdpu381: vdpu381Fields,
		vdpu383: vdpu383Fields,
	},
	content: ({ bytes }, job) =>
		job.family.startsWith("vdpu") ? sliceData(job) : Buffer.concat(unitsOf(bytes).units),
	// Each begins with its parameter sets.
	joined: (streams) => Buffer.concat(streams),
	waivers: hevcWaivers,
	without: {},
	// It is the first that gives the decoder the sets of the SPS, without which RK3576's driver refuses jobs.
	gstreamer: { rk3588: 28, rk3576: 28 },
	sample: [
		"weights",
		"pyramid",
		"slices",
		"wpp",
		"tiles-segments",
		"dependent",
		"sets-in-sps",
		"long-term",
		"list-modification",
		"lists-predicted",
		"headers",
		"pcm",
		"main10-tiles",
	],
	sensitivity: [["weighted", "temporal-layers", "no-filters", "transform-skip"]],
	// Sizes, and all of the DPB: hantro_hevc.c keeps references by their counts, and starts no job for a picture whose references it has dropped.
	remembered: /^(sps|decode_params)\./,
	// VDPU381's and VDPU383's slice headers are read by the parameter sets that they are told, so what lies behind a header moves with these.
	places: /^(sps|pps|decode_params|slice_params)\./,
	unread: /^slice \d+ unread$/,
	register: (name) => name.replace(/\[\d+\]$/, "").replace(/^(weights) .*/, "$1"),
	sources: hevcSources,
};
