// SPDX-License-Identifier: MIT
// The reference lists of slice-based devices: indices into the decoded picture buffer, by surface and parity.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BOTTOM, FRAME, frames, lists, none, pair, short, TOP } from "./support/dpb.ts";
import {
	B,
	interlaced,
	intra,
	P,
	type Picture,
	Player,
	plain,
	predicted,
	type Reference,
	type Slice,
} from "./support/h264.ts";

test("lists: by surface, unused entries 0xff", () => {
	const references = [short(2), null, short(1), short(0)];
	const slice: Slice = { ...predicted, type: B, frameNum: 3, active: [3, 2] };
	const [l0, l1] = lists(
		[slice],
		{
			surface: 40,
			references,
			lists: [
				[
					[short(0), short(2), short(0)],
					[short(1), short(2)],
				],
			],
		},
		plain,
		frames(3),
	);
	assert.equal(l0.slice(0, 4), [
		{ fields: FRAME, index: 2 },
		{ fields: FRAME, index: 0 },
		{ fields: FRAME, index: 2 },
		none,
	]);
	assert.equal(l1.slice(0, 3), [{ fields: FRAME, index: 1 }, { fields: FRAME, index: 0 }, none]);
	assert.equal([...l0.slice(3), ...l1.slice(2)], new Array(29 + 30).fill(none));
});

test("lists: entries beyond the active counts, and those of intra slices, are not used", () => {
	const given = {
		surface: 40,
		references: [short(0)],
		lists: [[[short(0), short(0)], [short(0)]]] as Picture["lists"],
	};
	const [l0, l1] = lists([{ ...predicted, type: P, frameNum: 1, active: [1, 1] }], given, plain, frames(1));
	assert.equal([l0[0], l0[1], l1[0]], [{ fields: FRAME, index: 0 }, none, none]);
	const [intra0] = lists([{ ...intra, idr: false, frameNum: 1 }], given, plain, frames(1));
	assert.equal(intra0[0], none);
});

test("lists: invalid and unknown references are 0xff and leave the others in place", () => {
	const stranger: Reference = { surface: 77, frame: 9 };
	const [l0] = lists(
		[{ ...predicted, frameNum: 2, active: [4, 1] }],
		{
			surface: 40,
			references: [short(1), short(0)],
			lists: [[[short(0), null, stranger, short(1)], []]],
		},
		plain,
		frames(2),
	);
	assert.equal(l0.slice(0, 4), [{ fields: FRAME, index: 1 }, none, none, { fields: FRAME, index: 0 }]);
});

test("lists: fields by parity, and the first field of the same frame", () => {
	const before = (player: Player): void => {
		pair(player, 10, 0, "top");
		player.submit([{ ...predicted, frameNum: 1, field: "bottom" }], {
			surface: 11,
			bottom: 5,
			references: [short(0)],
		});
	};
	const own: Reference = { surface: 11, frame: 1, field: "bottom" };
	const top: Reference = { ...short(0), field: "top" };
	const bottom: Reference = { ...short(0), field: "bottom" };
	const [l0, l1] = lists(
		[{ ...predicted, type: B, frameNum: 1, field: "top", active: [3, 2] }],
		{
			surface: 11,
			references: [own, short(0)],
			lists: [
				[
					[own, top, bottom],
					[bottom, top],
				],
			],
		},
		interlaced,
		before,
	);
	assert.equal(l0.slice(0, 3), [
		{ fields: BOTTOM, index: 0 },
		{ fields: TOP, index: 1 },
		{ fields: BOTTOM, index: 1 },
	]);
	assert.equal(l1.slice(0, 2), [
		{ fields: BOTTOM, index: 1 },
		{ fields: TOP, index: 1 },
	]);
});

test("lists: a gap frame that shares a surface is told from it by frame_num", () => {
	const gap: Reference = { surface: 11, frame: 2 };
	const [l0] = lists(
		[{ ...predicted, frameNum: 3, active: [2, 1] }],
		{ surface: 40, references: [gap, short(0)], lists: [[[gap, short(1)], []]] },
		plain,
		frames(2),
	);
	assert.equal(l0.slice(0, 2), [
		{ fields: FRAME, index: 0 },
		{ fields: FRAME, index: 2 },
	]);
});

test("the DPB of a picture is the same in all its slices", () => {
	const player = new Player(plain, { sliceBased: true });
	frames(2)(player);
	const gap: Reference = { surface: 11, frame: 2 };
	const stale: Reference = { surface: 10, frame: 0, long: true };
	const slices = [0, 50].map((firstMb) => ({
		...predicted,
		frameNum: 3,
		firstMb,
		active: [firstMb ? 2 : 1, 1] as [number, number],
	}));
	const lists: Picture["lists"] = [
		[[gap], []],
		[[short(1), { ...stale, frame: 4 }], []],
	];
	const [one, two] = player.submit(slices, { surface: 40, references: [gap, stale], lists });
	assert.equal(
		one.controls.v4l2_ctrl_h264_decode_params.dpb,
		two.controls.v4l2_ctrl_h264_decode_params.dpb,
	);
	const { index } = two.controls.v4l2_ctrl_h264_slice_params.ref_pic_list0[0];
	assert.is(index, 0, "by surface alone");
});

test("slices of one picture have lists of their own", () => {
	const player = new Player(plain, { sliceBased: true });
	frames(2)(player);
	const slices = [0, 50].map((firstMb) => ({ ...predicted, frameNum: 2, firstMb }));
	const references = [short(1), short(0)];
	const submissions = player.submit(slices, {
		surface: 40,
		references,
		lists: [
			[[short(1)], []],
			[[short(0)], []],
		],
	});
	assert.equal(
		submissions.map(({ controls }) => controls.v4l2_ctrl_h264_slice_params.ref_pic_list0[0].index),
		[0, 1],
	);
});

test.run();
