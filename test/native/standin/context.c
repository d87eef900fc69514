/* SPDX-License-Identifier: MIT */
#include "context.h"

#include <errno.h>
#include <sys/mman.h>
#include <va/va.h>

#include "core_wasm.h"
#include "harness.h"
#include "plans/run.h"

/* ---- a core that hands out the plans of a list --------------------------------------------------- */

struct core_plan plans[8];
unsigned plan_count, plan_next;
bool output_returned;
unsigned busy;
int pictures = -1;
unsigned outputs_done;
unsigned captures_done;
unsigned timeouts;
uint32_t resumed_token;
unsigned failures;
uint32_t failed_step, failed_error;

static void next_plan(uint8_t *linear)
{
	if (plan_next < plan_count)
		memcpy(linear + STANDIN_OUTPUT, &plans[plan_next++], sizeof(plans[0]));
}

uint32_t standin_call(uint8_t *linear, enum standin_export which, uint32_t a, uint32_t b)
{
	switch (which) {
	case STANDIN_context_step_failed:
		failures++;
		failed_step = a;
		failed_error = b;
		next_plan(linear);
		return 0;
	case STANDIN_context_resume:
		resumed_token = a;
		timeouts += b;
		next_plan(linear);
		return 0;
	case STANDIN_context_begin_picture:
	case STANDIN_context_report:
		next_plan(linear);
		return 0;
	case STANDIN_context_output_done:
		CHECK_EQUAL(a, 1);
		CHECK_EQUAL(busy, 0); /* not before its request is complete */
		outputs_done++;
		return 0;
	case STANDIN_context_capture_done:
		captures_done++;
		return CORE_NONE;
	case STANDIN_context_damaged_surface:
		return CORE_NONE;
	default:
		return 0;
	}
}

/* ---- a device that counts ------------------------------------------------------------------------ */

unsigned ioctls;
unsigned requests;
int backing = -1;

int device_open(struct v4l2_device *device, const char *video_path, const char *media_path)
{
	(void)video_path;
	(void)media_path;
	backing = memfd_create("buffers", MFD_CLOEXEC);
	CHECK(backing >= 0 && ftruncate(backing, CORE_MAX_OUTPUT_SLOTS * BUFFER) == 0);
	*device = (struct v4l2_device){.video_fd = backing, .media_fd = -1};
	return 0;
}

void device_close(struct v4l2_device *device)
{
	close(device->video_fd);
}

int device_set_format(const struct v4l2_device *device, uint32_t queue, uint32_t fourcc, uint32_t width,
                      uint32_t height, uint32_t sizeimage, struct core_format *result)
{
	(void)device;
	CHECK(queue <= 1 && width <= 65535 && height <= 65535 && sizeimage <= 1u << 28);
	ioctls++;
	*result = (struct core_format){.fourcc = fourcc, .plane_count = 1, .sizeimage = {BUFFER}};
	return 0;
}

int device_set_controls(const struct v4l2_device *device, int request_fd, struct v4l2_ext_control *controls,
                        uint32_t count)
{
	static volatile uint8_t sum;

	(void)device;
	(void)request_fd;
	CHECK(count > 0 && count <= CORE_MAX_PLAN_CONTROLS);
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < controls[i].size; j++)
			sum = (uint8_t)(sum + controls[i].p_u8[j]);
	}
	ioctls++;
	return 0;
}

int device_request_buffers(const struct v4l2_device *device, uint32_t queue, uint32_t memory, uint32_t *count,
                           uint32_t *capabilities)
{
	(void)device;
	(void)memory;
	CHECK(queue <= 1 && *count <= CORE_MAX_CAPTURE_BUFFERS);
	*capabilities = 0;
	ioctls++;
	return 0;
}

int device_create_buffers(const struct v4l2_device *device, uint32_t size, uint32_t *count, uint32_t *first,
                          uint32_t *capabilities)
{
	(void)device;
	(void)capabilities;
	(void)first;
	CHECK(size > 0 && *count <= CORE_MAX_OUTPUT_SLOTS);
	ioctls++;
	return ENOMEM;
}

int device_query_buffer(const struct v4l2_device *device, uint32_t queue, uint32_t index,
                        struct v4l2_device_memory *memory)
{
	(void)device;
	(void)queue;
	*memory = (struct v4l2_device_memory){1, {BUFFER, 0}, {index * BUFFER, 0}};
	return 0;
}

int device_stream(const struct v4l2_device *device, uint32_t queue, bool on)
{
	(void)device;
	(void)on;
	CHECK(queue <= 1);
	ioctls++;
	return 0;
}

int device_flush(const struct v4l2_device *device)
{
	(void)device;
	ioctls++;
	return 0;
}

int device_queue_output(const struct v4l2_device *device, uint32_t index, uint32_t bytes, uint64_t timestamp,
                        uint32_t flags, int request_fd)
{
	(void)device;
	(void)flags;
	(void)request_fd;
	CHECK(index < CORE_MAX_OUTPUT_SLOTS && bytes <= BUFFER && timestamp % 1000 == 0);
	ioctls++;
	return 0;
}

