// SPDX-License-Identifier: MIT
// The slice segment header parser against an independent writer: SLICE_PARAMS show nearly all that was parsed.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import type { Fields } from "../../../unit/support/struct.ts";
import {
	B,
	CRA,
	I,
	intra,
	isIdr,
	listsOf,
	type ParameterSets,
	plain,
	predicted,
	type Slice,
	set,
	setsOf,
	type Written,
	writeSlice,
} from "./support/hevc.ts";
import { chromaOffset, HevcPlayer } from "./support/player.ts";
import { pictures } from "./support/random.ts";

const runs = { numRuns: 500, includeErrorInReport: true };
const flag = (name: string): number => c[`V4L2_HEVC_SLICE_PARAMS_FLAG_${name}`];

/** The flags that a slice's SLICE_PARAMS have. */
function flagsOf(sets: ParameterSets, slice: Slice): number {
	const disabled = slice.deblocking?.disabled ?? sets.deblockingDisabled;
	const sao = sets.sao && (slice.saoLuma || slice.saoChroma);
	const across = sets.filterAcrossSlices && (sao || !disabled ? slice.filterAcross : true);
	const flags: [boolean, string][] = [
		[sets.sao && slice.saoLuma, "SLICE_SAO_LUMA"],
		[sets.sao && slice.saoChroma, "SLICE_SAO_CHROMA"],
		[sets.temporalMvp && slice.temporalMvp && !isIdr(slice.nalType), "SLICE_TEMPORAL_MVP_ENABLED"],
		[slice.type === B && slice.mvdL1Zero, "MVD_L1_ZERO"],
		[slice.type !== I && sets.cabacInitPresent && slice.cabacInit, "CABAC_INIT"],
		[disabled, "SLICE_DEBLOCKING_FILTER_DISABLED"],
		[across, "SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED"],
	];
	return flags.reduce((all, [set, name]) => (set ? all | flag(name) : all), 0);
}

function weightsOf(sets: ParameterSets, slice: Slice, list: 0 | 1): Fields {
	const weighted = (sets.weightedPred && slice.type === 1) || (sets.weightedBipred && slice.type === B);
	const active = weighted && (list === 0 || slice.type === B) ? slice.active[list] : 0;
	const entries = Array.from({ length: 16 }, (_, i) => (i < active ? slice.weights[list][i] : undefined));
	const denominator = slice.denominators[0] + slice.denominators[1];
	return {
		[`delta_luma_weight_l${list}`]: entries.map((each) => each?.luma?.[0] ?? 0),
		[`luma_offset_l${list}`]: entries.map((each) => each?.luma?.[1] ?? 0),
		[`delta_chroma_weight_l${list}`]: entries.map((each) => [
			each?.chroma?.[0] ?? 0,
			each?.chroma?.[2] ?? 0,
		]),
		[`chroma_offset_l${list}`]: entries.map((each) =>
			each?.chroma
				? [
						chromaOffset(denominator, each.chroma[0], each.chroma[1]),
						chromaOffset(denominator, each.chroma[2], each.chroma[3]),
					]
				: [0, 0],
		),
	};
}

