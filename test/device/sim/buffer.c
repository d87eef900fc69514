/* SPDX-License-Identifier: MIT
 *
 * struct v4l2_buffer, to and from userspace: drivers/media/common/videobuf2/videobuf2-v4l2.c.
 */
#include <errno.h>
#include <string.h>

#include "sim.h"

enum {
	PLANE_SHIFT = 12,
	BUFFER_SHIFT = PLANE_SHIFT + 3, /* PLANE_INDEX_SHIFT */
	CAPTURE_OFFSET = 1 << 30,       /* DST_QUEUE_OFF_BASE */
	/* V4L2_BUFFER_MASK_FLAGS: those the kernel sets itself. */
	KERNEL_FLAGS = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_ERROR |
	               V4L2_BUF_FLAG_PREPARED | V4L2_BUF_FLAG_IN_REQUEST | V4L2_BUF_FLAG_REQUEST_FD |
	               V4L2_BUF_FLAG_TIMESTAMP_MASK,
	/* set_buffer_cache_hints(): no allocator of a decoder allows them. */
	CACHE_FLAGS = V4L2_BUF_FLAG_NO_CACHE_INVALIDATE | V4L2_BUF_FLAG_NO_CACHE_CLEAN,
	/* V4L2_BUFFER_OUT_FLAGS: those that mean something on OUTPUT only. */
	OUTPUT_FLAGS = V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_KEYFRAME |
	               V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF
};

/* __verify_planes_array() */
int sim_buffer_verify_planes(const struct sim_buffer *buffer, const struct v4l2_buffer *user)
{
	if (!sim_queue_is_multiplanar(buffer->queue))
		return 0;
	if (!user->m.planes || user->length < buffer->plane_count || user->length > VIDEO_MAX_PLANES)
		return -EINVAL;
	return 0;
}

static void plane_to_user(const struct sim_queue *queue, const struct sim_plane *plane, uint32_t offset,
                          struct v4l2_plane *user)
{
	user->bytesused = plane->bytesused;
	user->length = plane->length;
	if (queue->memory == V4L2_MEMORY_MMAP)
		user->m.mem_offset = offset;
	else
		user->m.fd = plane->descriptor;
	user->data_offset = plane->data_offset;
	memset(user->reserved, 0, sizeof(user->reserved));
}

/* __fill_v4l2_buffer(), with v4l2_m2m_adjust_mem_offset() */
void sim_buffer_to_user(const struct sim_buffer *buffer, struct v4l2_buffer *user)
{
	const struct sim_queue *queue = buffer->queue;
	const struct sim_plane *plane = &buffer->planes[0];
	const uint32_t offset = (buffer->index << BUFFER_SHIFT) + (queue->output ? 0 : CAPTURE_OFFSET);

	user->index = buffer->index;
	user->type = queue->type;
	user->memory = queue->memory;
	user->bytesused = 0;
	user->flags = (buffer->flags & ~(uint32_t)KERNEL_FLAGS) | V4L2_BUF_FLAG_TIMESTAMP_COPY;
	user->field = buffer->field;
	user->timestamp.tv_sec = (time_t)(buffer->timestamp / 1000000000u);
	user->timestamp.tv_usec = (suseconds_t)(buffer->timestamp % 1000000000u / 1000u);
	user->timecode = buffer->timecode;
	user->sequence = buffer->sequence;
	user->reserved2 = 0;
	user->request_fd = 0;
	if (sim_queue_is_multiplanar(queue)) {
		user->length = buffer->plane_count;
		for (unsigned i = 0; i < buffer->plane_count; i++)
			plane_to_user(queue, &buffer->planes[i], offset + (i << PLANE_SHIFT), &user->m.planes[i]);
	} else {
		user->length = plane->length;
		user->bytesused = plane->bytesused;
		if (queue->memory == V4L2_MEMORY_MMAP)
			user->m.offset = offset;
		else
			user->m.fd = plane->descriptor;
	}
	switch (buffer->state) {
	case SIM_BUFFER_QUEUED:
	case SIM_BUFFER_ACTIVE:
		user->flags |= V4L2_BUF_FLAG_QUEUED;
		break;
	case SIM_BUFFER_IN_REQUEST:
		user->flags |= V4L2_BUF_FLAG_IN_REQUEST;
		break;
	case SIM_BUFFER_ERROR:
		user->flags |= V4L2_BUF_FLAG_ERROR | V4L2_BUF_FLAG_DONE;
		break;
	case SIM_BUFFER_DONE:
		user->flags |= V4L2_BUF_FLAG_DONE;
		break;
	case SIM_BUFFER_DEQUEUED:
		break;
	}
	if (buffer->prepared && (buffer->state == SIM_BUFFER_DEQUEUED || buffer->state == SIM_BUFFER_IN_REQUEST))
		user->flags |= V4L2_BUF_FLAG_PREPARED;
	/* vb2_buffer_in_use(): attach_dmabuf() of no allocator counts users. */
	if (queue->memory == V4L2_MEMORY_MMAP && plane->memory->users > 0)
		user->flags |= V4L2_BUF_FLAG_MAPPED;
	if (buffer->request_descriptor >= 0) {
		user->flags |= V4L2_BUF_FLAG_REQUEST_FD;
		user->request_fd = buffer->request_descriptor;
	}
}

