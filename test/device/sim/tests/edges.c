/* SPDX-License-Identifier: MIT
 *
 * What is allowed but unusual, and what is not allowed at all. Mostly recorded only: what each call answers is a matter
 * between the kernel and the simulated device, see record.h.
 */
#include "contract.h"

static struct v4l2_plane one_plane;

/* A buffer with its plane, whichever the API. */
static struct v4l2_buffer buffer_of(const struct decoder *decoder, uint32_t type, uint32_t index,
                                    uint32_t memory)
{
	struct v4l2_buffer buffer = {.type = type, .index = index, .memory = memory};

	memset(&one_plane, 0, sizeof(one_plane));
	if (decoder->multiplanar) {
		buffer.m.planes = &one_plane;
		buffer.length = 1;
	}
	return buffer;
}

static void query_all(const struct decoder *decoder)
{
	for (uint32_t i = 0; i < 4; i++) {
		struct v4l2_buffer output = buffer_of(decoder, decoder->output_type, i, 0);
		struct v4l2_buffer capture;

		ioctl(decoder->video, VIDIOC_QUERYBUF, &output);
		capture = buffer_of(decoder, decoder->capture_type, i, 0);
		ioctl(decoder->video, VIDIOC_QUERYBUF, &capture);
	}
}

static void media_calls(void)
{
	struct media_v2_entity entities[8] = {0};
	struct media_v2_interface interfaces[4] = {0};
	struct media_v2_pad pads[8] = {0};
	struct media_v2_link links[8] = {0};
	struct media_v2_topology topology = {
		.num_entities = 8,
		.ptr_entities = (uintptr_t)entities,
		.num_interfaces = 4,
		.ptr_interfaces = (uintptr_t)interfaces,
		.num_pads = 8,
		.ptr_pads = (uintptr_t)pads,
		.num_links = 8,
		.ptr_links = (uintptr_t)links,
	};
	struct media_v2_topology again = topology;
	struct media_device_info info;
	struct media_entity_desc entity;
	struct decoder decoder;

	open_decoder(&decoder);
	OK(ioctl(decoder.media, MEDIA_IOC_DEVICE_INFO, &info));
	OK(ioctl(decoder.media, MEDIA_IOC_G_TOPOLOGY, &topology));
	again.num_links = 3; /* one too few */
	ioctl(decoder.media, MEDIA_IOC_G_TOPOLOGY, &again);
	for (uint32_t id = 0; id < 8; id++) {
		memset(&entity, 0, sizeof(entity));
		entity.id = id;
		ioctl(decoder.media, MEDIA_IOC_ENUM_ENTITIES, &entity);
	}
	ioctl(decoder.media, _IO('|', 0x70));
	poll_once(decoder.media, POLLIN | POLLPRI | POLLOUT, 0);
	close_decoder(&decoder);
}

/* What a decoder has no use for, and what misses its argument. */
static void calls_without_use(void)
{
	union {
		uint32_t number;
		struct v4l2_selection selection;
		struct v4l2_streamparm parameters;
		struct v4l2_frmivalenum intervals;
		struct v4l2_event_subscription event;
		struct v4l2_control control;
	} argument;
	static const unsigned long commands[] = {
		VIDIOC_QUERYCAP, VIDIOC_ENUM_FMT, VIDIOC_S_FMT,       VIDIOC_REQBUFS,        VIDIOC_QUERYBUF,
		VIDIOC_QBUF,     VIDIOC_STREAMON, VIDIOC_S_EXT_CTRLS, VIDIOC_QUERY_EXT_CTRL, VIDIOC_CREATE_BUFS,
	};
	void *const no_argument = NULL;
	struct decoder decoder;

	open_decoder(&decoder);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		EXPECT(EFAULT, ioctl(decoder.video, commands[i], no_argument)); /* video_usercopy() */
	memset(&argument, 0, sizeof(argument));
	ioctl(decoder.video, VIDIOC_G_PRIORITY, &argument);
	argument.number = V4L2_PRIORITY_BACKGROUND;
	ioctl(decoder.video, VIDIOC_S_PRIORITY, &argument);
	memset(&argument, 0, sizeof(argument));
	argument.selection.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	ioctl(decoder.video, VIDIOC_G_SELECTION, &argument);
	memset(&argument, 0, sizeof(argument));
	argument.parameters.type = decoder.output_type;
	ioctl(decoder.video, VIDIOC_G_PARM, &argument);
	ioctl(decoder.video, VIDIOC_G_INPUT, &argument);
	memset(&argument, 0, sizeof(argument));
	argument.intervals.pixel_format = V4L2_PIX_FMT_H264_SLICE;
	ioctl(decoder.video, VIDIOC_ENUM_FRAMEINTERVALS, &argument);
	ioctl(decoder.video, VIDIOC_LOG_STATUS);
	memset(&argument, 0, sizeof(argument));
	argument.event.type = V4L2_EVENT_SOURCE_CHANGE;
	ioctl(decoder.video, VIDIOC_SUBSCRIBE_EVENT, &argument);
	ioctl(decoder.video, VIDIOC_UNSUBSCRIBE_EVENT, &argument);
	argument.event.type = V4L2_EVENT_ALL;
	ioctl(decoder.video, VIDIOC_SUBSCRIBE_EVENT, &argument);
	ioctl(decoder.video, VIDIOC_UNSUBSCRIBE_EVENT, &argument);
	close_decoder(&decoder);
}

