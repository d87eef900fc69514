/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "header.h"
#include "va.h"

enum { PICTURE, PARAMETERS, SLICE = PARAMETERS, DATA, BUFFERS };

static const VASurfaceID absent = VA_INVALID_SURFACE;

struct reader_stream {
	const uint8_t *data;
	size_t size;
	const struct reader_client *client; /* while it is read */
	unsigned int unreadable;
	struct client_persistent persistent;
	bool begun;                      /* a key frame came */
	unsigned int frames;             /* so far */
	VASurfaceID slots[CLIENT_SLOTS]; /* frames' numbers */
	uint32_t places[CLIENT_SLOTS];
	char kind[40];
	/* of the picture */
	VADecPictureParameterBufferVP9 picture;
	VASliceParameterBufferVP9 slice;
	struct reader_buffer buffers[BUFFERS];
};

static struct reader_stream *open_stream(const uint8_t *data, size_t size, const struct reader_habits *habits)
{
	struct reader_stream *stream = calloc(1, sizeof(*stream));

	(void)habits;
	if (!stream)
		return NULL;
	stream->data = data;
	stream->size = size;
	for (uint32_t i = 0; i < CLIENT_SLOTS; i++) {
		stream->slots[i] = absent;
		stream->places[i] =
			(uint32_t)(offsetof(VADecPictureParameterBufferVP9, reference_frames) + i * sizeof(VASurfaceID));
	}
	return stream;
}

static void close_stream(struct reader_stream *stream)
{
	free(stream);
}

static void fill_buffers(struct reader_stream *s, const struct client_frame *frame, const uint8_t *data,
                         size_t size)
{
	vp9_fill_picture(frame, s->slots, &s->picture);
	vp9_fill_slice(frame, size, &s->slice);
	s->buffers[PICTURE] = (struct reader_buffer){
		.type = VAPictureParameterBufferType,
		.data = (const uint8_t *)&s->picture,
		.size = sizeof(s->picture),
		.places = s->places,
		.place_count = CLIENT_SLOTS,
	};
	s->buffers[SLICE] = (struct reader_buffer){
		.type = VASliceParameterBufferType,
		.data = (const uint8_t *)&s->slice,
		.size = sizeof(s->slice),
	};
	s->buffers[DATA] = (struct reader_buffer){.type = VASliceDataBufferType, .data = data, .size = size};
}

static void describe(struct reader_stream *s, const struct client_frame *frame,
                     struct reader_picture *picture)
{
	picture->width = frame->size.width;
	picture->height = frame->size.height;
	picture->depth = frame->with.depth;
	if (frame->profile == 0)
		picture->profiles[picture->profile_count++] = VAProfileVP9Profile0;
	else if (frame->profile == 2 && frame->with.depth == 10)
		picture->profiles[picture->profile_count++] = VAProfileVP9Profile2;
	snprintf(s->kind, sizeof(s->kind), "VP9 of profile %u, %u bit", frame->profile, frame->with.depth);
	picture->kind = s->kind;
}

static bool decode_frame(struct reader_stream *s, const struct client_frame *frame, size_t start, size_t end)
{
	struct reader_picture picture = {
		.buffers = s->buffers,
		.count = BUFFERS,
		.parameters = PARAMETERS,
		.frame = s->frames++,
		.hidden = !frame->shown,
		.key = frame->key,
		.reference = frame->refreshed,
		.start = start,
		.end = end,
	};

	picture.order = (int)picture.frame;
	describe(s, frame, &picture);
	fill_buffers(s, frame, s->data + start, end - start);
	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		if (frame->refreshed >> i & 1)
			s->slots[i] = picture.frame;
	return s->client->take(s->client->opaque, &picture);
}

/* show_existing_frame: nothing is decoded. */
static bool show_frame(struct reader_stream *s, unsigned int slot, size_t start, size_t end)
{
	const struct reader_picture picture = {
		.frame = s->slots[slot], .again = true, .start = start, .end = end};

	return s->slots[slot] == absent || s->client->take(s->client->opaque, &picture);
}

static bool take_frame(void *opaque, size_t start, size_t end)
{
	struct reader_stream *s = opaque;
	struct client_frame frame;

	if (!vp9_read_frame(&s->persistent, s->data + start, end - start, &frame)) {
		s->unreadable += s->begun;
		return true;
	}
	if (frame.shows_existing)
		return show_frame(s, frame.existing, start, end);
	s->begun |= frame.key;
	return !s->begun || decode_frame(s, &frame, start, end);
}

static bool read_stream(struct reader_stream *stream, const struct reader_client *client,
                        unsigned int *unreadable)
{
	bool done;

	stream->client = client;
	done = vp9_frames(stream->data, stream->size, take_frame, stream);
	*unreadable = stream->unreadable;
	return done;
}

static bool needs(const struct reader_stream *stream, unsigned int frame)
{
	for (unsigned int i = 0; i < CLIENT_SLOTS; i++)
		if (stream->slots[i] == frame)
			return true;
	return false;
}

const struct reader reader_vp9 = {
	.name = "vp9",
	.extension = ".ivf",
	.decoder = "vp9",
	.absent = &absent,
	.absent_size = sizeof(absent),
	.open = open_stream,
	.read = read_stream,
	.needs = needs,
	.close = close_stream,
};
