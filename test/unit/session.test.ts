// SPDX-License-Identifier: MIT
// The life of a context: pictures in order, in flight, in fields and slices, waited for, destroyed.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { profileHigh, profileHigh10 } from "../codecs/h264/unit/support/h264.ts";
import { constants as c } from "../support/abi.ts";
import { Device, type DeviceOptions } from "./support/device.ts";
import {
	begun,
	buffers,
	decode,
	firstReference,
	of,
	opened,
	running,
	type Shown,
	state,
	sync,
} from "./support/session.ts";

const test = suite("session");
const SUBMISSION = ["SET_CONTROLS", "QUEUE_OUTPUT", "QUEUE_CAPTURE", "QUEUE_REQUEST"];

test("creating a context sets the coded format and the modes, and no buffers", () => {
	const device = opened();
	assert.equal(device.names(), ["SET_FORMAT", "SET_CONTROLS", "SET_CONTROLS"]);
	assert.is(device.log[0].fourcc, c.V4L2_PIX_FMT_H264_SLICE);
	assert.is(device.log[0].queue, c.CORE_QUEUE_OUTPUT);
	assert.equal([device.log[0].width, device.log[0].height], [320, 256]);
	const modes = device.log
		.slice(1)
		.map(({ slot, controls }) => [slot, controls[0].id, [...controls[0].bytes]]);
	assert.equal(modes, [
		[
			c.CORE_NONE,
			c.V4L2_CID_STATELESS_H264_DECODE_MODE,
			[c.V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED, 0, 0, 0],
		],
		[
			c.CORE_NONE,
			c.V4L2_CID_STATELESS_H264_START_CODE,
			[c.V4L2_STATELESS_H264_START_CODE_ANNEX_B, 0, 0, 0],
		],
	]);
});

/** 0 is what a control has where a reference is missing, so a picture of that timestamp would be taken for it. */
test("no picture has the timestamp 0", () => {
	const device = opened();
	for (let i = 0; i < 3; i++) decode(device, { surface: 100 + i, frameNum: i });
	const timestamps = device.submissions.map(({ timestamp }) => Number(timestamp));
	assert.is(timestamps.length, 3);
	assert.ok(Math.min(...timestamps) > 0, timestamps.join());
});

test("a context larger than the device is refused", () => {
	const device = new Device({ maxWidth: 1920, maxHeight: 1088 });
	for (const [width, height] of [
		[1920, 1104],
		[0, 16],
		[16, 0],
	]) {
		const { status } = new Device({ maxWidth: 1920, maxHeight: 1088 }).create(profileHigh, width, height);
		assert.is(status, c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, `${width}x${height}`);
	}
	const outcome = device.create(profileHigh, 1936, 1088);
	assert.is(outcome.status, c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
	assert.is(outcome.message, c.CORE_MESSAGE_SIZE_NOT_SUPPORTED);
	assert.equal(outcome.values, [1936, 1088]);
	assert.is(device.event("context_begin_picture", 1).status, c.VA_STATUS_ERROR_OPERATION_FAILED);
});

test("a profile that the device lacks is refused", () => {
	const device = new Device();
	device.create(profileHigh10, 320, 256);
	assert.is(decode(device, { surface: 1 }).message, c.CORE_MESSAGE_CONTEXT_LOST);
	assert.is(device.log.length, 0);
	assert.is(new Device().create(profileHigh10, 320, 256).status, c.VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
	assert.is(
		new Device().create(c.VAProfileHEVCMain, 320, 256).status,
		c.VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
	);
});

test("later pictures take one append and four steps", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	assert.equal(device.names(), ["APPEND", ...SUBMISSION]);
});

test("at least four pictures are in flight before anything waits", () => {
	const device = running();
	for (let i = 1; i <= 5; i++) assert.is(decode(device, { surface: 100 + i, frameNum: i }).status, 0);
	assert.is(device.waits, 0);
	assert.is(device.jobs.length, 5);
	const timestamps = device.jobs.map((job) => job.timestamp);
	assert.is(new Set(timestamps).size, 5);
	assert.ok(timestamps.every((timestamp) => timestamp > 0n && timestamp % 1000n === 0n));
	for (let i = 6; i <= 20; i++) assert.is(decode(device, { surface: 100 + i, frameNum: i % 16 }).status, 0);
	assert.ok(device.waits > 0, "a device has no endless supply of slots");
});

test("vaSyncSurface waits for its own surface only", () => {
	const device = running();
	for (let i = 1; i <= 3; i++) decode(device, { surface: 100 + i, frameNum: i });
	assert.is(state(device, 103), c.CORE_SURFACE_PENDING);
	assert.is(sync(device, 102).status, 0);
	assert.is(device.jobs.length, 1);
	assert.is(state(device, 102), c.CORE_SURFACE_READY);
	assert.is(state(device, 103), c.CORE_SURFACE_PENDING);
	assert.is(state(device, 999), c.CORE_SURFACE_UNKNOWN);
	assert.is(sync(device, 999).status, 0);
});

test("a surface is not queued again before its picture is done", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	decode(device, { surface: 101, frameNum: 2 });
	assert.is(device.waits, 1);
	assert.is(device.jobs.length, 1);
});

