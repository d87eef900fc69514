// SPDX-License-Identifier: MIT
// The uncompressed header of a frame (VP9 6.2) as far as the segmentation, which rkvdec reads itself.

/** What decides which of the things that a decoder is told it looks at. */
export interface FrameHeader {
	/** A key frame or an intra-only one: it refers to none. */
	intra: boolean;
	/** segmentation_update_map, segmentation_temporal_update: the probabilities of segments are coded (6.2.11). */
	updatesMap: boolean;
	temporal: boolean;
}

class Bits {
	private at = 0;
	private readonly bytes: Buffer;

	constructor(bytes: Buffer) {
		this.bytes = bytes;
	}

	/** f(n) */
	read(n: number): number {
		let value = 0;
		for (let i = 0; i < n; i++, this.at++)
			value = 2 * value + ((this.bytes[this.at >> 3] >> (7 - (this.at & 7))) & 1);
		return value;
	}

	/** A flag, and what it announces. */
	optional(n: number): void {
		if (this.read(1)) this.read(n);
	}
}

/** color_config() */
function colours(bits: Bits, profile: number): void {
	if (profile >= 2) bits.read(1);
	const space = bits.read(3);
	const isRgb = space === 7;
	if (!isRgb) bits.read(1);
	if (profile === 1 || profile === 3) bits.read(isRgb ? 1 : 3);
}

function size(bits: Bits): void {
	bits.read(32);
	bits.optional(32); // render_size()
}

/** frame_size_with_refs() */
function sizeWithReferences(bits: Bits): void {
	for (let i = 0; i < 3; i++)
		if (bits.read(1)) {
			bits.optional(32);
			return;
		}
	size(bits);
}

function loopFilter(bits: Bits): void {
	bits.read(6 + 3);
	if (bits.read(1) && bits.read(1)) for (let i = 0; i < 4 + 2; i++) bits.optional(7);
}

/** Reads it from a whole frame. Where an existing frame is shown, nothing is decoded, and it is no header for this. */
export function readFrameHeader(frame: Buffer): FrameHeader {
	const bits = new Bits(frame);
	bits.read(2);
	const profile = bits.read(1) + 2 * bits.read(1);
	if (profile === 3) bits.read(1);
	if (bits.read(1)) throw new Error("a job decodes a frame that shows an existing one");
	const isKey = bits.read(1) === 0;
	const shown = bits.read(1);
	const resilient = bits.read(1);
	const intra = isKey || (shown === 0 && bits.read(1) === 1);
	if (isKey) {
		bits.read(24);
		colours(bits, profile);
		size(bits);
	} else {
		if (!resilient) bits.read(2);
		if (intra) {
			bits.read(24);
			if (profile > 0) colours(bits, profile);
			bits.read(8);
			size(bits);
		} else {
			bits.read(8 + 3 * 4);
			sizeWithReferences(bits);
			bits.read(1);
			if (!bits.read(1)) bits.read(2); // read_interpolation_filter()
		}
	}
	if (!resilient) bits.read(2);
	bits.read(2);
	loopFilter(bits);
	bits.read(8); // quantization_params()
	for (let i = 0; i < 3; i++) bits.optional(5);
	if (!bits.read(1)) return { intra, updatesMap: false, temporal: false };
	const updatesMap = bits.read(1) === 1;
	if (!updatesMap) return { intra, updatesMap, temporal: false };
	for (let i = 0; i < 7; i++) bits.optional(8);
	return { intra, updatesMap, temporal: bits.read(1) === 1 };
}
