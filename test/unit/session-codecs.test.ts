// SPDX-License-Identifier: MIT
// What the session must not take for granted of codecs: each case is one that H.264 does not show.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/abi.ts";
import { Trap } from "./support/core.ts";
import type { Device } from "./support/device.ts";
import { of, state, sync } from "./support/session.ts";
import {
	ARRAY_CONTROL,
	CODED_FOURCC,
	controlOf,
	decodeStandIn,
	MORE_CONTROLS,
	openStandIn,
	PICTURE_CONTROL,
	PLACES_CONTROL,
	SEQUENCE_CONTROL,
	START_CODE_MENU,
	standIn,
	told,
} from "./support/stand-in.ts";

const test = suite("session-codecs");
const OK = c.VA_STATUS_SUCCESS;
const menu = (id: number, items: number[]) => ({
	id,
	menu_mask: items.reduce((mask, item) => mask | (1 << item), 0),
});

/** A context that has decoded a picture into each of these surfaces. */
function running(...surfaces: number[]): Device {
	const device = standIn();
	for (const surface of surfaces) assert.is(decodeStandIn(device, surface).status, OK);
	device.completeAll();
	device.log.length = 0;
	return device;
}

const last = (device: Device) => device.submissions.at(-1);

test("a codec without a sequence control settles its formats without one", () => {
	const device = standIn();
	assert.is(decodeStandIn(device, 100).status, OK);
	assert.equal(device.names().slice(1, 4), ["SET_FORMAT", "SET_FORMAT", "USE_LAYOUT"]);
	assert.is(of(device, "USE_LAYOUT")[0].allocation.control_size, 0);
	assert.is(device.rawSettings.size, 0);
});

test("a codec with one sets it before the CAPTURE format", () => {
	const device = standIn();
	assert.is(decodeStandIn(device, 100, { hasSequenceControl: 1 }).status, OK);
	assert.equal(device.names().slice(1, 5), ["SET_FORMAT", "SET_CONTROLS", "SET_FORMAT", "USE_LAYOUT"]);
	assert.is(of(device, "USE_LAYOUT")[0].allocation.control_id, SEQUENCE_CONTROL);
	assert.ok(device.rawSettings.has(SEQUENCE_CONTROL));
});

test("a codec is reset with the device's modes, and none is set where it has no menu", () => {
	const plain = standIn();
	assert.equal(plain.names(), ["SET_FORMAT"]);
	decodeStandIn(plain, 100);
	assert.is(told(last(plain)).modes, 0);
	const annexB = standIn({}, [menu(START_CODE_MENU, [0, 1])]);
	assert.equal(annexB.names(), ["SET_FORMAT", "SET_CONTROLS"]);
	decodeStandIn(annexB, 100);
	assert.is(told(last(annexB)).modes, 2);
	const none = standIn({}, [menu(START_CODE_MENU, [0])]);
	decodeStandIn(none, 100);
	assert.is(told(last(none)).modes, 0);
});

test("the OUTPUT buffers are as large as the codec asks", () => {
	const [format] = of(standIn(), "SET_FORMAT");
	assert.is(format.fourcc, CODED_FOURCC);
	// 20 x 16 blocks of 512 bytes of 8 bit, twice that above: the profile has 10 bit.
	assert.is(format.size, 20 * 16 * 512 * 2);
	const device = standIn();
	decodeStandIn(device, 100);
	assert.is(of(device, "SET_FORMAT")[1].size, 20 * 16 * 512);
});

test("a slice is told where its bytes lie in the OUTPUT buffer, prefix first", () => {
	const device = standIn({}, [{ id: PLACES_CONTROL }]);
	const slices = [
		{ size: 50, prefix: 4 },
		{ size: 60, skip: 10 },
		{ size: 70, prefix: 8 },
	];
	decodeStandIn(device, 100, {}, slices);
	assert.equal(controlOf(last(device), PLACES_CONTROL), [0, 54, 104]);
	assert.equal(
		last(device)?.pieces.map(({ prefix, offset, size }) => [prefix.length, offset, size]),
		[
			[4, 0, 50],
			[0, 10, 50],
			[8, 0, 70],
		],
	);
	decodeStandIn(device, 101, {}, [{ size: 10 }, { size: 10 }]);
	assert.equal(controlOf(last(device), PLACES_CONTROL), [0, 10], "each picture begins at the front");
});

