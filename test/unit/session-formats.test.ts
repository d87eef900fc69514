// SPDX-License-Identifier: MIT
// Formats and buffers: settled from the stream, changed with it, grown for what does not fit.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { profileHigh, profileHigh10 } from "../codecs/h264/unit/support/h264.ts";
import { constants as c } from "../support/abi.ts";
import { Device, decoderFacts } from "./support/device.ts";
import {
	assertLost,
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
import { type Fields, LINEAR, sizeOf } from "./support/struct.ts";

const test = suite("formats");
const SUBMISSION = ["SET_CONTROLS", "QUEUE_OUTPUT", "QUEUE_CAPTURE", "QUEUE_REQUEST"];

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
	assert.is(sync(device, 101).status, 0, "the picture before the change is good");
	decode(device, { surface: 201, width: 640, height: 480, frameNum: 2, references: [[101, 1]] });
	assert.is(firstReference(device), 0n, "but no reference any more");
	decode(device, { surface: 202, width: 640, height: 480, frameNum: 2, references: [100] });
	assert.is(firstReference(device), 0n, "nor is any other");
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
	assert.equal(decode(device, { surface: 101, width: 4096, height: 2304 }), outcome, "each time");
	assertLost(device, 101);
	assert.is(decode(device, { surface: 102 }).status, 0);
	assert.is(sync(device, 102).status, 0);
});

