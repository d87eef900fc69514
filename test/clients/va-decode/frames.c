/* SPDX-License-Identifier: MIT
 *
 * Frames in output order, cropped and planar. A frame's turn comes as in C.4.5.3, only that frames which are no longer
 * waiting take no room: never earlier than there, so the order is the same. Then it is left alone until a few more
 * pictures are under way.
 */
#include "va_decode.h"

#include <libavutil/md5.h>

static void copy_plane(const struct decoder *d, const VAImage *image, const uint8_t *data, unsigned int plane,
                       const unsigned int *crop, uint8_t **to)
{
	unsigned int shift = plane ? 1 : 0, step = plane ? 2 : 1;
	unsigned int left = crop[0] >> shift, top = crop[2] >> shift;
	unsigned int columns = (d->width - crop[0] - crop[1] + shift) >> shift;
	unsigned int rows = (d->height - crop[2] - crop[3] + shift) >> shift;
	unsigned int component = plane ? plane - 1 : 0;

	for (unsigned int y = 0; y < rows; y++) {
		const uint8_t *row =
			data + image->offsets[plane ? 1 : 0] + (size_t)(top + y) * image->pitches[plane ? 1 : 0];

		for (unsigned int x = 0; x < columns; x++) {
			size_t at = (size_t)(left + x) * step + component;

			if (d->depth > 8) {
				/* P010 has the sample in the upper bits, the planar formats in the lower ones */
				unsigned int sample = (row[2 * at] | (unsigned int)row[2 * at + 1] << 8) >> (16 - d->depth);

				*(*to)++ = (uint8_t)sample;
				*(*to)++ = (uint8_t)(sample >> 8);
			} else {
				*(*to)++ = row[at];
			}
		}
	}
}

static void print_frame(struct decoder *d, size_t size)
{
	av_md5_init(d->md5);
	av_md5_update(d->md5, d->planar, size);
	print_md5(d);
}

static bool take_bytes(struct decoder *d, const VAImage *image, const unsigned int *crop)
{
	uint8_t *end = d->planar;
	void *data;

	if (image->format.fourcc != (d->depth > 8 ? VA_FOURCC_P010 : VA_FOURCC_NV12))
		return complain("the image has the format %.4s", (const char *)&image->format.fourcc);
	if (image->width < d->width || image->height < d->height)
		return complain("the image is %ux%u, the picture %ux%u", image->width, image->height, d->width,
		                d->height);
	if (!good(d, vaMapBuffer(d->display, image->buf, &data), "vaMapBuffer"))
		return false;
	for (unsigned int plane = 0; plane < 3; plane++)
		copy_plane(d, image, data, plane, crop, &end);
	if (!good(d, vaUnmapBuffer(d->display, image->buf), "vaUnmapBuffer"))
		return false;
	if (d->options->md5)
		av_md5_update(d->md5, d->planar, (size_t)(end - d->planar));
	else if (d->options->each)
		print_frame(d, (size_t)(end - d->planar));
	else if (fwrite(d->planar, 1, (size_t)(end - d->planar), stdout) != (size_t)(end - d->planar))
		return complain("cannot write: %m");
	return true;
}

/* Whether the driver says that the surface's picture is damaged or missing. */
static bool is_bad(struct decoder *d, VASurfaceID surface)
{
	VASurfaceDecodeMBErrors *errors = NULL;

	return vaQuerySurfaceError(d->display, surface, VA_STATUS_ERROR_DECODING_ERROR, (void **)&errors) ==
	           VA_STATUS_SUCCESS &&
	       errors && errors[0].status != -1;
}

static bool write_frame(struct decoder *d, const struct surface *s)
{
	VAImageFormat format = {
		.fourcc = d->depth > 8 ? VA_FOURCC_P010 : VA_FOURCC_NV12,
		.byte_order = VA_LSB_FIRST,
		.bits_per_pixel = d->depth > 8 ? 24 : 12,
	};
	VAStatus status = vaSyncSurface(d->display, s->id);
	VAImage image;
	bool done;

	if (!good(d, status, "vaSyncSurface"))
		return false;
	if (d->options->each && is_bad(d, s->id)) {
		printf("%sbad\n", d->options->title);
		return true;
	}
	if (!d->options->get_image) {
		if (!good(d, vaDeriveImage(d->display, s->id, &image), "vaDeriveImage"))
			return false;
	} else {
		if (!good(d, vaCreateImage(d->display, &format, (int)d->width, (int)d->height, &image),
		          "vaCreateImage"))
			return false;
		if (!good(d, vaGetImage(d->display, s->id, 0, 0, d->width, d->height, image.image_id),
		          "vaGetImage")) {
			vaDestroyImage(d->display, image.image_id);
			return false;
		}
	}
	done = take_bytes(d, &image, s->crop);
	return good(d, vaDestroyImage(d->display, image.image_id), "vaDestroyImage") && done;
}

/* Writes what is due, but for the last `keep`. */
static bool write_due(struct decoder *d, unsigned int keep)
{
	while (d->turns - d->written > keep) {
		for (unsigned int i = 0; i < d->surface_count; i++) {
			struct surface *s = &d->surfaces[i];

			if (!s->due || s->turn != d->written)
				continue;
			if (!write_frame(d, s))
				return false;
			s->waiting = s->due = false;
		}
		d->written++;
	}
	return true;
}

static void bump(struct decoder *d, unsigned int keep)
{
	for (;;) {
		struct surface *next = NULL;
		unsigned int count = 0;

		for (unsigned int i = 0; i < d->surface_count; i++) {
			struct surface *s = &d->surfaces[i];

			if (!s->waiting || s->due)
				continue;
			count++;
			if (!next || s->order < next->order)
				next = s;
		}
		if (count <= keep)
			return;
		next->due = true;
		next->turn = d->turns++;
	}
}

bool frames_insert(struct decoder *d, struct surface *surface)
{
	surface->waiting = true;
	bump(d, d->reorder);
	return write_due(d, d->options->in_flight);
}

bool frames_flush(struct decoder *d)
{
	bump(d, 0);
	return write_due(d, 0);
}
