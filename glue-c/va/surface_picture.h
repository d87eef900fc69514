/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_SURFACE_PICTURE_H
#define GLUE_VA_SURFACE_PICTURE_H

#include "driver.h"

/* Why the picture of a surface is to be finished: the player waits for it; somebody outside is about to look; it is only asked for. */
enum surface_finish { SURFACE_SYNC, SURFACE_SHOW, SURFACE_ASK };

/*
 * Waits, outside all locks, until the surface's picture is decoded. Returns the status to give to the player: of a picture that is
 * damaged or missing it is success, unless the driver is strict.
 */
VAStatus surface_finish(struct surface *surface, enum surface_finish how);

/*
 * The same for a call that reads the picture, by name. What later pictures refer to has no samples to read where film grain was added in another
 * surface: decoders keep it to themselves.
 */
VAStatus surface_finish_to_read(struct surface *surface, enum surface_finish how, const char *call);
/* The picture is to be seen in this surface; VA_INVALID_SURFACE: in its own. */
void surface_is_seen_in(struct surface *surface, VASurfaceID seen_in);

/* Returns the context that it belonged to before; from here on only `context` can queue it. */
VAContextID surface_begin_picture(struct surface *surface, VAContextID context);
/* executor_damaged. */
void surface_damaged(void *owner, uint32_t surface, uint32_t state);
/* Waits for what another context still does to the surface. */
void surface_finish_in(struct surface *surface, VAContextID context);
/* Its context goes away; what is known then stays. executor.lock held. */
void surface_leave_context(struct surface *surface, struct context *context);

VAStatus surface_sync(VADriverContextP va, VASurfaceID id);
VAStatus surface_sync2(VADriverContextP va, VASurfaceID id, uint64_t timeout_ns);
VAStatus surface_query_status(VADriverContextP va, VASurfaceID id, VASurfaceStatus *status);
VAStatus surface_query_error(VADriverContextP va, VASurfaceID id, VAStatus error, void **info);

#endif
