// SPDX-License-Identifier: MIT
// What goes wrong: players in disorder, flagged pictures, silent devices, steps that fail.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Player, plain, profileHigh } from "../codecs/h264/unit/support/h264.ts";
import { constants as c } from "../support/abi.ts";
import { Device } from "./support/device.ts";
import {
	assertBad,
	begun,
	buffers,
	decode,
	firstReference,
	of,
	running,
	state,
	sync,
} from "./support/session.ts";
import type { Fields } from "./support/struct.ts";

const test = suite("failures");

test("a picture that the device flags is reported as bad, later ones are not", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	decode(device, { surface: 102, frameNum: 2 });
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	const { status, message } = sync(device, 101);
	assert.equal([status, message], [0, c.CORE_MESSAGE_PICTURE_FLAGGED], "it is there to be shown");
	assert.is(state(device, 101), c.CORE_SURFACE_DAMAGED);
	assert.is(sync(device, 102).status, 0);
	assert.is(decode(device, { surface: 101, frameNum: 3 }).status, 0);
	assert.is(sync(device, 101).status, 0);
	assert.is(state(device, 101), c.CORE_SURFACE_READY, "a surface recovers with its next picture");
});

test("in a strict context, a bad picture fails what waits for it", () => {
	const device = running({ strict: true });
	decode(device, { surface: 101, frameNum: 1 });
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	begun(device, { surface: 102, frameNum: 2 });
	assert.is.not(device.event("context_end_picture", 0).status, 0, "it has no slices");
	for (const surface of [101, 102])
		assert.is(sync(device, surface).status, c.VA_STATUS_ERROR_DECODING_ERROR);
	assert.is(decode(device, { surface: 101, frameNum: 2 }).status, 0);
	assert.is(sync(device, 101).status, 0);
});

test("the glue is told of each bad picture once, and not while a new one is put together in its surface", () => {
	const told = (device: Device): number => device.core.call("context_damaged_surface");
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	decode(device, { surface: 102, frameNum: 2 });
	decode(device, { surface: 103, frameNum: 3 });
	assert.is(told(device), c.CORE_NONE);
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	assert.equal([told(device), told(device)], [101, c.CORE_NONE]);
	begun(device, { surface: 102, frameNum: 4 });
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	assert.is(told(device), c.CORE_NONE);
	assert.is.not(device.event("context_end_picture", 0).status, 0);
	assert.equal([told(device), told(device)], [102, c.CORE_NONE]);
	assert.is(state(device, 102), c.CORE_SURFACE_MISSING);
	device.core.call("context_forget_surface", 103);
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	assert.is(told(device), c.CORE_NONE, "nobody can ask for a surface that is gone");
});

test("a second field does not cure the first", () => {
	for (const hold of [true, false]) {
		const device = running({ hold });
		decode(device, { surface: 101, frameNum: 1, field: "top" });
		device.complete(c.V4L2_BUF_FLAG_ERROR);
		decode(device, { surface: 101, frameNum: 1, field: "bottom" });
		device.completeAll();
		assertBad(device, 101);
	}
});

test("a picture without a surface is taken, said, and not decoded", () => {
	const device = running();
	const player = new Player(plain, device);
	const { parameters, slice, data } = buffers({ surface: 101, frameNum: 1 });
	decode(device, { surface: 101, frameNum: 1 });
	const { status, message } = player.begin(c.CORE_NONE);
	assert.equal([status, message], [0, c.CORE_MESSAGE_NO_SURFACE]);
	for (let i = 0; i < 2; i++) {
		assert.is(player.parameter(c.VAPictureParameterBufferType, parameters).status, 0);
		assert.is(player.slice(slice(), data).status, 0);
	}
	assert.is(player.end().status, 0);
	player.begin(c.CORE_NONE);
	assert.is(device.submissions.length, 2);
	assert.is(decode(device, { surface: 102, frameNum: 2 }).status, 0);
	for (const surface of [101, 102]) assert.is(sync(device, surface).status, 0);
	assert.is(player.end().message, c.CORE_MESSAGE_NO_PICTURE_OPEN);
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

test("a held buffer that could not be released is released by the next who wants it", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1, field: "top" });
	device.completeAll();
	device.fails = (step) => (step.op === "FLUSH" && of(device, "FLUSH").length === 1 ? c.EINVAL : 0);
	assert.is.not(decode(device, { surface: 101, frameNum: 2, field: "top" }).status, 0);
	assert.is(sync(device, 101).status, 0);
	assert.is(of(device, "FLUSH").length, 2);
	assert.is(of(device, "STREAM_OFF").length, 0, "the decoder is not started again");
	assert.is(decode(device, { surface: 101, frameNum: 2, field: "top" }).status, 0);
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
		assertBad(device, 101);
	}
});

