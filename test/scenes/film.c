/* SPDX-License-Identifier: MIT */
#include "film.h"

#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "va_decode.h"

/* While the pictures are read. The decoder serves va-decode's parameters.c: surface ids are numbers of frames. */
struct reading {
	struct film *film;
	struct decoder decoder;
	AVCodecContext *software;
	AVPacket *packet;
	AVFrame *output;
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

static uint8_t *copy_rows(uint8_t *to, const uint8_t *from, int stride, size_t bytes, unsigned int rows)
{
	for (unsigned int y = 0; y < rows; y++, to += bytes, from += stride)
		memcpy(to, from, bytes);
	return to;
}

static void keep_frame(struct film *film, const AVFrame *from)
{
	struct film_frame *frame = frame_at(film, (unsigned int)from->pts);
	bool grey = from->format == AV_PIX_FMT_GRAY8;
	size_t sample = from->format == AV_PIX_FMT_YUV420P10LE ? 2 : 1;
	uint8_t *end;

	CHECK(grey || sample == 2 || from->format == AV_PIX_FMT_YUV420P);
	CHECK(!frame->samples);
	frame->width = (unsigned int)from->width;
	frame->height = (unsigned int)from->height;
	frame->depth = sample == 2 ? 10 : 8;
	frame->samples = malloc((size_t)frame->width * frame->height * 3 / 2 * sample);
	CHECK(frame->samples);
	end = copy_rows(frame->samples, from->data[0], from->linesize[0], frame->width * sample, frame->height);
	for (int plane = 1; plane < 3; plane++) {
		size_t row = frame->width / 2 * sample;

		if (grey) /* 4:0:0 is shown as 4:2:0 without colour */
			memset(end, 128, row * (frame->height / 2));
		end = grey ? end + row * (frame->height / 2)
		           : copy_rows(end, from->data[plane], from->linesize[plane], row, frame->height / 2);
	}
}

/* size 0: the end of the stream. */
static void decode_software(struct reading *r, const uint8_t *data, size_t size, unsigned int frame)
{
	if (size) {
		CHECK(av_new_packet(r->packet, (int)size) >= 0);
		memcpy(r->packet->data, data, size);
		r->packet->pts = frame;
	}
	CHECK(avcodec_send_packet(r->software, size ? r->packet : NULL) >= 0);
	av_packet_unref(r->packet);
	while (avcodec_receive_frame(r->software, r->output) >= 0) {
		keep_frame(r->film, r->output);
		av_frame_unref(r->output);
	}
}

/* ---- the pictures ------------------------------------------------------------------------------ */

static VAProfile profile_of(const struct v4l2_ctrl_h264_sps *sps)
{
	switch (sps->profile_idc) {
	case 66:
		return VAProfileH264ConstrainedBaseline;
	case 77:
		return VAProfileH264Main;
	case 110:
		return H264_HIGH_10;
	default:
		return VAProfileH264High;
	}
}

static void take_slices(struct reading *r, const struct client_picture *from,
                        const struct v4l2_ctrl_h264_sps *sps,
                        const struct v4l2_ctrl_h264_decode_params *control,
                        const struct references *references, struct film_picture *to)
{
	to->slices = calloc(from->count, sizeof(*to->slices));
	CHECK(to->slices);
	for (unsigned int i = 0; i < from->count; i++) {
		const struct client_picture_slice *slice = &from->slices[i];
		struct v4l2_ctrl_h264_slice_params params;
		struct film_slice *kept = &to->slices[to->slice_count];

		if (slice->slice.redundant)
			continue;
		client_fill_slice(&r->decoder.dpb, &slice->slice, sps, control, &params);
		fill_slice(slice, &params, references, sps->chroma_format_idc, &kept->parameters);
		kept->data = slice->nal.data;
		to->slice_count++;
	}
}

static void name_references(struct film *film, const struct film_picture *picture)
{
	for (int i = 0; i < 16; i++) {
		VASurfaceID frame = picture->parameters.ReferenceFrames[i].picture_id;

		if (frame != VA_INVALID_SURFACE)
			frame_at(film, frame)->last_use = film->count;
	}
	frame_at(film, picture->frame)->last_use = film->count;
}

static bool take_picture(void *opaque, const struct client_picture *from)
{
	struct reading *r = opaque;
	struct film *film = r->film;
	struct decoder *d = &r->decoder;
	const struct client_slice *first = &from->slices[0].slice;
	const struct client_pps *pps = &d->stream.pps[first->pps_id];
	const struct v4l2_ctrl_h264_sps *sps = &d->stream.sps[pps->v4l2.seq_parameter_set_id].v4l2;
	struct v4l2_ctrl_h264_decode_params control;
	struct references references;
	struct film_picture *picture;

	client_begin(&d->dpb, first, sps);
	film->pictures = realloc(film->pictures, (film->count + 1) * sizeof(*film->pictures));
	CHECK(film->pictures);
	picture = &film->pictures[film->count];
	*picture = (struct film_picture){
		.frame = d->dpb.frame,
		.key = first->nal_unit_type == 5 && !d->dpb.second,
		.closes = true,
	};
	if (d->dpb.second)
		picture[-1].closes = false;
	else if (!film->count)
		film->profile = profile_of(sps);
	d->width = (sps->pic_width_in_mbs_minus1 + 1u) * 16;
	d->height = (sps->pic_height_in_map_units_minus1 + 1u) *
	            (sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY ? 16 : 32);
	d->current = &d->surfaces[picture->frame % SURFACES];
	*d->current = (struct surface){.id = picture->frame, .decoded = true, .frame = picture->frame};
	if (d->surface_count <= picture->frame % SURFACES)
		d->surface_count = picture->frame % SURFACES + 1;

	client_fill(&d->dpb, first, sps, &control);
	fill_references(d, &control, &references);
	fill_picture(d, first, &references, &picture->parameters);
	fill_matrix(pps, &picture->matrix);
	take_slices(r, from, sps, &control, &references, picture);
	client_end(&d->dpb, first, sps);
	name_references(film, picture);
	film->count++;
	decode_software(r, film->data + from->start, from->end - from->start, picture->frame);
	return true;
}

static void read_file(struct film *film, const char *name)
{
	const char *folder = getenv("SCENES_FIXTURES");
	char path[1024];
	FILE *file;

	CHECK(folder);
	snprintf(path, sizeof(path), "%s/%s.264", folder, name);
	file = fopen(path, "rb");
	if (!file)
		fprintf(stderr, "    %s cannot be read\n", path);
	CHECK(file);
	fseek(file, 0, SEEK_END);
	film->size = (size_t)ftell(file);
	rewind(file);
	film->data = malloc(film->size);
	CHECK(film->data && fread(film->data, 1, film->size, file) == film->size);
	fclose(file);
}

void film_open(struct film *film, const char *name)
{
	static const struct options options;
	struct reading *r = calloc(1, sizeof(*r));
	unsigned int unreadable = 0;

	memset(film, 0, sizeof(*film));
	read_file(film, name);
	CHECK(r);
	r->film = film;
	r->decoder.options = &options;
	r->packet = av_packet_alloc();
	r->output = av_frame_alloc();
	r->software = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264));
	CHECK(r->packet && r->output && r->software);
	r->software->thread_count = 1;
	r->software->apply_cropping = 0;
	r->software->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
	CHECK(avcodec_open2(r->software, NULL, NULL) >= 0);
	CHECK(client_pictures(&r->decoder.stream, film->data, film->size, take_picture, r, &unreadable));
	CHECK_EQUAL(unreadable, 0);
	decode_software(r, NULL, 0, 0);
	for (unsigned int i = 0; i < film->count; i++)
		CHECK(film->frames[film->pictures[i].frame].samples);
	avcodec_free_context(&r->software);
	av_frame_free(&r->output);
	av_packet_free(&r->packet);
	free(r);
}

