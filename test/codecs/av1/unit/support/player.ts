// SPDX-License-Identifier: MIT
// What players make of an AV1 stream: VA's buffers, as vaapi_av1.c of FFmpeg fills them, and the surfaces. And what a decoder keeps of
// what it was told: for each of its slots, the picture whose state is there (rockchip_av1_store_cdfs()).
import * as assert from "uvu/assert";
import { constants as c } from "../../../../support/abi.ts";
import {
	Device,
	type DeviceOptions,
	decoderFacts,
	type Outcome,
	type Submission,
} from "../../../../unit/support/device.ts";
import { decode, encode, type Fields, sizeOf } from "../../../../unit/support/struct.ts";
import { Player } from "../../../h264/unit/support/h264.ts";

/** A frame of a stream. */
export interface Frame {
	type: number;
	shown: boolean;
	/** refresh_frame_flags */
	refresh: number;
	/** ref_frame_idx */
	refIdx: number[];
	/** primary_ref_frame */
	primary: number;
	orderHint: number;
	/** Upscaled. */
	width: number;
	height: number;
	/** Bytes of each tile, in the order in which they come, each with its row and column. */
	tiles: { row: number; column: number; bytes: number }[];
	/** Film grain is added, in another surface. */
	grain: boolean;
	/** Over the picture parameters. */
	picture: Fields;
}

export const { V4L2_AV1_KEY_FRAME: KEY, V4L2_AV1_INTER_FRAME: INTER } = c;
export const { V4L2_AV1_INTRA_ONLY_FRAME: INTRA_ONLY, V4L2_AV1_SWITCH_FRAME: SWITCH } = c;

const plain: Frame = {
	type: INTER,
	shown: true,
	refresh: 1,
	refIdx: [0, 0, 0, 0, 0, 0, 0],
	primary: 0,
	orderHint: 0,
	width: 320,
	height: 240,
	tiles: [{ row: 0, column: 0, bytes: 100 }],
	grain: false,
	picture: {},
};

/** An inter frame with these, or a key frame if they say so. */
export function frameOf(over: Partial<Frame> = {}): Frame {
	const intra = over.type === KEY || over.type === INTRA_ONLY;
	const all = over.type === KEY && over.shown !== false ? { refresh: 0xff } : {};
	return { ...plain, ...(intra ? { primary: 7 } : {}), ...all, ...over };
}

/** AV1 with these controls; without: names of those that the device lacks. */
export function av1Facts(options: DeviceOptions = {}, without: string[] = [], more: Fields[] = []): Fields {
	const facts = decoderFacts(options);
	const controls = [
		...["SEQUENCE", "FRAME", "FILM_GRAIN"].map((name) => ({
			id: c[`V4L2_CID_STATELESS_AV1_${name}`],
			elem_size: sizeOf(`v4l2_ctrl_av1_${name.toLowerCase()}`),
			elems: 1,
		})),
		{ id: c.V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY, elem_size: 16, elems: 1, max_elems: 512 },
		...more,
	].filter(({ id }) => without.every((name) => id !== c[`V4L2_CID_STATELESS_AV1_${name}`]));
	return {
		...facts,
		coded: [{ ...facts.coded[0], fourcc: c.V4L2_PIX_FMT_AV1_FRAME }],
		controls,
		control_count: controls.length,
	};
}

/** A picture in a slot of the stream. */
export interface Reference {
	surface: number;
	timestamp: bigint;
	orderHint: number;
}

const IDENTITY = [0, 0, 1 << 16, 0, 0, 1 << 16, 0, 0];
const noGrain = (): Fields => ({ film_grain_info_fields_apply_grain: 0 });

/** VADecPictureParameterBufferAV1 of a frame, with the least that it must say. */
export function vaPicture(
	frame: Frame,
	surface: number,
	display: number,
	slots: (Reference | null)[],
): Fields {
	const allGone = frame.type === KEY && frame.shown;
	return {
		profile: 0,
		order_hint_bits_minus_1: 6,
		bit_depth_idx: 0,
		seq_info_fields_enable_order_hint: 1,
		seq_info_fields_subsampling_x: 1,
		seq_info_fields_subsampling_y: 1,
		seq_info_fields_film_grain_params_present: Number(frame.grain),
		current_frame: surface,
		current_display_picture: display,
		frame_width_minus1: frame.width - 1,
		frame_height_minus1: frame.height - 1,
		ref_frame_map: slots.map((each) => (allGone ? undefined : each?.surface) ?? c.VA_INVALID_SURFACE),
		ref_frame_idx: frame.refIdx,
		primary_ref_frame: frame.primary,
		order_hint: frame.orderHint,
		film_grain_info: frame.grain ? { film_grain_info_fields_apply_grain: 1 } : noGrain(),
		tile_cols: 1,
		tile_rows: 1,
		pic_info_fields_frame_type: frame.type,
		pic_info_fields_show_frame: Number(frame.shown),
		pic_info_fields_showable_frame: Number(!frame.shown),
		pic_info_fields_uniform_tile_spacing_flag: 1,
		superres_scale_denominator: 8,
		wm: new Array(7).fill(null).map(() => ({ wmtype: 0, wmmat: IDENTITY, invalid: 0 })),
		...frame.picture,
	};
}