test("a slice that does not fit keeps its place in the larger buffer", () => {
	const device = standIn({ outputLength: 4096 }, [{ id: PLACES_CONTROL }]);
	assert.is(
		decodeStandIn(device, 100, {}, [{ size: 4000 }, { size: 500, prefix: 8 }, { size: 10 }]).status,
		OK,
	);
	assert.is(of(device, "MOVE_SLOT").length, 1);
	assert.equal(controlOf(last(device), PLACES_CONTROL), [0, 4000, 4508]);
});

test("a control that the device lacks is left out where the codec says that it may be", () => {
	const device = standIn();
	decodeStandIn(device, 100);
	assert.equal([...(last(device)?.rawControls.keys() ?? [])], [PICTURE_CONTROL]);
	const rich = standIn({}, [{ id: PLACES_CONTROL }]);
	decodeStandIn(rich, 100);
	assert.equal([...(last(rich)?.rawControls.keys() ?? [])], [PLACES_CONTROL, PICTURE_CONTROL]);
});

test("the codec hears the end of each picture, and whether the device has it", () => {
	const device = running(100);
	assert.is.not(decodeStandIn(device, 101, { sliceStatus: c.VA_STATUS_ERROR_DECODING_ERROR }).status, OK);
	assert.is(decodeStandIn(device, 102).status, OK);
	const { begun, ended, endedSubmitted } = told(last(device));
	assert.equal({ begun, ended, endedSubmitted }, { begun: 3, ended: 3, endedSubmitted: 2 });
	device.event("context_begin_picture", 103);
	decodeStandIn(device, 104);
	assert.is(told(last(device)).ended, 5, "one that was never ended, too");
	assert.is(told(last(device)).endedSubmitted, 3);
});

test("each surface keeps 16 bytes for the codec, until it is bound anew", () => {
	const device = standIn();
	decodeStandIn(device, 100, { remembered: 500 });
	decodeStandIn(device, 101, { referenceCount: 1, reference: 100 });
	assert.is(told(last(device)).memory, 500);
	assert.is(told(last(device)).memoryEnd, 512);
	device.completeAll();
	decodeStandIn(device, 101, { width: 640, referenceCount: 1, reference: 100 });
	assert.is(told(last(device)).memory, 0);
	assert.is(told(last(device)).memoryEnd, 0);
});

// ---- AV1 film grain: one surface is begun, the samples go to another -----------------------------------

test("the samples go to the surface that the codec names", () => {
	const device = running(100);
	assert.is(decodeStandIn(device, 101, { output: 201 }).status, OK);
	assert.is(of(device, "QUEUE_CAPTURE")[0].surface, 201);
	assert.equal([state(device, 101), state(device, 201)], [c.CORE_SURFACE_PENDING, c.CORE_SURFACE_PENDING]);
	device.completeAll();
	assert.equal([state(device, 101), state(device, 201)], [c.CORE_SURFACE_READY, c.CORE_SURFACE_READY]);
	decodeStandIn(device, 102, { output: 202, referenceCount: 1, reference: 101 });
	assert.is(
		told(last(device)).timestamp,
		Number(device.submissions[1].timestamp),
		"the other names it as a reference",
	);
});

test("the surface that gets the samples is known while its picture is open", () => {
	const device = running(100);
	const output = () => device.core.call("context_output_surface");
	assert.is(output(), c.CORE_NONE);
	const { slice, end } = openStandIn(device, 101, { output: 201 });
	assert.is(output(), 201);
	slice();
	assert.is(end().status, OK);
	assert.is(output(), c.CORE_NONE);
	openStandIn(device, 102);
	assert.is(output(), 102);
});

test("whoever waits for either surface waits for the picture", () => {
	for (const surface of [101, 201]) {
		const device = running(100);
		decodeStandIn(device, 101, { output: 201 });
		const waits = device.waits;
		assert.is(sync(device, surface).status, OK);
		assert.is(device.waits, waits + 1);
		assert.is(state(device, surface), c.CORE_SURFACE_READY);
	}
});

test("a bad picture is bad in both surfaces", () => {
	const device = running(100);
	decodeStandIn(device, 101, { output: 201 });
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	for (const surface of [101, 201]) {
		const { status, message } = sync(device, surface);
		assert.equal([status, state(device, surface)], [OK, c.CORE_SURFACE_DAMAGED]);
		assert.is(message, c.CORE_MESSAGE_PICTURE_FLAGGED);
	}
	assert.is.not(decodeStandIn(device, 102, { output: 202, sliceStatus: 1 }).status, OK);
	assert.equal([state(device, 102), state(device, 202)], [c.CORE_SURFACE_MISSING, c.CORE_SURFACE_MISSING]);
});

