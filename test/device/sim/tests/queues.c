/* SPDX-License-Identifier: MIT
 *
 * Buffers, memory, streaming, poll: videobuf2-core.c, videobuf2-v4l2.c, v4l2-mem2mem.c.
 */
#include "contract.h"

#include <pthread.h>
#include <semaphore.h>

static void request_buffers_rules(void)
{
	struct v4l2_requestbuffers request = {0};
	struct decoder decoder;
	uint32_t length;
	uint32_t offset;
	uint32_t got;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	/* vb2_verify_memory_type() */
	EXPECT(EINVAL, request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_USERPTR, 1, NULL));
	EXPECT(EINVAL, request_buffers(&decoder, decoder.output_type, 99, 1, NULL));
	/* vb2_core_reqbufs(): no more than max_num_buffers. */
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 1000, &got));
	CHECK(got >= 32 && got < 1000);
	request.count = 2;
	request.type = decoder.output_type;
	request.memory = V4L2_MEMORY_MMAP;
	OK(ioctl(decoder.video, VIDIOC_REQBUFS, &request));
	CHECK_EQUAL(request.count, 2);
	CHECK(request.capabilities & V4L2_BUF_CAP_SUPPORTS_REQUESTS);
	CHECK(request.capabilities & V4L2_BUF_CAP_SUPPORTS_DMABUF);
	CHECK(request.capabilities & V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS);
	OK(query_buffer(&decoder, decoder.output_type, 1, &length, &offset));
	CHECK(length >= BITSTREAM_SIZE);
	EXPECT(EINVAL, query_buffer(&decoder, decoder.output_type, 2, &length, &offset));
	/* No buffers are in the way of themselves. */
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_DMABUF, 3, &got));
	CHECK_EQUAL(got, 3);
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 0, NULL));
	EXPECT(EINVAL, query_buffer(&decoder, decoder.output_type, 0, &length, &offset));
	close_decoder(&decoder);
}

static void create_buffers_rules(void)
{
	struct v4l2_create_buffers create = {.count = 1, .memory = V4L2_MEMORY_MMAP};
	struct v4l2_format format;
	struct decoder decoder;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	format = get_format(&decoder, decoder.output_type);
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 2, NULL));
	create.format = format;
	OK(ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
	CHECK_EQUAL(create.index, 2);
	CHECK_EQUAL(create.count, 1);
	/* hantro_queue_setup(): smaller than the format. */
	create.count = 1;
	create.format = format;
	if (decoder.multiplanar)
		create.format.fmt.pix_mp.plane_fmt[0].sizeimage /= 2;
	else
		create.format.fmt.pix.sizeimage /= 2;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
	/* vb2_create_bufs(): of no size; vb2_core_create_bufs(): of another memory. */
	create.count = 1;
	if (decoder.multiplanar)
		create.format.fmt.pix_mp.plane_fmt[0].sizeimage = 0;
	else
		create.format.fmt.pix.sizeimage = 0;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
	create.count = 1;
	create.format = format;
	create.memory = V4L2_MEMORY_DMABUF;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
	/* Count 0 asks for the next index and the capabilities. */
	create.count = 0;
	create.format = format;
	create.memory = V4L2_MEMORY_MMAP;
	OK(ioctl(decoder.video, VIDIOC_CREATE_BUFS, &create));
	CHECK_EQUAL(create.index, 3);
	close_decoder(&decoder);
}

static void mapping(void)
{
	struct decoder decoder;
	uint32_t length;
	uint32_t offset;
	uint8_t *first;
	uint8_t *again;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 2, NULL));
	OK(query_buffer(&decoder, decoder.output_type, 1, &length, &offset));
	first = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, decoder.video, offset);
	again = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, decoder.video, offset);
	CHECK(first != MAP_FAILED && again != MAP_FAILED);
	first[length - 1] = 42;
	CHECK_EQUAL(again[length - 1], 42);
	/* vb2_mmap(): private, read-only on OUTPUT, no such buffer, too long. */
	CHECK(mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, decoder.video, offset) == MAP_FAILED);
	CHECK_EQUAL(errno, EINVAL);
	CHECK(mmap(NULL, length, PROT_READ, MAP_SHARED, decoder.video, offset) == MAP_FAILED);
	CHECK_EQUAL(errno, EINVAL);
	CHECK(mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, decoder.video, offset * 2) == MAP_FAILED);
	CHECK_EQUAL(errno, EINVAL);
	CHECK(mmap(NULL, length + 4096, PROT_READ | PROT_WRITE, MAP_SHARED, decoder.video, offset) == MAP_FAILED);
	CHECK_EQUAL(errno, EINVAL);
	/* Mapped memory outlives its buffer. */
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 0, NULL));
	CHECK_EQUAL(again[length - 1], 42);
	munmap(first, length);
	munmap(again, length);
	close_decoder(&decoder);
}

