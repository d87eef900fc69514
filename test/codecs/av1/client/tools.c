/* SPDX-License-Identifier: MIT */
#include "header_parts.h"

#include <string.h>

static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* tile_log2() */
static unsigned int log2_of(unsigned int block, unsigned int target)
{
	unsigned int k = 0;

	while (block << k < target)
		k++;
	return k;
}

/* ---- tiles, 5.9.15 ------------------------------------------------------------------------------------------------------ */

/* One direction: `count` superblocks in tiles of `sizes` each; the starts in units of 4 samples. */
static unsigned int place_tiles(unsigned int *start, const unsigned int *sizes, unsigned int tiles,
                                unsigned int shift, unsigned int end)
{
	unsigned int at = 0;

	for (unsigned int i = 0; i < tiles; i++) {
		start[i] = at << shift;
		at += sizes[i];
	}
	start[tiles] = end;
	return tiles;
}

static unsigned int uniform_sizes(unsigned int *sizes, unsigned int count, unsigned int log2)
{
	const unsigned int each = (count + (1u << log2) - 1) >> log2;
	unsigned int tiles = 0;

	for (unsigned int at = 0; at < count && tiles < CLIENT_TILE_LINES; at += each)
		sizes[tiles++] = smaller(each, count - at);
	return tiles;
}

static unsigned int read_log2(struct av1_bits *b, unsigned int least, unsigned int most)
{
	while (least < most && av1_flag(b))
		least++;
	return least;
}

/* 0: there are more tiles than may be. */
static unsigned int read_sizes(struct av1_bits *b, unsigned int *sizes, unsigned int count, unsigned int most,
                               unsigned int *widest)
{
	unsigned int tiles = 0;

	*widest = 0;
	for (unsigned int at = 0; at < count; at += sizes[tiles++]) {
		if (tiles == CLIENT_TILE_LINES)
			return 0;
		sizes[tiles] = av1_non_symmetric(b, smaller(count - at, most)) + 1;
		*widest = sizes[tiles] > *widest ? sizes[tiles] : *widest;
	}
	return tiles;
}

bool av1_read_tiles(const struct client_sequence *s, struct client_frame *f, struct av1_bits *b)
{
	struct client_tiles *t = &f->tiles;
	const unsigned int columns = (f->size.width + 7) / 8 * 2, rows = (f->size.height + 7) / 8 * 2;
	const unsigned int shift = s->superblock_128 ? 5 : 4, size = shift + 2;
	const unsigned int across = (columns + (1u << shift) - 1) >> shift,
					   down = (rows + (1u << shift) - 1) >> shift;
	const unsigned int most_wide = 4096u >> size;
	unsigned int most_area = (4096u * 2304u) >> 2 * size, widest, tallest, least;
	const unsigned int least_columns = log2_of(most_wide, across);

	least = log2_of(most_area, across * down);
	least = least > least_columns ? least : least_columns;
	t->uniform = av1_flag(b);
	if (t->uniform) {
		t->columns_log2 = read_log2(b, least_columns, log2_of(1, smaller(across, CLIENT_TILE_LINES)));
		t->columns = uniform_sizes(t->width, across, t->columns_log2);
		t->rows_log2 = read_log2(b, least > t->columns_log2 ? least - t->columns_log2 : 0,
		                         log2_of(1, smaller(down, CLIENT_TILE_LINES)));
		t->rows = uniform_sizes(t->height, down, t->rows_log2);
	} else {
		t->columns = read_sizes(b, t->width, across, most_wide, &widest);
		t->columns_log2 = log2_of(1, t->columns);
		most_area = across * down >> (least ? least + 1 : 0);
		tallest = widest && most_area / widest > 1 ? most_area / widest : 1;
		t->rows = read_sizes(b, t->height, down, tallest, &widest);
		t->rows_log2 = log2_of(1, t->rows);
	}
	place_tiles(t->column_start, t->width, t->columns, shift, columns);
	place_tiles(t->row_start, t->height, t->rows, shift, rows);
	if (t->columns_log2 || t->rows_log2) {
		t->context_update = av1_number(b, t->columns_log2 + t->rows_log2);
		t->size_bytes = av1_number(b, 2) + 1;
	}
	return t->columns && t->rows && t->context_update < t->columns * t->rows;
}

/* ---- the quantiser, 5.9.12 ------------------------------------------------------------------------------------------------ */

static int read_delta_q(struct av1_bits *b)
{
	return av1_flag(b) ? av1_signed(b, 7) : 0;
}

void av1_read_quantizer(const struct client_sequence *s, struct client_frame *f, struct av1_bits *b)
{
	struct client_quantizer *q = &f->quantizer;

	q->base = av1_number(b, 8);
	q->y_dc = read_delta_q(b);
	if (!s->monochrome) {
		q->different_uv = s->separate_uv_delta_q && av1_flag(b);
		q->u_dc = read_delta_q(b);
		q->u_ac = read_delta_q(b);
		q->v_dc = q->different_uv ? read_delta_q(b) : q->u_dc;
		q->v_ac = q->different_uv ? read_delta_q(b) : q->u_ac;
	}
	q->matrices = av1_flag(b);
	if (!q->matrices)
		return;
	q->matrix[0] = av1_number(b, 4);
	q->matrix[1] = av1_number(b, 4);
	q->matrix[2] = s->separate_uv_delta_q ? av1_number(b, 4) : q->matrix[1];
}

/* 5.9.17, 5.9.18 */
void av1_read_delta_q_lf(struct client_frame *f, struct av1_bits *b)
{
	struct client_quantizer *q = &f->quantizer;
	struct client_loop_filter *l = &f->loop_filter;

	q->delta = q->base && av1_flag(b);
	if (q->delta)
		q->delta_resolution = av1_number(b, 2);
	l->delta_lf = q->delta && !f->intrabc && av1_flag(b);
	if (l->delta_lf) {
		l->delta_lf_resolution = av1_number(b, 2);
		l->delta_lf_multi = av1_flag(b);
	}
}

