/* SPDX-License-Identifier: MIT
 *
 * What the model thinks of a job: the first reason stands, and a refusal outweighs paint.
 */
#ifndef TEST_DEVICE_MODEL_VERDICT_H
#define TEST_DEVICE_MODEL_VERDICT_H

#include "model.h"

__attribute__((format(printf, 2, 3))) void verdict_paint(struct model_result *result, const char *format,
                                                         ...);
__attribute__((format(printf, 2, 3))) void verdict_refuse(struct model_result *result, const char *format,
                                                          ...);
const char *verdict_name(enum model_verdict verdict); /* as the log has it */
void verdict_merge(struct model_result *result, const struct model_result *other);

#endif
