/* SPDX-License-Identifier: MIT
 *
 * Which driver libva loads: libva itself is asked, in a process of its own, since drivers may crash or print.
 */
#ifndef DOCTOR_LIBRARY_H
#define DOCTOR_LIBRARY_H

#include "report.h"

/* The render nodes of this machine, or without any its primary nodes; each is opened by libva. */
void survey_libraries(struct report *report);
/* Whether the driver that was loaded is of the doctor's own version. */
bool library_is_own(const struct display_node *node);

#endif