test("a picture cannot refer to the surface it is decoded to", () => {
	const device = running();
	assert.is(decode(device, { surface: 100, frameNum: 1, references: [100] }).status, c.VA_STATUS_SUCCESS);
	assert.is.not(firstReference(device), 1000n);
});

test("a buffer that is needed by the picture at hand is not taken for its target", () => {
	const device = running();
	for (let i = 1; i < 32; i++) {
		decode(device, { surface: 1000 + i, frameNum: i % 16 });
		device.complete();
	}
	decode(device, { surface: 2000, frameNum: 1, references: [100] });
	assert.is(firstReference(device), 1000n);
	assert.is.not(of(device, "QUEUE_CAPTURE").at(-1)?.index, 0, "the oldest buffer is the reference's");
	device.complete();
	decode(device, { surface: 2001, frameNum: 1 });
	device.complete();
	decode(device, { surface: 2002, frameNum: 1, references: [[1001, 1]] });
	assert.is(firstReference(device), 0n, "a surface whose buffer was taken is no reference any more");
});

test("the buffer that is taken is that of the surface used longest ago, as target or as reference", () => {
	const taken = (device: Device, ...uses: Shown[]): number => {
		for (const [i, use] of uses.entries()) {
			decode(device, { frameNum: i + 1, ...use });
			device.completeAll();
		}
		decode(device, { surface: 200, frameNum: 9 });
		return of(device, "QUEUE_CAPTURE").at(-1)?.index;
	};
	const three = (): Device => running({ captureBuffers: 3 });
	assert.is(taken(three(), { surface: 101 }, { surface: 102 }), 0);
	assert.is(taken(three(), { surface: 101 }, { surface: 102 }, { surface: 100 }), 1);
	assert.is(taken(three(), { surface: 101 }, { surface: 102, references: [100] }), 1);
});

test("a surface keeps its CAPTURE buffer while pictures refer to it, through more surfaces than buffers", () => {
	const device = running();
	const indexOf = new Map<number, number>();
	for (let i = 1; i <= 100; i++) {
		assert.is(decode(device, { surface: 1000 + i, frameNum: i % 16, references: [100] }).status, 0);
		const queued = of(device, "QUEUE_CAPTURE").at(-1);
		assert.ok(queued);
		assert.is.not(queued.index, 0, "surface 100 has buffer 0 and is named by every picture");
		indexOf.set(1000 + i, queued.index);
		assert.is(firstReference(device), 1000n, "and goes by its first timestamp");
		device.complete();
	}
	assert.ok(Math.max(...indexOf.values()) < 32);
});

