/* SPDX-License-Identifier: MIT */
#include "uncompressed_header.h"

#include <string.h>

enum { FRAME_MARKER = 2, SYNC_CODE = 0x498342, COLOR_SPACE_UNKNOWN = 0 };

static bool has(const struct v4l2_ctrl_vp9_frame *frame, uint32_t flag)
{
	return frame->flags & flag;
}

static bool is_key(const struct v4l2_ctrl_vp9_frame *frame)
{
	return has(frame, V4L2_VP9_FRAME_FLAG_KEY_FRAME);
}

static bool is_intra_only(const struct v4l2_ctrl_vp9_frame *frame)
{
	return !is_key(frame) && has(frame, V4L2_VP9_FRAME_FLAG_INTRA_ONLY);
}

static bool is_resilient(const struct v4l2_ctrl_vp9_frame *frame)
{
	return has(frame, V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT);
}

/* ---- what is read ----------------------------------------------------------------------------------------------- */

/* color_config() of profiles 0 and 2. */
static void skip_color_config(struct bit_reader *r, unsigned int profile)
{
	if (profile >= 2)
		bits_u(r, 1);
	if (bits_u(r, 3) != 7)
		bits_u(r, 1);
}

static const char *read_slots(struct slot_use *use, struct bit_reader *r,
                              const struct v4l2_ctrl_vp9_frame *frame, bool shown, bool resilient)
{
	const bool intra_only = !shown && bits_u(r, 1);

	if (intra_only != is_intra_only(frame))
		return "frame.flags INTRA_ONLY is not what the stream says";
	if (!resilient)
		bits_u(r, 2); /* reset_frame_context */
	if (intra_only) {
		if (bits_u(r, 24) != SYNC_CODE)
			return "the OUTPUT buffer has no sync code";
		if (frame->profile > 0)
			skip_color_config(r, frame->profile);
	}
	use->refreshed = (uint8_t)bits_u(r, VP9_SLOTS);
	for (unsigned int i = 0; i < VP9_REFERENCES && !intra_only; i++) {
		use->reference[i] = (uint8_t)bits_u(r, 3);
		bits_u(r, 1); /* ref_frame_sign_bias */
	}
	return NULL;
}

const char *slot_use_read(struct slot_use *use, const uint8_t *data, size_t size,
                          const struct v4l2_ctrl_vp9_frame *frame)
{
	struct bit_reader reader, *const r = &reader;
	unsigned int profile;
	bool key, shown, resilient;
	const char *wrong = NULL;

	*use = (struct slot_use){.refreshed = 0xff};
	bits_open(r, data, size);
	if (bits_u(r, 2) != FRAME_MARKER)
		return "the OUTPUT buffer does not begin with a frame marker";
	profile = bits_u(r, 1);
	profile |= bits_u(r, 1) << 1;
	if (profile != frame->profile)
		return "frame.profile is not what the stream says";
	if (bits_u(r, 1))
		return "the frame in the OUTPUT buffer shows another one";
	key = !bits_u(r, 1);
	shown = bits_u(r, 1);
	resilient = bits_u(r, 1);
	if (key != is_key(frame))
		return "frame.flags KEY_FRAME is not what the stream says";
	if (!key)
		wrong = read_slots(use, r, frame, shown, resilient);
	return !wrong && r->overrun ? "the OUTPUT buffer is shorter than a header" : wrong;
}

/* ---- what is written ----------------------------------------------------------------------------------------------- */

static void put_signed(struct bit_writer *w, unsigned int bits, int value)
{
	put_u(w, bits, (uint32_t)(value < 0 ? -value : value));
	put_u(w, 1, value < 0);
}

static void put_color_config(struct bit_writer *w, const struct v4l2_ctrl_vp9_frame *f)
{
	if (f->profile >= 2)
		put_u(w, 1, f->bit_depth > 10);
	put_u(w, 3, COLOR_SPACE_UNKNOWN);
	put_u(w, 1, has(f, V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING));
}

static void put_frame_size(struct bit_writer *w, const struct v4l2_ctrl_vp9_frame *f)
{
	put_u(w, 16, f->frame_width_minus_1);
	put_u(w, 16, f->frame_height_minus_1);
}

static void put_render_size(struct bit_writer *w, const struct v4l2_ctrl_vp9_frame *f)
{
	put_u(w, 1, 1); /* render_and_frame_size_different */
	put_u(w, 16, f->render_width_minus_1);
	put_u(w, 16, f->render_height_minus_1);
}

