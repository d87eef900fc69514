// SPDX-License-Identifier: MIT
// What players make of a VP8 stream: VA's buffers, field by field as vaapi_vp8.c of FFmpeg fills them, or as GStreamer and
// Chromium do, and the surfaces. And what a decoder must get for it.
import { constants as c } from "../../../../support/abi.ts";
import { Device, type DeviceOptions, decoderFacts, type Outcome } from "../../../../unit/support/device.ts";
import { decode, encode, type Fields } from "../../../../unit/support/struct.ts";
import { Player } from "../../../h264/unit/support/h264.ts";
import { type Frame, Stream } from "./stream.ts";
import { keyUvModeProbs, keyYModeProbs } from "./tables.ts";

const PROFILE = c.VAProfileVP8Version0_3;

/**
 * plain: the slice data is what follows the frame tag (FFmpeg, Firefox). tagged: it is the whole frame.
 * offset: it is the whole frame as well, slice_data_offset leaves the tag out, and slice_data_size counts it all the same
 * (GStreamer, Chromium).
 */
export type Style = "plain" | "tagged" | "offset";

/** The buffers of a picture, before they are sent. */
export interface Buffers {
	picture: Fields;
	matrix: Fields | null;
	probabilities: Fields | null;
	slice: Fields;
	data: Uint8Array;
}

export interface Reference {
	surface: number;
	timestamp: bigint;
}

/** VP8 with these controls over the frame control. */
export function vp8Facts(options: DeviceOptions = {}, more: Fields[] = []): Fields {
	const facts = decoderFacts(options);
	const controls = [{ id: c.V4L2_CID_STATELESS_VP8_FRAME, elem_size: 1232, elems: 1 }, ...more];
	return {
		...facts,
		coded: [{ ...facts.coded[0], fourcc: c.V4L2_PIX_FMT_VP8_FRAME }],
		controls,
		control_count: controls.length,
	};
}

const clamp = (value: number, most: number) => Math.max(0, Math.min(value, most));

/** Chunks of so many. */
const chunks = <T>(list: T[], size: number): T[][] =>
	Array.from({ length: list.length / size }, (_, i) => list.slice(i * size, (i + 1) * size));

/** dct_coeff_probs[4][8][3][11]. */
const nested = (flat: number[]) => chunks(chunks(chunks(flat, 11), 3), 8);

