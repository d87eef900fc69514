/* SPDX-License-Identifier: MIT
 *
 * The fixtures of all codecs that have a reader, as the VA buffers of their pictures.
 */
#ifndef TEST_FUZZ_CLIPS_H
#define TEST_FUZZ_CLIPS_H

#include "reader.h"

struct clip {
	char name[64];      /* "h264/tiny" */
	unsigned int codec; /* in readers[] */
	uint16_t place;     /* on the ring of clip_at(): from the name alone, so that new clips move few others */
	VAProfile profile;
	unsigned int width, height, depth; /* the greatest */
	struct reader_picture *pictures;   /* whose buffers are all the clip's own */
	unsigned int count;
};

/* Reads them once, those of small pictures; ends the process where they cannot be read. */
void clips_open(void);
extern struct clip *clips;
extern unsigned int clip_count;
/* The next one on the ring. */
const struct clip *clip_at(uint16_t place);
/* A small one of 8 bit of the first codec, whose first picture comes out. NULL: there is none. */
const struct clip *clip_simple(void);

#endif
