/* SPDX-License-Identifier: MIT
 *
 * Buffers of one queue: drivers/media/common/videobuf2/videobuf2-core.c and videobuf2-v4l2.c, for one memory plane,
 * MMAP and DMABUF. Checks come in the kernel's order, so that the first errno is the kernel's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../uapi.h"
#include "sim.h"

enum {
	PAGE_BITS = 12,
	BUFFER_SHIFT = PAGE_BITS + 3, /* PLANE_INDEX_SHIFT */
	CAPTURE_OFFSET = 1 << 30      /* DST_QUEUE_OFF_BASE */
};

void sim_list_add(struct sim_list *list, struct sim_buffer *buffer)
{
	list->items[list->count++] = buffer;
}

void sim_list_remove(struct sim_list *list, struct sim_buffer *buffer)
{
	for (unsigned i = 0; i < list->count; i++) {
		if (list->items[i] != buffer)
			continue;
		memmove(&list->items[i], &list->items[i + 1], (list->count - i - 1) * sizeof(list->items[0]));
		list->count--;
		return;
	}
}

struct sim_buffer *sim_list_first(const struct sim_list *list)
{
	return list->count > 0 ? list->items[0] : NULL;
}

bool sim_queue_is_multiplanar(const struct sim_queue *queue)
{
	return queue->context->device->kind.multiplanar;
}

static const struct sim_format *format_of(const struct sim_queue *queue)
{
	return queue->output ? &queue->context->output_format : &queue->context->capture_format;
}

static bool supports_requests(const struct sim_queue *queue)
{
	return queue->output && queue->context->device->requests;
}

/* vb2_is_busy(): REMOVE_BUFS of the last buffer does not change it. */
bool sim_queue_busy(const struct sim_queue *queue)
{
	return queue->busy;
}

static struct sim_buffer *buffer_at(const struct sim_queue *queue, uint32_t index)
{
	return index < queue->max_buffers ? queue->buffers[index] : NULL;
}

/* ---- life of buffers ------------------------------------------------------------------------------------ */

/* __vb2_queue_cancel(): what userspace did not dequeue it will never see. */
static void cancel(struct sim_queue *queue)
{
	struct sim_context *context = queue->context;

	/* The driver's stop_streaming (hantro_return_bufs): all that it has is returned as faulty. */
	while (queue->streaming && queue->ready.count > 0) {
		struct sim_buffer *buffer = queue->ready.items[0];

		sim_list_remove(&queue->ready, buffer);
		sim_request_controls_complete(buffer->bound, context);
		sim_buffer_done(buffer, SIM_BUFFER_ERROR);
	}
	queue->streaming = false;
	queue->uses_requests = false;
	queue->uses_qbuf = false;
	queue->queued.count = 0;
	queue->ready.count = 0;
	queue->done.count = 0;
	for (unsigned i = 0; i < queue->max_buffers; i++) {
		struct sim_buffer *buffer = queue->buffers[i];

		if (!buffer)
			continue;
		if (buffer->bound && buffer->bound->state == SIM_REQUEST_QUEUED)
			sim_request_controls_complete(buffer->bound, context); /* buf_request_complete */
		buffer->prepared = false;
		buffer->held = false;
		if (buffer->state != SIM_BUFFER_DEQUEUED) {
			buffer->state = SIM_BUFFER_DEQUEUED;
			buffer->request_descriptor = -1;
		}
		if (buffer->bound)
			sim_request_unbind_buffer(buffer);
		if (buffer->request)
			sim_request_put(buffer->request);
		buffer->request = NULL;
		buffer->copied_timestamp = false;
	}
	sim_changed();
}

/* __vb2_queue_free() */
static void free_buffers(struct sim_queue *queue, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++) {
		if (!queue->buffers[i])
			continue;
		for (unsigned k = 0; k < queue->buffers[i]->plane_count; k++)
			sim_memory_put(queue->buffers[i]->planes[k].memory);
		free(queue->buffers[i]);
		queue->buffers[i] = NULL;
		queue->buffer_count--;
	}
	if (queue->buffer_count == 0)
		queue->memory = 0;
}