/** VAPictureParameterBufferVP8 and its like, as VA-API says that they are. */
export function vaBuffers(frame: Frame, references: (number | null)[], style: Style): Buffers {
	const s = frame.segmentation;
	const base = (i: number, value: number, values: number[]) =>
		s.enabled ? (s.absolute ? 0 : value) + values[i] : value;
	const four = [0, 1, 2, 3];
	const [last, golden, alternate] = references.map((surface) => surface ?? c.VA_INVALID_SURFACE);
	const picture = {
		frame_width: frame.width,
		frame_height: frame.height,
		last_ref_frame: last,
		golden_ref_frame: golden,
		alt_ref_frame: alternate,
		out_of_loop_frame: c.VA_INVALID_SURFACE,
		pic_fields_key_frame: Number(!frame.key),
		pic_fields_version: frame.version,
		pic_fields_segmentation_enabled: Number(s.enabled),
		pic_fields_update_mb_segmentation_map: Number(s.updateMap),
		pic_fields_update_segment_feature_data: Number(s.updateData),
		pic_fields_filter_type: Number(frame.simpleFilter),
		pic_fields_sharpness_level: frame.sharpness,
		pic_fields_loop_filter_adj_enable: Number(frame.adjust),
		pic_fields_mode_ref_lf_delta_update: Number(frame.deltaUpdate),
		pic_fields_sign_bias_golden: Number(frame.signBiasGolden),
		pic_fields_sign_bias_alternate: Number(frame.signBiasAlternate),
		pic_fields_mb_no_coeff_skip: Number(frame.probSkipFalse !== null),
		pic_fields_loop_filter_disable: Number(frame.level === 0),
		mb_segment_tree_probs: s.treeProbs,
		loop_filter_level: four.map((i) => clamp(base(i, frame.level, s.lf), 63)),
		loop_filter_deltas_ref_frame: frame.refDeltas,
		loop_filter_deltas_mode: frame.modeDeltas,
		prob_skip_false: frame.probSkipFalse ?? 0,
		prob_intra: frame.probIntra ?? 0,
		prob_last: frame.probLast ?? 0,
		prob_gf: frame.probGolden ?? 0,
		y_mode_probs: frame.key ? keyYModeProbs : frame.entropy.yMode,
		uv_mode_probs: frame.key ? keyUvModeProbs : frame.entropy.uvMode,
		mv_probs: chunks(frame.entropy.mv, 19),
		bool_coder_ctx: { range: frame.range, value: frame.value, count: -frame.headerBits & 7 },
	};
	const matrix = {
		quantization_index: four.map((i) => {
			const index = base(i, frame.quant[0], s.quant);
			return [index, ...frame.quant.slice(1).map((delta) => index + delta)].map((q) => clamp(q, 127));
		}),
	};
	const data = style === "plain" ? frame.bytes.subarray(frame.tagSize) : frame.bytes;
	const offset = style === "offset" ? frame.tagSize : 0;
	const slice = {
		slice_data_size: data.length,
		slice_data_offset: offset,
		slice_data_flag: c.VA_SLICE_DATA_FLAG_ALL,
		macroblock_offset: frame.headerBits,
		num_of_partitions: frame.partSizes.length + 1,
		partition_size: [frame.firstPartSize - Math.ceil(frame.headerBits / 8), ...frame.partSizes],
	};
	return { picture, matrix, probabilities: { dct_coeff_probs: nested(frame.entropy.coeff) }, slice, data };
}

/** What FFmpeg leaves in its decoder from frame to frame, and gives whether or not it means something. */
class FfmpegLeftovers {
	private old: Fields = {};
	private quant: { absolute: boolean; values: number[] } = { absolute: false, values: [0, 0, 0, 0] };

	apply({ picture, matrix }: Buffers, frame: Frame): void {
		const s = frame.segmentation;
		const keep = (condition: boolean, ...fields: string[]) => {
			for (const field of fields) if (!condition) picture[field] = this.old[field] ?? picture[field];
		};
		keep(s.enabled || frame.key, "pic_fields_update_segment_feature_data");
		keep(frame.adjust || frame.key, "pic_fields_mode_ref_lf_delta_update");
		keep(frame.probSkipFalse !== null, "prob_skip_false");
		keep(!frame.key, "prob_intra", "prob_last", "prob_gf");
		keep(!frame.key, "pic_fields_sign_bias_golden", "pic_fields_sign_bias_alternate");
		// A level below 0 is cut off as if it was an unsigned byte.
		if (s.enabled)
			picture.loop_filter_level = s.lf.map((lf) =>
				Math.min(((s.absolute ? 0 : frame.level) + lf) & 0xff, 63),
			);
		// Segments count in vaapi_vp8.c whether or not they are enabled.
		this.quant = { absolute: s.absolute, values: s.quant };
		if (matrix)
			matrix.quantization_index = this.quant.values.map((value) => {
				const index = value + (this.quant.absolute ? 0 : frame.quant[0]);
				return [index, ...frame.quant.slice(1).map((d) => index + d)].map((q) => clamp(q, 127));
			});
		this.old = { ...picture };
	}
}

