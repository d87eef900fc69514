/* SPDX-License-Identifier: MIT
 * What newer kernel headers name and older ones keep reserved, at the same place in all of them. */
#ifndef TEST_DEVICE_UAPI_H
#define TEST_DEVICE_UAPI_H

#include <linux/videodev2.h>
#include <stddef.h>
#include <stdint.h>

/* v4l2_create_buffers.max_num_buffers, since Linux 6.8: the word behind flags. */
#define CREATE_BUFFERS_MAX_NUM_BUFFERS (offsetof(struct v4l2_create_buffers, flags) + sizeof(uint32_t))

static inline uint32_t get_max_num_buffers(const struct v4l2_create_buffers *create)
{
	return *(const uint32_t *)((const char *)create + CREATE_BUFFERS_MAX_NUM_BUFFERS);
}

static inline void set_max_num_buffers(struct v4l2_create_buffers *create, uint32_t value)
{
	*(uint32_t *)((char *)create + CREATE_BUFFERS_MAX_NUM_BUFFERS) = value;
}

#endif
