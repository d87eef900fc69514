/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_PICTURE_H
#define GLUE_VA_PICTURE_H

#include "driver.h"

VAStatus picture_begin(VADriverContextP va, VAContextID context, VASurfaceID surface);
VAStatus picture_render(VADriverContextP va, VAContextID context, VABufferID *buffers, int count);
VAStatus picture_end(VADriverContextP va, VAContextID context);

#endif
