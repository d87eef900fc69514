/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a client of a stateless decoder, it writes down what the client submits: the controls that the kernel
 * accepted, the bytes of each OUTPUT buffer as it is queued, and when requests are queued and used again. It knows
 * no codec; what the records mean is record.ts's business. With AGREE_MENUS it also makes a client that takes what a menu
 * offers, or what it stands at, take one item of it, so that two clients can be compared in the same mode.
 *
 *   AGREE_RECORD=path        one file per process, path.PID
 *   AGREE_MENUS=id=item,...  menu controls with one item left
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/media.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* As in record.ts. */
enum record_kind {
	RECORD_CONTROLS = 1, /* payload: per control its id, size, and bytes */
	RECORD_OUTPUT = 2,   /* payload: what the buffer holds */
	RECORD_QUEUED = 3,   /* of a request */
	RECORD_REINIT = 4,   /* of a request */
	RECORD_CLOSED = 5,   /* of any descriptor */
	RECORD_FAILED = 6,   /* flags: the ioctl; index: errno */
};

struct record {
	uint32_t kind;
	int32_t fd;
	int32_t request; /* -1 for none */
	uint32_t flags;  /* of the buffer */
	uint64_t timestamp_ns;
	uint32_t index;
	uint32_t size; /* of the payload, which follows */
};

_Static_assert(sizeof(struct record) == 32, "record.ts reads it");

enum { MAX_MENUS = 8, MAX_CONTROLS = 16 };

static struct {
	pthread_mutex_t lock;
	const char *path;
	int fd;
	int pid;
	struct v4l2_ext_control menus[MAX_MENUS];
	unsigned int menu_count;
} recorder = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

