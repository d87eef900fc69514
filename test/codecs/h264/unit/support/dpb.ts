// SPDX-License-Identifier: MIT
// Players in a state of interest, and the decoded picture buffer they submit, in short.
import * as assert from "uvu/assert";
import { constants } from "../../../../support/abi.ts";
import type { Submission } from "../../../../unit/support/device.ts";
import type { Fields } from "../../../../unit/support/struct.ts";
import { intra, type Picture, Player, plain, predicted, type Reference, type Slice } from "./h264.ts";

export const c = constants;
export const VALID = c.V4L2_H264_DPB_ENTRY_FLAG_VALID;
export const ACTIVE = c.V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
export const LONG = c.V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
export const FIELD = c.V4L2_H264_DPB_ENTRY_FLAG_FIELD;
export const TOP = c.V4L2_H264_TOP_FIELD_REF;
export const BOTTOM = c.V4L2_H264_BOTTOM_FIELD_REF;
export const FRAME = c.V4L2_H264_FRAME_REF;
export const nonExisting = 0x20;

/** The entries in use, in short: [timestamp, pic_num, frame_num, fields, top, bottom, flags]. */
export function entries(controls: Record<string, Fields>): unknown[][] {
	const { dpb } = controls.v4l2_ctrl_h264_decode_params;
	const used = dpb.filter(({ flags }: Fields) => flags !== 0);
	assert.equal(
		dpb
			.slice(used.length)
			.map((entry: Fields) => JSON.stringify({ ...entry, reference_ts: Number(entry.reference_ts) })),
		dpb.slice(used.length).map(() => JSON.stringify({ ...unused })),
		"unused entries are all zero, and behind the others",
	);
	return used.map((e: Fields) => [
		Number(e.reference_ts),
		e.pic_num | 0,
		e.frame_num,
		e.fields,
		e.top_field_order_cnt,
		e.bottom_field_order_cnt,
		e.flags,
	]);
}

export const unused = {
	reference_ts: 0,
	pic_num: 0,
	frame_num: 0,
	fields: 0,
	reserved: [0, 0, 0, 0, 0],
	top_field_order_cnt: 0,
	bottom_field_order_cnt: 0,
	flags: 0,
};

/** A player that has decoded frames 0, 1, ... to surfaces 10, 11, ...: their timestamps are 1000, 2000, ... */
export function after(count: number, sets = plain): Player {
	const player = new Player(sets);
	for (let i = 0; i < count; i++) {
		const slice = i === 0 ? intra : { ...predicted, frameNum: i % (1 << sets.log2MaxFrameNum) };
		player.submit([slice], { surface: 10 + i, top: 2 * i, bottom: 2 * i });
	}
	return player;
}

/** A short-term reference of this frame_num on a surface of its own: 10 more; picture order counts are twice that number. */
export function short(frame: number, over: Partial<Reference> = {}): Reference {
	return { surface: 10 + frame, frame, top: 2 * frame, bottom: 2 * frame, ...over };
}

/** The DPB entries of the controls that a P picture on surface 40 gets, with these references in VA's order. */
export function dpb(
	player: Player,
	slice: Partial<Slice>,
	references: (Reference | null)[],
	given: Partial<Picture> = {},
): unknown[][] {
	return entries(player.controls([{ ...predicted, ...slice }], { surface: 40, references, ...given }));
}

/** Decodes a frame as two fields to one surface. */
export function pair(
	player: Player,
	surface: number,
	frameNum: number,
	first: "top" | "bottom",
	over: Partial<Slice> = {},
	references: Reference[] = [],
): Submission[] {
	const second = first === "top" ? "bottom" : "top";
	const base: Slice = frameNum === 0 ? intra : { ...predicted, frameNum };
	const poc = 4 * frameNum;
	const own: Reference = { surface, frame: frameNum, field: first, top: poc, bottom: poc + 1 };
	return [
		...player.submit([{ ...base, field: first, ...over }], { surface, top: poc, bottom: 0, references }),
		...player.submit([{ ...predicted, field: second, frameNum, ...over }], {
			surface,
			top: first === "top" ? 0 : poc,
			bottom: poc + 1,
			references: [own, ...references],
		}),
	];
}

/** Submits an intra picture and then P pictures, of frame_num 0, 1, and so on, on the surfaces of short(). */
export function frames(count: number): (player: Player) => void {
	return (player) => {
		for (let i = 0; i < count; i++)
			player.submit([i === 0 ? intra : { ...predicted, frameNum: i }], { surface: 10 + i });
	};
}

/** Both reference lists of the first slice, as the driver submits them to a slice-based decoder. `before` may submit pictures first. */
export function lists(
	slices: Slice[],
	given: Partial<Picture>,
	sets = plain,
	before?: (player: Player) => void,
): { fields: number; index: number }[][] {
	const player = new Player(sets, { sliceBased: true });
	before?.(player);
	const params = player.submit(slices, given)[0].controls.v4l2_ctrl_h264_slice_params;
	return [params.ref_pic_list0, params.ref_pic_list1];
}

export const none = { fields: 0, index: 0xff };
