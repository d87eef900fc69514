/* SPDX-License-Identifier: MIT */
#include "observe.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { VIDEO_MAJOR = 81 };

static struct observe_context *all;

/* ---- open nodes -------------------------------------------------------------------------------------------------- */

struct observe_context *observe_context_of(int descriptor)
{
	struct observe_context *context = all;

	while (context && context->descriptor != descriptor)
		context = context->next;
	return context;
}

struct observe_context *observe_context_open(int descriptor)
{
	struct v4l2_capability capability = {0};
	struct observe_context *context;
	struct stat status;
	uint32_t capabilities;

	if (fstat(descriptor, &status) || !S_ISCHR(status.st_mode) || major(status.st_rdev) != VIDEO_MAJOR ||
	    observe_real_ioctl(descriptor, VIDIOC_QUERYCAP, &capability))
		return NULL;
	capabilities =
		capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps : capability.capabilities;
	context = calloc(1, sizeof(*context));
	if (context)
		context->values = observe_values_new();
	if (!context || !context->values) {
		free(context);
		return NULL;
	}
	context->descriptor = descriptor;
	context->capture_type = capabilities & V4L2_CAP_VIDEO_M2M_MPLANE ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
	                                                                 : V4L2_BUF_TYPE_VIDEO_CAPTURE;
	observe_values_read(context->values, descriptor);
	for (int i = 0; i < OBSERVE_MAX_BUFFERS; i++)
		context->capture[i].dmabuf = -1;
	context->next = all;
	all = context;
	return context;
}

static void drop_jobs(struct observe_context *context)
{
	while (context->jobs)
		observe_context_job_drop(context);
}

static void forget_buffer(struct observe_buffer *buffer)
{
	if (buffer->dmabuf >= 0)
		observe_real_close(buffer->dmabuf);
	free(buffer->kept);
	*buffer = (struct observe_buffer){.dmabuf = -1};
}

bool observe_context_close(int descriptor)
{
	for (struct observe_context **link = &all; *link; link = &(*link)->next) {
		struct observe_context *context = *link;

		if (context->descriptor != descriptor)
			continue;
		*link = context->next;
		drop_jobs(context);
		for (int i = 0; i < OBSERVE_MAX_BUFFERS; i++)
			forget_buffer(&context->capture[i]);
		model_decoder_close(&context->model);
		observe_values_free(context->values);
		free(context);
		return true;
	}
	return false;
}

void observe_contexts_forget(void)
{
	all = NULL;
}

unsigned observe_context_count(void)
{
	unsigned count = 0;

	for (const struct observe_context *context = all; context; context = context->next)
		count++;
	return count;
}

/* ---- jobs ---------------------------------------------------------------------------------------------------------- */

/* With the values of v4l2_ctrl_request_setup(). The bytes are taken now: once the request has run, the program may write the next slice there. */
struct observe_job *observe_context_job_new(struct observe_context *context, const struct v4l2_buffer *output,
                                            const struct observe_values *values)
{
	const struct v4l2_plane plane = observe_plane(output);
	const size_t size = plane.bytesused - plane.data_offset;
	struct observe_job *job = calloc(1, sizeof(*job) + size);
	size_t length = 0;
	uint8_t *bytes = observe_map_kernel(context, output->type, output->index, &length);

	if (job && bytes && plane.bytesused <= length) {
		memcpy(job->bitstream, bytes + plane.data_offset, size);
		job->size = size;
	}
	observe_unmap(bytes, length);
	if (job)
		job->values = observe_values_new();
	if (!job || !job->values) {
		free(job);
		return NULL;
	}
	observe_values_copy(job->values, context->values);
	observe_values_apply(job->values, values);
	job->timestamp = observe_timestamp(output);
	job->hold = output->flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
	return job;
}

void observe_context_job_add(struct observe_context *context, struct observe_job *job)
{
	struct observe_job **link = &context->jobs;

	while (*link)
		link = &(*link)->next;
	*link = job;
}

void observe_context_job_drop(struct observe_context *context)
{
	struct observe_job *job = context->jobs;

	context->jobs = job->next;
	observe_job_free(job);
}

void observe_job_free(struct observe_job *job)
{
	if (job)
		observe_values_free(job->values);
	free(job);
}

/* ---- queues --------------------------------------------------------------------------------------------------------- */

