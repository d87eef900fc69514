/* SPDX-License-Identifier: MIT
 *
 * An elementary stream of MPEG-2, picture by picture, with the controls of each as the kernel's documentation asks for them.
 * It shares nothing with the model but the reading of bits.
 */
#ifndef TEST_CODECS_MPEG2_TEST_STREAM_H
#define TEST_CODECS_MPEG2_TEST_STREAM_H

#include <linux/v4l2-controls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream_controls {
	struct v4l2_ctrl_mpeg2_sequence sequence;
	struct v4l2_ctrl_mpeg2_picture picture; /* without timestamps and the order of fields */
	struct v4l2_ctrl_mpeg2_quantisation quantisation;
};

/* A frame or field. */
struct stream_picture {
	struct stream_controls controls;
	size_t start;  /* of its headers, */
	size_t slices; /* of its first slice, */
	size_t end;    /* and behind the last */
};

/* false: take() gave false, or the stream is none of MPEG-2. */
bool stream_read(const uint8_t *data, size_t size,
                 bool (*take)(void *opaque, const struct stream_picture *picture), void *opaque);

#endif
