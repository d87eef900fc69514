/* SPDX-License-Identifier: MIT
 *
 * As va_dec_vp8.h describes the fields. Where that leaves a choice:
 *
 *   - key_frame is 0 in a key frame, as in the bitstream
 *   - the modes of key frames have probabilities of their own (11.2), and these stand there
 *   - partition_size[0] is what the header leaves of the first partition, in whole bytes
 *   - what a header does not have is 0
 */
#include "va.h"

#include <string.h>

static int clipped(int value, int most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

/* Of a segment: 9.3, 9.6. */
static int with_segment(const struct client_persistent *p, int base, const int *values, int segment)
{
	if (!p->segmentation)
		return base;
	return p->absolute ? values[segment] : base + values[segment];
}

void vp8_fill_picture(const struct client_frame *f, const VASurfaceID references[CLIENT_REFERENCES],
                      VAPictureParameterBufferVP8 *out)
{
	const struct client_persistent *p = &f->with;
	const struct client_probabilities *probabilities = &p->probabilities;

	memset(out, 0, sizeof(*out));
	out->frame_width = p->width;
	out->frame_height = p->height;
	out->last_ref_frame = references[CLIENT_LAST];
	out->golden_ref_frame = references[CLIENT_GOLDEN];
	out->alt_ref_frame = references[CLIENT_ALTREF];
	out->out_of_loop_frame = VA_INVALID_SURFACE;
	out->pic_fields.bits.key_frame = !f->key;
	out->pic_fields.bits.version = f->version;
	out->pic_fields.bits.segmentation_enabled = p->segmentation;
	out->pic_fields.bits.update_mb_segmentation_map = f->update_map;
	out->pic_fields.bits.update_segment_feature_data = f->update_data;
	out->pic_fields.bits.filter_type = f->simple_filter;
	out->pic_fields.bits.sharpness_level = f->sharpness;
	out->pic_fields.bits.loop_filter_adj_enable = f->adjusted;
	out->pic_fields.bits.mode_ref_lf_delta_update = f->update_deltas;
	out->pic_fields.bits.sign_bias_golden = f->golden_bias;
	out->pic_fields.bits.sign_bias_alternate = f->altref_bias;
	out->pic_fields.bits.mb_no_coeff_skip = f->skips;
	out->pic_fields.bits.loop_filter_disable = f->level == 0;
	memcpy(out->mb_segment_tree_probs, p->tree, sizeof(p->tree));
	for (int i = 0; i < CLIENT_SEGMENTS; i++) {
		out->loop_filter_level[i] = (uint8_t)clipped(with_segment(p, (int)f->level, p->level, i), 63);
		out->loop_filter_deltas_ref_frame[i] = (int8_t)p->reference_delta[i];
		out->loop_filter_deltas_mode[i] = (int8_t)p->mode_delta[i];
	}
	out->prob_skip_false = f->skip;
	out->prob_intra = f->intra;
	out->prob_last = f->last;
	out->prob_gf = f->golden;
	memcpy(out->y_mode_probs, f->key ? vp8_key_y_mode_probs : probabilities->y_modes,
	       sizeof(out->y_mode_probs));
	memcpy(out->uv_mode_probs, f->key ? vp8_key_uv_mode_probs : probabilities->uv_modes,
	       sizeof(out->uv_mode_probs));
	memcpy(out->mv_probs, probabilities->vectors, sizeof(out->mv_probs));
	out->bool_coder_ctx.range = f->range;
	out->bool_coder_ctx.value = f->value;
	out->bool_coder_ctx.count = (uint8_t)((8 - f->bits % 8) % 8);
}

void vp8_fill_probabilities(const struct client_frame *f, VAProbabilityDataBufferVP8 *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->dct_coeff_probs, f->with.probabilities.coefficients, sizeof(out->dct_coeff_probs));
}

void vp8_fill_matrix(const struct client_frame *f, VAIQMatrixBufferVP8 *out)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < CLIENT_SEGMENTS; i++) {
		const int base = with_segment(&f->with, f->quantizer, f->with.quantizer, i);

		out->quantization_index[i][0] = (uint16_t)clipped(base, 127);
		for (int j = 0; j < 5; j++)
			out->quantization_index[i][1 + j] = (uint16_t)clipped(base + f->quantizer_delta[j], 127);
	}
}

void vp8_fill_slice(const struct client_frame *f, size_t size, size_t offset, VASliceParameterBufferVP8 *out)
{
	memset(out, 0, sizeof(*out));
	out->slice_data_size = (uint32_t)size;
	out->slice_data_offset = (uint32_t)offset;
	out->slice_data_flag = VA_SLICE_DATA_FLAG_ALL;
	out->macroblock_offset = f->bits;
	out->num_of_partitions = (uint8_t)(f->partitions + 1);
	out->partition_size[0] = f->first_size - (f->bits + 7) / 8;
	for (unsigned int i = 0; i < f->partitions; i++)
		out->partition_size[1 + i] = f->partition_size[i];
}
