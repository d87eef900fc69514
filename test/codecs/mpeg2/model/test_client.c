/* SPDX-License-Identifier: MIT */
#include "test_client.h"

#include "image.h"

#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPTURES = 4, TOP = 1, BOTTOM = 2, BOTH = 3, FRESH = 0x33 };

struct capture {
	uint8_t *memory;
	struct model_image image;
	uint64_t timestamp; /* 0: none */
};

struct session {
	void *model;
	const uint8_t *data;
	struct client_run *run;
	const struct client_trouble *trouble;
	struct capture captures[CAPTURES];
	size_t capture_size;
	unsigned int width, height;
	struct stream_controls controls; /* of the job */
	struct capture *current;
	uint64_t past, future; /* the reference frames before the current frame, and it once it is one */
	unsigned int coding_type;
};

extern const struct model_codec model_mpeg2;

/* ---- samples ------------------------------------------------------------------------------------------------------ */

static uint64_t hash_bytes(uint64_t hash, const uint8_t *bytes, size_t size)
{
	while (size--)
		hash = (hash ^ *bytes++) * 0x100000001b3ull;
	return hash;
}

static uint64_t hash_image(const struct model_image *image, unsigned int width, unsigned int height)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (unsigned int row = 0; row < height; row++)
		hash = hash_bytes(hash, image->luma + row * image->luma_stride, width);
	for (unsigned int row = 0; row < (height + 1) / 2; row++)
		hash = hash_bytes(hash, image->chroma + row * image->chroma_stride, (width + 1) / 2 * 2);
	return hash;
}

static uint64_t hash_frame(const AVFrame *frame)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (int row = 0; row < frame->height; row++)
		hash = hash_bytes(hash, frame->data[0] + row * frame->linesize[0], (size_t)frame->width);
	for (int row = 0; row < (frame->height + 1) / 2; row++) {
		for (int x = 0; x < (frame->width + 1) / 2; x++) {
			hash = hash_bytes(hash, frame->data[1] + row * frame->linesize[1] + x, 1);
			hash = hash_bytes(hash, frame->data[2] + row * frame->linesize[2] + x, 1);
		}
	}
	return hash;
}

/* ---- the client ------------------------------------------------------------------------------------------------ */

static void free_captures(struct session *s)
{
	for (int i = 0; i < CAPTURES; i++)
		free(s->captures[i].memory);
	memset(s->captures, 0, sizeof(s->captures));
}

/* Larger than the stream's pictures, as decoders pad theirs. */
static bool set_format(struct session *s, const struct v4l2_ctrl_mpeg2_sequence *sequence)
{
	const uint32_t stride = (sequence->horizontal_size + 15u) / 16 * 16 + 48;
	const uint32_t rows = (sequence->vertical_size + 31u) / 32 * 32 + 16;

	if (s->width == sequence->horizontal_size && s->height == sequence->vertical_size)
		return true;
	free_captures(s);
	s->past = s->future = 0;
	s->width = sequence->horizontal_size;
	s->height = sequence->vertical_size;
	s->capture_size = (size_t)stride * rows * 3 / 2;
	for (int i = 0; i < CAPTURES; i++) {
		struct capture *c = &s->captures[i];

		c->memory = malloc(s->capture_size);
		if (!c->memory)
			return false;
		c->image = image_of(V4L2_PIX_FMT_NV12, stride, rows, stride, c->memory, NULL);
	}
	return true;
}

static struct capture *capture_of(struct session *s, uint64_t timestamp)
{
	for (int i = 0; i < CAPTURES; i++)
		if (timestamp && s->captures[i].timestamp == timestamp)
			return &s->captures[i];
	return NULL;
}

static bool find_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct capture *capture = capture_of(opaque, timestamp);

	if (capture)
		*image = capture->image;
	return capture != NULL;
}

static struct model_value value_of(const void *opaque, uint32_t id)
{
	const struct session *s = opaque;