void sim_queue_release(struct sim_queue *queue)
{
	cancel(queue);
	free_buffers(queue, 0, queue->max_buffers);
}

/* A buffer with planes of these sizes; NULL when there is no memory. */
static struct sim_buffer *new_buffer(struct sim_queue *queue, uint32_t memory, const uint32_t *sizes)
{
	struct sim_buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
	buffer->queue = queue;
	buffer->request_descriptor = -1;
	buffer->plane_count = format_of(queue)->plane_count;
	for (unsigned i = 0; i < buffer->plane_count; i++) {
		struct sim_plane *plane = &buffer->planes[i];

		plane->length = sizes[i];
		plane->min_length = sizes[i];
		if (memory != V4L2_MEMORY_MMAP)
			continue;
		plane->memory = sim_memory_new(sizes[i]);
		if (plane->memory)
			continue;
		if (i > 0)
			sim_memory_put(buffer->planes[0].memory);
		free(buffer);
		return NULL;
	}
	return buffer;
}

/* __vb2_queue_alloc(): at the first gap that is large enough; fewer when there is none. */
static unsigned allocate(struct sim_queue *queue, uint32_t memory, unsigned count, const uint32_t *sizes,
                         unsigned *first)
{
	unsigned start = 0;
	unsigned made;

	for (; count > 0; count--) {
		unsigned run = 0;

		for (start = 0; start < queue->max_buffers && run < count; start++)
			run = queue->buffers[start] ? 0 : run + 1;
		if (run == count) {
			start -= count;
			break;
		}
	}
	*first = count > 0 ? start : 0;
	for (made = 0; made < count; made++) {
		struct sim_buffer *buffer = new_buffer(queue, memory, sizes);

		if (!buffer)
			break;
		buffer->index = start + made;
		queue->buffers[buffer->index] = buffer;
		queue->buffer_count++;
	}
	return made;
}

/* Whether DMABUF is among the io_modes. */
static bool imports(const struct sim_queue *queue)
{
	return queue->output || queue->context->device->imports;
}

/* vb2_verify_memory_type(); USERPTR is not among io_modes. */
static int verify_memory_type(const struct sim_queue *queue, uint32_t memory, uint32_t type)
{
	if (memory != V4L2_MEMORY_MMAP && (memory != V4L2_MEMORY_DMABUF || !imports(queue)))
		return -EINVAL;
	return type == queue->type ? 0 : -EINVAL;
}

/* v4l_reqbufs(), vb2_set_flags_and_caps() */
static uint32_t capabilities(const struct sim_queue *queue)
{
	uint32_t result = V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS | V4L2_BUF_CAP_SUPPORTS_MMAP |
	                  V4L2_BUF_CAP_SUPPORTS_DMABUF | V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS;

	if (!imports(queue))
		result &= ~(uint32_t)V4L2_BUF_CAP_SUPPORTS_DMABUF;
	if (queue->output && queue->context->device->kind.hold)
		result |= V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
	if (supports_requests(queue))
		result |= V4L2_BUF_CAP_SUPPORTS_REQUESTS;
	return result;
}

int sim_queue_request_buffers(struct sim_queue *queue, struct v4l2_requestbuffers *request)
{
	int result = verify_memory_type(queue, request->memory, request->type);
	unsigned first;
	unsigned count;

	memset(request->reserved, 0, sizeof(request->reserved));
	request->flags = 0;
	request->capabilities = capabilities(queue);
	if (result)
		return result;
	if (queue->streaming)
		return -EBUSY;
	if (queue->waiting_in_dqbuf && request->count)
		return -EBUSY;
	if (request->count == 0 || queue->buffer_count > 0) {
		cancel(queue);
		free_buffers(queue, 0, queue->max_buffers);
		queue->busy = false;
		if (request->count == 0)
			return 0;
	}
	count = request->count < queue->max_buffers ? request->count : queue->max_buffers;
	count = allocate(queue, request->memory, count, format_of(queue)->sizeimage, &first);
	if (count == 0)
		return -ENOMEM;
	queue->memory = request->memory;
	queue->busy = true;
	request->count = count;
	return 0;
}

