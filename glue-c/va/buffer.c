/* SPDX-License-Identifier: MIT */
#include "buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "messages.h"
#include "surface.h"
#include "surface_picture.h"

/* A picture of 8192x4320 in 4:2:0, uncompressed, is 53 MB. */
enum { MAX_BUFFER = 256 << 20 };

/* Of a derived image's buffer. surface->lock held, and buffer->lock unless nobody else knows the buffer. */
static void end_access(struct buffer *buffer)
{
	if (buffer->access)
		dmabuf_end_access(&buffer->surface->memory, buffer->access);
	buffer->access = 0;
}

static void release_buffer(struct object *object)
{
	struct buffer *buffer = (struct buffer *)object;

	if (buffer->surface) {
		pthread_mutex_lock(&buffer->surface->lock);
		end_access(buffer);
		buffer->surface->derived--;
		pthread_mutex_unlock(&buffer->surface->lock);
		object_put(&buffer->surface->object);
	}
	if (buffer->acquired)
		close(buffer->handle);
	pthread_mutex_destroy(&buffer->lock);
	free(buffer->data);
	free(buffer);
}

struct buffer *buffer_add(struct driver *driver, VABufferType type, uint32_t element_size, uint32_t count,
                          uint8_t *data, struct surface *surface)
{
	struct buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
	buffer->type = type;
	buffer->element_size = element_size;
	buffer->capacity = count;
	atomic_init(&buffer->count, count);
	buffer->data = data;
	buffer->surface = surface;
	pthread_mutex_init(&buffer->lock, NULL);
	if (surface)
		atomic_fetch_add_explicit(&surface->object.references, 1, memory_order_relaxed);
	/* Its id may be guessed: it names something complete from the start. */
	if (objects_add(&driver->objects, OBJECT_BUFFER, &buffer->object, release_buffer))
		return buffer;
	if (surface)
		object_put(&surface->object);
	pthread_mutex_destroy(&buffer->lock);
	free(buffer);
	return NULL;
}

static bool type_is_offered(VABufferType type)
{
	switch (type) {
	case VAPictureParameterBufferType:
	case VAIQMatrixBufferType:
	case VABitPlaneBufferType:
	case VASliceGroupMapBufferType:
	case VASliceParameterBufferType:
	case VASliceDataBufferType:
	case VAHuffmanTableBufferType:
	case VAProbabilityBufferType:
		return true;
	default:
		return false;
	}
}

VAStatus buffer_create(VADriverContextP va, VAContextID context_id, VABufferType type, unsigned int size,
                       unsigned int count, void *data, VABufferID *id)
{
	struct driver *driver = driver_of(va);
	struct context *context;
	struct buffer *buffer;
	uint64_t bytes = (uint64_t)size * count;
	uint8_t *copy;

	if (!id)
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	*id = VA_INVALID_ID;
	if (!type_is_offered(type))
		return messages_refuse(driver, VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE,
		                       "vaCreateBuffer: buffers of type %d are not for decoding", (int)type);
	if (bytes == 0)
		return messages_refuse(driver, VA_STATUS_ERROR_INVALID_PARAMETER,
		                       "vaCreateBuffer: a buffer without bytes");
	if (bytes > MAX_BUFFER)
		return messages_refuse(driver, VA_STATUS_ERROR_ALLOCATION_FAILED,
		                       "vaCreateBuffer: %u elements of %u bytes are more than any picture needs",
		                       count, size);
	context = get_context(driver, context_id);
	if (!context)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_CONTEXT, "vaCreateBuffer", "context",
		                        context_id);
	object_put(&context->object);
	/* What the player has not filled in must not be what was in memory before. */
	copy = data ? malloc(bytes) : calloc(1, bytes);
	if (!copy)
		return messages_refuse(driver, VA_STATUS_ERROR_ALLOCATION_FAILED,
		                       "vaCreateBuffer: no memory for %u bytes", (unsigned int)bytes);
	if (data)
		memcpy(copy, data, bytes);
	buffer = buffer_add(driver, type, size, count, copy, NULL);
	if (!buffer) {
		free(copy);
		return messages_refuse(driver, VA_STATUS_ERROR_MAX_NUM_EXCEEDED,
		                       "vaCreateBuffer: too many buffers; the player does not destroy them");
	}
	*id = buffer->object.id;
	object_put(&buffer->object);
	return VA_STATUS_SUCCESS;
}

VAStatus buffer_set_elements(VADriverContextP va, VABufferID id, unsigned int count)
{
	struct driver *driver = driver_of(va);
	struct buffer *buffer = get_buffer(driver, id);
	VAStatus status = VA_STATUS_SUCCESS;

	if (!buffer)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_BUFFER, "vaBufferSetNumElements", "buffer",
		                        id);
	if (count <= buffer->capacity)
		atomic_store_explicit(&buffer->count, count, memory_order_relaxed);
	else
		status = messages_refuse(driver, VA_STATUS_ERROR_INVALID_PARAMETER,
		                         "vaBufferSetNumElements: buffer 0x%x was made for %u elements, not %u", id,
		                         buffer->capacity, count);
	object_put(&buffer->object);
	return status;
}

