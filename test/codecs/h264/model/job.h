/* SPDX-License-Identifier: MIT
 *
 * One job of H.264's decoder model: what the device was given, with its controls by name.
 */
#ifndef TEST_CODECS_H264_JOB_H
#define TEST_CODECS_H264_JOB_H

#include "model.h"

struct h264_job {
	const struct model_job *given;
	uint32_t decode_mode; /* enum v4l2_stateless_h264_decode_mode */
	uint32_t start_code;  /* enum v4l2_stateless_h264_start_code */
	const struct v4l2_ctrl_h264_sps *sps;
	const struct v4l2_ctrl_h264_pps *pps;
	const struct v4l2_ctrl_h264_scaling_matrix *scaling_matrix; /* as last set, or NULL when never set */
	const struct v4l2_ctrl_h264_decode_params *decode_params;
	const struct v4l2_ctrl_h264_slice_params *slice_params; /* slice-based only, else NULL */
	const struct v4l2_ctrl_h264_pred_weights
		*pred_weights; /* slice-based only and when set for this request, else NULL */
};

#endif
