// SPDX-License-Identifier: MIT
// A reader of VP9 headers of its own, from the VP9 specification alone: what the tests know of a stream. It keeps what persists from
// frame to frame (7.2), and shares nothing with the driver.

/** f(n), 4.9.1: bit by bit. */
class BitReader {
	position = 0;

	constructor(private readonly bytes: Uint8Array) {}

	bits(count: number): number {
		let value = 0;
		for (let i = 0; i < count; i++, this.position++) {
			const byte = this.bytes[this.position >> 3];
			if (byte === undefined) throw new Error("the header ends too early");
			value = value * 2 + ((byte >> (7 - (this.position & 7))) & 1);
		}
		return value;
	}

	flag(): boolean {
		return this.bits(1) === 1;
	}

	signed(count: number): number {
		const magnitude = this.bits(count);
		return this.flag() && magnitude !== 0 ? -magnitude : magnitude;
	}

	optional(count: number): number {
		return this.flag() ? this.signed(count) : 0;
	}
}

/** 9.2: one bit at a time, as it is written there. */
export class BoolDecoder {
	private value: number;
	private range = 255;
	private readonly reader: BitReader;
	private left: number;

	constructor(bytes: Uint8Array) {
		this.reader = new BitReader(bytes);
		this.value = this.reader.bits(8);
		this.left = 8 * bytes.length - 8;
		if (this.read(128) !== 0) throw new Error("marker_bit");
	}

