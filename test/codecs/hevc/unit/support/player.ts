// SPDX-License-Identifier: MIT
// A player that decodes HEVC on a device: what it makes of streams (hevc.ts) for VA-API, and what the device got for them.
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
import {
	B,
	I,
	isIdr,
	isIrap,
	listsOf,
	type ParameterSets,
	plain,
	type Slice,
	setsOf,
	type Weights,
	type Written,
	writeSlice,
} from "./hevc.ts";

const structOf = new Map<number, string>([
	[c.V4L2_CID_STATELESS_HEVC_SPS, "v4l2_ctrl_hevc_sps"],
	[c.V4L2_CID_STATELESS_HEVC_PPS, "v4l2_ctrl_hevc_pps"],
	[c.V4L2_CID_STATELESS_HEVC_SCALING_MATRIX, "v4l2_ctrl_hevc_scaling_matrix"],
	[c.V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, "v4l2_ctrl_hevc_decode_params"],
]);

export interface HevcDevice extends DeviceOptions {
	/** How many elements SLICE_PARAMS takes; 0: there is no such control. */
	slices?: number;
	/** The same of ENTRY_POINT_OFFSETS. */
	entryPoints?: number;
	/** It has the EXT_SPS controls. */
	parses?: boolean;
	/** Controls that it lacks. */
	without?: number[];
	/** v4l2_capability.driver. */
	driver?: string;
}

/** struct core_decoder of a device like this. */
export function hevcFacts(options: HevcDevice = {}): Fields {
	const facts = decoderFacts(options);
	const { slices = 600, entryPoints = 256, sliceBased = false, annexB = !sliceBased } = options;
	const menu = (id: number, item: number): Fields => ({
		id,
		type: c.V4L2_CTRL_TYPE_MENU,
		elem_size: 4,
		elems: 1,
		menu_mask: 1 << item,
	});
	const array = (id: number, size: number, most: number): Fields[] =>
		most === 0 ? [] : [{ id, elem_size: size, elems: 1, max_elems: most }];
	const controls = [
		menu(c.V4L2_CID_STATELESS_HEVC_DECODE_MODE, sliceBased ? 0 : 1),
		menu(c.V4L2_CID_STATELESS_HEVC_START_CODE, annexB ? 1 : 0),
		...[...structOf].map(([id, struct]): Fields => ({ id, elem_size: sizeOf(struct), elems: 1 })),
		...array(c.V4L2_CID_STATELESS_HEVC_SLICE_PARAMS, sizeOf("v4l2_ctrl_hevc_slice_params"), slices),
		...array(c.V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS, 4, entryPoints),
		...array(c.V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS, 80, options.parses ? 64 : 0),
		...array(c.V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS, 4, options.parses ? 32 : 0),
	].filter(({ id }) => !options.without?.includes(id));
	return {
		...facts,
		driver: [...new TextEncoder().encode(options.driver ?? "")],
		coded: [{ ...facts.coded[0], fourcc: c.V4L2_PIX_FMT_HEVC_SLICE }],
		controls,
		control_count: controls.length,
	};
}

/** What a picture is given with. */
export interface Given {
	/** VA's order of ReferenceFrames: a permutation of the pictures, by their counts. */
	order?: (pocs: number[]) => number[];
	/** The surface of a picture with this count. */
	surfaceOf?: (poc: number) => number;
	matrix?: Fields;
	/** Fields over VAPictureParameterBufferHEVC, and over each VASliceParameterBufferHEVC. */
	over?: Fields;
	sliceOver?: Fields[];
	payload?: number[];
	fields?: number;
}

/** Pictures are in surfaces that their counts name, far from VA_INVALID_SURFACE whatever the count. */
export const surfaceOf = (poc: number): number => 2 ** 30 + poc;

function references(sets: ParameterSets, slice: Slice, given: Given): Fields[] {
	const { before, after, longTerm, foll, longTermFoll } = setsOf(sets, slice);
	const flagged = new Map<number, number>([
		...foll.map((poc): [number, number] => [poc, 0]),
		...longTermFoll.map((poc): [number, number] => [poc, c.VA_PICTURE_HEVC_LONG_TERM_REFERENCE]),
		...before.map((poc): [number, number] => [poc, c.VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE]),
		...after.map((poc): [number, number] => [poc, c.VA_PICTURE_HEVC_RPS_ST_CURR_AFTER]),
		...longTerm.map((poc): [number, number] => [
			poc,
			c.VA_PICTURE_HEVC_LONG_TERM_REFERENCE | c.VA_PICTURE_HEVC_RPS_LT_CURR,
		]),
	]);
	const pocs = (given.order ?? ((all) => all))([...flagged.keys()]);
	return Array.from({ length: 15 }, (_, i) =>
		i < pocs.length
			? {
					picture_id: (given.surfaceOf ?? surfaceOf)(pocs[i]),
					pic_order_cnt: pocs[i],
					flags: (flagged.get(pocs[i]) ?? 0) | (given.fields ?? 0),
				}
			: { picture_id: c.VA_INVALID_SURFACE, flags: c.VA_PICTURE_HEVC_INVALID, pic_order_cnt: 0 },
	);
}

