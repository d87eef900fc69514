// SPDX-License-Identifier: MIT
/** Film grain: 5.9.30, 6.8.20. It is added to what is shown; what later pictures refer to has none. */
import {
	V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN,
	V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA,
	V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE,
	V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP,
	V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN,
	v4l2_ctrl_av1_film_grain,
} from "../../abi/v4l2";
import { VADecPictureParameterBufferAV1, VAFilmGrainStructAV1 } from "../../abi/va";

/** Of the arrays of points in VA-API, as the specification has it. */
const MAX_Y_POINTS: u32 = 14;
const MAX_CHROMA_POINTS: u32 = 10;
const Y_COEFFICIENTS: u32 = 24;
const CHROMA_COEFFICIENTS: u32 = 25;

/** The field that no grain can have, or null. Of pictures without grain nothing counts. */
export function bad_film_grain_field(picture: VADecPictureParameterBufferAV1): string | null {
	const grain = picture.film_grain_info;
	if (grain.film_grain_info_fields_apply_grain == 0) return null;
	if (picture.seq_info_fields_film_grain_params_present == 0) return "film_grain_params_present";
	if (<u32>grain.num_y_points > MAX_Y_POINTS) return "num_y_points";
	if (<u32>grain.num_cb_points > MAX_CHROMA_POINTS) return "num_cb_points";
	if (<u32>grain.num_cr_points > MAX_CHROMA_POINTS) return "num_cr_points";
	for (let i: u32 = 1; i < <u32>grain.num_y_points; i++)
		if (grain.get_point_y_value(i) <= grain.get_point_y_value(i - 1)) return "point_y_value";
	for (let i: u32 = 1; i < <u32>grain.num_cb_points; i++)
		if (grain.get_point_cb_value(i) <= grain.get_point_cb_value(i - 1)) return "point_cb_value";
	for (let i: u32 = 1; i < <u32>grain.num_cr_points; i++)
		if (grain.get_point_cr_value(i) <= grain.get_point_cr_value(i - 1)) return "point_cr_value";
	return null;
}

/**
 * V4L2_CID_STATELESS_AV1_FILM_GRAIN: all 0 where no grain is added. update_grain and film_grain_params_ref_idx, which VA does not
 * have, say where parameters come from; these are whole, and so new ones.
 */
export function fill_film_grain(control: v4l2_ctrl_av1_film_grain, grain: VAFilmGrainStructAV1): void {
	control.clear();
	if (grain.film_grain_info_fields_apply_grain == 0) return;
	control.flags = <u8>film_grain_flags(grain);
	control.grain_seed = grain.grain_seed;
	control.num_y_points = grain.num_y_points;
	for (let i: u32 = 0; i < <u32>grain.num_y_points; i++) {
		control.set_point_y_value(i, grain.get_point_y_value(i));
		control.set_point_y_scaling(i, grain.get_point_y_scaling(i));
	}
	control.num_cb_points = grain.num_cb_points;
	for (let i: u32 = 0; i < <u32>grain.num_cb_points; i++) {
		control.set_point_cb_value(i, grain.get_point_cb_value(i));
		control.set_point_cb_scaling(i, grain.get_point_cb_scaling(i));
	}
	control.num_cr_points = grain.num_cr_points;
	for (let i: u32 = 0; i < <u32>grain.num_cr_points; i++) {
		control.set_point_cr_value(i, grain.get_point_cr_value(i));
		control.set_point_cr_scaling(i, grain.get_point_cr_scaling(i));
	}
	control.grain_scaling_minus_8 = <u8>grain.film_grain_info_fields_grain_scaling_minus_8;
	control.ar_coeff_lag = <u8>grain.film_grain_info_fields_ar_coeff_lag;
	control.ar_coeff_shift_minus_6 = <u8>grain.film_grain_info_fields_ar_coeff_shift_minus_6;
	control.grain_scale_shift = <u8>grain.film_grain_info_fields_grain_scale_shift;
	for (let i: u32 = 0; i < Y_COEFFICIENTS; i++)
		control.set_ar_coeffs_y_plus_128(i, <u8>(<i32>grain.get_ar_coeffs_y(i) + 128));
	for (let i: u32 = 0; i < CHROMA_COEFFICIENTS; i++) {
		control.set_ar_coeffs_cb_plus_128(i, <u8>(<i32>grain.get_ar_coeffs_cb(i) + 128));
		control.set_ar_coeffs_cr_plus_128(i, <u8>(<i32>grain.get_ar_coeffs_cr(i) + 128));
	}
	control.cb_mult = grain.cb_mult;
	control.cb_luma_mult = grain.cb_luma_mult;
	control.cb_offset = grain.cb_offset;
	control.cr_mult = grain.cr_mult;
	control.cr_luma_mult = grain.cr_luma_mult;
	control.cr_offset = grain.cr_offset;
}

function film_grain_flags(grain: VAFilmGrainStructAV1): u32 {
	let flags = V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN | V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN;
	if (grain.film_grain_info_fields_chroma_scaling_from_luma != 0)
		flags |= V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA;
	if (grain.film_grain_info_fields_overlap_flag != 0) flags |= V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP;
	if (grain.film_grain_info_fields_clip_to_restricted_range != 0)
		flags |= V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE;
	return flags;
}
