/* SPDX-License-Identifier: MIT
 *
 * What the model thinks of a job: the first reason stands, and a refusal outweighs paint.
 */
#ifndef TEST_DEVICE_MODEL_VERDICT_H
#define TEST_DEVICE_MODEL_VERDICT_H

#include "h264_model.h"

__attribute__((format(printf, 2, 3))) void verdict_paint(struct h264_model_result *result, const char *format,
                                                         ...);
__attribute__((format(printf, 2, 3))) void verdict_refuse(struct h264_model_result *result,
                                                          const char *format, ...);
void verdict_merge(struct h264_model_result *result, const struct h264_model_result *other);

#endif
