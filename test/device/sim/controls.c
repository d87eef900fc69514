/* SPDX-License-Identifier: MIT
 *
 * Control ioctls: drivers/media/v4l2-core/v4l2-ctrls-api.c. No control of these codecs is in a cluster of several, so each is
 * its own master. Arrays are dynamic: they have as many elements as they were last set with, and at first one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* ctrl->is_ptr */
static bool has_payload(const struct sim_control *control)
{
	return control->type >= V4L2_CTRL_COMPOUND_TYPES || control->elements;
}

int sim_controls_index(const struct sim_device *device, uint32_t id)
{
	for (unsigned i = 0; i < device->control_count; i++) {
		if (device->controls[i].id == id)
			return (int)i;
	}
	return -1;
}

/* v4l2_ctrl_type_op_init() and std_init_compound() */
static void init_value(const struct sim_control *control, void *value)
{
	memset(value, 0, control->element_size);
	if (!has_payload(control))
		memcpy(value, &control->default_value, sizeof(control->default_value));
	else if (control->codec->init)
		control->codec->init(control->id, value);
}

void sim_controls_init(const struct sim_device *device, uint8_t *values, uint32_t *sizes)
{
	for (unsigned i = 0; i < device->control_count; i++) {
		init_value(&device->controls[i], values + device->controls[i].offset);
		sizes[i] = device->controls[i].element_size;
	}
}

/* ---- queries ---------------------------------------------------------------------------------------------- */

static const struct sim_control *find_queried(const struct sim_device *device, uint32_t queried)
{
	const uint32_t next = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
	const uint32_t id = queried & V4L2_CTRL_ID_MASK;

	for (unsigned i = 0; i < device->control_count; i++) {
		const struct sim_control *control = &device->controls[i];

		if (!(queried & next)) {
			if (control->id == id)
				return control;
			continue;
		}
		if (control->id <= id)
			continue;
		if ((queried & next) == V4L2_CTRL_FLAG_NEXT_COMPOUND && !has_payload(control))
			continue;
		if ((queried & next) == V4L2_CTRL_FLAG_NEXT_CTRL && has_payload(control))
			continue;
		return control;
	}
	return NULL;
}

int sim_controls_query(struct sim_context *context, struct v4l2_query_ext_ctrl *query)
{
	const struct sim_control *control = find_queried(context->device, query->id);
	unsigned index;

	if (!control)
		return -EINVAL;
	index = (unsigned)(control - context->device->controls);
	memset(query, 0, sizeof(*query));
	query->id = control->id;
	query->type = control->type;
	snprintf(query->name, sizeof(query->name), "%s", control->title);
	query->flags = control->flags | (has_payload(control) ? V4L2_CTRL_FLAG_HAS_PAYLOAD : 0);
	query->elem_size = control->element_size;
	query->elems = context->sizes[index] / control->element_size;
	query->nr_of_dims = control->elements ? 1 : 0;
	query->dims[0] = control->elements;
	query->minimum = control->minimum;
	query->maximum = control->maximum;
	query->default_value = control->default_value;
	query->step = control->type == V4L2_CTRL_TYPE_MENU || control->type == V4L2_CTRL_TYPE_U32 ? 1 : 0;
	return 0;
}

int sim_controls_query_old(struct sim_context *context, struct v4l2_queryctrl *query)
{
	struct v4l2_query_ext_ctrl extended = {.id = query->id};
	int result = sim_controls_query(context, &extended);

	if (result)
		return result;
	query->id = extended.id;
	query->type = extended.type;
	query->flags = extended.flags;
	memcpy(query->name, extended.name, sizeof(query->name));
	query->name[sizeof(query->name) - 1] = 0;
	query->minimum = query->maximum = query->step = query->default_value = 0;
	if (query->type != V4L2_CTRL_TYPE_MENU)
		return 0;
	query->minimum = (int32_t)extended.minimum;
	query->maximum = (int32_t)extended.maximum;
	query->step = (int32_t)extended.step;
	query->default_value = (int32_t)extended.default_value;
	return 0;
}

