/* SPDX-License-Identifier: MIT
 *
 * A decoder that adds no film grain, such as MediaTek's. The player asks for it with two surfaces a picture all the same: both must be right
 * without it, what later pictures refer to stays apart from what is shown, and the player hears of it once.
 */
#include "films.h"
#include "show.h"

#include <stdlib.h>

/* The picture that is shown is the one that others refer to. */
static void expect_no_grain(struct film *grained, struct film *plain)
{
	CHECK_EQUAL(plain->count, grained->count);
	for (unsigned int i = 0; i < grained->count; i++) {
		const struct film_picture *picture = &grained->pictures[i];
		struct film_frame *to = &grained->frames[picture->seen];
		struct film_frame *from = &plain->frames[plain->pictures[i].frame];

		if (picture->seen == picture->frame)
			continue;
		free(to->samples);
		to->samples = from->samples;
		from->samples = NULL;
	}
}

static void play(const char *name, enum look look)
{
	struct film film, plain;
	struct screen screen;
	struct show show;

	film_open(&film, name);
	film_open_without_grain(&plain, name);
	expect_no_grain(&film, &plain);
	screen_open(&screen);
	show_open(&show, &screen, &film, look);
	for (int round = 0; round < 2; round++) {
		show_play(&show);
		show_seek(&show, 0);
	}
	CHECK_EQUAL(show.seen, 2 * film.shown);
	screen_said(&screen, "this decoder adds no film grain");
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
	film_close(&plain);
}

static void shown_without_grain(void)
{
	play(films()->pyramid, LOOK_GET);
	play(films()->strict, LOOK_DERIVE);
	play(films()->odd, LOOK_EXPORT);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"a decoder without film grain: pictures come without it, and that is said once", shown_without_grain,
	     NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
