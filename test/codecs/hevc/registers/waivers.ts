// SPDX-License-Identifier: MIT
// The reviewed list of differences from GStreamer in what the hardware is told of HEVC.
import type { Fields } from "../../../kernel/hardware/registers/canonical.ts";
import type { Waiver } from "../../../kernel/hardware/registers/codec.ts";

/** What tells how headers are written, not what they come to. */
const OF_HEADERS =
	/^(NUM_SHORT_TERM_REF_PIC_SETS|NUM_LONG_TERM_REF_PICS_SPS|LONG_TERM_REF_PICS_PRESENT_FLAG|LISTS_MODIFICATION_PRESENT_FLAG|NUM_EXTRA_SLICE_HEADER_BITS|stream_len|bytes of stream)$/;
const OUTCOME = /^slice \d+ (set|list) /;

/** Whether the SPS of theirs has sets, and all slices have the same sets and lists. */
function comesToTheSame(ours: Fields | null, theirs: Fields | null): boolean {
	if (!ours || !theirs) return false;
	const outcome = (fields: Fields) => [...fields].filter(([name]) => OUTCOME.test(name)).join("\n");
	const sets = ["NUM_SHORT_TERM_REF_PIC_SETS", "NUM_LONG_TERM_REF_PICS_SPS"];
	return sets.some((name) => theirs.get(name) !== "0") && outcome(ours) === outcome(theirs);
}

/** Streams with pictures that refer to more pictures than sps_max_dec_pic_buffering_minus1. */
const LARGE_SETS = /(^|\/)akiyo\.kvazaar\.qp_30\.265$/;

export const hevcWaivers: Waiver[] = [
	{
		name: "set larger than the SPS allows",
		families: ["g2", "cedrus", "rkvdec", "vdpu381", "vdpu383"],
		applies: ({ field, theirs, stream }) =>
			field === "job" && theirs === "not decoded" && LARGE_SETS.test(stream),
		reason: "The stream breaks H.265 7.4.8. GStreamer's parser drops slices with such sets (gsth265parser.c); FFmpeg gives them to the driver, whose pictures are right, since all references are there.",
	},
	{
		name: "pictures below 48x48",
		families: ["", "g2"],
		applies: ({ field, ours, pair }) =>
			field === "job" &&
			ours === "not decoded" &&
			["pic_width_4x4", "pic_height_4x4"].some((size) => 4 * Number(pair.theirs?.get(size)) < 48),
		reason: "The driver refuses them on G2: S_FMT makes the CAPTURE buffer 48x48 (hantro_v4l2.c), and G2 is told no length of rows (hantro_g2_hevc_dec.c), so it writes rows of the SPS's width, which are not where the format says.",
	},
	{
		name: "deblocking control without effect",
		families: ["g2"],
		applies: ({ field, ours, theirs, pair }) =>
			field === "filt_ctrl_pres" &&
			ours === "0" &&
			theirs === "1" &&
			["filter_override", "out_filtering_dis", "filt_offset_beta", "filt_offset_tc"].every(
				(name) => pair.theirs?.get(name) === "0",
			),
		reason: "VA-API carries what follows deblocking_filter_control_present_flag in the PPS, not the flag. Where all of that is 0, as it is without the flag (H.265 7.4.3.3.1), the driver leaves it out; no slice header reads it (7.3.6.1).",
	},
	{
		name: "list 1 of P slices",
		families: ["cedrus"],
		applies: ({ field, ours, pair }) =>
			field === "DEC_H265_DEC_SLICE_HDR_INFO0.NUM_REF_IDX_L1_ACTIVE_MINUS1" &&
			ours === "0" &&
			pair.theirs?.get("DEC_H265_DEC_SLICE_HDR_INFO0.SLICE_TYPE") === "1",
		reason: "P slices have no list 1 (H.265 8.3.4), and the driver writes none into the decoder's memory for them (cedrus_h265_setup()). GStreamer sends the PPS's default, which only B slices use (7.4.7.1).",
	},
	{
		name: "set of dependent segments",
		families: ["rkvdec"],
		applies: ({ field, ours, theirs, pair }) => {
			const [, name, segment] = /^((?:LONG|SHORT)_TERM_RPS_BIT_OFFSET)\[(\d+)\]$/.exec(field) ?? [];
			if (name === undefined || theirs !== "0") return false;
			return ours === pair.ours?.get(`${name}[${Number(segment) - 1}]`);
		},
		reason: "A dependent segment has no set in its header, and takes the values of the one before (H.265 7.4.7.1), which the driver repeats; GStreamer sends 0. assemble_sw_rps() of rkvdec-hevc.c has a row for each segment.",
	},
	{
		name: "headers written anew",
		families: ["vdpu381", "vdpu383"],
		applies: ({ field, pair }) => OF_HEADERS.test(field) && comesToTheSame(pair.ours, pair.theirs),
		reason: "VA-API does not carry the sets of the SPS. The driver sends an SPS without sets, and slice headers with a set of their own that names the same pictures (docs/architecture.md), so the counts of sets and the bytes of the headers are others; the sets and the lists that the hardware comes to are the same.",
	},
];
