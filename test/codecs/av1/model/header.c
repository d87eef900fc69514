/* SPDX-License-Identifier: MIT */
#include "header.h"

enum {
	SELECT = 1,
	LEVEL_MAXIMUM = 31,
	LARGEST = 0xffff,
	SUPERRES_NUMERATOR = 8,
	SUPERRES_LEAST = 9,
	NARROWEST = 16
};

void av1_complain(struct header_writer *w, const char *field)
{
	if (!w->wrong)
		w->wrong = field;
}

void av1_put_non_symmetric(struct bit_writer *bits, uint32_t values, uint32_t value)
{
	unsigned int width = 0;
	uint32_t shorter;

	while (values >> width)
		width++;
	shorter = (1u << width) - values;
	if (value < shorter)
		put_u(bits, width - 1, value);
	else
		put_u(bits, width, value + shorter);
}

void av1_put_signed(struct bit_writer *bits, unsigned int count, int value)
{
	put_u(bits, count, (uint32_t)value & ((1u << count) - 1));
}

int av1_relative_distance(const struct v4l2_ctrl_av1_sequence *sequence, uint32_t a, uint32_t b)
{
	const uint32_t middle = sequence->order_hint_bits ? 1u << (sequence->order_hint_bits - 1) : 0;
	const uint32_t difference = a - b;

	return (int)(difference & (middle - 1)) - (int)(difference & middle);
}

static void put_flag(struct header_writer *w, bool value)
{
	put_u(&w->bits, 1, value);
}

static bool has(const struct header_writer *w, uint32_t flag)
{
	return frame_has(w->frame, flag);
}

/* ---- the sequence header --------------------------------------------------------------------------------------------------- */

static bool of_sequence(const struct header_writer *w, uint32_t flag)
{
	return w->sequence->flags & flag;
}

/* 5.5.2 */
static void put_color_config(struct header_writer *w)
{
	const bool monochrome = of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME);

	put_flag(w, w->sequence->bit_depth > 8);
	put_flag(w, monochrome);
	put_flag(w, false); /* color_description_present_flag */
	put_flag(w, of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE));
	if (!monochrome) {
		put_u(&w->bits, 2, 0); /* chroma_sample_position */
		put_flag(w, true);     /* separate_uv_delta_q */
	}
}

/*
 * Tools that frames turn on and off themselves are all enabled: whether the control says so, only matters where a frame has one of
 * them (av1_put_frame_header() sees to that). So is frame_size_override_flag, of which there is no larger frame.
 */
void av1_put_sequence_header(struct header_writer *w)
{
	const struct v4l2_ctrl_av1_sequence *s = w->sequence;
	const bool order_hint = of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT);

	put_u(&w->bits, 3, s->seq_profile);
	put_u(&w->bits, 4, 0); /* no still picture, no reduced header, neither timing info nor initial delay */
	put_u(&w->bits, 5, 0); /* operating_points_cnt_minus_1 */
	put_u(&w->bits, 12, 0);
	put_u(&w->bits, 5, LEVEL_MAXIMUM);
	put_flag(w, false); /* seq_tier */
	put_u(&w->bits, 4, 15);
	put_u(&w->bits, 4, 15);
	put_u(&w->bits, 16, LARGEST);
	put_u(&w->bits, 16, LARGEST);
	put_flag(w, false); /* frame_id_numbers_present_flag */
	put_flag(w, of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK));
	put_flag(w, of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_FILTER_INTRA));
	put_flag(w, of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTRA_EDGE_FILTER));
	put_flag(w, of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTERINTRA_COMPOUND));
	put_flag(w, of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_MASKED_COMPOUND));
	put_flag(w, true); /* enable_warped_motion */
	put_flag(w, of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_DUAL_FILTER));
	put_flag(w, order_hint);
	if (order_hint) {
		put_flag(w, of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP));
		put_flag(w, true); /* enable_ref_frame_mvs */
	}
	put_u(&w->bits, 1, SELECT); /* seq_choose_screen_content_tools */
	put_u(&w->bits, 1, SELECT); /* seq_choose_integer_mv */
	if (order_hint)
		put_u(&w->bits, 3, s->order_hint_bits - 1u);
	put_flag(w, true); /* enable_superres */
	put_flag(w, true); /* enable_cdef */
	put_flag(w, true); /* enable_restoration */
	put_color_config(w);
	put_flag(w, true); /* film_grain_params_present */
	expect(w, order_hint == (s->order_hint_bits > 0) && s->order_hint_bits <= 8, "sequence.order_hint_bits");
	expect(w, order_hint || !of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP),
	       "sequence.flags ENABLE_JNT_COMP");
	expect(w, order_hint || !of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS),
	       "sequence.flags ENABLE_REF_FRAME_MVS");
	expect(w,
	       !of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_STILL_PICTURE) ||
	           w->frame->frame_type == V4L2_AV1_KEY_FRAME,
	       "sequence.flags STILL_PICTURE");
}

/* ---- the frame header: 5.9.2 ------------------------------------------------------------------------------------------------- */

