/* SPDX-License-Identifier: MIT
 *
 * The memory of a derived image as a dma-buf: how VLC 3 hands pictures to the GPU. The image's pitches and offsets are those of the
 * dma-buf.
 */
#include "acquire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#include "messages.h"
#include "surface_picture.h"

/* A descriptor of the surface's memory, the same until it is released as often as it was acquired. Both locks held. */
static VAStatus hand_out(struct buffer *buffer, VABufferInfo *info)
{
	struct surface *surface = buffer->surface;
	struct driver *driver = surface->driver;

	if (buffer->mapped)
		return messages_refuse(driver, VA_STATUS_ERROR_OPERATION_FAILED,
		                       "vaAcquireBufferHandle: buffer 0x%x is mapped; the player must unmap it first",
		                       buffer->object.id);
	if (buffer->acquired == 0)
		buffer->handle = fcntl(surface->memory.fd, F_DUPFD_CLOEXEC, 0);
	if (buffer->handle < 0)
		return messages_refuse(driver, VA_STATUS_ERROR_ALLOCATION_FAILED,
		                       "vaAcquireBufferHandle: no descriptor for buffer 0x%x (%s)", buffer->object.id,
		                       strerror(errno));
	buffer->acquired++;
	surface->exported = true;
	*info = (VABufferInfo){
		.handle = (uintptr_t)buffer->handle,
		.type = VAImageBufferType,
		.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
		.mem_size = surface->memory.size,
	};
	return VA_STATUS_SUCCESS;
}

static VAStatus acquire(struct driver *driver, struct buffer *buffer, VABufferInfo *info)
{
	struct surface *surface = buffer->surface;
	VAStatus status;

	if (!surface)
		return messages_refuse(driver, VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE,
		                       "vaAcquireBufferHandle: buffer 0x%x is not that of a derived image",
		                       buffer->object.id);
	/* 0: any type will do. */
	if (info->mem_type && !(info->mem_type & VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME))
		return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
	status = surface_finish_to_read(surface, SURFACE_SHOW, "vaAcquireBufferHandle");
	if (status != VA_STATUS_SUCCESS)
		return status;
	pthread_mutex_lock(&surface->lock);
	pthread_mutex_lock(&buffer->lock);
	status = hand_out(buffer, info);
	pthread_mutex_unlock(&buffer->lock);
	pthread_mutex_unlock(&surface->lock);
	return status;
}

VAStatus buffer_acquire(VADriverContextP va, VABufferID id, VABufferInfo *info)
{
	struct driver *driver = driver_of(va);
	struct buffer *buffer = get_buffer(driver, id);
	VAStatus status;

	if (!buffer)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_BUFFER, "vaAcquireBufferHandle", "buffer",
		                        id);
	status = info ? acquire(driver, buffer, info) : VA_STATUS_ERROR_INVALID_PARAMETER;
	object_put(&buffer->object);
	return status;
}

VAStatus buffer_release(VADriverContextP va, VABufferID id)
{
	struct driver *driver = driver_of(va);
	struct buffer *buffer = get_buffer(driver, id);
	bool acquired;
	int closed = -1;

	if (!buffer)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_BUFFER, "vaReleaseBufferHandle", "buffer",
		                        id);
	pthread_mutex_lock(&buffer->lock);
	acquired = buffer->acquired > 0;
	if (acquired && --buffer->acquired == 0)
		closed = buffer->handle;
	pthread_mutex_unlock(&buffer->lock);
	if (closed >= 0)
		close(closed);
	object_put(&buffer->object);
	if (!acquired)
		return messages_refuse(driver, VA_STATUS_ERROR_OPERATION_FAILED,
		                       "vaReleaseBufferHandle: buffer 0x%x is not acquired", id);
	return VA_STATUS_SUCCESS;
}
