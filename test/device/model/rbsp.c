/* SPDX-License-Identifier: MIT */
#include "rbsp.h"

uint32_t bits_ue(struct bit_reader *reader)
{
	unsigned int zeros = 0;

	while (!bits_u(reader, 1)) {
		if (reader->overrun || ++zeros > 32) {
			reader->overrun = true;
			return 0;
		}
	}
	if (zeros == 32) {
		/* The one code word of 32 zeros that 9.1 has is 2^32 - 1 + 0; nothing in either may be that large. */
		reader->overrun = true;
		return 0;
	}
	return (uint32_t)((1ull << zeros) - 1 + bits_u(reader, zeros));
}

int32_t bits_se(struct bit_reader *reader)
{
	uint32_t code = bits_ue(reader);

	return code & 1 ? (int32_t)(code / 2 + 1) : -(int32_t)(code / 2);
}

static uint32_t code_of_se(int32_t value)
{
	return value > 0 ? 2 * (uint32_t)value - 1 : 2 * (0 - (uint32_t)value);
}

unsigned int length_ue(uint32_t value)
{
	unsigned int length = 1;

	for (uint64_t code = (uint64_t)value + 1; code > 1; code >>= 1)
		length += 2;
	return length;
}

unsigned int length_se(int32_t value)
{
	return length_ue(code_of_se(value));
}

void put_ue(struct bit_writer *writer, uint32_t value)
{
	uint64_t code = (uint64_t)value + 1;
	unsigned int zeros = length_ue(value) / 2;

	put_u(writer, zeros, 0);
	put_u(writer, 1, 1);
	put_u(writer, zeros, (uint32_t)(code & ((1ull << zeros) - 1)));
}

void put_se(struct bit_writer *writer, int32_t value)
{
	put_ue(writer, code_of_se(value));
}

void put_trailing(struct bit_writer *writer)
{
	put_u(writer, 1, 1);
	put_align(writer, 0);
}

void nal_unescape(struct byte_buffer *out, const uint8_t *nal, size_t size)
{
	size_t start = 0;

	out->size = 0;
	for (size_t i = 2; i < size;) {
		/* 00 00 03: only a byte of at most 3 can end it, which skips most of the data two by two. */
		if (nal[i] > 3) {
			i += 3;
		} else if (nal[i] == 3 && !nal[i - 1] && !nal[i - 2]) {
			buffer_append(out, nal + start, i - start);
			start = i + 1;
			i += 3;
		} else {
			i++;
		}
	}
	if (start < size)
		buffer_append(out, nal + start, size - start);
}

void nal_append(struct byte_buffer *out, const uint8_t *rbsp, size_t size)
{
	static const uint8_t start_code[4] = {0, 0, 0, 1};
	static const uint8_t prevention = 3;
	size_t start = 0;

	buffer_append(out, start_code, sizeof(start_code));
	for (size_t i = 2; i < size;) {
		if (rbsp[i] > 3) {
			i += 3;
		} else if (!rbsp[i - 1] && !rbsp[i - 2]) {
			buffer_append(out, rbsp + start, i - start);
			buffer_append(out, &prevention, 1);
			start = i;
			i += 2;
		} else {
			i++;
		}
	}
	if (start < size)
		buffer_append(out, rbsp + start, size - start);
	if (size && !rbsp[size - 1])
		buffer_append(out, &prevention, 1);
}

size_t rbsp_end(const uint8_t *rbsp, size_t size)
{
	while (size && !rbsp[size - 1])
		size--;
	if (!size)
		return 0;
	for (unsigned int bit = 0;; bit++)
		if (rbsp[size - 1] >> bit & 1)
			return size * 8 - bit;
}
