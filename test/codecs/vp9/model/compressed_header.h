/* SPDX-License-Identifier: MIT
 *
 * The compressed header (6.3 of the VP9 specification), written anew from the controls by a boolean encoder.
 */
#ifndef TEST_CODECS_VP9_MODEL_COMPRESSED_HEADER_H
#define TEST_CODECS_VP9_MODEL_COMPRESSED_HEADER_H

#include "bits.h"

#include <linux/videodev2.h>

/* Whether the frame has neither a quantiser nor a delta to one (7.2.9, Lossless). */
bool is_lossless(const struct v4l2_ctrl_vp9_frame *frame);

/*
 * Appends the header to `out`. NULL, or what of the controls no compressed header of this frame can say, as
 * "compressed_hdr.tx_mode"; the rest is written nevertheless.
 */
const char *compressed_header_write(struct byte_buffer *out, const struct v4l2_ctrl_vp9_frame *frame,
                                    const struct v4l2_ctrl_vp9_compressed_hdr *header);

#endif
