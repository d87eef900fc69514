/* SPDX-License-Identifier: MIT
 *
 * Several contexts at once: of different codecs, sizes, profiles and devices, created and destroyed while others decode, in one
 * thread and in many, in one process and in two. Each picture of each of them is compared.
 */
#include "threaded_show.h"

enum { FILMS = 12 };

/* H.264; VP8 and VP9: altref and pyramid have frames that never come out, or later, odd is 175x143; MPEG-2. */
static const char *const names[FILMS] = {
	"long-gop", "vp8/altref", "high-pyramid",   "vp8/odd",     "mpeg2/fields-b-bottom", "vp9/pyramid",
	"cb-cavlc", "crop-odd",   "paff-b-spatial", "mbaff-cabac", "mpeg2/closed-gop",      "vp9/odd"};

static void open_films(struct film *films, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		film_open(&films[i], names[i]);
}

static void close_films(struct film *films, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		film_close(&films[i]);
}

/* ---- one thread -------------------------------------------------------------------------------- */

static void take_turns(void)
{
	struct film films[FILMS];
	struct screen screen;
	struct show shows[FILMS];
	bool more = true;

	setenv("V4L2SIM_DELAY_US", "500", 1);
	open_films(films, FILMS);
	screen_open(&screen);
	for (unsigned int i = 0; i < FILMS; i++)
		show_open(&shows[i], &screen, &films[i], (enum look)(i % (LOOK_EXPORT + 1)));
	while (more) {
		more = false;
		for (unsigned int i = 0; i < FILMS; i++)
			more = show_step(&shows[i]) || more;
	}
	for (unsigned int i = 0; i < FILMS; i++) {
		show_drain(&shows[i]);
		CHECK_EQUAL(shows[i].seen, films[i].shown);
		show_close(&shows[i]);
	}
	screen_close(&screen);
	close_films(films, FILMS);
}

/* Numerical Recipes: the same run each time. */
static unsigned int draw(uint32_t *state, unsigned int below)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % below;
}

static void any_order(uint32_t seed)
{
	enum { PLACES = 8, ACTIONS = 500 };
	struct film films[FILMS];
	struct screen screen;
	struct show shows[PLACES];
	bool open[PLACES] = {false};
	unsigned int seen = 0;

	setenv("V4L2SIM_DELAY_US", "300", 1);
	open_films(films, FILMS);
	screen_open(&screen);
	for (unsigned int i = 0; i < ACTIONS; i++) {
		struct show *show;
		unsigned int place = draw(&seed, PLACES);

		show = &shows[place];
		if (!open[place]) {
			show_open(show, &screen, &films[draw(&seed, FILMS)], (enum look)draw(&seed, LOOK_EXPORT + 1));
			open[place] = true;
		} else if (draw(&seed, 24) == 0) {
			/* with pictures in flight, some of them looked at afterwards */
			seen += show->seen;
			show_close(show);
			open[place] = false;
		} else if (draw(&seed, 24) == 0) {
			show_drain(show);
			show_seek(show, film_key(show->film, 0));
		} else {
			for (unsigned int steps = draw(&seed, 6); steps > 0; steps--)
				show_step(show);
		}
	}
	for (unsigned int place = 0; place < PLACES; place++) {
		if (!open[place])
			continue;
		show_drain(&shows[place]);
		seen += shows[place].seen;
		show_close(&shows[place]);
	}
	CHECK(seen > ACTIONS / 2);
	screen_close(&screen);
	close_films(films, FILMS);
}

static void any_order_1(void)
{
	any_order(1);
}

static void any_order_2(void)
{
	any_order(20);
}

static void any_order_3(void)
{
	setenv("V4L2SIM_KIND", "h264:slice,mpeg2:frame,vp8:frame,vp9:frame", 1);
	any_order(300);
}

