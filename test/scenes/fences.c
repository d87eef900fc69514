/* SPDX-License-Identifier: MIT
 *
 * Who waits for a picture: players that never do must see finished ones, players that do keep several in flight, and
 * players that do it now and then must see finished ones as well. The device takes its time, so that a picture that is
 * looked at too early is seen to be another.
 */
#include <sys/mman.h>

#include "show.h"

#define DELAY_US "3000"

/* Runs a scene in a process of its own and returns what the device says: the most pictures that were in flight. */
static unsigned int in_flight(void (*scene)(const void *), const void *argument)
{
	char path[] = "/tmp/scenes-log-XXXXXX";
	int file = mkstemp(path), status;
	char log[8192] = "";
	const char *found;
	pid_t child;

	CHECK(file >= 0);
	close(file);
	setenv("V4L2SIM_LOG", path, 1);
	setenv("V4L2SIM_DELAY_US", DELAY_US, 1);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		scene(argument);
		exit(0);
	}
	CHECK_EQUAL(waitpid(child, &status, 0), child);
	CHECK_EQUAL(status, 0);
	FILE *text = fopen(path, "r");
	CHECK(text);
	CHECK(fread(log, 1, sizeof(log) - 1, text) > 0);
	fclose(text);
	unlink(path);
	found = strstr(log, "\"max_in_flight\":");
	CHECK(found);
	return (unsigned int)atoi(found + strlen("\"max_in_flight\":"));
}

struct habit {
	const char *film;
	enum look look;
	unsigned int keep;
};

