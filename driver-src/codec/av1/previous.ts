// SPDX-License-Identifier: MIT
/**
 * What a picture leaves to those that have it as their primary reference: the deltas of the loop filter and the features of segments
 * (save_loop_filter_params(), save_segmentation_params(), 7.20). A picture that updates none of them has those of its primary
 * reference (load_previous(), 7.20), and VA says them once more. FFmpeg 5.1 says zeros behind a key frame that was shown a second time,
 * so they are kept with the surfaces, and VA's count only where the picture updates them.
 */
import { V4L2_AV1_MAX_SEGMENTS, V4L2_AV1_SEG_LVL_ALT_Q } from "../../abi/v4l2";
import { VADecPictureParameterBufferAV1, VASegmentationStructAV1 } from "../../abi/va";
import { SurfaceRecord } from "../../queues/surfaces";
import { primary_record } from "./references";
import { DELTAS_SIZE, deltas_left, FEATURES_SIZE, features_left } from "./state";

/** setup_past_independence(), 7.20. */
const DEFAULT_DELTAS: usize = memory.data<i8>([1, 0, 0, 0, -1, 0, -1, -1, 0, 0]);

function deltas_of(picture: VADecPictureParameterBufferAV1): usize {
	return changetype<usize>(picture) + VADecPictureParameterBufferAV1.AT_ref_deltas;
}

function features_of(picture: VADecPictureParameterBufferAV1): usize {
	return changetype<usize>(picture.seg_info) + VASegmentationStructAV1.AT_feature_data;
}

/** What the picture at hand does not update, from its primary reference, which must exist, or as 7.20 has it where there is none. */
export function load_previous(picture: VADecPictureParameterBufferAV1): void {
	const record = primary_record();
	load_features(picture, record);
	load_deltas(picture, record);
}

/** segmentation_params(), 5.9.14. */
function load_features(picture: VADecPictureParameterBufferAV1, record: SurfaceRecord | null): void {
	const segmentation = picture.seg_info;
	if (segmentation.segment_info_fields_enabled == 0) memory.fill(features_of(picture), 0, FEATURES_SIZE);
	else if (record != null && segmentation.segment_info_fields_update_data == 0)
		memory.copy(features_of(picture), features_left(record), FEATURES_SIZE);
}

/** loop_filter_params(), 5.9.11. */
function load_deltas(picture: VADecPictureParameterBufferAV1, record: SurfaceRecord | null): void {
	if (is_coded_lossless(picture) || picture.pic_info_fields_allow_intrabc != 0) {
		memory.copy(deltas_of(picture), DEFAULT_DELTAS, DELTAS_SIZE);
		return;
	}
	const enabled = picture.loop_filter_info_fields_mode_ref_delta_enabled != 0;
	if (enabled && picture.loop_filter_info_fields_mode_ref_delta_update != 0) return;
	const previous = record == null ? DEFAULT_DELTAS : deltas_left(record);
	memory.copy(deltas_of(picture), previous, DELTAS_SIZE);
}

/** CodedLossless, 5.9.2. */
function is_coded_lossless(picture: VADecPictureParameterBufferAV1): bool {
	const deltas =
		picture.y_dc_delta_q |
		picture.u_dc_delta_q |
		picture.u_ac_delta_q |
		picture.v_dc_delta_q |
		picture.v_ac_delta_q;
	if (deltas != 0) return false;
	const segmentation = picture.seg_info;
	for (let i: u32 = 0; i < V4L2_AV1_MAX_SEGMENTS; i++) {
		const has = ((segmentation.get_feature_mask(i) >> <u8>V4L2_AV1_SEG_LVL_ALT_Q) & 1) != 0;
		const change: i32 = has ? segmentation.get_feature_data(i, V4L2_AV1_SEG_LVL_ALT_Q) : 0;
		if (<i32>picture.base_qindex + change > 0) return false;
	}
	return true;
}

/** The picture at hand is in this surface: keeps what it leaves. */
export function save_for_next(record: SurfaceRecord, picture: VADecPictureParameterBufferAV1): void {
	memory.copy(features_left(record), features_of(picture), FEATURES_SIZE);
	memory.copy(deltas_left(record), deltas_of(picture), DELTAS_SIZE);
}
