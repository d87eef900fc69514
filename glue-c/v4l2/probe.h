/* SPDX-License-Identifier: MIT */
#ifndef GLUE_V4L2_PROBE_H
#define GLUE_V4L2_PROBE_H

#include <stdbool.h>

#include "../core/core.h"
#include "facts.h"

/* A facts_ask_probe answered by an instance of the core. has: whether there is such a control. False: the instance is lost, or
 * its answer breaks the contract. */
bool probe_of_core(struct core *core, const struct core_decoder *facts, uint32_t coded_fourcc,
                   uint32_t bit_depth, struct facts_probe *probe, bool *has);

#endif
