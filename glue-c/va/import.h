/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_IMPORT_H
#define GLUE_VA_IMPORT_H

#include "driver.h"

/* VA_SURFACE_ATTRIB_MEM_TYPE_* of the attributes of vaCreateSurfaces. Read here, for it says what a pointer of the player's points
 * to: what the core makes of it must not decide that. */
uint32_t import_memory_type(const VASurfaceAttrib *attributes, unsigned int count);
/* The player's own memory for surface `place` of `count`, from the attributes of vaCreateSurfaces. The descriptor is
 * duplicated: the player may close its own. Says why when it cannot be. */
VAStatus import_memory(struct driver *driver, const VASurfaceAttrib *attributes, unsigned int attribute_count,
                       uint32_t memory_type, const struct core_surface *facts, unsigned int place,
                       unsigned int count, struct dmabuf *memory, struct core_layout *layout);

#endif
