/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_ACQUIRE_H
#define GLUE_VA_ACQUIRE_H

#include "driver.h"

VAStatus buffer_acquire(VADriverContextP va, VABufferID id, VABufferInfo *info);
VAStatus buffer_release(VADriverContextP va, VABufferID id);

#endif
