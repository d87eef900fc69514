/* SPDX-License-Identifier: MIT
 *
 * Surfaces that last: one memory for life, whatever comes and goes around it. Each frame is looked at through what the
 * player kept, a mapping of an export or of a derived image, and not only through what it asks for anew.
 *
 * Runs on the simulated device (meson.build: each kind, with imports and without) and in the kernel lab.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <va/va_drmcommon.h>

#include "films.h"
#include "show.h"

enum { GENERATION = 24 };

static void open_film(struct film *film)
{
	film_open(film, films()->lengthy);
}

/* The context, with the surfaces that there are as targets, or with none. */
static void start(struct show *show, bool targets)
{
	show_create_config(show);
	show_create_context(show, targets);
}

static void restart(struct show *show)
{
	show_destroy_context(show);
	start(show, false);
	show_seek(show, 0);
}

/* Exports it again: the same memory. */
static void check_same_memory(const struct show *show, const struct slot *slot)
{
	VADRMPRIMESurfaceDescriptor d;
	struct stat before, now;

	CHECK_VA(vaExportSurfaceHandle(show->screen->va, slot->id, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                               VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS, &d));
	CHECK_EQUAL(fstat(d.objects[0].fd, &now), 0);
	CHECK_EQUAL(fstat(slot->fd, &before), 0);
	CHECK_EQUAL(now.st_ino, before.st_ino);
	CHECK_EQUAL(d.objects[0].size, slot->size);
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(d.layers[i].offset[0], slot->offsets[i]);
		CHECK_EQUAL(d.layers[i].pitch[0], slot->pitches[i]);
	}
	close(d.objects[0].fd);
}

/* Each frame goes to a surface of its own. */
static void step_to_new(struct show *show)
{
	struct slot *slot;

	CHECK(show_step(show));
	for (unsigned int i = 0; i < show->slot_count; i++) {
		slot = &show->slots[i];
		slot->unseen = slot->taken;
	}
}

/* ---- exported ------------------------------------------------------------------------------------ */

/* mpv probes so, and players cache imports by surface id: two contexts decode to what was exported before the first. */
static void exported_before_any_context(void)
{
	const enum look looks[] = {LOOK_KEPT, LOOK_KEPT_SYNC};
	struct screen screen;
	struct film film;

	open_film(&film);
	screen_open(&screen);
	for (unsigned int i = 0; i < 2; i++) {
		struct show show;

		show_prepare(&show, &screen, &film, looks[i]);
		show_add_slots(&show, 10);
		start(&show, i == 1);
		for (unsigned int round = 1; round <= 2; round++) {
			show_play(&show);
			CHECK_EQUAL(show.seen, round * film.shown);
			show_check_kept(&show);
			if (round == 1)
				restart(&show);
		}
		CHECK_EQUAL(show.slot_count, 10);
		for (unsigned int n = 0; n < show.slot_count; n++)
			check_same_memory(&show, &show.slots[n]);
		show_close(&show);
	}
	screen_close(&screen);
	film_close(&film);
}

/* Chromium and GStreamer: a surface when there is a frame for it, none of them a target of the context. */
static void one_by_one_while_streaming(void)
{
	struct screen screen;
	struct film film;
	struct show show;

	open_film(&film);
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_KEPT);
	while (show.position < film.count) {
		step_to_new(&show);
		show_check_kept(&show);
	}
	CHECK_EQUAL(show.slot_count, film.frame_count);
	CHECK_EQUAL(show.seen, film.shown);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

