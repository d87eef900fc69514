/* SPDX-License-Identifier: MIT */
#include "model_job.h"

#include <linux/videodev2.h>

void model_job_set_controls(struct h264_model_job *job, model_job_value *value_of, const void *opaque,
                            bool matrix_set, bool weights_set)
{
	const int32_t *mode = value_of(opaque, V4L2_CID_STATELESS_H264_DECODE_MODE);
	const int32_t *code = value_of(opaque, V4L2_CID_STATELESS_H264_START_CODE);
	bool slices;

	job->decode_mode = mode ? (uint32_t)*mode : V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED;
	job->start_code = code ? (uint32_t)*code : V4L2_STATELESS_H264_START_CODE_NONE;
	slices = job->decode_mode == V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED;
	job->sps = value_of(opaque, V4L2_CID_STATELESS_H264_SPS);
	job->pps = value_of(opaque, V4L2_CID_STATELESS_H264_PPS);
	job->scaling_matrix = matrix_set ? value_of(opaque, V4L2_CID_STATELESS_H264_SCALING_MATRIX) : NULL;
	job->decode_params = value_of(opaque, V4L2_CID_STATELESS_H264_DECODE_PARAMS);
	job->slice_params = slices ? value_of(opaque, V4L2_CID_STATELESS_H264_SLICE_PARAMS) : NULL;
	job->pred_weights = slices && weights_set ? value_of(opaque, V4L2_CID_STATELESS_H264_PRED_WEIGHTS) : NULL;
}

struct h264_model_image model_job_image(uint32_t fourcc, uint32_t width, uint32_t height,
                                        uint32_t bytesperline, uint8_t *bytes)
{
	const struct h264_model_image image = {
		.luma = bytes,
		.chroma = bytes + (size_t)bytesperline * height,
		.luma_stride = bytesperline,
		.chroma_stride = bytesperline,
		.width = width,
		.height = height,
		.depth = fourcc == V4L2_PIX_FMT_P010 ? 10 : 8,
	};

	return image;
}

const char *model_job_verdict(enum h264_model_verdict verdict)
{
	static const char *const names[] = {"good", "painted", "refused"};

	return names[verdict];
}
