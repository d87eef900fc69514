/* SPDX-License-Identifier: MIT
 *
 * One instance of the core, and the only way into it. Each core_*() call below goes through the trap guard:
 * it returns false when the core trapped (out of bounds, assert, unreachable, division by zero); the instance
 * is then poisoned, every later call returns false at once, and the owner closes it. One instance is used by one
 * thread at a time; the caller holds the lock. What each export does is written at driver-src/index.ts.
 */
#ifndef GLUE_CORE_CORE_H
#define GLUE_CORE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange.h"

struct core;

/* A new instance; NULL when there is no memory for it. */
struct core *core_open(void);
/* Frees an instance, trapped or not. NULL is allowed. */
void core_close(struct core *core);

/* Why the instance is lost, as one sentence ("assertion failed in session/slots.ts:47"); NULL while it is well. */
const char *core_trap_reason(const struct core *core);

/* The bytes [address, address + size) of linear memory, for a device that reads them as they are (controls, bitstream);
 * NULL when they are not all inside it. Answers are taken with answers.h. */
const void *core_bytes(const struct core *core, uint32_t address, uint32_t size);
/* The text at an address, as many characters as fit; empty when it is not all inside linear memory. What is not printable ASCII
 * becomes '?'. */
void core_text(const struct core *core, uint32_t address, char *text, size_t capacity);
/* The input area, CORE_INPUT_CAPACITY bytes, to be written before a call. Never NULL. */
void *core_input(struct core *core);

/* The exports of the core that the glue calls: name and number of uint32_t arguments. All return uint32_t. */
#define CORE_EXPORTS(X0, X1, X2, X3, X4, X5, X6) \
	X0(display_add_decoder)                      \
	X2(display_probe_control)                    \
	X0(display_profiles)                         \
	X1(display_entrypoints)                      \
	X3(display_config_attribute)                 \
	X3(display_create_config)                    \
	X4(display_choose_decoder)                   \
	X2(display_surface_attributes)               \
	X4(display_create_surface)                   \
	X5(display_surface_memory)                   \
	X3(display_surface_layout)                   \
	X3(display_import)                           \
	X0(display_image_formats)                    \
	X3(display_create_image)                     \
	X1(display_export)                           \
	X4(display_get_image)                        \
	X6(display_put_image)                        \
	X0(display_copy_picture)                     \
	X0(doctor_profiles)                          \
	X2(doctor_verdict)                           \
	X0(doctor_diagnose)                          \
	X0(doctor_judge_access)                      \
	X0(doctor_judge_run)                         \
	X0(doctor_judge_clip)                        \
	X0(doctor_judge_measurement)                 \
	X4(context_create)                           \
	X4(context_begin_picture)                    \
	X2(context_render_parameter)                 \
	X1(context_slice_header_size)                \
	X2(context_render_slice)                     \
	X0(context_output_surface)                   \
	X1(context_end_picture)                      \
	X0(context_destroy)                          \
	X1(context_sync_surface)                     \
	X1(context_ask_surface)                      \
	X1(context_surface_state)                    \
	X0(context_damaged_surface)                  \
	X1(context_surface_exported)                 \
	X1(context_forget_surface)                   \
	X2(context_output_done)                      \
	X2(context_capture_done)                     \
	X1(context_copy_failed)                      \
	X0(context_report)                           \
	X2(context_step_failed)                      \
	X2(context_resume)

/* bool core_NAME(struct core *core, uint32_t *result, uint32_t a, ...): guarded; false when it trapped. */
#define CORE_DECLARE0(name) bool core_##name(struct core *core, uint32_t *result);
#define CORE_DECLARE1(name) bool core_##name(struct core *core, uint32_t *result, uint32_t a);
#define CORE_DECLARE2(name) bool core_##name(struct core *core, uint32_t *result, uint32_t a, uint32_t b);
#define CORE_DECLARE3(name) \
	bool core_##name(struct core *core, uint32_t *result, uint32_t a, uint32_t b, uint32_t c);
#define CORE_DECLARE4(name) \
	bool core_##name(struct core *core, uint32_t *result, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
#define CORE_DECLARE5(name)                                                                               \
	bool core_##name(struct core *core, uint32_t *result, uint32_t a, uint32_t b, uint32_t c, uint32_t d, \
	                 uint32_t e);
#define CORE_DECLARE6(name)                                                                               \
	bool core_##name(struct core *core, uint32_t *result, uint32_t a, uint32_t b, uint32_t c, uint32_t d, \
	                 uint32_t e, uint32_t f);
CORE_EXPORTS(CORE_DECLARE0, CORE_DECLARE1, CORE_DECLARE2, CORE_DECLARE3, CORE_DECLARE4, CORE_DECLARE5,
             CORE_DECLARE6)

#endif
