/* SPDX-License-Identifier: MIT */
#include "container.h"

#include <string.h>

enum { FRAME_HEADER = 12, LENGTH_AT = 6, SHORTEST_HEADER = 32 };

static size_t number_at(const uint8_t *at, unsigned int bytes)
{
	size_t value = 0;

	while (bytes--)
		value = value << 8 | at[bytes];
	return value;
}

/* The superframe's index stands at its end, between two equal bytes that say how long it is. 0: there is none. */
static size_t index_size(const uint8_t *data, size_t size)
{
	const uint8_t marker = size ? data[size - 1] : 0;
	const size_t length = 2 + (size_t)((marker >> 3 & 3) + 1) * ((marker & 7) + 1);

	return (marker & 0xe0) == 0xc0 && size >= length && data[size - length] == marker ? length : 0;
}

static bool take_superframe(const uint8_t *data, size_t start, size_t end, vp9_take_frame take, void *opaque)
{
	const size_t index = index_size(data + start, end - start);
	const unsigned int bytes = (data[end - 1] >> 3 & 3) + 1u, frames = (data[end - 1] & 7) + 1u;
	const uint8_t *sizes = data + end - index + 1;

	if (!index)
		return take(opaque, start, end);
	for (unsigned int i = 0; i < frames; i++) {
		const size_t size = number_at(sizes + (size_t)i * bytes, bytes);

		if (size > end - index - start)
			break;
		if (size && !take(opaque, start, start + size))
			return false;
		start += size;
	}
	return true;
}

bool vp9_frames(const uint8_t *data, size_t size, vp9_take_frame take, void *opaque)
{
	size_t at;

	if (size < SHORTEST_HEADER || memcmp(data, "DKIF", 4) != 0)
		return true;
	at = number_at(data + LENGTH_AT, 2);
	while (at <= size && size - at >= FRAME_HEADER) {
		const size_t start = at + FRAME_HEADER;
		size_t length = number_at(data + at, 4);

		if (length > size - start) /* the file breaks off */
			length = size - start;
		at = start + length;
		if (length && !take_superframe(data, start, at, take, opaque))
			return false;
	}
	return true;
}
