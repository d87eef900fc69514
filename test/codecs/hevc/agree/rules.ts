// SPDX-License-Identifier: MIT
// Where the driver may tell a decoder something else than GStreamer does, and why: the one file to review. Kernel files are
// below drivers/ of Linux 7.3, rpi-hevc-dec's are in Raspberry Pi's tree. Clauses are those of ITU-T H.265.

import type { Fields } from "../../../kernel/agree/fields.ts";
import type { Difference, Rule } from "../../../kernel/agree/rule.ts";

const value = (fields: Fields, name: string): number => Number(fields.get(name)?.value);

/** "slice_params[2]" of a field's key. */
const sliceOf = (key: string): string => key.replace(/\]\..*$/, "]");

const isAll = (word: string, text: unknown): boolean =>
	String(text)
		.split(" ")
		.every((each) => each === word);

// ---- places in the OUTPUT buffer

/** The NAL unit of a slice, as we sent it. */
const unitOf = (d: Difference, slice: number): string =>
	String(d.ourFields.get(`output.bytes[${slice}]`)?.value);

/** What our slice begins with: three bytes, or more where zeroes are before it; "" without start codes. */
const startCodeOf = (d: Difference, slice: number): string =>
	String(d.ourFields.get("output.start codes")?.value).split(" ")[slice] ?? "";

/** Where this field's slice begins with its start code, in bytes from the start of our OUTPUT buffer. */
function beginOf(d: Difference): number {
	const slice = Number(/\d+/.exec(sliceOf(d.key))?.[0]);
	let begin = 0;
	for (let i = 0; i < slice; i++) begin += startCodeOf(d, i).length / 2 + unitOf(d, i).length;
	return begin;
}

/** How many emulation prevention bytes (7.3.1.1) count: those of the slice segment header, which ends where our data begins. */
function emulationBytes(d: Difference): number {
	const slice = Number(/\d+/.exec(sliceOf(d.key))?.[0]);
	if (startCodeOf(d, slice) === "") return 0;
	const size = Number(d.ours) - beginOf(d) - startCodeOf(d, slice).length / 2;
	return unitOf(d, slice).slice(0, size).split("\0\0\x03").length - 1;
}

// ---- tiles

/** Whether both sides send the same sizes of tiles, or there are none. */
const sameTiles = (d: Difference): boolean =>
	["column_width_minus1", "row_height_minus1"].every(
		(name) => d.ourFields.get(`pps.${name}`)?.value === d.theirFields.get(`pps.${name}`)?.value,
	);

export const hevcUnfinished: Record<string, string> = {
	"resize.265":
		"v4l2slh265dec of 1.26 sets the format of the new size while it has buffers of the old one, which is EBUSY",
};

