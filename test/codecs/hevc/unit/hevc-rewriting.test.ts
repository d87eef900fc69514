// SPDX-License-Identifier: MIT
// Slice headers for decoders that read them with the sets of the SPS: what such a decoder makes of a rewritten header is what the
// original meant. The reader here knows nothing of VA-API, and has an SPS without sets.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import type { Submission } from "../../../unit/support/device.ts";
import {
	B,
	I,
	intra,
	isIdr,
	listsOf,
	type ParameterSets,
	plain,
	predicted,
	type Sets,
	type Slice,
	set,
	setsOf,
	writeSlice,
} from "./support/hevc.ts";
import { controlsOf, HevcPlayer, surfaceOf } from "./support/player.ts";
import { pictures } from "./support/random.ts";

const runs = { numRuns: 600, includeErrorInReport: true };
const listsFlag = BigInt(c.V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT);

/** Reads the bits of bytes without emulation prevention. */
class Reader {
	at = 0;
	readonly bits: number[];

	constructor(bytes: number[]) {
		const rbsp: number[] = [];
		let zeros = 0;
		for (const byte of bytes) {
			if (zeros >= 2 && byte === 3) {
				zeros = 0;
				continue;
			}
			assert.not.ok(zeros >= 2 && byte < 3, "a start code within the header");
			zeros = byte === 0 ? zeros + 1 : 0;
			rbsp.push(byte);
		}
		this.bits = rbsp.flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1));
	}

	u(count: number): number {
		this.at += count;
		return this.bits.slice(this.at - count, this.at).reduce((value, bit) => 2 * value + bit, 0);
	}

	ue(): number {
		let zeros = 0;
		while (this.u(1) === 0) zeros++;
		return 2 ** zeros - 1 + this.u(zeros);
	}
}

/** The sets of a header of an SPS without any, in the order of 8.3.2. dpb: counts of what LSBs alone may mean. */
function readSets(reader: Reader, sets: ParameterSets, poc: number, dpb: number[]): Sets {
	const found: Sets = { before: [], after: [], longTerm: [], foll: [], longTermFoll: [] };
	assert.is(reader.u(1), 0, "short_term_ref_pic_set_sps_flag");
	const counts = [reader.ue(), reader.ue()];
	for (const [x, sign] of [-1, 1].entries()) {
		let at = poc;
		for (let i = 0; i < counts[x]; i++) {
			at += sign * (reader.ue() + 1);
			(reader.u(1) === 0 ? found.foll : x === 0 ? found.before : found.after).push(at);
		}
	}
	if (!sets.longTermPresent) return found;
	const period = 2 ** sets.log2MaxLsb;
	let cycle = 0;
	for (let left = reader.ue(); left > 0; left--) {
		const lsb = reader.u(sets.log2MaxLsb);
		const list = reader.u(1) === 1 ? found.longTerm : found.longTermFoll;
		if (reader.u(1) === 1) {
			cycle += reader.ue();
			list.push((Math.floor(poc / period) - cycle) * period + lsb);
		} else {
			const matching = dpb.filter((other) => (((other - lsb) % period) + period) % period === 0);
			assert.is(matching.length, 1, "LSBs that name one picture");
			list.push(matching[0]);
		}
	}
	return found;
}

const sorted = (list: number[]): number[] => [...list].sort((a, b) => a - b);

/** What is in front of the data in the OUTPUT buffer, without the start code. */
function headersOf(submission: Submission): number[][] {
	return submission.pieces.map(({ prefix }) => {
		assert.equal(prefix.slice(0, 3), [0, 0, 1]);
		return prefix.slice(3);
	});
}

