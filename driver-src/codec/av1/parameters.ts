// SPDX-License-Identifier: MIT
/**
 * Takes in VA's picture parameters, and refuses what no decoder behind this API can do or what the AV1 specification (version 1.0.0
 * with errata 1) does not allow. A value that passes here can be written to a control without further thought.
 */
import {
	CORE_FEATURE_LARGE_SCALE_TILE,
	CORE_MESSAGE_FEATURE_NOT_SUPPORTED,
	CORE_MESSAGE_FORMAT_NOT_SUPPORTED,
} from "../../abi/exchange";
import { V4L2_AV1_TX_MODE_SELECT, V4L2_AV1_WARP_MODEL_AFFINE } from "../../abi/v4l2";
import {
	VA_INVALID_SURFACE,
	VA_STATUS_ERROR_UNIMPLEMENTED,
	VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	VA_STATUS_SUCCESS,
	VADecPictureParameterBufferAV1,
} from "../../abi/va";
import { pointers_have_32_bits } from "../../boundary/pointers";
import { MODE_FILM_GRAIN } from "../facts";
import { refuse, refuse_field } from "../refusal";
import { PICTURE, SEQUENCE } from "../result";
import { bad_film_grain_field } from "./film-grain";
import { load_previous } from "./previous";
import {
	keep_references,
	may_skip,
	references_exist,
	references_fit,
	refuse_missing_references,
	settle_present_skip_mode,
	settle_skip_mode,
	settle_slots,
} from "./references";
import { av1_picture, av1_state, is_intra, is_shown_key, PRIMARY_REF_NONE, REFERENCES, SLOTS } from "./state";
import { bad_tile_field } from "./tiles";

/** Table of 5.9.14: the greatest magnitude of the data of each segmentation feature, of which the first five have a sign. */
const FEATURE_MAX: usize = memory.data<i32>([255, 63, 63, 63, 63, 7, 0, 0]);
const SIGNED_FEATURES: u32 = 5;
/** MAX_LOOP_FILTER, 3. */
const MAX_LOOP_FILTER: u32 = 63;
/** Greatest bit_depth_idx: 12 bit. */
const BIT_DEPTH_12: u32 = 2;
/** OrderHintBits has three bits in the sequence header (5.5.1). */
const MAX_ORDER_HINT_BITS: u32 = 8;
/** SUPERRES_DENOM_MIN and its greatest value, 5.9.8. */
const SUPERRES_DENOM_MIN: u32 = 9;
const SUPERRES_DENOM_MAX: u32 = 16;
/** Primary strength and secondary in one, VA's cdef_y_strengths. */
const MAX_CDEF_STRENGTH: u32 = 63;
/** RESTORATION_TILESIZE_MAX is halved up to twice, 5.9.20. */
const MAX_LR_UNIT_SHIFT: u32 = 2;
/** SWITCHABLE, table of 6.8.9. */
const MAX_INTERP_FILTER: u32 = 4;

/**
 * VADecPictureParameterBufferAV1: kept, and SEQUENCE and PICTURE filled from it. Returns VAStatus: UNSUPPORTED_RT_FORMAT,
 * UNIMPLEMENTED, INVALID_PARAMETER or DECODING_ERROR, each with a message in refusal.ts.
 */
