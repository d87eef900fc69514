/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "va.h"

enum { PICTURE, PARAMETERS, PLACES = CLIENT_SLOTS + 2 };

static const VASurfaceID absent = VA_INVALID_SURFACE;

/* What a slot has: a frame that others refer to, and what comes out of it, the same but for film grain. */
struct held {
	VASurfaceID reference, seen; /* frames' numbers */
};

struct reader_stream {
	const uint8_t *data;
	size_t size;
	bool data_first, no_grain;
	const struct reader_client *client; /* while it is read */
	bool begun;                         /* a key frame came */
	unsigned int frames;                /* numbers given so far */
	struct held slots[CLIENT_SLOTS];
	uint32_t places[PLACES];
	char kind[40];
	/* of the picture */
	VADecPictureParameterBufferAV1 picture;
	struct reader_room tiles;
};

static struct reader_stream *open_stream(const uint8_t *data, size_t size, const struct reader_habits *habits)
{
	struct reader_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->data = data;
	stream->size = size;
	stream->data_first = habits->data_first;
	stream->no_grain = habits->no_grain;
	for (uint32_t i = 0; i < CLIENT_SLOTS; i++) {
		stream->slots[i] = (struct held){absent, absent};
		stream->places[i] =
			(uint32_t)(offsetof(VADecPictureParameterBufferAV1, ref_frame_map) + i * sizeof(VASurfaceID));
	}
	stream->places[CLIENT_SLOTS] = offsetof(VADecPictureParameterBufferAV1, current_frame);
	stream->places[CLIENT_SLOTS + 1] = offsetof(VADecPictureParameterBufferAV1, current_display_picture);
	return stream;
}

static void close_stream(struct reader_stream *stream)
{
	reader_free_room(&stream->tiles);
	free(stream);
}

static void describe(struct reader_stream *s, const struct client_picture *from,
                     struct reader_picture *picture)
{
	const struct client_sequence *sequence = from->sequence;

	picture->width = from->frame.size.upscaled_width;
	picture->height = from->frame.size.height;
	picture->depth = sequence->depth;
	if (sequence->profile == 0)
		picture->profiles[picture->profile_count++] = VAProfileAV1Profile0;
	snprintf(s->kind, sizeof(s->kind), "AV1 of profile %u, %u bit", sequence->profile, sequence->depth);
	picture->kind = s->kind;
}

/* The whole frame in one buffer of data, then the parameters of each tile. */
static unsigned int fill_data_first(struct reader_stream *s, const struct client_picture *from)
{
	struct reader_buffer *buffers = s->tiles.buffers + PARAMETERS;
	VASliceParameterBufferAV1 *tiles = s->tiles.slices;
	const size_t start = from->groups[0].start, end = from->groups[from->group_count - 1].end;

	buffers[0] =
		(struct reader_buffer){.type = VASliceDataBufferType, .data = s->data + start, .size = end - start};
	for (unsigned int i = 0; i < from->tile_count; i++) {
		av1_fill_tile(&from->tiles[i], from->tiles[i].start - start, &tiles[i]);
		buffers[1 + i] = (struct reader_buffer){
			.type = VASliceParameterBufferType, .data = (const uint8_t *)&tiles[i], .size = sizeof(tiles[i])};
	}
	return PARAMETERS + 1 + from->tile_count;
}

/* The parameters of a tile and its data by turns. */
static unsigned int fill_by_turns(struct reader_stream *s, const struct client_picture *from)
{
	struct reader_buffer *buffers = s->tiles.buffers + PARAMETERS;
	VASliceParameterBufferAV1 *tiles = s->tiles.slices;

	for (unsigned int i = 0; i < from->tile_count; i++) {
		const struct client_tile *tile = &from->tiles[i];

		av1_fill_tile(tile, 0, &tiles[i]);
		*buffers++ = (struct reader_buffer){
			.type = VASliceParameterBufferType, .data = (const uint8_t *)&tiles[i], .size = sizeof(tiles[i])};
		*buffers++ = (struct reader_buffer){
			.type = VASliceDataBufferType, .data = s->data + tile->start, .size = tile->size};
	}
	return PARAMETERS + 2 * from->tile_count;
}

static void fill_picture(struct reader_stream *s, const struct client_picture *from, const struct held *now)
{
	VASurfaceID slots[CLIENT_SLOTS];

	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		slots[i] = s->slots[i].reference;
	av1_fill_picture(from, slots, now->reference, now->seen, &s->picture);
	if (s->no_grain)
		memset(&s->picture.film_grain_info, 0, sizeof(s->picture.film_grain_info));
	s->tiles.buffers[PICTURE] = (struct reader_buffer){
		.type = VAPictureParameterBufferType,
		.data = (const uint8_t *)&s->picture,
		.size = sizeof(s->picture),
		.places = s->places,
		.place_count = PLACES,
	};
}

static void refresh(struct reader_stream *s, unsigned int refreshed, struct held frame)
{
	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		if (refreshed >> i & 1)
			s->slots[i] = frame;
}

static bool decode_frame(struct reader_stream *s, const struct client_picture *from)
{
	const struct client_frame *f = &from->frame;
	struct held now = {.reference = s->frames, .seen = s->frames};
	struct reader_picture picture = {
		.parameters = PARAMETERS,
		.grained = f->grain.apply && !s->no_grain,
		.hidden = !f->shown || from->lower_layer,
		.key = f->type == CLIENT_KEY && f->shown,
		.reference = f->refreshed,
		.start = from->start,
		.end = from->end,
	};

	if (!reader_make_room(&s->tiles, from->tile_count, sizeof(VASliceParameterBufferAV1), PARAMETERS))
		return false;
	if (picture.grained)
		now.seen++;
	s->frames = now.seen + 1;
	picture.frame = now.reference;
	picture.seen = now.seen;
	picture.order = (int)now.seen;
	describe(s, from, &picture);
	fill_picture(s, from, &now);
	picture.count = s->data_first ? fill_data_first(s, from) : fill_by_turns(s, from);
	picture.buffers = s->tiles.buffers;
	refresh(s, f->refreshed, now);
	return s->client->take(s->client->opaque, &picture);
}

/* show_existing_frame: nothing is decoded. */
static bool show_frame(struct reader_stream *s, const struct client_picture *from)
{
	const struct held frame = s->slots[from->frame.existing];
	const struct reader_picture picture = {
		.frame = frame.seen, .again = true, .start = from->start, .end = from->end};

	refresh(s, from->frame.refreshed, frame);
	return s->client->take(s->client->opaque, &picture);
}

static bool take_frame(void *opaque, const struct client_picture *from)
{
	struct reader_stream *s = opaque;

	if (from->frame.shows_existing)
		return !s->begun || show_frame(s, from);
	s->begun |= from->frame.type == CLIENT_KEY;
	return !s->begun || decode_frame(s, from);
}

static bool read_stream(struct reader_stream *stream, const struct reader_client *client,
                        unsigned int *unreadable)
{
	struct client_frames frames = {.take = take_frame, .opaque = stream};
	bool done;

	stream->client = client;
	done = av1_frames(stream->data, stream->size, &frames);
	*unreadable = frames.unreadable;
	return done;
}

static bool needs(const struct reader_stream *stream, unsigned int frame)
{
	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		if (stream->slots[i].reference == frame || stream->slots[i].seen == frame)
			return true;
	return false;
}

const struct reader reader_av1 = {
	.name = "av1",
	.extension = ".ivf",
	.decoder = "libdav1d",
	.absent = &absent,
	.absent_size = sizeof(absent),
	.open = open_stream,
	.read = read_stream,
	.needs = needs,
	.close = close_stream,
};
