/* SPDX-License-Identifier: MIT
 *
 * Walks: calls in any order, with any arguments, from a fixed sequence of random numbers. They expect nothing themselves; two
 * devices that answer alike make the same recording. No choice depends on an answer.
 */
#include "contract.h"

enum { STEPS = 80, REQUESTS = 3, DMABUFS = 3, MAX_INDEX = 4 };

unsigned walk_count = 24;

struct walk {
	struct decoder decoder;
	uint64_t random;
	int requests[REQUESTS];
	int dmabufs[DMABUFS]; /* large enough for CAPTURE, so too, too small */
	uint32_t picture_size;
	uint64_t microseconds;
	bool streaming[2]; /* OUTPUT, CAPTURE: as far as STREAMON succeeded */
};

/* xorshift64* */
static unsigned pick(struct walk *walk, unsigned choices)
{
	walk->random ^= walk->random >> 12;
	walk->random ^= walk->random << 25;
	walk->random ^= walk->random >> 27;
	return (unsigned)((walk->random * 2685821657736338717u) >> 33) % choices;
}

static uint32_t any_queue(struct walk *walk)
{
	return pick(walk, 2) ? walk->decoder.output_type : walk->decoder.capture_type;
}

static uint32_t any_memory(struct walk *walk)
{
	return pick(walk, 4) ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF;
}

static int query(const struct decoder *decoder, uint32_t type, uint32_t index, struct v4l2_buffer *buffer)
{
	static struct v4l2_plane plane;

	memset(buffer, 0, sizeof(*buffer));
	buffer->type = type;
	buffer->index = index;
	if (decoder->multiplanar) {
		buffer->m.planes = &plane;
		buffer->length = 1;
	}
	return ioctl(decoder->video, VIDIOC_QUERYBUF, buffer);
}

static bool any_queued(const struct decoder *decoder, uint32_t type)
{
	struct v4l2_create_buffers all = {.memory = V4L2_MEMORY_MMAP, .format = {.type = type}};

	OK(ioctl(decoder->video, VIDIOC_CREATE_BUFS, &all)); /* none; says how many there are */
	for (uint32_t i = 0; all.index > 0; i++) {
		struct v4l2_buffer buffer;

		if (query(decoder, type, i, &buffer) < 0)
			continue;
		if (buffer.flags & V4L2_BUF_FLAG_QUEUED)
			return true;
		all.index--;
	}
	return false;
}

/* Until no job can run: both queues stream, and one of them has nothing queued. */
static void settle(const struct walk *walk)
{
	const bool paused = record_pause(true);
	const struct decoder *decoder = &walk->decoder;
	unsigned turns = 0;

	while (walk->streaming[0] && walk->streaming[1] && any_queued(decoder, decoder->output_type) &&
	       any_queued(decoder, decoder->capture_type)) {
		usleep(100);
		CHECK(++turns < 20000);
	}
	record_pause(paused);
}

/* ---- steps ----------------------------------------------------------------------------------------------------------- */

static void buffers_step(struct walk *walk)
{
	const struct decoder *decoder = &walk->decoder;
	const uint32_t type = any_queue(walk);
	const uint32_t memory = any_memory(walk);
	struct v4l2_create_buffers create = {.memory = memory};
	struct v4l2_remove_buffers remove = {.type = type};

	switch (pick(walk, 4)) {
	case 0:
		request_buffers(decoder, type, memory, pick(walk, 4), NULL);
		break;
	case 1:
	case 2:
		create.count = pick(walk, 3);
		create.format.type = type;
		OK(ioctl(decoder->video, VIDIOC_G_FMT, &create.format));
		ioctl(decoder->video, VIDIOC_CREATE_BUFS, &create);
		break;
	default:
		remove.index = pick(walk, MAX_INDEX);
		remove.count = pick(walk, 3);
		ioctl(decoder->video, VIDIOC_REMOVE_BUFS, &remove);
		break;
	}
}