int sim_queue_create_buffers(struct sim_queue *queue, struct v4l2_create_buffers *create)
{
	int result = verify_memory_type(queue, create->memory, create->format.type);
	uint32_t sizes[SIM_MAX_PLANES] = {0};
	unsigned first;
	unsigned count;

	create->index = queue->buffer_count;
	create->flags = 0;
	memset(create->reserved, 0, sizeof(create->reserved));
	create->capabilities = capabilities(queue) | V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS;
	set_max_num_buffers(create, queue->max_buffers);
	if (create->count == 0)
		return result;
	if (sim_queue_is_multiplanar(queue)) {
		const uint8_t planes = create->format.fmt.pix_mp.num_planes;

		if (planes == 0 || planes > VIDEO_MAX_PLANES)
			return -EINVAL;
		for (unsigned i = 0; i < SIM_MAX_PLANES; i++)
			sizes[i] = create->format.fmt.pix_mp.plane_fmt[i].sizeimage;
		if (planes != format_of(queue)->plane_count)
			result = -EINVAL; /* hantro_queue_setup() */
	} else {
		sizes[0] = create->format.fmt.pix.sizeimage;
	}
	if (sizes[0] == 0)
		return -EINVAL;
	if (result)
		return result;
	if (queue->buffer_count == queue->max_buffers)
		return -ENOBUFS;
	if (queue->buffer_count == 0) {
		if (queue->waiting_in_dqbuf)
			return -EBUSY;
	} else if (queue->memory != create->memory) {
		return -EINVAL;
	}
	for (unsigned i = 0; i < format_of(queue)->plane_count; i++) {
		if (sizes[i] < format_of(queue)->sizeimage[i])
			return -EINVAL; /* queue_setup of the driver */
	}
	count = queue->max_buffers - queue->buffer_count;
	count = allocate(queue, create->memory, create->count < count ? create->count : count, sizes, &first);
	if (count == 0)
		return -ENOMEM;
	queue->memory = create->memory;
	queue->busy = true;
	create->index = first;
	create->count = count;
	return 0;
}

/* vb2_core_remove_bufs() */
int sim_queue_remove_buffers(struct sim_queue *queue, const struct v4l2_remove_buffers *remove)
{
	if (remove->type != queue->type)
		return -EINVAL;
	if (remove->count == 0)
		return 0;
	if (remove->count > queue->buffer_count || remove->index > queue->max_buffers - remove->count)
		return -EINVAL;
	for (uint32_t i = remove->index; i < remove->index + remove->count; i++) {
		if (!queue->buffers[i])
			return -EINVAL;
		if (queue->buffers[i]->state != SIM_BUFFER_DEQUEUED)
			return -EBUSY;
	}
	free_buffers(queue, remove->index, remove->count);
	return 0;
}

int sim_queue_query(struct sim_queue *queue, struct v4l2_buffer *user)
{
	const struct sim_buffer *buffer;
	int result;

	if (user->type != queue->type)
		return -EINVAL;
	buffer = buffer_at(queue, user->index);
	if (!buffer)
		return -EINVAL;
	result = sim_buffer_verify_planes(buffer, user);
	if (!result)
		sim_buffer_to_user(buffer, user);
	return result;
}

/* ---- QBUF -------------------------------------------------------------------------------------------------- */

/* __vb2_plane_dmabuf_put() */
static void detach_dmabuf(struct sim_plane *plane)
{
	if (!plane->memory)
		return;
	sim_memory_put(plane->memory);
	*plane = (struct sim_plane){.min_length = plane->min_length};
}

