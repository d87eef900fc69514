/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_SURFACE_H
#define GLUE_VA_SURFACE_H

#include "driver.h"

/* How the picture of a surface is waited for. */
enum surface_finish { SURFACE_SYNC, SURFACE_SHOW };

/*
 * Waits, outside all locks, until the surface's picture is decoded. SURFACE_SHOW: somebody outside is about to look
 * (export, mapping of a derived image). Returns the status to give to the player.
 */
VAStatus surface_finish(struct surface *surface, enum surface_finish how);

/* Memory for a surface that nobody has decoded to. surface->lock held. */
VAStatus surface_need_memory(struct surface *surface);
/* The same, mapped and coherent for `access` until dmabuf_end_access(). surface->lock held. *error: what the kernel
 * said against it, or 0; surface_say_unseen() tells it to the user, once the lock is free. */
VAStatus surface_show(struct surface *surface, uint64_t access, int *error);
void surface_say_unseen(const struct surface *surface, const char *call, int error);

/* The executor's: memory for the next picture. */
executor_borrow surface_borrow;
executor_give_back surface_give_back;
executor_deliver surface_deliver;

/* Returns the context that it belonged to before; from here on only `context` can queue it. */
VAContextID surface_begin_picture(struct surface *surface, VAContextID context);
/* Waits for what another context still does to the surface. */
void surface_finish_in(struct surface *surface, VAContextID context);
/* Its context goes away; what is known then stays. executor.lock held. */
void surface_leave_context(struct surface *surface, struct context *context);

VAStatus surface_create(VADriverContextP va, int width, int height, int format, int count,
                        VASurfaceID *surfaces);
VAStatus surface_create2(VADriverContextP va, unsigned int format, unsigned int width, unsigned int height,
                         VASurfaceID *surfaces, unsigned int count, VASurfaceAttrib *attributes,
                         unsigned int attribute_count);
VAStatus surface_destroy(VADriverContextP va, VASurfaceID *surfaces, int count);
VAStatus surface_query_attributes(VADriverContextP va, VAConfigID config, VASurfaceAttrib *attributes,
                                  unsigned int *count);

VAStatus surface_sync(VADriverContextP va, VASurfaceID id);
VAStatus surface_sync2(VADriverContextP va, VASurfaceID id, uint64_t timeout_ns);
VAStatus surface_query_status(VADriverContextP va, VASurfaceID id, VASurfaceStatus *status);
VAStatus surface_query_error(VADriverContextP va, VASurfaceID id, VAStatus error, void **info);
VAStatus surface_export(VADriverContextP va, VASurfaceID id, uint32_t memory_type, uint32_t flags,
                        void *descriptor);

#endif
