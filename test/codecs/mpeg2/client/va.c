/* SPDX-License-Identifier: MIT */
#include "va.h"

#include <string.h>

void mpeg2_fill_picture(const struct headers *h, VASurfaceID forward, VASurfaceID backward, bool second,
                        VAPictureParameterBufferMPEG2 *out)
{
	*out = (VAPictureParameterBufferMPEG2){
		.horizontal_size = (uint16_t)h->width,
		.vertical_size = (uint16_t)h->height,
		.forward_reference_picture = h->type == TYPE_I ? VA_INVALID_SURFACE : forward,
		.backward_reference_picture = h->type == TYPE_B ? backward : VA_INVALID_SURFACE,
		.picture_coding_type = (int32_t)h->type,
		.f_code =
			(int32_t)(h->f_code[0][0] << 12 | h->f_code[0][1] << 8 | h->f_code[1][0] << 4 | h->f_code[1][1]),
		.picture_coding_extension.bits =
			{
				.intra_dc_precision = h->intra_dc_precision & 3,
				.picture_structure = h->structure & 3,
				.top_field_first = h->top_field_first,
				.frame_pred_frame_dct = h->frame_pred_frame_dct,
				.concealment_motion_vectors = h->concealment_motion_vectors,
				.q_scale_type = h->q_scale_type,
				.intra_vlc_format = h->intra_vlc_format,
				.alternate_scan = h->alternate_scan,
				.repeat_first_field = h->repeat_first_field,
				.progressive_frame = h->progressive_frame,
				.is_first_field = !second,
			},
	};
}

void mpeg2_fill_matrix(const struct headers *h, const bool loaded[MATRICES], VAIQMatrixBufferMPEG2 *out)
{
	*out = (VAIQMatrixBufferMPEG2){
		.load_intra_quantiser_matrix = loaded[INTRA],
		.load_non_intra_quantiser_matrix = loaded[NON_INTRA],
		.load_chroma_intra_quantiser_matrix = loaded[CHROMA_INTRA],
		.load_chroma_non_intra_quantiser_matrix = loaded[CHROMA_NON_INTRA],
	};
	if (loaded[INTRA])
		memcpy(out->intra_quantiser_matrix, h->matrix[INTRA], 64);
	if (loaded[NON_INTRA])
		memcpy(out->non_intra_quantiser_matrix, h->matrix[NON_INTRA], 64);
	if (loaded[CHROMA_INTRA])
		memcpy(out->chroma_intra_quantiser_matrix, h->matrix[CHROMA_INTRA], 64);
	if (loaded[CHROMA_NON_INTRA])
		memcpy(out->chroma_non_intra_quantiser_matrix, h->matrix[CHROMA_NON_INTRA], 64);
}

void mpeg2_fill_slice(const struct slice_header *slice, unsigned int left_out, size_t size,
                      VASliceParameterBufferMPEG2 *out)
{
	*out = (VASliceParameterBufferMPEG2){
		.slice_data_size = (uint32_t)size,
		.slice_data_flag = VA_SLICE_DATA_FLAG_ALL,
		.macroblock_offset = slice->bits - 8 * left_out,
		.slice_horizontal_position = slice->column,
		.slice_vertical_position = slice->row,
		.quantiser_scale_code = (int32_t)slice->quantiser_scale_code,
		.intra_slice_flag = slice->intra_slice,
	};
}
