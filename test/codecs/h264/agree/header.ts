// SPDX-License-Identifier: MIT
// The beginning of an H.264 slice header (7.3.3), read with what the SPS and PPS controls say.

import type { Fields } from "../../../kernel/agree/fields.ts";
import { constants } from "../../../support/abi.ts";
import { NalBits } from "../../nal-bits.ts";

export interface SliceStart {
	type: number;
	pps: number;
	/** num_ref_idx_active_override_flag: the PPS's counts are not used where it is set; undefined where there is none. */
	overrides: boolean | undefined;
}

const number = (fields: Fields, name: string): number => Number(fields.get(name)?.value);

/** The beginning of a slice header (7.3.3), read with the SPS and PPS of the same job. `unit` is a NAL unit without start code. */
export function readSliceStart(unit: Buffer, fields: Fields): SliceStart {
	const bits = new NalBits(unit, 1, 128);
	bits.ue(); // first_mb_in_slice
	const type = bits.ue() % 5;
	const pps = bits.ue();
	bits.u(number(fields, "sps.log2_max_frame_num_minus4") + 4);
	let field = 0;
	if (!number(fields, "sps.flags:FRAME_MBS_ONLY")) {
		field = bits.u(1);
		if (field) bits.u(1);
	}
	if ((unit[0] & 31) === 5) bits.ue(); // idr_pic_id
	const both = number(fields, "pps.flags:BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT") && !field;
	const orderType = number(fields, "sps.pic_order_cnt_type");
	if (orderType === 0) {
		bits.u(number(fields, "sps.log2_max_pic_order_cnt_lsb_minus4") + 4);
		if (both) bits.se();
	}
	if (orderType === 1 && !number(fields, "sps.flags:DELTA_PIC_ORDER_ALWAYS_ZERO")) {
		bits.se();
		if (both) bits.se();
	}
	if (number(fields, "pps.flags:REDUNDANT_PIC_CNT_PRESENT")) bits.ue();
	if (type === constants.V4L2_H264_SLICE_TYPE_B) bits.u(1); // direct_spatial_mv_pred_flag
	const counts = type <= constants.V4L2_H264_SLICE_TYPE_B || type === constants.V4L2_H264_SLICE_TYPE_SP;
	return { type, pps, overrides: counts ? bits.u(1) === 1 : undefined };
}
