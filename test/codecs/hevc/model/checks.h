/* SPDX-License-Identifier: MIT
 *
 * What was submitted of a slice, held to what its header says. Each difference is painted with the name of the field.
 *
 * Left alone are fields that no decoder reads and VA-API does not carry: the ids of parameter sets, the size of the decoded picture
 * buffer, reordering, latency and sub-layers. Everything else of SPS and PPS shows by itself: headers are read and pictures
 * decoded with it.
 */
#ifndef TEST_CODECS_HEVC_CHECKS_H
#define TEST_CODECS_HEVC_CHECKS_H

#include "slice_header.h"

/* A slice segment in the OUTPUT buffer. */
struct segment {
	size_t start;       /* of its NAL unit; in front of it may be a start code */
	size_t size;        /* of its NAL unit */
	size_t data_offset; /* of slice_segment_data(), emulation prevention included, from `start` */
	const uint32_t *entry_points;
};

/* decode_params, with the first segment of the picture; and what contradicts itself in the parameter sets. */
void hevc_check_picture(struct model_result *result, const struct hevc_job *job,
                        const struct slice_header *header);
/* slice_params of the segment. lists: RefPicList0 and 1, as indices into dpb[]. */
void hevc_check_segment(struct model_result *result, const struct hevc_job *job,
                        const struct slice_header *header, const struct segment *segment,
                        const struct v4l2_ctrl_hevc_slice_params *params, const uint8_t lists[2][HEVC_DPB]);
/* entry_point_offsets: those of all slices of the job, one after the other. */
void hevc_check_entry_points(struct model_result *result, struct hevc_job *job,
                             const struct slice_header *header, const struct segment *segment);
/* After the last segment of the job. */
void hevc_check_entry_point_count(struct model_result *result, const struct hevc_job *job);

/* What pic_struct says (table D.2). */
bool hevc_is_field(unsigned int pic_struct);

#endif
