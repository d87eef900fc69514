// SPDX-License-Identifier: MIT
// Field pictures: both fields of a frame in one surface, whichever comes first, with or without a held CAPTURE buffer.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import {
	B,
	BOTTOM,
	bidirectional,
	controlsOf,
	field,
	intra,
	Mpeg2Player,
	NONE,
	type Picture,
	predicted,
	TOP,
} from "./support/player.ts";

const test = suite("mpeg2-fields");
const TFF = c.V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST;
const other = (parity: number) => (parity === TOP ? BOTTOM : TOP);
const nameOf = (parity: number) => (parity === TOP ? "top" : "bottom");

for (const hold of [true, false])
	for (const parity of [TOP, BOTTOM])
		test(`an I field and a P field, ${nameOf(parity)} first, ${hold ? "held" : "queued twice"}`, () => {
			const player = new Mpeg2Player({ hold });
			const first = player.queue(1, { ...intra, ...field(parity, 1) });
			const second = player.queue(1, predicted(NONE, field(other(parity), 0)));
			assert.is(first.hold, hold);
			assert.is(second.hold, false);
			assert.is(second.timestamp, first.timestamp, "one frame, one timestamp");
			assert.is(second.index, first.index, "and one buffer");
			assert.is(player.device.log.filter(({ op }) => op === "QUEUE_CAPTURE").length, hold ? 1 : 2);
			const [one, two] = [first, second].map((each) => controlsOf(each).picture);
			assert.is(one.picture_structure, parity);
			assert.is(two.picture_structure, other(parity));
			assert.is(one.forward_ref_ts, 0n);
			assert.is(two.forward_ref_ts, first.timestamp, "no frame before: its own");
			// hantro: a field is the first of its frame when the flag says so of its parity.
			assert.is((one.flags & TFF) !== 0, parity === TOP);
			assert.is((two.flags & TFF) !== 0, parity === TOP);
			player.device.completeAll();
			assert.is(player.device.core.call("context_surface_state", 1), c.CORE_SURFACE_READY);
		});

for (const parity of [TOP, BOTTOM])
	test(`P and B fields refer to frames, ${nameOf(parity)} first`, () => {
		const player = new Mpeg2Player();
		const pair = (surface: number, make: (over: Partial<Picture>) => Picture) => [
			player.submit(surface, make(field(parity, 1))),
			player.submit(surface, make(field(other(parity), 0))),
		];
		const [one] = pair(1, (over) => ({ ...intra, ...over }));
		const two = pair(2, (over) => predicted(1, over));
		const three = pair(3, (over) => bidirectional(1, 2, over));
		for (const each of two) assert.is(controlsOf(each).picture.forward_ref_ts, one.timestamp);
		for (const each of three) {
			const { picture } = controlsOf(each);
			assert.is(picture.picture_coding_type, B);
			assert.equal(
				[picture.forward_ref_ts, picture.backward_ref_ts],
				[one.timestamp, two[0].timestamp],
			);
			assert.is((picture.flags & TFF) !== 0, parity === TOP);
		}
	});

test("a second field may name its own surface as its reference", () => {
	const player = new Mpeg2Player();
	const first = player.submit(1, { ...intra, ...field(TOP, 1) });
	const { picture } = player.controls(1, predicted(1, field(BOTTOM, 0)));
	assert.is(picture.forward_ref_ts, first.timestamp);
});

test("top_field_first of a frame is the stream's, whatever comes before", () => {
	const player = new Mpeg2Player();
	player.submit(1, { ...intra, ...field(BOTTOM, 1) });
	player.submit(1, predicted(NONE, field(TOP, 0)));
	for (const topFieldFirst of [0, 1]) {
		const { picture } = player.controls(2, { ...intra, progressiveFrame: 0, topFieldFirst });
		assert.is(picture.flags & TFF, topFieldFirst ? TFF : 0);
	}
});

