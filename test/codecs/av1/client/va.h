/* SPDX-License-Identifier: MIT
 *
 * A frame as VA's parameters.
 */
#ifndef TEST_CODECS_AV1_CLIENT_VA_H
#define TEST_CODECS_AV1_CLIENT_VA_H

#include "frames.h"

#include <va/va.h>

/*
 * slots: the frames' numbers, or VA_INVALID_SURFACE. frame: the number of this one. display: of the frame with film grain, or the same, or
 * VA_INVALID_SURFACE.
 */
void av1_fill_picture(const struct client_picture *picture, const VASurfaceID slots[CLIENT_SLOTS],
                      VASurfaceID frame, VASurfaceID display, VADecPictureParameterBufferAV1 *out);
/* offset: of the tile in its slice data buffer. */
void av1_fill_tile(const struct client_tile *tile, size_t offset, VASliceParameterBufferAV1 *out);

#endif
