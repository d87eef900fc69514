// SPDX-License-Identifier: MIT
// Where pictures are decoded to when a surface's own memory will not do, and when they are copied there.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { plain } from "../codecs/h264/unit/support/h264.ts";
import { constants as c } from "../support/abi.ts";
import type { Device, DeviceOptions } from "./support/device.ts";
import {
	assertBad,
	decode,
	firstReference,
	of,
	opened,
	running,
	type Shown,
	state,
	sync,
} from "./support/session.ts";
import type { Fields } from "./support/struct.ts";

const test = suite("memory");

/** Surfaces whose memory cannot be queued, and why. */
function unsuitable(device: Device, errors: Record<number, number>): void {
	device.fails = (step) =>
		step.op === "QUEUE_CAPTURE" && (step.flags & c.CORE_CAPTURE_OWN_MEMORY) === 0
			? (errors[step.surface] ?? 0)
			: 0;
}

const staged = (device: Device): boolean[] =>
	of(device, "QUEUE_CAPTURE").map((step) => (step.flags & c.CORE_CAPTURE_OWN_MEMORY) !== 0);

const kinds: [string, DeviceOptions][] = [
	["frames", {}],
	["frames, no hold", { hold: false }],
	["slices", { sliceBased: true }],
];

for (const [kind, options] of kinds) {
	test(`a surface whose memory cannot be queued keeps it, and gets its pictures as copies (${kind})`, () => {
		for (const error of [c.EXDEV, c.EINVAL, c.EFAULT]) {
			const device = running(options);
			unsuitable(device, { 101: error });
			const slices = options.sliceBased ? 3 : 1;
			assert.is(decode(device, { surface: 101, frameNum: 1, references: [100], slices }).status, 0);
			assert.equal(staged(device), [false, true], "tried once, then in memory of the buffer's own");
			assert.equal(
				of(device, "QUEUE_CAPTURE").map((step) => step.index),
				[1, 1],
				"the same buffer",
			);
			assert.is(of(device, "QUEUE_REQUEST").length, slices);
			assert.equal(device.delivered, []);
			assert.is(sync(device, 101).status, 0);
			assert.equal(device.delivered, [101], "when it is done, once");
			device.log.length = 0;
			decode(device, { surface: 102, frameNum: 2, references: [[101, 1]] });
			assert.is(firstReference(device), 2000n, "and is a reference as any other");
			decode(device, { surface: 101, frameNum: 3 });
			device.completeAll();
			assert.equal(staged(device), [false, true], "known from then on");
			assert.equal(device.delivered, [101, 101]);
		}
	});

	test(`both fields of such a frame go to one buffer (${kind})`, () => {
		const device = running(options);
		unsuitable(device, { 101: c.EXDEV });
		assert.is(decode(device, { surface: 101, frameNum: 1, field: "top" }).status, 0);
		assert.is(decode(device, { surface: 101, frameNum: 1, field: "bottom" }).status, 0);
		assert.is(sync(device, 101).status, 0);
		const queued = of(device, "QUEUE_CAPTURE").filter(({ flags }) => flags !== 0);
		assert.ok(queued.every(({ index }) => index === queued[0].index));
		assert.equal(
			device.delivered,
			new Array(queued.length).fill(101),
			"as often as the buffer came back",
		);
	});
}

test("other reasons not to queue a picture are failures at once", () => {
	for (const error of [c.ENOMEM, c.EBUSY, c.ENOENT, c.EIO]) {
		const device = running();
		unsuitable(device, { 101: error });
		assert.is.not(decode(device, { surface: 101, frameNum: 1 }).status, 0);
		assert.equal(staged(device), [false]);
		assert.equal(device.delivered, []);
	}
});

test("where the detour fails too, the surface is named, and the next picture is unharmed", () => {
	const device = running();
	device.fails = (step) => (step.op === "QUEUE_CAPTURE" ? c.EXDEV : 0);
	const { status, message, values } = decode(device, { surface: 101, frameNum: 1 });
	assert.equal(
		[status, message, values],
		[c.VA_STATUS_ERROR_INVALID_SURFACE, c.CORE_MESSAGE_SURFACE_MEMORY, [101, 0]],
	);
	assert.equal(staged(device), [false, true]);
	assert.is(state(device, 101), c.CORE_SURFACE_MISSING);
	device.fails = () => 0;
	assert.is(decode(device, { surface: 102, frameNum: 1 }).status, 0);
	assert.is(sync(device, 102).status, 0);
	assert.equal(device.delivered, []);
});

test("a request that cannot be queued takes its memory back", () => {
	const device = running();
	device.fails = (step) =>
		step.op === "QUEUE_REQUEST" || (step.op === "QUEUE_CAPTURE" && step.flags === 0) ? c.EINVAL : 0;
	assert.is(decode(device, { surface: 101, frameNum: 1 }).status, c.VA_STATUS_ERROR_OPERATION_FAILED);
	assert.equal(device.names().slice(-3), ["STREAM_OFF", "CLEAR_SLOT", "STREAM_ON"]);
	device.fails = () => 0;
	assert.is(decode(device, { surface: 101, frameNum: 1 }).status, 0);
	assert.is(sync(device, 101).status, 0);
});

test("a frame whose memory is refused for its second field alone is damaged: the first stays behind", () => {
	const device = opened({ hold: false });
	for (const [field, errors] of [
		["top", {}],
		["bottom", { 101: c.EXDEV }],
	] as const) {
		unsuitable(device, errors);
		assert.is(decode(device, { surface: 101, field, idr: field === "top" }).status, 0);
		device.completeAll();
	}
	assertBad(device, 101);
	assert.equal(device.delivered, [101]);
});

