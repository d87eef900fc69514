// SPDX-License-Identifier: MIT
// Random parameter sets and slice segments that go with them (fast-check).
import fc from "fast-check";
import {
	B,
	BLA_W_LP,
	CRA,
	ctbCount,
	type Delta,
	I,
	IDR_N_LP,
	IDR_W_RADL,
	intra,
	isIdr,
	type LongTerm,
	P,
	type ParameterSets,
	plain,
	RASL_R,
	type ShortTerm,
	type ShortTermSet,
	type Slice,
	setsOf,
	TRAIL_R,
	type Weights,
} from "./hevc.ts";

/** Up to `most` pictures of one side, by rising distance. */
const side = (sign: 1 | -1, most: number): fc.Arbitrary<Delta[]> =>
	fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()), { maxLength: most }).map((steps) => {
		let delta = 0;
		return steps.map(([step, used]) => {
			delta += sign * step;
			return { delta, used };
		});
	});

export const shortTermSet: fc.Arbitrary<ShortTermSet> = fc.record({
	negative: side(-1, 4),
	positive: side(1, 3),
});

const candidates = fc.integer({ min: 4, max: 16 }).chain((log2MaxLsb) =>
	fc.record({
		log2MaxLsb: fc.constant(log2MaxLsb),
		longTermCandidates: fc.array(
			fc.record({ lsb: fc.integer({ min: 0, max: 2 ** log2MaxLsb - 1 }), used: fc.boolean() }),
			{ maxLength: 3 },
		),
	}),
);

const sizes = fc.record({
	width: fc.constantFrom(8, 64, 416, 1920),
	height: fc.constantFrom(8, 48, 240, 1088),
	log2Ctb: fc.constantFrom(4, 5, 6),
});

const offset = fc.integer({ min: -6, max: 6 });

export const parameterSets: fc.Arbitrary<ParameterSets> = fc
	.tuple(
		fc.record({
			shortTermSets: fc.array(shortTermSet, { maxLength: 5 }),
			longTermPresent: fc.boolean(),
			temporalMvp: fc.boolean(),
			sao: fc.boolean(),
			ppsId: fc.constantFrom(0, 1, 7, 63),
			dependentSegments: fc.boolean(),
			outputFlagPresent: fc.boolean(),
			extraBits: fc.constantFrom(0, 1, 2),
			cabacInitPresent: fc.boolean(),
			defaults: fc.tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 15 })),
			chromaOffsetsPresent: fc.boolean(),
			weightedPred: fc.boolean(),
			weightedBipred: fc.boolean(),
			wavefront: fc.boolean(),
			filterAcrossSlices: fc.boolean(),
			deblockingOverride: fc.boolean(),
			deblockingDisabled: fc.boolean(),
			beta: offset,
			tc: offset,
			listsModification: fc.boolean(),
			extensionPresent: fc.boolean(),
		}),
		candidates,
		sizes,
	)
	.map(([flags, { log2MaxLsb, longTermCandidates }, size]) => ({
		...plain,
		...flags,
		...size,
		log2MaxLsb,
		longTermCandidates: flags.longTermPresent ? longTermCandidates : [],
	}));

function shortTermOf(sets: ParameterSets): fc.Arbitrary<ShortTerm> {
	const explicit = shortTermSet.map((set): ShortTerm => ({ kind: "explicit", set }));
	if (sets.shortTermSets.length === 0) return explicit;
	const last = sets.shortTermSets.length - 1;
	const index = fc.integer({ min: 0, max: last });
	const predicted = fc
		.tuple(
			index,
			fc.integer({ min: -8, max: 8 }),
			fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 17, maxLength: 17 }),
		)
		.map(([deltaIdx, deltaRps, all]): ShortTerm => {
			const other = sets.shortTermSets[last - deltaIdx];
			const count = other.negative.length + other.positive.length + 1;
			const flags = all.slice(0, count).map(([used, use]) => ({ used, use }));
			return { kind: "predicted", deltaIdx, deltaRps: deltaRps || 1, flags };
		});
	return fc.oneof(
		explicit,
		index.map((i): ShortTerm => ({ kind: "sps", index: i })),
		predicted,
	);
}

/** Long-term pictures behind the short-term ones, first those of the SPS; their cycles do not fall within either. */
function longTermOf(sets: ParameterSets): fc.Arbitrary<LongTerm[]> {
	if (!sets.longTermPresent) return fc.constant([]);
	const lsb = fc.integer({ min: 0, max: 2 ** sets.log2MaxLsb - 1 });
	const each = fc.record({
		lsb,
		used: fc.boolean(),
		step: fc.integer({ min: 0, max: 3 }),
		named: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
	});
	const count = sets.longTermCandidates.length;
	const candidate = fc.record({
		candidate: fc.integer({ min: 0, max: Math.max(0, count - 1) }),
		step: fc.integer({ min: 0, max: 3 }),
	});
	const rising = <T extends { step: number; named?: boolean }>(
		list: T[],
	): (T & { cycle: number | null })[] => {
		let cycle = 1; // before any short-term picture
		return list.map((entry) => {
			if (entry.named === false) return { ...entry, cycle: null };
			cycle += entry.step;
			return { ...entry, cycle };
		});
	};
	return fc
		.tuple(fc.array(candidate, { maxLength: count > 0 ? 2 : 0 }), fc.array(each, { maxLength: 3 }))
		.map(([first, second]) => [...rising(first), ...rising(second)]);
}