test("a field that the device never got has no second field", () => {
	const device = running();
	begun(device, { surface: 101, frameNum: 1, field: "top" });
	assert.is.not(device.event("context_end_picture", 0).status, 0, "it has no slices");
	assert.is(decode(device, { surface: 101, frameNum: 1, field: "bottom" }).status, 0);
	assert.ok(device.submissions.at(-1)?.hold, "it waits for the other field itself");
});

test("a slice that fails spoils its picture", () => {
	const device = running({ sliceBased: true });
	decode(device, { surface: 101, frameNum: 1, slices: 3 });
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	assertBad(device, 101);
});

/** The device answers all waits but these, counted from 0. */
function silentIn(device: Device, ...waits: number[]): void {
	let nth = 0;
	device.answers = () => !waits.includes(nth++) && device.complete();
}

test("a decoder that does not answer is started again, and the film goes on", () => {
	for (const sliceBased of [false, true]) {
		const device = running({ sliceBased });
		silentIn(device, 0);
		decode(device, { surface: 101, frameNum: 1, slices: 2 });
		decode(device, { surface: 102, frameNum: 2, slices: 2 });
		const { status, message, values } = sync(device, 101);
		assert.equal([status, message, values[0]], [0, c.CORE_MESSAGE_DECODER_RESTARTED, 3000]);
		assert.is(device.patience, 3000);
		for (const surface of [101, 102]) assert.is(state(device, surface), c.CORE_SURFACE_MISSING);
		assert.equal([sync(device, 101).message, sync(device, 102).message], [0, 0], "said once");
		assert.equal(device.streaming, [true, true]);
		assert.is(decode(device, { surface: 103, frameNum: 3, references: [100], slices: 2 }).status, 0);
		assert.is(sync(device, 103).status, 0);
		assert.is(state(device, 103), c.CORE_SURFACE_READY);
		assert.ok((firstReference(device) ?? 0n) > 0n, "what was decoded before is a reference still");
	}
});

test("a picture that is put together while the decoder is started again goes on", () => {
	for (const options of [{}, { hold: false }, { sliceBased: true, outputBuffers: 2 }]) {
		const device = running(options);
		const field = options.hold === false ? ("top" as const) : undefined;
		decode(device, { surface: 101, frameNum: 1, field });
		silentIn(device, 0);
		if (field) {
			// The second field waits for the first.
			assert.is(decode(device, { surface: 101, frameNum: 1, field: "bottom" }).status, 0);
			assertBad(device, 101);
			continue;
		}
		// The surface's earlier picture, or a slot, is waited for.
		assert.is(decode(device, { surface: 101, frameNum: 2, slices: 4 }).status, 0);
		assert.is(of(device, "STREAM_OFF").length, 2);
		device.answers = () => device.complete();
		assert.is(sync(device, 101).status, 0);
		assert.is(
			device.completed.at(-1)?.pieces.length,
			options.sliceBased ? 1 : 4,
			"what it had so far is there",
		);
	}
});

test("slices that a silent decoder had are missing in the picture that goes on", () => {
	const device = running({ sliceBased: true, outputBuffers: 2 });
	silentIn(device, 0);
	assert.is(decode(device, { surface: 101, frameNum: 1, slices: 4 }).status, 0);
	assertBad(device, 101);
	assert.is(decode(device, { surface: 102, frameNum: 2, slices: 4 }).status, 0);
	assert.is(sync(device, 102).status, 0);
	assert.is(state(device, 102), c.CORE_SURFACE_READY);
});