static void queue_step(struct walk *walk, unsigned long command)
{
	const uint32_t type = any_queue(walk);
	struct queueing queueing = {
		.index = pick(walk, MAX_INDEX),
		.memory = any_memory(walk),
		.bytesused = walk->picture_size,
		.microseconds = walk->microseconds += pick(walk, 3) ? 1000 : 0,
		.flags = pick(walk, 5) ? 0 : V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF,
		.request = walk->requests[pick(walk, REQUESTS)],
	};

	write_picture(&walk->decoder, queueing.index);
	queueing.dmabuf = walk->dmabufs[pick(walk, DMABUFS)];
	if (type == walk->decoder.output_type)
		queueing.length = BITSTREAM_SIZE; /* with length 0 the APIs differ: __verify_length() */
	if (pick(walk, 12) == 0 || (type == walk->decoder.capture_type && pick(walk, 12)) ||
	    command == VIDIOC_PREPARE_BUF)
		queueing.request = -1;
	enqueue(&walk->decoder, command, type, &queueing);
}

/* A job as it should be. */
static void job_step(struct walk *walk)
{
	const int request = walk->requests[pick(walk, REQUESTS)];
	struct queueing queueing = {
		.index = pick(walk, MAX_INDEX),
		.memory = V4L2_MEMORY_MMAP,
		.bytesused = walk->picture_size,
		.microseconds = walk->microseconds += pick(walk, 3) ? 1000 : 0,
		.flags = pick(walk, 5) ? 0 : V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF,
		.request = request,
	};
	struct job_controls controls;

	write_picture(&walk->decoder, queueing.index);
	fill_controls(&controls);
	controls.pps.pic_init_qp_minus26 = (int8_t)pick(walk, 20);
	set_controls(&walk->decoder, &controls, request);
	queue_buffer(&walk->decoder, walk->decoder.output_type, &queueing);
	ioctl(request, MEDIA_REQUEST_IOC_QUEUE);
}

static void stream_step(struct walk *walk)
{
	const uint32_t type = any_queue(walk);
	const bool on = pick(walk, 4);

	if (stream(&walk->decoder, type, on) == 0)
		walk->streaming[type == walk->decoder.capture_type] = on;
}

static void control_step(struct walk *walk)
{
	const int request = walk->requests[pick(walk, REQUESTS)];
	static const unsigned long commands[] = {VIDIOC_G_EXT_CTRLS, VIDIOC_S_EXT_CTRLS, VIDIOC_TRY_EXT_CTRLS};
	struct job_controls controls;

	fill_controls(&controls);
	controls.pps.pic_init_qp_minus26 = (int8_t)pick(walk, 40); /* above 25 it is refused */
	set_one(&walk->decoder, commands[pick(walk, 3)], V4L2_CID_STATELESS_H264_PPS, &controls.pps,
	        sizeof(controls.pps), pick(walk, 3) ? request : -1, NULL);
}

static void request_step(struct walk *walk)
{
	int *request = &walk->requests[pick(walk, REQUESTS)];

	switch (pick(walk, 6)) {
	case 0:
	case 1:
		ioctl(*request, MEDIA_REQUEST_IOC_QUEUE);
		break;
	case 2:
	case 3:
		ioctl(*request, MEDIA_REQUEST_IOC_REINIT);
		break;
	case 4:
		close(*request);
		*request = new_request(&walk->decoder);
		break;
	default:
		poll_once(*request, POLLPRI | POLLIN, 0);
		break;
	}
}

static void format_step(struct walk *walk)
{
	static const uint32_t sizes[][2] = {{WIDTH, HEIGHT}, {WIDTH, HEIGHT}, {352, 288}};
	const unsigned size = pick(walk, 3);
	struct v4l2_format format;

	switch (pick(walk, 3)) {
	case 0:
		if (walk->streaming[0])
			break; /* drivers differ: formats.c */
		set_output_format(&walk->decoder, V4L2_PIX_FMT_H264_SLICE, sizes[size][0], sizes[size][1], &format);
		break;
	case 1:
		format = get_format(&walk->decoder, walk->decoder.capture_type);
		ioctl(walk->decoder.video, VIDIOC_S_FMT, &format);
		break;
	default:
		get_format(&walk->decoder, any_queue(walk));
		break;
	}
}

static void export_step(struct walk *walk)
{
	int descriptor;

	if (export_buffer(&walk->decoder, any_queue(walk), pick(walk, MAX_INDEX), O_RDWR | O_CLOEXEC,
	                  &descriptor) == 0)
		close(descriptor);
}

