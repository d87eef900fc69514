/* SPDX-License-Identifier: MIT
 *
 * In place of libavcodec.c and libdav1d.c: decodes nothing, and every picture is grey. For measurements of the driver alone, in processes that
 * must not load libavcodec and what it depends on (libhwy runs RDTSCP when it is loaded, which not every processor under valgrind has).
 */
#include "libavcodec.h"
#include "libdav1d.h"

#include <stdlib.h>

enum { GREY = 128 };

struct codec {
	struct planes planes;
	uint8_t *memory;
};

struct codec *codec_open(const char *decoder)
{
	(void)decoder;
	return calloc(1, sizeof(struct codec));
}

void codec_close(struct codec *codec)
{
	if (codec)
		free(codec->memory);
	free(codec);
}

void codec_flush(struct codec *codec)
{
	(void)codec;
}

void codec_refresh(struct codec *codec,
                   bool (*name)(void *opaque, uint64_t timestamp, struct model_image *image), void *opaque,
                   const uint64_t *except)
{
	(void)codec;
	(void)name;
	(void)opaque;
	(void)except;
}

static bool make_room(struct codec *codec, unsigned int width, unsigned int height, unsigned int depth)
{
	const size_t line = (size_t)width * (depth > 8 ? 2 : 1);
	const size_t size = line * height * 2;
	uint8_t *memory;

	if (codec->memory && codec->planes.width == width && codec->planes.height == height &&
	    codec->planes.depth == depth)
		return true;
	memory = realloc(codec->memory, size);
	if (!memory)
		return false;
	codec->memory = memory;
	codec->planes = (struct planes){
		.data = {memory, memory + line * height, memory + line * height * 3 / 2},
		.stride = {line, line / 2, line / 2},
		.width = width,
		.height = height,
		.depth = depth,
	};
	planes_fill(&codec->planes, GREY);
	return true;
}

enum codec_outcome codec_decode(struct codec *codec, const uint8_t *data, size_t size, uint64_t timestamp,
                                unsigned int width, unsigned int height, unsigned int depth,
                                bool second_field)
{
	(void)data;
	(void)size;
	(void)timestamp;
	(void)second_field;
	return make_room(codec, width, height, depth) ? CODEC_DECODED : CODEC_FAILED;
}

const struct planes *codec_planes(const struct codec *codec)
{
	return &codec->planes;
}

void codec_stored(struct codec *codec, const struct model_image *image, bool altered, bool whole)
{
	(void)codec;
	(void)image;
	(void)altered;
	(void)whole;
}

/* ---- libdav1d.h ---------------------------------------------------------------------------------------------------- */

struct av1_codec {
	struct codec codec;
};

struct av1_codec *av1_codec_open(void)
{
	return calloc(1, sizeof(struct av1_codec));
}

void av1_codec_close(struct av1_codec *codec)
{
	if (codec)
		free(codec->codec.memory);
	free(codec);
}

void av1_codec_flush(struct av1_codec *codec)
{
	(void)codec;
}

void av1_codec_refresh(struct av1_codec *codec,
                       bool (*name)(void *opaque, uint64_t timestamp, struct model_image *image),
                       void *opaque)
{
	(void)codec;
	(void)name;
	(void)opaque;
}

bool av1_codec_decode(struct av1_codec *codec, const uint8_t *data, size_t size, uint64_t timestamp,
                      unsigned int width, unsigned int height, unsigned int depth)
{
	(void)data;
	(void)size;
	(void)timestamp;
	return make_room(&codec->codec, width, height, depth);
}

const struct planes *av1_codec_grained(const struct av1_codec *codec)
{
	return &codec->codec.planes;
}

void av1_codec_stored(struct av1_codec *codec, const struct model_image *image, bool altered)
{
	(void)codec;
	(void)image;
	(void)altered;
}
