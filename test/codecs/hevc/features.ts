// SPDX-License-Identifier: MIT
// What index.tsv says of a clip, and what its headers have where that is so.
import { readFileSync } from "node:fs";
import { NAL } from "../../../fixtures/hevc/writer/headers.ts";
import { type Features, featuresOf } from "../features.ts";
import { annexB } from "../nal.ts";
import { SliceHeaders } from "../nal-slices.ts";
import { is, type TracedUnit } from "../traced.ts";

const NAMES = { title: "Slice Segment Header", address: "slice_segment_address", types: "BPI" };
const SPS = "Sequence Parameter Set";
const PPS = "Picture Parameter Set";

class Slices extends SliceHeaders {
	/** nal_unit_type of each NAL unit: FFmpeg does not tell of those that have nothing else. */
	private readonly kindsOfUnits: number[];

	constructor(path: string) {
		super(path, NAMES);
		this.kindsOfUnits = annexB(readFileSync(path)).units.map((unit) => (unit[0] >> 1) & 63);
	}

	/** Whether there are NAL units of one of these types. */
	unit(...types: number[]): boolean {
		return this.kindsOfUnits.some((type) => types.includes(type));
	}

	/** How many pictures are IDR pictures. */
	get begins(): number {
		const types = is(NAL.IDR_W_RADL, NAL.IDR_N_LP);
		return this.slices.filter((slice) => slice.has("nal_unit_type", types) && !slice.has(NAMES.address))
			.length;
	}

	/** Whether a parameter set will do. */
	set(title: string, will: (set: TracedUnit) => boolean): boolean {
		return this.titled(title).some(will);
	}

	/** How many entries the longest list 0 or 1 has. */
	longest(list: 0 | 1): number {
		const overridden = this.values(`num_ref_idx_l${list}_active_minus1`);
		const others = this.has("num_ref_idx_active_override_flag", is(0))
			? this.values(`num_ref_idx_l${list}_default_active_minus1`)
			: [];
		return 1 + Math.max(...overridden, ...others);
	}

	/** Whether coding tree blocks have this size, as its logarithm. */
	treeBlock(size: number): boolean {
		return this.set(
			SPS,
			(set) => sum(set, "log2_min_luma_coding_block_size_minus3", CODING) + 3 === size,
		);
	}

	/** The same of the largest transform blocks. */
	transformBlock(size: number): boolean {
		return this.set(
			SPS,
			(set) => sum(set, "log2_min_luma_transform_block_size_minus2", TRANSFORM) + 2 === size,
		);
	}

	/** Whether a picture parameter set has so many tiles. */
	tiles(columns: number, rows: number): boolean {
		return this.set(
			PPS,
			(set) =>
				set.value("num_tile_columns_minus1") === columns - 1 &&
				set.value("num_tile_rows_minus1") === rows - 1,
		);
	}

	/** Whether pictures have this size. */
	size(width: number, height: number): boolean {
		return (
			this.has("pic_width_in_luma_samples", is(width)) &&
			this.has("pic_height_in_luma_samples", is(height))
		);
	}

	/** Whether two slices of a picture differ in one of these. */
	differ(...names: string[]): boolean {
		return this.neighbours((slice, before) =>
			names.some((name) => slice.values(name).join() !== before.values(name).join()),
		);
	}
}

const CODING = "log2_diff_max_min_luma_coding_block_size";
const TRANSFORM = "log2_diff_max_min_luma_transform_block_size";
const sum = (set: TracedUnit, ...names: string[]): number =>
	names.reduce((all, name) => all + (set.value(name) ?? 0), 0);

const lists = (unit: TracedUnit): boolean => unit.has("scaling_list_pred_mode_flag", () => true);
const predictsSet = (unit: TracedUnit): boolean => unit.has("inter_ref_pic_set_prediction_flag");
const weighted = (slice: TracedUnit): boolean =>
	["luma", "chroma"].some((plane) => [0, 1].some((list) => slice.has(`${plane}_weight_l${list}_flag`)));