test("a decoder that answers in between may be silent again; one that does not loses the context, with one sentence", () => {
	const device = running();
	silentIn(device, 0, 2, 3);
	for (const [n, expected] of [
		[1, c.CORE_MESSAGE_DECODER_RESTARTED],
		[2, c.CORE_MESSAGE_NONE],
		[3, c.CORE_MESSAGE_DECODER_RESTARTED],
	]) {
		assert.is(decode(device, { surface: 100 + n, frameNum: n }).status, 0);
		const { status, message } = sync(device, 100 + n);
		assert.equal([status, message], [0, expected]);
	}
	assert.is(decode(device, { surface: 104, frameNum: 4 }).status, 0);
	const { status, message } = sync(device, 104);
	assert.equal([status, message], [c.VA_STATUS_ERROR_TIMEDOUT, c.CORE_MESSAGE_DECODER_SILENT]);
	assert.is(sync(device, 104).status, c.VA_STATUS_ERROR_DECODING_ERROR);
	assert.is(state(device, 104), c.CORE_SURFACE_LOST);
	for (const surface of [101, 102])
		assert.is(sync(device, surface).status, 0, "what came before the end is there");
	assert.is(decode(device, { surface: 102, frameNum: 2 }).message, c.CORE_MESSAGE_CONTEXT_LOST);
	assert.is(device.event("context_destroy").status, 0);
	assert.equal(device.streaming, [false, false]);
});

test("a decoder that cannot be started again loses the context", () => {
	for (const [op, nth] of [
		["STREAM_OFF", 0],
		["STREAM_OFF", 1],
		["STREAM_ON", 0],
		["STREAM_ON", 1],
	] as const) {
		const device = running();
		let count = 0;
		silentIn(device, 0);
		decode(device, { surface: 101, frameNum: 1 });
		device.fails = (step) => (step.op === op && count++ === nth ? c.EINVAL : 0);
		assert.is(sync(device, 101).status, c.VA_STATUS_ERROR_OPERATION_FAILED);
		assert.is(decode(device, { surface: 102, frameNum: 2 }).message, c.CORE_MESSAGE_CONTEXT_LOST);
	}
});

test("a silent decoder is noticed by EndPicture when the slots run out", () => {
	const device = running();
	device.answers = () => false;
	let outcome = { status: 0, message: 0 };
	for (let i = 1; i < 30 && outcome.status === 0; i++)
		outcome = decode(device, { surface: 100 + i, frameNum: i % 16 });
	assert.equal(
		[outcome.status, outcome.message],
		[c.VA_STATUS_ERROR_TIMEDOUT, c.CORE_MESSAGE_DECODER_SILENT],
	);
	assert.is(of(device, "STREAM_ON").length, 2, "it was started again once");
});

test("destroying a context whose decoder is silent takes as long as its patience, and stops the queues", () => {
	const device = running();
	device.answers = () => false;
	decode(device, { surface: 101, frameNum: 1 });
	assert.is(device.event("context_destroy").message, c.CORE_MESSAGE_DECODER_SILENT);
	assert.equal(device.streaming, [false, false]);
	assert.is(device.waits, 1);
});

test("a slot that cannot be emptied is not used before it is", () => {
	const queued = (op: string) => (step: Fields) => step.op === op || step.op === "CLEAR_SLOT";
	for (const fails of ["SET_CONTROLS", "QUEUE_OUTPUT", "QUEUE_CAPTURE", "QUEUE_REQUEST"].map(queued)) {
		const device = running();
		const [{ bytes }] = device.submissions;
		device.fails = (step) => (fails(step) ? c.EIO : 0);
		const { status, message, values } = decode(device, { surface: 101, frameNum: 1 });
		assert.equal([status, message], [c.VA_STATUS_ERROR_OPERATION_FAILED, c.CORE_MESSAGE_STEP_FAILED]);
		assert.equal(values, [c.CORE_OP_CLEAR_SLOT, c.EIO]);
		const [{ slot }] = of(device, "CLEAR_SLOT");
		device.fails = () => 0;
		device.log.length = 0;
		const next = decode(device, { surface: 102, frameNum: 1 });
		// Where the device may have a part of the picture, the context is lost.
		if (next.status === 0) {
			assert.equal([device.log[0].op, device.log[0].slot], ["CLEAR_SLOT", slot]);
			assert.is(device.submissions.at(-1)?.bytes, bytes);
		} else {
			assert.is(device.log.length, 0, "nothing more is asked of the device");
		}
	}
	// A picture that is given up with a slice in its slot: the slot is emptied before the next picture.
	const device = running();
	const { slice, data } = buffers({ surface: 101, frameNum: 1 });
	begun(device, { surface: 101, frameNum: 1 }).slice(slice(), data);
	device.fails = (step) => (step.op === "CLEAR_SLOT" ? c.EIO : 0);
	assert.is(device.event("context_begin_picture", 102).message, c.CORE_MESSAGE_STEP_FAILED);
	device.fails = () => 0;
	assert.is(decode(device, { surface: 102, frameNum: 1 }).status, 0);
	assert.is(device.submissions.at(-1)?.bytes, device.submissions[0].bytes);
});

