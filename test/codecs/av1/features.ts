// SPDX-License-Identifier: MIT
// What index.tsv says of a clip, and what its headers have where that is so.
import { type Element, traced } from "../../../fixtures/av1/writer/headers.ts";

/** The headers of a stream. */
export class Headers {
	private readonly sequences: Element[][];
	private readonly frames: Element[][];

	constructor(file: Uint8Array) {
		({ sequences: this.sequences, frames: this.frames } = traced(file));
	}

	private values(from: Element[][], name: string): number[] {
		return from
			.flat()
			.filter((element) => element.name.replace(/\[.*/, "") === name)
			.map((element) => Number.parseInt(element.bits, 2));
	}

	/** Whether an element of a sequence header has a value that will do. */
	sequence(name: string, will = (value: number) => value !== 0): boolean {
		return this.values(this.sequences, name).some(will);
	}

	/** The same of the frames' headers. */
	frame(name: string, will = (value: number) => value !== 0): boolean {
		return this.values(this.frames, name).some(will);
	}

	/** Whether it has both. */
	both(name: string): boolean {
		return [0, 1].every((wanted) => this.frame(name, (value) => value === wanted));
	}

	/** Whether the sequence says that there is none of it. */
	without(name: string): boolean {
		return !this.sequence(name);
	}
}

const is = (wanted: number) => (value: number) => value === wanted;

/** By the word of the index. */
export const features: Record<string, (headers: Headers) => boolean> = {
	"10bit": (h) => h.sequence("high_bitdepth"),
	"12bit": (h) => h.sequence("twelve_bit"),
	"all-intra": (h) => !h.frame("frame_type", is(1)),
	"cdf-update-sometimes": (h) => h.both("disable_cdf_update"),
	"chroma-from-luma": (h) => h.frame("chroma_scaling_from_luma"),
	"chroma-quantisers": (h) => h.frame("delta_q_u_dc.delta_coded"),
	clip: (h) => h.frame("clip_to_restricted_range"),
	compound: (h) => h.frame("reference_select"),
	"decoder-model": (h) => h.sequence("decoder_model_info_present_flag"),
	"delta-lf": (h) => h.frame("delta_lf_present"),
	"delta-q": (h) => h.frame("delta_q_present"),
	"error-resilient": (h) => h.frame("error_resilient_mode"),
	"film-grain": (h) => h.frame("apply_grain"),
	"filter-levels-of-segments": (h) => h.frame("feature_value", (value) => value < 64),
	"frame-ids": (h) => h.sequence("frame_id_numbers_present_flag"),
	"frame-parallel": (h) => h.frame("disable_frame_end_update_cdf"),
	"frame-size-override": (h) => h.frame("frame_size_override_flag") && h.frame("found_ref"),
	"global-motion": (h) => h.frame("is_global"),
	"grain-at-times": (h) => h.both("apply_grain"),
	"hidden-frames": (h) => h.both("show_frame"),
	"integer-mv": (h) => h.frame("force_integer_mv"),
	"interpolation-filters": (h) =>
		[0, 1, 2, 3].every((filter) => h.frame("interpolation_filter", is(filter))),
	"intra-block-copy": (h) => h.frame("allow_intrabc"),
	"intra-only": (h) => h.frame("frame_type", is(2)),
	"kept-features": (h) => h.frame("segmentation_update_data", is(0)),
	"loop-filter-deltas": (h) => h.frame("loop_filter_delta_update"),
	"loop-restoration": (h) => h.frame("lr_type"),
	lossless: (h) => !h.frame("base_q_idx"),
	monochrome: (h) => h.sequence("mono_chrome"),
	"no-cdef": (h) => h.without("enable_cdef"),
	"no-cdf-update": (h) => h.frame("disable_cdf_update"),
	"no-order-hint": (h) => h.without("enable_order_hint"),
	"no-reference-mvs": (h) => h.without("enable_ref_frame_mvs"),
	"no-restoration": (h) => h.without("enable_restoration"),
	"non-uniform-tiles": (h) => h.frame("uniform_tile_spacing_flag", is(0)),
	overlap: (h) => h.frame("overlap_flag"),
	"quantiser-matrices": (h) => h.frame("using_qmatrix"),
	"quantisers-of-each-plane": (h) => h.frame("diff_uv_delta") && h.frame("delta_q_y_dc.delta_coded"),
	"reduced-still-picture": (h) => h.sequence("reduced_still_picture_header"),
	"reduced-transforms": (h) => h.frame("reduced_tx_set"),
	"refresh-none": (h) => h.frame("refresh_frame_flags", is(0)),
	"refresh-several": (h) => h.frame("refresh_frame_flags", (mask) => (mask & (mask - 1)) !== 0),
	"render-size": (h) => h.frame("render_and_frame_size_different"),
	"screen-content": (h) => h.frame("allow_screen_content_tools"),
	segmentation: (h) => h.frame("segmentation_enabled"),
	sharpness: (h) => h.frame("loop_filter_sharpness"),
	"skip-mode": (h) => h.frame("skip_mode_present"),
	"still-picture": (h) => h.sequence("still_picture"),
	"superblocks-of-128": (h) => h.sequence("use_128x128_superblock"),
	superres: (h) => h.frame("use_superres"),
	"switchable-restoration": (h) => h.frame("lr_type", is(1)),
	"switch-frames": (h) => h.frame("frame_type", is(3)),
	temporal: (h) => h.frame("segmentation_temporal_update"),
	"timing-info": (h) => h.sequence("timing_info_present_flag"),
	warped: (h) => h.frame("allow_warped_motion"),
};

/** Words of what headers do not tell: what tiles have, which frames are in the slots, sizes, how a clip was made. */
export const elsewhere = [
	...["show-existing", "show-existing-key-frame", "all-slots", "eight-references", "scaled-references"],
	...["obmc", "interintra", "masked", "palette", "variance", "complexity", "cyclic"],
	...["odd-size", "narrow", "large", "long", "smaller-than-a-superblock"],
	...["smaller-on-key-frame", "larger-on-key-frame", "low-quantiser", "high-quantiser"],
	...["tiles", "tile-columns2", "tile-columns4", "tile-rows2", "tile-rows4", "tile-groups3"],
	...["svt", "realtime", "profile1", "profile2", "4:4:4"],
];