/** What SLICE_PARAMS must say. place: where the start code is in OUTPUT. dpb: counts by index. */
function expected(
	sets: ParameterSets,
	slice: Slice,
	own: Slice,
	written: Written,
	of: Written,
	place: number,
	dpb: number[],
): Fields {
	const lists = listsOf(setsOf(sets, own), own);
	const indices = (list: number[]) =>
		Array.from({ length: 16 }, (_, i) => (i < list.length ? dpb.indexOf(list[i]) : 0));
	const inter = own.type !== I;
	const mvp = inter && sets.temporalMvp && own.temporalMvp;
	const deblocking =
		sets.deblockingOverride && own.deblocking && !own.deblocking.disabled ? own.deblocking : sets;
	const weighted = (sets.weightedPred && own.type === 1) || (sets.weightedBipred && own.type === B);
	const collocatedFromL0 = !mvp || own.type !== B || own.collocatedFromL0;
	return {
		bit_size: (place + 3 + written.nal.length) * 8,
		data_byte_offset: place + 3 + written.rawHeaderBytes,
		num_entry_point_offsets: sets.wavefront ? slice.entryPoints.length : 0,
		nal_unit_type: slice.nalType,
		nuh_temporal_id_plus1: slice.temporalId + 1,
		slice_type: own.type,
		colour_plane_id: 0,
		slice_pic_order_cnt: slice.poc,
		num_ref_idx_l0_active_minus1: inter ? own.active[0] - 1 : 0,
		num_ref_idx_l1_active_minus1: own.type === B ? own.active[1] - 1 : 0,
		collocated_ref_idx: mvp ? own.collocated : 0,
		five_minus_max_num_merge_cand: inter ? own.fiveMinusMerge : 0,
		slice_qp_delta: own.qpDelta,
		slice_cb_qp_offset: sets.chromaOffsetsPresent ? own.cbOffset : 0,
		slice_cr_qp_offset: sets.chromaOffsetsPresent ? own.crOffset : 0,
		slice_act_y_qp_offset: 0,
		slice_act_cb_qp_offset: 0,
		slice_act_cr_qp_offset: 0,
		slice_beta_offset_div2: deblocking.beta,
		slice_tc_offset_div2: deblocking.tc,
		pic_struct: 0,
		slice_segment_addr: slice.address,
		ref_idx_l0: indices(lists[0]),
		ref_idx_l1: indices(lists[1]),
		short_term_ref_pic_set_size: of.shortTermBits,
		long_term_ref_pic_set_size: of.longTermBits,
		pred_weight_table: {
			...weightsOf(sets, own, 0),
			...weightsOf(sets, own, 1),
			luma_log2_weight_denom: weighted ? own.denominators[0] : 0,
			delta_chroma_log2_weight_denom: weighted ? own.denominators[1] : 0,
		},
		flags: BigInt(
			flagsOf(sets, own) |
				(collocatedFromL0 ? flag("COLLOCATED_FROM_L0") : 0) |
				(slice.dependent ? flag("DEPENDENT_SLICE_SEGMENT") : 0),
		),
	};
}

/** Without reserved fields and padding. */
const known = (params: Fields, fields: Fields): Fields =>
	Object.fromEntries(Object.keys(fields).map((name) => [name, params[name]]));

function check({ sets, slices }: { sets: ParameterSets; slices: Slice[] }, payload: number[]): void {
	const player = new HevcPlayer(sets, { entryPoints: 4096 });
	const written = slices.map((slice) => writeSlice(sets, slice, payload));
	const { before, after, longTerm } = setsOf(sets, slices[0]);
	for (const poc of [...before, ...after, ...longTerm]) player.submit([{ ...intra, nalType: CRA, poc }]);
	const controls = player.controls(slices, { payload });
	const dpb = [...before, ...after, ...longTerm];
	let place = 0;
	let own = slices[0];
	let of = written[0];
	for (const [i, slice] of slices.entries()) {
		if (!slice.dependent) {
			own = slice;
			of = written[i];
		}
		const fields = expected(sets, slice, own, written[i], of, place, dpbOf(controls.decode, dpb));
		assert.equal(known(controls.slices?.[i] ?? {}, fields), fields, `segment ${i}`);
		place += 3 + written[i].nal.length;
	}
	const points = sets.wavefront ? slices.flatMap(({ entryPoints }) => entryPoints) : [];
	assert.equal(
		controls.entryPoints ?? [],
		points.map((point) => point >>> 0),
	);
	assert.is(controls.decode.short_term_ref_pic_set_size, written[0].shortTermBits);
	assert.is(controls.decode.long_term_ref_pic_set_size, written[0].longTermBits);
	const { shortTerm, nalType } = slices[0];
	const predicted = shortTerm.kind === "predicted" && !isIdr(nalType);
	assert.is(controls.decode.num_delta_pocs_of_ref_rps_idx, predicted ? shortTerm.flags.length - 1 : 0);
}

/** The counts in dpb[], of which `pocs` are the Curr sets. */
function dpbOf(params: Fields, pocs: number[]): number[] {
	const found = params.dpb.slice(0, pocs.length).map(({ pic_order_cnt_val: poc }: Fields) => poc);
	assert.equal([...found].sort(), [...pocs].sort());
	return found;
}

test("random headers", () => {
	fc.assert(
		fc.property(
			pictures,
			fc.constantFrom<number[]>([0x5a, 0xc3], [0, 0, 1, 0, 0x80]),
			(picture, payload) => check(picture, payload),
		),
		runs,
	);
});

