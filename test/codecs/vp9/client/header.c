/* SPDX-License-Identifier: MIT */
#include "header.h"

#include <string.h>

enum { KEY_SYNC = 0x498342, CS_RGB = 7, UNCHANGED = 255 };

struct bits {
	const uint8_t *data;
	size_t size, position; /* in bits */
	bool beyond;
};

static unsigned int number(struct bits *b, unsigned int count)
{
	unsigned int value = 0;

	for (; count; count--, b->position++) {
		if (b->position >= b->size)
			b->beyond = true;
		else
			value = 2 * value + (b->data[b->position / 8] >> (7 - b->position % 8) & 1u);
	}
	return value;
}

static bool flag(struct bits *b)
{
	return number(b, 1);
}

static int signed_number(struct bits *b, unsigned int count)
{
	const int value = (int)number(b, count);

	return flag(b) ? -value : value;
}

/* ---- formats and sizes, 6.2.2 to 6.2.6 ------------------------------------------------------------------------------ */

static void read_color_config(struct client_persistent *p, struct bits *b, unsigned int profile)
{
	p->depth = 8;
	if (profile >= 2)
		p->depth = flag(b) ? 12 : 10;
	p->full_range = p->half_width = p->half_height = true;
	if (number(b, 3) == CS_RGB) {
		p->half_width = p->half_height = false;
	} else {
		p->full_range = flag(b);
		if (profile % 2 == 0)
			return;
		p->half_width = flag(b);
		p->half_height = flag(b);
	}
	flag(b); /* reserved_zero */
}

static struct client_size read_size(struct bits *b)
{
	struct client_size size;

	size.width = number(b, 16) + 1;
	size.height = number(b, 16) + 1;
	return size;
}

static void read_sizes(struct client_frame *f, struct bits *b)
{
	f->size = read_size(b);
	f->render = flag(b) ? read_size(b) : f->size;
}

static bool read_size_with_references(const struct client_persistent *p, struct client_frame *f,
                                      struct bits *b)
{
	bool found = false;

	for (unsigned int i = 0; i < CLIENT_REFERENCES && !found; i++) {
		found = flag(b);
		if (found)
			f->size = p->slots[f->slot[i]];
	}
	if (!found)
		f->size = read_size(b);
	f->render = flag(b) ? read_size(b) : f->size;
	return f->size.width && f->size.height;
}

/* ---- the rest of the header ------------------------------------------------------------------------------------------ */

static bool read_intra_only(struct client_persistent *p, struct client_frame *f, struct bits *b)
{
	if (number(b, 24) != KEY_SYNC)
		return false;
	if (f->profile > 0) {
		read_color_config(p, b, f->profile);
	} else {
		p->depth = 8;
		p->full_range = false;
		p->half_width = p->half_height = true;
	}
	f->refreshed = number(b, CLIENT_SLOTS);
	read_sizes(f, b);
	return true;
}

static bool read_inter(const struct client_persistent *p, struct client_frame *f, struct bits *b)
{
	static const unsigned int filters[4] = {CLIENT_SMOOTH, CLIENT_EIGHTTAP, CLIENT_SHARP, CLIENT_BILINEAR};

	f->refreshed = number(b, CLIENT_SLOTS);
	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++) {
		f->slot[i] = number(b, 3);
		f->bias[i] = flag(b);
	}
	if (!read_size_with_references(p, f, b))
		return false;
	f->high_precision = flag(b);
	f->filter = flag(b) ? CLIENT_SWITCHABLE : filters[number(b, 2)];
	return true;
}

static bool read_kind(struct client_persistent *p, struct client_frame *f, struct bits *b)
{
	if (f->key) {
		f->refreshed = (1u << CLIENT_SLOTS) - 1;
		if (number(b, 24) != KEY_SYNC)
			return false;
		read_color_config(p, b, f->profile);
		read_sizes(f, b);
		return true;
	}
	f->intra_only = !f->shown && flag(b);
	f->reset = f->resilient ? 0 : number(b, 2);
	return f->intra_only ? read_intra_only(p, f, b) : read_inter(p, f, b);
}

/* setup_past_independence() */
static void forget(struct client_persistent *p)
{
	static const int deltas[4] = {1, 0, -1, -1};

	memset(&p->segmentation, 0, sizeof(p->segmentation));
	memcpy(p->reference_delta, deltas, sizeof(deltas));
	memset(p->mode_delta, 0, sizeof(p->mode_delta));
}