function check(
	{ sets, slices }: { sets: ParameterSets; slices: Slice[] },
	order: (pocs: number[]) => number[],
): void {
	const player = new HevcPlayer(sets, { parses: true, entryPoints: 4096 });
	const [submission] = player.submit(slices, { order });
	const controls = controlsOf(submission);
	const rewrites = sets.shortTermSets.length + sets.longTermCandidates.length > 0;
	const written = slices.map((slice) => writeSlice(sets, slice));
	assert.is(controls.sps.num_short_term_ref_pic_sets, 0);
	assert.is(controls.sps.num_long_term_ref_pics_sps, 0);
	const meant = setsOf(sets, slices[0]);
	const dpb = [...meant.before, ...meant.after, ...meant.longTerm, ...meant.foll, ...meant.longTermFoll];
	const explicit = (BigInt(controls.pps.flags) & listsFlag) !== 0n;
	assert.is(explicit, sets.listsModification || (rewrites && meant.longTerm.length > 1));
	for (const [i, header] of headersOf(submission).entries()) {
		const slice = slices[i];
		if (!rewrites || slice.dependent || isIdr(slice.nalType)) {
			assert.equal(header, []);
			assert.equal(submission.pieces[i].offset, 0);
			continue;
		}
		const { bits, setsBegin, setsEnd, listsBegin, listsEnd, rawHeaderBytes, nal } = written[i];
		const reader = new Reader(header);
		assert.equal(reader.bits.slice(0, setsBegin), bits.slice(0, setsBegin));
		reader.at = setsBegin;
		const read = readSets(reader, sets, slice.poc, dpb);
		for (const name of ["before", "after", "longTerm", "foll", "longTermFoll"] as const)
			assert.equal(sorted(read[name]), sorted(meant[name]), name);
		// The tables have the header's order.
		const { poc_lt_curr: places, dpb: entries } = controls.decode;
		const named = read.longTerm.map((_, n) => entries[places[n]].pic_order_cnt_val);
		assert.equal(named, read.longTerm);
		const total = read.before.length + read.after.length + read.longTerm.length;
		const between = slice.type === I ? bits.length : listsBegin;
		const same = bits.slice(setsEnd, between);
		assert.equal(reader.bits.slice(reader.at, reader.at + same.length), same);
		reader.at += same.length;
		if (slice.type !== I) {
			const modifications = [0, 1].map((x) => {
				if (!explicit || total < 2 || (x === 1 && slice.type !== B) || reader.u(1) === 0) return null;
				const width = Math.ceil(Math.log2(total));
				return Array.from({ length: slice.active[x] }, () => reader.u(width));
			}) as Slice["modifications"];
			assert.equal(listsOf(read, { ...slice, modifications }), listsOf(meant, slice), "the lists");
			const tail = bits.slice(listsEnd);
			assert.equal(reader.bits.slice(reader.at, reader.at + tail.length), tail);
			reader.at += tail.length;
		}
		const rest = reader.bits.slice(reader.at);
		assert.ok(rest.length >= 1 && rest.length <= 8);
		assert.equal(rest, [1, ...new Array(rest.length - 1).fill(0)], "byte_alignment()");
		assert.is(submission.pieces[i].offset, rawHeaderBytes);
		assert.is(submission.pieces[i].size, nal.length - rawHeaderBytes);
	}
	describes(sets, slices, submission, rewrites);
}

/** SLICE_PARAMS, where a device has them, too, describe the header that it gets. */
function describes(sets: ParameterSets, slices: Slice[], submission: Submission, rewrites: boolean): void {
	const params = controlsOf(submission).slices ?? [];
	let place = 0;
	for (const [i, { prefix, size }] of submission.pieces.entries()) {
		const slice = slices[i];
		const rewritten = rewrites && !slice.dependent && !isIdr(slice.nalType);
		const raw = rewritten ? 0 : writeSlice(sets, slice).rawHeaderBytes;
		assert.is(params[i].data_byte_offset, place + prefix.length + raw);
		place += prefix.length + size;
		assert.is(params[i].bit_size, 8 * place);
		if (!rewritten) continue;
		const reader = new Reader(prefix.slice(3));
		reader.at = writeSlice(sets, slice).setsBegin + 1;
		const begin = reader.at;
		const counts = reader.ue() + reader.ue();
		for (let n = 0; n < counts; n++) {
			reader.ue();
			reader.u(1);
		}
		assert.is(params[i].short_term_ref_pic_set_size, reader.at - begin);
	}
}

