// SPDX-License-Identifier: MIT
// H.264 streams for tests: parameter sets as plain data, the slice headers that follow from them (7.3.3), and the VA
// buffers a player makes of both.

import { escaped } from "../../../../../fixtures/rbsp.ts";
import { constants } from "../../../../support/abi.ts";
import { BitWriter } from "../../../../unit/support/bit-writer.ts";
import {
	Device,
	type DeviceOptions,
	type Outcome,
	type Submission,
} from "../../../../unit/support/device.ts";
import { encode, type Fields, sizeOf } from "../../../../unit/support/struct.ts";

export const P = 0;
export const B = 1;
export const I = 2;
export const SP = 3;
export const SI = 4;

export const profileConstrainedBaseline = constants.VAProfileH264ConstrainedBaseline;
export const profileMain = constants.VAProfileH264Main;
export const profileHigh = constants.VAProfileH264High;
export const profileHigh10 = constants.VAProfileH264High10;

export interface ParameterSets {
	widthInMbs: number;
	/** Of the frame. */
	heightInMbs: number;
	bitDepth: number;
	chromaFormat: number;
	frameMbsOnly: boolean;
	mbaff: boolean;
	log2MaxFrameNum: number;
	orderCountType: number;
	log2MaxOrderCountLsb: number;
	deltaAlwaysZero: boolean;
	numRefFrames: number;
	ppsId: number;
	cabac: boolean;
	bottomOrderPresent: boolean;
	weightedPred: boolean;
	weightedBipred: number;
	deblockingControl: boolean;
	redundantPicCnt: boolean;
	transform8x8: boolean;
}

export const plain: ParameterSets = {
	widthInMbs: 20,
	heightInMbs: 16,
	bitDepth: 8,
	chromaFormat: 1,
	frameMbsOnly: true,
	mbaff: false,
	log2MaxFrameNum: 4,
	orderCountType: 0,
	log2MaxOrderCountLsb: 4,
	deltaAlwaysZero: false,
	numRefFrames: 4,
	ppsId: 0,
	cabac: false,
	bottomOrderPresent: false,
	weightedPred: false,
	weightedBipred: 0,
	deblockingControl: false,
	redundantPicCnt: false,
	transform8x8: false,
};

export const interlaced: ParameterSets = { ...plain, frameMbsOnly: false, cabac: true };

export interface Weights {
	luma: [number, number] | null;
	chroma: [number, number, number, number] | null;
}

/** One slice header; [operation, argument...] in marking and modifications. */
export interface Slice {
	nalRefIdc: number;
	idr: boolean;
	firstMb: number;
	/** 0..9 */
	type: number;
	ppsId?: number;
	frameNum: number;
	field: "frame" | "top" | "bottom";
	idrPicId: number;
	orderCountLsb: number;
	deltaBottom: number;
	delta: [number, number];
	redundant: number;
	spatialDirect: boolean;
	/** Active counts; written only when `override`. */
	active: [number, number];
	override: boolean;
	modifications: [number[][] | null, number[][] | null];
	denominators: [number, number];
	weights: [Weights[], Weights[]];
	marking: number[][] | null;
	cabacInit: number;
	qpDelta: number;
	qsDelta: number;
	spForSwitch: boolean;
	deblocking: number;
	alpha: number;
	beta: number;
}

export const intra: Slice = {
	nalRefIdc: 3,
	idr: true,
	firstMb: 0,
	type: I,
	frameNum: 0,
	field: "frame",
	idrPicId: 0,
	orderCountLsb: 0,
	deltaBottom: 0,
	delta: [0, 0],
	redundant: 0,
	spatialDirect: false,
	active: [1, 1],
	override: true,
	modifications: [null, null],
	denominators: [0, 0],
	weights: [[], []],
	marking: null,
	cabacInit: 0,
	qpDelta: 0,
	qsDelta: 0,
	spForSwitch: false,
	deblocking: 0,
	alpha: 0,
	beta: 0,
};

/** A reference picture with predicted slices. */
export const predicted: Slice = { ...intra, idr: false, type: P, nalRefIdc: 2 };

/** What the writer knows of the header it wrote. */
export interface Written {
	nal: Uint8Array;
	headerBits: number;
	orderCountBits: number;
	markingBits: number;
}

/**
 * A slice as a NAL unit without start code; `payload` stands for its data. Lengths of its header are in bits, without emulation
 * prevention.
 */
