// SPDX-License-Identifier: MIT
// Who waits for a picture that the player has exported: the player, or vaEndPicture and vaExportSurfaceHandle.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/abi.ts";
import type { Device } from "./support/device.ts";
import { decode, opened, running, state, sync } from "./support/session.ts";

const test = suite("session, waiting for players");

const shown = (device: Device, surface: number): number =>
	device.event("context_surface_exported", surface).status;

/** A player of four surfaces, all exported before the first picture. Returns whether each picture was left in flight. */
function plays(device: Device, pictures: number, syncs: (n: number) => boolean): boolean[] {
	const left: boolean[] = [];
	for (let n = 0; n < pictures; n++) {
		const surface = 200 + (n % 4);
		assert.is(decode(device, { surface, frameNum: (n + 1) % 16 }, 1).status, 0);
		left.push(device.jobs.length > 0);
		if (syncs(n)) sync(device, surface);
		else device.completeAll();
	}
	return left;
}

test("a player that holds an export and never syncs gets finished pictures", () => {
	const device = running();
	assert.is(decode(device, { surface: 101, frameNum: 1 }, 1).status, 0);
	assert.is(device.jobs.length, 0);
	decode(device, { surface: 102, frameNum: 2 });
	assert.is(device.jobs.length, 1);
	assert.is(shown(device, 102), 0);
	assert.is(device.jobs.length, 0, "an export of a picture under way is finished, too");
});

test("it never gets others, however long it plays", () => {
	assert.not(plays(running(), 40, () => false).includes(true));
});

test("a field whose surface is exported is not waited for before the other one", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1, field: "top" }, 1);
	assert.equal([device.waits, device.jobs.length], [0, 1]);
	decode(device, { surface: 101, frameNum: 1, field: "bottom" }, 1);
	assert.is(device.jobs.length, 0);
	assert.is(state(device, 101), c.CORE_SURFACE_READY);
});

test("a player that holds exports and syncs each picture keeps them in flight after a few", () => {
	const left = plays(running(), 30, () => true);
	// Four surfaces without a past, and fifteen more pictures until sixteen were replaced.
	assert.equal(left, [...Array(19).fill(false), ...Array(11).fill(true)]);
});

test("one that syncs its fields keeps them in flight as well", () => {
	const device = running();
	let left = 0;
	for (let n = 0; n < 24; n++) {
		const surface = 200 + (n % 4);
		const picture = { surface, frameNum: (n + 1) % 16 };
		decode(device, { ...picture, field: "top" }, 1);
		decode(device, { ...picture, field: "bottom" }, 1);
		if (device.jobs.length > 0) left++;
		sync(device, surface);
	}
	assert.is(left, 5);
});

/** A player of four surfaces that exports what it looks at. Returns whether vaEndPicture left each picture in flight. */
function exportsAnew(device: Device, pictures: number, looks: (n: number) => boolean): boolean[] {
	const left: boolean[] = [];
	for (let n = 0; n < pictures; n++) {
		const surface = 200 + (n % 4);
		// vaEndPicture knows of the export from the second round on.
		decode(device, { surface, frameNum: (n + 1) % 16 }, n < 4 ? 0 : 1);
		left.push(device.jobs.length > 0);
		if (looks(n)) {
			shown(device, surface);
			assert.is(device.jobs.length, 0, "who has an export has a finished picture");
		}
		device.completeAll();
	}
	return left;
}

test("a player that exports anew gets finished pictures from the export, and keeps them in flight until then", () => {
	// The second round is waited for: the first export may be all that the player ever makes.
	assert.equal(
		exportsAnew(running(), 16, () => true),
		[...Array(4).fill(true), ...Array(4).fill(false), ...Array(8).fill(true)],
	);
});

test("one that drops a picture is waited for in that surface only, and twice", () => {
	const left = exportsAnew(running(), 44, (n) => n !== 21);
	const waited = [...left.keys()].filter((n) => !left[n]);
	assert.equal(waited, [4, 5, 6, 7, 25, 29]);
});

