/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "va.h"

enum { FRAMES = 96, REFERENCES = 16, LIST = 32 };

/* How many buffers a picture has beside its slices: parameters and scaling lists. */
enum { PARAMETERS = 2 };

struct reader_stream {
	const uint8_t *data;
	size_t size;
	struct reader_habits habits;
	const struct reader_client *client; /* while it is read */
	struct client_stream stream;
	struct client_dpb dpb;
	bool begun;                   /* a picture came that refers to no other */
	bool decoded[FRAMES];         /* each frame at its number modulo FRAMES: whether it was sent, */
	unsigned int numbers[FRAMES]; /* and which one it is */
	char kind[80];
	uint32_t picture_places[1 + REFERENCES];
	uint32_t slice_places[2 * LIST];
	/* of the picture */
	VAPictureParameterBufferH264 parameters;
	VAIQMatrixBufferH264 matrix;
	struct reader_room room; /* of VASliceParameterBufferH264 */
};

static struct reader_stream *open_stream(const uint8_t *data, size_t size, const struct reader_habits *habits)
{
	struct reader_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->data = data;
	stream->size = size;
	stream->habits = *habits;
	stream->picture_places[0] = offsetof(VAPictureParameterBufferH264, CurrPic.picture_id);
	for (uint32_t i = 0; i < REFERENCES; i++)
		stream->picture_places[1 + i] =
			(uint32_t)(offsetof(VAPictureParameterBufferH264, ReferenceFrames[0].picture_id) +
		               i * sizeof(VAPictureH264));
	for (uint32_t i = 0; i < LIST; i++) {
		const uint32_t entry = i * (uint32_t)sizeof(VAPictureH264);

		stream->slice_places[2 * i] =
			(uint32_t)offsetof(VASliceParameterBufferH264, RefPicList0[0].picture_id) + entry;
		stream->slice_places[2 * i + 1] =
			(uint32_t)offsetof(VASliceParameterBufferH264, RefPicList1[0].picture_id) + entry;
	}
	return stream;
}

static void close_stream(struct reader_stream *stream)
{
	if (!stream)
		return;
	reader_free_room(&stream->room);
	free(stream);
}

static bool was_decoded(const void *opaque, unsigned int frame)
{
	const struct reader_stream *stream = opaque;

	return stream->decoded[frame % FRAMES] && stream->numbers[frame % FRAMES] == frame;
}

/* ---- what a stream is ---------------------------------------------------------------------------------- */

/* Profiles whose decoders take the stream, the narrowest first. Baseline without slice groups is Constrained Baseline but
 * for redundant and unordered slices; the former are left out, the latter no stateless decoder takes. */
static unsigned int profiles_of(const struct v4l2_ctrl_h264_sps *sps, VAProfile *out)
{
	unsigned int n = 0;

	if (sps->chroma_format_idc > 1 || sps->bit_depth_luma_minus8 != sps->bit_depth_chroma_minus8)
		return 0;
	if (sps->profile_idc == 66)
		out[n++] = VAProfileH264ConstrainedBaseline;
	if (sps->profile_idc == 66 || sps->profile_idc == 77 ||
	    (sps->profile_idc == 88 && sps->constraint_set_flags & V4L2_H264_SPS_CONSTRAINT_SET1_FLAG))
		out[n++] = VAProfileH264Main;
	if (n || sps->profile_idc == 100 || (sps->profile_idc == 110 && !sps->bit_depth_luma_minus8))
		out[n++] = VAProfileH264High;
	if (sps->profile_idc == 110 && (sps->bit_depth_luma_minus8 == 0 || sps->bit_depth_luma_minus8 == 2))
		out[n++] = H264_HIGH_10;
	return n;
}

/* MaxDpbFrames, A.3.1 h) and table A-1. */
static unsigned int max_dpb_frames(const struct v4l2_ctrl_h264_sps *sps, unsigned int macroblocks)
{
	static const struct {
		unsigned int level, macroblocks;
	} table[] = {{10, 396},   {11, 900},   {20, 2376},  {21, 4752},   {30, 8100},   {31, 18000},
	             {32, 20480}, {41, 32768}, {42, 34816}, {50, 110400}, {52, 184320}, {255, 696320}};
	bool is_1b = sps->level_idc == 11 && sps->profile_idc <= 88 &&
	             sps->constraint_set_flags & V4L2_H264_SPS_CONSTRAINT_SET3_FLAG;
	unsigned int i = 0, frames;

	while (!is_1b && table[i].level < sps->level_idc)
		i++;
	frames = table[i].macroblocks / macroblocks;
	if (frames > 16)
		frames = 16;
	return frames > sps->max_num_ref_frames ? frames : sps->max_num_ref_frames;
}

static void describe(struct reader_stream *stream, const struct client_sps *from,
                     struct reader_picture *picture)
{
	const struct v4l2_ctrl_h264_sps *sps = &from->v4l2;

