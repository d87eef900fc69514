/* SPDX-License-Identifier: MIT */
#include "test_files.h"

#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>

static uint8_t *read_whole(FILE *file, size_t *size)
{
	uint8_t *data;
	long length;

	if (fseek(file, 0, SEEK_END) || (length = ftell(file)) <= 0 || fseek(file, 0, SEEK_SET))
		return NULL;
	*size = (size_t)length;
	data = calloc(1, *size + AV_INPUT_BUFFER_PADDING_SIZE);
	if (data && fread(data, 1, *size, file) == *size)
		return data;
	free(data);
	return NULL;
}

uint8_t *test_read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;

	*size = 0;
	if (file) {
		data = read_whole(file, size);
		fclose(file);
	}
	if (!data)
		printf("FAIL %s: cannot be read\n", path);
	return data;
}