	switch (id) {
	case V4L2_CID_STATELESS_MPEG2_SEQUENCE:
		return (struct model_value){&s->controls.sequence, sizeof(s->controls.sequence), true, true};
	case V4L2_CID_STATELESS_MPEG2_PICTURE:
		return (struct model_value){&s->controls.picture, sizeof(s->controls.picture), true, true};
	case V4L2_CID_STATELESS_MPEG2_QUANTISATION:
		return (struct model_value){&s->controls.quantisation, sizeof(s->controls.quantisation), true, true};
	default:
		return (struct model_value){0};
	}
}

/* The last frame is complete. */
static void close_frame(struct session *s)
{
	if (s->current)
		s->run->frames[s->run->count - 1].hash = hash_image(&s->current->image, s->width, s->height);
	s->current = NULL;
}

static bool open_frame(struct session *s, const struct stream_picture *picture)
{
	struct client_run *run = s->run;
	struct client_frame *frames;

	close_frame(s);
	if (!set_format(s, &picture->controls.sequence))
		return false;
	frames = realloc(run->frames, (run->count + 1) * sizeof(*frames));
	if (!frames)
		return false;
	run->frames = frames;
	run->frames[run->count++] = (struct client_frame){.start = picture->start};
	for (int i = 0; i < CAPTURES && !s->current; i++) {
		struct capture *c = &s->captures[i];

		if (!c->timestamp || (c->timestamp != s->past && c->timestamp != s->future))
			s->current = c;
	}
	memset(s->current->memory, FRESH, s->capture_size);
	s->current->timestamp = run->count * 1000ull;
	s->coding_type = picture->controls.picture.picture_coding_type;
	if (s->coding_type != V4L2_MPEG2_PIC_CODING_TYPE_B) {
		s->past = s->future;
		s->future = s->current->timestamp;
	}
	return true;
}

static void submit(struct session *s, const uint8_t *slices, size_t size, bool hold)
{
	const struct client_trouble *trouble = s->trouble;
	/* a copy: reads beyond it shall be seen by a sanitizer */
	uint8_t *copy = malloc(trouble->cut ? size + 4 : size);
	struct model_job job = {.value_of = value_of,
	                        .bitstream = copy,
	                        .size = size,
	                        .timestamp = s->current->timestamp,
	                        .hold = hold,
	                        .destination = s->current->image,
	                        .find_reference = find_reference,
	                        .opaque = s};
	struct model_result result;

	if (!copy)
		return;
	memcpy(copy, slices, size);
	if (trouble->cut)
		job.size = trouble->cut(trouble->opaque, copy, size);
	if (trouble->alter)
		trouble->alter(trouble->opaque, &s->controls);
	if (model_mpeg2.validate(V4L2_CID_STATELESS_MPEG2_SEQUENCE, &s->controls.sequence) ||
	    model_mpeg2.validate(V4L2_CID_STATELESS_MPEG2_PICTURE, &s->controls.picture)) {
		result = (struct model_result){MODEL_REFUSED, "the control is not valid"};
	} else {
		model_mpeg2.decode(s->model, &job, &result);
	}
	s->run->jobs++;
	s->run->painted += result.verdict == MODEL_PAINTED;
	s->run->refused += result.verdict == MODEL_REFUSED;
	if (result.verdict != MODEL_GOOD && !s->run->reason[0])
		snprintf(s->run->reason, sizeof(s->run->reason), "frame %u: %s", s->run->count - 1, result.reason);
	free(copy);
}

static void scribble(struct session *s)
{
	const uint64_t timestamps[2] = {s->controls.picture.forward_ref_ts, s->controls.picture.backward_ref_ts};

	for (int i = 0; i < 2; i++) {
		const struct capture *capture = capture_of(s, timestamps[i]);

		if (capture && capture != s->current)
			memset(capture->memory, (int)(0x10 + s->run->jobs), s->capture_size);
	}
}

/* Whether nobody has written to every other row from `first` on. */
static bool is_fresh(const struct model_image *image, unsigned int width, unsigned int height,
                     unsigned int first)
{
	for (unsigned int row = first; row < height; row += 2)
		for (unsigned int x = 0; x < width; x++)
			if (image->luma[row * image->luma_stride + x] != FRESH)
				return false;
	return true;
}

