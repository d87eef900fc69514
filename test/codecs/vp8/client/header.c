/* SPDX-License-Identifier: MIT */
#include "header.h"

#include <string.h>

/* ---- the boolean decoder, 7.3, bit by bit ------------------------------------------------------------------ */

struct coder {
	const uint8_t *data;
	size_t size;
	uint32_t bits; /* shifted out so far; 8 more are in `value` */
	unsigned int value, range;
};

/* Behind the end there are zeros. */
static unsigned int bit_at(const struct coder *c, size_t bit)
{
	return bit / 8 < c->size ? c->data[bit / 8] >> (7 - bit % 8) & 1u : 0;
}

static bool decide(struct coder *c, unsigned int probability)
{
	const unsigned int split = 1 + ((c->range - 1) * probability >> 8);
	const bool decision = c->value >= split;

	c->value -= decision ? split : 0;
	c->range = decision ? c->range - split : split;
	while (c->range < 128) {
		c->range *= 2;
		c->value = 2 * c->value + bit_at(c, c->bits + 8);
		c->bits++;
	}
	return decision;
}

static unsigned int number(struct coder *c, unsigned int bits)
{
	unsigned int value = 0;

	for (; bits; bits--)
		value = 2 * value + decide(c, 128);
	return value;
}

static bool flag(struct coder *c)
{
	return decide(c, 128);
}

static int signed_number(struct coder *c, unsigned int bits)
{
	const int value = (int)number(c, bits);

	return flag(c) ? -value : value;
}

/* ---- the syntax, 19.2 ---------------------------------------------------------------------------------------- */

static void begin_stream(struct client_persistent *p, const uint8_t *data)
{
	memset(p, 0, sizeof(*p));
	p->begun = true;
	p->width = data[6] | (data[7] & 0x3fu) << 8;
	p->height = data[8] | (data[9] & 0x3fu) << 8;
	memset(p->tree, 255, sizeof(p->tree));
	memcpy(p->probabilities.coefficients, vp8_default_coeff_probs, VP8_COEFF_PROBS);
	memcpy(p->probabilities.vectors, vp8_default_mv_probs, VP8_MV_PROBS);
	memcpy(p->probabilities.y_modes, vp8_default_y_mode_probs, sizeof(p->probabilities.y_modes));
	memcpy(p->probabilities.uv_modes, vp8_default_uv_mode_probs, sizeof(p->probabilities.uv_modes));
}

/* 9.1 */
static bool read_tag(struct client_persistent *p, const uint8_t *data, size_t size, struct client_frame *f)
{
	static const uint8_t start_code[3] = {0x9d, 0x01, 0x2a};

	if (size < 3)
		return false;
	f->key = !(data[0] & 1);
	f->version = data[0] >> 1 & 7u;
	f->shown = data[0] >> 4 & 1;
	f->first_size = (data[0] | (unsigned int)data[1] << 8 | (unsigned int)data[2] << 16) >> 5;
	f->tag_size = f->key ? 10 : 3;
	if (size < f->tag_size || size - f->tag_size < f->first_size)
		return false;
	if (f->key && memcmp(data + 3, start_code, sizeof(start_code)) != 0)
		return false;
	if (f->key)
		begin_stream(p, data);
	return p->begun && p->width && p->height;
}

/* 9.3 */
static void read_segmentation(struct client_persistent *p, struct coder *c, struct client_frame *f)
{
	p->segmentation = flag(c);
	if (!p->segmentation)
		return;
	f->update_map = flag(c);
	f->update_data = flag(c);
	if (f->update_data) {
		p->absolute = flag(c);
		for (int i = 0; i < CLIENT_SEGMENTS; i++)
			p->quantizer[i] = flag(c) ? signed_number(c, 7) : 0;
		for (int i = 0; i < CLIENT_SEGMENTS; i++)
			p->level[i] = flag(c) ? signed_number(c, 6) : 0;
	}
	if (f->update_map)
		for (int i = 0; i < 3; i++)
			p->tree[i] = flag(c) ? (uint8_t)number(c, 8) : 255;
}

/* 9.6 */
static void read_filter(struct client_persistent *p, struct coder *c, struct client_frame *f)
{
	f->simple_filter = flag(c);
	f->level = number(c, 6);
	f->sharpness = number(c, 3);
	f->adjusted = flag(c);
	f->update_deltas = f->adjusted && flag(c);
	if (!f->update_deltas)
		return;
	for (int i = 0; i < 4; i++)
		if (flag(c))
			p->reference_delta[i] = signed_number(c, 6);
	for (int i = 0; i < 4; i++)
		if (flag(c))
			p->mode_delta[i] = signed_number(c, 6);
}

