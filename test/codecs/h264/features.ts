// SPDX-License-Identifier: MIT
// What index.tsv says of a clip, and what its headers have where that is so.
import { type Features, featuresOf } from "../features.ts";
import { SliceHeaders } from "../nal-slices.ts";
import { is, nonzero, type TracedUnit } from "../traced.ts";

const NAMES = { title: "Slice Header", address: "first_mb_in_slice", types: "PBI" };
const IDR = 5;

class Slices extends SliceHeaders {
	constructor(path: string) {
		super(path, NAMES);
	}

	/** Whether pictures have each of these memory management operations. */
	operations(...wanted: number[]): boolean {
		return wanted.every((operation) => this.has("memory_management_control_operation", is(operation)));
	}

	/** Whether lists have this many entries where a slice does not say otherwise, and as many frames are kept. */
	references(count: number): boolean {
		return (
			this.has("num_ref_idx_l0_default_active_minus1", is(count - 1)) &&
			this.has("max_num_ref_frames", (frames) => frames >= count)
		);
	}

	/** Whether its pictures have this many macroblocks, as frames. */
	macroblocks(across: number, down: number): boolean {
		return (
			this.has("pic_width_in_mbs_minus1", is(across - 1)) &&
			this.has("pic_height_in_map_units_minus1", is(down - 1)) &&
			!this.has("frame_mbs_only_flag", is(0))
		);
	}

	/** Whether frame_num leaves numbers out. */
	get gaps(): boolean {
		const numbers = this.slices.map((slice) => slice.value("frame_num") ?? 0);
		return numbers.some((number, i) => i > 0 && number - numbers[i - 1] > 1);
	}

	/** Whether a list has a picture more than once: its number, less as many as there are numbers. */
	get duplicates(): boolean {
		const numbers = this.values("log2_max_frame_num_minus4").map((bits) => 2 ** (bits + 4));
		return this.has("abs_diff_pic_num_minus1", (difference) => numbers.includes(difference + 1));
	}
}

const isField = (slice: TracedUnit): boolean => slice.has("field_pic_flag");
const isNoReference = (slice: TracedUnit): boolean => slice.value("nal_ref_idc") === 0;
/** Lists of the scaling matrix that a parameter set has. */
const listsOf = (unit: TracedUnit): number[] => unit.values("pic_scaling_list_present_flag");