/* __prepare_dmabuf(): the buffer keeps a reference of its own to the memory. */
static int prepare_plane(struct sim_buffer *buffer, unsigned number)
{
	struct sim_plane *plane = &buffer->planes[number];
	const struct sim_plane *wanted = &buffer->wanted[number];
	struct sim_memory *memory = sim_memory_of_descriptor(wanted->descriptor);
	uint32_t length = wanted->length;

	if (!memory)
		return -EINVAL;
	if (length == 0)
		length = (uint32_t)memory->size;
	/* vb2_dc_map_dmabuf() refuses what is smaller than the length that was claimed. */
	if (length < plane->min_length || memory->size < length)
		return length < plane->min_length ? -EINVAL : -EFAULT;
	if (memory != plane->memory || plane->length != length) {
		if (plane->memory)
			buffer->copied_timestamp = false;
		sim_memory_reference(memory);
		sim_memory_put(plane->memory);
		plane->memory = memory;
	}
	plane->length = length;
	plane->descriptor = wanted->descriptor;
	plane->bytesused = wanted->bytesused;
	plane->data_offset = wanted->data_offset;
	return 0;
}

static void detach_dmabufs(struct sim_buffer *buffer)
{
	for (unsigned i = 0; i < buffer->plane_count; i++)
		detach_dmabuf(&buffer->planes[i]);
}

/* When it fails, what was attached before is gone, too. */
static int prepare_dmabuf(struct sim_buffer *buffer)
{
	int result = 0;

	for (unsigned i = 0; i < buffer->plane_count && !result; i++)
		result = prepare_plane(buffer, i);
	if (result)
		detach_dmabufs(buffer);
	return result;
}

/* __buf_prepare() */
int sim_buffer_prepare(struct sim_buffer *buffer)
{
	struct sim_queue *queue = buffer->queue;
	int result = 0;

	if (buffer->prepared)
		return 0;
	if (queue->output)
		buffer->field = V4L2_FIELD_NONE; /* buf_out_validate of every driver */
	if (queue->memory == V4L2_MEMORY_DMABUF) {
		result = prepare_dmabuf(buffer);
	} else {
		buffer->planes[0].bytesused = buffer->wanted[0].bytesused;
		buffer->planes[0].data_offset = buffer->wanted[0].data_offset;
	}
	if (result)
		return result;
	/* buf_prepare of the driver: the format may have grown since the buffer was allocated. */
	for (unsigned i = 0; i < buffer->plane_count; i++) {
		if (buffer->planes[i].length < format_of(queue)->sizeimage[i]) {
			if (queue->memory == V4L2_MEMORY_DMABUF)
				detach_dmabufs(buffer);
			return -EINVAL;
		}
		if (!queue->output)
			buffer->planes[i].bytesused = format_of(queue)->sizeimage[i];
	}
	buffer->prepared = true;
	return 0;
}

/* The last part of vb2_core_qbuf(): into the queue, and to the driver when it streams. */
static int enqueue(struct sim_buffer *buffer)
{
	struct sim_queue *queue = buffer->queue;
	int result;

	if (buffer->state != SIM_BUFFER_DEQUEUED && buffer->state != SIM_BUFFER_IN_REQUEST)
		return -EINVAL;
	result = sim_buffer_prepare(buffer);
	if (result)
		return result;
	sim_list_add(&queue->queued, buffer);
	buffer->state = SIM_BUFFER_QUEUED;
	if (queue->streaming) {
		buffer->state = SIM_BUFFER_ACTIVE;
		sim_list_add(&queue->ready, buffer);
	}
	sim_changed(); /* POLLERR goes away with the first buffer */
	return 0;
}

int sim_buffer_enqueue_from_request(struct sim_buffer *buffer)
{
	return enqueue(buffer);
}

