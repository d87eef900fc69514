/* SPDX-License-Identifier: MIT
 *
 * What was put into media requests, until they are queued.
 */
#include "observe.h"

#include <stdlib.h>
#include <string.h>

struct request {
	struct request *next;
	int descriptor;
	struct observe_values *values;
	int video; /* the node whose OUTPUT buffer is in it, or -1 */
	struct v4l2_buffer output;
	struct v4l2_plane plane;
};

static struct request *all;

static struct request *request_of(int descriptor)
{
	struct request *request = all;

	while (request && request->descriptor != descriptor)
		request = request->next;
	return request;
}

static void clear(struct request *request)
{
	observe_values_clear(request->values);
	request->video = -1;
}

void observe_request_open(int descriptor)
{
	struct request *request = calloc(1, sizeof(*request));

	if (request)
		request->values = observe_values_new();
	if (!request || !request->values) {
		free(request);
		return;
	}
	request->descriptor = descriptor;
	clear(request);
	request->next = all;
	all = request;
}

bool observe_request_close(int descriptor)
{
	for (struct request **link = &all; *link; link = &(*link)->next) {
		struct request *request = *link;

		if (request->descriptor != descriptor)
			continue;
		*link = request->next;
		observe_values_free(request->values);
		free(request);
		return true;
	}
	return false;
}

void observe_request_clear(int descriptor)
{
	struct request *request = request_of(descriptor);

	if (request)
		clear(request);
}

void observe_request_set_controls(int descriptor, const struct v4l2_ext_controls *controls)
{
	struct request *request = request_of(descriptor);

	if (request)
		observe_values_take(request->values, controls);
}

void observe_request_set_buffer(int descriptor, struct observe_context *context,
                                const struct v4l2_buffer *buffer)
{
	struct request *request = request_of(descriptor);

	if (!request)
		return;
	request->video = context->descriptor;
	request->output = *buffer;
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type))
		return;
	request->plane = observe_plane(buffer);
	request->output.m.planes = &request->plane;
}

int observe_request_queue(int descriptor)
{
	const struct request *request = request_of(descriptor);
	struct observe_context *context =
		request && request->video >= 0 ? observe_context_of(request->video) : NULL;
	struct observe_job *job =
		context ? observe_context_job_new(context, &request->output, request->values) : NULL;
	const int error = observe_real_ioctl(descriptor, MEDIA_REQUEST_IOC_QUEUE, NULL);

	if (error || !job) {
		observe_job_free(job);
		return error;
	}
	observe_values_copy(context->values, job->values);
	observe_context_job_add(context, job);
	return 0;
}

void observe_requests_forget(void)
{
	all = NULL;
}

unsigned observe_request_count(void)
{
	unsigned count = 0;

	for (const struct request *request = all; request; request = request->next)
		count++;
	return count;
}