/* The surfaces outlive the context, and another takes them over while a third decodes. */
static void surfaces_change_context(void)
{
	struct film films[2];
	struct screen screen;
	struct show first, second, third;

	setenv("V4L2SIM_DELAY_US", "1000", 1);
	film_open(&films[0], "high-pyramid-strict");
	film_open(&films[1], "long-gop");
	screen_open(&screen);
	show_open(&third, &screen, &films[1], LOOK_GET);
	show_open(&first, &screen, &films[0], LOOK_DERIVE);
	for (int i = 0; i < 10; i++) {
		show_step(&first);
		show_step(&third);
	}
	show_open(&second, &screen, &films[0], LOOK_DERIVE);
	second.slot_count = first.slot_count;
	memcpy(second.slots, first.slots, sizeof(first.slots));
	/* What the first has in flight is finished by its end; the second starts over in the same surfaces. */
	show_destroy_context(&first);
	show_drain(&first);
	show_seek(&second, 0);
	while (show_step(&second))
		show_step(&third);
	show_drain(&second);
	CHECK_EQUAL(second.seen, films[0].frame_count);
	show_close(&second);
	show_play(&third);
	show_close(&third);
	screen_close(&screen);
	close_films(films, 2);
}

/* A show of the same film whose first picture goes to a surface of another's. */
static void open_over(struct show *show, struct screen *screen, const struct film *film,
                      const struct slot *shared)
{
	show_open(show, screen, film, LOOK_GET);
	show->slots[0] = *shared;
	show->slots[0].taken = show->slots[0].unseen = false;
	show->slot_count = 1;
	show->keep = 1;
}

/* The pictures that one context has in flight come first, however many there are. */
static void two_contexts_one_surface(void)
{
	struct film film;
	struct screen screen;
	struct show first, second;
	struct slot *shared;

	setenv("V4L2SIM_DELAY_US", "5000", 1);
	film_open(&film, "long-gop");
	screen_open(&screen);
	show_open(&first, &screen, &film, LOOK_GET);
	first.keep = SLOTS;
	for (int i = 0; i < 6; i++)
		CHECK(show_step(&first));
	shared = first.queue[5];
	open_over(&second, &screen, &film, shared);
	CHECK(show_step(&second));
	CHECK_EQUAL(second.slots[0].id, shared->id);
	show_destroy_context(&first);
	show_drain(&second);
	CHECK_EQUAL(second.seen, 1);
	show_destroy_context(&second);
	show_destroy_surfaces(&first);
	screen_close(&screen);
	film_close(&film);
}

/* A picture that is begun in a surface that another context takes meanwhile is refused, and the other's stays. */
static void taken_by_another_context(void)
{
	struct film film;
	struct screen screen;
	struct show first, second;
	struct slot *shared;
	VABufferID buffers[SHOW_BUFFERS];
	unsigned int count;

	film_open(&film, "long-gop");
	screen_open(&screen);
	show_open(&first, &screen, &film, LOOK_GET);
	for (int i = 0; i < 6; i++)
		CHECK(show_step(&first));
	show_drain(&first);
	shared = show_slot(&first);
	shared->taken = true;
	shared->frame = film.pictures[first.position].frame;
	count = show_buffers(&first, &film.pictures[first.position], buffers);
	CHECK_VA(vaBeginPicture(screen.va, first.context, shared->id));
	CHECK_VA(vaRenderPicture(screen.va, first.context, buffers, (int)count));
	open_over(&second, &screen, &film, shared);
	CHECK(show_step(&second));
	CHECK_EQUAL(vaEndPicture(screen.va, first.context), VA_STATUS_ERROR_OPERATION_FAILED);
	screen_said(&screen, "this picture is not decoded");
	show_destroy_buffers(&first, buffers, count);
	show_drain(&second);
	CHECK_EQUAL(second.seen, 1);
	show_destroy_context(&second);
	show_seek(&first, 0);
	first.seen = 0;
	show_play(&first);
	CHECK_EQUAL(first.seen, film.frame_count);
	show_close(&first);
	screen_close(&screen);
	film_close(&film);
}

