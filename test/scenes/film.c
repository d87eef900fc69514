/* SPDX-License-Identifier: MIT */
#include "film.h"

#include <stdlib.h>
#include <string.h>
#include <va/va_str.h>

#include "harness.h"
#include "right.h"

bool (*film_is_playable)(VAProfile profile, unsigned int depth);

/* While the pictures are read. */
struct reading {
	struct film *film;
	struct right *right;
};

/* ---- the right frames -------------------------------------------------------------------------- */

static struct film_frame *frame_at(struct film *film, unsigned int number)
{
	if (number >= film->frame_count) {
		film->frames = realloc(film->frames, (number + 1) * sizeof(*film->frames));
		CHECK(film->frames);
		memset(film->frames + film->frame_count, 0, (number + 1 - film->frame_count) * sizeof(*film->frames));
		film->frame_count = number + 1;
	}
	return &film->frames[number];
}

/* Chroma is in pairs: an odd size has as many samples of it as the next even one. */
static unsigned int even(unsigned int size)
{
	return (size + 1) & ~1u;
}

/* One sample to where NV12 or P010 has it; P010 has its samples in the upper bits. */
static void put_sample(uint8_t *to, const struct planar *from, int plane, unsigned int x, unsigned int y)
{
	const uint8_t *row = from->planes[plane] + (ptrdiff_t)y * from->strides[plane];

	if (from->bytes == 2) {
		unsigned int sample = (row[2 * x] | (unsigned int)row[2 * x + 1] << 8) << 6;

		to[0] = (uint8_t)sample;
		to[1] = (uint8_t)(sample >> 8);
	} else {
		*to = row[x];
	}
}

void film_keep(struct film *film, unsigned int number, const struct planar *from)
{
	struct film_frame *frame = frame_at(film, number);
	const size_t bytes = from->bytes;
	uint8_t *to;

	if (frame->samples) /* it comes out once more */
		return;
	CHECK_EQUAL(bytes == 2 ? 10 : 8, frame->depth);
	frame->samples = to = malloc((size_t)even(frame->width) * even(frame->height) * 3 / 2 * bytes);
	CHECK(to);
	for (unsigned int y = 0; y < frame->height; y++) {
		for (unsigned int x = 0; x < frame->width; x++, to += bytes)
			put_sample(to, from, 0, x, y);
	}
	for (unsigned int y = 0; y < even(frame->height) / 2; y++) {
		for (unsigned int x = 0; x < even(frame->width); x++, to += bytes) {
			if (from->planes[1])
				put_sample(to, from, 1 + x % 2, x / 2, y);
			else
				*to = 128;
		}
	}
}

/* ---- the pictures ------------------------------------------------------------------------------ */

static void copy_buffer(const struct reader_buffer *from, struct film_buffer *to)
{
	const size_t places = from->place_count * sizeof(*to->places);

	*to = (struct film_buffer){from->type, malloc(from->size), from->size, malloc(places + 1),
	                           from->place_count};
	CHECK(to->data && to->places);
	memcpy(to->data, from->data, from->size);
	if (places)
		memcpy(to->places, from->places, places);
}

static void describe_frame(struct film *film, const struct reader_picture *from, unsigned int number)
{
	struct film_frame *frame = frame_at(film, number);

	frame->width = from->width;
	frame->height = from->height;
	frame->depth = from->depth;
}

static void name_references(struct film *film, const struct film_picture *picture)
{
	for (unsigned int i = 0; i < picture->parameters; i++) {
		const struct film_buffer *buffer = &picture->buffers[i];

		for (unsigned int j = 0; j < buffer->place_count; j++) {
			VASurfaceID frame;

			memcpy(&frame, buffer->data + buffer->places[j], sizeof(frame));
			if (frame != VA_INVALID_SURFACE)
				frame_at(film, frame)->last_use = film->count;
		}
	}
	frame_at(film, picture->frame)->last_use = film->count;
}

/* No picture of a player's, which has the frame still. */
static void take_again(struct film *film, unsigned int frame)
{
	film->again = realloc(film->again, (film->again_count + 1) * sizeof(*film->again));
	CHECK(film->again && film->count);
	film->again[film->again_count++] = (struct film_again){film->count, frame};
	if (frame_at(film, frame)->last_use < film->count - 1)
		frame_at(film, frame)->last_use = film->count - 1;
}

static bool take_picture(void *opaque, const struct reader_picture *from)
{
	struct reading *r = opaque;
	struct film *film = r->film;
	struct film_picture *picture;

	if (from->again) { /* a frame that was hidden gets its samples */
		take_again(film, from->frame);
		right_take(r->right, from);
		return true;
	}
	film->pictures = realloc(film->pictures, (film->count + 1) * sizeof(*film->pictures));
	CHECK(film->pictures);
	picture = &film->pictures[film->count];
	*picture = (struct film_picture){
		.buffers = calloc(from->count, sizeof(*picture->buffers)),
		.count = from->count,
		.parameters = from->parameters,
		.frame = from->frame,
		.seen = reader_seen(from),
		.key = from->key,
		.closes = true,
		.hidden = from->hidden,
		.reference = from->reference,
	};
	CHECK(picture->buffers);
	for (unsigned int i = 0; i < from->count; i++)
		copy_buffer(&from->buffers[i], &picture->buffers[i]);
	if (from->second)
		picture[-1].closes = false;
	if (!film->count)
		film->profile = from->profiles[0];
	film->shown += !from->second && !from->hidden;
	describe_frame(film, from, picture->frame);
	describe_frame(film, from, picture->seen);
	name_references(film, picture);
	film->count++;
	right_take(r->right, from);
	return true;
}

