/* SPDX-License-Identifier: MIT
 *
 * The controls of H.264, as v4l2-ctrls-defs.c and v4l2-ctrls-core.c of Linux 6.12 have them.
 */
#ifndef TEST_CODECS_H264_CONTROLS_H
#define TEST_CODECS_H264_CONTROLS_H

#include "model.h"

enum { H264_CONTROL_COUNT = 10 };

extern const struct model_control h264_controls[H264_CONTROL_COUNT];

void h264_init(uint32_t id, void *value);
int h264_validate(uint32_t id, void *value);
bool h264_sequence(uint32_t id, const void *value, struct model_sequence *sequence);

#endif
