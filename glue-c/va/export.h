/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_EXPORT_H
#define GLUE_VA_EXPORT_H

#include "driver.h"

VAStatus surface_export(VADriverContextP va, VASurfaceID id, uint32_t memory_type, uint32_t flags,
                        void *descriptor);

#endif
