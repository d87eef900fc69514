/* SPDX-License-Identifier: MIT */
#include "steps.h"

#include <errno.h>
#include <string.h>

#include "../core/answers.h"
#include "../core/layout.h"

enum {
	MAX_CONTROL_SIZE = 256 << 10 /* 600 slices of HEVC are 168,000 bytes */
};

/* ---- checks ------------------------------------------------------------------------------------ */

static bool queue_is_sound(const struct core_step *step)
{
	return step->queue == CORE_QUEUE_OUTPUT || step->queue == CORE_QUEUE_CAPTURE;
}

static bool slot_exists(const struct executor *executor, uint32_t slot)
{
	return slot < executor->output.count;
}

static bool slot_is_idle(const struct executor *executor, uint32_t slot)
{
	return slot_exists(executor, slot) && executor->output.slot[slot].state == SLOT_IDLE;
}

/* ---- steps: 0, errno, or STEP_BROKEN ---------------------------------------------------------------- */

static int set_format(struct executor *executor, const struct core_step *step, union step_result *result)
{
	if (!queue_is_sound(step) || step->width > LAYOUT_MAX_SIDE || step->height > LAYOUT_MAX_SIDE ||
	    step->size > CORE_MAX_BUFFER_SIZE)
		return STEP_BROKEN;
	return device_set_format(&executor->device, step->queue, step->fourcc, step->width, step->height,
	                         step->size, &result->format);
}

/* Menus and integers travel in the control itself, structs and arrays by pointer (VIDIOC_S_EXT_CTRLS). *place is where the last one
 * was found: a codec's controls stand one behind the other. */
static bool control_is_compound(const struct executor *executor, uint32_t id, uint32_t *place)
{
	const uint32_t count = executor->facts->control_count;

	for (uint32_t tried = 0; tried < count; tried++) {
		const struct core_control_facts *facts = &executor->facts->controls[*place];

		if (facts->id == id)
			return facts->type >= V4L2_CTRL_COMPOUND_TYPES || facts->elems > 1;
		*place = *place + 1 < count ? *place + 1 : 0;
	}
	return true;
}

static int set_controls(struct executor *executor, const struct core_plan *plan, const struct core_step *step)
{
	struct v4l2_ext_control controls[CORE_MAX_PLAN_CONTROLS];
	struct output_slot *slot = NULL;
	uint32_t place = 0;

	if (step->count == 0 || step->first_control > plan->control_count ||
	    step->count > plan->control_count - step->first_control)
		return STEP_BROKEN;
	if (step->slot != CORE_NONE) {
		/* The OUTPUT buffer may be in the request already. */
		if (!slot_exists(executor, step->slot))
			return STEP_BROKEN;
		slot = &executor->output.slot[step->slot];
	}
	for (uint32_t i = 0; i < step->count; i++) {
		const struct core_control *control = &plan->controls[step->first_control + i];
		const void *bytes;

		if (control->size == 0)
			return STEP_BROKEN;
		if (control->size > MAX_CONTROL_SIZE)
			return E2BIG;
		bytes = core_bytes(executor->core, control->address, control->size);
		if (!bytes)
			return STEP_BROKEN;
		controls[i] = (struct v4l2_ext_control){.id = control->id};
		if (control_is_compound(executor, control->id, &place)) {
			controls[i].size = control->size;
			controls[i].ptr = (void *)(uintptr_t)bytes; /* the kernel reads it only */
		} else if (control->size == sizeof(controls[i].value)) {
			memcpy(&controls[i].value, bytes, sizeof(controls[i].value));
		} else {
			return STEP_BROKEN;
		}
	}
	if (slot)
		slot->touched = true;
	return device_set_controls(&executor->device, slot ? slot->request_fd : -1, controls, step->count);
}

