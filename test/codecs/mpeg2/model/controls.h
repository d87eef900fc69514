/* SPDX-License-Identifier: MIT
 *
 * MPEG-2's controls, as v4l2-ctrls-defs.c and v4l2-ctrls-core.c of Linux 6.12 have them.
 */
#ifndef TEST_CODECS_MPEG2_CONTROLS_H
#define TEST_CODECS_MPEG2_CONTROLS_H

#include "model.h"

enum { MPEG2_CONTROL_COUNT = 3 };

extern const struct model_control mpeg2_controls[MPEG2_CONTROL_COUNT];

void mpeg2_init(uint32_t id, void *value);
int mpeg2_validate(uint32_t id, void *value);

#endif
