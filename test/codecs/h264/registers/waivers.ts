// SPDX-License-Identifier: MIT
// Differences between what our driver and what GStreamer makes the hardware do, each with the reason why it is right. A
// waiver holds for the fields and the situation that it names; one that never applies is reported.
import { basename } from "node:path";
import type { Fields } from "../../../kernel/hardware/registers/canonical.ts";
import type { Waiver } from "../../../kernel/hardware/registers/codec.ts";
import { type Difference, NOTHING } from "../../../kernel/hardware/registers/compare.ts";
import { h264Unfinished } from "../agree/rules.ts";

/** What a reference, or an entry of a list, names. */
const REFERENCE = /^(?:reference|slot of) (.*?)(?:, number \d+)?$/;
const OF_CEDRUS = /^picture of job/;
const ENTRY = /^(.*?), number \d+( bottom)?$/;
const ONE_FIELD = /^(top|bottom),|^(?!.*BOTFIELD)COLMV|^(?!.*TOPFIELD)COLMV/;
const OF_REFERENCES = /^(reference |slot of |list |[PB]INIT_RLIST)/;

function referencesOf(fields: Fields | null): string[] {
	return [...(fields?.keys() ?? [])].flatMap((name) => REFERENCE.exec(name)?.[1] ?? []);
}

/** FFmpeg gives frames that were never sent no count: 0, where its counts begin at 65536. */
function hasNoCount(ours: string): boolean {
	return Number(/POC (-?\d+)/.exec(ours)?.[1] ?? 0) < -32768;
}

/** Whether some list of the slice has the picture; cedrus tells references by nothing else. */
function isListed(fields: Fields | null, picture: string): boolean {
	const names = [picture, `${picture} bottom`];
	return [...(fields ?? [])].some(([name, value]) => name.startsWith("list ") && names.includes(value));
}

/** Whether only GStreamer has the first picture of the stream among the references, and no slice uses it. */
function isFirstPictureAlone({ field, ours, pair }: Difference): boolean {
	return field === "picture of job 1" && ours === NOTHING && !isListed(pair.theirs, field);
}

/** Whether GStreamer names one picture for several frames: its stand-in for those that were never sent. */
function hasFramesOfGaps({ pair }: Difference): boolean {
	const pictures = referencesOf(pair.theirs);
	const lost = [...(pair.ours ?? [])].some(([name, value]) => REFERENCE.test(name) && hasNoCount(value));
	return lost || new Set(pictures).size < pictures.length;
}

const PITCH = "PICPAR.Y_HOR_VIRSTRIDE";

/** Whether a size of rows, or of planes of them, is GStreamer's but for rows rounded up from 16 bytes to 64. */
function hasWiderRows({ field, ours, theirs, pair }: Difference): boolean {
	const [pitch, usual] = [pair.ours, pair.theirs].map((fields) => Number(fields?.get(PITCH)));
	return (
		/(^|\.)(UV_HOR|Y_HOR|Y|YUV)_VIRSTRIDE$/.test(field) &&
		pitch === Math.ceil(usual / 4) * 4 &&
		Number(ours) * usual === Number(theirs) * pitch
	);
}

/** GStreamer sends the SPS that it parsed last, 1.28 as 1.22 (../agree/rules.ts finds it out from its controls). */
const WRONG_SPS = ["parameter-sets.264"];

