/* SPDX-License-Identifier: MIT
 *
 * Nodes that the kernel has and /dev has not: containers and sandboxes leave them out. /sys names them, and mostly stays.
 */
#ifndef GLUE_V4L2_HIDDEN_H
#define GLUE_V4L2_HIDDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A sentence that names the media nodes that are missing, with the video nodes of theirs that are, and what lets them in. False:
 * /sys knows of none. */
bool hidden_media_nodes(char *sentence, size_t size);

/* The same of the video node with this number, which a media device that can be opened says is a decoder's. */
void hidden_video_node(char *sentence, size_t size, const char *media_path, dev_t number);

#endif