test("both fields share a buffer and a timestamp, held in between", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1, field: "top" });
	decode(device, { surface: 101, frameNum: 1, field: "bottom" });
	assert.is(of(device, "QUEUE_CAPTURE").length, 1);
	const [first, second] = of(device, "QUEUE_OUTPUT");
	assert.is(first.timestamp, second.timestamp);
	assert.equal([first.flags, second.flags], [c.CORE_HOLD_CAPTURE, 0]);
	assert.is(sync(device, 101).status, 0);
});

test("without hold, the first field is waited for and the buffer queued again", () => {
	const device = opened({ hold: false });
	decode(device, { surface: 101, field: "top" });
	decode(device, { surface: 101, field: "bottom", idr: false });
	const queued = of(device, "QUEUE_CAPTURE");
	assert.is(queued.length, 2);
	assert.is(queued[0].index, queued[1].index);
	const [first, second] = of(device, "QUEUE_OUTPUT");
	assert.is(first.timestamp, second.timestamp);
	assert.equal([first.flags, second.flags], [0, 0]);
	assert.is(device.waits, 1);
});

test("a second field goes on with what has become of the first, whoever had it released meanwhile", () => {
	const kinds: DeviceOptions[] = [{}, { hold: false }, { sliceBased: true }];
	for (const options of kinds) {
		for (const width of [320, 352]) {
			for (const [shown, meanwhile] of [
				[false, "nothing"],
				[true, "nothing"],
				[false, "before vaEndPicture"],
				[true, "before vaEndPicture"],
				[false, "while it waits"],
				[true, "while it waits"],
			] as const) {
				const device = opened(options, width, 288);
				const first: Shown = { surface: 1, width, height: 288, field: "top" };
				decode(device, first);
				device.complete();
				if (shown) device.shown.add(1);
				const second: Shown = { ...first, field: "bottom", idr: false };
				const { slice, data } = buffers(second);
				const player = begun(device, second);
				assert.is(player.slice(slice(), data).status, 0);
				const otherThread = (): void => {
					device.answers = () => device.complete();
					assert.is(sync(device, 1).status, 0);
				};
				if (meanwhile === "before vaEndPicture") otherThread();
				if (meanwhile === "while it waits") {
					device.answers = () => {
						otherThread();
						return true;
					};
				}
				assert.is(player.end().status, 0);
				device.completeAll();
				assert.is(device.jobs.length, 0);
				const [one, two] = device.submissions;
				assert.is(one.timestamp, two.timestamp);
				assert.is(one.index, two.index, "both go to one buffer");
				// Where the picture was handed out in between, and cannot be decoded to, the first field stays behind.
				const parted = device.delivered.length > 0;
				assert.ok(!parted || (shown && width === 352));
				assert.is(state(device, 1), parted ? c.CORE_SURFACE_DAMAGED : c.CORE_SURFACE_READY);
			}
		}
	}
});

test("an unpaired field is released by whoever wants it", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1, field: "top" });
	device.complete();
	assert.is(state(device, 101), c.CORE_SURFACE_PENDING);
	assert.is(sync(device, 101).status, 0);
	assert.is(of(device, "FLUSH").length, 1);
});

test("a field keeps its hold until its request is done: the other one may be on its way", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	decode(device, { surface: 102, frameNum: 2, field: "top" });
	device.complete();
	assert.is(sync(device, 102).status, 0);
	assert.is(device.submissions.at(-1)?.hold, true);
	assert.is(device.waits, 2, "for the request, and for the buffer that was flushed");
});

test("an unpaired field is released by the next picture", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1, field: "top" });
	decode(device, { surface: 102, frameNum: 2, field: "top" });
	decode(device, { surface: 102, frameNum: 2, field: "bottom" });
	assert.is(sync(device, 102).status, 0);
	assert.is(sync(device, 101).status, 0);
});

