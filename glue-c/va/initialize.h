/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_INITIALIZE_H
#define GLUE_VA_INITIALIZE_H

#include <va/va_backend.h>

/* vaInitialize(): makes the display and fills libva's tables. ALLOCATION_FAILED or OPERATION_FAILED: nothing is left to
 * terminate. */
VAStatus driver_init(VADriverContextP va);

#endif