/** What a device was told of a picture. */
export interface Told {
	submission: Submission;
	sequence: Fields;
	frame: Fields;
	tiles: Fields[];
	grain: Fields | null;
}

/** The controls of a request. */
export function told(submission: Submission): Told {
	const raw = (name: string) => submission.rawControls.get(c[`V4L2_CID_STATELESS_AV1_${name}`]);
	const entries = raw("TILE_GROUP_ENTRY") ?? new Uint8Array(0);
	const grain = raw("FILM_GRAIN");
	return {
		submission,
		sequence: decode("v4l2_ctrl_av1_sequence", raw("SEQUENCE") ?? new Uint8Array(0)),
		frame: decode("v4l2_ctrl_av1_frame", raw("FRAME") ?? new Uint8Array(0)),
		tiles: Array.from({ length: entries.length / 16 }, (_, i) =>
			decode("v4l2_ctrl_av1_tile_group_entry", entries.subarray(16 * i, 16 * (i + 1))),
		),
		grain: grain ? decode("v4l2_ctrl_av1_film_grain", grain) : null,
	};
}

/** Said also of pictures that are taken, and not decoded. */
const MISSING = c.CORE_MESSAGE_REFERENCES_MISSING;

/** What came of a frame: the requests, of which the last is its own. */
export interface Played {
	outcome: Outcome;
	requests: Told[];
}

/** A frame that has been played. */
interface Known {
	frame: Frame;
	reference: Reference;
	/** What the stream's slots held when it began. */
	slots: (Reference | null)[];
}

/** Plays a stream on a device, with as many surfaces as a player has. */
export class Av1Player {
	readonly device: Device;
	readonly events: Player;
	/** The stream's slots. */
	slots: (Reference | null)[] = new Array(8).fill(null);
	/** For each slot of the device, the timestamp of the picture whose state it keeps there. */
	kept: bigint[] = new Array(8).fill(0n);
	/** How many pictures were decoded twice. */
	twice = 0;
	/** How many were decoded when the next picture came. */
	late = 0;
	/** Asks for each picture before it goes on. */
	looks = true;
	/** Holds an export of each surface. */
	exported = false;
	/** How many surfaces take turns; the first that is free serves each picture otherwise. */
	surfaces = 1;
	private turn = 0;
	private last: Known | null = null;
	/** The last picture, while its request is not queued. */
	private deferred: Known | null = null;
	private seen = 0;

	constructor(options: DeviceOptions = {}, width = 320, height = 240) {
		this.device = new Device({ facts: av1Facts(options), ...options });
		const { status } = this.device.create(c.VAProfileAV1Profile0, width, height);
		assert.is(status, 0, "vaCreateContext");
		this.events = new Player(undefined, this.device);
	}

	/** A surface that holds no reference, from this number on. */
	freeSurface(from = 10): number {
		for (let surface = from; ; surface++)
			if (this.slots.every((each) => each?.surface !== surface)) return surface;
	}

	/** Plays a frame. edit: what is done to the buffers before they are sent. */
	play(over: Partial<Frame> = {}, edit: (picture: Fields, slices: Fields[]) => void = () => {}): Played {
		const frame = frameOf(over);
		const surface = this.freeSurface(10 + (this.turn++ % this.surfaces));
		const picture = vaPicture(
			frame,
			surface,
			frame.grain ? this.freeSurface(500 + surface) : surface,
			this.slots,
		);
		let offset = 0;
		const slices = frame.tiles.map(({ row, column, bytes }) => {
			const slice = {
				slice_data_size: bytes,
				slice_data_offset: offset,
				slice_data_flag: c.VA_SLICE_DATA_FLAG_ALL,
				tile_row: row,
				tile_column: column,
			};
			offset += bytes + 4;
			return slice;
		});
		edit(picture, slices);
		const outcome = this.send(surface, picture, slices, offset);
		if (outcome.status === 0 && this.looks) this.device.ask(surface);
		const requests = this.submitted();
		if (outcome.status === 0 && outcome.message !== MISSING) this.follow(frame, surface, [...requests]);
		return { outcome, requests };
	}

