// SPDX-License-Identifier: MIT
/** One slice segment: its header, held against its parameters, and what it tells of the picture. */
import { CORE_MESSAGE_BAD_SLICE_HEADER, CORE_MESSAGE_TOO_MANY_ELEMENTS } from "../../abi/exchange";
import { v4l2_ctrl_hevc_slice_params } from "../../abi/v4l2";
import {
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VASliceParameterBufferHEVC,
} from "../../abi/va";
import { MODE_SLICES } from "../facts";
import { refuse, refuse_field } from "../refusal";
import { SLICE } from "../result";
import { belongs_to_picture, contradicted_field } from "./agreement";
import { fill_slice_params } from "./fill";
import { lists_agree, num_pic_total_curr } from "./references";
import { rewrite_header, rewrite_is_needed } from "./rewrite";
import { HeaderContext, header_parse, header_rbsp_size } from "./slice-header";
import {
	hevc_entry_point,
	hevc_header,
	hevc_keep_first_header,
	hevc_picture,
	hevc_slice_params,
	hevc_state,
	MAX_ENTRY_POINTS,
	MAX_SLICES,
} from "./state";

const CONTEXT: HeaderContext = changetype<HeaderContext>(memory.data(offsetof<HeaderContext>(), 8));

/**
 * Takes one slice segment: its parameters, and the first bytes of its NAL unit. place: where its bytes will lie in the OUTPUT buffer.
 * The picture parameters must be there. Returns VAStatus; why is in refusal.ts.
 */
export function take_slice(slice: VASliceParameterBufferHEVC, data: usize, size: u32, place: u32): u32 {
	const state = hevc_state();
	if (state.slice_count == MAX_SLICES)
		return refuse(
			VA_STATUS_ERROR_INVALID_PARAMETER,
			CORE_MESSAGE_TOO_MANY_ELEMENTS,
			MAX_SLICES + 1,
			MAX_SLICES,
		);
	const slice_based = (state.modes & MODE_SLICES) != 0;
	if (slice_based) state.entry_point_count = 0;
	const header = hevc_header();
	const params = params_of_next(slice_based);
	CONTEXT.num_pic_total_curr = num_pic_total_curr();
	CONTEXT.entry_points = hevc_entry_point(state.entry_point_count);
	CONTEXT.entry_point_capacity = MAX_ENTRY_POINTS - state.entry_point_count;
	if (
		!header_parse(header, params.pred_weight_table, data, size, hevc_picture(), CONTEXT) ||
		!belongs_to_picture(header)
	)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_SLICE_HEADER, state.slice_count);
	const field = contradicted_field(header, slice, params.pred_weight_table);
	if (field != null) return refuse_field(field);
	if (header.dependent_slice_segment_flag == 0 && !lists_agree(header, slice))
		return refuse_field("RefPicList");
	// The NAL unit has nothing but its header, or the player's size is wrong.
	const nal_size = slice.slice_data_size - SLICE.skip;
	if (header.data_byte_offset >= nal_size) return refuse_field("slice_data_size");
	const data_size = nal_size - header.data_byte_offset;
	if (rewrite_is_needed(header) && !rewrite_header(header, slice, data, size))
		return refuse_field("ReferenceFrames.pic_order_cnt");
	// cedrus skips the header with a bit reader that leaves emulation prevention bytes out, as it does H.264's (cedrus_skip_bits(),
	// cedrus_h265_skip_bits(): EPTB_DEC_BYPASS_EN is off); rpi-hevc-dec adds the offset to an address.
	const unit = place + SLICE.prefix_size;
	const begin = unit + (slice_based ? header_rbsp_size(header) : header.data_byte_offset);
	fill_slice_params(params, header, slice, begin, unit + header.data_byte_offset + data_size);
	if (state.slice_count == 0) hevc_keep_first_header();
	state.slice_count++;
	state.entry_point_count += header.num_entry_point_offsets;
	return VA_STATUS_SUCCESS;
}

/** Where SLICE_PARAMS of the next segment go; they begin as those of the segment before, which a dependent one repeats. */
function params_of_next(slice_based: bool): v4l2_ctrl_hevc_slice_params {
	const count = hevc_state().slice_count;
	if (slice_based || count == 0) return hevc_slice_params(0);
	const next = hevc_slice_params(count);
	memory.copy(
		changetype<usize>(next),
		changetype<usize>(hevc_slice_params(count - 1)),
		v4l2_ctrl_hevc_slice_params.SIZE,
	);
	return next;
}
