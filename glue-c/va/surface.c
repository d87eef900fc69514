/* SPDX-License-Identifier: MIT
 *
 * Surfaces: their names and their memory. A surface is one piece of memory; from the moment that somebody outside has
 * seen it, it is the same for the surface's whole life, since players cache imports by surface id.
 */
#include "surface.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/layout.h"
#include "../memory/copy.h"
#include "../memory/heap.h"
#include "../v4l2/allocate.h"
#include "import.h"
#include "messages.h"
#include "questions.h"

static void release_surface(struct object *object)
{
	struct surface *surface = (struct surface *)object;

	dmabuf_close(&surface->memory);
	pthread_mutex_destroy(&surface->lock);
	free(surface);
}

/* ---- creation and destruction ------------------------------------------------------------------ */

/* imported: the player's memory, which the surface takes over; none when it is DMABUF_NONE. */
static VAStatus create_one(struct driver *driver, uint32_t rt_format, const struct core_surface *facts,
                           struct dmabuf *imported, const struct core_layout *layout, VASurfaceID *id)
{
	struct surface *surface = calloc(1, sizeof(*surface));

	if (!surface) {
		dmabuf_close(imported);
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	}
	surface->driver = driver;
	surface->rt_format = rt_format;
	surface->facts = *facts;
	surface->memory = *imported;
	surface->layout = *layout;
	/* The player holds that memory, and needs to export nothing to look at it. */
	surface->imported = imported->fd >= 0;
	surface->exported = surface->imported;
	surface->shown = surface->imported;
	surface->context = VA_INVALID_ID;
	surface->seen_in = VA_INVALID_SURFACE;
	surface->state = CORE_SURFACE_UNKNOWN;
	pthread_mutex_init(&surface->lock, NULL);
	if (!objects_add(&driver->objects, OBJECT_SURFACE, &surface->object, release_surface)) {
		release_surface(&surface->object);
		return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
	}
	*id = surface->object.id;
	object_put(&surface->object);
	return VA_STATUS_SUCCESS;
}

/* Every context forgets the name. */
static void forget_surface(struct driver *driver, VASurfaceID id)
{
	struct object *object;
	uint32_t cursor = 0;

	while ((object = objects_next(&driver->objects, OBJECT_CONTEXT, &cursor))) {
		struct context *context = (struct context *)object;
		struct executor_outcome outcome = {0};
		uint32_t answer;

		executor_lock(&context->executor);
		if (!context->executor.lost && !context->executor.closed &&
		    !core_context_forget_surface(context->executor.core, &answer, id))
			executor_lose(&context->executor, &outcome);
		executor_unlock(&context->executor);
		messages_outcome(context, &outcome);
		object_put(object);
	}
}

static bool destroy_one(struct driver *driver, VASurfaceID id)
{
	struct object *object = objects_remove(&driver->objects, OBJECT_SURFACE, id);

	if (!object)
		return false;
	forget_surface(driver, id);
	object_put(object);
	return true;
}

VAStatus surface_create2(VADriverContextP va, unsigned int format, unsigned int width, unsigned int height,
                         VASurfaceID *surfaces, unsigned int count, VASurfaceAttrib *attributes,
                         unsigned int attribute_count)
{
	struct driver *driver = driver_of(va);
	const uint32_t memory_type =
		attributes ? import_memory_type(attributes, attribute_count) : VA_SURFACE_ATTRIB_MEM_TYPE_VA;
	struct core_surface facts;
	VAStatus status;
	unsigned int made;
	bool said = false;

	if ((!surfaces && count) || (!attributes && attribute_count))
		return messages_refuse(driver, VA_STATUS_ERROR_INVALID_PARAMETER,
		                       "vaCreateSurfaces: a list is missing");
	for (made = 0; made < count; made++)
		surfaces[made] = VA_INVALID_SURFACE;
	status = display_create_surface(driver, format, width, height, attributes, attribute_count, &facts);
	/* Players try these to find out: ffmpeg makes a surface of each image format, as mpv probes. */
	if (status == VA_STATUS_ERROR_ATTR_NOT_SUPPORTED || status == VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE ||
	    status == VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT)
		return status;
	if (status != VA_STATUS_SUCCESS)
		return messages_refuse(driver, status, "vaCreateSurfaces: surfaces of %ux%u are not offered", width,
		                       height);
	for (made = 0; made < count; made++) {
		struct dmabuf imported = DMABUF_NONE;
		struct core_layout layout = {0};

		if (memory_type != VA_SURFACE_ATTRIB_MEM_TYPE_VA) {
			status = import_memory(driver, attributes, attribute_count, memory_type, &facts, made, count,
			                       &imported, &layout);
			said = status != VA_STATUS_SUCCESS;
			if (said)
				break;
		}
		status = create_one(driver, format, &facts, &imported, &layout, &surfaces[made]);
		if (status != VA_STATUS_SUCCESS)
			break;
	}
	if (status == VA_STATUS_SUCCESS)
		return status;
	while (made-- > 0) {
		destroy_one(driver, surfaces[made]);
		surfaces[made] = VA_INVALID_SURFACE;
	}
	if (said)
		return status;
	return messages_refuse(driver, status, "vaCreateSurfaces: no memory for %u more surfaces", count);
}

