/* SPDX-License-Identifier: MIT
 *
 * Writes one object of JSON. A name is NULL for what stands in a list.
 */
#ifndef DOCTOR_WRITER_H
#define DOCTOR_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct writer {
	FILE *to;
	unsigned int depth;
	bool first; /* nothing stands in this object or list yet */
};

/* The object that is all of the file. */
struct writer begin_json(FILE *to);
void end_json(struct writer *json);
/* An object ('{', '}') or a list ('[', ']') in it. */
void open_value(struct writer *json, const char *name, char bracket);
void close_value(struct writer *json, char bracket);
/* A text, without the user's home. */
void put_text(struct writer *json, const char *name, const char *text);
/* The text, or null where there is none. */
void put_optional(struct writer *json, const char *name, const char *text);
void put_number(struct writer *json, const char *name, uint32_t number);
void put_integer(struct writer *json, const char *name, int32_t number);
/* A number of tenths, as a decimal fraction. */
void put_tenths(struct writer *json, const char *name, uint32_t tenths);
void put_bool(struct writer *json, const char *name, bool value);

#endif
