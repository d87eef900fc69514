// SPDX-License-Identifier: MIT
// What the comparison of registers knows of HEVC.
import type { RegistersCodec } from "../../../kernel/hardware/registers/codec.ts";
import { unitsOf } from "../../nal.ts";
import { cedrusFields } from "./cedrus.ts";
import { g2Fields } from "./g2.ts";
import { hevcSources } from "./sources.ts";
import { hevcWaivers } from "./waivers.ts";

const NO_NAMES = "what is in this decoder's tables of HEVC has no names yet";

export const hevcRegisters: RegistersCodec = {
	families: { g2: g2Fields, cedrus: cedrusFields },
	content: ({ bytes }) => Buffer.concat(unitsOf(bytes).units),
	// Each begins with its parameter sets.
	joined: (streams) => Buffer.concat(streams),
	waivers: hevcWaivers,
	without: { rk3588: NO_NAMES, rk3576: NO_NAMES },
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
	],
	sensitivity: [["weighted", "temporal-layers", "no-filters", "transform-skip"]],
	// Sizes, and all of the DPB: hantro_hevc.c keeps references by their counts, and starts no job for a picture whose references it has dropped.
	remembered: /^(sps|decode_params)\./,
	register: (name) => name.replace(/\[\d+\]$/, "").replace(/^(weights) .*/, "$1"),
	sources: hevcSources,
};
