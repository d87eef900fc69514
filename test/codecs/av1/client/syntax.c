/* SPDX-License-Identifier: MIT */
#include "syntax.h"

unsigned int av1_number(struct av1_bits *b, unsigned int count)
{
	unsigned int value = 0;

	for (; count; count--, b->position++) {
		value <<= 1;
		if (b->position >= b->size)
			b->beyond = true;
		else
			value |= b->data[b->position / 8] >> (7 - b->position % 8) & 1u;
	}
	return value;
}

bool av1_flag(struct av1_bits *b)
{
	return av1_number(b, 1);
}

int av1_signed(struct av1_bits *b, unsigned int count)
{
	const int value = (int)av1_number(b, count), sign = 1 << (count - 1);

	return value & sign ? value - 2 * sign : value;
}

unsigned int av1_non_symmetric(struct av1_bits *b, unsigned int values)
{
	unsigned int width = 0, shorter, value;

	while (values >> width)
		width++;
	shorter = (1u << width) - values;
	value = av1_number(b, width - 1);
	return value < shorter ? value : (value << 1) - shorter + av1_number(b, 1);
}

unsigned int av1_variable_length(struct av1_bits *b)
{
	unsigned int zeros = 0;

	while (!av1_flag(b) && !b->beyond)
		zeros++;
	return zeros >= 32 ? ~0u : av1_number(b, zeros) + (1u << zeros) - 1;
}

bool av1_leb128(const uint8_t *data, size_t *at, size_t end, size_t *value)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < 8 && *at < end; i++) {
		const uint8_t byte = data[(*at)++];

		sum |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (!(byte & 0x80)) {
			*value = (size_t)sum;
			return sum <= UINT32_MAX;
		}
	}
	return false;
}

size_t av1_little_endian(const uint8_t *at, unsigned int bytes)
{
	size_t value = 0;

	while (bytes--)
		value = value << 8 | at[bytes];
	return value;
}