const words: Record<string, (headers: Slices) => boolean> = {
	"10-bit": (h) => h.has("bit_depth_luma_minus8", is(2)) && h.has("bit_depth_chroma_minus8", is(2)),
	"1280x720": (h) => h.macroblocks(80, 45),
	"16x16": (h) => h.macroblocks(1, 1),
	"4:2:2": (h) => h.has("chroma_format_idc", is(2)),
	"4:4:4": (h) => h.has("chroma_format_idc", is(3)),
	"8x8": (h) => h.units.some((unit) => unit.has("transform_8x8_mode_flag") && listsOf(unit).length === 8),
	"8x8dct": (h) => h.has("transform_8x8_mode_flag"),
	B: (h) => h.types("B"),
	"B-pyramid": (h) => h.typed("B", (slice) => !isNoReference(slice)),
	CABAC: (h) => !h.has("entropy_coding_mode_flag", is(0)),
	CAVLC: (h) => h.without("entropy_coding_mode_flag"),
	MBAFF: (h) => h.has("mb_adaptive_frame_field_flag") && h.some((slice) => !isField(slice)),
	MMCO1: (h) => h.operations(1),
	MMCO12346: (h) => h.operations(1, 2, 3, 4, 6),
	MMCO5: (h) => h.operations(5),
	P: (h) => h.types("P") && !h.types("B"),
	PAFF: (h) => h.some(isField),
	RPLR: (h) => h.has("ref_pic_list_modification_flag_l0"),
	"chroma-qp-offset": (h) => h.has("chroma_qp_index_offset", (offset) => offset > 0),
	"constrained-intra": (h) => h.has("constrained_intra_pred_flag"),
	crop: (h) => h.has("frame_cropping_flag"),
	"deblock-ctrl": (h) => h.has("deblocking_filter_control_present_flag"),
	"deblock-offsets": (h) => h.has("slice_alpha_c0_offset_div2") && h.has("slice_beta_offset_div2"),
	"delta-always-zero": (h) => h.has("delta_pic_order_always_zero_flag"),
	"delta-poc-bottom": (h) => h.has("delta_pic_order_cnt_bottom"),
	duplicates: (h) => h.duplicates,
	"fallback-rules": (h) => h.units.some((unit) => [0, 1].every((flag) => listsOf(unit).includes(flag))),
	"frame-mbs-only-0": (h) => h.has("frame_mbs_only_flag", is(0)),
	"frame-num-gaps": (h) => h.has("gaps_in_frame_num_allowed_flag") && h.gaps,
	"intra-refresh": (h) => h.has("recovery_frame_cnt"),
	"lists-of-each-kind": (h) => h.units.some((unit) => listsOf(unit).filter(nonzero).length === 6),
	"long-term": (h) => h.operations(3) || h.has("long_term_reference_flag"),
	"long-term-IDR": (h) => h.has("long_term_reference_flag"),
	"mixed-slice-types": (h) => h.neighbours((slice, before) => h.typeOf(slice) !== h.typeOf(before)),
	monochrome: (h) => h.has("chroma_format_idc", is(0)),
	"multi-PPS": (h) => h.kinds("pic_parameter_set_id") > 1,
	"multi-SPS": (h) => h.kinds("seq_parameter_set_id") > 1,
	"multi-slice": (h) => h.has("first_mb_in_slice"),
	"no-deblocking": (h) => h.has("disable_deblocking_filter_idc", is(1)),
	"non-reference": (h) => h.some(isNoReference),
	"non-reference-pairs": (h) =>
		[0, 1].every((bottom) =>
			h.some((slice) => isNoReference(slice) && slice.value("bottom_field_flag") === bottom),
		),
	"open-gop": (h) => h.typed("I", (slice) => slice.value("nal_unit_type") !== IDR),
	poc1: (h) => h.has("pic_order_cnt_type", is(1)),
	poc2: (h) => h.has("pic_order_cnt_type", is(2)),
	progressive: (h) => h.without("mb_adaptive_frame_field_flag") && h.without("field_pic_flag"),
	"redundant-pic-cnt": (h) => h.has("redundant_pic_cnt_present_flag"),
	refs16: (h) => h.references(16),
	refs2: (h) => h.references(2),
	refs3: (h) => h.references(3),
	refs4: (h) => h.references(4),
	resize: (h) => h.kinds("pic_width_in_mbs_minus1") > 1,
	"scaling-matrix": (h) =>
		h.has("seq_scaling_matrix_present_flag") || h.has("pic_scaling_matrix_present_flag"),
	"second-chroma-qp": (h) =>
		h.units.some((unit) => {
			const second = unit.value("second_chroma_qp_index_offset");
			return second !== undefined && second !== unit.value("chroma_qp_index_offset");
		}),
	"slices:PI": (h) => h.types("PI") && !h.types("B"),
	"spatial-direct": (h) => h.has("direct_spatial_mv_pred_flag"),
	"temporal-direct": (h) => h.has("direct_spatial_mv_pred_flag", is(0)),
	"two-SPS": (h) => h.kinds("seq_parameter_set_id") === 2,
	"two-deltas": (h) => h.has("delta_pic_order_cnt[1]"),
	"weightB-explicit": (h) => h.has("weighted_bipred_idc", is(1)) && h.typed("B", weighted),
	"weightB-implicit": (h) => h.has("weighted_bipred_idc", is(2)) && h.types("B"),
	weightP: (h) => h.has("weighted_pred_flag") && h.typed("P", weighted),
};

/** Whether a slice gives a picture a weight. */
function weighted(slice: TracedUnit): boolean {
	return slice.has("luma_weight_l0_flag") || slice.has("chroma_weight_l0_flag");
}

/** Words of what headers do not tell: the pictures that were coded, how long a clip is. */
const elsewhere = ["fade", "mpv-length"];

export const h264Features: Features = featuresOf((path) => new Slices(path), words, elsewhere);
