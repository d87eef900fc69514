/* SPDX-License-Identifier: MIT */
#include "header_parts.h"

enum { WARP_BITS = 16, TRANSLATION_ONLY_BITS = 9, TRANSLATION_ONLY_PRECISION = 3 };
enum { TRANSLATION_BITS = 12, TRANSLATION_PRECISION = 6, ALPHA_BITS = 12, ALPHA_PRECISION = 15 };

/* 7.9.3 */
int av1_client_distance(const struct client_sequence *s, unsigned int a, unsigned int b)
{
	const int middle = s->order_hint_bits ? 1 << (s->order_hint_bits - 1) : 0, difference = (int)a - (int)b;

	return (difference & (middle - 1)) - (difference & middle);
}

/* ---- set_frame_refs(), 7.8 --------------------------------------------------------------------------------------------------- */

struct search {
	int hints[CLIENT_SLOTS], current;
	bool used[CLIENT_SLOTS];
};

/* The slot that is not used yet with the greatest or the least hint among those before or after the frame; -1: none. */
static int find_slot(const struct search *s, bool backward, bool latest)
{
	int found = -1;

	for (int i = 0; i < CLIENT_SLOTS; i++) {
		const int hint = s->hints[i];

		if (s->used[i] || (hint >= s->current) != backward)
			continue;
		/* of equal ones, the last where the latest is wanted, else the first */
		if (found < 0 || (latest ? hint >= s->hints[found] : hint < s->hints[found]))
			found = i;
	}
	return found;
}

static void take_slot(struct search *s, unsigned int *slots, bool *set, unsigned int name, int slot)
{
	if (slot < 0)
		return;
	slots[name - CLIENT_LAST] = (unsigned int)slot;
	set[name - CLIENT_LAST] = true;
	s->used[slot] = true;
}

void av1_set_frame_refs(const struct client_state *state, struct client_frame *f, unsigned int last,
                        unsigned int golden)
{
	static const unsigned int rest[] = {CLIENT_LAST2, CLIENT_LAST3, CLIENT_BWDREF, CLIENT_ALTREF2,
	                                    CLIENT_ALTREF};
	const int middle = 1 << (state->sequence.order_hint_bits - 1);
	struct search search = {.current = middle};
	bool set[CLIENT_REFERENCES] = {false};
	int earliest = -1;

	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		search.hints[i] =
			middle + av1_client_distance(&state->sequence, state->slots[i].order_hint, f->order_hint);
	take_slot(&search, f->slot, set, CLIENT_LAST, (int)last);
	take_slot(&search, f->slot, set, CLIENT_GOLDEN, (int)golden);
	take_slot(&search, f->slot, set, CLIENT_ALTREF, find_slot(&search, true, true));
	take_slot(&search, f->slot, set, CLIENT_BWDREF, find_slot(&search, true, false));
	take_slot(&search, f->slot, set, CLIENT_ALTREF2, find_slot(&search, true, false));
	for (unsigned int i = 0; i < 5; i++)
		if (!set[rest[i] - CLIENT_LAST])
			take_slot(&search, f->slot, set, rest[i], find_slot(&search, false, true));
	for (int i = 0; i < CLIENT_SLOTS; i++)
		if (earliest < 0 || search.hints[i] < search.hints[earliest])
			earliest = i;
	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++)
		if (!set[i])
			f->slot[i] = (unsigned int)earliest;
}

/* ---- skip_mode_params(), 5.9.22 ----------------------------------------------------------------------------------------------- */

void av1_find_skip_mode(const struct client_state *state, struct client_frame *f)
{
	const struct client_sequence *s = &state->sequence;
	int forward = -1, backward = -1, second = -1;

	if (f->intra || !f->reference_select || !s->order_hint_bits)
		return;
	for (int i = 0; i < CLIENT_REFERENCES; i++) {
		const unsigned int hint = f->order_hints[i + CLIENT_LAST];
		const int distance = av1_client_distance(s, hint, f->order_hint);

		if (distance < 0 &&
		    (forward < 0 || av1_client_distance(s, hint, f->order_hints[forward + CLIENT_LAST]) > 0))
			forward = i;
		if (distance > 0 &&
		    (backward < 0 || av1_client_distance(s, hint, f->order_hints[backward + CLIENT_LAST]) < 0))
			backward = i;
	}
	for (int i = 0; i < CLIENT_REFERENCES && forward >= 0 && backward < 0; i++) {
		const unsigned int hint = f->order_hints[i + CLIENT_LAST];

		if (av1_client_distance(s, hint, f->order_hints[forward + CLIENT_LAST]) < 0 &&
		    (second < 0 || av1_client_distance(s, hint, f->order_hints[second + CLIENT_LAST]) > 0))
			second = i;
	}
	if (backward < 0)
		backward = second;
	if (forward < 0 || backward < 0)
		return;
	f->skip_mode_allowed = true;
	f->skip_frames[0] = CLIENT_LAST + (unsigned int)(forward < backward ? forward : backward);
	f->skip_frames[1] = CLIENT_LAST + (unsigned int)(forward < backward ? backward : forward);
}

/* ---- global_motion_params(), 5.9.24 -------------------------------------------------------------------------------------------- */

