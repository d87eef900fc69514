/* SPDX-License-Identifier: MIT
 *
 * Bits of a stream: reading (never past the end), writing, and start codes.
 */
#ifndef TEST_DEVICE_MODEL_BITS_H
#define TEST_DEVICE_MODEL_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bit_reader {
	const uint8_t *data;
	size_t size; /* in bits */
	size_t position;
	bool overrun; /* something was read that is not there; it read as 0 */
};

void bits_open(struct bit_reader *reader, const uint8_t *data, size_t bytes);
uint32_t bits_u(struct bit_reader *reader, unsigned int count); /* at most 32 */

/* A growing buffer of bytes. Out of memory is remembered in `failed` and checked once, at the end. */
struct byte_buffer {
	uint8_t *data;
	size_t size;
	size_t capacity;
	bool failed;
};

void buffer_append(struct byte_buffer *buffer, const void *data, size_t size);
void buffer_free(struct byte_buffer *buffer);

struct bit_writer {
	struct byte_buffer *out;
	uint32_t pending; /* the bits that do not fill a byte yet, right aligned */
	unsigned int count;
};

void put_u(struct bit_writer *writer, unsigned int count, uint32_t value); /* at most 32 */
void put_align(struct bit_writer *writer, unsigned int bit);
/* Copies bits [from, to) of data. */
void put_copy(struct bit_writer *writer, const uint8_t *data, size_t from, size_t to);

/* The offset of the next 00 00 01 at or after `from`, or `size`. */
size_t find_start_code(const uint8_t *data, size_t size, size_t from);

#endif
