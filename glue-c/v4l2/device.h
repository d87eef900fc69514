/* SPDX-License-Identifier: MIT
 *
 * One open decoder: its video node, its media node, and every ioctl that is done on them. Functions that can fail
 * return 0 or a positive errno. No state beyond the descriptors; no locks.
 */
#ifndef GLUE_V4L2_DEVICE_H
#define GLUE_V4L2_DEVICE_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/exchange.h"
#include "../memory/dmabuf.h"

struct v4l2_device {
	int video_fd;
	int media_fd;
	bool multiplanar; /* cedrus speaks the single-planar API */
};

/* What VIDIOC_DQBUF gave back. */
struct v4l2_device_done {
	uint32_t index;
	uint32_t flags; /* V4L2_BUF_FLAG_* */
};

/* The memory planes of an MMAP buffer, as VIDIOC_QUERYBUF has them. */
struct v4l2_device_memory {
	uint32_t count; /* 1 or 2 */
	uint32_t length[CORE_MAX_V4L2_PLANES];
	uint32_t offset[CORE_MAX_V4L2_PLANES];
};

#define V4L2_DEVICE_CLOSED {.video_fd = -1, .media_fd = -1}

/* Whether an errno is trouble, and not the device's answer to the question. */
bool v4l2_is_trouble(int error);

/* open() of a video or media node that goes on after a signal. 0 or errno; *fd is -1 then. */
int node_open(const char *path, int *fd);
/* media_path may be NULL: then there is no media_fd (enough to enumerate and to allocate). */
int device_open(struct v4l2_device *device, const char *video_path, const char *media_path);
void device_close(struct v4l2_device *device);

/* enum v4l2_buf_type of CORE_QUEUE_OUTPUT / CORE_QUEUE_CAPTURE. */
uint32_t device_buffer_type(const struct v4l2_device *device, uint32_t queue);

/* sizeimage: bytes wanted of an OUTPUT buffer, 0 for the driver's choice. */
int device_set_format(const struct v4l2_device *device, uint32_t queue, uint32_t fourcc, uint32_t width,
                      uint32_t height, uint32_t sizeimage, struct core_format *result);

/* request_fd -1: at once. */
int device_set_controls(const struct v4l2_device *device, int request_fd, struct v4l2_ext_control *controls,
                        uint32_t count);

/* memory: V4L2_MEMORY_MMAP or V4L2_MEMORY_DMABUF. count comes back as granted. */
int device_request_buffers(const struct v4l2_device *device, uint32_t queue, uint32_t memory, uint32_t *count,
                           uint32_t *capabilities);
/* CREATE_BUFS on OUTPUT, MMAP, in the current format with another sizeimage. */
int device_create_buffers(const struct v4l2_device *device, uint32_t size, uint32_t *count, uint32_t *first,
                          uint32_t *capabilities);
int device_query_buffer(const struct v4l2_device *device, uint32_t queue, uint32_t index,
                        struct v4l2_device_memory *memory);
/* A dma-buf of a memory plane of an MMAP buffer. */
int device_export_buffer(const struct v4l2_device *device, uint32_t queue, uint32_t index, uint32_t plane,
                         int *fd);

int device_stream(const struct v4l2_device *device, uint32_t queue, bool on);
int device_flush(const struct v4l2_device *device);

int device_queue_output(const struct v4l2_device *device, uint32_t index, uint32_t bytes, uint64_t timestamp,
                        uint32_t flags, int request_fd);
/* memory: without descriptors it is MMAP, the buffer's own. */
int device_queue_capture(const struct v4l2_device *device, uint32_t index, const struct dmabuf *memory);
int device_dequeue(const struct v4l2_device *device, uint32_t queue, struct v4l2_device_done *done);

int device_allocate_request(const struct v4l2_device *device, int *request_fd);
int device_queue_request(int request_fd);
/* EBUSY: the request is not complete yet; poll it for POLLPRI. */
int device_reinit_request(int request_fd);

#endif