static void put_interpolation_filter(struct bit_writer *w, const struct v4l2_ctrl_vp9_frame *f)
{
	/* literal_to_type, 7.2, the other way round */
	static const uint8_t literal[] = {
		[V4L2_VP9_INTERP_FILTER_EIGHTTAP] = 1,
		[V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH] = 0,
		[V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP] = 2,
		[V4L2_VP9_INTERP_FILTER_BILINEAR] = 3,
	};
	const bool switchable = f->interpolation_filter >= V4L2_VP9_INTERP_FILTER_SWITCHABLE;

	put_u(w, 1, switchable);
	if (!switchable)
		put_u(w, 2, literal[f->interpolation_filter]);
}

static void put_inter(struct bit_writer *w, const struct v4l2_ctrl_vp9_frame *f, const struct slot_use *use)
{
	for (unsigned int i = 0; i < VP9_REFERENCES; i++) {
		put_u(w, 3, use->reference[i]);
		put_u(w, 1, f->ref_frame_sign_bias >> i & 1);
	}
	put_u(w, 3, 0); /* found_ref: the size of none */
	put_frame_size(w, f);
	put_render_size(w, f);
	put_u(w, 1, has(f, V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV));
	put_interpolation_filter(w, f);
}

/* V4L2 has one value for the two that reset nothing. */
static uint32_t reset_value(const struct v4l2_ctrl_vp9_frame *f)
{
	return f->reset_frame_context ? f->reset_frame_context + 1u : 0;
}

static void put_not_key(struct bit_writer *w, const struct v4l2_ctrl_vp9_frame *f, const struct slot_use *use)
{
	if (!has(f, V4L2_VP9_FRAME_FLAG_SHOW_FRAME))
		put_u(w, 1, is_intra_only(f));
	if (!is_resilient(f))
		put_u(w, 2, reset_value(f));
	if (is_intra_only(f)) {
		put_u(w, 24, SYNC_CODE);
		if (f->profile > 0)
			put_color_config(w, f);
		put_u(w, VP9_SLOTS, use->refreshed);
		put_frame_size(w, f);
		put_render_size(w, f);
	} else {
		put_u(w, VP9_SLOTS, use->refreshed);
		put_inter(w, f, use);
	}
}

/* All deltas, as if each were updated. */
static void put_loop_filter(struct bit_writer *w, const struct v4l2_vp9_loop_filter *lf)
{
	const bool deltas = lf->flags & V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED;

	put_u(w, 6, lf->level);
	put_u(w, 3, lf->sharpness);
	put_u(w, 1, deltas);
	if (!deltas)
		return;
	put_u(w, 1, 1); /* loop_filter_delta_update */
	for (unsigned int i = 0; i < 6; i++) {
		put_u(w, 1, 1);
		put_signed(w, 6, i < 4 ? lf->ref_deltas[i] : lf->mode_deltas[i - 4]);
	}
}

static void put_delta_q(struct bit_writer *w, int delta)
{
	put_u(w, 1, delta != 0);
	if (delta)
		put_signed(w, 4, delta);
}

static void put_probability(struct bit_writer *w, unsigned int probability)
{
	put_u(w, 1, probability != 255);
	if (probability != 255)
		put_u(w, 8, probability);
}

/* All features, as if the data were updated. */
static void put_segmentation(struct bit_writer *w, const struct v4l2_vp9_segmentation *seg)
{
	static const uint8_t bits[V4L2_VP9_SEG_LVL_MAX] = {8, 6, 2, 0};

	put_u(w, 1, !!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED));
	if (!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED))
		return;
	put_u(w, 1, !!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP));
	if (seg->flags & V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP) {
		const bool temporal = seg->flags & V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE;

		for (unsigned int i = 0; i < 7; i++)
			put_probability(w, seg->tree_probs[i]);
		put_u(w, 1, temporal);
		for (unsigned int i = 0; i < 3 && temporal; i++)
			put_probability(w, seg->pred_probs[i]);
	}
	put_u(w, 1, 1); /* segmentation_update_data */
	put_u(w, 1, !!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE));
	for (unsigned int i = 0; i < 8; i++) {
		for (unsigned int j = 0; j < V4L2_VP9_SEG_LVL_MAX; j++) {
			const int value = seg->feature_data[i][j];
			const bool enabled = seg->feature_enabled[i] & V4L2_VP9_SEGMENT_FEATURE_ENABLED(j);

			put_u(w, 1, enabled);
			if (enabled && j <= V4L2_VP9_SEG_LVL_ALT_L)
				put_signed(w, bits[j], value);
			else if (enabled)
				put_u(w, bits[j], (uint32_t)(value < 0 ? -value : value));
		}
	}
}

