/* SPDX-License-Identifier: MIT
 *
 * usage: va-decode [--device NODE] [--md5] [--in-flight N] [--init-qp-offset] [--holes] [--one-buffer]
 *                  [--get-image] [--size WxH] [--heap NODE] [--again] [--each] [--beside FILE] FILE
 *
 * Decodes FILE (H.264, Annex B) through VA-API and writes the frames to standard output as `ffmpeg -f rawvideo` would:
 * yuv420p, or yuv420p10le of a 10-bit stream; with --md5 only the MD5 of all of it. Says nothing else unless something
 * fails; then it stops, with status 1.
 *
 * --in-flight N leaves N pictures under way before it waits for one (4). --size WxH takes off more at the right and bottom,
 * where a container said so. What else differs between clients: --init-qp-offset counts QpBdOffset into the initial QP, as
 * FFmpeg does; --holes spreads references over ReferenceFrames; --one-buffer gives all slices of a picture in one pair of
 * buffers; --get-image copies by vaGetImage instead of mapping by vaDeriveImage; --heap brings the surfaces' memory along,
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
	          vaCreateBuffer(d->display, d->context, type, (unsigned int)size, elements, (void *)data,
	                         &b->ids[b->count]),
	          "vaCreateBuffer"))
		return false;
	b->count++;
	return true;
}

static bool add_slices(struct decoder *d, struct buffers *b, const struct client_picture *picture,
                       VASliceParameterBufferH264 *slices)
{
	unsigned int n = 0;
	size_t size = 0;
	uint8_t *all;
	bool done;

	if (!d->options->one_buffer) {
		for (unsigned int i = 0; i < picture->count; i++) {
			const struct client_nal *nal = &picture->slices[i].nal;

			if (!picture->slices[i].slice.redundant &&
			    (!add_buffer(d, b, VASliceParameterBufferType, &slices[i], sizeof(*slices), 1) ||
			     !add_buffer(d, b, VASliceDataBufferType, nal->data, nal->size, 1)))
				return false;
		}
		return true;
	}
	all = malloc(picture->end - picture->start);
	if (!all)
		return complain("out of memory");
	for (unsigned int i = 0; i < picture->count; i++) {
		const struct client_nal *nal = &picture->slices[i].nal;

		if (picture->slices[i].slice.redundant)
			continue;
		slices[i].slice_data_offset = (uint32_t)size;
		memcpy(all + size, nal->data, nal->size);
		size += nal->size;
		slices[n++] = slices[i];
	}
	done = add_buffer(d, b, VASliceParameterBufferType, slices, sizeof(*slices), n) &&
	       add_buffer(d, b, VASliceDataBufferType, all, size, 1);
	free(all);
	return done;
}

static bool add_picture(struct decoder *d, struct buffers *b, const struct client_picture *picture)
{
	const struct client_slice *first = &picture->slices[0].slice;
	const struct client_pps *pps = &d->stream.pps[first->pps_id];
	const struct v4l2_ctrl_h264_sps *sps = &d->stream.sps[pps->v4l2.seq_parameter_set_id].v4l2;
	VASliceParameterBufferH264 *slices = calloc(picture->count, sizeof(*slices));
	struct v4l2_ctrl_h264_decode_params control;
	struct v4l2_ctrl_h264_slice_params params;
	struct references references;
	VAPictureParameterBufferH264 parameters;
	VAIQMatrixBufferH264 matrix;
	bool done;

	if (!slices)
		return complain("out of memory");
	client_fill(&d->dpb, first, sps, &control);
	fill_references(d, &control, &references);
	fill_picture(d, first, &references, &parameters);
	fill_matrix(pps, &matrix);
	for (unsigned int i = 0; i < picture->count; i++) {
		client_fill_slice(&d->dpb, &picture->slices[i].slice, sps, &control, &params);
		fill_slice(&picture->slices[i], &params, &references, sps->chroma_format_idc, &slices[i]);
	}
	done = add_buffer(d, b, VAPictureParameterBufferType, &parameters, sizeof(parameters), 1) &&
	       add_buffer(d, b, VAIQMatrixBufferType, &matrix, sizeof(matrix), 1) &&
	       add_slices(d, b, picture, slices);
	free(slices);
	return done;
}

static bool submit(struct decoder *d, const struct client_picture *picture)
{
	struct buffers b = {.ids = calloc(2 + 2 * (size_t)picture->count, sizeof(*b.ids))};
	bool done;

	if (!b.ids)
		return complain("out of memory");
	done = add_picture(d, &b, picture);
	if (done) {
		done = good(d, vaBeginPicture(d->display, d->context, d->current->id), "vaBeginPicture");
		if (done) {
			done =
				good(d, vaRenderPicture(d->display, d->context, b.ids, 2), "vaRenderPicture (parameters)") &&
				good(d, vaRenderPicture(d->display, d->context, b.ids + 2, (int)b.count - 2),
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

/* H.264 C.4.4: all frames before such a picture come out before it. */
static bool ends_sequence(const struct client_slice *slice)
{
	for (unsigned int i = 0; i < slice->operations; i++)
		if (slice->operation[i].op == 5)
			return true;
	return slice->nal_unit_type == 5;
}

