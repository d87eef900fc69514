// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../support/layout.ts";
import { Device } from "./support/device.ts";
import { Player, plain, profileHigh, profileHigh10 } from "./support/h264.ts";
import {
	begun,
	buffers,
	decode,
	firstReference,
	of,
	opened,
	running,
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

test("a context larger than the device is refused", () => {
	const device = new Device({ maxWidth: 1920, maxHeight: 1088 });
	const outcome = device.create(profileHigh, 1936, 1088);
	assert.is(outcome.status, c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
	assert.is(outcome.message, c.CORE_MESSAGE_SIZE_NOT_SUPPORTED);
	assert.equal(outcome.values, [1936, 1088]);
	assert.is(device.event("context_begin_picture", 1).status, c.VA_STATUS_ERROR_OPERATION_FAILED);
});

test("a profile that the device lacks is refused", () => {
	assert.is(new Device().create(profileHigh10, 320, 256).status, c.VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
	assert.is(
		new Device().create(c.VAProfileHEVCMain, 320, 256).status,
		c.VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
	);
});

test("the first picture settles formats in the order that every kernel driver takes", () => {
	const device = opened();
	device.log.length = 0;
	assert.is(decode(device, { surface: 1 }).status, c.VA_STATUS_SUCCESS);
	assert.equal(device.names(), [
		"SET_FORMAT",
		"SET_CONTROLS",
		"SET_FORMAT",
		"USE_LAYOUT",
		"REQUEST_BUFFERS",
		"REQUEST_BUFFERS",
		"STREAM_ON",
		"STREAM_ON",
		"APPEND",
		...SUBMISSION,
	]);
	assert.is(device.log[1].slot, c.CORE_NONE, "the sequence goes outside a request");
	assert.is(device.log[1].controls[0].id, c.V4L2_CID_STATELESS_H264_SPS);
	assert.is(device.log[2].fourcc, c.V4L2_PIX_FMT_NV12);
	assert.equal(device.log[8].prefix, [0, 0, 1]);
});

test("the formats follow the stream, not vaCreateContext", () => {
	const device = opened({}, 128, 128);
	decode(device, { surface: 1, width: 1920, height: 1088 });
	const [, output, capture] = of(device, "SET_FORMAT");
	assert.equal([output.width, output.height, capture.width, capture.height], [1920, 1088, 1920, 1088]);
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
	const outcome = decode(device, { surface: 100, frameNum: 1, references: [100] });
	assert.ok(outcome.status === 0 || outcome.status === c.VA_STATUS_ERROR_SURFACE_BUSY);
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

test("a picture that the device flags is reported as bad, later ones are not", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	decode(device, { surface: 102, frameNum: 2 });
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	assert.is(sync(device, 101).status, c.VA_STATUS_ERROR_DECODING_ERROR);
	assert.is(state(device, 101), c.CORE_SURFACE_FAILED);
	assert.is(sync(device, 102).status, 0);
	assert.is(decode(device, { surface: 101, frameNum: 3 }).status, 0);
	assert.is(sync(device, 101).status, 0, "a surface recovers with its next picture");
});

test("a change of size finishes what is in flight and starts over", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	device.log.length = 0;
	assert.is(decode(device, { surface: 200, width: 640, height: 480 }).status, 0);
	assert.is(device.waits, 1);
	assert.equal(device.names().slice(0, 6), [
		"STREAM_OFF",
		"STREAM_OFF",
		"REQUEST_BUFFERS",
		"REQUEST_BUFFERS",
		"SET_FORMAT",
		"SET_CONTROLS",
	]);
	assert.equal(
		of(device, "REQUEST_BUFFERS").map((step) => step.count > 0),
		[false, false, true, true],
	);
	assert.is(sync(device, 101).status, 0, "the last picture of before is good");
	decode(device, { surface: 201, width: 640, height: 480, frameNum: 2, references: [[101, 1]] });
	assert.is(firstReference(device), 0n, "but no reference any more");
});

test("a change of depth starts over, too", () => {
	const device = running({ tenBit: true });
	assert.is(decode(device, { surface: 101, depth: 10 }).status, 0);
	assert.is(of(device, "SET_FORMAT").at(-1)?.fourcc, c.V4L2_PIX_FMT_P010);
});

test("a change of size releases a held field before it starts over", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1, field: "top" });
	device.complete();
	assert.is(decode(device, { surface: 200, width: 640, height: 480 }).status, 0);
	assert.is(sync(device, 101).status, 0);
});

