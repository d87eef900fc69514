/* SPDX-License-Identifier: MIT
 *
 * Between a program and libc: ioctl, to watch the calls to video nodes, media nodes, requests and dma-bufs, and close.
 */
#include "observe.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/dma-buf.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../sim/log.h"

#define EXPORT __attribute__((visibility("default")))

static struct {
	int (*ioctl)(int, unsigned long, ...);
	int (*close)(int);
} real;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *log_path;

static void lock(void)
{
	pthread_mutex_lock(&mutex);
}

static void unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

/* A child has its parent's account no more than its decoder. */
static void after_fork(void)
{
	observe_contexts_forget();
	observe_requests_forget();
	sim_log_clear();
	unlock();
}

static void resolve(void)
{
	*(void **)(void *)&real.ioctl = dlsym(RTLD_NEXT, "ioctl");
	*(void **)(void *)&real.close = dlsym(RTLD_NEXT, "close");
	log_path = getenv("V4L2OBSERVE_LOG");
	observe_answers_configure();
	pthread_atfork(lock, unlock, after_fork);
}

static void init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, resolve);
}

__attribute__((constructor)) static void load(void)
{
	init();
}

__attribute__((destructor)) static void unload(void)
{
	struct sim_log_open open = {0};

	lock();
	open.video = observe_context_count();
	open.request = observe_request_count();
	sim_log_write("V4L2OBSERVE_LOG", log_path, &open);
	unlock();
}

int observe_real_ioctl(int descriptor, unsigned long command, void *argument)
{
	return real.ioctl(descriptor, command, argument) < 0 ? errno : 0;
}

int observe_real_close(int descriptor)
{
	return real.close(descriptor) < 0 ? errno : 0;
}

EXPORT int close(int descriptor)
{
	init();
	lock();
	if (!observe_context_close(descriptor))
		observe_request_close(descriptor);
	unlock();
	return real.close(descriptor);
}

/* ---- ioctl ------------------------------------------------------------------------------------------------------------ */

static void controls_set(struct observe_context *context, const struct v4l2_ext_controls *controls)
{
	if (controls->which == V4L2_CTRL_WHICH_REQUEST_VAL)
		observe_request_set_controls(controls->request_fd, controls);
	else
		observe_values_take(context->values, controls);
}

static void buffer_queued(struct observe_context *context, const struct v4l2_buffer *buffer)
{
	if (V4L2_TYPE_IS_CAPTURE(buffer->type))
		observe_context_capture_queued(context, buffer);
	else if (buffer->flags & V4L2_BUF_FLAG_REQUEST_FD)
		observe_request_set_buffer(buffer->request_fd, context, buffer);
}

/*
 * What a call to a video node that succeeded means. queued: of QBUF, as the program gave it, for the kernel answers with
 * what the buffer had before as long as its request is not queued (__fill_v4l2_buffer).
 */
static void video_done(struct observe_context *context, unsigned long command, void *argument,
                       const struct v4l2_buffer *queued)
{
	const struct v4l2_buffer *buffer = argument;
	const struct v4l2_requestbuffers *request = argument;

	switch (command) {
	case VIDIOC_S_CTRL:
		observe_values_take_one(context->values, argument);
		break;
	case VIDIOC_S_EXT_CTRLS:
		controls_set(context, argument);
		break;
	case VIDIOC_QBUF:
		buffer_queued(context, queued);
		break;
	case VIDIOC_DQBUF:
		if (V4L2_TYPE_IS_CAPTURE(buffer->type))
			observe_picture_done(context, buffer);
		break;
	case VIDIOC_REQBUFS:
		observe_context_free_buffers(context, request->type);
		break;
	case VIDIOC_STREAMOFF:
		observe_context_reset(context, *(const uint32_t *)argument);
		break;
	default:
		break;
	}
	observe_answer_narrow(command, argument);
}

static int video_ioctl(int descriptor, unsigned long command, void *argument)
{
	struct observe_context *context;
	struct v4l2_buffer queued = {0};
	struct v4l2_plane plane;
	int error;

	lock();
	context = observe_context_of(descriptor);
	if (!context)
		context = observe_context_open(descriptor);
	error = context ? observe_answer_denied(command, argument) : 0;
	if (context && command == VIDIOC_QBUF && argument) {
		queued = *(const struct v4l2_buffer *)argument;
		plane = observe_plane(&queued);
		if (V4L2_TYPE_IS_MULTIPLANAR(queued.type))
			queued.m.planes = &plane;
		observe_context_capture_prepare(context, &queued);
	}
	unlock();
	if (!error)
		error = observe_real_ioctl(descriptor, command, argument); /* DQBUF may take its time */
	lock();
	context = observe_context_of(descriptor);
	if (context) {
		sim_log_call(sim_command_name(command), error);
		if (!error)
			video_done(context, command, argument, &queued);
	}
	unlock();
	return error;
}

static int media_ioctl(int descriptor, unsigned long command, void *argument)
{
	int error;

	lock();
	if (command == MEDIA_REQUEST_IOC_QUEUE)
		error = observe_request_queue(descriptor);
	else
		error = observe_real_ioctl(descriptor, command, argument);
	if (!error && command == MEDIA_IOC_REQUEST_ALLOC)
		observe_request_open(*(const int *)argument);
	else if (!error && command == MEDIA_REQUEST_IOC_REINIT)
		observe_request_clear(descriptor);
	sim_log_call(sim_command_name(command), error);
	unlock();
	return error;
}

static int dmabuf_ioctl(int descriptor, unsigned long command, void *argument)
{
	const int error = observe_real_ioctl(descriptor, command, argument);

	lock();
	sim_log_call(sim_command_name(command), error);
	if (command == DMA_BUF_IOCTL_SYNC && !error)
		sim_log_sync(!(((const struct dma_buf_sync *)argument)->flags & DMA_BUF_SYNC_END), false);
	unlock();
	return error;
}

EXPORT int ioctl(int descriptor, unsigned long command, ...)
{
	va_list arguments;
	void *argument;
	int error;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	init();
	switch (_IOC_TYPE(command)) {
	case 'V':
		error = video_ioctl(descriptor, command & 0xffffffffu, argument);
		break;
	case '|':
		error = media_ioctl(descriptor, command & 0xffffffffu, argument);
		break;
	case DMA_BUF_BASE:
		error = dmabuf_ioctl(descriptor, command & 0xffffffffu, argument);
		break;
	default:
		return real.ioctl(descriptor, command, argument);
	}
	if (error)
		errno = error;
	return error ? -1 : 0;
}
