// SPDX-License-Identifier: MIT
// Writes VP9 frames whose headers say what a test wants them to: the boolean encoder, and the syntax of 6.2 and 6.3. What follows the
// headers is no picture.
import { BoolEncoder } from "../../../vp8/unit/support/writer.ts";

class BitWriter {
	private readonly list: number[] = [];

	bits(count: number, value: number): this {
		for (let i = count - 1; i >= 0; i--) this.list.push(Math.floor(value / 2 ** i) & 1);
		return this;
	}

	flag(value: boolean | number): this {
		return this.bits(1, Number(value));
	}

	/** su(n). */
	signed(count: number, value: number): this {
		return this.bits(count, Math.abs(value)).flag(value < 0);
	}

	/** null: not there. */
	optional(count: number, value: number | null): this {
		this.flag(value !== null);
		return value === null ? this : this.signed(count, value);
	}

	get bytes(): number[] {
		const list = [...this.list, ...new Array(-this.list.length & 7).fill(0)];
		return Array.from({ length: list.length / 8 }, (_, i) =>
			list.slice(8 * i, 8 * i + 8).reduce((byte, bit) => byte * 2 + bit, 0),
		);
	}
}

export interface Header {
	profile: number;
	showExisting: boolean;
	key: boolean;
	shown: boolean;
	resilient: boolean;
	intraOnly: boolean;
	reset: number;
	refresh: number;
	refIdx: number[];
	signBias: number[];
	/** Which reference has the size; -1: the header has it. */
	sizedBy: number;
	width: number;
	height: number;
	/** null: as the frame. */
	render: { width: number; height: number } | null;
	twelveBit: boolean;
	colorSpace: number;
	fullRange: boolean;
	highPrecision: boolean;
	/** raw_interpolation_filter; 4: switchable. */
	filter: number;
	refreshContext: boolean;
	parallel: boolean;
	contextIdx: number;
	level: number;
	sharpness: number;
	/** null: deltas are off; deltas null: no update. */
	lfDeltas: { deltas: (number | null)[] | null } | null;
	quant: number;
	quantDeltas: (number | null)[];
	/** null: off. */
	segmentation: {
		map: { tree: (number | null)[]; pred: (number | null)[] | null } | null;
		data: { absolute: boolean; features: (number | null)[][] } | null;
	} | null;
	/** Of the increments that the size allows; -1: all. */
	tileColsIncrements: number;
	tileRows: number;
	/** null: the lossless header has none. */
	txMode: number;
	/** By its place in the order of the syntax: which updates there are, and their codes. delta: of diff_update_prob, mv: 7 bits. */
	delta: (index: number) => number | null;
	mv: (index: number) => number | null;
	updateCoef: boolean[];
	/** 0 single, 1 compound, 2 select. */
	referenceMode: number;
	/** Behind what the syntax has, the compressed header goes on with updates that nobody reads. */
	trailing: boolean;
	/** Zero bytes behind the compressed header. */
	padding: number;
	payload: number;
}

export const plainHeader: Header = {
	...{ profile: 0, showExisting: false, key: true, shown: true, resilient: false, intraOnly: false },
	...{ reset: 0, refresh: 1, refIdx: [0, 0, 0], signBias: [0, 0, 0], sizedBy: 0, width: 352, height: 288 },
	...{ render: null, twelveBit: false, colorSpace: 2, fullRange: false, highPrecision: false, filter: 1 },
	...{ refreshContext: true, parallel: false, contextIdx: 0, level: 10, sharpness: 0, lfDeltas: null },
	...{ quant: 60, quantDeltas: [null, null, null], segmentation: null, tileColsIncrements: 0, tileRows: 0 },
	...{ txMode: 3, delta: () => null, mv: () => null, updateCoef: [false, false, false, false] },
	...{ referenceMode: 0, trailing: false, padding: 0, payload: 20 },
};

/** encode_term_subexp(): the inverse of 6.3.4. */
function writeDelta(e: BoolEncoder, code: number): void {
	if (code < 16) e.flag(0).literal(4, code);
	else if (code < 32)
		e.flag(1)
			.flag(0)
			.literal(4, code - 16);
	else if (code < 64)
		e.flag(1)
			.flag(1)
			.flag(0)
			.literal(5, code - 32);
	else {
		e.flag(1).flag(1).flag(1);
		if (code < 129) e.literal(7, code - 64);
		else e.literal(7, (code + 1) >> 1).flag((code + 1) & 1);
	}
}

function compressedHeader(h: Header, lossless: boolean): number[] {
	const e = new BoolEncoder();
	const intra = h.key || h.intraOnly;
	let [deltas, vectors] = [0, 0];
	const list = (count: number) => {
		for (let i = 0; i < count; i++) {
			const code = h.delta(deltas++);
			e.write(252, code !== null);
			if (code !== null) writeDelta(e, code);
		}
	};
	const vectorList = (count: number) => {
		for (let i = 0; i < count; i++) {
			const code = h.mv(vectors++);
			e.write(252, code !== null);
			if (code !== null) e.literal(7, code);
		}
	};
	e.flag(0); // marker_bit
	const txMode = lossless ? 0 : h.txMode;
	if (!lossless) e.literal(2, Math.min(txMode, 3));
	if (txMode >= 3) e.flag(txMode - 3);
	if (txMode === 4) list(12);
	for (let size = 0; size <= Math.min(txMode, 3); size++) {
		e.flag(h.updateCoef[size]);
		if (h.updateCoef[size]) for (let ij = 0; ij < 4; ij++) list(99);
	}
	list(3);
	if (!intra) {
		list(21);
		if (h.filter === 4) list(8);
		list(4);
		// libvpx takes all signs of error resilient frames for 0 (vp9_setup_past_independence()): they have no compound references.
		const compound = !h.resilient && h.signBias.some((bias) => bias !== h.signBias[0]);
		if (compound) {
			e.flag(h.referenceMode !== 0);
			if (h.referenceMode !== 0) e.flag(h.referenceMode === 2);
		}
		const mode = compound ? h.referenceMode : 0;
		if (mode === 2) list(5);
		if (mode !== 1) list(10);
		if (mode !== 0) list(5);
		list(36);
		list(48);
		vectorList(3 + 2 * 22 + 2 * 9 + (h.highPrecision ? 4 : 0));
	}
	if (h.trailing) for (let i = 0; i < 100; i++) writeDelta(e.write(252, 1), 5);
	return [...e.end(), ...new Array(h.padding).fill(0)];
}

