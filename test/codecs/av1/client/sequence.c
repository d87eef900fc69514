/* SPDX-License-Identifier: MIT */
#include "sequence.h"

#include "syntax.h"

#include <string.h>

enum { CP_BT_709 = 1, UNSPECIFIED = 2, TC_SRGB = 13, MC_IDENTITY = 0 };

/* 5.5.3, 5.5.4, and what of 5.5.5 is to each operating point */
static void read_points(struct client_sequence *s, struct av1_bits *b)
{
	const bool timing = av1_flag(b);
	unsigned int delay_bits = 0;
	bool initial_delay;

	if (timing) {
		av1_number(b, 32);
		av1_number(b, 32);
		s->equal_interval = av1_flag(b);
		if (s->equal_interval)
			av1_variable_length(b);
		s->decoder_model = av1_flag(b);
	}
	if (s->decoder_model) {
		delay_bits = av1_number(b, 5) + 1;
		av1_number(b, 32);
		s->removal_time_bits = av1_number(b, 5) + 1;
		s->presentation_time_bits = av1_number(b, 5) + 1;
	}
	initial_delay = av1_flag(b);
	s->point_count = av1_number(b, 5) + 1;
	for (unsigned int i = 0; i < s->point_count; i++) {
		s->points[i].idc = av1_number(b, 12);
		if (av1_number(b, 5) > 7) /* the level */
			av1_flag(b);
		s->points[i].decoder_model = s->decoder_model && av1_flag(b);
		if (s->points[i].decoder_model) {
			av1_number(b, delay_bits);
			av1_number(b, delay_bits);
			av1_flag(b);
		}
		if (initial_delay && av1_flag(b))
			av1_number(b, 4);
	}
}

static void read_tools(struct client_sequence *s, struct av1_bits *b)
{
	s->interintra = av1_flag(b);
	s->masked = av1_flag(b);
	s->warped = av1_flag(b);
	s->dual_filter = av1_flag(b);
	const bool order_hint = av1_flag(b);
	if (order_hint) {
		s->joint = av1_flag(b);
		s->reference_mvs = av1_flag(b);
	}
	s->force_screen_content = av1_flag(b) ? CLIENT_SELECT : av1_number(b, 1);
	if (s->force_screen_content)
		s->force_integer_mv = av1_flag(b) ? CLIENT_SELECT : av1_number(b, 1);
	if (order_hint)
		s->order_hint_bits = av1_number(b, 3) + 1;
}

/* 5.5.2 */
static void read_color(struct client_sequence *s, struct av1_bits *b)
{
	unsigned int primaries = UNSPECIFIED, transfer = UNSPECIFIED;

	s->depth = av1_flag(b) ? 10 : 8;
	if (s->profile == 2 && s->depth == 10 && av1_flag(b))
		s->depth = 12;
	s->monochrome = s->profile != 1 && av1_flag(b);
	s->matrix_coefficients = UNSPECIFIED;
	if (av1_flag(b)) {
		primaries = av1_number(b, 8);
		transfer = av1_number(b, 8);
		s->matrix_coefficients = av1_number(b, 8);
	}
	s->half_width = s->half_height = true;
	if (s->monochrome) {
		s->full_range = av1_flag(b);
		return;
	}
	if (primaries == CP_BT_709 && transfer == TC_SRGB && s->matrix_coefficients == MC_IDENTITY) {
		s->full_range = true;
		s->half_width = s->half_height = false;
	} else {
		s->full_range = av1_flag(b);
		if (s->profile == 1) {
			s->half_width = s->half_height = false;
		} else if (s->profile == 2) {
			s->half_width = s->depth < 12 || av1_flag(b);
			s->half_height = s->depth == 12 && s->half_width && av1_flag(b);
		}
		if (s->half_width && s->half_height)
			s->chroma_position = av1_number(b, 2);
	}
	s->separate_uv_delta_q = av1_flag(b);
}

bool av1_read_sequence(const uint8_t *data, size_t size, struct client_sequence *s)
{
	struct av1_bits bits = {.data = data, .size = 8 * size}, *const b = &bits;

	memset(s, 0, sizeof(*s));
	s->profile = av1_number(b, 3);
	s->still_picture = av1_flag(b);
	s->reduced = av1_flag(b);
	if (s->reduced) {
		s->point_count = 1;
		av1_number(b, 5);
	} else {
		read_points(s, b);
	}
	s->width_bits = av1_number(b, 4) + 1;
	s->height_bits = av1_number(b, 4) + 1;
	s->width = av1_number(b, s->width_bits) + 1;
	s->height = av1_number(b, s->height_bits) + 1;
	if (!s->reduced && av1_flag(b)) {
		s->delta_id_bits = av1_number(b, 4) + 2;
		s->id_bits = av1_number(b, 3) + 1 + s->delta_id_bits;
	}
	s->superblock_128 = av1_flag(b);
	s->filter_intra = av1_flag(b);
	s->intra_edge_filter = av1_flag(b);
	s->force_screen_content = s->force_integer_mv = CLIENT_SELECT;
	if (!s->reduced)
		read_tools(s, b);
	if (!s->force_screen_content)
		s->force_integer_mv = CLIENT_SELECT;
	s->superres = av1_flag(b);
	s->cdef = av1_flag(b);
	s->restoration = av1_flag(b);
	read_color(s, b);
	s->film_grain = av1_flag(b);
	return !b->beyond;
}
