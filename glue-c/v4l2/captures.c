/* SPDX-License-Identifier: MIT */
#include "captures.h"

#include <errno.h>
#include <string.h>

#include "allocate.h"

void captures_init(struct capture_buffers *captures)
{
	memset(captures, 0, sizeof(*captures));
	for (uint32_t i = 0; i < CORE_MAX_CAPTURE_BUFFERS; i++)
		captures->own[i] = (struct dmabuf)DMABUF_NONE;
	captures_stopped(captures);
}

void captures_queued(struct capture_buffers *captures, uint32_t index, uint32_t surface)
{
	captures->queued[index] = surface;
}

void captures_returned(struct capture_buffers *captures, uint32_t index)
{
	captures->queued[index] = CORE_NONE;
}

void captures_stopped(struct capture_buffers *captures)
{
	for (uint32_t i = 0; i < CORE_MAX_CAPTURE_BUFFERS; i++)
		captures->queued[i] = CORE_NONE;
}

bool captures_hold(const struct capture_buffers *captures, uint32_t surface)
{
	for (uint32_t i = 0; i < CORE_MAX_CAPTURE_BUFFERS; i++) {
		if (captures->queued[i] == surface)
			return true;
	}
	return false;
}

void captures_close(struct capture_buffers *captures)
{
	for (uint32_t i = 0; i < CORE_MAX_CAPTURE_BUFFERS; i++)
		dmabuf_close(&captures->own[i]);
	captures->count = 0;
}

/* QBUF and DQBUF keep caches in order for a mapping of the node (vb2 finish and prepare). */
static int map_buffer(struct dmabuf *own, const struct v4l2_device *device, uint32_t index,
                      const struct core_layout *layout)
{
	struct v4l2_device_memory memory;
	int error = device_query_buffer(device, CORE_QUEUE_CAPTURE, index, &memory);

	if (error)
		return error;
	dmabuf_set_sizes(own, memory.length[0], memory.length[1]);
	if (layout && !dmabuf_holds(own, layout))
		return EPROTO;
	return dmabuf_map_at(own, device->video_fd, memory.offset);
}

int captures_request(struct capture_buffers *captures, const struct v4l2_device *device, uint32_t count,
                     bool mmap, const struct core_layout *layout, struct core_buffers *result)
{
	const uint32_t memory = mmap ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF;
	uint32_t none = 0;
	uint32_t capabilities;
	int error;

	memset(result, 0, sizeof(*result));
	captures_close(captures);
	captures->mmap = mmap;
	error = device_request_buffers(device, CORE_QUEUE_CAPTURE, memory, &count, &result->capabilities);
	if (error)
		return error;
	/* A driver may grant more than asked (min_queued_buffers). */
	if (count > CORE_MAX_CAPTURE_BUFFERS)
		count = CORE_MAX_CAPTURE_BUFFERS;
	for (uint32_t i = 0; mmap && i < count && !error; i++)
		error = map_buffer(&captures->own[i], device, i, layout);
	if (error) {
		captures_close(captures);
		device_request_buffers(device, CORE_QUEUE_CAPTURE, memory, &none, &capabilities);
		return error;
	}
	captures->count = count;
	result->count = count;
	result->length = layout ? layout->size : 0;
	return 0;
}

int captures_own_memory(struct capture_buffers *captures, uint32_t index, const char *video_path,
                        const struct core_allocation *allocation, const void *control,
                        const struct core_layout *layout)
{
	struct dmabuf *own = &captures->own[index];
	struct core_format format;
	int error;

	if (own->map)
		return 0;
	error = allocate_picture(own, video_path, allocation, control, &format);
	if (!error && !dmabuf_holds(own, layout))
		error = ENOMEM;
	if (!error)
		error = dmabuf_map(own);
	if (error)
		dmabuf_close(own);
	return error;
}
