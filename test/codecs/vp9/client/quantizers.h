/* SPDX-License-Identifier: MIT
 *
 * What quantiser indices stand for: dc_qlookup and ac_qlookup of the VP9 specification (8.6.1), of 8 and of 10 bits.
 */
#ifndef TEST_CODECS_VP9_CLIENT_QUANTIZERS_H
#define TEST_CODECS_VP9_CLIENT_QUANTIZERS_H

#include <stdint.h>

extern const int16_t vp9_dc_quantizers[2][256];
extern const int16_t vp9_ac_quantizers[2][256];

#endif