void film_close(struct film *film)
{
	for (unsigned int i = 0; i < film->count; i++)
		free(film->pictures[i].slices);
	for (unsigned int i = 0; i < film->frame_count; i++)
		free(film->frames[i].samples);
	free(film->pictures);
	free(film->frames);
	free(film->data);
}

unsigned int film_key(const struct film *film, unsigned int picture)
{
	while (picture < film->count && !film->pictures[picture].key)
		picture++;
	return picture;
}

/* ---- comparing --------------------------------------------------------------------------------- */

/* P010 has its samples in the upper bits. */
static unsigned int shown_sample(const uint8_t *row, unsigned int x, unsigned int depth)
{
	return depth > 8 ? (row[2 * x] | (unsigned int)row[2 * x + 1] << 8) >> (16 - depth) : row[x];
}

static unsigned int right_sample(const uint8_t *samples, size_t at, unsigned int depth)
{
	return depth > 8 ? samples[2 * at] | (unsigned int)samples[2 * at + 1] << 8 : samples[at];
}

bool film_shows(const struct film *film, unsigned int number, unsigned int width, unsigned int height,
                const uint8_t *data, const uint32_t *offsets, const uint32_t *pitches)
{
	const struct film_frame *frame = &film->frames[number];
	size_t plane_start = 0;

	CHECK(width <= frame->width && height <= frame->height);
	for (unsigned int plane = 0; plane < 3; plane++) {
		unsigned int shift = plane > 0;
		unsigned int columns = (width + shift) >> shift, rows = (height + shift) >> shift;

		for (unsigned int y = 0; y < rows; y++) {
			const uint8_t *row = data + offsets[shift] + (size_t)y * pitches[shift];
			size_t row_start = plane_start + (size_t)y * (frame->width >> shift);

			for (unsigned int x = 0; x < columns; x++) {
				unsigned int at = plane ? 2 * x + plane - 1 : x;
				unsigned int shown = shown_sample(row, at, frame->depth);
				unsigned int right = right_sample(frame->samples, row_start + x, frame->depth);

				if (shown == right)
					continue;
				fprintf(stderr, "    frame %u, plane %u, sample %u, %u: %u instead of %u\n", number, plane, x,
				        y, shown, right);
				return false;
			}
		}
		plane_start += (size_t)(frame->width >> shift) * (frame->height >> shift);
	}
	return true;
}
