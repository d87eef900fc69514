/* SPDX-License-Identifier: MIT */
#include "header.h"

#include <string.h>

typedef struct v4l2_ctrl_av1_film_grain grain_control;

bool av1_has_grain(const grain_control *grain)
{
	return grain && grain->flags & V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN;
}

static void put_points(struct bit_writer *bits, unsigned int count, const uint8_t *values,
                       const uint8_t *scaling)
{
	put_u(bits, 4, count);
	for (unsigned int i = 0; i < count; i++) {
		put_u(bits, 8, values[i]);
		put_u(bits, 8, scaling[i]);
	}
}

static void put_coefficients(struct bit_writer *bits, const uint8_t *coefficients, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		put_u(bits, 8, coefficients[i]);
}

static void put_chroma(struct bit_writer *bits, unsigned int mult, unsigned int luma_mult,
                       unsigned int offset)
{
	put_u(bits, 8, mult);
	put_u(bits, 8, luma_mult);
	put_u(bits, 9, offset);
}

static void put_parameters(struct header_writer *w)
{
	const grain_control *g = w->grain;
	struct bit_writer *const bits = &w->bits;
	const bool monochrome = w->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME;
	const bool from_luma = g->flags & V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA;
	const unsigned int luma = 2u * g->ar_coeff_lag * (g->ar_coeff_lag + 1u);

	put_points(bits, g->num_y_points, g->point_y_value, g->point_y_scaling);
	if (!monochrome)
		put_u(bits, 1, from_luma);
	else
		expect(w, !from_luma, "film_grain.flags CHROMA_SCALING_FROM_LUMA");
	if (!monochrome && !from_luma && g->num_y_points) {
		put_points(bits, g->num_cb_points, g->point_cb_value, g->point_cb_scaling);
		put_points(bits, g->num_cr_points, g->point_cr_value, g->point_cr_scaling);
	} else {
		expect(w, !g->num_cb_points, "film_grain.num_cb_points");
		expect(w, !g->num_cr_points, "film_grain.num_cr_points");
	}
	put_u(bits, 2, g->grain_scaling_minus_8);
	put_u(bits, 2, g->ar_coeff_lag);
	if (g->num_y_points)
		put_coefficients(bits, g->ar_coeffs_y_plus_128, luma);
	if (from_luma || g->num_cb_points)
		put_coefficients(bits, g->ar_coeffs_cb_plus_128, luma + (g->num_y_points > 0));
	if (from_luma || g->num_cr_points)
		put_coefficients(bits, g->ar_coeffs_cr_plus_128, luma + (g->num_y_points > 0));
	put_u(bits, 2, g->ar_coeff_shift_minus_6);
	put_u(bits, 2, g->grain_scale_shift);
	if (g->num_cb_points)
		put_chroma(bits, g->cb_mult, g->cb_luma_mult, g->cb_offset);
	if (g->num_cr_points)
		put_chroma(bits, g->cr_mult, g->cr_luma_mult, g->cr_offset);
	put_u(bits, 1, !!(g->flags & V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP));
	put_u(bits, 1, !!(g->flags & V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE));
	expect(w, g->num_cb_points <= 10 && g->num_cr_points <= 10, "film_grain.num_cr_points");
	expect(w, !g->num_cb_points || g->cb_offset < 512, "film_grain.cb_offset");
	expect(w, !g->num_cr_points || g->cr_offset < 512, "film_grain.cr_offset");
}

/* Without UPDATE_GRAIN: the parameters of a reference, but for the seed. */
static void expect_kept_parameters(struct header_writer *w)
{
	grain_control kept = w->slots[w->grain->film_grain_params_ref_idx & 7].grain, now = *w->grain;
	bool named = false;

	for (unsigned int i = 0; i < AV1_REFERENCES; i++)
		named |= w->frame->ref_frame_idx[i] == now.film_grain_params_ref_idx;
	expect(w, named && w->frame->frame_type == V4L2_AV1_INTER_FRAME, "film_grain.film_grain_params_ref_idx");
	kept.flags &= (uint8_t)~V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN;
	kept.grain_seed = now.grain_seed = 0;
	kept.film_grain_params_ref_idx = now.film_grain_params_ref_idx = 0;
	expect(w, memcmp(&kept, &now, sizeof(kept)) == 0, "film_grain.flags UPDATE_GRAIN");
}

void av1_put_film_grain(struct header_writer *w)
{
	const bool seen =
		frame_has(w->frame, V4L2_AV1_FRAME_FLAG_SHOW_FRAME | V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME);
	const bool apply = av1_has_grain(w->grain);

	expect(w, !apply || w->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT,
	       "sequence.flags FILM_GRAIN_PARAMS_PRESENT");
	expect(w, !apply || seen, "film_grain.flags APPLY_GRAIN");
	if (!seen)
		return;
	put_u(&w->bits, 1, apply);
	if (!apply)
		return;
	put_u(&w->bits, 16, w->grain->grain_seed);
	if (w->frame->frame_type == V4L2_AV1_INTER_FRAME)
		put_u(&w->bits, 1, 1); /* update_grain */
	if (!(w->grain->flags & V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN))
		expect_kept_parameters(w);
	put_parameters(w);
}
