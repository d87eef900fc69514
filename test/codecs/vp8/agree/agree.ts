// SPDX-License-Identifier: MIT
// VP8: what v4l2slvp8dec and the driver tell a decoder, in terms that do not depend on the client.
import { type AgreeCodec, flipOf, type Mode, type NamePicture } from "../../../kernel/agree/codec.ts";
import { controlOf, type Fields, put, putStruct, readField } from "../../../kernel/agree/fields.ts";
import type { Job } from "../../../kernel/agree/record.ts";
import { structs } from "../../../support/abi.ts";
import { vp8Rules, vp8Unfinished } from "./rules.ts";

const FRAME = "v4l2_ctrl_vp8_frame";

/** There is no other way, and no menu. */
const frame: Mode = { name: "frame", menus: [] };

const BITS: Record<string, string> = {
	segment: "V4L2_VP8_SEGMENT_FLAG_",
	lf: "V4L2_VP8_LF_",
};

/** Timestamps, by which the control names the reference buffers. */
const REFERENCES = ["last_frame_ts", "golden_frame_ts", "alt_frame_ts"];

/** RFC 6386 9.1: the tag, of a key frame with start code and dimensions, and what follows it. */
function split(output: Buffer): { tag: Buffer; rest: Buffer } {
	const size = output[0] & 1 ? 3 : 10;
	return { tag: output.subarray(0, size), rest: output.subarray(size) };
}

function describe(job: Job, _mode: Mode, picture: NamePicture): Fields {
	const fields: Fields = new Map();
	const control = controlOf(job, "VP8", "FRAME");
	const { tag, rest } = split(job.output);
	put(fields, "buffer.timestamp", picture(job.timestamp));
	put(fields, "output.tag", tag.toString("hex"));
	put(fields, "output.bytes", rest.toString("latin1"));
	for (const [name, field] of Object.entries(structs[FRAME].fields)) {
		if (!field.struct) continue;
		const options = { base: field.offset, bits: BITS[name] };
		putStruct(fields, field.struct, `frame.${name}`, control, options);
	}
	putStruct(fields, FRAME, "frame", control, { bits: "V4L2_VP8_FRAME_FLAG_", leave: REFERENCES });
	// A key frame refers to nothing.
	const key = fields.get("frame.flags:KEY_FRAME")?.value === 1;
	for (const name of key ? [] : REFERENCES)
		put(fields, `frame.${name}`, picture(readField(FRAME, name, control) as bigint));
	return fields;
}

const flip = flipOf("frame", FRAME);

export const vp8Agree: AgreeCodec = {
	published: "VP8",
	modes: [frame],
	essence: (job) => split(job.output).rest,
	describe,
	rules: vp8Rules,
	unfinished: vp8Unfinished,
	// Segments, hidden frames, partitions, another version, odd sizes.
	sample: ["denoised", "altref", "partitions8", "version3", "odd"],
	flips: [
		flip("segment", "segment.quant_update"),
		flip("lf", "lf.ref_frm_delta"),
		flip("quant", "quant.y_ac_qi"),
		flip("entropy", "entropy.coeff_probs"),
		flip("coder_state", "coder_state.range"),
		...["width", "version", "prob_skip_false", "num_dct_parts", "first_part_size"].map((name) =>
			flip(name),
		),
		...["first_part_header_bits", "dct_part_sizes", ...REFERENCES].map((name) => flip(name)),
		flip("flags", "flags:KEY_FRAME"),
	],
	traced: ["frame"],
};
