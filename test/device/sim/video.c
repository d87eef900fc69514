/* SPDX-License-Identifier: MIT
 *
 * /dev/videoN: which ioctl goes where, and how arguments are copied (video_usercopy() of v4l2-ioctl.c: back only on
 * success, except for control ioctls).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static void init_queue(struct sim_queue *queue, struct sim_context *context, bool output)
{
	const struct sim_kind *kind = &context->device->kind;

	queue->context = context;
	queue->output = output;
	if (kind->multiplanar)
		queue->type = output ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	else
		queue->type = output ? V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_CAPTURE;
	queue->max_buffers = output ? 32 : kind->max_capture_buffers;
}

struct sim_context *sim_video_open(struct sim_device *device)
{
	struct sim_context *context = calloc(1, sizeof(*context));

	if (!context)
		return NULL;
	context->values = malloc(device->values_size + 1); /* a scaler has none */
	if (!context->values) {
		free(context);
		return NULL;
	}
	context->device = device;
	init_queue(&context->output, context, true);
	init_queue(&context->capture, context, false);
	sim_format_reset(context);
	sim_controls_init(device, context->values, context->sizes);
	return context;
}

/* v4l2_m2m_ctx_release() and v4l2_ctrl_handler_free() */
void sim_video_close(struct sim_context *context)
{
	if (!context)
		return;
	context->closing = true;
	sim_m2m_cancel(context);
	sim_job_stop_worker(context);
	sim_queue_release(&context->capture);
	sim_queue_release(&context->output);
	sim_requests_forget_context(context);
	free(context->values);
	free(context);
}

static void query_capabilities(const struct sim_device *device, struct v4l2_capability *capability)
{
	memset(capability, 0, sizeof(*capability));
	snprintf((char *)capability->driver, sizeof(capability->driver), "%s", SIM_DRIVER_NAME);
	snprintf((char *)capability->card, sizeof(capability->card), "%s", device->kind.card);
	snprintf((char *)capability->bus_info, sizeof(capability->bus_info), "platform:%s", SIM_DRIVER_NAME);
	capability->version = SIM_KERNEL_VERSION;
	capability->device_caps = V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT |
	                          (device->kind.multiplanar ? V4L2_CAP_VIDEO_M2M_MPLANE : V4L2_CAP_VIDEO_M2M);
	capability->capabilities = capability->device_caps | V4L2_CAP_DEVICE_CAPS;
}

static struct sim_queue *queue_of(struct sim_context *context, uint32_t type)
{
	return V4L2_TYPE_IS_OUTPUT(type) ? &context->output : &context->capture;
}

static bool is_nonblocking(int descriptor)
{
	return sim_real_fcntl(descriptor, F_GETFL, 0) & O_NONBLOCK;
}

static int stream(struct sim_context *context, uint32_t type, bool on)
{
	struct sim_queue *queue = queue_of(context, type);
	int result;

	if (sim_format_check_type(context, type))
		return -EINVAL;
	if (on) {
		result = sim_job_start_worker(context);
		if (!result)
			result = sim_queue_stream_on(queue, type);
		if (!result)
			sim_m2m_try_schedule(context);
		return result;
	}
	sim_m2m_cancel(context);
	sim_job_reset(context);
	result = sim_queue_stream_off(queue, type);
	sim_m2m_uncancel(context);
	return result;
}

/* QBUF, PREPARE_BUF, DQBUF, QUERYBUF: check_array_args(), then a copy of the planes. */
static int with_buffer(struct sim_context *context, int descriptor, unsigned long command,
                       struct v4l2_buffer *user)
{
	struct v4l2_buffer buffer = *user;
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct sim_queue *queue = queue_of(context, buffer.type);
	const bool array = V4L2_TYPE_IS_MULTIPLANAR(buffer.type) && buffer.length > 0;
	int result;

	if (array) {
		if (buffer.length > VIDEO_MAX_PLANES)
			return -EINVAL;
		if (!user->m.planes)
			return -EFAULT;
		memcpy(planes, user->m.planes, buffer.length * sizeof(planes[0]));
		buffer.m.planes = planes;
	}
	if (sim_format_check_type(context, buffer.type))
		return -EINVAL;
	switch (command) {
	case VIDIOC_QBUF:
		result = sim_queue_qbuf(queue, &buffer);
		break;
	case VIDIOC_PREPARE_BUF:
		result = sim_queue_prepare(queue, &buffer);
		break;
	case VIDIOC_DQBUF:
		result = sim_queue_dqbuf(queue, &buffer, is_nonblocking(descriptor));
		break;
	default:
		result = sim_queue_query(queue, &buffer);
		break;
	}
	if (result)
		return result;
	if (array) {
		memcpy(user->m.planes, planes, user->length * sizeof(planes[0]));
		buffer.m.planes = user->m.planes;
	}
	*user = buffer;
	return 0;
}

