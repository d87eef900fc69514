// SPDX-License-Identifier: MIT
// A reader of VP8 frame headers of its own, from RFC 6386 alone: what the tests know of a stream. It keeps what persists from
// frame to frame (9.3, 9.6, 9.7, 9.9 to 9.11), and shares nothing with the driver.
import {
	coeffUpdateProbs,
	defaultCoeffProbs,
	defaultMvProbs,
	defaultUvModeProbs,
	defaultYModeProbs,
	mvUpdateProbs,
} from "./tables.ts";

/** 7.3, as the RFC has it: two bytes of value, bit by bit. */
class BoolDecoder {
	private value: number;
	private next = 2;
	private bitCount = 0;
	range = 255;
	/** Bits shifted out. */
	position = 0;

	constructor(private readonly bytes: Uint8Array) {
		this.value = (this.byte(0) << 8) | this.byte(1);
	}

	private byte(i: number): number {
		return this.bytes[i] ?? 0;
	}

	/** The byte that is compared next. */
	get top(): number {
		return this.value >> 8;
	}

	read(probability: number): number {
		const split = 1 + (((this.range - 1) * probability) >> 8);
		const bit = this.value >= split << 8 ? 1 : 0;
		if (bit) {
			this.range -= split;
			this.value -= split << 8;
		} else this.range = split;
		while (this.range < 128) {
			this.value <<= 1;
			this.range <<= 1;
			this.position++;
			if (++this.bitCount === 8) {
				this.bitCount = 0;
				this.value |= this.byte(this.next++);
			}
		}
		return bit;
	}

	flag(): boolean {
		return this.read(128) === 1;
	}

	literal(bits: number): number {
		let value = 0;
		for (let i = 0; i < bits; i++) value = value * 2 + this.read(128);
		return value;
	}

	signed(bits: number): number {
		const magnitude = this.literal(bits);
		return this.flag() && magnitude !== 0 ? -magnitude : magnitude;
	}

	optional(bits: number): number {
		return this.flag() ? this.signed(bits) : 0;
	}
}

export interface Segmentation {
	enabled: boolean;
	updateMap: boolean;
	updateData: boolean;
	absolute: boolean;
	quant: number[];
	lf: number[];
	treeProbs: number[];
}

export interface Entropy {
	coeff: number[];
	mv: number[];
	yMode: number[];
	uvMode: number[];
}

export interface Frame {
	key: boolean;
	version: number;
	shown: boolean;
	firstPartSize: number;
	/** Of the stream, as its last key frame says. */
	width: number;
	height: number;
	horizontalScale: number;
	verticalScale: number;
	segmentation: Segmentation;
	simpleFilter: boolean;
	level: number;
	sharpness: number;
	adjust: boolean;
	deltaUpdate: boolean;
	refDeltas: number[];
	modeDeltas: number[];
	/** y_ac_qi and the deltas of y_dc, y2_dc, y2_ac, uv_dc, uv_ac. */
	quant: number[];
	refreshGolden: boolean;
	refreshAlternate: boolean;
	/** 0 no, 1 last, 2 the other one of golden and altref. */
	copyToGolden: number;
	copyToAlternate: number;
	signBiasGolden: boolean;
	signBiasAlternate: boolean;
	refreshEntropy: boolean;
	refreshLast: boolean;
	/** As this frame is decoded with. */
	entropy: Entropy;
	/** null: the frame has none. */
	probSkipFalse: number | null;
	probIntra: number | null;
	probLast: number | null;
	probGolden: number | null;
	headerBits: number;
	range: number;
	value: number;
	partSizes: number[];
	/** Bytes of the tag. */
	tagSize: number;
	/** All of the frame, the tag first. */
	bytes: Uint8Array;
}

const noSegmentation = (): Segmentation => ({
	enabled: false,
	updateMap: false,
	updateData: false,
	absolute: false,
	quant: [0, 0, 0, 0],
	lf: [0, 0, 0, 0],
	treeProbs: [255, 255, 255],
});

const defaultEntropy = (): Entropy => ({
	coeff: [...defaultCoeffProbs],
	mv: [...defaultMvProbs],
	yMode: [...defaultYModeProbs],
	uvMode: [...defaultUvModeProbs],
});

/** Reads the frames of one stream in their order. */
export class Stream {
	private size = { width: 0, height: 0, horizontalScale: 0, verticalScale: 0 };
	private segmentation = noSegmentation();
	private refDeltas = [0, 0, 0, 0];
	private modeDeltas = [0, 0, 0, 0];
	private entropy = defaultEntropy();

