/* SPDX-License-Identifier: MIT
 *
 * The controls of VP9, as v4l2-ctrls-defs.c and v4l2-ctrls-core.c of Linux 6.12 have them.
 */
#ifndef TEST_CODECS_VP9_MODEL_CONTROLS_H
#define TEST_CODECS_VP9_MODEL_CONTROLS_H

#include "model.h"

enum { VP9_CONTROLS = 3 };

extern const struct model_control vp9_controls[VP9_CONTROLS];

/* As struct model_codec has them. */
void vp9_init_control(uint32_t id, void *value);
int vp9_validate_control(uint32_t id, void *value);
bool vp9_sequence(uint32_t id, const void *value, struct model_sequence *sequence);

#endif
