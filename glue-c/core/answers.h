/* SPDX-License-Identifier: MIT
 *
 * The core's answers. Each take_*() copies what the last call left in the output area, or what stands at an address that a
 * plan names, and checks the copy. False: the answer breaks the contract, nothing of it may be used, and the owner gives
 * the instance up. There is no other way to read an answer: the output area's address is known to answers.c alone.
 *
 * What a call returns (a count, a status) comes from the core as well: counts are checked here, statuses by
 * status_of_core().
 */
#ifndef GLUE_CORE_ANSWERS_H
#define GLUE_CORE_ANSWERS_H

#include <va/va.h>
#include <va/va_drmcommon.h>

#include "core.h"

/* All of a plan that is in use: the steps beyond step_count are left as they are. The values of a step are checked when
 * it is carried out. */
bool take_plan(struct core *core, struct core_plan *plan);

/* Lists of `count` elements, at most `capacity`. */
bool take_numbers(struct core *core, uint32_t count, int32_t *numbers, uint32_t capacity);
bool take_surface_attributes(struct core *core, uint32_t count, struct core_surface_attribute *attributes,
                             uint32_t capacity);
bool take_image_formats(struct core *core, uint32_t count, VAImageFormat *formats, uint32_t capacity);
/* At most CORE_MAX_PLANES. Whether they stay inside the two memories is checked by copies_run(). */
bool take_copies(struct core *core, uint32_t count, struct core_copy *copies);

/* What goes back to the core as it is. */
void take_config(struct core *core, struct core_config *config);
bool take_surface(struct core *core, struct core_surface *surface);
bool take_layout(struct core *core, struct core_layout *layout);
bool take_layout_at(struct core *core, uint32_t address, struct core_layout *layout);
/* A control, and a copy of its bytes: one at least, at most `capacity`. */
bool take_control(struct core *core, struct core_control *control, uint8_t *bytes, uint32_t capacity);
/* decoders: how many there are. control: CORE_MAX_PROBE_CONTROL bytes, of which control_size are filled. */
bool take_allocation(struct core *core, uint32_t decoders, struct core_allocation *allocation,
                     uint8_t *control);
/* The same from an address, for one decoder. */
bool take_allocation_at(struct core *core, uint32_t address, uint32_t decoder,
                        struct core_allocation *allocation, uint8_t *control);
/* The answer about memory of memory_size bytes; accepted: the call said that it can be a surface. The layout is valid
 * only then. */
bool take_import(struct core *core, bool accepted, uint32_t memory_size, struct core_import *import);
/* The doctor's. problems: CORE_PROBLEMS of them. */
void take_verdict(struct core *core, struct core_verdict *verdict);
bool take_problems(struct core *core, uint32_t count, struct core_problem *problems);
void take_measure_rate(struct core *core, struct core_measure_rate *rate);
/* Of memory with this layout: one object, whose descriptor and size are still to be filled in. */
bool take_descriptor(struct core *core, const struct core_layout *layout,
                     VADRMPRIMESurfaceDescriptor *descriptor);

#endif
