/* SPDX-License-Identifier: MIT
 *
 * The controls of HEVC, as v4l2-ctrls-defs.c and v4l2-ctrls-core.c of Linux 6.12 have them.
 */
#ifndef TEST_CODECS_HEVC_CONTROLS_H
#define TEST_CODECS_HEVC_CONTROLS_H

#include "model.h"

enum { HEVC_CONTROL_COUNT = 10 };

extern const struct model_control hevc_controls[HEVC_CONTROL_COUNT];

int hevc_validate(uint32_t id, void *value);
bool hevc_sequence(uint32_t id, const void *value, struct model_sequence *sequence);

#endif
