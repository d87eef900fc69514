/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_SURFACE_H
#define GLUE_VA_SURFACE_H

#include "driver.h"

/* Memory for a surface that nobody has decoded to: exportable. surface->lock held. */
VAStatus surface_need_memory(struct surface *surface);
/* Exportable memory for life, for somebody outside. Where the picture is tiled, packed or of a pitch that not every GPU takes, it is
 * converted to new memory: it must be finished. The decoder goes on referring to the old memory, which its CAPTURE buffer holds. surface->lock held. */
VAStatus surface_need_exportable(struct surface *surface);
/* The same, mapped and coherent for `access` until dmabuf_end_access(). surface->lock held. *error: what the kernel
 * said against it, or 0; surface_say_unseen() tells it to the user, once the lock is free. */
VAStatus surface_show(struct surface *surface, uint64_t access, int *error);
void surface_say_unseen(struct surface *surface, const char *call, int error);

/* The executor's: memory for the next picture. */
executor_borrow surface_borrow;
executor_give_back surface_give_back;
executor_deliver surface_deliver;
executor_wait_readers surface_wait_readers;

VAStatus surface_create(VADriverContextP va, int width, int height, int format, int count,
                        VASurfaceID *surfaces);
VAStatus surface_create2(VADriverContextP va, unsigned int format, unsigned int width, unsigned int height,
                         VASurfaceID *surfaces, unsigned int count, VASurfaceAttrib *attributes,
                         unsigned int attribute_count);
VAStatus surface_destroy(VADriverContextP va, VASurfaceID *surfaces, int count);
VAStatus surface_query_attributes(VADriverContextP va, VAConfigID config, VASurfaceAttrib *attributes,
                                  unsigned int *count);

#endif
