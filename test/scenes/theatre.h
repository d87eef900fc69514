/* SPDX-License-Identifier: MIT
 *
 * A film that is decoded in one thread and looked at in another, at once: as mpv does it.
 */
#ifndef TEST_SCENES_THEATRE_H
#define TEST_SCENES_THEATRE_H

#include "show.h"

struct theatre {
	struct show show;
	unsigned int rounds; /* through the film */
	bool all_looks;      /* at a frame in each of the ways by turns; else as the show does */
	unsigned int skip;   /* every so many frames, one is not looked at; 0: none */
	unsigned int skipped;
	unsigned int behind; /* so many frames wait in vain until the end; not with theatre_decode() */
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool ended;
};

void theatre_open(struct theatre *theatre);
void theatre_close(struct theatre *theatre);
/* Submits all pictures; returns when they have been looked at. The show's context is there. */
void theatre_decode(struct theatre *theatre);
/* The parts of that: one picture, when its turn has come, by any thread; and the word that there are no more. */
void theatre_step(struct theatre *theatre, unsigned int position);
void theatre_end(struct theatre *theatre);
/* Looks at frames until the decoder has no more. */
void theatre_view(struct theatre *theatre);

#endif
