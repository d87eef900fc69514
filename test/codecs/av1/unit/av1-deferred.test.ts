// SPDX-License-Identifier: MIT
// A picture whose slot only the next one tells is decoded with it, once, unless somebody asks for it before.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { Av1Player, INTRA_ONLY, KEY } from "./support/player.ts";

const test = suite("av1-deferred");

const eight = [0, 1, 2, 3, 4, 5, 6];

/** Of a stream with eight different pictures, whose player asks for none. */
function filled(): Av1Player {
	const player = new Av1Player();
	player.told({ type: KEY });
	for (let i = 1; i < 8; i++) player.told({ refresh: 1 << i, orderHint: i });
	player.looks = false;
	return player;
}

/** The same, and a ninth picture that is not submitted. Returns its surface, too. */
function deferred(over = {}): { player: Av1Player; surface: number } {
	const player = filled();
	const surface = player.freeSurface();
	assert.is(player.play({ refIdx: eight, refresh: 1, ...over }).requests.length, 0);
	return { player, surface };
}

const steps = (player: Av1Player, op: string) => player.device.names().filter((name) => name === op).length;

test("it is decoded once, before the next picture, for the slot that this one leaves", () => {
	const { player } = deferred({ grain: true });
	player.device.completeAll();
	const waits = player.device.waits;
	const { requests } = player.play({ refIdx: eight, refresh: 1 << 4 });
	assert.is(requests.length, 1);
	const { frame, grain, tiles } = requests[0];
	assert.ok(
		frame.refresh_frame_flags !== 0 &&
			(frame.refresh_frame_flags & (frame.refresh_frame_flags - 1)) === 0,
	);
	assert.ok(grain?.flags & c.V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN, "with its grain");
	assert.is(tiles.length, 1);
	assert.equal([player.late, player.twice, player.device.waits], [1, 0, waits]);
});

test("each costs one request and one more call for its FRAME", () => {
	const player = filled();
	const before = ["QUEUE_REQUEST", "SET_CONTROLS", "QUEUE_CAPTURE"].map((op) => steps(player, op));
	for (let i = 0; i < 40; i++) {
		player.play({ refIdx: eight, refresh: 1 << (i % 8), orderHint: 8 + i });
		player.device.completeAll();
	}
	const after = ["QUEUE_REQUEST", "SET_CONTROLS", "QUEUE_CAPTURE"].map((op) => steps(player, op));
	// The last is not submitted.
	assert.equal(
		after.map((count, i) => count - before[i]),
		[39, 40 + 39, 40],
	);
	assert.equal([player.late, player.twice], [39, 0]);
});

test("a picture that the stream has no more is decoded as it is", () => {
	const { player } = deferred({ refresh: 0 });
	const { requests } = player.play({ refIdx: eight, refresh: 0 });
	assert.is(requests[0].frame.refresh_frame_flags, 0);
	for (let i = 0; i < 40; i++) player.play({ refIdx: eight, refresh: 0 });
	assert.is(player.twice, 0);
});

test("whoever asks for it has it decoded: at its surface, or where its grain is shown", () => {
	for (const event of ["context_sync_surface", "context_surface_exported"]) {
		for (const grain of [false, true]) {
			const { player, surface } = deferred({ grain });
			const display = player.device.lastCapture.surface;
			assert.is(display !== surface, grain);
			const { status } = player.device.event(event, display);
			assert.is(status, 0);
			assert.is(player.device.completed.at(-1)?.surface, display);
		}
	}
	const { player, surface } = deferred();
	assert.is(player.device.event("context_sync_surface", surface).status, 0);
	player.look();
	player.play({ refIdx: eight, refresh: 0 });
	assert.equal([player.late, player.twice], [0, 1]);
});

test("whoever waits for another picture leaves it", () => {
	const { player } = deferred();
	const { status } = player.device.event("context_sync_surface", player.slots[7]?.surface ?? 0);
	assert.is(status, 0);
	assert.is(player.play({ refIdx: eight, refresh: 0 }).requests.length, 1);
	assert.is(player.late, 1);
});

test("the end of the context", () => {
	const { player } = deferred();
	player.device.completeAll();
	const submitted = player.device.submissions.length;
	assert.is(player.device.event("context_destroy").status, 0);
	assert.is(player.device.submissions.length, submitted + 1);
	assert.is(steps(player, "STREAM_OFF"), 2);
});

