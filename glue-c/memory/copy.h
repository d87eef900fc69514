/* SPDX-License-Identifier: MIT */
#ifndef GLUE_MEMORY_COPY_H
#define GLUE_MEMORY_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/exchange.h"
#include "fetch.h"

/* Carries out the copies of a picture's planes. False, and nothing is written, when one of them would touch a byte outside
 * of either memory. */
bool copies_run(const struct core_copy *copies, uint32_t count, uint8_t *destination, size_t destination_size,
                const uint8_t *source, size_t source_size);

/* One copy (ROWS or SPLIT) whose source has to be fetched: `plane` and `area` stand for its source_offset and source_pitch, and
 * the area is as large as the copy says. False, and nothing is written, as above. */
bool copy_run_fetched(const struct core_copy *copy, const struct fetch_plane *plane,
                      const struct fetch_area *area, uint8_t *destination, size_t destination_size,
                      const uint8_t *source, size_t source_size);

#endif
