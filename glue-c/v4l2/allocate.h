/* SPDX-License-Identifier: MIT */
#ifndef GLUE_V4L2_ALLOCATE_H
#define GLUE_V4L2_ALLOCATE_H

#include "../core/exchange.h"
#include "../memory/dmabuf.h"

/*
 * Memory for one picture, from the first of the allocation's sources that has some. The decoder at video_path is asked in
 * a short-lived open of its own (MMAP, EXPBUF): that memory is of the kind that this chip needs (contiguous where it has
 * no MMU), and outlives the open. format: what CAPTURE was set to, or what the allocation assumes. Returns 0 or the errno of the first
 * source, and then there is nothing to close.
 */
int allocate_picture(struct dmabuf *memory, const char *video_path, const struct core_allocation *allocation,
                     const void *control, struct core_format *format);

#endif
