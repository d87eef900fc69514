/* SPDX-License-Identifier: MIT */
#include "export.h"

#include <errno.h>
#include <fcntl.h>

#include "messages.h"
#include "questions.h"
#include "surface.h"
#include "surface_picture.h"

/* Fills the descriptor and hands out one descriptor of the memory; surface->lock held. */
static VAStatus export_memory(struct surface *surface, uint32_t flags,
                              VADRMPRIMESurfaceDescriptor *descriptor)
{
	VAStatus status = surface_need_exportable(surface);
	int fd;

	if (status == VA_STATUS_SUCCESS)
		status = display_export(surface->driver, &surface->layout, flags, descriptor);
	if (status != VA_STATUS_SUCCESS)
		return status;
	/* A dma-buf has one mode for all its descriptors, so READ_ONLY is a promise of the player's. */
	fd = fcntl(surface->memory.fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	descriptor->objects[0].fd = fd;
	descriptor->objects[0].size = surface->memory.size;
	surface->exported = true;
	return VA_STATUS_SUCCESS;
}

VAStatus surface_export(VADriverContextP va, VASurfaceID id, uint32_t memory_type, uint32_t flags,
                        void *descriptor)
{
	struct driver *driver = driver_of(va);
	struct surface *surface = get_surface(driver, id);
	VADRMPRIMESurfaceDescriptor filled;
	bool has_memory;
	VAStatus status;

	if (!surface)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, "vaExportSurfaceHandle", "surface",
		                        id);
	/* The type says what is at `descriptor`, so it is judged here, and before anybody waits. */
	if (!descriptor || memory_type != VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2) {
		object_put(&surface->object);
		return descriptor ? VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE : VA_STATUS_ERROR_INVALID_PARAMETER;
	}
	status = surface_finish_to_read(surface, SURFACE_SHOW, "vaExportSurfaceHandle");
	if (status == VA_STATUS_SUCCESS) {
		pthread_mutex_lock(&surface->lock);
		status = export_memory(surface, flags, &filled);
		has_memory = surface->memory.fd >= 0;
		pthread_mutex_unlock(&surface->lock);
		if (status == VA_STATUS_SUCCESS)
			*(VADRMPRIMESurfaceDescriptor *)descriptor = filled;
		else if (status == VA_STATUS_ERROR_ALLOCATION_FAILED)
			messages_say(driver, "vaExportSurfaceHandle: no memory or no descriptor left for surface 0x%x",
			             id);
		else if (!has_memory)
			surface_say_unseen(surface, "vaExportSurfaceHandle", ENOMEM);
	}
	object_put(&surface->object);
	return status;
}
