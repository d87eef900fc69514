/* SPDX-License-Identifier: MIT
 *
 * The probabilities of RFC 6386, flat. The model and the reader share these numbers, and nothing else.
 */
#ifndef TEST_CODECS_VP8_TABLES_H
#define TEST_CODECS_VP8_TABLES_H

#include <stdint.h>

enum { VP8_COEFF_PROBS = 4 * 8 * 3 * 11, VP8_MV_PROBS = 2 * 19 };

extern const uint8_t vp8_default_coeff_probs[VP8_COEFF_PROBS]; /* 13.5 */
extern const uint8_t vp8_coeff_update_probs[VP8_COEFF_PROBS];  /* 13.4 */
extern const uint8_t vp8_default_mv_probs[VP8_MV_PROBS];       /* 17.2 */
extern const uint8_t vp8_mv_update_probs[VP8_MV_PROBS];        /* 17.2 */
extern const uint8_t vp8_default_y_mode_probs[4];              /* 16.2 */
extern const uint8_t vp8_default_uv_mode_probs[3];
extern const uint8_t vp8_key_y_mode_probs[4]; /* 11.2 */
extern const uint8_t vp8_key_uv_mode_probs[3];

#endif