export const hevcRules: Rule[] = [
	{
		id: "GStreamer gave up",
		fields: ["job"],
		carried: true,
		sends: "the pictures behind the one at which GStreamer ended with an error",
		readers: "all decoders",
		why: "GStreamer does not play the stream to its end; which streams that may happen to is listed in hevcUnfinished",
		holds: (d) => d.theirEnd,
	},
	{
		id: "set larger than the SPS allows",
		fields: ["job"],
		carried: true,
		sends: "the picture, as FFmpeg decodes it; GStreamer drops slices whose set has more pictures than sps_max_dec_pic_buffering_minus1",
		readers:
			"rkvdec-vdpu381-hevc.c and rkvdec-vdpu383-hevc.c read sps_max_dec_pic_buffering_minus1, no other",
		why: "the stream breaks 7.4.8, but its references are there, so that the picture can be decoded",
		holds: (d) =>
			d.gstreamer === undefined &&
			["st_curr_before", "st_curr_after", "lt_curr"].reduce(
				(sum, set) => sum + value(d.ourFields, `decode_params.num_poc_${set}`),
				0,
			) > value(d.ourFields, "sps.sps_max_dec_pic_buffering_minus1"),
	},
	{
		id: "most pictures of reordering",
		fields: ["sps.sps_max_num_reorder_pics"],
		carried: false,
		sends: "sps_max_dec_pic_buffering_minus1, the most that it may be (7.4.3.2.1)",
		readers:
			"media/platform/mediatek/vcodec/decoder/vdec/vdec_hevc_req_multi_if.c vdec_hevc_copy_sps_params()",
		why: "it is of the order of output, which is the player's; no sample depends on it (C.5.2)",
		holds: (d) =>
			d.ours === value(d.ourFields, "sps.sps_max_dec_pic_buffering_minus1") &&
			Number(d.gstreamer) <= Number(d.ours),
	},
	{
		id: "limit of latency",
		fields: ["sps.sps_max_latency_increase_plus1"],
		carried: false,
		sends: "0, no limit (7.4.3.2.1)",
		readers: "as most pictures of reordering",
		why: "it is of the order of output, as well",
		holds: (d) => d.ours === 0,
	},
	{
		id: "temporal sub-layers",
		fields: ["sps.sps_max_sub_layers_minus1"],
		carried: false,
		sends: "6, the most that there may be (7.4.3.2.1)",
		readers: "rpi-hevc-dec keeps motion vectors of the pictures of as many layers",
		why: "with more layers than the stream has, the decoder keeps some motion vectors that nobody needs",
		holds: (d) => d.ours === 6,
	},
	{
		id: "tiles of uniform size",
		fields: ["pps.flags:UNIFORM_SPACING"],
		carried: false,
		sends: "0, and the sizes of all tiles",
		readers:
			"media/platform/verisilicon/hantro_g2_hevc_dec.c prepare_tile_info_buffer(), rkvdec-vdpu381-hevc.c, rkvdec-vdpu383-hevc.c: whether they compute the sizes",
		why: "the sizes that both send are the same, so computing them (6-3, 6-4) gives no others",
		holds: (d) => d.ours === 0 && sameTiles(d),
	},
	{
		id: "deblocking control without effect",
		fields: ["pps.flags:DEBLOCKING_FILTER_CONTROL_PRESENT"],
		carried: false,
		sends: "0 where the PPS neither lets slices override anything, nor switches the filter off, nor moves its thresholds",
		readers: "media/platform/verisilicon/hantro_g2_hevc_dec.c set_params()",
		why: "what the flag announces is what is inferred without it (7.4.3.3.1)",
		holds: (d) =>
			d.ours === 0 &&
			[
				...["flags:DEBLOCKING_FILTER_OVERRIDE_ENABLED", "flags:PPS_DISABLE_DEBLOCKING_FILTER"],
				...["pps_beta_offset_div2", "pps_tc_offset_div2"],
			].every((name) => value(d.theirFields, `pps.${name}`) === 0),
	},
	{
		id: "unused entries of sets and lists",
		fields: [
			"decode_params.poc_st_curr_before (unused)",
			"decode_params.poc_st_curr_after (unused)",
			"decode_params.poc_lt_curr (unused)",
			"slice_params.ref_idx_l0 (unused)",
			"slice_params.ref_idx_l1 (unused)",
		],
		carried: true,
		sends: "0; GStreamer sends 255, which is no index of the DPB",
		readers:
			"none: each stops at the count, but cedrus_h265.c, which reads one entry of list 0 in I slices",
		why: "the counts say how many entries there are; what is read beside them is within dpb[]",
		holds: (d) => isAll("0", d.ours) && isAll("255", d.gstreamer),
	},
	{
		id: "end of a slice in the buffer",
		fields: ["slice_params.bit_size"],
		carried: true,
		sends: "the slice's end counted from the start of the buffer; GStreamer counts from the slice's start code",
		readers: "rpi-hevc-dec hevc_d_h265.c, which takes no data_byte_offset beyond bit_size",
		why: "data_byte_offset counts from the start of the buffer, and one end belongs to both",
		holds: (d) => Number(d.ours) === Number(d.gstreamer) + 8 * beginOf(d),
	},
	{
		id: "place of a slice's data",
		fields: ["slice_params.data_byte_offset"],
		carried: true,
		sends: "of whole pictures, where the data is in the buffer; GStreamer counts from the slice's start code, and leaves out emulation prevention bytes of the header",
		readers:
			"rpi-hevc-dec hevc_d_h265.c adds it to the address of the buffer; cedrus_h265.c skips so many bytes with a bit reader, and is told the same by both",
		why: "it is an offset to data in memory, where the emulation prevention bytes are",
		holds: (d) => Number(d.ours) === Number(d.gstreamer) + beginOf(d) + emulationBytes(d),
	},
	{
		id: "list 1 of P slices",
		fields: ["slice_params.num_ref_idx_l1_active_minus1"],
		carried: true,
		sends: "0; GStreamer sends the PPS's default, which only B slices use (7.4.7.1)",
		readers: "cedrus_h265.c writes it to a register; rkvdec-hevc.c reads it of B slices alone",
		why: "P slices have no list 1 (8.3.4)",
		holds: (d) =>
			value(d.ourFields, `${sliceOf(d.key)}.slice_type`) === 1 &&
			d.ours === 0 &&
			d.gstreamer === value(d.ourFields, "pps.num_ref_idx_l1_default_active_minus1"),
	},
	{
		id: "set of dependent segments",
		fields: ["slice_params.short_term_ref_pic_set_size", "slice_params.long_term_ref_pic_set_size"],
		carried: true,
		sends: "that of the segment that it depends on; GStreamer sends 0",
		readers: "rkvdec-hevc.c assemble_sw_rps(), which has one set for each segment",
		why: "a dependent segment takes the values of the one before it (7.4.7.1), and the picture has one set",
		holds: (d) =>
			value(d.ourFields, `${sliceOf(d.key)}.flags:DEPENDENT_SLICE_SEGMENT`) === 1 &&
			d.gstreamer === 0 &&
			d.ours === d.ourFields.get(`decode_params.${d.name.replace("slice_params.", "")}`)?.value,
	},
];