/* __vb2_queue_cancel() */
void observe_context_reset(struct observe_context *context, uint32_t type)
{
	model_decoder_reset(&context->model);
	if (type != context->capture_type) {
		drop_jobs(context);
		return;
	}
	for (int i = 0; i < OBSERVE_MAX_BUFFERS; i++)
		context->capture[i].has_timestamp = false;
}

void observe_context_free_buffers(struct observe_context *context, uint32_t type)
{
	if (type != context->capture_type)
		return;
	for (int i = 0; i < OBSERVE_MAX_BUFFERS; i++)
		forget_buffer(&context->capture[i]);
}

static ino_t identity_of(int dmabuf)
{
	struct stat status;

	return fstat(dmabuf, &status) ? 0 : status.st_ino;
}

/* Before QBUF: the kernel may run the job at once. */
void observe_context_capture_prepare(struct observe_context *context, const struct v4l2_buffer *user)
{
	struct observe_buffer *buffer;
	uint8_t *bytes;
	size_t length;

	if (user->type != context->capture_type || user->index >= OBSERVE_MAX_BUFFERS)
		return;
	buffer = &context->capture[user->index];
	if (!buffer->has_timestamp)
		return;
	free(buffer->kept);
	buffer->kept = NULL;
	bytes = observe_map_capture(context, user->index, &length);
	if (!bytes)
		return;
	buffer->kept = malloc(length);
	buffer->kept_size = length;
	if (buffer->kept)
		memcpy(buffer->kept, bytes, length);
	observe_unmap(bytes, length);
}

/* __prepare_dmabuf(): another dma-buf, or another length, is another buffer. */
void observe_context_capture_queued(struct observe_context *context, const struct v4l2_buffer *user)
{
	const struct v4l2_plane plane = observe_plane(user);
	struct observe_buffer *buffer;
	ino_t identity;

	if (user->type != context->capture_type || user->index >= OBSERVE_MAX_BUFFERS)
		return;
	buffer = &context->capture[user->index];
	buffer->memory = user->memory;
	if (user->memory != V4L2_MEMORY_DMABUF)
		return;
	identity = identity_of(plane.m.fd);
	if (buffer->dmabuf >= 0 && identity == buffer->identity && plane.length == buffer->length)
		return;
	forget_buffer(buffer);
	buffer->memory = V4L2_MEMORY_DMABUF;
	buffer->dmabuf = fcntl(plane.m.fd, F_DUPFD_CLOEXEC, 0);
	buffer->identity = identity;
	buffer->length = plane.length;
}

/* ---- buffers --------------------------------------------------------------------------------------------------------- */

struct v4l2_plane observe_plane(const struct v4l2_buffer *buffer)
{
	struct v4l2_plane plane = {.bytesused = buffer->bytesused, .length = buffer->length};

	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type))
		return buffer->length && buffer->m.planes ? buffer->m.planes[0] : (struct v4l2_plane){0};
	plane.m.fd = buffer->m.fd;
	return plane;
}

uint64_t observe_timestamp(const struct v4l2_buffer *buffer)
{
	return (uint64_t)buffer->timestamp.tv_sec * 1000000000u + (uint64_t)buffer->timestamp.tv_usec * 1000u;
}

static uint8_t *map(int descriptor, size_t length, off_t offset)
{
	void *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, offset);

	return bytes == MAP_FAILED ? NULL : bytes;
}

uint8_t *observe_map_kernel(const struct observe_context *context, uint32_t type, uint32_t index,
                            size_t *length)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {.type = type, .index = index};
	const bool multiplanar = V4L2_TYPE_IS_MULTIPLANAR(type);

	if (multiplanar) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	if (observe_real_ioctl(context->descriptor, VIDIOC_QUERYBUF, &buffer) ||
	    buffer.memory != V4L2_MEMORY_MMAP)
		return NULL;
	*length = multiplanar ? planes[0].length : buffer.length;
	return map(context->descriptor, *length, multiplanar ? planes[0].m.mem_offset : buffer.m.offset);
}

uint8_t *observe_map_capture(const struct observe_context *context, uint32_t index, size_t *length)
{
	const struct observe_buffer *buffer = &context->capture[index];

	if (buffer->memory == V4L2_MEMORY_MMAP)
		return observe_map_kernel(context, context->capture_type, index, length);
	if (buffer->memory != V4L2_MEMORY_DMABUF || buffer->dmabuf < 0)
		return NULL;
	*length = buffer->length;
	return map(buffer->dmabuf, buffer->length, 0);
}

void observe_unmap(uint8_t *bytes, size_t length)
{
	if (bytes)
		munmap(bytes, length);
}
