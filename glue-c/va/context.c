/* SPDX-License-Identifier: MIT */
#include "context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../plans/run.h"
#include "messages.h"
#include "questions.h"
#include "surface.h"
#include "surface_picture.h"

static void release_context(struct object *object)
{
	struct context *context = (struct context *)object;

	executor_close(&context->executor);
	display_leave_decoder(context->driver, context->node->facts.index);
	if (context->target)
		object_put(&context->target->object);
	pthread_mutex_destroy(&context->turn);
	if (context->early)
		object_put(&context->early->object);
	free(context->slices);
	free(context->groups);
	free(context);
}

static VAStatus refuse_open(struct driver *driver, const struct decoder_node *node, int error)
{
	switch (error) {
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return messages_refuse(driver, VA_STATUS_ERROR_ALLOCATION_FAILED,
		                       "%s: no memory or no descriptor left (%s)", node->video_path, strerror(error));
	case EBUSY:
		return messages_refuse(driver, VA_STATUS_ERROR_HW_BUSY,
		                       "%s is in use by another program; close that first", node->video_path);
	default:
		return messages_refuse(driver, VA_STATUS_ERROR_OPERATION_FAILED,
		                       "cannot open the decoder %s (with %s): %s", node->video_path, node->media_path,
		                       strerror(error));
	}
}

static bool targets_exist(struct driver *driver, const VASurfaceID *targets, int count)
{
	for (int i = 0; i < count; i++) {
		struct surface *surface = get_surface(driver, targets[i]);

		if (!surface)
			return false;
		object_put(&surface->object);
	}
	return true;
}

/* Asks the core whether such a context can be. */
static VAStatus start(struct context *context, uint32_t width, uint32_t height)
{
	struct executor *executor = &context->executor;
	struct executor_outcome outcome;
	uint32_t answer;
	bool alive;

	executor_lock(executor);
	memcpy(core_input(executor->core), &context->node->facts, sizeof(context->node->facts));
	alive = core_context_create(executor->core, &answer, context->config.profile, width, height,
	                            context->driver->strict ? CORE_CONTEXT_STRICT : 0);
	executor_run(executor, alive, NULL, &outcome);
	executor_unlock(executor);
	return messages_outcome(context, &outcome);
}

VAStatus context_create(VADriverContextP va, VAConfigID config_id, int width, int height, int flag,
                        VASurfaceID *targets, int target_count, VAContextID *id)
{
	struct driver *driver = driver_of(va);
	struct config *config;
	struct context *context;
	VAStatus status;
	uint32_t decoder;
	int error;

	(void)flag; /* VA_PROGRESSIVE: a hint that the stream itself tells better */
	if (!id)
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	/* ffmpeg destroys whatever is left here when this fails. */
	*id = VA_INVALID_ID;
	if (width < 0 || height < 0 || target_count < 0 || (target_count && !targets))
		return messages_refuse(driver, VA_STATUS_ERROR_INVALID_PARAMETER,
		                       "vaCreateContext: a size below zero, or the list of surfaces is missing");
	config = get_config(driver, config_id);
	if (!config)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_CONFIG, "vaCreateContext", "config",
		                        config_id);
	if (!targets_exist(driver, targets, target_count)) {
		object_put(&config->object);
		return messages_refuse(driver, VA_STATUS_ERROR_INVALID_SURFACE,
		                       "vaCreateContext: the list names a surface that does not exist");
	}
	context = calloc(1, sizeof(*context));
	if (!context) {
		object_put(&config->object);
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	}
	context->driver = driver;
	context->config = config->facts;
	object_put(&config->object);
	status = display_choose_decoder(driver, &context->config, (uint32_t)width, (uint32_t)height, &decoder);
	if (status != VA_STATUS_SUCCESS) {
		free(context);
		return status;
	}
	context->node = &driver->found.nodes[decoder];
	error = executor_open(&context->executor, context->node->video_path, context->node->media_path,
	                      &context->node->facts);
	if (error) {
		display_leave_decoder(driver, decoder);
		status = refuse_open(driver, context->node, error);
		free(context);
		return status;
	}
	context->executor.owner = context;
	context->executor.borrow = surface_borrow;
	context->executor.give_back = surface_give_back;
	context->executor.deliver = surface_deliver;
	context->executor.damaged = surface_damaged;
	context->executor.wait_readers = surface_wait_readers;
	if (driver->trace_fd >= 0)
		context->executor.trace = trace_open(driver->trace_fd, atomic_fetch_add(&driver->traced, 1) + 1);
	pthread_mutex_init(&context->turn, NULL);
	status = start(context, (uint32_t)width, (uint32_t)height);
	if (status == VA_STATUS_SUCCESS &&
	    !objects_add(&driver->objects, OBJECT_CONTEXT, &context->object, release_context))
		status = VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
	if (status != VA_STATUS_SUCCESS) {
		release_context(&context->object);
		return status;
	}
	*id = context->object.id;
	object_put(&context->object);
	return VA_STATUS_SUCCESS;
}

/* Finishes what is in flight, and leaves with every surface what became of its picture. executor.lock held. */
static void finish(struct context *context, struct executor_outcome *outcome)
{
	struct executor *executor = &context->executor;
	struct driver *driver = context->driver;
	const bool was_lost = executor->lost;
	struct object *object;
	uint32_t cursor = 0;
	uint32_t answer;

	memset(outcome, 0, sizeof(*outcome));
	if (!executor->lost)
		executor_run(executor, core_context_destroy(executor->core, &answer), NULL, outcome);
	while ((object = objects_next(&driver->objects, OBJECT_SURFACE, &cursor))) {
		surface_leave_context((struct surface *)object, context);
		object_put(object);
	}
	if (executor->lost && !was_lost)
		executor_lose(executor, outcome);
	executor->closed = true;
	pthread_cond_broadcast(&executor->progress);
}

VAStatus context_destroy(VADriverContextP va, VAContextID id)
{
	struct driver *driver = driver_of(va);
	struct context *context = get_context(driver, id);
	struct executor_outcome outcome = {0};
	struct object *named;
	bool ours;

	if (!context)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_CONTEXT, "vaDestroyContext", "context", id);
	pthread_mutex_lock(&context->turn);
	executor_lock(&context->executor);
	ours = !context->closing;
	context->closing = true;
	if (ours)
		finish(context, &outcome);
	executor_unlock(&context->executor);
	pthread_mutex_unlock(&context->turn);
	/* What failed is said, but the context is closed all the same. */
	messages_outcome(context, &outcome);
	if (ours) {
		named = objects_remove(&driver->objects, OBJECT_CONTEXT, id);
		if (named)
			object_put(named);
	}
	object_put(&context->object);
	return ours ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_CONTEXT;
}
