/* SPDX-License-Identifier: MIT */
#ifndef DOCTOR_ACCESS_H
#define DOCTOR_ACCESS_H

#include "report.h"

/* Whether the user has the active session of a seat: CORE_SEAT_*. */
uint32_t survey_seat(void);

/* What speaks for and against the user's opening of a node. The remedy is left to the core. */
void survey_access(const char *node, uint32_t seat, struct node_access *access);

#endif