int device_queue_capture(const struct v4l2_device *device, uint32_t index, const struct dmabuf *memory)
{
	(void)device;
	(void)memory;
	CHECK(index < CORE_MAX_CAPTURE_BUFFERS);
	ioctls++;
	return 0;
}

int device_dequeue(const struct v4l2_device *device, uint32_t queue, struct v4l2_device_done *done)
{
	uint8_t index;

	(void)device;
	if (queue == CORE_QUEUE_OUTPUT && output_returned) {
		output_returned = false;
		*done = (struct v4l2_device_done){.index = 1};
		return 0;
	}
	if (queue != CORE_QUEUE_CAPTURE || pictures < 0 || read(pictures, &index, 1) != 1)
		return EAGAIN;
	*done = (struct v4l2_device_done){.index = index == UINT8_MAX ? UINT32_MAX : index};
	return 0;
}

int device_export_buffer(const struct v4l2_device *device, uint32_t queue, uint32_t index, uint32_t plane,
                         int *fd)
{
	(void)queue;
	(void)index;
	(void)plane;
	*fd = dup(device->video_fd);
	return 0;
}

int device_allocate_request(const struct v4l2_device *device, int *request_fd)
{
	requests++;
	*request_fd = dup(device->video_fd);
	return 0;
}

int device_queue_request(int request_fd)
{
	(void)request_fd;
	ioctls++;
	return 0;
}

int device_reinit_request(int request_fd)
{
	(void)request_fd;
	ioctls++;
	if (busy == 0)
		return 0;
	busy--;
	return EBUSY;
}

/* ---- running them -------------------------------------------------------------------------------- */

struct executor executor;
static const struct core_decoder facts = {.index = 0};

uint8_t *memory(void)
{
	return (uint8_t *)core_input(executor.core) - STANDIN_INPUT;
}

static int lend(void *owner, const struct executor *from, uint32_t surface, bool own_memory,
                struct executor_lease *lease)
{
	(void)owner;
	(void)from;
	(void)own_memory;
	lease->memory = (struct dmabuf){.second_fd = -1, .size = 1};
	return surface == 7 ? 0 : surface == 8 ? EXDEV : ENOENT;
}

static int read_by_nobody(void *owner, uint32_t surface, uint32_t timeout_ms)
{
	(void)owner;
	(void)surface;
	(void)timeout_ms;
	return 0;
}

static void take_back(void *owner, struct executor_lease *lease)
{
	(void)owner;
	(void)lease;
}

void run_plans(const struct executor_data *data, struct executor_outcome *outcome)
{
	uint32_t result;

	plan_next = 0;
	executor_lock(&executor);
	executor_run(&executor, core_context_begin_picture(executor.core, &result, 0, 16, 16, 0), data, outcome);
	executor_unlock(&executor);
}

/* A context with buffers on both queues and a layout. */
void open_executor(void)
{
	struct core_layout layout = {
		.fourcc = 1, .width = 64, .height = 64, .plane_count = 1, .pitches = {64}, .size = 4096};
	struct core_allocation allocation = {.width = 64, .height = 64, .sources = {CORE_SOURCE_DECODER}};
	struct executor_outcome outcome;

	CHECK_EQUAL(executor_open(&executor, "video", "media", &facts), 0);
	executor.borrow = lend;
	executor.give_back = take_back;
	executor.wait_readers = read_by_nobody;
	memcpy(memory() + SCRATCH, &layout, sizeof(layout));
	memcpy(memory() + SCRATCH + 256, &allocation, sizeof(allocation));
	memset(plans, 0, sizeof(plans));
	plan_count = 1;
	plans[0].step_count = 3;
	plans[0].steps[0] =
		(struct core_step){.op = CORE_OP_REQUEST_BUFFERS, .queue = CORE_QUEUE_OUTPUT, .count = 4};
	plans[0].steps[1] =
		(struct core_step){.op = CORE_OP_REQUEST_BUFFERS, .queue = CORE_QUEUE_CAPTURE, .count = 4};
	plans[0].steps[2] = (struct core_step){
		.op = CORE_OP_USE_LAYOUT, .address = SCRATCH, .second_address = SCRATCH + 256, .surface = CORE_NONE};
	run_plans(NULL, &outcome);
	CHECK_EQUAL(outcome.status, VA_STATUS_SUCCESS);
	CHECK_EQUAL(executor.output.count, 4);
	CHECK(executor.layout_known);
	memset(plans, 0, sizeof(plans));
	failures = 0;
	ioctls = 0;
	requests = 0;
	captures_done = 0;
	timeouts = 0;
}

void check_refused(const struct executor_outcome *outcome)
{
	CHECK_EQUAL(outcome->status, VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK_EQUAL(outcome->message, CORE_MESSAGE_CONTEXT_LOST);
	CHECK(executor.lost);
}
