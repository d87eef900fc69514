/* SPDX-License-Identifier: MIT */
#include "compressed_header.h"

#include <string.h>

/* How likely a probability stays as it is, of 256 (6.3.4, 6.3.17). */
enum { UNCHANGED = 252, EVEN = 128 };

/* ---- the boolean encoder: 9.2 the other way round ------------------------------------------------------------- */

struct encoder {
	struct byte_buffer *out;
	size_t start; /* bytes before the header */
	size_t bits;  /* written */
	unsigned int low, range;
	const char *wrong; /* the first field that cannot be said */
};

static void carry(struct encoder *e)
{
	for (size_t bit = e->bits; bit--;) {
		uint8_t *byte = &e->out->data[e->start + bit / 8];
		const uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		*byte ^= mask;
		if (*byte & mask)
			return;
	}
}

/* The highest of the 8 bits that `range` is of; a ninth goes to those before. */
static void shift_out(struct encoder *e)
{
	static const uint8_t zero;

	if (e->low & 0x100)
		carry(e);
	if (e->bits % 8 == 0)
		buffer_append(e->out, &zero, 1);
	if (!e->out->failed && e->low & 0x80)
		e->out->data[e->start + e->bits / 8] |= (uint8_t)(0x80 >> e->bits % 8);
	e->bits += !e->out->failed;
	e->low = e->low << 1 & 0xff;
}

static void put_bool(struct encoder *e, bool value, unsigned int probability)
{
	const unsigned int split = 1 + ((e->range - 1) * probability >> 8);

	e->low += value ? split : 0;
	e->range = value ? e->range - split : split;
	for (; e->range < 128; e->range <<= 1)
		shift_out(e);
}

static void put_literal(struct encoder *e, unsigned int bits, unsigned int value)
{
	while (bits--)
		put_bool(e, value >> bits & 1, EVEN);
}

static void open_encoder(struct encoder *e, struct byte_buffer *out)
{
	*e = (struct encoder){.out = out, .start = out->size, .range = 255};
	put_bool(e, false, EVEN); /* the marker of init_bool() */
}

static void close_encoder(struct encoder *e)
{
	for (unsigned int i = 0; i < 8; i++)
		shift_out(e);
}

static void complain(struct encoder *e, const char *field)
{
	if (!e->wrong)
		e->wrong = field;
}

/* ---- updates of probabilities ------------------------------------------------------------------------------------ */

/* 6.3.6 */
static void put_term_subexp(struct encoder *e, unsigned int value)
{
	put_bool(e, value >= 16, EVEN);
	if (value < 16) {
		put_literal(e, 4, value);
		return;
	}
	put_bool(e, value >= 32, EVEN);
	if (value < 32) {
		put_literal(e, 4, value - 16);
		return;
	}
	put_bool(e, value >= 64, EVEN);
	if (value < 64) {
		put_literal(e, 5, value - 32);
	} else if (value < 129) {
		put_literal(e, 7, value - 64);
	} else {
		put_literal(e, 7, (value + 1) >> 1);
		put_literal(e, 1, (value + 1) & 1);
	}
}

/*
 * The place of a value in inv_map_table (6.3.5): first come 7, 20, 33 and so on to 254, then all others by their size.
 */
static unsigned int inv_map_place(unsigned int value)
{
	const unsigned int coarse =
		value < 7 ? 0 : (value - 7) / 13 + 1; /* how many of the first are not greater */

	return value >= 7 && (value - 7) % 13 == 0 ? coarse - 1 : 20 + value - 1 - coarse;
}

/* 6.3.4 */
static void put_update(struct encoder *e, unsigned int delta, const char *field)
{
	put_bool(e, delta, UNCHANGED);
	if (delta == 255)
		complain(e, field);
	if (delta)
		put_term_subexp(e, inv_map_place(delta == 255 ? 254 : delta));
}

static void put_updates(struct encoder *e, const void *deltas, size_t count, const char *field)
{
	for (size_t i = 0; i < count; i++)
		put_update(e, ((const uint8_t *)deltas)[i], field);
}

/* 6.3.17: what comes is the probability itself, always odd. */
static void put_vector_updates(struct encoder *e, const void *values, size_t count, const char *field)
{
	for (size_t i = 0; i < count; i++) {
		const unsigned int value = ((const uint8_t *)values)[i];

		put_bool(e, value, UNCHANGED);
		if (!value)
			continue;
		if (value % 2 == 0)
			complain(e, field);
		put_literal(e, 7, value >> 1);
	}
}

/* Updates that are not in the header have to be none. */
static void expect_none(struct encoder *e, const void *deltas, size_t count, const char *field)
{
	for (size_t i = 0; i < count; i++)
		if (((const uint8_t *)deltas)[i])
			complain(e, field);
}

#define PUT(name) put_updates(e, h->name, sizeof(h->name), "compressed_hdr." #name)
#define PUT_VECTOR(name) put_vector_updates(e, &h->mv.name, sizeof(h->mv.name), "compressed_hdr.mv." #name)
#define NONE(name) expect_none(e, &h->name, sizeof(h->name), "compressed_hdr." #name)
#define PUT_IF(condition, name) \
	do {                        \
		if (condition)          \
			PUT(name);          \
		else                    \
			NONE(name);         \
	} while (0)

/* ---- the syntax, 6.3 --------------------------------------------------------------------------------------------- */

bool is_lossless(const struct v4l2_ctrl_vp9_frame *frame)
{
	const struct v4l2_vp9_quantization *quant = &frame->quant;

	return !quant->base_q_idx && !quant->delta_q_y_dc && !quant->delta_q_uv_dc && !quant->delta_q_uv_ac;
}

