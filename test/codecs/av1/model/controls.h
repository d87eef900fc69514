/* SPDX-License-Identifier: MIT
 *
 * The controls of AV1, as v4l2-ctrls-defs.c and v4l2-ctrls-core.c of Linux 7.3 have them.
 */
#ifndef TEST_CODECS_AV1_MODEL_CONTROLS_H
#define TEST_CODECS_AV1_MODEL_CONTROLS_H

#include <linux/v4l2-controls.h>
#include <linux/version.h>
#include <va/va.h>

#include "../../../../driver-src/abi/newer.h"
#include "model.h"

enum { AV1_CONTROLS = 4 };

extern const struct model_control av1_controls[AV1_CONTROLS];

/* As struct model_codec has them. */
void av1_init_control(uint32_t id, void *value);
int av1_validate_control(uint32_t id, void *value);
bool av1_sequence(uint32_t id, const void *value, struct model_sequence *sequence);

#endif