static int queue_into_request(struct sim_buffer *buffer, struct v4l2_buffer *user)
{
	struct sim_queue *queue = buffer->queue;
	struct sim_request *request = sim_request_of_descriptor(queue->context->device, user->request_fd);
	int result = 0;

	if (!request)
		return -EINVAL; /* media_request_get_by_fd() */
	if (request->state != SIM_REQUEST_IDLE) {
		result = -EBUSY;
		goto out;
	}
	buffer->request_descriptor = user->request_fd;
	queue->uses_requests = true;
	buffer->field = V4L2_FIELD_NONE;
	result = sim_request_bind_buffer(request, buffer);
	if (result)
		goto out;
	buffer->state = SIM_BUFFER_IN_REQUEST;
	sim_request_reference(request);
	buffer->request = request;
	sim_buffer_take_timestamp(buffer, user);
	sim_buffer_to_user(buffer, user);
out:
	sim_request_put(request);
	return result;
}

/* The first part of vb2_queue_or_prepare_buf(): what both have in common. */
static int take_from_user(struct sim_queue *queue, const struct v4l2_buffer *user, bool prepare,
                          struct sim_buffer **buffer)
{
	int result;

	*buffer = buffer_at(queue, user->index);
	if (!*buffer || user->type != queue->type || user->memory != queue->memory)
		return -EINVAL;
	result = sim_buffer_verify_planes(*buffer, user);
	if (result)
		return result;
	if (!prepare && user->flags & V4L2_BUF_FLAG_REQUEST_FD && (*buffer)->state != SIM_BUFFER_DEQUEUED)
		return -EINVAL;
	return (*buffer)->prepared ? 0 : sim_buffer_from_user(*buffer, user);
}

/* vb2_prepare_buf() */
int sim_queue_prepare(struct sim_queue *queue, struct v4l2_buffer *user)
{
	struct sim_buffer *buffer;
	int result;

	if (user->flags & V4L2_BUF_FLAG_REQUEST_FD)
		return -EINVAL;
	result = take_from_user(queue, user, true, &buffer);
	if (result)
		return result;
	if (buffer->state != SIM_BUFFER_DEQUEUED || buffer->prepared)
		return -EINVAL;
	result = sim_buffer_prepare(buffer);
	if (!result)
		sim_buffer_to_user(buffer, user);
	return result;
}

int sim_queue_qbuf(struct sim_queue *queue, struct v4l2_buffer *user)
{
	struct sim_buffer *buffer;
	int result;

	if (!queue->output && user->flags & V4L2_BUF_FLAG_REQUEST_FD)
		return -EPERM; /* v4l2_m2m_qbuf() */
	result = take_from_user(queue, user, false, &buffer);
	if (result)
		return result;
	if (user->flags & V4L2_BUF_FLAG_REQUEST_FD) {
		if (!supports_requests(queue))
			return -EBADR;
		if (queue->uses_qbuf)
			return -EBUSY;
		return queue_into_request(buffer, user);
	}
	if (supports_requests(queue) && queue->context->device->requires_requests)
		return -EBADR;
	if (queue->uses_requests)
		return -EBUSY;
	queue->uses_qbuf = true;
	result = enqueue(buffer);
	if (result)
		return result;
	sim_buffer_take_timestamp(buffer, user);
	sim_buffer_to_user(buffer, user);
	sim_m2m_try_schedule(queue->context);
	return 0;
}

/* ---- completion and DQBUF ------------------------------------------------------------------------------------ */

void sim_buffer_done(struct sim_buffer *buffer, enum sim_buffer_state state)
{
	sim_list_add(&buffer->queue->done, buffer);
	buffer->state = state;
	if (buffer->bound)
		sim_request_unbind_buffer(buffer);
	sim_changed();
}

