// SPDX-License-Identifier: MIT
// Writes VP8 frames whose headers say what a test wants them to: the boolean encoder of RFC 6386 7.3, and the syntax of 19.2.
// What follows the header is what it is given; of writeFrame() it is no picture.
import { coeffUpdateProbs, mvUpdateProbs } from "./tables.ts";

export class BoolEncoder {
	readonly bytes: number[] = [];
	private range = 255;
	private bottom = 0;
	private bitCount = 24;

	private addOne(): void {
		let i = this.bytes.length - 1;
		while (this.bytes[i] === 255) this.bytes[i--] = 0;
		this.bytes[i]++;
	}

	write(probability: number, bit: boolean | number): this {
		const split = 1 + (((this.range - 1) * probability) >> 8);
		if (bit) {
			this.bottom += split;
			this.range -= split;
			if (this.bottom >= 2 ** 32) {
				this.bottom -= 2 ** 32;
				this.addOne();
			}
		} else this.range = split;
		while (this.range < 128) {
			this.range *= 2;
			if (this.bottom >= 2 ** 31) this.addOne();
			this.bottom = (this.bottom * 2) % 2 ** 32;
			if (--this.bitCount === 0) {
				this.bytes.push(Math.floor(this.bottom / 2 ** 24));
				this.bottom %= 2 ** 24;
				this.bitCount = 8;
			}
		}
		return this;
	}

	flag(value: boolean | number): this {
		return this.write(128, value);
	}

	literal(bits: number, value: number): this {
		for (let i = bits - 1; i >= 0; i--) this.flag((value >> i) & 1);
		return this;
	}

	signed(bits: number, value: number): this {
		return this.literal(bits, Math.abs(value)).flag(value < 0);
	}

	/** null: not there. */
	optional(bits: number, value: number | null): this {
		this.flag(value !== null);
		return value === null ? this : this.signed(bits, value);
	}

	/** The bytes so far, so that all bits are in them. */
	end(): number[] {
		for (let i = 0; i < 32; i++) this.flag(0);
		return this.bytes;
	}
}

export interface Header {
	key: boolean;
	version: number;
	shown: boolean;
	width: number;
	height: number;
	horizontalScale: number;
	verticalScale: number;
	clampingType: number;
	/** null: not enabled. map, data: null where not updated, and so are values that the header leaves out. */
	segmentation: {
		map: (number | null)[] | null;
		data: { absolute: boolean; quant: (number | null)[]; lf: (number | null)[] } | null;
	} | null;
	simpleFilter: boolean;
	level: number;
	sharpness: number;
	/** null: no adjustment; deltas null: no update. */
	adjust: { deltas: (number | null)[] | null } | null;
	log2Partitions: number;
	yAc: number;
	quantDeltas: (number | null)[];
	refreshGolden: boolean;
	refreshAlternate: boolean;
	copyToGolden: number;
	copyToAlternate: number;
	signBiasGolden: boolean;
	signBiasAlternate: boolean;
	refreshEntropy: boolean;
	refreshLast: boolean;
	/** By index in coeff_probs. */
	coeff: Record<number, number>;
	skip: number | null;
	intra: number;
	last: number;
	golden: number;
	yMode: number[] | null;
	uvMode: number[] | null;
	/** By index in mv_probs; as coded, 7 bits. */
	mv: Record<number, number>;
}

export const plainHeader: Header = {
	key: true,
	version: 0,
	shown: true,
	width: 176,
	height: 144,
	horizontalScale: 0,
	verticalScale: 0,
	clampingType: 0,
	segmentation: null,
	simpleFilter: false,
	level: 10,
	sharpness: 0,
	adjust: null,
	log2Partitions: 0,
	yAc: 40,
	quantDeltas: [null, null, null, null, null],
	refreshGolden: false,
	refreshAlternate: false,
	copyToGolden: 0,
	copyToAlternate: 0,
	signBiasGolden: false,
	signBiasAlternate: false,
	refreshEntropy: true,
	refreshLast: true,
	coeff: {},
	skip: null,
	intra: 100,
	last: 128,
	golden: 200,
	yMode: null,
	uvMode: null,
	mv: {},
};

