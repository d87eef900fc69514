/* SPDX-License-Identifier: MIT
 *
 * Requests and jobs: mc-request.c, v4l2-mem2mem.c.
 */
#include "contract.h"

static void idle_request(void)
{
	struct decoder decoder;
	int request;

	open_decoder(&decoder);
	request = new_request(&decoder);
	CHECK(fcntl(request, F_GETFD) & FD_CLOEXEC);             /* media_request_alloc() */
	EXPECT(ENOENT, ioctl(request, MEDIA_REQUEST_IOC_QUEUE)); /* vb2_request_validate(): without a buffer */
	OK(ioctl(request, MEDIA_REQUEST_IOC_REINIT));
	EXPECT(ENOTTY, ioctl(request, MEDIA_IOC_REQUEST_ALLOC, &request));
	/* media_request_poll(): only a queued request is worth waiting for. */
	CHECK_EQUAL(poll_once(request, POLLPRI, 0), POLLERR);
	CHECK_EQUAL(poll_once(request, POLLIN, 0), 0);
	close(request);
	close_decoder(&decoder);
}

static void life_of_a_request(void)
{
	const struct queueing again = {.memory = V4L2_MEMORY_MMAP, .bytesused = 16, .request = -1, .index = 1};
	struct queueing queueing = again;
	struct v4l2_ctrl_h264_pps pps;
	struct job_controls controls;
	struct v4l2_buffer buffer;
	struct decoder decoder;
	int request;

	start_streaming(&decoder, 2, 1);
	request = new_request(&decoder);
	fill_controls(&controls);
	controls.pps.pic_init_qp_minus26 = 7;
	OK(set_controls(&decoder, &controls, request));
	/* v4l2_g_ext_ctrls_request(): not before it is complete. */
	EXPECT(EACCES, set_one(&decoder, VIDIOC_G_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &pps, sizeof(pps),
	                       request, NULL));
	submit(&decoder, request, 0, 1000, 0); /* sets the PPS again, to 0 */
	controls.pps.pic_init_qp_minus26 = 0;
	/* There is no CAPTURE buffer, so it stays queued. */
	CHECK_EQUAL(poll_once(request, POLLPRI, 20), 0);
	EXPECT(EBUSY, ioctl(request, MEDIA_REQUEST_IOC_QUEUE));
	EXPECT(EBUSY, ioctl(request, MEDIA_REQUEST_IOC_REINIT));
	EXPECT(EBUSY, set_controls(&decoder, &controls, request));
	queueing.request = request;
	EXPECT(EBUSY, queue_buffer(&decoder, decoder.output_type, &queueing));
	EXPECT(EACCES, set_one(&decoder, VIDIOC_G_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &pps, sizeof(pps),
	                       request, NULL));
	OK(queue_capture(&decoder, 0));
	CHECK(wait_for_request(request));
	memset(&pps, 0xff, sizeof(pps));
	OK(set_one(&decoder, VIDIOC_G_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &pps, sizeof(pps), request, NULL));
	CHECK_EQUAL(pps.pic_init_qp_minus26, 0);
	/* Complete is not idle. */
	EXPECT(EBUSY, ioctl(request, MEDIA_REQUEST_IOC_QUEUE));
	EXPECT(EBUSY, set_controls(&decoder, &controls, request));
	OK(ioctl(request, MEDIA_REQUEST_IOC_REINIT));
	CHECK_EQUAL(poll_once(request, POLLPRI, 0), POLLERR);
	OK(dequeue_buffer(&decoder, decoder.output_type, &buffer));
	CHECK_EQUAL(buffer.index, 0);
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	close(request);
	close_decoder(&decoder);
}

/* v4l2_ctrl_request_setup(): what a job was given stays. */
static void values_become_current(void)
{
	struct job_controls controls;
	struct v4l2_ctrl_h264_pps pps;
	struct decoder decoder;
	int request;

	start_streaming(&decoder, 1, 1);
	request = new_request(&decoder);
	fill_controls(&controls);
	controls.pps.chroma_qp_index_offset = -5;
	OK(set_controls(&decoder, &controls, request));
	OK(set_one(&decoder, VIDIOC_G_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &pps, sizeof(pps), -1, NULL));
	CHECK_EQUAL(pps.chroma_qp_index_offset, 0);
	OK(queue_capture(&decoder, 0));
	OK(queue_buffer(&decoder, decoder.output_type,
	                &(struct queueing){.memory = V4L2_MEMORY_MMAP, .bytesused = 16, .request = request}));
	OK(ioctl(request, MEDIA_REQUEST_IOC_QUEUE));
	CHECK(wait_for_request(request));
	OK(set_one(&decoder, VIDIOC_G_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &pps, sizeof(pps), -1, NULL));
	CHECK_EQUAL(pps.chroma_qp_index_offset, -5);
	close(request);
	close_decoder(&decoder);
}

