// SPDX-License-Identifier: MIT
// Differences between what our driver and what GStreamer makes the hardware do, each with the reason why it is right. A
// waiver holds for the fields and the situation that it names; one that never applies is reported. Clauses are those of
// ISO/IEC 13818-2.
import type { Fields } from "../../../kernel/hardware/registers/canonical.ts";
import type { Waiver } from "../../../kernel/hardware/registers/codec.ts";
import type { Difference } from "../../../kernel/hardware/registers/compare.ts";

const HANTRO = ["vdpu2", "g1"];

const numberOf = (fields: Fields | null, name: string): number => Number(fields?.get(name));

/** A frame has an even number of macroblock rows unless the whole sequence is progressive (6.3.3). */
const toEvenRows = (rows: number): number => 2 * Math.ceil(rows / 2);

function isOfHantroRows({ field, ours, theirs, pair }: Difference): boolean {
	if (field === "PIC_MB_HEIGHT_P")
		return numberOf(pair.theirs, "PIC_INTERLACE_E") === 1 && Number(ours) === toEvenRows(Number(theirs));
	return (
		field === "PIC_INTERLACE_E" &&
		ours === "0" &&
		numberOf(pair.ours, "PIC_FIELDMODE_E") === 0 &&
		numberOf(pair.ours, "PIC_MB_HEIGHT_P") === toEvenRows(numberOf(pair.theirs, "PIC_MB_HEIGHT_P"))
	);
}

/** The size is one of whole macroblocks, and the places of chroma follow from it. */
function isOfCedrusSize({ field, ours, theirs, pair }: Difference): boolean {
	const width = numberOf(pair.ours, "MPEG_PICBOUNDSIZE.WIDTH");
	const height = numberOf(pair.ours, "MPEG_PICBOUNDSIZE.HEIGHT");
	if (field === "PRIMARY_CHROMA_BUF_LEN") return Number(ours) === (width * height) / 4;
	if (field.endsWith(", chroma")) return ours === `+ ${width * height}` && theirs !== "+ 0";
	const macroblocks = Math.ceil(Number(theirs) / 16);
	if (field === "MPEG_PICBOUNDSIZE.WIDTH") return width === 16 * macroblocks;
	return (
		field === "MPEG_PICBOUNDSIZE.HEIGHT" && [macroblocks, toEvenRows(macroblocks)].includes(height / 16)
	);
}

/** Fixtures and public streams with field pictures. */
const WITH_FIELDS = [
	...["fields-p.m2v", "fields-b-bottom.m2v", "dual-prime.m2v", "concealment.m2v", "slices.m2v"],
	...["no-forward.m2v", "mpeg2/fate/sony-ct3.mp4", "mpeg2/fate/t.mp4"],
];
const OF_REFERENCES = /^(forward|backward)\b/;

/** 0: no picture that was decoded before. */
const jobOf = (picture: string): number => Number(/^picture of job (\d+)$/.exec(picture)?.[1] ?? 0);

/** Whether GStreamer names none, or an older one than ours, where it lost that. */
const isOlder = ({ field, ours, theirs }: Difference): boolean =>
	OF_REFERENCES.test(field) &&
	(field.endsWith(", chroma") ? theirs === "+ 0" : jobOf(ours) > jobOf(theirs));

/** A B picture that names no picture that was decoded before it as its forward reference. */
const lacksForward = (fields: Fields | null): boolean =>
	(numberOf(fields, "PIC_B_E") === 1 || numberOf(fields, "MPEG_MP12HDR.SLICE_TYPE") === 3) &&
	[...(fields ?? [])].every(([name, value]) => !name.startsWith("forward") || jobOf(value) === 0);

export const mpeg2Waivers: Waiver[] = [
	{
		name: "B pictures at the start of an open group",
		families: [...HANTRO, "cedrus"],
		applies: ({ field, ours, pair }) =>
			field === "job" && ours === "not decoded" && lacksForward(pair.theirs),
		reason: "Their forward reference was never there (6.3.8). The player leaves them out; GStreamer has them decoded without it.",
	},
	{
		name: "rows of macroblocks",
		families: [...HANTRO, "cedrus"],
		applies: (difference) => isOfHantroRows(difference) || isOfCedrusSize(difference),
		reason: "A frame is coded in whole macroblocks, and in an even number of rows where progressive_sequence is 0 (6.3.3). We give the kernel that size, so that the last row has memory; GStreamer 1.22 gives the size that is shown. VA-API does not carry progressive_sequence: it is 1 here until a picture shows that the sequence is interlaced, and a progressive frame of as many rows is decoded alike in either.",
	},
	{
		name: "field pictures that GStreamer loses",
		families: [...HANTRO, "cedrus"],
		applies: (difference) =>
			WITH_FIELDS.includes(difference.stream) &&
			(isOlder(difference) || (difference.field === "job" && difference.theirs === "not decoded")),
		reason: "GStreamer 1.22 decodes the second field of a frame to a CAPTURE buffer that the kernel holds back (V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF). Neither hantro nor cedrus does that for MPEG-2 (cedrus_set_fmt_out(), hantro_update_requires_hold_capture_buf()), so it loses the frames of two fields, and later frames refer to older ones or none, or are lost as well. For a B picture without a forward reference (6.3.8) it names none; we name the backward one, and no macroblock refers to it.",
	},
];
