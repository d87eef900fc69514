/* SPDX-License-Identifier: MIT */
#ifndef DOCTOR_MACHINE_H
#define DOCTOR_MACHINE_H

#include "report.h"

/* Kernel, board, sandbox, environment and memory. */
void survey_machine(struct report *report);

/* Who may open a node, as its mode says. */
struct node_access {
	char group[64]; /* the group that may; empty: only root may, or there is no such node */
	bool is_member; /* the user's account is in it: if that does not help, the session began before */
};
void node_access_of(const char *path, struct node_access *access);

/* The text with the user's home replaced by ~: reports are shown to others. */
void hide_home(const char *text, char *to, size_t size);

#endif
