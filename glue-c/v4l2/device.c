/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/media.h>
#include <string.h>
#include <unistd.h>

#include "../memory/ioctl.h"

/* On a 32-bit machine VIDIOC_QBUF and VIDIOC_DQBUF with 32-bit time are other ioctls, of a smaller struct; and the offsets that
 * QUERYBUF gives for mmap() go up to 2^32. */
_Static_assert(sizeof(((struct v4l2_buffer *)0)->timestamp) == 16 && sizeof(off_t) == 8,
               "build with _TIME_BITS=64 and _FILE_OFFSET_BITS=64, as meson.build does");

bool v4l2_is_trouble(int error)
{
	switch (error) {
	case EIO:
	case EMFILE:
	case ENFILE:
	case ENODEV:
	case ENOMEM:
	case ENXIO:
		return true;
	default:
		return false;
	}
}

int node_open(const char *path, int *fd)
{
	do {
		*fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	} while (*fd < 0 && errno == EINTR);
	return *fd < 0 ? errno : 0;
}

int device_open(struct v4l2_device *device, const char *video_path, const char *media_path)
{
	struct v4l2_capability capability = {0};
	uint32_t capabilities;
	int error;

	device->video_fd = -1;
	device->media_fd = -1;
	error = node_open(video_path, &device->video_fd);
	if (!error)
		error = retry_ioctl(device->video_fd, VIDIOC_QUERYCAP, &capability);
	if (!error && media_path)
		error = node_open(media_path, &device->media_fd);
	if (error) {
		device_close(device);
		return error;
	}
	capabilities =
		capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps : capability.capabilities;
	device->multiplanar = (capabilities & V4L2_CAP_VIDEO_M2M_MPLANE) != 0;
	return 0;
}

void device_close(struct v4l2_device *device)
{
	if (device->video_fd >= 0)
		close(device->video_fd);
	if (device->media_fd >= 0)
		close(device->media_fd);
	device->video_fd = -1;
	device->media_fd = -1;
}

uint32_t device_buffer_type(const struct v4l2_device *device, uint32_t queue)
{
	if (queue == CORE_QUEUE_OUTPUT)
		return device->multiplanar ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
	return device->multiplanar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

static void read_format(const struct v4l2_device *device, const struct v4l2_format *format,
                        struct core_format *result)
{
	memset(result, 0, sizeof(*result));
	if (device->multiplanar) {
		const struct v4l2_pix_format_mplane *pix = &format->fmt.pix_mp;

		result->fourcc = pix->pixelformat;
		result->width = pix->width;
		result->height = pix->height;
		result->plane_count = pix->num_planes;
		for (uint32_t i = 0; i < CORE_MAX_V4L2_PLANES && i < pix->num_planes; i++) {
			result->bytesperline[i] = pix->plane_fmt[i].bytesperline;
			result->sizeimage[i] = pix->plane_fmt[i].sizeimage;
		}
	} else {
		const struct v4l2_pix_format *pix = &format->fmt.pix;

		result->fourcc = pix->pixelformat;
		result->width = pix->width;
		result->height = pix->height;
		result->plane_count = 1;
		result->bytesperline[0] = pix->bytesperline;
		result->sizeimage[0] = pix->sizeimage;
	}
}

int device_set_format(const struct v4l2_device *device, uint32_t queue, uint32_t fourcc, uint32_t width,
                      uint32_t height, uint32_t sizeimage, struct core_format *result)
{
	struct v4l2_format format = {.type = device_buffer_type(device, queue)};
	int error;

	if (device->multiplanar) {
		format.fmt.pix_mp.pixelformat = fourcc;
		format.fmt.pix_mp.width = width;
		format.fmt.pix_mp.height = height;
		format.fmt.pix_mp.num_planes = 1;
		format.fmt.pix_mp.plane_fmt[0].sizeimage = sizeimage;
	} else {
		format.fmt.pix.pixelformat = fourcc;
		format.fmt.pix.width = width;
		format.fmt.pix.height = height;
		format.fmt.pix.sizeimage = sizeimage;
	}
	error = retry_ioctl(device->video_fd, VIDIOC_S_FMT, &format);
	if (!error)
		read_format(device, &format, result);
	return error;
}

int device_set_controls(const struct v4l2_device *device, int request_fd, struct v4l2_ext_control *controls,
                        uint32_t count)
{
	struct v4l2_ext_controls all = {
		.which = request_fd >= 0 ? V4L2_CTRL_WHICH_REQUEST_VAL : V4L2_CTRL_WHICH_CUR_VAL,
		.count = count,
		.controls = controls,
	};

	if (request_fd >= 0)
		all.request_fd = request_fd;
	return retry_ioctl(device->video_fd, VIDIOC_S_EXT_CTRLS, &all);
}

int device_request_buffers(const struct v4l2_device *device, uint32_t queue, uint32_t memory, uint32_t *count,
                           uint32_t *capabilities)
{
	struct v4l2_requestbuffers request = {
		.count = *count,
		.type = device_buffer_type(device, queue),
		.memory = memory,
	};
	int error = retry_ioctl(device->video_fd, VIDIOC_REQBUFS, &request);

	if (!error) {
		*count = request.count;
		*capabilities = request.capabilities;
	}
	return error;
}

int device_create_buffers(const struct v4l2_device *device, uint32_t size, uint32_t *count, uint32_t *first,
                          uint32_t *capabilities)
{
	struct v4l2_create_buffers create = {
		.count = *count,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = device_buffer_type(device, CORE_QUEUE_OUTPUT),
	};
	int error = retry_ioctl(device->video_fd, VIDIOC_G_FMT, &create.format);

	if (error)
		return error;
	if (device->multiplanar)
		create.format.fmt.pix_mp.plane_fmt[0].sizeimage = size;
	else
		create.format.fmt.pix.sizeimage = size;
	error = retry_ioctl(device->video_fd, VIDIOC_CREATE_BUFS, &create);
	if (!error) {
		*count = create.count;
		*first = create.index;
		*capabilities = create.capabilities;
	}
	return error;
}

int device_query_buffer(const struct v4l2_device *device, uint32_t queue, uint32_t index,
                        struct v4l2_device_memory *memory)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {
		.index = index,
		.type = device_buffer_type(device, queue),
		.memory = V4L2_MEMORY_MMAP,
	};
	int error;

	if (device->multiplanar) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	error = retry_ioctl(device->video_fd, VIDIOC_QUERYBUF, &buffer);
	if (error)
		return error;
	*memory = (struct v4l2_device_memory){1, {buffer.length, 0}, {buffer.m.offset, 0}};
	if (!device->multiplanar)
		return 0;
	/* QUERYBUF puts the number of planes into length. */
	if (buffer.length == 0 || buffer.length > CORE_MAX_V4L2_PLANES)
		return EPROTO;
	memory->count = buffer.length;
	for (uint32_t i = 0; i < memory->count; i++) {
		memory->length[i] = planes[i].length;
		memory->offset[i] = planes[i].m.mem_offset;
	}
	return 0;
}

