// SPDX-License-Identifier: MIT
// What index.tsv says of a clip, and what its headers have where that is so.
import { type Features, featuresOf } from "../features.ts";
import { Headers, is, type TracedElement } from "../traced.ts";

/** Whether a segment has a level of the loop filter of its own: features 1 to 4, 6.10.16. */
const ofFilterLevel = ({ name, subscript }: TracedElement) =>
	name === "feature_value" && /\[[1-4]\]$/.test(subscript);

const words: Record<string, (headers: Headers) => boolean> = {
	"10bit": (h) => h.has("high_bitdepth"),
	"12bit": (h) => h.has("twelve_bit"),
	"4:4:4": (h) => h.has("seq_profile", is(1)),
	"all-intra": (h) => !h.has("frame_type", is(1)),
	"cdf-update-sometimes": (h) => h.both("disable_cdf_update"),
	"chroma-from-luma": (h) => h.has("chroma_scaling_from_luma"),
	"chroma-quantisers": (h) => h.has("delta_q_u_dc.delta_coded"),
	clip: (h) => h.has("clip_to_restricted_range"),
	compound: (h) => h.has("reference_select"),
	"decoder-model": (h) => h.has("decoder_model_info_present_flag"),
	"delta-lf": (h) => h.has("delta_lf_present"),
	"delta-q": (h) => h.has("delta_q_present"),
	"eight-references": (h) => [0, 1, 2, 3, 4, 5, 6, 7].every((slot) => h.has("ref_frame_idx", is(slot))),
	"error-resilient": (h) => h.has("error_resilient_mode"),
	"film-grain": (h) => h.has("apply_grain"),
	"filter-levels-of-segments": (h) => h.units.some(({ elements }) => elements.some(ofFilterLevel)),
	"frame-ids": (h) => h.has("frame_id_numbers_present_flag"),
	"frame-parallel": (h) => h.has("disable_frame_end_update_cdf"),
	"frame-size-override": (h) => h.has("frame_size_override_flag") && h.has("found_ref"),
	"global-motion": (h) => h.has("is_global"),
	"grain-at-times": (h) => h.both("apply_grain"),
	"hidden-frames": (h) => h.both("show_frame"),
	"high-quantiser": (h) => !h.has("base_q_idx", (index) => index < 200),
	"integer-mv": (h) => h.has("force_integer_mv"),
	"interpolation-filters": (h) => [0, 1, 2, 3].every((filter) => h.has("interpolation_filter", is(filter))),
	"intra-block-copy": (h) => h.has("allow_intrabc"),
	"intra-only": (h) => h.has("frame_type", is(2)),
	"kept-features": (h) => h.has("segmentation_update_data", is(0)),
	large: (h) => h.has("max_frame_width_minus_1", (width) => width >= 1279),
	"loop-filter-deltas": (h) => h.has("loop_filter_delta_update"),
	"loop-restoration": (h) => h.has("lr_type"),
	lossless: (h) => !h.has("base_q_idx"),
	"low-quantiser": (h) => !h.has("base_q_idx", (index) => index >= 20),
	monochrome: (h) => h.has("mono_chrome"),
	"no-cdef": (h) => h.without("enable_cdef"),
	"no-cdf-update": (h) => h.has("disable_cdf_update"),
	"no-order-hint": (h) => h.without("enable_order_hint"),
	"no-reference-mvs": (h) => h.without("enable_ref_frame_mvs"),
	"no-restoration": (h) => h.without("enable_restoration"),
	"non-uniform-tiles": (h) => h.has("uniform_tile_spacing_flag", is(0)),
	"odd-size": (h) =>
		["width", "height"].some((side) => h.has(`max_frame_${side}_minus_1`, (size) => size % 2 === 0)),
	overlap: (h) => h.has("overlap_flag"),
	profile1: (h) => h.has("seq_profile", is(1)),
	profile2: (h) => h.has("seq_profile", is(2)),
	"quantiser-matrices": (h) => h.has("using_qmatrix"),
	"quantisers-of-each-plane": (h) => h.has("diff_uv_delta") && h.has("delta_q_y_dc.delta_coded"),
	"reduced-still-picture": (h) => h.has("reduced_still_picture_header"),
	"reduced-transforms": (h) => h.has("reduced_tx_set"),
	"refresh-none": (h) => h.has("refresh_frame_flags", is(0)),
	"refresh-several": (h) => h.has("refresh_frame_flags", (mask) => (mask & (mask - 1)) !== 0),
	"render-size": (h) => h.has("render_and_frame_size_different"),
	"screen-content": (h) => h.has("allow_screen_content_tools"),
	segmentation: (h) => h.has("segmentation_enabled"),
	sharpness: (h) => h.has("loop_filter_sharpness"),
	"show-existing": (h) => h.has("show_existing_frame"),
	"skip-mode": (h) => h.has("skip_mode_present"),
	"still-picture": (h) => h.has("still_picture"),
	"superblocks-of-128": (h) => h.has("use_128x128_superblock"),
	superres: (h) => h.has("use_superres"),
	"switch-frames": (h) => h.has("frame_type", is(3)),
	"switchable-restoration": (h) => h.has("lr_type", is(1)),
	temporal: (h) => h.has("segmentation_temporal_update"),
	"timing-info": (h) => h.has("timing_info_present_flag"),
	warped: (h) => h.has("allow_warped_motion"),
};

/** Words of what headers do not tell: what tiles have, which frames are in the slots, sizes, how a clip was made. */
const elsewhere = [
	...["show-existing-key-frame", "all-slots", "scaled-references"],
	...["obmc", "interintra", "masked", "palette", "variance", "complexity", "cyclic"],
	...["narrow", "long", "smaller-than-a-superblock"],
	...["smaller-on-key-frame", "larger-on-key-frame"],
	...["tiles", "tile-columns2", "tile-columns4", "tile-rows2", "tile-rows4", "tile-groups3"],
	...["svt", "realtime"],
];

export const av1Features: Features = featuresOf((path) => new Headers(path), words, elsewhere);