export function writeSlice(sets: ParameterSets, slice: Slice, payload: number[] = [0x5a, 0xc3]): Written {
	const type = slice.type % 5;
	const w = new BitWriter();
	w.flag(0)
		.u(2, slice.nalRefIdc)
		.u(5, slice.idr ? 5 : 1);
	w.ue(slice.firstMb)
		.ue(slice.type)
		.ue(slice.ppsId ?? sets.ppsId)
		.u(sets.log2MaxFrameNum, slice.frameNum);
	if (!sets.frameMbsOnly) {
		w.flag(slice.field !== "frame");
		if (slice.field !== "frame") w.flag(slice.field === "bottom");
	}
	if (slice.idr) w.ue(slice.idrPicId);
	let start = w.length;
	const both = sets.bottomOrderPresent && slice.field === "frame";
	if (sets.orderCountType === 0) {
		w.u(sets.log2MaxOrderCountLsb, slice.orderCountLsb);
		if (both) w.se(slice.deltaBottom);
	}
	if (sets.orderCountType === 1 && !sets.deltaAlwaysZero) {
		w.se(slice.delta[0]);
		if (both) w.se(slice.delta[1]);
	}
	const orderCountBits = w.length - start;
	if (sets.redundantPicCnt) w.ue(slice.redundant);
	if (type === B) w.flag(slice.spatialDirect);
	if (type === P || type === SP || type === B) {
		w.flag(slice.override);
		if (slice.override) {
			w.ue(slice.active[0] - 1);
			if (type === B) w.ue(slice.active[1] - 1);
		}
	}
	const lists = type === B ? 2 : type === P || type === SP ? 1 : 0;
	for (let list = 0; list < lists; list++) {
		const modifications = slice.modifications[list];
		w.flag(modifications !== null);
		for (const [operation, argument] of modifications ?? []) w.ue(operation).ue(argument);
		if (modifications) w.ue(3);
	}
	if ((sets.weightedPred && (type === P || type === SP)) || (sets.weightedBipred === 1 && type === B)) {
		w.ue(slice.denominators[0]);
		if (sets.chromaFormat !== 0) w.ue(slice.denominators[1]);
		for (let list = 0; list < lists; list++) {
			for (let i = 0; i < slice.active[list]; i++) {
				const { luma, chroma } = slice.weights[list][i] ?? { luma: null, chroma: null };
				w.flag(luma !== null);
				for (const value of luma ?? []) w.se(value);
				if (sets.chromaFormat === 0) continue;
				w.flag(chroma !== null);
				for (const value of chroma ?? []) w.se(value);
			}
		}
	}
	start = w.length;
	if (slice.nalRefIdc !== 0) {
		if (slice.idr) w.flag(0).flag(0);
		else {
			w.flag(slice.marking !== null);
			for (const [operation, ...args] of slice.marking ?? []) {
				w.ue(operation);
				for (const argument of args) w.ue(argument);
			}
			if (slice.marking) w.ue(0);
		}
	}
	const markingBits = w.length - start;
	if (sets.cabac && type !== I && type !== SI) w.ue(slice.cabacInit);
	w.se(slice.qpDelta);
	if (type === SP) w.flag(slice.spForSwitch);
	if (type === SP || type === SI) w.se(slice.qsDelta);
	if (sets.deblockingControl) {
		w.ue(slice.deblocking);
		if (slice.deblocking !== 1) w.se(slice.alpha).se(slice.beta);
	}
	const headerBits = w.length;
	for (const byte of payload) w.u(8, byte);
	return { nal: escaped(w.bytes(1)), headerBits, orderCountBits, markingBits };
}

/** With slice data up to this size. */
export function filled(written: Written, size: number): Written {
	const nal = new Uint8Array(Math.max(size, written.nal.length)).fill(0x55);
	nal.set(written.nal);
	return { ...written, nal };
}

// ---- what a player makes of it ------------------------------------------------------------------------

export interface Reference {
	surface: number;
	frame: number;
	long?: boolean;
	/** Fields marked as used for reference; both when left out. */
	field?: "top" | "bottom";
	top?: number;
	bottom?: number;
	/** Flags over these. */
	flags?: number;
}

export const absent: Fields = {
	picture_id: constants.VA_INVALID_SURFACE,
	flags: constants.VA_PICTURE_H264_INVALID,
};

/** An entry of VA's lists; null is one that is not there. */
export function vaReference(reference: Reference | null): Fields {
	if (!reference) return absent;
	let flags = reference.long
		? constants.VA_PICTURE_H264_LONG_TERM_REFERENCE
		: constants.VA_PICTURE_H264_SHORT_TERM_REFERENCE;
	if (reference.field === "top") flags |= constants.VA_PICTURE_H264_TOP_FIELD;
	if (reference.field === "bottom") flags |= constants.VA_PICTURE_H264_BOTTOM_FIELD;
	return {
		picture_id: reference.surface,
		frame_idx: reference.frame,
		flags: reference.flags ?? flags,
		TopFieldOrderCnt: reference.top ?? 0,
		BottomFieldOrderCnt: reference.bottom ?? 0,
	};
}

