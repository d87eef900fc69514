/* SPDX-License-Identifier: MIT
 *
 * What has become of a surface's picture: waiting for it, asking for it, and keeping the answer when its context goes.
 */
#include "surface_picture.h"

#include <string.h>

#include "../core/clock.h"
#include "../plans/run.h"
#include "../plans/wait.h"
#include "messages.h"

enum { MACROBLOCK = 16 };

/* What a surface knows of its picture, taken at one moment. */
struct picture {
	VAContextID context;
	uint32_t number;
	uint32_t state; /* CORE_SURFACE_* */
};

static struct picture read_picture(struct surface *surface)
{
	struct picture picture;

	pthread_mutex_lock(&surface->lock);
	picture = (struct picture){surface->context, surface->pictures, surface->state};
	pthread_mutex_unlock(&surface->lock);
	return picture;
}

/* What became of a picture; a later one may have been begun since. A verdict stays. */
static void note_state(struct surface *surface, const struct picture *picture, uint32_t state)
{
	pthread_mutex_lock(&surface->lock);
	if (surface->pictures == picture->number && surface->state == CORE_SURFACE_PENDING)
		surface->state = state;
	pthread_mutex_unlock(&surface->lock);
}

VAContextID surface_begin_picture(struct surface *surface, VAContextID context)
{
	VAContextID before;

	pthread_mutex_lock(&surface->lock);
	before = surface->context;
	surface->context = context;
	surface->pictures++;
	surface->seen_in = VA_INVALID_SURFACE;
	surface->state = CORE_SURFACE_PENDING;
	pthread_mutex_unlock(&surface->lock);
	return before;
}

void surface_damaged(void *owner, uint32_t id, uint32_t state)
{
	struct context *context = owner;
	struct surface *surface = get_surface(context->driver, id);

	if (!surface)
		return;
	pthread_mutex_lock(&surface->lock);
	if (surface->context == context->object.id)
		surface->state = state;
	pthread_mutex_unlock(&surface->lock);
	object_put(&surface->object);
}

/* Of a context that cannot be asked any more: what the device still had is lost. executor.lock held. */
static uint32_t last_state(const struct context *context, const struct surface *surface, uint32_t state)
{
	if (state != CORE_SURFACE_PENDING)
		return state;
	return captures_hold(&context->executor.captures, surface->object.id) ? CORE_SURFACE_LOST
	                                                                      : CORE_SURFACE_READY;
}

void surface_leave_context(struct surface *surface, struct context *context)
{
	struct picture picture = read_picture(surface);
	uint32_t state = CORE_SURFACE_UNKNOWN;

	if (picture.context != context->object.id)
		return;
	if (!context->executor.lost &&
	    !core_context_surface_state(context->executor.core, &state, surface->object.id))
		context->executor.lost = true;
	if (state == CORE_SURFACE_UNKNOWN)
		state = last_state(context, surface, picture.state);
	pthread_mutex_lock(&surface->lock);
	if (surface->state == CORE_SURFACE_PENDING)
		surface->state = state == CORE_SURFACE_PENDING ? CORE_SURFACE_LOST : state;
	surface->context = VA_INVALID_ID;
	pthread_mutex_unlock(&surface->lock);
}

/* What the surface alone can say to a player that waits for its picture. */
static VAStatus status_of_state(const struct driver *driver, uint32_t state)
{
	bool bad = state == CORE_SURFACE_DAMAGED || state == CORE_SURFACE_MISSING;

	return state == CORE_SURFACE_LOST || (bad && driver->strict) ? VA_STATUS_ERROR_DECODING_ERROR
	                                                             : VA_STATUS_SUCCESS;
}

/*
 * The context of a surface's picture, locked and with a reference, ready for a question. NULL: there is none (any
 * more), and what the surface itself knows is the answer. Waits for a context that is being destroyed.
 */
static struct context *enter_context(struct surface *surface, struct picture *picture)
{
	struct context *context;

	*picture = read_picture(surface);
	if (picture->context == VA_INVALID_ID)
		return NULL;
	context = get_context(surface->driver, picture->context);
	if (context) {
		executor_lock(&context->executor);
		if (!context->closing)
			return context;
		executor_wait_closed(&context->executor);
		executor_unlock(&context->executor);
		object_put(&context->object);
	}
	*picture = read_picture(surface);
	return NULL;
}

/* Hands the question in. executor.lock held. */
static bool ask(struct context *context, VASurfaceID id, enum surface_finish how)
{
	struct core *core = context->executor.core;
	uint32_t answer;

	switch (how) {
	case SURFACE_SYNC:
		return core_context_sync_surface(core, &answer, id);
	case SURFACE_SHOW:
		return core_context_surface_exported(core, &answer, id);
	default:
		return core_context_ask_surface(core, &answer, id);
	}
}

