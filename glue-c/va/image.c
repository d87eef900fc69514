/* SPDX-License-Identifier: MIT
 *
 * Images: pixels for the CPU. One of its own is ordinary memory, filled by vaGetImage; a derived one is the surface's
 * memory itself.
 */
#include "image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/layout.h"
#include "../memory/copy.h"
#include "buffer.h"
#include "messages.h"
#include "questions.h"
#include "surface.h"
#include "surface_picture.h"

static void release_image(struct object *object)
{
	struct image *image = (struct image *)object;

	if (image->buffer)
		object_put(&image->buffer->object);
	free(image);
}

VAStatus image_query_formats(VADriverContextP va, VAImageFormat *formats, int *count)
{
	uint32_t found;
	VAStatus status;

	if (!formats || !count)
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	status = display_image_formats(driver_of(va), formats, &found);
	*count = (int)found;
	return status;
}

static bool format_of(struct driver *driver, uint32_t fourcc, VAImageFormat *format)
{
	VAImageFormat formats[DRIVER_MAX_IMAGE_FORMATS];
	uint32_t count;

	if (display_image_formats(driver, formats, &count) != VA_STATUS_SUCCESS)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (formats[i].fourcc == fourcc) {
			*format = formats[i];
			return true;
		}
	}
	return false;
}

static void describe(const struct image *image, const VAImageFormat *format, VAImage *description)
{
	const struct core_layout *layout = &image->layout;

	memset(description, 0, sizeof(*description));
	description->image_id = image->object.id;
	description->format = *format;
	description->buf = image->buffer_id;
	description->width = (uint16_t)layout->width;
	description->height = (uint16_t)layout->height;
	description->data_size = layout->size;
	description->num_planes = layout->plane_count;
	for (uint32_t i = 0; i < layout->plane_count; i++) {
		description->pitches[i] = layout->pitches[i];
		description->offsets[i] = layout->offsets[i];
	}
}

/* An image around a buffer, whose reference it takes over. */
static VAStatus add_image(struct driver *driver, const struct core_layout *layout,
                          const VAImageFormat *format, struct buffer *buffer, VAImage *description)
{
	struct image *image = calloc(1, sizeof(*image));
	VAStatus status = VA_STATUS_SUCCESS;

	if (!image) {
		status = VA_STATUS_ERROR_ALLOCATION_FAILED;
	} else {
		image->layout = *layout;
		image->buffer = buffer;
		image->buffer_id = buffer->object.id;
		if (!objects_add(&driver->objects, OBJECT_IMAGE, &image->object, release_image)) {
			free(image);
			status = VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
		}
	}
	if (status != VA_STATUS_SUCCESS) {
		struct object *named = objects_remove(&driver->objects, OBJECT_BUFFER, buffer->object.id);

		if (named)
			object_put(named);
		object_put(&buffer->object);
		return status;
	}
	describe(image, format, description);
	object_put(&image->object);
	return VA_STATUS_SUCCESS;
}

static void invalidate(VAImage *image)
{
	memset(image, 0, sizeof(*image));
	image->image_id = VA_INVALID_ID;
	image->buf = VA_INVALID_ID;
}

VAStatus image_create(VADriverContextP va, VAImageFormat *wanted, int width, int height, VAImage *description)
{
	struct driver *driver = driver_of(va);
	struct core_layout layout;
	VAImageFormat format;
	struct buffer *buffer;
	uint8_t *data;
	VAStatus status;

	if (!description)
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	invalidate(description);
	if (!wanted || width <= 0 || height <= 0)
		return messages_refuse(driver, VA_STATUS_ERROR_INVALID_PARAMETER,
		                       "vaCreateImage: a format and a size above zero are needed");
	status = display_create_image(driver, wanted->fourcc, (uint32_t)width, (uint32_t)height, &layout);
	if (status == VA_STATUS_SUCCESS && !format_of(driver, wanted->fourcc, &format))
		status = VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
	if (status != VA_STATUS_SUCCESS)
		return messages_refuse(driver, status,
		                       "vaCreateImage: images of %dx%d in format 0x%08x are not offered", width,
		                       height, wanted->fourcc);
	/* Not cleared: players make one for each picture they read, and vaGetImage writes what it names. */
	data = malloc(layout.size);
	buffer = data ? buffer_add(driver, VAImageBufferType, layout.size, 1, data, NULL) : NULL;
	if (!buffer) {
		free(data);
		return messages_refuse(driver, VA_STATUS_ERROR_ALLOCATION_FAILED,
		                       "vaCreateImage: no memory for %dx%d", width, height);
	}
	return add_image(driver, &layout, &format, buffer, description);
}

