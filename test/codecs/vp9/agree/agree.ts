// SPDX-License-Identifier: MIT
// VP9: what v4l2slvp9dec and the driver tell a decoder, in terms that do not depend on the client.
import { type AgreeCodec, flipOf, type Mode, type NamePicture } from "../../../kernel/agree/codec.ts";
import { controlOf, type Fields, put, putStruct, readField } from "../../../kernel/agree/fields.ts";
import type { Job } from "../../../kernel/agree/record.ts";
import { structs } from "../../../support/abi.ts";
import { vp9Refused, vp9Rules, vp9Unfinished } from "./rules.ts";

const FRAME = "v4l2_ctrl_vp9_frame";
const HEADER = "v4l2_ctrl_vp9_compressed_hdr";

/** There is no other way, and no menu. */
const frame: Mode = { name: "frame", menus: [] };

const BITS: Record<string, string> = {
	lf: "V4L2_VP9_LOOP_FILTER_FLAG_",
	seg: "V4L2_VP9_SEGMENTATION_FLAG_",
};

/** Timestamps, by which the control names the references. */
const REFERENCES = ["last_frame_ts", "golden_frame_ts", "alt_frame_ts"];

/** The plain fields of a control, and those of the structs in it. */
function putControl(fields: Fields, struct: string, prefix: string, control: Buffer, leave: string[]): void {
	for (const [name, field] of Object.entries(structs[struct].fields)) {
		if (!field.struct) continue;
		putStruct(fields, field.struct, `${prefix}.${name}`, control, {
			base: field.offset,
			bits: BITS[name],
		});
	}
	putStruct(fields, struct, prefix, control, { bits: "V4L2_VP9_FRAME_FLAG_", leave });
}

function describe(job: Job, _mode: Mode, picture: NamePicture): Fields {
	const fields: Fields = new Map();
	const control = controlOf(job, "VP9", "FRAME");
	put(fields, "buffer.timestamp", picture(job.timestamp));
	put(fields, "output.bytes", job.output.toString("latin1"));
	putControl(fields, FRAME, "frame", control, REFERENCES);
	putControl(fields, HEADER, "compressed_hdr", controlOf(job, "VP9", "COMPRESSED_HDR"), []);
	// An intra frame refers to nothing.
	const intra = ["KEY_FRAME", "INTRA_ONLY"].some((flag) => fields.get(`frame.flags:${flag}`)?.value === 1);
	for (const name of intra ? [] : REFERENCES)
		put(fields, `frame.${name}`, picture(readField(FRAME, name, control) as bigint));
	return fields;
}

const flip = flipOf("frame", FRAME);
const flipOfHeader = flipOf("compressed_hdr", HEADER);

export const vp9Agree: AgreeCodec = {
	published: "VP9",
	modes: [frame],
	essence: (job) => job.output,
	describe,
	rules: vp9Rules,
	unfinished: vp9Unfinished,
	refused: vp9Refused,
	// Hidden frames, segments, every update, compound references, odd sizes.
	sample: ["altref", "segment-map", "updates", "references", "odd"],
	flips: [
		flip("lf", "lf.ref_deltas"),
		flip("quant", "quant.base_q_idx"),
		flip("seg", "seg.feature_data"),
		...["compressed_header_size", "uncompressed_header_size", "frame_width_minus_1"].map((name) =>
			flip(name),
		),
		...["reset_frame_context", "frame_context_idx", "tile_rows_log2", ...REFERENCES].map((name) =>
			flip(name),
		),
		flip("flags", "flags:KEY_FRAME"),
		...["tx_mode", "tx8", "coef", "skip", "inter_mode", "y_mode", "partition"].map((name) =>
			flipOfHeader(name),
		),
		flipOfHeader("mv", "mv.joint"),
	],
	traced: ["frame", "compressed_hdr"],
};