test("of a picture that could not be moved to a larger buffer nothing is left in either", () => {
	const device = running({ outputLength: 150 });
	device.fails = ({ op }) => (op === "MOVE_SLOT" ? c.EIO : 0);
	assert.is(decode(device, { surface: 101, frameNum: 1, slices: 2 }).message, c.CORE_MESSAGE_STEP_FAILED);
	const [moved] = of(device, "MOVE_SLOT");
	device.fails = () => 0;
	const submitted = device.submissions.length;
	// Pictures of one slice alone, whichever of the two it is.
	for (let i = 0; i < 12; i++) {
		assert.is(decode(device, { surface: 103 + i, frameNum: 1 }).status, 0);
		device.completeAll();
	}
	const cleared = of(device, "CLEAR_SLOT").map(({ slot }) => slot);
	assert.equal(cleared.sort(), [moved.slot, moved.index].sort());
	for (const { bytes } of device.submissions.slice(submitted))
		assert.is(bytes, device.submissions[0].bytes);
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
	assert.is(device.event("context_end_picture", 0).message, c.CORE_MESSAGE_NO_PICTURE_OPEN);
	assert.is(state(device, 101), c.CORE_SURFACE_MISSING);
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
		assertBad(device, 101);
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

test("that a picture was flagged is said once, whichever buffer had the flag", () => {
	const { V4L2_BUF_FLAG_ERROR: flag } = c;
	for (const [output, capture] of [
		[flag, 0],
		[0, flag],
		[flag, flag],
	]) {
		const device = running();
		decode(device, { surface: 101, frameNum: 1 });
		const [{ slot, index }] = device.jobs;
		device.core.call("context_output_done", slot, output);
		device.core.call("context_capture_done", index, capture);
		const said = [sync(device, 101), sync(device, 101)].map(({ status, message }) => [status, message]);
		assert.equal(said, [
			[0, c.CORE_MESSAGE_PICTURE_FLAGGED],
			[0, c.CORE_MESSAGE_NONE],
		]);
	}
});

test("a picture is done with the last of its buffers, whichever queue is asked first", () => {
	const { V4L2_BUF_FLAG_ERROR: flag } = c;
	const device = running({ sliceBased: true });
	decode(device, { surface: 101, frameNum: 1, slices: 2 });
	const [first, last] = device.jobs.splice(0);
	device.core.call("context_capture_done", first.index, 0);
	device.core.call("context_output_done", first.slot, 0);
	assert.is(state(device, 101), c.CORE_SURFACE_PENDING, "its second slice may have failed");
	device.core.call("context_output_done", last.slot, flag);
	assertBad(device, 101);
});

test("a picture is bad where its copy failed before its last OUTPUT buffer came", () => {
	const device = running({ sliceBased: true });
	decode(device, { surface: 101, frameNum: 1 });
	const [job] = device.jobs.splice(0);
	device.core.call("context_capture_done", job.index, 0);
	device.core.call("context_copy_failed", 101);
	assert.is(state(device, 101), c.CORE_SURFACE_PENDING);
	device.core.call("context_output_done", job.slot, 0);
	assertBad(device, 101);
});

test("what was flagged of a destroyed surface is not said of another", () => {
	const device = running();
	decode(device, { surface: 101, frameNum: 1 });
	device.complete(c.V4L2_BUF_FLAG_ERROR);
	device.core.call("context_forget_surface", 101);
	device.event("context_begin_picture", 102);
	device.event("context_end_picture", 0);
	const { status, message } = sync(device, 102);
	assert.equal([status, message, state(device, 102)], [0, c.CORE_MESSAGE_NONE, c.CORE_SURFACE_MISSING]);
});

test("each errno has its status and its sentence", () => {
	const failed = c.VA_STATUS_ERROR_OPERATION_FAILED;
	const capture = c.CORE_OP_QUEUE_CAPTURE;
	const cases: [op: string, error: number, status: number, message: number, values: number[]][] = [
		[
			"QUEUE_CAPTURE",
			c.EXDEV,
			c.VA_STATUS_ERROR_INVALID_SURFACE,
			c.CORE_MESSAGE_SURFACE_MEMORY,
			[101, 0],
		],
		[
			"QUEUE_CAPTURE",
			c.ENOMEM,
			c.VA_STATUS_ERROR_ALLOCATION_FAILED,
			c.CORE_MESSAGE_NO_MEMORY,
			[capture, 0],
		],
		[
			"QUEUE_CAPTURE",
			c.EMFILE,
			c.VA_STATUS_ERROR_ALLOCATION_FAILED,
			c.CORE_MESSAGE_NO_DESCRIPTORS,
			[capture, 0],
		],
		["APPEND", c.ENODEV, failed, c.CORE_MESSAGE_DEVICE_GONE, [0, 0]],
		["QUEUE_REQUEST", c.ENXIO, failed, c.CORE_MESSAGE_DEVICE_GONE, [0, 0]],
	];
	for (const op of ["APPEND", "SET_CONTROLS", "QUEUE_OUTPUT", "QUEUE_REQUEST"])
		cases.push([op, c.EXDEV, failed, c.CORE_MESSAGE_STEP_FAILED, [c[`CORE_OP_${op}`], c.EXDEV]]);
	for (const [op, error, ...expected] of cases) {
		const device = running();
		device.fails = (step) => (step.op === op ? error : 0);
		const { status, message, values } = decode(device, { surface: 101, frameNum: 1 });
		assert.equal([op, status, message, values], [op, ...expected]);
		const gone = error === c.ENODEV || error === c.ENXIO;
		if (op !== "APPEND")
			assert.is(state(device, 101), gone ? c.CORE_SURFACE_LOST : c.CORE_SURFACE_MISSING, op);
		device.fails = () => 0;
		const next = decode(device, { surface: 102, frameNum: 1 });
		assert.is(next.message, gone ? c.CORE_MESSAGE_CONTEXT_LOST : c.CORE_MESSAGE_NONE, op);
	}
});

test("a surface that is destroyed before the end of its picture leaves nothing behind when a step fails", () => {
	for (const options of [{}, { hold: false }, { sliceBased: true }]) {
		for (const op of ["SET_CONTROLS", "QUEUE_OUTPUT", "QUEUE_CAPTURE", "QUEUE_REQUEST"]) {
			const device = running(options);
			const { slice, data } = buffers({ surface: 101, frameNum: 1 });
			const player = begun(device, { surface: 101, frameNum: 1 });
			assert.is(player.slice(slice(), data).status, 0);
			device.core.call("context_forget_surface", 101);
			device.fails = (step) => (step.op === op ? c.ENOMEM : 0);
			assert.is.not(player.end().status, 0);
			device.fails = () => 0;
			assert.is(state(device, 101), c.CORE_SURFACE_UNKNOWN);
			for (let i = 0; i < 40; i++)
				assert.is(decode(device, { surface: 200 + i, frameNum: 1 + (i % 15) }).status, 0, op);
			device.completeAll();
			const waits = device.waits;
			assert.is(device.event("context_destroy").status, 0);
			assert.is(device.waits, waits, "nothing is in flight");
		}
	}
});

/** What has another way (session-memory.test.ts), or is tried again (session-formats.test.ts). */
function heals({ op, queue, count }: Fields, error: number): boolean {
	if (error === c.EBUSY) return op === "STREAM_ON" || (op === "REQUEST_BUFFERS" && count > 0);
	const capture = op === "REQUEST_BUFFERS" && queue === c.CORE_QUEUE_CAPTURE && count > 0;
	return op === "QUEUE_CAPTURE" ? error === c.EXDEV || error === c.EINVAL : capture && error === c.EINVAL;
}

test("failures use no buffers up", () => {
	for (const op of ["APPEND", "SET_CONTROLS", "QUEUE_OUTPUT", "QUEUE_CAPTURE", "QUEUE_REQUEST"]) {
		const device = running();
		device.fails = (step) => (step.op === op ? c.EIO : 0);
		for (let i = 1; i <= 40; i++)
			assert.is.not(decode(device, { surface: 100 + i, frameNum: i % 16 }).status, 0);
		device.fails = () => 0;
		for (let i = 1; i <= 5; i++) assert.is(decode(device, { surface: 200 + i, frameNum: i }).status, 0);
		assert.is(device.waits, 0, op);
	}
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
				assert.is(
					statuses.some((status) => status !== 0),
					!heals(whole.log[nth], error),
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
						`${place}: nothing of earlier pictures in its buffer`,
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
