/* SPDX-License-Identifier: MIT
 *
 * From the control values and the memory of a V4L2 decoder to what the model takes. Shared with the observer (../observe).
 */
#ifndef TEST_DEVICE_SIM_MODEL_JOB_H
#define TEST_DEVICE_SIM_MODEL_JOB_H

#include "h264_model.h"

/* The value of a control that a job decodes with, or NULL when the device has none. */
typedef const void *model_job_value(const void *opaque, uint32_t id);

/* matrix_set: by any job so far. weights_set: by the request of this one. */
void model_job_set_controls(struct h264_model_job *job, model_job_value *value_of, const void *opaque,
                            bool matrix_set, bool weights_set);

/* A picture in one memory plane. fourcc: NV12 or P010. */
struct h264_model_image model_job_image(uint32_t fourcc, uint32_t width, uint32_t height,
                                        uint32_t bytesperline, uint8_t *bytes);

const char *model_job_verdict(enum h264_model_verdict verdict); /* as the log names it */

#endif
