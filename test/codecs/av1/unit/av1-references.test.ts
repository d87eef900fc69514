// SPDX-License-Identifier: MIT
// Which slots pictures go to and are found in: a decoder that keeps state by slot has for each reference that of its picture.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import type { Fields } from "../../../unit/support/struct.ts";
import { takenByMediatek } from "./support/mediatek.ts";
import { Av1Player, av1Facts, INTER, INTRA_ONLY, KEY, SWITCH, told } from "./support/player.ts";

const test = suite("av1-references");
const MISSING = [c.VA_STATUS_ERROR_DECODING_ERROR, c.CORE_MESSAGE_REFERENCES_MISSING];

/** A key frame, and inter frames that fill the stream's slots with so many different pictures. */
function filled(pictures: number, options = {}): Av1Player {
	const player = new Av1Player(options);
	player.told({ type: KEY });
	for (let i = 1; i < pictures; i++) player.told({ refresh: 1 << i, orderHint: i });
	return player;
}

const eight = [0, 1, 2, 3, 4, 5, 6];

test("a key frame that is shown takes all slots, and names no picture", () => {
	const player = new Av1Player();
	const first = player.told({ type: KEY });
	assert.is(first.frame.refresh_frame_flags, 0xff);
	player.told({ refresh: 2 });
	const second = player.told({ type: KEY });
	assert.is(second.frame.refresh_frame_flags, 0xff);
	assert.equal(second.frame.reference_frame_ts, new Array(8).fill(0n));
	assert.equal(second.frame.ref_frame_idx, new Array(7).fill(0));
});

test("a switch frame takes all slots, and names its references", () => {
	const player = filled(3);
	const { frame } = player.told({ type: SWITCH, refresh: 0xff, refIdx: [0, 1, 2, 0, 1, 2, 0] });
	assert.is(frame.refresh_frame_flags, 0xff);
	assert.is(new Set(frame.reference_frame_ts).size, 3);
});

test("a picture goes to one slot, which no other needs, while the stream has fewer than eight pictures", () => {
	const player = filled(8);
	assert.is(player.twice, 0);
	player.told({ refIdx: eight, refresh: 0 });
	assert.is(player.twice, 0);
});

test("a frame that goes to no slot, and a hidden one, cost no wait", () => {
	const player = filled(3);
	player.device.completeAll();
	player.looks = false;
	player.surfaces = 20;
	const { waits } = player.device;
	for (const [refresh, shown] of [
		[0, true],
		[1 << 3, false],
		[1 << 4, true],
		[0, true],
	] as const)
		player.told({ refresh, shown, refIdx: [0, 1, 2, 0, 1, 2, 0] });
	assert.equal([player.device.waits, player.device.jobs.length], [waits, 4]);
});

test("with eight pictures it goes to none, and again to the one that has become free", () => {
	const player = filled(8);
	const postponed = player.told({ refIdx: eight, refresh: 1 << 5, orderHint: 8 });
	assert.is(postponed.frame.refresh_frame_flags, 0);
	const { requests } = player.play({ refIdx: [5, 1, 2, 3, 4, 6, 7], refresh: 0, orderHint: 9 });
	assert.is(requests.length, 2);
	const [again] = requests;
	assert.is(player.twice, 1);
	// It is the same request, but for the slot.
	assert.equal({ ...again.frame, refresh_frame_flags: 0 }, postponed.frame);
	assert.equal(again.tiles, postponed.tiles);
	assert.equal(again.sequence, postponed.sequence);
	assert.equal(again.submission.pieces, postponed.submission.pieces);
	assert.is(again.submission.timestamp, postponed.submission.timestamp);
	assert.is(again.submission.index, postponed.submission.index);
	assert.is(again.submission.surface, postponed.submission.surface);
	const freed = again.frame.refresh_frame_flags;
	assert.is(freed & (freed - 1), 0, "one slot");
	assert.is.not(freed, 0);
});

test("a picture that the stream has no more is not decoded again, and its OUTPUT buffer is emptied", () => {
	const player = filled(8);
	for (let i = 0; i < 40; i++) player.told({ refIdx: eight, refresh: 0, orderHint: 8 });
	assert.is(player.twice, 0);
	assert.ok(player.device.names().filter((name) => name === "CLEAR_SLOT").length >= 38);
});

test("pictures in flight that the stream has no more leave nothing in their OUTPUT buffers", () => {
	for (const looks of [true, false]) {
		const player = filled(8);
		player.looks = looks;
		player.surfaces = 20;
		let most = 0;
		for (let i = 0; i < 40; i++) {
			player.play({ refIdx: eight, refresh: 0, orderHint: 8 });
			most = Math.max(most, player.device.jobs.length);
		}
		assert.ok(most > 2, `${most} pictures at once`);
		assert.is(player.twice, 0);
	}
});