static int request_buffers(struct executor *executor, const struct core_step *step, union step_result *result)
{
	if (!queue_is_sound(step) || step->flags & ~(uint32_t)CORE_MAP_CAPTURE)
		return STEP_BROKEN;
	if (step->queue == CORE_QUEUE_OUTPUT) {
		if (step->count > CORE_MAX_OUTPUT_SLOTS)
			return STEP_BROKEN;
		return slots_request(&executor->output, &executor->device, step->count, &result->buffers);
	}
	if (step->count > CORE_MAX_CAPTURE_BUFFERS)
		return STEP_BROKEN;
	return captures_request(&executor->captures, &executor->device, step->count,
	                        (step->flags & CORE_MAP_CAPTURE) != 0,
	                        executor->layout_known ? &executor->layout : NULL, &result->buffers);
}

static int create_buffers(struct executor *executor, const struct core_step *step, union step_result *result)
{
	if (step->count == 0 || step->count > CORE_MAX_OUTPUT_SLOTS || step->size == 0 ||
	    step->size > CORE_MAX_BUFFER_SIZE)
		return STEP_BROKEN;
	return slots_create(&executor->output, &executor->device, step->count, step->size, &result->buffers);
}

static int stream(struct executor *executor, const struct core_step *step, bool on)
{
	int error;

	if (!queue_is_sound(step))
		return STEP_BROKEN;
	error = device_stream(&executor->device, step->queue, on);
	if (!on && !error) {
		/* What was queued is given back, and the error of the queue, too (__vb2_queue_cancel()). */
		executor->returned++;
		executor->silent_since = 0;
		if (executor->gone == EIO)
			executor->gone = 0;
		if (step->queue == CORE_QUEUE_CAPTURE) {
			captures_stopped(&executor->captures);
			if (executor->trace)
				trace_stopped(executor->trace, &executor->layout);
		}
	}
	/* Whoever waits looks again: poll() tells another story from here on. */
	pthread_cond_broadcast(&executor->progress);
	if (error || on || step->queue != CORE_QUEUE_OUTPUT)
		return error;
	/* An idle slot may hold what the open picture has so far. */
	for (uint32_t i = 0; i < executor->output.count && !error; i++) {
		if (executor->output.slot[i].state != SLOT_IDLE || executor->output.slot[i].touched)
			error = slot_renew(&executor->output.slot[i], &executor->device);
	}
	return error;
}

static int use_layout(struct executor *executor, const struct core_step *step)
{
	struct core_layout layout;
	struct core_allocation allocation;

	if (!take_layout_at(executor->core, step->address, &layout) ||
	    !take_allocation_at(executor->core, step->second_address, executor->facts->index, &allocation,
	                        executor->control))
		return STEP_BROKEN;
	executor->layout = layout;
	executor->allocation = allocation;
	executor->layout_known = true;
	return 0;
}

static int append(struct executor *executor, const struct core_step *step, const struct executor_data *data)
{
	const void *head = NULL;
	const uint8_t *bytes = NULL;

	if (!slot_is_idle(executor, step->slot))
		return STEP_BROKEN;
	if (step->size) {
		head = core_bytes(executor->core, step->address, step->size);
		if (!head)
			return STEP_BROKEN;
	}
	if (step->data_size) {
		if (!data || (uint64_t)step->data_offset + step->data_size > data->size)
			return STEP_BROKEN;
		bytes = data->bytes + step->data_offset;
	}
	return slot_append(&executor->output.slot[step->slot], head, step->size, bytes, step->data_size);
}

static int move_slot(struct executor *executor, const struct core_step *step)
{
	if (!slot_is_idle(executor, step->slot) || !slot_is_idle(executor, step->index) ||
	    step->slot == step->index || executor->output.slot[step->index].used)
		return STEP_BROKEN;
	return slot_move(&executor->output.slot[step->slot], &executor->output.slot[step->index]);
}

static int clear_slot(struct executor *executor, const struct core_step *step)
{
	if (!slot_exists(executor, step->slot))
		return STEP_BROKEN;
	/* A request that was filled but not queued lets go of its buffer (vb2_req_unbind()). */
	return slot_clear(&executor->output.slot[step->slot]);
}

