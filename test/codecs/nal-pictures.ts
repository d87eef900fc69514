// SPDX-License-Identifier: MIT
// The pictures of a stream of NAL units (Annex B of H.264 and of HEVC).
import type { Cutting } from "./damage.ts";
import { annexB } from "./nal.ts";

export interface SliceUnits {
	isSlice(unit: Buffer): boolean;
	/** Whether a slice is the first of a picture. */
	isFirst(slice: Buffer): boolean;
}

/** The NAL units of a stream, by pictures; what is no slice belongs to the picture behind it. */
export function pictureUnits(stream: Buffer, { isSlice, isFirst }: SliceUnits): Buffer[][] {
	const pictures: Buffer[][] = [];
	let before: Buffer[] = [];
	for (const unit of annexB(stream).units) {
		if (!isSlice(unit)) before.push(unit);
		else if (isFirst(unit)) {
			pictures.push([...before, unit]);
			before = [];
		} else pictures[pictures.length - 1].push(unit);
	}
	return pictures;
}

/** A stream of NAL units. Empty ones leave nothing. */
export function nalStream(units: Buffer[]): Buffer {
	const code = Buffer.from([0, 0, 0, 1]);
	return Buffer.concat(units.filter((unit) => unit.length > 0).flatMap((unit) => [code, unit]));
}

/** By pictures, each with its NAL units and their start codes. */
export const nalCutting = (kind: SliceUnits): Cutting => ({
	split: (stream) => pictureUnits(stream, kind).map(nalStream),
	join: (pictures) => Buffer.concat(pictures),
});