test("pictures in flight: the one that is decoded again is waited for, and no other", () => {
	const player = filled(8);
	player.told({ refIdx: eight, refresh: 1 << 5 });
	const waits = player.device.waits;
	player.told({ refIdx: eight, refresh: 0 });
	assert.ok(player.device.waits > waits);
	assert.is(player.twice, 1);
	player.device.completeAll();
	const after = player.device.waits;
	player.told({ refIdx: eight, refresh: 1 << 2 });
	player.device.completeAll();
	player.told({ refIdx: eight, refresh: 0 });
	assert.is(player.device.waits, after);
});

test("with grain, the picture is decoded again where nobody looks, and without", () => {
	const player = filled(8);
	const first = player.told({ refIdx: eight, refresh: 1, grain: true });
	assert.ok(first.grain?.flags & c.V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN);
	const { requests } = player.play({ refIdx: eight, refresh: 0 });
	assert.is(requests.length, 2);
	assert.is(requests[0].grain?.flags, 0);
	assert.is.not(requests[0].submission.surface, first.submission.surface);
	assert.is(requests[0].submission.index, first.submission.index);
});

test("random streams: a decoder has each reference's picture, order hint and state, by slot or by timestamp", () => {
	let twice = 0;
	let late = 0;
	const step = fc.record({
		kind: fc.integer({ min: 0, max: 120 }),
		refresh: fc.oneof(
			{ weight: 1, arbitrary: fc.constant(0) },
			{ weight: 30, arbitrary: fc.integer({ min: 0, max: 7 }).map((slot) => 1 << slot) },
			{ weight: 1, arbitrary: fc.integer({ min: 0, max: 254 }) },
		),
		refIdx: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 7, maxLength: 7 }),
		shown: fc.boolean(),
		grain: fc.boolean(),
		done: fc.boolean(),
		existing: fc.integer({ min: 0, max: 400 }),
		looks: fc.boolean(),
	});
	fc.assert(
		fc.property(fc.array(step, { minLength: 30, maxLength: 70 }), (steps) => {
			const player = new Av1Player();
			player.looks = false;
			player.surfaces = 20;
			player.told({ type: KEY });
			for (const [
				i,
				{ kind, refresh, refIdx, shown, grain, done, existing, looks },
			] of steps.entries()) {
				const orderHint = i % 128;
				if (kind === 0) player.told({ type: KEY, orderHint });
				else if (kind === 1) player.told({ type: KEY, shown: false, refresh, orderHint });
				else if (kind === 2) player.told({ type: INTRA_ONLY, refresh, orderHint, shown });
				else if (kind === 3) player.told({ type: SWITCH, refresh: 0xff, refIdx, orderHint });
				else player.told({ type: INTER, refresh, refIdx, orderHint, shown, grain });
				// A key frame that exists is shown: it is in all slots then (7.21).
				if (existing < 8) player.slots = new Array(8).fill(player.slots[existing]);
				if (looks) player.look();
				if (done) player.device.completeAll();
			}
			player.look();
			takenByMediatek(player.device.submissions.map(told));
			twice += player.twice;
			late += player.late;
		}),
		{ numRuns: 60 },
	);
	assert.ok(twice > 100, `${twice} pictures were decoded twice`);
	assert.ok(late > 100, `${late} pictures were decoded with the next one`);
});

test("what this decoder has not decoded is no reference", () => {
	const player = new Av1Player();
	const { outcome } = player.play({ type: INTER });
	assert.equal([outcome.status, outcome.message], MISSING);
	player.told({ type: KEY });
	player.slots[3] = { surface: 77, timestamp: 0n, orderHint: 0 };
	const wrong = player.play({ refIdx: [0, 1, 2, 3, 4, 5, 6] }).outcome;
	assert.equal([wrong.status, wrong.message], MISSING);
	player.told({ refIdx: [0, 1, 2, 4, 5, 6, 7] });
});

test("a picture that never came is no reference, though its surface had one before", () => {
	const player = filled(3);
	const [lost] = [player.freeSurface()];
	player.told({ refresh: 1 << 3 });
	player.told({ refresh: 1 << 3 });
	// The surface of the picture in slot 3 before is free, and the next picture fails there.
	const failed = player.play({ refresh: 1 << 4 }, (picture) => (picture.interp_filter = 9));
	assert.is(failed.outcome.field, "interp_filter");
	player.slots[4] = { surface: lost, timestamp: 0n, orderHint: 0 };
	const { outcome } = player.play({ refIdx: [4, 0, 0, 0, 0, 0, 0] });
	assert.equal([outcome.status, outcome.message], MISSING);
});

