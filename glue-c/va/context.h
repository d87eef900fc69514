/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_CONTEXT_H
#define GLUE_VA_CONTEXT_H

#include "driver.h"

/* Elements of one slice parameter buffer, kept until their data comes. */
struct slice_group {
	uint32_t offset; /* in context->slices */
	uint32_t element_size;
	uint32_t count;
};

VAStatus context_create(VADriverContextP va, VAConfigID config, int width, int height, int flag,
                        VASurfaceID *targets, int target_count, VAContextID *id);
VAStatus context_destroy(VADriverContextP va, VAContextID id);

VAStatus picture_begin(VADriverContextP va, VAContextID context, VASurfaceID surface);
VAStatus picture_render(VADriverContextP va, VAContextID context, VABufferID *buffers, int count);
VAStatus picture_end(VADriverContextP va, VAContextID context);

#endif
