/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_UNOFFERED_H
#define GLUE_VA_UNOFFERED_H

#include <va/va_backend.h>

/* Fills the entries that libva insists on and this driver does not offer. */
void unoffered_fill(VADriverContextP va);

#endif