static int queue_capture(struct executor *executor, const struct core_step *step)
{
	struct capture_buffers *captures = &executor->captures;
	const bool own_memory = (step->flags & CORE_CAPTURE_OWN_MEMORY) != 0;
	struct executor_lease lease;
	int error = 0;

	if (step->index >= captures->count || !executor->layout_known ||
	    step->flags & ~(uint32_t)CORE_CAPTURE_OWN_MEMORY || (captures->mmap && !own_memory))
		return STEP_BROKEN;
	if (own_memory)
		error = captures_own_memory(captures, step->index, executor->video_path, &executor->allocation,
		                            executor->control, &executor->layout);
	if (!error)
		error = executor->borrow(executor->owner, executor, step->surface, own_memory, &lease);
	if (error)
		return error;
	error = device_queue_capture(&executor->device, step->index,
	                             own_memory ? &captures->own[step->index] : &lease.memory);
	/* Memory that the decoder refuses makes way for other. */
	if (error && own_memory && !captures->mmap)
		dmabuf_close(&captures->own[step->index]);
	if (!error) {
		captures_queued(captures, step->index, step->surface);
		if (executor->trace)
			trace_capture(executor->trace, step->index, step->surface);
	}
	executor->give_back(executor->owner, &lease);
	return error;
}

static int queue_output(struct executor *executor, const struct core_step *step)
{
	struct output_slot *slot;
	uint32_t flags = step->flags & CORE_HOLD_CAPTURE ? V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF : 0;
	int error;

	if (!slot_is_idle(executor, step->slot) || step->flags & ~(uint32_t)CORE_HOLD_CAPTURE ||
	    step->timestamp % 1000)
		return STEP_BROKEN;
	slot = &executor->output.slot[step->slot];
	slot->touched = true;
	error = device_queue_output(&executor->device, step->slot, slot->used, step->timestamp, flags,
	                            slot->request_fd);
	if (error)
		return error;
	slot->state = SLOT_QUEUED;
	if (executor->trace)
		trace_output(executor->trace, step->slot, slot->used);
	return 0;
}

static int queue_request(struct executor *executor, const struct core_step *step)
{
	struct output_slot *slot;
	int error;

	if (!slot_exists(executor, step->slot) || executor->output.slot[step->slot].state != SLOT_QUEUED ||
	    step->flags & ~(uint32_t)CORE_KEEP_DATA)
		return STEP_BROKEN;
	slot = &executor->output.slot[step->slot];
	slot->kept = (step->flags & CORE_KEEP_DATA) != 0;
	error = device_queue_request(slot->request_fd);
	/* Whoever found nothing queued looks again. */
	if (!error && executor->leading)
		pthread_cond_broadcast(&executor->progress);
	if (!error && executor->trace)
		trace_request(executor->trace, step->slot);
	return error;
}

int steps_run_one(struct executor *executor, const struct core_plan *plan, const struct core_step *step,
                  const struct executor_data *data, union step_result *result)
{
	switch (step->op) {
	case CORE_OP_NONE:
		return 0;
	case CORE_OP_SET_FORMAT:
		return set_format(executor, step, result);
	case CORE_OP_SET_CONTROLS:
		return set_controls(executor, plan, step);
	case CORE_OP_REQUEST_BUFFERS:
		return request_buffers(executor, step, result);
	case CORE_OP_CREATE_BUFFERS:
		return create_buffers(executor, step, result);
	case CORE_OP_STREAM_ON:
		return stream(executor, step, true);
	case CORE_OP_STREAM_OFF:
		return stream(executor, step, false);
	case CORE_OP_USE_LAYOUT:
		return use_layout(executor, step);
	case CORE_OP_APPEND:
		return append(executor, step, data);
	case CORE_OP_MOVE_SLOT:
		return move_slot(executor, step);
	case CORE_OP_CLEAR_SLOT:
		return clear_slot(executor, step);
	case CORE_OP_QUEUE_CAPTURE:
		return queue_capture(executor, step);
	case CORE_OP_QUEUE_OUTPUT:
		return queue_output(executor, step);
	case CORE_OP_QUEUE_REQUEST:
		return queue_request(executor, step);
	case CORE_OP_FLUSH:
		return device_flush(&executor->device);
	default:
		return STEP_BROKEN;
	}
}
