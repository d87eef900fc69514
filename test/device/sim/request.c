/* SPDX-License-Identifier: MIT
 *
 * Media requests: drivers/media/mc/mc-request.c, and the request side of v4l2-ctrls-request.c.
 *
 * The states VALIDATING, UPDATING and CLEANING exist only while the kernel holds its locks; here they are inside the
 * one lock and nobody can see them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static struct sim_request *all;

int sim_request_alloc(struct sim_device *device)
{
	struct sim_request *request = calloc(1, sizeof(*request));
	struct sim_file *file = sim_file_new(SIM_FILE_REQUEST, device);
	int descriptor;

	if (!request || !file) {
		free(request);
		free(file);
		return -ENOMEM;
	}
	request->references = 1;
	request->device = device;
	request->next = all;
	all = request;
	file->request = request;
	descriptor = sim_file_backing(O_RDWR | O_CLOEXEC);
	if (descriptor < 0) {
		sim_file_put(file);
		return descriptor;
	}
	return sim_file_install(file, descriptor);
}

struct sim_request *sim_request_of_descriptor(struct sim_device *device, int descriptor)
{
	struct sim_file *file = sim_file_get(descriptor);
	struct sim_request *request = NULL;

	if (file && file->type == SIM_FILE_REQUEST && file->request->device == device) {
		request = file->request;
		sim_request_reference(request);
	}
	sim_file_put(file);
	return request;
}

void sim_request_reference(struct sim_request *request)
{
	request->references++;
}

static void clean(struct sim_request *request)
{
	while (request->buffer_count > 0)
		sim_request_unbind_buffer(request->buffers[0]);
	for (unsigned i = 0; i < SIM_MAX_REQUEST_CONTEXTS; i++) {
		free(request->controls[i]);
		request->controls[i] = NULL;
	}
	request->incomplete = 0;
	sim_changed();
}

void sim_request_put(struct sim_request *request)
{
	if (--request->references > 0)
		return;
	/* media_request_release(): cleaning takes references of buffers away again, so keep it from coming here twice. */
	request->references = 1u << 30;
	request->state = SIM_REQUEST_IDLE;
	clean(request);
	for (struct sim_request **link = &all; *link; link = &(*link)->next) {
		if (*link == request) {
			*link = request->next;
			break;
		}
	}
	free(request);
}

static void object_completed(struct sim_request *request)
{
	if (request->incomplete > 0 && --request->incomplete == 0 && request->state == SIM_REQUEST_QUEUED) {
		request->state = SIM_REQUEST_COMPLETE;
		sim_changed();
		sim_request_put(request); /* that of media_request_ioctl_queue() */
	}
}

int sim_request_bind_buffer(struct sim_request *request, struct sim_buffer *buffer)
{
	if (request->state != SIM_REQUEST_IDLE)
		return -EBUSY; /* media_request_lock_for_update() */
	if (request->buffer_count == SIM_MAX_REQUEST_BUFFERS)
		return -ENOMEM;
	request->buffers[request->buffer_count++] = buffer;
	request->incomplete++;
	buffer->bound = request;
	return 0;
}

/* media_request_object_unbind() and _put(), with vb2_req_unbind() and vb2_req_release(). */
void sim_request_unbind_buffer(struct sim_buffer *buffer)
{
	struct sim_request *request = buffer->bound;

	for (unsigned i = 0; i < request->buffer_count; i++) {
		if (request->buffers[i] == buffer) {
			memmove(&request->buffers[i], &request->buffers[i + 1],
			        (request->buffer_count - i - 1) * sizeof(request->buffers[0]));
			request->buffer_count--;
			break;
		}
	}
	buffer->bound = NULL;
	if (buffer->state == SIM_BUFFER_IN_REQUEST)
		buffer->request_descriptor = -1;
	sim_request_reference(request);
	if (request->state != SIM_REQUEST_COMPLETE)
		object_completed(request);
	if (buffer->state == SIM_BUFFER_IN_REQUEST) {
		buffer->state = SIM_BUFFER_DEQUEUED;
		if (buffer->request) {
			sim_request_put(buffer->request);
			buffer->request = NULL;
		}
	}
	sim_request_put(request);
}

