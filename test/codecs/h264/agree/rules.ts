// SPDX-License-Identifier: MIT
// Where the driver may tell a decoder something else than GStreamer does, and why: the one file to review. Kernel files are
// below drivers/ of Linux 6.12. Who reads a field was found by reading these files and by changing the field and watching the
// registers that hantro, rkvdec and cedrus write.

import type { Fields } from "../../../kernel/agree/fields.ts";
import type { Difference, Rule } from "../../../kernel/agree/rule.ts";
import { h264Levels } from "../levels.ts";
import { readSliceStart } from "./header.ts";

const NONE = "none of hantro, rkvdec, cedrus, tegra-vde and mediatek";
const COUNTS_READ =
	"media/platform/verisilicon/hantro_h264.c prepare_table(), rkvdec-h264.c config_registers(), cedrus_h264.c cedrus_fill_ref_pic(): as 32 bits";

function value(fields: Fields, name: string): number {
	return Number(fields.get(name)?.value);
}

/** "decode_params.dpb[short-term 4]" of a field's key. */
function entryOf(key: string): string {
	return key.replace(/\]\..*$/, "]");
}

// ---- picture order counts

const isField = (fields: Fields): boolean => value(fields, "decode_params.flags:FIELD_PIC") === 1;
const isBottom = (fields: Fields): boolean => value(fields, "decode_params.flags:BOTTOM_FIELD") === 1;

/** The count of the picture itself: of the parity that it has. */
function ownCount(fields: Fields): number {
	return value(fields, `decode_params.${isBottom(fields) ? "bottom" : "top"}_field_order_cnt`);
}

/** By what our counts of this job differ from GStreamer's. */
const offset = (d: Difference): number => ownCount(d.ourFields) - ownCount(d.theirFields);

const byOffset = (d: Difference): boolean =>
	offset(d) % 65536 === 0 && Number(d.ours) - Number(d.gstreamer) === offset(d);

/** Whether an entry of the DPB has no field of the parity that this count is of. */
function isUnusedParity(d: Difference): boolean {
	const bit = d.name.includes("bottom") ? 2 : 1;
	const fields = `${entryOf(d.key)}.fields`;
	return (value(d.theirFields, fields) & bit) === 0 && (value(d.ourFields, fields) & bit) === 0;
}

// ---- frames that no slice was sent for

/** Whether what this side names in an entry was decoded with another frame_num: the entry stands for a frame of a gap. */
function namesAnother(fields: Fields, d: Difference): boolean {
	const entry = entryOf(d.key);
	const frameNum = Number(entry.match(/short-term (\d+)/)?.[1] ?? Number.NaN);
	const named = String(fields.get(`${entry}.reference_ts`)?.value);
	const picture = d.earlier.get(named);
	if (Number.isNaN(frameNum)) return false;
	return !picture || value(picture, "decode_params.frame_num") !== frameNum || wasDropped(named, entry, d);
}

/** Whether GStreamer's DPB was once without a picture since it was decoded: an entry that names it again is another. */
function wasDropped(named: string, entry: string, d: Difference): boolean {
	let decoded = false;
	for (const [name, fields] of d.earlier) {
		if (name === named) decoded = true;
		const itself = fields.get("buffer.timestamp")?.value === named;
		if (decoded && !itself && !fields.has(entry)) return true;
	}
	return false;
}

function isOfGap(d: Difference): boolean {
	const theirs = d.theirFields.has(entryOf(d.key));
	const ours = d.ourFields.has(entryOf(d.key));
	return (!theirs || namesAnother(d.theirFields, d)) && (!ours || namesAnother(d.ourFields, d));
}

/** Whether a picture that GStreamer has an entry for is in our DPB under the frame_num of the gap behind it. */
function isMergedWithGap(d: Difference): boolean {
	if (d.ours !== undefined) return false;
	const picture = d.theirFields.get(`${d.key}.reference_ts`)?.value;
	return [...d.ourFields.values()].some(
		(f) =>
			f.name === "decode_params.dpb[].reference_ts" &&
			f.value === picture &&
			namesAnother(d.ourFields, { ...d, key: f.key }),
	);
}

/** Whether one field of a frame is a reference and the other is not any more. */
function isSingleField(d: Difference): boolean {
	const fields = value(d.ourFields, `${entryOf(d.key)}.fields`);
	return d.gstreamer === undefined && (fields === 1 || fields === 2) && !isOfGap(d);
}

// ---- what GStreamer contradicts itself about