test("a player that exports each surface once, after its first picture, is waited for from then on", () => {
	const left = exportsAnew(running(), 40, (n) => n < 4);
	assert.not(left.slice(4).includes(true));
});

test("one that does so twice, since its window was made anew, is waited for as well", () => {
	const left = exportsAnew(running(), 60, (n) => n < 4 || (n >= 20 && n < 24));
	assert.not(left.slice(4).includes(true));
});

test("in a strict context, a bad picture fails its export, or the vaSyncSurface after it where the player calls that", () => {
	const bad = c.VA_STATUS_ERROR_DECODING_ERROR;
	for (const [syncs, exported] of [
		[false, bad],
		[true, 0],
	] as const) {
		const device = running({ strict: true });
		for (let n = 0; n < 8; n++) {
			decode(device, { surface: 200 + (n % 2), frameNum: n + 1 }, 1);
			shown(device, 200 + (n % 2));
			if (syncs) sync(device, 200 + (n % 2));
		}
		decode(device, { surface: 200, frameNum: 9 }, 1);
		device.complete(c.V4L2_BUF_FLAG_ERROR);
		assert.is(shown(device, 200), exported);
		assert.is(sync(device, 200).status, bad);
	}
});

test("surfaces that were never exported are not waited for, and say nothing of the player", () => {
	const device = running();
	for (let n = 0; n < 20; n++) {
		decode(device, { surface: 300 + (n % 4), frameNum: (n + 1) % 16 });
		assert.is(device.jobs.length, 1);
		sync(device, 300 + (n % 4));
	}
	decode(device, { surface: 101, frameNum: 5 }, 1);
	assert.is(device.jobs.length, 0);
});

test("one screenshot, or twelve in a row, do not make a player that syncs", () => {
	assert.not(plays(running(), 40, (n) => n < 12).includes(true));
	assert.not(plays(running(), 40, (n) => n % 10 === 0).includes(true));
});

test("a player that syncs every other picture is waited for", () => {
	assert.not(plays(running(), 40, (n) => n % 2 === 0).includes(true));
	assert.not(plays(running(), 40, (n) => n % 3 === 0).includes(true));
});

test("a surface that is never synced is waited for, though others are synced", () => {
	const device = running();
	// The display's surface comes seldom enough that all others make a row between.
	for (let n = 0; n < 120; n++) {
		const quiet = n % 30 === 29;
		const surface = quiet ? 300 : 200 + (n % 4);
		decode(device, { surface, frameNum: (n + 1) % 16 }, 1);
		if (quiet) assert.is(device.jobs.length, 0, `picture ${n}`);
		else sync(device, surface);
	}
});

test("a player that stops syncing is waited for again when that shows", () => {
	const left = plays(running(), 60, (n) => n < 40);
	assert.ok(left.slice(19, 40).every(Boolean));
	// What was synced last in each surface is the last that it is trusted with.
	assert.not(left.slice(44).includes(true));
});

test("a surface whose picture was left alone once is waited for ever after, others when enough were synced again", () => {
	const left = plays(running(), 120, (n) => n !== 41);
	const waited = [...left.keys()].filter((n) => n >= 45 && !left[n]);
	// picture 45 replaces picture 41 in the second surface; from 61 on all others have their row of sixteen again
	assert.equal(
		waited.filter((n) => n % 4 === 1),
		Array.from({ length: 19 }, (_, i) => 45 + 4 * i),
	);
	assert.equal(
		waited.filter((n) => n % 4 !== 1),
		Array.from({ length: 16 }, (_, i) => 45 + i).filter((n) => n % 4 !== 1),
	);
});

test("syncing a surface that was never decoded does not count as syncing", () => {
	const device = opened();
	for (let n = 0; n < 8; n++) sync(device, 200 + (n % 4));
	assert.not(plays(device, 8, () => false).includes(true));
});

test.run();