test("a slice-based device gets one request a slice, all but the last held", () => {
	const device = running({ sliceBased: true });
	assert.is(decode(device, { surface: 101, frameNum: 1, slices: 3 }).status, 0);
	assert.equal(
		of(device, "QUEUE_OUTPUT").map((step) => step.flags),
		[1, 1, 0],
	);
	assert.is(of(device, "QUEUE_CAPTURE").length, 1);
	assert.ok(of(device, "APPEND").every((step) => step.prefix.length === 0));
	for (const { controls } of device.submissions) assert.ok(controls.v4l2_ctrl_h264_slice_params);
	assert.is(of(device, "SET_CONTROLS").length, 3);
	assert.is(sync(device, 101).status, 0);
});

/** A device that gives CAPTURE buffers back later than OUTPUT buffers; what the function returns hands them in. */
function keepCaptures(device: Device): () => void {
	const { core } = device;
	const call = core.call.bind(core);
	const late: number[][] = [];
	core.call = (name, ...args) => {
		if (name !== "context_capture_done") return call(name, ...args);
		late.push(args);
		return c.CORE_NONE;
	};
	return () => {
		core.call = call;
		for (const args of late) call("context_capture_done", ...args);
	};
}

test("whoever waits for an earlier picture leaves the open one its CAPTURE buffer", () => {
	const device = running({ sliceBased: true });
	decode(device, { surface: 101, frameNum: 1 });
	const player = begun(device, { surface: 102, frameNum: 2 });
	const { slice, data } = buffers({ surface: 102, frameNum: 2 });
	for (let i = 0; i < 2; i++) assert.is(player.slice(slice(), data).status, 0);
	// All that the device has: the first slice of the open picture, for which it holds the buffer.
	const handIn = keepCaptures(device);
	device.completeAll();
	device.answers = () => {
		handIn();
		return true;
	};
	assert.is(sync(device, 101).status, 0);
	assert.is(state(device, 101), c.CORE_SURFACE_READY);
	assert.is(of(device, "FLUSH").length, 0);
	assert.is(player.end().status, 0);
	device.answers = () => device.complete();
	assert.is(sync(device, 102).status, 0);
	assert.is(state(device, 102), c.CORE_SURFACE_READY);
});

test("several slices need a device that can hold", () => {
	const device = opened({ sliceBased: true, hold: false });
	const outcome = decode(device, { surface: 101, slices: 2 });
	assert.is(outcome.message, c.CORE_MESSAGE_FEATURE_NOT_SUPPORTED);
	assert.is(outcome.values[0], c.CORE_FEATURE_MULTI_SLICE_WITHOUT_HOLD);
	assert.is(decode(device, { surface: 102, slices: 1 }).status, 0);
});

test("thousands of slices pass through a slice-based device", () => {
	const device = running({ sliceBased: true });
	assert.is(decode(device, { surface: 101, frameNum: 1, slices: 3000 }).status, 0);
	assert.is(sync(device, 101).status, 0);
	assert.is(of(device, "QUEUE_REQUEST").length, 3000);
});

test("destroying a context finishes its pictures first", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	decode(device, { surface: 102, frameNum: 2, field: "top" });
	assert.is(device.event("context_destroy").status, 0);
	assert.is(state(device, 101), c.CORE_SURFACE_READY);
	assert.is(state(device, 102), c.CORE_SURFACE_READY);
	assert.equal(device.streaming, [false, false]);
});

test("a queue that does not stop is no failure of a context that ends", () => {
	for (const refusals of [1, 2]) {
		const device = running();
		decode(device, { surface: 101, frameNum: 1 });
		let left = refusals;
		device.fails = (step) => (step.op === "STREAM_OFF" && left-- > 0 ? c.EINVAL : 0);
		const outcome = device.event("context_destroy");
		assert.equal([outcome.status, outcome.message], [0, 0]);
	}
	const device = running();
	device.fails = (step) => (step.op === "STREAM_OFF" ? c.ENODEV : 0);
	assert.is(device.event("context_destroy").message, c.CORE_MESSAGE_DEVICE_GONE);
});

