/* SPDX-License-Identifier: MIT
 *
 * A core that fails when it is told to. Link a test with trapping_core (or trapping_driver, which has the glue around
 * it); trap_at() then decides how and where the core traps, spoil_at() which of its answers is wrong. The orders hold for
 * all instances of the process.
 */
#ifndef TEST_NATIVE_TRAPPING_H
#define TEST_NATIVE_TRAPPING_H

#include <stdbool.h>
#include <stdint.h>

enum trap_kind {
	TRAP_NEVER,
	TRAP_OUT_OF_BOUNDS,
	TRAP_ASSERT,
	TRAP_RECURSION,
	TRAP_UNREACHABLE,
	TRAP_DIVISION,
	TRAP_KINDS
};

enum { TRAP_ANY_ARGUMENT = 0xffffffffu };

/* The export of this name ("context_end_picture") traps in its call number `call` from now (1: the next one), counting
 * only calls with this first argument, and in that call only. TRAP_NEVER takes the order back. */
void trap_at(enum trap_kind kind, const char *export_name, uint32_t first_argument, unsigned call);

/* How often the order has struck since trap_at(). */
unsigned trap_count(void);

enum { SPOIL_RESULT = 0xffffffffu };

/* The next call of this export leaves `value` in the word at `offset` of the output area, or returns it (SPOIL_RESULT).
 * NULL takes the order back. */
void spoil_at(const char *export_name, uint32_t offset, uint32_t value);

/* Whether that call has been made. */
bool spoil_done(void);

/* Pictures that are begun in surface `from`, from now on, have their samples go to surface `to`; the same twice takes that
 * back. */
void output_at(uint32_t from, uint32_t to);

#endif