static void exporting(void)
{
	struct decoder decoder;
	uint32_t length;
	uint32_t offset;
	int read_only;
	int descriptor;
	uint8_t *bytes;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(query_buffer(&decoder, decoder.capture_type, 0, &length, &offset));
	OK(export_buffer(&decoder, decoder.capture_type, 0, O_RDWR | O_CLOEXEC, &descriptor));
	OK(export_buffer(&decoder, decoder.capture_type, 0, O_CLOEXEC, &read_only));
	/* vb2_core_expbuf(): flags that mean nothing; vb2_expbuf(): no such buffer. */
	EXPECT(EINVAL, export_buffer(&decoder, decoder.capture_type, 0, O_NONBLOCK, &descriptor));
	EXPECT(EINVAL, export_buffer(&decoder, decoder.capture_type, 1, O_RDWR, &descriptor));
	/* The descriptor's mode rules over its mappings. */
	CHECK(mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, read_only, 0) == MAP_FAILED);
	CHECK_EQUAL(errno, EACCES);
	CHECK(lseek(descriptor, 0, SEEK_END) >= (off_t)length);
	/* dma_buf_poll(): nobody has a fence on it. */
	CHECK_EQUAL(poll_once(descriptor, POLLOUT, 1000), POLLOUT);
	CHECK_EQUAL(poll_once(descriptor, POLLIN, 1000), POLLIN);
	/* A dma-buf lives on without its buffer and its device. */
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 0, NULL));
	close_decoder(&decoder);
	bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	CHECK(bytes != MAP_FAILED);
	bytes[0] = 1;
	munmap(bytes, length);
	close(descriptor);
	close(read_only);
}

static void importing(void)
{
	struct queueing queueing = {.memory = V4L2_MEMORY_DMABUF, .request = -1};
	struct decoder allocator;
	struct decoder decoder;
	uint32_t length;
	uint32_t offset;
	int descriptor;
	int request;
	int small;

	open_decoder(&allocator);
	set_up_formats(&allocator);
	OK(request_buffers(&allocator, allocator.capture_type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(request_buffers(&allocator, allocator.output_type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(query_buffer(&allocator, allocator.capture_type, 0, &length, &offset));
	OK(export_buffer(&allocator, allocator.capture_type, 0, O_RDWR | O_CLOEXEC, &descriptor));
	OK(export_buffer(&allocator, allocator.output_type, 0, O_RDWR | O_CLOEXEC, &small));
	close_decoder(&allocator);

	open_decoder(&decoder);
	set_up_formats(&decoder);
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_DMABUF, 4, NULL));
	/* vb2_queue_or_prepare_buf(): another memory than REQBUFS said. */
	queueing.memory = V4L2_MEMORY_MMAP;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.capture_type, &queueing));
	/* __prepare_dmabuf(): no descriptor at all, one of something else, one that is too small. */
	queueing.memory = V4L2_MEMORY_DMABUF;
	queueing.dmabuf = -1;
	queueing.length = length;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.capture_type, &queueing));
	queueing.dmabuf = decoder.media;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.capture_type, &queueing));
	queueing.dmabuf = small;
	queueing.length = 0;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.capture_type, &queueing));
	queueing.dmabuf = descriptor;
	queueing.length = length / 2;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.capture_type, &queueing));
	/* Length 0 means all of it; any index will do, and the descriptor is not needed any more. */
	queueing.length = 0;
	OK(queue_buffer(&decoder, decoder.capture_type, &queueing));
	queueing.index = 3;
	queueing.length = length;
	OK(queue_buffer(&decoder, decoder.capture_type, &queueing));
	/* vb2_core_qbuf(): already queued. */
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.capture_type, &queueing));
	/* vb2_core_expbuf(): what was imported is not exported. */
	EXPECT(EINVAL, export_buffer(&decoder, decoder.capture_type, 0, O_RDWR, &small));
	close(descriptor);
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(stream(&decoder, decoder.output_type, true));
	OK(stream(&decoder, decoder.capture_type, true));
	request = new_request(&decoder);
	submit(&decoder, request, 0, 1000, 0);
	CHECK(wait_for_request(request));
	OK(stream(&decoder, decoder.capture_type, false));
	close(request);
	close_decoder(&decoder);
	close(small);
}

