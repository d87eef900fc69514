// SPDX-License-Identifier: MIT
// What the comparisons of H.264 and of HEVC share: their decoders take NAL units, by pictures with start codes or slice by slice without.
import type { AgreeCodec, Flip, Mode } from "../kernel/agree/codec.ts";
import { controlOf, type Fields, put, putHold } from "../kernel/agree/fields.ts";
import type { Job } from "../kernel/agree/record.ts";
import { constants } from "../support/abi.ts";
import { annexB, oneUnit, type Units } from "./nal.ts";

/** The jobs of a codec of NAL units. */
export interface NalJobs {
	frame: Mode;
	slice: Mode;
	essence: AgreeCodec["essence"];
	/** The bytes of V4L2_CID_STATELESS_CODEC_NAME. */
	control(job: Job, name: string): Buffer;
	/** NAL units, what is between them, and whether the CAPTURE buffer is held. */
	putOutput(fields: Fields, job: Job, mode: Mode): void;
}

/** codec: as the names of its constants have it, "H264" or "HEVC". */
export function nalJobs(codec: string): NalJobs {
	const mode = (name: string, decode: string, start: string): Mode => ({
		name,
		menus: ["DECODE_MODE", "START_CODE"].map((menu, i) => [
			constants[`V4L2_CID_STATELESS_${codec}_${menu}`],
			constants[`V4L2_STATELESS_${codec}_${menu}_${[decode, start][i]}`],
		]),
	});
	const frame = mode("frame", "FRAME_BASED", "ANNEX_B");
	const slice = mode("slice", "SLICE_BASED", "NONE");
	const unitsOf = (job: Job, mode: Mode): Units =>
		mode === frame ? annexB(job.output) : oneUnit(job.output);
	return {
		frame,
		slice,
		essence: (job, mode) => Buffer.concat(unitsOf(job, mode).units),
		control: (job, name) => controlOf(job, codec, name),
		putOutput(fields, job, mode) {
			const { units, between } = unitsOf(job, mode);
			put(fields, "output.NAL units", units.length);
			for (const [i, unit] of units.entries())
				put(fields, "output.bytes", unit.toString("latin1"), `output.bytes[${i}]`);
			put(fields, "output.start codes", between.join(" "));
			putHold(fields, job);
		},
	};
}

/** Of the struct that the control begins with. */
export const flip = (control: string, struct: string, field: string, called: string): Flip => ({
	control,
	struct,
	field,
	called,
});
