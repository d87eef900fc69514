// SPDX-License-Identifier: MIT
// Where the driver may tell a decoder something else than GStreamer does, and why: the one file to review. Kernel files are
// below drivers/ of Linux 6.12.
import type { Difference, Rule } from "../../../kernel/agree/rule.ts";

/** It plays all to the end. */
export const vp9Unfinished: Record<string, string> = {};

/** What no driver decodes so that CAPTURE's format says where the samples are. */
export const vp9Refused: Record<string, string> = {
	"vp90-2-05-resize.webm": "frames refer to frames of another size, which the driver refuses",
};

const flagOf = ({ ourFields }: Difference, name: string): unknown =>
	ourFields.get(`frame.seg.flags:${name}`)?.value;
const isUnknown = ({ ours }: Difference): boolean => /^255( 255)*$/.test(String(ours));
const NOT_IN_HEADER = "255; GStreamer has 0, or those of an earlier frame";

export const vp9Rules: Rule[] = [
	{
		id: "tree probabilities",
		fields: ["frame.seg.tree_probs"],
		carried: true,
		sends: NOT_IN_HEADER,
		readers:
			"rkvdec: init_intra_only_probs() and init_inter_probs(); hantro: config_probs(); both for a map that is not coded",
		why: "without an update of the map no segment is in the stream, and nothing is decoded with them (6.4.7)",
		holds: (d) => flagOf(d, "UPDATE_MAP") === 0 && isUnknown(d),
	},
	{
		id: "prediction probabilities",
		fields: ["frame.seg.pred_probs"],
		carried: true,
		sends: NOT_IN_HEADER,
		readers: "as tree probabilities",
		why: "without temporal prediction they are 255 (7.2.10), and nothing is decoded with them",
		holds: (d) => flagOf(d, "TEMPORAL_UPDATE") === 0 && isUnknown(d),
	},
	{
		id: "features that were reset",
		fields: ["frame.seg.flags:UPDATE_DATA"],
		carried: true,
		sends: "1 in the first frame with segmentation behind one that reset the features",
		readers: "hantro: config_segment()",
		why: "hantro keeps features of its own and would go on with those from before",
		holds: (d) => d.ours === 1 && d.gstreamer === 0 && flagOf(d, "ENABLED") === 1,
	},
	{
		id: "deltas that are off",
		fields: ["frame.lf.flags:DELTA_UPDATE"],
		carried: true,
		sends: "0; GStreamer has what an earlier frame said",
		readers: "none of hantro and rkvdec",
		why: "a frame without deltas has no flag that would update them (6.2.8)",
		holds: (d) => d.ours === 0 && d.ourFields.get("frame.lf.flags:DELTA_ENABLED")?.value === 0,
	},
];