static void try_format(const struct decoder *decoder, uint32_t type, uint32_t fourcc, uint32_t width,
                       uint32_t height, uint32_t size)
{
	struct v4l2_format format = {.type = type};

	if (decoder->multiplanar) {
		format.fmt.pix_mp.pixelformat = fourcc;
		format.fmt.pix_mp.width = width;
		format.fmt.pix_mp.height = height;
		format.fmt.pix_mp.field = V4L2_FIELD_INTERLACED;
		format.fmt.pix_mp.plane_fmt[0].sizeimage = size;
		format.fmt.pix_mp.colorspace = V4L2_COLORSPACE_SMPTE170M;
		format.fmt.pix_mp.num_planes = 2;
	} else {
		format.fmt.pix.pixelformat = fourcc;
		format.fmt.pix.width = width;
		format.fmt.pix.height = height;
		format.fmt.pix.field = V4L2_FIELD_INTERLACED;
		format.fmt.pix.sizeimage = size;
		format.fmt.pix.colorspace = V4L2_COLORSPACE_SMPTE170M;
	}
	ioctl(decoder->video, VIDIOC_TRY_FMT, &format);
}

static void format_edges(void)
{
	static const uint32_t sizes[][2] = {{0, 0}, {64, 64}, {321, 241}, {1920, 1080}, {65535, 65535}};
	struct v4l2_frmsizeenum capture_sizes = {.pixel_format = V4L2_PIX_FMT_NV12};
	struct v4l2_format format;
	struct decoder decoder;

	open_decoder(&decoder);
	get_format(&decoder, decoder.output_type);
	get_format(&decoder, decoder.capture_type);
	ioctl(decoder.video, VIDIOC_ENUM_FRAMESIZES, &capture_sizes);
	OK(set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, WIDTH, HEIGHT, &format));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		try_format(&decoder, decoder.output_type, V4L2_PIX_FMT_H264_SLICE, sizes[i][0], sizes[i][1], 0);
		try_format(&decoder, decoder.output_type, V4L2_PIX_FMT_H264_SLICE, sizes[i][0], sizes[i][1], 1);
		try_format(&decoder, decoder.capture_type, V4L2_PIX_FMT_NV12, sizes[i][0], sizes[i][1], 1);
	}
	try_format(&decoder, decoder.capture_type, v4l2_fourcc('n', 'o', 'n', 'e'), WIDTH, HEIGHT, 0);
	/* The colours of OUTPUT become those of CAPTURE. */
	if (decoder.multiplanar) {
		format.fmt.pix_mp.colorspace = V4L2_COLORSPACE_BT2020;
		format.fmt.pix_mp.ycbcr_enc = V4L2_YCBCR_ENC_BT2020;
		format.fmt.pix_mp.quantization = V4L2_QUANTIZATION_FULL_RANGE;
		format.fmt.pix_mp.xfer_func = V4L2_XFER_FUNC_709;
	} else {
		format.fmt.pix.priv = V4L2_PIX_FMT_PRIV_MAGIC;
		format.fmt.pix.colorspace = V4L2_COLORSPACE_BT2020;
		format.fmt.pix.ycbcr_enc = V4L2_YCBCR_ENC_BT2020;
		format.fmt.pix.quantization = V4L2_QUANTIZATION_FULL_RANGE;
		format.fmt.pix.xfer_func = V4L2_XFER_FUNC_709;
	}
	OK(ioctl(decoder.video, VIDIOC_S_FMT, &format));
	get_format(&decoder, decoder.capture_type);
	get_format(&decoder, decoder.output_type);
	close_decoder(&decoder);
}

