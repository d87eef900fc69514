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

size_t find_start_code(const uint8_t *data, size_t size, size_t from)
{
	for (size_t i = from; i + 2 < size;) {
		if (data[i + 2] > 1)
			i += 3;
		else if (data[i + 2] == 1 && !data[i] && !data[i + 1])
			return i;
		else
			i++;
	}
	return size;
}
