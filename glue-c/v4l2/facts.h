/* SPDX-License-Identifier: MIT */
#ifndef GLUE_V4L2_FACTS_H
#define GLUE_V4L2_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "../core/exchange.h"
#include "device.h"

/* The sequence control that shows the CAPTURE formats of a bit depth (display_probe_control()). */
struct facts_probe {
	uint32_t id;
	uint32_t size;
	uint8_t bytes[CORE_MAX_PROBE_CONTROL];
};
/* facts: with the controls. false: that codec needs none, or codec or device have no such depth. */
typedef bool facts_ask_probe(void *opaque, const struct core_decoder *facts, uint32_t coded_fourcc,
                             uint32_t bit_depth, struct facts_probe *probe);

/* Tables of struct core_decoder that have no room for all that the decoder names. */
enum { FACTS_FULL_CONTROLS = 1, FACTS_FULL_CODED = 2, FACTS_FULL_CAPTURE = 4 };

/* Enumerates all that a decoder says of itself, unjudged. Leaves its formats and controls changed: for an open that is
 * closed afterwards. facts->index is left alone. full: FACTS_FULL_*; the rest of such a table is left out. Returns 0, or
 * the errno that kept the decoder from answering. */
int facts_enumerate(const struct v4l2_device *device, facts_ask_probe *ask, void *opaque,
                    struct core_decoder *facts, uint32_t *full);

#endif
