// SPDX-License-Identifier: MIT
// A player that decodes MPEG-2 on a device: VA's buffers as plain data, and what the device got for them.
import { constants as c } from "../../../../support/abi.ts";
import {
	Device,
	type DeviceOptions,
	decoderFacts,
	type Outcome,
	type Submission,
} from "../../../../unit/support/device.ts";
import { decode, encode, type Fields } from "../../../../unit/support/struct.ts";
import { Player } from "../../../h264/unit/support/h264.ts";

export const I = c.V4L2_MPEG2_PIC_CODING_TYPE_I;
export const P = c.V4L2_MPEG2_PIC_CODING_TYPE_P;
export const B = c.V4L2_MPEG2_PIC_CODING_TYPE_B;
export const TOP = c.V4L2_MPEG2_PIC_TOP_FIELD;
export const BOTTOM = c.V4L2_MPEG2_PIC_BOTTOM_FIELD;
export const FRAME = c.V4L2_MPEG2_PIC_FRAME;
export const NONE = c.VA_INVALID_SURFACE;

const structOf = new Map<number, string>([
	[c.V4L2_CID_STATELESS_MPEG2_SEQUENCE, "v4l2_ctrl_mpeg2_sequence"],
	[c.V4L2_CID_STATELESS_MPEG2_PICTURE, "v4l2_ctrl_mpeg2_picture"],
	[c.V4L2_CID_STATELESS_MPEG2_QUANTISATION, "v4l2_ctrl_mpeg2_quantisation"],
]);

/** VAPictureParameterBufferMPEG2 with its bits by their own names: f_code is [[forward], [backward]]. */
export interface Picture {
	width: number;
	height: number;
	forward: number;
	backward: number;
	type: number;
	fCode: number[][];
	intraDcPrecision: number;
	structure: number;
	topFieldFirst: number;
	framePredFrameDct: number;
	concealmentVectors: number;
	qScaleType: number;
	intraVlcFormat: number;
	alternateScan: number;
	repeatFirstField: number;
	progressiveFrame: number;
	isFirstField: number;
}

/** A progressive I picture. */
export const intra: Picture = {
	width: 352,
	height: 288,
	forward: NONE,
	backward: NONE,
	type: I,
	fCode: [
		[15, 15],
		[15, 15],
	],
	intraDcPrecision: 0,
	structure: FRAME,
	topFieldFirst: 0,
	framePredFrameDct: 1,
	concealmentVectors: 0,
	qScaleType: 0,
	intraVlcFormat: 0,
	alternateScan: 0,
	repeatFirstField: 0,
	progressiveFrame: 1,
	isFirstField: 1,
};

/** A P picture that refers to a surface. */
export const predicted = (forward: number, over: Partial<Picture> = {}): Picture => ({
	...intra,
	type: P,
	forward,
	fCode: [
		[2, 3],
		[15, 15],
	],
	...over,
});

/** A B picture between two surfaces. */
export const bidirectional = (forward: number, backward: number, over: Partial<Picture> = {}): Picture => ({
	...intra,
	type: B,
	forward,
	backward,
	fCode: [
		[2, 3],
		[4, 5],
	],
	...over,
});

/** What makes a picture a field of an interlaced frame. */
export const field = (structure: number, isFirstField: number): Partial<Picture> => ({
	structure,
	isFirstField,
	framePredFrameDct: 0,
	progressiveFrame: 0,
});

/** VAPictureParameterBufferMPEG2 as a player fills it. */
export function vaPicture(picture: Picture): Fields {
	const [[f00, f01], [f10, f11]] = picture.fCode;
	return {
		horizontal_size: picture.width,
		vertical_size: picture.height,
		forward_reference_picture: picture.forward,
		backward_reference_picture: picture.backward,
		picture_coding_type: picture.type,
		f_code: (f00 << 12) | (f01 << 8) | (f10 << 4) | f11,
		picture_coding_extension_intra_dc_precision: picture.intraDcPrecision,
		picture_coding_extension_picture_structure: picture.structure,
		picture_coding_extension_top_field_first: picture.topFieldFirst,
		picture_coding_extension_frame_pred_frame_dct: picture.framePredFrameDct,
		picture_coding_extension_concealment_motion_vectors: picture.concealmentVectors,
		picture_coding_extension_q_scale_type: picture.qScaleType,
		picture_coding_extension_intra_vlc_format: picture.intraVlcFormat,
		picture_coding_extension_alternate_scan: picture.alternateScan,
		picture_coding_extension_repeat_first_field: picture.repeatFirstField,
		picture_coding_extension_progressive_frame: picture.progressiveFrame,
		picture_coding_extension_is_first_field: picture.isFirstField,
	};
}

export interface Slice {
	/** slice_vertical_position, from 0. */
	row: number;
	bytes: Uint8Array;
}

