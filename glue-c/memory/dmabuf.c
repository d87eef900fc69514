/* SPDX-License-Identifier: MIT */
#include "dmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../core/clock.h"
#include "ioctl.h"

void dmabuf_set_sizes(struct dmabuf *memory, uint32_t first, uint32_t second)
{
	const uint32_t step = CORE_MEMORY_PLANE_ALIGNMENT;

	memory->second_at = second ? (first + step - 1) / step * step : 0;
	memory->first_size = first;
	memory->size = second ? memory->second_at + second : first;
}

bool dmabuf_holds(const struct dmabuf *memory, const struct core_layout *layout)
{
	return memory->size >= layout->size && memory->second_at == layout->second_at;
}

static int map_plane(void *place, uint32_t size, int flags, int fd, uint32_t offset, uint8_t **map)
{
	void *mapped = mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED | flags, fd, (off_t)offset);

	if (mapped == MAP_FAILED)
		return errno;
	*map = mapped;
	return 0;
}

/* In a room for both, whose gap reads as zeros. */
static int map_both(struct dmabuf *memory, const int *fds, const uint32_t *offsets)
{
	uint8_t *room = mmap(NULL, memory->size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *mapped;
	int error;

	if (room == MAP_FAILED)
		return errno;
	error = map_plane(room, memory->first_size, MAP_FIXED, fds[0], offsets[0], &mapped);
	if (!error)
		error = map_plane(room + memory->second_at, memory->size - memory->second_at, MAP_FIXED, fds[1],
		                  offsets[1], &mapped);
	if (error)
		munmap(room, memory->size);
	else
		memory->map = room;
	return error;
}

int dmabuf_map(struct dmabuf *memory)
{
	const int fds[] = {memory->fd, memory->second_fd};
	const uint32_t offsets[] = {0, 0};

	if (memory->map)
		return 0;
	if (memory->fd < 0)
		return EBADF;
	if (memory->second_at)
		return map_both(memory, fds, offsets);
	return map_plane(NULL, memory->size, 0, memory->fd, 0, &memory->map);
}

int dmabuf_map_at(struct dmabuf *memory, int fd, const uint32_t *offsets)
{
	const int fds[] = {fd, fd};

	if (memory->second_at)
		return map_both(memory, fds, offsets);
	return map_plane(NULL, memory->size, 0, fd, offsets[0], &memory->map);
}

static int sync_plane(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = flags};
	int error;

	if (fd < 0)
		return 0;
	do {
		error = retry_ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
	} while (error == EAGAIN);
	/* Memory that is no dma-buf (a stand-in's memfd) is coherent. */
	return error == ENOTTY ? 0 : error;
}

/* Each START has its END, also where the second plane's fails. */
static int sync_access(const struct dmabuf *memory, uint64_t flags)
{
	int error = sync_plane(memory->fd, flags);
	int second = error ? 0 : sync_plane(memory->second_fd, flags);

	if (second && !(flags & DMA_BUF_SYNC_END))
		sync_plane(memory->fd, flags | DMA_BUF_SYNC_END);
	return error ? error : second;
}

bool dmabuf_keeps_size(const struct dmabuf *memory)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ};
	int seals;

	if (!retry_ioctl(memory->fd, DMA_BUF_IOCTL_SYNC, &sync)) {
		sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ;
		retry_ioctl(memory->fd, DMA_BUF_IOCTL_SYNC, &sync);
		return true;
	}
	seals = fcntl(memory->fd, F_GET_SEALS);
	return seals >= 0 && (seals & F_SEAL_SHRINK);
}

int dmabuf_wait_readers(int fd, uint32_t timeout_ms)
{
	const uint64_t deadline = now_ns() + (uint64_t)timeout_ms * 1000000u;
	struct pollfd readers = {.fd = fd, .events = POLLOUT};
	uint64_t left = timeout_ms;
	int ready;

	for (;;) {
		uint64_t now;

		ready = poll(&readers, 1, (int)left);
		if (ready >= 0 || errno != EINTR)
			break;
		now = now_ns();
		left = now < deadline ? (deadline - now + 999999u) / 1000000u : 0;
	}
	return ready == 0 ? ETIMEDOUT : 0;
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
	if (memory->second_fd >= 0)
		close(memory->second_fd);
	*memory = (struct dmabuf)DMABUF_NONE;
}
