// SPDX-License-Identifier: MIT
// What players make of a VP9 stream: VA's buffers, as vaapi_vp9.c of FFmpeg fills them or as GStreamer and Chromium do, and the
// surfaces. And what a decoder must get for it.
import { constants as c } from "../../../../support/abi.ts";
import { Device, type DeviceOptions, decoderFacts, type Outcome } from "../../../../unit/support/device.ts";
import { decode, encode, type Fields } from "../../../../unit/support/struct.ts";
import { Player } from "../../../h264/unit/support/h264.ts";
import { type Frame, framesOf, Stream } from "./stream.ts";

/** stale: fields that the header does not have are as some earlier frame had them (FFmpeg). zero: they are 0 (the others). */
export type Style = "stale" | "zero";

/** Said also of pictures that are taken, and not decoded. */
const MISSING = c.CORE_MESSAGE_REFERENCES_MISSING;

/** The buffers of a picture, before they are sent. */
export interface Buffers {
	picture: Fields | null;
	slice: Fields;
	data: Uint8Array;
}

/** A picture in a slot of the player's. */
export interface Reference {
	surface: number;
	timestamp: bigint;
}

/** VP9 with these controls over the frame control and that of the compressed header. */
export function vp9Facts(options: DeviceOptions = {}, more: Fields[] = []): Fields {
	const facts = decoderFacts(options);
	const controls = [
		{ id: c.V4L2_CID_STATELESS_VP9_FRAME, elem_size: 168, elems: 1 },
		{ id: c.V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, elem_size: 2040, elems: 1 },
		...more,
	];
	return {
		...facts,
		coded: [{ ...facts.coded[0], fourcc: c.V4L2_PIX_FMT_VP9_FRAME }],
		controls,
		control_count: controls.length,
	};
}

const clamp = (value: number, most: number) => Math.max(0, Math.min(value, most));

/** filter_level[4][2] of a segment: 8.8.1. doubles: whether deltas count twice, by the segment's level and the frame's. */
export function levels(
	{ lf, segmentation: s }: Frame,
	segment: number,
	doubles = (level: number, _ofFrame: number) => level >= 32,
): number[][] {
	const alternate = s.enabled ? s.features[segment][1] : null;
	const base = alternate === null ? lf.level : clamp((s.absolute ? 0 : lf.level) + alternate, 63);
	return lf.refDeltas.map((ref, i) =>
		lf.modeDeltas.map((mode) =>
			lf.enabled
				? clamp(base + (ref + (i === 0 ? 0 : mode)) * (doubles(base, lf.level) ? 2 : 1), 63)
				: base,
		),
	);
}

