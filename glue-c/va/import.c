/* SPDX-License-Identifier: MIT
 *
 * Surfaces in memory of the player's: the two descriptors of vaCreateSurfaces are unpacked here, and judged by the core.
 */
#include "import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "messages.h"
#include "questions.h"

static const char *const refusals[] = {
	[CORE_IMPORT_COUNT] = "there must be one for each surface",
	[CORE_IMPORT_OBJECTS] = "a surface must be in one dma-buf, not in several",
	[CORE_IMPORT_NOT_LINEAR] =
		"it is tiled, compressed or protected, and only linear memory can be decoded to",
	[CORE_IMPORT_FORMAT] = "it is not of the surface's format",
	[CORE_IMPORT_SIZE] = "its picture is smaller than the surface",
	[CORE_IMPORT_PLANES] = "its planes have pitches or offsets that contradict its format",
	[CORE_IMPORT_TOO_SMALL] = "it ends before its planes do",
	[CORE_IMPORT_MAY_SHRINK] = "it is no dma-buf, but a file that may shrink",
};

uint32_t import_memory_type(const VASurfaceAttrib *attributes, unsigned int count)
{
	uint32_t type = VA_SURFACE_ATTRIB_MEM_TYPE_VA;

	for (unsigned int i = 0; i < count; i++) {
		if (attributes[i].type == VASurfaceAttribMemoryType)
			type = attribute_number(&attributes[i]);
	}
	return type;
}

static const void *find_descriptor(const VASurfaceAttrib *attributes, unsigned int count)
{
	const void *found = NULL;

	for (unsigned int i = 0; i < count; i++) {
		if (attributes[i].type == VASurfaceAttribExternalBufferDescriptor &&
		    attributes[i].value.type == VAGenericValueTypePointer)
			found = attributes[i].value.value.p;
	}
	return found;
}

/* Of the surface at `place`; returns its descriptor, -1 when the player names none. */
static int unpack_buffers(const VASurfaceAttribExternalBuffers *buffers, unsigned int place,
                          struct core_external *external)
{
	external->fourcc = buffers->pixel_format;
	external->width = buffers->width;
	external->height = buffers->height;
	external->data_size = buffers->data_size;
	external->num_planes = buffers->num_planes;
	external->num_buffers = buffers->buffers ? buffers->num_buffers : 0;
	external->tiled =
		(buffers->flags & (VA_SURFACE_EXTBUF_DESC_ENABLE_TILING | VA_SURFACE_EXTBUF_DESC_PROTECTED)) != 0;
	for (int i = 0; i < CORE_MAX_PLANES; i++) {
		external->pitches[i] = buffers->pitches[i];
		external->offsets[i] = buffers->offsets[i];
	}
	return place < external->num_buffers ? (int)buffers->buffers[place] : -1;
}

/* 0 when it cannot be told, as of a pipe. */
static uint32_t size_of(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);

	return size < 0 ? 0 : size > INT32_MAX ? INT32_MAX : (uint32_t)size;
}

VAStatus import_memory(struct driver *driver, const VASurfaceAttrib *attributes, unsigned int attribute_count,
                       uint32_t memory_type, const struct core_surface *facts, unsigned int place,
                       unsigned int count, struct dmabuf *memory, struct core_layout *layout)
{
	const void *descriptor = find_descriptor(attributes, attribute_count);
	struct core_external external = {.memory_type = memory_type, .surfaces = count};
	const VADRMPRIMESurfaceDescriptor *prime = NULL;
	uint32_t refusal = CORE_IMPORT_NONE;
	VAStatus status;
	int fd;

	if (memory_type != VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME &&
	    memory_type != VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2)
		return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
	if (!descriptor)
		return messages_refuse(driver, VA_STATUS_ERROR_INVALID_PARAMETER,
		                       "vaCreateSurfaces: the player's memory is asked for, but not described");
	if (memory_type == VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2) {
		prime = descriptor;
		fd = prime->num_objects > 0 ? prime->objects[0].fd : -1;
	} else {
		fd = unpack_buffers(descriptor, place, &external);
	}
	/* From here on it is a descriptor of the driver's own, which the player cannot exchange. */
	memory->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (memory->fd < 0 && (errno == EMFILE || errno == ENFILE))
		return messages_refuse(driver, VA_STATUS_ERROR_ALLOCATION_FAILED,
		                       "vaCreateSurfaces: too many files are open; raise the limit (ulimit -n)");
	external.memory_size = memory->fd < 0 ? 0 : size_of(memory->fd);
	status = display_import(driver, facts, &external, prime, layout, &refusal);
	if (status == VA_STATUS_SUCCESS && !dmabuf_keeps_size(memory)) {
		status = VA_STATUS_ERROR_INVALID_PARAMETER;
		refusal = CORE_IMPORT_MAY_SHRINK;
	}
	memory->size = external.memory_size;
	if (status == VA_STATUS_SUCCESS)
		return status;
	dmabuf_close(memory);
	if (refusal != CORE_IMPORT_NONE) /* else the question failed, and display_import() has said so */
		messages_say(driver, "vaCreateSurfaces: the player's memory cannot be used: %s", refusals[refusal]);
	return status;
}
