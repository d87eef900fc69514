/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include "container.h"
#include "syntax.h"

#include <stdlib.h>
#include <string.h>

struct assembly {
	const uint8_t *data;
	struct client_frames *client;
	struct client_state state;
	bool has_sequence, failed;
	struct client_picture picture;
	bool pending; /* tiles of the picture are still to come */
	bool begun;   /* something stands in front of the picture: `picture.start` is set */
	struct client_tile *tiles;
	struct client_group *groups;
	unsigned int tile_room, group_room;
};

/* drop_obu(), 5.9.1: of another operating point */
static bool is_dropped(const struct assembly *a, const struct client_obu *obu)
{
	const unsigned int idc = a->state.sequence.points[0].idc;

	if (obu->type == OBU_SEQUENCE_HEADER || obu->type == OBU_TEMPORAL_DELIMITER || !idc || !obu->extended)
		return false;
	return !(idc >> obu->temporal & 1) || !(idc >> (obu->spatial + 8) & 1);
}

static bool note_layer(void *opaque, const struct client_obu *obu)
{
	unsigned int *highest = opaque;

	if ((obu->type == OBU_FRAME || obu->type == OBU_FRAME_HEADER) && obu->spatial > *highest)
		*highest = obu->spatial;
	return true;
}

/* 7.18.1: of each temporal unit, the highest layer comes out that there is. */
static bool higher_layer_follows(const struct assembly *a, const struct client_obu *obu)
{
	unsigned int highest = obu->spatial;

	if (a->state.sequence.points[0].idc)
		av1_obus_of_unit(a->data, obu->end, obu->unit_end, note_layer, &highest);
	return highest > obu->spatial;
}

/* ---- tile groups, 5.11.1 ---------------------------------------------------------------------------------------------------- */

static bool make_room(struct assembly *a)
{
	const struct client_tiles *t = &a->picture.frame.tiles;
	const unsigned int tiles = t->columns * t->rows;
	void *more;

	if (tiles > a->tile_room) {
		more = realloc(a->tiles, tiles * sizeof(*a->tiles));
		if (!more)
			return false;
		a->tiles = more;
		a->tile_room = tiles;
	}
	if (a->picture.group_count == a->group_room) {
		more = realloc(a->groups, (a->group_room + 8) * sizeof(*a->groups));
		if (!more)
			return false;
		a->groups = more;
		a->group_room += 8;
	}
	a->picture.tiles = a->tiles;
	a->picture.groups = a->groups;
	return true;
}

static bool read_group(struct assembly *a, size_t at, size_t end)
{
	struct client_picture *p = &a->picture;
	const struct client_tiles *t = &p->frame.tiles;
	const unsigned int tiles = t->columns * t->rows, bits = t->columns_log2 + t->rows_log2;
	struct av1_bits reader = {.data = a->data + at, .size = 8 * (end - at)}, *const b = &reader;
	unsigned int first = 0, last = tiles - 1;

	if (tiles > 1 && av1_flag(b)) {
		first = av1_number(b, bits);
		last = av1_number(b, bits);
	}
	at += (b->position + 7) / 8;
	if (b->beyond || first != p->tile_count || last < first || last >= tiles)
		return false;
	a->groups[p->group_count] = (struct client_group){at, end, first, last};
	for (unsigned int i = first; i <= last; i++) {
		size_t size = end - at;

		if (i < last) {
			if (size < t->size_bytes)
				return false;
			size = av1_little_endian(a->data + at, t->size_bytes) + 1;
			at += t->size_bytes;
		}
		if (!size || size > end - at)
			return false;
		a->tiles[i] = (struct client_tile){at, size, i / t->columns, i % t->columns, p->group_count};
		at += size;
	}
	p->tile_count = last + 1;
	p->group_count++;
	return true;
}

/* ---- frames -------------------------------------------------------------------------------------------------------------------- */

static bool finish(struct assembly *a, size_t end)
{
	const struct client_frame frame = a->picture.frame;
	bool more;

	a->picture.end = end;
	more = a->client->take(a->client->opaque, &a->picture);
	av1_keep_frame(&a->state, &frame);
	a->pending = a->begun = false;
	return more;
}

static bool unreadable(struct assembly *a)
{
	a->client->unreadable++;
	a->pending = a->begun = false;
	return true;
}

static bool take_group(struct assembly *a, size_t start, size_t end)
{
	const struct client_tiles *t = &a->picture.frame.tiles;

	if (!make_room(a)) {
		a->failed = true;
		return false;
	}
	if (!read_group(a, start, end))
		return unreadable(a);
	return a->picture.tile_count < t->columns * t->rows || finish(a, end);
}

static bool take_header(struct assembly *a, const struct client_obu *obu)
{
	struct client_picture *p = &a->picture;
	const size_t start = p->start;
	size_t bits;

	if (!a->has_sequence)
		return unreadable(a);
	*p = (struct client_picture){.sequence = &a->state.sequence,
	                             .slots = a->state.slots,
	                             .start = start,
	                             .lower_layer = higher_layer_follows(a, obu)};
	if (!av1_read_frame(&a->state, a->data + obu->start, obu->end - obu->start, obu->temporal, obu->spatial,
	                    &p->frame, &bits))
		return unreadable(a);
	if (p->frame.shows_existing)
		return finish(a, obu->end);
	a->pending = true;
	return obu->type != OBU_FRAME || take_group(a, obu->start + (bits + 7) / 8, obu->end);
}

static bool take_obu(void *opaque, const struct client_obu *obu)
{
	struct assembly *a = opaque;
	struct client_sequence sequence;

	if (!a->begun)
		a->picture.start = obu->begin;
	a->begun = true;
	if (is_dropped(a, obu))
		return true;
	switch (obu->type) {
	case OBU_SEQUENCE_HEADER:
		if (!av1_read_sequence(a->data + obu->start, obu->end - obu->start, &sequence))
			return unreadable(a);
		a->state.sequence = sequence;
		a->has_sequence = true;
		return true;
	case OBU_TEMPORAL_DELIMITER:
		if (a->pending)
			unreadable(a);
		a->picture.start = obu->begin;
		a->begun = true;
		return true;
	case OBU_FRAME_HEADER:
	case OBU_FRAME:
		/* a second header of the same frame is a copy */
		return a->pending || take_header(a, obu);
	case OBU_TILE_GROUP:
		return !a->pending || take_group(a, obu->start, obu->end);
	case OBU_TILE_LIST: /* large_scale_tile */
		return unreadable(a);
	default:
		return true;
	}
}

bool av1_frames(const uint8_t *data, size_t size, struct client_frames *client)
{
	struct assembly *a = calloc(1, sizeof(*a));
	bool done;

	if (!a)
		return false;
	a->data = data;
	a->client = client;
	done = av1_obus(data, size, take_obu, a) && !a->failed;
	free(a->tiles);
	free(a->groups);
	free(a);
	return done;
}
