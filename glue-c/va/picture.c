/* SPDX-License-Identifier: MIT
 *
 * vaBeginPicture, vaRenderPicture, vaEndPicture: buffers become events for the core. Parameters are copied when they
 * are rendered, so that the player may destroy its buffers at once; slice data goes from the player's buffer to the
 * OUTPUT mapping, and only the first bytes of each slice are shown to the core.
 */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "../plans/run.h"
#include "messages.h"
#include "surface_picture.h"

enum {
	MAX_SLICE_PARAMETERS = 64 << 20, /* bytes that may wait for their data */
	RENDER_AT_ONCE = 64              /* buffers of one call that need no allocation */
};

/* Elements of one slice parameter buffer, kept until their data comes. */
struct slice_group {
	uint32_t offset; /* in context->slices */
	uint32_t element_size;
	uint32_t count;
};

/* Looks a context up and waits for its turn. NULL: there is none. */
static struct context *enter(struct driver *driver, VAContextID id)
{
	struct context *context = get_context(driver, id);

	if (context)
		pthread_mutex_lock(&context->turn);
	return context;
}

static VAStatus leave(struct context *context, VAStatus status)
{
	pthread_mutex_unlock(&context->turn);
	object_put(&context->object);
	return status;
}

static void drop_slices(struct context *context)
{
	context->slices_size = 0;
	context->group_count = 0;
}

/* The data that the parameters to come are of, when they come after it; NULL: they come before. */
static void keep_early(struct context *context, struct buffer *buffer, uint32_t count)
{
	if (buffer)
		atomic_fetch_add_explicit(&buffer->object.references, 1, memory_order_relaxed);
	if (context->early)
		object_put(&context->early->object);
	context->early = buffer;
	context->early_count = count;
}

/* The surface of the open picture; executor.lock held. */
static void set_target(struct context *context, struct surface *surface)
{
	if (context->target)
		object_put(&context->target->object);
	context->target = surface;
	if (surface)
		atomic_fetch_add_explicit(&surface->object.references, 1, memory_order_relaxed);
}

/* ---- begin and end ----------------------------------------------------------------------------- */

/* CORE_TARGET_* */
static uint32_t target_of(const struct surface *surface)
{
	return (atomic_load_explicit(&surface->shown, memory_order_relaxed) ? CORE_TARGET_SHOWN : 0) |
	       (atomic_load_explicit(&surface->exported, memory_order_relaxed) ? CORE_TARGET_EXPORTED : 0) |
	       (surface->imported ? CORE_TARGET_IMPORTED : 0);
}

/* surface: NULL when the player has none for the picture. */
static VAStatus begin(struct context *context, struct surface *surface)
{
	struct executor *executor = &context->executor;
	struct executor_outcome outcome;
	VAContextID before = VA_INVALID_ID;
	uint32_t answer;

	executor_lock(executor);
	if (!executor_refuses(executor, &outcome)) {
		bool alive;

		if (executor->trace)
			trace_begin(executor->trace);
		/* One that was never ended is given up. */
		executor->damage |= context->target != NULL;
		alive = surface ? core_context_begin_picture(executor->core, &answer, surface->object.id,
		                                             surface->facts.width, surface->facts.height,
		                                             target_of(surface))
		                : core_context_begin_picture(executor->core, &answer, CORE_NONE, 0, 0, 0);

		executor_run(executor, alive, NULL, &outcome);
		if (outcome.status == VA_STATUS_SUCCESS) {
			set_target(context, surface);
			context->open = true;
			if (surface)
				before = surface_begin_picture(surface, context->object.id);
			drop_slices(context);
			keep_early(context, NULL, 0);
		}
	}
	executor_unlock(executor);
	/* A picture that another context still decodes into this surface comes first. */
	if (before != VA_INVALID_ID && before != context->object.id)
		surface_finish_in(surface, before);
	return messages_outcome(context, &outcome);
}

VAStatus picture_begin(VADriverContextP va, VAContextID id, VASurfaceID surface_id)
{
	struct driver *driver = driver_of(va);
	struct context *context = enter(driver, id);
	struct surface *surface;
	VAStatus status;

	if (!context)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_CONTEXT, "vaBeginPicture", "context", id);
	surface = get_surface(driver, surface_id);
	/* No surface has the id 0, which FFmpeg gives where it has none. */
	if (!surface && surface_id != 0)
		return leave(context, messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, "vaBeginPicture",
		                                       "surface", surface_id));
	status = begin(context, surface);
	if (surface)
		object_put(&surface->object);
	return leave(context, status);
}

/* With AV1's film grain, the samples go to another surface than the target, which is begun here. executor.lock held; released
 * while another context finishes its picture there. */
static void begin_output(struct context *context)
{
	struct executor *executor = &context->executor;
	VAContextID before;
	uint32_t id;

	if (!context->target || !core_context_output_surface(executor->core, &id) ||
	    id == context->target->object.id)
		return;
	context->output = get_surface(context->driver, id);
	if (!context->output)
		return; /* queueing it fails with ENOENT */
	surface_is_seen_in(context->target, id);
	before = surface_begin_picture(context->output, context->object.id);
	if (before == VA_INVALID_ID || before == context->object.id)
		return;
	executor_unlock(executor);
	surface_finish_in(context->output, before);
	executor_lock(executor);
}

