/* SPDX-License-Identifier: MIT
 *
 * usage: va-decode [--codec NAME] [--device NODE] [--md5] [--in-flight N] [--init-qp-offset] [--holes] [--one-buffer]
 *                  [--tag in|before] [--changed-matrices] [--bare-slices] [--get-image] [--size WxH] [--surfaces WxH]
 *                  [--heap NODE] [--again] [--each] [--data-first] [--no-grain] [--beside FILE] FILE
 *
 * Decodes FILE (an elementary stream) through VA-API and writes the frames to standard output as `ffmpeg -f rawvideo` would:
 * yuv420p, or yuv420p10le of a 10-bit stream; with --md5 only the MD5 of all of it. Says nothing else unless something
 * fails; then it stops, with status 1.
 *
 * --codec names the codec of FILE (h264). --in-flight N leaves N pictures under way before it waits for one (4). --size WxH takes off more at the right and bottom,
 * where a container said so. --surfaces WxH keeps surfaces and a context of that size for pictures of any other, which must not be larger. What else differs between clients: --init-qp-offset counts QpBdOffset into the initial QP, as
 * FFmpeg does; --holes spreads references over ReferenceFrames; --one-buffer gives all slices of a picture in one pair of
 * buffers; --tag in leaves the frame tag of VP8 in the slice data, before does, too, but lets slice_data_offset point behind it,
 * as GStreamer and Chromium do; --changed-matrices sends MPEG-2's matrices when they change only, --bare-slices its slices without
 * their start codes; --data-first sends the data of an AV1 frame before the parameters of its tiles, --no-grain asks for no film
 * grain; --get-image copies by vaGetImage instead of mapping by vaDeriveImage; --heap brings the surfaces' memory along,
 * from a dma-heap (8 bit). --again, with --md5 or --each, is for tests of
 * failures: it decodes a second time in the same process, whatever became of the first, and accounts for both (lives.c).
 * --each prints a line for each frame instead: its MD5, or `bad` where the decoder reported an error in it, which then is
 * no reason to stop. --beside, with --each, decodes another file at the same time, in a thread and a context of its own on
 * the same display; its lines begin with `beside`.
 */
#include "va_decode.h"

