/* SPDX-License-Identifier: MIT */
#include "checks.h"

#include <string.h>

#define EXPECT(condition, field) \
	if (!(condition))            \
	return field

static bool flag_is(uint64_t flags, uint64_t flag, bool wanted)
{
	return !!(flags & flag) == wanted;
}

static int clamp(int value, int most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

/* Hardware adds and clips: cfg_qp() and cfg_lf() of hantro_g1_vp8_dec.c. So it does not matter which way a value is given. */
static int effective(int base, int value, bool absolute, int most)
{
	return clamp(absolute ? value : base + value, most);
}

static const char *check_segment(const struct v4l2_vp8_segment *segment, const struct vp8_header *h)
{
	const struct vp8_segments *said = &h->now.segments;
	const bool absolute = !(segment->flags & V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE);
	const uint32_t all = V4L2_VP8_SEGMENT_FLAG_ENABLED | V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP |
	                     V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA | V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;

	EXPECT(!(segment->flags & ~all), "segment.flags");
	EXPECT(flag_is(segment->flags, V4L2_VP8_SEGMENT_FLAG_ENABLED, h->segmentation), "segment.flags ENABLED");
	EXPECT(flag_is(segment->flags, V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP, h->update_map),
	       "segment.flags UPDATE_MAP");
	EXPECT(flag_is(segment->flags, V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA, h->update_data),
	       "segment.flags UPDATE_FEATURE_DATA");
	EXPECT(!h->update_map || !memcmp(segment->segment_probs, h->tree_probs, 3), "segment.segment_probs");
	for (int i = 0; i < 4 && h->segmentation; i++) {
		int quant = effective(h->y_ac_qi, said->quant[i], said->absolute, 127);
		int level = effective(h->level, said->level[i], said->absolute, 63);

		EXPECT(effective(h->y_ac_qi, segment->quant_update[i], absolute, 127) == quant,
		       "segment.quant_update");
		EXPECT(effective(h->level, segment->lf_update[i], absolute, 63) == level, "segment.lf_update");
	}
	return NULL;
}

static const char *check_loop_filter(const struct v4l2_vp8_loop_filter *lf, const struct vp8_header *h)
{
	const uint32_t all = V4L2_VP8_LF_ADJ_ENABLE | V4L2_VP8_LF_DELTA_UPDATE | V4L2_VP8_LF_FILTER_TYPE_SIMPLE;

	EXPECT(!(lf->flags & ~all), "lf.flags");
	EXPECT(flag_is(lf->flags, V4L2_VP8_LF_ADJ_ENABLE, h->adjust), "lf.flags ADJ_ENABLE");
	EXPECT(flag_is(lf->flags, V4L2_VP8_LF_DELTA_UPDATE, h->delta_update), "lf.flags DELTA_UPDATE");
	EXPECT(flag_is(lf->flags, V4L2_VP8_LF_FILTER_TYPE_SIMPLE, h->simple_filter),
	       "lf.flags FILTER_TYPE_SIMPLE");
	EXPECT(lf->level == h->level, "lf.level");
	EXPECT(lf->sharpness_level == h->sharpness, "lf.sharpness_level");
	for (int i = 0; i < 4 && h->adjust; i++) {
		EXPECT(lf->ref_frm_delta[i] == h->now.ref_delta[i], "lf.ref_frm_delta");
		EXPECT(lf->mb_mode_delta[i] == h->now.mode_delta[i], "lf.mb_mode_delta");
	}
	return NULL;
}

static const char *check_quant(const struct v4l2_vp8_quantization *quant, const struct vp8_header *h)
{
	EXPECT(quant->y_ac_qi == h->y_ac_qi, "quant.y_ac_qi");
	EXPECT(quant->y_dc_delta == h->quant_delta[0], "quant.y_dc_delta");
	EXPECT(quant->y2_dc_delta == h->quant_delta[1], "quant.y2_dc_delta");
	EXPECT(quant->y2_ac_delta == h->quant_delta[2], "quant.y2_ac_delta");
	EXPECT(quant->uv_dc_delta == h->quant_delta[3], "quant.uv_dc_delta");
	EXPECT(quant->uv_ac_delta == h->quant_delta[4], "quant.uv_ac_delta");
	return NULL;
}

static const char *check_entropy(const struct v4l2_vp8_entropy *entropy, const struct vp8_header *h)
{
	const struct vp8_probs *probs = &h->now.probs;

	EXPECT(!memcmp(entropy->coeff_probs, probs->coeff, sizeof(probs->coeff)), "entropy.coeff_probs");
	EXPECT(!memcmp(entropy->y_mode_probs, h->key ? vp8_key_y_mode_probs : probs->y_mode, 4),
	       "entropy.y_mode_probs");
	EXPECT(!memcmp(entropy->uv_mode_probs, h->key ? vp8_key_uv_mode_probs : probs->uv_mode, 3),
	       "entropy.uv_mode_probs");
	EXPECT(!memcmp(entropy->mv_probs, probs->mv, sizeof(probs->mv)), "entropy.mv_probs");
	return NULL;
}

static const char *check_partitions(const struct v4l2_ctrl_vp8_frame *frame, const struct vp8_header *h)
{
	EXPECT(frame->num_dct_parts == h->partitions, "num_dct_parts");
	EXPECT(frame->first_part_size == h->first_part_size, "first_part_size");
	EXPECT(frame->first_part_header_bits == h->bits, "first_part_header_bits");
	EXPECT(!memcmp(frame->dct_part_sizes, h->part_sizes, sizeof(h->part_sizes)), "dct_part_sizes");
	EXPECT(frame->coder_state.range == h->range, "coder_state.range");
	EXPECT(frame->coder_state.value == h->value, "coder_state.value");
	EXPECT(frame->coder_state.bit_count == (8 - h->bits % 8) % 8, "coder_state.bit_count");
	return NULL;
}

static const char *check_flags(uint64_t flags, const struct vp8_header *h)
{
	const uint64_t all = V4L2_VP8_FRAME_FLAG_KEY_FRAME | V4L2_VP8_FRAME_FLAG_SHOW_FRAME |
	                     V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF | V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN |
	                     V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT;

	EXPECT(!(flags & ~all), "flags");
	EXPECT(flag_is(flags, V4L2_VP8_FRAME_FLAG_KEY_FRAME, h->key), "flags KEY_FRAME");
	EXPECT(flag_is(flags, V4L2_VP8_FRAME_FLAG_SHOW_FRAME, h->shown), "flags SHOW_FRAME");
	EXPECT(flag_is(flags, V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF, h->skip), "flags MB_NO_SKIP_COEFF");
	EXPECT(flag_is(flags, V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN, h->sign_bias[VP8_GOLDEN]),
	       "flags SIGN_BIAS_GOLDEN");
	EXPECT(flag_is(flags, V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT, h->sign_bias[VP8_ALTREF]),
	       "flags SIGN_BIAS_ALT");
	return NULL;
}

/* The fields that have no struct of their own. */
static const char *check_rest(const struct v4l2_ctrl_vp8_frame *frame, const struct vp8_header *h,
                              const uint64_t references[VP8_REFERENCES])
{
	EXPECT(frame->width == h->now.width, "width");
	EXPECT(frame->height == h->now.height, "height");
	EXPECT(frame->horizontal_scale == h->now.horizontal_scale, "horizontal_scale");
	EXPECT(frame->vertical_scale == h->now.vertical_scale, "vertical_scale");
	EXPECT(frame->version == h->version, "version");
	EXPECT(!h->skip || frame->prob_skip_false == h->prob_skip_false, "prob_skip_false");
	if (h->key)
		return NULL;
	EXPECT(frame->prob_intra == h->prob_intra, "prob_intra");
	EXPECT(frame->prob_last == h->prob_last, "prob_last");
	EXPECT(frame->prob_gf == h->prob_golden, "prob_gf");
	EXPECT(frame->last_frame_ts == references[VP8_LAST], "last_frame_ts");
	EXPECT(frame->golden_frame_ts == references[VP8_GOLDEN], "golden_frame_ts");
	EXPECT(frame->alt_frame_ts == references[VP8_ALTREF], "alt_frame_ts");
	return NULL;
}

const char *check_frame(const struct v4l2_ctrl_vp8_frame *frame, const struct vp8_header *header,
                        const uint64_t references[VP8_REFERENCES])
{
	const char *wrong = check_segment(&frame->segment, header);

	if (!wrong)
		wrong = check_loop_filter(&frame->lf, header);
	if (!wrong)
		wrong = check_quant(&frame->quant, header);
	if (!wrong)
		wrong = check_entropy(&frame->entropy, header);
	if (!wrong)
		wrong = check_partitions(frame, header);
	if (!wrong)
		wrong = check_flags(frame->flags, header);
	return wrong ? wrong : check_rest(frame, header, references);
}