/** VADecPictureParameterBufferVP9 and VASliceParameterBufferVP9, as VA-API says that they are. */
export function vaBuffers(frame: Frame, slots: (number | null)[]): Buffers {
	const { segmentation: s } = frame;
	const intra = frame.key || frame.intraOnly;
	const [last, golden, altref] = frame.refIdx;
	const picture = {
		frame_width: frame.width,
		frame_height: frame.height,
		reference_frames: slots.map((surface) => surface ?? c.VA_INVALID_SURFACE),
		pic_fields_subsampling_x: 1,
		pic_fields_subsampling_y: 1,
		pic_fields_frame_type: Number(!frame.key),
		pic_fields_show_frame: Number(frame.shown),
		pic_fields_error_resilient_mode: Number(frame.resilient),
		pic_fields_intra_only: Number(frame.intraOnly),
		pic_fields_allow_high_precision_mv: Number(frame.highPrecision),
		pic_fields_mcomp_filter_type: frame.filter,
		pic_fields_frame_parallel_decoding_mode: Number(frame.parallel),
		pic_fields_reset_frame_context: frame.reset,
		pic_fields_refresh_frame_context: Number(frame.refreshContext),
		pic_fields_frame_context_idx: frame.contextIdx,
		pic_fields_segmentation_enabled: Number(s.enabled),
		pic_fields_segmentation_temporal_update: Number(s.temporal),
		pic_fields_segmentation_update_map: Number(s.updateMap),
		pic_fields_last_ref_frame: last,
		pic_fields_last_ref_frame_sign_bias: frame.signBias[0],
		pic_fields_golden_ref_frame: golden,
		pic_fields_golden_ref_frame_sign_bias: frame.signBias[1],
		pic_fields_alt_ref_frame: altref,
		pic_fields_alt_ref_frame_sign_bias: frame.signBias[2],
		pic_fields_lossless_flag: Number(frame.lossless),
		filter_level: frame.lf.level,
		sharpness_level: frame.lf.sharpness,
		log2_tile_rows: frame.tileRows,
		log2_tile_columns: frame.tileCols,
		frame_header_length_in_bytes: frame.uncompressedSize,
		first_partition_size: frame.compressedSize,
		mb_segment_tree_probs: s.updateMap ? s.tree : new Array(7).fill(0),
		segment_pred_probs: s.pred,
		profile: frame.profile,
		bit_depth: frame.bitDepth,
	};
	const slice = {
		slice_data_size: frame.bytes.length,
		slice_data_offset: 0,
		slice_data_flag: c.VA_SLICE_DATA_FLAG_ALL,
		seg_param: Array.from({ length: 8 }, (_, i) => {
			if (i > 0 && !s.enabled) return emptySegment();
			const [, , reference, skip] = s.features[i];
			return {
				...emptySegment(),
				segment_flags_segment_reference_enabled: Number(reference !== null),
				segment_flags_segment_reference: reference ?? 0,
				segment_flags_segment_reference_skipped: Number(skip !== null),
				filter_level: frame.lf.level === 0 ? emptySegment().filter_level : levels(frame, i),
			};
		}),
	};
	if (intra) Object.assign(picture, { pic_fields_mcomp_filter_type: 0 });
	return { picture, slice, data: frame.bytes };
}

const emptySegment = (): Fields => ({
	segment_flags_segment_reference_enabled: 0,
	segment_flags_segment_reference: 0,
	segment_flags_segment_reference_skipped: 0,
	filter_level: [
		[0, 0],
		[0, 0],
		[0, 0],
		[0, 0],
	],
	luma_ac_quant_scale: 0,
	luma_dc_quant_scale: 0,
	chroma_ac_quant_scale: 0,
	chroma_dc_quant_scale: 0,
});

/** What FFmpeg's vp9.c leaves from frame to frame, and gives whether or not it means something. */
class Leftovers {
	private old: Fields = {};

	apply(picture: Fields, frame: Frame): void {
		const s = frame.segmentation;
		const intra = frame.key || frame.intraOnly;
		const keep = (condition: boolean, ...fields: string[]) => {
			for (const field of fields) if (!condition) picture[field] = this.old[field] ?? picture[field];
		};
		keep(!frame.key, "pic_fields_reset_frame_context");
		keep(!intra, "pic_fields_mcomp_filter_type", "pic_fields_allow_high_precision_mv");
		for (const name of ["last", "golden", "alt"])
			keep(!intra, `pic_fields_${name}_ref_frame`, `pic_fields_${name}_ref_frame_sign_bias`);
		keep(s.enabled, "pic_fields_segmentation_update_map");
		keep(s.updateMap, "pic_fields_segmentation_temporal_update", "mb_segment_tree_probs");
		if (intra) picture.pic_fields_frame_context_idx = 0;
		this.old = { ...picture };
	}
}