#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool complain(const char *format, ...)
{
	va_list arguments;

	fputs("va-decode: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return false;
}

bool good(const struct decoder *d, VAStatus status, const char *call)
{
	return status == VA_STATUS_SUCCESS || complain("%s, at picture %u: status 0x%x (%s)", call, d->pictures,
	                                               (unsigned int)status, vaErrorStr(status));
}

/* ---- one picture ------------------------------------------------------------------------------- */

struct buffers {
	VABufferID *ids;
	unsigned int count;
};

static bool add_buffer(struct decoder *d, struct buffers *b, VABufferType type, const void *data, size_t size,
                       unsigned int elements)
{
	if (!good(d,
	          vaCreateBuffer(d->display, d->context, type, (unsigned int)size, elements,
	                         (void *)(uintptr_t)data, &b->ids[b->count]),
	          "vaCreateBuffer"))
		return false;
	b->count++;
	return true;
}

static VASurfaceID surface_of(const struct decoder *d, VASurfaceID frame)
{
	for (unsigned int i = 0; frame != VA_INVALID_SURFACE && i < d->surface_count; i++)
		if (d->surfaces[i].decoded && d->surfaces[i].frame == frame)
			return d->surfaces[i].id;
	return VA_INVALID_SURFACE;
}

/* A copy of the buffer's bytes with surfaces instead of frames. */
static void name_surfaces(const struct decoder *d, const struct reader_buffer *buffer, uint8_t *bytes)
{
	const struct reader *reader = d->options->reader;

	memcpy(bytes, buffer->data, buffer->size);
	for (unsigned int i = 0; i < buffer->place_count; i++) {
		uint8_t *place = bytes + buffer->places[i];
		VASurfaceID surface;

		memcpy(&surface, place, sizeof(surface));
		surface = surface_of(d, surface);
		if (surface == VA_INVALID_SURFACE)
			memcpy(place, reader->absent, reader->absent_size);
		else
			memcpy(place, &surface, sizeof(surface));
	}
}

static bool add_parameters(struct decoder *d, struct buffers *b, const struct reader_buffer *buffer)
{
	uint8_t *bytes = malloc(buffer->size);
	bool done;

	if (!bytes)
		return complain("out of memory");
	name_surfaces(d, buffer, bytes);
	done = add_buffer(d, b, buffer->type, bytes, buffer->size, 1);
	free(bytes);
	return done;
}

/* All slices in one pair of buffers: slice parameters and their data come by turns. */
static bool add_slices(struct decoder *d, struct buffers *b, const struct reader_buffer *pairs,
                       unsigned int slices)
{
	const size_t each = pairs[0].size;
	uint8_t *parameters = malloc(slices * each), *all = NULL;
	size_t size = 0;
	bool done;

	for (unsigned int i = 0; i < slices; i++)
		size += pairs[2 * i + 1].size;
	all = malloc(size);
	if (!parameters || !all) {
		free(parameters);
		free(all);
		return complain("out of memory");
	}
	size = 0;
	for (unsigned int i = 0; i < slices; i++) {
		uint8_t *place = parameters + i * each + offsetof(VASliceParameterBufferBase, slice_data_offset);
		uint32_t offset;

		name_surfaces(d, &pairs[2 * i], parameters + i * each);
		memcpy(&offset, place, sizeof(offset));
		offset += (uint32_t)size;
		memcpy(place, &offset, sizeof(offset));
		memcpy(all + size, pairs[2 * i + 1].data, pairs[2 * i + 1].size);
		size += pairs[2 * i + 1].size;
	}
	done = add_buffer(d, b, VASliceParameterBufferType, parameters, each, slices) &&
	       add_buffer(d, b, VASliceDataBufferType, all, size, 1);
	free(parameters);
	free(all);
	return done;
}

static bool add_picture(struct decoder *d, struct buffers *b, const struct reader_picture *picture)
{
	const unsigned int first = picture->parameters;

	for (unsigned int i = 0; i < picture->count; i++) {
		const struct reader_buffer *buffer = &picture->buffers[i];

		if (i == first && d->options->one_buffer)
			return add_slices(d, b, buffer, (picture->count - first) / 2);
		if (buffer->type == VASliceDataBufferType
		        ? !add_buffer(d, b, buffer->type, buffer->data, buffer->size, 1)
		        : !add_parameters(d, b, buffer))
			return false;
	}
	return true;
}

static bool submit(struct decoder *d, const struct reader_picture *picture)
{
	struct buffers b = {.ids = calloc(picture->count, sizeof(*b.ids))};
	const unsigned int parameters = picture->parameters;
	const struct surface *target = d->unseen ? d->unseen : d->current;
	bool done;

	if (!b.ids)
		return complain("out of memory");
	done = add_picture(d, &b, picture);
	if (done) {
		done = good(d, vaBeginPicture(d->display, d->context, target->id), "vaBeginPicture");
		if (done) {
			done =
				good(d, vaRenderPicture(d->display, d->context, b.ids, (int)parameters),
			         "vaRenderPicture (parameters)") &&
				good(d,
			         vaRenderPicture(d->display, d->context, b.ids + parameters, (int)(b.count - parameters)),
			         "vaRenderPicture (slices)");
			/* a picture that was begun is ended, whatever became of it */
			done = good(d, vaEndPicture(d->display, d->context), "vaEndPicture") && done;
		}
	}
	for (unsigned int i = 0; i < b.count; i++)
		done = good(d, vaDestroyBuffer(d->display, b.ids[i]), "vaDestroyBuffer") && done;
	free(b.ids);
	return done;
}

/* ---- the stream -------------------------------------------------------------------------------- */

/* The frame that was under way is complete. */
static bool close_frame(struct decoder *d)
{
	struct surface *s = d->current;

	d->current = NULL;
	return !s || s->hidden || frames_insert(d, s);
}

/* What is not to be seen of a frame: left, right, top, bottom. */
static bool crop(const struct decoder *d, const struct reader_picture *picture, unsigned int *seen)
{
	const struct options *o = d->options;

	memcpy(seen, picture->crop, 4 * sizeof(*seen));
	seen[1] += d->width - picture->width;
	seen[3] += d->height - picture->height;
	if (seen[0] + seen[1] >= d->width || seen[2] + seen[3] >= d->height)
		return complain("the stream crops everything away");
	if (o->width && d->width - seen[0] - seen[1] > o->width)
		seen[1] = d->width - seen[0] - o->width;
	if (o->height && d->height - seen[2] - seen[3] > o->height)
		seen[3] = d->height - seen[2] - o->height;
	return true;
}

/* A surface for the frame with this number. */
static struct surface *take_surface(struct decoder *d, const struct reader_picture *picture,
                                    unsigned int frame)
{
	struct surface *s = device_surface(d, picture);

	if (!s)
		return NULL;
	s->decoded = true;
	s->frame = frame;
	s->hidden = true;
	return s;
}

static bool open_frame(struct decoder *d, const struct reader_picture *picture)
{
	if (!close_frame(d))
		return false;
	if ((picture->flushes || !device_fits(d, picture)) && !frames_flush(d))
		return false;
	if ((picture->key || !device_fits(d, picture)) && !device_configure(d, picture))
		return false;
	d->unseen = NULL;
	if (picture->grained) {
		d->unseen = take_surface(d, picture, picture->frame);
		if (!d->unseen)
			return false;
	}
	d->current = take_surface(d, picture, reader_seen(picture));
	if (!d->current)
		return false;
	d->current->hidden = picture->hidden;
	return crop(d, picture, d->current->crop);
}

/* A frame that was decoded before, at its turn: everything before it is written first. */
static bool show_again(struct decoder *d, unsigned int frame)
{
	if (!close_frame(d) || !frames_flush(d))
		return false;
	for (unsigned int i = 0; i < d->surface_count; i++)
		if (d->surfaces[i].decoded && d->surfaces[i].frame == frame)
			return frames_insert(d, &d->surfaces[i]) && frames_flush(d);
	return complain("the stream shows a frame that there is not");
}

static bool take_picture(void *opaque, const struct reader_picture *picture)
{
	struct decoder *d = opaque;

	if (picture->again)
		return show_again(d, picture->frame);
	if (!picture->second && !open_frame(d, picture))
		return false;
	if (picture->flushes && !frames_flush(d)) /* a second field can do that too */
		return false;
	if (!submit(d, picture))
		return false;
	d->pictures++;
	d->current->order = picture->order;
	return true;
}

bool decode_stream(struct decoder *d, const uint8_t *data, size_t size)
{
	const struct reader *reader = d->options->reader;
	const struct reader_client client = {d, take_picture};
	unsigned int unreadable = 0;
	bool done;

	d->stream = reader->open(data, size, &d->options->habits);
	if (!d->stream)
		return complain("out of memory");
	done = reader->read(d->stream, &client, &unreadable);
	if (done)
		done = close_frame(d) && frames_flush(d);
	reader->close(d->stream);
	d->stream = NULL;
	if (done && unreadable)
		return complain("%u slices cannot be read: no parameter sets, slice groups or data partitioning",
		                unreadable);
	if (done && !d->pictures)
		return complain("there is no picture in it");
	return done;
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long length;

	if (file && !fseek(file, 0, SEEK_END) && (length = ftell(file)) > 0 && !fseek(file, 0, SEEK_SET)) {
		data = malloc((size_t)length);
		*size = data ? fread(data, 1, (size_t)length, file) : 0;
	}
	if (!data)
		complain("cannot read %s: %m", path);
	if (file)
		fclose(file);
	return data;
}

static const char *read_options(int argc, char **argv, struct options *options)
{
	int i = 1;

	for (; i < argc - 1; i++) {
		if (!strcmp(argv[i], "--device") && i + 2 < argc)
			options->device = argv[++i];
		else if (!strcmp(argv[i], "--codec") && i + 2 < argc)
			options->reader = reader_named(argv[++i]);
		else if (!strcmp(argv[i], "--heap") && i + 2 < argc)
			options->heap = argv[++i];
		else if (!strcmp(argv[i], "--beside") && i + 2 < argc)
			options->beside = argv[++i];
		else if (!strcmp(argv[i], "--in-flight") && i + 2 < argc)
			options->in_flight = (unsigned int)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--size") && i + 2 < argc &&
		         sscanf(argv[i + 1], "%ux%u", &options->width, &options->height) == 2)
			i++;
		else if (!strcmp(argv[i], "--surfaces") && i + 2 < argc &&
		         sscanf(argv[i + 1], "%ux%u", &options->surface_width, &options->surface_height) == 2)
			i++;
		else if (!strcmp(argv[i], "--md5"))
			options->md5 = true;
		else if (!strcmp(argv[i], "--init-qp-offset"))
			options->habits.init_qp_offset = true;
		else if (!strcmp(argv[i], "--holes"))
			options->habits.holes = true;
		else if (!strcmp(argv[i], "--changed-matrices"))
			options->habits.changed_matrices = true;
		else if (!strcmp(argv[i], "--bare-slices"))
			options->habits.bare_slices = true;
		else if (!strcmp(argv[i], "--one-buffer"))
			options->one_buffer = true;
		else if (!strcmp(argv[i], "--tag") && i + 2 < argc && !strcmp(argv[i + 1], "in") && i++)
			options->habits.tag = READER_TAG;
		else if (!strcmp(argv[i], "--tag") && i + 2 < argc && !strcmp(argv[i + 1], "before") && i++)
			options->habits.tag = READER_TAG_BEFORE;
		else if (!strcmp(argv[i], "--data-first"))
			options->habits.data_first = true;
		else if (!strcmp(argv[i], "--no-grain"))
			options->habits.no_grain = true;
		else if (!strcmp(argv[i], "--get-image"))
			options->get_image = true;
		else if (!strcmp(argv[i], "--again"))
			options->again = true;
		else if (!strcmp(argv[i], "--each"))
			options->each = true;
		else
			return NULL;
	}
	if (options->each ? options->md5 : (options->again && !options->md5) || options->beside)
		return NULL;
	if ((options->beside && options->again) || !options->reader)
		return NULL;
	return i == argc - 1 && argv[i][0] != '-' && options->in_flight <= 16 ? argv[i] : NULL;
}

