/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_CONTEXT_H
#define GLUE_VA_CONTEXT_H

#include "driver.h"

VAStatus context_create(VADriverContextP va, VAConfigID config, int width, int height, int flag,
                        VASurfaceID *targets, int target_count, VAContextID *id);
VAStatus context_destroy(VADriverContextP va, VAContextID id);

#endif
