/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <stdlib.h>

enum { LAST_SLICE = 31, SPS = 33, PPS = 34, END_OF_SEQUENCE = 36, END_OF_BITSTREAM = 37 };

struct collection {
	struct client_slice *slices;
	unsigned int count, capacity;
	size_t start;
	bool after_end;
};

static bool append(struct collection *c, const struct client_slice *slice)
{
	if (c->count == c->capacity) {
		unsigned int capacity = c->capacity ? 2 * c->capacity : 16;
		struct client_slice *slices = realloc(c->slices, capacity * sizeof(*slices));

		if (!slices)
			return false;
		c->slices = slices;
		c->capacity = capacity;
	}
	c->slices[c->count++] = *slice;
	return true;
}

static void clear(struct collection *c)
{
	for (unsigned int i = 0; i < c->count; i++)
		hevc_client_free_slice(&c->slices[i]);
	c->count = 0;
}

/* What stands between two pictures (7.4.2.4.4); parameter sets may change there, never within a picture. */
static bool ends_picture(const struct client_nal *nal)
{
	return nal->layer == 0 && ((nal->type > LAST_SLICE && nal->type < 40) ||
	                           (nal->type >= 41 && nal->type <= 44) || (nal->type >= 48 && nal->type <= 55));
}

static bool take_picture(struct collection *c, size_t end,
                         bool (*take)(void *opaque, const struct client_picture *picture), void *opaque)
{
	const struct client_picture picture = {c->slices, c->count, c->start, end, c->after_end};
	const bool good = take(opaque, &picture);

	clear(c);
	c->start = end;
	c->after_end = false;
	return good;
}

bool hevc_client_pictures(struct client_stream *stream, const uint8_t *data, size_t size,
                          bool (*take)(void *opaque, const struct client_picture *picture), void *opaque,
                          unsigned int *unreadable)
{
	struct collection c = {0};
	size_t position = 0;
	struct client_nal nal;
	bool good = true;

	while (good && hevc_client_next_nal(data, size, &position, &nal)) {
		const size_t nal_start = (size_t)(nal.data - data) - 3;
		const bool is_slice = nal.layer == 0 && nal.size > 2 && nal.type <= LAST_SLICE &&
		                      (nal.type <= 9 || nal.type >= 16) && nal.type <= 21;
		struct client_slice slice;

		if (c.count && (ends_picture(&nal) || (is_slice && nal.data[2] & 0x80)))
			good = take_picture(&c, nal_start, take, opaque);
		if (good && is_slice) {
			if (!hevc_client_read_slice(stream, &nal, c.count ? &c.slices[c.count - 1] : NULL, &slice) ||
			    (!c.count && !slice.first_in_picture))
				++*unreadable;
			else
				good = append(&c, &slice);
		}
		if (nal.layer == 0 && nal.type == SPS)
			hevc_client_read_sps(stream, &nal);
		if (nal.layer == 0 && nal.type == PPS)
			hevc_client_read_pps(stream, &nal);
		c.after_end |= nal.type == END_OF_SEQUENCE || nal.type == END_OF_BITSTREAM;
	}
	if (good && c.count)
		good = take_picture(&c, size, take, opaque);
	clear(&c);
	free(c.slices);
	return good;
}