test("a surface that still gets samples is waited for before it gets others", () => {
	const device = running(100);
	decodeStandIn(device, 101, { output: 201 });
	const waits = device.waits;
	assert.is(decodeStandIn(device, 102, { output: 201 }).status, OK);
	assert.is(device.waits, waits + 1);
	assert.is(decodeStandIn(device, 201).status, OK);
	assert.is(device.waits, waits + 2);
});

test("a picture in memory of the CAPTURE buffer's own is copied to the surface that the codec names", () => {
	const device = standIn({ imports: false });
	decodeStandIn(device, 101, { output: 201 });
	device.completeAll();
	assert.equal(device.delivered, [201]);
	device.copies = () => false;
	decodeStandIn(device, 102, { output: 202 });
	device.completeAll();
	assert.is(state(device, 202), c.CORE_SURFACE_MISSING);
});

test("a surface whose samples go elsewhere than before gets another CAPTURE buffer, while pictures are in flight that may name it", () => {
	const device = running(100);
	const index = (surface: number, output: number): number => {
		assert.is(decodeStandIn(device, surface, { output }).status, OK);
		return device.submissions.at(-1)?.index ?? -1;
	};
	const first = index(101, 201);
	device.completeAll();
	assert.is(index(101, 202), first, "nothing is in flight");
	device.completeAll();
	index(102, 203);
	const moved = index(101, 204);
	assert.is.not(moved, first);
	device.complete();
	assert.is(index(103, 101 + 200) === first, false, "nor does another surface get it so soon");
	device.complete();
	assert.is(index(101, 204), moved, "the same memory");
	for (let i = 0; i < 200; i++) index(104 + (i % 3), 300 + (i % 40));
	assert.ok(device.waits < 200, "it goes round");
});

test("an output surface destroyed before the end of its picture is forgotten after it", () => {
	const device = running(100);
	decodeStandIn(device, 101, { output: 201 });
	device.core.call("context_forget_surface", 201);
	assert.is(state(device, 201), c.CORE_SURFACE_UNKNOWN);
	device.completeAll();
	assert.is(state(device, 101), c.CORE_SURFACE_READY);
	// A surface of the same name knows nothing of it.
	assert.is(decodeStandIn(device, 201).status, OK);
	device.completeAll();
	assert.is(state(device, 201), c.CORE_SURFACE_READY);
});

test("an output surface destroyed while its picture is open is forgotten after it", () => {
	const device = running(100);
	const { slice, end } = openStandIn(device, 101, { output: 201 });
	device.core.call("context_forget_surface", 201);
	slice();
	assert.is(end().status, OK);
	assert.is(of(device, "QUEUE_CAPTURE")[0].surface, 201, "the glue keeps its memory as long");
	assert.is(state(device, 201), c.CORE_SURFACE_UNKNOWN);
});

test("a later picture of the surface begun says nothing of where an earlier one went", () => {
	const device = running(100);
	decodeStandIn(device, 101, { output: 201 });
	device.completeAll();
	decodeStandIn(device, 101, { sliceStatus: 1 });
	assert.equal([state(device, 101), state(device, 201)], [c.CORE_SURFACE_MISSING, c.CORE_SURFACE_READY]);
});

test("a player's habits are those with the surfaces that it looks at", () => {
	const device = running(100);
	const play = (i: number): number => {
		const waits = device.waits;
		decodeStandIn(device, 101 + (i % 4), { output: 201 + (i % 4) }, [{}], 1);
		const waited = device.waits - waits;
		sync(device, 201 + (i % 4));
		return waited;
	};
	assert.is(play(0), 1, "it holds an export, and nothing is known of it");
	for (let i = 1; i < 40; i++) play(i);
	assert.is(play(40), 0, "it waits");
});

// ---- VP9 and AV1: another size while references live ---------------------------------------------------

test("a picture of another size than its references is refused in one sentence, and the stream goes on", () => {
	const device = running(100);
	const inter = { width: 640, scalesReferences: 1, referenceCount: 1, reference: 100 };
	const { status, message, values } = decodeStandIn(device, 101, inter);
	assert.is(status, c.VA_STATUS_ERROR_DECODING_ERROR);
	assert.is(message, c.CORE_MESSAGE_REFERENCES_LOST);
	assert.equal(values, [640, 256]);
	assert.equal(device.streaming, [false, false]);
	assert.is(decodeStandIn(device, 102, { width: 640, scalesReferences: 1 }).status, OK, "a key frame");
	assert.is(decodeStandIn(device, 103, { ...inter, reference: 102 }).status, OK);
	assert.ok(told(last(device)).timestamp > 0);
});