	read(bytes: Uint8Array): Frame {
		const tag = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
		const key = (tag & 1) === 0;
		const tagSize = key ? 10 : 3;
		const firstPartSize = tag >> 5;
		if (key) this.beginSequence(bytes);
		const d = new BoolDecoder(bytes.subarray(tagSize, tagSize + firstPartSize));
		if (key) d.literal(2);
		this.readSegmentation(d);
		const [simpleFilter, level, sharpness] = [d.flag(), d.literal(6), d.literal(3)];
		const adjust = d.flag();
		const deltaUpdate = adjust && d.flag();
		if (deltaUpdate)
			for (const deltas of [this.refDeltas, this.modeDeltas])
				for (let i = 0; i < 4; i++) if (d.flag()) deltas[i] = d.signed(6);
		const partitions = 1 << d.literal(2);
		const quant = [d.literal(7), ...Array.from({ length: 5 }, () => d.optional(4))];
		const [refreshGolden, refreshAlternate] = key ? [true, true] : [d.flag(), d.flag()];
		const copyToGolden = refreshGolden ? 0 : d.literal(2);
		const copyToAlternate = refreshAlternate ? 0 : d.literal(2);
		const [signBiasGolden, signBiasAlternate] = key ? [false, false] : [d.flag(), d.flag()];
		const refreshEntropy = d.flag();
		const refreshLast = key || d.flag();
		const saved = structuredClone(this.entropy);
		for (const [i, probability] of coeffUpdateProbs.entries())
			if (d.read(probability)) this.entropy.coeff[i] = d.literal(8);
		const probSkipFalse = d.flag() ? d.literal(8) : null;
		const [probIntra, probLast, probGolden] = key
			? [null, null, null]
			: [d.literal(8), d.literal(8), d.literal(8)];
		if (!key) this.readModeProbs(d);
		const entropy = structuredClone(this.entropy);
		if (!refreshEntropy) this.entropy = saved;
		return {
			key,
			version: (tag >> 1) & 7,
			shown: ((tag >> 4) & 1) === 1,
			firstPartSize,
			...this.size,
			segmentation: structuredClone(this.segmentation),
			simpleFilter,
			level,
			sharpness,
			adjust,
			deltaUpdate,
			refDeltas: [...this.refDeltas],
			modeDeltas: [...this.modeDeltas],
			quant,
			refreshGolden,
			refreshAlternate,
			copyToGolden,
			copyToAlternate,
			signBiasGolden,
			signBiasAlternate,
			refreshEntropy,
			refreshLast,
			entropy,
			probSkipFalse,
			probIntra,
			probLast,
			probGolden,
			headerBits: d.position,
			range: d.range,
			value: d.top,
			partSizes: partSizes(bytes, tagSize + firstPartSize, partitions),
			tagSize,
			bytes,
		};
	}

	/** 9.1, and what a key frame sets back. */
	private beginSequence(bytes: Uint8Array): void {
		if (bytes[3] !== 0x9d || bytes[4] !== 0x01 || bytes[5] !== 0x2a) throw new Error("no start code");
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const [across, down] = [view.getUint16(6, true), view.getUint16(8, true)];
		this.size = {
			width: across & 0x3fff,
			height: down & 0x3fff,
			horizontalScale: across >> 14,
			verticalScale: down >> 14,
		};
		this.segmentation = noSegmentation();
		this.refDeltas = [0, 0, 0, 0];
		this.modeDeltas = [0, 0, 0, 0];
		this.entropy = defaultEntropy();
	}

	private readSegmentation(d: BoolDecoder): void {
		const s = this.segmentation;
		s.enabled = d.flag();
		s.updateMap = s.enabled && d.flag();
		s.updateData = s.enabled && d.flag();
		if (s.updateData) {
			s.absolute = d.flag();
			s.quant = Array.from({ length: 4 }, () => d.optional(7));
			s.lf = Array.from({ length: 4 }, () => d.optional(6));
		}
		if (s.updateMap) s.treeProbs = Array.from({ length: 3 }, () => (d.flag() ? d.literal(8) : 255));
	}

	private readModeProbs(d: BoolDecoder): void {
		if (d.flag()) this.entropy.yMode = Array.from({ length: 4 }, () => d.literal(8));
		if (d.flag()) this.entropy.uvMode = Array.from({ length: 3 }, () => d.literal(8));
		for (const [i, probability] of mvUpdateProbs.entries()) {
			if (!d.read(probability)) continue;
			const value = d.literal(7);
			this.entropy.mv[i] = value === 0 ? 1 : 2 * value;
		}
	}
}

/** 9.5: the sizes of all but the last DCT partition, 3 bytes each; the last one has the rest. */
function partSizes(bytes: Uint8Array, at: number, count: number): number[] {
	const sizes = Array.from({ length: count - 1 }, (_, i) => {
		const p = at + 3 * i;
		return bytes[p] | (bytes[p + 1] << 8) | (bytes[p + 2] << 16);
	});
	const rest = bytes.length - at - 3 * (count - 1) - sizes.reduce((sum, size) => sum + size, 0);
	return [...sizes, rest];
}