/* Each buffer operation before there are any buffers. */
static void nothing_allocated(void)
{
	struct queueing queueing = {.memory = V4L2_MEMORY_MMAP, .bytesused = 16, .request = -1};
	struct v4l2_remove_buffers remove = {.count = 1};
	struct v4l2_buffer buffer;
	struct decoder decoder;
	int descriptor;

	open_decoder(&decoder);
	for (unsigned i = 0; i < 2; i++) {
		const uint32_t type = i == 0 ? decoder.output_type : decoder.capture_type;

		remove.type = type;
		enqueue(&decoder, VIDIOC_QBUF, type, &queueing);
		enqueue(&decoder, VIDIOC_PREPARE_BUF, type, &queueing);
		dequeue_buffer(&decoder, type, &buffer);
		ioctl(decoder.video, VIDIOC_REMOVE_BUFS, &remove);
		export_buffer(&decoder, type, 0, O_RDWR, &descriptor);
		stream(&decoder, type, true);
		stream(&decoder, type, false);
		request_buffers(&decoder, type, V4L2_MEMORY_MMAP, 0, NULL);
		request_buffers(&decoder, type, V4L2_MEMORY_USERPTR, 0, NULL);
		poll_once(decoder.video, POLLIN | POLLOUT | POLLPRI, 0);
	}
	close_decoder(&decoder);
}

/* Fields of struct v4l2_buffer that userspace may fill in. */
static void buffer_fields(void)
{
	struct decoder decoder;
	int requests[3];

	start_streaming(&decoder, 3, 3);
	for (uint32_t i = 0; i < 3; i++) {
		struct v4l2_buffer buffer = buffer_of(&decoder, decoder.output_type, i, V4L2_MEMORY_MMAP);

		requests[i] = new_request(&decoder);
		buffer.flags = V4L2_BUF_FLAG_REQUEST_FD;
		buffer.request_fd = requests[i];
		buffer.field = V4L2_FIELD_ALTERNATE;
		EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_QBUF, &buffer)); /* vb2_fill_vb2_v4l2_buffer() */
		buffer = buffer_of(&decoder, decoder.output_type, i, V4L2_MEMORY_MMAP);
		buffer.request_fd = requests[i];
		buffer.field = V4L2_FIELD_INTERLACED;
		buffer.sequence = 77;
		buffer.timestamp.tv_sec = i == 0 ? 123456 : 0;
		buffer.timestamp.tv_usec = i == 0 ? 999999 : (suseconds_t)i;
		buffer.timecode.seconds = 12;
		buffer.timecode.frames = 3;
		buffer.flags = V4L2_BUF_FLAG_REQUEST_FD;
		write_picture(&decoder, i); /* bytesused 0: all of the buffer is used */
		if (i == 0)
			buffer.flags |= V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
		if (i == 1)
			buffer.flags = 0xffffffffu & ~(uint32_t)V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
		if (decoder.multiplanar && i == 2) { /* data behind an offset, and that is no picture */
			one_plane.data_offset = 100;
			one_plane.bytesused = 100;
			EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_QBUF, &buffer)); /* __verify_length() */
			one_plane.data_offset = 100;
			one_plane.bytesused = 116;
		}
		OK(ioctl(decoder.video, VIDIOC_QBUF, &buffer));
	}
	query_all(&decoder);
	for (uint32_t i = 0; i < 3; i++) {
		struct v4l2_buffer buffer = buffer_of(&decoder, decoder.capture_type, i, V4L2_MEMORY_MMAP);

		buffer.field = V4L2_FIELD_TOP;
		buffer.sequence = 88;
		buffer.timestamp.tv_sec = 5;
		buffer.flags = i == 0 ? 0xffffffffu & ~(uint32_t)V4L2_BUF_FLAG_REQUEST_FD : 0;
		one_plane.bytesused = 7;
		one_plane.data_offset = 3;
		OK(ioctl(decoder.video, VIDIOC_QBUF, &buffer));
	}
	for (uint32_t i = 0; i < 3; i++) {
		struct v4l2_buffer buffer;

		OK(ioctl(requests[i], MEDIA_REQUEST_IOC_QUEUE)); /* no controls: the earlier ones */
		CHECK(wait_for_request(requests[i]));
		buffer = buffer_of(&decoder, decoder.output_type, 99, V4L2_MEMORY_DMABUF);
		OK(ioctl(decoder.video, VIDIOC_DQBUF, &buffer)); /* which, and of what memory, is not looked at */
		buffer = buffer_of(&decoder, decoder.capture_type, 99, 0);
		OK(ioctl(decoder.video, VIDIOC_DQBUF, &buffer));
		close(requests[i]);
	}
	query_all(&decoder);
	close_decoder(&decoder);
}

