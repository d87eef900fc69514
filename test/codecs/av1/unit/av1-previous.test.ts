// SPDX-License-Identifier: MIT
// What pictures leave to those that have them as their primary reference: deltas of the loop filter and features of segments.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Fields } from "../../../unit/support/struct.ts";
import { Av1Player, type Frame, INTER, INTRA_ONLY, KEY, type Told } from "./support/player.ts";

const test = suite("av1-previous");

const DEFAULTS = [1, 0, 0, 0, -1, 0, -1, -1, 0, 0];
const NO_FEATURES = { masks: new Array(8).fill(0), data: new Array(8).fill(new Array(8).fill(0)) };

/** What VA says of the deltas of a picture that updates them, or not. */
const deltas = (values: number[], update: boolean): Fields => ({
	base_qindex: 40,
	loop_filter_info_fields_mode_ref_delta_enabled: 1,
	loop_filter_info_fields_mode_ref_delta_update: Number(update),
	ref_deltas: values.slice(0, 8),
	mode_deltas: values.slice(8),
});

/** The same of one feature of each segment. */
const features = (values: number[], update: boolean, over: Fields = {}): Fields => ({
	base_qindex: 40,
	seg_info: {
		segment_info_fields_enabled: 1,
		segment_info_fields_update_map: 1,
		segment_info_fields_update_data: Number(update),
		feature_mask: values.map((value) => Number(value !== 0)),
		feature_data: values.map((value) => [value]),
		...over,
	},
});

const deltasOf = ({ frame }: Told): number[] => [
	...frame.loop_filter.ref_deltas,
	...frame.loop_filter.mode_deltas,
];
const firstFeatures = ({ frame }: Told): number[] =>
	frame.segmentation.feature_data.map((data: number[]) => data[0]);

const OWN = [5, -5, 6, -6, 7, -7, 8, -8, 9, -9];
const OTHER = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
const ZEROS = new Array(10).fill(0);

test("deltas that are not updated are those of the primary reference, whatever VA says", () => {
	const player = new Av1Player();
	player.told({ type: KEY, picture: deltas(OWN, true) });
	const other = player.told({ refresh: 2, picture: deltas(OTHER, true) });
	assert.equal(deltasOf(other), OTHER);
	const refIdx = [0, 1, 1, 1, 1, 1, 1];
	assert.equal(deltasOf(player.told({ refIdx, refresh: 0, picture: deltas(ZEROS, false) })), OWN);
	const second = player.told({ refIdx, refresh: 0, primary: 1, picture: deltas(ZEROS, false) });
	assert.equal(deltasOf(second), OTHER);
	// Without a primary reference, they are the specification's own.
	assert.equal(deltasOf(player.told({ primary: 7, refresh: 0, picture: deltas(ZEROS, false) })), DEFAULTS);
});

test("a key frame that is shown a second time leaves its deltas and features to all that follow", () => {
	const player = new Av1Player();
	player.told({ type: KEY });
	const own = [3, 0, -2, 0, 0, 0, 0, 1];
	const picture = { ...deltas(OWN, true), ...features(own, true) };
	player.told({ type: KEY, shown: false, refresh: 2, picture });
	player.slots = new Array(8).fill(player.slots[1]);
	const none = { ...deltas(ZEROS, false), ...features(new Array(8).fill(0), false) };
	const told = player.told({ primary: 4, refresh: 0, picture: none });
	assert.equal(deltasOf(told), OWN);
	assert.equal(firstFeatures(told), own);
	assert.equal(
		told.frame.segmentation.feature_enabled,
		own.map((value) => Number(value !== 0)),
	);
});

test("a frame without loss, and one that copies its own blocks, has the specification's deltas, and leaves them", () => {
	for (const lossless of [{ base_qindex: 0 }, { pic_info_fields_allow_intrabc: 1 }]) {
		const player = new Av1Player();
		player.told({ type: KEY, picture: { ...deltas(OWN, true), ...lossless } });
		assert.equal(deltasOf(player.told({ picture: deltas(ZEROS, false) })), DEFAULTS);
	}
});