static void read_loop_filter(struct client_persistent *p, struct client_frame *f, struct bits *b)
{
	f->level = number(b, 6);
	f->sharpness = number(b, 3);
	f->deltas = flag(b);
	f->update_deltas = f->deltas && flag(b);
	if (!f->update_deltas)
		return;
	for (unsigned int i = 0; i < 4; i++)
		if (flag(b))
			p->reference_delta[i] = signed_number(b, 6);
	for (unsigned int i = 0; i < 2; i++)
		if (flag(b))
			p->mode_delta[i] = signed_number(b, 6);
}

static void read_probabilities(struct bits *b, uint8_t *to, unsigned int count, bool present)
{
	for (unsigned int i = 0; i < count; i++)
		to[i] = present && flag(b) ? (uint8_t)number(b, 8) : UNCHANGED;
}

static void read_features(struct client_segmentation *s, struct bits *b)
{
	static const unsigned int bits[CLIENT_FEATURES] = {8, 6, 2, 0};

	s->absolute = flag(b);
	for (unsigned int i = 0; i < CLIENT_SEGMENTS; i++) {
		for (unsigned int j = 0; j < CLIENT_FEATURES; j++) {
			s->feature[i][j] = flag(b);
			s->value[i][j] = 0;
			if (s->feature[i][j])
				s->value[i][j] = j < CLIENT_REFERENCE ? signed_number(b, bits[j]) : (int)number(b, bits[j]);
		}
	}
}

static void read_segmentation(struct client_segmentation *s, struct bits *b)
{
	s->update_map = s->temporal = s->update_data = false;
	s->enabled = flag(b);
	if (!s->enabled)
		return;
	s->update_map = flag(b);
	if (s->update_map) {
		read_probabilities(b, s->tree, 7, true);
		s->temporal = flag(b);
		read_probabilities(b, s->predicted, 3, s->temporal);
	}
	s->update_data = flag(b);
	if (s->update_data)
		read_features(s, b);
}

static void read_tiles(struct client_frame *f, struct bits *b)
{
	const unsigned int columns = (f->size.width + 63) / 64;
	unsigned int most = 0;

	while (columns >> (most + 1) >= 4)
		most++;
	f->tile_columns = 0;
	while (64u << f->tile_columns < columns)
		f->tile_columns++;
	while (f->tile_columns < most && flag(b))
		f->tile_columns++;
	f->tile_rows = flag(b);
	if (f->tile_rows)
		f->tile_rows += flag(b);
}

bool vp9_read_frame(struct client_persistent *persistent, const uint8_t *data, size_t size,
                    struct client_frame *f)
{
	struct bits bits = {.data = data, .size = 8 * size}, *const b = &bits;
	struct client_persistent now = *persistent;

	memset(f, 0, sizeof(*f));
	if (number(b, 2) != 2)
		return false;
	f->profile = number(b, 1);
	f->profile += 2 * number(b, 1);
	if (f->profile == 3 && flag(b))
		return false;
	f->shows_existing = flag(b);
	if (f->shows_existing) {
		f->existing = number(b, 3);
		return !b->beyond;
	}
	f->key = !flag(b);
	f->shown = flag(b);
	f->resilient = flag(b);
	if (!read_kind(&now, f, b))
		return false;
	f->parallel = f->resilient;
	if (!f->resilient) {
		f->refresh_context = flag(b);
		f->parallel = flag(b);
	}
	f->context = number(b, 2);
	if (f->key || f->intra_only || f->resilient)
		forget(&now);
	read_loop_filter(&now, f, b);
	f->quantizer = number(b, 8);
	for (unsigned int i = 0; i < 3; i++)
		f->delta_q[i] = flag(b) ? signed_number(b, 4) : 0;
	read_segmentation(&now.segmentation, b);
	read_tiles(f, b);
	f->compressed_size = number(b, 16);
	f->header_size = (unsigned int)((b->position + 7) / 8);
	if (b->beyond || !f->compressed_size || f->header_size + f->compressed_size > size)
		return false;
	f->with = now;
	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		if (f->refreshed >> i & 1)
			now.slots[i] = f->size;
	*persistent = now;
	return true;
}
