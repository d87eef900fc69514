/* SPDX-License-Identifier: MIT
 *
 * What ends the process: findings, among them calls and inputs that take too long.
 */
#ifndef TEST_FUZZ_FINDINGS_H
#define TEST_FUZZ_FINDINGS_H

#include <stdbool.h>
#include <va/va.h>

/* Says a sentence and ends the process; libFuzzer keeps the input. */
void finding(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* An input begins, and ends; there is one thread. One that does not end is a finding. */
void input_begins(void);
void input_ends(void);

/* Around each call. One that takes longer than any may is a finding. */
void call_begins(const char *name);
VAStatus call_ended(const char *name, VAStatus status); /* returns the status */
/* Inside a call of the driver's, in this thread. */
bool call_is_running(void);

#endif
