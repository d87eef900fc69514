/* SPDX-License-Identifier: MIT
 *
 * One decoder of libavcodec, kept in step with the stream. It makes the samples and holds the motion vectors; where
 * its frames live, and what is in them when a picture refers to them, is the model's affair.
 */
#ifndef TEST_DEVICE_MODEL_LIBAVCODEC_H
#define TEST_DEVICE_MODEL_LIBAVCODEC_H

#include "image.h"

struct codec;

/* decoder: libavcodec's name of it. */
struct codec *codec_open(const char *decoder);
void codec_close(struct codec *codec);
/* Begins anew: no picture before this is known. */
void codec_flush(struct codec *codec);

/*
 * Before a picture: every frame that libavcodec still holds gets the samples of the CAPTURE buffer that `name` finds
 * for its timestamp, and grey where `name` finds none. `except`: a frame that is only half decoded and no reference.
 */
void codec_refresh(struct codec *codec,
                   bool (*name)(void *opaque, uint64_t timestamp, struct model_image *image), void *opaque,
                   const uint64_t *except);

enum codec_outcome {
	CODEC_DECODED,
	CODEC_DAMAGED, /* it concealed something */
	CODEC_FAILED   /* there is no picture */
};

/*
 * Decodes the bytes of one picture. Then codec_planes() are its samples, of the frame that is known as `timestamp`
 * from now on. second_field: of the frame of the call before.
 */
enum codec_outcome codec_decode(struct codec *codec, const uint8_t *data, size_t size, uint64_t timestamp,
                                unsigned int width, unsigned int height, unsigned int depth,
                                bool second_field);
const struct planes *codec_planes(const struct codec *codec);
/* The picture was written to this CAPTURE buffer; `altered`: not as it was decoded. */
void codec_stored(struct codec *codec, const struct model_image *image, bool altered, bool whole);

#endif