/** Two pictures, of which the second is not the second field of the first. */
const strangers: [string, number, Picture, number, Picture][] = [
	["another surface", 1, { ...intra, ...field(TOP, 1) }, 2, predicted(1, field(BOTTOM, 0))],
	["the same parity", 1, { ...intra, ...field(TOP, 1) }, 1, predicted(1, field(TOP, 0))],
	["a first field", 1, { ...intra, ...field(TOP, 1) }, 1, { ...intra, ...field(BOTTOM, 1) }],
	["a field behind a frame", 1, intra, 1, predicted(1, field(BOTTOM, 0))],
	["a frame behind a field", 1, { ...intra, ...field(TOP, 1) }, 1, { ...intra, isFirstField: 0 }],
];
for (const [name, surface, first, next, second] of strangers)
	test(`${name} makes another frame`, () => {
		const player = new Mpeg2Player();
		const one = player.submit(surface, first);
		const two = player.submit(next, second);
		assert.ok(one.timestamp !== two.timestamp);
		const { picture } = controlsOf(two);
		// What is in the surface is about to go, and is no reference.
		assert.is(picture.forward_ref_ts, surface === next ? 0n : one.timestamp);
		// Where it is a field, it is the first of its frame.
		if (picture.picture_structure !== c.V4L2_MPEG2_PIC_FRAME)
			assert.is((picture.flags & TFF) !== 0, picture.picture_structure === TOP);
	});

test("a third field makes another frame", () => {
	const player = new Mpeg2Player();
	const one = player.submit(1, { ...intra, ...field(TOP, 1) });
	const two = player.submit(1, predicted(NONE, field(BOTTOM, 0)));
	const three = player.submit(1, predicted(NONE, field(TOP, 0)));
	assert.is(two.timestamp, one.timestamp);
	assert.ok(three.timestamp !== one.timestamp);
});

test("a field behind one that was refused makes another frame", () => {
	const player = new Mpeg2Player();
	player.submit(2, intra);
	const refused = player.decode(1, { ...intra, ...field(TOP, 1) }, { slices: [] });
	assert.ok(refused.status !== 0);
	const second = player.submit(1, predicted(2, field(BOTTOM, 0)));
	assert.is(second.hold, true, "it may have a second field of its own");
	assert.ok((controlsOf(second).picture.flags & TFF) === 0, "bottom first");
});

for (const hold of [true, false])
	test(`a field that is ended once more is still the first, ${hold ? "held" : "queued twice"}`, () => {
		const player = new Mpeg2Player({ hold });
		const first = player.queue(1, { ...intra, ...field(TOP, 1) });
		player.events.begin(1);
		assert.is(player.events.end().status, 0);
		const second = player.queue(1, predicted(NONE, field(BOTTOM, 0)));
		assert.equal([second.timestamp, second.index], [first.timestamp, first.index]);
		player.device.completeAll();
		assert.is(player.device.core.call("context_surface_state", 1), c.CORE_SURFACE_READY);
	});

test("but nothing else is a picture without slices", () => {
	const player = new Mpeg2Player();
	const empty = (surface: number) => {
		player.events.begin(surface);
		return player.events.end().message;
	};
	assert.is(empty(1), c.CORE_MESSAGE_NO_SLICES, "nothing before");
	player.submit(1, { ...intra, ...field(TOP, 1) });
	assert.is(empty(2), c.CORE_MESSAGE_NO_SLICES, "another surface");
	assert.is(
		player.decode(1, predicted(NONE, field(BOTTOM, 0)), { slices: [] }).message,
		c.CORE_MESSAGE_NO_SLICES,
	);
	player.submit(1, { ...intra, ...field(TOP, 1) });
	player.submit(1, predicted(NONE, field(BOTTOM, 0)));
	assert.is(empty(1), c.CORE_MESSAGE_NO_SLICES, "both fields are there");
	player.submit(1, intra);
	assert.is(empty(1), c.CORE_MESSAGE_NO_SLICES, "a frame");
});

test("a lone field is given back when its picture is waited for", () => {
	const player = new Mpeg2Player();
	player.queue(1, { ...intra, ...field(TOP, 1) });
	const { status } = player.device.event("context_sync_surface", 1);
	assert.is(status, 0);
	assert.is(player.device.core.call("context_surface_state", 1), c.CORE_SURFACE_READY);
	player.submit(2, { ...intra, ...field(TOP, 1) });
});

test.run();
