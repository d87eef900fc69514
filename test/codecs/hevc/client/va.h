/* SPDX-License-Identifier: MIT
 *
 * HEVC's parameter buffers of VA-API.
 */
#ifndef TEST_CODECS_HEVC_VA_H
#define TEST_CODECS_HEVC_VA_H

#include "client.h"
#include "reader.h"

enum { VA_REFERENCES = 15 };

/* What stands for a picture that is not there. */
extern const VAPictureHEVC hevc_va_no_picture;

/* places: for each frame of the DPB, gets its index in ReferenceFrames. */
void hevc_va_fill_picture(const struct client_sps *sps, const struct client_pps *pps,
                          const struct client_dpb *dpb, const struct client_picture *picture,
                          const struct reader_habits *habits, uint8_t *places,
                          VAPictureParameterBufferHEVC *out);
void hevc_va_fill_matrix(const struct client_sps *sps, const struct client_pps *pps,
                         VAIQMatrixBufferHEVC *out);
void hevc_va_fill_slice(const struct client_dpb *dpb, const struct client_slice *slice, bool last,
                        const uint8_t *places, VASliceParameterBufferHEVC *out);

#endif
