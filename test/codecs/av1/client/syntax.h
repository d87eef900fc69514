/* SPDX-License-Identifier: MIT
 *
 * Descriptors of the AV1 specification, 4.10. Beyond the end everything reads as 0, which is remembered.
 */
#ifndef TEST_CODECS_AV1_CLIENT_SYNTAX_H
#define TEST_CODECS_AV1_CLIENT_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct av1_bits {
	const uint8_t *data;
	size_t size, position; /* in bits */
	bool beyond;
};

/* f(n), su(n), ns(n), uvlc(); count: at most 32 */
unsigned int av1_number(struct av1_bits *bits, unsigned int count);
bool av1_flag(struct av1_bits *bits);
int av1_signed(struct av1_bits *bits, unsigned int count);
unsigned int av1_non_symmetric(struct av1_bits *bits, unsigned int values);
unsigned int av1_variable_length(struct av1_bits *bits);

/* leb128() at *at, which moves on. False: it is not whole before `end`, or larger than 32 bits. */
bool av1_leb128(const uint8_t *data, size_t *at, size_t end, size_t *value);
/* le(n) */
size_t av1_little_endian(const uint8_t *at, unsigned int bytes);

#endif
