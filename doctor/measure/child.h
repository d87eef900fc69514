/* SPDX-License-Identifier: MIT
 *
 * Runs a program for a bounded time, and hears what it says.
 */
#ifndef DOCTOR_MEASURE_CHILD_H
#define DOCTOR_MEASURE_CHILD_H

#include <stdint.h>

enum {
	CHILD_NUMBERS = 3,        /* the descriptor to which a program writes numbers, apart from its words */
	CHILD_LINE = 512,         /* bytes of a line that are heard */
	CHILD_PATIENCE_MS = 20000 /* a program without a new picture for as long hangs */
};

struct child {
	char *const *arguments; /* the program, looked for in the path, and its words; then NULL */
	uint32_t limit_ms;      /* when it is stopped, though it works */
	/* Each line of standard output and standard error, and each line of CHILD_NUMBERS. */
	void (*says)(void *opaque, const char *line);
	void (*counts)(void *opaque, const char *line);
	/* Twice a second. Returns what grows as long as the program works: how many pictures it gave. */
	uint32_t (*looks)(void *opaque, uint32_t elapsed_ms);
	void *opaque;
};

struct child_end {
	uint32_t end;      /* CORE_MEASURE_END_* */
	uint64_t ended_ns; /* CLOCK_MONOTONIC */
	uint32_t elapsed_ms;
	uint32_t cpu_ms;    /* of all cores, user and system */
	uint32_t memory_kb; /* the most that was resident */
};

/* Runs it to its end. Nothing of it is left afterwards. */
void child_run(const struct child *child, struct child_end *end);

#endif
