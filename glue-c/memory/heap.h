/* SPDX-License-Identifier: MIT
 *
 * dma-bufs that no decoder allocated: of the kernel's heaps, and of udmabuf.
 */
#ifndef GLUE_MEMORY_HEAP_H
#define GLUE_MEMORY_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "../core/exchange.h"

/* source: CORE_SOURCE_* but the decoder. size: bytes wanted; granted: whole pages. Returns 0 or errno, and then *fd is -1. */
int heap_allocate(uint32_t source, uint32_t size, int *fd, uint32_t *granted);
/* Whether this process may open any of them. */
bool heap_is_there(void);
/* The node of a source: the first that this process may open, or else the first that there is; NULL: there is none. */
const char *heap_node(uint32_t source, bool *opens);

#endif
