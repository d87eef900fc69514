/* SPDX-License-Identifier: MIT */
#ifndef GLUE_CORE_LAYOUT_H
#define GLUE_CORE_LAYOUT_H

#include <stdbool.h>

#include "exchange.h"

enum {
	LAYOUT_MAX_SIDE = 65535,    /* pixels: VAImage has 16 bits for them */
	LAYOUT_MAX_SIZE = 256 << 20 /* bytes: 16384x10922 in NV12 */
};

/* Whether a layout holds together: its sides and its size within the limits above, and every row of every plane inside its
 * size. Planes after the first are half as high (4:2:0). */
bool layout_is_sound(const struct core_layout *layout);

#endif