VAStatus image_derive(VADriverContextP va, VASurfaceID id, VAImage *description)
{
	struct driver *driver = driver_of(va);
	struct surface *surface = get_surface(driver, id);
	struct buffer *buffer = NULL;
	struct core_layout layout;
	VAImageFormat format;
	VAStatus status;

	if (!surface)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, "vaDeriveImage", "surface", id);
	if (!description) {
		object_put(&surface->object);
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	}
	invalidate(description);
	pthread_mutex_lock(&surface->lock);
	if (surface->memory.fd >= 0 && !surface->layout.exportable) {
		/* A bad picture is shown as it is; whoever maps the image hears of it. */
		pthread_mutex_unlock(&surface->lock);
		surface_finish(surface, SURFACE_SHOW);
		pthread_mutex_lock(&surface->lock);
	}
	status = surface_need_exportable(surface);
	if (status == VA_STATUS_SUCCESS) {
		/* From here on the memory stays where it is; the image's buffer counts. */
		layout = surface->layout;
		surface->derived++;
	}
	pthread_mutex_unlock(&surface->lock);
	if (status == VA_STATUS_SUCCESS) {
		if (!format_of(driver, layout.fourcc, &format))
			status = VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
		else if (!(buffer = buffer_add(driver, VAImageBufferType, layout.size, 1, NULL, surface)))
			status = VA_STATUS_ERROR_ALLOCATION_FAILED;
		if (!buffer) {
			pthread_mutex_lock(&surface->lock);
			surface->derived--;
			pthread_mutex_unlock(&surface->lock);
		}
	}
	if (buffer)
		status = add_image(driver, &layout, &format, buffer, description);
	if (status != VA_STATUS_SUCCESS)
		surface_say_unseen(surface, "vaDeriveImage", ENOMEM);
	object_put(&surface->object);
	return status;
}

VAStatus image_destroy(VADriverContextP va, VAImageID id)
{
	struct driver *driver = driver_of(va);
	struct image *image = (struct image *)objects_remove(&driver->objects, OBJECT_IMAGE, id);
	struct object *buffer;

	if (!image)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_IMAGE, "vaDestroyImage", "image", id);
	/* Some players have destroyed the buffer already. */
	buffer = objects_remove(&driver->objects, OBJECT_BUFFER, image->buffer_id);
	if (buffer)
		object_put(buffer);
	object_put(&image->object);
	return VA_STATUS_SUCCESS;
}

VAStatus image_set_palette(VADriverContextP va, VAImageID id, unsigned char *palette)
{
	struct image *image = get_image(driver_of(va), id);

	(void)palette;
	if (!image)
		return messages_unknown(driver_of(va), VA_STATUS_ERROR_INVALID_IMAGE, "vaSetImagePalette", "image",
		                        id);
	object_put(&image->object);
	return VA_STATUS_ERROR_UNIMPLEMENTED; /* no format here has a palette */
}

/* ---- copies ------------------------------------------------------------------------------------ */

/* surface->lock held. *error as of surface_show(). */
static VAStatus read_surface(struct surface *surface, struct image *image, const struct display_area *area,
                             int *error)
{
	struct core_copy copies[CORE_MAX_PLANES];
	uint32_t count;
	VAStatus status = surface_show(surface, DMA_BUF_SYNC_READ, error);

	if (status != VA_STATUS_SUCCESS)
		return status;
	status = display_get_image(surface->driver, &surface->layout, &image->layout, area, copies, &count);
	if (status == VA_STATUS_SUCCESS && !copies_run(copies, count, image->buffer->data, image->layout.size,
	                                               surface->memory.map, surface->memory.size))
		status = VA_STATUS_ERROR_OPERATION_FAILED;
	dmabuf_end_access(&surface->memory, DMA_BUF_SYNC_READ);
	return status;
}

static VAStatus write_surface(struct surface *surface, struct image *image, const struct display_area *area,
                              uint32_t to_x, uint32_t to_y, int *error)
{
	struct core_copy copies[CORE_MAX_PLANES];
	uint32_t count;
	VAStatus status = surface_need_exportable(surface);

	if (status == VA_STATUS_SUCCESS)
		status = surface_show(surface, DMA_BUF_SYNC_RW, error);
	if (status != VA_STATUS_SUCCESS)
		return status;
	status = display_put_image(surface->driver, &image->layout, &surface->layout, area, to_x, to_y, copies,
	                           &count);
	if (status == VA_STATUS_SUCCESS && !copies_run(copies, count, surface->memory.map, surface->memory.size,
	                                               image->buffer->data, image->layout.size))
		status = VA_STATUS_ERROR_OPERATION_FAILED;
	dmabuf_end_access(&surface->memory, DMA_BUF_SYNC_RW);
	return status;
}

