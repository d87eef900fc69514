/* SPDX-License-Identifier: MIT
 *
 * Reads a video elementary stream. As libavcodec does, it leaves out B pictures at the start whose forward reference was never
 * there, unless their group is closed, and all that comes before the first picture that refers to no other.
 */
#include "reader.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headers.h"
#include "va.h"

enum { PICTURE, MATRIX, PARAMETERS };
enum { PREFIX = 3, START_CODE = 4 };

static const VASurfaceID absent = VA_INVALID_SURFACE;
static const uint32_t picture_places[] = {
	offsetof(VAPictureParameterBufferMPEG2, forward_reference_picture),
	offsetof(VAPictureParameterBufferMPEG2, backward_reference_picture),
};

struct reader_stream {
	const uint8_t *data;
	size_t size;
	struct reader_habits habits;
	struct headers headers;
	unsigned int frames;      /* so far */
	VASurfaceID past, future; /* the last two reference frames */
	int order;                /* of the future one */
	bool anew;                /* a sequence begins: what was before is not needed, or was of another size */
	unsigned int width, height;
	unsigned int first_structure; /* of the field that the next may complete; 0: there is none */
	bool first_is_reference;
	bool open; /* the last frame was taken */
	uint8_t sent[MATRICES][64];
	bool has_sent;
	char kind[60];
	/* of the picture */
	VAPictureParameterBufferMPEG2 picture;
	VAIQMatrixBufferMPEG2 matrix;
	struct reader_room room; /* of VASliceParameterBufferMPEG2 */
	unsigned int count;      /* slices */
};

static struct reader_stream *open_stream(const uint8_t *data, size_t size, const struct reader_habits *habits)
{
	struct reader_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->data = data;
	stream->size = size;
	stream->habits = *habits;
	stream->past = stream->future = VA_INVALID_SURFACE;
	return stream;
}

static void close_stream(struct reader_stream *stream)
{
	if (!stream)
		return;
	reader_free_room(&stream->room);
	free(stream);
}

/* ---- what a stream is ---------------------------------------------------------------------------------- */

/* Profiles whose decoders take the stream, the narrowest first. High is Main but for 4:2:2 and layers, which come in streams of
 * their own. */
static unsigned int profiles_of(const struct headers *h, VAProfile *out)
{
	const unsigned int profile = h->profile_and_level >> 4;
	unsigned int n = 0;

	if (h->chroma_format != CHROMA_420)
		return 0;
	if (profile == PROFILE_SIMPLE)
		out[n++] = VAProfileMPEG2Simple;
	if (profile == PROFILE_SIMPLE || profile == PROFILE_MAIN || profile == PROFILE_HIGH)
		out[n++] = VAProfileMPEG2Main;
	return n;
}

static void describe(struct reader_stream *s, struct reader_picture *picture)
{
	picture->width = s->headers.width;
	picture->height = s->headers.height;
	picture->depth = 8;
	picture->reorder = 1;
	picture->profile_count = profiles_of(&s->headers, picture->profiles);
	snprintf(s->kind, sizeof(s->kind), "profile_and_level_indication 0x%02x, chroma_format %u",
	         s->headers.profile_and_level, s->headers.chroma_format);
	picture->kind = s->kind;
}

/* ---- one picture ------------------------------------------------------------------------------------------ */

/* Which matrices the buffer loads: all, or those that are not what the player has sent last. */
static bool choose_matrices(struct reader_stream *s, bool loaded[MATRICES])
{
	bool any = false;

	for (unsigned int i = 0; i < MATRICES; i++) {
		loaded[i] =
			!s->habits.changed_matrices || !s->has_sent || memcmp(s->sent[i], s->headers.matrix[i], 64) != 0;
		any |= loaded[i];
	}
	/* one for luminance is one for chrominance until another comes */
	loaded[CHROMA_INTRA] |= loaded[INTRA];
	loaded[CHROMA_NON_INTRA] |= loaded[NON_INTRA];
	memcpy(s->sent, s->headers.matrix, sizeof(s->sent));
	s->has_sent = true;
	return any;
}

static unsigned int fill_parameters(struct reader_stream *s, bool second)
{
	const bool b = s->headers.type == TYPE_B;
	bool loaded[MATRICES];
	const bool any = choose_matrices(s, loaded);
	struct reader_buffer *buffers = s->room.buffers;

	/* Of a second field, the future one is its own frame already. */
	mpeg2_fill_picture(&s->headers, b || second ? s->past : s->future, s->future, second, &s->picture);
	mpeg2_fill_matrix(&s->headers, loaded, &s->matrix);
	buffers[PICTURE] = (struct reader_buffer){
		.type = VAPictureParameterBufferType,
		.data = (const uint8_t *)&s->picture,
		.size = sizeof(s->picture),
		.places = picture_places,
		.place_count = sizeof(picture_places) / sizeof(*picture_places),
	};
	buffers[MATRIX] = (struct reader_buffer){
		.type = VAIQMatrixBufferType,
		.data = (const uint8_t *)&s->matrix,
		.size = sizeof(s->matrix),
	};
	return any ? PARAMETERS : PARAMETERS - 1;
}