test("another size lets it go first", () => {
	const { player } = deferred();
	const submitted = player.device.submissions.length;
	player.device.completeAll();
	const { outcome } = player.play({ width: 160, height: 128, type: INTRA_ONLY, refresh: 1 });
	assert.is(outcome.status, 0);
	assert.is(player.device.submissions.length, submitted + 2);
});

test("a picture that may be looked at without a question is not deferred, unless its player is known to wait", () => {
	const player = filled();
	player.exported = true;
	assert.is(player.play({ refIdx: eight, refresh: 1 }).requests.length, 1);
	// One that exports anew each picture that it looks at.
	for (let i = 0; i < 60; i++) {
		const surface = player.freeSurface();
		player.device.completeAll();
		player.play({ refIdx: eight, refresh: 1 << (i % 8), orderHint: i });
		player.device.event("context_surface_exported", surface);
		player.look();
	}
	assert.is(player.late, 0);
	for (let i = 0; i < 2; i++) player.play({ refIdx: eight, refresh: 1 });
	assert.is(player.late, 1);
});

test("a request that cannot be queued costs the pictures that the device has, and not the call that asks", () => {
	for (const event of ["context_sync_surface", "context_surface_exported", "context_ask_surface"]) {
		const { player, surface } = deferred();
		player.failOnce("QUEUE_REQUEST", c.ENOMEM);
		const { status, message, values } = player.device.event(event, surface);
		assert.equal([status, message, values[0]], [0, c.CORE_MESSAGE_STEP_FAILED, c.CORE_OP_QUEUE_REQUEST]);
		assert.is(player.device.core.call("context_surface_state", surface), c.CORE_SURFACE_MISSING);
		goesOn(player);
	}
});

test("a step that fails as the next picture comes costs both, and nothing else", () => {
	for (const op of ["SET_CONTROLS", "QUEUE_REQUEST"]) {
		const { player, surface } = deferred();
		player.failOnce(op, c.EIO);
		const { outcome } = player.play({ refIdx: eight, refresh: 0 });
		assert.is(outcome.status, c.VA_STATUS_ERROR_OPERATION_FAILED, op);
		assert.is(player.device.core.call("context_surface_state", surface), c.CORE_SURFACE_MISSING, op);
		goesOn(player);
	}
});

test("a step of its own that fails costs the picture alone", () => {
	for (const op of ["SET_CONTROLS", "QUEUE_OUTPUT", "QUEUE_CAPTURE"]) {
		const player = filled();
		player.failOnce(op, c.EIO);
		assert.is(
			player.play({ refIdx: eight, refresh: 0 }).outcome.status,
			c.VA_STATUS_ERROR_OPERATION_FAILED,
			op,
		);
		assert.is(player.play({ refIdx: eight, refresh: 1 }).outcome.status, 0);
		player.play({ refIdx: eight, refresh: 0 });
		assert.is(player.late, 1, op);
	}
});

test("memory that cannot be queued is replaced before it is queued", () => {
	const player = filled();
	let failed = false;
	player.failOnce("QUEUE_CAPTURE", c.EXDEV, ({ flags }) => (failed = flags === 0));
	assert.is(player.play({ refIdx: eight, refresh: 1 }).requests.length, 0);
	assert.ok(failed);
	assert.is(player.play({ refIdx: eight, refresh: 0 }).requests.length, 1);
	assert.is(player.late, 1);
});

test("a decoder that is started again has it no more", () => {
	const { player, surface } = deferred();
	player.device.answers = () => false;
	// Of the pictures that the device has, none comes.
	player.device.event("context_sync_surface", player.slots[7]?.surface ?? 0);
	assert.is(player.device.core.call("context_surface_state", surface), c.CORE_SURFACE_MISSING);
	player.device.answers = () => player.device.complete();
	goesOn(player);
});

/** The film goes on with the next key frame. */
function goesOn(player: Av1Player): void {
	player.device.fails = () => 0;
	player.forget();
	player.told({ type: KEY });
	for (let i = 1; i < 40; i++) player.told({ refresh: 1 << (i % 8), refIdx: eight, orderHint: i });
	assert.ok(player.twice > 20);
}

test.run();
