// SPDX-License-Identifier: MIT
// Differences between what our driver and what GStreamer makes the hardware do, each with the reason why it is right. A
// waiver holds for the fields and the situation that it names; one that never applies is reported.
import type { Waiver } from "../../../kernel/hardware/registers/codec.ts";

/** Key frames of these change the size. */
const CHANGES_SIZE = [
	"shrink.ivf",
	"frame_size_change.webm",
	"vp80-03-segmentation-1425.ivf",
	"vp80-03-segmentation-1436.ivf",
];
const OF_HANTRO = /\b(mb_width|mb_height|PIC_MB_WIDTH|PIC_MB_HEIGHT_P)$/;
const OF_CEDRUS = /^(PRIMARY_|VP8_FSIZE|VP8_PICSIZE)|, chroma$/;
/** What cedrus remembers of the picture before, in the same context. */
const OF_PICTURE_BEFORE = /^VP8_PPS\.LAST_/;
/** In the registers of hantro and of cedrus. */
const MAP_UPDATES = ["segment map updated", "VP8_PPS.UPDATE_MB_SEGMENTATION_MAP"];

const sizeOf = (bytes: string): string => bytes.split(" ")[0];

export const vp8Waivers: Waiver[] = [
	{
		name: "bits of the frame tag that VA-API does not carry",
		families: ["cedrus"],
		// Jobs are matched by all that follows the tag.
		applies: ({ field, ours, theirs }) =>
			field === "bytes of stream" && sizeOf(ours) === sizeOf(theirs) && ours !== theirs,
		reason: "FFmpeg takes the frame tag (RFC 6386 9.1) away, and VA-API carries neither show_frame nor the scale bits, so the tag is made anew with all shown and nothing scaled. The decoder begins to read behind it (cedrus_vp8_setup, VE_H264_VLD_OFFSET), and the hantro drivers point their decoders behind it (cfg_parts).",
	},
	{
		name: "probabilities of segments that no macroblock names",
		families: ["vdpu2", "g1", "cedrus"],
		applies: ({ field, pair }) =>
			field === "probabilities segments" &&
			[pair.ours, pair.theirs].every((fields) => MAP_UPDATES.some((name) => fields?.get(name) === "0")),
		reason: "Macroblocks name their segments only where update_mb_segmentation_map is 1 (RFC 6386 10). Elsewhere our driver gives what the player says: 255, the value of a probability that is not coded (9.3), or 0. GStreamer gives 0.",
	},
	{
		name: "size that changes",
		families: ["vdpu2", "g1", "cedrus"],
		applies: ({ field, ours, theirs, stream }) =>
			CHANGES_SIZE.some((name) => stream.endsWith(name)) &&
			(OF_HANTRO.test(field) ||
				OF_CEDRUS.test(field) ||
				(OF_PICTURE_BEFORE.test(field) && ours === "0") ||
				(field === "job" && theirs === "not decoded")),
		reason: 'A key frame\'s tag has its size (RFC 6386 9.1), and the player makes a new context for it, in which there is no picture before. GStreamer 1.22 decodes on with the formats of the size before, and stops when the first such picture is to come out: "Could not re-negotiate with updated state" (gst_v4l2_codec_vp8_dec_output_picture).',
	},
];