test("a device that gives another CAPTURE format is refused", () => {
	const device = opened();
	device.captureFormat = { fourcc: c.V4L2_PIX_FMT_NV16 };
	const outcome = decode(device, { surface: 1 });
	assert.is(outcome.status, c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assertLost(device, 1);
	assert.is(outcome.message, c.CORE_MESSAGE_CAPTURE_FORMAT);
	assert.equal(outcome.values, [c.V4L2_PIX_FMT_NV12, c.V4L2_PIX_FMT_NV16]);
	device.captureFormat = {};
	assert.is(decode(device, { surface: 2, width: 640, height: 480 }).status, 0);
	const widths = of(device, "SET_FORMAT").map(({ width }) => width);
	assert.equal(widths.slice(-2), [640, 640], "the next one starts over");
});

test("ten bits are decoded to P010 where the device offers it, else refused", () => {
	const deep = new Device({ tenBit: true });
	assert.is(deep.create(profileHigh10, 320, 256).status, 0);
	assert.is(decode(deep, { surface: 1, depth: 10 }).status, 0);
	assert.is(of(deep, "SET_FORMAT").at(-1)?.fourcc, c.V4L2_PIX_FMT_P010);
	const outcome = decode(opened(), { surface: 1, depth: 10 });
	assert.is(outcome.status, c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assert.is(outcome.message, c.CORE_MESSAGE_FORMAT_NOT_SUPPORTED);
	const device = running();
	for (const surface of [101, 102]) {
		assert.equal(decode(device, { surface, depth: 10 }), outcome, "each time");
		assertLost(device, surface);
	}
});

test("a sequence that the device refuses is refused by its format, and the next one is taken", () => {
	const device = opened();
	const refuses = (step: Fields) =>
		step.op === "SET_CONTROLS" && step.slot === c.CORE_NONE ? c.EINVAL : 0;
	device.fails = refuses;
	const outcome = decode(device, { surface: 1, monochrome: true });
	assert.is(outcome.status, c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	assertLost(device, 1);
	assert.is(outcome.message, c.CORE_MESSAGE_FORMAT_NOT_SUPPORTED);
	assert.equal(outcome.values, [8, 0]);
	const usual = decode(device, { surface: 1 });
	assert.is(usual.message, c.CORE_MESSAGE_STEP_FAILED, "4:2:0 of 8 bit cannot be the cause");
	assert.equal(usual.values, [c.CORE_OP_SET_CONTROLS, c.EINVAL]);
	device.fails = (step) => (refuses(step) ? c.EIO : 0);
	assert.is(decode(device, { surface: 1, monochrome: true }).message, c.CORE_MESSAGE_STEP_FAILED);
	device.fails = () => 0;
	assert.is(decode(device, { surface: 1, monochrome: true }).status, 0);
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

test("slices larger than any buffer are refused before anything is asked of the device", () => {
	const device = running();
	const steps = device.log.length;
	for (const bytes of [c.CORE_MAX_BUFFER_SIZE, 0xffffffff]) {
		const player = begun(device, { surface: 501, frameNum: 1 });
		const { slice, data } = buffers({ surface: 501, frameNum: 1 });
		const { status, message } = player.slice(slice({ slice_data_size: bytes }), data, bytes);
		assert.equal(
			[status, message],
			[c.VA_STATUS_ERROR_NOT_ENOUGH_BUFFER, c.CORE_MESSAGE_PICTURE_TOO_LARGE],
		);
		device.event("context_end_picture", 0);
	}
	assert.is(device.log.length, steps);
	const player = begun(device, { surface: 501, frameNum: 1 });
	const { slice, data } = buffers({ surface: 501, frameNum: 1 });
	const most = c.CORE_MAX_BUFFER_SIZE - 3;
	assert.is(player.slice(slice({ slice_data_size: most }), data, most).status, 0);
	assert.is(of(device, "CREATE_BUFFERS").at(-1)?.size, c.CORE_MAX_BUFFER_SIZE);
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

test("surfaces get the layout that the device gave, and the way to more such memory", () => {
	const device = new Device({ align: 64 });
	device.core.giveStruct("core_decoder", decoderFacts({}, 3));
	device.event("context_create", profileHigh, 320, 256);
	assert.is(decode(device, { surface: 1, width: 336, height: 272 }).status, 0);
	const [{ layout, allocation }] = of(device, "USE_LAYOUT");
	assert.equal(layout, {
		fourcc: c.VA_FOURCC_NV12,
		width: 336,
		height: 272,
		plane_count: 2,
		pitches: [384, 384, 0],
		offsets: [0, 384 * 320, 0],
		...LINEAR,
		most_width: 384,
		most_height: 320,
		exportable: 1,
		size: 384 * 320 * 1.5,
	});
	const { control_address, ...rest } = allocation;
	assert.equal(rest, {
		decoder: 3,
		coded_fourcc: c.V4L2_PIX_FMT_H264_SLICE,
		width: 336,
		height: 272,
		capture_fourcc: c.V4L2_PIX_FMT_NV12,
		control_id: c.V4L2_CID_STATELESS_H264_SPS,
		control_size: sizeOf("v4l2_ctrl_h264_sps"),
		sources: [
			c.CORE_SOURCE_CONTIGUOUS_HEAP,
			c.CORE_SOURCE_DECODER,
			c.CORE_SOURCE_SYSTEM_HEAP,
			c.CORE_SOURCE_UDMABUF,
		],
		ask_format: 0,
		assumed: {
			fourcc: c.V4L2_PIX_FMT_NV12,
			width: 384,
			height: 320,
			plane_count: 1,
			bytesperline: [384, 0],
			sizeimage: [384 * 320 * 1.5, 0],
		},
	});
	const sequence = device.core.struct("v4l2_ctrl_h264_sps", control_address);
	assert.equal(sequence, device.settings.v4l2_ctrl_h264_sps);
});

test("OUTPUT buffers have 128 bytes a macroblock, twice as many above 8 bit, and 64 KiB at least", () => {
	const asked = (width: number, height: number, options = {}, profile = profileHigh): unknown[] => {
		const device = new Device(options);
		device.create(profile, width, height);
		const { queue, size } = device.log[0];
		return [queue, size];
	};
	assert.equal(asked(320, 256), [c.CORE_QUEUE_OUTPUT, 65536]);
	assert.equal(asked(1920, 1080), [c.CORE_QUEUE_OUTPUT, 120 * 68 * 128]);
	assert.equal(asked(1921, 1073), [c.CORE_QUEUE_OUTPUT, 1056768], "121 x 68, in whole pages");
	assert.equal(asked(1920, 1072), [c.CORE_QUEUE_OUTPUT, 1032192], "120 x 67");
	assert.equal(asked(1920, 1088, { tenBit: true }, profileHigh10), [c.CORE_QUEUE_OUTPUT, 120 * 68 * 256]);
	const device = opened({ tenBit: true });
	decode(device, { surface: 1, width: 1920, height: 1088 });
	decode(device, { surface: 2, width: 1920, height: 1088, depth: 10 });
	const sizes = of(device, "SET_FORMAT").filter(({ queue }) => queue === c.CORE_QUEUE_OUTPUT);
	assert.equal(
		sizes.map(({ size }) => size),
		[65536, 120 * 68 * 128, 120 * 68 * 256],
	);
});

test("modes are set where the device has a menu for them", () => {
	const chosen = (facts: Fields): unknown[] => {
		const device = new Device();
		device.core.giveStruct("core_decoder", facts);
		assert.is(device.event("context_create", profileHigh, 320, 256).status, 0);
		return of(device, "SET_CONTROLS").map(({ controls }) => [controls[0].id, controls[0].bytes[0]]);
	};
	const { V4L2_CID_STATELESS_H264_DECODE_MODE: mode, V4L2_CID_STATELESS_H264_START_CODE: code } = c;
	assert.equal(chosen(decoderFacts({ sliceBased: true, annexB: true })), [
		[mode, 0],
		[code, 1],
	]);
	assert.equal(chosen(decoderFacts({ sliceBased: false, annexB: false })), [
		[mode, 1],
		[code, 0],
	]);
	const facts = decoderFacts();
	const controls = facts.controls.filter(({ id }: Fields) => id !== mode && id !== code);
	assert.equal(chosen({ ...facts, controls, control_count: controls.length }), []);
});

test("a device that shrinks the picture, or has another coded format after all, is refused", () => {
	for (const answer of [{ width: 304 }, { height: 240 }, { fourcc: c.V4L2_PIX_FMT_NV12 }]) {
		const device = opened();
		device.outputFormat = answer;
		const { status, message, values } = decode(device, { surface: 1 });
		assert.equal(
			[status, message, values],
			[c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, c.CORE_MESSAGE_SIZE_NOT_SUPPORTED, [320, 256]],
		);
		device.outputFormat = {};
		assert.is(decode(device, { surface: 2 }).status, 0, "the next one starts over");
	}
});

test("a device that has no buffers to give is out of memory, until it has", () => {
	for (const queue of ["outputBuffers", "captureBuffers"] as const) {
		const device = opened({ [queue]: 0 });
		const { status, message, values } = decode(device, { surface: 1 });
		assert.equal(
			[status, message, values[0]],
			[c.VA_STATUS_ERROR_ALLOCATION_FAILED, c.CORE_MESSAGE_NO_MEMORY, c.CORE_OP_REQUEST_BUFFERS],
		);
		device.options[queue] = 4;
		assert.is(decode(device, { surface: 2 }).status, 0);
		assert.is(sync(device, 2).status, 0);
	}
});

test("a picture with more references than the device has buffers is refused, the next one is not", () => {
	for (const sliceBased of [false, true]) {
		const device = running({ captureBuffers: 2, sliceBased });
		decode(device, { surface: 101, frameNum: 1, references: [100] });
		device.completeAll();
		const third = { surface: 102, frameNum: 2, slices: 2 };
		const { status, message } = decode(device, { ...third, references: [100, [101, 1]] });
		assert.equal(
			[status, message],
			[c.VA_STATUS_ERROR_ALLOCATION_FAILED, c.CORE_MESSAGE_TOO_MANY_REFERENCES],
		);
		assertLost(device, 102);
		assert.is(decode(device, { ...third, references: [[101, 1]] }).status, 0);
		assert.is(firstReference(device), 2000n);
		assert.is(sync(device, 102).status, 0);
	}
});

test("a device that is busy for a moment is asked again", () => {
	for (const [op, place] of [
		["REQUEST_BUFFERS", 0],
		["REQUEST_BUFFERS", 1],
		["STREAM_ON", 0],
		["STREAM_ON", 1],
	] as const) {
		for (const sliceBased of [false, true]) {
			const device = opened({ sliceBased });
			let nth = 0;
			let busy = 40;
			device.fails = (step) => (step.op === op && nth++ >= place && busy-- > 0 ? c.EBUSY : 0);
			const { status, message } = decode(device, { surface: 101, slices: 2 });
			assert.equal([status, message, device.pauses], [0, 0, 40], `${op} ${place}`);
			device.completeAll();
			assert.is(sync(device, 101).status, 0);
			assert.is(state(device, 101), c.CORE_SURFACE_READY);
			const pieces = device.completed.flatMap((job) => job.pieces);
			assert.equal(
				pieces.map(({ size }) => size > 0),
				[true, true],
				"each slice once",
			);
		}
	}
});

test("a device that stays busy fails the picture, and the next one asks anew", () => {
	for (const op of ["REQUEST_BUFFERS", "STREAM_ON"]) {
		const device = opened();
		device.fails = (step) => (step.op === op && (op === "STREAM_ON" || step.count > 0) ? c.EBUSY : 0);
		const { status, message, values } = decode(device, { surface: 101 });
		assert.equal(
			[status, message, values[1], device.pauses],
			[c.VA_STATUS_ERROR_OPERATION_FAILED, c.CORE_MESSAGE_STEP_FAILED, c.EBUSY, 40],
		);
		device.fails = () => 0;
		assert.is(decode(device, { surface: 102 }).status, 0);
		device.completeAll();
		assert.is(state(device, 102), c.CORE_SURFACE_READY);
	}
});

test.run();
