/* SPDX-License-Identifier: MIT
 *
 * A film that is decoded in one thread and looked at in another, at once: as mpv does it.
 */
#ifndef TEST_SCENES_THREADED_SHOW_H
#define TEST_SCENES_THREADED_SHOW_H

#include "show.h"

struct threaded_show {
	struct show show;
	unsigned int rounds; /* through the film */
	bool all_looks;      /* at a frame in each of the ways by turns; else as the show does */
	unsigned int skip;   /* every so many frames, one is not looked at; 0: none */
	unsigned int skipped;
	unsigned int behind; /* so many frames wait in vain until the end; not with threaded_decode() */
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool ended;
};

void threaded_open(struct threaded_show *threaded);
void threaded_close(struct threaded_show *threaded);
/* Submits all pictures; returns when they have been looked at. The show's context is there. */
void threaded_decode(struct threaded_show *threaded);
/* The parts of that: one picture, when its turn has come, by any thread; and the word that there are no more. */
void threaded_step(struct threaded_show *threaded, unsigned int position);
void threaded_end(struct threaded_show *threaded);
/* Decoded frames that were not looked at so far. */
unsigned int threaded_waiting(struct threaded_show *threaded);
/* The last of them; there is one. */
struct slot *threaded_last(struct threaded_show *threaded);
/* Looks at frames until the decoder has no more. */
void threaded_view(struct threaded_show *threaded);

#endif
