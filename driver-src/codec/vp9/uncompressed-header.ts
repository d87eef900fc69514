// SPDX-License-Identifier: MIT
/**
 * uncompressed_header() of the VP9 specification (6.2), which begins each frame. It is read into the form of
 * V4L2_CID_STATELESS_VP9_FRAME. VA-API has about half of it: not the deltas of the loop filter and of the quantiser, nor the values
 * of segmentation features as coded.
 *
 * What persists between frames is taken from what earlier ones left (state.ts), and goes back there with
 * uncompressed_header_keep(), once it is known that header and VA agree.
 */
import {
	V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV,
	V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING,
	V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT,
	V4L2_VP9_FRAME_FLAG_INTRA_ONLY,
	V4L2_VP9_FRAME_FLAG_KEY_FRAME,
	V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE,
	V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX,
	V4L2_VP9_FRAME_FLAG_SHOW_FRAME,
	V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING,
	V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING,
	V4L2_VP9_INTERP_FILTER_SWITCHABLE,
	V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED,
	V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE,
	V4L2_VP9_RESET_FRAME_CTX_NONE,
	V4L2_VP9_SEG_LVL_REF_FRAME,
	V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE,
	V4L2_VP9_SEGMENTATION_FLAG_ENABLED,
	V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE,
	V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA,
	V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP,
	v4l2_ctrl_vp9_frame,
	v4l2_vp9_loop_filter,
	v4l2_vp9_quantization,
	v4l2_vp9_segmentation,
} from "../../abi/v4l2";
import {
	reader_bits,
	reader_failed,
	reader_flag,
	reader_open,
	reader_position,
	reader_signed,
} from "../../bits/bit-reader";
import {
	REFERENCES,
	remembered_loop_filter,
	remembered_segmentation,
	SEGMENTS,
	vp9_picture,
	vp9_state,
} from "./state";
import { interpolation_filter, segmentation_feature_bits } from "./tables";

const FRAME_MARKER: u32 = 2;
/** 49 83 42, 7.2.1. */
const SYNC_CODE_FIRST: u32 = 0x49;
const SYNC_CODE_REST: u32 = 0x8342;
/** CS_RGB, 7.2.2. */
const CS_RGB: u32 = 7;
/** MIN_TILE_WIDTH_B64 and MAX_TILE_WIDTH_B64, 3. */
const MIN_TILE_WIDTH_B64: u32 = 4;
const MAX_TILE_WIDTH_B64: u32 = 64;
/** SEG_LVL_MAX. */
const FEATURES: u32 = 4;
/** A probability that is not coded (6.2.13). */
const NO_PROBABILITY: u8 = 255;

/**
 * Reads the header from the first `size` bytes of a frame, with the size of VA's picture where the frame has that of a reference.
 * Returns the syntax element that no frame of profile 0 or 2 can have so, or null.
 */
export function uncompressed_header_parse(
	header: v4l2_ctrl_vp9_frame,
	address: usize,
	size: u32,
): string | null {
	header.clear();
	reader_open(address, size);
	if (reader_bits(2) != FRAME_MARKER) return "frame_marker";
	// profile_low_bit, profile_high_bit
	header.profile = <u8>reader_bits(1);
	header.profile |= <u8>(reader_bits(1) << 1);
	if ((header.profile & 1) != 0) return "profile";
	if (reader_flag()) return "show_existing_frame"; // there is nothing to decode
	const inter = reader_flag(); // frame_type
	let flags: u32 = inter ? 0 : V4L2_VP9_FRAME_FLAG_KEY_FRAME;
	if (reader_flag()) flags |= V4L2_VP9_FRAME_FLAG_SHOW_FRAME;
	if (reader_flag()) flags |= V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT;
	header.flags = flags;
	const wrong = inter ? parse_non_key(header) : parse_key(header);
	if (wrong != null) return wrong;
	if ((flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT) == 0) {
		if (reader_flag()) header.flags |= V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX;
		if (reader_flag()) header.flags |= V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE;
	} else {
		header.flags |= V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE;
	}
	header.frame_context_idx = <u8>reader_bits(2);
	begin_with_remembered(header);
	parse_loop_filter(header.lf);
	parse_quant(header.quant);
	parse_segmentation(header.seg);
	parse_tiles(header);
	header.compressed_header_size = <u16>reader_bits(16);
	header.uncompressed_header_size = <u16>((reader_position() + 7) >> 3); // trailing_bits()
	if (reader_failed() || header.compressed_header_size == 0) return "header_size_in_bytes";
	return null;
}

/** What this frame leaves to later ones. */
export function uncompressed_header_keep(header: v4l2_ctrl_vp9_frame): void {
	const state = vp9_state();
	const seg = remembered_segmentation();
	const changed =
		memory.compare(
			changetype<usize>(seg),
			changetype<usize>(header.seg),
			v4l2_vp9_segmentation.AT_tree_probs,
		) != 0;
	if (changed) state.features_unsent = 1;
	memory.copy(
		changetype<usize>(remembered_loop_filter()),
		changetype<usize>(header.lf),
		v4l2_vp9_loop_filter.SIZE,
	);
	memory.copy(changetype<usize>(seg), changetype<usize>(header.seg), v4l2_vp9_segmentation.SIZE);
	state.bit_depth = header.bit_depth;
	state.color_range = header.flags & V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING;
}

