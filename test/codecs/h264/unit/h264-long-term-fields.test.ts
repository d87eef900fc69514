// SPDX-License-Identifier: MIT
// LongTermFrameIdx of field pictures whose list modifications name long-term references: FFmpeg gives LongTermPicNum.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Submission } from "../../../unit/support/device.ts";
import { B, interlaced, intra, Player, predicted, type Reference } from "./support/h264.ts";

/** A player that has decoded four frames to surfaces 10, 11, 12, 13. */
function player(): Player {
	const it = new Player(interlaced);
	for (let i = 0; i < 4; i++) {
		it.submit([i === 0 ? intra : { ...predicted, frameNum: i }], {
			surface: 10 + i,
			top: 2 * i,
			bottom: 2 * i,
		});
	}
	return it;
}

const long = (i: number, frame: number, over: Partial<Reference> = {}): Reference => ({
	surface: 10 + i,
	frame,
	top: 2 * i,
	bottom: 2 * i,
	long: true,
	...over,
});
const short: Reference = { surface: 13, frame: 3, top: 6, bottom: 6 };

/** surface -> [frame_num, pic_num] of the DPB entries, for a top field with these modifications of list 0. */
function indices(
	references: Reference[],
	list: Reference[],
	modifications: number[][],
	field = true,
): unknown {
	const slice = {
		...predicted,
		frameNum: 4,
		...(field ? { field: "top" as const } : {}),
		active: [list.length, 1] as [number, number],
		modifications: [modifications, null] as [number[][], null],
	};
	const [submission]: Submission[] = player().submit([slice], {
		surface: 40,
		references,
		lists: [[list, []]],
	});
	const { dpb } = submission.controls.v4l2_ctrl_h264_decode_params;
	return references.map((_, i) => [dpb[i].frame_num, dpb[i].pic_num | 0]);
}

test("the same parity: 2 * index + 1 stands for the index", () => {
	const reordered = long(1, 3);
	assert.equal(indices([short, reordered], [reordered, short], [[2, 3]]), [
		[3, 7],
		[1, 3],
	]);
});

test("both fields of one frame: the last command's number stands in the frame", () => {
	const reordered = long(1, 3);
	assert.equal(
		indices(
			[short, reordered],
			[reordered, reordered, short],
			[
				[2, 2],
				[2, 3],
			],
		),
		[
			[3, 7],
			[1, 3],
		],
	);
});

test("index 0 and another long-term frame that is not named", () => {
	const zero = long(0, 1);
	const other = long(1, 1);
	assert.equal(indices([zero, other], [zero, other], [[2, 1]]), [
		[0, 1],
		[1, 3],
	]);
});

test("behind a short-term command", () => {
	const reordered = long(2, 5);
	assert.equal(
		indices(
			[short, reordered],
			[short, reordered],
			[
				[0, 2],
				[2, 5],
			],
		),
		[
			[3, 7],
			[2, 5],
		],
	);
});

test("the modifications of list 1 count, too", () => {
	const reordered = long(1, 3);
	const slice = {
		...predicted,
		type: B,
		frameNum: 4,
		field: "top" as const,
		active: [1, 2] as [number, number],
		modifications: [null, [[2, 3]]] as [null, number[][]],
	};
	const lists: [Reference[], Reference[]][] = [[[short], [reordered, short]]];
	const [{ controls }] = player().submit([slice], { surface: 40, references: [short, reordered], lists });
	const [, { frame_num, pic_num }] = controls.v4l2_ctrl_h264_decode_params.dpb;
	assert.equal([frame_num, pic_num], [1, 3]);
});

test("a player that gives the index is believed", () => {
	const right = long(1, 1);
	const three = long(2, 3);
	assert.equal(indices([right, three], [right, three], [[2, 3]]), [
		[1, 3],
		[3, 7],
	]);
});

test("frames carry the index itself", () => {
	const reordered = long(1, 3);
	assert.equal(indices([reordered], [reordered], [[2, 3]], false), [[3, 3]]);
});

test("a number that no field can have changes nothing", () => {
	const odd = long(1, 3);
	assert.equal(indices([odd], [odd], [[2, 300]]), [[3, 7]]);
});

test.run();
