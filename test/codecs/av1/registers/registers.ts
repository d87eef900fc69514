// SPDX-License-Identifier: MIT
// What the comparison of registers knows of AV1.
import type { RegistersCodec } from "../../../kernel/hardware/registers/codec.ts";
import { joinIvf } from "../../vp8/ivf.ts";
import { av1Sources } from "./sources.ts";
import { APART, decodesAgain, vpu981Fields } from "./vpu981.ts";
import { av1Waivers } from "./waivers.ts";

export const av1Registers: RegistersCodec = {
	families: { vpu981: vpu981Fields },
	// A job's streams are its tiles.
	content: ({ bytes }) => bytes,
	again: { is: decodesAgain, apart: APART },
	joined: joinIvf,
	waivers: av1Waivers,
	without: {},
	// Hidden frames and pictures that are decoded again, all tools of inter frames, tiles, segments, grain, superres, 10 bit.
	sample: [
		...["altref", "tools", "motion", "tile-sizes", "segments", "references", "filter-deltas"],
		...["grain-hidden", "superres", "screen", "deep"],
	],
	// None of them has pictures that are decoded again.
	sensitivity: [
		["resilient", "superres", "restoration", "screen"],
		["matrices", "chroma-q", "filter-deltas", "intra-only"],
		["svt-grain"],
		["tile-groups"],
	],
	// The kernel's driver keeps sizes, types and order hints of frames before, and the probabilities that each began with and left, by slot,
	// and the signs of references. It fails jobs whose tiles are none. SEQUENCE comes with each job, and only its depth stays.
	remembered:
		/^sequence\.(bit_depth|order_hint_bits)|^frame\.(tile_info\.|quantization\.base_q_idx|frame_(type|width|height)|order_hint|upscaled_width|superres_denom|primary_ref_frame|ref(erence|resh)?_frame_|flags:(DISABLE_|ERROR_RESILIENT))/,
	// Where the tiles are, and how many.
	places: /^tile_group_entry\.|^frame\.tile_info\./,
	register: (name) => name.replace(/^(stream|bytes of .*)$/, "").replace(/ \d+$/, ""),
	sources: av1Sources,
};