test("a frame without segments leaves no features", () => {
	const player = new Av1Player();
	player.told({ type: KEY, picture: features([1, 2, 3, 4, 5, 6, 7, 8], true) });
	player.told({ picture: features([1, 2, 3, 4, 5, 6, 7, 8], true, { segment_info_fields_enabled: 0 }) });
	const told = player.told({ picture: features([9, 9, 9, 9, 9, 9, 9, 9], false) });
	assert.equal(told.frame.segmentation.feature_data, NO_FEATURES.data);
	assert.equal(told.frame.segmentation.feature_enabled, NO_FEATURES.masks);
});

test("a picture that failed leaves nothing, and its surface what the next one in it says", () => {
	const player = new Av1Player();
	player.told({ type: KEY, picture: deltas(OWN, true) });
	player.play({ refresh: 0, picture: deltas(OTHER, true) }, (picture) => (picture.interp_filter = 9));
	assert.equal(deltasOf(player.told({ picture: deltas(ZEROS, false) })), OWN);
});

/** What a frame leaves, by 5.9.11, 5.9.14 and 7.20. */
interface Left {
	deltas: number[];
	features: number[];
}
const value = fc.integer({ min: -63, max: 63 });
const step = fc.record({
	type: fc.constantFrom(INTER, INTER, INTER, INTER, INTRA_ONLY),
	primary: fc.integer({ min: 0, max: 7 }),
	refIdx: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 7, maxLength: 7 }),
	refresh: fc.integer({ min: 0, max: 254 }),
	deltas: fc.array(value, { minLength: 10, maxLength: 10 }),
	features: fc.array(value, { minLength: 8, maxLength: 8 }),
	enabled: fc.boolean(),
	update: fc.boolean(),
	segments: fc.boolean(),
	updateFeatures: fc.boolean(),
	quantiser: fc.constantFrom(0, 40, 90),
});

test("random streams: each frame has what the specification says that it has", () => {
	fc.assert(
		fc.property(fc.array(step, { minLength: 20, maxLength: 40 }), (steps) => {
			const player = new Av1Player();
			player.told({ type: KEY, picture: { base_qindex: 40 } });
			const slots: Left[] = new Array(8).fill({ deltas: DEFAULTS, features: new Array(8).fill(0) });
			for (const each of steps) {
				const primary = each.type === INTRA_ONLY ? 7 : each.primary;
				const before = primary < 7 ? slots[each.refIdx[primary]] : undefined;
				const updates = each.updateFeatures || !before;
				const own = each.segments ? (updates ? each.features : (before?.features ?? [])) : [];
				const lossless = new Array(8).fill(0).every((_, i) => each.quantiser + (own[i] ?? 0) <= 0);
				const left: Left = {
					features: new Array(8).fill(0).map((_, i) => own[i] ?? 0),
					deltas: lossless
						? DEFAULTS
						: each.enabled && each.update
							? each.deltas
							: (before?.deltas ?? DEFAULTS),
				};
				const frame: Partial<Frame> = {
					type: each.type,
					primary,
					refIdx: each.refIdx,
					refresh: each.refresh,
					picture: {
						...deltas(each.deltas, each.update),
						...features(each.features, updates, {
							segment_info_fields_enabled: Number(each.segments),
						}),
						base_qindex: each.quantiser,
						loop_filter_info_fields_mode_ref_delta_enabled: Number(each.enabled),
					},
				};
				const told = player.told(frame);
				assert.equal(deltasOf(told), left.deltas);
				assert.equal(firstFeatures(told), left.features);
				for (let i = 0; i < 8; i++) if ((each.refresh >> i) & 1) slots[i] = left;
			}
		}),
		{ numRuns: 40 },
	);
});

test.run();
