/* SPDX-License-Identifier: MIT */
#include "clips.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *clips_folder(void)
{
	const char *named = secure_getenv("V4L2_REQUEST_CLIPS");

	return named && named[0] ? named : CLIPS_FOLDER;
}

/* file, codec, profile, pixel format, MD5 */
static bool read_row(const char *line, struct measured_clip *clip)
{
	memset(clip, 0, sizeof(*clip));
	return sscanf(line, "%63[^\t]\t%15[^\t]\t%47[^\t]\t%15[^\t]\t%32[0-9a-f]", clip->file, clip->codec,
	              clip->profile, clip->pixels, clip->expected) == 5;
}

uint32_t clips_read(const char *folder, struct measured_clip *clips)
{
	char path[REPORT_PATH + 16];
	char line[256];
	uint32_t count = 0;
	FILE *list;

	snprintf(path, sizeof(path), "%.*s/clips.tsv", REPORT_PATH, folder);
	list = fopen(path, "re");
	while (list && count < MEASURE_CLIPS && fgets(line, sizeof(line), list))
		count += read_row(line, &clips[count]);
	if (list)
		fclose(list);
	return count;
}
