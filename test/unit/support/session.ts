// SPDX-License-Identifier: MIT
// The smallest pictures that exercise the session: intra slices of one kind, as many and as large as a test says.
import * as assert from "uvu/assert";
import {
	filled,
	intra,
	type ParameterSets,
	type Picture,
	Player,
	picture,
	plain,
	profileHigh,
	type Slice,
	vaPicture,
	vaSlice,
	writeSlice,
} from "../../codecs/h264/unit/support/h264.ts";
import { constants as c } from "../../support/abi.ts";
import { Device, type DeviceOptions, type Outcome } from "./device.ts";
import { encode, type Fields } from "./struct.ts";

export interface Shown {
	surface: number;
	width?: number;
	height?: number;
	depth?: number;
	/** 4:0:0 */
	monochrome?: boolean;
	/** num_ref_frames */
	refFrames?: number;
	frameNum?: number;
	idr?: boolean;
	field?: "top" | "bottom";
	/** Surfaces of frame_num 0, or surfaces with their frame_num. */
	references?: (number | [surface: number, frameNum: number])[];
	/** Of one slice's data. */
	bytes?: number;
	slices?: number;
}

function described(shown: Shown): { sets: ParameterSets; slice: Slice; given: Picture } {
	const { width = 320, height = 256, depth = 8, frameNum = 0, field, references = [] } = shown;
	const { surface, idr = frameNum === 0, bytes = 100, refFrames = plain.numRefFrames } = shown;
	return {
		sets: {
			...plain,
			widthInMbs: width / 16,
			heightInMbs: height / 16,
			bitDepth: depth,
			chromaFormat: shown.monochrome ? 0 : plain.chromaFormat,
			numRefFrames: refFrames,
			frameMbsOnly: !field,
		},
		slice: { ...intra, idr, frameNum, field: field ?? "frame" },
		given: {
			...picture,
			surface,
			bytes,
			references: references.map((each) => {
				const [name, frame = 0] = [each].flat();
				return { surface: name, frame };
			}),
		},
	};
}

/** The first outcome that is no success, or the last. */
export function decode(device: Device, shown: Shown, exported = 0): Outcome {
	const { sets, slice, given } = described(shown);
	return new Player(sets, device).decode(new Array(shown.slices ?? 1).fill(slice), given, exported);
}

/** The buffers of such a picture: its parameters, the parameters of a slice (with these fields), the slice's data. */
export function buffers(shown: Shown) {
	const { sets, slice, given } = described(shown);
	const written = filled(writeSlice(sets, slice), given.bytes);
	return {
		parameters: encode("VAPictureParameterBufferH264", vaPicture(sets, slice, given)),
		slice: (over: Fields = {}) =>
			encode("VASliceParameterBufferH264", vaSlice(slice, written, undefined, over)),
		data: written.nal,
	};
}

/** A player whose next picture has its parameters, and no slice yet. */
export function begun(device: Device, shown: Shown): Player {
	const player = new Player(plain, device);
	player.begin(shown.surface);
	player.parameter(c.VAPictureParameterBufferType, buffers(shown).parameters);
	return player;
}

/** A context that has decoded nothing. */
export function opened(options: DeviceOptions = {}, width = 320, height = 256): Device {
	const device = new Device(options);
	assert.is(device.create(profileHigh, width, height).status, c.VA_STATUS_SUCCESS);
	return device;
}

/** A context that has decoded its first picture, into surface 100. */
export function running(options: DeviceOptions = {}): Device {
	const device = opened(options);
	assert.is(decode(device, { surface: 100 }).status, c.VA_STATUS_SUCCESS);
	device.completeAll();
	device.log.length = 0;
	return device;
}

/** The steps of one operation. */
export function of(device: Device, op: string): Fields[] {
	return device.log.filter((step) => step.op === op);
}

/** CORE_SURFACE_* */
export function state(device: Device, surface: number): number {
	return device.core.call("context_surface_state", surface);
}

/** The picture will never come, and a call that waits for it says so. */
export function assertLost(device: Device, surface: number): void {
	assert.is(sync(device, surface).status, c.VA_STATUS_ERROR_DECODING_ERROR);
	assert.is(state(device, surface), c.CORE_SURFACE_LOST);
}

/** The picture is damaged or missing, and a call that waits for it succeeds. */
export function assertBad(device: Device, surface: number): void {
	assert.is(sync(device, surface).status, 0);
	assert.ok([c.CORE_SURFACE_DAMAGED, c.CORE_SURFACE_MISSING].includes(state(device, surface)));
}

/** Waits for a surface, as vaSyncSurface does. */
export function sync(device: Device, surface: number): Outcome {
	return device.event("context_sync_surface", surface);
}

/** reference_ts of the first DPB entry of the picture submitted last. */
export function firstReference(device: Device): bigint | undefined {
	return device.submissions.at(-1)?.controls.v4l2_ctrl_h264_decode_params.dpb[0].reference_ts;
}
