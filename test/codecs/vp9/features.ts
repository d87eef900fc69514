// SPDX-License-Identifier: MIT
// What index.tsv says of a clip, and what its headers have where that is so. FFmpeg does not tell of compressed headers: those the tests' own
// reader reads.
import { readFileSync } from "node:fs";
import { type Features, featuresOf } from "../features.ts";
import { Headers, is, type TracedUnit } from "../traced.ts";
import { ivfFrames } from "../vp8/ivf.ts";
import { type Frame, framesOf, Stream } from "./unit/support/stream.ts";

class Frames extends Headers {
	/** But those that show an existing one. */
	readonly frames: Frame[];
	private readonly headers = this.titled("Frame");

	constructor(path: string) {
		super(path);
		const stream = new Stream();
		// The reader knows 4:2:0 alone.
		const files = this.has("profile_low_bit") ? [] : ivfFrames(readFileSync(path)).flatMap(framesOf);
		this.frames = files.map((frame) => stream.read(frame)).filter((frame) => frame !== null);
	}

	/** Whether the header of a frame will do. */
	header(will: (header: TracedUnit) => boolean): boolean {
		return this.headers.some(will);
	}

	/** Whether a frame will do. */
	some(will: (frame: Frame) => boolean): boolean {
		return this.frames.some(will);
	}

	/** Whether every frame will do. */
	every(will: (frame: Frame) => boolean): boolean {
		return this.frames.length > 0 && this.frames.every(will);
	}

	/** Whether the size of every frame will do. */
	sized(will: (width: number, height: number) => boolean): boolean {
		return this.every(({ width, height }) => will(width, height));
	}

	/** Whether key frames change the size so. */
	resized(will: (area: number, before: number) => boolean): boolean {
		const areas = this.frames.filter(({ key }) => key).map(({ width, height }) => width * height);
		return areas.some((area, i) => i > 0 && will(area, areas[i - 1]));
	}

	/** Whether frames have each of these values of an element. */
	each(name: string, ...values: number[]): boolean {
		return values.every((value) => this.has(name, is(value)));
	}

	/** Whether frames with coefficients of the DCT have quantisers of these alone. */
	quantisers(will: (index: number) => boolean): boolean {
		return this.every(({ lossless, quant }) => !lossless && will(quant[0]));
	}
}

/** TX_MODE_SELECT, 7.3.2 */
const SELECT = 4;

const words: Record<string, (headers: Frames) => boolean> = {
	"10bit": (h) => h.some(({ bitDepth }) => bitDepth === 10),
	"12bit": (h) => h.has("ten_or_twelve_bit"),
	"4:4:4": (h) => h.has("subsampling_x", is(0)),
	"4x4-only": (h) => h.some(({ lossless, updates }) => !lossless && updates.txMode === 0),
	// Probabilities that follow what was decoded, 8.4.2.
	adaptation: (h) =>
		h.some(({ resilient, parallel, refreshContext }) => !resilient && !parallel && refreshContext),
	"absolute-values": (h) => h.has("segmentation_abs_or_delta_update"),
	"all-filters": (h) =>
		h.each("raw_interpolation_filter_type", 0, 1, 2, 3) && h.has("is_filter_switchable"),
	"all-transform-modes": (h) =>
		[0, 1, 2, 3, SELECT].every((mode) => h.some(({ updates }) => updates.txMode === mode)),
	compound: (h) => h.some(({ referenceMode }) => referenceMode > 0),
	"compound-prediction": (h) => h.some(({ referenceMode }) => referenceMode > 0),
	"error-resilient": (h) => h.has("error_resilient_mode"),
	"frame-contexts": (h) => h.each("frame_context_idx", 0, 1, 2, 3),
	"frame-parallel": (h) => h.has("frame_parallel_decoding_mode"),
	"hidden-frames": (h) => h.both("show_frame"),
	"high-precision": (h) => h.has("allow_high_precision_mv"),
	"high-quantiser": (h) => h.quantisers((index) => index >= 240),
	inter: (h) => h.some(({ key, lossless }) => lossless && !key),
	"intra-only": (h) => h.has("intra_only"),
	large: (h) => h.sized((width, height) => width >= 1280 && height >= 720),
	"larger-on-key-frame": (h) => h.resized((area, before) => area > before),
	// Of encoders they have some hundred bytes.
	"longest-compressed-header": (h) => h.has("header_size_in_bytes", (size) => size > 2048),
	"loop-filter-deltas": (h) => h.has("loop_filter_mode_deltas") && h.has("loop_filter_ref_deltas"),
	lossless: (h) => h.some(({ lossless }) => lossless),
	"low-quantiser": (h) => h.quantisers((index) => index < 20),
	"odd-size": (h) => h.sized((width, height) => width % 2 === 1 && height % 2 === 1),
	"one-sample": (h) => h.sized((width, height) => width * height === 1),
	persistent: (h) =>
		h.header((header) => header.has("segmentation_enabled") && !header.has("segmentation_update_map")),
	profile1: (h) => h.has("profile_low_bit") && h.without("profile_high_bit"),
	profile2: (h) => h.has("profile_high_bit") && h.without("profile_low_bit"),
	"refresh-none": (h) => h.has("refresh_frame_flags", is(0)),
	"render-size": (h) => h.has("render_and_frame_size_different"),
	"reset-contexts": (h) => h.each("reset_frame_context", 2, 3),
	segmentation: (h) => h.has("segmentation_enabled"),
	"several-altrefs": (h) =>
		new Set(h.frames.filter(({ shown }) => !shown).map(({ refresh }) => refresh)).size > 1,
	sharpness: (h) => h.has("loop_filter_sharpness"),
	"show-existing": (h) => h.has("show_existing_frame"),
	"sign-bias": (h) => h.has("ref_frame_sign_bias"),
	// Not of the first that is asked.
	"size-of-reference": (h) => h.some(({ sizedBy }) => sizedBy > 0),
	"smaller-on-key-frame": (h) => h.resized((area, before) => area < before),
	"smaller-than-a-block": (h) => h.sized((width, height) => width < 8 && height < 8),
	"smaller-than-a-superblock": (h) => h.sized((width, height) => width < 64 || height < 64),
	"switchable-filters": (h) => h.has("is_filter_switchable"),
	temporal: (h) => h.has("segmentation_temporal_update"),
	"tile-columns4": (h) => h.has("tile_cols_log2", is(2)),
	"tile-rows": (h) => h.has("tile_rows_log2"),
	"tile-rows4": (h) => h.has("tile_rows_log2", is(2)),
	"transform-sizes": (h) => h.some(({ updates }) => updates.txMode === SELECT),
};

/** Words of what headers do not tell: how segments and blocks were chosen, how long a clip is. */
const elsewhere = ["complexity", "cyclic", "long", "screen-content", "variance"];

export const vp9Features: Features = featuresOf((path) => new Frames(path), words, elsewhere);