VAStatus surface_create(VADriverContextP va, int width, int height, int format, int count,
                        VASurfaceID *surfaces)
{
	if (width < 0 || height < 0 || count < 0)
		return messages_refuse(driver_of(va), VA_STATUS_ERROR_INVALID_PARAMETER,
		                       "vaCreateSurfaces: a size or count below zero");
	return surface_create2(va, (unsigned int)format, (unsigned int)width, (unsigned int)height, surfaces,
	                       (unsigned int)count, NULL, 0);
}

VAStatus surface_destroy(VADriverContextP va, VASurfaceID *surfaces, int count)
{
	struct driver *driver = driver_of(va);
	VAStatus status = VA_STATUS_SUCCESS;

	if (count < 0 || (count && !surfaces))
		return messages_refuse(driver, VA_STATUS_ERROR_INVALID_PARAMETER,
		                       "vaDestroySurfaces: the list is missing");
	for (int i = 0; i < count; i++) {
		/* The others are destroyed all the same. */
		if (!destroy_one(driver, surfaces[i]))
			status = messages_unknown(driver, VA_STATUS_ERROR_INVALID_SURFACE, "vaDestroySurfaces", "surface",
			                          surfaces[i]);
	}
	return status;
}

VAStatus surface_query_attributes(VADriverContextP va, VAConfigID id, VASurfaceAttrib *attributes,
                                  unsigned int *count)
{
	struct driver *driver = driver_of(va);
	struct config *config = get_config(driver, id);
	VASurfaceAttrib all[DRIVER_MAX_SURFACE_ATTRIBUTES];
	uint32_t available;
	VAStatus status;

	if (!config)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_CONFIG, "vaQuerySurfaceAttributes", "config",
		                        id);
	if (!count) {
		object_put(&config->object);
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	}
	status = display_surface_attributes(driver, &config->facts, all, &available);
	object_put(&config->object);
	if (status != VA_STATUS_SUCCESS)
		return status;
	/* Without a list, *count is not read: GStreamer leaves anything in it. */
	if (attributes && *count < available)
		status = VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
	else if (attributes)
		memcpy(attributes, all, available * sizeof(all[0]));
	*count = available;
	return status;
}

/* ---- memory ------------------------------------------------------------------------------------ */

/* The surface's own view of memory with this layout; false when it would reach beyond. */
static bool fit_layout(const struct surface *surface, const struct core_layout *layout, uint32_t size,
                       struct core_layout *fitted)
{
	*fitted = *layout;
	fitted->width = surface->facts.width;
	fitted->height = surface->facts.height;
	/* The size of the surface is the player's, that of the memory the stream's. */
	return layout->fourcc == surface->facts.fourcc && fitted->width <= layout->most_width &&
	       fitted->height <= layout->most_height && layout_is_sound(fitted) && layout->size <= size;
}

static VAStatus status_of_error(int error)
{
	return error == ENOMEM || error == EMFILE || error == ENFILE || error == ENOBUFS
	           ? VA_STATUS_ERROR_ALLOCATION_FAILED
	           : VA_STATUS_ERROR_OPERATION_FAILED;
}

/* beside: as every GPU takes it, and not as the decoder lays it out. */
static VAStatus find_memory(struct surface *surface, bool beside)
{
	struct driver *driver = surface->driver;
	struct core_allocation allocation;
	uint8_t control[CORE_MAX_PROBE_CONTROL];
	struct core_format format;
	struct core_layout layout;
	struct dmabuf memory = DMABUF_NONE;
	VAStatus status;
	int error;

	status = display_surface_memory(driver, &surface->facts, beside, &allocation, control);
	if (status != VA_STATUS_SUCCESS)
		return status;
	error = allocate_picture(&memory, driver->found.nodes[allocation.decoder].video_path, &allocation,
	                         control, &format);
	surface->refused = error;
	if (error)
		return status_of_error(error);
	status = display_surface_layout(driver, &surface->facts, &format, &layout);
	if (status == VA_STATUS_SUCCESS && !fit_layout(surface, &layout, memory.size, &layout))
		status = VA_STATUS_ERROR_OPERATION_FAILED;
	if (status != VA_STATUS_SUCCESS) {
		dmabuf_close(&memory);
		return status;
	}
	surface->memory = memory;
	surface->layout = layout;
	return VA_STATUS_SUCCESS;
}

