/* SPDX-License-Identifier: MIT
 *
 * As va_dec_vp9.h describes the fields. Where that leaves a choice:
 *
 *   - frame_type is 0 in a key frame, as in the bitstream
 *   - mcomp_filter_type has libvpx's order: 0 is the regular filter, 1 the smooth one
 *   - reset_frame_context and frame_context_idx are as in the bitstream, but that an intra frame has no context other than 0
 *   - probabilities that the header does not have are 255
 *   - of a frame without segmentation, the parameters of segment 0 alone are there
 */
#include "va.h"

#include "quantizers.h"

#include <string.h>

static int clipped(int value, int most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

static unsigned int filter_type(unsigned int filter)
{
	return filter == CLIENT_SMOOTH ? 1 : filter == CLIENT_EIGHTTAP ? 0 : filter;
}

static bool is_lossless(const struct client_frame *f)
{
	return !f->quantizer && !f->delta_q[0] && !f->delta_q[1] && !f->delta_q[2];
}

void vp9_fill_picture(const struct client_frame *f, const VASurfaceID slots[CLIENT_SLOTS],
                      VADecPictureParameterBufferVP9 *out)
{
	const struct client_segmentation *s = &f->with.segmentation;
	const bool intra = f->key || f->intra_only;

	memset(out, 0, sizeof(*out));
	out->frame_width = (uint16_t)f->size.width;
	out->frame_height = (uint16_t)f->size.height;
	memcpy(out->reference_frames, slots, sizeof(out->reference_frames));
	out->pic_fields.bits.subsampling_x = f->with.half_width;
	out->pic_fields.bits.subsampling_y = f->with.half_height;
	out->pic_fields.bits.frame_type = !f->key;
	out->pic_fields.bits.show_frame = f->shown;
	out->pic_fields.bits.error_resilient_mode = f->resilient;
	out->pic_fields.bits.intra_only = f->intra_only;
	out->pic_fields.bits.allow_high_precision_mv = f->high_precision;
	out->pic_fields.bits.mcomp_filter_type = intra ? 0 : filter_type(f->filter);
	out->pic_fields.bits.frame_parallel_decoding_mode = f->parallel;
	out->pic_fields.bits.reset_frame_context = f->reset;
	out->pic_fields.bits.refresh_frame_context = f->refresh_context;
	out->pic_fields.bits.frame_context_idx = intra ? 0 : f->context;
	out->pic_fields.bits.segmentation_enabled = s->enabled;
	out->pic_fields.bits.segmentation_temporal_update = s->temporal;
	out->pic_fields.bits.segmentation_update_map = s->update_map;
	out->pic_fields.bits.last_ref_frame = f->slot[0];
	out->pic_fields.bits.last_ref_frame_sign_bias = f->bias[0];
	out->pic_fields.bits.golden_ref_frame = f->slot[1];
	out->pic_fields.bits.golden_ref_frame_sign_bias = f->bias[1];
	out->pic_fields.bits.alt_ref_frame = f->slot[2];
	out->pic_fields.bits.alt_ref_frame_sign_bias = f->bias[2];
	out->pic_fields.bits.lossless_flag = is_lossless(f);
	out->filter_level = (uint8_t)f->level;
	out->sharpness_level = (uint8_t)f->sharpness;
	out->log2_tile_rows = (uint8_t)f->tile_rows;
	out->log2_tile_columns = (uint8_t)f->tile_columns;
	out->frame_header_length_in_bytes = (uint8_t)f->header_size;
	out->first_partition_size = (uint16_t)f->compressed_size;
	memset(out->mb_segment_tree_probs, 255, sizeof(out->mb_segment_tree_probs));
	memset(out->segment_pred_probs, 255, sizeof(out->segment_pred_probs));
	if (s->update_map) {
		memcpy(out->mb_segment_tree_probs, s->tree, sizeof(out->mb_segment_tree_probs));
		memcpy(out->segment_pred_probs, s->predicted, sizeof(out->segment_pred_probs));
	}
	out->profile = (uint8_t)f->profile;
	out->bit_depth = (uint8_t)f->with.depth;
}

/* A feature's value in the segment, 8.4.2 of the bitstream's base value. */
static int with_segment(const struct client_segmentation *s, unsigned int segment, unsigned int feature,
                        int base, int most)
{
	const int value = s->value[segment][feature];

	if (!s->enabled || !s->feature[segment][feature])
		return base;
	return clipped(s->absolute ? value : base + value, most);
}

/* 8.8.1 */
static void fill_levels(const struct client_frame *f, int level, uint8_t out[4][2])
{
	const struct client_persistent *p = &f->with;
	const int scale = level >= 32 ? 2 : 1;

	for (unsigned int reference = 0; reference < 4; reference++) {
		for (unsigned int mode = 0; mode < 2; mode++) {
			int delta = p->reference_delta[reference];

			if (reference > 0) /* blocks that are intra have no mode delta */
				delta += p->mode_delta[mode];
			out[reference][mode] = (uint8_t)(f->deltas ? clipped(level + delta * scale, 63) : level);
		}
	}
}

static void fill_segment(const struct client_frame *f, unsigned int i, VASegmentParameterVP9 *out)
{
	const struct client_segmentation *s = &f->with.segmentation;
	const unsigned int depth = f->with.depth > 8;
	const int index = with_segment(s, i, CLIENT_ALT_Q, (int)f->quantizer, 255);

	if (s->enabled) {
		out->segment_flags.fields.segment_reference_enabled = s->feature[i][CLIENT_REFERENCE];
		out->segment_flags.fields.segment_reference = (uint16_t)(s->value[i][CLIENT_REFERENCE] & 3);
		out->segment_flags.fields.segment_reference_skipped = s->feature[i][CLIENT_SKIP];
	}
	fill_levels(f, with_segment(s, i, CLIENT_ALT_L, (int)f->level, 63), out->filter_level);
	out->luma_ac_quant_scale = vp9_ac_quantizers[depth][index];
	out->luma_dc_quant_scale = vp9_dc_quantizers[depth][clipped(index + f->delta_q[0], 255)];
	out->chroma_dc_quant_scale = vp9_dc_quantizers[depth][clipped(index + f->delta_q[1], 255)];
	out->chroma_ac_quant_scale = vp9_ac_quantizers[depth][clipped(index + f->delta_q[2], 255)];
}

void vp9_fill_slice(const struct client_frame *f, size_t size, VASliceParameterBufferVP9 *out)
{
	memset(out, 0, sizeof(*out));
	out->slice_data_size = (uint32_t)size;
	out->slice_data_flag = VA_SLICE_DATA_FLAG_ALL;
	for (unsigned int i = 0; i < (f->with.segmentation.enabled ? CLIENT_SEGMENTS : 1u); i++)
		fill_segment(f, i, &out->seg_param[i]);
}
