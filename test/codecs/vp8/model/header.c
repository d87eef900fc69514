/* SPDX-License-Identifier: MIT */
#include "header.h"

#include <string.h>

/* ---- the boolean decoder, 7.3 ----------------------------------------------------------------------------- */

struct decoder {
	const uint8_t *next, *end;
	uint32_t value; /* of 16 bits: the byte that is compared, and the bits that follow it */
	uint32_t range;
	unsigned int shifts; /* of the lower byte */
	uint32_t bits;       /* shifted out so far */
};

static uint32_t next_byte(struct decoder *d)
{
	return d->next < d->end ? *d->next++ : 0;
}

static void decoder_open(struct decoder *d, const uint8_t *data, size_t size)
{
	*d = (struct decoder){.next = data, .end = data + size, .range = 255};
	d->value = next_byte(d) << 8;
	d->value |= next_byte(d);
}

static bool read_bool(struct decoder *d, unsigned int probability)
{
	uint32_t split = 1 + (((d->range - 1) * probability) >> 8);
	bool bit = d->value >= split << 8;

	if (bit) {
		d->range -= split;
		d->value -= split << 8;
	} else {
		d->range = split;
	}
	while (d->range < 128) {
		d->range <<= 1;
		d->value <<= 1;
		d->bits++;
		if (++d->shifts == 8) {
			d->shifts = 0;
			d->value |= next_byte(d);
		}
	}
	return bit;
}

static bool read_flag(struct decoder *d)
{
	return read_bool(d, 128);
}

static uint8_t read_literal(struct decoder *d, unsigned int bits)
{
	unsigned int value = 0;

	while (bits--)
		value = value << 1 | read_flag(d);
	return (uint8_t)value;
}

static int read_signed(struct decoder *d, unsigned int bits)
{
	int magnitude = read_literal(d, bits);

	return read_flag(d) ? -magnitude : magnitude;
}

/* A flag, and the value if it is set. */
static int read_optional(struct decoder *d, unsigned int bits)
{
	return read_flag(d) ? read_signed(d, bits) : 0;
}

/* ---- the syntax, 19.2 ----------------------------------------------------------------------------------------- */

static void begin_stream(struct vp8_stream *s, const uint8_t *data)
{
	memset(s, 0, sizeof(*s));
	s->begun = true;
	s->width = (uint16_t)((data[6] | data[7] << 8) & 0x3fff);
	s->height = (uint16_t)((data[8] | data[9] << 8) & 0x3fff);
	s->horizontal_scale = data[7] >> 6;
	s->vertical_scale = data[9] >> 6;
	memcpy(s->probs.coeff, vp8_default_coeff_probs, sizeof(s->probs.coeff));
	memcpy(s->probs.mv, vp8_default_mv_probs, sizeof(s->probs.mv));
	memcpy(s->probs.y_mode, vp8_default_y_mode_probs, sizeof(s->probs.y_mode));
	memcpy(s->probs.uv_mode, vp8_default_uv_mode_probs, sizeof(s->probs.uv_mode));
}

static const char *read_tag(struct vp8_header *h, struct vp8_stream *s, const uint8_t *data, size_t size)
{
	uint32_t tag;

	if (size < 3)
		return "the OUTPUT buffer is shorter than a frame tag";
	tag = (uint32_t)(data[0] | data[1] << 8 | data[2] << 16);
	h->key = !(tag & 1);
	h->version = tag >> 1 & 7;
	h->shown = tag >> 4 & 1;
	h->first_part_size = tag >> 5;
	h->tag_size = h->key ? 10 : 3;
	if (size < h->tag_size || h->first_part_size > size - h->tag_size)
		return "the first partition of the frame tag is longer than the OUTPUT buffer";
	if (h->key && (data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a))
		return "the OUTPUT buffer has no start code in the frame tag";
	if (!h->key && !s->begun)
		return "the stream does not begin with a key frame";
	if (h->key)
		begin_stream(s, data);
	return s->width && s->height ? NULL : "the frame tag has no dimensions";
}

static void read_segmentation(struct vp8_header *h, struct vp8_stream *s, struct decoder *d)
{
	h->segmentation = read_flag(d);
	if (!h->segmentation)
		return;
	h->update_map = read_flag(d);
	h->update_data = read_flag(d);
	if (h->update_data) {
		s->segments.absolute = read_flag(d);
		for (int i = 0; i < 4; i++)
			s->segments.quant[i] = read_optional(d, 7);
		for (int i = 0; i < 4; i++)
			s->segments.level[i] = read_optional(d, 6);
	}
	for (int i = 0; i < 3 && h->update_map; i++)
		h->tree_probs[i] = read_flag(d) ? read_literal(d, 8) : 255;
}

