/* SPDX-License-Identifier: MIT
 *
 * VPS, SPS and PPS, written from the controls. Tiles have their sizes one by one, and the SPS has no reference picture sets.
 */
#ifndef TEST_CODECS_HEVC_PARAMETER_SETS_H
#define TEST_CODECS_HEVC_PARAMETER_SETS_H

#include "job.h"
#include "rbsp.h"

/* NULL, or a sentence: what makes the SPS unfit for any slice. */
const char *hevc_sps_refusal(const struct v4l2_ctrl_hevc_sps *sps);
/* The same of the PPS. */
const char *hevc_pps_refusal(const struct v4l2_ctrl_hevc_sps *sps, const struct v4l2_ctrl_hevc_pps *pps);

/* For which slice headers the sets say how they are read. */
enum hevc_headers {
	/* Those of hevc_slice_write(): counts of 16 bits, and each element of a header that may be there. */
	HEVC_HEADERS_WRITTEN,
	/* Those in OUTPUT, which the controls describe. */
	HEVC_HEADERS_AS_GIVEN,
};

/* Each appends a NAL unit with its start code. */
void hevc_vps_write(struct byte_buffer *stream);
void hevc_sps_write(struct byte_buffer *stream, const struct v4l2_ctrl_hevc_sps *sps,
                    enum hevc_headers headers);
/* matrix: NULL where the SPS enables no scaling lists. It is in the PPS, since libavcodec forgets all pictures with an SPS that changes. */
void hevc_pps_write(struct byte_buffer *stream, const struct v4l2_ctrl_hevc_pps *pps,
                    const struct v4l2_ctrl_hevc_scaling_matrix *matrix, enum hevc_headers headers);

#endif
