/* SPDX-License-Identifier: MIT
 *
 * Where a film's right frames come from: software decoding, by libavcodec (right_libavcodec.c) or, in a program that cannot be linked to
 * every release's, by the program ffmpeg (right_ffmpeg.c).
 */
#ifndef TEST_SCENES_RIGHT_H
#define TEST_SCENES_RIGHT_H

#include "film.h"

struct right;

/* While a film is read, whose bytes are there. */
struct right *right_open(struct film *film);
/* Each picture in the order of the stream, also those that are no picture of a player's (`again`). Its frame has been described. */
void right_take(struct right *right, const struct reader_picture *picture);
/* Then each frame that comes out has its samples. */
void right_close(struct right *right);

/* A frame as software decoding has it: three planes of 8 bit, or of 16 in which 10 are used; without chroma where the film has none. */
struct planar {
	const uint8_t *planes[3]; /* the last two NULL: 4:0:0, which is shown as 4:2:0 without colour */
	int strides[3];
	unsigned int bytes; /* of a sample */
};

/* Keeps the samples of a frame that has none yet. */
void film_keep(struct film *film, unsigned int number, const struct planar *from);

#endif
