/* SPDX-License-Identifier: MIT
 *
 * What players of Debian 13 and of sid do in another order than those of Debian 12 (players.c), with every picture compared. The films
 * are of 8 bit.
 *
 *   recorded of                                      scene
 *   ffmpeg 7.1 and 9.0, mpv 0.40 and 0.41 vaapi-copy  ffmpeg, threads by turns
 *   the same, when its filters are late              ffmpeg, the context goes first; and meanwhile
 *   mpv 0.40, vo=gpu and vo=gpu-next                 mpv, surfaces on demand
 *   GStreamer 1.26 and 1.28, system memory; fakesink  GStreamer asks an empty surface; and looks away
 *   VLC 3.0.24, a window of X without a GPU          VLC, through the processor
 *   (its sources, with a GPU)                        VLC, through the GPU
 *
 * A surface is made when a picture needs one, by whichever thread decodes it, for a context that was told of none. VLC makes all of
 * them at once, and gives them to a context that was told of none.
 */
#include <sys/mman.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#include "asks.h"
#include "films.h"
#include "threaded_show.h"

static void *view(void *opaque)
{
	threaded_view(opaque);
	return NULL;
}

static void *destroy_context(void *opaque)
{
	struct threaded_show *threaded = opaque;

	show_destroy_context(&threaded->show);
	return NULL;
}

static void end_and_close(struct threaded_show *threaded, pthread_t viewer)
{
	threaded_end(threaded);
	CHECK_EQUAL(pthread_join(viewer, NULL), 0);
	threaded_close(threaded);
}

/* ---- ffmpeg ------------------------------------------------------------------------------------------ */

/* libavcodec's frame threads, which take turns as VA-API is one that only one of them may use at once. */
enum { MEMBERS = 3 };

struct member {
	struct threaded_show *threaded;
	unsigned int number;
};

static void *decode_by_turns(void *opaque)
{
	const struct member *member = opaque;

	for (unsigned int i = member->number; i < member->threaded->show.film->count; i += MEMBERS)
		threaded_step(member->threaded, i);
	return NULL;
}

/* As all of these threads; returns when they have decoded the film. */
static void decode_with_members(struct threaded_show *threaded)
{
	struct member members[MEMBERS];
	pthread_t threads[MEMBERS];

	for (unsigned int i = 0; i < MEMBERS; i++) {
		members[i] = (struct member){threaded, i};
		CHECK_EQUAL(pthread_create(&threads[i], NULL, decode_by_turns, &members[i]), 0);
	}
	for (unsigned int i = 0; i < MEMBERS; i++)
		CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
}

enum end { READ_FIRST, CONTEXT_FIRST, MEANWHILE };

static void play_ffmpeg(const char *name, enum end end)
{
	struct film film;
	struct screen screen;
	struct threaded_show threaded = {.behind = end == READ_FIRST ? 0 : 3};
	struct show *show = &threaded.show;
	pthread_t viewer;

	film_open(&film, name);
	screen_open(&screen);
	ask_images(&screen);
	threaded_open(&threaded);
	show_prepare(show, &screen, &film, LOOK_GET);
	show->habits = ffmpeg_habits;
	show->habits.last_first = false;
	ffmpeg_opens(show, 0);
	CHECK_EQUAL(show->slot_count, 1);
	CHECK_EQUAL(pthread_create(&viewer, NULL, view, &threaded), 0);
	decode_with_members(&threaded);
	CHECK(threaded_waiting(&threaded) >= threaded.behind);
	if (end == CONTEXT_FIRST)
		run_thread(destroy_context, &threaded);
	if (end == MEANWHILE) {
		threaded_end(&threaded);
		run_thread(destroy_context, &threaded);
	}
	end_and_close(&threaded, viewer);
	if (end == READ_FIRST)
		run_thread(destroy_context, &threaded);
	CHECK_EQUAL(show->seen, film.shown);
	CHECK(show->slot_count > 1);
	show_destroy_surfaces(show);
	screen_close(&screen);
	film_close(&film);
}

static void ffmpeg_by_turns(void)
{
	play_ffmpeg(films()->pyramid, READ_FIRST);
	play_ffmpeg(films()->fields, READ_FIRST);
	play_ffmpeg(films()->slices, READ_FIRST);
}

static void ffmpeg_context_first(void)
{
	play_ffmpeg(films()->pyramid, CONTEXT_FIRST);
	play_ffmpeg(films()->fields, CONTEXT_FIRST);
}

static void ffmpeg_meanwhile(void)
{
	for (int i = 0; i < 10; i++)
		play_ffmpeg(films()->pyramid, MEANWHILE);
}

/* ---- mpv --------------------------------------------------------------------------------------------- */

