/* SPDX-License-Identifier: MIT */
#ifndef GLUE_CORE_LAYOUT_H
#define GLUE_CORE_LAYOUT_H

#include <stdbool.h>

#include "exchange.h"

enum { LAYOUT_MAX_SIDE = 65535 /* pixels: VAImage has 16 bits for them */ };

/* Whether a layout holds together: sides of 1 to LAYOUT_MAX_SIDE, at most CORE_MAX_LAYOUT_SIZE bytes, and every row of
 * every plane inside its size. Planes after the first are half as high (4:2:0). */
bool layout_is_sound(const struct core_layout *layout);

/* Whether a picture lies as rows of whole bytes. */
bool layout_is_linear(const struct core_layout *layout);

/* Whether both name the same bytes of a plane, whatever the sizes of their pictures. */
bool layout_is_same(const struct core_layout *one, const struct core_layout *other);

#endif
