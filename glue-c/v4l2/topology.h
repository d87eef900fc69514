/* SPDX-License-Identifier: MIT */
#ifndef GLUE_V4L2_TOPOLOGY_H
#define GLUE_V4L2_TOPOLOGY_H

#include <stdint.h>
#include <sys/types.h>

/* As many as /dev is searched for; how many decoders are kept is for discovery.c to say. */
enum { TOPOLOGY_MAX_NODES = 128 };

/* Device numbers of the video nodes behind the decoding entities of a media device (not those of its encoders). */
struct topology {
	dev_t nodes[TOPOLOGY_MAX_NODES];
	uint32_t count;
};

/* 0 or errno. */
int topology_read(const char *media_path, struct topology *topology);

#endif