/* Surfaces that are no targets of a context that has some. */
static void more_than_the_targets(void)
{
	struct screen screen;
	struct film film;
	struct show show;

	open_film(&film);
	screen_open(&screen);
	show_prepare(&show, &screen, &film, LOOK_GET);
	show_add_slots(&show, 1);
	start(&show, true);
	show_play(&show);
	CHECK(show.slot_count > 1);
	CHECK_EQUAL(show.seen, film.shown);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

/* ---- destroyed ------------------------------------------------------------------------------------ */

/* leftover: what a compositor holds of a surface that the player has destroyed. */
static void drop(struct show *show, struct slot *slot, struct slot *leftover)
{
	CHECK_EQUAL(show->queued, 0);
	CHECK_VA(vaDestroySurfaces(show->screen->va, &slot->id, 1));
	*leftover = *slot;
	*slot = show->slots[--show->slot_count];
}

static void check_leftovers(const struct film *film, const struct slot *leftovers, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		CHECK(film_shows(film, leftovers[i].frame, leftovers[i].width, leftovers[i].height, leftovers[i].map,
		                 leftovers[i].offsets, leftovers[i].pitches));
}

static void free_leftover(struct slot *leftover)
{
	munmap(leftover->map, leftover->size);
	close(leftover->fd);
}

/* Each surface is destroyed as soon as no picture refers to it. Its pixels stay for whoever holds the export. */
static void destroyed_while_its_export_is_open(void)
{
	struct slot leftovers[SLOTS];
	unsigned int count = 0;
	struct screen screen;
	struct film film;
	struct show show;

	open_film(&film);
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_KEPT);
	while (show_step(&show)) {
		for (unsigned int i = 0; i < show.slot_count;) {
			struct slot *slot = &show.slots[i];

			if (slot->taken && !slot->unseen && film.frames[slot->frame].last_use < show.position)
				drop(&show, slot, &leftovers[count++]);
			else
				i++;
		}
		check_leftovers(&film, leftovers, count);
	}
	CHECK_EQUAL(show.seen, film.shown);
	CHECK(count > film.frame_count / 2);
	show_close(&show);
	check_leftovers(&film, leftovers, count);
	while (count > 0)
		free_leftover(&leftovers[--count]);
	screen_close(&screen);
	film_close(&film);
}

/* The context goes with pictures in flight; its surfaces have them. */
static void context_destroyed_before_its_surfaces(void)
{
	struct screen screen;
	struct film film;

	setenv("V4L2SIM_DELAY_US", "2000", 1);
	open_film(&film);
	screen_open(&screen);
	for (enum look look = LOOK_GET; look < LOOKS; look++) {
		struct show show;
		unsigned int looked = 0;

		show_open(&show, &screen, &film, look);
		show.keep = 16;
		for (int i = 0; i < 7; i++)
			step_to_new(&show);
		CHECK_VA(vaDestroyContext(screen.va, show.context));
		looked = show.queued;
		CHECK(looked >= 4);
		show_drain(&show);
		CHECK_EQUAL(show.seen, looked);
		/* a second look, in another way */
		for (unsigned int i = 0; i < show.slot_count; i++)
			show_look(&show, &show.slots[i], look == LOOK_GET ? LOOK_DERIVE : LOOK_GET);
		CHECK_VA(vaCreateContext(screen.va, show.config, 320, 192, VA_PROGRESSIVE, NULL, 0, &show.context));
		show_close(&show);
	}
	screen_close(&screen);
	film_close(&film);
}

