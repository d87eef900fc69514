/* SPDX-License-Identifier: MIT
 *
 * The CAPTURE buffers of one context. As a rule they are names for memory that surfaces own (V4L2_MEMORY_DMABUF). Those of
 * a decoder that imports nothing have memory of their own (MMAP); and where a surface's memory does not suit the stream,
 * its buffer gets some here. Used under the executor's lock.
 */
#ifndef GLUE_V4L2_CAPTURES_H
#define GLUE_V4L2_CAPTURES_H

#include <stdbool.h>
#include <stdint.h>

#include "../core/exchange.h"
#include "../memory/dmabuf.h"
#include "device.h"

struct capture_buffers {
	struct dmabuf own[CORE_MAX_CAPTURE_BUFFERS]; /* MMAP: mapped, and without a descriptor */
	uint32_t queued
		[CORE_MAX_CAPTURE_BUFFERS]; /* the surface whose picture the device writes; CORE_NONE: not queued */
	uint32_t count;
	bool mmap;
};

/* No buffers. */
void captures_init(struct capture_buffers *captures);
/* REQBUFS on CAPTURE; count 0 frees everything. layout: of the pictures, NULL when none is known. Returns 0 or errno, and then
 * there are none. */
int captures_request(struct capture_buffers *captures, const struct v4l2_device *device, uint32_t count,
                     bool mmap, const struct core_layout *layout, struct core_buffers *result);
/* Gives buffer `index` memory of its own, mapped, for pictures of `layout`, unless it has some already. Returns 0 or errno. */
int captures_own_memory(struct capture_buffers *captures, uint32_t index, const char *video_path,
                        const struct core_allocation *allocation, const void *control,
                        const struct core_layout *layout);
/* Buffer `index` was queued for this surface, and given back; the queue was stopped. */
void captures_queued(struct capture_buffers *captures, uint32_t index, uint32_t surface);
void captures_returned(struct capture_buffers *captures, uint32_t index);
void captures_stopped(struct capture_buffers *captures);
/* Whether the device has a buffer for this surface. */
bool captures_hold(const struct capture_buffers *captures, uint32_t surface);
/* Unmaps and closes without a word to the device. */
void captures_close(struct capture_buffers *captures);

#endif