function writeColor(w: BitWriter, h: Header): void {
	if (h.profile >= 2) w.flag(h.twelveBit);
	w.bits(3, h.colorSpace);
	if (h.colorSpace !== 7) w.flag(h.fullRange);
	if ((h.profile & 1) !== 0) w.bits(3, 0);
}

function writeSize(w: BitWriter, h: Header): void {
	if (h.sizedBy < 0 || h.key || h.intraOnly) w.bits(16, h.width - 1).bits(16, h.height - 1);
	w.flag(h.render !== null);
	if (h.render) w.bits(16, h.render.width - 1).bits(16, h.render.height - 1);
}

/**
 * The logarithm of the number of tile columns that a width must have; how many increments of it the width leaves room for, and how
 * many there are of those that are wanted (-1: all).
 */
export function tileColumns(width: number, wanted: number) {
	const columns = Math.ceil(width / 64);
	let least = 0;
	while (64 * 2 ** least < columns) least++;
	let most = 0;
	while (columns >> (most + 1) >= 4) most++;
	const room = Math.max(0, most - least);
	return { least, room, increments: wanted < 0 ? room : Math.min(wanted, room) };
}

/** A frame of this header. Its tile columns are counted by its own width and height, so those must be right for sizedBy as well. */
export function writeFrame(given: Partial<Header>): Uint8Array {
	const h = { ...plainHeader, ...given };
	const w = new BitWriter();
	w.bits(2, 2)
		.flag(h.profile & 1)
		.flag(h.profile >> 1);
	if (h.profile === 3) w.flag(0);
	w.flag(h.showExisting);
	if (h.showExisting) return Uint8Array.from(w.bits(3, h.refIdx[0]).bytes);
	w.flag(!h.key).flag(h.shown).flag(h.resilient);
	if (h.key) {
		w.bits(24, 0x498342);
		writeColor(w, h);
		writeSize(w, h);
	} else {
		if (!h.shown) w.flag(h.intraOnly);
		if (!h.resilient) w.bits(2, h.reset);
		if (h.intraOnly) {
			w.bits(24, 0x498342);
			if (h.profile > 0) writeColor(w, h);
			w.bits(8, h.refresh);
			writeSize(w, h);
		} else {
			w.bits(8, h.refresh);
			for (let i = 0; i < 3; i++) w.bits(3, h.refIdx[i]).flag(h.signBias[i]);
			for (let i = 0; i < 3; i++) {
				w.flag(h.sizedBy === i);
				if (h.sizedBy === i) break;
			}
			writeSize(w, h);
			w.flag(h.highPrecision).flag(h.filter === 4);
			if (h.filter !== 4) w.bits(2, h.filter);
		}
	}
	if (!h.resilient) w.flag(h.refreshContext).flag(h.parallel);
	w.bits(2, h.contextIdx)
		.bits(6, h.level)
		.bits(3, h.sharpness)
		.flag(h.lfDeltas !== null);
	if (h.lfDeltas) {
		w.flag(h.lfDeltas.deltas !== null);
		for (const delta of h.lfDeltas.deltas ?? []) w.optional(6, delta);
	}
	w.bits(8, h.quant);
	for (const delta of h.quantDeltas) w.optional(4, delta);
	w.flag(h.segmentation !== null);
	if (h.segmentation) {
		const { map, data } = h.segmentation;
		const prob = (value: number | null) => {
			w.flag(value !== null);
			if (value !== null) w.bits(8, value);
		};
		w.flag(map !== null);
		if (map) {
			map.tree.forEach(prob);
			w.flag(map.pred !== null);
			map.pred?.forEach(prob);
		}
		w.flag(data !== null);
		if (data) {
			w.flag(data.absolute);
			for (const features of data.features)
				features.forEach((value, i) => {
					w.flag(value !== null);
					if (value === null) return;
					if (i < 2) w.signed([8, 6][i], value);
					else w.bits([2, 0][i - 2], value);
				});
		}
	}
	const { increments, room } = tileColumns(h.width, h.tileColsIncrements);
	for (let i = 0; i < increments; i++) w.flag(1);
	if (increments < room) w.flag(0);
	w.flag(h.tileRows > 0);
	if (h.tileRows > 0) w.flag(h.tileRows - 1);
	const lossless = h.quant === 0 && h.quantDeltas.every((delta) => !delta);
	const compressed = compressedHeader(h, lossless);
	w.bits(16, compressed.length);
	return Uint8Array.from([...w.bytes, ...compressed, ...new Array(h.payload).fill(0xa5)]);
}