/** v4l2_ctrl_vp8_frame of a frame whose references were decoded with these timestamps. */
export function expectedControl(
	frame: Frame,
	timestamps: bigint[],
	told: { shown: boolean; horizontalScale: number; verticalScale: number },
): Fields {
	const s = frame.segmentation;
	const flags = (list: [boolean, number][]) =>
		list.reduce((sum, [set, flag]) => (set ? sum | flag : sum), 0);
	const [yAc, yDc, y2Dc, y2Ac, uvDc, uvAc] = frame.quant;
	return {
		segment: {
			quant_update: s.quant,
			lf_update: s.lf,
			segment_probs: s.treeProbs,
			padding: 0,
			flags: flags([
				[s.enabled, c.V4L2_VP8_SEGMENT_FLAG_ENABLED],
				[s.updateMap, c.V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP],
				[s.updateData, c.V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA],
				[!s.absolute, c.V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE],
			]),
		},
		lf: {
			ref_frm_delta: frame.refDeltas,
			mb_mode_delta: frame.modeDeltas,
			sharpness_level: frame.sharpness,
			level: frame.level,
			padding: 0,
			flags: flags([
				[frame.adjust, c.V4L2_VP8_LF_ADJ_ENABLE],
				[frame.deltaUpdate, c.V4L2_VP8_LF_DELTA_UPDATE],
				[frame.simpleFilter, c.V4L2_VP8_LF_FILTER_TYPE_SIMPLE],
			]),
		},
		quant: {
			y_ac_qi: yAc,
			y_dc_delta: yDc,
			y2_dc_delta: y2Dc,
			y2_ac_delta: y2Ac,
			uv_dc_delta: uvDc,
			uv_ac_delta: uvAc,
			padding: 0,
		},
		entropy: {
			coeff_probs: nested(frame.entropy.coeff),
			y_mode_probs: frame.key ? keyYModeProbs : frame.entropy.yMode,
			uv_mode_probs: frame.key ? keyUvModeProbs : frame.entropy.uvMode,
			mv_probs: chunks(frame.entropy.mv, 19),
			padding: [0, 0, 0],
		},
		coder_state: {
			range: frame.range,
			value: frame.value,
			bit_count: (8 - (frame.headerBits % 8)) % 8,
			padding: 0,
		},
		width: frame.width,
		height: frame.height,
		horizontal_scale: told.horizontalScale,
		vertical_scale: told.verticalScale,
		version: frame.version,
		prob_skip_false: frame.probSkipFalse ?? 0,
		prob_intra: frame.probIntra ?? 0,
		prob_last: frame.probLast ?? 0,
		prob_gf: frame.probGolden ?? 0,
		num_dct_parts: frame.partSizes.length,
		first_part_size: frame.firstPartSize,
		first_part_header_bits: frame.headerBits,
		dct_part_sizes: [...frame.partSizes, ...new Array(8 - frame.partSizes.length).fill(0)],
		last_frame_ts: timestamps[0],
		golden_frame_ts: timestamps[1],
		alt_frame_ts: timestamps[2],
		flags: BigInt(
			flags([
				[frame.key, c.V4L2_VP8_FRAME_FLAG_KEY_FRAME],
				[told.shown, c.V4L2_VP8_FRAME_FLAG_SHOW_FRAME],
				[frame.probSkipFalse !== null, c.V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF],
				[frame.signBiasGolden, c.V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN],
				[frame.signBiasAlternate, c.V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT],
			]),
		),
	};
}

/** What came of a frame. */
export interface Decoded {
	frame: Frame;
	outcome: Outcome;
	/** What the device got: the control, and the bytes of the OUTPUT buffer. */
	control: Fields;
	bytes: Uint8Array;
	/** What it should have got, by the stream. */
	expected: Fields;
}

/** Plays one stream on a device, with as many surfaces as a player has. */
export class Vp8Player {
	readonly stream = new Stream();
	readonly device: Device;
	readonly events: Player;
	/** Of the surfaces to come; none: larger than any picture. */
	surfaceSize: [width?: number, height?: number] = [];
	/** Its surfaces have been exported. */
	exported = false;
	/** last, golden, altref. */
	references: (Reference | null)[] = [null, null, null];
	private readonly leftovers = new FfmpegLeftovers();
	private scale = { horizontalScale: 0, verticalScale: 0 };

