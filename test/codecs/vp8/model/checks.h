/* SPDX-License-Identifier: MIT
 *
 * Holds each field of the control to the stream. Where they differ hardware would decode something else, or not find what
 * it needs, without noticing.
 */
#ifndef TEST_CODECS_VP8_CHECKS_H
#define TEST_CODECS_VP8_CHECKS_H

#include "header.h"
#include "model.h"

/*
 * The field that says other than the stream, as "quant.y_ac_qi"; NULL when there is none. references: the timestamps of
 * last, golden and altref, as the frame header has them decoded.
 */
const char *check_frame(const struct v4l2_ctrl_vp8_frame *frame, const struct vp8_header *header,
                        const uint64_t references[VP8_REFERENCES]);

#endif
