/* SPDX-License-Identifier: MIT */
#ifndef DOCTOR_SURVEY_H
#define DOCTOR_SURVEY_H

#include "../glue-c/core/core.h"
#include "report.h"

/* Finds decoders and other video nodes, as the driver does; then asks the core about each profile. */
void survey(struct report *report, struct core *core);

#endif
