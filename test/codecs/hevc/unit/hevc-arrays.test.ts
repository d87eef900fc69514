// SPDX-License-Identifier: MIT
// Arrays of controls with an element for each slice: as many as the device takes, set once at their largest before the first picture,
// and of one length in all pictures that the device has at a time (rkvdec_hevc_run_preamble() takes the length set last).
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { type Fields, sizeOf } from "../../../unit/support/struct.ts";
import { intra, plain, predicted, type Slice } from "./support/hevc.ts";
import { controlsOf, type HevcDevice, HevcPlayer } from "./support/player.ts";

const element = sizeOf("v4l2_ctrl_hevc_slice_params");
const large = { ...plain, width: 1920, height: 1088, log2Ctb: 4 };

/** A picture of so many slices. */
const slices = (count: number, first: Slice = intra): Slice[] =>
	Array.from({ length: count }, (_, i) => ({ ...first, address: i }));

/** Whether a step sets SLICE_PARAMS outside a request. */
const isPreset = ({ op, slot, controls }: Fields): boolean =>
	op === "SET_CONTROLS" && slot === c.CORE_NONE && controls.some(isSliceParams);
const isSliceParams = ({ id }: Fields): boolean => id === c.V4L2_CID_STATELESS_HEVC_SLICE_PARAMS;

/** How many bytes such steps set. */
function presets(player: HevcPlayer): number[] {
	const steps = player.device.log.filter(isPreset);
	return steps.map(({ controls }) => controls.find(isSliceParams).bytes.length);
}

test("the largest array is set once, before buffers and pictures", () => {
	const player = new HevcPlayer(large);
	player.submit(slices(2));
	player.submit(slices(7, { ...intra, nalType: 21 }));
	assert.equal(presets(player), [600 * element]);
	const preset = player.device.log.findIndex(isPreset);
	assert.ok(preset >= 0 && preset < player.device.names().indexOf("REQUEST_BUFFERS"));
});

test("of a device that takes fewer, so many; none where it takes one, or none", () => {
	const set = (options: HevcDevice) => {
		const player = new HevcPlayer(large, options);
		player.submit(slices(1));
		return presets(player);
	};
	assert.equal(set({ slices: 16 }), [16 * element]);
	assert.equal(set({ slices: 5000 }), [600 * element]);
	assert.equal(set({ sliceBased: true, slices: 1 }), []);
	assert.equal(set({ slices: 0 }), []);
});

test("600 slices in one request", () => {
	const { slices: found } = new HevcPlayer(large).controls(slices(600));
	assert.is(found?.length, 600);
	assert.equal(
		found?.map(({ slice_segment_addr: at }) => at),
		Array.from({ length: 600 }, (_, i) => i),
	);
	const { status, message, values } = new HevcPlayer(large).decode(slices(601));
	assert.is.not(status, 0);
	assert.is(message, c.CORE_MESSAGE_TOO_MANY_ELEMENTS);
	assert.equal(values, [601, 600]);
});

test("more than the device takes is refused", () => {
	const { status, message, values } = new HevcPlayer(large, { slices: 16 }).decode(slices(17));
	assert.is(status, c.VA_STATUS_ERROR_UNIMPLEMENTED);
	assert.is(message, c.CORE_MESSAGE_TOO_MANY_ELEMENTS);
	assert.equal(values, [17, 16]);
	assert.is(new HevcPlayer(large, { slices: 16 }).decode(slices(16)).status, 0);
	const sets = { ...large, wavefront: true };
	const points = new Array(20).fill(9);
	const entry = new HevcPlayer(sets, { entryPoints: 16 }).decode([{ ...intra, entryPoints: points }]);
	assert.equal(entry.values, [20, 16]);
	// who has no such control gets none
	assert.is(new HevcPlayer(sets, { entryPoints: 0 }).decode([{ ...intra, entryPoints: points }]).status, 0);
});

test("pictures of as many slices are under way together, those of others wait", () => {
	const player = new HevcPlayer(large);
	const picture = (poc: number, count: number) => slices(count, poc === 0 ? intra : predicted(poc));
	for (let poc = 0; poc < 4; poc++) player.queue(picture(poc, 2));
	assert.is(player.device.jobs.length, 4);
	player.queue(picture(4, 3));
	assert.is(player.device.jobs.length, 1, "the device has nothing else");
	player.queue(picture(5, 3));
	assert.is(player.device.jobs.length, 2);
	player.queue(picture(6, 1));
	assert.is(player.device.jobs.length, 1);
});

test("a device without arrays, or one that gets slices, waits for nothing", () => {
	const player = new HevcPlayer(large, { slices: 0, entryPoints: 0 });
	for (let poc = 0; poc < 4; poc++) player.queue(slices(poc + 1, poc === 0 ? intra : predicted(poc)));
	assert.is(player.device.jobs.length, 4);
	const sets = { ...large, wavefront: true };
	const sliced = new HevcPlayer(sets, { sliceBased: true, slices: 1 });
	sliced.queue([
		{ ...intra, entryPoints: [3, 4] },
		{ ...intra, address: 5 },
	]);
	assert.is(sliced.device.jobs.length, 2);
	assert.equal(
		sliced.device.submissions.map((each) => controlsOf(each).entryPoints),
		[[3, 4], undefined],
	);
});

// What hevc_d_h265.c of the Raspberry Pi's Linux asks for: the SPS before CAPTURE has a format, all slices of a picture in one request, no
// start codes, and sizes and places counted from the begin of OUTPUT.
test("rpi-hevc-dec finds each slice by bit_size and data_byte_offset", () => {
	const options = { annexB: false, entryPoints: 0, captureFourcc: c.V4L2_PIX_FMT_NV12_COL128 };
	const player = new HevcPlayer(large, options);
	player.device.captureFormat = { bytesperline: [1632], sizeimage: [1920 * 1632] };
	player.queue(slices(5));
	const { log, submissions } = player.device;
	const sps = log.findIndex(({ controls }) =>
		controls?.some(({ id }: Fields) => id === c.V4L2_CID_STATELESS_HEVC_SPS),
	);
	const format = log.findIndex((step) => step.op === "SET_FORMAT" && step.queue === c.CORE_QUEUE_CAPTURE);
	assert.ok(sps >= 0 && sps < format);
	assert.is(log[format].fourcc, c.V4L2_PIX_FMT_NV12_COL128);
	assert.is(submissions.length, 1);
	const [{ pieces }] = submissions;
	assert.ok(pieces.every(({ prefix }) => prefix.length === 0));
	let begin = 0;
	for (const [i, params] of (controlsOf(submissions[0]).slices ?? []).entries()) {
		const end = begin + pieces[i].size;
		assert.is(params.slice_segment_addr, i);
		assert.is(params.bit_size, 8 * end);
		assert.ok(params.data_byte_offset > begin && params.data_byte_offset < end);
		begin = end;
	}
	assert.is(pieces.length, 5);
});

test.run();
