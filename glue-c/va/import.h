/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_IMPORT_H
#define GLUE_VA_IMPORT_H

#include "driver.h"

/* The player's own memory for surface `place` of `count`, from the attributes of vaCreateSurfaces. The descriptor is
 * duplicated: the player may close its own. Says why when it cannot be. */
VAStatus import_memory(struct driver *driver, const VASurfaceAttrib *attributes, unsigned int attribute_count,
                       const struct core_surface *facts, unsigned int place, unsigned int count,
                       struct dmabuf *memory, struct core_layout *layout);

#endif
