/* SPDX-License-Identifier: MIT
 *
 * The memory of one picture: a dma-buf, or one for each memory plane, and its mapping once somebody looks at the pixels.
 */
#ifndef GLUE_MEMORY_DMABUF_H
#define GLUE_MEMORY_DMABUF_H

#include <linux/dma-buf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/exchange.h"

struct dmabuf {
	int fd;        /* -1: none, or an MMAP buffer's, which is coherent for whoever dequeued it */
	uint32_t size; /* of the whole, as it is mapped */
	uint8_t *map;  /* of the whole, NULL until dmabuf_map() */
	/* A second memory plane, where second_at is not 0: behind the first, with a gap. */
	int second_fd;
	uint32_t second_at;  /* a multiple of CORE_MEMORY_PLANE_ALIGNMENT */
	uint32_t first_size; /* of the first plane then */
};

#define DMABUF_NONE {.fd = -1, .second_fd = -1}

/* The planes' sizes; second: 0 when there is one only. */
void dmabuf_set_sizes(struct dmabuf *memory, uint32_t first, uint32_t second);
/* Whether it has room for pictures of this layout, and its planes where those are. */
bool dmabuf_holds(const struct dmabuf *memory, const struct core_layout *layout);
/* Maps the whole, once. Returns 0 or errno. */
int dmabuf_map(struct dmabuf *memory);
/* The same of memory that has no descriptors of its own: each plane at an offset of some descriptor. */
int dmabuf_map_at(struct dmabuf *memory, int fd, const uint32_t *offsets);
/* Whether memory of somebody else's keeps its size, so that a mapping never ends the process with SIGBUS: it is a dma-buf, or a
 * memfd that is sealed. */
bool dmabuf_keeps_size(const struct dmabuf *memory);
/* Waits until nobody reads it any more, as far as fences say (dma_buf_poll()), at most so long. Returns 0 or ETIMEDOUT. */
int dmabuf_wait_readers(int fd, uint32_t timeout_ms);
/* DMA_BUF_IOCTL_SYNC START / END; access: DMA_BUF_SYNC_READ, _WRITE or _RW. Return 0 or errno. */
int dmabuf_begin_access(const struct dmabuf *memory, uint64_t access);
int dmabuf_end_access(const struct dmabuf *memory, uint64_t access);
/* Unmaps and closes; afterwards it is DMABUF_NONE. */
void dmabuf_close(struct dmabuf *memory);

#endif