const words: Record<string, (headers: Slices) => boolean> = {
	"10-bit": (h) => h.has("bit_depth_luma_minus8", is(2)) && h.has("bit_depth_chroma_minus8", is(2)),
	"12-bit": (h) => h.has("bit_depth_luma_minus8", is(4)),
	"1280x720": (h) => h.size(1280, 720),
	"16x16": (h) => h.size(16, 16),
	"4:2:2": (h) => h.has("chroma_format_idc", is(2)),
	"8x8": (h) => h.size(8, 8),
	AMP: (h) => h.has("amp_enabled_flag"),
	B: (h) => h.types("B"),
	// Below the types of random access, those of pictures to which others of their sub-layer refer are odd.
	"B-pyramid": (h) =>
		h.typed("B", (slice) => slice.has("nal_unit_type", (type) => type < 16 && type % 2 === 1)),
	BLA: (h) => h.unit(NAL.BLA_W_LP, NAL.BLA_W_RADL, NAL.BLA_N_LP),
	"BLA-with-RADL": (h) => h.unit(NAL.BLA_W_RADL) && h.unit(NAL.RADL_N, NAL.RADL_R),
	CRA: (h) => h.unit(NAL.CRA),
	IDR: (h) => h.begins > 1,
	"IDR-N-LP": (h) => h.unit(NAL.IDR_N_LP),
	"LT-MSB": (h) => h.has("delta_poc_msb_present_flag"),
	"LT-by-SPS": (h) => h.has("num_long_term_sps"),
	"LT-explicit": (h) => h.has("num_long_term_pics"),
	P: (h) => h.types("P") && !h.types("B"),
	PCM: (h) => h.has("pcm_enabled_flag"),
	PCM5: (h) => h.has("pcm_sample_bit_depth_luma_minus1", is(4)),
	PPS: (h) => h.set(PPS, lists),
	RADL: (h) => h.unit(NAL.RADL_N, NAL.RADL_R),
	RASL: (h) => h.unit(NAL.RASL_N, NAL.RASL_R),
	"RPS-in-SPS": (h) => h.has("short_term_ref_pic_set_sps_flag"),
	"RPS-predicted": (h) => h.set(SPS, predictsSet),
	"RPS-predicted-in-slice": (h) => h.some(predictsSet),
	SAO: (h) => h.has("slice_sao_luma_flag") && h.has("slice_sao_chroma_flag"),
	SPS: (h) => h.set(SPS, lists),
	STSA: (h) => h.unit(NAL.STSA_R - 1, NAL.STSA_R),
	TSA: (h) => h.unit(NAL.TSA_N, NAL.TSA_N + 1),
	WPP: (h) => h.has("entropy_coding_sync_enabled_flag"),
	"cabac-init": (h) => h.has("cabac_init_flag"),
	"chroma-denominator": (h) => h.has("delta_chroma_log2_weight_denom"),
	"chroma-qp-offsets": (h) => h.has("pps_cb_qp_offset") && h.has("pps_cr_qp_offset"),
	collocated: (h) => h.has("collocated_ref_idx"),
	"conformance-window": (h) => h.has("conformance_window_flag"),
	"constrained-intra": (h) => h.has("constrained_intra_pred_flag"),
	crop: (h) => h.has("conformance_window_flag"),
	ctu16: (h) => h.treeBlock(4),
	ctu32: (h) => h.treeBlock(5),
	"cu-qp-delta": (h) => h.has("cu_qp_delta_enabled_flag"),
	"deblock-offsets": (h) => h.has("pps_beta_offset_div2") && h.has("pps_tc_offset_div2"),
	"deblocking-override": (h) => h.has("deblocking_filter_override_flag"),
	default: (h) => h.has("scaling_list_enabled_flag") && !h.set(SPS, lists) && !h.set(PPS, lists),
	"dependent-segments": (h) => h.has("dependent_slice_segment_flag"),
	"end-of-sequence": (h) => h.unit(NAL.END_OF_SEQUENCE),
	"entry-points": (h) => h.has("num_entry_point_offsets"),
	"extra-header-bits": (h) => h.has("num_extra_slice_header_bits"),
	"header-extension": (h) => h.has("slice_segment_header_extension_length"),
	"list-modification": (h) => h.has("ref_pic_list_modification_flag_l0"),
	"list1-to-15": (h) => h.longest(1) === 15,
	"long-term": (h) => h.has("num_long_term_sps") || h.has("num_long_term_pics"),
	"luma-transform32": (h) => h.transformBlock(5),
	"max-merge3": (h) => h.has("five_minus_max_num_merge_cand", is(2)),
	"min-coding-block16": (h) => h.has("log2_min_luma_coding_block_size_minus3", is(1)),
	"mvd-l1-zero": (h) => h.has("mvd_l1_zero_flag"),
	"no-AMP": (h) => h.without("amp_enabled_flag"),
	"no-SAO": (h) => h.without("sample_adaptive_offset_enabled_flag"),
	"no-TMVP": (h) => h.without("sps_temporal_mvp_enabled_flag"),
	"no-deblocking": (h) => h.has("pps_deblocking_filter_disabled_flag"),
	"no-filter-across-slices": (h) => h.without("pps_loop_filter_across_slices_enabled_flag"),
	"no-output-of-prior-pictures": (h) => h.has("no_output_of_prior_pics_flag"),
	"no-reordering": (h) => h.without("sps_max_num_reorder_pics"),
	"no-sign-hiding": (h) => h.without("sign_data_hiding_enabled_flag"),
	"open-gop": (h) => h.unit(NAL.CRA) && h.unit(NAL.RASL_N, NAL.RASL_R),
	"output-flag": (h) => h.has("pic_output_flag", is(0)),
	"pcm-loop-filter-off": (h) => h.has("pcm_loop_filter_disabled_flag"),
	"per-slice-weights": (h) => h.differ("luma_weight_l0_flag", "delta_luma_weight_l0"),
	predicted: (h) => h.has("scaling_list_pred_matrix_id_delta"),
	refs15: (h) => h.longest(0) === 15,
	refs2: (h) => h.longest(0) === 2,
	refs3: (h) => h.longest(0) === 3,
	refs6: (h) => h.longest(0) === 6,
	resize: (h) => h.kinds("pic_width_in_luma_samples") > 1,
	"scaling-lists": (h) => h.has("scaling_list_enabled_flag"),
	"sign-hiding": (h) => h.has("sign_data_hiding_enabled_flag"),
	"slice-chroma-offsets": (h) => h.has("slice_cb_qp_offset") && h.has("slice_cr_qp_offset"),
	"slices-with-different-lists": (h) => h.differ("list_entry_l0"),
	slices2: (h) => h.slicesOf(2),
	slices3: (h) => h.slicesOf(3),
	slices4: (h) => h.slicesOf(4),
	"slices:PIB": (h) => h.types("PIB") && h.differ("slice_type"),
	"temporal-sub-layers": (h) => h.has("sps_max_sub_layers_minus1") && h.has("nuh_temporal_id_plus1", is(2)),
	"temporal-sub-layers3": (h) =>
		h.has("sps_max_sub_layers_minus1", is(2)) && h.has("nuh_temporal_id_plus1", is(3)),
	"three-SPS": (h) => h.kinds("pic_width_in_luma_samples") === 3,
	"tiles-uneven": (h) => h.has("uniform_spacing_flag", is(0)),
	"tiles-uniform": (h) => h.has("uniform_spacing_flag"),
	tiles2x2: (h) => h.tiles(2, 2),
	tiles3x2: (h) => h.tiles(3, 2),
	"transform-skip": (h) => h.has("transform_skip_enabled_flag"),
	"transquant-bypass": (h) => h.has("transquant_bypass_enabled_flag"),
	"tu-depth3": (h) =>
		h.has("max_transform_hierarchy_depth_inter", is(2)) &&
		h.has("max_transform_hierarchy_depth_intra", is(2)),
	tu16: (h) => h.transformBlock(4),
	weightB: (h) => h.has("weighted_bipred_flag") && h.typed("B", weighted),
	weightP: (h) => h.has("weighted_pred_flag") && h.typed("P", weighted),
};

/** Words of what headers do not tell: what blocks have, the pictures that were coded, how long a clip is. */
const elsewhere = ["chroma-transform16", "even", "fade", "intra-refresh", "mpv-length"];

export const hevcFeatures: Features = featuresOf((path) => new Slices(path), words, elsewhere);
