// SPDX-License-Identifier: MIT
// The reader of slice headers that the comparison of registers has (../registers/slice-header.ts), against headers that are written with
// other code: what VDPU381 and VDPU383 would make of them.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ShortTermSet as ToldSet } from "../registers/reference-sets.ts";
import {
	type HeaderSyntax,
	listLengths,
	type Parameter,
	readSliceHeader,
} from "../registers/slice-header.ts";
import {
	B,
	I,
	isIdr,
	listsOf,
	type ParameterSets,
	plain,
	predicted,
	type Slice,
	setsOf,
	writeSlice,
} from "./support/hevc.ts";
import { pictures } from "./support/random.ts";

const runs = { numRuns: 600, includeErrorInReport: true };
const PAYLOAD = [0x5a, 0xc3, 0, 0, 2];

/** The parameters as Rockchip's packets name them. */
function parametersOf(sets: ParameterSets): Parameter {
	const values: Record<string, number | boolean> = {
		PIC_WIDTH_IN_LUMA_SAMPLES: sets.width,
		PIC_HEIGHT_IN_LUMA_SAMPLES: sets.height,
		LOG2_MIN_LUMA_CODING_BLOCK_SIZE: sets.log2MinCb,
		LOG2_DIFF_MAX_MIN_LUMA_CODING_BLOCK_SIZE: sets.log2Ctb - sets.log2MinCb,
		LOG2_MAX_PIC_ORDER_CNT_LSB: sets.log2MaxLsb,
		LONG_TERM_REF_PICS_PRESENT_FLAG: sets.longTermPresent,
		SPS_TEMPORAL_MVP_ENABLED_FLAG: sets.temporalMvp,
		SAMPLE_ADAPTIVE_OFFSET_ENABLED_FLAG: sets.sao,
		DEPENDENT_SLICE_SEGMENTS_ENABLED_FLAG: sets.dependentSegments,
		OUTPUT_FLAG_PRESENT_FLAG: sets.outputFlagPresent,
		NUM_EXTRA_SLICE_HEADER_BITS: sets.extraBits,
		CABAC_INIT_PRESENT_FLAG: sets.cabacInitPresent,
		NUM_REF_IDX_L0_DEFAULT_ACTIVE: sets.defaults[0],
		NUM_REF_IDX_L1_DEFAULT_ACTIVE: sets.defaults[1],
		PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT_FLAG: sets.chromaOffsetsPresent,
		WEIGHTED_PRED_FLAG: sets.weightedPred,
		WEIGHTED_BIPRED_FLAG: sets.weightedBipred,
		TILES_ENABLED_FLAG: sets.tiles !== null,
		ENTROPY_CODING_SYNC_ENABLED_FLAG: sets.wavefront,
		PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED_FLAG: sets.filterAcrossSlices,
		DEBLOCKING_FILTER_OVERRIDE_ENABLED_FLAG: sets.deblockingOverride,
		PPS_DEBLOCKING_FILTER_DISABLED_FLAG: sets.deblockingDisabled,
		LISTS_MODIFICATION_PRESENT_FLAG: sets.listsModification,
		SLICE_SEGMENT_HEADER_EXTENSION_PRESENT_FLAG: sets.extensionPresent,
	};
	return (name) => {
		assert.ok(name in values, `a reader asks for ${name}`);
		return Number(values[name]);
	};
}

function syntaxOf(sets: ParameterSets): HeaderSyntax {
	return {
		value: parametersOf(sets),
		sets: sets.shortTermSets.map(({ negative, positive }): ToldSet => {
			const pictures = (list: typeof negative) =>
				list.map(({ delta, used }) => ({ distance: delta, used }));
			return { before: pictures(negative), after: pictures(positive) };
		}),
		longTerm: sets.longTermCandidates,
		pictures: [],
	};
}

/** The counts of pictures in a set. */
const countsOf = (poc: number, pictures: { distance: number; used: boolean }[], used: boolean): number[] =>
	pictures.filter((each) => each.used === used).map(({ distance }) => poc + distance);

function check(sets: ParameterSets, slice: Slice): void {
	const written = writeSlice(sets, slice, PAYLOAD);
	const unit = Buffer.from(written.nal);
	const read = readSliceHeader(unit, syntaxOf(sets));
	assert.equal(unit.subarray(unit.length - read.data.length).equals(read.data), true, "data ends the unit");
	assert.equal(read.data.length, unit.length - written.rawHeaderBytes, "bytes of the data");
	assert.is(read.values.get("nal_unit_type"), String(slice.nalType));
	if (sets.tiles || sets.wavefront)
		assert.is(read.values.get("entry points"), slice.entryPoints.join(" "), "entry points");
	if (slice.dependent) {
		assert.is(read.set, null);
		assert.is(listLengths(unit, parametersOf(sets), 0), null);
		return;
	}
	assert.is(read.values.get("slice_type"), String(slice.type));
	assert.is(read.values.get("slice_qp_delta"), String(slice.qpDelta));
	const meant = setsOf(sets, slice);
	const { short, long } = read.set ?? { short: { before: [], after: [] }, long: [] };
	const count = (list: typeof long, used: boolean) => countsOf(slice.poc, list, used);
	const taken = sets.longTermPresent ? meant : { ...meant, longTerm: [], longTermFoll: [] };
	assert.equal(count(short.before, true), taken.before, "before");
	assert.equal(count(short.after, true), taken.after, "after");
	assert.equal([...count(short.before, false), ...count(short.after, false)], taken.foll, "kept");
	assert.equal(count(long, true), taken.longTerm, "long-term");
	assert.equal(count(long, false), taken.longTermFoll, "long-term, kept");
	const lists = listsOf(taken, slice).slice(0, slice.type === I ? 0 : slice.type === B ? 2 : 1);
	const told = read.lists.map((list) => list.map(({ distance }) => slice.poc + distance));
	if (lists.every((list) => list.every((entry) => entry !== undefined))) assert.equal(told, lists, "lists");
	const skipped = isIdr(slice.nalType) ? 0 : written.setsEnd - written.setsBegin - 1;
	assert.equal(
		listLengths(unit, parametersOf(sets), skipped),
		lists.map((list) => list.length),
		"lengths of the lists",
	);
}

test("slice headers are read as they were written", () => {
	fc.assert(
		fc.property(pictures, ({ sets, slices }) => {
			for (const slice of slices) check(sets, slice);
		}),
		runs,
	);
});

test("a long-term picture without higher bits is the one of the DPB that has the lower ones", () => {
	const sets = { ...plain, log2MaxLsb: 4, longTermPresent: true };
	const slice = predicted(40, { longTerm: [{ lsb: 3, used: true, cycle: null }] });
	const unit = Buffer.from(writeSlice(sets, slice).nal);
	// 40 is 8 in its lower bits; 19 and 22 are 3 and 6.
	const read = readSliceHeader(unit, { ...syntaxOf(sets), pictures: [-1, 22 - 40, 19 - 40] });
	assert.equal(read.set?.long, [{ distance: 19 - 40, used: true }]);
});

test("a header that parameter sets do not fit cannot be read", () => {
	const sets: ParameterSets = {
		...plain,
		shortTermSets: [{ negative: [{ delta: -1, used: true }], positive: [] }],
	};
	const slice = predicted(4, { shortTerm: { kind: "sps", index: 0 } });
	const unit = Buffer.from(writeSlice(sets, slice).nal);
	assert.equal(readSliceHeader(unit, syntaxOf(sets)).set?.short.before, [{ distance: -1, used: true }]);
	assert.throws(() => readSliceHeader(unit, syntaxOf(plain)), /not there/);
});

test.run();