export interface Picture {
	surface: number;
	top: number;
	bottom: number;
	references: (Reference | null)[];
	/** Scaling lists, raster; null: no buffer. */
	matrix: Fields | null;
	/** Fields of VAPictureParameterBufferH264 over what follows from the rest. */
	over: Fields;
	/** Fields of each VASliceParameterBufferH264, likewise. */
	sliceOver: Fields[];
	lists: [(Reference | null)[], (Reference | null)[]][];
	/** Each slice's data is filled up to so many bytes. */
	bytes: number;
}

export const picture: Picture = {
	surface: 1,
	top: 0,
	bottom: 0,
	references: [],
	matrix: null,
	over: {},
	sliceOver: [],
	lists: [],
	bytes: 0,
};

/** VAPictureParameterBufferH264 as a player fills it. */
export function vaPicture(sets: ParameterSets, slice: Slice, given: Picture): Fields {
	let flags = slice.nalRefIdc ? constants.VA_PICTURE_H264_SHORT_TERM_REFERENCE : 0;
	if (slice.field === "top") flags |= constants.VA_PICTURE_H264_TOP_FIELD;
	if (slice.field === "bottom") flags |= constants.VA_PICTURE_H264_BOTTOM_FIELD;
	const references = Array.from({ length: 16 }, (_, i) => vaReference(given.references[i] ?? null));
	return {
		CurrPic: {
			picture_id: given.surface,
			frame_idx: slice.frameNum,
			flags,
			TopFieldOrderCnt: given.top,
			BottomFieldOrderCnt: given.bottom,
		},
		ReferenceFrames: references,
		picture_width_in_mbs_minus1: sets.widthInMbs - 1,
		picture_height_in_mbs_minus1: sets.heightInMbs - 1,
		bit_depth_luma_minus8: sets.bitDepth - 8,
		bit_depth_chroma_minus8: sets.bitDepth - 8,
		num_ref_frames: sets.numRefFrames,
		seq_fields_chroma_format_idc: sets.chromaFormat,
		seq_fields_frame_mbs_only_flag: Number(sets.frameMbsOnly),
		seq_fields_mb_adaptive_frame_field_flag: Number(sets.mbaff),
		seq_fields_direct_8x8_inference_flag: 1,
		seq_fields_log2_max_frame_num_minus4: sets.log2MaxFrameNum - 4,
		seq_fields_pic_order_cnt_type: sets.orderCountType,
		seq_fields_log2_max_pic_order_cnt_lsb_minus4: sets.log2MaxOrderCountLsb - 4,
		seq_fields_delta_pic_order_always_zero_flag: Number(sets.deltaAlwaysZero),
		pic_fields_entropy_coding_mode_flag: Number(sets.cabac),
		pic_fields_weighted_pred_flag: Number(sets.weightedPred),
		pic_fields_weighted_bipred_idc: sets.weightedBipred,
		pic_fields_transform_8x8_mode_flag: Number(sets.transform8x8),
		pic_fields_field_pic_flag: Number(slice.field !== "frame"),
		pic_fields_pic_order_present_flag: Number(sets.bottomOrderPresent),
		pic_fields_deblocking_filter_control_present_flag: Number(sets.deblockingControl),
		pic_fields_redundant_pic_cnt_present_flag: Number(sets.redundantPicCnt),
		pic_fields_reference_pic_flag: Number(slice.nalRefIdc !== 0),
		frame_num: slice.frameNum,
		...given.over,
	};
}

/** VASliceParameterBufferH264 as a player fills it; `over` replaces fields. */
export function vaSlice(
	slice: Slice,
	written: Written,
	lists: [(Reference | null)[], (Reference | null)[]] | undefined,
	over: Fields,
): Fields {
	const type = slice.type % 5;
	const [first, second] = lists ?? [[], []];
	return {
		slice_data_size: written.nal.length,
		slice_data_offset: 0,
		slice_data_flag: constants.VA_SLICE_DATA_FLAG_ALL,
		slice_data_bit_offset: written.headerBits,
		first_mb_in_slice: slice.firstMb,
		slice_type: slice.type,
		direct_spatial_mv_pred_flag: Number(slice.spatialDirect),
		num_ref_idx_l0_active_minus1: type === I || type === SI ? 0 : slice.active[0] - 1,
		num_ref_idx_l1_active_minus1: type === B ? slice.active[1] - 1 : 0,
		cabac_init_idc: slice.cabacInit,
		slice_qp_delta: slice.qpDelta,
		disable_deblocking_filter_idc: slice.deblocking,
		slice_alpha_c0_offset_div2: slice.alpha,
		slice_beta_offset_div2: slice.beta,
		RefPicList0: Array.from({ length: 32 }, (_, i) => vaReference(first[i] ?? null)),
		RefPicList1: Array.from({ length: 32 }, (_, i) => vaReference(second[i] ?? null)),
		...over,
	};
}