test("a player that holds the surface and never waits gets the copy before vaEndPicture returns", () => {
	const device = running();
	unsuitable(device, { 101: c.EXDEV });
	assert.is(decode(device, { surface: 101, frameNum: 1 }, 1).status, 0);
	assert.equal(device.delivered, [101]);
	assert.is(state(device, 101), c.CORE_SURFACE_READY);
});

test("bad pictures are copied as well, and stay bad", () => {
	const device = running();
	unsuitable(device, { 101: c.EXDEV });
	decode(device, { surface: 101, frameNum: 1 });
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	assert.equal(device.delivered, [101]);
	assertBad(device, 101);
});

test("a copy that cannot be made is a bad picture", () => {
	const device = running();
	unsuitable(device, { 101: c.EXDEV });
	device.copies = () => false;
	decode(device, { surface: 101, frameNum: 1 });
	decode(device, { surface: 102, frameNum: 2 });
	assertBad(device, 101);
	assert.is(sync(device, 102).status, 0, "the others are not");
	device.copies = () => true;
	decode(device, { surface: 101, frameNum: 3 });
	assert.is(sync(device, 101).status, 0);
	device.core.call("context_copy_failed", 4711);
});

test("a surface destroyed in flight is copied to no more", () => {
	const device = running();
	unsuitable(device, { 101: c.EXDEV });
	decode(device, { surface: 101, frameNum: 1 });
	device.core.call("context_forget_surface", 101);
	device.completeAll();
	assert.equal(device.delivered, []);
	unsuitable(device, {});
	device.log.length = 0;
	decode(device, { surface: 101, frameNum: 2 });
	assert.equal(staged(device), [false], "the name stands for another one now");
});

test("new formats may suit the surface: its memory is tried again", () => {
	const device = running();
	unsuitable(device, { 101: c.EXDEV });
	decode(device, { surface: 101, frameNum: 1 });
	device.log.length = 0;
	unsuitable(device, {});
	assert.is(decode(device, { surface: 101, width: 640, height: 480 }).status, 0);
	assert.equal(staged(device), [false]);
	assert.is(sync(device, 101).status, 0);
	assert.equal(device.delivered, [101], "the earlier one");
});

// ---- a device that imports nothing --------------------------------------------------------------

const requests = (device: Device): Fields[] =>
	of(device, "REQUEST_BUFFERS").filter(({ queue }) => queue === c.CORE_QUEUE_CAPTURE);
const mapping = ({ flags }: Fields): boolean => (flags & c.CORE_MAP_CAPTURE) !== 0;

for (const [kind, options] of kinds) {
	test(`a device that takes no dma-buf has buffers of its own, and every picture is copied (${kind})`, () => {
		const device = opened({ ...options, imports: false });
		assert.is(decode(device, { surface: 1 }).status, 0);
		assert.equal(
			requests(device).map((step) => [step.count, mapping(step)]),
			[
				[c.CORE_MAX_CAPTURE_BUFFERS, false],
				[plain.numRefFrames + 7, true],
			],
			"what is in flight, and the references of the sequence",
		);
		for (let i = 2; i <= 50; i++) {
			const shown: Shown = { surface: i, frameNum: (i - 1) % 16, references: [[i - 1, (i - 2) % 16]] };
			assert.is(decode(device, shown).status, 0, `picture ${i}`);
		}
		device.completeAll();
		assert.equal(
			device.delivered,
			Array.from({ length: 50 }, (_, i) => i + 1),
		);
		assert.ok(staged(device).every(Boolean));
		assert.is(device.event("context_destroy").status, 0);
	});
}

test("a sequence with more references gets more of such buffers, one with fewer keeps them", () => {
	const device = opened({ imports: false });
	for (const [i, refFrames] of [4, 1, 4, 6, 16].entries()) decode(device, { surface: i, refFrames });
	assert.equal(
		requests(device)
			.filter(mapping)
			.map(({ count }) => count),
		[11, 0, 13, 0, 23],
	);
	const importing = opened();
	for (const [i, refFrames] of [4, 16].entries()) decode(importing, { surface: i, refFrames });
	assert.is(requests(importing).length, 1, "imported ones are as many as can be anyway");
});

test("that is found out once, whatever the formats", () => {
	const device = opened({ imports: false });
	decode(device, { surface: 1 });
	decode(device, { surface: 2, width: 640, height: 480 });
	assert.equal(requests(device).map(mapping), [false, true, true, true]);
	assert.equal(
		requests(device).map(({ count }) => count > 0),
		[true, true, false, true],
	);
	assert.is(sync(device, 2).status, 0);
});

test("a device whose own buffers fail, too, is out of the question until it has some", () => {
	const device = opened({ imports: false });
	device.fails = (step) => (step.op === "REQUEST_BUFFERS" && mapping(step) ? c.EINVAL : 0);
	const { status, message } = decode(device, { surface: 1 });
	assert.equal([status, message], [c.VA_STATUS_ERROR_OPERATION_FAILED, c.CORE_MESSAGE_STEP_FAILED]);
	device.fails = () => 0;
	assert.is(decode(device, { surface: 2 }).status, 0);
	assert.is(sync(device, 2).status, 0);
});

test("other failures of REQBUFS are no reason to map", () => {
	for (const error of [c.ENOMEM, c.EBUSY]) {
		const device = opened();
		device.fails = (step) =>
			step.op === "REQUEST_BUFFERS" && step.queue === c.CORE_QUEUE_CAPTURE ? error : 0;
		assert.is.not(decode(device, { surface: 1 }).status, 0);
		assert.ok(!requests(device).some(mapping));
	}
});

test.run();
