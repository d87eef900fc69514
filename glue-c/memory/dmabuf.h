/* SPDX-License-Identifier: MIT
 *
 * The memory of one picture: a dma-buf, and its mapping once somebody looks at the pixels.
 */
#ifndef GLUE_MEMORY_DMABUF_H
#define GLUE_MEMORY_DMABUF_H

#include <linux/dma-buf.h>
#include <stddef.h>
#include <stdint.h>

struct dmabuf {
	int fd; /* -1: none, or an MMAP buffer's, which is coherent for whoever dequeued it */
	uint32_t size;
	uint8_t *map; /* of the whole, NULL until dmabuf_map() */
};

#define DMABUF_NONE {.fd = -1}

/* Maps the whole, once. Returns 0 or errno. */
int dmabuf_map(struct dmabuf *memory);
/* DMA_BUF_IOCTL_SYNC START / END; access: DMA_BUF_SYNC_READ, _WRITE or _RW. Return 0 or errno. */
int dmabuf_begin_access(const struct dmabuf *memory, uint64_t access);
int dmabuf_end_access(const struct dmabuf *memory, uint64_t access);
/* Unmaps and closes; afterwards it is DMABUF_NONE. */
void dmabuf_close(struct dmabuf *memory);

#endif
