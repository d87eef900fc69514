// SPDX-License-Identifier: MIT
// The reviewed list of differences from GStreamer in what the hardware is told of AV1.
import type { Fields } from "../../../kernel/hardware/registers/canonical.ts";
import type { Waiver } from "../../../kernel/hardware/registers/codec.ts";
import { av1Refused } from "../agree/rules.ts";
import { REFERENCES } from "./vpu981.ts";

/** Whether all seven references are one picture. */
function refersToOne(fields: Fields | null): boolean {
	const pictures = new Set(REFERENCES.map((name) => fields?.get(name)));
	return pictures.size === 1 && !pictures.has(undefined);
}

/** Streams in which frames begin with what a key frame left that was shown again, or inherit it, and refer to others besides. */
const INHERITING = ["48_delayed.ivf"];

const isAmong = (names: string[], stream: string): boolean => names.some((name) => stream.endsWith(name));

export const av1Waivers: Waiver[] = [
	{
		name: "size of a tile's size",
		families: ["vpu981"],
		applies: ({ field, ours }) => field === "dec_tile_size_mag" && ours === "3",
		reason: "VA-API does not carry tile_size_bytes. The driver writes the sizes in front of the tiles itself, in four bytes each (5.11.1). Where each tile begins and ends the hardware is told in the table of tiles, which is equal.",
	},
	{
		name: "resilience of a still picture",
		families: ["vpu981"],
		applies: ({ field, ours, theirs, pair }) =>
			field === "error_resilient" &&
			ours === "1" &&
			theirs === "0" &&
			pair.ours?.get("idr_pic_e") === "1" &&
			pair.ours?.get("show_frame") === "1",
		reason: "error_resilient_mode is 1 of a key frame that is shown (5.9.2); GStreamer sends 0 of a reduced_still_picture_header.",
	},
	{
		name: "a key frame that is shown again",
		families: ["vpu981"],
		applies: ({ field, pair, stream }) =>
			(/^probabilities /.test(field) && refersToOne(pair.ours) && refersToOne(pair.theirs)) ||
			(field === "probabilities coefficients" && isAmong(INHERITING, stream)),
		reason: "A hidden key frame that is shown later fills all slots (7.21), which is no job of the decoder's. The driver's own slots go by pictures, so the frames behind begin with what the key frame left. GStreamer names the slot of the stream, of which the kernel's driver has the probabilities from before (rockchip_av1_get_cdfs()).",
	},
	{
		name: "frames that refer to another size",
		families: ["", "vpu981"],
		applies: ({ field, ours, stream }) =>
			isAmong(Object.keys(av1Refused), stream) &&
			(field === "job" ? ours === "not decoded" : /^(TILE_OUT|PP_OUT|pp)_/.test(field)),
		reason: "The driver refuses them: the post-processor reads as many samples as CAPTURE's format has (rockchip_vpu981_postproc_enable()), whatever the frame's own size (docs/architecture.md). Of layers of several sizes, CAPTURE's format is that of the first frame here, and GStreamer's that of the sequence.",
	},
	{
		name: "a narrow picture before superres",
		families: ["vpu981"],
		applies: ({ field, ours, pair }) =>
			field === "pic_width_pad" && ours === "0" && pair.ours?.get("superres_pic_width") === "16",
		reason: "Superres leaves 16 columns at least: so libaom and dav1d have it, the published MD5 of 322_tennis.ivf, and the kernel's driver itself where it computes the steps (rockchip_vpu981_av1_dec_set_superres_params(), min_w). GStreamer's parser has 5.9.8 alone, which leaves 12 of 16.",
	},
];
