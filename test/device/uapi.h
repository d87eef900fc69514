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

/* v4l2_ctrl_hevc_decode_params.num_delta_pocs_of_ref_rps_idx, since Linux 6.6 and 6.1.53: the byte behind poc_lt_curr. */
#define HEVC_NUM_DELTA_POCS \
	(offsetof(struct v4l2_ctrl_hevc_decode_params, poc_lt_curr) + V4L2_HEVC_DPB_ENTRIES_NUM_MAX)

static inline uint8_t get_num_delta_pocs(const struct v4l2_ctrl_hevc_decode_params *params)
{
	return *((const uint8_t *)params + HEVC_NUM_DELTA_POCS);
}

static inline void set_num_delta_pocs(struct v4l2_ctrl_hevc_decode_params *params, uint8_t value)
{
	*((uint8_t *)params + HEVC_NUM_DELTA_POCS) = value;
}

#endif