static bool add_slice(struct reader_stream *s, size_t start, size_t end)
{
	const unsigned int left_out = s->habits.bare_slices ? START_CODE : 0;
	const uint8_t *data = s->data + start + left_out;
	const size_t size = end - start - left_out;
	VASliceParameterBufferMPEG2 *slices = s->room.slices;
	struct reader_buffer *buffers = s->room.buffers + PARAMETERS + 2 * s->count;
	struct slice_header header;

	if (!s->headers.has_picture_extension ||
	    !headers_read_slice(&s->headers, s->data + start, end - start, &header))
		return false;
	mpeg2_fill_slice(&header, left_out, size, &slices[s->count]);
	buffers[0] = (struct reader_buffer){.type = VASliceParameterBufferType, .size = sizeof(*slices)};
	buffers[1] = (struct reader_buffer){.type = VASliceDataBufferType, .data = data, .size = size};
	s->count++;
	return true;
}

/* ---- frames, and their order --------------------------------------------------------------------------------- */

/* 6.1.1.4.1: the fields of a frame follow each other, and both are reference pictures or none is. */
static bool is_second(const struct reader_stream *s)
{
	const struct headers *h = &s->headers;

	return s->first_structure && h->structure != STRUCTURE_FRAME && h->structure != s->first_structure &&
	       s->first_is_reference == (h->type != TYPE_B);
}

static bool has_another_size(const struct reader_stream *s)
{
	return s->headers.width != s->width || s->headers.height != s->height;
}

static bool is_left_out(const struct reader_stream *s)
{
	if (s->headers.type == TYPE_I)
		return false;
	if (s->future == VA_INVALID_SURFACE)
		return true;
	return s->headers.type == TYPE_B && s->past == VA_INVALID_SURFACE && !s->headers.closed_gop;
}

/* Reference frames come out when the next one has come: one waits. */
static void begin_frame(struct reader_stream *s, struct reader_picture *picture)
{
	const struct headers *h = &s->headers;

	picture->key = h->type == TYPE_I && (h->closed_gop || s->anew || s->future == VA_INVALID_SURFACE);
	picture->flushes = s->frames > 0 && (s->anew || has_another_size(s));
	s->anew = false;
	s->width = h->width;
	s->height = h->height;
	if (h->type == TYPE_B) {
		picture->order = s->order - 1;
		return;
	}
	s->order += 2;
	picture->order = s->order;
}

static bool take_picture(struct reader_stream *s, const struct reader_client *client, size_t start,
                         size_t end)
{
	const struct headers *h = &s->headers;
	const bool second = is_second(s);
	struct reader_picture picture = {
		.second = second, .reference = h->type != TYPE_B, .start = start, .end = end};
	const VASliceParameterBufferMPEG2 *slices = s->room.slices;
	struct reader_buffer *buffers = s->room.buffers;
	unsigned int parameters;

	s->first_structure = second || h->structure == STRUCTURE_FRAME ? 0 : h->structure;
	s->first_is_reference = picture.reference;
	if (second && !s->open)
		return true;
	if (has_another_size(s))
		s->past = s->future = VA_INVALID_SURFACE;
	if (!second && is_left_out(s)) {
		s->open = false;
		return true;
	}
	s->open = true;
	if (second)
		picture.order = picture.reference ? s->order : s->order - 1;
	else
		begin_frame(s, &picture);
	picture.frame = second ? s->frames - 1 : s->frames++;
	describe(s, &picture);
	parameters = fill_parameters(s, second);
	for (unsigned int i = 0; i < s->count; i++)
		buffers[PARAMETERS + 2 * i].data = (const uint8_t *)&slices[i];
	if (parameters < PARAMETERS) /* no matrices: the rest moves up */
		memmove(buffers + MATRIX, buffers + PARAMETERS, 2 * s->count * sizeof(*buffers));
	picture.buffers = buffers;
	picture.parameters = parameters;
	picture.count = parameters + 2 * s->count;
	if (picture.reference && !second) {
		s->past = s->future;
		s->future = picture.frame;
	}
	return client->take(client->opaque, &picture);
}

static bool read_stream(struct reader_stream *s, const struct reader_client *client, unsigned int *unreadable)
{
	size_t at = headers_find(s->data, s->size, 0), start = at;

	*unreadable = 0;
	while (at + START_CODE <= s->size) {
		const size_t end = headers_find(s->data, s->size, at + PREFIX);
		const uint8_t code = s->data[at + PREFIX];
		const bool is_slice = code >= CODE_FIRST_SLICE && code <= CODE_LAST_SLICE;

		/* A picture ends before the headers of the next are read. */
		if (!is_slice && s->count) {
			if (!take_picture(s, client, start, at))
				return false;
			s->count = 0;
			start = at;
		}
		if (!is_slice)
			headers_read(&s->headers, s->data + at, end - at);
		else if (!reader_make_room(&s->room, s->count + 1, sizeof(VASliceParameterBufferMPEG2), PARAMETERS))
			return false;
		else if (!add_slice(s, at, end))
			/* what comes before the first sequence header has nothing to begin with */
			*unreadable += s->headers.has_sequence;
		s->anew |= code == CODE_SEQUENCE_END;
		at = end;
	}
	return !s->count || take_picture(s, client, start, s->size);
}

static bool needs(const struct reader_stream *stream, unsigned int frame)
{
	return stream->past == frame || stream->future == frame;
}

const struct reader reader_mpeg2 = {
	.name = "mpeg2",
	.extension = ".m2v",
	.decoder = "mpeg2video",
	.absent = &absent,
	.absent_size = sizeof(absent),
	.open = open_stream,
	.read = read_stream,
	.needs = needs,
	.close = close_stream,
};