	/** The player asks for the last picture. */
	look(): void {
		if (this.last) this.device.ask(this.last.reference.surface);
		const requests = this.submitted();
		if (this.deferred && requests.length > 0) this.first(this.deferred, requests.shift());
		assert.is(requests.length, 0);
	}

	/** The device fails the first step of this kind; told: which it is, where more than the kind matters. */
	failOnce(op: string, error: number, told: (step: Fields) => boolean = () => true): void {
		this.device.fails = (step) => {
			if (step.op !== op || !told(step)) return 0;
			this.device.fails = () => 0;
			return error;
		};
	}

	/** What was played so far counts no more; from here on the player asks for each picture. */
	forget(): void {
		this.submitted();
		this.looks = true;
		this.last = this.deferred = null;
		this.slots.fill(null);
		this.kept.fill(0n);
		this.twice = this.late = 0;
	}

	/** What was submitted since this was asked last. */
	private submitted(): Told[] {
		const requests = this.device.submissions.slice(this.seen).map(told);
		this.seen = this.device.submissions.length;
		return requests;
	}

	/** The same of a frame that must be decoded; returns what the device was told of it. */
	told(over: Partial<Frame> = {}, edit?: (picture: Fields, slices: Fields[]) => void): Told {
		const { outcome, requests } = this.play(over, edit);
		assert.equal([outcome.status, outcome.message], [0, 0]);
		return requests[requests.length - 1];
	}

	/** What the device and the stream hold after it; and that both meant the same. */
	private follow(frame: Frame, surface: number, requests: Told[]): void {
		if (this.deferred) {
			this.late++;
			this.first(this.deferred, requests.shift());
		} else if (this.last && requests[0]?.submission.timestamp === this.last.reference.timestamp) {
			this.twice++;
			this.keep(requests.shift() as Told);
		}
		const reference = { surface, timestamp: 0n, orderHint: frame.orderHint };
		this.last = { frame, reference, slots: [...this.slots] };
		if (requests.length === 0 && !this.looks) this.deferred = this.last;
		else this.first(this.last, requests.shift());
		assert.is(requests.length, 0);
		for (let i = 0; i < 8; i++) if ((frame.refresh >> i) & 1) this.slots[i] = reference;
	}

	/** The first request of a picture. */
	private first(known: Known, request: Told | undefined): void {
		assert.ok(request, "a picture that was not submitted");
		if (this.deferred === known) this.deferred = null;
		known.reference.timestamp = request.submission.timestamp;
		assert.is(request.submission.pieces.length, known.frame.tiles.length, "what the OUTPUT buffer holds");
		if (known.frame.type === INTER || known.frame.type === SWITCH) this.compare(known, request);
		this.keep(request);
	}

	private keep({ submission, frame }: Told): void {
		for (let i = 0; i < 8; i++)
			if ((frame.refresh_frame_flags >> i) & 1) this.kept[i] = submission.timestamp;
	}

	/** Each reference, by the slots of the device: its picture, its order hint, and its state. */
	private compare({ frame: { refIdx }, slots }: Known, { frame }: Told): void {
		for (const [i, place] of refIdx.entries()) {
			const reference = slots[place];
			const slot = frame.ref_frame_idx[i];
			const where = `reference ${i}`;
			assert.is(frame.reference_frame_ts[slot], reference?.timestamp, where);
			assert.is(this.kept[slot], reference?.timestamp, `${where}: state`);
			assert.is(frame.order_hints[i + 1], reference?.orderHint, `${where}: order hint`);
		}
		// What hantro finds no more among the timestamps it forgets (rockchip_vpu981_av1_dec_clean_refs()).
		for (const each of slots)
			if (each && each.timestamp !== 0n)
				assert.ok(frame.reference_frame_ts.includes(each.timestamp), "a picture that the stream has");
	}

	private send(surface: number, picture: Fields, slices: Fields[], bytes: number): Outcome {
		const data = new Uint8Array(bytes);
		const outcomes = [
			this.events.begin(surface),
			this.events.parameter(
				c.VAPictureParameterBufferType,
				encode("VADecPictureParameterBufferAV1", picture, this.device.options.pointers),
			),
			...slices.map((slice) =>
				this.events.slice(encode("VASliceParameterBufferAV1", slice), data, bytes),
			),
			this.events.end(Number(this.exported)),
		];
		return (
			outcomes.find(({ status, message }) => status !== 0 || message === MISSING) ??
			outcomes[outcomes.length - 1]
		);
	}
}
