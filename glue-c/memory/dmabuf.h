/* SPDX-License-Identifier: MIT
 *
 * The memory of one picture: a dma-buf, and its mapping once somebody looks at the pixels.
 */
#ifndef GLUE_MEMORY_DMABUF_H
#define GLUE_MEMORY_DMABUF_H

#include <linux/dma-buf.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/exchange.h"

struct dmabuf {
	int fd; /* -1: none, or an MMAP buffer's, which is coherent for whoever dequeued it */
	uint32_t size;
	uint8_t *map; /* of the whole, NULL until dmabuf_map() */
};

#define DMABUF_NONE {.fd = -1}

/*
 * Memory for one picture, from the first of the allocation's sources that has some. The decoder at video_path is asked in
 * a short-lived open of its own (CAPTURE MMAP, EXPBUF): that memory is of the kind that this chip needs (contiguous
 * where it has no MMU), and outlives the open. format: what CAPTURE was set to. Returns 0 or the errno of the first
 * source, and then there is nothing to close.
 */
int dmabuf_allocate(struct dmabuf *memory, const char *video_path, const struct core_allocation *allocation,
                    const void *control, struct core_format *format);
int dmabuf_map(struct dmabuf *memory);
/* DMA_BUF_IOCTL_SYNC START / END; access: DMA_BUF_SYNC_READ, _WRITE or _RW. */
int dmabuf_begin_access(const struct dmabuf *memory, uint64_t access);
int dmabuf_end_access(const struct dmabuf *memory, uint64_t access);
void dmabuf_close(struct dmabuf *memory);

#endif