static void put_tx_mode(struct encoder *e, const struct v4l2_ctrl_vp9_frame *f,
                        const struct v4l2_ctrl_vp9_compressed_hdr *h)
{
	const unsigned int mode = h->tx_mode;

	if (is_lossless(f)) {
		if (mode != V4L2_VP9_TX_MODE_ONLY_4X4)
			complain(e, "compressed_hdr.tx_mode");
	} else {
		put_literal(e, 2, mode < V4L2_VP9_TX_MODE_ALLOW_32X32 ? mode : V4L2_VP9_TX_MODE_ALLOW_32X32);
		if (mode >= V4L2_VP9_TX_MODE_ALLOW_32X32)
			put_literal(e, 1, mode == V4L2_VP9_TX_MODE_SELECT);
	}
	PUT_IF(mode == V4L2_VP9_TX_MODE_SELECT, tx8);
	PUT_IF(mode == V4L2_VP9_TX_MODE_SELECT, tx16);
	PUT_IF(mode == V4L2_VP9_TX_MODE_SELECT, tx32);
}

/* 6.3.7; of the first band there are three contexts. */
static void put_coefficients(struct encoder *e, const uint8_t deltas[2][2][6][6][3])
{
	static const uint8_t none[2][2][6][6][3];
	const bool update = memcmp(deltas, none, sizeof(none)) != 0;

	put_literal(e, 1, update);
	for (unsigned int at = 0; update && at < 2 * 2 * 6; at++) {
		const unsigned int band = at % 6, contexts = band ? 6 : 3;
		const uint8_t(*of_band)[3] = deltas[at / 12][at / 6 % 2][band];

		put_updates(e, of_band, contexts * (size_t)3, "compressed_hdr.coef");
		expect_none(e, of_band + contexts, (6 - contexts) * (size_t)3, "compressed_hdr.coef");
	}
}

static void put_all_coefficients(struct encoder *e, const struct v4l2_ctrl_vp9_compressed_hdr *h)
{
	const unsigned int largest = h->tx_mode < V4L2_VP9_TX_MODE_ALLOW_32X32 ? h->tx_mode : 3u;

	for (unsigned int size = 0; size < 4; size++) {
		if (size <= largest)
			put_coefficients(e, h->coef[size]);
		else
			NONE(coef[size]);
	}
}

/* 6.3.12, 6.3.13 */
static void put_reference_mode(struct encoder *e, const struct v4l2_ctrl_vp9_frame *f,
                               const struct v4l2_ctrl_vp9_compressed_hdr *h)
{
	const unsigned int bias = f->ref_frame_sign_bias & 7, mode = f->reference_mode;

	if (bias && bias != 7) { /* setup_compound_reference_mode() */
		put_literal(e, 1, mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE);
		if (mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE)
			put_literal(e, 1, mode == V4L2_VP9_REFERENCE_MODE_SELECT);
	} else if (mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE) {
		complain(e, "frame.reference_mode");
	}
	PUT_IF(mode == V4L2_VP9_REFERENCE_MODE_SELECT, comp_mode);
	PUT_IF(mode != V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE, single_ref);
	PUT_IF(mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE, comp_ref);
}

/* 6.3.16 */
static void put_vectors(struct encoder *e, const struct v4l2_ctrl_vp9_frame *f,
                        const struct v4l2_ctrl_vp9_compressed_hdr *h)
{
	PUT_VECTOR(joint);
	for (unsigned int i = 0; i < 2; i++) {
		PUT_VECTOR(sign[i]);
		PUT_VECTOR(classes[i]);
		PUT_VECTOR(class0_bit[i]);
		PUT_VECTOR(bits[i]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		PUT_VECTOR(class0_fr[i]);
		PUT_VECTOR(fr[i]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		if (f->flags & V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV) {
			PUT_VECTOR(class0_hp[i]);
			PUT_VECTOR(hp[i]);
		} else {
			NONE(mv.class0_hp[i]);
			NONE(mv.hp[i]);
		}
	}
}

static void put_inter(struct encoder *e, const struct v4l2_ctrl_vp9_frame *f,
                      const struct v4l2_ctrl_vp9_compressed_hdr *h)
{
	PUT(inter_mode);
	PUT_IF(f->interpolation_filter == V4L2_VP9_INTERP_FILTER_SWITCHABLE, interp_filter);
	PUT(is_inter);
	put_reference_mode(e, f, h);
	PUT(y_mode);
	PUT(partition);
	put_vectors(e, f, h);
}

static void expect_no_inter(struct encoder *e, const struct v4l2_ctrl_vp9_frame *f,
                            const struct v4l2_ctrl_vp9_compressed_hdr *h)
{
	NONE(inter_mode);
	NONE(interp_filter);
	NONE(is_inter);
	NONE(comp_mode);
	NONE(single_ref);
	NONE(comp_ref);
	NONE(y_mode);
	NONE(partition);
	NONE(mv);
	if (f->reference_mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE)
		complain(e, "frame.reference_mode");
}

const char *compressed_header_write(struct byte_buffer *out, const struct v4l2_ctrl_vp9_frame *frame,
                                    const struct v4l2_ctrl_vp9_compressed_hdr *h)
{
	struct encoder encoder, *const e = &encoder;

	open_encoder(e, out);
	put_tx_mode(e, frame, h);
	put_all_coefficients(e, h);
	PUT(skip);
	if (frame->flags & (V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY))
		expect_no_inter(e, frame, h);
	else
		put_inter(e, frame, h);
	NONE(uv_mode); /* never in the stream */
	close_encoder(e);
	return e->wrong;
}