/* vb2_core_prepare_buf() and what comes after it. */
static void preparing(void)
{
	struct queueing queueing = {.memory = V4L2_MEMORY_MMAP, .bytesused = 16, .request = -1};
	struct decoder decoder;
	struct v4l2_buffer buffer;
	int request;

	start_streaming(&decoder, 2, 2);
	request = new_request(&decoder);
	queueing.bytesused = write_picture(&decoder, 0);
	OK(enqueue(&decoder, VIDIOC_PREPARE_BUF, decoder.output_type, &queueing));
	EXPECT(EINVAL, enqueue(&decoder, VIDIOC_PREPARE_BUF, decoder.output_type, &queueing));
	OK(enqueue(&decoder, VIDIOC_PREPARE_BUF, decoder.capture_type, &queueing));
	query_all(&decoder);
	/* What QBUF says of a prepared buffer is not looked at, but for the timestamp. */
	queueing.request = request;
	EXPECT(EINVAL, enqueue(&decoder, VIDIOC_PREPARE_BUF, decoder.output_type, &queueing));
	queueing.bytesused = 16;
	queueing.microseconds = 4000;
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	OK(queue_capture(&decoder, 0));
	EXPECT(EINVAL,
	       enqueue(&decoder, VIDIOC_PREPARE_BUF, decoder.capture_type, &(struct queueing){.memory = 1}));
	query_all(&decoder);
	OK(ioctl(request, MEDIA_REQUEST_IOC_QUEUE));
	CHECK(wait_for_request(request));
	OK(dequeue_buffer(&decoder, decoder.output_type, &buffer));
	OK(dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	query_all(&decoder);
	/* STREAMOFF undoes it. */
	queueing.request = -1;
	OK(enqueue(&decoder, VIDIOC_PREPARE_BUF, decoder.capture_type, &queueing));
	OK(stream(&decoder, decoder.capture_type, false));
	query_all(&decoder);
	close(request);
	close_decoder(&decoder);
}

/* vb2_core_remove_bufs() and the gaps that it leaves. */
static void removing(void)
{
	struct v4l2_create_buffers create = {.memory = V4L2_MEMORY_MMAP};
	struct v4l2_remove_buffers remove = {.index = 1, .count = 2};
	struct v4l2_format format;
	struct decoder decoder;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	remove.type = decoder.capture_type;
	create.format = get_format(&decoder, decoder.capture_type);
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 4, NULL));
	OK(queue_capture(&decoder, 2));
	EXPECT(EBUSY, ioctl(decoder.video, VIDIOC_REMOVE_BUFS, &remove));
	OK(stream(&decoder, decoder.capture_type, false));
	OK(ioctl(decoder.video, VIDIOC_REMOVE_BUFS, &remove));
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_REMOVE_BUFS, &remove));
	query_all(&decoder);
	for (create.count = 3; create.count > 0; create.count--) { /* does not fit into the gap, then does */
		const uint32_t count = create.count;

		OK(ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
		create.count = count;
	}
	remove.index = 0xffffffff;
	remove.count = 1;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_REMOVE_BUFS, &remove));
	remove.count = 0;
	OK(ioctl(decoder.video, VIDIOC_REMOVE_BUFS, &remove));
	remove.index = 0;
	for (remove.count = 64; remove.count > 0; remove.count--)
		ioctl(decoder.video, VIDIOC_REMOVE_BUFS, &remove); /* once, when the count is right */
	/* Without buffers, but still busy: vb2_is_busy(). */
	set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, 640, 480, &format);
	stream(&decoder, decoder.capture_type, true);
	create.count = 1;
	create.memory = V4L2_MEMORY_DMABUF;
	ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create);
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 0, NULL));
	OK(set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, 640, 480, &format));
	close_decoder(&decoder);
}

