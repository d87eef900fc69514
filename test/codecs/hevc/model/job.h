/* SPDX-License-Identifier: MIT
 *
 * One job of HEVC's decoder model: what the device was given, with its controls by name.
 */
#ifndef TEST_CODECS_HEVC_JOB_H
#define TEST_CODECS_HEVC_JOB_H

#include "model.h"

enum { HEVC_DPB = V4L2_HEVC_DPB_ENTRIES_NUM_MAX };

struct hevc_job {
	const struct model_job *given;
	uint32_t decode_mode; /* enum v4l2_stateless_hevc_decode_mode */
	uint32_t start_code;  /* enum v4l2_stateless_hevc_start_code */
	const struct v4l2_ctrl_hevc_sps *sps;
	const struct v4l2_ctrl_hevc_pps *pps;
	const struct v4l2_ctrl_hevc_scaling_matrix *scaling_matrix; /* as last set, or NULL when never set */
	const struct v4l2_ctrl_hevc_decode_params *decode_params;
	const struct v4l2_ctrl_hevc_slice_params *slice_params; /* of this request, or NULL */
	unsigned int slices;                                    /* how many of them */
	const uint32_t *entry_points;                           /* NULL: the device does not have them */
	unsigned int entry_point_count;
	unsigned int entry_points_read; /* of the segments so far */
	bool reads_sets;                /* the device reads slice headers with the sets of the SPS, */
	bool sets_given;                /* and was given those */
};

static inline bool sps_has(const struct v4l2_ctrl_hevc_sps *sps, uint64_t flag)
{
	return (sps->flags & flag) != 0;
}

static inline bool pps_has(const struct v4l2_ctrl_hevc_pps *pps, uint64_t flag)
{
	return (pps->flags & flag) != 0;
}

/* Log2 of the size of coding tree blocks, CtbLog2SizeY. */
static inline unsigned int ctb_log2(const struct v4l2_ctrl_hevc_sps *sps)
{
	return sps->log2_min_luma_coding_block_size_minus3 + 3u + sps->log2_diff_max_min_luma_coding_block_size;
}

/* PicWidthInCtbsY and PicHeightInCtbsY */
static inline unsigned int ctbs_of(unsigned int samples, const struct v4l2_ctrl_hevc_sps *sps)
{
	return (samples + (1u << ctb_log2(sps)) - 1) >> ctb_log2(sps);
}

#endif
