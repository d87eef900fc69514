/* SPDX-License-Identifier: MIT
 *
 * A libva driver that offers nothing: another one than the project's. What it calls itself, or that it refuses the device or
 * crashes, stands in OTHER_DRIVER.
 */
#include <stdlib.h>
#include <string.h>
#include <va/va_backend.h>

VAStatus __vaDriverInit_1_0(VADriverContextP va);

static VAStatus terminate(VADriverContextP va)
{
	(void)va;
	return VA_STATUS_SUCCESS;
}

static VAStatus answer(void)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

/* libva insists on an entry for each of the first calls; none of them is made. */
static void fill_table(struct VADriverVTable *table)
{
	void (*const entry)(void) = (void (*)(void))answer;
	size_t count = offsetof(struct VADriverVTable, vaSetDisplayAttributes) / sizeof(entry) + 1;

	for (size_t i = 0; i < count; i++)
		memcpy((char *)table + i * sizeof(entry), &entry, sizeof(entry));
	table->vaTerminate = terminate;
}

VAStatus __vaDriverInit_1_0(VADriverContextP va)
{
	const char *is = getenv("OTHER_DRIVER");

	if (is && !strcmp(is, "refuses"))
		return VA_STATUS_ERROR_UNKNOWN;
	if (is && !strcmp(is, "crashes"))
		abort();
	va->version_major = VA_MAJOR_VERSION;
	va->version_minor = VA_MINOR_VERSION;
	va->max_profiles = 1;
	va->max_entrypoints = 1;
	va->max_attributes = 1;
	va->max_image_formats = 1;
	va->max_subpic_formats = 1;
	va->str_vendor = is ? is : "a driver of somebody else";
	fill_table(va->vtable);
	return VA_STATUS_SUCCESS;
}