int main(int argc, char **argv)
{
	struct options options = {
		.device = "/dev/dri/renderD128", .reader = reader_named("h264"), .in_flight = 4, .title = ""};
	const char *path = read_options(argc, argv, &options);
	struct decoder *d = calloc(1, sizeof(*d));
	uint8_t *data = NULL, *other = NULL;
	size_t size = 0, other_size = 0;
	bool done = false;

	if (!path) {
		free(d);
		complain("usage: va-decode [--codec NAME] [--device NODE] [--md5] [--in-flight 0-16] "
		         "[--init-qp-offset] [--holes] [--changed-matrices] [--bare-slices] "
		         "[--one-buffer] [--tag in|before] [--get-image] [--size WxH] [--surfaces WxH] [--heap NODE] "
		         "[--again] "
		         "[--each] [--data-first] [--no-grain] [--beside FILE] "
		         "FILE");
		return 2;
	}
	data = read_file(path, &size);
	if (options.beside)
		other = read_file(options.beside, &other_size);
	if (d && data && (other || !options.beside)) {
		d->options = &options;
		d->node = -1;
		d->md5 = av_md5_alloc();
		if (d->md5)
			done = options.again    ? live_again(d, data, size)
			       : options.beside ? live_beside(d, data, size, other, other_size)
			                        : live(d, data, size);
		if (done && options.md5 && !options.again)
			print_md5(d);
		device_close(d);
		av_free(d->md5);
	}
	free(other);
	free(data);
	free(d);
	if (fflush(stdout) && done)
		done = complain("cannot write: %m");
	return done ? 0 : 1;
}
