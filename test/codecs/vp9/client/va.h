/* SPDX-License-Identifier: MIT
 *
 * A frame as VA's parameters.
 */
#ifndef TEST_CODECS_VP9_CLIENT_VA_H
#define TEST_CODECS_VP9_CLIENT_VA_H

#include "header.h"

#include <va/va.h>

/* slots: the frames' numbers, or VA_INVALID_SURFACE. */
void vp9_fill_picture(const struct client_frame *frame, const VASurfaceID slots[CLIENT_SLOTS],
                      VADecPictureParameterBufferVP9 *out);
/* size: of the slice data, which is the whole frame. */
void vp9_fill_slice(const struct client_frame *frame, size_t size, VASliceParameterBufferVP9 *out);

#endif