/** A slice with its start code, of a frame of at most 2800 lines; what follows differs by row. */
export const slice = (row: number, payload: number[] = [0x2b, row, 0x5a, 0xc3]): Slice => ({
	row,
	bytes: Uint8Array.from([0, 0, 1, row + 1, ...payload]),
});

/** MPEG-2 with these controls over the usual ones. */
export function mpeg2Facts(options: DeviceOptions = {}, without: number[] = [], more: Fields[] = []): Fields {
	const facts = decoderFacts(options);
	const sizes: Record<string, number> = { sequence: 12, picture: 32, quantisation: 256 };
	const controls = [...structOf]
		.filter(([id]) => !without.includes(id))
		.map(([id, name]): Fields => ({ id, elem_size: sizes[name.split("_").at(-1) ?? ""], elems: 1 }))
		.concat(more);
	return {
		...facts,
		coded: [{ ...facts.coded[0], fourcc: c.V4L2_PIX_FMT_MPEG2_SLICE }],
		controls,
		control_count: controls.length,
	};
}

/** What a picture was given with, besides its parameters. */
export interface Given {
	matrix?: Fields;
	/** The matrices come before the picture parameters. */
	matrixFirst?: boolean;
	slices?: Slice[];
	/** Over what VASliceParameterBufferMPEG2 says of each slice. */
	sliceOver?: Fields;
}

/** The controls of a request, by the last word of their names. */
export interface Controls {
	sequence: Fields;
	picture: Fields;
	quantisation: Fields;
}

export class Mpeg2Player {
	readonly device: Device;
	readonly events: Player;

	constructor(options: DeviceOptions = {}, profile = c.VAProfileMPEG2Main, width = 352, height = 288) {
		this.device = new Device({ ...options, facts: options.facts ?? mpeg2Facts(options) });
		const { status } = this.device.create(profile, width, height);
		if (status !== 0) throw new Error(`vaCreateContext: status ${status}`);
		this.events = new Player(undefined, this.device);
	}

	/** From vaBeginPicture to vaEndPicture; the outcome is the first that is no success. */
	decode(surface: number, picture: Picture, given: Given = {}): Outcome {
		const { events } = this;
		const outcomes = [events.begin(surface)];
		const matrix = () => {
			if (given.matrix)
				outcomes.push(
					events.parameter(c.VAIQMatrixBufferType, encode("VAIQMatrixBufferMPEG2", given.matrix)),
				);
		};
		if (given.matrixFirst) matrix();
		outcomes.push(
			events.parameter(
				c.VAPictureParameterBufferType,
				encode("VAPictureParameterBufferMPEG2", vaPicture(picture)),
			),
		);
		if (!given.matrixFirst) matrix();
		for (const { row, bytes } of given.slices ?? [slice(0), slice(1)])
			outcomes.push(
				events.slice(
					encode("VASliceParameterBufferMPEG2", {
						slice_data_size: bytes.length,
						slice_data_flag: c.VA_SLICE_DATA_FLAG_ALL,
						slice_vertical_position: row,
						...given.sliceOver,
					}),
					bytes,
				),
			);
		outcomes.push(events.end());
		return outcomes.find(({ status }) => status !== 0) ?? outcomes[outcomes.length - 1];
	}

	/** Decodes, and returns what the device got for it; it is not done with it. */
	queue(surface: number, picture: Picture, given: Given = {}): Submission {
		const before = this.device.submissions.length;
		const { status, message, values } = this.decode(surface, picture, given);
		if (status !== 0) throw new Error(`status ${status}, message ${message} (${values})`);
		if (this.device.submissions.length !== before + 1)
			throw new Error(`${this.device.submissions.length - before} requests`);
		return this.device.submissions[before];
	}

	/** The same, and the device is done with it. */
	submit(surface: number, picture: Picture, given: Given = {}): Submission {
		const submission = this.queue(surface, picture, given);
		this.device.completeAll();
		return submission;
	}

	/** The controls of a picture. */
	controls(surface: number, picture: Picture, given: Given = {}): Controls {
		return controlsOf(this.submit(surface, picture, given));
	}
}

/** The controls of a submission as structs, by the last word of their names. Throws on one that MPEG-2 does not have. */
export function controlsOf(submission: Submission): Controls {
	const named = [...submission.rawControls].map(([id, bytes]) => {
		const name = structOf.get(id);
		if (!name) throw new Error(`control ${id}`);
		return [name.split("_").at(-1), decode(name, bytes)];
	});
	return Object.fromEntries(named);
}

/** The bytes of the OUTPUT buffer, of slices whose data buffers are these, in the order of its pieces. */
export function outputBytes(submission: Submission, slices: Slice[]): number[] {
	return submission.pieces.flatMap(({ prefix, offset, size }, i) => [
		...prefix,
		...slices[i].bytes.subarray(offset, offset + size),
	]);
}