VAStatus picture_end(VADriverContextP va, VAContextID id)
{
	struct driver *driver = driver_of(va);
	struct context *context = enter(driver, id);
	struct executor_outcome outcome;
	uint32_t answer;

	if (!context)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_CONTEXT, "vaEndPicture", "context", id);
	executor_lock(&context->executor);
	if (!executor_refuses(&context->executor, &outcome))
		begin_output(context);
	if (!executor_refuses(&context->executor, &outcome)) {
		struct surface *shown = context->output ? context->output : context->target;
		bool exported = shown && atomic_load_explicit(&shown->exported, memory_order_relaxed);

		executor_run(&context->executor, core_context_end_picture(context->executor.core, &answer, exported),
		             NULL, &outcome);
	}
	set_target(context, NULL);
	context->open = false;
	if (context->output)
		object_put(&context->output->object);
	context->output = NULL;
	drop_slices(context);
	keep_early(context, NULL, 0);
	executor_unlock(&context->executor);
	return leave(context, messages_outcome(context, &outcome));
}

/* ---- render ------------------------------------------------------------------------------------ */

static VAStatus render_parameters(struct context *context, const struct buffer *buffer, uint32_t count)
{
	struct executor *executor = &context->executor;
	struct executor_outcome outcome = {0};
	uint32_t answer;

	executor_lock(executor);
	for (uint32_t i = 0; i < count && outcome.status == VA_STATUS_SUCCESS; i++) {
		bool alive;

		if (executor_refuses(executor, &outcome))
			break;
		memcpy(core_input(executor->core), buffer->data + (size_t)i * buffer->element_size,
		       buffer->element_size);
		alive = core_context_render_parameter(executor->core, &answer, (uint32_t)buffer->type,
		                                      buffer->element_size);
		executor_run(executor, alive, NULL, &outcome);
	}
	executor_unlock(executor);
	return messages_outcome(context, &outcome);
}

static bool reserve(void **items, uint32_t *capacity, uint64_t wanted, size_t size)
{
	uint64_t larger = *capacity ? *capacity : 64;
	void *grown;

	while (larger < wanted)
		larger *= 2;
	if (larger == *capacity)
		return true;
	grown = realloc(*items, larger * size);
	if (!grown)
		return false;
	*items = grown;
	*capacity = (uint32_t)larger;
	return true;
}

/* Keeps slice parameters until their data comes. */
static VAStatus keep_slices(struct context *context, const struct buffer *buffer, uint32_t count)
{
	uint64_t bytes = (uint64_t)count * buffer->element_size;
	void *slices = context->slices;
	void *groups = context->groups;
	bool room;

	if (context->slices_size + bytes > MAX_SLICE_PARAMETERS)
		return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
	room = reserve(&slices, &context->slices_capacity, context->slices_size + bytes, 1);
	context->slices = slices;
	room = room && reserve(&groups, &context->group_capacity, (uint64_t)context->group_count + 1,
	                       sizeof(*context->groups));
	context->groups = groups;
	if (!room)
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	memcpy(context->slices + context->slices_size, buffer->data, bytes);
	context->groups[context->group_count++] =
		(struct slice_group){context->slices_size, buffer->element_size, count};
	context->slices_size += (uint32_t)bytes;
	return VA_STATUS_SUCCESS;
}

/* Puts one slice into the input area: its parameters, as many of its first bytes as the core wants to see, and its last
 * ones. Every VASliceParameterBuffer* begins with slice_data_size and slice_data_offset; whether they make sense is for
 * the core to say. False: the core trapped. */
static bool give_slice(struct core *core, const uint8_t *parameters, uint32_t size,
                       const struct executor_data *data)
{
	uint8_t *input = core_input(core);
	uint32_t place[2] = {0, 0};
	uint32_t bytes, tail;

	/* No bytes of the slice before, if there are none of this one. */
	memset(input + CORE_PARAMETER_CAPACITY, 0, 16);
	memcpy(input, parameters, size);
	if (!core_context_slice_header_size(core, &bytes, size))
		return false;
	if (size >= sizeof(place))
		memcpy(place, parameters, sizeof(place));
	if (place[1] >= data->size)
		return true;
	if (place[0] > data->size - place[1])
		place[0] = data->size - place[1];
	if (bytes > CORE_SLICE_HEADER_CAPACITY)
		bytes = CORE_SLICE_HEADER_CAPACITY;
	if (bytes > place[0])
		bytes = place[0];
	memcpy(input + CORE_PARAMETER_CAPACITY, data->bytes + place[1], bytes);
	tail = place[0] < CORE_SLICE_TAIL_CAPACITY ? place[0] : CORE_SLICE_TAIL_CAPACITY;
	memcpy(input + CORE_INPUT_CAPACITY - tail, data->bytes + place[1] + place[0] - tail, tail);
	return true;
}

