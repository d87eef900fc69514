/* SPDX-License-Identifier: MIT */
#include "libavcodec.h"

#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FRAMES 64
#define ALIGNMENT 64
#define SAMPLED_ROWS 61 /* between the rows that are compared where nobody should have written */

struct codec_frame {
	struct planes planes;
	uint8_t *memory;
	size_t size;
	bool held; /* by libavcodec */
	bool known;
	uint64_t timestamp;
	/* The CAPTURE buffer with the same samples, as far as the model knows. */
	const uint8_t *stored_luma;
	bool differs;
};

struct codec {
	const AVCodec *decoder;
	AVCodecContext *context;
	AVPacket *packet;
	AVFrame *output;
	struct codec_frame *frames[MAX_FRAMES];
	unsigned int count;
	struct codec_frame *current;
	AVFrame *current_frame; /* libavcodec's own, for its error flags, as long as it is held */
	int output_errors;      /* those flags, where it came out at once */
	unsigned int width, height, depth;
	bool verify_all;
	unsigned int turn; /* which rows are compared */
};

static void give_back(void *opaque, uint8_t *data)
{
	struct codec_frame *frame = opaque;

	(void)data;
	frame->held = false;
	frame->known = false;
}

static void free_frame(struct codec_frame *frame)
{
	if (frame)
		free(frame->memory);
	free(frame);
}