static const VASurfaceAttrib mpv_surfaces[] = {
	SURFACE_ATTRIBUTE(VASurfaceAttribMemoryType, VA_SURFACE_ATTRIB_MEM_TYPE_VA),
	SURFACE_ATTRIBUTE(VASurfaceAttribPixelFormat, VA_FOURCC_NV12)};

static void export_and_forget(const struct screen *screen, VASurfaceID surface)
{
	VADRMPRIMESurfaceDescriptor descriptor;

	CHECK_VA(vaExportSurfaceHandle(screen->va, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                               VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
	                               &descriptor));
	CHECK_EQUAL(descriptor.num_layers, 2);
	for (uint32_t i = 0; i < descriptor.num_objects; i++)
		close(descriptor.objects[i].fd);
}

/* Of the thread that draws: which formats of surfaces there are, and whether they can be exported with nothing in them. */
static void mpv_tries(struct screen *screen, const struct film *film)
{
	static const struct {
		unsigned int rt_format, fourcc;
	} absent[] = {{VA_RT_FORMAT_YUV420, VA_FOURCC_I420},
	              {VA_RT_FORMAT_YUV420, VA_FOURCC_YV12},
	              {VA_RT_FORMAT_YUV422, VA_FOURCC_YUY2}};
	struct show probe;
	VAProfile profiles[PROFILES];

	ask_profiles(screen, profiles);
	ask_entrypoints(screen, film->profile);
	show_prepare(&probe, screen, film, LOOK_AWAY);
	probe.habits = (struct habits){.attributes = mpv_surfaces, .attribute_count = 2, .bare_config = true};
	show_create_config(&probe);
	ask_surfaces(screen, probe.config, 0);
	show_add_slot(&probe, 128, 128, 8);
	show_derive(&probe, 0);
	show_add_slot(&probe, 128, 128, 8);
	show_derive(&probe, 1);
	export_and_forget(screen, probe.slots[1].id);
	CHECK_VA(vaSyncSurface(screen->va, probe.slots[1].id));
	for (unsigned int i = 0; i < TEST_COUNT(absent); i++) {
		VASurfaceAttrib attribute = SURFACE_ATTRIBUTE(VASurfaceAttribPixelFormat, (int)absent[i].fourcc);
		VASurfaceID surface;

		CHECK_EQUAL(vaCreateSurfaces(screen->va, absent[i].rt_format, 128, 128, &surface, 1, &attribute, 1),
		            VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	}
	show_destroy_surfaces(&probe);
	CHECK_VA(vaDestroyConfig(screen->va, probe.config));
}

/* Of the thread that decodes, between two pictures: whether the format in use can be drawn. */
static void mpv_tries_again(struct show *show)
{
	struct show probe;

	show_prepare(&probe, show->screen, show->film, LOOK_AWAY);
	probe.habits = show->habits;
	show_add_slot(&probe, 16, 16, 8);
	show_derive(&probe, 0);
	CHECK_VA(vaSyncSurface(show->screen->va, probe.slots[0].id));
	show_derive(&probe, 0);
	export_and_forget(show->screen, probe.slots[0].id);
	show_destroy_surfaces(&probe);
}

static void *mpv_decodes(void *opaque)
{
	struct threaded_show *threaded = opaque;
	struct show *show = &threaded->show;

	ffmpeg_opens(show, 0);
	for (unsigned int i = 0; i < show->film->count; i++) {
		if (i == 3)
			mpv_tries_again(show);
		threaded_step(threaded, i);
	}
	show_destroy_context(show);
	return NULL;
}

/* The last picture is drawn when the context has gone. */
static void play_mpv(const char *name)
{
	struct film film;
	struct screen screen;
	struct threaded_show threaded = {.behind = 1};
	struct show *show = &threaded.show;
	pthread_t viewer;

	film_open(&film, name);
	screen_open(&screen);
	mpv_tries(&screen, &film);
	threaded_open(&threaded);
	show_prepare(show, &screen, &film, LOOK_EXPORT);
	show->habits = ffmpeg_habits;
	show->habits.last_first = false;
	show->habits.attributes = mpv_surfaces;
	show->habits.access = VA_EXPORT_SURFACE_READ_ONLY;
	CHECK_EQUAL(pthread_create(&viewer, NULL, view, &threaded), 0);
	run_thread(mpv_decodes, &threaded);
	CHECK(threaded_waiting(&threaded) > 0);
	end_and_close(&threaded, viewer);
	CHECK_EQUAL(show->seen, film.shown);
	show_destroy_surfaces(show);
	screen_close(&screen);
	film_close(&film);
}

static void mpv(void)
{
	play_mpv(films()->pyramid);
	play_mpv(films()->lengthy);
}

/* ---- GStreamer --------------------------------------------------------------------------------------- */

enum { GST_POOL = 8 };

static const VASurfaceAttrib gst_surfaces[] = {
	SURFACE_ATTRIBUTE(VASurfaceAttribUsageHint, VA_SURFACE_ATTRIB_USAGE_HINT_DECODER),
	SURFACE_ATTRIBUTE(VASurfaceAttribMemoryType, VA_SURFACE_ATTRIB_MEM_TYPE_VA),
	SURFACE_ATTRIBUTE(VASurfaceAttribPixelFormat, VA_FOURCC_NV12)};

/* The modifier is read off a small surface that is exported with nothing in it; then one is asked whether it is in use. */
static void gst_probes(struct show *show)
{
	VASurfaceStatus status = VASurfaceRendering;

	show_add_slot(show, 64, 64, 8);
	export_and_forget(show->screen, show->slots[0].id);
	show_destroy_surfaces(show);
	ask_surfaces(show->screen, show->config, 0);
	show_add_slots(show, 1);
	CHECK_VA(vaQuerySurfaceStatus(show->screen->va, show->slots[0].id, &status));
	CHECK_EQUAL(status, VASurfaceReady);
	show_derive(show, 0);
	show_destroy_surfaces(show);
}

static void *gst_streams(void *opaque)
{
	struct show *show = opaque;
	int most = vaMaxNumConfigAttributes(show->screen->va);
	VAConfigAttrib all[64];
	VAProfile profile;
	VAEntrypoint entrypoint;

	CHECK(most <= 64);
	show_create_config(show);
	show_create_context(show, false);
	CHECK_VA(vaQueryConfigAttributes(show->screen->va, show->config, &profile, &entrypoint, all, &most));
	CHECK_EQUAL(profile, show->film->profile);
	ask_surfaces(show->screen, show->config, 85);
	gst_probes(show);
	show_add_slots(show, film_pool(show->film, GST_POOL));
	show_play(show);
	return NULL;
}

static void play_gst(const char *name, enum look look)
{
	struct film film;
	struct screen screen;
	struct show show;

	film_open(&film, name);
	screen_open(&screen);
	show_prepare(&show, &screen, &film, look);
	show.keep = look == LOOK_DERIVE ? 2 : 0;
	show.habits = (struct habits){.attributes = gst_surfaces, .attribute_count = 3};
	run_thread(gst_streams, &show);
	CHECK_EQUAL(show.seen, film.shown);
	CHECK_EQUAL(show.slot_count, film_pool(&film, GST_POOL));
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static void gst_asks(void)
{
	play_gst(films()->simple, LOOK_DERIVE);
	play_gst(films()->pyramid, LOOK_DERIVE);
}

static void gst_looks_away(void)
{
	play_gst(films()->simple, LOOK_AWAY);
}

/* ---- VLC --------------------------------------------------------------------------------------------- */

enum { VLC_POOL = 21 };

/* VLC's own config and pool, in one call; then libavcodec's config, its surface that is only asked, and its context. */
struct vlc {
	struct screen screen;
	struct film film;
	struct threaded_show threaded;
	struct show libavcodec;
	VAConfigID config;
	VASurfaceID pool[VLC_POOL];
};

static void vlc_opens(struct vlc *vlc, const char *name)
{
	struct show *show = &vlc->threaded.show;
	VAConfigAttrib format = {.type = VAConfigAttribRTFormat};
	VAProfile profiles[PROFILES];
	unsigned int width, height;

	film_open(&vlc->film, name);
	screen_open(&vlc->screen);
	ask_profiles(&vlc->screen, profiles);
	ask_entrypoints(&vlc->screen, vlc->film.profile);
	format.value = ask_format(&vlc->screen, vlc->film.profile);
	CHECK_EQUAL(format.value, VA_RT_FORMAT_YUV420);
	CHECK_VA(vaCreateConfig(vlc->screen.va, vlc->film.profile, VAEntrypointVLD, &format, 1, &vlc->config));
	width = vlc->film.frames[0].width;
	height = vlc->film.frames[0].height;
	CHECK_VA(
		vaCreateSurfaces(vlc->screen.va, VA_RT_FORMAT_YUV420, width, height, vlc->pool, VLC_POOL, NULL, 0));
	show_prepare(&vlc->libavcodec, &vlc->screen, &vlc->film, LOOK_AWAY);
	vlc->libavcodec.habits = ffmpeg_habits;
	ffmpeg_opens(&vlc->libavcodec, 0);
	threaded_open(&vlc->threaded);
	show_prepare(show, &vlc->screen, &vlc->film, LOOK_DERIVE);
	show->context = vlc->libavcodec.context;
	for (unsigned int i = 0; i < VLC_POOL; i++)
		show->slots[i] =
			(struct slot){.id = vlc->pool[i], .width = width, .height = height, .depth = 8, .fd = -1};
	show->slot_count = VLC_POOL;
}

static void *vlc_ends_decoding(void *opaque)
{
	struct vlc *vlc = opaque;

	show_close(&vlc->libavcodec);
	CHECK_VA(vaDestroyConfig(vlc->screen.va, vlc->config));
	return NULL;
}

static void vlc_closes(struct vlc *vlc)
{
	CHECK_EQUAL(vlc->threaded.show.slot_count, VLC_POOL);
	CHECK_VA(vaDestroySurfaces(vlc->screen.va, vlc->pool, VLC_POOL));
	screen_close(&vlc->screen);
	film_close(&vlc->film);
}

/* The thread that draws lags behind, and draws what it has last once more when there is no context any more. */
static void play_vlc(const char *name)
{
	struct vlc vlc = {.threaded = {.behind = 3}};
	struct show *show = &vlc.threaded.show;
	struct slot *last;
	pthread_t viewer;

	vlc_opens(&vlc, name);
	CHECK_EQUAL(pthread_create(&viewer, NULL, view, &vlc.threaded), 0);
	decode_with_members(&vlc.threaded);
	last = threaded_last(&vlc.threaded);
	run_thread(vlc_ends_decoding, &vlc);
	end_and_close(&vlc.threaded, viewer);
	show_look(show, last, LOOK_DERIVE);
	CHECK_EQUAL(show->seen, vlc.film.shown);
	vlc_closes(&vlc);
}

static void vlc_processor(void)
{
	play_vlc(films()->large);
	play_vlc(films()->pyramid);
	play_vlc(films()->fields);
}

/* A picture that the GPU may read: the dma-buf of its derived image, which no vaSyncSurface came before. */
struct handed {
	struct slot *slot;
	VAImage image;
};

static struct handed hand_over(struct show *show, struct slot *slot)
{
	struct handed handed = {.slot = slot};
	VABufferInfo info = {.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME};
	uint8_t *map;

	CHECK_VA(vaDeriveImage(show->screen->va, slot->id, &handed.image));
	CHECK_VA(vaAcquireBufferHandle(show->screen->va, handed.image.buf, &info));
	CHECK(info.mem_size >= handed.image.data_size);
	map = mmap(NULL, info.mem_size, PROT_READ, MAP_SHARED, (int)info.handle, 0);
	CHECK(map != MAP_FAILED);
	CHECK(film_shows(show->film, slot->frame, slot->width, slot->height, map, handed.image.offsets,
	                 handed.image.pitches));
	munmap(map, info.mem_size);
	return handed;
}

static void take_back(struct show *show, struct handed *handed)
{
	if (!handed->slot)
		return;
	CHECK_VA(vaReleaseBufferHandle(show->screen->va, handed->image.buf));
	CHECK_VA(vaDestroyImage(show->screen->va, handed->image.image_id));
	handed->slot->unseen = false;
}

/* The picture on the screen stays the GPU's until the next one is there, also beyond the end of the context. */
static void vlc_gpu(void)
{
	struct vlc vlc = {0};
	struct show *show = &vlc.threaded.show;
	struct handed shown = {0};

	vlc_opens(&vlc, films()->pyramid);
	for (; show->position < vlc.film.count; show->position++) {
		const struct film_picture *picture = &vlc.film.pictures[show->position];
		struct slot *slot = show_slot(show);
		struct handed next;

		slot->unseen = !picture->hidden;
		CHECK_VA(show_submit(show, picture, slot));
		if (!picture->closes || picture->hidden)
			continue;
		next = hand_over(show, slot);
		take_back(show, &shown);
		shown = next;
		show->seen++;
	}
	run_thread(vlc_ends_decoding, &vlc);
	take_back(show, &shown);
	CHECK_EQUAL(show->seen, vlc.film.shown);
	threaded_close(&vlc.threaded);
	vlc_closes(&vlc);
}

static const struct test tests[] = {
	{"ffmpeg, threads by turns", ffmpeg_by_turns, NULL},
	{"ffmpeg, the context goes first", ffmpeg_context_first, NULL},
	{"ffmpeg, the context goes meanwhile", ffmpeg_meanwhile, NULL},
	{"mpv, surfaces on demand", mpv, NULL},
	{"GStreamer asks an empty surface", gst_asks, NULL},
	{"GStreamer looks away", gst_looks_away, NULL},
	{"VLC, through the processor", vlc_processor, NULL},
	{"VLC, through the GPU", vlc_gpu, NULL},
};

const struct scenes scenes_newer = {"newer", SHALLOW_FILMS, tests, TEST_COUNT(tests)};
