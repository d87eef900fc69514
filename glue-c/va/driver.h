/* SPDX-License-Identifier: MIT
 *
 * What the files of glue-c/va share.
 *
 * Locks, in the order in which they may be taken:
 *
 *   context->turn            one Begin/Render/End/Destroy of a context at a time; held while such a call waits
 *   context->executor.lock   the core instance and the queues of a context; released while waiting for the device
 *   surface->lock            a surface's memory and what is known of its picture; held while pixels are copied
 *   buffer->lock             how often a buffer is mapped
 *   driver->display_lock     the core instance of the display
 *   driver->objects.lock     the table of ids
 *   driver->messages.lock    sentences that are not said yet
 *
 * Nobody holds two of the same kind, and nothing is held while libva's callbacks run (they may call back): what there is to
 * say waits for the end of the call (calls.c).
 */
#ifndef GLUE_VA_DRIVER_H
#define GLUE_VA_DRIVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <va/va.h>
#include <va/va_backend.h>

#include "../core/core.h"
#include "../memory/dmabuf.h"
#include "../plans/executor.h"
#include "../v4l2/discovery.h"
#include "objects.h"

enum {
	DRIVER_MAX_PROFILES = 64,
	DRIVER_MAX_ENTRYPOINTS = 8,
	DRIVER_MAX_ATTRIBUTES = 64,
	DRIVER_MAX_IMAGE_FORMATS = 16,
	DRIVER_MAX_SURFACE_ATTRIBUTES = 64,
	DRIVER_REASON = 384,
	DRIVER_MESSAGES = 8,
	DRIVER_SENTENCE = 512
};

/* Sentences that are not said yet: from the first to the last, in a ring. More are counted only. */
struct messages {
	pthread_mutex_t lock;
	char waiting[DRIVER_MESSAGES][DRIVER_SENTENCE];
	uint32_t first;
	_Atomic uint32_t count; /* is looked at without the lock */
	uint32_t left_out;
};

struct driver {
	VADriverContextP va;
	struct object_table objects;
	pthread_mutex_t display_lock;
	struct core *display;             /* NULL: there was no memory to replace one that trapped */
	uint32_t last_profile;            /* of the config made last; under display_lock */
	uint32_t contexts[DISCOVERY_MAX]; /* of each decoder, by its index; under display_lock */
	struct discovery found;
	/* One sentence for the user when no decoder serves, or about a node that is worth it (discovery_finding); else
	 * empty. */
	char reason[DRIVER_REASON];
	bool reason_worth;
	bool strict;  /* LIBVA_V4L2_REQUEST_STRICT: damaged pictures fail the calls that wait for them */
	int trace_fd; /* LIBVA_V4L2_REQUEST_TRACE; -1: there is none */
	_Atomic uint32_t traced; /* contexts so far */
	char vendor[256];
	struct messages messages;
};

struct config {
	struct object object;
	struct core_config facts;
};

struct surface {
	struct object object;
	struct driver *driver;
	uint32_t rt_format;
	struct core_surface facts;

	pthread_mutex_t lock;
	struct dmabuf memory;
	struct core_layout layout; /* of memory; width and height are the surface's own */
	bool imported;             /* the memory is the player's; never changes */
	_Atomic bool exported;     /* somebody outside holds the memory, for good */
	_Atomic bool
		shown;        /* somebody outside has seen or written the memory itself: it stays linear, for good */
	uint32_t derived; /* images that show it now */
	int refused;      /* errno of the last try to get memory; under lock */
	VAContextID context; /* that it was last rendered in; VA_INVALID_ID when that is destroyed */
	uint32_t pictures;   /* how many were begun; tells whether an answer is about this one */
	uint32_t state;      /* CORE_SURFACE_* of its picture, as far as it is known; UNKNOWN: there is none */
	VASurfaceID seen_in; /* that has its picture with film grain; VA_INVALID_SURFACE: none has */
	VASurfaceDecodeMBErrors errors[2];
};

struct context {
	struct object object;
	struct driver *driver;
	const struct decoder_node *node;
	struct core_config config;

	pthread_mutex_t turn;
	/* Slice parameters that wait for their data; under turn. */
	uint8_t *slices;
	uint32_t slices_size;
	uint32_t slices_capacity;
	struct slice_group *groups;
	uint32_t group_count;
	uint32_t group_capacity;
	/* Slice data that came before its parameters, with a reference; NULL: there is none. Under turn. */
	struct buffer *early;
	uint32_t early_count;
	bool open;              /* between vaBeginPicture and vaEndPicture; under turn */
	struct surface *target; /* of the open picture, with a reference; NULL: none is open */
	struct surface
		*output; /* that gets its samples, with a reference, during vaEndPicture; NULL: the target */

	struct executor executor;
	bool closing;                    /* somebody is destroying it; under executor.lock */
	bool loss_said;                  /* under executor.lock */
	uint32_t said[CORE_MESSAGE_END]; /* how often each sentence had a reason; under executor.lock */
};

struct buffer {
	struct object object;
	VABufferType type;
	uint32_t element_size;
	uint32_t capacity;       /* elements */
	_Atomic uint32_t count;  /* elements that are valid */
	uint8_t *data;           /* NULL: a derived image's */
	struct surface *surface; /* of a derived image, with a reference */
	pthread_mutex_t lock;
	uint32_t mapped;
	uint32_t acquired; /* by vaAcquireBufferHandle */
	int handle;        /* that it gave, while acquired */
	uint64_t
		access; /* DMA_BUF_SYNC_* that are begun on the surface's memory while it is mapped; under surface->lock, too */
};

struct image {
	struct object object;
	struct core_layout layout;
	VABufferID buffer_id;
	struct buffer *buffer;   /* with a reference */
	struct surface *surface; /* a derived one's, with a reference */
};

static inline struct driver *driver_of(VADriverContextP va)
{
	return va->pDriverData;
}

/* Typed look-ups, each with a reference to give back with object_put(). */
static inline struct config *get_config(struct driver *driver, VAConfigID id)
{
	return (struct config *)objects_get(&driver->objects, OBJECT_CONFIG, id);
}

static inline struct context *get_context(struct driver *driver, VAContextID id)
{
	return (struct context *)objects_get(&driver->objects, OBJECT_CONTEXT, id);
}

static inline struct surface *get_surface(struct driver *driver, VASurfaceID id)
{
	return (struct surface *)objects_get(&driver->objects, OBJECT_SURFACE, id);
}

static inline struct buffer *get_buffer(struct driver *driver, VABufferID id)
{
	return (struct buffer *)objects_get(&driver->objects, OBJECT_BUFFER, id);
}

static inline struct image *get_image(struct driver *driver, VAImageID id)
{
	return (struct image *)objects_get(&driver->objects, OBJECT_IMAGE, id);
}

/* A status of the core's, or OPERATION_FAILED when it is none of VA-API's. */
static inline VAStatus status_of_core(uint32_t status)
{
	return status <= VA_STATUS_ERROR_TIMEDOUT ? (VAStatus)status : VA_STATUS_ERROR_OPERATION_FAILED;
}

#endif
