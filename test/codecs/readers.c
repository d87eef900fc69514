/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include "reader_list.h" /* READERS(X): X(h264) ..., made from the list in test/codecs/meson.build */

#define DECLARE(name) extern const struct reader reader_##name;
READERS(DECLARE)

#define LIST(name) &reader_##name,
const struct reader *const readers[] = {READERS(LIST) NULL};

const struct reader *reader_named(const char *name)
{
	for (unsigned int i = 0; readers[i]; i++) {
		if (strcmp(readers[i]->name, name) == 0)
			return readers[i];
	}
	return NULL;
}

unsigned int reader_seen(const struct reader_picture *picture)
{
	return picture->grained ? picture->seen : picture->frame;
}

bool reader_names(const struct reader_picture *picture, unsigned int frame)
{
	for (unsigned int i = 0; i < picture->count; i++) {
		const struct reader_buffer *buffer = &picture->buffers[i];

		for (unsigned int j = 0; j < buffer->place_count; j++) {
			VASurfaceID named;

			memcpy(&named, buffer->data + buffer->places[j], sizeof(named));
			if (named == frame)
				return true;
		}
	}
	return false;
}

bool reader_make_room(struct reader_room *room, unsigned int slices, size_t size, unsigned int parameters)
{
	const unsigned int count = slices > 2 * room->count ? slices : 2 * room->count;
	void *more;

	if (slices <= room->count)
		return true;
	more = realloc(room->slices, count * size);
	if (!more)
		return false;
	room->slices = more;
	more = realloc(room->buffers, (parameters + 2 * (size_t)count) * sizeof(*room->buffers));
	if (!more)
		return false;
	room->buffers = more;
	room->count = count;
	return true;
}

void reader_free_room(struct reader_room *room)
{
	free(room->slices);
	free(room->buffers);
}
