/* SPDX-License-Identifier: MIT */
#ifndef TEST_FUZZ_KINDS_H
#define TEST_FUZZ_KINDS_H

#include <stddef.h>
#include <stdint.h>

/* V4L2SIM_KIND with decoders for all codecs that there are clips of, in one of several ways: 0 by frames, 1 by slices, 2 one of each,
 * 3 one more that takes one codec alone. */
void kinds_write(char *text, size_t size, uint8_t which);

#endif
