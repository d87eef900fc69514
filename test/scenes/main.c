/* SPDX-License-Identifier: MIT
 *
 * The program of one file's scenes; LISTS(X) is X(NAME) for each of its lists. Those are played that have to do with the films at hand.
 */
#include "show.h"

#define DECLARE(name) extern const struct scenes scenes_##name;
LISTS(DECLARE)

#define PLACE(name) &scenes_##name,
static const struct scenes *const lists[] = {LISTS(PLACE)};

int main(int argc, char **argv)
{
	struct test_tally tally = {0};

	for (size_t i = 0; i < TEST_COUNT(lists); i++) {
		if (films_are(films(), lists[i]->played))
			run_test_list(lists[i]->tests, lists[i]->count, argc > 1 ? argv[1] : NULL, &tally);
	}
	print_tally(&tally);
	return tally.failed || !tally.passed ? 1 : 0;
}
