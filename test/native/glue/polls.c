/* SPDX-License-Identifier: MIT
 *
 * poll() of the device fails, for a while or for ever.
 */
#include <errno.h>
#include <poll.h>

#include "interpose.h"
#include "session.h"

enum { MOST_POLLS = 200 /* of 500 ms; one that spins makes many thousands */ };

static int failure; /* errno, or 0 */
static int polls;

int poll(struct pollfd *polled, nfds_t count, int timeout)
{
	static int (*next)(struct pollfd *, nfds_t, int);

	if (!next) {
		void *symbol = dlsym(RTLD_NEXT, "poll");

		memcpy(&next, &symbol, sizeof(next));
	}
	polls++;
	if (!failure)
		return next(polled, count, timeout);
	errno = failure;
	return -1;
}

/* The thread that waits must sleep meanwhile, and the picture is there once poll() works. */
static void failing_poll(void)
{
	struct session session;
	struct player *player = &session.player;

	open_session(&session);
	decode(&session, session.surfaces[0], 1);
	failure = ENOMEM;
	polls = 0;
	CHECK_EQUAL(player->table.vaSyncSurface2(&player->va, session.surfaces[0], 500000000),
	            VA_STATUS_ERROR_TIMEDOUT);
	CHECK(polls > 0 && polls < MOST_POLLS);
	failure = 0;
	check_pixels(&session, session.surfaces[0], 1);
	close_session(&session);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"a poll() that fails is not called again at once", failing_poll, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
