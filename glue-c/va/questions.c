/* SPDX-License-Identifier: MIT */
#include "questions.h"

#include <string.h>

#include "../core/answers.h"
#include "../v4l2/probe.h"
#include "messages.h"

/* display_get_image(), display_put_image(): a VAStatus in the low bits. */
#define ANSWER_ERROR 0x80000000u

/* ---- the instance ------------------------------------------------------------------------------ */

static bool add_decoders(struct driver *driver)
{
	for (uint32_t i = 0; i < driver->found.count; i++) {
		uint32_t status;

		memcpy(core_input(driver->display), &driver->found.nodes[i].facts, sizeof(struct core_decoder));
		if (!core_display_add_decoder(driver->display, &status))
			return false;
	}
	return true;
}

VAStatus display_open(struct driver *driver)
{
	pthread_mutex_init(&driver->display_lock, NULL);
	driver->last_profile = (uint32_t)VAProfileNone;
	driver->display = core_open();
	return driver->display ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_ALLOCATION_FAILED;
}

void display_close(struct driver *driver)
{
	core_close(driver->display);
	pthread_mutex_destroy(&driver->display_lock);
}

/* Locks the instance for a question; false, and not locked, when there is none. */
static bool begin(struct driver *driver)
{
	pthread_mutex_lock(&driver->display_lock);
	if (!driver->display) {
		driver->display = core_open();
		if (!driver->display || !add_decoders(driver)) {
			core_close(driver->display);
			driver->display = NULL;
			pthread_mutex_unlock(&driver->display_lock);
			return false;
		}
	}
	return true;
}

static VAStatus end(struct driver *driver, VAStatus status)
{
	pthread_mutex_unlock(&driver->display_lock);
	return status;
}

/* The instance trapped, or its answer breaks the contract: the next question gets a new one. */
static VAStatus trapped(struct driver *driver)
{
	char reason[256];
	const char *why = core_trap_reason(driver->display);

	messages_trap(reason, sizeof(reason), "a question about this display failed inside the driver", why);
	core_close(driver->display);
	driver->display = NULL;
	pthread_mutex_unlock(&driver->display_lock);
	messages_say(driver, "%s", reason);
	return VA_STATUS_ERROR_OPERATION_FAILED;
}

VAStatus display_add_decoders(struct driver *driver)
{
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	if (!add_decoders(driver))
		return trapped(driver);
	return end(driver, VA_STATUS_SUCCESS);
}

bool display_ask_probe(void *opaque, const struct core_decoder *facts, uint32_t coded_fourcc,
                       uint32_t bit_depth, struct facts_probe *probe)
{
	struct driver *driver = opaque;
	bool has;

	if (!begin(driver))
		return false;
	if (!probe_of_core(driver->display, facts, coded_fourcc, bit_depth, probe, &has)) {
		trapped(driver);
		return false;
	}
	pthread_mutex_unlock(&driver->display_lock);
	return has;
}

/* ---- configs ----------------------------------------------------------------------------------- */

VAStatus display_profiles(struct driver *driver, VAProfile *profiles, uint32_t *count)
{
	int32_t list[DRIVER_MAX_PROFILES];

	*count = 0;
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	if (!core_display_profiles(driver->display, count) ||
	    !take_numbers(driver->display, *count, list, DRIVER_MAX_PROFILES)) {
		*count = 0;
		return trapped(driver);
	}
	for (uint32_t i = 0; i < *count; i++)
		profiles[i] = (VAProfile)list[i];
	return end(driver, VA_STATUS_SUCCESS);
}

