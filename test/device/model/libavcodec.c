/* SPDX-License-Identifier: MIT */
#include "libavcodec.h"

#include "pool.h"

#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

struct codec {
	const AVCodec *decoder;
	AVCodecContext *context;
	AVPacket *packet;
	AVFrame *output;
	struct pool pool;
	struct pool_frame *current;
	AVFrame *current_frame; /* libavcodec's own, for its error flags, as long as it is held */
	int output_errors;      /* those flags, where it came out at once */
	unsigned int width, height, depth;
};

static void give_back(void *opaque, uint8_t *data)
{
	(void)data;
	pool_give_back(opaque);
}

static int get_buffer(AVCodecContext *context, AVFrame *av, int flags)
{
	struct codec *codec = context->opaque;
	struct pool_frame *frame;

	(void)flags;
	if ((av->format != AV_PIX_FMT_YUV420P && av->format != AV_PIX_FMT_YUVJ420P &&
	     av->format != AV_PIX_FMT_YUV420P10LE) ||
	    (av->format == AV_PIX_FMT_YUV420P10LE) != (codec->depth == 10) || av->width > (int)codec->width ||
	    av->height > (int)codec->height)
		return AVERROR(EINVAL);
	frame = pool_take(&codec->pool, codec->width, codec->height, codec->depth);
	if (!frame)
		return AVERROR(ENOMEM);
	av->buf[0] = av_buffer_create(frame->memory, frame->size, give_back, frame, 0);
	if (!av->buf[0]) {
		pool_give_back(frame);
		return AVERROR(ENOMEM);
	}
	for (unsigned int i = 0; i < 3; i++) {
		av->data[i] = frame->planes.data[i];
		av->linesize[i] = (int)frame->planes.stride[i];
	}
	av->extended_data = av->data;
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
	/* MPEG-2 leaves the rounding of the transform open (ISO/IEC 13818-2 Annex A): these two are the same on all processors. */
	codec->context->idct_algo = getenv("MODEL_ROUNDS") ? FF_IDCT_INT : FF_IDCT_SIMPLE;
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

	if (!codec)
		return NULL;
	codec->decoder = avcodec_find_decoder_by_name(decoder);
	pool_open(&codec->pool);
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
	pool_close(&codec->pool);
	free(codec);
}

void codec_flush(struct codec *codec)
{
	if (codec->context)
		avcodec_flush_buffers(codec->context);
	codec->current = NULL;
}

void codec_refresh(struct codec *codec,
                   bool (*name)(void *opaque, uint64_t timestamp, struct model_image *image), void *opaque,
                   const uint64_t *except)
{
	pool_refresh(&codec->pool, name, opaque, except);
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
	struct pool_frame *const first = codec->current;
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
	pool_stored(codec->current, image, altered || !whole);
}
