/* SPDX-License-Identifier: MIT
 *
 * The uncompressed header (6.2 of the VP9 specification), written anew from the control.
 */
#ifndef TEST_CODECS_VP9_MODEL_UNCOMPRESSED_HEADER_H
#define TEST_CODECS_VP9_MODEL_UNCOMPRESSED_HEADER_H

#include "bits.h"

#include <linux/videodev2.h>

enum { VP9_SLOTS = 8, VP9_REFERENCES = 3 };

/*
 * What the stream says of its eight slots for references. It is not in the control, since kernels know references by their
 * timestamps.
 */
struct slot_use {
	uint8_t refreshed;                 /* a bit for each slot that gets the frame */
	uint8_t reference[VP9_REFERENCES]; /* the slots of last, golden and altref */
};

/*
 * Reads these of the header in the OUTPUT buffer. NULL, or a sentence that says what is wrong: of another kind of frame than the
 * control's, the header would have them elsewhere.
 */
const char *slot_use_read(struct slot_use *use, const uint8_t *data, size_t size,
                          const struct v4l2_ctrl_vp9_frame *frame);

/*
 * Appends the header to `out`. compressed_size: of the compressed header that follows. NULL, or what of the control no header
 * of this kind of frame can say, as "frame.reset_frame_context"; the rest is written nevertheless.
 */
const char *uncompressed_header_write(struct byte_buffer *out, const struct v4l2_ctrl_vp9_frame *frame,
                                      const struct slot_use *use, size_t compressed_size);

#endif
