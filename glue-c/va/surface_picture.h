/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_SURFACE_PICTURE_H
#define GLUE_VA_SURFACE_PICTURE_H

#include "driver.h"

/* How the picture of a surface is waited for. */
enum surface_finish { SURFACE_SYNC, SURFACE_SHOW };

/*
 * Waits, outside all locks, until the surface's picture is decoded. SURFACE_SHOW: somebody outside is about to look
 * (export, mapping of a derived image). Returns the status to give to the player.
 */
VAStatus surface_finish(struct surface *surface, enum surface_finish how);

/* Returns the context that it belonged to before; from here on only `context` can queue it. */
VAContextID surface_begin_picture(struct surface *surface, VAContextID context);
/* Waits for what another context still does to the surface. */
void surface_finish_in(struct surface *surface, VAContextID context);
/* Its context goes away; what is known then stays. executor.lock held. */
void surface_leave_context(struct surface *surface, struct context *context);

VAStatus surface_sync(VADriverContextP va, VASurfaceID id);
VAStatus surface_sync2(VADriverContextP va, VASurfaceID id, uint64_t timeout_ns);
VAStatus surface_query_status(VADriverContextP va, VASurfaceID id, VASurfaceStatus *status);
VAStatus surface_query_error(VADriverContextP va, VASurfaceID id, VAStatus error, void **info);

#endif