static bool take_picture(void *opaque, const struct stream_picture *picture)
{
	struct session *s = opaque;
	struct v4l2_ctrl_mpeg2_picture *control = &s->controls.picture;
	const bool frame = picture->controls.picture.picture_structure == V4L2_MPEG2_PIC_FRAME;
	const unsigned int fields = frame ? BOTH : picture->controls.picture.picture_structure;
	struct client_frame *last = s->current ? &s->run->frames[s->run->count - 1] : NULL;
	const bool second = !frame && last && last->fields == (BOTH ^ fields);

	if (!second && !open_frame(s, picture))
		return false;
	last = &s->run->frames[s->run->count - 1];
	last->fields |= fields;
	last->end = picture->end;
	s->controls = picture->controls;
	s->run->width = s->width;
	s->run->height = s->height;
	s->run->chroma_format = s->controls.sequence.chroma_format;
	if (s->coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B) {
		control->forward_ref_ts = s->past;
		control->backward_ref_ts = s->future;
	} else if (control->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_P) {
		control->forward_ref_ts = s->past;
	}
	/* The control says which field of the frame is first, where the stream has 0 (6.3.10). */
	if (!frame && (fields == TOP) != second)
		control->flags |= V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST;
	s->run->predicted += control->picture_coding_type != V4L2_MPEG2_PIC_CODING_TYPE_I;
	s->run->interlaced += !(control->flags & V4L2_MPEG2_PIC_FLAG_PROGRESSIVE);
	if (s->trouble->scribble)
		scribble(s);
	submit(s, s->data + picture->slices, picture->end - picture->slices, !frame && !second);
	if (!frame && !second)
		s->run->spilled |= !is_fresh(&s->current->image, s->width, s->height, fields == TOP);
	return true;
}

bool client_decode(struct client_run *run, const uint8_t *data, size_t size,
                   const struct client_trouble *trouble)
{
	struct session s = {.data = data, .run = run, .trouble = trouble};
	bool good;

	memset(run, 0, sizeof(*run));
	s.model = model_mpeg2.open();
	good = s.model && stream_read(data, size, take_picture, &s);
	close_frame(&s);
	model_mpeg2.close(s.model);
	free_captures(&s);
	return good;
}

void client_free(struct client_run *run)
{
	free(run->frames);
	run->frames = NULL;
}

/* ---- plain decoding ------------------------------------------------------------------------------------------ */

static void compare(struct client_comparison *comparison, const struct client_run *run,
                    AVCodecContext *context, AVFrame *frame)
{
	while (avcodec_receive_frame(context, frame) >= 0) {
		const struct client_frame *ours =
			frame->pts >= 0 && frame->pts < run->count ? &run->frames[frame->pts] : NULL;

		const bool same = ours && (ours->fields != BOTH || ours->hash == hash_frame(frame));

		comparison->frames++;
		comparison->different += !same;
		if (!same && getenv("TEST_VERBOSE"))
			printf("  frame %d differs\n", (int)frame->pts);
		av_frame_unref(frame);
	}
}

bool client_compare(struct client_comparison *comparison, const struct client_run *run, const uint8_t *data)
{
	const AVCodec *decoder = avcodec_find_decoder_by_name("mpeg2video");
	AVCodecContext *context = decoder ? avcodec_alloc_context3(decoder) : NULL;
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	bool good = context && packet && frame;

	memset(comparison, 0, sizeof(*comparison));
	if (good) {
		context->thread_count = 1;
		context->log_level_offset = 64; /* it says that it leaves out pictures at the beginning */
		good = avcodec_open2(context, decoder, NULL) >= 0;
	}
	for (unsigned int i = 0; good && i < run->count; i++) {
		const size_t size = run->frames[i].end - run->frames[i].start;

		good = av_new_packet(packet, (int)size) >= 0;
		if (!good)
			break;
		memcpy(packet->data, data + run->frames[i].start, size);
		packet->pts = i;
		avcodec_send_packet(context, packet);
		av_packet_unref(packet);
		compare(comparison, run, context, frame);
	}
	if (good) {
		avcodec_send_packet(context, NULL);
		compare(comparison, run, context, frame);
	}
	av_frame_free(&frame);
	av_packet_free(&packet);
	avcodec_free_context(&context);
	return good;
}