struct sim_request_controls *sim_request_controls_of(struct sim_request *request, struct sim_context *context,
                                                     bool make)
{
	for (unsigned i = 0; i < SIM_MAX_REQUEST_CONTEXTS; i++) {
		if (request->controls[i] && request->controls[i]->context == context)
			return request->controls[i];
	}
	for (unsigned i = 0; make && i < SIM_MAX_REQUEST_CONTEXTS; i++) {
		if (request->controls[i])
			continue;
		request->controls[i] = calloc(1, sizeof(*request->controls[i]) + context->device->values_size);
		if (request->controls[i]) {
			request->controls[i]->context = context;
			request->incomplete++;
		}
		return request->controls[i];
	}
	return NULL;
}

/* v4l2_ctrl_request_complete(): what the request did not set is filled in, so that it can be read now. */
void sim_request_controls_complete(struct sim_request *request, struct sim_context *context)
{
	struct sim_request_controls *controls;

	if (!request)
		return;
	controls = sim_request_controls_of(request, context, true);
	if (!controls || controls->completed)
		return;
	for (unsigned i = 0; i < context->device->control_count; i++) {
		const struct sim_control *control = &context->device->controls[i];

		if (controls->valid[i])
			continue;
		memcpy(controls->values + control->offset, context->values + control->offset, context->sizes[i]);
		controls->sizes[i] = context->sizes[i];
		controls->valid[i] = true;
	}
	controls->completed = true;
	object_completed(request);
}

static void forget_context(struct sim_request *request, struct sim_context *context)
{
	for (unsigned i = 0; i < SIM_MAX_REQUEST_CONTEXTS; i++) {
		struct sim_request_controls *controls = request->controls[i];

		if (!controls || controls->context != context)
			continue;
		request->controls[i] = NULL;
		if (!controls->completed && request->state != SIM_REQUEST_COMPLETE)
			object_completed(request);
		free(controls);
	}
}

/* v4l2_ctrl_handler_free_request(): the video node was closed before the request. */
void sim_requests_forget_context(struct sim_context *context)
{
	struct sim_request *next;

	for (struct sim_request *request = all; request; request = next) {
		sim_request_reference(request);
		forget_context(request, context);
		next = request->next;
		sim_request_put(request);
	}
}

/* vb2_request_validate() with the rule of rkvdec and cedrus: exactly one buffer. */
static int validate(struct sim_request *request)
{
	if (request->buffer_count == 0)
		return -ENOENT;
	if (request->buffer_count > 1)
		return -EINVAL;
	return sim_buffer_prepare(request->buffers[0]);
}

/* Pictures, not slices: jobs of one picture share a timestamp. */
static void count_in_flight(const struct sim_list *ready)
{
	unsigned pictures = 0;

	for (unsigned i = 0; i < ready->count; i++) {
		if (i == 0 || ready->items[i]->timestamp != ready->items[i - 1]->timestamp)
			pictures++;
	}
	sim_log_in_flight(pictures);
}

static int queue(struct sim_request *request)
{
	struct sim_buffer *buffer;
	int result;

	if (request->state != SIM_REQUEST_IDLE)
		return -EBUSY;
	result = validate(request);
	if (result)
		return result;
	sim_request_reference(request);
	request->state = SIM_REQUEST_QUEUED;
	buffer = request->buffers[0];
	result = sim_buffer_enqueue_from_request(buffer);
	if (!result) {
		count_in_flight(&buffer->queue->ready);
		sim_m2m_try_schedule(buffer->queue->context);
	}
	return 0; /* vb2_req_queue() has nobody to tell */
}

static int reinit(struct sim_request *request)
{
	if (request->state == SIM_REQUEST_QUEUED)
		return -EBUSY;
	request->state = SIM_REQUEST_IDLE;
	clean(request);
	return 0;
}

int sim_request_ioctl(struct sim_file *file, unsigned long command, void *argument)
{
	(void)argument;
	switch (command) {
	case MEDIA_REQUEST_IOC_QUEUE:
		return queue(file->request);
	case MEDIA_REQUEST_IOC_REINIT:
		return reinit(file->request);
	default:
		return -ENOTTY;
	}
}

/* media_request_poll() */
short sim_request_poll(struct sim_request *request, short events)
{
	if (!(events & POLLPRI))
		return 0;
	if (request->state == SIM_REQUEST_COMPLETE)
		return POLLPRI;
	return request->state == SIM_REQUEST_QUEUED ? 0 : POLLERR;
}