/* Buffers are made by CREATE_BUFS alone, and while streaming. */
static void creating(void)
{
	struct v4l2_create_buffers create = {.memory = V4L2_MEMORY_MMAP, .count = 2};
	struct decoder decoder;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	create.format = get_format(&decoder, decoder.capture_type);
	OK(ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
	OK(stream(&decoder, decoder.capture_type, true));
	create.count = 1;
	OK(ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
	/* More than there can be, then none that is left. */
	create.count = 100;
	OK(ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
	create.count = 1;
	EXPECT(ENOBUFS, ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
	create.memory = V4L2_MEMORY_USERPTR;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
	if (decoder.multiplanar) {
		create.memory = V4L2_MEMORY_MMAP;
		create.format.fmt.pix_mp.num_planes = 0;
		EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
		create.format.fmt.pix_mp.num_planes = 9;
		EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
		create.format.fmt.pix_mp.num_planes = 2;
		ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create);
	}
	close_decoder(&decoder);
}

/* MAPPED: somebody has it mapped or exported. */
static void mapped_buffers(void)
{
	struct decoder decoder;
	uint32_t length;
	uint32_t offset;
	void *first;
	void *exported;
	int descriptor;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(query_buffer(&decoder, decoder.capture_type, 0, &length, &offset));
	first = mmap(NULL, length, PROT_READ, MAP_SHARED, decoder.video, offset);
	CHECK(first != MAP_FAILED);
	query_all(&decoder);
	munmap(first, length);
	query_all(&decoder);
	OK(export_buffer(&decoder, decoder.capture_type, 0, O_RDWR, &descriptor));
	exported = mmap(NULL, length, PROT_READ, MAP_SHARED, descriptor, 0);
	CHECK(exported != MAP_FAILED);
	query_all(&decoder);
	close(descriptor);
	query_all(&decoder);
	munmap(exported, length);
	query_all(&decoder);
	export_buffer(&decoder, decoder.output_type, 0, O_RDWR, &descriptor);
	close_decoder(&decoder);
}

/* __prepare_dmabuf(): which descriptor, at which index, and again. */
static void importing_again(void)
{
	struct queueing queueing = {.memory = V4L2_MEMORY_DMABUF, .request = -1};
	struct v4l2_buffer buffer;
	struct decoder allocator;
	struct decoder decoder;
	int descriptors[2];
	int small;

	open_decoder(&allocator);
	set_up_formats(&allocator);
	OK(request_buffers(&allocator, allocator.capture_type, V4L2_MEMORY_MMAP, 2, NULL));
	OK(request_buffers(&allocator, allocator.output_type, V4L2_MEMORY_MMAP, 1, NULL));
	for (unsigned i = 0; i < 2; i++)
		OK(export_buffer(&allocator, allocator.capture_type, i, O_RDWR | O_CLOEXEC, &descriptors[i]));
	OK(export_buffer(&allocator, allocator.output_type, 0, O_RDWR | O_CLOEXEC, &small));
	close_decoder(&allocator);
	open_decoder(&decoder);
	set_up_formats(&decoder);
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_DMABUF, 3, NULL));
	query_all(&decoder);
	/* The same at two indices, another at the first. */
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 3; i++) {
			queueing.index = i;
			queueing.dmabuf = descriptors[(i + round) % 2];
			OK(queue_buffer(&decoder, decoder.capture_type, &queueing));
		}
		query_all(&decoder);
		OK(stream(&decoder, decoder.capture_type, false));
		query_all(&decoder);
	}
	/* A refused one takes away what was there; a length beyond the dma-buf is taken at its word. */
	queueing.index = 0;
	queueing.dmabuf = small;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.capture_type, &queueing));
	query_all(&decoder);
	queueing.dmabuf = descriptors[0];
	queueing.length = 0x7ffff000;
	enqueue(&decoder, VIDIOC_PREPARE_BUF, decoder.capture_type, &queueing);
	OK(stream(&decoder, decoder.capture_type, false));
	queueing.length = 0;
	OK(enqueue(&decoder, VIDIOC_PREPARE_BUF, decoder.capture_type, &queueing));
	query_all(&decoder);
	/* Prepared: what QBUF names is not looked at. */
	queueing.dmabuf = small;
	OK(queue_buffer(&decoder, decoder.capture_type, &queueing));
	OK(stream(&decoder, decoder.capture_type, true));
	EXPECT(EAGAIN, dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	OK(stream(&decoder, decoder.capture_type, false));
	close(descriptors[0]);
	queueing.dmabuf = 900;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.capture_type, &queueing));
	query_all(&decoder);
	close(descriptors[1]);
	close(small);
	close_decoder(&decoder);
}