/* What was bad stays bad when its context is gone, and what was good stays good. */
static void bad_pictures_outlive_their_context(void)
{
	struct film film;
	struct screen screen;
	struct show show;

	setenv("V4L2SIM_FAULT", "decode:3:error", 1);
	film_open(&film, "cb-cavlc");
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_GET);
	show.keep = SLOTS;
	for (int i = 0; i < 3; i++)
		CHECK(show_step(&show));
	show_destroy_context(&show);
	for (int round = 0; round < 2; round++) {
		show_look(&show, show.queue[0], LOOK_GET);
		show_look(&show, show.queue[1], LOOK_DERIVE);
		VASurfaceDecodeMBErrors *errors;

		CHECK_EQUAL(vaSyncSurface(screen.va, show.queue[2]->id), VA_STATUS_SUCCESS);
		CHECK_EQUAL(vaQuerySurfaceError(screen.va, show.queue[2]->id, VA_STATUS_ERROR_DECODING_ERROR,
		                                (void **)&errors),
		            VA_STATUS_SUCCESS);
		CHECK_EQUAL(errors[0].status, 1);
	}
	show_destroy_surfaces(&show);
	screen_close(&screen);
	film_close(&film);
}

/* ---- several threads --------------------------------------------------------------------------- */

struct player {
	pthread_t thread;
	struct screen *screen;
	const struct film *film;
	enum look look;
	unsigned int rounds;
};

static void *play(void *opaque)
{
	struct player *player = opaque;

	for (unsigned int i = 0; i < player->rounds; i++) {
		struct show show;

		show_open(&show, player->screen, player->film, player->look);
		show_play(&show);
		CHECK_EQUAL(show.seen, player->film->shown);
		show_close(&show);
	}
	return NULL;
}

static void play_all(struct player *players, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		CHECK_EQUAL(pthread_create(&players[i].thread, NULL, play, &players[i]), 0);
	for (unsigned int i = 0; i < count; i++)
		CHECK_EQUAL(pthread_join(players[i].thread, NULL), 0);
}

static void sixteen(void)
{
	enum { PLAYERS = 16 };
	struct film films[FILMS];
	struct player players[PLAYERS];
	struct screen screen;

	open_films(films, FILMS);
	screen_open(&screen);
	for (unsigned int i = 0; i < PLAYERS; i++)
		players[i] = (struct player){
			.screen = &screen, .film = &films[i % FILMS], .look = (enum look)(i % LOOKS), .rounds = 2};
	play_all(players, PLAYERS);
	screen_close(&screen);
	close_films(films, FILMS);
}

/* Bytes behind the picture: what tells the devices apart. The frame-based one has motion vectors there, and its rows are such as every GPU
 * takes; of the other, pictures that are looked at come as copies, with nothing behind them. */
static uint32_t spare_on(struct screen *screen, const struct film *film)
{
	struct show show;
	VAImage image;

	show_open(&show, screen, film, LOOK_DERIVE);
	show_play(&show);
	CHECK_VA(vaDeriveImage(screen->va, show.slots[0].id, &image));
	CHECK_VA(vaDestroyImage(screen->va, image.image_id));
	show_close(&show);
	return image.data_size - image.offsets[1] / 2 * 3;
}

/* Two decoders behind one display, each for profiles of its own, and both at once. */
static void two_devices(void)
{
	struct film films[2];
	struct player players[4];
	struct screen screen;

	setenv("V4L2SIM_KIND", "h264:slice,h264:frame", 1);
	setenv("V4L2SIM_PROFILES", "h264.constrained_baseline;h264.main,h264.high", 1);
	film_open(&films[0], "multi-slice-cavlc");
	film_open(&films[1], "main-cabac");
	screen_open(&screen);
	CHECK_EQUAL(spare_on(&screen, &films[0]), 0);
	CHECK(spare_on(&screen, &films[1]) > 0);
	for (unsigned int i = 0; i < 4; i++)
		players[i] =
			(struct player){.screen = &screen, .film = &films[i % 2], .look = (enum look)i, .rounds = 6};
	play_all(players, 4);
	screen_close(&screen);
	close_films(films, 2);
}

