// SPDX-License-Identifier: MIT
// HEVC streams for tests: parameter sets as plain data, the slice segment headers that follow from them (7.3.6.1), and what both come
// to: reference picture sets (8.3.2) and lists (8.3.4).
import { escaped } from "../../../../../fixtures/rbsp.ts";
import { BitWriter } from "../../../../unit/support/bit-writer.ts";

export const B = 0;
export const P = 1;
export const I = 2;

export const TRAIL_R = 1;
export const RASL_R = 9;
export const BLA_W_LP = 16;
export const IDR_W_RADL = 19;
export const IDR_N_LP = 20;
export const CRA = 21;

/** Whether it is an IDR picture (Table 7-1). */
export const isIdr = (nalType: number): boolean => nalType === IDR_W_RADL || nalType === IDR_N_LP;
/** Whether it is a random access point (Table 7-1): 16 to 23, reserved ones included. */
export const isIrap = (nalType: number): boolean => nalType >= 16 && nalType <= 23;

/** A picture of a short-term set: its count less that of the current one. */
export interface Delta {
	delta: number;
	used: boolean;
}

/** The nearest first. */
export interface ShortTermSet {
	negative: Delta[];
	positive: Delta[];
}

export interface ParameterSets {
	width: number;
	height: number;
	bitDepth: number;
	log2MinCb: number;
	log2Ctb: number;
	log2MaxLsb: number;
	/** Of the SPS. */
	shortTermSets: ShortTermSet[];
	longTermPresent: boolean;
	/** Of the SPS. */
	longTermCandidates: { lsb: number; used: boolean }[];
	temporalMvp: boolean;
	sao: boolean;
	ppsId: number;
	dependentSegments: boolean;
	outputFlagPresent: boolean;
	extraBits: number;
	cabacInitPresent: boolean;
	/** Default active counts. */
	defaults: [number, number];
	initQp: number;
	chromaOffsetsPresent: boolean;
	weightedPred: boolean;
	weightedBipred: boolean;
	tiles: { columns: number[]; rows: number[] } | null;
	wavefront: boolean;
	filterAcrossSlices: boolean;
	deblockingOverride: boolean;
	deblockingDisabled: boolean;
	beta: number;
	tc: number;
	listsModification: boolean;
	extensionPresent: boolean;
	scalingLists: boolean;
}

export const plain: ParameterSets = {
	width: 416,
	height: 240,
	bitDepth: 8,
	log2MinCb: 3,
	log2Ctb: 5,
	log2MaxLsb: 8,
	shortTermSets: [],
	longTermPresent: false,
	longTermCandidates: [],
	temporalMvp: false,
	sao: false,
	ppsId: 0,
	dependentSegments: false,
	outputFlagPresent: false,
	extraBits: 0,
	cabacInitPresent: false,
	defaults: [1, 1],
	initQp: 26,
	chromaOffsetsPresent: false,
	weightedPred: false,
	weightedBipred: false,
	tiles: null,
	wavefront: false,
	filterAcrossSlices: false,
	deblockingOverride: false,
	deblockingDisabled: false,
	beta: 0,
	tc: 0,
	listsModification: false,
	extensionPresent: false,
	scalingLists: false,
};

/** How a slice says its short-term set. */
export type ShortTerm =
	| { kind: "sps"; index: number }
	| { kind: "explicit"; set: ShortTermSet }
	/** flags: used_by_curr_pic_flag and use_delta_flag for each picture of the other set, and one more. */
	| { kind: "predicted"; deltaIdx: number; deltaRps: number; flags: { used: boolean; use: boolean }[] };

export interface LongTerm {
	/** An index into the candidates of the SPS, or the picture itself. */
	candidate?: number;
	lsb?: number;
	used?: boolean;
	/** Periods of the LSBs between the picture and the current one (DeltaPocMsbCycleLt); null: not said. */
	cycle: number | null;
}

export interface Weights {
	luma: [weight: number, offset: number] | null;
	/** delta_chroma_weight and delta_chroma_offset of Cb and Cr. */
	chroma: [number, number, number, number] | null;
}

