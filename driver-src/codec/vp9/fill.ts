// SPDX-License-Identifier: MIT
/** V4L2_CID_STATELESS_VP9_FRAME. V4L2_CID_STATELESS_VP9_COMPRESSED_HDR is filled where its header is read (compressed-header.ts). */
import {
	V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING,
	V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING,
	V4L2_VP9_SEGMENTATION_FLAG_ENABLED,
	V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA,
	v4l2_ctrl_vp9_frame,
} from "../../abi/v4l2";
import { reference_timestamp } from "./references";
import { is_intra, vp9_header, vp9_state } from "./state";

/** V4L2_CID_STATELESS_VP9_FRAME, all of it, from the headers (6.2, 6.3.12) and the surfaces of the references. */
export function fill_frame(frame: v4l2_ctrl_vp9_frame): void {
	memory.copy(changetype<usize>(frame), changetype<usize>(vp9_header()), v4l2_ctrl_vp9_frame.SIZE);
	// hantro keeps features of its own, and takes new ones only so (config_segment()).
	if (vp9_state().features_unsent != 0 && (frame.seg.flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED) != 0)
		frame.seg.flags |= <u8>V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
	if (is_intra()) return;
	frame.last_frame_ts = reference_timestamp(0);
	frame.golden_frame_ts = reference_timestamp(1);
	frame.alt_frame_ts = reference_timestamp(2);
}

/** A frame of nothing but a bit depth, 8 or 10: by it hantro chooses its CAPTURE formats (hantro_vp9_s_ctrl()). */
export function fill_probe_frame(frame: v4l2_ctrl_vp9_frame, bit_depth: u32): void {
	frame.clear();
	frame.profile = bit_depth == 8 ? 0 : 2;
	frame.bit_depth = <u8>bit_depth;
	frame.flags = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
}