/* OUTPUT from imported memory, in a request: it is looked at when the request is queued. */
static void importing_output(void)
{
	struct queueing queueing = {.memory = V4L2_MEMORY_DMABUF};
	struct decoder allocator;
	struct decoder decoder;
	int descriptor;

	open_decoder(&allocator);
	set_up_formats(&allocator);
	OK(request_buffers(&allocator, allocator.output_type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(export_buffer(&allocator, allocator.output_type, 0, O_RDWR | O_CLOEXEC, &descriptor));
	queueing.bytesused = write_picture(&allocator, 0);
	close_decoder(&allocator);
	open_decoder(&decoder);
	set_up_formats(&decoder);
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_DMABUF, 2, NULL));
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(stream(&decoder, decoder.output_type, true));
	OK(stream(&decoder, decoder.capture_type, true));
	queueing.request = new_request(&decoder);
	queueing.dmabuf = decoder.media;
	queueing.length = BITSTREAM_SIZE;
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	query_all(&decoder);
	EXPECT(EINVAL, ioctl(queueing.request, MEDIA_REQUEST_IOC_QUEUE));
	query_all(&decoder);
	poll_once(queueing.request, POLLPRI, 0);
	OK(ioctl(queueing.request, MEDIA_REQUEST_IOC_REINIT));
	query_all(&decoder);
	queueing.dmabuf = descriptor;
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	OK(ioctl(queueing.request, MEDIA_REQUEST_IOC_QUEUE));
	OK(queue_capture(&decoder, 0));
	CHECK(wait_for_request(queueing.request));
	query_all(&decoder);
	close(queueing.request);
	close(descriptor);
	close_decoder(&decoder);
}

/* Two buffers in a request, a request without its buffer, a buffer without its request. */
static void odd_requests(void)
{
	struct queueing queueing = {.memory = V4L2_MEMORY_MMAP, .bytesused = 16};
	struct decoder other;
	struct decoder decoder;
	int request;
	int second;

	start_streaming(&decoder, 3, 2);
	open_decoder(&other);
	request = new_request(&decoder);
	second = new_request(&other); /* requests belong to the media device, not to whoever opened it */
	queueing.request = request;
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	queueing.index = 1;
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	EXPECT(EINVAL, ioctl(request, MEDIA_REQUEST_IOC_QUEUE));
	query_all(&decoder);
	/* STREAMOFF takes the buffers out of an idle request. */
	OK(stream(&decoder, decoder.output_type, false));
	query_all(&decoder);
	EXPECT(ENOENT, ioctl(request, MEDIA_REQUEST_IOC_QUEUE));
	OK(stream(&decoder, decoder.output_type, true));
	/* REQBUFS is refused while streaming, and takes them away when not. */
	queueing.request = second;
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	close(second);
	query_all(&decoder); /* the buffer has the last reference of the request */
	OK(ioctl(request, MEDIA_REQUEST_IOC_REINIT));
	queueing.request = request;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.output_type, &queueing));
	queueing.index = 2;
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	OK(stream(&decoder, decoder.output_type, false));
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 0, NULL));
	EXPECT(ENOENT, ioctl(request, MEDIA_REQUEST_IOC_QUEUE));
	poll_once(request, POLLPRI, 0);
	close(request);
	close_decoder(&other);
	close_decoder(&decoder);
}

/* OUTPUT without a request: a matter of the driver (requires_requests), and then it is one or the other until STREAMOFF. */
static void without_request(void)
{
	struct queueing queueing = {.memory = V4L2_MEMORY_MMAP, .bytesused = 16, .request = -1};
	struct decoder decoder;
	int request;

	start_streaming(&decoder, 2, 1);
	request = new_request(&decoder);
	queue_buffer(&decoder, decoder.output_type, &queueing);
	query_all(&decoder);
	queueing.index = 1;
	queueing.request = request;
	queue_buffer(&decoder, decoder.output_type, &queueing);
	OK(stream(&decoder, decoder.output_type, false));
	queueing.index = 0;
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	queueing.index = 1;
	queueing.request = -1;
	queue_buffer(&decoder, decoder.output_type, &queueing);
	close(request);
	close_decoder(&decoder);
}