test("a decoder that was started again has nothing of earlier pictures", () => {
	const player = filled(3);
	player.device.answers = () => false;
	assert.is(player.device.event("context_sync_surface", player.slots[2]?.surface ?? 0).status, 0);
	player.device.answers = () => player.device.complete();
	const decoded = player.device.submissions.length;
	// Players would give up if all to the next key frame were refused.
	for (let i = 0; i < 4; i++) {
		const { outcome } = player.play({});
		assert.equal([outcome.status, outcome.message], [0, c.CORE_MESSAGE_REFERENCES_MISSING], "taken");
		assert.is(player.device.submissions.length, decoded, "and not decoded");
	}
	const unknown = { surface: 77, timestamp: 0n, orderHint: 0 };
	const lost = () => {
		player.slots[3] = unknown;
		const { outcome } = player.play({ refIdx: [3, 0, 0, 0, 0, 0, 0] });
		return [outcome.status, outcome.message];
	};
	player.told({ type: KEY, shown: false, refresh: 1 });
	assert.equal(lost(), [0, c.CORE_MESSAGE_REFERENCES_MISSING], "what was lost may be in the other slots");
	player.told({ type: KEY });
	player.told({});
	assert.equal(lost(), MISSING, "what is missing now was never decoded");
});

test("a picture that cannot be decoded again costs the next one, and nothing else", () => {
	for (const op of ["SET_CONTROLS", "QUEUE_OUTPUT", "QUEUE_CAPTURE", "QUEUE_REQUEST"]) {
		const player = filled(8);
		player.told({ refIdx: eight, refresh: 1 });
		player.failOnce(op, c.EIO);
		const { outcome } = player.play({ refIdx: eight, refresh: 0 });
		assert.is(outcome.status, c.VA_STATUS_ERROR_OPERATION_FAILED, op);
		const later = player.play({ refIdx: eight, refresh: 0 }).outcome;
		assert.equal([later.status, later.message], MISSING, op);
		player.kept = new Array(8).fill(0n);
		player.told({ type: KEY });
		for (let i = 0; i < 30; i++) player.told({ refresh: 1 << (i % 8), refIdx: eight });
	}
});

test("another size starts anew, where it refers to nothing", () => {
	const player = filled(8);
	player.told({ refIdx: eight, refresh: 1 });
	const small = { width: 160, height: 128 };
	const lost = player.play({ ...small, refIdx: eight, refresh: 0 }).outcome;
	assert.equal(
		[lost.status, lost.message],
		[c.VA_STATUS_ERROR_DECODING_ERROR, c.CORE_MESSAGE_REFERENCES_LOST],
	);
	const intra = player.told({ ...small, type: INTRA_ONLY, refresh: 1 });
	assert.is.not(intra.frame.refresh_frame_flags, 0);
	player.slots.fill(null, 1);
	player.told({ ...small, refIdx: [0, 0, 0, 0, 0, 0, 0] });
});

test("a key frame that is not shown and says nothing of the slots, as FFmpeg 5.1 has it, leaves them", () => {
	for (const pictures of [4, 8]) {
		const player = filled(pictures);
		const silent = (picture: Fields) => {
			picture.ref_frame_map = new Array(8).fill(c.VA_INVALID_SURFACE);
		};
		player.told({ type: KEY, shown: false, refresh: 1 << 6 }, silent);
		player.told({ refIdx: eight, refresh: 0 });
		assert.is(player.twice, pictures === 8 ? 1 : 0);
	}
});

test("an intra-only frame keeps all slots with a decoder that forgets what is not named", () => {
	const player = filled(5);
	const { frame } = player.told({ type: INTRA_ONLY, refresh: 0 });
	assert.is(frame.reference_frame_ts.filter((timestamp: bigint) => timestamp !== 0n).length, 8);
	player.told({ refIdx: eight });
});

test("the order of a request's controls, and what was settled before the first", () => {
	const player = new Av1Player({ facts: av1Facts({}) });
	player.told({ type: KEY });
	const { submission } = told(player.device.submissions[0]);
	assert.equal(
		[...submission.rawControls.keys()],
		["SEQUENCE", "FRAME", "TILE_GROUP_ENTRY", "FILM_GRAIN"].map(
			(name) => c[`V4L2_CID_STATELESS_AV1_${name}`],
		),
	);
	assert.equal([...player.device.rawSettings.keys()], [c.V4L2_CID_STATELESS_AV1_SEQUENCE]);
});

test.run();
