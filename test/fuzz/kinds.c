/* SPDX-License-Identifier: MIT */
#include "kinds.h"

#include <stdio.h>
#include <string.h>

#include "reader.h"

enum { MANY = 0xf8 };

void kinds_write(char *text, size_t size, uint8_t which)
{
	char codecs[128] = "";

	for (unsigned int i = 0; readers[i]; i++) {
		if (i)
			strcat(codecs, "+");
		strcat(codecs, readers[i]->name);
	}
	if (which >= MANY) { /* more than the driver keeps */
		snprintf(text, size, "%s:frame", readers[0]->name);
		for (int i = 1; i < 10; i++)
			snprintf(text + strlen(text), size - strlen(text), ",%s:slice", readers[0]->name);
		return;
	}
	switch (which % 4) {
	case 0:
		snprintf(text, size, "%s:frame", codecs);
		break;
	case 1:
		snprintf(text, size, "%s:slice", codecs);
		break;
	case 2:
		snprintf(text, size, "%s:slice,scaler,%s:frame", codecs, codecs);
		break;
	default:
		snprintf(text, size, "%s:frame,%s:frame", readers[0]->name, codecs);
		break;
	}
}
