/* SPDX-License-Identifier: MIT
 *
 * The display: initialisation, the table of entries, and the end.
 *
 * vaInitialize succeeds without a decoder: the lists are empty then, so that vainfo and the player's fallback work, and
 * one sentence says why. A node named by the environment that is of no use is named even if another serves.
 */
#include "initialize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../plans/trace.h"
#include "../v4l2/finding.h"
#include "calls.h"
#include "driver.h"
#include "messages.h"
#include "questions.h"
#include "unoffered.h"

/* Removes every name of a class; what is still in use elsewhere goes with its last reference. */
static void remove_all(struct driver *driver, enum object_type type)
{
	struct object *object;
	uint32_t cursor = 0;

	while ((object = objects_next(&driver->objects, type, &cursor))) {
		struct object *named = objects_remove(&driver->objects, type, object->id);

		if (named)
			object_put(named);
		object_put(object);
	}
}

static void free_driver(struct driver *driver)
{
	display_close(driver);
	objects_close(&driver->objects);
	messages_close(driver);
	if (driver->trace_fd >= 0)
		close(driver->trace_fd);
	free(driver);
}

static VAStatus terminate(VADriverContextP va)
{
	struct driver *driver = driver_of(va);

	if (!driver)
		return VA_STATUS_SUCCESS;
	/* Contexts first: closing them ends whatever the device still does. */
	remove_all(driver, OBJECT_CONTEXT);
	remove_all(driver, OBJECT_IMAGE);
	remove_all(driver, OBJECT_BUFFER);
	remove_all(driver, OBJECT_SURFACE);
	remove_all(driver, OBJECT_CONFIG);
	messages_deliver(driver);
	free_driver(driver);
	va->pDriverData = NULL;
	return VA_STATUS_SUCCESS;
}

static void write_vendor(struct driver *driver)
{
	char *end = driver->vendor + sizeof(driver->vendor);
	char *at = driver->vendor;

	at += snprintf(at, (size_t)(end - at), "V4L2 stateless decoder driver %s",
	               DRIVER_VERSION); /* meson.build's */
	if (driver->found.count == 0)
		snprintf(at, (size_t)(end - at), " (no decoder found)");
	for (uint32_t i = 0; i < driver->found.count && at < end; i++) {
		const struct decoder_node *node = &driver->found.nodes[i];

		at += snprintf(at, (size_t)(end - at), "%s%s %s%s", i ? ", " : " (", node->driver, node->video_path,
		               i + 1 == driver->found.count ? ")" : "");
	}
}

/* The first one stays, but for one that is worth more. */
static void keep_finding(void *opaque, uint32_t reason, const char *node, const char *what, int error,
                         bool worth)
{
	struct driver *driver = opaque;

	if (driver->reason[0] && (driver->reason_worth || !worth))
		return;
	finding_sentence(driver->reason, sizeof(driver->reason), reason, node, what, error);
	driver->reason_worth = worth;
}

static void find_decoders(struct driver *driver)
{
	discover(&driver->found, display_ask_probe, keep_finding, driver);
	if (driver->found.count && !driver->reason_worth)
		driver->reason[0] = 0;
}

/* A machine with stateless decoders, all of them for other codecs. */
static void find_useless(struct driver *driver)
{
	VAProfile profiles[DRIVER_MAX_PROFILES];
	const struct discovery *found = &driver->found;
	uint32_t count;

	if (found->count && !driver->reason[0] &&
	    display_profiles(driver, profiles, &count) == VA_STATUS_SUCCESS && count == 0)
		snprintf(driver->reason, sizeof(driver->reason),
		         "%s (%s) decodes nothing that this driver can ask it for; use software decoding",
		         found->nodes[0].video_path, found->nodes[0].driver);
}

/* Whether a variable of the environment is there, and neither empty nor 0. */
static bool is_set(const char *name)
{
	const char *value = secure_getenv(name);

	return value && value[0] && strcmp(value, "0") != 0;
}

/* Pictures are decoded without a trace all the same. */
static void open_trace(struct driver *driver)
{
	const char *path = secure_getenv("LIBVA_V4L2_REQUEST_TRACE");
	int error;

	driver->trace_fd = -1;
	if (!path || !path[0])
		return;
	error = trace_file(path, &driver->trace_fd);
	if (error)
		messages_say(
			driver,
			"the file that LIBVA_V4L2_REQUEST_TRACE names cannot be written (%s); name one in a folder "
			"where the player may write",
			strerror(error));
}

VAStatus driver_init(VADriverContextP va)
{
	struct driver *driver = calloc(1, sizeof(*driver));
	VAStatus status;

	if (!driver)
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	driver->va = va;
	driver->strict = is_set("LIBVA_V4L2_REQUEST_STRICT");
	objects_open(&driver->objects);
	messages_open(driver);
	open_trace(driver);
	status = display_open(driver);
	if (status != VA_STATUS_SUCCESS) {
		free_driver(driver);
		return status;
	}
	find_decoders(driver);
	status = display_add_decoders(driver);
	if (status != VA_STATUS_SUCCESS) {
		messages_deliver(driver);
		free_driver(driver);
		return status;
	}
	find_useless(driver);
	write_vendor(driver);
	va->pDriverData = driver;
	va->version_major = VA_MAJOR_VERSION;
	va->version_minor = VA_MINOR_VERSION;
	va->max_profiles = DRIVER_MAX_PROFILES;
	va->max_entrypoints = DRIVER_MAX_ENTRYPOINTS;
	va->max_attributes = DRIVER_MAX_ATTRIBUTES;
	va->max_image_formats = DRIVER_MAX_IMAGE_FORMATS;
	va->max_subpic_formats = 1;
	va->max_display_attributes = 0;
	va->str_vendor = driver->vendor;
	va->vtable->vaTerminate = terminate;
	calls_fill(va->vtable);
	unoffered_fill(va);
	if (driver->reason[0])
		messages_say(driver, "%s", driver->reason);
	messages_deliver(driver);
	return VA_STATUS_SUCCESS;
}