VAStatus display_entrypoints(struct driver *driver, VAProfile profile, VAEntrypoint *entrypoints,
                             uint32_t *count)
{
	int32_t list[DRIVER_MAX_ENTRYPOINTS];

	*count = 0;
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	if (!core_display_entrypoints(driver->display, count, (uint32_t)profile) ||
	    !take_numbers(driver->display, *count, list, DRIVER_MAX_ENTRYPOINTS)) {
		*count = 0;
		return trapped(driver);
	}
	for (uint32_t i = 0; i < *count; i++)
		entrypoints[i] = (VAEntrypoint)list[i];
	return end(driver, *count ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
}

VAStatus display_attribute(struct driver *driver, VAProfile profile, VAEntrypoint entrypoint,
                           VAConfigAttrib *attribute)
{
	uint32_t value;

	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	if (!core_display_config_attribute(driver->display, &value, (uint32_t)profile, (uint32_t)entrypoint,
	                                   (uint32_t)attribute->type))
		return trapped(driver);
	attribute->value = value;
	return end(driver, VA_STATUS_SUCCESS);
}

VAStatus display_create_config(struct driver *driver, VAProfile profile, VAEntrypoint entrypoint,
                               const VAConfigAttrib *attributes, uint32_t count, struct core_config *config)
{
	struct core_attribute *input;
	uint32_t status;

	if (count > CORE_INPUT_CAPACITY / sizeof(*input))
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	input = core_input(driver->display);
	for (uint32_t i = 0; i < count; i++)
		input[i] =
			(struct core_attribute){.type = (uint32_t)attributes[i].type, .value = attributes[i].value};
	if (!core_display_create_config(driver->display, &status, (uint32_t)profile, (uint32_t)entrypoint, count))
		return trapped(driver);
	take_config(driver->display, config);
	if (status != VA_STATUS_SUCCESS)
		return end(driver, status_of_core(status));
	driver->last_profile = (uint32_t)profile;
	return end(driver, VA_STATUS_SUCCESS);
}

VAStatus display_choose_decoder(struct driver *driver, const struct core_config *config, uint32_t width,
                                uint32_t height, uint32_t *decoder)
{
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	memcpy(core_input(driver->display), driver->contexts, sizeof(driver->contexts));
	if (!core_display_choose_decoder(driver->display, decoder, config->profile, config->rt_format, width,
	                                 height))
		return trapped(driver);
	if (*decoder == CORE_NONE)
		return end(driver, VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
	if (*decoder >= driver->found.count)
		return trapped(driver);
	driver->contexts[*decoder]++;
	return end(driver, VA_STATUS_SUCCESS);
}

void display_leave_decoder(struct driver *driver, uint32_t decoder)
{
	pthread_mutex_lock(&driver->display_lock);
	driver->contexts[decoder]--;
	pthread_mutex_unlock(&driver->display_lock);
}

/* ---- surfaces ---------------------------------------------------------------------------------- */

VAStatus display_surface_attributes(struct driver *driver, const struct core_config *config,
                                    VASurfaceAttrib *attributes, uint32_t *count)
{
	struct core_surface_attribute list[DRIVER_MAX_SURFACE_ATTRIBUTES];

	*count = 0;
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	if (!core_display_surface_attributes(driver->display, count, config->profile, config->rt_format) ||
	    !take_surface_attributes(driver->display, *count, list, DRIVER_MAX_SURFACE_ATTRIBUTES)) {
		*count = 0;
		return trapped(driver);
	}
	for (uint32_t i = 0; i < *count; i++) {
		memset(&attributes[i], 0, sizeof(attributes[i]));
		attributes[i].type = (VASurfaceAttribType)list[i].type;
		attributes[i].flags = list[i].flags;
		attributes[i].value.type = (VAGenericValueType)list[i].value_type;
		/* The core speaks of integers only; a pointer or a function is NULL. */
		if (list[i].value_type == VAGenericValueTypeInteger)
			attributes[i].value.value.i = (int)list[i].value;
	}
	return end(driver, VA_STATUS_SUCCESS);
}

VAStatus display_create_surface(struct driver *driver, uint32_t rt_format, uint32_t width, uint32_t height,
                                const VASurfaceAttrib *attributes, uint32_t count,
                                struct core_surface *surface)
{
	struct core_surface_attribute *input;
	uint32_t status;

	if (count > CORE_INPUT_CAPACITY / sizeof(*input))
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	input = core_input(driver->display);
	for (uint32_t i = 0; i < count; i++) {
		input[i] = (struct core_surface_attribute){
			.type = (uint32_t)attributes[i].type,
			.flags = attributes[i].flags,
			.value_type = (uint32_t)attributes[i].value.type,
			.value = attribute_number(&attributes[i]),
		};
	}
	if (!core_display_create_surface(driver->display, &status, rt_format, width, height, count))
		return trapped(driver);
	if (status != VA_STATUS_SUCCESS)
		return end(driver, status_of_core(status));
	if (!take_surface(driver->display, surface))
		return trapped(driver);
	return end(driver, VA_STATUS_SUCCESS);
}

VAStatus display_surface_memory(struct driver *driver, const struct core_surface *surface, bool beside,
                                struct core_allocation *allocation, uint8_t *control)
{
	uint32_t status;

	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	if (!core_display_surface_memory(driver->display, &status, surface->fourcc, surface->width,
	                                 surface->height, driver->last_profile, beside))
		return trapped(driver);
	if (status != VA_STATUS_SUCCESS)
		return end(driver, status_of_core(status));
	if (!take_allocation(driver->display, driver->found.count, allocation, control))
		return trapped(driver);
	return end(driver, VA_STATUS_SUCCESS);
}

VAStatus display_surface_layout(struct driver *driver, const struct core_surface *surface,
                                const struct core_format *format, struct core_layout *layout)
{
	uint32_t status;

	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	memcpy(core_input(driver->display), format, sizeof(*format));
	if (!core_display_surface_layout(driver->display, &status, surface->fourcc, surface->width,
	                                 surface->height))
		return trapped(driver);
	if (status != VA_STATUS_SUCCESS)
		return end(driver, status_of_core(status));
	if (!take_layout(driver->display, layout))
		return trapped(driver);
	return end(driver, VA_STATUS_SUCCESS);
}

VAStatus display_export(struct driver *driver, const struct core_layout *layout, uint32_t flags,
                        VADRMPRIMESurfaceDescriptor *descriptor)
{
	uint32_t status;

	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	memcpy(core_input(driver->display), layout, sizeof(*layout));
	if (!core_display_export(driver->display, &status, flags))
		return trapped(driver);
	if (status != VA_STATUS_SUCCESS)
		return end(driver, status_of_core(status));
	if (!take_descriptor(driver->display, layout, descriptor))
		return trapped(driver);
	return end(driver, VA_STATUS_SUCCESS);
}

/* ---- images ------------------------------------------------------------------------------------ */

VAStatus display_image_formats(struct driver *driver, VAImageFormat *formats, uint32_t *count)
{
	*count = 0;
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	if (!core_display_image_formats(driver->display, count) ||
	    !take_image_formats(driver->display, *count, formats, DRIVER_MAX_IMAGE_FORMATS)) {
		*count = 0;
		return trapped(driver);
	}
	return end(driver, VA_STATUS_SUCCESS);
}

VAStatus display_create_image(struct driver *driver, uint32_t fourcc, uint32_t width, uint32_t height,
                              struct core_layout *layout)
{
	uint32_t status;

	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	if (!core_display_create_image(driver->display, &status, fourcc, width, height))
		return trapped(driver);
	if (status != VA_STATUS_SUCCESS)
		return end(driver, status_of_core(status));
	if (!take_layout(driver->display, layout))
		return trapped(driver);
	return end(driver, VA_STATUS_SUCCESS);
}

/* The end of a question about copies; answer: how many, or a status. */
static VAStatus end_with_copies(struct driver *driver, uint32_t answer, struct core_copy *copies,
                                uint32_t *count)
{
	if (answer & ANSWER_ERROR) {
		VAStatus status = status_of_core(answer & ~ANSWER_ERROR);

		return end(driver, status == VA_STATUS_SUCCESS ? VA_STATUS_ERROR_OPERATION_FAILED : status);
	}
	if (!take_copies(driver->display, answer, copies))
		return trapped(driver);
	*count = answer;
	return end(driver, VA_STATUS_SUCCESS);
}

static void give_layouts(struct driver *driver, const struct core_layout *first,
                         const struct core_layout *second)
{
	struct core_layout *input = core_input(driver->display);

	input[0] = *first;
	input[1] = *second;
}

VAStatus display_get_image(struct driver *driver, const struct core_layout *surface,
                           const struct core_layout *image, const struct display_area *area,
                           struct core_copy *copies, uint32_t *count)
{
	uint32_t answer;

	*count = 0;
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	give_layouts(driver, surface, image);
	if (!core_display_get_image(driver->display, &answer, area->x, area->y, area->width, area->height))
		return trapped(driver);
	return end_with_copies(driver, answer, copies, count);
}

VAStatus display_put_image(struct driver *driver, const struct core_layout *image,
                           const struct core_layout *surface, const struct display_area *area, uint32_t to_x,
                           uint32_t to_y, struct core_copy *copies, uint32_t *count)
{
	uint32_t answer;

	*count = 0;
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	give_layouts(driver, image, surface);
	if (!core_display_put_image(driver->display, &answer, area->x, area->y, area->width, area->height, to_x,
	                            to_y))
		return trapped(driver);
	return end_with_copies(driver, answer, copies, count);
}

VAStatus display_copy_picture(struct driver *driver, const struct core_layout *picture,
                              const struct core_layout *surface, struct core_copy *copies, uint32_t *count)
{
	uint32_t answer;

	*count = 0;
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	give_layouts(driver, picture, surface);
	if (!core_display_copy_picture(driver->display, &answer))
		return trapped(driver);
	return end_with_copies(driver, answer, copies, count);
}

VAStatus display_import(struct driver *driver, const struct core_surface *surface,
                        const struct core_external *external, const VADRMPRIMESurfaceDescriptor *descriptor,
                        struct core_layout *layout, uint32_t *refusal)
{
	struct core_import answer;
	uint8_t *input;
	uint32_t status;

	*refusal = CORE_IMPORT_NONE;
	if (!begin(driver))
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	input = core_input(driver->display);
	memcpy(input, external, sizeof(*external));
	if (descriptor)
		memcpy(input + CORE_PARAMETER_CAPACITY, descriptor, sizeof(*descriptor));
	if (!core_display_import(driver->display, &status, surface->fourcc, surface->width, surface->height))
		return trapped(driver);
	if (!take_import(driver->display, status == VA_STATUS_SUCCESS, external->memory_size, &answer))
		return trapped(driver);
	*refusal = answer.refusal;
	if (status != VA_STATUS_SUCCESS)
		return end(driver, status_of_core(status));
	*layout = answer.layout;
	return end(driver, VA_STATUS_SUCCESS);
}