/* Several codecs, of one decoder or of one each, in threads that each begin many contexts. */
static void several_codecs(const char *kind)
{
	enum { PLAYERS = 16 };
	static const char *const of[PLAYERS] = {"vp8/altref",       "long-gop",        "vp8/segments",
	                                        "mpeg2/interlaced", "vp8/partitions8", "mpeg2/fields-b-bottom",
	                                        "vp8/shrink",       "crop-odd",        "mpeg2/matrices-changed",
	                                        "vp9/altref",       "vp9/shrink",      "vp9/contexts",
	                                        "hevc/pyramid",     "hevc/slices",     "av1/altref",
	                                        "av1/tiles"};
	struct film films[PLAYERS];
	struct player players[PLAYERS];
	struct screen screen;

	setenv("V4L2SIM_KIND", kind, 1);
	setenv("V4L2SIM_DELAY_US", "300", 1);
	for (unsigned int i = 0; i < PLAYERS; i++)
		film_open(&films[i], of[i]);
	screen_open(&screen);
	for (unsigned int i = 0; i < PLAYERS; i++)
		players[i] = (struct player){
			.screen = &screen, .film = &films[i], .look = (enum look)(i % LOOKS), .rounds = 4};
	play_all(players, PLAYERS);
	screen_close(&screen);
	close_films(films, PLAYERS);
}

static void several_codecs_one_decoder(void)
{
	several_codecs("h264+hevc+mpeg2+vp8+vp9+av1:frame");
}

static void several_codecs_own_decoders(void)
{
	several_codecs("h264:slice,hevc:slice,mpeg2:frame,vp8:frame,vp9:frame,av1:frame");
}

static void *decode(void *opaque)
{
	threaded_decode(opaque);
	return NULL;
}

static void *view(void *opaque)
{
	threaded_view(opaque);
	return NULL;
}

static void shown_by_others(void)
{
	enum { THREADED_SHOWS = 3 };
	struct film films[THREADED_SHOWS];
	struct threaded_show threaded_shows[THREADED_SHOWS];
	pthread_t decoders[THREADED_SHOWS], viewers[THREADED_SHOWS];
	struct screen screen;

	setenv("V4L2SIM_DELAY_US", "1000", 1);
	open_films(films, THREADED_SHOWS);
	screen_open(&screen);
	for (unsigned int i = 0; i < THREADED_SHOWS; i++) {
		struct threaded_show *t = &threaded_shows[i];

		*t = (struct threaded_show){.rounds = 3, .all_looks = true};
		threaded_open(t);
		show_open(&t->show, &screen, &films[i], LOOK_EXPORT);
		CHECK_EQUAL(pthread_create(&decoders[i], NULL, decode, t), 0);
		CHECK_EQUAL(pthread_create(&viewers[i], NULL, view, t), 0);
	}
	for (unsigned int i = 0; i < THREADED_SHOWS; i++) {
		struct threaded_show *t = &threaded_shows[i];

		pthread_join(decoders[i], NULL);
		pthread_join(viewers[i], NULL);
		CHECK_EQUAL(t->show.seen, 3 * films[i].shown);
		show_close(&t->show);
		threaded_close(t);
	}
	screen_close(&screen);
	close_films(films, THREADED_SHOWS);
}

struct late_look {
	struct show *show;
	struct slot *slot;
};

static void *look_late(void *opaque)
{
	struct late_look *look = opaque;

	usleep(4000);
	show_look(look->show, look->slot, LOOK_GET);
	return NULL;
}

/* Looked at while its context is being destroyed, which takes as long as what is in flight. */
static void looked_at_while_the_context_goes(void)
{
	struct film film;
	struct screen screen;

	setenv("V4L2SIM_DELAY_US", "5000", 1);
	film_open(&film, "long-gop");
	screen_open(&screen);
	for (int round = 0; round < 5; round++) {
		struct late_look look;
		struct show show;
		pthread_t thread;

		show_open(&show, &screen, &film, LOOK_GET);
		show.keep = SLOTS;
		for (int i = 0; i < 6; i++)
			CHECK(show_step(&show));
		look = (struct late_look){&show, show.queue[5]};
		CHECK_EQUAL(pthread_create(&thread, NULL, look_late, &look), 0);
		show_destroy_context(&show);
		CHECK_EQUAL(pthread_join(thread, NULL), 0);
		show_destroy_surfaces(&show);
	}
	screen_close(&screen);
	film_close(&film);
}