/** What a key frame has up to refresh_frame_context. */
function parse_key(header: v4l2_ctrl_vp9_frame): string | null {
	const state = vp9_state();
	state.reset_frame_context = 0;
	state.sized_by = REFERENCES;
	if (!reads_sync_code()) return "frame_sync_code";
	const wrong = parse_color_config(header);
	if (wrong != null) return wrong;
	parse_frame_size(header);
	parse_render_size(header);
	return null;
}

/** What another frame has up to there. */
function parse_non_key(header: v4l2_ctrl_vp9_frame): string | null {
	const state = vp9_state();
	const shown = (header.flags & V4L2_VP9_FRAME_FLAG_SHOW_FRAME) != 0;
	const intra_only = !shown && reader_flag();
	const resilient = (header.flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT) != 0;
	state.reset_frame_context = resilient ? 0 : reader_bits(2);
	// 0 and 1 are the same, 7.2.
	header.reset_frame_context = <u8>(
		(state.reset_frame_context == 0 ? V4L2_VP9_RESET_FRAME_CTX_NONE : state.reset_frame_context - 1)
	);
	state.sized_by = REFERENCES;
	if (!intra_only) {
		reader_bits(8); // refresh_frame_flags: VA's reference_frames of the next picture have it
		parse_inter(header);
		return null;
	}
	header.flags |= V4L2_VP9_FRAME_FLAG_INTRA_ONLY;
	if (!reads_sync_code()) return "frame_sync_code";
	if (header.profile > 0) {
		const wrong = parse_color_config(header);
		if (wrong != null) return wrong;
	} else {
		header.bit_depth = 8;
		header.flags |= V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
	}
	reader_bits(8); // refresh_frame_flags
	parse_frame_size(header);
	parse_render_size(header);
	return null;
}

/** References, their signs and what follows from them. */
function parse_inter(header: v4l2_ctrl_vp9_frame): void {
	const state = vp9_state();
	let sign_bias: u32 = 0;
	state.last_idx = reader_bits(3);
	sign_bias |= reader_bits(1);
	state.golden_idx = reader_bits(3);
	sign_bias |= reader_bits(1) << 1;
	state.altref_idx = reader_bits(3);
	sign_bias |= reader_bits(1) << 2;
	// Where all is set up anew, libvpx takes all signs for 0, whatever the header has, and so does FFmpeg.
	const resilient = (header.flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT) != 0;
	header.ref_frame_sign_bias = resilient ? 0 : <u8>sign_bias;
	// color_config() of the stream's last intra frame.
	header.bit_depth = <u8>(state.bit_depth != 0 ? state.bit_depth : header.profile == 0 ? 8 : 10);
	header.flags |= V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING | state.color_range;
	parse_frame_size_with_refs(header);
	if (reader_flag()) header.flags |= V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV;
	// is_filter_switchable, raw_interpolation_filter
	header.interpolation_filter = reader_flag()
		? <u8>V4L2_VP9_INTERP_FILTER_SWITCHABLE
		: interpolation_filter(reader_bits(2));
}

function reads_sync_code(): bool {
	return reader_bits(8) == SYNC_CODE_FIRST && reader_bits(16) == SYNC_CODE_REST;
}

/** color_config(), of profiles with 4:2:0. */
function parse_color_config(header: v4l2_ctrl_vp9_frame): string | null {
	header.bit_depth = 8;
	if (header.profile >= 2) {
		header.bit_depth = 10;
		if (reader_flag()) return "ten_or_twelve_bit";
	}
	if (reader_bits(3) == CS_RGB) return "color_space"; // it is 4:4:4
	if (reader_flag()) header.flags |= V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING;
	header.flags |= V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
	return null;
}

function parse_frame_size(header: v4l2_ctrl_vp9_frame): void {
	header.frame_width_minus_1 = <u16>reader_bits(16);
	header.frame_height_minus_1 = <u16>reader_bits(16);
}

function parse_render_size(header: v4l2_ctrl_vp9_frame): void {
	header.render_width_minus_1 = header.frame_width_minus_1;
	header.render_height_minus_1 = header.frame_height_minus_1;
	if (!reader_flag()) return; // render_and_frame_size_different
	header.render_width_minus_1 = <u16>reader_bits(16);
	header.render_height_minus_1 = <u16>reader_bits(16);
}

/** frame_size_with_refs(), 6.2.5. VA has the size that comes of it; references.ts holds it to the reference's. */
function parse_frame_size_with_refs(header: v4l2_ctrl_vp9_frame): void {
	let i: u32 = 0;
	while (i < REFERENCES && !reader_flag()) i++; // found_ref
	vp9_state().sized_by = i;
	if (i == REFERENCES) {
		parse_frame_size(header);
	} else {
		header.frame_width_minus_1 = <u16>(vp9_picture().frame_width - 1);
		header.frame_height_minus_1 = <u16>(vp9_picture().frame_height - 1);
	}
	parse_render_size(header);
}