VAStatus surface_need_memory(struct surface *surface)
{
	VAStatus status;

	if (surface->memory.fd >= 0)
		return VA_STATUS_SUCCESS;
	status = find_memory(surface, false);
	if (status != VA_STATUS_SUCCESS || surface->layout.exportable)
		return status;
	dmabuf_close(&surface->memory);
	return find_memory(surface, true);
}

VAStatus surface_show(struct surface *surface, uint64_t access, int *error)
{
	VAStatus status = surface_need_memory(surface);

	*error = status == VA_STATUS_SUCCESS ? dmabuf_map(&surface->memory) : ENOMEM;
	if (!*error)
		*error = dmabuf_begin_access(&surface->memory, access);
	return status == VA_STATUS_SUCCESS && *error ? status_of_error(*error) : status;
}

/* What a decoder says that gives no memory, rather than none now. */
static bool gives_none(int error)
{
	return error == ENOTTY || error == EINVAL || error == ENOMEM;
}

void surface_say_unseen(struct surface *surface, const char *call, int error)
{
	bool has_memory;
	int refused;

	pthread_mutex_lock(&surface->lock);
	has_memory = surface->memory.fd >= 0;
	refused = surface->refused;
	pthread_mutex_unlock(&surface->lock);
	if (!has_memory && gives_none(refused) && !heap_is_there())
		messages_say(surface->driver,
		             "%s: no memory for surface 0x%x: the decoder gives none, and /dev/dma_heap/system and "
		             "/dev/udmabuf cannot be opened; let one of them into this container or sandbox (docker "
		             "--device /dev/dma_heap/system, flatpak --device=all), or permit it to the user",
		             call, surface->object.id);
	else
		messages_say(surface->driver,
		             "%s: the processor gets no access to the memory of surface 0x%x (%s); play the file "
		             "again, or use software decoding",
		             call, surface->object.id, strerror(!has_memory && refused ? refused : error));
}

/* Whether the memory that the surface has serves the layout in use. */
static bool memory_serves(const struct surface *surface, const struct core_layout *layout)
{
	return dmabuf_holds(&surface->memory, layout) && layout_is_same(&surface->layout, layout);
}

/* surface->lock held. 0 or errno. */
static int suit_memory(struct surface *surface, const struct context *context,
                       const struct executor *executor)
{
	const struct core_layout *layout = &executor->layout;
	struct core_layout fitted;
	struct core_format format;
	struct dmabuf memory;
	int error;

	if (surface->memory.fd >= 0 && memory_serves(surface, layout))
		return 0;
	if (surface->exported || surface->derived || (surface->shown && !layout->exportable))
		return EXDEV;
	if (!fit_layout(surface, layout, layout->size, &fitted))
		return EINVAL; /* the player's surface is larger than the stream's pictures, or of another format */
	error = allocate_picture(&memory, context->node->video_path, &executor->allocation, executor->control,
	                         &format);
	if (error)
		return error;
	if (!dmabuf_holds(&memory, layout)) {
		dmabuf_close(&memory);
		return ENOMEM;
	}
	dmabuf_close(&surface->memory);
	surface->memory = memory;
	surface->layout = fitted;
	return 0;
}

/* Memory that a picture can be copied to; surface->lock held. */
static int prepare_delivery(struct surface *surface, const struct executor *executor)
{
	if (surface->facts.fourcc != executor->layout.fourcc)
		return EXDEV;
	/* What the decoder could not reach after all. Its picture makes way for the next one anyway. */
	if (surface->memory.fd >= 0 && !layout_is_linear(&surface->layout))
		dmabuf_close(&surface->memory);
	if (surface_need_memory(surface) != VA_STATUS_SUCCESS)
		return ENOMEM;
	return dmabuf_map(&surface->memory);
}

static struct surface *hold(struct surface *surface)
{
	atomic_fetch_add_explicit(&surface->object.references, 1, memory_order_relaxed);
	return surface;
}

/* With a reference; NULL: there is none. The surfaces of the open picture may have lost their names already. */
static struct surface *find_target(const struct context *context, uint32_t id)
{
	struct surface *surface = get_surface(context->driver, id);

