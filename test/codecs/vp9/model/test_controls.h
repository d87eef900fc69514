/* SPDX-License-Identifier: MIT
 *
 * For the program that proves the model: the controls of a frame, by a reader of the stream that shares nothing with the model.
 */
#ifndef TEST_CODECS_VP9_MODEL_TEST_CONTROLS_H
#define TEST_CODECS_VP9_MODEL_TEST_CONTROLS_H

#include "header.h"

#include <linux/videodev2.h>

/* timestamps: of the frames in the slots. */
void test_fill_frame(struct v4l2_ctrl_vp9_frame *out, const struct client_frame *frame,
                     const uint64_t timestamps[CLIENT_SLOTS]);
/* data: of the compressed header. Sets reference_mode in the frame's control, too. False: it breaks off. */
bool test_fill_compressed_header(struct v4l2_ctrl_vp9_compressed_hdr *out, struct v4l2_ctrl_vp9_frame *frame,
                                 const uint8_t *data, size_t size);

#endif
