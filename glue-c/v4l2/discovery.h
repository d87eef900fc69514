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

enum { DISCOVERY_MAX = 8, DISCOVERY_PATH = 128 };

struct decoder_node {
	char video_path[DISCOVERY_PATH];
	char media_path[DISCOVERY_PATH];
	char driver[32]; /* of VIDIOC_QUERYCAP */
	struct core_decoder facts;
};

struct discovery {
	struct decoder_node nodes[DISCOVERY_MAX];
	uint32_t count;
};

/*
 * Something that keeps a node, or the machine, from serving, in the order in which it is found.
 *   reason  CORE_FINDING_*
 *   node    a path; NULL: of the machine
 *   what    what follows the path in a sentence, or the whole sentence without one; valid during the call. NULL: the node
 *           cannot be used because of
 *   error   an errno; 0: none
 *   worth   to be said even if a decoder was found: the user named that node, or it may be the decoder that is missed
 */
typedef void discovery_finding(void *opaque, uint32_t reason, const char *node, const char *what, int error,
                               bool worth);

/* Finds the decoders of this machine, up to DISCOVERY_MAX. opaque: for both callbacks. */
void discover(struct discovery *found, facts_ask_probe *ask, discovery_finding *finding, void *opaque);

#endif