/** VAPictureParameterBufferHEVC as a player fills it; surfaces follow from picture order counts. */
export function vaPicture(sets: ParameterSets, slice: Slice, written: Written, given: Given): Fields {
	const flag = Number;
	const last = (list: number[]) => list.map((size) => size - 1);
	const { columns, rows } = sets.tiles ?? { columns: [1], rows: [1] };
	return {
		CurrPic: {
			picture_id: surfaceOf(slice.poc),
			pic_order_cnt: slice.poc,
			flags: given.fields ?? 0,
		},
		ReferenceFrames: references(sets, slice, given),
		pic_width_in_luma_samples: sets.width,
		pic_height_in_luma_samples: sets.height,
		pic_fields_chroma_format_idc: 1,
		pic_fields_scaling_list_enabled_flag: flag(sets.scalingLists),
		pic_fields_weighted_pred_flag: flag(sets.weightedPred),
		pic_fields_weighted_bipred_flag: flag(sets.weightedBipred),
		pic_fields_tiles_enabled_flag: flag(sets.tiles !== null),
		pic_fields_entropy_coding_sync_enabled_flag: flag(sets.wavefront),
		pic_fields_pps_loop_filter_across_slices_enabled_flag: flag(sets.filterAcrossSlices),
		sps_max_dec_pic_buffering_minus1: 6,
		bit_depth_luma_minus8: sets.bitDepth - 8,
		bit_depth_chroma_minus8: sets.bitDepth - 8,
		log2_min_luma_coding_block_size_minus3: sets.log2MinCb - 3,
		log2_diff_max_min_luma_coding_block_size: sets.log2Ctb - sets.log2MinCb,
		log2_min_transform_block_size_minus2: 0,
		log2_diff_max_min_transform_block_size: 2,
		init_qp_minus26: sets.initQp - 26,
		num_tile_columns_minus1: columns.length - 1,
		num_tile_rows_minus1: rows.length - 1,
		column_width_minus1: Array.from({ length: 19 }, (_, i) => last(columns)[i] ?? 0),
		row_height_minus1: Array.from({ length: 21 }, (_, i) => last(rows)[i] ?? 0),
		slice_parsing_fields_lists_modification_present_flag: flag(sets.listsModification),
		slice_parsing_fields_long_term_ref_pics_present_flag: flag(sets.longTermPresent),
		slice_parsing_fields_sps_temporal_mvp_enabled_flag: flag(sets.temporalMvp),
		slice_parsing_fields_cabac_init_present_flag: flag(sets.cabacInitPresent),
		slice_parsing_fields_output_flag_present_flag: flag(sets.outputFlagPresent),
		slice_parsing_fields_dependent_slice_segments_enabled_flag: flag(sets.dependentSegments),
		slice_parsing_fields_pps_slice_chroma_qp_offsets_present_flag: flag(sets.chromaOffsetsPresent),
		slice_parsing_fields_sample_adaptive_offset_enabled_flag: flag(sets.sao),
		slice_parsing_fields_deblocking_filter_override_enabled_flag: flag(sets.deblockingOverride),
		slice_parsing_fields_pps_disable_deblocking_filter_flag: flag(sets.deblockingDisabled),
		slice_parsing_fields_slice_segment_header_extension_present_flag: flag(sets.extensionPresent),
		slice_parsing_fields_RapPicFlag: flag(isIrap(slice.nalType)),
		slice_parsing_fields_IdrPicFlag: flag(isIdr(slice.nalType)),
		log2_max_pic_order_cnt_lsb_minus4: sets.log2MaxLsb - 4,
		num_short_term_ref_pic_sets: sets.shortTermSets.length,
		num_long_term_ref_pic_sps: sets.longTermCandidates.length,
		num_ref_idx_l0_default_active_minus1: sets.defaults[0] - 1,
		num_ref_idx_l1_default_active_minus1: sets.defaults[1] - 1,
		pps_beta_offset_div2: sets.beta,
		pps_tc_offset_div2: sets.tc,
		num_extra_slice_header_bits: sets.extraBits,
		st_rps_bits: written.shortTermBits,
		...given.over,
	};
}