int device_export_buffer(const struct v4l2_device *device, uint32_t queue, uint32_t index, uint32_t plane,
                         int *fd)
{
	struct v4l2_exportbuffer export = {
		.type = device_buffer_type(device, queue),
		.index = index,
		.plane = plane,
		.flags = O_RDWR | O_CLOEXEC,
	};
	int error = retry_ioctl(device->video_fd, VIDIOC_EXPBUF, &export);

	*fd = error ? -1 : export.fd;
	return error;
}

int device_stream(const struct v4l2_device *device, uint32_t queue, bool on)
{
	int type = (int)device_buffer_type(device, queue);

	return retry_ioctl(device->video_fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type);
}

int device_flush(const struct v4l2_device *device)
{
	struct v4l2_decoder_cmd command = {.cmd = V4L2_DEC_CMD_FLUSH};

	return retry_ioctl(device->video_fd, VIDIOC_DECODER_CMD, &command);
}

int device_queue_output(const struct v4l2_device *device, uint32_t index, uint32_t bytes, uint64_t timestamp,
                        uint32_t flags, int request_fd)
{
	struct v4l2_plane plane = {.bytesused = bytes};
	struct v4l2_buffer buffer = {
		.index = index,
		.type = device_buffer_type(device, CORE_QUEUE_OUTPUT),
		.memory = V4L2_MEMORY_MMAP,
		.flags = V4L2_BUF_FLAG_REQUEST_FD | flags,
		.request_fd = request_fd,
	};

	buffer.timestamp.tv_sec = (time_t)(timestamp / 1000000000u);
	buffer.timestamp.tv_usec = (suseconds_t)(timestamp % 1000000000u / 1000u);
	if (device->multiplanar) {
		buffer.m.planes = &plane;
		buffer.length = 1;
	} else {
		buffer.bytesused = bytes;
	}
	return retry_ioctl(device->video_fd, VIDIOC_QBUF, &buffer);
}

int device_queue_capture(const struct v4l2_device *device, uint32_t index, const struct dmabuf *memory)
{
	struct v4l2_plane planes[CORE_MAX_V4L2_PLANES] = {
		{.length = memory->second_at ? memory->first_size : memory->size, .m.fd = memory->fd},
		{.length = memory->size - memory->second_at, .m.fd = memory->second_fd},
	};
	struct v4l2_buffer buffer = {
		.index = index,
		.type = device_buffer_type(device, CORE_QUEUE_CAPTURE),
		.memory = memory->fd < 0 ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF,
	};

	if (device->multiplanar) {
		buffer.m.planes = planes;
		buffer.length = memory->second_at ? 2 : 1;
	} else {
		buffer.m.fd = memory->fd;
		buffer.length = memory->size;
	}
	return retry_ioctl(device->video_fd, VIDIOC_QBUF, &buffer);
}

int device_dequeue(const struct v4l2_device *device, uint32_t queue, struct v4l2_device_done *done)
{
	struct v4l2_plane planes[CORE_MAX_V4L2_PLANES] = {0};
	struct v4l2_buffer buffer = {
		.type = device_buffer_type(device, queue),
		/* vb2_dqbuf() does not read it. */
		.memory = V4L2_MEMORY_MMAP,
	};
	int error;

	if (device->multiplanar) {
		buffer.m.planes = planes;
		buffer.length = CORE_MAX_V4L2_PLANES;
	}
	error = retry_ioctl(device->video_fd, VIDIOC_DQBUF, &buffer);
	if (!error) {
		done->index = buffer.index;
		done->flags = buffer.flags;
	}
	return error;
}

int device_allocate_request(const struct v4l2_device *device, int *request_fd)
{
	int error = retry_ioctl(device->media_fd, MEDIA_IOC_REQUEST_ALLOC, request_fd);

	if (error)
		*request_fd = -1;
	return error;
}

int device_queue_request(int request_fd)
{
	return retry_ioctl(request_fd, MEDIA_REQUEST_IOC_QUEUE, NULL);
}

int device_reinit_request(int request_fd)
{
	return retry_ioctl(request_fd, MEDIA_REQUEST_IOC_REINIT, NULL);
}
