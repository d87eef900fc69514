/* SPDX-License-Identifier: MIT
 *
 * Reads IVF: a header that says its own length, and before each frame 12 bytes, its size and its timestamp.
 */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "header.h"
#include "va.h"

enum { FRAME_HEADER = 12, LENGTH_AT = 6, SHORTEST_HEADER = 32 };
enum { PICTURE, PROBABILITIES, MATRIX, PARAMETERS, SLICE = PARAMETERS, DATA, BUFFERS };
enum { VERSIONS = 4 };

static const VASurfaceID absent = VA_INVALID_SURFACE;
static const uint32_t picture_places[CLIENT_REFERENCES] = {
	offsetof(VAPictureParameterBufferVP8, last_ref_frame),
	offsetof(VAPictureParameterBufferVP8, golden_ref_frame),
	offsetof(VAPictureParameterBufferVP8, alt_ref_frame),
};

struct reader_stream {
	const uint8_t *data;
	size_t size;
	struct reader_habits habits;
	struct client_persistent persistent;
	unsigned int frames;                       /* so far */
	VASurfaceID references[CLIENT_REFERENCES]; /* frames' numbers */
	char kind[40];
	/* of the picture */
	VAPictureParameterBufferVP8 picture;
	VAProbabilityDataBufferVP8 probabilities;
	VAIQMatrixBufferVP8 matrix;
	VASliceParameterBufferVP8 slice;
	struct reader_buffer buffers[BUFFERS];
};

static struct reader_stream *open_stream(const uint8_t *data, size_t size, const struct reader_habits *habits)
{
	struct reader_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->data = data;
	stream->size = size;
	stream->habits = *habits;
	for (int i = 0; i < CLIENT_REFERENCES; i++)
		stream->references[i] = absent;
	return stream;
}

static void close_stream(struct reader_stream *stream)
{
	free(stream);
}

/* 9.7: what is copied is what was there before this frame. */
static void refresh(struct reader_stream *s, const struct client_frame *frame, unsigned int number)
{
	VASurfaceID before[CLIENT_REFERENCES];

	memcpy(before, s->references, sizeof(before));
	for (int i = 0; i < CLIENT_REFERENCES; i++)
		s->references[i] = frame->refresh[i]  ? number
		                   : i == CLIENT_LAST ? before[i]
		                                      : before[frame->copied[i]];
}

static void fill_buffers(struct reader_stream *s, const struct client_frame *frame, const uint8_t *data,
                         size_t size)
{
	const size_t left_out = s->habits.tag == READER_NO_TAG ? frame->tag_size : 0;
	const size_t offset = s->habits.tag == READER_TAG_BEFORE ? frame->tag_size : 0;

	vp8_fill_picture(frame, s->references, &s->picture);
	vp8_fill_probabilities(frame, &s->probabilities);
	vp8_fill_matrix(frame, &s->matrix);
	vp8_fill_slice(frame, size - left_out, offset, &s->slice);
#define PARAMETER(buffer_type, member)                                                        \
	(struct reader_buffer)                                                                    \
	{                                                                                         \
		.type = (buffer_type), .data = (const uint8_t *)&s->member, .size = sizeof(s->member) \
	}
	s->buffers[PICTURE] = PARAMETER(VAPictureParameterBufferType, picture);
	s->buffers[PICTURE].places = picture_places;
	s->buffers[PICTURE].place_count = CLIENT_REFERENCES;
	s->buffers[PROBABILITIES] = PARAMETER(VAProbabilityBufferType, probabilities);
	s->buffers[MATRIX] = PARAMETER(VAIQMatrixBufferType, matrix);
	s->buffers[SLICE] = PARAMETER(VASliceParameterBufferType, slice);
#undef PARAMETER
	s->buffers[DATA] = (struct reader_buffer){
		.type = VASliceDataBufferType, .data = data + left_out, .size = size - left_out};
}

static bool take_frame(struct reader_stream *s, const struct reader_client *client,
                       const struct client_frame *frame, size_t start, size_t end)
{
	struct reader_picture picture = {
		.buffers = s->buffers,
		.count = BUFFERS,
		.parameters = PARAMETERS,
		.frame = s->frames++,
		.hidden = !frame->shown,
		.key = frame->key,
		.width = frame->with.width,
		.height = frame->with.height,
		.depth = 8,
		.kind = s->kind,
		.start = start,
		.end = end,
	};

	picture.order = (int)picture.frame;
	if (frame->version < VERSIONS)
		picture.profiles[picture.profile_count++] = VAProfileVP8Version0_3;
	snprintf(s->kind, sizeof(s->kind), "VP8 of version %u", frame->version);
	fill_buffers(s, frame, s->data + start, end - start);
	refresh(s, frame, picture.frame);
	for (int i = 0; i < CLIENT_REFERENCES; i++)
		picture.reference |= s->references[i] == picture.frame;
	return client->take(client->opaque, &picture);
}

static uint32_t number_at(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool read_stream(struct reader_stream *s, const struct reader_client *client, unsigned int *unreadable)
{
	struct client_frame frame;
	size_t at;

	*unreadable = 0;
	if (s->size < SHORTEST_HEADER || memcmp(s->data, "DKIF", 4) != 0)
		return true;
	at = s->data[LENGTH_AT] | (size_t)s->data[LENGTH_AT + 1] << 8;
	while (at <= s->size && s->size - at >= FRAME_HEADER) {
		const size_t start = at + FRAME_HEADER;
		size_t size = number_at(s->data + at);

		if (size > s->size - start) /* the file breaks off */
			size = s->size - start;
		at = start + size;
		if (!size) /* the frame before is shown again */
			continue;
		if (!vp8_read_frame(&s->persistent, s->data + start, size, &frame))
			/* what comes before the first key frame has nothing to begin with */
			*unreadable += s->persistent.begun;
		else if (!take_frame(s, client, &frame, start, at))
			return false;
	}
	return true;
}

static bool needs(const struct reader_stream *stream, unsigned int frame)
{
	for (int i = 0; i < CLIENT_REFERENCES; i++)
		if (stream->references[i] == frame)
			return true;
	return false;
}

const struct reader reader_vp8 = {
	.name = "vp8",
	.extension = ".ivf",
	.decoder = "vp8",
	.absent = &absent,
	.absent_size = sizeof(absent),
	.open = open_stream,
	.read = read_stream,
	.needs = needs,
	.close = close_stream,
};
