/* SPDX-License-Identifier: MIT
 *
 * V4L2's controls as VA's parameters.
 */
#ifndef TEST_CODECS_H264_VA_H
#define TEST_CODECS_H264_VA_H

#include "client.h"
#include "reader.h"

/* What stands for a picture that is not there. */
extern const VAPictureH264 va_no_picture;

struct va_references {
	VAPictureH264
		entry[V4L2_H264_NUM_DPB_ENTRIES]; /* as dpb[] of the V4L2 control; picture_id is a frame's number */
};

/* decoded: whether a frame was ever sent, which those of gaps were not. */
void va_fill_references(const struct v4l2_ctrl_h264_decode_params *params,
                        bool (*decoded)(const void *opaque, unsigned int frame), const void *opaque,
                        struct va_references *references);
void va_fill_picture(const struct client_stream *stream, const struct client_dpb *dpb,
                     const struct client_slice *slice, const struct va_references *references,
                     const struct reader_habits *habits, VAPictureParameterBufferH264 *out);
void va_fill_matrix(const struct client_pps *pps, VAIQMatrixBufferH264 *out);
void va_fill_slice(const struct client_picture_slice *slice, const struct v4l2_ctrl_h264_slice_params *params,
                   const struct va_references *references, bool chroma, VASliceParameterBufferH264 *out);

#endif
