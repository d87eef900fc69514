/* SPDX-License-Identifier: MIT */
#include "test_shown.h"

#include "test_frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool test_shown_add(struct test_shown *shown, uint64_t hash)
{
	uint64_t *more = realloc(shown->hashes, (shown->count + 1) * sizeof(*more));

	if (!more)
		return false;
	shown->hashes = more;
	shown->hashes[shown->count++] = hash;
	return true;
}

bool test_shown_differ(const struct test_shown *shown, const struct test_shown *others)
{
	return shown->count != others->count ||
	       (shown->count &&
	        memcmp(shown->hashes, others->hashes, shown->count * sizeof(*shown->hashes)) != 0);
}

void test_shown_free(struct test_shown *shown)
{
	free(shown->hashes);
	*shown = (struct test_shown){0};
}

static void compare(void *opaque, const AVFrame *frame)
{
	struct test_comparison *c = opaque;
	const bool same = c->count < c->shown->count && c->shown->hashes[c->count] == test_hash_frame(frame);

	if (!same && getenv("TEST_VERBOSE"))
		printf("  frame %u differs\n", c->count);
	c->different += !same;
	c->count++;
}

bool test_comparison_begin(struct test_comparison *comparison, const struct test_shown *shown,
                           const char *decoder)
{
	*comparison = (struct test_comparison){.shown = shown, .plain = {.take = compare, .opaque = comparison}};
	if (plain_open(&comparison->plain, decoder))
		return true;
	comparison->different = -1;
	return false;
}

int test_comparison_end(struct test_comparison *comparison)
{
	if (comparison->different >= 0)
		plain_finish(&comparison->plain);
	plain_close(&comparison->plain);
	return comparison->different;
}