test("random pictures, in any order of ReferenceFrames", () => {
	const orders = [
		(pocs: number[]) => pocs,
		(pocs: number[]) => [...pocs].reverse(),
		(pocs: number[]) => sorted(pocs),
	];
	fc.assert(
		fc.property(pictures, fc.constantFrom(...orders), (picture, order) => check(picture, order)),
		runs,
	);
});

const oneSet: ParameterSets = {
	...plain,
	shortTermSets: [{ negative: [{ delta: -1, used: true }], positive: [] }],
	longTermPresent: true,
	log2MaxLsb: 4,
};

test("a long-term picture of a later period is named by its LSBs, where they are its own", () => {
	// 33 is two periods of 16 behind 3: no delta_poc_msb_cycle_lt says so.
	const slice = predicted(3, {
		shortTerm: set(-1),
		longTerm: [{ lsb: 1, used: true, cycle: null }],
		active: [2, 1],
	});
	const later = (poc: number) => ({
		over: {
			ReferenceFrames: [
				{ picture_id: surfaceOf(2), pic_order_cnt: 2, flags: c.VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE },
				{
					picture_id: surfaceOf(poc),
					pic_order_cnt: poc,
					flags: c.VA_PICTURE_HEVC_LONG_TERM_REFERENCE | c.VA_PICTURE_HEVC_RPS_LT_CURR,
				},
				...new Array(13).fill({ picture_id: c.VA_INVALID_SURFACE, flags: c.VA_PICTURE_HEVC_INVALID }),
			],
		},
		sliceOver: [{ RefPicList: [[0, 1].concat(new Array(13).fill(0xff)), new Array(15).fill(0xff)] }],
	});
	const player = new HevcPlayer(oneSet, { parses: true });
	const [submission] = player.submit([slice], later(33));
	const reader = new Reader(headersOf(submission)[0]);
	reader.at = writeSlice(oneSet, slice).setsBegin;
	assert.equal(readSets(reader, oneSet, 3, [2, 33]).longTerm, [33]);
	// 34 has the LSBs of 2.
	const { status, field } = new HevcPlayer(oneSet, { parses: true }).decode(
		[{ ...slice, longTerm: [{ lsb: 2, used: true, cycle: null }] }],
		later(34),
	);
	assert.is.not(status, 0);
	assert.is(field, "ReferenceFrames.pic_order_cnt");
});

test("two pictures of one count cannot be told apart", () => {
	const references = [0, 1].map((i) => ({
		picture_id: 50 + i,
		pic_order_cnt: 3,
		flags: i === 0 ? c.VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE : 0,
	}));
	const { status, field } = new HevcPlayer(oneSet, { parses: true }).decode([predicted(4)], {
		over: {
			ReferenceFrames: [
				...references,
				...new Array(13).fill({ picture_id: c.VA_INVALID_SURFACE, flags: c.VA_PICTURE_HEVC_INVALID }),
			],
		},
	});
	assert.is.not(status, 0);
	assert.is(field, "ReferenceFrames.pic_order_cnt");
});

test("nothing is rewritten for decoders that are told the sizes of the sets", () => {
	const [submission] = new HevcPlayer(oneSet).submit([predicted(4)]);
	assert.equal(headersOf(submission), [[]]);
	assert.is(controlsOf(submission).sps.num_short_term_ref_pic_sets, 1);
});

test("a header of the greatest length still fits, and start codes go with it only where the device wants them", () => {
	const sets = { ...oneSet, wavefront: true, extensionPresent: true, height: 4320, log2Ctb: 4 };
	const entryPoints = new Array(269).fill(2 ** 32);
	const slice = predicted(4, { entryPoints, extension: new Array(256).fill(0) });
	const [submission] = new HevcPlayer(sets, { parses: true, entryPoints: 0 }).submit([slice]);
	assert.ok(submission.pieces[0].prefix.length > 1400);
	const [bare] = new HevcPlayer(oneSet, { parses: true, annexB: false }).submit([predicted(4)]);
	assert.is(bare.pieces[0].prefix[0], 2); // the NAL unit header of TRAIL_R
});

test("IDR pictures stay as they are", () => {
	const [submission] = new HevcPlayer(oneSet, { parses: true }).submit([intra]);
	assert.equal(headersOf(submission), [[]]);
});

test.run();
