/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>

#include "messages.h"
#include "questions.h"

VAStatus config_query_profiles(VADriverContextP va, VAProfile *profiles, int *count)
{
	uint32_t found;
	VAStatus status;

	if (!profiles || !count)
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	status = display_profiles(driver_of(va), profiles, &found);
	*count = (int)found;
	return status;
}

VAStatus config_query_entrypoints(VADriverContextP va, VAProfile profile, VAEntrypoint *entrypoints,
                                  int *count)
{
	uint32_t found;
	VAStatus status;

	if (!entrypoints || !count)
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	status = display_entrypoints(driver_of(va), profile, entrypoints, &found);
	*count = (int)found;
	return status;
}

/* UNSUPPORTED_PROFILE, UNSUPPORTED_ENTRYPOINT or success. */
static VAStatus check_entrypoint(struct driver *driver, VAProfile profile, VAEntrypoint entrypoint)
{
	VAEntrypoint offered[DRIVER_MAX_ENTRYPOINTS];
	uint32_t count;
	VAStatus status = display_entrypoints(driver, profile, offered, &count);

	for (uint32_t i = 0; status == VA_STATUS_SUCCESS && i < count; i++) {
		if (offered[i] == entrypoint)
			return VA_STATUS_SUCCESS;
	}
	return status == VA_STATUS_SUCCESS ? VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT : status;
}

VAStatus config_get_attributes(VADriverContextP va, VAProfile profile, VAEntrypoint entrypoint,
                               VAConfigAttrib *attributes, int count)
{
	struct driver *driver = driver_of(va);
	VAStatus status;

	if (count < 0 || (count && !attributes))
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	status = check_entrypoint(driver, profile, entrypoint);
	for (int i = 0; status == VA_STATUS_SUCCESS && i < count; i++)
		status = display_attribute(driver, profile, entrypoint, &attributes[i]);
	return status;
}

static void release_config(struct object *object)
{
	free(object);
}

static VAStatus refuse_config(struct driver *driver, VAStatus status, VAProfile profile,
                              VAEntrypoint entrypoint, uint32_t refusal)
{
	switch (refusal) {
	case CORE_REFUSAL_NO_DECODER:
		return messages_refuse(driver, status, "profile %d is not offered, since no decoder was found: %s",
		                       (int)profile, driver->reason);
	case CORE_REFUSAL_NOT_OFFERED:
		return messages_refuse(
			driver, status,
			"no decoder of this machine offers profile %d with entrypoint %d and these attributes "
			"(vainfo lists what there is)",
			(int)profile, (int)entrypoint);
	default:
		return status;
	}
}

VAStatus config_create(VADriverContextP va, VAProfile profile, VAEntrypoint entrypoint,
                       VAConfigAttrib *attributes, int count, VAConfigID *id)
{
	struct driver *driver = driver_of(va);
	struct config *config;
	struct core_config facts = {.refusal = CORE_REFUSAL_NONE};
	VAStatus status;

	if (!id)
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	*id = VA_INVALID_ID;
	if (count < 0 || (count && !attributes))
		return messages_refuse(driver, VA_STATUS_ERROR_INVALID_PARAMETER,
		                       "vaCreateConfig: the attributes are missing");
	status = display_create_config(driver, profile, entrypoint, attributes, (uint32_t)count, &facts);
	if (status != VA_STATUS_SUCCESS)
		return refuse_config(driver, status, profile, entrypoint, facts.refusal);
	config = calloc(1, sizeof(*config));
	if (!config)
		return VA_STATUS_ERROR_ALLOCATION_FAILED;
	config->facts = facts;
	if (!objects_add(&driver->objects, OBJECT_CONFIG, &config->object, release_config)) {
		free(config);
		return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
	}
	*id = config->object.id;
	object_put(&config->object);
	return VA_STATUS_SUCCESS;
}

VAStatus config_destroy(VADriverContextP va, VAConfigID id)
{
	struct driver *driver = driver_of(va);
	struct object *object = objects_remove(&driver->objects, OBJECT_CONFIG, id);

	if (!object)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_CONFIG, "vaDestroyConfig", "config", id);
	object_put(object);
	return VA_STATUS_SUCCESS;
}

VAStatus config_query_attributes(VADriverContextP va, VAConfigID id, VAProfile *profile,
                                 VAEntrypoint *entrypoint, VAConfigAttrib *attributes, int *count)
{
	struct driver *driver = driver_of(va);
	struct config *config = get_config(driver, id);

	if (!config)
		return messages_unknown(driver, VA_STATUS_ERROR_INVALID_CONFIG, "vaQueryConfigAttributes", "config",
		                        id);
	if (profile)
		*profile = (VAProfile)config->facts.profile;
	if (entrypoint)
		*entrypoint = (VAEntrypoint)config->facts.entrypoint;
	/* The list holds vaMaxNumConfigAttributes() entries. */
	if (attributes) {
		attributes[0].type = VAConfigAttribRTFormat;
		attributes[0].value = config->facts.rt_format;
	}
	if (count)
		*count = 1;
	object_put(&config->object);
	return VA_STATUS_SUCCESS;
}
