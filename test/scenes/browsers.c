/* SPDX-License-Identifier: MIT
 *
 * The browsers' own orders of calls, as players.c has those of other players.
 */
#include <va/va_drmcommon.h>

#include "asks.h"
#include "films.h"

/* ---- Firefox ----------------------------------------------------------------------------------------- */

enum { FIREFOX_POOL = 24, FIREFOX_VP9_POOL = 16, FIREFOX_LOOPS = 4 };

/* Its small program, which is another process. */
static void vaapitest(void)
{
	struct screen screen;
	VAProfile profiles[PROFILES];
	unsigned int count;

	screen_open(&screen);
	count = ask_profiles(&screen, profiles);
	for (unsigned int i = 0; i < count; i++) {
		ask_entrypoints(&screen, profiles[i]);
		ask_config(&screen, profiles[i], true, 0);
	}
	screen_close(&screen);
}

struct firefox {
	struct show shows[2]; /* the generation that is decoded to, and the one before, which is on screen */
	unsigned int generation;
	unsigned int pool; /* surfaces of a generation */
	pthread_mutex_t lock;
	pthread_cond_t moved;
	unsigned int turn; /* of two threads by turns, a few pictures each */
	bool ended;
};

static struct show *firefox_show(struct firefox *firefox, unsigned int generation)
{
	return &firefox->shows[generation % 2];
}

/* The film loops: a new context with surfaces of its own, while the old ones are on screen. */
static void firefox_loops(struct firefox *firefox)
{
	struct show *old = firefox_show(firefox, firefox->generation);
	struct show *new = firefox_show(firefox, ++firefox->generation);

	show_destroy_context(old);
	show_prepare(new, old->screen, old->film, LOOK_STAYS);
	new->habits = ffmpeg_habits;
	ffmpeg_opens(new, firefox->pool);
}

/* One picture; false when the last loop is over. */
static bool firefox_decodes(struct firefox *firefox)
{
	struct show *show = firefox_show(firefox, firefox->generation);
	struct show *old = firefox_show(firefox, firefox->generation + 1);

	if (!show_step(show)) {
		CHECK_EQUAL(show->seen, show->film->shown);
		CHECK_EQUAL(show->slot_count, firefox->pool);
		if (firefox->generation + 1 == FIREFOX_LOOPS)
			return false;
		firefox_loops(firefox);
		return true;
	}
	show_check_kept(show);
	show_check_kept(old);
	/* about 800 calls after the loop, before the next */
	if (show->position == show->film->count - 4)
		show_destroy_surfaces(old);
	return true;
}

static void firefox_takes_turns(struct firefox *firefox, unsigned int thread)
{
	pthread_mutex_lock(&firefox->lock);
	while (!firefox->ended) {
		if (firefox->turn % 2 != thread) {
			pthread_cond_wait(&firefox->moved, &firefox->lock);
			continue;
		}
		for (unsigned int n = 0; !firefox->ended && n < 1 + firefox->turn % 5; n++)
			firefox->ended = !firefox_decodes(firefox);
		firefox->turn++;
		pthread_cond_broadcast(&firefox->moved);
	}
	pthread_mutex_unlock(&firefox->lock);
}

static void *firefox_thread(void *opaque)
{
	firefox_takes_turns(opaque, 1);
	return NULL;
}

static void firefox_plays(const char *name, unsigned int pool)
{
	struct firefox firefox = {.pool = pool};
	struct show *show = firefox_show(&firefox, 0);
	struct film film;
	struct screen screen;
	VAProfile profiles[PROFILES];
	pthread_t other;
	unsigned int count;

	film_open(&film, name);
	vaapitest();
	screen_open(&screen);
	ask_images(&screen);
	count = ask_profiles(&screen, profiles);
	for (unsigned int i = 0; i < count; i++) {
		ask_entrypoints(&screen, profiles[i]);
		ask_config(&screen, profiles[i], true, 1);
	}
	show_prepare(show, &screen, &film, LOOK_STAYS);
	show->habits = ffmpeg_habits;
	ffmpeg_opens(show, pool);
	pthread_mutex_init(&firefox.lock, NULL);
	pthread_cond_init(&firefox.moved, NULL);
	CHECK_EQUAL(pthread_create(&other, NULL, firefox_thread, &firefox), 0);
	firefox_takes_turns(&firefox, 0);
	CHECK_EQUAL(pthread_join(other, NULL), 0);
	pthread_cond_destroy(&firefox.moved);
	pthread_mutex_destroy(&firefox.lock);
	show_close(firefox_show(&firefox, firefox.generation));
	screen_close(&screen);
	film_close(&film);
}

static void firefox(void)
{
	firefox_plays(films()->lengthy, FIREFOX_POOL);
}

/* Its own copy of FFmpeg decodes VP9: without matrices, and with frames that never come out. */
static void firefox_vp9(void)
{
	firefox_plays("vp9/pyramid", FIREFOX_VP9_POOL);
}

/* ---- Chromium ---------------------------------------------------------------------------------------- */

