/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>

void verdict_paint(struct model_result *result, const char *format, ...)
{
	va_list arguments;

	if (result->verdict != MODEL_GOOD)
		return;
	result->verdict = MODEL_PAINTED;
	va_start(arguments, format);
	vsnprintf(result->reason, sizeof(result->reason), format, arguments);
	va_end(arguments);
}

void verdict_refuse(struct model_result *result, const char *format, ...)
{
	va_list arguments;

	if (result->verdict == MODEL_REFUSED)
		return;
	result->verdict = MODEL_REFUSED;
	va_start(arguments, format);
	vsnprintf(result->reason, sizeof(result->reason), format, arguments);
	va_end(arguments);
}

void verdict_merge(struct model_result *result, const struct model_result *other)
{
	if (other->verdict == MODEL_PAINTED)
		verdict_paint(result, "%s", other->reason);
	else if (other->verdict == MODEL_REFUSED)
		verdict_refuse(result, "%s", other->reason);
}

const char *verdict_name(enum model_verdict verdict)
{
	static const char *const names[] = {"good", "painted", "refused"};

	return names[verdict];
}
