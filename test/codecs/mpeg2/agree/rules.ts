// SPDX-License-Identifier: MIT
// Where the driver may tell a decoder something else than GStreamer does, and why: the one file to review. Kernel files are
// below drivers/ of Linux 6.12. Clauses are those of ISO/IEC 13818-2.

import type { Fields } from "../../../kernel/agree/fields.ts";
import type { Difference, Rule } from "../../../kernel/agree/rule.ts";
import { constants } from "../../../support/abi.ts";

const NONE = "none of hantro and cedrus";

const value = (fields: Fields, name: string): number => Number(fields.get(name)?.value);
const text = (fields: Fields, name: string): string => String(fields.get(name)?.value);

// ---- sequence

/** Tables 8-3, 8-11 and 8-14, the least level first: its number, width, height, vbv_buffer_size. */
const LEVELS = [
	[10, 352, 288, 29],
	[8, 720, 576, 112],
	[6, 1440, 1152, 448],
	[4, 1920, 1152, 597],
];

/** The least level that holds our size. */
function levelOf(fields: Fields): number[] {
	const width = value(fields, "sequence.horizontal_size");
	const height = value(fields, "sequence.vertical_size");
	return LEVELS.find(([, w, h]) => width <= w && height <= h) ?? LEVELS[LEVELS.length - 1];
}

/** Whether progressive_sequence makes no other number of macroblock rows (6.3.3). */
const sameRows = (height: number): boolean => Math.ceil(height / 16) === 2 * Math.ceil(height / 32);

// ---- fields and references

const isField = (fields: Fields): boolean =>
	value(fields, "picture.picture_structure") !== constants.V4L2_MPEG2_PIC_FRAME;

/** Whether an earlier job was decoded to the same picture. */
const isSecondField = (d: Difference): boolean =>
	isField(d.ourFields) && d.earlier.has(text(d.ourFields, "buffer.timestamp"));

function isTopFirst(d: Difference): boolean {
	const top = value(d.ourFields, "picture.picture_structure") === constants.V4L2_MPEG2_PIC_TOP_FIELD;
	return top !== isSecondField(d);
}

/** What stands in for a forward reference that does not exist. */
function standIn(d: Difference): string {
	const b = value(d.ourFields, "picture.picture_coding_type") === constants.V4L2_MPEG2_PIC_CODING_TYPE_B;
	if (b) return text(d.ourFields, "picture.backward_ref_ts");
	return isSecondField(d) ? text(d.ourFields, "buffer.timestamp") : "none";
}

export const mpeg2Unfinished: Record<string, string> = {};

export const mpeg2Rules: Rule[] = [
	{
		id: "B pictures at the start of an open group",
		fields: ["job"],
		carried: true,
		sends: "nothing: the player leaves them out. GStreamer has them decoded without their forward reference",
		readers: "all decoders",
		why: "what they refer to was never there, so they cannot be decoded right (6.3.8)",
		holds: (d) =>
			d.ours === undefined &&
			value(d.theirFields, "picture.picture_coding_type") === constants.V4L2_MPEG2_PIC_CODING_TYPE_B &&
			text(d.theirFields, "picture.forward_ref_ts") === "none",
	},
	{
		id: "level",
		fields: ["sequence.profile_and_level_indication"],
		carried: false,
		sends: "the profile of the player's configuration, with the least level that holds the size. GStreamer moves the level up a bit",
		readers: NONE,
		why: "a decoder that sizes anything by the level has enough with the least that holds them (8.3)",
		holds: (d) => [4, 5].some((profile) => d.ours === (profile << 4) + levelOf(d.ourFields)[0]),
	},
	{
		id: "vbv_buffer_size",
		fields: ["sequence.vbv_buffer_size"],
		carried: false,
		sends: "the greatest of that level, in units of 16384 bits as the kernel's documentation has it. GStreamer sends bits",
		readers: NONE,
		why: "no stream of the level needs more (table 8-14)",
		holds: (d) => d.ours === levelOf(d.ourFields)[3],
	},
	{
		id: "progressive_sequence",
		fields: ["sequence.flags:PROGRESSIVE"],
		carried: false,
		sends: "1 until a picture shows that the sequence is interlaced",
		readers:
			"media/platform/verisilicon/hantro_g1_mpeg2_dec.c hantro_g1_mpeg2_dec_run(), rockchip_vpu2_hw_mpeg2_dec.c",
		why: "a progressive frame is decoded alike in either sequence where both have as many rows of macroblocks (6.3.3)",
		holds: (d) =>
			d.ours === 1 &&
			!isField(d.ourFields) &&
			value(d.ourFields, "picture.flags:PROGRESSIVE") === 1 &&
			sameRows(value(d.ourFields, "sequence.vertical_size")),
	},
	{
		id: "matrices of chroma",
		fields: [
			"quantisation.chroma_intra_quantiser_matrix",
			"quantisation.chroma_non_intra_quantiser_matrix",
		],
		carried: true,
		sends: "those of luma; GStreamer sends 0, which no matrix may hold (6.3.11)",
		readers: "media/platform/verisilicon/hantro_mpeg2.c hantro_mpeg2_dec_copy_qtable()",
		why: "in 4:2:0 chroma is scaled by the matrices of luma (7.4.2.1)",
		holds: (d) =>
			value(d.ourFields, "sequence.chroma_format") === 1 &&
			d.ours === d.ourFields.get(d.name.replace("chroma_", ""))?.value &&
			/^(0 ?)+$/.test(String(d.gstreamer)),
	},
	{
		id: "order of fields",
		fields: ["picture.flags:TOP_FIELD_FIRST"],
		carried: true,
		sends: "whether the top field of the frame comes first; GStreamer sends what the stream has, which is 0 in each field picture (6.3.10)",
		readers:
			"media/platform/verisilicon/hantro_g1_mpeg2_dec.c hantro_g1_mpeg2_dec_set_buffers(): which field refers to the other one",
		why: "the kernel's documentation says of field pictures: set where the top field comes first",
		holds: (d) => isField(d.ourFields) && d.ours === (isTopFirst(d) ? 1 : 0),
	},
	{
		id: "forward reference that does not exist",
		fields: ["picture.forward_ref_ts"],
		carried: true,
		sends: "for a second field the frame that it is part of, for a B picture its backward reference; GStreamer names none",
		readers: "media/cedrus: cedrus_mpeg2.c, which would read from address 0",
		why: "no macroblock refers to it, and no decoder shall fetch from nowhere",
		holds: (d) => d.gstreamer === "none" && d.ours === standIn(d),
	},
	{
		id: "references of I pictures",
		fields: ["picture.forward_ref_ts (unused)", "picture.backward_ref_ts (unused)"],
		carried: true,
		sends: "none",
		readers: "cedrus writes the address of what it names, and reads nothing there",
		why: "a picture of this type has no such reference (7.6.2)",
		holds: (d) => d.ours === "none",
	},
];
