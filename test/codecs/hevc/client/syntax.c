/* SPDX-License-Identifier: MIT */
#include "syntax.h"

#include <string.h>

struct cursor hevc_cursor_open(const struct client_nal *nal)
{
	struct cursor c = {.data = nal->data, .size = nal->size};

	hevc_cursor_u(&c, 16);
	return c;
}

static unsigned int next_bit(struct cursor *c)
{
	unsigned int value;

	if (!c->bit && c->zeros >= 2 && c->byte < c->size && c->data[c->byte] == 3) {
		c->byte++;
		c->emulation++;
		c->zeros = 0;
	}
	if (c->byte >= c->size) {
		c->bad = true;
		return 0;
	}
	value = c->data[c->byte] >> (7 - c->bit) & 1;
	c->count++;
	if (++c->bit == 8) {
		c->zeros = c->data[c->byte] ? 0 : c->zeros + 1;
		c->byte++;
		c->bit = 0;
	}
	return value;
}

unsigned int hevc_cursor_u(struct cursor *c, unsigned int count)
{
	unsigned int value = 0;

	while (count--)
		value = value << 1 | next_bit(c);
	return value;
}

unsigned int hevc_cursor_ue(struct cursor *c)
{
	unsigned int length = 0;

	while (!c->bad && !next_bit(c) && length < 31)
		length++;
	return (1u << length) - 1 + hevc_cursor_u(c, length);
}

int hevc_cursor_se(struct cursor *c)
{
	const unsigned int code = hevc_cursor_ue(c);

	return code & 1 ? (int)(code / 2 + 1) : -(int)(code / 2);
}

unsigned int hevc_ceil_log2(unsigned int value)
{
	unsigned int bits = 0;

	while (bits < 31 && 1u << bits < value)
		bits++;
	return bits;
}

bool hevc_client_next_nal(const uint8_t *data, size_t size, size_t *position, struct client_nal *nal)
{
	size_t at = *position;
	size_t end;

	while (at + 3 <= size && (data[at] || data[at + 1] || data[at + 2] != 1))
		at++;
	if (at + 3 > size)
		return false;
	at += 3;
	end = at;
	while (end + 3 <= size && (data[end] || data[end + 1] || data[end + 2] > 1))
		end++;
	if (end + 3 > size)
		end = size;
	*position = end;
	while (end > at && !data[end - 1])
		end--;
	*nal = (struct client_nal){.data = data + at, .size = end - at};
	if (nal->size >= 2) {
		nal->type = data[at] >> 1 & 63;
		nal->layer = (data[at] & 1u) << 5 | data[at + 1] >> 3;
		nal->temporal_id_plus1 = data[at + 1] & 7;
	} else {
		nal->type = 63;
	}
	return true;
}

/* ---- 7.3.7 ------------------------------------------------------------------------------------------------------------ */

static void add(struct client_rps *out, int delta, bool used)
{
	const bool after = delta > 0;
	const unsigned int n = out->count[after];

	if (n == CLIENT_REFERENCES)
		return;
	out->delta[after][n] = delta;
	out->used[after][n] = used;
	out->count[after]++;
}

/* (7-61), (7-62): the pictures of the other set, moved, and that set's own picture; each list by rising distance. */
static void predict(struct client_rps *out, const struct client_rps *from, int delta_rps, const bool *used,
                    const bool *kept)
{
	const unsigned int before = from->count[0], after = from->count[1], own = before + after;

	for (unsigned int list = 0; list < 2; list++) {
		const int sign = list ? 1 : -1;

		/* The pictures that cross over come from the far side, the farthest first. */
		for (unsigned int i = from->count[!list]; i-- > 0;) {
			const int delta = from->delta[!list][i] + delta_rps;
			const unsigned int j = list ? i : before + i;

			if (delta * sign > 0 && kept[j])
				add(out, delta, used[j]);
		}
		if (delta_rps * sign > 0 && kept[own])
			add(out, delta_rps, used[own]);
		for (unsigned int i = 0; i < from->count[list]; i++) {
			const int delta = from->delta[list][i] + delta_rps;
			const unsigned int j = list ? before + i : i;

			if (delta * sign > 0 && kept[j])
				add(out, delta, used[j]);
		}
	}
}

bool hevc_read_rps(struct cursor *c, const struct client_rps *sets, unsigned int index, unsigned int count,
                   struct client_rps *out, unsigned int *predicted)
{
	memset(out, 0, sizeof(*out));
	if (index && hevc_cursor_u(c, 1)) {
		const unsigned int distance = index == count ? hevc_cursor_ue(c) + 1 : 1;
		const bool negative = hevc_cursor_u(c, 1);
		const int magnitude = (int)hevc_cursor_ue(c) + 1;
		bool used[2 * CLIENT_REFERENCES + 1] = {false}, kept[2 * CLIENT_REFERENCES + 1] = {false};
		const struct client_rps *from;

		if (distance > index)
			return false;
		from = &sets[index - distance];
		for (unsigned int j = 0; j <= from->count[0] + from->count[1]; j++) {
			used[j] = hevc_cursor_u(c, 1);
			kept[j] = used[j] || hevc_cursor_u(c, 1);
		}
		if (predicted)
			*predicted = from->count[0] + from->count[1];
		predict(out, from, negative ? -magnitude : magnitude, used, kept);
		return !c->bad;
	}
	for (unsigned int list = 0; list < 2; list++)
		out->count[list] = hevc_cursor_ue(c);
	if (out->count[0] > CLIENT_REFERENCES || out->count[1] > CLIENT_REFERENCES)
		return false;
	for (unsigned int list = 0; list < 2; list++) {
		int delta = 0;

		for (unsigned int i = 0; i < out->count[list]; i++) {
			delta += ((int)hevc_cursor_ue(c) + 1) * (list ? 1 : -1);
			out->delta[list][i] = delta;
			out->used[list][i] = hevc_cursor_u(c, 1);
		}
	}
	return !c->bad;
}
