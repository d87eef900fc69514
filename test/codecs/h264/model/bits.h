/* SPDX-License-Identifier: MIT
 *
 * Bits of a NAL unit: reading (never past the end), writing, and the emulation prevention of H.264 7.4.1.
 */
#ifndef TEST_CODECS_H264_BITS_H
#define TEST_CODECS_H264_BITS_H

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
uint32_t bits_ue(struct bit_reader *reader);                    /* H.264 9.1 */
int32_t bits_se(struct bit_reader *reader);

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
void put_ue(struct bit_writer *writer, uint32_t value);
void put_se(struct bit_writer *writer, int32_t value);
unsigned int length_ue(uint32_t value); /* in bits */
unsigned int length_se(int32_t value);
void put_trailing(struct bit_writer *writer); /* rbsp_trailing_bits() */
void put_align(struct bit_writer *writer, unsigned int bit);
/* Copies bits [from, to) of data. */
void put_copy(struct bit_writer *writer, const uint8_t *data, size_t from, size_t to);

/* NAL unit to RBSP, the NAL header byte kept as it is; `out` is replaced. */
void nal_unescape(struct byte_buffer *out, const uint8_t *nal, size_t size);
/* A start code, then the RBSP (header byte first) with emulation prevention, appended to `out`. */
void nal_append(struct byte_buffer *out, const uint8_t *rbsp, size_t size);
/* The bit after the last one of the RBSP that is 1 (its stop bit); 0 when there is none. */
size_t rbsp_end(const uint8_t *rbsp, size_t size);

#endif
