/* SPDX-License-Identifier: MIT
 *
 * One decoder of libdav1d, kept in step with the stream: as libavcodec.h, for AV1. It has eight slots, and keeps in each what a chip
 * keeps there.
 */
#ifndef TEST_DEVICE_MODEL_LIBDAV1D_H
#define TEST_DEVICE_MODEL_LIBDAV1D_H

#include "image.h"

struct av1_codec;

struct av1_codec *av1_codec_open(void);
void av1_codec_close(struct av1_codec *codec);
/* Begins anew: no picture before this is known. */
void av1_codec_flush(struct av1_codec *codec);

/*
 * Before a picture: every frame in a slot gets the samples of the CAPTURE buffer that `name` finds for its timestamp, and grey where
 * `name` finds none. Frames with film grain keep their own, as decoders with a post-processor do.
 */
void av1_codec_refresh(struct av1_codec *codec,
                       bool (*name)(void *opaque, uint64_t timestamp, struct model_image *image),
                       void *opaque);

/*
 * Decodes the OBUs of one frame, shown or hidden, which is known as `timestamp` from now on. Sizes are even. False: there is no such
 * picture, and the slots that it was for may be empty.
 */
bool av1_codec_decode(struct av1_codec *codec, const uint8_t *data, size_t size, uint64_t timestamp,
                      unsigned int width, unsigned int height, unsigned int depth);
/* Its samples as they are to be seen: with film grain. Other frames refer to those without. */
const struct planes *av1_codec_grained(const struct av1_codec *codec);
/* The grained samples were written to this CAPTURE buffer; `altered`: not as they were decoded. */
void av1_codec_stored(struct av1_codec *codec, const struct model_image *image, bool altered);

#endif