	picture->width = (sps->pic_width_in_mbs_minus1 + 1u) * 16;
	picture->height = (sps->pic_height_in_map_units_minus1 + 1u) *
	                  (sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY ? 16 : 32);
	picture->depth = sps->bit_depth_luma_minus8 + 8u;
	memcpy(picture->crop, from->crop, sizeof(picture->crop));
	picture->profile_count = profiles_of(sps, picture->profiles);
	picture->reorder = max_dpb_frames(sps, picture->width / 16 * (picture->height / 16));
	snprintf(stream->kind, sizeof(stream->kind), "profile_idc %u, chroma_format_idc %u, %u bit",
	         sps->profile_idc, sps->chroma_format_idc, picture->depth);
	picture->kind = stream->kind;
}

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

/* ---- one picture ------------------------------------------------------------------------------------------ */

static void fill_buffers(struct reader_stream *s, const struct client_picture *from,
                         struct reader_picture *picture)
{
	const struct client_slice *first = &from->slices[0].slice;
	const struct client_pps *pps = &s->stream.pps[first->pps_id];
	const struct v4l2_ctrl_h264_sps *sps = &s->stream.sps[pps->v4l2.seq_parameter_set_id].v4l2;
	struct v4l2_ctrl_h264_decode_params control;
	struct v4l2_ctrl_h264_slice_params params;
	struct va_references references;
	VASliceParameterBufferH264 *slices = s->room.slices;
	struct reader_buffer *buffers = s->room.buffers;
	unsigned int n = PARAMETERS;

	client_fill(&s->dpb, first, sps, &control);
	va_fill_references(&control, was_decoded, s, &references);
	va_fill_picture(&s->stream, &s->dpb, first, &references, &s->habits, &s->parameters);
	va_fill_matrix(pps, &s->matrix);
	buffers[0] = (struct reader_buffer){
		.type = VAPictureParameterBufferType,
		.data = (const uint8_t *)&s->parameters,
		.size = sizeof(s->parameters),
		.places = s->picture_places,
		.place_count = 1 + REFERENCES,
	};
	buffers[1] = (struct reader_buffer){
		.type = VAIQMatrixBufferType,
		.data = (const uint8_t *)&s->matrix,
		.size = sizeof(s->matrix),
	};
	for (unsigned int i = 0; i < from->count; i++) {
		const struct client_picture_slice *slice = &from->slices[i];

		if (slice->slice.redundant)
			continue;
		client_fill_slice(&s->dpb, &slice->slice, sps, &control, &params);
		va_fill_slice(slice, &params, &references, sps->chroma_format_idc, &slices[i]);
		buffers[n++] = (struct reader_buffer){
			.type = VASliceParameterBufferType,
			.data = (const uint8_t *)&slices[i],
			.size = sizeof(slices[i]),
			.places = s->slice_places,
			.place_count = 2 * LIST,
		};
		buffers[n++] = (struct reader_buffer){
			.type = VASliceDataBufferType,
			.data = slice->nal.data,
			.size = slice->nal.size,
		};
	}
	picture->buffers = buffers;
	picture->parameters = PARAMETERS;
	picture->count = n;
}

static bool take_picture(void *opaque, const struct client_picture *from)
{
	struct reader_stream *s = opaque;
	const struct client_slice *first = &from->slices[0].slice;
	const struct client_sps *sps = &s->stream.sps[s->stream.pps[first->pps_id].v4l2.seq_parameter_set_id];
	struct reader_picture picture = {.start = from->start, .end = from->end};

	if (first->redundant)
		return true;
	/* what comes before the first picture that refers to no other has nothing to begin with */
	s->begun |= stands_alone(from);
	if (!s->begun)
		return true;
	if (!reader_make_room(&s->room, from->count, sizeof(VASliceParameterBufferH264), PARAMETERS))
		return false;
	client_begin(&s->dpb, first, &sps->v4l2);
	picture.frame = s->dpb.frame;
	picture.second = s->dpb.second;
	picture.key = first->nal_unit_type == 5 && !picture.second;
	picture.flushes = ends_sequence(first);
	picture.reference = first->nal_ref_idc != 0;
	describe(s, sps, &picture);
	s->decoded[picture.frame % FRAMES] = true;
	s->numbers[picture.frame % FRAMES] = picture.frame;
	fill_buffers(s, from, &picture);
	client_end(&s->dpb, first, &sps->v4l2);
	if (first->field && !picture.second)
		picture.order = s->dpb.poc[first->bottom];
	else
		picture.order = s->dpb.poc[0] < s->dpb.poc[1] ? s->dpb.poc[0] : s->dpb.poc[1];
	return s->client->take(s->client->opaque, &picture);
}

static bool read_stream(struct reader_stream *stream, const struct reader_client *client,
                        unsigned int *unreadable)
{
	stream->client = client;
	return client_pictures(&stream->stream, stream->data, stream->size, take_picture, stream, unreadable);
}

static bool needs(const struct reader_stream *stream, unsigned int frame)
{
	return client_is_reference(&stream->dpb, frame);
}

const struct reader reader_h264 = {
	.name = "h264",
	.extension = ".264",
	.decoder = "h264",
	.absent = &va_no_picture,
	.absent_size = sizeof(va_no_picture),
	.open = open_stream,
	.read = read_stream,
	.needs = needs,
	.close = close_stream,
};