export interface Slice {
	nalType: number;
	temporalId: number;
	layer: number;
	noOutputOfPriorPics: boolean;
	ppsId?: number;
	dependent: boolean;
	address: number;
	type: number;
	output: boolean;
	poc: number;
	shortTerm: ShortTerm;
	longTerm: LongTerm[];
	temporalMvp: boolean;
	saoLuma: boolean;
	saoChroma: boolean;
	/** Active counts; written only when `override`. */
	active: [number, number];
	override: boolean;
	modifications: [number[] | null, number[] | null];
	mvdL1Zero: boolean;
	cabacInit: boolean;
	collocatedFromL0: boolean;
	collocated: number;
	/** luma_log2_weight_denom, delta_chroma_log2_weight_denom */
	denominators: [number, number];
	weights: [Weights[], Weights[]];
	fiveMinusMerge: number;
	qpDelta: number;
	cbOffset: number;
	crOffset: number;
	/** Null: no override. */
	deblocking: { disabled: boolean; beta: number; tc: number } | null;
	filterAcross: boolean;
	entryPoints: number[];
	extension: number[];
}

const none: ShortTermSet = { negative: [], positive: [] };

export const intra: Slice = {
	nalType: IDR_W_RADL,
	temporalId: 0,
	layer: 0,
	noOutputOfPriorPics: false,
	dependent: false,
	address: 0,
	type: I,
	output: true,
	poc: 0,
	shortTerm: { kind: "explicit", set: none },
	longTerm: [],
	temporalMvp: false,
	saoLuma: false,
	saoChroma: false,
	active: [1, 1],
	override: true,
	modifications: [null, null],
	mvdL1Zero: false,
	cabacInit: false,
	collocatedFromL0: true,
	collocated: 0,
	denominators: [0, 0],
	weights: [[], []],
	fiveMinusMerge: 0,
	qpDelta: 0,
	cbOffset: 0,
	crOffset: 0,
	deblocking: null,
	filterAcross: false,
	entryPoints: [],
	extension: [],
};

/** A short-term set of pictures that the slice refers to, by what their counts are less than its own. */
export const set = (...deltas: number[]): ShortTerm => ({
	kind: "explicit",
	set: {
		negative: deltas.filter((delta) => delta < 0).map((delta) => ({ delta, used: true })),
		positive: deltas.filter((delta) => delta > 0).map((delta) => ({ delta, used: true })),
	},
});

/** A P slice of the picture with this count, which refers to the one before. */
export const predicted = (poc: number, over: Partial<Slice> = {}): Slice => ({
	...intra,
	nalType: TRAIL_R,
	type: P,
	poc,
	shortTerm: set(-1),
	...over,
});

// ---- reference picture sets -------------------------------------------------------------------------------

/** (7-61), (7-62): the set that comes out of prediction from another. */
function predictedSet(
	other: ShortTermSet,
	deltaRps: number,
	flags: { used: boolean; use: boolean }[],
): ShortTermSet {
	const pictures = [...other.negative, ...other.positive].map(({ delta }) => delta).concat(0);
	const kept = pictures.flatMap((delta, i) => {
		const { used, use } = flags[i];
		return used || use ? [{ delta: delta + deltaRps, used }] : [];
	});
	return {
		negative: kept.filter(({ delta }) => delta < 0).sort((a, b) => b.delta - a.delta),
		positive: kept.filter(({ delta }) => delta > 0).sort((a, b) => a.delta - b.delta),
	};
}

/** The short-term set that the slice has in effect (7.4.8). */
export function shortTermSetOf(sets: ParameterSets, slice: Slice): ShortTermSet {
	if (isIdr(slice.nalType)) return none;
	const { shortTerm } = slice;
	if (shortTerm.kind === "sps") return sets.shortTermSets[shortTerm.index] ?? none;
	if (shortTerm.kind === "explicit") return shortTerm.set;
	const other = sets.shortTermSets[sets.shortTermSets.length - 1 - shortTerm.deltaIdx];
	return predictedSet(other, shortTerm.deltaRps, shortTerm.flags);
}

/** The counts of the pictures in the sets of 8.3.2. */
export interface Sets {
	before: number[];
	after: number[];
	longTerm: number[];
	foll: number[];
	longTermFoll: number[];
}

/** The reference picture set as picture order counts (8.3.2). */
export function setsOf(sets: ParameterSets, slice: Slice): Sets {
	const { negative, positive } = shortTermSetOf(sets, slice);
	const counts = (list: Delta[], used: boolean) =>
		list.filter((each) => each.used === used).map(({ delta }) => slice.poc + delta);
	const period = 2 ** sets.log2MaxLsb;
	const longTerm = isIdr(slice.nalType)
		? []
		: slice.longTerm.map(({ candidate, lsb = 0, used = true, cycle }) => {
				const said = candidate === undefined ? { lsb, used } : sets.longTermCandidates[candidate];
				const base = Math.floor(slice.poc / period) * period;
				return { poc: base - (cycle ?? 0) * period + said.lsb, used: said.used };
			});
	return {
		before: counts(negative, true),
		after: counts(positive, true),
		longTerm: longTerm.filter(({ used }) => used).map(({ poc }) => poc),
		foll: [...counts(negative, false), ...counts(positive, false)],
		longTermFoll: longTerm.filter(({ used }) => !used).map(({ poc }) => poc),
	};
}