int sim_queue_dqbuf(struct sim_queue *queue, struct v4l2_buffer *user, bool nonblocking)
{
	struct sim_buffer *buffer;
	int result;

	if (user->type != queue->type)
		return -EINVAL;
	for (;;) {
		if (queue->waiting_in_dqbuf)
			return -EBUSY;
		if (!queue->streaming)
			return -EINVAL;
		if (queue->done.count > 0)
			break;
		if (nonblocking)
			return -EAGAIN;
		queue->waiting_in_dqbuf = true;
		sim_wait(0);
		queue->waiting_in_dqbuf = false;
		if (queue->context->device->gone)
			return -ENODEV;
	}
	buffer = sim_list_first(&queue->done);
	result = sim_buffer_verify_planes(buffer, user);
	if (result)
		return result;
	sim_list_remove(&queue->done, buffer);
	buffer->prepared = false;
	sim_buffer_to_user(buffer, user);
	user->flags &= ~(uint32_t)V4L2_BUF_FLAG_DONE;
	sim_list_remove(&queue->queued, buffer);
	buffer->state = SIM_BUFFER_DEQUEUED;
	buffer->request_descriptor = -1;
	if (buffer->request)
		sim_request_put(buffer->request);
	buffer->request = NULL;
	return 0;
}

/* ---- the rest -------------------------------------------------------------------------------------------------- */

int sim_queue_export(struct sim_queue *queue, struct v4l2_exportbuffer *export)
{
	const struct sim_buffer *buffer = buffer_at(queue, export->index);
	int descriptor;

	if (!buffer || queue->memory != V4L2_MEMORY_MMAP)
		return -EINVAL;
	if (export->flags & ~(uint32_t)(O_CLOEXEC | O_ACCMODE))
		return -EINVAL;
	if (export->type != queue->type || export->plane >= buffer->plane_count)
		return -EINVAL;
	descriptor = sim_memory_export(buffer->planes[export->plane].memory, export->flags);
	if (descriptor < 0)
		return descriptor;
	export->fd = descriptor;
	return 0;
}

/* vb2_core_streamon() and vb2_start_streaming(); no driver here needs a minimum of queued buffers. */
int sim_queue_stream_on(struct sim_queue *queue, uint32_t type)
{
	if (type != queue->type)
		return -EINVAL;
	if (queue->streaming)
		return 0;
	if (queue->buffer_count == 0)
		return -EINVAL;
	queue->streaming = true;
	queue->sequence = 0;
	for (unsigned i = 0; i < queue->queued.count; i++) {
		queue->queued.items[i]->state = SIM_BUFFER_ACTIVE;
		sim_list_add(&queue->ready, queue->queued.items[i]);
	}
	sim_changed();
	return 0;
}

int sim_queue_stream_off(struct sim_queue *queue, uint32_t type)
{
	if (type != queue->type)
		return -EINVAL;
	cancel(queue);
	return 0;
}

struct sim_buffer *sim_queue_find_timestamp(struct sim_queue *queue, uint64_t timestamp)
{
	for (unsigned i = 0; i < queue->max_buffers; i++) {
		struct sim_buffer *buffer = queue->buffers[i];

		if (buffer && buffer->copied_timestamp && buffer->timestamp == timestamp)
			return buffer;
	}
	return NULL;
}

/* vb2_mmap(): the offset is a name, a buffer is always mapped from its beginning. */
int sim_queue_map(struct sim_queue *queue, uint64_t offset, size_t length, int protection, int flags,
                  struct sim_memory **memory)
{
	const size_t page = (size_t)1 << PAGE_BITS;
	const struct sim_buffer *buffer;

	if ((flags & MAP_TYPE) == MAP_PRIVATE)
		return -EINVAL;
	if (!(protection & (queue->output ? PROT_WRITE : PROT_READ)))
		return -EINVAL;
	if (queue->memory != V4L2_MEMORY_MMAP)
		return -EINVAL;
	if (!queue->output)
		offset -= CAPTURE_OFFSET;
	buffer = buffer_at(queue, (uint32_t)(offset >> BUFFER_SHIFT));
	if (!buffer || (offset >> PAGE_BITS & 7) >= buffer->plane_count)
		return -EINVAL;
	*memory = buffer->planes[offset >> PAGE_BITS & 7].memory;
	if ((length + page - 1) / page * page > (*memory)->size)
		return -EINVAL;
	return 0;
}
