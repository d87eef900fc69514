/* SPDX-License-Identifier: MIT
 *
 * A stream as its frames, each with its tiles.
 */
#ifndef TEST_CODECS_AV1_CLIENT_FRAMES_H
#define TEST_CODECS_AV1_CLIENT_FRAMES_H

#include "frame.h"

struct client_tile {
	size_t start, size; /* in the stream */
	unsigned int row, column;
	unsigned int group; /* in which tile group it came, counted from 0 */
};

/* The data of a tile group: its tiles with their sizes between them. */
struct client_group {
	size_t start, end;
	unsigned int first, last; /* its tiles */
};

struct client_picture {
	const struct client_sequence *sequence;
	const struct client_slot *slots; /* as they were before it */
	struct client_frame frame;
	const struct client_tile *tiles; /* none, where an existing frame is shown */
	unsigned int tile_count;
	const struct client_group *groups;
	unsigned int group_count;
	bool
		lower_layer; /* a frame of a higher spatial layer follows in its temporal unit, and comes out instead */
	size_t start, end; /* its OBUs, and what stands in front of them, in the stream */
};

struct client_frames {
	/* Each frame, in the order of decoding; false ends it. */
	bool (*take)(void *opaque, const struct client_picture *picture);
	void *opaque;
	unsigned int unreadable; /* frames that could not be read, or whose references are missing */
};

/* Of operating point 0. False when a frame was not taken, or without memory. */
bool av1_frames(const uint8_t *data, size_t size, struct client_frames *client);

#endif