/** A player that decodes H.264 on a device. */
export class Player {
	readonly device: Device;

	/** on: a device that has a context already, or what the device of a new one is like. */
	constructor(
		readonly sets: ParameterSets = plain,
		on: Device | DeviceOptions = {},
		profile = profileHigh,
	) {
		this.device = on instanceof Device ? on : new Device({ tenBit: sets.bitDepth > 8, ...on });
		if (this.device === on) return;
		const { status } = this.device.create(profile, sets.widthInMbs * 16, sets.heightInMbs * 16);
		if (status !== 0) throw new Error(`vaCreateContext: status ${status}`);
	}

	/** The size of the surface is beyond that of any picture, unless it is given. */
	begin(surface: number, width = 16384, height = 16384): Outcome {
		const target =
			(this.device.shown.has(surface) ? constants.CORE_TARGET_SHOWN : 0) |
			(this.device.exported.has(surface) ? constants.CORE_TARGET_EXPORTED : 0) |
			(this.device.imported.has(surface) ? constants.CORE_TARGET_IMPORTED : 0);
		return this.device.event("context_begin_picture", surface, width, height, target);
	}

	parameter(type: number, bytes: Uint8Array): Outcome {
		this.device.core.give({ bytes });
		return this.device.event("context_render_parameter", type, bytes.length);
	}

	/** available: bytes of the buffer that holds the slice data. */
	slice(parameter: Uint8Array, data: Uint8Array, available = data.length): Outcome {
		this.device.core.give({ bytes: parameter });
		const header = data.subarray(0, this.device.core.call("context_slice_header_size", parameter.length));
		const tail = data.subarray(-constants.CORE_SLICE_TAIL_CAPACITY);
		this.device.core.give(
			{ bytes: parameter },
			{ at: constants.CORE_PARAMETER_CAPACITY, bytes: header },
			{ at: constants.CORE_INPUT_CAPACITY - tail.length, bytes: tail },
		);
		return this.device.event("context_render_slice", parameter.length, available);
	}

	end(exported = 0): Outcome {
		return this.device.event("context_end_picture", exported);
	}

	/** One picture from begin to end; the outcome is the first that is no success, as a player would see it. */
	decode(slices: Slice[], given: Partial<Picture> = {}, exported = 0): Outcome {
		const full = { ...picture, ...given };
		const outcomes = [
			this.begin(full.surface),
			this.parameter(
				constants.VAPictureParameterBufferType,
				encode("VAPictureParameterBufferH264", vaPicture(this.sets, slices[0], full)),
			),
		];
		if (full.matrix)
			outcomes.push(
				this.parameter(constants.VAIQMatrixBufferType, encode("VAIQMatrixBufferH264", full.matrix)),
			);
		for (const [i, slice] of slices.entries()) {
			const written = filled(writeSlice(this.sets, slice), full.bytes);
			const parameter = vaSlice(slice, written, full.lists[i], full.sliceOver[i] ?? {});
			outcomes.push(this.slice(encode("VASliceParameterBufferH264", parameter), written.nal));
		}
		outcomes.push(this.end(exported));
		return outcomes.find(({ status }) => status !== 0) ?? outcomes[outcomes.length - 1];
	}

	/** Decodes, and returns what the device got for it. */
	submit(slices: Slice[], given: Partial<Picture> = {}): Submission[] {
		const before = this.device.submissions.length;
		const { status, message, values } = this.decode(slices, given);
		if (status !== 0) throw new Error(`status ${status}, message ${message} (${values})`);
		return this.device.submissions.slice(before);
	}

	/** The controls of a picture that is one request. */
	controls(slices: Slice[], given: Partial<Picture> = {}): Record<string, Fields> {
		const submissions = this.submit(slices, given);
		if (submissions.length !== 1) throw new Error(`${submissions.length} requests`);
		return submissions[0].controls;
	}
}

export const sliceParameterSize = sizeOf("VASliceParameterBufferH264");
