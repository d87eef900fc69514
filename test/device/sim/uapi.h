/* SPDX-License-Identifier: MIT
 *
 * <linux/videodev2.h> of Linux 6.12, where the headers of the system are older.
 */
#ifndef TEST_DEVICE_SIM_UAPI_H
#define TEST_DEVICE_SIM_UAPI_H

#include <linux/videodev2.h>
#include <stdint.h>

#ifndef V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS
#define V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS (1 << 7) /* Linux 6.8 */
#endif
#ifndef V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS
#define V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS (1 << 8) /* Linux 6.10 */
#endif
#ifndef VIDIOC_REMOVE_BUFS
struct v4l2_remove_buffers { /* Linux 6.10 */
	uint32_t index;
	uint32_t count;
	uint32_t type;
	uint32_t reserved[13];
};
#define VIDIOC_REMOVE_BUFS _IOWR('V', 104, struct v4l2_remove_buffers)
#endif

#endif
