/* SPDX-License-Identifier: MIT */
#include "bits.h"

#include <stdlib.h>
#include <string.h>

void bits_open(struct bit_reader *reader, const uint8_t *data, size_t bytes)
{
	*reader = (struct bit_reader){.data = data, .size = bytes * 8};
}

uint32_t bits_u(struct bit_reader *reader, unsigned int count)
{
	uint64_t value = 0;

	if (count > 32 || reader->size - reader->position < count) {
		reader->overrun = true;
		reader->position = reader->size;
		return 0;
	}
	for (unsigned int done = 0; done < count;) {
		unsigned int offset = reader->position & 7;
		unsigned int take = 8 - offset < count - done ? 8 - offset : count - done;
		unsigned int byte = reader->data[reader->position >> 3];

		value = value << take | (byte >> (8 - offset - take) & ((1u << take) - 1));
		reader->position += take;
		done += take;
	}
	return (uint32_t)value;
}

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
		/* The one code word of 32 zeros that 9.1 has is 2^32 - 1 + 0; nothing in H.264 may be that large. */
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

static bool buffer_reserve(struct byte_buffer *buffer, size_t more)
{
	size_t wanted = buffer->size + more;

	if (buffer->failed || wanted < more)
		return false;
	if (wanted > buffer->capacity) {
		size_t capacity = buffer->capacity ? buffer->capacity : 4096;
		uint8_t *data;

		while (capacity < wanted)
			capacity *= 2;
		data = realloc(buffer->data, capacity);
		if (!data) {
			buffer->failed = true;
			return false;
		}
		buffer->data = data;
		buffer->capacity = capacity;
	}
	return true;
}

void buffer_append(struct byte_buffer *buffer, const void *data, size_t size)
{
	if (size && buffer_reserve(buffer, size)) {
		memcpy(buffer->data + buffer->size, data, size);
		buffer->size += size;
	}
}

void buffer_free(struct byte_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct byte_buffer){0};
}

static void put_byte(struct bit_writer *writer, unsigned int byte)
{
	struct byte_buffer *out = writer->out;

	if (out->size < out->capacity || buffer_reserve(out, 1))
		out->data[out->size++] = (uint8_t)byte;
}

void put_u(struct bit_writer *writer, unsigned int count, uint32_t value)
{
	while (count) {
		unsigned int take = 8 - writer->count < count ? 8 - writer->count : count;

		writer->pending = writer->pending << take | (value >> (count - take) & ((1u << take) - 1));
		writer->count += take;
		count -= take;
		if (writer->count == 8) {
			put_byte(writer, writer->pending);
			writer->pending = 0;
			writer->count = 0;
		}
	}
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

void put_align(struct bit_writer *writer, unsigned int bit)
{
	while (writer->count)
		put_u(writer, 1, bit);
}

void put_copy(struct bit_writer *writer, const uint8_t *data, size_t from, size_t to)
{
	while (from < to && from & 7) {
		put_u(writer, 1, data[from >> 3] >> (7 - (from & 7)) & 1);
		from++;
	}
	if (!writer->count) {
		size_t whole = from < to ? (to - from) / 8 : 0;

		buffer_append(writer->out, data + from / 8, whole);
		from += whole * 8;
	}
	for (; from < to; from++)
		put_u(writer, 1, data[from >> 3] >> (7 - (from & 7)) & 1);
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
