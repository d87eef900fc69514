// SPDX-License-Identifier: MIT
// The decoded picture buffer: VA's ReferenceFrames in the order of the reference picture sets, and what stands in for missing pictures.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import type { Fields } from "../../../unit/support/struct.ts";
import { B, intra, plain, predicted, type Slice, set } from "./support/hevc.ts";
import { type HevcDevice, HevcPlayer, surfaceOf } from "./support/player.ts";

const LONG = c.V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
const sets = { ...plain, longTermPresent: true, listsModification: true };

/** A player that has decoded pictures 0, 1, ...: their timestamps are 1000, 2000, ... */
function after(count: number, options: HevcDevice = {}, of = sets): HevcPlayer {
	const player = new HevcPlayer(of, options);
	for (let poc = 0; poc < count; poc++)
		player.submit([poc === 0 ? intra : { ...intra, nalType: 1, poc, shortTerm: set(-1) }]);
	return player;
}

/** The entries in use: [timestamp, count, flags]. */
const entries = ({ dpb, num_active_dpb_entries: count }: Fields): number[][] =>
	dpb
		.slice(0, count)
		.map(({ timestamp, pic_order_cnt_val: poc, flags }: Fields) => [Number(timestamp), poc, flags]);

const reversed = (pocs: number[]) => [...pocs].reverse();

test("the nearest first, before and after the picture, then long-term ones, then those of later pictures", () => {
	const player = after(8);
	const slice: Slice = {
		...predicted(5),
		type: B,
		shortTerm: {
			kind: "explicit",
			set: {
				negative: [
					{ delta: -1, used: true },
					{ delta: -2, used: false },
					{ delta: -3, used: true },
				],
				positive: [
					{ delta: 1, used: true },
					{ delta: 2, used: true },
				],
			},
		},
		longTerm: [
			{ lsb: 0, used: true, cycle: 0 },
			{ lsb: 1, used: false, cycle: 0 },
		],
		active: [5, 5],
	};
	const { decode, slices } = player.controls([slice], {
		order: reversed,
		surfaceOf: (poc) => (poc === 5 ? 99 : surfaceOf(poc)),
	});
	assert.equal(entries(decode), [
		[5000, 4, 0],
		[3000, 2, 0],
		[7000, 6, 0],
		[8000, 7, 0],
		[1000, 0, LONG],
		[4000, 3, 0],
		[2000, 1, LONG],
	]);
	assert.is(decode.num_poc_st_curr_before, 2);
	assert.is(decode.num_poc_st_curr_after, 2);
	assert.is(decode.num_poc_lt_curr, 1);
	assert.equal(decode.poc_st_curr_before.slice(0, 2), [0, 1]);
	assert.equal(decode.poc_st_curr_after.slice(0, 2), [2, 3]);
	assert.is(decode.poc_lt_curr[0], 4);
	assert.equal(slices?.[0].ref_idx_l0.slice(0, 5), [0, 1, 2, 3, 4]);
	assert.equal(slices?.[0].ref_idx_l1.slice(0, 5), [2, 3, 0, 1, 4]);
});

test("the order of long-term pictures is that of the lists, also of modified ones", () => {
	const longTerm = [2, 0, 3].map((lsb) => ({ lsb, used: true, cycle: 0 }));
	const slice = predicted(6, { longTerm, active: [4, 1], shortTerm: set(-1) });
	const orderOf = (over: Partial<Slice>, more: Slice[] = []) => {
		const { decode } = after(6).controls([{ ...slice, ...over }, ...more], { order: reversed });
		return decode.poc_lt_curr.slice(0, 3).map((i: number) => decode.dpb[i].pic_order_cnt_val);
	};
	assert.equal(orderOf({}), [2, 0, 3]);
	assert.equal(orderOf({ modifications: [[3, 2, 1, 0], null] }), [2, 0, 3]);
	// Only the last of the slices names them all.
	const last = { ...slice, address: 5 };
	assert.equal(orderOf({ type: 2 }, [last]), [2, 0, 3]);
	assert.equal(orderOf({ active: [1, 1] }, [{ ...last, modifications: [[2, 2, 1, 3], null] }]), [2, 0, 3]);
	// None does: any order, each of them once
	assert.equal(orderOf({ active: [1, 1] }).sort(), [0, 2, 3]);
	assert.equal(orderOf({ active: [3, 1] }), [2, 0, 3]);
});

