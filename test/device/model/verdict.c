/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>

void verdict_paint(struct h264_model_result *result, const char *format, ...)
{
	va_list arguments;

	if (result->verdict != H264_MODEL_GOOD)
		return;
	result->verdict = H264_MODEL_PAINTED;
	va_start(arguments, format);
	vsnprintf(result->reason, sizeof(result->reason), format, arguments);
	va_end(arguments);
}

void verdict_refuse(struct h264_model_result *result, const char *format, ...)
{
	va_list arguments;

	if (result->verdict == H264_MODEL_REFUSED)
		return;
	result->verdict = H264_MODEL_REFUSED;
	va_start(arguments, format);
	vsnprintf(result->reason, sizeof(result->reason), format, arguments);
	va_end(arguments);
}

void verdict_merge(struct h264_model_result *result, const struct h264_model_result *other)
{
	if (other->verdict == H264_MODEL_PAINTED)
		verdict_paint(result, "%s", other->reason);
	else if (other->verdict == H264_MODEL_REFUSED)
		verdict_refuse(result, "%s", other->reason);
}
