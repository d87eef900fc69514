/* SPDX-License-Identifier: MIT
 *
 * Sequence and picture parameter sets, rebuilt as NAL units from the controls and from nothing else.
 */
#ifndef TEST_CODECS_H264_PARAMETER_SETS_H
#define TEST_CODECS_H264_PARAMETER_SETS_H

#include <linux/v4l2-controls.h>

#include "rbsp.h"

/* In the rebuilt stream the picture order count is given, not derived: type 0 with the longest lsb. */
#define MODEL_POC_LSB_BITS 16

/* NULL, or why no decoder would take this SPS. */
const char *sps_refusal(const struct v4l2_ctrl_h264_sps *sps);
const char *pps_refusal(const struct v4l2_ctrl_h264_sps *sps, const struct v4l2_ctrl_h264_pps *pps);

unsigned int sps_width(const struct v4l2_ctrl_h264_sps *sps);  /* luma samples */
unsigned int sps_height(const struct v4l2_ctrl_h264_sps *sps); /* of a frame */
bool sps_frame_mbs_only(const struct v4l2_ctrl_h264_sps *sps);

/*
 * Each replaces `rbsp`; the NAL header byte comes first. `matrix` may be NULL: all 16, as the kernel starts it.
 * redundant_pic_cnt is there as the rewritten slice headers need it: the model drops redundant slices.
 */
void sps_write(struct byte_buffer *rbsp, const struct v4l2_ctrl_h264_sps *sps);
void pps_write(struct byte_buffer *rbsp, const struct v4l2_ctrl_h264_pps *pps,
               const struct v4l2_ctrl_h264_scaling_matrix *matrix, unsigned int id,
               bool redundant_pic_cnt_present);

#endif