/** RefPicList0 and RefPicList1 (8-8 to 8-11), as counts. */
export function listsOf(sets: Sets, slice: Slice): [number[], number[]] {
	const list = (x: 0 | 1): number[] => {
		if (slice.type === I || (x === 1 && slice.type !== B)) return [];
		const { before, after, longTerm } = sets;
		const all = x === 0 ? [...before, ...after, ...longTerm] : [...after, ...before, ...longTerm];
		return Array.from(
			{ length: slice.active[x] },
			(_, i) => all[slice.modifications[x]?.[i] ?? i % all.length],
		);
	};
	return [list(0), list(1)];
}

// ---- the slice segment header -----------------------------------------------------------------------------

/** What the writer knows of the header it wrote. */
export interface Written {
	nal: Uint8Array;
	shortTermBits: number;
	longTermBits: number;
	/** Bytes without emulation prevention; as they are. */
	headerBytes: number;
	rawHeaderBytes: number;
	/** All bits of the header, and where the sets and the lists are among them. */
	bits: number[];
	setsBegin: number;
	setsEnd: number;
	listsBegin: number;
	listsEnd: number;
}

const ceilLog2 = (value: number): number => (value < 2 ? 0 : Math.ceil(Math.log2(value)));

function writeShortTerm(w: BitWriter, sets: ParameterSets, shortTerm: ShortTerm): number {
	w.flag(shortTerm.kind === "sps");
	const start = w.length;
	if (shortTerm.kind === "sps") {
		w.u(ceilLog2(sets.shortTermSets.length), shortTerm.index);
		return 0;
	}
	if (sets.shortTermSets.length > 0) w.flag(shortTerm.kind === "predicted");
	if (shortTerm.kind === "predicted") {
		w.ue(shortTerm.deltaIdx).flag(shortTerm.deltaRps < 0);
		w.ue(Math.abs(shortTerm.deltaRps) - 1);
		for (const { used, use } of shortTerm.flags) {
			w.flag(used);
			if (!used) w.flag(use);
		}
	} else {
		const { negative, positive } = shortTerm.set;
		w.ue(negative.length).ue(positive.length);
		for (const list of [negative, positive]) {
			let last = 0;
			for (const { delta, used } of list) {
				w.ue(Math.abs(delta) - last - 1).flag(used);
				last = Math.abs(delta);
			}
		}
	}
	return w.length - start;
}

function writeLongTerm(w: BitWriter, sets: ParameterSets, longTerm: LongTerm[]): number {
	const start = w.length;
	const candidates = longTerm.filter(({ candidate }) => candidate !== undefined);
	const explicit = longTerm.filter(({ candidate }) => candidate === undefined);
	if (sets.longTermCandidates.length > 0) w.ue(candidates.length);
	w.ue(explicit.length);
	for (const list of [candidates, explicit]) {
		let last = 0;
		for (const { candidate, lsb = 0, used = true, cycle } of list) {
			if (candidate !== undefined) w.u(ceilLog2(sets.longTermCandidates.length), candidate);
			else w.u(sets.log2MaxLsb, lsb).flag(used);
			w.flag(cycle !== null);
			if (cycle !== null) w.ue(cycle - last);
			last = cycle ?? last;
		}
	}
	return w.length - start;
}

function writeWeights(w: BitWriter, slice: Slice): void {
	w.ue(slice.denominators[0]).se(slice.denominators[1]);
	for (let list = 0; list < (slice.type === B ? 2 : 1); list++) {
		const weights = Array.from(
			{ length: slice.active[list] },
			(_, i) => slice.weights[list][i] ?? { luma: null, chroma: null },
		);
		for (const { luma } of weights) w.flag(luma !== null);
		for (const { chroma } of weights) w.flag(chroma !== null);
		for (const { luma, chroma } of weights)
			for (const value of [...(luma ?? []), ...(chroma ?? [])]) w.se(value);
	}
}

/** PicSizeInCtbsY (7.4.3.2.1). */
export function ctbCount(sets: ParameterSets): number {
	const ctb = 2 ** sets.log2Ctb;
	return Math.ceil(sets.width / ctb) * Math.ceil(sets.height / ctb);
}

