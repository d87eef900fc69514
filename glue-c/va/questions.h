/* SPDX-License-Identifier: MIT
 *
 * Questions to the display's core instance, named as its exports are: each locks the instance, asks, and takes the answer
 * (core/answers.h). A trap, or an answer that breaks the contract, costs the question: the instance is made anew from the
 * decoders that are known, and the answer is OPERATION_FAILED. Each returns ALLOCATION_FAILED when there is no memory for
 * an instance, else what the core says.
 */
#ifndef GLUE_VA_QUESTIONS_H
#define GLUE_VA_QUESTIONS_H

#include <va/va_drmcommon.h>

#include "driver.h"

/* The number of an attribute; of a pointer, whether there is one. */
static inline uint32_t attribute_number(const VASurfaceAttrib *attribute)
{
	bool pointer =
		attribute->value.type == VAGenericValueTypePointer || attribute->value.type == VAGenericValueTypeFunc;

	return pointer ? attribute->value.value.p != NULL : (uint32_t)attribute->value.value.i;
}

VAStatus display_open(struct driver *driver);
/* Tells the instance of every decoder found. */
VAStatus display_add_decoders(struct driver *driver);
void display_close(struct driver *driver);
bool display_ask_probe(void *driver, const struct core_decoder *facts, uint32_t coded_fourcc,
                       uint32_t bit_depth, struct facts_probe *probe);

VAStatus display_profiles(struct driver *driver, VAProfile *profiles, uint32_t *count);
/* UNSUPPORTED_PROFILE when the profile is not offered. */
VAStatus display_entrypoints(struct driver *driver, VAProfile profile, VAEntrypoint *entrypoints,
                             uint32_t *count);
VAStatus display_attribute(struct driver *driver, VAProfile profile, VAEntrypoint entrypoint,
                           VAConfigAttrib *attribute);
VAStatus display_create_config(struct driver *driver, VAProfile profile, VAEntrypoint entrypoint,
                               const VAConfigAttrib *attributes, uint32_t count, struct core_config *config);
/* The decoder of the display that a context of this config gets, which has one context more from now on. UNSUPPORTED_PROFILE
 * when none serves it. */
VAStatus display_choose_decoder(struct driver *driver, const struct core_config *config, uint32_t width,
                                uint32_t height, uint32_t *decoder);
/* That context is gone, or never came into being. */
void display_leave_decoder(struct driver *driver, uint32_t decoder);
VAStatus display_surface_attributes(struct driver *driver, const struct core_config *config,
                                    VASurfaceAttrib *attributes, uint32_t *count);
VAStatus display_create_surface(struct driver *driver, uint32_t rt_format, uint32_t width, uint32_t height,
                                const VASurfaceAttrib *attributes, uint32_t count,
                                struct core_surface *surface);
/* control: CORE_MAX_PROBE_CONTROL bytes, filled with that of the allocation. */
VAStatus display_surface_memory(struct driver *driver, const struct core_surface *surface, bool beside,
                                struct core_allocation *allocation, uint8_t *control);
VAStatus display_surface_layout(struct driver *driver, const struct core_surface *surface,
                                const struct core_format *format, struct core_layout *layout);
/* Judges memory of the player's; descriptor: NULL unless the memory type is DRM_PRIME_2. refusal: CORE_IMPORT_*. */
VAStatus display_import(struct driver *driver, const struct core_surface *surface,
                        const struct core_external *external, const VADRMPRIMESurfaceDescriptor *descriptor,
                        struct core_layout *layout, uint32_t *refusal);
VAStatus display_image_formats(struct driver *driver, VAImageFormat *formats, uint32_t *count);
VAStatus display_create_image(struct driver *driver, uint32_t fourcc, uint32_t width, uint32_t height,
                              struct core_layout *layout);
VAStatus display_export(struct driver *driver, const struct core_layout *layout, uint32_t flags,
                        VADRMPRIMESurfaceDescriptor *descriptor);

struct display_area {
	uint32_t x, y, width, height;
};
VAStatus display_get_image(struct driver *driver, const struct core_layout *surface,
                           const struct core_layout *image, const struct display_area *area,
                           struct core_copy *copies, uint32_t *count);
VAStatus display_put_image(struct driver *driver, const struct core_layout *image,
                           const struct core_layout *surface, const struct display_area *area, uint32_t to_x,
                           uint32_t to_y, struct core_copy *copies, uint32_t *count);

/* What a picture and the surface that it belongs to have in common. */
VAStatus display_copy_picture(struct driver *driver, const struct core_layout *picture,
                              const struct core_layout *surface, struct core_copy *copies, uint32_t *count);

#endif
