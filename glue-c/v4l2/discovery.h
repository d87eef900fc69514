/* SPDX-License-Identifier: MIT
 *
 * Which decoders this machine has. A decoder is a media device whose topology has a decoding entity, and the video
 * node that its interface links name; it must take requests. LIBVA_V4L2_REQUEST_VIDEO_PATH and _MEDIA_PATH (lists
 * separated by colons, in the same order; one of them is enough) replace the search.
 */
#ifndef GLUE_V4L2_DISCOVERY_H
#define GLUE_V4L2_DISCOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "../core/exchange.h"
#include "facts.h"

enum { DISCOVERY_MAX = 8, DISCOVERY_PATH = 128, DISCOVERY_REASON = 384 };

struct decoder_node {
	char video_path[DISCOVERY_PATH];
	char media_path[DISCOVERY_PATH];
	char driver[32]; /* of VIDIOC_QUERYCAP */
	struct core_decoder facts;
};

struct discovery {
	struct decoder_node nodes[DISCOVERY_MAX];
	uint32_t count;
	/* One sentence for the user when no decoder was found, when an overridden node is of no use, or when trouble hid
	 * what may be another decoder; else empty. */
	char reason[DISCOVERY_REASON];
};

void discover(struct discovery *found, facts_ask_probe *ask, void *opaque);

#endif
