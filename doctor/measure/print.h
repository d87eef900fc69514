/* SPDX-License-Identifier: MIT */
#ifndef DOCTOR_MEASURE_PRINT_H
#define DOCTOR_MEASURE_PRINT_H

#include <stdio.h>

#include "../writer.h"
#include "measurement.h"

/* For people: the film by player and way, then the clips; the last line is the sum. */
void print_measurement(FILE *to, const struct measurement *measurement);
/* For programs: "measurement" in an object. */
void put_measurement(struct writer *json, const struct measurement *measurement);

/* "vaapi-copy", "fell-back", "right": the names of CORE_MEASURE_WAY_*, CORE_MEASURE_RUN_* and CORE_MEASURE_CLIP_*. */
const char *way_name(uint32_t way);
const char *run_verdict_name(uint32_t verdict);
const char *clip_verdict_name(uint32_t verdict);
/* What to do about a run or a clip, one sentence; empty where nothing is to do. */
void run_remark(const struct measurement *measurement, const struct measured_run *run, char *text,
                size_t size);
void clip_remark(const struct measurement *measurement, const struct measured_clip *clip, char *text,
                 size_t size);

#endif