int sim_controls_query_menu(struct sim_context *context, struct v4l2_querymenu *query)
{
	const int index = sim_controls_index(context->device, query->id);
	const struct sim_control *control;

	if (index < 0)
		return -EINVAL;
	control = &context->device->controls[index];
	query->reserved = 0;
	if (control->type != V4L2_CTRL_TYPE_MENU)
		return -EINVAL;
	if (query->index < (uint32_t)control->minimum || query->index > (uint32_t)control->maximum)
		return -EINVAL;
	if (control->skip_mask & 1ull << query->index)
		return -EINVAL;
	snprintf((char *)query->name, sizeof(query->name), "%s", control->menu[query->index]);
	return 0;
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static int check_array(const struct v4l2_ext_controls *controls)
{
	if (controls->count > V4L2_CID_MAX_CTRLS)
		return -EINVAL;
	return controls->count > 0 && !controls->controls ? -EFAULT : 0;
}

/* class_check() */
static int check_class(const struct sim_device *device, uint32_t which)
{
	if (which == 0 || which == V4L2_CTRL_WHICH_DEF_VAL || which == V4L2_CTRL_WHICH_REQUEST_VAL)
		return 0;
	return sim_controls_index(device, which | 1) >= 0 ? 0 : -EINVAL;
}

/* A dynamic array takes any number of whole elements that it has room for. size: of its value. */
static int prepare_array(struct v4l2_ext_control *user, const struct sim_control *control, uint32_t size,
                         bool get)
{
	user->size -= user->size % control->element_size;
	if (get ? user->size < size : user->size > control->size) {
		user->size = get ? size : control->size;
		return -ENOSPC;
	}
	if (!get)
		return user->size ? 0 : -EFAULT;
	user->size = size;
	return 0;
}

/* prepare_ext_ctrls(); sizes: of the values that are to be read. */
static int prepare(const struct sim_device *device, struct v4l2_ext_controls *controls, const uint32_t *sizes,
                   bool get)
{
	for (uint32_t i = 0; i < controls->count; i++) {
		struct v4l2_ext_control *user = &controls->controls[i];
		const uint32_t id = user->id & V4L2_CTRL_ID_MASK;
		const struct sim_control *control;
		int index;
		int result;

		controls->error_idx = i;
		if (controls->which && controls->which != V4L2_CTRL_WHICH_DEF_VAL &&
		    controls->which != V4L2_CTRL_WHICH_REQUEST_VAL && V4L2_CTRL_ID2WHICH(id) != controls->which)
			return -EINVAL;
		index = sim_controls_index(device, id);
		if (index < 0)
			return -EINVAL;
		control = &device->controls[index];
		if (!has_payload(control))
			continue;
		if (control->elements) {
			result = prepare_array(user, control, sizes[index], get);
			if (result)
				return result;
			continue;
		}
		if (user->size < control->size) {
			if (!get)
				return -EFAULT;
			user->size = control->size;
			return -ENOSPC;
		}
		user->size = control->size;
	}
	return 0;
}

static int copy_to_user(struct v4l2_ext_control *user, const struct sim_control *control, const void *value)
{
	if (!has_payload(control)) {
		memcpy(&user->value, value, sizeof(user->value));
		return 0;
	}
	if (!user->ptr)
		return -EFAULT;
	memcpy(user->ptr, value, user->size);
	return 0;
}

/* v4l2_g_ext_ctrls_common(); values: of a completed request, or NULL. */
static int get_values(struct sim_context *context, struct v4l2_ext_controls *controls,
                      const struct sim_request_controls *values)
{
	const bool initial = controls->which == V4L2_CTRL_WHICH_DEF_VAL;
	struct sim_device *device = context->device;
	int result;

	controls->error_idx = controls->count;
	controls->which = V4L2_CTRL_ID2WHICH(controls->which);
	if (controls->count == 0)
		return check_class(device, controls->which);
	result = prepare(device, controls, values ? values->sizes : context->sizes, true);
	controls->error_idx = controls->count;
	for (uint32_t i = 0; !result && i < controls->count; i++) {
		const int index = sim_controls_index(device, controls->controls[i].id & V4L2_CTRL_ID_MASK);

		if (device->controls[index].flags & V4L2_CTRL_FLAG_WRITE_ONLY)
			result = -EACCES;
	}
	for (uint32_t i = 0; !result && i < controls->count; i++) {
		const int index = sim_controls_index(device, controls->controls[i].id & V4L2_CTRL_ID_MASK);
		const struct sim_control *control = &device->controls[index];
		uint8_t *fresh = initial ? calloc(1, control->size) : NULL;

		controls->error_idx = i;
		for (uint32_t at = 0; fresh && at < control->size; at += control->element_size)
			init_value(control, fresh + at);
		if (initial && !fresh)
			result = -ENOMEM;
		else
			result =
				copy_to_user(&controls->controls[i], control,
			                 initial ? fresh : (values ? values->values : context->values) + control->offset);
		free(fresh);
	}
	return result;
}

/* v4l2_g_ext_ctrls_request() */
static int get_request_values(struct sim_context *context, struct v4l2_ext_controls *controls)
{
	struct sim_request_controls *values;
	struct sim_request *request;
	int result;

	if (controls->request_fd < 0)
		return -EINVAL;
	request =
		context->device->requests ? sim_request_of_descriptor(context->device, controls->request_fd) : NULL;
	if (!request)
		return context->device->requests ? -EINVAL : -EBADR;
	result = -EACCES;
	if (request->state == SIM_REQUEST_COMPLETE) {
		values = sim_request_controls_of(request, context, false);
		result = values ? get_values(context, controls, values) : -ENOMEM;
	}
	sim_request_put(request);
	return result;
}

int sim_controls_get(struct sim_context *context, struct v4l2_ext_controls *controls)
{
	int result = check_array(controls);

	if (result)
		return result;
	controls->error_idx = controls->count;
	if (controls->which == V4L2_CTRL_WHICH_REQUEST_VAL)
		return get_request_values(context, controls);
	return get_values(context, controls, NULL);
}

/* The driver's s_ctrl. Newer rkvdec: the sequence settles the CAPTURE format, before its buffers. */
static int settle_depth(struct sim_context *context, const struct sim_control *control, const void *value)
{
	struct model_sequence sequence;

	if (context->device->depth == 8 || !control->codec || !control->codec->sequence ||
	    !control->codec->sequence(control->id, value, &sequence))
		return 0;
	if (context->depth_known && context->depth == sequence.luma_depth)
		return 0;
	if (sim_queue_busy(&context->capture))
		return -EBUSY;
	context->depth = sequence.luma_depth;
	context->depth_known = true;
	sim_format_reset_capture(context);
	return 0;
}

/* s_ctrl and new_to_cur() */
static int make_current(struct sim_context *context, unsigned index, const void *value, uint32_t size)
{
	const struct sim_control *control = &context->device->controls[index];

	uint8_t *current = context->values + control->offset;
	int result;

	context->was_set[index] = true;
	if (size == context->sizes[index] && memcmp(current, value, size) == 0)
		return 0; /* cluster_changed() */
	result = settle_depth(context, control, value);
	if (result)
		return result;
	memcpy(current, value, size);
	context->sizes[index] = size;
	return 0;
}

/* v4l2_ctrl_request_setup(): in the order of ids, and no further than the first that is refused. */
int sim_controls_apply_request(struct sim_context *context, struct sim_request_controls *values)
{
	for (unsigned i = 0; values && i < context->device->control_count; i++) {
		const struct sim_control *control = &context->device->controls[i];
		int result;

		if (!values->valid[i] || control->flags & V4L2_CTRL_FLAG_READ_ONLY)
			continue;
		result = sim_control_try(context, control, values->values + control->offset);
		if (!result)
			result = make_current(context, i, values->values + control->offset, values->sizes[i]);
		if (result)
			return result;
	}
	return 0;
}

/* One control of try_set_ext_ctrls_common(): validate_new, try_or_set_cluster, new_to_req. */
static int set_new(struct sim_context *context, unsigned index, uint8_t *value, uint32_t size,
                   struct sim_request_controls *values, bool set)
{
	const struct sim_control *control = &context->device->controls[index];
	int result = has_payload(control) ? sim_control_check(control, value, size) : 0;

	if (!result)
		result = sim_control_try(context, control, value);
	if (!result && set && !values)
		result = make_current(context, index, value, size);
	if (!result && set && values) {
		memcpy(values->values + control->offset, value, size);
		values->sizes[index] = size;
		values->valid[index] = true;
	}
	return result;
}

/* user_to_new, set_new(), new_to_user */
static int set_value(struct sim_context *context, struct v4l2_ext_control *user,
                     struct sim_request_controls *values, bool set)
{
	const unsigned index = (unsigned)sim_controls_index(context->device, user->id & V4L2_CTRL_ID_MASK);
	const struct sim_control *control = &context->device->controls[index];
	const bool payload = has_payload(control);
	const uint32_t size = payload ? user->size : control->size;
	uint8_t *value;
	int result;

	if (payload && !user->ptr)
		return -EFAULT;
	value = malloc(size);
	if (!value)
		return -ENOMEM;
	memcpy(value, payload ? user->ptr : (const void *)&user->value, size);
	result = set_new(context, index, value, size, values, set);
	if (!result)
		result = copy_to_user(user, control, value);
	free(value);
	return result;
}

/* try_set_ext_ctrls_common() */
static int set_values(struct sim_context *context, struct v4l2_ext_controls *controls,
                      struct sim_request_controls *values, bool set)
{
	struct sim_device *device = context->device;
	int result;

	controls->error_idx = controls->count;
	if (controls->which == V4L2_CTRL_WHICH_DEF_VAL)
		return -EINVAL;
	controls->which = V4L2_CTRL_ID2WHICH(controls->which);
	if (controls->count == 0)
		return check_class(device, controls->which);
	result = prepare(device, controls, context->sizes, false);
	if (!result)
		controls->error_idx = controls->count;
	for (uint32_t i = 0; !result && i < controls->count; i++) { /* validate_ctrls() */
		struct v4l2_ext_control *user = &controls->controls[i];
		const int index = sim_controls_index(device, user->id & V4L2_CTRL_ID_MASK);
		const struct sim_control *control = &device->controls[index];

		controls->error_idx = i;
		if (control->flags & V4L2_CTRL_FLAG_READ_ONLY)
			result = -EACCES;
		else if (!has_payload(control))
			result = sim_control_check(control, &user->value, control->size);
	}
	if (result && set)
		controls->error_idx = controls->count;
	for (uint32_t i = 0; !result && i < controls->count; i++) {
		controls->error_idx = i;
		result = set_value(context, &controls->controls[i], values, set);
	}
	return result;
}

/* try_set_ext_ctrls_request() */
static int set_request_values(struct sim_context *context, struct v4l2_ext_controls *controls, bool set)
{
	struct sim_request_controls *values;
	struct sim_request *request;
	int result;

	if (controls->request_fd < 0)
		return -EINVAL;
	if (!context->device->requests)
		return -EBADR;
	request = sim_request_of_descriptor(context->device, controls->request_fd);
	if (!request)
		return -EINVAL;
	result = -EBUSY; /* media_request_lock_for_update() */
	if (request->state == SIM_REQUEST_IDLE) {
		/* v4l2_ctrls_find_req_obj(): to try needs an object as well, and does not make one. */
		values = sim_request_controls_of(request, context, set);
		result = values ? set_values(context, controls, values, set) : -ENOMEM;
	}
	sim_request_put(request);
	return result;
}

int sim_controls_set(struct sim_context *context, struct v4l2_ext_controls *controls, bool set)
{
	int result = check_array(controls);

	if (result)
		return result;
	controls->error_idx = controls->count;
	if (controls->which == V4L2_CTRL_WHICH_REQUEST_VAL)
		return set_request_values(context, controls, set);
	return set_values(context, controls, NULL, set);
}

int sim_controls_get_one(struct sim_context *context, struct v4l2_control *user)
{
	const int index = sim_controls_index(context->device, user->id);

	if (index < 0 || has_payload(&context->device->controls[index]))
		return -EINVAL;
	if (context->device->controls[index].flags & V4L2_CTRL_FLAG_WRITE_ONLY)
		return -EACCES;
	memcpy(&user->value, context->values + context->device->controls[index].offset, sizeof(user->value));
	return 0;
}

int sim_controls_set_one(struct sim_context *context, struct v4l2_control *user)
{
	const int index = sim_controls_index(context->device, user->id);
	const struct sim_control *control;
	int result;

	if (index < 0 || has_payload(&context->device->controls[index]))
		return -EINVAL;
	control = &context->device->controls[index];
	if (control->flags & V4L2_CTRL_FLAG_READ_ONLY)
		return -EACCES;
	result = sim_control_check(control, &user->value, control->size);
	if (!result)
		result = make_current(context, (unsigned)index, &user->value, control->size);
	return result;
}