/** GStreamer 1.22 sends the SPS it parsed last, though the PPS of the picture may belong to another (7.4.1.2.1). */
const wrongSps = (d: Difference): boolean =>
	value(d.theirFields, "pps.seq_parameter_set_id") !== value(d.theirFields, "sps.seq_parameter_set_id");

// ---- sequence and picture parameters

/** A.3.1: whether our level holds the pictures and references that our SPS announces. */
function levelHolds(d: Difference): boolean {
	const sps = (name: string) => value(d.ourFields, `sps.${name}`);
	const fields = sps("flags:FRAME_MBS_ONLY") ? 1 : 2;
	const size = (sps("pic_width_in_mbs_minus1") + 1) * (sps("pic_height_in_map_units_minus1") + 1) * fields;
	const row = h264Levels.find(([level]) => level === d.ours);
	return row !== undefined && size <= row[1] && size * sps("max_num_ref_frames") <= row[2];
}

/** Whether every slice that uses a list overrides the PPS's count (7.4.3). */
function allOverride(d: Difference): boolean {
	const list = d.name.includes("l1") ? 1 : 0;
	for (const { name, value: unit } of d.ourFields.values()) {
		if (name !== "output.bytes") continue;
		const { type, overrides } = readSliceStart(Buffer.from(String(unit), "latin1"), d.ourFields);
		const uses = overrides !== undefined && (list === 0 || type === 1);
		if (uses && !overrides) return false;
	}
	return true;
}

function constraintsOf(profile: number): number {
	return profile === 66 ? 3 : profile === 77 ? 2 : 0;
}

const NEGOTIATES_AGAIN =
	'a later SPS has the same size and another level or VUI: v4l2slh264dec of 1.22 negotiates its output anew, and ends with "Could not re-negotiate with updated state"';

export const h264Unfinished: Record<string, string> = {
	"FRExt2_Panasonic.avc":
		"h264parse of 1.22 calls the last NAL unit an invalid stream and ends with an error",
	"frag_overlap.mp4": NEGOTIATES_AGAIN,
	"attachment631-small.mp4": NEGOTIATES_AGAIN,
};

