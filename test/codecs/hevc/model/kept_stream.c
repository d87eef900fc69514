/* SPDX-License-Identifier: MIT */
#include "kept_stream.h"

#include "parameter_sets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hevc_stream_keep(struct kept_stream *kept, const struct hevc_job *job, const uint8_t *nal, size_t size)
{
	static const uint8_t start_code[] = {0, 0, 1};
	const char *path = getenv("V4L2SIM_HEVC_STREAM");
	const bool listed = sps_has(job->sps, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED);
	struct byte_buffer sets = {0};
	FILE *file = path && job->reads_sets ? fopen(path, "abe") : NULL;

	if (!file)
		return;
	hevc_vps_write(&sets);
	hevc_sps_write(&sets, job->sps, HEVC_HEADERS_AS_GIVEN);
	hevc_pps_write(&sets, job->pps, listed ? job->scaling_matrix : NULL, HEVC_HEADERS_AS_GIVEN);
	if (sets.size != kept->sets.size || memcmp(sets.data, kept->sets.data, sets.size) != 0)
		fwrite(sets.data, 1, sets.size, file);
	buffer_free(&kept->sets);
	kept->sets = sets;
	fwrite(start_code, 1, sizeof(start_code), file);
	fwrite(nal, 1, size, file);
	fclose(file);
}

void hevc_stream_close(struct kept_stream *kept)
{
	buffer_free(&kept->sets);
}