export const h264Waivers: Waiver[] = [
	{
		name: "default counts that no slice reads",
		families: ["vdpu2", "g1", "rkvdec", "vdpu381", "vdpu383"],
		applies: ({ field, pair }) => {
			if (!/(REFIDX\d_ACTIVE|NUM_REF_IDX_L\d?_DEFAULT_ACTIVE_MINUS1)/.test(field)) return false;
			const list = /REFIDX1|MINUS1\(1\)|_L1_/.test(field) ? "1" : "0";
			return !(pair.theirs?.get("default counts read") ?? list).split(" ").includes(list);
		},
		reason: "VA-API does not carry num_ref_idx_lX_default_active_minus1. The decoder takes it where a slice header has num_ref_idx_active_override_flag 0 (H.264 7.4.3), and no slice of this picture does.",
	},
	{
		name: "frames that were never sent",
		families: ["vdpu2", "g1", "rkvdec", "vdpu381", "vdpu383", "cedrus"],
		applies: (difference) =>
			(OF_REFERENCES.test(difference.field) && hasFramesOfGaps(difference)) ||
			(OF_CEDRUS.test(difference.field) && hasNoCount(difference.ours)) ||
			isFirstPictureAlone(difference),
		reason: "Where frame_num has gaps, GStreamer names the first picture of the stream for each frame that was never sent; we name the last before the gap, and FFmpeg merges it with the gap's. Inter prediction of a conforming stream does not refer to non-existing frames (H.264 8.2.5.2).",
	},
	{
		name: "frame with one field left",
		families: ["vdpu2", "g1", "rkvdec", "vdpu381", "vdpu383", "cedrus"],
		applies: ({ field, ours, theirs, pair }) => {
			if (OF_CEDRUS.test(field))
				return theirs === NOTHING && ours.includes(" field,") && !isListed(pair.ours, field);
			const picture = REFERENCE.exec(field)?.[1] ?? ENTRY.exec(ours)?.[1];
			const [, marking] =
				[...(pair.ours ?? [])].find(([name]) => REFERENCE.exec(name)?.[1] === picture) ?? [];
			return (
				picture !== undefined &&
				picture !== "output" &&
				theirs === NOTHING &&
				OF_REFERENCES.test(field) &&
				marking !== undefined &&
				ONE_FIELD.test(marking) &&
				!referencesOf(pair.theirs).includes(picture)
			);
		},
		reason: "memory_management_control_operation 1 and 2 unmark one field of a frame (H.264 8.2.5.4.1, 8.2.5.4.2); the other stays a reference. GStreamer drops the frame with its first field.",
	},
	{
		name: "Baseline decoded as Main",
		families: ["vdpu2", "g1"],
		applies: ({ field, ours, theirs }) =>
			(/(^|\.)(WRITE_MVS_E|PICORD_COUNT_E)$/.test(field) && ours === "1" && theirs === "0") ||
			(/DIR_MV(_BASE)?$/.test(field) && theirs === NOTHING),
		reason: "VA-API has no Baseline profile beyond the constrained one, so players choose Main and the SPS says 77 instead of 66. Above 66 the driver makes the hardware also write motion vectors, behind the picture where there is room for them, and use picture order counts (set_params, set_buffers), which it is told in any case (prepare_table). Both serve B slices, which Baseline has not (H.264 A.2.1).",
	},
	{
		name: "rows of a multiple of 64 bytes",
		families: ["rkvdec"],
		applies: hasWiderRows,
		reason: "GPUs want such rows (decoder_format_width() in driver-src/device/decoder.ts). The driver tells the hardware how far rows and planes are apart by the format, and the size of the picture by the SPS (config_registers(), assemble_hw_pps()); that one stays.",
	},
	{
		name: "SPS of another sequence",
		families: ["vdpu2", "g1", "rkvdec", "vdpu381", "vdpu383", "cedrus"],
		applies: ({ stream }) => WRONG_SPS.some((name) => stream.endsWith(name)),
		reason: "The PPS of these pictures belongs to another SPS (H.264 7.4.1.2.1) than GStreamer sends, 1.28 as 1.22, which is the one it parsed last.",
	},
	{
		name: "pictures behind the end of GStreamer",
		families: ["vdpu2", "g1", "rkvdec", "cedrus"],
		applies: ({ field, theirs, stream }) =>
			basename(stream) in h264Unfinished && field === "job" && theirs === "not decoded",
		reason: "GStreamer 1.22 ends with an error within these streams, and decodes nothing behind it (../agree/rules.ts says why).",
	},
	{
		name: "number, profile and flags of the SPS",
		families: ["vdpu381", "vdpu383"],
		applies: ({ field, ours, theirs, pair }) =>
			(/^(PPS_)?SEQ_PARAMETER_SET_ID$/.test(field) &&
				[pair.ours, pair.theirs].every(
					(fields) =>
						fields?.get("SEQ_PARAMETER_SET_ID") === fields?.get("PPS_SEQ_PARAMETER_SET_ID"),
				)) ||
			(field === "PROFILE_IDC" && ours === "100" && theirs === "66") ||
			(field === "CONSTRAINT_SET3_FLAG" && ours === "0"),
		reason: "VA-API carries neither seq_parameter_set_id nor constraint flags, and has no Baseline profile beyond the constrained one. The decoder is not steered by them: Rockchip's own library (hal_h264d_vdpu34x.c, hal_h264d_vdpu382.c) and rkvdec-h264.c up to Linux 6.12 fill these 13 bits with ones for every stream. A packet holds a PPS together with its SPS and is found by pic_parameter_set_id (assemble_hw_pps), which alone slice headers name (H.264 7.3.3).",
	},
];
