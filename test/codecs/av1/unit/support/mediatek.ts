// SPDX-License-Identifier: MIT
// What MediaTek's driver makes of AV1's requests (vdec_av1_req_lat_if.c of Linux 6.12): it keeps no slots by refresh_frame_flags, but pictures
// with their probabilities, motion and segments by timestamp, for as long as each request names them.
import * as assert from "uvu/assert";
import { constants as c } from "../../../../support/abi.ts";
import type { Told } from "./player.ts";

/** AV1_MAX_FRAME_BUF_COUNT */
const PICTURES = c.V4L2_AV1_TOTAL_REFS_PER_FRAME + 1;

/** Each request, in the order in which it comes to the device, must find what it refers to, and a place for its own picture. */
export function takenByMediatek(requests: Told[]): void {
	/** By timestamp, OrderHint. */
	const kept = new Map<bigint, number>();
	for (const { submission, frame, tiles } of requests) {
		// vdec_av1_slice_cleanup_slots()
		for (const timestamp of kept.keys())
			if (!frame.reference_frame_ts.includes(timestamp)) kept.delete(timestamp);
		// vdec_av1_slice_setup_ref()
		const intra = [c.V4L2_AV1_KEY_FRAME, c.V4L2_AV1_INTRA_ONLY_FRAME].includes(frame.frame_type);
		for (const [i, slot] of intra ? [] : frame.ref_frame_idx.entries())
			assert.is(kept.get(frame.reference_frame_ts[slot]), frame.order_hints[i + 1], `reference ${i}`);
		// vdec_av1_slice_setup_tile_group()
		const { tile_cols, tile_rows } = frame.tile_info;
		assert.equal(
			tiles.map(({ tile_row, tile_col }) => tile_row * tile_cols + tile_col),
			[...Array(tile_cols * tile_rows).keys()],
		);
		// vdec_av1_slice_get_new_slot()
		kept.set(submission.timestamp, frame.order_hint);
		assert.ok(kept.size <= PICTURES, `${kept.size} pictures`);
	}
}
