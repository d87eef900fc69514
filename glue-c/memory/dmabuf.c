/* SPDX-License-Identifier: MIT */
#include "dmabuf.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../v4l2/device.h"
#include "heap.h"

/* S_FMT(OUTPUT), sequence control, S_FMT(CAPTURE): the order that hantro, rkvdec and cedrus all take. */
static int settle_format(const struct v4l2_device *device, const struct core_allocation *allocation,
                         const void *control, struct core_format *format)
{
	struct core_format coded;
	int error = device_set_format(device, CORE_QUEUE_OUTPUT, allocation->coded_fourcc, allocation->width,
	                              allocation->height, 0, &coded);

	if (error)
		return error;
	if (allocation->control_size) {
		struct v4l2_ext_control sequence = {.id = allocation->control_id, .size = allocation->control_size};

		sequence.ptr = (void *)(uintptr_t)control;
		error = device_set_controls(device, -1, &sequence, 1);
		if (error)
			return error;
	}
	error = device_set_format(device, CORE_QUEUE_CAPTURE, allocation->capture_fourcc, allocation->width,
	                          allocation->height, 0, format);
	if (error)
		return error;
	return format->plane_count == 1 && format->sizeimage[0] ? 0 : EINVAL;
}

static int allocate_from_decoder(struct dmabuf *memory, const char *video_path,
                                 const struct core_allocation *allocation, const void *control,
                                 struct core_format *format)
{
	struct v4l2_device device;
	struct core_format settled;
	uint32_t count = 1;
	uint32_t capabilities;
	uint32_t length = 0;
	uint32_t offset;
	int error = device_open(&device, video_path, NULL);

	if (error)
		return error;
	error = settle_format(&device, allocation, control, &settled);
	if (!error) {
		*format = settled;
		error = device_request_buffers(&device, CORE_QUEUE_CAPTURE, V4L2_MEMORY_MMAP, &count, &capabilities);
	}
	if (!error && count == 0)
		error = ENOMEM;
	if (!error)
		error = device_query_buffer(&device, CORE_QUEUE_CAPTURE, 0, &length, &offset);
	if (!error && length < format->sizeimage[0])
		error = EINVAL;
	if (!error)
		error = device_export_buffer(&device, 0, &memory->fd);
	if (!error)
		memory->size = length;
	device_close(&device);
	return error;
}

int dmabuf_allocate(struct dmabuf *memory, const char *video_path, const struct core_allocation *allocation,
                    const void *control, struct core_format *format)
{
	int first = EINVAL;

	memory->fd = -1;
	memory->size = 0;
	memory->map = NULL;
	*format = allocation->assumed;
	for (uint32_t i = 0; i < CORE_MAX_SOURCES && allocation->sources[i] != CORE_SOURCE_NONE; i++) {
		const uint32_t source = allocation->sources[i];
		int error = source == CORE_SOURCE_DECODER
		                ? allocate_from_decoder(memory, video_path, allocation, control, format)
		                : heap_allocate(source, format->sizeimage[0], &memory->fd, &memory->size);

		if (!error)
			return 0;
		/* The one that should have had some says best what is wrong. */
		if (i == 0)
			first = error;
	}
	return first;
}

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
		error = v4l2_ioctl(memory->fd, DMA_BUF_IOCTL_SYNC, &sync);
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
