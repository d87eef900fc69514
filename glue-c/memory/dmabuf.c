/* SPDX-License-Identifier: MIT */
#include "dmabuf.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ioctl.h"

int dmabuf_map(struct dmabuf *memory)
{
	void *map;

	if (memory->map)
		return 0;
	if (memory->fd < 0)
		return EBADF;
	map = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
	if (map == MAP_FAILED)
		return errno;
	memory->map = map;
	return 0;
}

static int sync_access(const struct dmabuf *memory, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = flags};
	int error;

	if (memory->fd < 0)
		return 0;
	do {
		error = retry_ioctl(memory->fd, DMA_BUF_IOCTL_SYNC, &sync);
	} while (error == EAGAIN);
	/* Memory that is no dma-buf (a stand-in's memfd) is coherent. */
	return error == ENOTTY ? 0 : error;
}

int dmabuf_begin_access(const struct dmabuf *memory, uint64_t access)
{
	return sync_access(memory, access | DMA_BUF_SYNC_START);
}

int dmabuf_end_access(const struct dmabuf *memory, uint64_t access)
{
	return sync_access(memory, access | DMA_BUF_SYNC_END);
}

void dmabuf_close(struct dmabuf *memory)
{
	if (memory->map)
		munmap(memory->map, memory->size);
	if (memory->fd >= 0)
		close(memory->fd);
	memory->map = NULL;
	memory->fd = -1;
	memory->size = 0;
}