export const h264Rules: Rule[] = [
	{
		id: "GStreamer's SPS is another's",
		fields: [
			"sps.profile_idc",
			"sps.constraint_set_flags",
			"sps.level_idc",
			"sps.log2_max_frame_num_minus4",
			"sps.log2_max_pic_order_cnt_lsb_minus4",
			"sps.max_num_ref_frames",
			"sps.pic_width_in_mbs_minus1",
			"sps.pic_height_in_map_units_minus1",
		],
		carried: true,
		sends: "the SPS of the picture, from VA's picture parameters",
		readers: "all of them, so GStreamer's picture is wrong on real decoders",
		why: "GStreamer's own PPS control names another SPS than its SPS control is; the picture's is the one that its PPS names (7.4.1.2.1)",
		holds: wrongSps,
	},
	{
		id: "GStreamer gave up",
		fields: ["job"],
		carried: true,
		sends: "the pictures behind the one at which GStreamer ended with an error",
		readers: "all decoders",
		why: "GStreamer does not play the stream to its end; which streams that may happen to is listed in h264Unfinished",
		holds: (d) => d.theirEnd,
	},
	{
		id: "profile of the configuration",
		fields: ["sps.profile_idc"],
		carried: false,
		sends: "the profile of the player's configuration, or a higher one that has all that the stream uses",
		readers:
			"media/platform/verisilicon/hantro_g1_h264_dec.c and rockchip_vpu2_hw_h264_dec.c set_params(): above 66 motion vectors are kept; tegra-vde/h264.c: 66",
		why: "VA-API has no name for Baseline with what Constrained Baseline lacks, so players take High; without slice groups and arbitrary order, which are refused, a decoder of High decodes it alike (A.2.4)",
		holds: (d) => d.gstreamer === 66 && [77, 100].includes(Number(d.ours)),
	},
	{
		id: "level",
		fields: ["sps.level_idc"],
		carried: false,
		sends: "the least level that holds the picture size and the references",
		readers: "media/platform/nvidia/tegra-vde/h264.c to_tegra_vde_h264_level_idc()",
		why: "0 would be no level; a decoder that sizes anything by the level has enough with the least that holds them (A.3.1)",
		holds: levelHolds,
	},
	{
		id: "constraint flags",
		fields: ["sps.constraint_set_flags"],
		carried: false,
		sends: "set0 and set1 for Constrained Baseline, set1 for Main, nothing for High and above",
		readers: NONE,
		why: "what streams of these profiles conform to by definition (A.2.1, A.2.2)",
		holds: (d) => d.ours === constraintsOf(value(d.ourFields, "sps.profile_idc")),
	},
	{
		id: "SPS number",
		fields: ["sps.seq_parameter_set_id", "pps.seq_parameter_set_id"],
		carried: false,
		sends: "0 in both controls",
		readers: NONE,
		why: "one SPS and one PPS are in effect at a time, so the number names nothing; both agree with each other",
		holds: (d) => d.ours === 0,
	},
	{
		id: "cycle of order type 1",
		fields: [
			"sps.num_ref_frames_in_pic_order_cnt_cycle",
			"sps.offset_for_ref_frame",
			"sps.offset_for_non_ref_pic",
			"sps.offset_for_top_to_bottom_field",
		],
		carried: false,
		sends: "0",
		readers: NONE,
		why: "they only serve to compute picture order counts (8.2.1.2), which are submitted",
		holds: (d) =>
			value(d.theirFields, "sps.pic_order_cnt_type") === 1 && String(d.ours).replace(/ ?0/g, "") === "",
	},
	{
		id: "default reference counts",
		fields: ["pps.num_ref_idx_l0_default_active_minus1", "pps.num_ref_idx_l1_default_active_minus1"],
		carried: false,
		sends: "what slices that do not override it have shown, and the count of this slice until then",
		readers:
			"media/platform/verisilicon/hantro_g1_h264_dec.c set_params(), rkvdec-h264.c assemble_hw_pps(), mediatek vdec_h264_req_common.c: for slices that do not override it",
		why: "each slice of these pictures that has the list overrides the count (num_ref_idx_active_override_flag is read from the bytes)",
		holds: allOverride,
	},
	{
		id: "offset of picture order counts",
		fields: [
			"decode_params.top_field_order_cnt",
			"decode_params.bottom_field_order_cnt",
			"decode_params.dpb[].top_field_order_cnt",
			"decode_params.dpb[].bottom_field_order_cnt",
		],
		carried: true,
		sends: "FFmpeg's counts, which lie a multiple of 65536 higher after an IDR picture",
		readers: COUNTS_READ,
		why: "all counts of the job have the same offset, and decoding uses only differences and order of counts (8.2.4.2.3, 8.4.1.2.3, 8.4.2.3.1)",
		holds: byOffset,
	},
	{
		id: "count of a field that is no reference",
		fields: ["decode_params.dpb[].top_field_order_cnt", "decode_params.dpb[].bottom_field_order_cnt"],
		carried: true,
		sends: "what the player says of the field that the entry does not refer to; GStreamer sends 0",
		readers: COUNTS_READ,
		why: "the entry's `fields` leaves this parity out, so no list of references has it",
		holds: isUnusedParity,
	},
	{
		id: "PicNum of a frame's other field",
		fields: ["decode_params.dpb[].pic_num"],
		carried: true,
		sends: "PicNum of the entry's field of the current parity; GStreamer's is that of the entry's first field",
		readers:
			"media/platform/mediatek/vcodec/decoder/vdec/vdec_h264_req_common.c mtk_vdec_h264_copy_decode_params()",
		why: "both fields are in the entry, which has room for one number: 2n+1 of the same parity or 2n of the other, (8-30) to (8-33)",
		holds: (d) =>
			isField(d.theirFields) &&
			value(d.ourFields, `${entryOf(d.key)}.fields`) === 3 &&
			Number(d.ours) === Number(d.gstreamer) + 1 &&
			Number(d.ours) % 2 === 1,
	},
	{
		id: "frames of gaps",
		fields: [
			"decode_params.dpb[]",
			"decode_params.dpb[].reference_ts",
			"decode_params.dpb[].top_field_order_cnt",
			"decode_params.dpb[].bottom_field_order_cnt",
			"decode_params.dpb[].pic_num",
			"decode_params.dpb[].flags:FIELD",
		],
		carried: false,
		sends: "no entry where the player has none; else the last reference before the gap as its stand-in. GStreamer names the first picture (timestamp 0)",
		readers: "all decoders, for streams that refer to what was never sent",
		why: "a non-existing frame is not referred to by inter prediction of a conforming stream (8.2.5.2); a stand-in near in time does the least harm in others",
		holds: isOfGap,
	},
	{
		id: "lost references",
		fields: [
			"slice_params.ref_pic_list0[].index",
			"slice_params.ref_pic_list0[].fields",
			"slice_params.ref_pic_list1[].index",
			"slice_params.ref_pic_list1[].fields",
		],
		carried: true,
		sends: "the player's stand-in for a picture that was lost, or an entry that names none; GStreamer sends 255 in both bytes",
		readers: "cedrus_h264.c _cedrus_write_ref_list(), which leaves out what has no buffer",
		why: "the stream lacks the picture, so nothing is right; a stand-in near in time does the least harm, and 255 is no value of `fields`",
		holds: (d) =>
			d.theirFields.get(d.key.replace(/\.fields$/, ".index"))?.value === "no entry (255)" &&
			(d.name.endsWith(".index") || d.ours === 3),
	},
	{
		id: "picture merged with its gap",
		fields: ["decode_params.dpb[]"],
		carried: false,
		sends: "the picture before a gap under the frame_num of the gap's last frame, unless a slice names both",
		readers: "all decoders, as frames of gaps",
		why: "FFmpeg gives frames of a gap the surface of the picture before it and lists a surface once; what slices name is added (driver-src/codec/h264/references.ts)",
		holds: isMergedWithGap,
	},
	{
		id: "frame with one field left",
		fields: ["decode_params.dpb[]"],
		carried: true,
		sends: "the field that is still marked; GStreamer drops the frame with its first field",
		readers: "all decoders",
		why: "memory_management_control_operation 1 and 2 unmark one field of a frame (8.2.5.4.1, 8.2.5.4.2); the other stays a reference",
		holds: isSingleField,
	},
	{
		id: "pictures of several slice types",
		fields: ["decode_params.flags:PFRAME", "decode_params.flags:BFRAME"],
		carried: true,
		sends: "BFRAME for a picture with any B slice, else PFRAME with any P slice; GStreamer goes by one slice",
		readers:
			"media/platform/nvidia/tegra-vde/h264.c tegra_vde_h264_decode_end(), which cannot decode such pictures (as it says)",
		why: "a picture with B slices needs the lists of B slices",
		holds: (d) => {
			const types = new Set<number>();
			for (const { name, value: unit } of d.ourFields.values()) {
				if (name === "output.bytes")
					types.add(readSliceStart(Buffer.from(String(unit), "latin1"), d.ourFields).type);
			}
			return (
				types.size > 1 && value(d.ourFields, "decode_params.flags:BFRAME") === (types.has(1) ? 1 : 0)
			);
		},
	},
	{
		id: "8x8 lists of Cb and Cr",
		fields: ["scaling_matrix.scaling_list_8x8[2..5]"],
		carried: false,
		sends: "flat lists of 16; GStreamer sends 0, which no list may hold (7.4.2.1.1.1)",
		readers: "rkvdec-h264.c assemble_hw_scaling_list() copies one of them",
		why: "they are read in 4:4:4 only (8.5.9), which is refused",
		holds: (d) => value(d.ourFields, "sps.chroma_format_idc") !== 3 && /^(16 ?)+$/.test(String(d.ours)),
	},
	{
		id: "8x8 lists without 8x8 transforms",
		fields: ["scaling_matrix.scaling_list_8x8[0]", "scaling_matrix.scaling_list_8x8[1]"],
		carried: true,
		sends: "what the player gives: flat lists",
		readers: "the decoders copy them and use them with 8x8 transforms",
		why: "the PPS allows no 8x8 transforms (transform_8x8_mode_flag is 0), so no block is scaled by them (8.5.13)",
		holds: (d) => value(d.theirFields, "pps.flags:TRANSFORM_8X8_MODE") === 0,
	},
	{
		id: "unused list entries",
		fields: ["slice_params.ref_pic_list0 (unused)", "slice_params.ref_pic_list1 (unused)"],
		carried: true,
		sends: "index 255, no fields; GStreamer leaves 255 in both bytes",
		readers: "media/cedrus: cedrus_h264.c _cedrus_write_ref_list() stops at num_ref_idx_active",
		why: "num_ref_idx_l0_active_minus1 and num_ref_idx_l1_active_minus1 say how many entries count; 255 is no value of `fields`",
		holds: (d) => /^(255\/0 ?)+$/.test(String(d.ours)) && /^(255\/255 ?)+$/.test(String(d.gstreamer)),
	},
	{
		id: "chroma weights of monochrome",
		fields: [
			"pred_weights.chroma_log2_weight_denom",
			"pred_weights.weight_factors[0].chroma_weight",
			"pred_weights.weight_factors[1].chroma_weight",
		],
		carried: true,
		sends: "the player's values",
		readers: "cedrus_h264.c cedrus_write_pred_weight_table(), which decodes no monochrome",
		why: "there is no chroma to weight: the syntax is absent (7.3.3.2) where ChromaArrayType is 0",
		holds: (d) => value(d.theirFields, "sps.chroma_format_idc") === 0,
	},
];