static bool is_shown_key(const struct header_writer *w)
{
	return w->frame->frame_type == V4L2_AV1_KEY_FRAME && has(w, V4L2_AV1_FRAME_FLAG_SHOW_FRAME);
}

static bool is_switch(const struct header_writer *w)
{
	return w->frame->frame_type == V4L2_AV1_SWITCH_FRAME;
}

static bool is_resilient(const struct header_writer *w)
{
	return has(w, V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE);
}

/* A flag that is in the header where `present`, else has this value. */
static void put_or_expect(struct header_writer *w, bool present, bool value, bool otherwise,
                          const char *field)
{
	if (present)
		put_flag(w, value);
	else
		expect(w, value == otherwise, field);
}

static void put_kind(struct header_writer *w)
{
	const bool shown = has(w, V4L2_AV1_FRAME_FLAG_SHOW_FRAME);
	const bool implied = is_switch(w) || is_shown_key(w);

	put_flag(w, false); /* show_existing_frame */
	put_u(&w->bits, 2, w->frame->frame_type);
	put_flag(w, shown);
	put_or_expect(w, !shown, has(w, V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME),
	              w->frame->frame_type != V4L2_AV1_KEY_FRAME, "frame.flags SHOWABLE_FRAME");
	put_or_expect(w, !implied, is_resilient(w), true, "frame.flags ERROR_RESILIENT_MODE");
}

static void put_general(struct header_writer *w)
{
	const struct v4l2_ctrl_av1_frame *f = w->frame;
	const bool screen_content = has(w, V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS);
	const bool dependent = !is_intra(f) && !is_resilient(w);

	put_flag(w, has(w, V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE));
	put_flag(w, screen_content);
	/* 1 in an intra frame, coded or not */
	put_or_expect(w, screen_content, has(w, V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV), is_intra(f),
	              "frame.flags FORCE_INTEGER_MV");
	expect(w, !is_intra(f) || has(w, V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV), "frame.flags FORCE_INTEGER_MV");
	if (!is_switch(w))
		put_flag(w, true); /* frame_size_override_flag */
	put_u(&w->bits, w->sequence->order_hint_bits, f->order_hint);
	expect(w, f->order_hint >> w->sequence->order_hint_bits == 0, "frame.order_hint");
	if (dependent)
		put_u(&w->bits, 3, f->primary_ref_frame);
	expect(w, dependent ? f->primary_ref_frame <= AV1_NO_PRIMARY : f->primary_ref_frame == AV1_NO_PRIMARY,
	       "frame.primary_ref_frame");
}

static void put_refreshed(struct header_writer *w)
{
	const struct v4l2_ctrl_av1_frame *f = w->frame;
	const bool all = f->refresh_frame_flags == AV1_ALL_SLOTS;

	if (is_switch(w) || is_shown_key(w))
		expect(w, all, "frame.refresh_frame_flags");
	else
		put_u(&w->bits, 8, f->refresh_frame_flags);
	expect(w, !all || f->frame_type != V4L2_AV1_INTRA_ONLY_FRAME, "frame.refresh_frame_flags");
	if ((is_intra(f) && all) || !is_resilient(w) || !w->sequence->order_hint_bits)
		return;
	for (unsigned int i = 0; i < AV1_SLOTS; i++)
		put_u(&w->bits, w->sequence->order_hint_bits, w->slots[i].order_hint);
}

/* 5.9.5 to 5.9.8 */
static void put_sizes(struct header_writer *w)
{
	const struct v4l2_ctrl_av1_frame *f = w->frame;
	const struct v4l2_ctrl_av1_sequence *s = w->sequence;
	const bool superres = has(w, V4L2_AV1_FRAME_FLAG_USE_SUPERRES);
	const uint32_t denominator = superres ? f->superres_denom : SUPERRES_NUMERATOR;
	const uint32_t scaled = (f->upscaled_width * SUPERRES_NUMERATOR + denominator / 2) / denominator;
	/* as rockchip_vpu981_av1_dec_set_superres_params() and libdav1d have it */
	const uint32_t least = f->upscaled_width < NARROWEST ? f->upscaled_width : NARROWEST;
	const uint32_t width = scaled < least ? least : scaled;
	const bool largest = f->upscaled_width == s->max_frame_width_minus_1 + 1u &&
	                     f->frame_height_minus_1 == s->max_frame_height_minus_1;

	expect(w, f->upscaled_width - 1 <= s->max_frame_width_minus_1, "frame.upscaled_width");
	expect(w, f->frame_height_minus_1 <= s->max_frame_height_minus_1, "frame.frame_height_minus_1");
	expect(w, largest || has(w, V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE), "frame.flags FRAME_SIZE_OVERRIDE");
	put_u(&w->bits, 16, f->upscaled_width - 1);
	put_u(&w->bits, 16, f->frame_height_minus_1);
	put_flag(w, superres);
	if (superres)
		put_u(&w->bits, 3, f->superres_denom - (uint32_t)SUPERRES_LEAST);
	expect(w,
	       superres ? f->superres_denom >= SUPERRES_LEAST && f->superres_denom < SUPERRES_LEAST + 8
	                : f->superres_denom == SUPERRES_NUMERATOR,
	       "frame.superres_denom");
	expect(w, !superres || of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES),
	       "sequence.flags ENABLE_SUPERRES");
	expect(w, f->frame_width_minus_1 + 1 == width, "frame.frame_width_minus_1");
	put_flag(w, true); /* render_and_frame_size_different */
	put_u(&w->bits, 16, f->render_width_minus_1);
	put_u(&w->bits, 16, f->render_height_minus_1);
}

