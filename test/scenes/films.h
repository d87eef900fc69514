/* SPDX-License-Identifier: MIT
 *
 * What the scenes play: films of H.264, or of $SCENES_CODEC, of one kind each.
 */
#ifndef TEST_SCENES_FILMS_H
#define TEST_SCENES_FILMS_H

#include <stdbool.h>

/* Names for film_open(). */
struct films {
	const char *codec;   /* and the profile, where films of another one are no films of these */
	bool deep;           /* 10 bit */
	bool grained;        /* with film grain */
	bool cropped;        /* surfaces may be smaller than pictures, and each picture comes out */
	const char *simple;  /* pictures refer to the one before */
	const char *pyramid; /* B pictures that others refer to */
	const char *strict;  /* the same with as few references as can be */
	const char *slices;  /* several of a picture */
	const char *few;     /* the same with few references, where there is such a film */
	const char *weighted;
	const char *fields; /* where the codec has pictures in fields */
	const char *lengthy;
	const char *large;
	const char *odd; /* whose pictures are larger than what is seen of them, where there is such a film */
};

/* Which films scenes play: all; those of 8 bit; those that are cropped and hide nothing; VP9's; those with film grain. */
enum played { ALL_FILMS, SHALLOW_FILMS, CROPPED_FILMS, VP9_FILMS, GRAINED_FILMS };

bool films_are(const struct films *films, enum played played);
/* Those of $SCENES_CODEC; H.264's where it is not set. Ends the program where it has another value. */
const struct films *films(void);
/* Each of them, from 0 on; NULL behind the last. */
const struct films *films_at(unsigned int number);

#endif