test("lists that contradict the sets are refused", () => {
	const slice = predicted(4, { shortTerm: set(-1, -2), active: [2, 1] });
	const lists = (entries: number[]) => [
		entries.concat(new Array(15 - entries.length).fill(0xff)),
		new Array(15).fill(0xff),
	];
	const given = (entries: number[]) => ({ sliceOver: [{ RefPicList: lists(entries) }] });
	assert.is(after(4).decode([slice], given([0, 1])).status, 0);
	for (const wrong of [
		[1, 0],
		[0, 0],
		[0, 7],
	]) {
		const { field } = after(4).decode([slice], given(wrong));
		assert.is(field, "RefPicList", `${wrong}`);
	}
	// What VA leaves out is what the header comes to.
	const { slices } = after(4).controls([slice], given([0, 0xff]));
	assert.equal(slices?.[0].ref_idx_l0.slice(0, 3), [0, 1, 0]);
	const twice = {
		...slice,
		longTerm: [
			{ lsb: 0, used: true, cycle: 0 },
			{ lsb: 1, used: true, cycle: 0 },
		],
		active: [4, 1] as [number, number],
	};
	assert.is(after(4).decode([twice], given([0, 1, 2, 2])).field, "RefPicList");
	assert.is(after(4).decode([twice], given([0, 1, 0xff, 0xff])).field, "RefPicList");
	assert.is(after(4).decode([predicted(4, { shortTerm: set() })]).field, "RefPicList");
});

test("a missing picture: what refers to it refers to the nearest one that there is", () => {
	const player = after(3);
	const slice = predicted(9, { shortTerm: set(-1, -7, -9), active: [3, 1] });
	const { decode, slices } = player.controls([slice]);
	assert.equal(entries(decode), [
		[3000, 2, 0],
		[1000, 0, 0],
	]);
	assert.is(decode.num_poc_st_curr_before, 3);
	assert.equal(decode.poc_st_curr_before.slice(0, 3), [0, 0, 1]);
	assert.equal(slices?.[0].ref_idx_l0.slice(0, 3), [0, 0, 1]);
});

test("rewritten headers name a missing picture by its count", () => {
	const of = { ...sets, shortTermSets: [{ negative: [{ delta: -1, used: true }], positive: [] }] };
	const player = after(3, { parses: true }, of);
	const { decode } = player.controls([predicted(9, { shortTerm: set(-1, -7), active: [2, 1] })]);
	assert.equal(entries(decode), [
		[3000, 8, 0],
		[3000, 2, 0],
	]);
});

test("a surface that holds another picture by now is a missing one", () => {
	const player = after(3);
	player.submit([{ ...intra, nalType: 1, poc: 7 }], { surfaceOf: () => surfaceOf(1) });
	const { decode } = player.controls([predicted(8, { shortTerm: set(-6, -7), active: [2, 1] })]);
	assert.equal(entries(decode), [[3000, 2, 0]]);
	assert.equal(decode.poc_st_curr_before.slice(0, 2), [0, 0]);
});

test("where there is no picture at all, there is no entry", () => {
	const { decode, slices } = new HevcPlayer(sets).controls([predicted(9)]);
	assert.equal(entries(decode), []);
	assert.is(decode.num_poc_st_curr_before, 1);
	assert.is(slices?.[0].ref_idx_l0[0], 0);
	const of = { ...sets, shortTermSets: [{ negative: [{ delta: -1, used: true }], positive: [] }] };
	assert.equal(entries(new HevcPlayer(of, { parses: true }).controls([predicted(9)]).decode), [[0, 8, 0]]);
});

test("pictures that only later ones refer to are left out when they are missing", () => {
	const slice = predicted(3, {
		shortTerm: {
			kind: "explicit",
			set: {
				negative: [
					{ delta: -1, used: true },
					{ delta: -2, used: false },
					{ delta: -9, used: false },
				],
				positive: [],
			},
		},
	});
	assert.equal(entries(after(3).controls([slice]).decode), [
		[3000, 2, 0],
		[2000, 1, 0],
	]);
});

test("counts below zero", () => {
	const player = new HevcPlayer(sets);
	player.submit([{ ...intra, nalType: 21, poc: -3 }]);
	const { decode, slices } = player.controls([predicted(-2)]);
	assert.equal(entries(decode), [[1000, -3, 0]]);
	assert.is(decode.pic_order_cnt_val, -2);
	assert.is(slices?.[0].slice_pic_order_cnt, -2);
});

test("sets that are none are refused", () => {
	const reference = (poc: number, flags: number) => ({
		picture_id: surfaceOf(poc),
		pic_order_cnt: poc,
		flags,
	});
	const { VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE: before, VA_PICTURE_HEVC_RPS_ST_CURR_AFTER: behind } = c;
	const wrong: [string, Fields][] = [
		["ReferenceFrames.pic_order_cnt", reference(6, before)],
		["ReferenceFrames.pic_order_cnt", reference(3, behind)],
		["ReferenceFrames.flags", reference(3, before | behind)],
	];
	for (const [name, first] of wrong) {
		const rest = new Array(14).fill({
			picture_id: c.VA_INVALID_SURFACE,
			flags: c.VA_PICTURE_HEVC_INVALID,
		});
		const { status, field } = after(4).decode([predicted(5)], {
			over: { ReferenceFrames: [first, ...rest] },
		});
		assert.is.not(status, 0);
		assert.is(field, name);
	}
});

test.run();