/* Twice through the film: the second time all surfaces have been in use before. */
static void play_twice(const void *argument)
{
	const struct habit *habit = argument;
	struct film film;
	struct screen screen;
	struct show show;

	film_open(&film, habit->film);
	screen_open(&screen);
	show_open(&show, &screen, &film, habit->look);
	show.keep = habit->keep;
	show_play(&show);
	show_seek(&show, 0);
	show_play(&show);
	CHECK_EQUAL(show.seen, 2 * film.frame_count);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static void exported_once_never_synced(void)
{
	static const char *const films[] = {"long-gop", "high-pyramid", "paff-p", "mixed-fields"};

	for (unsigned int i = 0; i < 4; i++) {
		const struct habit habit = {films[i], LOOK_KEPT, 0};

		CHECK(in_flight(play_twice, &habit) <= 2); /* the two fields of a frame */
	}
}

static void exported_once_never_synced_by_slices(void)
{
	const struct habit habit = {"multi-slice", LOOK_KEPT, 0};

	setenv("V4L2SIM_KIND", "h264:slice", 1);
	in_flight(play_twice, &habit);
}

static void exported_anew_never_synced(void)
{
	const struct habit habit = {"high-pyramid", LOOK_FRESH, 0};

	in_flight(play_twice, &habit);
}

static void synced(void)
{
	static const enum look looks[] = {LOOK_GET, LOOK_DERIVE, LOOK_EXPORT, LOOK_KEPT_SYNC};

	for (unsigned int i = 0; i < 4; i++) {
		const struct habit habit = {"long-gop", looks[i], 5};
		unsigned int most = in_flight(play_twice, &habit);

		if (most < 4)
			fprintf(stderr, "    look %u: %u pictures in flight\n", looks[i], most);
		CHECK(most >= 4);
	}
}

/* Every n-th picture is synced, or those of some surfaces: all are finished when the player looks. */
static void synced_now_and_then(void)
{
	struct film film;
	struct screen screen;

	setenv("V4L2SIM_DELAY_US", DELAY_US, 1);
	film_open(&film, "long-gop");
	for (unsigned int every = 1; every < 8; every++) {
		struct show show;
		unsigned int n = 0;

		screen_open(&screen);
		show_open(&show, &screen, &film, LOOK_KEPT);
		show.keep = 0;
		for (int round = 0; round < 2; round++) {
			while (show_step(&show)) {
				/* after the look: a screenshot of what is on the screen */
				if (++n % every == 0 && every > 1)
					CHECK_VA(vaSyncSurface(screen.va, show.slots[n % show.slot_count].id));
			}
			show_seek(&show, 0);
		}
		CHECK_EQUAL(show.seen, 2 * film.frame_count);
		show_close(&show);
		screen_close(&screen);
	}
	film_close(&film);
}

/* mpv when it is late: what is not shown is neither exported nor synchronised. */
static void play_dropping(const void *argument)
{
	struct film film;
	struct screen screen;
	struct show show;
	unsigned int looked = 0;

	(void)argument;
	film_open(&film, "long-gop");
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_EXPORT);
	show.keep = 5;
	for (int round = 0; round < 3; round++) {
		while (show.position < film.count) {
			show.look = show.seen % 12 == 11 ? LOOK_AWAY : LOOK_EXPORT;
			looked += show.look == LOOK_EXPORT;
			CHECK(show_step(&show));
		}
		show.look = LOOK_EXPORT;
		show_drain(&show);
		show_seek(&show, 0);
	}
	CHECK(looked < 3 * film.frame_count);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static void dropped_now_and_then(void)
{
	CHECK(in_flight(play_dropping, NULL) >= 4);
}

/* How a frame is looked at, by the surface and how often it has been looked at before. */
typedef enum look (*choice)(const struct show *show, const struct slot *slot, unsigned int visits);

static void play_by_choice(enum look surfaces, choice choose)
{
	struct film film;
	struct screen screen;
	struct show show;
	unsigned int visits[SLOTS] = {0};

	setenv("V4L2SIM_DELAY_US", DELAY_US, 1);
	film_open(&film, "long-gop");
	screen_open(&screen);
	show_open(&show, &screen, &film, surfaces);
	show.keep = 0;
	for (int round = 0; round < 6; round++) {
		while (show.position < film.count) {
			struct slot *slot = show_slot(&show);

			show.look = choose(&show, slot, visits[slot - show.slots]++);
			CHECK(show_step(&show));
			show.look = surfaces;
		}
		show_seek(&show, 0);
	}
	CHECK_EQUAL(show.seen, 6 * film.frame_count);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

/* The first picture is exported when it is there, and the import of it is kept for all that follow. */
static enum look cached_look(const struct show *show, const struct slot *slot, unsigned int visits)
{
	(void)show;
	(void)visits;
	return slot->fd < 0 ? LOOK_STAYS : LOOK_KEPT;
}

static void exported_when_first_shown(void)
{
	play_by_choice(LOOK_AWAY, cached_look);
}

/* All is synchronised but one surface's picture, seldom enough that much has been synchronised since. */
static enum look seldom_look(const struct show *show, const struct slot *slot, unsigned int visits)
{
	return slot == &show->slots[0] && visits % 4 == 3 ? LOOK_KEPT : LOOK_KEPT_SYNC;
}

static void one_surface_left_seldom(void)
{
	play_by_choice(LOOK_KEPT_SYNC, seldom_look);
}

/* Two windows of one player: one synchronises what it shows, the other never does. */
static void two_windows(void)
{
	struct film film;
	struct screen screen;
	struct show waits, trusts;

	setenv("V4L2SIM_DELAY_US", DELAY_US, 1);
	film_open(&film, "high-pyramid");
	screen_open(&screen);
	show_open(&waits, &screen, &film, LOOK_KEPT_SYNC);
	show_open(&trusts, &screen, &film, LOOK_KEPT);
	for (int round = 0; round < 3; round++) {
		while (show_step(&trusts))
			show_step(&waits);
		show_drain(&waits);
		show_seek(&trusts, 0);
		show_seek(&waits, 0);
	}
	CHECK_EQUAL(trusts.seen, 3 * film.frame_count);
	CHECK_EQUAL(waits.seen, 3 * film.frame_count);
	show_close(&waits);
	show_close(&trusts);
	screen_close(&screen);
	film_close(&film);
}

/* Chromium: each surface is created, synchronised with nothing in it, exported once, and then only looked at. */
static void synced_before_anything(void)
{
	struct film film;
	struct screen screen;
	struct show show;

	setenv("V4L2SIM_DELAY_US", DELAY_US, 1);
	film_open(&film, "long-gop");
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_KEPT);
	for (int i = 0; i < 12; i++) {
		const struct film_frame *frame = &film.frames[0];

		CHECK_VA(
			vaSyncSurface(screen.va, show_add_slot(&show, frame->width, frame->height, frame->depth)->id));
	}
	show_play(&show);
	CHECK_EQUAL(show.seen, film.frame_count);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"exported once, never synced: finished when vaEndPicture returns", exported_once_never_synced, NULL},
		{"the same, slice by slice", exported_once_never_synced_by_slices, NULL},
		{"exported anew, never synced: finished when the export is there", exported_anew_never_synced, NULL},
		{"synced: pictures stay in flight", synced, NULL},
		{"synced now and then: finished all the same", synced_now_and_then, NULL},
		{"dropped now and then: pictures stay in flight", dropped_now_and_then, NULL},
		{"exported when first shown, never synced", exported_when_first_shown, NULL},
		{"one surface is not synced, seldom", one_surface_left_seldom, NULL},
		{"one window syncs, the other does not", two_windows, NULL},
		{"synced before anything is in it", synced_before_anything, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
