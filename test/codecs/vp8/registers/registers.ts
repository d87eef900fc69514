// SPDX-License-Identifier: MIT
// What the comparison of registers knows of VP8.
import type { RegistersCodec } from "../../../kernel/hardware/registers/codec.ts";
import { joinIvf } from "../ivf.ts";
import { cedrusFields } from "./cedrus.ts";
import { g1, hantroFields, vdpu2 } from "./hantro.ts";
import { vp8Sources } from "./sources.ts";
import { vp8Waivers } from "./waivers.ts";

/** RFC 6386 9.1: the tag of a key frame has its start code and dimensions as well. */
const tagSize = (frame: Buffer): number => (frame[0] & 1 ? 3 : 10);

export const vp8Registers: RegistersCodec = {
	families: {
		vdpu2: () => hantroFields(vdpu2()),
		g1: () => hantroFields(g1()),
		cedrus: cedrusFields,
	},
	// VA-API does not carry the tag; hantro's jobs begin behind it.
	content: ({ name, bytes }) => (name === "stream" ? bytes.subarray(tagSize(bytes)) : bytes),
	joined: joinIvf,
	waivers: vp8Waivers,
	without: {},
	sample: ["altref", "version1", "version3", "partitions8", "segments", "denoised", "odd", "shrink"],
	// Of one size: segments, filter deltas, hidden frames, other versions; eight partitions.
	sensitivity: [["denoised", "segments", "altref", "version1", "version2", "version3"], ["partitions8"]],
	// cedrus_vp8_setup() remembers the last filter; rockchip_vpu2_vp8_dec_run() sets bits that it does not clear. Of another size the
	// picture lies elsewhere for those that refer to it.
	remembered:
		/^frame\.(lf\.(sharpness_level|level|flags)|version|width|height|flags:(KEY_FRAME|MB_NO_SKIP_COEFF))/,
	// Where partitions begin and end, and whether the tag is a long one.
	places: /^frame\.(first_part_|num_dct_parts|dct_part_sizes|flags:KEY_FRAME)/,
	register: (name) =>
		name
			.replace(/^(stream|bytes of .*)$/, "")
			.replace(/\[\d\]/g, "")
			.replace(/\(\d+\)/, "")
			.replace(/^(last|golden|altref|written to).*/, "picture of $1"),
	sources: vp8Sources,
};
