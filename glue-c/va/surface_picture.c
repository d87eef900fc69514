/* SPDX-License-Identifier: MIT
 *
 * What has become of a surface's picture: waiting for it, asking for it, and keeping the answer when its context goes.
 */
#include "surface_picture.h"

#include <string.h>
#include <time.h>

#include "../plans/run.h"
#include "../plans/wait.h"
#include "messages.h"

enum { MACROBLOCK = 16 };

/* What a surface knows of its picture, taken at one moment. */
struct picture_state {
	VAContextID context;
	uint32_t pictures;
	bool failed;
};

static struct picture_state read_state(struct surface *surface)
{
	struct picture_state state;

	pthread_mutex_lock(&surface->lock);
	state = (struct picture_state){surface->context, surface->pictures, surface->failed};
	pthread_mutex_unlock(&surface->lock);
	return state;
}

/* An answer about the picture of `state`; a later one may have been begun since. */
static void note_finished(struct surface *surface, const struct picture_state *state, bool failed)
{
	pthread_mutex_lock(&surface->lock);
	if (surface->pictures == state->pictures) {
		surface->pending = false;
		surface->failed = failed;
	}
	pthread_mutex_unlock(&surface->lock);
}

VAContextID surface_begin_picture(struct surface *surface, VAContextID context)
{
	VAContextID before;

	pthread_mutex_lock(&surface->lock);
	before = surface->context;
	surface->context = context;
	surface->pictures++;
	surface->pending = true;
	surface->failed = false;
	pthread_mutex_unlock(&surface->lock);
	return before;
}

void surface_leave_context(struct surface *surface, struct context *context)
{
	struct picture_state state = read_state(surface);
	uint32_t known = CORE_SURFACE_PENDING;

	if (state.context != context->object.id)
		return;
	if (!context->executor.lost &&
	    !core_context_surface_state(context->executor.core, &known, surface->object.id))
		context->executor.lost = true;
	pthread_mutex_lock(&surface->lock);
	if (known == CORE_SURFACE_FAILED || (known == CORE_SURFACE_PENDING && surface->pending))
		surface->failed = true;
	surface->pending = false;
	surface->context = VA_INVALID_ID;
	pthread_mutex_unlock(&surface->lock);
}

static VAStatus status_of_state(const struct picture_state *state)
{
	return state->failed ? VA_STATUS_ERROR_DECODING_ERROR : VA_STATUS_SUCCESS;
}

/*
 * The context of a surface's picture, locked and with a reference, ready for a question. NULL: there is none (any
 * more), and what the surface itself knows is the answer. Waits for a context that is being destroyed.
 */
static struct context *enter_context(struct surface *surface, struct picture_state *state)
{
	struct context *context;

	*state = read_state(surface);
	if (state->context == VA_INVALID_ID)
		return NULL;
	context = get_context(surface->driver, state->context);
	if (context) {
		executor_lock(&context->executor);
		if (!context->closing)
			return context;
		executor_wait_closed(&context->executor);
		executor_unlock(&context->executor);
		object_put(&context->object);
	}
	*state = read_state(surface);
	return NULL;
}

VAStatus surface_finish(struct surface *surface, enum surface_finish how)
{
	struct picture_state state;
	struct executor_outcome outcome;
	struct context *context = enter_context(surface, &state);
	VASurfaceID id = surface->object.id;
	uint32_t answer;
	VAStatus status;
	bool closed;

	if (!context)
		return status_of_state(&state);
	if (!executor_refuses(&context->executor, &outcome)) {
		bool alive = how == SURFACE_SYNC ? core_context_sync_surface(context->executor.core, &answer, id)
		                                 : core_context_surface_exported(context->executor.core, &answer, id);

		executor_run(&context->executor, alive, NULL, &outcome);
	}
	closed = context->executor.closed;
	executor_unlock(&context->executor);
	status = messages_outcome(context, &outcome);
	object_put(&context->object);
	if (closed) {
		/* Destroyed while we waited: its last word is with the surface. */
		state = read_state(surface);
		return status_of_state(&state);
	}
	if (status == VA_STATUS_SUCCESS || status == VA_STATUS_ERROR_DECODING_ERROR)
		note_finished(surface, &state, status == VA_STATUS_ERROR_DECODING_ERROR);
	return status;
}

void surface_finish_in(struct surface *surface, VAContextID id)
{
	struct context *context = get_context(surface->driver, id);
	struct executor_outcome outcome = {0};
	uint32_t answer;

	if (!context)
		return;
	executor_lock(&context->executor);
	if (context->closing)
		executor_wait_closed(&context->executor);
	else if (!executor_refuses(&context->executor, &outcome))
		executor_run(&context->executor,
		             core_context_sync_surface(context->executor.core, &answer, surface->object.id), NULL,
		             &outcome);
	executor_unlock(&context->executor);
	messages_outcome(context, &outcome);
	object_put(&context->object);
}