static int with_copy(struct sim_context *context, unsigned long command, void *argument)
{
	switch (command) {
	case VIDIOC_QUERYCAP:
		query_capabilities(context->device, argument);
		return 0;
	case VIDIOC_ENUM_FMT:
		return sim_format_enumerate(context, argument);
	case VIDIOC_ENUM_FRAMESIZES:
		return sim_format_frame_sizes(context, argument);
	case VIDIOC_G_FMT:
		return sim_format_get(context, argument);
	case VIDIOC_S_FMT:
		return sim_format_set(context, argument, false);
	case VIDIOC_TRY_FMT:
		return sim_format_set(context, argument, true);
	case VIDIOC_REQBUFS: {
		struct v4l2_requestbuffers *request = argument;

		if (sim_format_check_type(context, request->type))
			return -EINVAL;
		return sim_queue_request_buffers(queue_of(context, request->type), request);
	}
	case VIDIOC_CREATE_BUFS: {
		struct v4l2_create_buffers *create = argument;

		if (sim_format_check_type(context, create->format.type))
			return -EINVAL;
		return sim_queue_create_buffers(queue_of(context, create->format.type), create);
	}
	case VIDIOC_REMOVE_BUFS: {
		const struct v4l2_remove_buffers *remove = argument;

		return sim_queue_remove_buffers(queue_of(context, remove->type), remove);
	}
	case VIDIOC_EXPBUF: {
		struct v4l2_exportbuffer *export = argument;

		return sim_queue_export(queue_of(context, export->type), export);
	}
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF: {
		uint32_t type;

		memcpy(&type, argument, sizeof(type));
		return stream(context, type, command == VIDIOC_STREAMON);
	}
	case VIDIOC_QUERYCTRL:
		return sim_controls_query_old(context, argument);
	case VIDIOC_QUERY_EXT_CTRL:
		return sim_controls_query(context, argument);
	case VIDIOC_QUERYMENU:
		return sim_controls_query_menu(context, argument);
	case VIDIOC_G_CTRL:
		return sim_controls_get_one(context, argument);
	case VIDIOC_S_CTRL:
		return sim_controls_set_one(context, argument);
	case VIDIOC_DECODER_CMD:
	case VIDIOC_TRY_DECODER_CMD:
		return sim_m2m_decoder_command(context, argument, command == VIDIOC_TRY_DECODER_CMD);
	case VIDIOC_SUBSCRIBE_EVENT: { /* v4l2_ctrl_subscribe_event() */
		const struct v4l2_event_subscription *subscription = argument;

		if (subscription->type != V4L2_EVENT_CTRL ||
		    sim_controls_index(context->device, subscription->id) < 0)
			return -EINVAL;
		return 0;
	}
	case VIDIOC_UNSUBSCRIBE_EVENT:
		return 0;
	case VIDIOC_DQEVENT:
		return -ENOENT; /* a control changed by its own file handle raises no event for it */
	case VIDIOC_G_PRIORITY: {
		const uint32_t priority = V4L2_PRIORITY_INTERACTIVE;

		memcpy(argument, &priority, sizeof(priority));
		return 0;
	}
	case VIDIOC_S_PRIORITY: { /* v4l2_prio_change(); nobody else has the node open */
		uint32_t priority;

		memcpy(&priority, argument, sizeof(priority));
		return priority >= V4L2_PRIORITY_BACKGROUND && priority <= V4L2_PRIORITY_RECORD ? 0 : -EINVAL;
	}
	default:
		return -ENOTTY;
	}
}

int sim_video_ioctl(struct sim_file *file, int descriptor, unsigned long command, void *argument)
{
	struct sim_context *context = file->context;
	_Alignas(8) uint8_t copy[512];
	int result;

	if (context->device->gone)
		return -ENODEV;
	if (_IOC_TYPE(command) != 'V' || _IOC_SIZE(command) > sizeof(copy))
		return -ENOTTY;
	if (!argument && _IOC_DIR(command) != _IOC_NONE)
		return -EFAULT;
	switch (command) {
	case VIDIOC_G_EXT_CTRLS:
		return sim_controls_get(context, argument);
	case VIDIOC_S_EXT_CTRLS:
		return sim_controls_set(context, argument, true);
	case VIDIOC_TRY_EXT_CTRLS:
		return sim_controls_set(context, argument, false);
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
	case VIDIOC_DQBUF:
	case VIDIOC_QUERYBUF:
		return with_buffer(context, descriptor, command, argument);
	}
	memset(copy, 0, sizeof(copy));
	if (_IOC_DIR(command) & _IOC_WRITE)
		memcpy(copy, argument, _IOC_SIZE(command));
	result = with_copy(context, command, copy);
	if (!result && _IOC_DIR(command) & _IOC_READ)
		memcpy(argument, copy, _IOC_SIZE(command));
	return result;
}
