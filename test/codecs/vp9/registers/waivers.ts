// SPDX-License-Identifier: MIT
// The reviewed list of differences from GStreamer in what the hardware is told of VP9.
import type { Fields } from "../../../kernel/hardware/registers/canonical.ts";
import type { Waiver } from "../../../kernel/hardware/registers/codec.ts";
import { vp9Refused } from "../agree/rules.ts";

const OF_SEGMENT = /^(quant|filt_level|refpic|skip)_seg\d$/;

/** Whether no segment has a feature: each of the eight has the same as the others, and neither a reference nor skips. */
function hasNoFeatures(fields: Fields | null): boolean {
	const values = (name: string) =>
		new Set(Array.from({ length: 8 }, (_, i) => fields?.get(`${name}_seg${i}`)));
	const are = (name: string, value: string | undefined) =>
		values(name).size === 1 && values(name).has(value);
	return (
		values("quant").size === 1 &&
		are("filt_level", fields?.get("filt_level")) &&
		are("refpic", "0") &&
		are("skip", "0")
	);
}

export const vp9Waivers: Waiver[] = [
	{
		name: "pictures below 48x48",
		families: ["", "g2", "g2_old"],
		applies: ({ field, ours, pair }) =>
			field === "job" &&
			ours === "not decoded" &&
			["pic_width_4x4", "pic_height_4x4"].some((size) => 4 * Number(pair.theirs?.get(size)) < 48),
		reason: "The driver refuses them on G2: S_FMT makes the CAPTURE buffer 48x48 (hantro_v4l2.c), and G2 is told no length of rows (hantro_g2_vp9_dec.c), so it writes rows of the frame's width, which are not where the format says.",
	},
	{
		name: "features that were reset",
		families: ["g2", "g2_old"],
		applies: ({ field, pair }) =>
			OF_SEGMENT.test(field) && pair.ours?.get("segment_e") === "1" && hasNoFeatures(pair.ours),
		reason: "setup_past_independence() resets the features of all segments (VP9 7.2), and a frame may go on without. hantro keeps features of its own and forgets them only behind such a frame (config_seg_map() comes after config_segment()), so the driver sends them with the flag UPDATE_DATA. GStreamer does not, and G2 is told of those from before.",
	},
	{
		name: "frames that refer to another size",
		families: ["g2", "g2_old"],
		applies: ({ field, ours, stream }) =>
			field === "job" &&
			ours === "not decoded" &&
			Object.keys(vp9Refused).some((name) => stream.endsWith(name)),
		reason: "The driver refuses them on G2, which decodes them in rows of their own length (docs/architecture.md).",
	},
];