/* ---- segments, 5.9.14 ------------------------------------------------------------------------------------------------------ */

static int clipped(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

static void read_features(struct client_segmentation *s, struct av1_bits *b)
{
	static const struct {
		unsigned int bits;
		int most;
		bool with_sign;
	} of[CLIENT_FEATURES] = {{8, 255, true}, {6, 63, true}, {6, 63, true}, {6, 63, true},
	                         {6, 63, true},  {3, 7, false}, {0, 0, false}, {0, 0, false}};

	for (unsigned int i = 0; i < CLIENT_SEGMENTS; i++) {
		for (unsigned int j = 0; j < CLIENT_FEATURES; j++) {
			int value = 0;

			s->feature[i][j] = av1_flag(b);
			if (s->feature[i][j])
				value = of[j].with_sign ? av1_signed(b, 1 + of[j].bits) : (int)av1_number(b, of[j].bits);
			s->value[i][j] = clipped(value, of[j].with_sign ? -of[j].most : 0, of[j].most);
		}
	}
}

void av1_read_segmentation(const struct client_slot *before, struct client_frame *f, struct av1_bits *b)
{
	struct client_segmentation *s = &f->segmentation;

	if (before)
		*s = before->segmentation;
	s->update_map = s->temporal = s->update_data = false;
	s->enabled = av1_flag(b);
	if (!s->enabled) {
		memset(s, 0, sizeof(*s));
		return;
	}
	s->update_map = s->update_data = true;
	if (before) {
		s->update_map = av1_flag(b);
		s->temporal = s->update_map && av1_flag(b);
		s->update_data = av1_flag(b);
	}
	if (s->update_data)
		read_features(s, b);
}

void av1_find_lossless(struct client_frame *f)
{
	const struct client_quantizer *q = &f->quantizer;
	const struct client_segmentation *s = &f->segmentation;

	f->lossless = !q->y_dc && !q->u_dc && !q->u_ac && !q->v_dc && !q->v_ac;
	for (unsigned int i = 0; i < CLIENT_SEGMENTS; i++) {
		const int delta = s->enabled && s->feature[i][CLIENT_ALT_Q] ? s->value[i][CLIENT_ALT_Q] : 0;

		f->lossless &= (int)q->base + delta <= 0;
	}
	f->all_lossless = f->lossless && f->size.width == f->size.upscaled_width;
}

/* ---- filters, 5.9.11, 5.9.19, 5.9.20 ------------------------------------------------------------------------------------------ */

void av1_read_loop_filter(const struct client_sequence *s, const struct client_slot *before,
                          struct client_frame *f, struct av1_bits *b)
{
	static const struct client_filter_deltas defaults = {.reference = {1, 0, 0, 0, -1, 0, -1, -1}};
	struct client_loop_filter *l = &f->loop_filter;

	l->delta = before && !f->lossless && !f->intrabc ? before->deltas : defaults;
	if (f->lossless || f->intrabc)
		return;
	l->level[0] = av1_number(b, 6);
	l->level[1] = av1_number(b, 6);
	if (!s->monochrome && (l->level[0] || l->level[1])) {
		l->level[2] = av1_number(b, 6);
		l->level[3] = av1_number(b, 6);
	}
	l->sharpness = av1_number(b, 3);
	l->deltas = av1_flag(b);
	l->update_deltas = l->deltas && av1_flag(b);
	if (!l->update_deltas)
		return;
	for (unsigned int i = 0; i < CLIENT_NAMES; i++)
		if (av1_flag(b))
			l->delta.reference[i] = av1_signed(b, 7);
	for (unsigned int i = 0; i < 2; i++)
		if (av1_flag(b))
			l->delta.mode[i] = av1_signed(b, 7);
}

static unsigned int read_secondary(struct av1_bits *b)
{
	const unsigned int strength = av1_number(b, 2);

	return strength == 3 ? 4 : strength;
}

void av1_read_cdef(const struct client_sequence *s, struct client_frame *f, struct av1_bits *b)
{
	struct client_cdef *c = &f->cdef;

	if (f->lossless || f->intrabc || !s->cdef)
		return;
	c->damping = av1_number(b, 2);
	c->bits = av1_number(b, 2);
	for (unsigned int i = 0; i < 1u << c->bits; i++) {
		c->y_primary[i] = av1_number(b, 4);
		c->y_secondary[i] = read_secondary(b);
		if (s->monochrome)
			continue;
		c->uv_primary[i] = av1_number(b, 4);
		c->uv_secondary[i] = read_secondary(b);
	}
}

void av1_read_restoration(const struct client_sequence *s, struct client_frame *f, struct av1_bits *b)
{
	static const unsigned int types[4] = {CLIENT_RESTORE_NONE, CLIENT_RESTORE_SWITCHABLE, CLIENT_WIENER,
	                                      CLIENT_SGRPROJ};
	struct client_restoration *r = &f->restoration;

	if (f->all_lossless || f->intrabc || !s->restoration)
		return;
	for (unsigned int i = 0; i < (s->monochrome ? 1u : 3u); i++) {
		r->type[i] = types[av1_number(b, 2)];
		r->used |= r->type[i];
		r->used_for_chroma |= i && r->type[i];
	}
	if (!r->used)
		return;
	r->shift = av1_number(b, 1);
	if (s->superblock_128)
		r->shift++;
	else if (r->shift)
		r->shift += av1_number(b, 1);
	if (s->half_width && s->half_height && r->used_for_chroma)
		r->uv_shift = av1_number(b, 1);
}