static struct codec_frame *new_frame(unsigned int width, unsigned int height, unsigned int depth)
{
	struct codec_frame *frame = calloc(1, sizeof(*frame));
	size_t sample = depth > 8 ? 2 : 1;
	/* H.264 motion compensation may read a row and a vector beyond the frame. */
	size_t luma = (width * sample + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	size_t chroma = (width / 2 * sample + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	/* Of field pictures, rows of macroblocks may be written in pairs. */
	size_t luma_rows = (height + 31) / 32 * 32 + 4;
	size_t chroma_rows = luma_rows / 2 + 2;

	if (!frame)
		return NULL;
	frame->size = luma * luma_rows + 2 * chroma * chroma_rows + ALIGNMENT;
	frame->memory = aligned_alloc(ALIGNMENT, frame->size);
	if (!frame->memory) {
		free(frame);
		return NULL;
	}
	frame->planes = (struct planes){
		.data = {frame->memory, frame->memory + luma * luma_rows,
	             frame->memory + luma * luma_rows + chroma * chroma_rows},
		.stride = {luma, chroma, chroma},
		.width = width,
		.height = height,
		.depth = depth,
	};
	return frame;
}

static struct codec_frame *take_frame(struct codec *codec)
{
	for (unsigned int i = 0; i < codec->count; i++) {
		struct codec_frame *frame = codec->frames[i];

		if (frame->held)
			continue;
		if (frame->planes.width == codec->width && frame->planes.height == codec->height &&
		    frame->planes.depth == codec->depth)
			return frame;
		free_frame(frame);
		codec->frames[i--] = codec->frames[--codec->count];
	}
	if (codec->count == MAX_FRAMES)
		return NULL;
	codec->frames[codec->count] = new_frame(codec->width, codec->height, codec->depth);
	return codec->frames[codec->count] ? codec->frames[codec->count++] : NULL;
}

static int get_buffer(AVCodecContext *context, AVFrame *av, int flags)
{
	struct codec *codec = context->opaque;
	struct codec_frame *frame;

	(void)flags;
	if ((av->format != AV_PIX_FMT_YUV420P && av->format != AV_PIX_FMT_YUVJ420P &&
	     av->format != AV_PIX_FMT_YUV420P10LE) ||
	    (av->format == AV_PIX_FMT_YUV420P10LE) != (codec->depth == 10) || av->width > (int)codec->width ||
	    av->height > (int)codec->height)
		return AVERROR(EINVAL);
	frame = take_frame(codec);
	if (!frame)
		return AVERROR(ENOMEM);
	av->buf[0] = av_buffer_create(frame->memory, frame->size, give_back, frame, 0);
	if (!av->buf[0])
		return AVERROR(ENOMEM);
	for (unsigned int i = 0; i < 3; i++) {
		av->data[i] = frame->planes.data[i];
		av->linesize[i] = (int)frame->planes.stride[i];
	}
	av->extended_data = av->data;
	frame->held = true;
	frame->known = false;
	frame->stored_luma = NULL;
	frame->differs = true;
	/* What no slice covers must not look like the picture that was here before. */
	planes_blank(&frame->planes);
	/* HEVC's decoder makes frames for references that are missing after the picture's own; H.264's, before. */
	if (codec->current && context->codec_id == AV_CODEC_ID_HEVC)
		return 0;
	codec->current = frame;
	codec->current_frame = av;
	return 0;
}

static bool open_context(struct codec *codec)
{
	codec->context = codec->decoder ? avcodec_alloc_context3(codec->decoder) : NULL;
	if (!codec->context)
		return false;
	codec->context->opaque = codec;
	codec->context->get_buffer2 = get_buffer;
	codec->context->thread_count = 1;
	/* HEVC's decoder conceals nothing and has no flags for what it could not decode: it is to say so. */
	if (codec->decoder->id == AV_CODEC_ID_HEVC)
		codec->context->err_recognition = AV_EF_EXPLODE;
	/* What it thinks of the stream is told by the verdict. Firefox shares this libavutil, and its log dies of such levels. */
	if (!getenv("MODEL_LOG"))
		codec->context->log_level_offset = 64;
	return avcodec_open2(codec->context, codec->decoder, NULL) >= 0;
}

struct codec *codec_open(const char *decoder)
{
	struct codec *codec = calloc(1, sizeof(*codec));
	const char *verify = getenv("MODEL_VERIFY");

	if (!codec)
		return NULL;
	codec->decoder = avcodec_find_decoder_by_name(decoder);
	codec->verify_all = verify && !strcmp(verify, "all");
	codec->packet = av_packet_alloc();
	codec->output = av_frame_alloc();
	if (!codec->packet || !codec->output || !open_context(codec)) {
		codec_close(codec);
		return NULL;
	}
	return codec;
}

void codec_close(struct codec *codec)
{
	if (!codec)
		return;
	avcodec_free_context(&codec->context);
	av_packet_free(&codec->packet);
	av_frame_free(&codec->output);
	for (unsigned int i = 0; i < codec->count; i++)
		free_frame(codec->frames[i]);
	free(codec);
}

void codec_flush(struct codec *codec)
{
	if (codec->context)
		avcodec_flush_buffers(codec->context);
	codec->current = NULL;
}

static bool same_samples(struct codec *codec, const struct codec_frame *frame,
                         const struct model_image *image)
{
	if (frame->differs || frame->stored_luma != image->luma)
		return false;
	if (codec->verify_all)
		return image_equals(&frame->planes, image, 0, 1);
	return image_equals(&frame->planes, image, codec->turn % SAMPLED_ROWS, SAMPLED_ROWS);
}

void codec_refresh(struct codec *codec,
                   bool (*name)(void *opaque, uint64_t timestamp, struct model_image *image), void *opaque,
                   const uint64_t *except)
{
	codec->turn += 17;
	for (unsigned int i = 0; i < codec->count; i++) {
		struct codec_frame *frame = codec->frames[i];
		struct model_image image;

		if (!frame->held || !frame->known || (except && frame->timestamp == *except))
			continue;
		if (!name(opaque, frame->timestamp, &image) || image.width < frame->planes.width ||
		    image.height < frame->planes.height || image.depth != frame->planes.depth) {
			planes_fill(&frame->planes, 0x80);
			frame->differs = true;
		} else if (!same_samples(codec, frame, &image)) {
			image_load(&frame->planes, &image, IMAGE_FRAME);
			frame->stored_luma = image.luma;
			frame->differs = false;
		}
	}
}

/*
 * Everything leaves at once; the samples are taken from the frame memory, so what comes out is of no interest but for the
 * flags of a frame that libavcodec itself needs no longer.
 */
static bool drain(struct codec *codec)
{
	int error;

	codec->output_errors = 0;
	do {
		error = avcodec_receive_frame(codec->context, codec->output);
		if (!error && codec->current && codec->output->data[0] == codec->current->planes.data[0])
			codec->output_errors = codec->output->decode_error_flags;
		av_frame_unref(codec->output);
	} while (!error);
	return error == AVERROR(EAGAIN);
}

/* Whether pictures of this format have nothing to do with those before. VP9's refer to pictures of any size. */
static bool begins_anew(const struct codec *codec, unsigned int width, unsigned int height,
                        unsigned int depth)
{
	if (!codec->context)
		return true;
	return codec->decoder->id != AV_CODEC_ID_VP9 &&
	       (codec->width != width || codec->height != height || codec->depth != depth);
}

enum codec_outcome codec_decode(struct codec *codec, const uint8_t *data, size_t size, uint64_t timestamp,
                                unsigned int width, unsigned int height, unsigned int depth,
                                bool second_field)
{
	struct codec_frame *const first = codec->current;
	const bool anew = begins_anew(codec, width, height, depth);
	bool good;

	codec->width = width;
	codec->height = height;
	codec->depth = depth;
	if (anew) {
		avcodec_free_context(&codec->context);
		codec->current = NULL;
		if (!open_context(codec))
			return CODEC_FAILED;
	}
	if (!second_field || (codec->current && !codec->current->held))
		codec->current = NULL;
	if (av_new_packet(codec->packet, (int)size) < 0)
		return CODEC_FAILED;
	memcpy(codec->packet->data, data, size);
	good = avcodec_send_packet(codec->context, codec->packet) >= 0;
	av_packet_unref(codec->packet);
	good &= drain(codec);
	if (!codec->current)
		return CODEC_FAILED;
	codec->current->known = true;
	codec->current->timestamp = timestamp;
	/*
	 * With one thread libavcodec sets the flags in the frame that it decodes to (h264dec.c, decode_nal_units), in all
	 * versions from 59 to 63; only with frame threads they come with the output. 63 no longer holds a B frame of MPEG-2 when
	 * it has come out. H.264's `model_test --damage` notices if that changes.
	 */
	if (!good || (codec->current->held ? codec->current_frame->decode_error_flags : codec->output_errors))
		return CODEC_DAMAGED;
	/* A second field that libavcodec did not take for one. */
	return second_field && codec->current != first ? CODEC_DAMAGED : CODEC_DECODED;
}

const struct planes *codec_planes(const struct codec *codec)
{
	return &codec->current->planes;
}

void codec_stored(struct codec *codec, const struct model_image *image, bool altered, bool whole)
{
	codec->current->stored_luma = image->luma;
	codec->current->differs = altered || !whole;
}