/* 5.9.28 */
static int read_subexp(struct av1_bits *b, int symbols)
{
	int first = 0;

	for (unsigned int i = 0;; i++) {
		const unsigned int bits = i ? 3 + i - 1 : 3;
		const int step = 1 << bits;

		if (symbols <= first + 3 * step)
			return first + (int)av1_non_symmetric(b, (unsigned int)(symbols - first));
		if (!av1_flag(b))
			return first + (int)av1_number(b, bits);
		first += step;
	}
}

/* 5.9.29 */
static int recentered(int reference, int value)
{
	if (value > 2 * reference)
		return value;
	return value & 1 ? reference - (value + 1) / 2 : reference + value / 2;
}

/* decode_signed_subexp_with_ref(-most, most + 1, reference) */
static int read_signed_subexp(struct av1_bits *b, int most, int reference)
{
	const int symbols = 2 * most + 1, place = reference + most, value = read_subexp(b, symbols);

	if (2 * place <= symbols)
		return recentered(place, value) - most;
	return symbols - 1 - recentered(symbols - 1 - place, value) - most;
}

/* 5.9.25 */
static int read_parameter(struct av1_bits *b, unsigned int type, unsigned int index, int before,
                          bool high_precision)
{
	unsigned int bits = ALPHA_BITS, precision = ALPHA_PRECISION;
	const bool diagonal = index % 3 == 2;

	if (index < 2 && type == CLIENT_TRANSLATION) {
		bits = TRANSLATION_ONLY_BITS - !high_precision;
		precision = TRANSLATION_ONLY_PRECISION - !high_precision;
	} else if (index < 2) {
		bits = TRANSLATION_BITS;
		precision = TRANSLATION_PRECISION;
	}
	const int scale = 1 << (WARP_BITS - precision), one = diagonal ? 1 << precision : 0;
	const int value = read_signed_subexp(b, 1 << bits, (before >> (WARP_BITS - precision)) - one);

	return value * scale + (diagonal ? 1 << WARP_BITS : 0);
}

static int64_t limited(int64_t value)
{
	return value > 32767 ? 32767 : value < -32768 ? -32768 : value;
}

static int64_t divided(int64_t value, int64_t by)
{
	return value < 0 ? -((-value + by / 2) / by) : (value + by / 2) / by;
}

/* setupShear() and resolveDivisor(), 7.11.3.6 */
static bool is_invalid(const int *p)
{
	unsigned int log2 = 31;
	int64_t fraction, inverse, shear[4];

	if (p[2] <= 0)
		return true;
	while (!(p[2] >> log2 & 1))
		log2--;
	fraction = p[2] - (1ll << log2);
	fraction = log2 > 8 ? divided(fraction, 1ll << (log2 - 8)) : fraction << (8 - log2);
	inverse = divided(1ll << 22, 256 + fraction); /* Div_Lut[] */
	shear[0] = limited(p[2] - 65536);
	shear[1] = limited(p[3]);
	shear[2] = limited(divided(65536ll * p[4] * inverse, 1ll << (log2 + 14)));
	shear[3] = limited(p[5] - divided((int64_t)p[3] * p[4] * inverse, 1ll << (log2 + 14)) - 65536);
	for (unsigned int i = 0; i < 4; i++) {
		shear[i] = 64 * divided(shear[i], 64);
		shear[i] = shear[i] < 0 ? -shear[i] : shear[i];
	}
	return 4 * shear[0] + 7 * shear[1] >= 65536 || 4 * shear[2] + 4 * shear[3] >= 65536;
}

static unsigned int read_type(struct av1_bits *b)
{
	if (!av1_flag(b))
		return CLIENT_IDENTITY;
	if (av1_flag(b))
		return CLIENT_ROTZOOM;
	return av1_flag(b) ? CLIENT_TRANSLATION : CLIENT_AFFINE;
}

void av1_read_motion(const struct client_slot *before, struct client_frame *f, struct av1_bits *b)
{
	struct client_motion *m = &f->motion;

	for (unsigned int i = 0; i < CLIENT_NAMES; i++)
		for (unsigned int j = 0; j < 6; j++)
			m->parameter[i][j] = j % 3 == 2 ? 1 << WARP_BITS : 0;
	for (unsigned int i = CLIENT_LAST; i <= CLIENT_ALTREF && !f->intra; i++) {
		int *const p = m->parameter[i];
		int then[6];
		const unsigned int type = read_type(b);

		for (unsigned int j = 0; j < 6; j++)
			then[j] = before ? before->motion.parameter[i][j] : p[j];
		m->type[i] = type;
		if (type >= CLIENT_ROTZOOM) {
			p[2] = read_parameter(b, type, 2, then[2], f->high_precision);
			p[3] = read_parameter(b, type, 3, then[3], f->high_precision);
			p[4] = type == CLIENT_AFFINE ? read_parameter(b, type, 4, then[4], f->high_precision) : -p[3];
			p[5] = type == CLIENT_AFFINE ? read_parameter(b, type, 5, then[5], f->high_precision) : p[2];
		}
		if (type >= CLIENT_TRANSLATION) {
			p[0] = read_parameter(b, type, 0, then[0], f->high_precision);
			p[1] = read_parameter(b, type, 1, then[1], f->high_precision);
		}
		m->invalid[i] = is_invalid(p);
	}
}
