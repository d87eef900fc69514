/* SPDX-License-Identifier: MIT */
#include "container.h"

#include "syntax.h"

#include <string.h>

enum { FRAME_HEADER = 12, LENGTH_AT = 6, SHORTEST_HEADER = 32 };

/* 5.3 */
bool av1_obus_of_unit(const uint8_t *data, size_t at, size_t end, av1_take_obu take, void *opaque)
{
	while (at < end) {
		struct client_obu obu = {.type = data[at] >> 3 & 15, .begin = at, .unit_end = end};
		const bool has_size = data[at] & 2;
		size_t size;

		obu.extended = data[at] & 4;
		if (++at == end && obu.extended)
			break;
		if (obu.extended) {
			obu.temporal = data[at] >> 5;
			obu.spatial = data[at++] >> 3 & 3;
		}
		if (has_size && !av1_leb128(data, &at, end, &size))
			break;
		if (!has_size || size > end - at)
			size = end - at;
		obu.start = at;
		obu.end = at += size;
		if (!take(opaque, &obu))
			return false;
	}
	return true;
}

/* Where the next temporal unit begins. */
static bool find_delimiter(void *opaque, const struct client_obu *obu)
{
	size_t *at = opaque;

	if (obu->type != OBU_TEMPORAL_DELIMITER || obu->begin == *at)
		return true;
	*at = obu->begin;
	return false;
}

static bool take_units(const uint8_t *data, size_t size, av1_take_obu take, void *opaque)
{
	for (size_t start = 0, end; start < size; start = end) {
		end = start;
		if (av1_obus_of_unit(data, start, size, find_delimiter, &end))
			end = size;
		if (!av1_obus_of_unit(data, start, end, take, opaque))
			return false;
	}
	return true;
}

bool av1_obus(const uint8_t *data, size_t size, av1_take_obu take, void *opaque)
{
	size_t at;

	if (size < SHORTEST_HEADER || memcmp(data, "DKIF", 4) != 0)
		return take_units(data, size, take, opaque);
	at = av1_little_endian(data + LENGTH_AT, 2);
	while (at <= size && size - at >= FRAME_HEADER) {
		const size_t start = at + FRAME_HEADER;
		size_t length = av1_little_endian(data + at, 4);

		if (length > size - start) /* the file breaks off */
			length = size - start;
		at = start + length;
		if (!av1_obus_of_unit(data, start, at, take, opaque))
			return false;
	}
	return true;
}