static bool stands_alone(const struct client_picture *picture)
{
	for (unsigned int i = 0; i < picture->count; i++)
		if (picture->slices[i].slice.type != 2)
			return false;
	return true;
}

/* The frame that was under way is complete. */
static bool close_frame(struct decoder *d)
{
	struct surface *s = d->current;

	d->current = NULL;
	return !s || frames_insert(d, s);
}

/* What is not to be seen of a frame: left, right, top, bottom. */
static bool crop(const struct decoder *d, const unsigned int *coded, unsigned int *seen)
{
	const struct options *o = d->options;

	memcpy(seen, coded, 4 * sizeof(*seen));
	if (seen[0] + seen[1] >= d->width || seen[2] + seen[3] >= d->height)
		return complain("the SPS crops everything away");
	if (o->width && d->width - seen[0] - seen[1] > o->width)
		seen[1] = d->width - seen[0] - o->width;
	if (o->height && d->height - seen[2] - seen[3] > o->height)
		seen[3] = d->height - seen[2] - o->height;
	return true;
}

static bool open_frame(struct decoder *d, const struct client_slice *first, const struct client_sps *sps)
{
	if (!close_frame(d))
		return false;
	if ((ends_sequence(first) || !device_fits(d, sps)) && !frames_flush(d))
		return false;
	if ((first->nal_unit_type == 5 || !device_fits(d, sps)) && !device_configure(d, sps))
		return false;
	d->current = device_surface(d);
	if (!d->current)
		return false;
	d->current->decoded = true;
	d->current->frame = d->dpb.frame;
	return crop(d, sps->crop, d->current->crop);
}

static bool take_picture(void *opaque, const struct client_picture *picture)
{
	struct decoder *d = opaque;
	const struct client_slice *first = &picture->slices[0].slice;
	const struct client_sps *sps = &d->stream.sps[d->stream.pps[first->pps_id].v4l2.seq_parameter_set_id];

	if (first->redundant)
		return true;
	/* what comes before the first picture that refers to no other has nothing to begin with */
	d->begun |= stands_alone(picture);
	if (!d->begun)
		return true;
	client_begin(&d->dpb, first, &sps->v4l2);
	if (!d->dpb.second && !open_frame(d, first, sps))
		return false;
	if (ends_sequence(first) && !frames_flush(d)) /* a second field can do that too */
		return false;
	if (!submit(d, picture))
		return false;
	d->pictures++;
	client_end(&d->dpb, first, &sps->v4l2);
	if (first->field && !d->dpb.second)
		d->current->poc = d->dpb.poc[first->bottom];
	else
		d->current->poc = d->dpb.poc[0] < d->dpb.poc[1] ? d->dpb.poc[0] : d->dpb.poc[1];
	return true;
}

bool decode_stream(struct decoder *d, const uint8_t *data, size_t size)
{
	unsigned int unreadable = 0;
	bool done = client_pictures(&d->stream, data, size, take_picture, d, &unreadable);

	if (done && (!close_frame(d) || !frames_flush(d)))
		return false;
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
		else if (!strcmp(argv[i], "--heap") && i + 2 < argc)
			options->heap = argv[++i];
		else if (!strcmp(argv[i], "--beside") && i + 2 < argc)
			options->beside = argv[++i];
		else if (!strcmp(argv[i], "--in-flight") && i + 2 < argc)
			options->in_flight = (unsigned int)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--size") && i + 2 < argc &&
		         sscanf(argv[i + 1], "%ux%u", &options->width, &options->height) == 2)
			i++;
		else if (!strcmp(argv[i], "--md5"))
			options->md5 = true;
		else if (!strcmp(argv[i], "--init-qp-offset"))
			options->init_qp_offset = true;
		else if (!strcmp(argv[i], "--holes"))
			options->holes = true;
		else if (!strcmp(argv[i], "--one-buffer"))
			options->one_buffer = true;
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
	if (options->beside && options->again)
		return NULL;
	return i == argc - 1 && argv[i][0] != '-' && options->in_flight <= 16 ? argv[i] : NULL;
}

int main(int argc, char **argv)
{
	struct options options = {.device = "/dev/dri/renderD128", .in_flight = 4, .title = ""};
	const char *path = read_options(argc, argv, &options);
	struct decoder *d = calloc(1, sizeof(*d));
	uint8_t *data = NULL, *other = NULL;
	size_t size = 0, other_size = 0;
	bool done = false;

	if (!path) {
		free(d);
		complain("usage: va-decode [--device NODE] [--md5] [--in-flight 0-16] [--init-qp-offset] [--holes] "
		         "[--one-buffer] [--get-image] [--size WxH] [--heap NODE] [--again] [--each] [--beside FILE] "
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