static void read_loop_filter(struct vp8_header *h, struct vp8_stream *s, struct decoder *d)
{
	h->simple_filter = read_flag(d);
	h->level = read_literal(d, 6);
	h->sharpness = read_literal(d, 3);
	h->adjust = read_flag(d);
	h->delta_update = h->adjust && read_flag(d);
	for (int i = 0; i < 8 && h->delta_update; i++) {
		int *delta = i < 4 ? &s->ref_delta[i] : &s->mode_delta[i - 4];

		if (read_flag(d))
			*delta = read_signed(d, 6);
	}
}

static void read_references(struct vp8_header *h, struct decoder *d)
{
	h->refresh[VP8_GOLDEN] = read_flag(d);
	h->refresh[VP8_ALTREF] = read_flag(d);
	if (!h->refresh[VP8_GOLDEN])
		h->copy_to_golden = read_literal(d, 2);
	if (!h->refresh[VP8_ALTREF])
		h->copy_to_altref = read_literal(d, 2);
	h->sign_bias[VP8_GOLDEN] = read_flag(d);
	h->sign_bias[VP8_ALTREF] = read_flag(d);
}

static void read_inter_probs(struct vp8_header *h, struct vp8_probs *probs, struct decoder *d)
{
	h->prob_intra = read_literal(d, 8);
	h->prob_last = read_literal(d, 8);
	h->prob_golden = read_literal(d, 8);
	if (read_flag(d))
		for (int i = 0; i < 4; i++)
			probs->y_mode[i] = read_literal(d, 8);
	if (read_flag(d))
		for (int i = 0; i < 3; i++)
			probs->uv_mode[i] = read_literal(d, 8);
	for (int i = 0; i < VP8_MV_PROBS; i++) {
		unsigned int value;

		if (!read_bool(d, vp8_mv_update_probs[i]))
			continue;
		value = read_literal(d, 7);
		probs->mv[i] = (uint8_t)(value ? value << 1 : 1);
	}
}

/* 9.5: 3 bytes for each size but the last, which is the rest. */
static const char *read_part_sizes(struct vp8_header *h, const uint8_t *data, size_t size)
{
	size_t sizes = h->tag_size + h->first_part_size;
	size_t at = sizes + 3 * (h->partitions - 1);

	for (unsigned int i = 0; i + 1 < h->partitions; i++) {
		const uint8_t *p = data + sizes + 3 * (size_t)i;

		if (at > size)
			break;
		h->part_sizes[i] = (uint32_t)(p[0] | p[1] << 8 | p[2] << 16);
		at += h->part_sizes[i];
	}
	if (at > size)
		return "the DCT partitions are longer than the OUTPUT buffer";
	h->part_sizes[h->partitions - 1] = (uint32_t)(size - at);
	return NULL;
}

const char *header_read(struct vp8_header *h, struct vp8_stream *stream, const uint8_t *data, size_t size)
{
	struct vp8_stream now = *stream;
	struct vp8_probs saved;
	struct decoder d;
	const char *wrong;

	memset(h, 0, sizeof(*h));
	wrong = read_tag(h, &now, data, size);
	if (wrong)
		return wrong;
	decoder_open(&d, data + h->tag_size, h->first_part_size);
	if (h->key)
		read_literal(&d, 2); /* color_space, clamping_type */
	read_segmentation(h, &now, &d);
	read_loop_filter(h, &now, &d);
	h->partitions = 1u << read_literal(&d, 2);
	h->y_ac_qi = read_literal(&d, 7);
	for (int i = 0; i < 5; i++)
		h->quant_delta[i] = read_optional(&d, 4);
	h->refresh[VP8_LAST] = h->refresh[VP8_GOLDEN] = h->refresh[VP8_ALTREF] = true;
	if (!h->key)
		read_references(h, &d);
	h->refresh_entropy = read_flag(&d);
	if (!h->key)
		h->refresh[VP8_LAST] = read_flag(&d);
	saved = now.probs;
	for (int i = 0; i < VP8_COEFF_PROBS; i++)
		if (read_bool(&d, vp8_coeff_update_probs[i]))
			now.probs.coeff[i] = read_literal(&d, 8);
	h->skip = read_flag(&d);
	if (h->skip)
		h->prob_skip_false = read_literal(&d, 8);
	if (!h->key)
		read_inter_probs(h, &now.probs, &d);
	h->bits = d.bits;
	h->range = (uint8_t)d.range;
	h->value = (uint8_t)(d.value >> 8);
	wrong = read_part_sizes(h, data, size);
	if (wrong)
		return wrong;
	h->now = now;
	*stream = now;
	if (!h->refresh_entropy)
		stream->probs = saved;
	return NULL;
}
