// SPDX-License-Identifier: MIT
// What the begin of a slice header says, as far as the comparison needs it (H.264 7.3.3).

import { NalBits } from "../../nal-bits.ts";

/** The NAL units of a picture without what belongs to the byte stream; a stream without start codes is one. */
export function nalUnits(bytes: Buffer): Buffer[] {
	const starts: number[] = [];
	for (let at = bytes.indexOf("000001", 0, "hex"); at >= 0; at = bytes.indexOf("000001", at + 3, "hex"))
		starts.push(at + 3);
	const units = starts[0] === 3 ? starts : [0];
	return units.map((start, i) => {
		let end = i + 1 < units.length ? units[i + 1] - 3 : bytes.length;
		while (end > start && bytes[end - 1] === 0) end--; // trailing_zero_8bits
		return bytes.subarray(start, end);
	});
}

/** The bits of a slice header's begin, without the byte that says what the NAL unit is. */
const header = (nal: Buffer): NalBits => new NalBits(nal, 1, 63);

/** pic_parameter_set_id of the first slice of a job (7.3.3). */
export function parameterSetId(bytes: Buffer): number {
	const bits = header(nalUnits(bytes)[0]);
	bits.ue(); // first_mb_in_slice
	bits.ue(); // slice_type
	return bits.ue();
}

/** What of the parameter sets decides how a slice header is read. */
export interface HeaderSyntax {
	frameNumBits: number;
	frameMbsOnly: boolean;
	/** Reads over all that tells the picture order count. */
	skipOrderCount(bits: NalBits, field: boolean): void;
	redundantPictureCount: boolean;
}

export interface Picture {
	structure: "frame" | "top" | "bottom";
	/** The lists of which some slice takes the number of references from the parameter set: "0 1", or "none". */
	defaultCounts: string;
}

/** What the slices of a job say of its picture; `syntax` has what their SPS and PPS decide. */
export function readPicture(bytes: Buffer, syntax: HeaderSyntax): Picture {
	const lists = new Set<string>();
	let structure: Picture["structure"] = "frame";
	for (const nal of nalUnits(bytes)) {
		const bits = header(nal);
		bits.ue(); // first_mb_in_slice
		const type = bits.ue() % 5;
		bits.ue(); // pic_parameter_set_id
		bits.u(syntax.frameNumBits);
		const field = !syntax.frameMbsOnly && bits.u(1) === 1;
		if (field) structure = bits.u(1) ? "bottom" : "top";
		if (type !== 0 && type !== 1 && type !== 3) continue; // P, B, SP
		if ((nal[0] & 31) === 5) bits.ue(); // idr_pic_id
		syntax.skipOrderCount(bits, field);
		if (syntax.redundantPictureCount) bits.ue();
		if (type === 1) bits.u(1); // direct_spatial_mv_pred_flag
		if (bits.u(1) === 1) continue; // num_ref_idx_active_override_flag
		lists.add("0");
		if (type === 1) lists.add("1");
	}
	return { structure, defaultCounts: [...lists].sort().join(" ") || "none" };
}
