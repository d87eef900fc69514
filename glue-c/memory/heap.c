/* SPDX-License-Identifier: MIT */
#include "heap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ioctl.h"

/* The names that dma_heap_add() was given for the contiguous memory area of the system in Linux 5.11 and later. */
static const char *const contiguous[] = {"/dev/dma_heap/default_cma_region", "/dev/dma_heap/linux,cma",
                                         "/dev/dma_heap/reserved", NULL};
static const char *const scattered[] = {"/dev/dma_heap/system", NULL};
static const char *const udmabuf[] = {"/dev/udmabuf", NULL};

static int allocate_from_heaps(const char *const *paths, uint32_t size, int *fd)
{
	int error = ENOENT;

	for (; *paths; paths++) {
		struct dma_heap_allocation_data data = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};
		int heap = open(*paths, O_RDONLY | O_CLOEXEC);

		if (heap < 0) {
			error = errno;
			continue;
		}
		error = retry_ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
		close(heap);
		if (!error) {
			*fd = (int)data.fd;
			return 0;
		}
	}
	return error;
}

/* udmabuf_create(): the memfd is sealed against shrinking, and against nothing that mappings need. */
static int allocate_from_memfd(uint32_t size, int *fd)
{
	struct udmabuf_create create = {.flags = UDMABUF_FLAGS_CLOEXEC, .size = size};
	int device = open(udmabuf[0], O_RDWR | O_CLOEXEC);
	int memfd;
	int error = 0;

	if (device < 0)
		return errno;
	memfd = memfd_create("v4l2_request picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memfd >= 0 && ftruncate(memfd, size) == 0 && fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK) == 0) {
		create.memfd = (uint32_t)memfd;
		*fd = ioctl(device, UDMABUF_CREATE, &create);
	}
	if (*fd < 0)
		error = errno;
	if (memfd >= 0)
		close(memfd);
	close(device);
	return error;
}

static const char *node_of(const char *const *paths, int mode, bool *opens)
{
	const char *there = NULL;

	for (; *paths; paths++) {
		*opens = access(*paths, mode) == 0;
		if (*opens)
			return *paths;
		if (!there && access(*paths, F_OK) == 0)
			there = *paths;
	}
	return there;
}

const char *heap_node(uint32_t source, bool *opens)
{
	*opens = false;
	switch (source) {
	case CORE_SOURCE_CONTIGUOUS_HEAP:
		return node_of(contiguous, R_OK, opens);
	case CORE_SOURCE_SYSTEM_HEAP:
		return node_of(scattered, R_OK, opens);
	case CORE_SOURCE_UDMABUF:
		return node_of(udmabuf, R_OK | W_OK, opens);
	default:
		return NULL;
	}
}

bool heap_is_there(void)
{
	bool opens = false;

	for (uint32_t source = CORE_SOURCE_CONTIGUOUS_HEAP; source <= CORE_SOURCE_UDMABUF && !opens; source++)
		heap_node(source, &opens);
	return opens;
}

int heap_allocate(uint32_t source, uint32_t size, int *fd, uint32_t *granted)
{
	const uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	int error;

	*fd = -1;
	if (size == 0 || size > INT32_MAX - page)
		return EINVAL;
	*granted = (size + page - 1) / page * page;
	switch (source) {
	case CORE_SOURCE_CONTIGUOUS_HEAP:
		error = allocate_from_heaps(contiguous, *granted, fd);
		break;
	case CORE_SOURCE_SYSTEM_HEAP:
		error = allocate_from_heaps(scattered, *granted, fd);
		break;
	case CORE_SOURCE_UDMABUF:
		error = allocate_from_memfd(*granted, fd);
		break;
	default:
		return EINVAL;
	}
	if (error)
		*granted = 0;
	return error;
}
