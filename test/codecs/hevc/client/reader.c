/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "va.h"

/* How many buffers a picture has beside its slices: parameters and scaling lists. */
enum { PARAMETERS = 2, IDR_W_RADL = 19, IDR_N_LP = 20, LAST_SUB_LAYER = 14 };

struct reader_stream {
	const uint8_t *data;
	size_t size;
	struct reader_habits habits;
	const struct reader_client *client; /* while it is read */
	struct client_stream stream;
	struct client_dpb dpb;
	bool begun; /* an IRAP picture came */
	char kind[80];
	uint32_t picture_places[1 + VA_REFERENCES];
	/* of the picture, with room for so many slices */
	VAPictureParameterBufferHEVC parameters;
	VAIQMatrixBufferHEVC matrix;
	VASliceParameterBufferHEVC *slices;
	struct reader_buffer *buffers;
	unsigned int room;
};

static struct reader_stream *open_stream(const uint8_t *data, size_t size, const struct reader_habits *habits)
{
	struct reader_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->data = data;
	stream->size = size;
	stream->habits = *habits;
	stream->picture_places[0] = offsetof(VAPictureParameterBufferHEVC, CurrPic.picture_id);
	for (uint32_t i = 0; i < VA_REFERENCES; i++)
		stream->picture_places[1 + i] =
			(uint32_t)(offsetof(VAPictureParameterBufferHEVC, ReferenceFrames[0].picture_id) +
		               i * sizeof(VAPictureHEVC));
	return stream;
}

static void close_stream(struct reader_stream *stream)
{
	if (!stream)
		return;
	free(stream->slices);
	free(stream->buffers);
	free(stream);
}

static bool make_room(struct reader_stream *stream, unsigned int slices)
{
	void *more;

	if (slices <= stream->room)
		return true;
	more = realloc(stream->slices, slices * sizeof(*stream->slices));
	if (!more)
		return false;
	stream->slices = more;
	more = realloc(stream->buffers, (PARAMETERS + 2 * (size_t)slices) * sizeof(*stream->buffers));
	if (!more)
		return false;
	stream->buffers = more;
	stream->room = slices;
	return true;
}

/* Profiles whose decoders take the stream, the narrowest first (A.3). */
static unsigned int profiles_of(const struct client_sps *sps, VAProfile *out)
{
	const struct v4l2_ctrl_hevc_sps *v = &sps->v4l2;
	const bool main = sps->profile_idc == 1 || sps->profile_idc == 3 || sps->compatible >> 30 & 1;
	const bool main10 = main || sps->profile_idc == 2 || sps->compatible >> 29 & 1;
	unsigned int n = 0;

	if (v->chroma_format_idc != 1 || v->bit_depth_luma_minus8 != v->bit_depth_chroma_minus8 ||
	    (v->bit_depth_luma_minus8 != 0 && v->bit_depth_luma_minus8 != 2))
		return 0;
	if (main && !v->bit_depth_luma_minus8)
		out[n++] = VAProfileHEVCMain;
	if (main10)
		out[n++] = VAProfileHEVCMain10;
	return n;
}

static void describe(struct reader_stream *stream, const struct client_sps *sps,
                     struct reader_picture *picture)
{
	const struct v4l2_ctrl_hevc_sps *v = &sps->v4l2;

	picture->width = v->pic_width_in_luma_samples;
	picture->height = v->pic_height_in_luma_samples;
	picture->depth = v->bit_depth_luma_minus8 + 8u;
	memcpy(picture->crop, sps->crop, sizeof(picture->crop));
	picture->profile_count = profiles_of(sps, picture->profiles);
	picture->reorder = v->sps_max_num_reorder_pics;
	snprintf(stream->kind, sizeof(stream->kind), "general_profile_idc %u, chroma_format_idc %u, %u bit",
	         sps->profile_idc, v->chroma_format_idc, picture->depth);
	picture->kind = stream->kind;
}

static void fill_buffers(struct reader_stream *s, const struct client_sps *sps, const struct client_pps *pps,
                         const struct client_picture *from, struct reader_picture *picture)
{
	uint8_t places[CLIENT_REFERENCES + 1];
	unsigned int n = 0;

	hevc_va_fill_picture(sps, pps, &s->dpb, from, &s->habits, places, &s->parameters);
	s->buffers[n++] = (struct reader_buffer){
		.type = VAPictureParameterBufferType,
		.data = (const uint8_t *)&s->parameters,
		.size = sizeof(s->parameters),
		.places = s->picture_places,
		.place_count = 1 + VA_REFERENCES,
	};
	if (sps->v4l2.flags & V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED) {
		hevc_va_fill_matrix(sps, pps, &s->matrix);
		s->buffers[n++] = (struct reader_buffer){
			.type = VAIQMatrixBufferType,
			.data = (const uint8_t *)&s->matrix,
			.size = sizeof(s->matrix),
		};
	}
	picture->parameters = n;
	for (unsigned int i = 0; i < from->count; i++) {
		const struct client_slice *slice = &from->slices[i];

		hevc_va_fill_slice(&s->dpb, slice, i + 1 == from->count, places, &s->slices[i]);
		s->buffers[n++] = (struct reader_buffer){
			.type = VASliceParameterBufferType,
			.data = (const uint8_t *)&s->slices[i],
			.size = sizeof(s->slices[i]),
		};
		s->buffers[n++] = (struct reader_buffer){
			.type = VASliceDataBufferType,
			.data = slice->nal.data,
			.size = slice->nal.size,
		};
	}
	picture->buffers = s->buffers;
	picture->count = n;
}

static bool take_picture(void *opaque, const struct client_picture *from)
{
	struct reader_stream *s = opaque;
	const struct client_slice *first = &from->slices[0];
	const struct client_pps *pps = &s->stream.pps[first->pps_id];
	const struct client_sps *sps = &s->stream.sps[pps->sps_id];
	struct reader_picture picture = {.start = from->start, .end = from->end};

	s->begun |= first->nal.type > LAST_SUB_LAYER + 1;
	if (!s->begun)
		return true;
	hevc_client_begin(&s->dpb, from, sps);
	if (s->dpb.skipped)
		return true;
	if (!make_room(s, from->count))
		return false;
	picture.frame = s->dpb.frame;
	picture.key = first->nal.type == IDR_W_RADL || first->nal.type == IDR_N_LP;
	picture.flushes = s->dpb.starts;
	picture.reference = first->nal.type > LAST_SUB_LAYER || first->nal.type % 2;
	picture.hidden = !first->output;
	picture.order = s->dpb.poc;
	describe(s, sps, &picture);
	fill_buffers(s, sps, pps, from, &picture);
	hevc_client_end(&s->dpb);
	return s->client->take(s->client->opaque, &picture);
}

static bool read_stream(struct reader_stream *stream, const struct reader_client *client,
                        unsigned int *unreadable)
{
	stream->client = client;
	return hevc_client_pictures(&stream->stream, stream->data, stream->size, take_picture, stream,
	                            unreadable);
}

static bool needs(const struct reader_stream *stream, unsigned int frame)
{
	for (unsigned int i = 0; i < stream->dpb.count; i++)
		if (stream->dpb.frames[i].frame == frame)
			return true;
	return false;
}

const struct reader reader_hevc = {
	.name = "hevc",
	.extension = ".265",
	.decoder = "hevc",
	.absent = &hevc_va_no_picture,
	.absent_size = sizeof(hevc_va_no_picture),
	.open = open_stream,
	.read = read_stream,
	.needs = needs,
	.close = close_stream,
};
