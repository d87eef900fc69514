/* SPDX-License-Identifier: MIT */
#include "test_plain.h"

#include <string.h>

/* Below every level that is shown: decoders say what they leave out of damaged streams. */
enum { QUIET = 100 };

bool plain_open(struct plain_decoder *plain, const char *decoder)
{
	const AVCodec *codec = avcodec_find_decoder_by_name(decoder);

	plain->context = codec ? avcodec_alloc_context3(codec) : NULL;
	plain->packet = av_packet_alloc();
	plain->frame = av_frame_alloc();
	if (!plain->context || !plain->packet || !plain->frame)
		return false;
	plain->context->thread_count = 1;
	plain->context->apply_cropping = 0;
	plain->context->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
	plain->context->log_level_offset = QUIET;
	return avcodec_open2(plain->context, codec, NULL) >= 0;
}

static void take_frames(struct plain_decoder *plain)
{
	while (avcodec_receive_frame(plain->context, plain->frame) >= 0) {
		plain->take(plain->opaque, plain->frame);
		av_frame_unref(plain->frame);
	}
}

bool plain_decode(struct plain_decoder *plain, const uint8_t *data, size_t size, int64_t pts)
{
	if (av_new_packet(plain->packet, (int)size) < 0)
		return false;
	memcpy(plain->packet->data, data, size);
	plain->packet->pts = pts;
	avcodec_send_packet(plain->context, plain->packet);
	av_packet_unref(plain->packet);
	take_frames(plain);
	return true;
}

void plain_finish(struct plain_decoder *plain)
{
	avcodec_send_packet(plain->context, NULL);
	take_frames(plain);
}

void plain_close(struct plain_decoder *plain)
{
	av_frame_free(&plain->frame);
	av_packet_free(&plain->packet);
	avcodec_free_context(&plain->context);
}
