/* SPDX-License-Identifier: MIT
 *
 * For the programs that prove decoder models: the same stream, decoded by a whole decoder of libavcodec.
 */
#ifndef TEST_DEVICE_MODEL_TEST_PLAIN_H
#define TEST_DEVICE_MODEL_TEST_PLAIN_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plain_decoder {
	AVCodecContext *context;
	AVPacket *packet;
	AVFrame *frame;
	/* Called for each frame that comes out. */
	void (*take)(void *opaque, const AVFrame *frame);
	void *opaque;
};

/* By the decoder's name in libavcodec. False: there is none, or no memory. plain_close() is needed either way. */
bool plain_open(struct plain_decoder *plain, const char *decoder);
/* One packet. Its pts is that of the frames which come of it. False: no memory. */
bool plain_decode(struct plain_decoder *plain, const uint8_t *data, size_t size, int64_t pts);
/* The frames that are still in the decoder. */
void plain_finish(struct plain_decoder *plain);
void plain_close(struct plain_decoder *plain);

#endif
