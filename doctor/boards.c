/* SPDX-License-Identifier: MIT */
#include "boards.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "boards_table.h"
#include "names.h"

/* "6.12" or "Linux 6.12.0 aarch64" as one number; 0 when there is none. */
static unsigned int version_of(const char *text)
{
	const char *at = strpbrk(text, "0123456789");
	unsigned int major = 0;
	unsigned int minor = 0;

	if (!at || sscanf(at, "%u.%u", &major, &minor) != 2)
		return 0;
	return major * 1000 + minor;
}

const struct board_decoder *board_decoders(const char *chip)
{
	const struct board_decoder *oldest = NULL;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!strcmp(table[i].chip, chip) &&
		    (!oldest || version_of(table[i].since) < version_of(oldest->since)))
			oldest = &table[i];
	}
	return oldest;
}

const struct board_decoder *board_brings(const char *chip, const char *kernel, uint32_t coded_fourcc)
{
	char buffer[24];
	const char *codec = codec_name(coded_fourcc, buffer);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!strcmp(table[i].chip, chip) && !strcmp(table[i].codec, codec) &&
		    version_of(kernel) < version_of(table[i].since))
			return &table[i];
	}
	return NULL;
}
