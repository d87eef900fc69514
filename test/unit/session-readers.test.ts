// SPDX-License-Identifier: MIT
// No picture is decoded into memory that somebody outside still reads; and whose picture a wait is for.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/abi.ts";
import type { Device } from "./support/device.ts";
import { begun, buffers, decode, of, opened, running, state, sync } from "./support/session.ts";

const test = suite("session: those who read a surface");

/** The player holds an export of the surface from here on. */
function exported(device: Device, surface: number): void {
	device.exported.add(surface);
	device.shown.add(surface);
}

test("surfaces that were never exported are not waited for", () => {
	const device = running();
	for (let i = 0; i < 20; i++) decode(device, { surface: 100 + (i % 4) });
	device.shown.add(101); // derived
	decode(device, { surface: 101 });
	assert.equal(device.readersOf, []);
});

test("an exported surface's readers are waited for once, before the picture is queued", () => {
	const device = running();
	exported(device, 100);
	device.log.length = 0;
	device.readers = () => {
		assert.is(of(device, "QUEUE_CAPTURE").length, 0);
		assert.is(of(device, "QUEUE_OUTPUT").length, 0);
		return true;
	};
	assert.is(decode(device, { surface: 100 }, 1).status, 0);
	assert.equal(device.readersOf, [100]);
	assert.is(of(device, "QUEUE_CAPTURE").length, 1);
	decode(device, { surface: 101 });
	assert.equal(device.readersOf, [100]);
});

test("one that is exported while its picture is put together is waited for, too", () => {
	const device = running();
	assert.is(decode(device, { surface: 100 }, 1).status, 0);
	assert.equal(device.readersOf, [100]);
});

test("readers that never end cost a second and a sentence, not the picture", () => {
	const device = running();
	exported(device, 100);
	device.readers = () => false;
	const { status, message, values } = decode(device, { surface: 100 }, 1);
	assert.is(status, 0);
	assert.is(message, c.CORE_MESSAGE_READERS_SILENT);
	assert.is(values[0], 1000);
	device.completeAll();
	assert.is(state(device, 100), c.CORE_SURFACE_READY);
	// The decoder is not to blame: it is not started again.
	assert.is(of(device, "STREAM_OFF").length, 0);
	device.readers = () => true;
	assert.is(decode(device, { surface: 100 }, 1).message, 0);
});

test("slices of one picture wait once, before the first of them", () => {
	const device = running({ sliceBased: true });
	exported(device, 100);
	device.log.length = 0;
	device.readers = () => {
		assert.is(of(device, "QUEUE_OUTPUT").length, 0);
		return true;
	};
	assert.is(decode(device, { surface: 100, slices: 4 }, 1).status, 0);
	assert.equal(device.readersOf, [100]);
	assert.is(of(device, "QUEUE_REQUEST").length, 4);
});

test("the second field of a frame waits for nobody", () => {
	for (const hold of [true, false]) {
		const device = running({ hold });
		exported(device, 101);
		decode(device, { surface: 101, field: "top", frameNum: 1, idr: false, references: [100] }, 1);
		assert.equal(device.readersOf, [101]);
		decode(
			device,
			{ surface: 101, field: "bottom", frameNum: 1, idr: false, references: [100, [101, 1]] },
			1,
		);
		assert.equal(device.readersOf, [101], `hold: ${hold}`);
		decode(device, { surface: 101 }, 1);
		assert.equal(device.readersOf, [101, 101]);
	}
});

test("pictures that come as copies wait as well", () => {
	const device = running({ imports: false });
	exported(device, 100);
	assert.is(decode(device, { surface: 100 }, 1).status, 0);
	assert.equal(device.readersOf, [100]);
});

test("while one thread waits, another's picture call is refused", () => {
	const device = opened();
	exported(device, 100);
	const player = begun(device, { surface: 100 });
	const { slice, data } = buffers({ surface: 100 });
	player.slice(slice(), data);
	let asked = 0;
	device.readers = () => {
		device.readers = () => true;
		const { core } = device;
		core.call("context_begin_picture", 101, 320, 256, 0);
		assert.is(core.plan().status, c.VA_STATUS_ERROR_OPERATION_FAILED);
		assert.is(core.plan().message, c.CORE_MESSAGE_PICTURE_OPEN);
		asked++;
		return true;
	};
	assert.is(player.end(1).status, 0);
	assert.is(asked, 1);
	assert.equal(device.readersOf, [100]);
});

test("a wait names the surface whose picture it is for", () => {
	const device = running();
	decode(device, { surface: 101 });
	decode(device, { surface: 102 });
	device.waitedFor.length = 0;
	sync(device, 102);
	assert.equal(device.waitedFor, [102, 102]);
	device.waitedFor.length = 0;
	decode(device, { surface: 103 });
	decode(device, { surface: 103 }); // until the first is done
	assert.equal(device.waitedFor, [c.CORE_NONE]);
});

test.run();
