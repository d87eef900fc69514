/* SPDX-License-Identifier: MIT
 *
 * A frame as VA's parameters.
 */
#ifndef TEST_CODECS_VP8_VA_H
#define TEST_CODECS_VP8_VA_H

#include "header.h"

#include <va/va.h>

/* references: of last, golden and altref, the frame's number or VA_INVALID_SURFACE. */
void vp8_fill_picture(const struct client_frame *frame, const VASurfaceID references[CLIENT_REFERENCES],
                      VAPictureParameterBufferVP8 *out);
void vp8_fill_probabilities(const struct client_frame *frame, VAProbabilityDataBufferVP8 *out);
void vp8_fill_matrix(const struct client_frame *frame, VAIQMatrixBufferVP8 *out);
/* size: of the slice data; offset: where it begins for the decoder. */
void vp8_fill_slice(const struct client_frame *frame, size_t size, size_t offset,
                    VASliceParameterBufferVP8 *out);

#endif
