// SPDX-License-Identifier: MIT
// Where the driver may tell a decoder something else than GStreamer does, and why: the one file to review. Kernel files are
// below drivers/ of Linux 6.12.
import type { Difference, Rule } from "../../../kernel/agree/rule.ts";

const NONE = "none of hantro and cedrus";

/** RFC 6386 9.1: show_frame, and the two scale bits above width and height of a key frame. */
const SHOW_FRAME = 0x10;
const SCALE = 0xc0;
const KEY_TAG = 10;
const MAX_SIDE = 0x3fff;

/** The tag as the driver makes it of one that a player has taken away: shown, and not scaled. */
function plainTag(tag: string): string {
	const bytes = Buffer.from(tag, "hex");
	bytes[0] |= SHOW_FRAME;
	for (const i of [7, 9]) if (i < bytes.length) bytes[i] &= ~SCALE;
	return bytes.toString("hex");
}

/** Width and height, as the tag of the last key frame has them in what GStreamer sent. */
function sizeOfSequence({ earlier, theirFields }: Difference): number[] {
	const tags = [...earlier.values(), theirFields].map((fields) => String(fields.get("output.tag")?.value));
	const key = Buffer.from(tags.filter((tag) => tag.length === 2 * KEY_TAG).at(-1) ?? "", "hex");
	return key.length === KEY_TAG ? [key.readUInt16LE(6) & MAX_SIDE, key.readUInt16LE(8) & MAX_SIDE] : [];
}

const CHANGES_SIZE =
	'v4l2slvp8dec of 1.22 says "Could not re-negotiate with updated state" where the size changes';

export const vp8Unfinished: Record<string, string> = {
	"shrink.ivf": CHANGES_SIZE,
	"frame_size_change.webm": CHANGES_SIZE,
	"vp80-03-segmentation-1425.ivf": CHANGES_SIZE,
	"vp80-03-segmentation-1436.ivf": CHANGES_SIZE,
};

export const vp8Rules: Rule[] = [
	{
		id: "show_frame",
		fields: ["frame.flags:SHOW_FRAME"],
		carried: false,
		sends: "1 for every frame",
		readers: NONE,
		why: "it is a player's affair which frames it shows; decoding does not depend on it (9.1)",
		holds: (d) => d.ours === 1 && d.gstreamer === 0,
	},
	{
		id: "scale",
		fields: ["frame.horizontal_scale", "frame.vertical_scale"],
		carried: false,
		sends: "0",
		readers: NONE,
		why: "they tell whoever shows the picture how to stretch it; decoding does not depend on them (9.1)",
		holds: (d) => d.ours === 0,
	},
	{
		id: "frame tag",
		fields: ["output.tag"],
		carried: false,
		sends: "the tag made anew, with show_frame 1 and scale bits 0; players take it away",
		readers: "none: hantro's cfg_parts() and cedrus_vp8_setup() point the decoder behind it",
		why: "everything else of it is in VA-API",
		holds: (d) => String(d.ours) === plainTag(String(d.gstreamer)),
	},
	{
		id: "size that changes",
		fields: ["frame.width", "frame.height"],
		carried: true,
		sends: "what the last key frame says; GStreamer 1.22 goes on with the size before",
		readers: "media/cedrus: cedrus_vp8_setup(); hantro goes by the CAPTURE format",
		why: "the size is that of the last key frame (9.1), as the tag that GStreamer itself sends has it",
		holds: (d) => d.ours === sizeOfSequence(d)[d.name === "frame.width" ? 0 : 1],
	},
	{
		id: "end of GStreamer",
		fields: ["job"],
		carried: true,
		sends: "the pictures behind the one at which GStreamer ended with an error",
		readers: "all decoders",
		why: "GStreamer does not play the stream to its end; which streams that happens to is listed in vp8Unfinished",
		holds: (d) => d.theirEnd,
	},
];
