/* SPDX-License-Identifier: MIT
 *
 * For the programs that prove decoder models: the CAPTURE buffers of a client, each with the frame that is in it.
 */
#ifndef TEST_DEVICE_MODEL_TEST_CAPTURES_H
#define TEST_DEVICE_MODEL_TEST_CAPTURES_H

#include "model.h"

enum { TEST_CAPTURES = 20 };

struct test_capture {
	uint8_t *memory;
	struct model_image image;
	bool used;
	unsigned int frame;
};

struct test_captures {
	struct test_capture list[TEST_CAPTURES];
	size_t size; /* bytes of each */
	unsigned int width, height, depth;
};

/* By which frames refer to this one. */
uint64_t test_timestamp(unsigned int frame);
/* Goes on with a hash of what came before; 0 at the beginning. */
uint64_t test_hash(uint64_t hash, const void *data, size_t size);

/* The next number of a sequence that looks random; *state is not 0. */
uint32_t test_random(uint32_t *state);
/* Hostile input: bits are flipped in some of what comes, and some is cut, maybe to nothing. *size is not 0 before. */
void test_damage(uint32_t *random, uint8_t *data, size_t *size);

bool test_captures_have_format(const struct test_captures *captures, unsigned int width, unsigned int height,
                               unsigned int depth);
/* New buffers in place of the old ones, larger than the stream's pictures, as decoders pad theirs. False: no memory. */
bool test_captures_allocate(struct test_captures *captures, unsigned int width, unsigned int height,
                            unsigned int depth);
void test_captures_free(struct test_captures *captures);

/* A buffer for this frame, which is in none yet: one whose own frame is no reference. NULL: all are. */
struct test_capture *test_captures_take(struct test_captures *captures, unsigned int frame,
                                        bool (*is_reference)(const void *dpb, unsigned int frame),
                                        const void *dpb);
/* Overwrites what is in all buffers but this one. */
void test_captures_scribble(const struct test_captures *captures, const struct test_capture *but);
bool test_captures_find(const struct test_captures *captures, uint64_t timestamp, struct model_image *image);
/* Hash of every `step`-th row from `first` on, of luma and then of chroma. */
uint64_t test_captures_hash(const struct test_captures *captures, const struct test_capture *capture,
                            unsigned int first, unsigned int step);
/* The same of what is to be seen of a frame, as it lies in NV12 or P010. */
uint64_t test_hash_image(const struct model_image *image, unsigned int width, unsigned int height);

#endif