static int kernel_ioctl(int fd, unsigned long request, void *argument)
{
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

__attribute__((constructor)) static void load(void)
{
	const char *menus = getenv("AGREE_MENUS");

	recorder.path = getenv("AGREE_RECORD");
	while (menus && *menus && recorder.menu_count < MAX_MENUS) {
		struct v4l2_ext_control *menu = &recorder.menus[recorder.menu_count];
		char *end;

		menu->id = (uint32_t)strtoul(menus, &end, 0);
		if (*end != '=')
			abort();
		menu->value = (int32_t)strtol(end + 1, &end, 0);
		recorder.menu_count++;
		menus = *end == ',' ? end + 1 : NULL;
	}
}

/* The file of this process, which may be a child of the one before. */
static int file(void)
{
	char path[4096];

	if (!recorder.path)
		return -1;
	if (recorder.fd >= 0 && recorder.pid == getpid())
		return recorder.fd;
	recorder.pid = getpid();
	snprintf(path, sizeof(path), "%s.%d", recorder.path, recorder.pid);
	recorder.fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return recorder.fd;
}

/* A record that cannot be written must not pass for a client that submitted less. */
static void write_record(const struct record *record, const struct iovec *payload, int parts)
{
	struct iovec all[1 + 2 * MAX_CONTROLS] = {{.iov_base = (void *)record, .iov_len = sizeof(*record)}};
	ssize_t size = (ssize_t)(sizeof(*record) + record->size);

	for (int i = 0; i < parts; i++)
		all[1 + i] = payload[i];
	pthread_mutex_lock(&recorder.lock);
	if (recorder.path && writev(file(), all, 1 + parts) != size)
		abort();
	pthread_mutex_unlock(&recorder.lock);
}

static const struct v4l2_ext_control *menu_of(uint32_t id)
{
	for (unsigned int i = 0; i < recorder.menu_count; i++) {
		if (recorder.menus[i].id == id)
			return &recorder.menus[i];
	}
	return NULL;
}

/* A client that asks what a menu stands at finds it at the item that is left. */
static void settle_menus(int fd, const struct v4l2_ext_controls *asked)
{
	for (uint32_t i = 0; i < asked->count; i++) {
		const struct v4l2_ext_control *menu = menu_of(asked->controls[i].id);
		struct v4l2_control control;

		if (!menu)
			continue;
		control.id = menu->id;
		control.value = menu->value;
		kernel_ioctl(fd, VIDIOC_S_CTRL, &control);
	}
}

static void record_controls(int fd, const struct v4l2_ext_controls *controls)
{
	struct record record = {.kind = RECORD_CONTROLS, .fd = fd, .request = -1};
	struct {
		uint32_t id, size;
	} heads[MAX_CONTROLS];
	struct iovec payload[2 * MAX_CONTROLS];

	if (controls->count > MAX_CONTROLS)
		abort();
	if (controls->which == V4L2_CTRL_WHICH_REQUEST_VAL)
		record.request = controls->request_fd;
	for (uint32_t i = 0; i < controls->count; i++) {
		const struct v4l2_ext_control *control = &controls->controls[i];

		heads[i].id = control->id;
		heads[i].size = control->size ? control->size : sizeof(control->value);
		payload[2 * i] = (struct iovec){.iov_base = &heads[i], .iov_len = sizeof(heads[i])};
		payload[2 * i + 1] = (struct iovec){
			.iov_base = control->size ? control->ptr : (void *)&control->value,
			.iov_len = heads[i].size,
		};
		record.size += (uint32_t)sizeof(heads[i]) + heads[i].size;
	}
	write_record(&record, payload, 2 * (int)controls->count);
}

/* A descriptor of the buffer's memory: mapping the device's own fails where a client opened it only to read, as GStreamer. */
static int open_memory(int fd, const struct v4l2_buffer *buffer)
{
	struct v4l2_exportbuffer exported = {
		.type = buffer->type,
		.index = buffer->index,
		.flags = O_RDWR | O_CLOEXEC,
	};

	if (buffer->memory == V4L2_MEMORY_DMABUF)
		return V4L2_TYPE_IS_MULTIPLANAR(buffer->type) ? buffer->m.planes[0].m.fd : buffer->m.fd;
	if (kernel_ioctl(fd, VIDIOC_EXPBUF, &exported))
		abort();
	return exported.fd;
}

static void record_output(int fd, const struct v4l2_buffer *buffer)
{
	bool multi = V4L2_TYPE_IS_MULTIPLANAR(buffer->type);
	struct record record = {
		.kind = RECORD_OUTPUT,
		.fd = fd,
		.request = buffer->flags & V4L2_BUF_FLAG_REQUEST_FD ? buffer->request_fd : -1,
		.flags = buffer->flags,
		.timestamp_ns =
			(uint64_t)buffer->timestamp.tv_sec * 1000000000 + (uint64_t)buffer->timestamp.tv_usec * 1000,
		.index = buffer->index,
		.size = multi ? buffer->m.planes[0].bytesused : buffer->bytesused,
	};
	int memory_fd = open_memory(fd, buffer);
	struct iovec payload = {.iov_len = record.size};

	payload.iov_base = mmap(NULL, record.size, PROT_READ, MAP_SHARED, memory_fd, 0);
	if (payload.iov_base == MAP_FAILED)
		abort();
	write_record(&record, &payload, 1);
	munmap(payload.iov_base, record.size);
	if (buffer->memory != V4L2_MEMORY_DMABUF)
		syscall(SYS_close, memory_fd);
}

static void record_done(int fd, unsigned long request, const void *argument)
{
	struct record record = {.fd = fd, .request = fd};

	switch (request) {
	case VIDIOC_S_EXT_CTRLS:
		record_controls(fd, argument);
		break;
	case MEDIA_REQUEST_IOC_QUEUE:
		record.kind = RECORD_QUEUED;
		write_record(&record, NULL, 0);
		break;
	case MEDIA_REQUEST_IOC_REINIT:
		record.kind = RECORD_REINIT;
		write_record(&record, NULL, 0);
		break;
	}
}

static void record_failed(int fd, unsigned long request, int error)
{
	struct record record = {
		.kind = RECORD_FAILED,
		.fd = fd,
		.request = -1,
		.flags = (uint32_t)request,
		.index = (uint32_t)error,
	};

	write_record(&record, NULL, 0);
}

static bool is_output_buffer(const struct v4l2_buffer *buffer)
{
	return buffer->type == V4L2_BUF_TYPE_VIDEO_OUTPUT || buffer->type == V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
}

static bool is_ours(unsigned long request)
{
	return _IOC_TYPE(request) == 'V' || _IOC_TYPE(request) == '|';
}

int ioctl(int fd, unsigned long request, ...)
{
	const struct v4l2_querymenu *asked;
	const struct v4l2_ext_control *menu;
	va_list arguments;
	void *argument;
	int result;
	int error;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (!is_ours(request))
		return kernel_ioctl(fd, request, argument);

	if (request == VIDIOC_QUERYMENU) {
		asked = argument;
		menu = menu_of(asked->id);
		if (menu && (int32_t)asked->index != menu->value) {
			errno = EINVAL;
			return -1;
		}
	}
	if (request == VIDIOC_G_EXT_CTRLS)
		settle_menus(fd, argument);
	/* Once queued, the buffer may be dequeued and filled again by another thread. */
	if (request == VIDIOC_QBUF && is_output_buffer(argument))
		record_output(fd, argument);
	result = kernel_ioctl(fd, request, argument);
	error = errno;
	if (result == 0)
		record_done(fd, request, argument);
	else if (error != EAGAIN)
		record_failed(fd, request, error);
	errno = error;
	return result;
}

int close(int fd)
{
	struct record record = {.kind = RECORD_CLOSED, .fd = fd, .request = fd};

	/* A child that closes all it inherited before it starts another program; the file goes with that. */
	if (fd >= 0 && fd == recorder.fd)
		return 0;
	write_record(&record, NULL, 0);
	return (int)syscall(SYS_close, fd);
}