static void step(struct walk *walk)
{
	static const short events[] = {POLLIN, POLLOUT, POLLPRI,
	                               POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM};
	struct v4l2_decoder_cmd flush = {.cmd = V4L2_DEC_CMD_FLUSH};
	struct v4l2_buffer buffer;

	switch (pick(walk, 24)) {
	case 0:
	case 1:
		buffers_step(walk);
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		job_step(walk);
		break;
	case 6:
	case 7:
	case 8:
	case 9:
	case 10:
		queue_step(walk, VIDIOC_QBUF);
		break;
	case 11:
		queue_step(walk, VIDIOC_PREPARE_BUF);
		break;
	case 12:
	case 13:
	case 14:
		dequeue_buffer(&walk->decoder, any_queue(walk), &buffer);
		break;
	case 15:
	case 16:
		stream_step(walk);
		break;
	case 17:
		control_step(walk);
		break;
	case 18:
	case 19:
		request_step(walk);
		break;
	case 20:
		format_step(walk);
		break;
	case 21:
		ioctl(walk->decoder.video, VIDIOC_DECODER_CMD, &flush);
		break;
	case 22:
		export_step(walk);
		break;
	default:
		query(&walk->decoder, any_queue(walk), pick(walk, MAX_INDEX), &buffer);
		break;
	}
	settle(walk);
	if (pick(walk, 3) == 0)
		poll_once(walk->decoder.video, events[pick(walk, 4)], 0);
}

/* ---- walks --------------------------------------------------------------------------------------------------------------- */

/* With a picture in it, in case it becomes an OUTPUT buffer. */
static int dmabuf_of(const struct decoder *decoder, uint32_t type)
{
	uint8_t *bytes;
	int descriptor;

	OK(request_buffers(decoder, type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(export_buffer(decoder, type, 0, O_RDWR | O_CLOEXEC, &descriptor));
	OK(request_buffers(decoder, type, V4L2_MEMORY_MMAP, 0, NULL));
	bytes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	CHECK(bytes != MAP_FAILED);
	fill_picture(decoder, bytes);
	munmap(bytes, 4096);
	return descriptor;
}

static void begin(struct walk *walk)
{
	const bool paused = record_pause(true);
	struct decoder *decoder = &walk->decoder;

	open_decoder(decoder);
	set_up_formats(decoder);
	walk->picture_size = write_picture(decoder, 0);
	for (unsigned i = 0; i < DMABUFS; i++)
		walk->dmabufs[i] = dmabuf_of(decoder, i < 2 ? decoder->capture_type : decoder->output_type);
	for (unsigned i = 0; i < REQUESTS; i++)
		walk->requests[i] = new_request(decoder);
	record_pause(paused);
}

/* What is left at the end, and what closing the video node leaves of it. */
static void end(struct walk *walk)
{
	struct v4l2_buffer buffer;

	for (uint32_t i = 0; i < MAX_INDEX; i++) {
		query(&walk->decoder, walk->decoder.output_type, i, &buffer);
		query(&walk->decoder, walk->decoder.capture_type, i, &buffer);
	}
	close_decoder(&walk->decoder);
	for (unsigned i = 0; i < REQUESTS; i++) {
		poll_once(walk->requests[i], POLLPRI, 0);
		close(walk->requests[i]);
	}
	for (unsigned i = 0; i < DMABUFS; i++)
		close(walk->dmabufs[i]);
}

static void walks(void)
{
	for (unsigned number = 1; number <= walk_count; number++) {
		struct walk walk = {.random = number * 0x9e3779b97f4a7c15u};

		record_note("== walk %u", number);
		begin(&walk);
		/* Most begin where something can happen. */
		if (number % 4 != 0) {
			request_buffers(&walk.decoder, walk.decoder.output_type, V4L2_MEMORY_MMAP, 3, NULL);
			request_buffers(&walk.decoder, walk.decoder.capture_type,
			                number % 4 == 3 ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP, 3, NULL);
			walk.streaming[0] = stream(&walk.decoder, walk.decoder.output_type, true) == 0;
			walk.streaming[1] = stream(&walk.decoder, walk.decoder.capture_type, true) == 0;
		}
		for (unsigned i = 0; i < STEPS; i++)
			step(&walk);
		end(&walk);
	}
}

const struct test walk_tests[] = {
	{"walks", walks, NULL},
};
const unsigned walk_test_count = TEST_COUNT(walk_tests);
