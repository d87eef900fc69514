/* SPDX-License-Identifier: MIT */
#ifndef DOCTOR_DIAGNOSIS_H
#define DOCTOR_DIAGNOSIS_H

#include "../glue-c/core/core.h"
#include "report.h"

/* Hands what was found to the core, and takes its list of problems. */
void diagnose(struct report *report, struct core *core);
/* Notes that the core is lost, or broke its contract. */
void diagnosis_failed(struct report *report, struct core *core);

#endif
