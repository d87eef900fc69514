/* SPDX-License-Identifier: MIT */
#include "answers.h"

#include <stddef.h>
#include <string.h>

#include "instance.h"
#include "layout.h"

/* Of one wait. The core's patience is 3 s. */
enum { MAX_TIMEOUT_MS = 10 * 1000 };

/* core_open() has checked that the whole area is inside the memory. */
static const void *output(const struct core *core)
{
	return core->instance.w2c_memory.data + core->output;
}

/* ---- plans ------------------------------------------------------------------------------------- */

static bool plan_is_sound(const struct core_plan *plan)
{
	const uint32_t most_ms = plan->then == CORE_THEN_PAUSE ? CORE_MAX_PAUSE_MS : MAX_TIMEOUT_MS;

	return plan->then <= CORE_THEN_PAUSE && plan->step_count <= CORE_MAX_STEPS &&
	       plan->control_count <= CORE_MAX_PLAN_CONTROLS && plan->timeout_ms <= most_ms;
}

bool take_plan(struct core *core, struct core_plan *plan)
{
	const struct core_plan *answer = output(core);

	memcpy(plan, answer, offsetof(struct core_plan, controls));
	if (!plan_is_sound(plan))
		return false;
	memcpy(plan->controls, answer->controls, plan->control_count * sizeof(plan->controls[0]));
	memcpy(plan->steps, answer->steps, plan->step_count * sizeof(plan->steps[0]));
	return true;
}

/* ---- lists ------------------------------------------------------------------------------------- */

static bool take_list(struct core *core, uint32_t count, void *list, uint32_t capacity, size_t element_size)
{
	if (count > capacity || count > CORE_OUTPUT_CAPACITY / element_size)
		return false;
	memcpy(list, output(core), count * element_size);
	return true;
}

bool take_numbers(struct core *core, uint32_t count, int32_t *numbers, uint32_t capacity)
{
	return take_list(core, count, numbers, capacity, sizeof(*numbers));
}

bool take_surface_attributes(struct core *core, uint32_t count, struct core_surface_attribute *attributes,
                             uint32_t capacity)
{
	return take_list(core, count, attributes, capacity, sizeof(*attributes));
}

bool take_image_formats(struct core *core, uint32_t count, VAImageFormat *formats, uint32_t capacity)
{
	return take_list(core, count, formats, capacity, sizeof(*formats));
}

bool take_copies(struct core *core, uint32_t count, struct core_copy *copies)
{
	return take_list(core, count, copies, CORE_MAX_PLANES, sizeof(*copies));
}

static bool problem_is_sound(const struct core_problem *problem)
{
	return problem->problem < CORE_PROBLEMS && problem->weight <= CORE_WEIGHT_REMARK &&
	       problem->source <= CORE_SOURCE_UDMABUF;
}

bool take_problems(struct core *core, uint32_t count, struct core_problem *problems)
{
	if (!take_list(core, count, problems, CORE_PROBLEMS, sizeof(*problems)))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (!problem_is_sound(&problems[i]))
			return false;
	}
	return true;
}

/* ---- single answers ---------------------------------------------------------------------------- */

static bool side_is_sound(uint32_t side)
{
	return side > 0 && side <= LAYOUT_MAX_SIDE;
}

void take_config(struct core *core, struct core_config *config)
{
	memcpy(config, output(core), sizeof(*config));
}

void take_verdict(struct core *core, struct core_verdict *verdict)
{
	memcpy(verdict, output(core), sizeof(*verdict));
}

void take_measure_rate(struct core *core, struct core_measure_rate *rate)
{
	memcpy(rate, output(core), sizeof(*rate));
}

bool take_surface(struct core *core, struct core_surface *surface)
{
	memcpy(surface, output(core), sizeof(*surface));
	return side_is_sound(surface->width) && side_is_sound(surface->height);
}

bool take_layout(struct core *core, struct core_layout *layout)
{
	memcpy(layout, output(core), sizeof(*layout));
	return layout_is_sound(layout);
}

bool take_layout_at(struct core *core, uint32_t address, struct core_layout *layout)
{
	const void *bytes = core_bytes(core, address, sizeof(*layout));

	if (!bytes)
		return false;
	memcpy(layout, bytes, sizeof(*layout));
	return layout_is_sound(layout);
}

bool take_control(struct core *core, struct core_control *control, uint8_t *bytes, uint32_t capacity)
{
	const void *from;

	memcpy(control, output(core), sizeof(*control));
	if (control->size == 0 || control->size > capacity)
		return false;
	from = core_bytes(core, control->address, control->size);
	if (!from)
		return false;
	memcpy(bytes, from, control->size);
	return true;
}

/* A format of memory that is to be asked for. */
static bool format_is_sound(const struct core_format *format)
{
	if (format->plane_count > CORE_MAX_V4L2_PLANES)
		return false;
	for (uint32_t i = 0; i < CORE_MAX_V4L2_PLANES; i++) {
		if (format->sizeimage[i] > CORE_MAX_LAYOUT_SIZE)
			return false;
	}
	return true;
}

/* The decoder is one of [first, end). */
static bool check_allocation(struct core *core, uint32_t first, uint32_t end,
                             const struct core_allocation *allocation, uint8_t *control)
{
	const void *from;

	if (allocation->decoder < first || allocation->decoder >= end || allocation->width > LAYOUT_MAX_SIDE ||
	    allocation->height > LAYOUT_MAX_SIDE || allocation->control_size > CORE_MAX_PROBE_CONTROL ||
	    !format_is_sound(&allocation->assumed))
		return false;
	if (allocation->control_size == 0)
		return true;
	from = core_bytes(core, allocation->control_address, allocation->control_size);
	if (!from)
		return false;
	memcpy(control, from, allocation->control_size);
	return true;
}

bool take_allocation(struct core *core, uint32_t decoders, struct core_allocation *allocation,
                     uint8_t *control)
{
	memcpy(allocation, output(core), sizeof(*allocation));
	return check_allocation(core, 0, decoders, allocation, control);
}

bool take_allocation_at(struct core *core, uint32_t address, uint32_t decoder,
                        struct core_allocation *allocation, uint8_t *control)
{
	const void *bytes = core_bytes(core, address, sizeof(*allocation));

	if (!bytes)
		return false;
	memcpy(allocation, bytes, sizeof(*allocation));
	return check_allocation(core, decoder, decoder + 1, allocation, control);
}

bool take_import(struct core *core, bool accepted, uint32_t memory_size, struct core_import *import)
{
	memcpy(import, output(core), sizeof(*import));
	if (import->refusal > CORE_IMPORT_TOO_SMALL)
		return false;
	return !accepted || (layout_is_sound(&import->layout) && import->layout.size <= memory_size);
}

bool take_descriptor(struct core *core, const struct core_layout *layout,
                     VADRMPRIMESurfaceDescriptor *descriptor)
{
	memcpy(descriptor, output(core), sizeof(*descriptor));
	/* A surface is one piece of memory: one object. */
	if (descriptor->num_objects != 1 || descriptor->num_layers == 0 || descriptor->num_layers > 4)
		return false;
	for (uint32_t i = 0; i < descriptor->num_layers; i++) {
		if (descriptor->layers[i].num_planes == 0 || descriptor->layers[i].num_planes > 4)
			return false;
		for (uint32_t j = 0; j < descriptor->layers[i].num_planes; j++) {
			if (descriptor->layers[i].object_index[j] != 0 || descriptor->layers[i].offset[j] >= layout->size)
				return false;
		}
	}
	return true;
}