test("destroying a context in the midst of a picture gives the picture up", () => {
	const device = running({ sliceBased: true });
	const player = begun(device, { surface: 101, frameNum: 1 });
	const { slice, data } = buffers({ surface: 101, frameNum: 1 });
	for (let i = 0; i < 2; i++) assert.is(player.slice(slice(), data).status, 0);
	assert.is(device.event("context_destroy").status, 0);
	assert.is(state(device, 101), c.CORE_SURFACE_DAMAGED);
	assert.equal(device.streaming, [false, false]);
});

test("a wait is over when its picture is done, though the surface is in use again", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	device.core.call("context_sync_surface", 101);
	const { then, token } = device.core.plan();
	assert.is(then, c.CORE_THEN_WAIT);
	device.complete();
	decode(device, { surface: 101, frameNum: 2 });
	device.core.call("context_resume", token, 0);
	assert.is(device.core.plan().then, c.CORE_THEN_RETURN);
	assert.is(device.core.plan().status, 0);
});

test("whoever waited for a bad picture hears of it, though the surface is in use again", () => {
	for (const strict of [false, true]) {
		const device = running({ strict });
		decode(device, { surface: 101, frameNum: 1 });
		device.core.call("context_sync_surface", 101);
		const { token } = device.core.plan();
		device.complete(c.V4L2_BUF_FLAG_ERROR);
		for (const status of [strict ? c.VA_STATUS_ERROR_DECODING_ERROR : 0, 0]) {
			decode(device, { surface: 101, frameNum: 2 });
			device.core.call("context_resume", token, 0);
			assert.is(device.core.plan().then, c.CORE_THEN_RETURN);
			assert.is(device.core.plan().status, status);
			device.complete();
		}
	}
});

test("while a picture waits, other calls for it are refused and surfaces still answer", () => {
	const device = running();
	for (let i = 1; i <= 6; i++) decode(device, { surface: 100 + i, frameNum: i });
	const player = begun(device, { surface: 107, frameNum: 7 });
	const { slice, data } = buffers({ surface: 107, frameNum: 7 });
	device.answers = () => {
		assert.is(device.event("context_end_picture", 0).message, c.CORE_MESSAGE_PICTURE_OPEN);
		assert.is(state(device, 101), c.CORE_SURFACE_PENDING);
		device.complete();
		return true;
	};
	assert.is(player.slice(slice(), data).status, 0);
	assert.is(player.end().status, 0);
});

test("destroying a context that never decoded asks nothing of the device", () => {
	const device = opened();
	device.log.length = 0;
	assert.is(device.event("context_destroy").status, 0);
	assert.is(device.log.length, 0);
});

test("a surface destroyed in flight leaves its buffer to the device until it is done", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	const [queued] = of(device, "QUEUE_CAPTURE");
	device.core.call("context_forget_surface", 101);
	assert.is(state(device, 101), c.CORE_SURFACE_UNKNOWN);
	for (let i = 2; i < 5; i++) decode(device, { surface: 100 + i, frameNum: i });
	assert.ok(
		of(device, "QUEUE_CAPTURE")
			.slice(1)
			.every((step) => step.index !== queued.index),
	);
	device.completeAll();
	decode(device, { surface: 101, frameNum: 5 });
	assert.is(sync(device, 101).status, 0);
});

test("a surface destroyed in the middle of its picture is forgotten with the end of it", () => {
	for (const sliceBased of [false, true]) {
		for (const end of ["context_end_picture", "context_begin_picture"]) {
			const device = running({ sliceBased });
			const { slice, data } = buffers({ surface: 101, frameNum: 1 });
			const player = begun(device, { surface: 101, frameNum: 1 });
			for (let i = 0; i < 3; i++) assert.is(player.slice(slice(), data).status, 0);
			device.core.call("context_forget_surface", 101);
			assert.is(player.slice(slice(), data).status, 0);
			assert.is(device.event(end, end === "context_end_picture" ? 0 : 102).status, 0);
			assert.is(state(device, 101), c.CORE_SURFACE_UNKNOWN);
			assert.is(decode(device, { surface: 102, frameNum: 2 }).status, 0);
			assert.is(sync(device, 102).status, 0);
		}
	}
});

test.run();
