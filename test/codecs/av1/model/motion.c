/* SPDX-License-Identifier: MIT */
#include "header.h"

#include <stdlib.h>

enum { WARP_BITS = 16, ONE = 1 << WARP_BITS, PARAMETERS = 6 };
enum { TRANSLATION_ONLY_BITS = 9, TRANSLATION_ONLY_PRECISION = 3 };
enum { TRANSLATION_BITS = 12, TRANSLATION_PRECISION = 6, ALPHA_BITS = 12, ALPHA_PRECISION = 15 };

static const int32_t identity[PARAMETERS] = {0, 0, ONE, 0, 0, ONE};

/* ---- skip mode, 5.9.22 ------------------------------------------------------------------------------------------------------- */

/* The names of the two references, or 0. */
static void find_skip_mode(const struct header_writer *w, unsigned int frames[2])
{
	const struct v4l2_ctrl_av1_sequence *s = w->sequence;
	const struct v4l2_ctrl_av1_frame *f = w->frame;
	uint32_t hints[AV1_NAMES] = {0};
	unsigned int forward = 0, backward = 0;

	for (unsigned int i = 1; i < AV1_NAMES; i++)
		hints[i] = w->slots[f->ref_frame_idx[i - 1] & 7].order_hint;
	for (unsigned int i = 1; i < AV1_NAMES; i++) {
		const int distance = av1_relative_distance(s, hints[i], f->order_hint);

		if (distance < 0 && (!forward || av1_relative_distance(s, hints[i], hints[forward]) > 0))
			forward = i;
		if (distance > 0 && (!backward || av1_relative_distance(s, hints[i], hints[backward]) < 0))
			backward = i;
	}
	for (unsigned int i = 1, none = !backward; i < AV1_NAMES && none && forward; i++)
		if (av1_relative_distance(s, hints[i], hints[forward]) < 0 &&
		    (!backward || av1_relative_distance(s, hints[i], hints[backward]) > 0))
			backward = i;
	frames[0] = !forward || !backward ? 0 : forward < backward ? forward : backward;
	frames[1] = !frames[0] ? 0 : forward < backward ? backward : forward;
}

void av1_put_skip_mode(struct header_writer *w)
{
	const struct v4l2_ctrl_av1_frame *f = w->frame;
	const bool present = frame_has(f, V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT);
	unsigned int frames[2] = {0, 0};

	if (!is_intra(f) && frame_has(f, V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT) && w->sequence->order_hint_bits)
		find_skip_mode(w, frames);
	if (frames[0])
		put_u(&w->bits, 1, present);
	else
		expect(w, !present, "frame.flags SKIP_MODE_PRESENT");
	expect(w, (frames[0] > 0) == frame_has(f, V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED),
	       "frame.flags SKIP_MODE_ALLOWED");
	/* without it, nobody looks at them */
	if (present)
		expect(w, f->skip_mode_frame[0] == frames[0] && f->skip_mode_frame[1] == frames[1],
		       "frame.skip_mode_frame");
}

/* ---- global motion, 5.9.24 to 5.9.29 ------------------------------------------------------------------------------------------- */

static void put_subexp(struct bit_writer *bits, unsigned int symbols, unsigned int value)
{
	unsigned int first = 0;

	for (unsigned int i = 0;; i++) {
		const unsigned int count = i ? 3 + i - 1 : 3, step = 1u << count;

		if (symbols <= first + 3 * step) {
			av1_put_non_symmetric(bits, symbols - first, value - first);
			return;
		}
		put_u(bits, 1, value >= first + step);
		if (value < first + step) {
			put_u(bits, count, value - first);
			return;
		}
		first += step;
	}
}

static unsigned int recentered(int reference, int value)
{
	if (value > 2 * reference)
		return (unsigned int)value;
	return (unsigned int)(value >= reference ? 2 * (value - reference) : 2 * (reference - value) - 1);
}

static void put_signed_subexp(struct bit_writer *bits, int most, int reference, int value)
{
	const int symbols = 2 * most + 1, place = reference + most, at = value + most;

	put_subexp(bits, (unsigned int)symbols,
	           2 * place <= symbols ? recentered(place, at)
	                                : recentered(symbols - 1 - place, symbols - 1 - at));
}

static void put_parameter(struct header_writer *w, unsigned int type, unsigned int index, int32_t value,
                          int32_t before)
{
	const bool coarse = !frame_has(w->frame, V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV);
	unsigned int bits = ALPHA_BITS, precision = ALPHA_PRECISION;

	if (index < 2 && type == V4L2_AV1_WARP_MODEL_TRANSLATION) {
		bits = TRANSLATION_ONLY_BITS - coarse;
		precision = TRANSLATION_ONLY_PRECISION - coarse;
	} else if (index < 2) {
		bits = TRANSLATION_BITS;
		precision = TRANSLATION_PRECISION;
	}
	const unsigned int shift = WARP_BITS - precision;
	const int most = 1 << bits, one = identity[index] >> shift;
	const int coded = ((value - identity[index]) >> shift);

	if ((value - identity[index]) % (1 << shift) || abs(coded) > most) {
		av1_complain(w, "frame.global_motion.params");
		put_signed_subexp(&w->bits, most, (before >> shift) - one, 0);
	} else {
		put_signed_subexp(&w->bits, most, (before >> shift) - one, coded);
	}
}

