/* SPDX-License-Identifier: MIT
 *
 * What tests may ask a decoder of the model beside what a device needs of it.
 */
#ifndef TEST_CODECS_H264_MODEL_STATE_H
#define TEST_CODECS_H264_MODEL_STATE_H

#include "model.h"

extern const struct model_codec model_h264;

/* It takes the client's word for the DPB, because it believes the stream to be damaged (dpb.h). */
bool h264_model_is_lenient(const void *decoder);

#endif
