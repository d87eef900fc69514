// SPDX-License-Identifier: MIT
// MPEG-2: what v4l2slmpeg2dec and the driver tell a decoder, in terms that do not depend on the client.

import type { AgreeCodec, Flip, Mode, NamePicture } from "../../../kernel/agree/codec.ts";
import { controlOf, type Fields, put, putHold, putStruct, readField } from "../../../kernel/agree/fields.ts";
import type { Job } from "../../../kernel/agree/record.ts";
import { constants } from "../../../support/abi.ts";
import { slicesOf } from "../slices.ts";
import { mpeg2Rules, mpeg2Unfinished } from "./rules.ts";

const SEQUENCE = "v4l2_ctrl_mpeg2_sequence";
const PICTURE = "v4l2_ctrl_mpeg2_picture";
const QUANTISATION = "v4l2_ctrl_mpeg2_quantisation";

/** A frame or field at a time; there is no menu. */
const frame: Mode = { name: "frame", menus: [] };

const control = (job: Job, name: string): Buffer => controlOf(job, "MPEG2", name);

/** The references that a picture of this type has: no decoder looks at others (7.6.2). */
function putReferences(fields: Fields, picture: Buffer, name: NamePicture): void {
	const type = readField(PICTURE, "picture_coding_type", picture);
	const b = type === constants.V4L2_MPEG2_PIC_CODING_TYPE_B;
	const p = type === constants.V4L2_MPEG2_PIC_CODING_TYPE_P;
	for (const [field, used] of [
		["forward_ref_ts", p || b],
		["backward_ref_ts", b],
	] as const) {
		const key = used ? `picture.${field}` : `picture.${field} (unused)`;
		put(fields, key, name(readField(PICTURE, field, picture) as bigint));
	}
}

function describe(job: Job, _mode: Mode, picture: NamePicture): Fields {
	const fields: Fields = new Map();
	const { slices, between } = slicesOf(job.output);
	put(fields, "buffer.timestamp", picture(job.timestamp));
	putHold(fields, job);
	put(fields, "output.slices", slices.length);
	for (const [i, slice] of slices.entries())
		put(fields, "output.bytes", slice.toString("latin1"), `output.bytes[${i}]`);
	put(fields, "output.start codes", between.join(" "));
	putStruct(fields, SEQUENCE, "sequence", control(job, "SEQUENCE"), { bits: "V4L2_MPEG2_SEQ_FLAG_" });
	const bytes = control(job, "PICTURE");
	putStruct(fields, PICTURE, "picture", bytes, {
		bits: "V4L2_MPEG2_PIC_FLAG_",
		leave: ["forward_ref_ts", "backward_ref_ts"],
	});
	putReferences(fields, bytes, picture);
	putStruct(fields, QUANTISATION, "quantisation", control(job, "QUANTISATION"));
	return fields;
}

/** Of the struct that the control is. */
const flip = (control: string, struct: string, field: string, called = `${control}.${field}`): Flip => ({
	control,
	struct,
	field,
	called,
});

export const mpeg2Agree: AgreeCodec = {
	published: "MPEG2",
	modes: [frame],
	essence: (job) => Buffer.concat(slicesOf(job.output).slices),
	describe,
	rules: mpeg2Rules,
	unfinished: mpeg2Unfinished,
	sample: ["fields-b-bottom", "matrices-changed", "interlaced", "dual-prime"],
	flips: [
		flip("sequence", SEQUENCE, "horizontal_size"),
		flip("sequence", SEQUENCE, "chroma_format"),
		flip("picture", PICTURE, "f_code"),
		flip("picture", PICTURE, "forward_ref_ts"),
		flip("picture", PICTURE, "picture_structure"),
		flip("picture", PICTURE, "intra_dc_precision"),
		flip("quantisation", QUANTISATION, "intra_quantiser_matrix"),
		flip("quantisation", QUANTISATION, "non_intra_quantiser_matrix"),
	],
	traced: ["sequence", "picture"],
};