static void queueing_rules(void)
{
	struct queueing queueing = {.memory = V4L2_MEMORY_MMAP, .bytesused = 16, .request = -1};
	struct v4l2_buffer buffer;
	struct decoder decoder;
	int request;

	start_streaming(&decoder, 1, 1);
	request = new_request(&decoder);
	/* v4l2_m2m_qbuf(): no requests on CAPTURE. */
	queueing.request = request;
	EXPECT(EPERM, queue_buffer(&decoder, decoder.capture_type, &queueing));
	/* media_request_get_by_fd(): not a request. */
	queueing.request = decoder.video;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.output_type, &queueing));
	/* __verify_length(): more bytes than there are. */
	queueing.request = request;
	queueing.bytesused = 0x7fffffff;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.output_type, &queueing));
	queueing.bytesused = 16;
	queueing.index = 1;
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.output_type, &queueing));
	if (decoder.multiplanar) {
		/* __verify_planes_array(), check_array_args() */
		struct v4l2_plane planes[VIDEO_MAX_PLANES + 1] = {0};

		memset(&buffer, 0, sizeof(buffer));
		buffer.type = decoder.capture_type;
		buffer.memory = V4L2_MEMORY_MMAP;
		EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_QBUF, &buffer));
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES + 1;
		EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_QBUF, &buffer));
		buffer.m.planes = NULL;
		buffer.length = 1;
		EXPECT(EFAULT, ioctl(decoder.video, VIDIOC_QBUF, &buffer));
	}
	OK(queue_capture(&decoder, 0));
	EXPECT(EINVAL, queue_capture(&decoder, 0));
	EXPECT(EAGAIN, dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	/* vb2_core_reqbufs(): streaming. */
	EXPECT(EBUSY, request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 0, NULL));
	close(request);
	close_decoder(&decoder);
}

static void streaming_rules(void)
{
	struct v4l2_buffer buffer;
	struct decoder decoder;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	/* vb2_core_streamon(): no buffers; __vb2_wait_for_done_vb(): not streaming. */
	EXPECT(EINVAL, stream(&decoder, decoder.capture_type, true));
	EXPECT(EINVAL, dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	OK(stream(&decoder, decoder.capture_type, false));
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 2, NULL));
	OK(queue_capture(&decoder, 1));
	OK(stream(&decoder, decoder.capture_type, true));
	OK(stream(&decoder, decoder.capture_type, true));
	OK(stream(&decoder, decoder.capture_type, false));
	/* STREAMOFF gave it back. */
	OK(queue_capture(&decoder, 1));
	close_decoder(&decoder);
}

/* v4l2_m2m_poll_for_data() */
static void polling(void)
{
	const short all = POLLIN | POLLOUT | POLLPRI;
	struct v4l2_buffer buffer;
	struct decoder decoder;
	int request;

	open_decoder(&decoder);
	CHECK_EQUAL(poll_once(decoder.video, all, 0), POLLERR);
	close_decoder(&decoder);
	start_streaming(&decoder, 1, 1);
	/* Streaming, but nothing queued that could ever come back. */
	CHECK_EQUAL(poll_once(decoder.video, all, 0), POLLERR);
	CHECK_EQUAL(poll_once(decoder.video, POLLPRI, 0), 0);
	OK(queue_capture(&decoder, 0));
	CHECK_EQUAL(poll_once(decoder.video, all, 0), 0);
	CHECK_EQUAL(poll_once(decoder.video, all, 20), 0);
	request = new_request(&decoder);
	submit(&decoder, request, 0, 1000, 0);
	CHECK(wait_for_request(request));
	CHECK_EQUAL(poll_once(decoder.video, all, 0), POLLIN | POLLOUT);
	CHECK_EQUAL(poll_once(decoder.video, POLLOUT, 0), POLLOUT);
	OK(dequeue_buffer(&decoder, decoder.output_type, &buffer));
	CHECK_EQUAL(poll_once(decoder.video, all, 0), POLLIN);
	OK(dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	CHECK_EQUAL(poll_once(decoder.video, all, 0), POLLERR);
	close(request);
	close_decoder(&decoder);
}

struct sleeper {
	int descriptor;
	short events;
	short seen;
};

static void *sleep_in_poll(void *argument)
{
	struct sleeper *sleeper = argument;

	sleeper->seen = poll_once(sleeper->descriptor, sleeper->events, 5000);
	return NULL;
}

/* Several threads wait for one picture, one of them together with a pipe; all of them wake. */
static void polling_together(void)
{
	struct sleeper sleepers[3];
	pthread_t threads[3];
	struct pollfd both[3];
	struct decoder decoder;
	int request;
	int ends[2];

	start_streaming(&decoder, 1, 1);
	OK(pipe(ends));
	request = new_request(&decoder);
	submit(&decoder, request, 0, 1000, 0);
	sleepers[0] = (struct sleeper){request, POLLPRI, 0};
	sleepers[1] = (struct sleeper){request, POLLPRI, 0};
	sleepers[2] = (struct sleeper){decoder.video, POLLIN, 0};
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, sleep_in_poll, &sleepers[i]), 0);
	both[0] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	both[1] = (struct pollfd){.fd = -1, .events = POLLIN};
	both[2] = (struct pollfd){.fd = request, .events = POLLPRI};
	CHECK_EQUAL(poll(both, 3, 20), 0);
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
	CHECK_EQUAL(poll(both, 3, 5000), 1);
	CHECK_EQUAL(both[0].revents, POLLIN);
	both[0].fd = -1 - ends[0];
	OK(queue_capture(&decoder, 0));
	CHECK_EQUAL(poll(both, 3, 5000), 1);
	CHECK_EQUAL(both[2].revents, POLLPRI);
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		CHECK_EQUAL(sleepers[i].seen, sleepers[i].events);
	}
	close(ends[0]);
	close(ends[1]);
	close(request);
	close_decoder(&decoder);
}

