/* SPDX-License-Identifier: MIT
 *
 * What a NAL unit of H.264 and HEVC has beyond plain bits: Exp-Golomb codes, the stop bit, and emulation prevention (7.4.1 and
 * 7.4.2.1).
 */
#ifndef TEST_DEVICE_MODEL_RBSP_H
#define TEST_DEVICE_MODEL_RBSP_H

#include "bits.h"

uint32_t bits_ue(struct bit_reader *reader); /* 9.1 of H.264, 9.2 of HEVC */
int32_t bits_se(struct bit_reader *reader);

void put_ue(struct bit_writer *writer, uint32_t value);
void put_se(struct bit_writer *writer, int32_t value);
unsigned int length_ue(uint32_t value); /* in bits */
unsigned int length_se(int32_t value);
void put_trailing(struct bit_writer *writer); /* rbsp_trailing_bits() */

/* NAL unit to RBSP, the NAL header kept as it is; `out` is replaced. */
void nal_unescape(struct byte_buffer *out, const uint8_t *nal, size_t size);
/* A start code, then the RBSP (header first) with emulation prevention, appended to `out`. */
void nal_append(struct byte_buffer *out, const uint8_t *rbsp, size_t size);
/* The bit after the last one of the RBSP that is 1 (its stop bit); 0 when there is none. */
size_t rbsp_end(const uint8_t *rbsp, size_t size);

#endif
