/* SPDX-License-Identifier: MIT */
#include "observe.h"

#include <string.h>

static const uint32_t ids[OBSERVE_CONTROLS] = {
	V4L2_CID_STATELESS_H264_DECODE_MODE,
	V4L2_CID_STATELESS_H264_START_CODE,
	V4L2_CID_STATELESS_H264_SPS,
	V4L2_CID_STATELESS_H264_PPS,
	V4L2_CID_STATELESS_H264_SCALING_MATRIX,
	V4L2_CID_STATELESS_H264_PRED_WEIGHTS,
	V4L2_CID_STATELESS_H264_SLICE_PARAMS,
	V4L2_CID_STATELESS_H264_DECODE_PARAMS,
};

static int index_of(uint32_t id)
{
	for (int i = 0; i < OBSERVE_CONTROLS; i++) {
		if (ids[i] == id)
			return i;
	}
	return -1;
}

static void take(struct observe_values *values, uint32_t id, const void *bytes, size_t size)
{
	const int index = index_of(id);

	if (index < 0 || size > OBSERVE_MAX_CONTROL_SIZE)
		return;
	memcpy(values->bytes[index], bytes, size);
	values->set[index] = true;
}

void observe_values_init(struct observe_values *values, int descriptor)
{
	memset(values, 0, sizeof(*values));
	for (int i = 0; i < 2; i++) {
		struct v4l2_control menu = {.id = ids[i]};

		if (observe_real_ioctl(descriptor, VIDIOC_G_CTRL, &menu) == 0)
			observe_values_take_one(values, &menu);
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
	for (int i = 0; i < OBSERVE_CONTROLS; i++) {
		if (!request->set[i])
			continue;
		memcpy(values->bytes[i], request->bytes[i], OBSERVE_MAX_CONTROL_SIZE);
		values->set[i] = true;
	}
}

bool observe_values_has(const struct observe_values *values, uint32_t id)
{
	const int index = index_of(id);

	return index >= 0 && values->set[index];
}

const void *observe_value_of(const void *opaque, uint32_t id)
{
	const struct observe_values *values = opaque;
	const int index = index_of(id);

	return index < 0 ? NULL : values->bytes[index];
}
