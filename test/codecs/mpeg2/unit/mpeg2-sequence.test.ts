// SPDX-License-Identifier: MIT
// progressive_sequence, which VA-API does not carry, and the coded size, which follows from it.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import {
	bidirectional,
	controlsOf,
	field,
	intra,
	Mpeg2Player,
	type Picture,
	predicted,
	slice,
	TOP,
} from "./support/player.ts";

const test = suite("mpeg2-sequence");
const isProgressive = (player: Mpeg2Player, surface: number, picture: Picture): boolean =>
	player.controls(surface, picture).sequence.flags === c.V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE;

/** width x height of each S_FMT(CAPTURE). */
const formats = ({ device }: Mpeg2Player) =>
	device.log
		.filter(({ op, queue }) => op === "SET_FORMAT" && queue === c.CORE_QUEUE_CAPTURE)
		.map(({ width, height }) => `${width}x${height}`);

const showing: [string, Partial<Picture>][] = [
	["a field", field(TOP, 1)],
	["a field that says it is progressive", { structure: TOP }],
	["a frame without progressive_frame", { progressiveFrame: 0 }],
	["a frame without frame_pred_frame_dct", { framePredFrameDct: 0 }],
	["top_field_first without repeat_first_field", { topFieldFirst: 1 }],
];
for (const [name, over] of showing)
	test(`${name} shows an interlaced sequence, to its end`, () => {
		const player = new Mpeg2Player();
		assert.is(isProgressive(player, 1, intra), true);
		assert.is(isProgressive(player, 2, { ...intra, ...over }), false);
		assert.is(isProgressive(player, 3, intra), false, "the next");
		const smaller = { ...intra, height: 272 };
		assert.is(isProgressive(player, 4, smaller), true, "a new sequence");
		assert.is(isProgressive(player, 5, { ...smaller, ...over }), false);
		assert.is(isProgressive(player, 6, { ...smaller, width: 336 }), true, "and another");
	});

for (const [tff, rff] of [
	[0, 0],
	[0, 1],
	[1, 1],
])
	test(`top_field_first ${tff} with repeat_first_field ${rff} shows nothing`, () => {
		const player = new Mpeg2Player();
		assert.is(isProgressive(player, 1, { ...intra, topFieldFirst: tff, repeatFirstField: rff }), true);
	});

for (const [height, progressive, interlaced] of [
	[16, 16, 32],
	[17, 32, 32],
	[33, 48, 64],
	[240, 240, 256],
	[480, 480, 480],
	[576, 576, 576],
	[720, 720, 736],
	[1080, 1088, 1088],
])
	test(`${height} lines are ${progressive} or ${interlaced}`, () => {
		const frames = { ...intra, width: 350, height };
		const one = new Mpeg2Player({}, 1, 350, height);
		one.submit(1, frames);
		assert.equal(formats(one), [`352x${progressive}`]);
		const two = new Mpeg2Player({}, 1, 350, height);
		two.submit(1, { ...frames, progressiveFrame: 0 });
		assert.equal(formats(two), [`352x${interlaced}`]);
	});

test("the coded height changes in mid-sequence only where there is nothing to lose", () => {
	const player = new Mpeg2Player();
	const frames = { width: 352, height: 240 };
	player.submit(1, { ...intra, ...frames });
	const lost = player.decode(2, predicted(1, { ...frames, progressiveFrame: 0 }));
	assert.is(lost.status, c.VA_STATUS_ERROR_DECODING_ERROR);
	assert.is(lost.message, c.CORE_MESSAGE_REFERENCES_LOST);
	player.submit(3, { ...intra, ...frames });
	player.submit(4, predicted(3, { ...frames, progressiveFrame: 0 }));
	assert.equal(formats(player), ["352x240", "352x256"]);
});

test("where both heights are one, nothing changes in mid-sequence", () => {
	const player = new Mpeg2Player();
	player.submit(1, intra);
	player.submit(2, predicted(1, { progressiveFrame: 0 }));
	player.submit(3, bidirectional(1, 2, field(TOP, 1)));
	assert.equal(formats(player), ["352x288"]);
});

test("a row that only an interlaced frame has is not for the device, and shows the next picture what it is", () => {
	const player = new Mpeg2Player();
	const frames = { ...intra, height: 240 };
	const slices = [0, 7, 14, 15].map((row) => slice(row));
	const first = player.submit(1, frames, { slices });
	assert.is(controlsOf(first).sequence.flags, c.V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE);
	assert.equal(
		first.pieces.map(({ size }) => size),
		[8, 8, 8, 0],
	);
	const second = player.submit(2, frames, { slices });
	assert.is(controlsOf(second).sequence.flags, 0);
	assert.equal(
		second.pieces.map(({ size }) => size),
		[8, 8, 8, 8],
	);
	assert.equal(formats(player), ["352x240", "352x256"]);
});

test("a new sequence forgets such a row", () => {
	const player = new Mpeg2Player();
	player.submit(1, { ...intra, height: 240 }, { slices: [slice(0), slice(15)] });
	assert.is(isProgressive(player, 1, { ...intra, height: 208 }), true);
});

test("a picture of nothing but such a row is refused", () => {
	const player = new Mpeg2Player();
	const outcome = player.decode(1, { ...intra, height: 240 }, { slices: [slice(15)] });
	assert.is(outcome.message, c.CORE_MESSAGE_NO_SLICES);
	player.submit(2, intra);
});

test("two references: where CAPTURE's memory is the device's own, it has so many buffers", () => {
	const player = new Mpeg2Player({ imports: false });
	player.submit(1, intra);
	const asked = player.device.log.filter(
		({ op, queue, flags }) =>
			op === "REQUEST_BUFFERS" && queue === c.CORE_QUEUE_CAPTURE && (flags & c.CORE_MAP_CAPTURE) !== 0,
	);
	assert.equal(
		asked.map(({ count }) => count),
		[9],
	);
});

test.run();