/* Firefox at a loop: the old surfaces are on screen until the new ones are, and go one by one. */
static void two_generations(void)
{
	struct show shows[2];
	struct slot leftovers[GENERATION];
	struct screen screen;
	struct film film;

	open_film(&film);
	if (film_key(&film, 1) + GENERATION > film.count)
		skip_test("the film is too short");
	screen_open(&screen);
	show_open(&shows[0], &screen, &film, LOOK_KEPT);
	while (shows[0].slot_count < GENERATION || shows[0].queued)
		step_to_new(&shows[0]);
	for (int round = 1; round < 4; round++) {
		struct show *old = &shows[(round + 1) % 2], *new = &shows[round % 2];

		show_destroy_context(old);
		CHECK_EQUAL(old->slot_count, GENERATION);
		show_open(new, &screen, &film, LOOK_KEPT);
		show_seek(new, round % 2 ? film_key(&film, 1) : 0);
		while (new->slot_count < GENERATION) {
			step_to_new(new);
			show_check_kept(old);
			show_check_kept(new);
		}
		for (unsigned int i = 0; i < GENERATION; i++) {
			drop(old, &old->slots[0], &leftovers[i]);
			check_leftovers(&film, leftovers, i + 1);
			/* in what order surfaces come and go is nobody's business */
			if (i % 3 == 0 && new->position < film.count)
				CHECK(show_step(new));
			for (unsigned int n = 0; n < new->slot_count; n++)
				new->slots[n].unseen = new->slots[n].taken;
		}
		for (unsigned int i = 0; i < GENERATION; i++)
			free_leftover(&leftovers[i]);
		show_check_kept(new);
		while (new->slot_count > GENERATION) {
			drop(new, &new->slots[0], &leftovers[0]);
			free_leftover(&leftovers[0]);
		}
	}
	show_close(&shows[1]);
	screen_close(&screen);
	film_close(&film);
}

/* ---- derived -------------------------------------------------------------------------------------- */

