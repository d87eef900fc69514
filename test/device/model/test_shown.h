/* SPDX-License-Identifier: MIT
 *
 * For the programs that prove decoder models: the frames that come out of a stream, as hashes, and whether libavcodec's are the same.
 */
#ifndef TEST_DEVICE_MODEL_TEST_SHOWN_H
#define TEST_DEVICE_MODEL_TEST_SHOWN_H

#include "test_plain.h"

struct test_shown {
	uint64_t *hashes; /* test_hash_image() */
	unsigned int count;
};

/* False: no memory. */
bool test_shown_add(struct test_shown *shown, uint64_t hash);
bool test_shown_differ(const struct test_shown *shown, const struct test_shown *others);
void test_shown_free(struct test_shown *shown);

struct test_comparison {
	const struct test_shown *shown;
	struct plain_decoder plain;
	unsigned int count; /* of the frames that libavcodec puts out */
	int different;      /* of those, how many are others than the model's; -1: it cannot be asked */
};

/* By the decoder's name in libavcodec. False: there is none; plain_decode() is to come in between otherwise, and the end either way. */
bool test_comparison_begin(struct test_comparison *comparison, const struct test_shown *shown,
                           const char *decoder);
/* Returns `different`. */
int test_comparison_end(struct test_comparison *comparison);

#endif
