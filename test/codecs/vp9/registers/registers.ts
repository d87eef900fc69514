// SPDX-License-Identifier: MIT
// What the comparison of registers knows of VP9.
import type { RegistersCodec } from "../../../kernel/hardware/registers/codec.ts";
import { joinIvf } from "../../vp8/ivf.ts";
import { g2Fields } from "./g2.ts";
import { rkvdecFields } from "./rkvdec.ts";
import { vp9Sources } from "./sources.ts";
import { vp9Waivers } from "./waivers.ts";

export const vp9Registers: RegistersCodec = {
	families: { rkvdec: rkvdecFields, g2: g2Fields, g2_old: g2Fields },
	// rkvdec's jobs are whole frames, G2's begin behind the headers.
	content: ({ bytes }) => bytes,
	joined: joinIvf,
	waivers: vp9Waivers,
	without: {},
	// Hidden frames, segments that persist, every update of probabilities, frame contexts, compound references.
	sample: [
		"altref",
		"segment-map",
		"updates",
		"contexts",
		"intra-only",
		"references",
		"tiles",
		"odd",
		"deep",
	],
	sensitivity: [
		["altref", "segments", "sharp"],
		["intra-only", "contexts", "filters", "transforms", "filter-deltas", "references"],
	],
	// Both drivers keep frame contexts, segmentation, loop filters and sizes of frames before.
	remembered: /^(frame\.|compressed_hdr\.)/,
	// Where the tiles begin.
	places: /^frame\.(un)?compressed_header_size$/,
	register: (name) => name.replace(/^(stream|bytes of .*)$/, "").replace(/\[\d\]|\(\d+\)/g, ""),
	sources: vp9Sources,
};