/* Both, with references, or a status and neither. The image must have memory of its own. */
static VAStatus take_pair(struct driver *driver, const char *call, VASurfaceID surface_id, VAImageID image_id,
                          struct surface **surface, struct image **image)
{
	*surface = get_surface(driver, surface_id);
	if (!*surface)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, call, "surface", surface_id);
	*image = get_image(driver, image_id);
	if (*image && (*image)->buffer->data)
		return VA_STATUS_SUCCESS;
	object_put(&(*surface)->object);
	if (!*image)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_IMAGE, call, "image", image_id);
	object_put(&(*image)->object);
	return messages_refuse(driver, VA_STATUS_ERROR_INVALID_IMAGE, "%s: image 0x%x is a surface's own memory",
	                       call, image_id);
}

VAStatus image_get(VADriverContextP va, VASurfaceID surface_id, int x, int y, unsigned int width,
                   unsigned int height, VAImageID image_id)
{
	struct driver *driver = driver_of(va);
	struct display_area area = {(uint32_t)x, (uint32_t)y, width, height};
	struct surface *surface;
	struct image *image = NULL;
	VAStatus status = take_pair(driver, "vaGetImage", surface_id, image_id, &surface, &image);
	int error = 0;

	if (status != VA_STATUS_SUCCESS)
		return status;
	status = surface_finish_to_read(surface, SURFACE_SYNC, "vaGetImage");
	if (status == VA_STATUS_SUCCESS) {
		if (x < 0 || y < 0)
			status = VA_STATUS_ERROR_INVALID_PARAMETER;
		else {
			pthread_mutex_lock(&surface->lock);
			status = read_surface(surface, image, &area, &error);
			pthread_mutex_unlock(&surface->lock);
		}
		if (error)
			surface_say_unseen(surface, "vaGetImage", error);
		else if (status != VA_STATUS_SUCCESS)
			messages_say(
				driver,
				"vaGetImage: %ux%u at %d,%d of surface 0x%x (%ux%u) does not go into image 0x%x (%ux%u)",
				width, height, x, y, surface_id, surface->facts.width, surface->facts.height, image_id,
				image->layout.width, image->layout.height);
	}
	object_put(&image->object);
	object_put(&surface->object);
	return status;
}

VAStatus image_put(VADriverContextP va, VASurfaceID surface_id, VAImageID image_id, int from_x, int from_y,
                   unsigned int from_width, unsigned int from_height, int to_x, int to_y,
                   unsigned int to_width, unsigned int to_height)
{
	struct driver *driver = driver_of(va);
	struct display_area area = {(uint32_t)from_x, (uint32_t)from_y, from_width, from_height};
	struct surface *surface;
	struct image *image = NULL;
	VAStatus status = take_pair(driver, "vaPutImage", surface_id, image_id, &surface, &image);
	int error = 0;

	if (status != VA_STATUS_SUCCESS)
		return status;
	status = surface_finish(surface, SURFACE_SYNC);
	/* A bad picture may be painted over. */
	if (status == VA_STATUS_SUCCESS || status == VA_STATUS_ERROR_DECODING_ERROR) {
		if (from_x < 0 || from_y < 0 || to_x < 0 || to_y < 0 || from_width != to_width ||
		    from_height != to_height)
			status = VA_STATUS_ERROR_INVALID_PARAMETER;
		else {
			pthread_mutex_lock(&surface->lock);
			status = write_surface(surface, image, &area, (uint32_t)to_x, (uint32_t)to_y, &error);
			pthread_mutex_unlock(&surface->lock);
		}
		if (status == VA_STATUS_SUCCESS)
			surface_is_seen_in(surface, VA_INVALID_SURFACE);
		if (error)
			surface_say_unseen(surface, "vaPutImage", error);
		else if (status != VA_STATUS_SUCCESS)
			messages_say(
				driver,
				"vaPutImage: %ux%u of image 0x%x does not go to %ux%u of surface 0x%x (there is no scaling)",
				from_width, from_height, image_id, to_width, to_height, surface_id);
	}
	object_put(&image->object);
	object_put(&surface->object);
	return status;
}