static void put_intra(struct header_writer *w)
{
	const bool possible = has(w, V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS) &&
	                      w->frame->upscaled_width == w->frame->frame_width_minus_1 + 1;

	put_sizes(w);
	put_or_expect(w, possible, has(w, V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC), false, "frame.flags ALLOW_INTRABC");
	expect(w, !has(w, V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV), "frame.flags ALLOW_HIGH_PRECISION_MV");
	expect(w, !has(w, V4L2_AV1_FRAME_FLAG_IS_MOTION_MODE_SWITCHABLE),
	       "frame.flags IS_MOTION_MODE_SWITCHABLE");
	expect(w, !has(w, V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS), "frame.flags USE_REF_FRAME_MVS");
	expect(w, w->frame->interpolation_filter == 0, "frame.interpolation_filter");
}

static void put_inter(struct header_writer *w)
{
	const struct v4l2_ctrl_av1_frame *f = w->frame;
	const bool switchable = f->interpolation_filter == V4L2_AV1_INTERPOLATION_FILTER_SWITCHABLE;
	const bool vectors = has(w, V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS);

	if (w->sequence->order_hint_bits)
		put_flag(w, false); /* frame_refs_short_signaling */
	for (unsigned int i = 0; i < AV1_REFERENCES; i++)
		put_u(&w->bits, 3, (uint32_t)f->ref_frame_idx[i] & 7);
	if (!is_resilient(w))
		put_u(&w->bits, AV1_REFERENCES, 0); /* found_ref: the size of none */
	put_sizes(w);
	put_or_expect(w, !has(w, V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV),
	              has(w, V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV), false,
	              "frame.flags ALLOW_HIGH_PRECISION_MV");
	put_flag(w, switchable);
	if (!switchable)
		put_u(&w->bits, 2, f->interpolation_filter);
	expect(w, f->interpolation_filter <= V4L2_AV1_INTERPOLATION_FILTER_SWITCHABLE,
	       "frame.interpolation_filter");
	put_flag(w, has(w, V4L2_AV1_FRAME_FLAG_IS_MOTION_MODE_SWITCHABLE));
	put_or_expect(w, !is_resilient(w) && w->sequence->order_hint_bits, vectors, false,
	              "frame.flags USE_REF_FRAME_MVS");
	expect(w, !vectors || of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS),
	       "sequence.flags ENABLE_REF_FRAME_MVS");
	expect(w, !has(w, V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC), "frame.flags ALLOW_INTRABC");
}

static void put_transforms(struct header_writer *w)
{
	const uint32_t mode = w->frame->tx_mode;

	put_or_expect(w, !av1_is_lossless(w->frame), mode == V4L2_AV1_TX_MODE_SELECT, false, "frame.tx_mode");
	expect(w,
	       mode <= V4L2_AV1_TX_MODE_SELECT &&
	           av1_is_lossless(w->frame) == (mode == V4L2_AV1_TX_MODE_ONLY_4X4),
	       "frame.tx_mode");
}

void av1_put_frame_header(struct header_writer *w)
{
	const struct v4l2_ctrl_av1_frame *f = w->frame;
	const bool warped = has(w, V4L2_AV1_FRAME_FLAG_ALLOW_WARPED_MOTION);

	put_kind(w);
	put_general(w);
	put_refreshed(w);
	if (is_intra(f))
		put_intra(w);
	else
		put_inter(w);
	put_or_expect(w, !has(w, V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE),
	              has(w, V4L2_AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF), true,
	              "frame.flags DISABLE_FRAME_END_UPDATE_CDF");
	av1_put_tile_info(w);
	av1_put_quantization(w);
	av1_put_segmentation(w);
	av1_put_delta_q_lf(w);
	av1_put_loop_filter(w);
	av1_put_cdef(w);
	av1_put_loop_restoration(w);
	put_transforms(w);
	put_or_expect(w, !is_intra(f), has(w, V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT), false,
	              "frame.flags REFERENCE_SELECT");
	av1_put_skip_mode(w);
	put_or_expect(w, !is_intra(f) && !is_resilient(w), warped, false, "frame.flags ALLOW_WARPED_MOTION");
	expect(w, !warped || of_sequence(w, V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION),
	       "sequence.flags ENABLE_WARPED_MOTION");
	put_flag(w, has(w, V4L2_AV1_FRAME_FLAG_REDUCED_TX_SET));
	av1_put_global_motion(w);
	av1_put_film_grain(w);
}