function headerBytes(h: Header): number[] {
	const e = new BoolEncoder();
	// color_space has one value that means something.
	if (h.key) e.flag(0).flag(h.clampingType);
	e.flag(h.segmentation !== null);
	if (h.segmentation) {
		const { map, data } = h.segmentation;
		e.flag(map !== null).flag(data !== null);
		if (data) {
			e.flag(data.absolute);
			for (const value of data.quant) e.optional(7, value);
			for (const value of data.lf) e.optional(6, value);
		}
		for (const probability of map ?? []) {
			e.flag(probability !== null);
			if (probability !== null) e.literal(8, probability);
		}
	}
	e.flag(h.simpleFilter)
		.literal(6, h.level)
		.literal(3, h.sharpness)
		.flag(h.adjust !== null);
	if (h.adjust) {
		e.flag(h.adjust.deltas !== null);
		for (const delta of h.adjust.deltas ?? []) e.optional(6, delta);
	}
	e.literal(2, h.log2Partitions).literal(7, h.yAc);
	for (const delta of h.quantDeltas) e.optional(4, delta);
	if (!h.key) {
		e.flag(h.refreshGolden).flag(h.refreshAlternate);
		if (!h.refreshGolden) e.literal(2, h.copyToGolden);
		if (!h.refreshAlternate) e.literal(2, h.copyToAlternate);
		e.flag(h.signBiasGolden).flag(h.signBiasAlternate);
	}
	e.flag(h.refreshEntropy);
	if (!h.key) e.flag(h.refreshLast);
	for (const [i, probability] of coeffUpdateProbs.entries()) {
		e.write(probability, i in h.coeff);
		if (i in h.coeff) e.literal(8, h.coeff[i]);
	}
	e.flag(h.skip !== null);
	if (h.skip !== null) e.literal(8, h.skip);
	if (!h.key) {
		e.literal(8, h.intra).literal(8, h.last).literal(8, h.golden);
		for (const modes of [h.yMode, h.uvMode]) {
			e.flag(modes !== null);
			for (const probability of modes ?? []) e.literal(8, probability);
		}
		for (const [i, probability] of mvUpdateProbs.entries()) {
			e.write(probability, i in h.mv);
			if (i in h.mv) e.literal(7, h.mv[i]);
		}
	}
	return e.end();
}

/** A frame of this header, with these bytes of macroblocks' modes behind it, and of coefficients from `partition`. */
export function writeFrameOf(
	given: Partial<Header>,
	modes: number[],
	partition: (index: number) => number[],
): Uint8Array {
	const h = { ...plainHeader, ...given };
	const first = [...headerBytes(h), ...modes];
	const parts = Array.from({ length: 1 << h.log2Partitions }, (_, i) => partition(i));
	const sizes = parts
		.slice(0, -1)
		.flatMap(({ length }) => [length & 0xff, (length >> 8) & 0xff, length >> 16]);
	const tag = Number(!h.key) | (h.version << 1) | (Number(h.shown) << 4) | (first.length << 5);
	const across = h.width | (h.horizontalScale << 14);
	const down = h.height | (h.verticalScale << 14);
	const start = [0x9d, 0x01, 0x2a, across & 0xff, across >> 8, down & 0xff, down >> 8];
	return Uint8Array.from([
		...[tag & 0xff, (tag >> 8) & 0xff, tag >> 16],
		...(h.key ? start : []),
		...[...first, ...sizes, ...parts.flat()],
	]);
}

/** A frame of this header, with `payload` bytes of macroblock data and partitions of these sizes. */
export const writeFrame = (given: Partial<Header>, payload = 20, partSize = 5): Uint8Array =>
	writeFrameOf(given, new Array(payload).fill(0xa5), (i) => new Array(partSize + i).fill(i));
