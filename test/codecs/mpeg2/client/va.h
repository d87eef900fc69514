/* SPDX-License-Identifier: MIT
 *
 * A picture as VA's parameters.
 */
#ifndef TEST_CODECS_MPEG2_VA_H
#define TEST_CODECS_MPEG2_VA_H

#include "headers.h"

#include <va/va.h>

/* forward, backward: frames' numbers or VA_INVALID_SURFACE. */
void mpeg2_fill_picture(const struct headers *headers, VASurfaceID forward, VASurfaceID backward, bool second,
                        VAPictureParameterBufferMPEG2 *out);

/* loaded: which of the four. */
void mpeg2_fill_matrix(const struct headers *headers, const bool loaded[MATRICES],
                       VAIQMatrixBufferMPEG2 *out);

/* left_out: bytes of the start code that are not in the slice data; size: of that. */
void mpeg2_fill_slice(const struct slice_header *slice, unsigned int left_out, size_t size,
                      VASliceParameterBufferMPEG2 *out);

#endif