static FILE *open_file(struct film *film, const char *name)
{
	const char *folder = getenv("SCENES_FIXTURES");
	const char *slash = strchr(name, '/'), *codec = slash ? name : "h264";
	const size_t length = slash ? (size_t)(slash - name) : strlen(codec);
	FILE *file;

	CHECK(folder);
	for (unsigned int i = 0; readers[i]; i++) {
		if (strlen(readers[i]->name) != length || strncmp(codec, readers[i]->name, length) != 0)
			continue;
		film->reader = readers[i];
		snprintf(film->path, sizeof(film->path), "%s/%s/%s%s", folder, readers[i]->name,
		         slash ? slash + 1 : name, readers[i]->extension);
	}
	CHECK(film->reader);
	file = fopen(film->path, "rbe");
	if (!file)
		fprintf(stderr, "    %s cannot be read\n", film->path);
	return file;
}

static void read_file(struct film *film, const char *name)
{
	FILE *file = open_file(film, name);

	CHECK(file);
	fseek(file, 0, SEEK_END);
	film->size = (size_t)ftell(file);
	rewind(file);
	film->data = malloc(film->size);
	CHECK(film->data && fread(film->data, 1, film->size, file) == film->size);
	fclose(file);
}

static void check_playable(const struct film *film)
{
	const unsigned int depth = film->frames[film->pictures[0].frame].depth;
	/* libva 2.17 has no name for it */
	const char *name = film->profile == H264_HIGH_10 ? "VAProfileH264High10" : vaProfileStr(film->profile);

	if (film_is_playable && !film_is_playable(film->profile, depth))
		skip_test("the decoder does not offer %s with %u bit", name, depth);
}

static void open_film(struct film *film, const char *name, const struct reader_habits *habits)
{
	struct reading reading = {.film = film};
	const struct reader_client client = {&reading, take_picture};
	struct reader_stream *stream;
	unsigned int unreadable = 0;

	memset(film, 0, sizeof(*film));
	film->no_grain = habits->no_grain;
	read_file(film, name);
	reading.right = right_open(film);
	stream = film->reader->open(film->data, film->size, habits);
	CHECK(stream && film->reader->read(stream, &client, &unreadable));
	film->reader->close(stream);
	CHECK_EQUAL(unreadable, 0);
	check_playable(film);
	right_close(reading.right);
	for (unsigned int i = 0; i < film->count; i++)
		CHECK(film->pictures[i].hidden || film->frames[film->pictures[i].seen].samples);
}

void film_open(struct film *film, const char *name)
{
	open_film(film, name, &(const struct reader_habits){0});
}

void film_open_without_grain(struct film *film, const char *name)
{
	open_film(film, name, &(const struct reader_habits){.no_grain = true});
}

void film_open_data_first(struct film *film, const char *name)
{
	open_film(film, name, &(const struct reader_habits){.data_first = true});
}

void film_close(struct film *film)
{
	for (unsigned int i = 0; i < film->count; i++) {
		for (unsigned int j = 0; j < film->pictures[i].count; j++) {
			free(film->pictures[i].buffers[j].data);
			free(film->pictures[i].buffers[j].places);
		}
		free(film->pictures[i].buffers);
	}
	for (unsigned int i = 0; i < film->frame_count; i++)
		free(film->frames[i].samples);
	free(film->pictures);
	free(film->again);
	free(film->frames);
	free(film->data);
}

unsigned int film_pool(const struct film *film, unsigned int recorded)
{
	enum { LARGE_POOL = 12, GRAINED_POOL = 16 };
	const bool eight = !strcmp(film->reader->name, "av1") || !strcmp(film->reader->name, "vp9");
	unsigned int least = eight ? LARGE_POOL : 0;

	for (unsigned int i = 0; i < film->count; i++) {
		if (film->pictures[i].seen != film->pictures[i].frame)
			least = GRAINED_POOL;
	}
	return recorded < least ? least : recorded;
}

unsigned int film_key(const struct film *film, unsigned int picture)
{
	while (picture < film->count && !film->pictures[picture].key)
		picture++;
	return picture;
}

/* ---- comparing --------------------------------------------------------------------------------- */

/* Of how many bytes the first are right. */
static size_t count_right(const uint8_t *shown, const uint8_t *right, size_t size, uint8_t rounding)
{
	size_t x = 0;

	while (x < size && abs(shown[x] - right[x]) <= rounding)
		x++;
	return x;
}

static void say_where(unsigned int number, unsigned int plane, unsigned int y, size_t x, const uint8_t *shown,
                      const uint8_t *right)
{
	fprintf(stderr, "    frame %u, plane %u, row %u, byte %zu: %u instead of %u\n", number, plane, y, x,
	        shown[x], right[x]);
}

bool film_shows(const struct film *film, unsigned int number, unsigned int width, unsigned int height,
                const uint8_t *data, const uint32_t *offsets, const uint32_t *pitches)
{
	const struct film_frame *frame = &film->frames[number];
	size_t bytes = frame->depth > 8 ? 2 : 1;
	const uint8_t *right = frame->samples;

	CHECK(width <= frame->width && height <= frame->height);
	for (unsigned int plane = 0; plane < 2; plane++) {
		unsigned int columns = plane ? even(width) : width, rows = plane ? even(height) / 2 : height;
		size_t line = plane ? even(frame->width) : frame->width;

		for (unsigned int y = 0; y < rows; y++) {
			const uint8_t *shown = data + offsets[plane] + (size_t)y * pitches[plane];
			const uint8_t *row = right + y * line * bytes;
			size_t good;

			if (!memcmp(shown, row, columns * bytes))
				continue;
			good = count_right(shown, row, columns * bytes, film->rounding);
			if (good == columns * bytes)
				continue;
			say_where(number, plane, y, good, shown, row);
			return false;
		}
		right += (size_t)frame->width * frame->height * bytes;
	}
	return true;
}