static VAStatus render_data(struct context *context, const struct buffer *buffer, uint32_t count)
{
	struct executor *executor = &context->executor;
	struct executor_data data = {.bytes = buffer->data, .size = buffer->element_size * count};
	struct executor_outcome outcome = {0};
	uint32_t answer;

	executor_lock(executor);
	/* The core says what is wrong with data that no picture is begun for. */
	if (!context->open && !executor_refuses(executor, &outcome))
		executor_run(executor, core_context_render_slice(executor->core, &answer, 0, data.size), NULL,
		             &outcome);
	for (uint32_t i = 0; i < context->group_count && outcome.status == VA_STATUS_SUCCESS; i++) {
		const struct slice_group *group = &context->groups[i];
		const uint8_t *element = context->slices + group->offset;

		for (uint32_t j = 0; j < group->count && outcome.status == VA_STATUS_SUCCESS; j++) {
			bool alive;

			if (executor_refuses(executor, &outcome))
				break;
			alive = give_slice(executor->core, element, group->element_size, &data) &&
			        core_context_render_slice(executor->core, &answer, group->element_size, data.size);
			executor_run(executor, alive, &data, &outcome);
			element += group->element_size;
		}
	}
	executor_unlock(executor);
	drop_slices(context);
	return messages_outcome(context, &outcome);
}

/* Parameters come before their data, or after it (Chromium, AV1: the data of all tiles, and then parameters one by one). */
static VAStatus render_slices(struct context *context, struct buffer *buffer, uint32_t count)
{
	VAStatus status;

	if (buffer->type == VASliceDataBufferType) {
		if (context->open && context->group_count == 0) {
			keep_early(context, buffer, count);
			return VA_STATUS_SUCCESS;
		}
		return render_data(context, buffer, count);
	}
	status = keep_slices(context, buffer, count);
	if (status != VA_STATUS_SUCCESS || !context->early)
		return status;
	return render_data(context, context->early, context->early_count);
}

static VAStatus render_one(struct context *context, struct buffer *buffer)
{
	uint32_t count = atomic_load_explicit(&buffer->count, memory_order_relaxed);
	struct executor_outcome outcome = {0};

	if (!buffer->data || buffer->type == VAImageBufferType)
		return messages_refuse(context->driver, VA_STATUS_ERROR_INVALID_BUFFER,
		                       "vaRenderPicture: buffer 0x%x belongs to an image", buffer->object.id);
	if (buffer->type != VASliceDataBufferType && buffer->element_size > CORE_PARAMETER_CAPACITY) {
		outcome.status = VA_STATUS_ERROR_INVALID_BUFFER;
		outcome.message = CORE_MESSAGE_BAD_PARAMETER_SIZE;
		outcome.values[0] = (uint32_t)buffer->type;
		outcome.values[1] = buffer->element_size;
		return messages_outcome(context, &outcome);
	}
	if (buffer->type == VASliceDataBufferType ||
	    (buffer->type == VASliceParameterBufferType && context->open))
		return render_slices(context, buffer, count);
	return render_parameters(context, buffer, count);
}

/* References to all buffers, or INVALID_BUFFER and none: a bad id must not leave half a picture behind. */
static VAStatus take_buffers(struct driver *driver, const VABufferID *ids, int count, struct buffer **buffers)
{
	for (int i = 0; i < count; i++) {
		buffers[i] = get_buffer(driver, ids[i]);
		if (buffers[i])
			continue;
		while (i-- > 0)
			object_put(&buffers[i]->object);
		return VA_STATUS_ERROR_INVALID_BUFFER;
	}
	return VA_STATUS_SUCCESS;
}

static VAStatus render(struct context *context, const VABufferID *ids, int count)
{
	struct buffer *few[RENDER_AT_ONCE];
	struct buffer **buffers = count <= RENDER_AT_ONCE ? few : calloc((size_t)count, sizeof(*buffers));
	VAStatus status;

	if (!buffers)
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	status = take_buffers(context->driver, ids, count, buffers);
	if (status != VA_STATUS_SUCCESS) {
		messages_say(context->driver, "vaRenderPicture: one of the %d buffers does not exist (any more)",
		             count);
	} else {
		for (int i = 0; i < count && status == VA_STATUS_SUCCESS; i++)
			status = render_one(context, buffers[i]);
		for (int i = 0; i < count; i++)
			object_put(&buffers[i]->object);
	}
	if (buffers != few)
		free(buffers);
	return status;
}

VAStatus picture_render(VADriverContextP va, VAContextID id, VABufferID *buffers, int count)
{
	struct driver *driver = driver_of(va);
	struct context *context = enter(driver, id);

	if (!context)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_CONTEXT, "vaRenderPicture", "context", id);
	if (count < 0 || (count && !buffers))
		return leave(context, messages_refuse(driver, VA_STATUS_ERROR_INVALID_PARAMETER,
		                                      "vaRenderPicture: the list of buffers is missing"));
	return leave(context, render(context, buffers, count));
}