static void put_model(struct header_writer *w, unsigned int type, const int32_t *p, const int32_t *before)
{
	put_u(&w->bits, 1, type != V4L2_AV1_WARP_MODEL_IDENTITY);
	if (type != V4L2_AV1_WARP_MODEL_IDENTITY) {
		put_u(&w->bits, 1, type == V4L2_AV1_WARP_MODEL_ROTZOOM);
		if (type != V4L2_AV1_WARP_MODEL_ROTZOOM)
			put_u(&w->bits, 1, type == V4L2_AV1_WARP_MODEL_TRANSLATION);
	}
	if (type >= V4L2_AV1_WARP_MODEL_ROTZOOM) {
		put_parameter(w, type, 2, p[2], before[2]);
		put_parameter(w, type, 3, p[3], before[3]);
	}
	if (type >= V4L2_AV1_WARP_MODEL_AFFINE) {
		put_parameter(w, type, 4, p[4], before[4]);
		put_parameter(w, type, 5, p[5], before[5]);
	}
	if (type >= V4L2_AV1_WARP_MODEL_TRANSLATION) {
		put_parameter(w, type, 0, p[0], before[0]);
		put_parameter(w, type, 1, p[1], before[1]);
	}
}

/* What the type says of parameters that are not in the header. */
static bool is_of_type(unsigned int type, const int32_t *p)
{
	if (type == V4L2_AV1_WARP_MODEL_AFFINE)
		return true;
	if (type == V4L2_AV1_WARP_MODEL_ROTZOOM)
		return p[4] == -p[3] && p[5] == p[2];
	if (p[2] != ONE || p[3] || p[4] || p[5] != ONE)
		return false;
	return type == V4L2_AV1_WARP_MODEL_TRANSLATION || (!p[0] && !p[1]);
}

static int64_t clipped(int64_t value)
{
	return value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value;
}

/* Round2Signed() */
static int64_t rounded(int64_t value, unsigned int bits)
{
	const int64_t size = (llabs(value) + (1ll << (bits - 1))) >> bits;

	return value < 0 ? -size : size;
}

/* What resolveDivisor() finds in Div_Lut[] for a divisor above 0, 7.11.3.6: 2 to the power of `shift`, divided by it. */
static int64_t inverse(int32_t divisor, unsigned int *shift)
{
	unsigned int n = 0;
	int64_t rest, place;

	while (divisor >> (n + 1))
		n++;
	rest = divisor - (1ll << n);
	place = 256 + (n > 8 ? (rest + (1ll << (n - 9))) >> (n - 8) : rest << (8 - n));
	*shift = n + 14;
	return ((1ll << 22) + place / 2) / place;
}

/* warpValid of setupShear(), 7.11.3.6 */
static bool can_warp(const int32_t *p)
{
	unsigned int shift;
	int64_t factor, alpha, beta, gamma, delta;

	if (p[2] <= 0)
		return false;
	factor = inverse(p[2], &shift);
	alpha = rounded(clipped(p[2] - (int64_t)ONE), 6) * 64;
	beta = rounded(clipped(p[3]), 6) * 64;
	gamma = rounded(clipped(rounded(p[4] * (int64_t)ONE * factor, shift)), 6) * 64;
	delta = rounded(clipped(p[5] - rounded((int64_t)p[3] * p[4] * factor, shift) - ONE), 6) * 64;
	return 4 * llabs(alpha) + 7 * llabs(beta) < ONE && 4 * llabs(gamma) + 4 * llabs(delta) < ONE;
}

void av1_put_global_motion(struct header_writer *w)
{
	const struct v4l2_av1_global_motion *gm = &w->frame->global_motion;

	for (unsigned int i = 1; i < AV1_NAMES; i++) {
		const uint32_t type = gm->type[i];
		const uint8_t flags =
			(type != V4L2_AV1_WARP_MODEL_IDENTITY ? V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL : 0) |
			(type == V4L2_AV1_WARP_MODEL_ROTZOOM ? V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM : 0) |
			(type == V4L2_AV1_WARP_MODEL_TRANSLATION ? V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION : 0);

		expect(w, gm->flags[i] == flags, "frame.global_motion.flags");
		expect(w, type <= (is_intra(w->frame) ? V4L2_AV1_WARP_MODEL_IDENTITY : V4L2_AV1_WARP_MODEL_AFFINE),
		       "frame.global_motion.type");
		expect(w, is_of_type(type, gm->params[i]), "frame.global_motion.params");
		expect(w, can_warp(gm->params[i]) == !(gm->invalid >> i & 1), "frame.global_motion.invalid");
		if (!is_intra(w->frame))
			put_model(w, type & 3, gm->params[i], w->before ? w->before->motion.params[i] : identity);
	}
}