test("emulation prevention bytes count where the data is, and not where a bit reader skips the header", () => {
	const sets = { ...plain, extensionPresent: true, wavefront: true };
	const slice = { ...intra, extension: [0, 0, 0, 0, 1, 0, 0, 3, 0, 0], entryPoints: [1, 2, 3] };
	const written = writeSlice(sets, slice);
	assert.ok(written.rawHeaderBytes > written.headerBytes);
	const { slices } = new HevcPlayer(sets).controls([slice]);
	assert.is(slices?.[0].data_byte_offset, 3 + written.rawHeaderBytes);
	const one = new HevcPlayer(sets, { sliceBased: true }).controls([slice]);
	assert.is(one.slices?.[0].data_byte_offset, written.headerBytes);
	assert.is(one.slices?.[0].bit_size, 8 * written.nal.length);
});

test("what a set is predicted from is counted by st_rps_bits", () => {
	const two = {
		negative: [
			{ delta: -1, used: true },
			{ delta: -2, used: true },
		],
		positive: [],
	};
	const sets = { ...plain, shortTermSets: [two] };
	const flags = [true, false, true].map((used) => ({ used, use: !used }));
	const slice = predicted(8, { shortTerm: { kind: "predicted", deltaIdx: 0, deltaRps: -1, flags } });
	assert.is(new HevcPlayer(sets).controls([slice]).decode.num_delta_pocs_of_ref_rps_idx, 2);
	for (const off of [-1, 1, 40]) {
		const bits = writeSlice(sets, slice).shortTermBits + off;
		const { status } = new HevcPlayer(sets).decode([slice], { over: { st_rps_bits: bits } });
		assert.is.not(status, 0, `${off}`);
	}
});

test("no header, or one that does not end, is refused", () => {
	const cut = writeSlice(plain, predicted(1));
	for (let size = 1; size < cut.rawHeaderBytes; size++) {
		const { status, message } = new HevcPlayer().decode([predicted(1)], {
			sliceOver: [{ slice_data_size: size }],
		});
		assert.is.not(status, 0, `${size}`);
		assert.is(message, c.CORE_MESSAGE_BAD_SLICE_HEADER);
	}
	const bad: Partial<Slice>[] = [
		{ nalType: 10 },
		{ nalType: 22 },
		{ nalType: 32 },
		{ layer: 1 },
		{ type: 3 },
		{ ppsId: 64 },
		{ active: [16, 1] },
		{ fiveMinusMerge: 5 },
		{ type: I, shortTerm: { kind: "sps", index: 0 } },
		{ temporalId: -1 },
		{ qpDelta: 52 },
	];
	for (const over of bad) {
		const { status, message } = new HevcPlayer().decode([predicted(1, over)]);
		assert.is.not(status, 0, JSON.stringify(over));
		assert.is(message, c.CORE_MESSAGE_BAD_SLICE_HEADER, JSON.stringify(over));
	}
});

test("a header without data behind it is refused", () => {
	const { field } = new HevcPlayer().decode([intra], { payload: [] });
	assert.is(field, "slice_data_size");
});

test("segments that belong to no picture, or to another", () => {
	const sets = { ...plain, dependentSegments: true };
	const refused: Slice[][] = [
		[{ ...intra, address: 5, dependent: true }],
		[intra, intra],
		[intra, { ...intra, address: 5, nalType: 1 }],
		[intra, { ...intra, address: 5, ppsId: 1 }],
		[intra, { ...intra, address: 5, temporalId: 1 }],
		[predicted(4, { shortTerm: set(-1) }), { ...intra, nalType: 1, poc: 4, address: 5, layer: 2 }],
	];
	for (const [i, slices] of refused.entries())
		assert.is.not(new HevcPlayer(sets).decode(slices).status, 0, `${i}`);
	assert.is(new HevcPlayer(sets).decode([intra, { ...intra, address: 5, dependent: true }]).status, 0);
});