/* STREAMOFF of each queue with jobs waiting for the other, and what poll says at each step. */
static void streamoff_with_work(void)
{
	const short all = POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM;
	struct v4l2_buffer buffer;
	struct decoder decoder;
	int requests[2];

	for (unsigned queue = 0; queue < 2; queue++) {
		start_streaming(&decoder, 2, 2);
		for (uint32_t i = 0; i < 2; i++) {
			requests[i] = new_request(&decoder);
			if (queue == 0)
				submit(&decoder, requests[i], i, 1000 * i, 0);
			else
				OK(queue_capture(&decoder, i));
			poll_once(decoder.video, all, 0);
		}
		OK(stream(&decoder, queue == 0 ? decoder.output_type : decoder.capture_type, false));
		query_all(&decoder);
		poll_once(decoder.video, all, 0);
		poll_once(requests[0], POLLPRI, 0);
		poll_once(requests[1], POLLPRI, 0);
		OK(stream(&decoder, queue == 0 ? decoder.output_type : decoder.capture_type, true));
		EXPECT(EAGAIN, dequeue_buffer(&decoder, decoder.output_type, &buffer));
		EXPECT(EAGAIN, dequeue_buffer(&decoder, decoder.capture_type, &buffer));
		/* Then it goes on as usual; sequence numbers begin again with the queue that was restarted. */
		for (uint32_t i = 0; i < 2; i++) {
			OK(ioctl(requests[i], MEDIA_REQUEST_IOC_REINIT));
			submit(&decoder, requests[i], i, 5000 + 1000 * i, 0);
			OK(queue_capture(&decoder, i));
			CHECK(wait_for_request(requests[i]));
			poll_once(decoder.video, all, 0);
			OK(dequeue_buffer(&decoder, decoder.output_type, &buffer));
			OK(dequeue_buffer(&decoder, decoder.capture_type, &buffer));
		}
		close(requests[0]);
		close(requests[1]);
		close_decoder(&decoder);
	}
}

/* A buffer that is done and not fetched: what happens to it at STREAMOFF and at close. */
static void done_but_not_fetched(void)
{
	struct decoder decoder;
	int request;

	start_streaming(&decoder, 1, 1);
	request = new_request(&decoder);
	submit(&decoder, request, 0, 7000, 0);
	OK(queue_capture(&decoder, 0));
	CHECK(wait_for_request(request));
	query_all(&decoder);
	EXPECT(EINVAL, queue_capture(&decoder, 0));
	OK(ioctl(request, MEDIA_REQUEST_IOC_REINIT));
	query_all(&decoder);
	OK(stream(&decoder, decoder.capture_type, false));
	query_all(&decoder);
	OK(stream(&decoder, decoder.output_type, false));
	query_all(&decoder);
	poll_once(request, POLLPRI, 0);
	close_decoder(&decoder);
	poll_once(request, POLLPRI, 0);
	OK(ioctl(request, MEDIA_REQUEST_IOC_REINIT));
	EXPECT(ENOENT, ioctl(request, MEDIA_REQUEST_IOC_QUEUE));
	close(request);
}

const struct test edge_tests[] = {
	{"media calls", media_calls, NULL},
	{"calls without use", calls_without_use, NULL},
	{"format edges", format_edges, NULL},
	{"nothing allocated", nothing_allocated, NULL},
	{"fields of a buffer", buffer_fields, NULL},
	{"PREPARE_BUF", preparing, NULL},
	{"REMOVE_BUFS", removing, NULL},
	{"CREATE_BUFS alone", creating, NULL},
	{"MAPPED", mapped_buffers, NULL},
	{"DMABUF import again", importing_again, NULL},
	{"DMABUF import on OUTPUT", importing_output, NULL},
	{"odd requests", odd_requests, NULL},
	{"OUTPUT without a request", without_request, NULL},
	{"STREAMOFF with work queued", streamoff_with_work, NULL},
	{"done but not fetched", done_but_not_fetched, NULL},
};
const unsigned edge_test_count = TEST_COUNT(edge_tests);