test("where no reference is left, another size is no trouble", () => {
	const device = running(100);
	const inter = { width: 640, scalesReferences: 1, referenceCount: 1, reference: 300 };
	assert.is(decodeStandIn(device, 101, inter).status, OK, "it was never decoded");
	const older = running(100);
	assert.is(
		decodeStandIn(older, 101, { ...inter, scalesReferences: 0, reference: 100 }).status,
		OK,
		"H.264",
	);
});

// ---- VP9 and AV1: pictures that nobody looks at --------------------------------------------------------

/** A player that exports each surface once, and waits for each picture that is shown. */
function play(device: Device, surface: number, hidden: boolean): number {
	const waits = device.waits;
	assert.is(decodeStandIn(device, surface, { hidden: hidden ? 1 : 0 }, [{}], 1).status, OK);
	const waited = device.waits - waits;
	if (hidden) device.completeAll();
	else sync(device, surface);
	return waited;
}

test("a hidden picture that is not waited for does not make a player one that never waits", () => {
	const device = running(100);
	for (let i = 0; i < 40; i++) play(device, 100 + (i % 4), false);
	assert.is(play(device, 100, false), 0, "it is known to wait");
	play(device, 101, true);
	for (let i = 0; i < 8; i++) assert.is(play(device, 101 + (i % 2), false), 0, `picture ${i} after it`);
});

test("a hidden picture that is exported later counts as any other", () => {
	const device = running(100);
	for (let i = 0; i < 3; i++) {
		decodeStandIn(device, 101, { hidden: 1 }, [{}], 1);
		device.completeAll();
		device.event("context_surface_exported", 101);
	}
	assert.is(play(device, 101, false), 0, "it exports anew what it looks at");
});

test("a shown picture that is not waited for still does", () => {
	const device = running(100);
	for (let i = 0; i < 40; i++) play(device, 100 + (i % 4), false);
	decodeStandIn(device, 101, {}, [{}], 1);
	device.completeAll();
	play(device, 101, false);
	assert.is(play(device, 101, false), 1);
});

// ---- limits: what does not fit is said ------------------------------------------------------------------

const trapped = (run: () => unknown): string => {
	try {
		run();
		return "";
	} catch (error) {
		if (error instanceof Trap) return error.message;
		throw error;
	}
};

test("a control of 600 slices of HEVC fits, and no larger one is cut off", () => {
	const device = running(100);
	assert.is(decodeStandIn(device, 101, { arraySize: 600 * 280 }).status, OK);
	const bytes = last(device)?.rawControls.get(ARRAY_CONTROL);
	assert.is(bytes?.length, 168_000);
	assert.ok(bytes?.every((byte) => byte === 0x5a));
	assert.match(
		trapped(() => decodeStandIn(device, 102, { arraySize: 200 * 1024 })),
		/^the codec needs more memory than the arena has at driver-src\/codec\/arena\.ts/,
	);
});

test("a picture has 16 controls, and one more is no picture", () => {
	const device = standIn({}, [{ id: PLACES_CONTROL }]);
	assert.is(decodeStandIn(device, 101, { moreControls: 14 }).status, OK);
	assert.is(last(device)?.rawControls.size, 16);
	assert.ok(last(device)?.rawControls.has(MORE_CONTROLS + 13));
	assert.match(
		trapped(() => decodeStandIn(device, 102, { moreControls: 15 })),
		/^more controls than a plan has at driver-src\/codec\/controls\.ts/,
	);
});

test("a picture has 16 references, and one more is no picture", () => {
	const device = running(100);
	assert.is(decodeStandIn(device, 101, { referenceCount: 16, reference: 200 }).status, OK);
	assert.match(
		trapped(() => decodeStandIn(device, 102, { referenceCount: 17, reference: 200 })),
		/^more references than a picture has/,
	);
});

test("more surfaces than there are records cost none in flight its own", () => {
	const device = standIn();
	for (let i = 0; i < 400; i++) {
		decodeStandIn(device, 1000 + i);
		assert.is(state(device, 1000 + i), c.CORE_SURFACE_PENDING);
		device.completeAll();
	}
	assert.is(state(device, 1399), c.CORE_SURFACE_READY);
	assert.is(state(device, 1000), c.CORE_SURFACE_UNKNOWN);
});

test.run();