test("what VA says and what the header says must agree", () => {
	const sets = {
		...plain,
		sao: true,
		temporalMvp: true,
		cabacInitPresent: true,
		weightedBipred: true,
		chromaOffsetsPresent: true,
		dependentSegments: true,
	};
	const slice = predicted(4, {
		type: B,
		temporalMvp: true,
		active: [2, 2],
		shortTerm: set(-1, -2, 1),
		weights: [[{ luma: [1, 2], chroma: [1, 2, 3, 4] }], []],
	});
	const wrong: [string, Fields][] = [
		["slice_segment_address", { slice_segment_address: 1 }],
		["dependent_slice_segment_flag", { LongSliceFlags_dependent_slice_segment_flag: 1 }],
		["slice_type", { LongSliceFlags_slice_type: 1 }],
		["slice_temporal_mvp_enabled_flag", { LongSliceFlags_slice_temporal_mvp_enabled_flag: 0 }],
		["slice_sao_luma_flag", { LongSliceFlags_slice_sao_luma_flag: 1 }],
		["slice_sao_chroma_flag", { LongSliceFlags_slice_sao_chroma_flag: 1 }],
		["slice_qp_delta", { slice_qp_delta: 1 }],
		["slice_cb_qp_offset", { slice_cb_qp_offset: 1 }],
		["slice_cr_qp_offset", { slice_cr_qp_offset: 1 }],
		[
			"slice_deblocking_filter_disabled_flag",
			{ LongSliceFlags_slice_deblocking_filter_disabled_flag: 1 },
		],
		["slice_beta_offset_div2", { slice_beta_offset_div2: 1 }],
		["slice_tc_offset_div2", { slice_tc_offset_div2: 1 }],
		["num_ref_idx_l0_active_minus1", { num_ref_idx_l0_active_minus1: 2 }],
		["num_ref_idx_l1_active_minus1", { num_ref_idx_l1_active_minus1: 2 }],
		["mvd_l1_zero_flag", { LongSliceFlags_mvd_l1_zero_flag: 1 }],
		["cabac_init_flag", { LongSliceFlags_cabac_init_flag: 1 }],
		["collocated_from_l0_flag", { LongSliceFlags_collocated_from_l0_flag: 0 }],
		["collocated_ref_idx", { collocated_ref_idx: 1 }],
		["five_minus_max_num_merge_cand", { five_minus_max_num_merge_cand: 1 }],
		["luma_log2_weight_denom", { luma_log2_weight_denom: 1 }],
		["delta_chroma_log2_weight_denom", { delta_chroma_log2_weight_denom: 1 }],
		["delta_luma_weight", { delta_luma_weight_l0: new Array(15).fill(0) }],
		["luma_offset", { luma_offset_l1: new Array(15).fill(1) }],
		["delta_chroma_weight", { delta_chroma_weight_l0: new Array(15).fill([0, 0]) }],
		["ChromaOffset", { ChromaOffsetL1: new Array(15).fill([0, 1]) }],
		["RefPicList", { RefPicList: [[1, 0].concat(new Array(13).fill(0xff)), new Array(15).fill(0xff)] }],
	];
	assert.is(new HevcPlayer(sets).decode([slice]).status, 0);
	for (const [name, over] of wrong) {
		const { status, field } = new HevcPlayer(sets).decode([slice], { sliceOver: [over] });
		assert.is.not(status, 0, name);
		assert.is(field, name);
	}
	// FFmpeg leaves this flag of IDR pictures as the picture before had it.
	const stale = { LongSliceFlags_slice_temporal_mvp_enabled_flag: 1 };
	assert.is(new HevcPlayer(sets).decode([intra], { sliceOver: [stale] }).status, 0);
	const picture: [string, Fields][] = [
		["RapPicFlag", { slice_parsing_fields_RapPicFlag: 1 }],
		["IdrPicFlag", { slice_parsing_fields_IdrPicFlag: 1 }],
	];
	for (const [name, over] of picture) assert.is(new HevcPlayer(sets).decode([slice], { over }).field, name);
	const count = new HevcPlayer(sets).decode([slice], {
		over: { CurrPic: { picture_id: 1004, pic_order_cnt: 4 + 256, flags: 0 } },
	});
	assert.is(count.field, "ReferenceFrames.pic_order_cnt");
	const intraCount = new HevcPlayer(sets).decode([{ ...intra, nalType: 21, poc: 5 }], {
		over: { CurrPic: { picture_id: 1005, pic_order_cnt: 6, flags: 0 } },
	});
	assert.is(intraCount.field, "CurrPic.pic_order_cnt");
});

test.run();