/* ---- displays and processes -------------------------------------------------------------------- */

static void again_and_again(void)
{
	struct film film;

	film_open(&film, "cb-cavlc");
	for (int i = 0; i < 6; i++) {
		struct screen probe, screen;
		struct show show;

		screen_open(&probe);
		screen_close(&probe);
		screen_open(&screen);
		show_open(&show, &screen, &film, LOOK_DERIVE);
		show_play(&show);
		CHECK_EQUAL(show.seen, film.frame_count);
		if (i % 2) {
			show_close(&show);
		} else {
			/* the player leaves without a word, with a picture in flight */
			show_seek(&show, 0);
			show_step(&show);
		}
		screen_close(&screen);
	}
	film_close(&film);
}

static void *open_and_close(void *opaque)
{
	const struct film *film = opaque;

	for (int i = 0; i < 5; i++) {
		struct screen screen;
		struct show show;

		screen_open(&screen);
		show_open(&show, &screen, film, LOOK_GET);
		show_play(&show);
		CHECK_EQUAL(show.seen, film->shown);
		show_close(&show);
		screen_close(&screen);
	}
	return NULL;
}

/* Displays come and go in some threads while another decodes on one that stays. */
static void displays_beside_each_other(void)
{
	struct film films[3];
	struct player stays;
	struct screen screen;
	pthread_t come_and_go[2];

	open_films(films, 3);
	screen_open(&screen);
	stays = (struct player){.screen = &screen, .film = &films[0], .look = LOOK_EXPORT, .rounds = 3};
	for (int i = 0; i < 2; i++)
		CHECK_EQUAL(pthread_create(&come_and_go[i], NULL, open_and_close, &films[1 + i]), 0);
	play_all(&stays, 1);
	for (int i = 0; i < 2; i++)
		pthread_join(come_and_go[i], NULL);
	screen_close(&screen);
	close_films(films, 3);
}

static void two_processes(void)
{
	struct film films[2];
	pid_t children[2];

	open_films(films, 2);
	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		CHECK(children[i] >= 0);
		if (children[i] == 0) {
			open_and_close(&films[i]);
			exit(0);
		}
	}
	for (int i = 0; i < 2; i++) {
		int status;

		CHECK_EQUAL(waitpid(children[i], &status, 0), children[i]);
		CHECK_EQUAL(status, 0);
	}
	close_films(films, 2);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"eight contexts take turns in one thread", take_turns, NULL},
		{"created and destroyed in any order, 1", any_order_1, NULL},
		{"created and destroyed in any order, 2", any_order_2, NULL},
		{"created and destroyed in any order, slice by slice", any_order_3, NULL},
		{"surfaces go from one context to another", surfaces_change_context, NULL},
		{"two contexts, one surface", two_contexts_one_surface, NULL},
		{"a surface is taken by another context", taken_by_another_context, NULL},
		{"bad pictures outlive their context", bad_pictures_outlive_their_context, NULL},
		{"looked at while the context goes", looked_at_while_the_context_goes, NULL},
		{"sixteen contexts in sixteen threads", sixteen, NULL},
		{"two devices behind one display", two_devices, NULL},
		{"several codecs of one decoder", several_codecs_one_decoder, NULL},
		{"several codecs, a decoder for each", several_codecs_own_decoders, NULL},
		{"decoded in one thread, shown by another, three times", shown_by_others, NULL},
		{"init, terminate, init", again_and_again, NULL},
		{"displays come and go beside one that stays", displays_beside_each_other, NULL},
		{"two processes", two_processes, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