/* Shows the surface's memory. The picture is waited for, and caches are made coherent for this access, and that of earlier
 * mappings, until the last vaUnmapBuffer. */
static VAStatus map_surface(struct buffer *buffer, uint64_t access, void **data)
{
	struct surface *surface = buffer->surface;
	VAStatus status = surface_finish_to_read(surface, SURFACE_SHOW, "vaMapBuffer");
	int error = 0;

	if (status != VA_STATUS_SUCCESS)
		return status;
	pthread_mutex_lock(&surface->lock);
	pthread_mutex_lock(&buffer->lock);
	if (access & ~buffer->access) {
		access |= buffer->access;
		end_access(buffer);
		status = surface_show(surface, access, &error);
		if (status == VA_STATUS_SUCCESS)
			buffer->access = access;
	}
	if (status == VA_STATUS_SUCCESS) {
		buffer->mapped++;
		*data = surface->memory.map;
	}
	pthread_mutex_unlock(&buffer->lock);
	pthread_mutex_unlock(&surface->lock);
	if (error)
		surface_say_unseen(surface, "vaMapBuffer", error);
	return status;
}

/* DMA_BUF_SYNC_* for VA_MAPBUFFER_FLAG_*, whose bits are the same. */
static uint64_t access_of(uint32_t flags)
{
#if VA_CHECK_VERSION(1, 21, 0)
	_Static_assert(VA_MAPBUFFER_FLAG_READ == DMA_BUF_SYNC_READ &&
	                   VA_MAPBUFFER_FLAG_WRITE == DMA_BUF_SYNC_WRITE,
	               "the flags of vaMapBuffer2 are those of DMA_BUF_IOCTL_SYNC");
#endif
	return flags & DMA_BUF_SYNC_RW ? flags & DMA_BUF_SYNC_RW : DMA_BUF_SYNC_RW;
}

VAStatus buffer_map(VADriverContextP va, VABufferID id, void **data)
{
	return buffer_map2(va, id, data, 0);
}

VAStatus buffer_map2(VADriverContextP va, VABufferID id, void **data, uint32_t flags)
{
	struct driver *driver = driver_of(va);
	struct buffer *buffer = get_buffer(driver, id);
	VAStatus status = VA_STATUS_SUCCESS;

	if (!buffer)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_BUFFER, "vaMapBuffer", "buffer", id);
	if (!data) {
		status = VA_STATUS_ERROR_INVALID_PARAMETER;
	} else if (buffer->surface) {
		*data = NULL;
		status = map_surface(buffer, access_of(flags), data);
	} else {
		pthread_mutex_lock(&buffer->lock);
		buffer->mapped++;
		pthread_mutex_unlock(&buffer->lock);
		*data = buffer->data;
	}
	object_put(&buffer->object);
	return status;
}

VAStatus buffer_unmap(VADriverContextP va, VABufferID id)
{
	struct driver *driver = driver_of(va);
	struct buffer *buffer = get_buffer(driver, id);
	struct surface *surface;
	bool mapped;

	if (!buffer)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_BUFFER, "vaUnmapBuffer", "buffer", id);
	surface = buffer->surface;
	if (surface)
		pthread_mutex_lock(&surface->lock);
	pthread_mutex_lock(&buffer->lock);
	mapped = buffer->mapped > 0;
	if (mapped && --buffer->mapped == 0)
		end_access(buffer);
	pthread_mutex_unlock(&buffer->lock);
	if (surface)
		pthread_mutex_unlock(&surface->lock);
	object_put(&buffer->object);
	if (!mapped)
		return messages_refuse(driver, VA_STATUS_ERROR_OPERATION_FAILED,
		                       "vaUnmapBuffer: buffer 0x%x is not mapped", id);
	return VA_STATUS_SUCCESS;
}

VAStatus buffer_destroy(VADriverContextP va, VABufferID id)
{
	struct driver *driver = driver_of(va);
	struct object *object = objects_remove(&driver->objects, OBJECT_BUFFER, id);

	if (!object)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_BUFFER, "vaDestroyBuffer", "buffer", id);
	object_put(object);
	return VA_STATUS_SUCCESS;
}

VAStatus buffer_info(VADriverContextP va, VABufferID id, VABufferType *type, unsigned int *size,
                     unsigned int *count)
{
	struct driver *driver = driver_of(va);
	struct buffer *buffer = get_buffer(driver, id);

	if (!buffer)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_BUFFER, "vaBufferInfo", "buffer", id);
	if (type)
		*type = buffer->type;
	if (size)
		*size = buffer->element_size;
	if (count)
		*count = atomic_load_explicit(&buffer->count, memory_order_relaxed);
	object_put(&buffer->object);
	return VA_STATUS_SUCCESS;
}