test("a size beyond the device is refused in mid-stream, and the old size goes on", () => {
	const device = running({ maxWidth: 1920, maxHeight: 1088 });
	const outcome = decode(device, { surface: 101, width: 4096, height: 2304 });
	assert.is(outcome.status, c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
	assert.is(outcome.message, c.CORE_MESSAGE_SIZE_NOT_SUPPORTED);
	assert.is(decode(device, { surface: 102 }).status, 0);
	assert.is(sync(device, 102).status, 0);
});

test("a device that gives another CAPTURE format is refused", () => {
	const device = opened();
	device.captureFormat = { fourcc: c.V4L2_PIX_FMT_NV12_4L4 };
	const outcome = decode(device, { surface: 1 });
	assert.is(outcome.status, c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assert.is(outcome.message, c.CORE_MESSAGE_CAPTURE_FORMAT);
	assert.equal(outcome.values, [c.V4L2_PIX_FMT_NV12, c.V4L2_PIX_FMT_NV12_4L4]);
});

test("ten bits are decoded to P010 where the device offers it, else refused", () => {
	const deep = new Device({ tenBit: true });
	assert.is(deep.create(profileHigh10, 320, 256).status, 0);
	assert.is(decode(deep, { surface: 1, depth: 10 }).status, 0);
	assert.is(of(deep, "SET_FORMAT").at(-1)?.fourcc, c.V4L2_PIX_FMT_P010);
	const outcome = decode(opened(), { surface: 1, depth: 10 });
	assert.is(outcome.status, c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assert.is(outcome.message, c.CORE_MESSAGE_FORMAT_NOT_SUPPORTED);
});

test("a slice that does not fit gets a larger buffer, with what was there before it", () => {
	const device = running({ outputLength: 65536 });
	assert.is(decode(device, { surface: 101, frameNum: 1, bytes: 40000, slices: 3 }).status, 0);
	const [created] = of(device, "CREATE_BUFFERS");
	assert.ok(created.size >= 3 * 40003);
	assert.is(of(device, "MOVE_SLOT").length, 1);
	assert.is(of(device, "APPEND").length, 4, "three that fit and one that did not");
	assert.is(of(device, "QUEUE_OUTPUT")[0].slot, of(device, "MOVE_SLOT")[0].index);
	assert.is(decode(device, { surface: 102, frameNum: 2, bytes: 40000, slices: 3 }).status, 0);
	assert.is(of(device, "CREATE_BUFFERS").length, 1, "the next one finds it");
	assert.is(device.waits, 0);
	for (let i = 3; i < 9; i++) decode(device, { surface: 100 + i, frameNum: i });
	assert.is(device.waits, 0, "the buffer that was left is free for others");
	assert.ok(device.jobs.slice(2).every((job) => job.bytes === 103));
});

test("pictures that outgrow all buffers wait for those that the device has", () => {
	const device = running({ outputLength: 65536 });
	for (let i = 1; i <= 40; i++)
		assert.is(
			decode(device, { surface: 100 + i, frameNum: i % 16, bytes: 70000 }).status,
			0,
			`picture ${i}`,
		);
	const added = of(device, "CREATE_BUFFERS").reduce((sum, step) => sum + step.count, 0);
	assert.is(added, 6, "so many that pictures stay in flight, and room left for larger ones");
	assert.ok(device.jobs.every((job) => job.bytes === 70003));
	const wide = of(device, "CREATE_BUFFERS").length;
	assert.is(decode(device, { surface: 200, frameNum: 9, bytes: 200000 }).status, 0);
	assert.is(decode(device, { surface: 201, frameNum: 10, bytes: 400000 }).status, 0);
	const last = of(device, "CREATE_BUFFERS").slice(wide);
	assert.equal(
		last.map((step) => step.count),
		[2, 2],
	);
	assert.ok(last[1].size >= 3 * 400003, "the last ones are for whatever comes");
	assert.is(decode(device, { surface: 202, frameNum: 11, bytes: 1100000 }).status, 0);
	const outcome = decode(device, { surface: 203, frameNum: 12, bytes: 1300000 });
	assert.is(outcome.status, c.VA_STATUS_ERROR_NOT_ENOUGH_BUFFER);
	assert.is(outcome.message, c.CORE_MESSAGE_PICTURE_TOO_LARGE);
	assert.is(outcome.values[0], 1300003);
});

test("without memory for larger buffers, a picture waits for one that is large enough", () => {
	const device = running({ outputLength: 65536 });
	assert.is(decode(device, { surface: 101, frameNum: 1, bytes: 70000 }).status, 0);
	assert.is(decode(device, { surface: 102, frameNum: 2, bytes: 70000 }).status, 0);
	device.fails = (step) => (step.op === "CREATE_BUFFERS" ? c.ENOMEM : 0);
	const waits = device.waits;
	assert.is(decode(device, { surface: 103, frameNum: 3, bytes: 70000 }).status, 0);
	assert.is(device.waits, waits + 1);
	assert.is(device.jobs.at(-1)?.bytes, 70003);
	const outcome = decode(device, { surface: 104, frameNum: 4, bytes: 150000 });
	assert.is(outcome.status, c.VA_STATUS_ERROR_ALLOCATION_FAILED, "none is");
});

test("after a slice that was refused, the picture takes no more", () => {
	const device = running();
	const player = begun(device, { surface: 101, frameNum: 1 });
	const { slice, data } = buffers({ surface: 101, frameNum: 1 });
	const outcome = player.slice(slice(), new Uint8Array(100).fill(0xff));
	assert.is(outcome.message, c.CORE_MESSAGE_BAD_SLICE_HEADER);
	const next = player.slice(slice(), data);
	assert.equal([next.status, next.message], [outcome.status, 0], "the same status, said once");
	assert.is(device.event("context_end_picture", 0).status, outcome.status);
	assert.is(device.log.length, 0);
});

test("a picture that outgrows every buffer is refused", () => {
	const device = running();
	for (let i = 1; i < 12; i++) {
		const bytes = 70000 * 2 ** i;
		const player = begun(device, { surface: 500 + i, frameNum: 1 });
		const { slice, data } = buffers({ surface: 500 + i, frameNum: 1 });
		const outcome = player.slice(slice({ slice_data_size: bytes }), data, bytes);
		device.event("context_end_picture", 0);
		if (outcome.status !== 0) {
			assert.is(i > 4, true);
			return;
		}
	}
	assert.unreachable("16 buffers are all there are");
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

test("an unpaired field is released by whoever wants it", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1, field: "top" });
	device.complete();
	assert.is(state(device, 101), c.CORE_SURFACE_PENDING);
	assert.is(sync(device, 101).status, 0);
	assert.is(of(device, "FLUSH").length, 1);
});

test("a field is released when the one that was to follow could not be queued", () => {
	for (const op of ["SET_CONTROLS", "QUEUE_OUTPUT", "QUEUE_REQUEST"]) {
		const device = running();
		decode(device, { surface: 101, frameNum: 1, field: "top" });
		device.completeAll();
		device.fails = (step) => (step.op === op ? c.EINVAL : 0);
		assert.is(
			decode(device, { surface: 101, frameNum: 1, field: "bottom" }).status,
			c.VA_STATUS_ERROR_OPERATION_FAILED,
		);
		assert.is(of(device, "FLUSH").length, 1);
		assert.is(sync(device, 101).status, c.VA_STATUS_ERROR_DECODING_ERROR);
	}
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

test("a slice that fails spoils its picture", () => {
	const device = running({ sliceBased: true });
	decode(device, { surface: 101, frameNum: 1, slices: 3 });
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	assert.is(sync(device, 101).status, c.VA_STATUS_ERROR_DECODING_ERROR);
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

test("a player that holds an export and never syncs gets finished pictures", () => {
	const device = running();
	assert.is(decode(device, { surface: 101, frameNum: 1 }, 1).status, 0);
	assert.is(device.jobs.length, 0);
	decode(device, { surface: 102, frameNum: 2 });
	assert.is(device.jobs.length, 1);
	assert.is(device.event("context_surface_exported", 102).status, 0);
	assert.is(device.jobs.length, 0, "an export of a picture under way is finished, too");
});

test("a player that syncs keeps its pictures in flight", () => {
	const device = running();
	sync(device, 100);
	decode(device, { surface: 101, frameNum: 1 }, 1);
	device.event("context_surface_exported", 101);
	assert.is(device.jobs.length, 1);
	assert.is(device.waits, 0);
});

test("syncing a surface that was never decoded does not count as syncing", () => {
	const device = running();
	sync(device, 555);
	decode(device, { surface: 101, frameNum: 1 }, 1);
	assert.is(device.jobs.length, 0);
});

test("a decoder that never answers loses the context, with one sentence", () => {
	const device = running();
	device.answers = () => false;
	decode(device, { surface: 101, frameNum: 1 });
	const outcome = sync(device, 101);
	assert.is(outcome.status, c.VA_STATUS_ERROR_TIMEDOUT);
	assert.is(outcome.message, c.CORE_MESSAGE_DECODER_SILENT);
	assert.is(sync(device, 101).status, c.VA_STATUS_ERROR_DECODING_ERROR);
	assert.is(decode(device, { surface: 102, frameNum: 2 }).message, c.CORE_MESSAGE_CONTEXT_LOST);
	assert.is(device.event("context_destroy").status, 0);
	assert.equal(device.streaming, [false, false]);
});

test("a silent decoder is noticed by EndPicture when the slots run out", () => {
	const device = running();
	device.answers = () => false;
	let outcome = { status: 0, message: 0 };
	for (let i = 1; i < 20 && outcome.status === 0; i++)
		outcome = decode(device, { surface: 100 + i, frameNum: i % 16 });
	assert.is(outcome.status, c.VA_STATUS_ERROR_TIMEDOUT);
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

test("destroying a context whose decoder is silent takes as long as its patience, and stops the queues", () => {
	const device = running();
	device.answers = () => false;
	decode(device, { surface: 101, frameNum: 1 });
	assert.is(device.event("context_destroy").message, c.CORE_MESSAGE_DECODER_SILENT);
	assert.equal(device.streaming, [false, false]);
	assert.is(device.waits, 1);
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

test("calls in the wrong order get a status and a sentence", () => {
	const device = running();
	assert.is(device.event("context_end_picture", 0).message, c.CORE_MESSAGE_NO_PICTURE_OPEN);
	const player = new Player(plain, device);
	const { parameters, slice, data } = buffers({ surface: 1 });
	assert.is(player.slice(slice(), data).message, c.CORE_MESSAGE_NO_PICTURE_OPEN);
	assert.is(
		player.parameter(c.VAPictureParameterBufferType, parameters).message,
		c.CORE_MESSAGE_NO_PICTURE_OPEN,
	);
	device.event("context_begin_picture", 101);
	assert.is(player.slice(slice(), data).message, c.CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	device.event("context_end_picture", 0);
	device.event("context_begin_picture", 101);
	player.parameter(c.VAPictureParameterBufferType, parameters);
	assert.is(device.event("context_end_picture", 0).message, c.CORE_MESSAGE_NO_SLICES);
	assert.is(state(device, 101), c.CORE_SURFACE_FAILED);
	assert.is(decode(device, { surface: 102 }).status, 0);
});

test("an abandoned picture leaves nothing behind", () => {
	for (const sliceBased of [false, true]) {
		const device = running({ sliceBased });
		const { slice, data } = buffers({ surface: 101, frameNum: 1 });
		for (let i = 0; i < 50; i++) {
			const player = begun(device, { surface: 101, frameNum: 1 });
			for (let j = 0; j <= i % 3; j++) assert.is(player.slice(slice(), data).status, 0);
		}
		assert.is(decode(device, { surface: 102, frameNum: 1 }).status, 0);
		assert.is(sync(device, 102).status, 0);
		assert.is(sync(device, 101).status, c.VA_STATUS_ERROR_DECODING_ERROR);
	}
});

test("slices that lie outside their buffer are refused", () => {
	const device = running();
	const { slice, data } = buffers({ surface: 101, frameNum: 1 });
	for (const [slice_data_size, slice_data_offset, available] of [
		[0, 0, 100],
		[101, 0, 100],
		[100, 1, 100],
		[1, 100, 100],
		[0xffffffff, 1, 100],
		[100, 0xffffffff, 100],
	]) {
		const player = begun(device, { surface: 101, frameNum: 1 });
		const outcome = player.slice(slice({ slice_data_size, slice_data_offset }), data, available);
		assert.is(
			outcome.message,
			c.CORE_MESSAGE_BAD_SLICE_RANGE,
			`${slice_data_size}@${slice_data_offset} of ${available}`,
		);
		assert.is(device.event("context_end_picture", 0).status, c.VA_STATUS_ERROR_INVALID_PARAMETER);
	}
	assert.is(decode(device, { surface: 101, frameNum: 1 }).status, 0);
});

for (const options of [
	{ sliceBased: false, hold: true },
	{ sliceBased: false, hold: false },
	{ sliceBased: true, hold: true },
]) {
	const kind = `${options.sliceBased ? "slices" : "frames"}, ${options.hold ? "hold" : "no hold"}`;

	/** Frames, fields, growth and a change of size; every status that was not success. */
	const play = (device: Device): number[] => {
		const statuses = [device.create(profileHigh, 320, 256).status];
		if (statuses[0] !== 0) return statuses;
		const slices = options.sliceBased ? 3 : 2;
		statuses.push(decode(device, { surface: 1, slices }).status);
		statuses.push(decode(device, { surface: 2, frameNum: 1, slices, references: [1] }).status);
		statuses.push(decode(device, { surface: 3, frameNum: 2, field: "top" }).status);
		statuses.push(decode(device, { surface: 3, frameNum: 2, field: "bottom" }).status);
		statuses.push(decode(device, { surface: 4, frameNum: 3, bytes: 90000, slices }).status);
		statuses.push(decode(device, { surface: 5, width: 640, height: 480 }).status);
		for (let surface = 1; surface <= 5; surface++) statuses.push(sync(device, surface).status);
		return statuses;
	};

	test(`each step failing in turn ends in a status, and the context goes on or says it is lost (${kind})`, () => {
		const whole = new Device(options);
		assert.equal(
			play(whole).filter((status) => status !== 0),
			[],
		);
		let failures = 0;
		for (let nth = 0; nth < whole.log.length; nth++) {
			for (const error of [c.EINVAL, c.ENOMEM, c.EBUSY, c.EIO, c.ENODEV, c.EACCES, c.EXDEV]) {
				const device = new Device(options);
				device.fails = (_, i) => (i === nth ? error : 0);
				const statuses = play(device);
				const place = `step ${nth} (${whole.names()[nth]}) errno ${error}: ${statuses}`;
				assert.ok(
					statuses.some((status) => status !== 0),
					`${place}: a failure must be told`,
				);
				failures++;
				if (statuses[0] !== 0) continue;
				const next = decode(device, { surface: 9, width: 640, height: 480 });
				if (next.message === c.CORE_MESSAGE_CONTEXT_LOST) {
					assert.ok(
						error === c.ENODEV || nth < 3 || /FLUSH|STREAM|CLEAR/.test(whole.names()[nth]),
						`${place}: lost`,
					);
				} else {
					assert.is(next.status, 0, `${place}: the next picture`);
					assert.is(sync(device, 9).status, 0, `${place}: the next picture`);
					assert.is(
						device.completed.at(-1)?.bytes,
						options.sliceBased ? 100 : 103,
						`${place}: nothing of before in its buffer`,
					);
				}
				device.event("context_destroy");
				if (error !== c.ENODEV) assert.equal(device.streaming, [false, false], place);
			}
		}
		assert.ok(failures > 100);
	});
}

test.run();
