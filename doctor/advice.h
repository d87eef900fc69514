/* SPDX-License-Identifier: MIT */
#ifndef DOCTOR_ADVICE_H
#define DOCTOR_ADVICE_H

#include <stddef.h>

#include "report.h"

/* One sentence about a problem, which begins with what to do. */
void advice(const struct report *report, const struct core_problem *problem, char *text, size_t size);
/* "node-refused": the problem's name for programs. */
const char *problem_name(uint32_t problem);
/* "join", "log-in-locally": the same of CORE_REMEDY_*. */
const char *remedy_name(uint32_t remedy);
/* "offered", "no-control": the same of CORE_VERDICT_*. */
const char *verdict_name(uint32_t verdict);
/* Why a decoder does not serve a profile, for users. The buffer holds what has no text of its own. */
const char *verdict_reason(const struct core_verdict *verdict, char *buffer, size_t size);

#endif