export function take_picture(address: usize): u32 {
	const picture = av1_picture();
	const state = av1_state();
	if (pointers_have_32_bits()) picture.copy_32(address);
	else memory.copy(changetype<usize>(picture), address, VADecPictureParameterBufferAV1.SIZE);
	state.has_picture = 0;
	if (picture.pic_info_fields_large_scale_tile != 0)
		return refuse(
			VA_STATUS_ERROR_UNIMPLEMENTED,
			CORE_MESSAGE_FEATURE_NOT_SUPPORTED,
			CORE_FEATURE_LARGE_SCALE_TILE,
		);
	// Profile 2 has it; no kernel driver does.
	if (<u32>picture.bit_depth_idx == BIT_DEPTH_12)
		return refuse(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, CORE_MESSAGE_FORMAT_NOT_SUPPORTED, 12, 1);
	let field = bad_sequence_field(picture);
	if (field == null) field = bad_frame_field(picture);
	if (field == null) field = bad_filter_field(picture);
	if (field == null) field = bad_quantization_field(picture);
	if (field == null) field = bad_segmentation_field(picture);
	if (field == null) field = bad_tile_field(picture);
	if (field == null) field = bad_film_grain_field(picture);
	if (field != null) return refuse_field(field);
	settle_slots();
	if (!references_exist()) return refuse_missing_references();
	if (!references_fit()) return refuse_field("ref_frame_idx");
	settle_skip_mode();
	if (picture.mode_control_fields_skip_mode_present != 0) {
		if (!may_skip()) return refuse_field("skip_mode_present");
		settle_present_skip_mode();
	}
	load_previous(picture);
	describe(picture);
	state.has_picture = 1;
	return VA_STATUS_SUCCESS;
}

function bad_sequence_field(picture: VADecPictureParameterBufferAV1): string | null {
	if (picture.profile != 0) return "profile";
	if (<u32>picture.bit_depth_idx > BIT_DEPTH_12) return "bit_depth_idx";
	// 4:2:0, and what a picture without chroma says (5.5.2).
	if (picture.seq_info_fields_subsampling_x == 0) return "subsampling_x";
	if (picture.seq_info_fields_subsampling_y == 0) return "subsampling_y";
	const hints = picture.seq_info_fields_enable_order_hint != 0;
	if (hints && <u32>picture.order_hint_bits_minus_1 >= MAX_ORDER_HINT_BITS)
		return "order_hint_bits_minus_1";
	return null;
}

function bad_frame_field(picture: VADecPictureParameterBufferAV1): string | null {
	// It is the surface that was begun; later pictures name it as their reference.
	if (picture.current_frame != av1_state().surface) return "current_frame";
	if (<u32>picture.primary_ref_frame > PRIMARY_REF_NONE) return "primary_ref_frame";
	if (is_intra() && <u32>picture.primary_ref_frame != PRIMARY_REF_NONE) return "primary_ref_frame";
	const denominator: u32 = picture.superres_scale_denominator;
	const superres = picture.pic_info_fields_use_superres != 0;
	if (superres && (denominator < SUPERRES_DENOM_MIN || denominator > SUPERRES_DENOM_MAX))
		return "superres_scale_denominator";
	if (<u32>picture.interp_filter > MAX_INTERP_FILTER) return "interp_filter";
	if (picture.mode_control_fields_tx_mode > V4L2_AV1_TX_MODE_SELECT) return "tx_mode";
	if (is_intra()) return null;
	for (let i: u32 = 0; i < REFERENCES; i++) {
		if (<u32>picture.get_ref_frame_idx(i) >= SLOTS) return "ref_frame_idx";
		if (picture.wm(i).wmtype > V4L2_AV1_WARP_MODEL_AFFINE) return "wmtype";
	}
	return null;
}

/** su(7) */
function is_delta(value: i8): bool {
	return value >= -64 && value < 64;
}