/** ChromaOffset (7-56). */
export function chromaOffset(denominator: number, deltaWeight: number, deltaOffset: number): number {
	const weight = 2 ** denominator + deltaWeight;
	return Math.max(-128, Math.min(127, 128 + deltaOffset - ((128 * weight) >> denominator)));
}

function vaWeights(slice: Slice, list: 0 | 1): Fields {
	const denominator = slice.denominators[0] + slice.denominators[1];
	const entries = Array.from(
		{ length: 15 },
		(_, i): Weights =>
			i < slice.active[list]
				? (slice.weights[list][i] ?? { luma: null, chroma: null })
				: { luma: null, chroma: null },
	);
	const chroma = entries.map(({ chroma }) => chroma ?? [0, 0, 0, 0]);
	return {
		[`delta_luma_weight_l${list}`]: entries.map(({ luma }) => luma?.[0] ?? 0),
		[`luma_offset_l${list}`]: entries.map(({ luma }) => luma?.[1] ?? 0),
		[`delta_chroma_weight_l${list}`]: chroma.map(([cb, , cr]) => [cb, cr]),
		[`ChromaOffsetL${list}`]: entries.map(({ chroma }) =>
			chroma
				? [
						chromaOffset(denominator, chroma[0], chroma[1]),
						chromaOffset(denominator, chroma[2], chroma[3]),
					]
				: [0, 0],
		),
	};
}

/** VASliceParameterBufferHEVC as a player fills it; `frames` is the picture's ReferenceFrames, which its lists index. */
export function vaSlice(sets: ParameterSets, slice: Slice, written: Written, frames: Fields[]): Fields {
	const flag = Number;
	const [l0, l1] = listsOf(setsOf(sets, slice), slice);
	const names = (list: number[]) =>
		Array.from({ length: 15 }, (_, i) =>
			i < list.length
				? frames.findIndex(({ pic_order_cnt: poc, flags }) => poc === list[i] && flags !== 1)
				: 0xff,
		);
	const weighted = (sets.weightedPred && slice.type === 1) || (sets.weightedBipred && slice.type === B);
	const disabled = slice.deblocking?.disabled ?? sets.deblockingDisabled;
	const filtered = (sets.sao && (slice.saoLuma || slice.saoChroma)) || !disabled;
	const mvp = sets.temporalMvp && slice.temporalMvp && !isIdr(slice.nalType);
	return {
		slice_data_size: written.nal.length,
		slice_data_flag: c.VA_SLICE_DATA_FLAG_ALL,
		slice_data_byte_offset: written.headerBytes,
		slice_segment_address: slice.address,
		RefPicList: [names(l0), names(l1)],
		LongSliceFlags_dependent_slice_segment_flag: flag(slice.dependent),
		LongSliceFlags_slice_type: slice.type,
		LongSliceFlags_slice_sao_luma_flag: flag(sets.sao && slice.saoLuma),
		LongSliceFlags_slice_sao_chroma_flag: flag(sets.sao && slice.saoChroma),
		LongSliceFlags_mvd_l1_zero_flag: flag(slice.type === B && slice.mvdL1Zero),
		LongSliceFlags_cabac_init_flag: flag(slice.type !== I && sets.cabacInitPresent && slice.cabacInit),
		LongSliceFlags_slice_temporal_mvp_enabled_flag: flag(mvp),
		LongSliceFlags_slice_deblocking_filter_disabled_flag: flag(disabled),
		LongSliceFlags_collocated_from_l0_flag: flag(slice.type !== B || slice.collocatedFromL0),
		LongSliceFlags_slice_loop_filter_across_slices_enabled_flag: flag(
			sets.filterAcrossSlices && (filtered ? slice.filterAcross : true),
		),
		collocated_ref_idx: mvp && slice.type !== I ? slice.collocated : 0xff,
		num_ref_idx_l0_active_minus1: slice.type === I ? 0 : slice.active[0] - 1,
		num_ref_idx_l1_active_minus1: slice.type === B ? slice.active[1] - 1 : 0,
		slice_qp_delta: slice.qpDelta,
		slice_cb_qp_offset: sets.chromaOffsetsPresent ? slice.cbOffset : 0,
		slice_cr_qp_offset: sets.chromaOffsetsPresent ? slice.crOffset : 0,
		slice_beta_offset_div2: slice.deblocking?.beta ?? sets.beta,
		slice_tc_offset_div2: slice.deblocking?.tc ?? sets.tc,
		...(weighted
			? {
					luma_log2_weight_denom: slice.denominators[0],
					delta_chroma_log2_weight_denom: slice.denominators[1],
					...vaWeights(slice, 0),
					...(slice.type === B ? vaWeights(slice, 1) : {}),
				}
			: {}),
		five_minus_max_num_merge_cand: slice.type === I ? 0 : slice.fiveMinusMerge,
	};
}

