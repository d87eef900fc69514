/* SPDX-License-Identifier: MIT
 *
 * The controls of HEVC, as v4l2-ctrls-defs.c and v4l2-ctrls-core.c of Linux 6.12 have them, and those of the SPS's reference picture
 * sets as of 7.3.
 */
#ifndef TEST_CODECS_HEVC_CONTROLS_H
#define TEST_CODECS_HEVC_CONTROLS_H

#include "model.h"

/* Newer than some systems' headers. */
#ifndef V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS
#define V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS (V4L2_CID_CODEC_STATELESS_BASE + 408)
#define V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS (V4L2_CID_CODEC_STATELESS_BASE + 409)
#define V4L2_CTRL_TYPE_HEVC_EXT_SPS_ST_RPS 0x275
#define V4L2_CTRL_TYPE_HEVC_EXT_SPS_LT_RPS 0x276
#endif

enum { HEVC_CONTROL_COUNT = 12 };

extern const struct model_control hevc_controls[HEVC_CONTROL_COUNT];

int hevc_validate(uint32_t id, void *value);
bool hevc_sequence(uint32_t id, const void *value, struct model_sequence *sequence);

#endif