	if (!surface && context->target && context->target->object.id == id)
		surface = hold(context->target);
	else if (!surface && context->output && context->output->object.id == id)
		surface = hold(context->output);
	return surface;
}

int surface_wait_readers(void *owner, uint32_t id, uint32_t timeout_ms)
{
	struct surface *surface = find_target(owner, id);
	int error = 0;
	int fd;

	if (!surface)
		return 0; /* queueing it fails */
	/* What somebody outside holds stays the surface's, so the descriptor stays open without the lock. */
	pthread_mutex_lock(&surface->lock);
	fd = surface->exported ? surface->memory.fd : -1;
	pthread_mutex_unlock(&surface->lock);
	if (fd >= 0)
		error = dmabuf_wait_readers(fd, timeout_ms);
	object_put(&surface->object);
	return error;
}

int surface_borrow(void *owner, const struct executor *executor, uint32_t id, bool own_memory,
                   struct executor_lease *lease)
{
	struct context *context = owner;
	struct surface *surface = find_target(context, id);
	int error;

	if (!surface)
		return ENOENT;
	pthread_mutex_lock(&surface->lock);
	/* Another context has begun a picture in it since. */
	if (surface->context != context->object.id)
		error = EBUSY;
	else
		error = own_memory ? prepare_delivery(surface, executor) : suit_memory(surface, context, executor);
	if (error) {
		pthread_mutex_unlock(&surface->lock);
		object_put(&surface->object);
		return error;
	}
	lease->memory = surface->memory;
	lease->surface = surface;
	return 0;
}

void surface_give_back(void *owner, struct executor_lease *lease)
{
	struct surface *surface = lease->surface;

	(void)owner;
	pthread_mutex_unlock(&surface->lock);
	object_put(&surface->object);
}

/* ---- pictures from elsewhere -------------------------------------------------------------------- */

/* surface->lock held; the picture may be read. 0 or errno. */
static int copy_picture(struct surface *surface, const struct core_layout *layout,
                        const struct dmabuf *picture)
{
	struct core_copy copies[CORE_MAX_PLANES];
	uint32_t count;
	int error;
	/* To begin with WRITE is to wait for readers, who have been waited for already, and no longer than they deserve. The caches are told
	 * of the writing at its end. */
	VAStatus status = surface_show(surface, DMA_BUF_SYNC_READ, &error);

	if (status != VA_STATUS_SUCCESS)
		return error;
	if (display_copy_picture(surface->driver, layout, &surface->layout, copies, &count) !=
	        VA_STATUS_SUCCESS ||
	    !copies_run(copies, count, surface->memory.map, surface->memory.size, picture->map, picture->size))
		error = EIO;
	dmabuf_end_access(&surface->memory, DMA_BUF_SYNC_WRITE);
	return error;
}

VAStatus surface_need_exportable(struct surface *surface)
{
	struct dmabuf before = surface->memory;
	const struct core_layout layout = surface->layout;
	VAStatus status;
	int error;

	surface->shown = true;
	if (before.fd < 0 || layout.exportable)
		return surface_need_memory(surface);
	surface->memory = (struct dmabuf)DMABUF_NONE;
	status = surface_need_memory(surface);
	error = status == VA_STATUS_SUCCESS ? dmabuf_map(&before) : 0;
	if (status == VA_STATUS_SUCCESS && !error)
		error = dmabuf_begin_access(&before, DMA_BUF_SYNC_READ);
	if (status == VA_STATUS_SUCCESS && !error) {
		error = copy_picture(surface, &layout, &before);
		dmabuf_end_access(&before, DMA_BUF_SYNC_READ);
	}
	if (error)
		status = status_of_error(error);
	if (status == VA_STATUS_SUCCESS) {
		dmabuf_close(&before);
		return status;
	}
	dmabuf_close(&surface->memory);
	surface->memory = before;
	surface->layout = layout;
	return status;
}

int surface_deliver(void *owner, const struct executor *executor, const struct dmabuf *picture, uint32_t id)
{
	struct context *context = owner;
	struct surface *surface = get_surface(context->driver, id);
	int error;

	if (!surface)
		return ENOENT;
	error = dmabuf_begin_access(picture, DMA_BUF_SYNC_READ);
	if (!error) {
		pthread_mutex_lock(&surface->lock);
		error = copy_picture(surface, &executor->layout, picture);
		pthread_mutex_unlock(&surface->lock);
		dmabuf_end_access(picture, DMA_BUF_SYNC_READ);
	}
	object_put(&surface->object);
	return error;
}