VAStatus surface_sync(VADriverContextP va, VASurfaceID id)
{
	struct driver *driver = driver_of(va);
	struct surface *surface = get_surface(driver, id);
	VAStatus status;

	if (!surface)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, "vaSyncSurface", "surface", id);
	status = surface_finish(surface, SURFACE_SYNC);
	object_put(&surface->object);
	return status;
}

/* What the core knows after the device was asked; executor.lock held. */
static uint32_t ask_state(struct context *context, VASurfaceID id, struct executor_outcome *outcome)
{
	uint32_t state = CORE_SURFACE_UNKNOWN;

	if (executor_refuses(&context->executor, outcome))
		return CORE_SURFACE_UNKNOWN;
	executor_collect(&context->executor);
	if (context->executor.lost || !core_context_surface_state(context->executor.core, &state, id)) {
		executor_lose(&context->executor, outcome);
		return CORE_SURFACE_UNKNOWN;
	}
	return state;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Waits until the picture is finished or the player's own patience is at its end; true in the latter case. */
static bool outlast(struct surface *surface, uint64_t timeout_ns)
{
	struct picture_state state;
	struct executor_outcome outcome = {0};
	struct context *context = enter_context(surface, &state);
	uint64_t start = now_ns();
	bool pending;

	if (!context)
		return false;
	for (;;) {
		uint64_t spent = now_ns() - start;

		pending = ask_state(context, surface->object.id, &outcome) == CORE_SURFACE_PENDING;
		if (!pending || spent >= timeout_ns || context->executor.gone)
			break;
		executor_wait(&context->executor, timeout_ns - spent);
	}
	if (context->executor.gone)
		pending = false;
	executor_unlock(&context->executor);
	messages_outcome(context, &outcome);
	object_put(&context->object);
	return pending;
}

VAStatus surface_sync2(VADriverContextP va, VASurfaceID id, uint64_t timeout_ns)
{
	struct driver *driver = driver_of(va);
	struct surface *surface = get_surface(driver, id);
	VAStatus status;

	if (!surface)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, "vaSyncSurface2", "surface", id);
	if (timeout_ns != VA_TIMEOUT_INFINITE && outlast(surface, timeout_ns))
		status = VA_STATUS_ERROR_TIMEDOUT;
	else
		status = surface_finish(surface, SURFACE_SYNC);
	object_put(&surface->object);
	return status;
}

/* Without waiting. Returns whether the picture is still with the device. */
static bool refresh(struct surface *surface)
{
	struct picture_state state;
	struct executor_outcome outcome = {0};
	struct context *context = enter_context(surface, &state);
	uint32_t known;

	if (!context)
		return false;
	known = ask_state(context, surface->object.id, &outcome);
	executor_unlock(&context->executor);
	messages_outcome(context, &outcome);
	object_put(&context->object);
	if (known == CORE_SURFACE_READY || known == CORE_SURFACE_FAILED)
		note_finished(surface, &state, known == CORE_SURFACE_FAILED);
	return known == CORE_SURFACE_PENDING;
}

VAStatus surface_query_status(VADriverContextP va, VASurfaceID id, VASurfaceStatus *status)
{
	struct driver *driver = driver_of(va);
	struct surface *surface = get_surface(driver, id);

	if (!surface)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, "vaQuerySurfaceStatus", "surface",
		                        id);
	if (status)
		*status = refresh(surface) ? VASurfaceRendering : VASurfaceReady;
	object_put(&surface->object);
	return status ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_PARAMETER;
}

/* V4L2 says that a picture is bad, not where: the record names all of its macroblocks. */
static void fill_errors(struct surface *surface)
{
	uint32_t columns = (surface->facts.width + MACROBLOCK - 1) / MACROBLOCK;
	uint32_t rows = (surface->facts.height + MACROBLOCK - 1) / MACROBLOCK;

	memset(surface->errors, 0, sizeof(surface->errors));
	surface->errors[0].status = surface->failed ? 1 : -1;
	surface->errors[1].status = -1;
	if (surface->failed) {
		surface->errors[0].end_mb = columns * rows - 1;
		surface->errors[0].decode_error_type = VADecodeMBError;
		surface->errors[0].num_mb = columns * rows;
	}
}

VAStatus surface_query_error(VADriverContextP va, VASurfaceID id, VAStatus error, void **info)
{
	struct driver *driver = driver_of(va);
	struct surface *surface = get_surface(driver, id);

	if (!surface)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, "vaQuerySurfaceError", "surface",
		                        id);
	if (error == VA_STATUS_ERROR_DECODING_ERROR && info) {
		refresh(surface);
		pthread_mutex_lock(&surface->lock);
		fill_errors(surface);
		pthread_mutex_unlock(&surface->lock);
		*info = surface->errors;
	}
	object_put(&surface->object);
	return error == VA_STATUS_ERROR_DECODING_ERROR && info ? VA_STATUS_SUCCESS
	                                                       : VA_STATUS_ERROR_INVALID_PARAMETER;
}