struct waiter {
	const struct decoder *decoder;
	sem_t *refused;
	int outcome; /* 0, or an errno */
};

static void *dequeue_blocking(void *argument)
{
	struct waiter *waiter = argument;
	struct v4l2_buffer buffer;

	waiter->outcome = dequeue_buffer(waiter->decoder, waiter->decoder->capture_type, &buffer) ? errno : 0;
	if (waiter->outcome)
		sem_post(waiter->refused);
	return NULL;
}

/* __vb2_wait_for_done_vb(): without O_NONBLOCK it sleeps, and one at a time may. Two threads try: once one of them is
 * refused, the other surely sleeps. */
static void blocking_dequeue(void)
{
	struct waiter waiters[2];
	struct v4l2_buffer buffer;
	struct decoder decoder;
	pthread_t threads[2];
	sem_t refused;
	int request;

	start_streaming(&decoder, 1, 1);
	OK(fcntl(decoder.video, F_SETFL, O_RDWR));
	request = new_request(&decoder);
	OK(queue_capture(&decoder, 0));
	OK(sem_init(&refused, 0, 0));
	for (int i = 0; i < 2; i++) {
		waiters[i] = (struct waiter){.decoder = &decoder, .refused = &refused};
		CHECK_EQUAL(pthread_create(&threads[i], NULL, dequeue_blocking, &waiters[i]), 0);
	}
	OK(sem_wait(&refused));
	EXPECT(EBUSY, dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	submit(&decoder, request, 0, 1000, 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQUAL(waiters[0].outcome + waiters[1].outcome, EBUSY);
	sem_destroy(&refused);
	close(request);
	close_decoder(&decoder);
}

/* dup and O_NONBLOCK: a description is shared, its flags too. */
static void descriptors(void)
{
	struct v4l2_capability capability;
	struct decoder decoder;
	int copy;

	open_decoder(&decoder);
	copy = fcntl(decoder.video, F_DUPFD_CLOEXEC, 0);
	CHECK(copy >= 0);
	OK(close(decoder.video));
	OK(ioctl(copy, VIDIOC_QUERYCAP, &capability));
	CHECK(fcntl(copy, F_GETFL) & O_NONBLOCK);
	CHECK(fcntl(copy, F_GETFD) & FD_CLOEXEC);
	decoder.video = dup(copy);
	OK(close(copy));
	OK(ioctl(decoder.video, VIDIOC_QUERYCAP, &capability));
	close_decoder(&decoder);
	EXPECT(EBADF, ioctl(decoder.video, VIDIOC_QUERYCAP, &capability));
}

const struct test queue_tests[] = {
	{"REQBUFS", request_buffers_rules, NULL},
	{"CREATE_BUFS", create_buffers_rules, NULL},
	{"mmap", mapping, NULL},
	{"EXPBUF", exporting, NULL},
	{"DMABUF import", importing, NULL},
	{"QBUF", queueing_rules, NULL},
	{"STREAMON and STREAMOFF", streaming_rules, NULL},
	{"poll", polling, NULL},
	{"poll with others", polling_together, NULL},
	{"DQBUF that waits", blocking_dequeue, NULL},
	{"dup and fcntl", descriptors, NULL},
};
const unsigned queue_test_count = TEST_COUNT(queue_tests);
