/* SPDX-License-Identifier: MIT
 *
 * driver-src/bits/bool-decoder.ts in C, for the fill code of codecs whose headers are coded so (VP8, RFC 6386, 7; VP9, 9.2).
 */
#ifndef TEST_BENCH_BOOL_DECODER_H
#define TEST_BENCH_BOOL_DECODER_H

#include <stdint.h>

struct coder {
	const uint8_t *at;
	const uint8_t *end;
	uint64_t window;
	uint32_t cached;
	uint32_t range;
	uint32_t position;
};

static void refill(struct coder *c)
{
	while (c->cached <= 56 && c->at < c->end) {
		c->window |= (uint64_t)*c->at++ << (56 - c->cached);
		c->cached += 8;
	}
	if (c->cached < 8)
		c->cached = 64;
}

static uint32_t read_bool(struct coder *c, uint32_t probability)
{
	const uint32_t split = 1 + ((c->range - 1) * probability >> 8);
	uint64_t big_split = (uint64_t)split << 56;
	uint32_t bit, shift;

	if (c->cached < 8)
		refill(c);
	bit = c->window >= big_split;
	if (bit) {
		c->range -= split;
		c->window -= big_split;
	} else {
		c->range = split;
	}
	shift = (uint32_t)__builtin_clz(c->range) - 24;
	c->range <<= shift;
	c->window <<= shift;
	c->cached -= shift;
	c->position += shift;
	return bit;
}

#endif