function bad_filter_field(picture: VADecPictureParameterBufferAV1): string | null {
	if (<u32>picture.get_filter_level(0) > MAX_LOOP_FILTER) return "filter_level";
	if (<u32>picture.get_filter_level(1) > MAX_LOOP_FILTER) return "filter_level";
	if (<u32>picture.filter_level_u > MAX_LOOP_FILTER) return "filter_level_u";
	if (<u32>picture.filter_level_v > MAX_LOOP_FILTER) return "filter_level_v";
	for (let i: u32 = 0; i < 8; i++) if (!is_delta(picture.get_ref_deltas(i))) return "ref_deltas";
	for (let i: u32 = 0; i < 2; i++) if (!is_delta(picture.get_mode_deltas(i))) return "mode_deltas";
	if (picture.cdef_damping_minus_3 > 3) return "cdef_damping_minus_3";
	if (picture.cdef_bits > 3) return "cdef_bits";
	const strengths: u32 = (<u32>1) << picture.cdef_bits;
	for (let i: u32 = 0; i < strengths; i++) {
		if (<u32>picture.get_cdef_y_strengths(i) > MAX_CDEF_STRENGTH) return "cdef_y_strengths";
		if (<u32>picture.get_cdef_uv_strengths(i) > MAX_CDEF_STRENGTH) return "cdef_uv_strengths";
	}
	if (picture.loop_restoration_fields_lr_unit_shift > MAX_LR_UNIT_SHIFT) return "lr_unit_shift";
	return null;
}

function bad_quantization_field(picture: VADecPictureParameterBufferAV1): string | null {
	if (!is_delta(picture.y_dc_delta_q)) return "y_dc_delta_q";
	if (!is_delta(picture.u_dc_delta_q)) return "u_dc_delta_q";
	if (!is_delta(picture.u_ac_delta_q)) return "u_ac_delta_q";
	if (!is_delta(picture.v_dc_delta_q)) return "v_dc_delta_q";
	if (!is_delta(picture.v_ac_delta_q)) return "v_ac_delta_q";
	return null;
}

function bad_segmentation_field(picture: VADecPictureParameterBufferAV1): string | null {
	const segmentation = picture.seg_info;
	if (segmentation.segment_info_fields_enabled == 0) return null;
	// What is coded relative to another picture's needs one (5.9.14).
	const none = <u32>picture.primary_ref_frame == PRIMARY_REF_NONE;
	if (none && segmentation.segment_info_fields_temporal_update != 0) return "temporal_update";
	if (none && segmentation.segment_info_fields_update_map == 0) return "update_map";
	for (let i: u32 = 0; i < 8; i++) {
		for (let feature: u32 = 0; feature < 8; feature++) {
			if (((segmentation.get_feature_mask(i) >> <u8>feature) & 1) == 0) continue;
			const most = load<i32>(FEATURE_MAX + ((<usize>feature) << 2));
			const data: i32 = segmentation.get_feature_data(i, feature);
			if (data > most || data < (feature < SIGNED_FEATURES ? -most : 0)) return "feature_data";
		}
	}
	return null;
}

/** SEQUENCE and PICTURE. */
function describe(picture: VADecPictureParameterBufferAV1): void {
	const state = av1_state();
	const width: u32 = <u32>picture.frame_width_minus1 + 1;
	const height: u32 = <u32>picture.frame_height_minus1 + 1;
	state.max_width = is_shown_key() ? width : max<u32>(width, state.had_width);
	state.max_height = is_shown_key() ? height : max<u32>(height, state.had_height);
	SEQUENCE.visible_width = width;
	SEQUENCE.visible_height = height;
	// Decoders write whole blocks of 8x8 samples (MiCols, MiRows).
	SEQUENCE.width = (width + 7) & ~7;
	SEQUENCE.height = (height + 7) & ~7;
	SEQUENCE.bit_depth = picture.bit_depth_idx == 0 ? 8 : 10;
	SEQUENCE.chroma_format_idc = picture.seq_info_fields_mono_chrome != 0 ? 0 : 1;
	SEQUENCE.references = SLOTS;
	SEQUENCE.scales_references = 1;
	PICTURE.shown = picture.pic_info_fields_show_frame;
	PICTURE.starts_anew = is_shown_key() ? 1 : 0;
	if (picture.film_grain_info.film_grain_info_fields_apply_grain != 0) {
		if (picture.current_display_picture != VA_INVALID_SURFACE)
			PICTURE.output = picture.current_display_picture;
		PICTURE.grainless = (state.modes & MODE_FILM_GRAIN) == 0 ? 1 : 0;
	}
	PICTURE.reference_count = 0;
	keep_references();
}
