/* SPDX-License-Identifier: MIT */
#ifndef DOCTOR_MACHINE_H
#define DOCTOR_MACHINE_H

#include "report.h"

/* Kernel, board, sandbox, seat, environment and memory. */
void survey_machine(struct report *report);

/* The text with the user's home replaced by ~: reports are shown to others. */
void hide_home(const char *text, char *to, size_t size);

#endif