/* v4l2_m2m_buf_copy_metadata(); jobs and CAPTURE buffers go in the order of QBUF. */
static void order_and_timestamps(void)
{
	struct decoder decoder;
	int requests[4];

	start_streaming(&decoder, 4, 4);
	for (uint32_t i = 0; i < 4; i++) {
		OK(queue_capture(&decoder, 3 - i));
		requests[i] = new_request(&decoder);
		submit(&decoder, requests[i], i, 5000000 + i * 1000, 0);
	}
	for (uint32_t i = 0; i < 4; i++) {
		struct v4l2_buffer buffer;

		CHECK(wait_for_request(requests[i]));
		/* The CAPTURE buffer is there no later than the request is complete (v4l2_m2m_buf_done_and_job_finish()). */
		OK(dequeue_buffer(&decoder, decoder.capture_type, &buffer));
		CHECK_EQUAL(buffer.index, 3 - i);
		CHECK_EQUAL(buffer.timestamp.tv_sec, 5);
		CHECK_EQUAL(buffer.timestamp.tv_usec, i * 1000);
		CHECK_EQUAL(buffer.sequence, i);
		CHECK((buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_COPY);
		CHECK(buffer.bytesused > 0);
		OK(dequeue_buffer(&decoder, decoder.output_type, &buffer));
		CHECK_EQUAL(buffer.index, i);
		CHECK_EQUAL(buffer.timestamp.tv_usec, i * 1000);
		close(requests[i]);
	}
	close_decoder(&decoder);
}

/* A request goes on without its descriptor. */
static void closed_request(void)
{
	struct v4l2_buffer buffer;
	struct decoder decoder;
	int request;

	start_streaming(&decoder, 1, 1);
	request = new_request(&decoder);
	submit(&decoder, request, 0, 1000, 0);
	close(request);
	OK(queue_capture(&decoder, 0));
	CHECK_EQUAL(poll_once(decoder.video, POLLIN, 5000), POLLIN);
	OK(dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	OK(dequeue_buffer(&decoder, decoder.output_type, &buffer));
	close_decoder(&decoder);
}

/* __vb2_queue_cancel(): what is queued comes back as faulty, and requests complete. */
static void stream_off_completes(void)
{
	struct decoder decoder;
	int request;

	start_streaming(&decoder, 1, 1);
	request = new_request(&decoder);
	submit(&decoder, request, 0, 1000, 0);
	CHECK_EQUAL(poll_once(request, POLLPRI, 0), 0);
	OK(stream(&decoder, decoder.output_type, false));
	CHECK_EQUAL(poll_once(request, POLLPRI, 0), POLLPRI);
	OK(ioctl(request, MEDIA_REQUEST_IOC_REINIT));
	/* Also of a queue that did not stream (buf_request_complete). */
	submit(&decoder, request, 0, 2000, 0);
	CHECK_EQUAL(poll_once(request, POLLPRI, 0), 0);
	OK(stream(&decoder, decoder.output_type, false));
	CHECK_EQUAL(poll_once(request, POLLPRI, 0), POLLPRI);
	OK(ioctl(request, MEDIA_REQUEST_IOC_REINIT));
	OK(stream(&decoder, decoder.output_type, true));
	submit(&decoder, request, 0, 3000, 0);
	OK(queue_capture(&decoder, 0));
	CHECK(wait_for_request(request));
	close(request);
	close_decoder(&decoder);
}

/* v4l2_release() with everything in flight. */
static void close_in_flight(void)
{
	struct decoder decoder;
	int requests[3];

	start_streaming(&decoder, 3, 3);
	for (uint32_t i = 0; i < 3; i++) {
		requests[i] = new_request(&decoder);
		submit(&decoder, requests[i], i, i * 1000, 0);
		OK(queue_capture(&decoder, i));
	}
	close_decoder(&decoder);
	for (uint32_t i = 0; i < 3; i++) {
		CHECK_EQUAL(poll_once(requests[i], POLLPRI, 5000), POLLPRI);
		close(requests[i]);
	}
}

static bool can_hold(const struct decoder *decoder)
{
	struct v4l2_create_buffers create = {.memory = V4L2_MEMORY_MMAP,
	                                     .format = get_format(decoder, decoder->output_type)};

	OK(ioctl(decoder->video, VIDIOC_CREATE_BUFS, &create));
	return create.capabilities & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
}

/* v4l2_m2m_buf_done_and_job_finish(), __v4l2_m2m_try_queue(), v4l2_m2m_ioctl_stateless_decoder_cmd() */
static void holding(void)
{
	struct v4l2_decoder_cmd flush = {.cmd = V4L2_DEC_CMD_FLUSH};
	struct v4l2_buffer buffer;
	struct decoder decoder;
	int requests[5];

	start_streaming(&decoder, 5, 3);
	if (!can_hold(&decoder)) {
		close_decoder(&decoder);
		return;
	}
	for (uint32_t i = 0; i < 5; i++)
		requests[i] = new_request(&decoder);
	for (uint32_t i = 0; i < 3; i++)
		OK(queue_capture(&decoder, i));
	/* Two jobs of one picture. */
	submit(&decoder, requests[0], 0, 1000, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF);
	CHECK(wait_for_request(requests[0]));
	EXPECT(EAGAIN, dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	submit(&decoder, requests[1], 1, 1000, 0);
	CHECK(wait_for_request(requests[1]));
	OK(dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	CHECK_EQUAL(buffer.index, 0);
	EXPECT(EAGAIN, dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	/* A job with another timestamp gives the held one back. */
	submit(&decoder, requests[2], 2, 2000, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF);
	CHECK(wait_for_request(requests[2]));
	submit(&decoder, requests[3], 3, 3000, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF);
	CHECK(wait_for_request(requests[3]));
	OK(dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	CHECK_EQUAL(buffer.index, 1);
	CHECK_EQUAL(buffer.timestamp.tv_usec, 2000);
	EXPECT(EAGAIN, dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	/* So does FLUSH, here where no other CAPTURE buffer is queued. */
	OK(ioctl(decoder.video, VIDIOC_DECODER_CMD, &flush));
	OK(dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	CHECK_EQUAL(buffer.index, 2);
	for (uint32_t i = 0; i < 4; i++)
		OK(dequeue_buffer(&decoder, decoder.output_type, &buffer));
	/* FLUSH with a job still to run takes its HOLD flag away. */
	submit(&decoder, requests[4], 4, 4000, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF);
	OK(ioctl(decoder.video, VIDIOC_DECODER_CMD, &flush));
	OK(queue_capture(&decoder, 0));
	CHECK(wait_for_request(requests[4]));
	OK(dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	CHECK_EQUAL(buffer.timestamp.tv_usec, 4000);
	for (uint32_t i = 0; i < 5; i++)
		close(requests[i]);
	close_decoder(&decoder);
}

static void decoder_commands(void)
{
	struct v4l2_decoder_cmd command = {.cmd = V4L2_DEC_CMD_FLUSH, .flags = 5};
	struct decoder decoder;

	open_decoder(&decoder);
	OK(ioctl(decoder.video, VIDIOC_TRY_DECODER_CMD, &command));
	CHECK_EQUAL(command.flags, 0);
	OK(ioctl(decoder.video, VIDIOC_DECODER_CMD, &command));
	/* v4l2_m2m_ioctl_stateless_try_decoder_cmd() */
	command.cmd = V4L2_DEC_CMD_STOP;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_TRY_DECODER_CMD, &command));
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_DECODER_CMD, &command));
	close_decoder(&decoder);
}

/* media_request_get_by_fd(): requests belong to one media device; a buffer to one request. */
static void one_buffer_to_a_request(void)
{
	struct queueing queueing = {.memory = V4L2_MEMORY_MMAP, .bytesused = 16};
	struct decoder decoder;
	int other;

	start_streaming(&decoder, 2, 1);
	queueing.request = new_request(&decoder);
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	other = queueing.request;
	queueing.request = new_request(&decoder);
	EXPECT(EINVAL, queue_buffer(&decoder, decoder.output_type, &queueing));
	/* REINIT gives it back. */
	OK(ioctl(other, MEDIA_REQUEST_IOC_REINIT));
	OK(queue_buffer(&decoder, decoder.output_type, &queueing));
	close(queueing.request);
	close(other);
	close_decoder(&decoder);
}

/* OUTPUT buffers of a request may be queued before anything streams. */
static void queued_before_streaming(void)
{
	struct v4l2_buffer buffer;
	struct decoder decoder;
	int request;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 1, NULL));
	request = new_request(&decoder);
	submit(&decoder, request, 0, 1000, 0);
	OK(queue_capture(&decoder, 0));
	CHECK_EQUAL(poll_once(request, POLLPRI, 20), 0);
	OK(stream(&decoder, decoder.output_type, true));
	CHECK_EQUAL(poll_once(request, POLLPRI, 20), 0);
	OK(stream(&decoder, decoder.capture_type, true));
	CHECK(wait_for_request(request));
	OK(dequeue_buffer(&decoder, decoder.capture_type, &buffer));
	close(request);
	close_decoder(&decoder);
}

const struct test request_tests[] = {
	{"idle request", idle_request, NULL},
	{"life of a request", life_of_a_request, NULL},
	{"values of a request become current", values_become_current, NULL},
	{"order and timestamps", order_and_timestamps, NULL},
	{"a closed request is carried out", closed_request, NULL},
	{"STREAMOFF completes requests", stream_off_completes, NULL},
	{"close with jobs in flight", close_in_flight, NULL},
	{"holding CAPTURE", holding, NULL},
	{"decoder commands", decoder_commands, NULL},
	{"one request to a buffer", one_buffer_to_a_request, NULL},
	{"queued before streaming", queued_before_streaming, NULL},
};
const unsigned request_test_count = TEST_COUNT(request_tests);
