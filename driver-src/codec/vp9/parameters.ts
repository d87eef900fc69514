// SPDX-License-Identifier: MIT
/** Takes in VA's picture and slice parameters, and the first bytes of the frame, and refuses what does not fit together. */
import {
	CORE_MESSAGE_BAD_SLICE_HEADER,
	CORE_MESSAGE_BAD_SLICE_RANGE,
	CORE_MESSAGE_FORMAT_NOT_SUPPORTED,
	CORE_MESSAGE_NO_PICTURE_PARAMETERS,
	CORE_MESSAGE_REFERENCES_MISSING,
} from "../../abi/exchange";
import { V4L2_VP9_FRAME_FLAG_SHOW_FRAME } from "../../abi/v4l2";
import {
	VA_STATUS_ERROR_DECODING_ERROR,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	VA_STATUS_SUCCESS,
	VADecPictureParameterBufferVP9,
	VAProfileVP9Profile0,
	VASliceParameterBufferVP9,
} from "../../abi/va";
import { refuse, refuse_field } from "../refusal";
import { PICTURE, SEQUENCE } from "../result";
import { contradicted_field, contradicted_segment } from "./agreement";
import { compressed_header_parse } from "./compressed-header";
import {
	brings_context,
	context_exists,
	has_size_of_reference,
	keep_slots,
	references_exist,
	references_fit,
} from "./references";
import {
	is_intra,
	is_key_frame,
	SLOTS,
	vp9_compressed_hdr,
	vp9_header,
	vp9_picture,
	vp9_slice,
	vp9_state,
} from "./state";
import { uncompressed_header_keep, uncompressed_header_parse } from "./uncompressed-header";

/** VADecPictureParameterBufferVP9: kept. Returns VAStatus. */
export function take_picture(address: usize): u32 {
	const picture = vp9_picture();
	const state = vp9_state();
	memory.copy(changetype<usize>(picture), address, VADecPictureParameterBufferVP9.SIZE);
	state.has_picture = 0;
	if (picture.frame_width == 0) return refuse_field("frame_width");
	if (picture.frame_height == 0) return refuse_field("frame_height");
	const profile: u32 = state.profile == VAProfileVP9Profile0 ? 0 : 2;
	if (<u32>picture.profile != profile) return refuse_field("profile");
	// Profile 2 has it as well; no kernel driver does.
	if (picture.bit_depth == 12)
		return refuse(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, CORE_MESSAGE_FORMAT_NOT_SUPPORTED, 12, 1);
	state.has_picture = 1;
	return VA_STATUS_SUCCESS;
}

function bad_slice(): u32 {
	return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_SLICE_HEADER, 0);
}

/**
 * VASliceParameterBufferVP9 and the first `size` bytes of the data it describes, which is the whole frame. Fills SEQUENCE and PICTURE.
 * Returns VAStatus.
 */
export function take_slice(address: usize, data: usize, size: u32): u32 {
	const state = vp9_state();
	const slice = vp9_slice();
	const header = vp9_header();
	if (state.has_picture == 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	if (state.has_slice != 0)
		return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_SLICE_HEADER, 1);
	memory.copy(changetype<usize>(slice), address, VASliceParameterBufferVP9.SIZE);

	const element = uncompressed_header_parse(header, data, size);
	if (element != null) return refuse_field(element);
	const field = contradicted_field();
	if (field != null) return refuse_field(field);
	const headers: u32 = <u32>header.uncompressed_header_size + <u32>header.compressed_header_size;
	// At least one byte of a tile follows.
	if (headers >= slice.slice_data_size)
		return refuse(
			VA_STATUS_ERROR_INVALID_PARAMETER,
			CORE_MESSAGE_BAD_SLICE_RANGE,
			slice.slice_data_offset,
			slice.slice_data_size,
		);
	const there: u32 = size - header.uncompressed_header_size;
	const compressed = data + <usize>header.uncompressed_header_size;
	if (
		!compressed_header_parse(
			vp9_compressed_hdr(),
			header,
			compressed,
			there,
			header.compressed_header_size,
		)
	)
		return bad_slice();
	uncompressed_header_keep(header);

	if (!references_exist() || !context_exists())
		return refuse(VA_STATUS_ERROR_DECODING_ERROR, CORE_MESSAGE_REFERENCES_MISSING);
	if (!has_size_of_reference()) return refuse_field("frame_size_with_refs");
	if (!references_fit()) return refuse_field("ref_frame_idx");
	const segment = contradicted_segment();
	if (segment != null) return refuse_field(segment);
	describe();
	state.has_slice = 1;
	return VA_STATUS_SUCCESS;
}

/** SEQUENCE and PICTURE. */
function describe(): void {
	const header = vp9_header();
	SEQUENCE.visible_width = <u32>header.frame_width_minus_1 + 1;
	SEQUENCE.visible_height = <u32>header.frame_height_minus_1 + 1;
	// Decoders write whole blocks of 8x8 samples (MiCols, MiRows).
	SEQUENCE.width = (SEQUENCE.visible_width + 7) & ~7;
	SEQUENCE.height = (SEQUENCE.visible_height + 7) & ~7;
	SEQUENCE.bit_depth = header.bit_depth;
	SEQUENCE.chroma_format_idc = 1;
	SEQUENCE.references = SLOTS;
	SEQUENCE.scales_references = 1;
	PICTURE.shown = (header.flags & V4L2_VP9_FRAME_FLAG_SHOW_FRAME) != 0 ? 1 : 0;
	PICTURE.starts_anew = is_key_frame() ? 1 : 0;
	PICTURE.reference_count = 0;
	// An intra frame that brings its own probabilities needs nothing of earlier frames, and may be of another size.
	keep_slots(!is_intra() || !brings_context());
}