/** The controls of a request. */
export interface Controls {
	sps: Fields;
	pps: Fields;
	decode: Fields;
	matrix?: Fields;
	slices?: Fields[];
	entryPoints?: number[];
}

function elements(bytes: Uint8Array, size: number): Uint8Array[] {
	return Array.from({ length: bytes.length / size }, (_, i) => bytes.slice(i * size, (i + 1) * size));
}

/** The controls of a submission as structs. */
export function controlsOf(submission: Submission): Controls {
	const raw = (id: number) => submission.rawControls.get(id);
	const struct = (id: number, name: string): Fields | undefined => {
		const bytes = raw(id);
		return bytes && decode(name, bytes);
	};
	const slices = raw(c.V4L2_CID_STATELESS_HEVC_SLICE_PARAMS);
	const entryPoints = raw(c.V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS);
	const name = "v4l2_ctrl_hevc_slice_params";
	return {
		sps: struct(c.V4L2_CID_STATELESS_HEVC_SPS, "v4l2_ctrl_hevc_sps") ?? {},
		pps: struct(c.V4L2_CID_STATELESS_HEVC_PPS, "v4l2_ctrl_hevc_pps") ?? {},
		decode: struct(c.V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, "v4l2_ctrl_hevc_decode_params") ?? {},
		matrix: struct(c.V4L2_CID_STATELESS_HEVC_SCALING_MATRIX, "v4l2_ctrl_hevc_scaling_matrix"),
		slices: slices && elements(slices, sizeOf(name)).map((bytes) => decode(name, bytes)),
		entryPoints: entryPoints && [...new Uint32Array(entryPoints.slice().buffer)],
	};
}

export class HevcPlayer {
	readonly device: Device;
	readonly events: Player;

	constructor(
		readonly sets: ParameterSets = plain,
		options: HevcDevice = {},
		profile = sets.bitDepth > 8 ? c.VAProfileHEVCMain10 : c.VAProfileHEVCMain,
	) {
		const all = { tenBit: sets.bitDepth > 8, align: 8, maxWidth: 8192, maxHeight: 4352, ...options };
		this.device = new Device({ ...all, facts: options.facts ?? hevcFacts(all) });
		const { status } = this.device.create(profile, sets.width, sets.height);
		if (status !== 0) throw new Error(`vaCreateContext: status ${status}`);
		this.events = new Player(undefined, this.device);
	}

	/** From vaBeginPicture to vaEndPicture; the outcome is the first that is no success. */
	decode(slices: Slice[], given: Given = {}): Outcome {
		const { events } = this;
		const surface = (given.surfaceOf ?? surfaceOf)(slices[0].poc);
		const outcomes = [events.begin(surface)];
		const written = slices.map((slice) => writeSlice(this.sets, slice, given.payload));
		const picture = vaPicture(this.sets, slices[0], written[0], given);
		outcomes.push(
			events.parameter(c.VAPictureParameterBufferType, encode("VAPictureParameterBufferHEVC", picture)),
		);
		if (given.matrix)
			outcomes.push(
				events.parameter(c.VAIQMatrixBufferType, encode("VAIQMatrixBufferHEVC", given.matrix)),
			);
		for (const [i, slice] of slices.entries()) {
			const parameter = vaSlice(this.sets, slice, written[i], picture.ReferenceFrames);
			outcomes.push(
				events.slice(
					encode("VASliceParameterBufferHEVC", { ...parameter, ...given.sliceOver?.[i] }),
					written[i].nal,
				),
			);
		}
		outcomes.push(events.end());
		return outcomes.find(({ status }) => status !== 0) ?? outcomes[outcomes.length - 1];
	}

	/** Decodes, and returns what the device got for it; it is not done with it. */
	queue(slices: Slice[], given: Given = {}): Submission[] {
		const before = this.device.submissions.length;
		const { status, message, values, field } = this.decode(slices, given);
		if (status !== 0) throw new Error(`status ${status}, message ${message} (${values}) ${field ?? ""}`);
		return this.device.submissions.slice(before);
	}

	/** The same, and the device is done with it. */
	submit(slices: Slice[], given: Given = {}): Submission[] {
		const submissions = this.queue(slices, given);
		this.device.completeAll();
		return submissions;
	}

	/** The controls of a picture that is one request. */
	controls(slices: Slice[], given: Given = {}): Controls {
		const submissions = this.submit(slices, given);
		if (submissions.length !== 1) throw new Error(`${submissions.length} requests`);
		return controlsOf(submissions[0]);
	}
}