	constructor(
		public style: Style,
		width: number,
		height: number,
		options: DeviceOptions = {},
	) {
		this.device = new Device({ ...options, facts: vp8Facts(options) });
		const { status } = this.device.create(PROFILE, width, height);
		if (status !== 0) throw new Error(`vaCreateContext: status ${status}`);
		this.events = new Player(undefined, this.device);
	}

	/** A surface that holds no reference. */
	freeSurface(): number {
		for (let surface = 10; ; surface++)
			if (this.references.every((each) => each?.surface !== surface)) return surface;
	}

	/** One frame from vaBeginPicture to vaEndPicture. edit: what is done to the buffers before they are sent. */
	decode(bytes: Uint8Array, edit: (buffers: Buffers) => void = () => {}): Decoded {
		const frame = this.stream.read(bytes);
		const surface = this.freeSurface();
		const named = this.references.map((each) => each?.surface ?? null);
		const buffers = vaBuffers(
			frame,
			frame.key && this.style === "offset" ? [null, null, null] : named,
			this.style,
		);
		if (this.style === "plain") this.leftovers.apply(buffers, frame);
		edit(buffers);
		const outcome = this.send(surface, buffers);
		const timestamps = this.references.map((each) => (frame.key ? 0n : (each?.timestamp ?? 0n)));
		const tagged = this.style === "tagged";
		if (frame.key)
			this.scale = tagged
				? { horizontalScale: frame.horizontalScale, verticalScale: frame.verticalScale }
				: { horizontalScale: 0, verticalScale: 0 };
		const expected = expectedControl(frame, timestamps, {
			shown: tagged ? frame.shown : true,
			...this.scale,
		});
		const submission = outcome.status === 0 ? this.device.submissions.at(-1) : undefined;
		const raw = submission?.rawControls.get(c.V4L2_CID_STATELESS_VP8_FRAME);
		this.device.completeAll();
		if (submission) this.refresh(frame, { surface, timestamp: submission.timestamp });
		return {
			frame,
			outcome,
			control: raw ? decode("v4l2_ctrl_vp8_frame", raw) : {},
			bytes: Uint8Array.from(
				submission?.pieces.flatMap(({ prefix, offset, size }) => [
					...prefix,
					...buffers.data.subarray(offset, offset + size),
				]) ?? [],
			),
			expected,
		};
	}

	/** GStreamer and Chromium give the picture parameters after the other two. */
	private send(surface: number, { picture, matrix, probabilities, slice, data }: Buffers): Outcome {
		const player = this.events;
		const outcomes = [player.begin(surface, ...this.surfaceSize)];
		const parameters: [number, string, Fields | null][] = [
			[c.VAPictureParameterBufferType, "VAPictureParameterBufferVP8", picture],
			[c.VAProbabilityBufferType, "VAProbabilityDataBufferVP8", probabilities],
			[c.VAIQMatrixBufferType, "VAIQMatrixBufferVP8", matrix],
		];
		if (this.style === "offset") parameters.reverse();
		for (const [type, name, fields] of parameters)
			if (fields) outcomes.push(player.parameter(type, encode(name, fields)));
		const parameter = encode("VASliceParameterBufferVP8", slice);
		outcomes.push(
			player.slice(parameter, data.subarray(slice.slice_data_offset), data.length),
			player.end(this.exported ? 1 : 0),
		);
		return outcomes.find(({ status }) => status !== 0) ?? outcomes[outcomes.length - 1];
	}

	/** 9.7: copies are made of what the buffers held before this frame. */
	private refresh(frame: Frame, decoded: Reference): void {
		const [last, golden, alternate] = this.references;
		this.references = [
			frame.refreshLast ? decoded : last,
			frame.refreshGolden ? decoded : [golden, last, alternate][frame.copyToGolden],
			frame.refreshAlternate ? decoded : [alternate, last, golden][frame.copyToAlternate],
		];
	}
}