/* Derived and mapped before anything was decoded, and kept so: the mapping is the surface's memory, whatever is decoded. */
static void derived_undecoded(void)
{
	VAImage images[10];
	struct screen screen;
	struct film film;
	struct show show;
	unsigned int looked = 0;

	open_film(&film);
	screen_open(&screen);
	show_prepare(&show, &screen, &film, LOOK_GET);
	show_add_slots(&show, 10);
	for (unsigned int i = 0; i < 10; i++) {
		CHECK_VA(vaDeriveImage(screen.va, show.slots[i].id, &images[i]));
		CHECK_EQUAL(images[i].width, show.slots[i].width);
		CHECK_EQUAL(images[i].height, show.slots[i].height);
		CHECK_VA(vaMapBuffer(screen.va, images[i].buf, (void **)&show.slots[i].map));
		memcpy(show.slots[i].offsets, images[i].offsets, sizeof(show.slots[i].offsets));
		memcpy(show.slots[i].pitches, images[i].pitches, sizeof(show.slots[i].pitches));
	}
	start(&show, true);
	while (show_step(&show)) {
		for (unsigned int i = 0; i < 10; i++) {
			const struct slot *slot = &show.slots[i];

			if (!slot->taken || slot->unseen)
				continue;
			CHECK(film_shows(&film, slot->frame, slot->width, slot->height, slot->map, slot->offsets,
			                 slot->pitches));
			looked++;
		}
	}
	show_drain(&show);
	CHECK_EQUAL(show.slot_count, 10);
	CHECK(looked >= film.frame_count);
	CHECK_EQUAL(show.seen, film.shown);
	for (unsigned int i = 0; i < 10; i++) {
		CHECK_VA(vaUnmapBuffer(screen.va, images[i].buf));
		CHECK_VA(vaDestroyImage(screen.va, images[i].image_id));
	}
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

/* An image of a surface's, and one of its own, outlive context and surface; then another film is played over it all. */
static void image_unmapped_after_the_context(void)
{
	VAImageFormat format = {.byte_order = VA_LSB_FIRST};
	struct screen screen;
	struct film film;
	struct show show;
	VAImage images[2];
	uint8_t *data[2];
	struct slot *slot;
	unsigned int frame;

	open_film(&film);
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_GET);
	for (int i = 0; i < 5; i++)
		step_to_new(&show);
	show_drain(&show);
	slot = &show.slots[2];
	frame = slot->frame;
	format.fourcc = slot->depth > 8 ? VA_FOURCC_P010 : VA_FOURCC_NV12;
	CHECK_VA(vaDeriveImage(screen.va, slot->id, &images[0]));
	CHECK_VA(vaCreateImage(screen.va, &format, (int)slot->width, (int)slot->height, &images[1]));
	CHECK_VA(vaGetImage(screen.va, slot->id, 0, 0, slot->width, slot->height, images[1].image_id));
	for (int i = 0; i < 2; i++)
		CHECK_VA(vaMapBuffer(screen.va, images[i].buf, (void **)&data[i]));
	CHECK_VA(vaDestroyContext(screen.va, show.context));
	for (int i = 0; i < 2; i++)
		CHECK(film_shows(&film, frame, slot->width, slot->height, data[i], images[i].offsets,
		                 images[i].pitches));
	CHECK_VA(vaDestroyConfig(screen.va, show.config));
	CHECK_VA(vaDestroySurfaces(screen.va, &slot->id, 1));
	*slot = show.slots[--show.slot_count];
	start(&show, false);
	show_seek(&show, 0);
	show.seen = 0;
	show_play(&show);
	CHECK_EQUAL(show.seen, film.shown);
	for (int i = 0; i < 2; i++) {
		CHECK(film_shows(&film, frame, images[i].width, images[i].height, data[i], images[i].offsets,
		                 images[i].pitches));
		CHECK_VA(vaUnmapBuffer(screen.va, images[i].buf));
		CHECK_VA(vaDestroyImage(screen.va, images[i].image_id));
	}
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

/* ---- reused ---------------------------------------------------------------------------------------- */

/* The same surfaces, for a film of another size: what both have in common is looked at. */
static void hand_over(struct show *show, const struct film *film, unsigned int width, unsigned int height)
{
	const struct film_frame *frame = &film->frames[film->pictures[0].frame];

	show_destroy_context(show);
	for (unsigned int i = 0; i < show->slot_count; i++) {
		show->slots[i].width = width < frame->width ? width : frame->width;
		show->slots[i].height = height < frame->height ? height : frame->height;
	}
	show->crop_width = frame->width - show->slots[0].width;
	show->crop_height = frame->height - show->slots[0].height;
	show->film = film;
	show_seek(show, 0);
	show->seen = 0;
	start(show, false);
}

static void reused_by_a_context_of_another_size(void)
{
	const char *const names[] = {films()->lengthy, films()->pyramid, films()->large, films()->simple};
	struct film played[4];
	struct screen screen;

	for (int i = 0; i < 4; i++)
		film_open(&played[i], names[i]);
	screen_open(&screen);
	for (enum look look = LOOK_GET; look < LOOKS; look++) {
		const struct film_frame *first = &played[0].frames[0];
		struct show show;

		show_prepare(&show, &screen, &played[0], look);
		show_add_slots(&show, 10);
		start(&show, false);
		show_play(&show);
		for (int i = 0; i < 8; i++) {
			const struct film *film = &played[(i + 1) % 4];

			hand_over(&show, film, first->width, first->height);
			show_play(&show);
			CHECK_EQUAL(show.seen, film->shown);
			CHECK_EQUAL(show.slot_count, 10);
		}
		show_close(&show);
	}
	screen_close(&screen);
	for (int i = 0; i < 4; i++)
		film_close(&played[i]);
}

static const struct test tests[] = {
	{"exported before any context", exported_before_any_context, NULL},
	{"one by one while streaming", one_by_one_while_streaming, NULL},
	{"more surfaces than targets of the context", more_than_the_targets, NULL},
	{"destroyed while its export is open", destroyed_while_its_export_is_open, NULL},
	{"a context destroyed before its surfaces", context_destroyed_before_its_surfaces, NULL},
	{"two generations", two_generations, NULL},
	{"derived undecoded", derived_undecoded, NULL},
	{"images unmapped after the context is gone", image_unmapped_after_the_context, NULL},
	{"reused by a context of another size", reused_by_a_context_of_another_size, NULL},
};

const struct scenes scenes_lifetimes = {"lifetimes", CROPPED_FILMS, tests, TEST_COUNT(tests)};