/** What earlier frames left, or setup_past_independence() (7.2, 8.4.2 apart: that is the kernel drivers'). */
function begin_with_remembered(header: v4l2_ctrl_vp9_frame): void {
	const independent =
		V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY | V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT;
	const lf = header.lf;
	const seg = header.seg;
	if ((header.flags & independent) == 0) {
		const before = remembered_loop_filter();
		for (let i: u32 = 0; i < 4; i++) lf.set_ref_deltas(i, before.get_ref_deltas(i));
		for (let i: u32 = 0; i < 2; i++) lf.set_mode_deltas(i, before.get_mode_deltas(i));
		memory.copy(
			changetype<usize>(seg),
			changetype<usize>(remembered_segmentation()),
			v4l2_vp9_segmentation.SIZE,
		);
		seg.flags &= <u8>V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE;
	} else {
		lf.set_ref_deltas(0, 1);
		lf.set_ref_deltas(2, -1);
		lf.set_ref_deltas(3, -1);
	}
	// They do not persist: a frame that has none uses none.
	for (let i: u32 = 0; i < 7; i++) seg.set_tree_probs(i, NO_PROBABILITY);
	for (let i: u32 = 0; i < 3; i++) seg.set_pred_probs(i, NO_PROBABILITY);
}

/** loop_filter_params(), 6.2.8. */
function parse_loop_filter(lf: v4l2_vp9_loop_filter): void {
	lf.level = <u8>reader_bits(6);
	lf.sharpness = <u8>reader_bits(3);
	if (!reader_flag()) return; // loop_filter_delta_enabled
	lf.flags = <u8>V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED;
	if (!reader_flag()) return; // loop_filter_delta_update
	lf.flags |= <u8>V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE;
	for (let i: u32 = 0; i < 4; i++) if (reader_flag()) lf.set_ref_deltas(i, <i8>reader_signed(6));
	for (let i: u32 = 0; i < 2; i++) if (reader_flag()) lf.set_mode_deltas(i, <i8>reader_signed(6));
}

/** quantization_params(), 6.2.9. */
function parse_quant(quant: v4l2_vp9_quantization): void {
	quant.base_q_idx = <u8>reader_bits(8);
	quant.delta_q_y_dc = read_delta_q();
	quant.delta_q_uv_dc = read_delta_q();
	quant.delta_q_uv_ac = read_delta_q();
	const deltas = quant.delta_q_y_dc | quant.delta_q_uv_dc | quant.delta_q_uv_ac;
	vp9_state().lossless = quant.base_q_idx == 0 && deltas == 0 ? 1 : 0;
}

function read_delta_q(): i8 {
	return reader_flag() ? <i8>reader_signed(4) : 0;
}

/** segmentation_params(), 6.2.11. */
function parse_segmentation(seg: v4l2_vp9_segmentation): void {
	if (!reader_flag()) return;
	seg.flags |= <u8>V4L2_VP9_SEGMENTATION_FLAG_ENABLED;
	if (reader_flag()) {
		seg.flags |= <u8>V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP;
		for (let i: u32 = 0; i < 7; i++) seg.set_tree_probs(i, read_prob());
		if (reader_flag()) {
			seg.flags |= <u8>V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE;
			for (let i: u32 = 0; i < 3; i++) seg.set_pred_probs(i, read_prob());
		}
	}
	if (reader_flag()) {
		seg.flags |= <u8>V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
		parse_features(seg);
	}
}

function read_prob(): u8 {
	return reader_flag() ? <u8>reader_bits(8) : NO_PROBABILITY;
}

/** Replaces all features: those that the header does not have are off. */
function parse_features(seg: v4l2_vp9_segmentation): void {
	seg.flags &= ~(<u8>V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE);
	if (reader_flag()) seg.flags |= <u8>V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE;
	for (let i: u32 = 0; i < SEGMENTS; i++) {
		let enabled: u32 = 0;
		for (let j: u32 = 0; j < FEATURES; j++) {
			let value: i32 = 0;
			if (reader_flag()) {
				enabled |= (<u32>1) << j;
				value = <i32>reader_bits(segmentation_feature_bits(j));
				// Only the first two have a sign.
				if (j < V4L2_VP9_SEG_LVL_REF_FRAME && reader_flag()) value = -value;
			}
			seg.set_feature_data(i, j, <i16>value);
		}
		seg.set_feature_enabled(i, <u8>enabled);
	}
}

/** tile_info(), 6.2.14. */
function parse_tiles(header: v4l2_ctrl_vp9_frame): void {
	const columns = (<u32>header.frame_width_minus_1 + 64) >> 6; // Sb64Cols
	let log2: u32 = 0;
	while (MAX_TILE_WIDTH_B64 << log2 < columns) log2++;
	let most: u32 = 1;
	while (columns >> most >= MIN_TILE_WIDTH_B64) most++;
	most--;
	while (log2 < most && reader_flag()) log2++; // increment_tile_cols_log2
	header.tile_cols_log2 = <u8>log2;
	if (reader_flag()) header.tile_rows_log2 = <u8>(1 + reader_bits(1));
}
