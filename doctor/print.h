/* SPDX-License-Identifier: MIT */
#ifndef DOCTOR_PRINT_H
#define DOCTOR_PRINT_H

#include <stdio.h>

#include "report.h"

/* For people: what to do first, then what is there. */
void print_text(FILE *to, const struct report *report);
/* For programs: one object. */
void print_json(FILE *to, const struct report *report);

#endif