/** v4l2_ctrl_vp9_frame of a frame whose references were decoded with these timestamps, by slot. */
export function expectedFrame(frame: Frame, timestamps: bigint[]): Fields {
	const { lf, quant, segmentation: s } = frame;
	const flags = (list: [boolean, number][]) =>
		list.reduce((sum, [set, flag]) => (set ? sum | flag : sum), 0);
	const intra = frame.key || frame.intraOnly;
	const timestamp = (i: number) => (intra ? 0n : timestamps[frame.refIdx[i]]);
	return {
		lf: {
			ref_deltas: lf.refDeltas,
			mode_deltas: lf.modeDeltas,
			level: lf.level,
			sharpness: lf.sharpness,
			flags: flags([
				[lf.enabled, c.V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED],
				[lf.update, c.V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE],
			]),
			reserved: new Array(7).fill(0),
		},
		quant: {
			base_q_idx: quant[0],
			delta_q_y_dc: quant[1],
			delta_q_uv_dc: quant[2],
			delta_q_uv_ac: quant[3],
			reserved: new Array(4).fill(0),
		},
		seg: {
			feature_data: s.features.map((features) => features.map((value) => value ?? 0)),
			feature_enabled: s.features.map((features) =>
				features.reduce<number>((sum, value, i) => (value === null ? sum : sum | (1 << i)), 0),
			),
			tree_probs: s.tree,
			pred_probs: s.pred,
			flags: flags([
				[s.enabled, c.V4L2_VP9_SEGMENTATION_FLAG_ENABLED],
				[s.updateMap, c.V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP],
				[s.temporal, c.V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE],
				[s.updateData, c.V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA],
				[s.absolute, c.V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE],
			]),
			reserved: new Array(5).fill(0),
		},
		flags: flags([
			[frame.key, c.V4L2_VP9_FRAME_FLAG_KEY_FRAME],
			[frame.shown, c.V4L2_VP9_FRAME_FLAG_SHOW_FRAME],
			[frame.resilient, c.V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT],
			[frame.intraOnly, c.V4L2_VP9_FRAME_FLAG_INTRA_ONLY],
			[frame.highPrecision, c.V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV],
			[frame.refreshContext, c.V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX],
			[frame.parallel, c.V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE],
			[true, c.V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING],
			[true, c.V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING],
			[frame.fullRange, c.V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING],
		]),
		compressed_header_size: frame.compressedSize,
		uncompressed_header_size: frame.uncompressedSize,
		frame_width_minus_1: frame.width - 1,
		frame_height_minus_1: frame.height - 1,
		render_width_minus_1: frame.renderWidth - 1,
		render_height_minus_1: frame.renderHeight - 1,
		last_frame_ts: timestamp(0),
		golden_frame_ts: timestamp(1),
		alt_frame_ts: timestamp(2),
		ref_frame_sign_bias: frame.signBias.reduce((sum, bias, i) => sum | (bias << i), 0),
		reset_frame_context: Math.max(frame.reset - 1, 0),
		frame_context_idx: frame.contextIdx,
		profile: frame.profile,
		bit_depth: frame.bitDepth,
		interpolation_filter: frame.filter,
		tile_cols_log2: frame.tileCols,
		tile_rows_log2: frame.tileRows,
		reference_mode: frame.referenceMode,
		reserved: new Array(7).fill(0),
	};
}

/** The bytes of v4l2_ctrl_vp9_compressed_hdr, in the order of its fields. */
export function expectedCompressed({ updates: u }: Frame): Uint8Array {
	const uvMode = new Array(90).fill(0);
	const mv = [u.joint, u.sign, u.classes, u.class0Bit, u.bits, u.class0Fr, u.fr, u.class0Hp, u.hp];
	const lists = [[u.txMode], u.tx8, u.tx16, u.tx32, u.coef, u.skip, u.interMode, u.interpFilter, u.isInter];
	return Uint8Array.from(
		[...lists, u.compMode, u.singleRef, u.compRef, u.yMode, uvMode, u.partition, ...mv].flat(),
	);
}

/** What came of a frame. */
export interface Decoded {
	frame: Frame;
	outcome: Outcome;
	/** What the device got: the controls, and the bytes of the OUTPUT buffer. */
	control: Fields;
	compressed: Uint8Array;
	bytes: Uint8Array;
	/** What it should have got, by the stream. */
	expected: Fields;
	expectedCompressed: Uint8Array;
}

