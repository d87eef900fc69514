// SPDX-License-Identifier: MIT
// The reviewed list of differences from GStreamer in what the hardware is told of HEVC.
import type { Waiver } from "../../../kernel/hardware/registers/codec.ts";

export const hevcWaivers: Waiver[] = [
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
		name: "list 1 of P slices",
		families: ["cedrus"],
		applies: ({ field, ours, pair }) =>
			field === "DEC_H265_DEC_SLICE_HDR_INFO0.NUM_REF_IDX_L1_ACTIVE_MINUS1" &&
			ours === "0" &&
			pair.theirs?.get("DEC_H265_DEC_SLICE_HDR_INFO0.SLICE_TYPE") === "1",
		reason: "P slices have no list 1 (H.265 8.3.4), and the driver writes none into the decoder's memory for them (cedrus_h265_setup()). GStreamer sends the PPS's default, which only B slices use (7.4.7.1).",
	},
];
