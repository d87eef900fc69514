/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <stdlib.h>

struct collection {
	struct client_picture_slice *slices;
	unsigned int count, capacity;
	size_t start;
};

/* H.264 7.4.1.2.4 */
static bool starts_picture(const struct client_slice *a, const struct client_slice *b)
{
	return a->frame_num != b->frame_num || a->pps_id != b->pps_id || a->field != b->field ||
	       a->bottom != b->bottom || !a->nal_ref_idc != !b->nal_ref_idc ||
	       a->nal_unit_type != b->nal_unit_type || a->idr_pic_id != b->idr_pic_id ||
	       a->poc_lsb != b->poc_lsb || a->delta_bottom != b->delta_bottom || a->delta[0] != b->delta[0] ||
	       a->delta[1] != b->delta[1];
}

static bool append(struct collection *c, const struct client_nal *nal, const struct client_slice *slice)
{
	if (c->count == c->capacity) {
		unsigned int capacity = c->capacity ? 2 * c->capacity : 16;
		struct client_picture_slice *slices = realloc(c->slices, capacity * sizeof(*slices));

		if (!slices)
			return false;
		c->slices = slices;
		c->capacity = capacity;
	}
	c->slices[c->count++] = (struct client_picture_slice){*nal, *slice};
	return true;
}

bool client_pictures(struct client_stream *stream, const uint8_t *data, size_t size,
                     bool (*take)(void *opaque, const struct client_picture *picture), void *opaque,
                     unsigned int *unreadable)
{
	struct collection c = {0};
	size_t position = 0;
	struct client_nal nal;
	bool good = true;

	while (good && client_next_nal(data, size, &position, &nal)) {
		int type = nal.size ? nal.data[0] & 31 : 0;
		size_t nal_start = (size_t)(nal.data - data) - 3;
		struct client_slice slice;
		bool is_slice = type == 1 || type == 5;

		if (is_slice && !client_read_slice(stream, &nal, &slice)) {
			++*unreadable;
			continue;
		}
		/* Parameter sets may change between pictures, never within one: a picture ends before they are read. */
		if (c.count &&
		    ((type >= 6 && type <= 9) || (is_slice && starts_picture(&c.slices[0].slice, &slice)))) {
			good = take(opaque, &(struct client_picture){c.slices, c.count, c.start, nal_start});
			c.count = 0;
			c.start = nal_start;
		}
		if (good && is_slice)
			good = append(&c, &nal, &slice);
		if (type == 7)
			client_read_sps(stream, &nal);
		if (type == 8)
			client_read_pps(stream, &nal);
	}
	if (good && c.count)
		good = take(opaque, &(struct client_picture){c.slices, c.count, c.start, size});
	free(c.slices);
	return good;
}