/* __verify_length() */
static int verify_length(const struct sim_buffer *buffer, const struct v4l2_buffer *user)
{
	uint32_t length = buffer->planes[0].length;
	uint32_t used;

	if (!buffer->queue->output)
		return 0;
	if (!sim_queue_is_multiplanar(buffer->queue))
		return user->bytesused > length ? -EINVAL : 0;
	if (user->memory == V4L2_MEMORY_DMABUF)
		length = user->m.planes[0].length;
	used = user->m.planes[0].bytesused ? user->m.planes[0].bytesused : length;
	if (user->m.planes[0].bytesused > length)
		return -EINVAL;
	if (user->m.planes[0].data_offset > 0 && user->m.planes[0].data_offset >= used)
		return -EINVAL;
	return 0;
}

/* vb2_fill_vb2_v4l2_buffer() */
int sim_buffer_from_user(struct sim_buffer *buffer, const struct v4l2_buffer *user)
{
	struct sim_queue *queue = buffer->queue;
	struct sim_plane *wanted = buffer->wanted;
	const bool dmabuf = user->memory == V4L2_MEMORY_DMABUF;
	uint32_t used = 0;
	int result = verify_length(buffer, user);

	if (result)
		return result;
	if (queue->output && user->field == V4L2_FIELD_ALTERNATE)
		return -EINVAL;
	memset(wanted, 0, sizeof(buffer->wanted));
	buffer->sequence = 0;
	buffer->request_descriptor = -1;
	buffer->held = false;
	if (sim_queue_is_multiplanar(queue)) {
		for (unsigned i = 0; i < buffer->plane_count; i++) {
			wanted[i].length = dmabuf ? user->m.planes[i].length : buffer->planes[i].length;
			wanted[i].descriptor = user->m.planes[i].m.fd;
		}
		wanted->data_offset = queue->output ? user->m.planes[0].data_offset : 0;
		used = user->m.planes[0].bytesused;
	} else {
		wanted->length = dmabuf ? user->length : buffer->planes[0].length;
		wanted->descriptor = user->m.fd;
		used = user->bytesused;
	}
	if (queue->output)
		wanted->bytesused = used ? used : wanted->length;
	buffer->flags = user->flags & ~(uint32_t)(KERNEL_FLAGS | CACHE_FLAGS);
	if (queue->output) {
		buffer->flags &= ~(uint32_t)V4L2_BUF_FLAG_TIMECODE;
		buffer->field = user->field;
		if (!queue->context->device->kind.hold)
			buffer->flags &= ~(uint32_t)V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
	} else {
		buffer->flags &= ~(uint32_t)(V4L2_BUF_FLAG_TSTAMP_SRC_MASK | OUTPUT_FLAGS | V4L2_BUF_FLAG_LAST);
	}
	return 0;
}

/* __copy_timestamp() */
void sim_buffer_take_timestamp(struct sim_buffer *buffer, const struct v4l2_buffer *user)
{
	if (!buffer->queue->output)
		return;
	buffer->timestamp =
		(uint64_t)user->timestamp.tv_sec * 1000000000u + (uint64_t)user->timestamp.tv_usec * 1000u;
	if (user->flags & V4L2_BUF_FLAG_TIMECODE) {
		buffer->flags |= V4L2_BUF_FLAG_TIMECODE;
		buffer->timecode = user->timecode;
	}
}