/** total: NumPicTotalCurr, where it is not what the slice's own sets come to. */
export function writeSlice(sets: ParameterSets, slice: Slice, payload: number[] = [0x5a, 0xc3]): Written {
	const w = new BitWriter();
	w.flag(0)
		.u(6, slice.nalType)
		.u(6, slice.layer)
		.u(3, slice.temporalId + 1);
	w.flag(slice.address === 0);
	if (isIrap(slice.nalType)) w.flag(slice.noOutputOfPriorPics);
	w.ue(slice.ppsId ?? sets.ppsId);
	if (slice.address !== 0) {
		if (sets.dependentSegments) w.flag(slice.dependent);
		w.u(ceilLog2(ctbCount(sets)), slice.address);
	}
	const marks = { shortTermBits: 0, longTermBits: 0, setsBegin: 0, setsEnd: 0, listsBegin: 0, listsEnd: 0 };
	if (!slice.dependent) {
		w.u(sets.extraBits, 2 ** sets.extraBits - 1).ue(slice.type);
		if (sets.outputFlagPresent) w.flag(slice.output);
		if (!isIdr(slice.nalType)) {
			w.u(
				sets.log2MaxLsb,
				((slice.poc % 2 ** sets.log2MaxLsb) + 2 ** sets.log2MaxLsb) % 2 ** sets.log2MaxLsb,
			);
			marks.setsBegin = w.length;
			marks.shortTermBits = writeShortTerm(w, sets, slice.shortTerm);
			if (sets.longTermPresent) marks.longTermBits = writeLongTerm(w, sets, slice.longTerm);
			marks.setsEnd = w.length;
			if (sets.temporalMvp) w.flag(slice.temporalMvp);
		}
		if (sets.sao) w.flag(slice.saoLuma).flag(slice.saoChroma);
		if (slice.type !== I) writePrediction(w, sets, slice, marks);
		w.se(slice.qpDelta);
		if (sets.chromaOffsetsPresent) w.se(slice.cbOffset).se(slice.crOffset);
		if (sets.deblockingOverride) {
			w.flag(slice.deblocking !== null);
			if (slice.deblocking) {
				w.flag(slice.deblocking.disabled);
				if (!slice.deblocking.disabled) w.se(slice.deblocking.beta).se(slice.deblocking.tc);
			}
		}
		const disabled = slice.deblocking?.disabled ?? sets.deblockingDisabled;
		const filtered = (sets.sao && (slice.saoLuma || slice.saoChroma)) || !disabled;
		if (sets.filterAcrossSlices && filtered) w.flag(slice.filterAcross);
	}
	if (sets.tiles || sets.wavefront) {
		w.ue(slice.entryPoints.length);
		const width = Math.max(1, ...slice.entryPoints.map((offset) => (offset - 1).toString(2).length));
		if (slice.entryPoints.length > 0) w.ue(width - 1);
		for (const offset of slice.entryPoints) w.u(width, offset - 1);
	}
	if (sets.extensionPresent) {
		w.ue(slice.extension.length);
		for (const byte of slice.extension) w.u(8, byte);
	}
	const bits = [...w.bits];
	w.flag(1);
	while (w.length % 8 !== 0) w.flag(0);
	const headerBytes = w.length / 8;
	const rawHeaderBytes = escaped(w.bytes()).length;
	for (const byte of payload) w.u(8, byte);
	return { nal: escaped(w.bytes()), headerBytes, rawHeaderBytes, bits, ...marks };
}

function writePrediction(w: BitWriter, sets: ParameterSets, slice: Slice, marks: Partial<Written>): void {
	w.flag(slice.override);
	if (slice.override) {
		w.ue(slice.active[0] - 1);
		if (slice.type === B) w.ue(slice.active[1] - 1);
	}
	marks.listsBegin = w.length;
	const { before, after, longTerm } = setsOf(sets, slice);
	const total = before.length + after.length + longTerm.length;
	if (sets.listsModification && total > 1) {
		for (const entries of slice.type === B ? slice.modifications : [slice.modifications[0]]) {
			w.flag(entries !== null);
			for (const entry of entries ?? []) w.u(ceilLog2(total), entry);
		}
	}
	marks.listsEnd = w.length;
	if (slice.type === B) w.flag(slice.mvdL1Zero);
	if (sets.cabacInitPresent) w.flag(slice.cabacInit);
	if (sets.temporalMvp && slice.temporalMvp) {
		if (slice.type === B) w.flag(slice.collocatedFromL0);
		if (slice.active[slice.type !== B || slice.collocatedFromL0 ? 0 : 1] > 1) w.ue(slice.collocated);
	}
	if ((sets.weightedPred && slice.type === P) || (sets.weightedBipred && slice.type === B))
		writeWeights(w, slice);
	w.ue(slice.fiveMinusMerge);
}
