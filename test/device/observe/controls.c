/* SPDX-License-Identifier: MIT */
#include "observe.h"

#include <stdlib.h>
#include <string.h>

struct value {
	bool was_set;
	bool of_request;
	uint8_t *bytes; /* NULL until it is set */
	uint32_t size;
};

struct observe_values {
	unsigned count;
	struct value list[]; /* in the order of the codecs and their controls */
};

static unsigned control_count(void)
{
	unsigned count = 0;

	for (unsigned i = 0; model_codecs[i]; i++)
		count += model_codecs[i]->control_count;
	return count;
}

static int index_of(uint32_t id)
{
	int index = 0;

	for (unsigned i = 0; model_codecs[i]; i++) {
		for (unsigned j = 0; j < model_codecs[i]->control_count; j++, index++) {
			if (model_codecs[i]->controls[j].id == id)
				return index;
		}
	}
	return -1;
}

struct observe_values *observe_values_new(void)
{
	const unsigned count = control_count();
	struct observe_values *values = calloc(1, sizeof(*values) + count * sizeof(values->list[0]));

	if (values)
		values->count = count;
	return values;
}

void observe_values_clear(struct observe_values *values)
{
	for (unsigned i = 0; i < values->count; i++) {
		free(values->list[i].bytes);
		values->list[i] = (struct value){0};
	}
}

void observe_values_free(struct observe_values *values)
{
	if (values)
		observe_values_clear(values);
	free(values);
}

static void set(struct value *value, const void *bytes, uint32_t size)
{
	uint8_t *room = size == value->size ? value->bytes : realloc(value->bytes, size);

	if (!room)
		return;
	memcpy(room, bytes, size);
	value->bytes = room;
	value->size = size;
	value->was_set = true;
}

void observe_values_copy(struct observe_values *values, const struct observe_values *from)
{
	for (unsigned i = 0; i < from->count; i++) {
		if (from->list[i].was_set)
			set(&values->list[i], from->list[i].bytes, from->list[i].size);
	}
}

static void take(struct observe_values *values, uint32_t id, const void *bytes, uint32_t size)
{
	const int index = index_of(id);

	if (index >= 0)
		set(&values->list[index], bytes, size);
}

void observe_values_read(struct observe_values *values, int descriptor)
{
	for (unsigned i = 0; model_codecs[i]; i++) {
		for (unsigned j = 0; j < model_codecs[i]->control_count; j++) {
			struct v4l2_control menu = {.id = model_codecs[i]->controls[j].id};

			if (model_codecs[i]->controls[j].menu &&
			    observe_real_ioctl(descriptor, VIDIOC_G_CTRL, &menu) == 0)
				observe_values_take_one(values, &menu);
		}
	}
}

void observe_values_take(struct observe_values *values, const struct v4l2_ext_controls *controls)
{
	for (uint32_t i = 0; i < controls->count; i++) {
		const struct v4l2_ext_control *control = &controls->controls[i];

		if (control->size)
			take(values, control->id, control->ptr, control->size);
		else
			take(values, control->id, &control->value, sizeof(control->value));
	}
}

void observe_values_take_one(struct observe_values *values, const struct v4l2_control *control)
{
	take(values, control->id, &control->value, sizeof(control->value));
}

void observe_values_apply(struct observe_values *values, const struct observe_values *request)
{
	observe_values_copy(values, request);
	for (unsigned i = 0; i < request->count; i++)
		values->list[i].of_request = request->list[i].was_set;
}

struct model_value observe_value_of(const struct observe_values *values, uint32_t id)
{
	const int index = index_of(id);
	const struct value *value = index < 0 ? NULL : &values->list[index];

	if (!value)
		return (struct model_value){0};
	return (struct model_value){value->bytes, value->size, value->was_set, value->of_request};
}