/* calc_min_log2_tile_cols() and calc_max_log2_tile_cols(), in superblocks of 64x64 */
static const char *put_tiles(struct bit_writer *w, const struct v4l2_ctrl_vp9_frame *f)
{
	const unsigned int columns = (f->frame_width_minus_1 + 64u) / 64;
	unsigned int least = 0, most = 1;

	while (64u << least < columns)
		least++;
	while (columns >> most >= 4)
		most++;
	most--;
	for (unsigned int i = least; i < f->tile_cols_log2 && i < most; i++)
		put_u(w, 1, 1);
	if (f->tile_cols_log2 < most)
		put_u(w, 1, 0);
	put_u(w, 1, f->tile_rows_log2 > 0);
	if (f->tile_rows_log2)
		put_u(w, 1, f->tile_rows_log2 > 1);
	if (f->tile_cols_log2 < least || f->tile_cols_log2 > most)
		return "frame.tile_cols_log2";
	return f->tile_rows_log2 > 2 ? "frame.tile_rows_log2" : NULL;
}

/*
 * Frames that depend on nothing are decoded with the first context (v4l2_vp9_reset_frame_ctx()). libavcodec would take the one that is
 * named, so the first is; where another is to be reset, it is named after all.
 */
static uint32_t context_of(const struct v4l2_ctrl_vp9_frame *f)
{
	if (is_intra_only(f) && f->reset_frame_context != V4L2_VP9_RESET_FRAME_CTX_SPEC)
		return 0;
	return f->frame_context_idx;
}

/* Fields with a value that a header of this kind of frame leaves no choice of. */
static const char *without_choice(const struct v4l2_ctrl_vp9_frame *f)
{
	const bool inter = !is_key(f) && !is_intra_only(f);

	if (is_key(f) && has(f, V4L2_VP9_FRAME_FLAG_INTRA_ONLY))
		return "frame.flags INTRA_ONLY";
	if (is_intra_only(f) && has(f, V4L2_VP9_FRAME_FLAG_SHOW_FRAME))
		return "frame.flags SHOW_FRAME";
	if (is_resilient(f) && !has(f, V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE))
		return "frame.flags PARALLEL_DEC_MODE";
	if ((is_key(f) || is_resilient(f)) && f->reset_frame_context)
		return "frame.reset_frame_context";
	if (!inter && has(f, V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV))
		return "frame.flags ALLOW_HIGH_PREC_MV";
	if (f->ref_frame_sign_bias & ~7u || (!inter && f->ref_frame_sign_bias))
		return "frame.ref_frame_sign_bias";
	if (!inter && f->interpolation_filter)
		return "frame.interpolation_filter";
	return NULL;
}

const char *uncompressed_header_write(struct byte_buffer *out, const struct v4l2_ctrl_vp9_frame *f,
                                      const struct slot_use *use, size_t compressed_size)
{
	struct bit_writer writer = {.out = out}, *const w = &writer;
	const char *wrong = without_choice(f), *wrong_tiles;

	put_u(w, 2, FRAME_MARKER);
	put_u(w, 1, f->profile & 1);
	put_u(w, 1, f->profile >> 1);
	put_u(w, 1, 0); /* show_existing_frame */
	put_u(w, 1, !is_key(f));
	put_u(w, 1, has(f, V4L2_VP9_FRAME_FLAG_SHOW_FRAME));
	put_u(w, 1, is_resilient(f));
	if (is_key(f)) {
		put_u(w, 24, SYNC_CODE);
		put_color_config(w, f);
		put_frame_size(w, f);
		put_render_size(w, f);
	} else {
		put_not_key(w, f, use);
	}
	if (!is_resilient(f)) {
		put_u(w, 1, has(f, V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX));
		put_u(w, 1, has(f, V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE));
	}
	put_u(w, 2, context_of(f));
	put_loop_filter(w, &f->lf);
	put_u(w, 8, f->quant.base_q_idx);
	put_delta_q(w, f->quant.delta_q_y_dc);
	put_delta_q(w, f->quant.delta_q_uv_dc);
	put_delta_q(w, f->quant.delta_q_uv_ac);
	put_segmentation(w, &f->seg);
	wrong_tiles = put_tiles(w, f);
	put_u(w, 16, (uint32_t)compressed_size);
	put_align(w, 0);
	return wrong ? wrong : wrong_tiles;
}
