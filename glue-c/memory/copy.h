/* SPDX-License-Identifier: MIT */
#ifndef GLUE_MEMORY_COPY_H
#define GLUE_MEMORY_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/exchange.h"

/* Carries out the copies of a picture's planes; what is not linear goes through fetch.h. False, and nothing is written, when one of them would touch a byte outside
 * of either memory. */
bool copies_run(const struct core_copy *copies, uint32_t count, uint8_t *destination, size_t destination_size,
                const uint8_t *source, size_t source_size);

#endif
