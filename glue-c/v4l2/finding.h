/* SPDX-License-Identifier: MIT */
#ifndef GLUE_V4L2_FINDING_H
#define GLUE_V4L2_FINDING_H

#include <stddef.h>
#include <stdint.h>

/* CORE_FINDING_* of a node that could not be used because of an errno. */
uint32_t finding_reason(const char *node, int error);
/* What was found as one sentence that says what to do; the arguments are those of discovery_finding. */
void finding_sentence(char *text, size_t size, uint32_t reason, const char *node, const char *what,
                      int error);

#endif