/* Finishes the picture or gives up at the deadline (CLOCK_MONOTONIC, ns): TIMEDOUT. */
static VAStatus finish_until(struct surface *surface, enum surface_finish how, uint64_t deadline)
{
	struct picture picture;
	struct executor_outcome outcome;
	struct context *context = enter_context(surface, &picture);
	bool closed;
	VAStatus status;

	if (!context)
		return status_of_state(surface->driver, picture.state);
	if (executor_refuses(&context->executor, &outcome)) {
		status = status_of_state(surface->driver, last_state(context, surface, picture.state));
		executor_unlock(&context->executor);
		object_put(&context->object);
		return status;
	}
	executor_run_until(&context->executor, ask(context, surface->object.id, how), NULL, deadline, &outcome);
	closed = context->executor.closed;
	executor_unlock(&context->executor);
	status = messages_outcome(context, &outcome);
	object_put(&context->object);
	if (status == VA_STATUS_SUCCESS)
		note_state(surface, &picture, CORE_SURFACE_READY);
	else if (status == VA_STATUS_ERROR_DECODING_ERROR)
		note_state(surface, &picture, CORE_SURFACE_LOST);
	/* Destroyed while we waited, or of more surfaces than the core remembers: the surface has the last word. */
	if (closed || status == VA_STATUS_SUCCESS) {
		struct picture now = read_picture(surface);

		status =
			now.number == picture.number ? status_of_state(surface->driver, now.state) : VA_STATUS_SUCCESS;
	}
	return status;
}

VAStatus surface_finish(struct surface *surface, enum surface_finish how)
{
	return finish_until(surface, how, UINT64_MAX);
}

VAStatus surface_finish_to_read(struct surface *surface, enum surface_finish how, const char *call)
{
	VAStatus status = surface_finish(surface, how);
	VASurfaceID seen_in;

	pthread_mutex_lock(&surface->lock);
	seen_in = surface->seen_in;
	pthread_mutex_unlock(&surface->lock);
	if (status != VA_STATUS_SUCCESS || seen_in == VA_INVALID_SURFACE)
		return status;
	return messages_refuse(
		surface->driver, VA_STATUS_ERROR_OPERATION_FAILED,
		"%s: the picture with film grain is in surface 0x%x: read that one; of surface 0x%x "
		"the decoder keeps the samples to itself",
		call, seen_in, surface->object.id);
}

void surface_is_seen_in(struct surface *surface, VASurfaceID seen_in)
{
	pthread_mutex_lock(&surface->lock);
	surface->seen_in = seen_in;
	pthread_mutex_unlock(&surface->lock);
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

VAStatus surface_sync2(VADriverContextP va, VASurfaceID id, uint64_t timeout_ns)
{
	struct driver *driver = driver_of(va);
	struct surface *surface = get_surface(driver, id);
	uint64_t now = now_ns();
	VAStatus status;

	if (!surface)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, "vaSyncSurface2", "surface", id);
	status =
		finish_until(surface, SURFACE_SYNC, timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + timeout_ns);
	object_put(&surface->object);
	return status;
}

/* Without waiting. Returns whether the picture is still with the device. */
static bool is_rendering(struct surface *surface)
{
	return finish_until(surface, SURFACE_ASK, 0) == VA_STATUS_ERROR_TIMEDOUT;
}

VAStatus surface_query_status(VADriverContextP va, VASurfaceID id, VASurfaceStatus *status)
{
	struct driver *driver = driver_of(va);
	struct surface *surface = get_surface(driver, id);

	if (!surface)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, "vaQuerySurfaceStatus", "surface",
		                        id);
	if (status)
		*status = is_rendering(surface) ? VASurfaceRendering : VASurfaceReady;
	object_put(&surface->object);
	return status ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_PARAMETER;
}

/* V4L2 says that a picture is damaged, not where: the record names all of its macroblocks. */
static void fill_errors(struct surface *surface)
{
	uint32_t columns = (surface->facts.width + MACROBLOCK - 1) / MACROBLOCK;
	uint32_t rows = (surface->facts.height + MACROBLOCK - 1) / MACROBLOCK;
	bool missing = surface->state == CORE_SURFACE_MISSING || surface->state == CORE_SURFACE_LOST;
	bool bad = missing || surface->state == CORE_SURFACE_DAMAGED;

	memset(surface->errors, 0, sizeof(surface->errors));
	surface->errors[0].status = bad ? 1 : -1;
	surface->errors[1].status = -1;
	if (bad) {
		surface->errors[0].end_mb = columns * rows - 1;
		surface->errors[0].decode_error_type = missing ? VADecodeSliceMissing : VADecodeMBError;
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
		is_rendering(surface);
		pthread_mutex_lock(&surface->lock);
		fill_errors(surface);
		pthread_mutex_unlock(&surface->lock);
		*info = surface->errors;
	}
	object_put(&surface->object);
	return error == VA_STATUS_ERROR_DECODING_ERROR && info ? VA_STATUS_SUCCESS
	                                                       : VA_STATUS_ERROR_INVALID_PARAMETER;
}
