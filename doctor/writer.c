/* SPDX-License-Identifier: MIT */
#include "writer.h"

#include <inttypes.h>

#include "machine.h"

static void put_string(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			fprintf(to, "\\%c", byte);
		else if (byte < 0x20)
			fprintf(to, "\\u%04x", byte);
		else
			fputc(byte, to);
	}
	fputc('"', to);
}

/* The comma, the line and the name before a value; name NULL: in a list. */
static void begin_value(struct writer *json, const char *name)
{
	fprintf(json->to, "%s\n%*s", json->first ? "" : ",", (int)(2 * json->depth), "");
	json->first = false;
	if (name) {
		put_string(json->to, name);
		fputs(": ", json->to);
	}
}

void open_value(struct writer *json, const char *name, char bracket)
{
	begin_value(json, name);
	fputc(bracket, json->to);
	json->depth++;
	json->first = true;
}

void close_value(struct writer *json, char bracket)
{
	json->depth--;
	if (!json->first)
		fprintf(json->to, "\n%*s", (int)(2 * json->depth), "");
	fputc(bracket, json->to);
	json->first = false;
}

void put_text(struct writer *json, const char *name, const char *text)
{
	char shown[4 * REPORT_TEXT];

	begin_value(json, name);
	hide_home(text, shown, sizeof(shown));
	put_string(json->to, shown);
}

void put_optional(struct writer *json, const char *name, const char *text)
{
	if (text && text[0]) {
		put_text(json, name, text);
		return;
	}
	begin_value(json, name);
	fputs("null", json->to);
}

void put_number(struct writer *json, const char *name, uint32_t number)
{
	begin_value(json, name);
	fprintf(json->to, "%" PRIu32, number);
}

void put_integer(struct writer *json, const char *name, int32_t number)
{
	begin_value(json, name);
	fprintf(json->to, "%" PRId32, number);
}

void put_bool(struct writer *json, const char *name, bool value)
{
	begin_value(json, name);
	fputs(value ? "true" : "false", json->to);
}

void put_tenths(struct writer *json, const char *name, uint32_t tenths)
{
	begin_value(json, name);
	fprintf(json->to, "%" PRIu32 ".%" PRIu32, tenths / 10, tenths % 10);
}

struct writer begin_json(FILE *to)
{
	fputc('{', to);
	return (struct writer){.to = to, .first = true, .depth = 1};
}

void end_json(struct writer *json)
{
	fputs("\n}\n", json->to);
}
