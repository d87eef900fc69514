// SPDX-License-Identifier: MIT
/**
 * AV1, profile 0 (AV1 Bitstream & Decoding Process Specification, version 1.0.0 with errata 1). Needs Linux 6.5: the stateless AV1
 * controls. The verbs that codec.ts calls, in the order of a picture's events. A slice here is a tile; headers and frames that show an
 * existing one are the players'.
 */
import { CORE_NONE } from "../../abi/exchange";
import {
	V4L2_CID_STATELESS_AV1_FILM_GRAIN,
	V4L2_CID_STATELESS_AV1_FRAME,
	V4L2_CID_STATELESS_AV1_SEQUENCE,
	V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
	v4l2_ctrl_av1_film_grain,
	v4l2_ctrl_av1_frame,
	v4l2_ctrl_av1_sequence,
	v4l2_ctrl_av1_tile_group_entry,
} from "../../abi/v4l2";
import {
	VA_STATUS_SUCCESS,
	VADecPictureParameterBufferAV1,
	VAPictureParameterBufferType,
	VASliceParameterBufferAV1,
	VASliceParameterBufferType,
} from "../../abi/va";
import { pointers_have_32_bits } from "../../boundary/pointers";
import { SurfaceRecord, surface_find } from "../../queues/surfaces";
import { controls_add, controls_add_optional } from "../controls";
import { depth_set } from "../facts";
import { refuse_size, refuse_type } from "../refusal";
import { PICTURE } from "../result";
import { fill_frame, fill_probe_sequence, fill_sequence as fill_sequence_control } from "./fill";
import { fill_film_grain } from "./film-grain";
import { take_picture } from "./parameters";
import { save_for_next } from "./previous";
import {
	forget_picture,
	forget_slots,
	references_exist,
	refuse_missing_references,
	settle_slots_anew,
	slot_settled,
	slots_submitted,
} from "./references";
import {
	av1_film_grain,
	av1_frame,
	av1_kept_frame,
	av1_kept_sequence,
	av1_kept_tiles,
	av1_picture,
	av1_sequence,
	av1_state,
	av1_state_begin,
	av1_state_reset,
	av1_tile,
	decoded_of,
} from "./state";
import { check_tiles, take_tile } from "./tiles";

/** There is one profile. */
export function reset(profile: u32, modes: u32): void {
	av1_state_reset();
	av1_state().modes = modes;
	forget_slots();
}

/** For a new picture in this surface. */
export function begin(surface: u32): void {
	av1_state_begin(surface);
}

/** VADecPictureParameterBufferAV1. */
export function parameter(type: u32, address: usize, size: u32): u32 {
	if (type != VAPictureParameterBufferType) return refuse_type(type);
	const least = pointers_have_32_bits()
		? VADecPictureParameterBufferAV1.SIZE_32
		: VADecPictureParameterBufferAV1.SIZE;
	if (size < least) return refuse_size(type, size);
	return take_picture(address);
}

/** Of a tile nothing is read. */
export function slice_header_size(address: usize, size: u32): u32 {
	return 0;
}

/** VASliceParameterBufferAV1, of one tile. */
export function slice(address: usize, size: u32, header: usize, header_size: u32, place: u32): u32 {
	if (size < VASliceParameterBufferAV1.SIZE) return refuse_size(VASliceParameterBufferType, size);
	return take_tile(VASliceParameterBufferAV1.at(address), place);
}

/** SEQUENCE, once there are picture parameters. */
export function fill_sequence(): void {
	const state = av1_state();
	if (state.has_picture == 0) return;
	fill_sequence_control(av1_sequence(), av1_picture(), state.max_width, state.max_height);
	add_sequence(av1_sequence());
}

/** SEQUENCE of a bit depth, 8 or 10. */
export function fill_probe(bit_depth: u32): void {
	if (depth_set(bit_depth) == 0) return;
	fill_probe_sequence(av1_sequence(), bit_depth);
	add_sequence(av1_sequence());
}

function add_sequence(sequence: v4l2_ctrl_av1_sequence): void {
	controls_add(V4L2_CID_STATELESS_AV1_SEQUENCE, changetype<usize>(sequence), v4l2_ctrl_av1_sequence.SIZE);
}

function add_picture(frame: v4l2_ctrl_av1_frame, tiles: usize, tile_count: u32): void {
	const entries = tile_count * v4l2_ctrl_av1_tile_group_entry.SIZE;
	controls_add(V4L2_CID_STATELESS_AV1_FRAME, changetype<usize>(frame), v4l2_ctrl_av1_frame.SIZE);
	controls_add(V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY, tiles, entries);
	// Also where there is none: a control keeps its value.
	const film_grain = changetype<usize>(av1_film_grain());
	controls_add_optional(V4L2_CID_STATELESS_AV1_FILM_GRAIN, film_grain, v4l2_ctrl_av1_film_grain.SIZE);
}

/**
 * SEQUENCE, FRAME, TILE_GROUP_ENTRY of each tile, and FILM_GRAIN. Of the picture before, without grain,
 * while PICTURE.again says that it must be decoded again, or its FRAME alone where it is decoded only now. Returns VAStatus.
 */
export function fill_picture(): u32 {
	const state = av1_state();
	settle_slots_anew();
	if (PICTURE.again != CORE_NONE) {
		fill_again();
		return VA_STATUS_SUCCESS;
	}
	const status = check_tiles();
	if (status != VA_STATUS_SUCCESS) return status;
	// The queues may have started anew since the parameters came.
	if (!references_exist()) return refuse_missing_references();
	const picture = av1_picture();
	fill_sequence_control(av1_sequence(), picture, state.max_width, state.max_height);
	fill_frame(av1_frame(), picture);
	fill_film_grain(av1_film_grain(), picture.film_grain_info);
	add_sequence(av1_sequence());
	add_picture(av1_frame(), changetype<usize>(av1_tile(0)), state.tile_count);
	return VA_STATUS_SUCCESS;
}

/** The kept controls, for the slot that has become free. What was shown of the picture has its grain already. */
function fill_again(): void {
	const state = av1_state();
	const frame = av1_kept_frame();
	frame.refresh_frame_flags = <u8>((<u32>1) << state.again_slot);
	if (PICTURE.deferred != 0) {
		controls_add(V4L2_CID_STATELESS_AV1_FRAME, changetype<usize>(frame), v4l2_ctrl_av1_frame.SIZE);
		return;
	}
	av1_film_grain().clear();
	add_sequence(av1_kept_sequence());
	add_picture(frame, av1_kept_tiles(), state.unsettled_tiles);
}

/** The surface holds the picture that the device has, or the one that it has decoded again. */
export function end(surface: u32, submitted: bool): void {
	if (!submitted) {
		forget_picture(surface);
		return;
	}
	if (surface == PICTURE.again) {
		slot_settled();
		return;
	}
	slots_submitted();
	av1_state().had_width = av1_state().max_width;
	av1_state().had_height = av1_state().max_height;
	const record = surface_find(surface);
	if (record != null) remember(record);
}

/** What the picture is to those that refer to it. */
function remember(record: SurfaceRecord): void {
	const picture = av1_picture();
	const decoded = decoded_of(record);
	decoded.width = <u32>picture.frame_width_minus1 + 1;
	decoded.height = <u32>picture.frame_height_minus1 + 1;
	decoded.bit_depth = picture.bit_depth_idx == 0 ? 8 : 10;
	decoded.order_hint = picture.order_hint;
	save_for_next(record, picture);
}
