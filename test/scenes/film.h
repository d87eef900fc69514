/* SPDX-License-Identifier: MIT
 *
 * A film: a stream as the VA buffers of its pictures, with the frames that software decoding makes of it. Pictures
 * can be taken in any order that makes sense, by any number of players at once: nothing in a film changes once it is read.
 */
#ifndef TEST_SCENES_FILM_H
#define TEST_SCENES_FILM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <va/va.h>

#include "reader.h"

/* One buffer, as vaCreateBuffer takes it. */
struct film_buffer {
	VABufferType type;
	uint8_t *data;
	size_t size;
	/* Where it names surfaces: at each of these places there is a VASurfaceID, the number of a frame of the film. */
	uint32_t *places;
	unsigned int place_count;
};

/* A frame or field. */
struct film_picture {
	struct film_buffer *buffers; /* parameters first, then slice parameters and their data by turns */
	unsigned int count, parameters;
	unsigned int frame;
	unsigned int
		seen; /* the frame that comes out: this one, or with film grain another, of which others refer to `frame` */
	bool key;       /* nothing before it is needed from here on */
	bool closes;    /* its frame is complete */
	bool hidden;    /* and does not come out now */
	bool reference; /* others may refer to it */
};

struct film_frame {
	unsigned int width, height, depth; /* coded size */
	unsigned int last_use;             /* the last picture that names it */
	uint8_t *samples; /* as NV12, or as P010 where depth is above 8; NULL: it never comes out */
};

/* A frame that was decoded before, and comes out at last, or once more. */
struct film_again {
	unsigned int position; /* of the picture that comes next */
	unsigned int frame;
};

struct film {
	const struct reader *reader; /* of its codec */
	VAProfile profile;
	struct film_picture *pictures;
	unsigned int count;
	struct film_frame *frames; /* by number, in decoding order; those that a gap infers have no samples */
	unsigned int frame_count;
	struct film_again *again;
	unsigned int again_count;
	bool no_grain; /* the player asks for none */
	uint8_t
		rounding; /* samples of 8 bit may be so far from the right ones: MPEG-2's transform, on a decoder that is no model */
	unsigned int shown; /* frames that come out, once each and when they are decoded */
	char path[1024];
	uint8_t *data;
	size_t size;
};

/*
 * Whether the decoder has the film's profile with its depth: else its scenes are skipped. NULL, as it is at first: the decoder has all.
 */
extern bool (*film_is_playable)(VAProfile profile, unsigned int depth);

/* Reads a film of the fixtures, CODEC/NAME without extension, or NAME of H.264's; ends the program where that fails. */
void film_open(struct film *film, const char *name);
/* The same for a player that asks for no film grain. */
void film_open_without_grain(struct film *film, const char *name);
/* The same for one that gives the data of an AV1 picture in front of the parameters of its tiles. */
void film_open_data_first(struct film *film, const char *name);
void film_close(struct film *film);
/* How many surfaces a pool has that was recorded with a film of H.264's: more where eight frames may be referred to, and where those that
 * come out, with film grain, are in surfaces of their own. */
unsigned int film_pool(const struct film *film, unsigned int recorded);
/* The first key picture at or after this one; film->count: there is none. */
unsigned int film_key(const struct film *film, unsigned int picture);
/* Whether memory laid out as NV12 or P010 shows the frame, as much of it as width x height; says where it does not. */
bool film_shows(const struct film *film, unsigned int frame, unsigned int width, unsigned int height,
                const uint8_t *data, const uint32_t *offsets, const uint32_t *pitches);

#endif