const weight = fc.integer({ min: -128, max: 127 });
const chroma = fc.integer({ min: -512, max: 511 });
const weights: fc.Arbitrary<Weights[]> = fc.array(
	fc.record({
		luma: fc.option(fc.tuple(weight, weight), { nil: null }),
		chroma: fc.option(fc.tuple(weight, chroma, weight, chroma), { nil: null }),
	}),
	{ minLength: 15, maxLength: 15 },
);
const denominators = fc
	.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 }))
	.map(([luma, chromaLog2]): [number, number] => [luma, chromaLog2 - luma]);

const pictureFields = fc.record({
	nalType: fc.constantFrom(TRAIL_R, TRAIL_R, TRAIL_R, 0, RASL_R, BLA_W_LP, IDR_W_RADL, IDR_N_LP, CRA),
	temporalId: fc.integer({ min: 0, max: 6 }),
	noOutputOfPriorPics: fc.boolean(),
	poc: fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer({ min: -(2 ** 24), max: 2 ** 24 })),
	temporalMvp: fc.boolean(),
});

const sliceFields = fc.record({
	type: fc.constantFrom(B, P, I),
	output: fc.boolean(),
	saoLuma: fc.boolean(),
	saoChroma: fc.boolean(),
	override: fc.boolean(),
	mvdL1Zero: fc.boolean(),
	cabacInit: fc.boolean(),
	collocatedFromL0: fc.boolean(),
	denominators,
	weights: fc.tuple(weights, weights),
	fiveMinusMerge: fc.integer({ min: 0, max: 4 }),
	qpDelta: fc.integer({ min: -51, max: 51 }),
	cbOffset: fc.integer({ min: -12, max: 12 }),
	crOffset: fc.integer({ min: -12, max: 12 }),
	deblocking: fc.option(fc.record({ disabled: fc.boolean(), beta: offset, tc: offset }), { nil: null }),
	filterAcross: fc.boolean(),
	entryPoints: fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 32 })), {
		maxLength: 12,
	}),
	extension: fc.array(fc.constantFrom(0, 0, 1, 3, 255), { maxLength: 20 }),
});

/** Random choices that the rest of a slice is made of. */
interface Choices {
	active: [number, number];
	entries: number[];
	modified: [boolean, boolean];
	collocated: number;
}

const choices: fc.Arbitrary<Choices> = fc.record({
	active: fc.tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 15 })),
	entries: fc.array(fc.nat(1000), { minLength: 30, maxLength: 30 }),
	modified: fc.tuple(fc.boolean(), fc.boolean()),
	collocated: fc.nat(1000),
});

/** Sets that name a picture twice are none (8.3.2), and more than 15 do not fit into VA's list. */
function isPossible(sets: ParameterSets, slice: Slice): boolean {
	const { before, after, longTerm, foll, longTermFoll } = setsOf(sets, slice);
	const all = [...before, ...after, ...longTerm, ...foll, ...longTermFoll];
	return new Set([...all, slice.poc]).size === all.length + 1 && all.length <= 15;
}

function completed(sets: ParameterSets, slice: Slice, chosen: Choices): Slice {
	const { before, after, longTerm } = setsOf(sets, slice);
	const total = before.length + after.length + longTerm.length;
	const type = total === 0 ? I : slice.type;
	const active: [number, number] = slice.override ? chosen.active : sets.defaults;
	const modification = (list: 0 | 1): number[] | null =>
		sets.listsModification && total > 1 && chosen.modified[list]
			? Array.from({ length: active[list] }, (_, i) => chosen.entries[15 * list + i] % total)
			: null;
	const fromL0 = type !== B || slice.collocatedFromL0;
	return {
		...slice,
		type,
		deblocking: sets.deblockingOverride ? slice.deblocking : null,
		active,
		modifications: [modification(0), modification(1)],
		collocated: chosen.collocated % active[fromL0 ? 0 : 1],
	};
}

/** A picture: its first slice, and possibly more of the same sets with other values, some of them dependent segments. */
export function pictureOf(sets: ParameterSets, most = 3): fc.Arbitrary<Slice[]> {
	const address = fc.integer({ min: 1, max: Math.max(1, ctbCount(sets) - 1) });
	return fc
		.tuple(
			pictureFields,
			shortTermOf(sets),
			longTermOf(sets),
			fc.array(fc.tuple(sliceFields, choices, address, fc.boolean()), {
				minLength: 1,
				maxLength: most,
			}),
		)
		.map(([fields, shortTerm, longTerm, slices]) => {
			const poc = isIdr(fields.nalType) ? 0 : fields.poc;
			const base = { ...intra, ...fields, poc, shortTerm, longTerm };
			return slices.slice(0, ctbCount(sets) > 1 ? most : 1).map(([own, chosen, at, dependent], i) => {
				const slice = completed(sets, { ...base, ...own }, chosen);
				return i === 0
					? slice
					: { ...slice, address: at, dependent: dependent && sets.dependentSegments };
			});
		})
		.filter((slices) => isPossible(sets, slices[0]));
}

export const pictures: fc.Arbitrary<{ sets: ParameterSets; slices: Slice[] }> = parameterSets.chain((sets) =>
	pictureOf(sets).map((slices) => ({ sets, slices })),
);
