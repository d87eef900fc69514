/* SPDX-License-Identifier: MIT */
#include "allocate.h"

#include <errno.h>

#include "../memory/heap.h"
#include "device.h"

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
	for (uint32_t i = 0; i < format->plane_count && i < CORE_MAX_V4L2_PLANES; i++) {
		if (!format->sizeimage[i])
			return EINVAL;
	}
	return format->plane_count >= 1 && format->plane_count <= CORE_MAX_V4L2_PLANES ? 0 : EINVAL;
}

/* The only buffer of the queue, as large as the format says. */
static int export_memory(struct dmabuf *memory, const struct v4l2_device *device, uint32_t queue,
                         const struct core_format *format)
{
	struct v4l2_device_memory planes;
	int error = device_query_buffer(device, queue, 0, &planes);

	if (error)
		return error;
	if (planes.count != format->plane_count)
		return EINVAL;
	for (uint32_t i = 0; i < planes.count; i++) {
		if (planes.length[i] < format->sizeimage[i])
			return EINVAL;
	}
	error = device_export_buffer(device, queue, 0, 0, &memory->fd);
	if (!error && planes.count == 2)
		error = device_export_buffer(device, queue, 0, 1, &memory->second_fd);
	if (error)
		dmabuf_close(memory);
	else
		dmabuf_set_sizes(memory, planes.length[0], planes.length[1]);
	return error;
}

/* What CAPTURE has, and sets *format to; or OUTPUT, as large as *format says. */
static int settle_queue(const struct v4l2_device *device, uint32_t queue,
                        const struct core_allocation *allocation, const void *control,
                        struct core_format *format)
{
	struct core_format coded;

	if (queue == CORE_QUEUE_CAPTURE)
		return settle_format(device, allocation, control, format);
	return device_set_format(device, CORE_QUEUE_OUTPUT, allocation->coded_fourcc, allocation->width,
	                         allocation->height, format->sizeimage[0], &coded);
}

static int allocate_from_decoder(struct dmabuf *memory, const char *video_path, uint32_t queue,
                                 const struct core_allocation *allocation, const void *control,
                                 struct core_format *format)
{
	struct v4l2_device device;
	struct core_format settled = *format;
	uint32_t count = 1;
	uint32_t capabilities;
	int error = device_open(&device, video_path, NULL);

	if (error)
		return error;
	error = settle_queue(&device, queue, allocation, control, &settled);
	if (!error) {
		*format = settled;
		error = device_request_buffers(&device, queue, V4L2_MEMORY_MMAP, &count, &capabilities);
	}
	if (!error && count == 0)
		error = ENOMEM;
	if (!error)
		error = export_memory(memory, &device, queue, format);
	device_close(&device);
	return error;
}

/* What CAPTURE would have; *format stays where the decoder cannot be asked. */
static void ask_format(const char *video_path, const struct core_allocation *allocation, const void *control,
                       struct core_format *format)
{
	struct v4l2_device device;
	struct core_format settled;

	if (device_open(&device, video_path, NULL))
		return;
	if (!settle_format(&device, allocation, control, &settled))
		*format = settled;
	device_close(&device);
}

static int allocate_from(uint32_t source, struct dmabuf *memory, const char *video_path,
                         const struct core_allocation *allocation, const void *control,
                         struct core_format *format)
{
	switch (source) {
	case CORE_SOURCE_DECODER:
		return allocate_from_decoder(memory, video_path, CORE_QUEUE_CAPTURE, allocation, control, format);
	case CORE_SOURCE_DECODER_OUTPUT:
		return allocate_from_decoder(memory, video_path, CORE_QUEUE_OUTPUT, allocation, control, format);
	default:
		if (format->plane_count != 1)
			return EINVAL;
		return heap_allocate(source, format->sizeimage[0], &memory->fd, &memory->size);
	}
}

int allocate_picture(struct dmabuf *memory, const char *video_path, const struct core_allocation *allocation,
                     const void *control, struct core_format *format)
{
	bool asks = allocation->ask_format;
	int worst = EINVAL;

	*memory = (struct dmabuf)DMABUF_NONE;
	*format = allocation->assumed;
	for (uint32_t i = 0; i < CORE_MAX_SOURCES && allocation->sources[i] != CORE_SOURCE_NONE; i++) {
		const uint32_t source = allocation->sources[i];
		const bool of_decoder = source == CORE_SOURCE_DECODER || source == CORE_SOURCE_DECODER_OUTPUT;
		int error;

		if (asks && !of_decoder) {
			ask_format(video_path, allocation, control, format);
			asks = false;
		}
		error = allocate_from(source, memory, video_path, allocation, control, format);
		if (!error)
			return 0;
		/* The decoder, which should have some, says best what is wrong. */
		if (i == 0 || of_decoder)
			worst = error;
	}
	return worst;
}
