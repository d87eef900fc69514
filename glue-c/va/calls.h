/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_CALLS_H
#define GLUE_VA_CALLS_H

#include <va/va_backend.h>

/* Fills in the entries that this driver offers, but for vaTerminate. */
void calls_fill(struct VADriverVTable *table);

#endif
