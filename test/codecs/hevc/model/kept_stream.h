/* SPDX-License-Identifier: MIT
 *
 * The stream as a device has it that reads slice headers itself (mode `sets`): parameter sets that say what the controls say, and the
 * NAL units of OUTPUT as they are. $V4L2SIM_HEVC_STREAM names a file for it, which any decoder can be asked about.
 */
#ifndef TEST_CODECS_HEVC_KEPT_STREAM_H
#define TEST_CODECS_HEVC_KEPT_STREAM_H

#include "bits.h"
#include "job.h"

struct kept_stream {
	struct byte_buffer sets; /* as they were appended last */
};

/* Appends a slice segment, behind parameter sets where they changed. Other modes keep nothing. */
void hevc_stream_keep(struct kept_stream *kept, const struct hevc_job *job, const uint8_t *nal, size_t size);
void hevc_stream_close(struct kept_stream *kept);

#endif