static const VASurfaceAttrib chromium_surfaces[] = {
	SURFACE_ATTRIBUTE(VASurfaceAttribUsageHint, VA_SURFACE_ATTRIB_USAGE_HINT_DECODER)};

/* Before its sandbox is closed: what each profile can. */
static void chromium_asks(void)
{
	struct screen screen;
	VAProfile profiles[PROFILES];
	unsigned int count;

	screen_open(&screen);
	count = ask_profiles(&screen, profiles);
	for (unsigned int i = 0; i < count; i++) {
		VAConfigAttrib format = {.type = VAConfigAttribRTFormat}, all[QUESTIONS];
		VAConfigID config, other;
		VAProfile profile = VAProfileNone;
		VAEntrypoint entrypoint = 0;
		int attributes = -1;

		ask_entrypoints(&screen, profiles[i]);
		format.value = ask_format(&screen, profiles[i]);
		CHECK_VA(vaCreateConfig(screen.va, profiles[i], VAEntrypointVLD, &format, 1, &config));
		ask_surfaces(&screen, config, 0);
		CHECK_VA(vaCreateConfig(screen.va, profiles[i], VAEntrypointVLD, NULL, 0, &other));
		CHECK(vaMaxNumConfigAttributes(screen.va) <= QUESTIONS);
		CHECK_VA(vaQueryConfigAttributes(screen.va, other, &profile, &entrypoint, all, &attributes));
		CHECK_EQUAL(profile, profiles[i]);
		CHECK_EQUAL(entrypoint, VAEntrypointVLD);
		CHECK(attributes > 0 && attributes <= vaMaxNumConfigAttributes(screen.va));
		CHECK_VA(vaDestroyConfig(screen.va, other));
		CHECK_VA(vaDestroyConfig(screen.va, config));
	}
	for (unsigned int i = 0; i < 4 * count; i++)
		ask_entrypoints(&screen, profiles[i % count]);
	screen_close(&screen);
}

/* With a key frame of another size come a new context and new surfaces, in the same config. */
static void chromium_resizes(struct show *show)
{
	const struct film *film = show->film;
	const struct film_frame *next;

	if (show->position == film->count || !show->slot_count)
		return;
	next = &film->frames[film->pictures[show->position].frame];
	if (show->slots[0].width == next->width && show->slots[0].height == next->height)
		return;
	show_drain(show);
	CHECK_VA(vaDestroyContext(show->screen->va, show->context));
	show_destroy_surfaces(show);
	CHECK_VA(vaCreateContext(show->screen->va, show->config, (int)next->width, (int)next->height,
	                         VA_PROGRESSIVE, NULL, 0, &show->context));
}

/*
 * Another thread, and a surface when one is needed: synchronised with nothing in it, exported, and never waited for. Of an AV1 picture the data
 * comes first.
 */
static void *chromium_decodes(void *opaque)
{
	const char *const *names = opaque;

	for (; *names; names++) {
		struct film film;
		struct screen screen;
		struct show show;

		film_open_data_first(&film, *names);
		screen_open(&screen);
		show_prepare(&show, &screen, &film, LOOK_KEPT);
		show.habits = (struct habits){.attributes = chromium_surfaces,
		                              .attribute_count = 1,
		                              .access = VA_EXPORT_SURFACE_READ_ONLY,
		                              .sync_new = true,
		                              .at_once = true};
		show_create_config(&show);
		show_create_context(&show, false);
		for (int round = 0; round < 3; round++) {
			show_seek(&show, 0);
			do
				chromium_resizes(&show);
			while (show_step(&show));
			show_drain(&show);
		}
		CHECK_EQUAL(show.seen, 3 * film.shown);
		CHECK_EQUAL(screen.bytes, 0);
	}
	return NULL;
}

static void chromium_plays(void)
{
	const char *names[] = {films()->large, films()->pyramid, films()->slices, NULL};

	chromium_asks();
	run_thread(chromium_decodes, (void *)names);
}

static void chromium(void)
{
	end_without_a_word(chromium_plays);
}

/* Three buffers a picture, of which the frame is one; frames that are hidden or shown later; sizes that change. */
static void chromium_plays_vp9(void)
{
	static const char *names[] = {"vp9/p720", "vp9/pyramid", "vp9/references", "vp9/grow", "vp9/odd", NULL};

	chromium_asks();
	run_thread(chromium_decodes, (void *)names);
}

static void chromium_vp9(void)
{
	end_without_a_word(chromium_plays_vp9);
}

static const struct test tests[] = {
	{"Firefox", firefox, NULL},
	{"Chromium", chromium, NULL},
};

static const struct test tests_vp9[] = {
	{"Firefox, VP9", firefox_vp9, NULL},
	{"Chromium, VP9", chromium_vp9, NULL},
};

const struct scenes scenes_browsers = {"browsers", ALL_FILMS, tests, TEST_COUNT(tests)};
const struct scenes scenes_browsers_vp9 = {"browsers", VP9_FILMS, tests_vp9, TEST_COUNT(tests_vp9)};
