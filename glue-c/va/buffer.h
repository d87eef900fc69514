/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_BUFFER_H
#define GLUE_VA_BUFFER_H

#include "driver.h"

/* data: taken over (from malloc); or NULL with a surface, whose memory the buffer then shows (surface->derived counts
 * it, and a reference is kept). The caller gets a reference. NULL: no memory; what was given is still the caller's. */
struct buffer *buffer_add(struct driver *driver, VABufferType type, uint32_t element_size, uint32_t count,
                          uint8_t *data, struct surface *surface);

VAStatus buffer_create(VADriverContextP va, VAContextID context, VABufferType type, unsigned int size,
                       unsigned int count, void *data, VABufferID *id);
VAStatus buffer_set_elements(VADriverContextP va, VABufferID id, unsigned int count);
VAStatus buffer_map(VADriverContextP va, VABufferID id, void **data);
/* flags: VA_MAPBUFFER_FLAG_*, by which caches are kept in order for a derived image; 0 is both, as in vaMapBuffer. In libva
 * 2.21 and later; older ones never call it. */
VAStatus buffer_map2(VADriverContextP va, VABufferID id, void **data, uint32_t flags);
VAStatus buffer_unmap(VADriverContextP va, VABufferID id);
VAStatus buffer_destroy(VADriverContextP va, VABufferID id);
VAStatus buffer_info(VADriverContextP va, VABufferID id, VABufferType *type, unsigned int *size,
                     unsigned int *count);

#endif
