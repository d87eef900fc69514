/* SPDX-License-Identifier: MIT */
#include <libavcodec/avcodec.h>

#include "harness.h"
#include "right.h"

struct right {
	struct film *film;
	AVCodecContext *software;
	AVPacket *packet;
	AVFrame *output;
};

struct right *right_open(struct film *film)
{
	struct right *right = calloc(1, sizeof(*right));

	CHECK(right);
	right->film = film;
	right->packet = av_packet_alloc();
	right->output = av_frame_alloc();
	av_log_set_level(AV_LOG_WARNING); /* libdav1d tells its version */
	right->software = avcodec_alloc_context3(avcodec_find_decoder_by_name(film->reader->decoder));
	CHECK(right->packet && right->output && right->software);
	right->software->thread_count = 1;
	right->software->apply_cropping = 0;
	right->software->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
	right->software->idct_algo = FF_IDCT_SIMPLE; /* as the decoder's model (test/device/model/libavcodec.c) */
	if (film->no_grain)
		right->software->export_side_data |= AV_CODEC_EXPORT_DATA_FILM_GRAIN;
	CHECK(avcodec_open2(right->software, NULL, NULL) >= 0);
	return right;
}

static void keep_output(struct right *right)
{
	const AVFrame *output = right->output;
	const unsigned int number = (unsigned int)output->pts;
	struct planar planar = {.bytes = output->format == AV_PIX_FMT_YUV420P10LE ? 2 : 1};

	CHECK(planar.bytes == 2 || output->format == AV_PIX_FMT_GRAY8 || output->format == AV_PIX_FMT_YUV420P);
	for (int i = 0; i < 3; i++) {
		planar.planes[i] = output->data[i];
		planar.strides[i] = output->linesize[i];
	}
	CHECK_EQUAL(output->width, right->film->frames[number].width);
	CHECK_EQUAL(output->height, right->film->frames[number].height);
	film_keep(right->film, number, &planar);
}

/* packet: NULL at the end of the stream. */
static void decode(struct right *right, const AVPacket *packet)
{
	CHECK(avcodec_send_packet(right->software, packet) >= 0);
	while (avcodec_receive_frame(right->software, right->output) >= 0) {
		keep_output(right);
		av_frame_unref(right->output);
	}
}

void right_take(struct right *right, const struct reader_picture *picture)
{
	const size_t size = picture->end - picture->start;

	CHECK(av_new_packet(right->packet, (int)size) >= 0);
	memcpy(right->packet->data, right->film->data + picture->start, size);
	right->packet->pts = reader_seen(picture);
	decode(right, right->packet);
	av_packet_unref(right->packet);
}

void right_close(struct right *right)
{
	decode(right, NULL);
	avcodec_free_context(&right->software);
	av_frame_free(&right->output);
	av_packet_free(&right->packet);
	free(right);
}
