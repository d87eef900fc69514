/* SPDX-License-Identifier: MIT */
#ifndef GLUE_MEMORY_COPY_H
#define GLUE_MEMORY_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/exchange.h"

/* Whether every byte that the copy touches is inside both memories. */
bool copy_fits(const struct core_copy *copy, size_t destination_size, size_t source_size);

/* Reads each source byte once (the source may be uncached). Only after copy_fits(). */
void copy_run(const struct core_copy *copy, uint8_t *destination, const uint8_t *source);

#endif
