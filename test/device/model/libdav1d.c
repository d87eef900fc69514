/* SPDX-License-Identifier: MIT */
#include "libdav1d.h"

#include "pool.h"

#include <dav1d/dav1d.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct av1_codec {
	Dav1dContext *context;
	struct pool pool;
	Dav1dPicture picture, grained; /* of the frame decoded last */
};

static unsigned int even(int size)
{
	return ((unsigned int)size + 1) & ~1u;
}

static int allocate(Dav1dPicture *picture, void *cookie)
{
	struct av1_codec *codec = cookie;
	const Dav1dPictureParameters *p = &picture->p;
	struct pool_frame *frame;

	if ((p->layout != DAV1D_PIXEL_LAYOUT_I420 && p->layout != DAV1D_PIXEL_LAYOUT_I400) ||
	    (p->bpc != 8 && p->bpc != 10))
		return DAV1D_ERR(EINVAL);
	frame = pool_take(&codec->pool, even(p->w), even(p->h), (unsigned int)p->bpc);
	if (!frame)
		return DAV1D_ERR(ENOMEM);
	if (p->layout == DAV1D_PIXEL_LAYOUT_I400)
		planes_fill(&frame->planes, 0x80);
	for (unsigned int i = 0; i < 3; i++)
		picture->data[i] = frame->planes.data[i];
	picture->stride[0] = (ptrdiff_t)frame->planes.stride[0];
	picture->stride[1] = (ptrdiff_t)frame->planes.stride[1];
	picture->allocator_data = frame;
	return 0;
}

static void give_back(Dav1dPicture *picture, void *cookie)
{
	(void)cookie;
	pool_give_back(picture->allocator_data);
}

struct av1_codec *av1_codec_open(void)
{
	struct av1_codec *codec = calloc(1, sizeof(*codec));
	Dav1dSettings settings;

	if (!codec)
		return NULL;
	pool_open(&codec->pool);
	dav1d_default_settings(&settings);
	settings.n_threads = 1;
	settings.max_frame_delay = 1;
	settings.apply_grain = 0;
	settings.output_invisible_frames = 1;
	settings.allocator = (Dav1dPicAllocator){codec, allocate, give_back};
	/* What it thinks of the stream is told by the verdict. */
	if (!getenv("MODEL_LOG"))
		settings.logger = (Dav1dLogger){0};
	if (dav1d_open(&codec->context, &settings) < 0) {
		free(codec);
		return NULL;
	}
	return codec;
}

static void forget_picture(struct av1_codec *codec)
{
	if (codec->grained.data[0])
		dav1d_picture_unref(&codec->grained);
	if (codec->picture.data[0])
		dav1d_picture_unref(&codec->picture);
}

void av1_codec_close(struct av1_codec *codec)
{
	if (!codec)
		return;
	forget_picture(codec);
	dav1d_close(&codec->context);
	pool_close(&codec->pool);
	free(codec);
}

void av1_codec_flush(struct av1_codec *codec)
{
	forget_picture(codec);
	dav1d_flush(codec->context);
}

void av1_codec_refresh(struct av1_codec *codec,
                       bool (*name)(void *opaque, uint64_t timestamp, struct model_image *image),
                       void *opaque)
{
	forget_picture(codec);
	pool_refresh(&codec->pool, name, opaque, NULL);
}

/* One picture, whatever else is in the data. */
static bool decode(struct av1_codec *codec, Dav1dData *data)
{
	Dav1dPicture more = {0};
	bool good;

	good =
		dav1d_send_data(codec->context, data) >= 0 && dav1d_get_picture(codec->context, &codec->picture) >= 0;
	while (good && dav1d_get_picture(codec->context, &more) >= 0)
		dav1d_picture_unref(&more);
	return good && !data->sz;
}

static struct pool_frame *frame_of(const Dav1dPicture *picture)
{
	return picture->allocator_data;
}

static bool is_of_size(const struct pool_frame *frame, unsigned int width, unsigned int height,
                       unsigned int depth)
{
	return frame->planes.width == width && frame->planes.height == height && frame->planes.depth == depth;
}

bool av1_codec_decode(struct av1_codec *codec, const uint8_t *bytes, size_t size, uint64_t timestamp,
                      unsigned int width, unsigned int height, unsigned int depth)
{
	Dav1dData data = {0};
	uint8_t *copy = dav1d_data_create(&data, size);
	bool good;

	forget_picture(codec);
	if (!copy)
		return false;
	memcpy(copy, bytes, size);
	good = decode(codec, &data);
	dav1d_data_unref(&data);
	if (!codec->picture.data[0])
		return false;
	frame_of(&codec->picture)->known = true;
	frame_of(&codec->picture)->timestamp = timestamp;
	return good && is_of_size(frame_of(&codec->picture), width, height, depth) &&
	       dav1d_apply_grain(codec->context, &codec->grained, &codec->picture) >= 0;
}

const struct planes *av1_codec_grained(const struct av1_codec *codec)
{
	return &frame_of(&codec->grained)->planes;
}

void av1_codec_stored(struct av1_codec *codec, const struct model_image *image, bool altered)
{
	struct pool_frame *frame = frame_of(&codec->picture);

	frame->internal = frame != frame_of(&codec->grained);
	pool_stored(frame, image, altered);
}
