// SPDX-License-Identifier: MIT
/** Takes in VA's picture and slice parameters, and the first bytes of the data, and refuses what does not fit together. */
import {
	CORE_MESSAGE_BAD_SLICE_HEADER,
	CORE_MESSAGE_BAD_SLICE_RANGE,
	CORE_MESSAGE_NO_PICTURE_PARAMETERS,
} from "../../abi/exchange";
import {
	VA_INVALID_SURFACE,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VAPictureParameterBufferVP8,
	VASliceParameterBufferVP8,
} from "../../abi/va";
import { refuse, refuse_field } from "../refusal";
import { PICTURE, picture_refers_to, SEQUENCE, SLICE } from "../result";
import { contradicted_field, probabilities_agree, settle_segments, slice_agrees } from "./agreement";
import { header_parse } from "./frame-header";
import {
	MAX_FIRST_PART_SIZE,
	MAX_SIDE,
	tag_is_there,
	tag_make,
	tag_shows,
	tag_size,
	tag_take_scale,
} from "./frame-tag";
import { is_key_frame, vp8_header, vp8_picture, vp8_slice, vp8_state } from "./state";

/** 4 to 7 are reserved, 9.1. */
const MAX_VERSION: u32 = 3;
/** last, golden, altref. */
const REFERENCES: u32 = 3;
/** Each DCT partition but the last has its size, 3 bytes, behind the first partition (9.5). */
const SIZE_OF_SIZE: u64 = 3;

function bad_slice(): u32 {
	return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_SLICE_HEADER, 0);
}

/** VAPictureParameterBufferVP8: kept, and SEQUENCE and PICTURE filled from it. Returns VAStatus. */
export function take_picture(address: usize): u32 {
	const picture = vp8_picture();
	const state = vp8_state();
	memory.copy(changetype<usize>(picture), address, VAPictureParameterBufferVP8.SIZE);
	state.has_picture = 0;
	if (picture.frame_width == 0 || picture.frame_width > MAX_SIDE) return refuse_field("frame_width");
	if (picture.frame_height == 0 || picture.frame_height > MAX_SIDE) return refuse_field("frame_height");
	if (picture.pic_fields_version > MAX_VERSION) return refuse_field("version");
	// Whole macroblocks are decoded, and referred to.
	SEQUENCE.width = (picture.frame_width + 15) & ~15;
	SEQUENCE.height = (picture.frame_height + 15) & ~15;
	SEQUENCE.visible_width = picture.frame_width;
	SEQUENCE.visible_height = picture.frame_height;
	SEQUENCE.bit_depth = 8;
	SEQUENCE.chroma_format_idc = 1;
	SEQUENCE.references = REFERENCES;
	PICTURE.reference_count = 0;
	if (!is_key_frame()) {
		note_reference(picture.last_ref_frame);
		note_reference(picture.golden_ref_frame);
		note_reference(picture.alt_ref_frame);
	}
	state.has_picture = 1;
	return VA_STATUS_SUCCESS;
}

function note_reference(surface: u32): void {
	if (surface != VA_INVALID_SURFACE && surface != vp8_state().surface) picture_refers_to(surface);
}

/**
 * VASliceParameterBufferVP8 and the first `size` bytes of the data it describes, which is the whole picture. Leaves the
 * frame tag in SLICE where the data has none. Returns VAStatus.
 */
export function take_slice(address: usize, data: usize, size: u32): u32 {
	const state = vp8_state();
	const slice = vp8_slice();
	const key = is_key_frame();
	if (state.has_picture == 0 || state.has_probabilities == 0 || state.has_matrix == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	if (state.has_slice != 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_SLICE_HEADER, 1);
	memory.copy(changetype<usize>(slice), address, VASliceParameterBufferVP8.SIZE);

	// partition_size[0] is what the header leaves of the first partition, but for the byte in the decoder.
	const header_bits: u64 = slice.macroblock_offset;
	const first_part_size: u64 = <u64>slice.get_partition_size(0) + (header_bits + 7) / 8;
	if (first_part_size > MAX_FIRST_PART_SIZE) return bad_slice();
	state.first_part_size = <u32>first_part_size;

	const tagged = tag_is_there(data, size, key, state.first_part_size);
	const skipped = tagged ? tag_size(key) : 0;
	header_parse(vp8_header(), data + skipped, size - skipped, key);
	if (!slice_agrees()) return bad_slice();
	const field = contradicted_field();
	if (field != null) return refuse_field(field);
	if (!probabilities_agree() || !settle_segments()) return bad_slice();
	if (<u64>skipped + partitions_size() > <u64>slice.slice_data_size)
		return refuse(
			VA_STATUS_ERROR_INVALID_PARAMETER,
			CORE_MESSAGE_BAD_SLICE_RANGE,
			slice.slice_data_offset,
			slice.slice_data_size,
		);

	state.show_frame = !tagged || tag_shows(data) ? 1 : 0;
	// Without its tag a frame is taken for hidden if it is what encoders hide: a picture for altref alone, made of frames to come. It
	// decides what is learned of the player (session/player.ts), nothing else.
	PICTURE.shown = tagged ? state.show_frame : 1 - state.for_altref_alone;
	if (tagged) {
		if (key) tag_take_scale(data);
	} else {
		SLICE.prefix = tag_make(key, state.first_part_size);
		SLICE.prefix_size = tag_size(key);
		if (key) {
			state.horizontal_scale = 0;
			state.vertical_scale = 0;
		}
	}
	state.has_slice = 1;
	return VA_STATUS_SUCCESS;
}

/** Bytes that the partitions take, as VA says. */
function partitions_size(): u64 {
	const count: u32 = vp8_header().num_dct_parts;
	let size: u64 = <u64>vp8_state().first_part_size + SIZE_OF_SIZE * (count - 1);
	for (let i: u32 = 0; i < count; i++) size += vp8_slice().get_partition_size(i + 1);
	return size;
}
