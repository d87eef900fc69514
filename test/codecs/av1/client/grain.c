/* SPDX-License-Identifier: MIT */
#include "header_parts.h"

#include <string.h>

static unsigned int read_points(struct av1_bits *b, uint8_t *values, uint8_t *scaling)
{
	const unsigned int count = av1_number(b, 4);

	for (unsigned int i = 0; i < count; i++) {
		values[i] = (uint8_t)av1_number(b, 8);
		scaling[i] = (uint8_t)av1_number(b, 8);
	}
	return count;
}

static void read_coefficients(struct av1_bits *b, uint8_t *to, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		to[i] = (uint8_t)av1_number(b, 8);
}

static void read_parameters(const struct client_sequence *s, struct client_grain *g, struct av1_bits *b)
{
	unsigned int luma;

	g->y_points = read_points(b, g->y_value, g->y_scaling);
	g->chroma_from_luma = !s->monochrome && av1_flag(b);
	if (!s->monochrome && !g->chroma_from_luma && (!s->half_width || !s->half_height || g->y_points)) {
		g->cb_points = read_points(b, g->cb_value, g->cb_scaling);
		g->cr_points = read_points(b, g->cr_value, g->cr_scaling);
	}
	g->scaling_shift = av1_number(b, 2);
	g->lag = av1_number(b, 2);
	luma = 2 * g->lag * (g->lag + 1);
	if (g->y_points)
		read_coefficients(b, g->y_coefficient, luma);
	if (g->chroma_from_luma || g->cb_points)
		read_coefficients(b, g->cb_coefficient, luma + (g->y_points > 0));
	if (g->chroma_from_luma || g->cr_points)
		read_coefficients(b, g->cr_coefficient, luma + (g->y_points > 0));
	g->coefficient_shift = av1_number(b, 2);
	g->scale_shift = av1_number(b, 2);
	if (g->cb_points) {
		g->cb_mult = av1_number(b, 8);
		g->cb_luma_mult = av1_number(b, 8);
		g->cb_offset = av1_number(b, 9);
	}
	if (g->cr_points) {
		g->cr_mult = av1_number(b, 8);
		g->cr_luma_mult = av1_number(b, 8);
		g->cr_offset = av1_number(b, 9);
	}
	g->overlap = av1_flag(b);
	g->clip = av1_flag(b);
}

bool av1_read_grain(const struct client_state *state, struct client_frame *f, struct av1_bits *b)
{
	struct client_grain *g = &f->grain;
	bool named = false;

	memset(g, 0, sizeof(*g));
	if (!state->sequence.film_grain || (!f->shown && !f->showable))
		return true;
	g->apply = av1_flag(b);
	if (!g->apply)
		return true;
	g->seed = av1_number(b, 16);
	g->update = f->type != CLIENT_INTER || av1_flag(b);
	if (g->update) {
		read_parameters(&state->sequence, g, b);
		return true;
	}
	const unsigned int seed = g->seed, reference = av1_number(b, 3);
	*g = state->slots[reference].grain;
	g->update = false;
	g->seed = seed;
	g->reference = reference;
	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++)
		named |= f->slot[i] == reference;
	return named;
}
