// SPDX-License-Identifier: MIT
// What the comparison of registers knows of MPEG-2.
import type { RegistersCodec } from "../../../kernel/hardware/registers/codec.ts";
import { slicesOf } from "../slices.ts";
import { cedrusFields } from "./cedrus.ts";
import { hantroFields } from "./hantro.ts";
import { mpeg2Sources } from "./sources.ts";
import { mpeg2Waivers } from "./waivers.ts";

export const mpeg2Registers: RegistersCodec = {
	families: {
		vdpu2: () => hantroFields("vdpu2"),
		g1: () => hantroFields("g1"),
		cedrus: cedrusFields,
	},
	content: ({ bytes }) => Buffer.concat(slicesOf(bytes).slices),
	// Each begins with its sequence header.
	joined: (streams) => Buffer.concat(streams),
	waivers: mpeg2Waivers,
	without: {},
	sample: [
		"closed-gop",
		"interlaced",
		"interlaced-rows",
		"repeated-fields",
		"fields-b-bottom",
		"dual-prime",
		"concealment",
		"matrices-changed",
		"no-forward",
		"dc-precision-10",
		"vectors",
		"odd",
	],
	// Of one size: fields of both orders, dual prime, concealment vectors, matrices, B pictures; then vectors of two sizes.
	sensitivity: [
		[
			"fields-p",
			"fields-b-bottom",
			"dual-prime",
			"concealment",
			"matrices-changed",
			"no-forward",
			"repeated-fields",
		],
		["closed-gop", "matrices"],
	],
	// The driver sends a sequence once, and the kernel keeps it.
	remembered: /^sequence\./,
	register: (name) =>
		name
			.replace(/^(stream|bytes of .*)$/, "")
			.replace(/\[\d\]/g, "")
			.replace(/^(forward|backward|written to).*/, "picture of $1"),
	sources: mpeg2Sources,
};