	read(probability: number): number {
		const split = 1 + (((this.range - 1) * probability) >> 8);
		const bit = this.value < split ? 0 : 1;
		if (bit) {
			this.range -= split;
			this.value -= split;
		} else this.range = split;
		while (this.range < 128) {
			const next = this.left > 0 ? this.reader.bits(1) : 0;
			this.left--;
			this.range *= 2;
			this.value = this.value * 2 + next;
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

	/** exit_bool(), 9.2.3: bits that were read beyond the data (negative), or else what is left: it must be zero bits. */
	end(): { left: number; zero: boolean } {
		let zero = true;
		for (let i = 0; i < this.left; i++) if (this.reader.bits(1) !== 0) zero = false;
		return { left: this.left, zero };
	}
}

export interface LoopFilter {
	level: number;
	sharpness: number;
	enabled: boolean;
	update: boolean;
	refDeltas: number[];
	modeDeltas: number[];
}

export interface Segmentation {
	enabled: boolean;
	updateMap: boolean;
	temporal: boolean;
	updateData: boolean;
	absolute: boolean;
	tree: number[];
	pred: number[];
	/** By segment, then by feature; null: not enabled. */
	features: (number | null)[][];
}

/** What the compressed header updates, in the order of V4L2's struct; 0 is no update. */
export interface Updates {
	txMode: number;
	tx8: number[];
	tx16: number[];
	tx32: number[];
	coef: number[];
	skip: number[];
	interMode: number[];
	interpFilter: number[];
	isInter: number[];
	compMode: number[];
	singleRef: number[];
	compRef: number[];
	yMode: number[];
	partition: number[];
	joint: number[];
	sign: number[];
	classes: number[];
	class0Bit: number[];
	bits: number[];
	class0Fr: number[];
	fr: number[];
	class0Hp: number[];
	hp: number[];
}

export interface Frame {
	profile: number;
	key: boolean;
	shown: boolean;
	resilient: boolean;
	intraOnly: boolean;
	/** reset_frame_context, as coded. */
	reset: number;
	/** refresh_frame_flags. */
	refresh: number;
	refIdx: number[];
	signBias: number[];
	/** Which reference has the size of this frame; -1: the frame has its own. */
	sizedBy: number;
	width: number;
	height: number;
	renderWidth: number;
	renderHeight: number;
	bitDepth: number;
	fullRange: boolean;
	highPrecision: boolean;
	/** In the numbers of V4L2. */
	filter: number;
	refreshContext: boolean;
	parallel: boolean;
	contextIdx: number;
	lf: LoopFilter;
	/** base_q_idx and the deltas of y_dc, uv_dc, uv_ac. */
	quant: number[];
	lossless: boolean;
	segmentation: Segmentation;
	tileCols: number;
	tileRows: number;
	uncompressedSize: number;
	compressedSize: number;
	updates: Updates;
	/** 0 single, 1 compound, 2 select. */
	referenceMode: number;
	/** How the compressed header ends. */
	padding: { left: number; zero: boolean };
	bytes: Uint8Array;
}

const zeros = (count: number): number[] => new Array(count).fill(0);

/** inv_map_table, 6.3.5: every 13th value from 7 on first. */
const invMap: number[] = (() => {
	const coarse = Array.from({ length: 20 }, (_, i) => 7 + 13 * i);
	const fine = Array.from({ length: 253 }, (_, i) => i + 1).filter((value) => !coarse.includes(value));
	return [...coarse, ...fine, 253];
})();

const noSegmentation = (): Segmentation => ({
	enabled: false,
	updateMap: false,
	temporal: false,
	updateData: false,
	absolute: false,
	tree: zeros(7).map(() => 255),
	pred: zeros(3).map(() => 255),
	features: Array.from({ length: 8 }, () => [null, null, null, null]),
});

/** Reads the frames of one stream in their order. */
export class Stream {
	private lf = { refDeltas: [1, 0, -1, -1], modeDeltas: [0, 0] };
	private segmentation = noSegmentation();
	private color = { bitDepth: 8, fullRange: false };
	private sizes: ({ width: number; height: number } | null)[] = zeros(8).map(() => null);

	/** null: a frame that shows an existing one. */
	read(bytes: Uint8Array): Frame | null {
		const r = new BitReader(bytes);
		if (r.bits(2) !== 2) throw new Error("frame_marker");
		const profile = r.bits(1) + 2 * r.bits(1);
		if (profile === 3) r.bits(1);
		if (r.flag()) return null;
		const [key, shown, resilient] = [!r.flag(), r.flag(), r.flag()];
		const intraOnly = !key && !shown && r.flag();
		const intra = key || intraOnly;
		const reset = key || resilient ? 0 : r.bits(2);
		let [refIdx, signBias, sizedBy, filter] = [[0, 0, 0], [0, 0, 0], -1, 0];
		let highPrecision = false;
		let refresh = 255;
		let size: Size;
		if (intra) {
			if (r.bits(24) !== 0x498342) throw new Error("frame_sync_code");
			if (key || profile > 0) this.readColor(r, profile);
			else this.color = { bitDepth: 8, fullRange: false };
			if (!key) refresh = r.bits(8);
			size = readSize(r);
		} else {
			refresh = r.bits(8);
			const references = [0, 1, 2].map(() => [r.bits(3), r.bits(1)]);
			refIdx = references.map(([index]) => index);
			// libvpx, vp9_setup_past_independence(): none where all is set up anew.
			signBias = references.map(([, bias]) => (resilient ? 0 : bias));
			for (let i = 0; i < 3 && sizedBy < 0; i++) if (r.flag()) sizedBy = i;
			size = readSize(
				r,
				sizedBy < 0 ? undefined : (this.sizes[refIdx[sizedBy]] ?? { width: 1, height: 1 }),
			);
			highPrecision = r.flag();
			filter = r.flag() ? 4 : [1, 0, 2, 3][r.bits(2)];
		}
		const [refreshContext, parallel] = resilient ? [false, true] : [r.flag(), r.flag()];
		const contextIdx = r.bits(2);
		if (intra || resilient) {
			this.lf = { refDeltas: [1, 0, -1, -1], modeDeltas: [0, 0] };
			this.segmentation = noSegmentation();
		}
		const lf = this.readLoopFilter(r);
		const quant = [r.bits(8), r.optional(4), r.optional(4), r.optional(4)];
		const lossless = quant.every((value) => value === 0);
		this.readSegmentation(r);
		const columns = Math.ceil(size.width / 64);
		let tileCols = 0;
		while (64 * 2 ** tileCols < columns) tileCols++;
		const mostCols = Math.max(tileCols, Math.floor(Math.log2(Math.max(1, columns / 4))));
		while (tileCols < mostCols && r.flag()) tileCols++;
		const tileRows = r.flag() ? 1 + r.bits(1) : 0;
		const compressedSize = r.bits(16);
		const uncompressedSize = Math.ceil(r.position / 8);
		const d = new BoolDecoder(bytes.subarray(uncompressedSize, uncompressedSize + compressedSize));
		const [updates, referenceMode] = readUpdates(d, { intra, lossless, filter, signBias, highPrecision });
		for (let i = 0; i < 8; i++) if ((refresh >> i) & 1) this.sizes[i] = size;
		return {
			...{ profile, key, shown, resilient, intraOnly, reset, refresh, refIdx, signBias, sizedBy },
			...size,
			...this.color,
			...{ highPrecision, filter, refreshContext, parallel, contextIdx, lf, quant, lossless },
			segmentation: structuredClone(this.segmentation),
			...{ tileCols, tileRows, uncompressedSize, compressedSize, updates, referenceMode },
			padding: d.end(),
			bytes,
		};
	}

	private readColor(r: BitReader, profile: number): void {
		const bitDepth = profile < 2 ? 8 : r.flag() ? 12 : 10;
		if (r.bits(3) === 7) throw new Error("RGB");
		this.color = { bitDepth, fullRange: r.flag() };
		if (profile & 1) throw new Error("not 4:2:0");
	}

	private readLoopFilter(r: BitReader): LoopFilter {
		const [level, sharpness, enabled] = [r.bits(6), r.bits(3), r.flag()];
		const update = enabled && r.flag();
		if (update)
			for (const deltas of [this.lf.refDeltas, this.lf.modeDeltas])
				for (let i = 0; i < deltas.length; i++) if (r.flag()) deltas[i] = r.signed(6);
		return { level, sharpness, enabled, update, ...structuredClone(this.lf) };
	}

	private readSegmentation(r: BitReader): void {
		const s = this.segmentation;
		const prob = () => (r.flag() ? r.bits(8) : 255);
		Object.assign(s, { ...noSegmentation(), absolute: s.absolute, features: s.features });
		s.enabled = r.flag();
		s.updateMap = s.enabled && r.flag();
		if (s.updateMap) s.tree = s.tree.map(prob);
		s.temporal = s.updateMap && r.flag();
		if (s.temporal) s.pred = s.pred.map(prob);
		s.updateData = s.enabled && r.flag();
		if (!s.updateData) return;
		s.absolute = r.flag();
		s.features = s.features.map(() =>
			[8, 6, 2, 0].map((bits, i) => (r.flag() ? (i < 2 ? r.signed(bits) : r.bits(bits)) : null)),
		);
	}
}

interface Size {
	width: number;
	height: number;
	renderWidth: number;
	renderHeight: number;
}

function readSize(r: BitReader, known?: { width: number; height: number }): Size {
	const [width, height] = known ? [known.width, known.height] : [r.bits(16) + 1, r.bits(16) + 1];
	const [renderWidth, renderHeight] = r.flag() ? [r.bits(16) + 1, r.bits(16) + 1] : [width, height];
	return { width, height, renderWidth, renderHeight };
}

/** 6.3, in its order. */
function readUpdates(
	d: BoolDecoder,
	frame: {
		intra: boolean;
		lossless: boolean;
		filter: number;
		signBias: number[];
		highPrecision: boolean;
	},
): [Updates, number] {
	const delta = (): number => {
		if (d.read(252) === 0) return 0;
		if (!d.flag()) return invMap[d.literal(4)];
		if (!d.flag()) return invMap[d.literal(4) + 16];
		if (!d.flag()) return invMap[d.literal(5) + 32];
		const value = d.literal(7);
		return invMap[value < 65 ? value + 64 : 2 * value - 1 + d.literal(1)];
	};
	const vector = (): number => (d.read(252) === 0 ? 0 : 2 * d.literal(7) + 1);
	const list = (count: number, read: () => number) => Array.from({ length: count }, read);
	const u: Updates = {
		...{ txMode: 0, tx8: zeros(2), tx16: zeros(4), tx32: zeros(6), coef: zeros(1728), skip: zeros(3) },
		...{ interMode: zeros(21), interpFilter: zeros(8), isInter: zeros(4), compMode: zeros(5) },
		...{ singleRef: zeros(10), compRef: zeros(5), yMode: zeros(36), partition: zeros(48) },
		...{ joint: zeros(3), sign: zeros(2), classes: zeros(20), class0Bit: zeros(2), bits: zeros(20) },
		...{ class0Fr: zeros(12), fr: zeros(6), class0Hp: zeros(2), hp: zeros(2) },
	};
	if (!frame.lossless) u.txMode = d.literal(2);
	if (u.txMode === 3) u.txMode += d.literal(1);
	if (u.txMode === 4) [u.tx8, u.tx16, u.tx32] = [list(2, delta), list(4, delta), list(6, delta)];
	for (let size = 0; size <= Math.min(u.txMode, 3); size++) {
		if (!d.flag()) continue;
		for (let ij = 0; ij < 4; ij++)
			for (let band = 0; band < 6; band++)
				for (let context = 0; context < (band === 0 ? 3 : 6); context++)
					for (let m = 0; m < 3; m++)
						u.coef[(((size * 4 + ij) * 6 + band) * 6 + context) * 3 + m] = delta();
	}
	u.skip = list(3, delta);
	if (frame.intra) return [u, 0];
	u.interMode = list(21, delta);
	if (frame.filter === 4) u.interpFilter = list(8, delta);
	u.isInter = list(4, delta);
	const compound = frame.signBias.some((bias) => bias !== frame.signBias[0]);
	const mode = compound && d.flag() ? (d.flag() ? 2 : 1) : 0;
	if (mode === 2) u.compMode = list(5, delta);
	if (mode !== 1) u.singleRef = list(10, delta);
	if (mode !== 0) u.compRef = list(5, delta);
	u.yMode = list(36, delta);
	u.partition = list(48, delta);
	u.joint = list(3, vector);
	for (let i = 0; i < 2; i++) {
		u.sign[i] = vector();
		u.classes.splice(10 * i, 10, ...list(10, vector));
		u.class0Bit[i] = vector();
		u.bits.splice(10 * i, 10, ...list(10, vector));
	}
	for (let i = 0; i < 2; i++) {
		u.class0Fr.splice(6 * i, 6, ...list(6, vector));
		u.fr.splice(3 * i, 3, ...list(3, vector));
	}
	if (frame.highPrecision)
		for (let i = 0; i < 2; i++) {
			u.class0Hp[i] = vector();
			u.hp[i] = vector();
		}
	return [u, mode];
}

/** The frames of a superframe, Annex B; a frame alone is one. */
export function framesOf(bytes: Uint8Array): Uint8Array[] {
	const marker = bytes[bytes.length - 1];
	const count = (marker & 7) + 1;
	const width = ((marker >> 3) & 3) + 1;
	const size = 2 + count * width;
	if ((marker & 0xe0) !== 0xc0 || bytes.length < size || bytes[bytes.length - size] !== marker)
		return [bytes];
	let at = 0;
	const frames: Uint8Array[] = [];
	for (let i = 0; i < count; i++) {
		let length = 0;
		for (let j = 0; j < width; j++) length += bytes[bytes.length - size + 1 + i * width + j] * 256 ** j;
		if (length > 0) frames.push(bytes.subarray(at, at + length));
		at += length;
	}
	return frames;
}