/** Plays one stream on a device, with as many surfaces as a player has. */
export class Vp9Player {
	readonly stream = new Stream();
	readonly device: Device;
	readonly events: Player;
	/** Of the surfaces to come; none: larger than any picture. */
	surfaceSize: [width?: number, height?: number] = [];
	slots: (Reference | null)[] = new Array(8).fill(null);
	private readonly leftovers = new Leftovers();
	/** Segmentation features as the device was told them last; hantro keeps those. */
	private told = JSON.stringify(new Array(8).fill([null, null, null, null]));

	constructor(
		readonly style: Style,
		width: number,
		height: number,
		options: DeviceOptions = {},
		profile = c.VAProfileVP9Profile0,
	) {
		this.device = new Device({ facts: vp9Facts(options), ...options });
		const { status } = this.device.create(profile, width, height);
		if (status !== 0) throw new Error(`vaCreateContext: status ${status}`);
		this.events = new Player(undefined, this.device);
	}

	/** A surface that holds no reference. */
	freeSurface(): number {
		for (let surface = 10; ; surface++)
			if (this.slots.every((each) => each?.surface !== surface)) return surface;
	}

	/** A frame that shows an existing one comes to nothing: null. edit: what is done to the buffers before they are sent. */
	decode(bytes: Uint8Array, edit: (buffers: Buffers) => void = () => {}): Decoded | null {
		const frame = this.stream.read(bytes);
		if (!frame) return null;
		const surface = this.freeSurface();
		const buffers = vaBuffers(
			frame,
			this.slots.map((each) => each?.surface ?? null),
		);
		if (this.style === "stale" && buffers.picture) this.leftovers.apply(buffers.picture, frame);
		edit(buffers);
		const outcome = this.send(surface, buffers);
		const expected = expectedFrame(
			frame,
			this.slots.map((each) => each?.timestamp ?? 0n),
		);
		const features = JSON.stringify(frame.segmentation.features);
		if (frame.segmentation.enabled && features !== this.told)
			expected.seg.flags |= c.V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
		const submission = outcome.status === 0 ? this.device.submissions.at(-1) : undefined;
		const raw = submission?.rawControls.get(c.V4L2_CID_STATELESS_VP9_FRAME);
		this.device.completeAll();
		if (submission && (expected.seg.flags & c.V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA) !== 0)
			this.told = features;
		for (let i = 0; i < 8; i++)
			if ((frame.refresh >> i) & 1) this.slots[i] = { surface, timestamp: submission?.timestamp ?? 0n };
		return {
			...{ frame, outcome, expected, expectedCompressed: expectedCompressed(frame) },
			control: raw ? decode("v4l2_ctrl_vp9_frame", raw) : {},
			compressed:
				submission?.rawControls.get(c.V4L2_CID_STATELESS_VP9_COMPRESSED_HDR) ?? new Uint8Array(0),
			bytes: Uint8Array.from(
				submission?.pieces.flatMap(({ prefix, offset, size }) => [
					...prefix,
					...buffers.data.subarray(offset, offset + size),
				]) ?? [],
			),
		};
	}

	/** All frames of a superframe, those that show an existing one left out. */
	decodeAll(bytes: Uint8Array): Decoded[] {
		return framesOf(bytes).flatMap((frame) => this.decode(frame) ?? []);
	}

	private send(surface: number, { picture, slice, data }: Buffers): Outcome {
		const player = this.events;
		const outcomes = [player.begin(surface, ...this.surfaceSize)];
		if (picture)
			outcomes.push(
				player.parameter(
					c.VAPictureParameterBufferType,
					encode("VADecPictureParameterBufferVP9", picture),
				),
			);
		outcomes.push(
			player.slice(encode("VASliceParameterBufferVP9", slice), data, data.length),
			player.end(0),
		);
		return (
			outcomes.find(({ status, message }) => status !== 0 || message === MISSING) ??
			outcomes[outcomes.length - 1]
		);
	}
}
