// SPDX-License-Identifier: MIT
// Pictures for the stand-in codec (test/unit/stand-in/codec.ts), and a decoder that has it.

import { Player } from "../../codecs/h264/unit/support/h264.ts";
import { constants as c } from "../../support/abi.ts";
import { Device, type DeviceOptions, decoderFacts, type Outcome, type Submission } from "./device.ts";
import type { Fields } from "./struct.ts";

/** Its profiles: of 8 or 10 bit; and one that needs a menu. As in test/unit/stand-in/rewrite.mjs. */
export const PROFILE = 900;
export const PROFILE_IN_MENU = 901;
export const CODED_FOURCC = 0x444e5453;
export const START_CODE_MENU = 0x1000;
export const PROFILE_MENU = 0x1001;
export const SEQUENCE_CONTROL = 0x1002;
export const PICTURE_CONTROL = 0x1003;

/** Optional: its value is the places of the slices. */
export const PLACES_CONTROL = 0x1004;

/** Of any size; the first of those on top. */
export const ARRAY_CONTROL = 0x1005;
export const MORE_CONTROLS = 0x1100;

/** The words of its picture parameters, in order. */
const PARAMETERS = {
	width: 320,
	height: 256,
	bitDepth: 8,
	sequenceReferences: 1,
	scalesReferences: 0,
	/** 0: the surface begun. */
	output: 0,
	hidden: 0,
	hasSequenceControl: 0,
	/** What its slices are refused with. */
	sliceStatus: 0,
	/** Bytes of its array control. */
	arraySize: 0,
	/** How many controls it has on top. */
	moreControls: 0,
	/** What it keeps in the codec memory of the surface. */
	remembered: 0,
	referenceCount: 0,
	reference: 0,
};
export type Parameters = typeof PARAMETERS;

/** The words of its PICTURE control. */
const TOLD = [
	"timestamp",
	"timestampHigh",
	"memory",
	"memoryEnd",
	"modes",
	"begun",
	"ended",
	"endedSubmitted",
] as const;

export interface Slice {
	/** Bytes of data. */
	size?: number;
	/** Bytes of linear memory in front of them. */
	prefix?: number;
	/** Bytes of them that are not for the device. */
	skip?: number;
}

const words = (list: number[]): Uint8Array => new Uint8Array(Uint32Array.from(list).buffer);

/** struct core_decoder of a device that has the codec, with these controls over its PICTURE control. */
export function standInFacts(options: DeviceOptions = {}, more: Fields[] = []): Fields {
	const facts = decoderFacts(options);
	const controls = [{ id: PICTURE_CONTROL, elem_size: 4, elems: 1 }, ...more];
	return {
		...facts,
		coded: [{ ...facts.coded[0], fourcc: CODED_FOURCC }],
		controls,
		control_count: controls.length,
	};
}

/** A context on such a device. */
export function standIn(options: DeviceOptions = {}, more: Fields[] = []): Device {
	const device = new Device({ ...options, facts: standInFacts(options, more) });
	const { status } = device.create(PROFILE, 320, 256);
	if (status !== 0) throw new Error(`vaCreateContext: status ${status}`);
	return device;
}

/** vaBeginPicture and the picture parameters; what follows is up to the test. */
export function openStandIn(device: Device, surface: number, given: Partial<Parameters> = {}) {
	const player = new Player(undefined, device);
	const parameters = words(Object.values({ ...PARAMETERS, ...given }));
	const outcomes = [player.begin(surface), player.parameter(c.VAPictureParameterBufferType, parameters)];
	const slice = ({ size = 100, prefix = 0, skip = 0 }: Slice = {}): Outcome => {
		const parameter = words([size, 0, c.VA_SLICE_DATA_FLAG_ALL, prefix, skip]);
		return player.slice(parameter, new Uint8Array(size).fill(7));
	};
	return { outcomes, slice, end: (exported = 0): Outcome => player.end(exported) };
}

/** One picture from begin to end; the outcome is the first that is no success. */
export function decodeStandIn(
	device: Device,
	surface: number,
	given: Partial<Parameters> = {},
	slices: Slice[] = [{}],
	exported = 0,
): Outcome {
	const { outcomes, slice, end } = openStandIn(device, surface, given);
	for (const each of slices) outcomes.push(slice(each));
	outcomes.push(end(exported));
	return outcomes.find(({ status }) => status !== 0) ?? outcomes[outcomes.length - 1];
}

/** A control of a request, as words. */
export function controlOf(submission: Submission | undefined, id: number): number[] | undefined {
	const bytes = submission?.rawControls.get(id);
	return bytes && [...new Uint32Array(bytes.slice().buffer)];
}

/** What a request says that the session told the codec. */
export function told(submission: Submission | undefined): Record<(typeof TOLD)[number], number> {
	const values = controlOf(submission, PICTURE_CONTROL);
	if (!values) throw new Error("the request has no PICTURE control");
	return Object.fromEntries(TOLD.map((name, i) => [name, values[i]])) as Record<
		(typeof TOLD)[number],
		number
	>;
}
