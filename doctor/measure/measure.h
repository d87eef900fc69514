/* SPDX-License-Identifier: MIT */
#ifndef DOCTOR_MEASURE_MEASURE_H
#define DOCTOR_MEASURE_MEASURE_H

#include "../../glue-c/core/core.h"
#include "measurement.h"

/*
 * Plays the first limit_s seconds of a film (an absolute path; NULL: none) with each player in each way, and compares the clips
 * that are installed. Progress goes to stderr. The report is that of this machine, judged.
 */
void measure(struct report *report, struct core *core, const char *film, uint32_t limit_s,
             struct measurement *measurement);

#endif