/* 9.7; of copy_buffer_to_golden and copy_buffer_to_arf, 3 is reserved. */
static void read_references(struct coder *c, struct client_frame *f)
{
	static const unsigned int golden[4] = {CLIENT_GOLDEN, CLIENT_LAST, CLIENT_ALTREF, CLIENT_GOLDEN};
	static const unsigned int altref[4] = {CLIENT_ALTREF, CLIENT_LAST, CLIENT_GOLDEN, CLIENT_ALTREF};

	f->refresh[CLIENT_GOLDEN] = flag(c);
	f->refresh[CLIENT_ALTREF] = flag(c);
	f->copied[CLIENT_GOLDEN] = golden[f->refresh[CLIENT_GOLDEN] ? 0 : number(c, 2)];
	f->copied[CLIENT_ALTREF] = altref[f->refresh[CLIENT_ALTREF] ? 0 : number(c, 2)];
	f->golden_bias = flag(c);
	f->altref_bias = flag(c);
}

/* 9.10, 16.2, 17.2 */
static void read_inter(struct client_probabilities *p, struct coder *c, struct client_frame *f)
{
	f->intra = (uint8_t)number(c, 8);
	f->last = (uint8_t)number(c, 8);
	f->golden = (uint8_t)number(c, 8);
	if (flag(c))
		for (int i = 0; i < 4; i++)
			p->y_modes[i] = (uint8_t)number(c, 8);
	if (flag(c))
		for (int i = 0; i < 3; i++)
			p->uv_modes[i] = (uint8_t)number(c, 8);
	for (int i = 0; i < VP8_MV_PROBS; i++)
		if (decide(c, vp8_mv_update_probs[i])) {
			const unsigned int value = number(c, 7);

			p->vectors[i] = (uint8_t)(value ? 2 * value : 1);
		}
}

/* 9.5: the last partition is what is left. */
static bool read_partitions(const uint8_t *data, size_t size, struct client_frame *f)
{
	const size_t sizes = f->tag_size + f->first_size;
	const size_t begin = sizes + 3 * ((size_t)f->partitions - 1);
	size_t left;

	if (begin > size)
		return false;
	left = size - begin;
	for (unsigned int i = 0; i + 1 < f->partitions; i++) {
		const uint8_t *at = data + sizes + 3 * (size_t)i;

		f->partition_size[i] = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
		if (f->partition_size[i] > left)
			return false;
		left -= f->partition_size[i];
	}
	f->partition_size[f->partitions - 1] = (uint32_t)left;
	return true;
}

bool vp8_read_frame(struct client_persistent *persistent, const uint8_t *data, size_t size,
                    struct client_frame *f)
{
	struct client_persistent now = *persistent;
	struct client_probabilities before;
	struct coder c;
	bool keeps;

	memset(f, 0, sizeof(*f));
	if (!read_tag(&now, data, size, f))
		return false;
	c = (struct coder){data + f->tag_size, f->first_size, 0, 0, 255};
	for (size_t i = 0; i < 8; i++)
		c.value = 2 * c.value + bit_at(&c, i);
	if (f->key)
		number(&c, 2); /* color_space, clamping_type */
	read_segmentation(&now, &c, f);
	read_filter(&now, &c, f);
	f->partitions = 1u << number(&c, 2);
	f->quantizer = (int)number(&c, 7);
	for (int i = 0; i < 5; i++)
		f->quantizer_delta[i] = flag(&c) ? signed_number(&c, 4) : 0;
	if (!f->key)
		read_references(&c, f);
	keeps = flag(&c); /* refresh_entropy_probs */
	before = now.probabilities;
	f->refresh[CLIENT_LAST] = f->key || flag(&c);
	f->refresh[CLIENT_GOLDEN] |= f->key;
	f->refresh[CLIENT_ALTREF] |= f->key;
	for (int i = 0; i < VP8_COEFF_PROBS; i++)
		if (decide(&c, vp8_coeff_update_probs[i]))
			now.probabilities.coefficients[i] = (uint8_t)number(&c, 8);
	f->skips = flag(&c);
	f->skip = f->skips ? (uint8_t)number(&c, 8) : 0;
	if (!f->key)
		read_inter(&now.probabilities, &c, f);
	f->bits = c.bits;
	f->range = (uint8_t)c.range;
	f->value = (uint8_t)c.value;
	if ((f->bits + 7) / 8 > f->first_size || !read_partitions(data, size, f))
		return false;
	f->with = now;
	*persistent = now;
	if (!keeps)
		persistent->probabilities = before;
	return true;
}
