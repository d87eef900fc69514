/* SPDX-License-Identifier: MIT
 *
 * Every player's own order of calls, as it was recorded of the real program, with every picture compared. The films are H.264's, or
 * those of $SCENES_CODEC; what was recorded of another codec is played with these in its order: no matrix, many slices, as many surfaces.
 *
 *   recorded of                                 scene
 *   vainfo -a                                   vainfo
 *   ffmpeg -f null, and hwdownload              ffmpeg, a picture at a time
 *   ffmpeg, High, three slices, B pictures      ffmpeg, three ahead
 *   ffmpeg, HEVC; VP9; MPEG-2                   ffmpeg as for HEVC; VP9; MPEG-2
 *   ffmpeg hwmap                                ffmpeg hwmap
 *   ffmpeg drm_prime                            ffmpeg drm_prime
 *   ffmpeg drm_prime that ends at once          ffmpeg ends after a picture
 *   ffmpeg, vaCreateContext refused             ffmpeg, refused
 *   mpv vaapi-copy                              mpv vaapi-copy
 *   mpv vo=gpu on drm; with keep-open           mpv vo=gpu; mpv keeps the last picture
 *   gst-inspect                                 gst-inspect
 *   GStreamer, system memory                    GStreamer, system memory
 *   GStreamer, fakesink; glimagesink with VP9   GStreamer looks away; the same as for VP9
 *   GStreamer, memory:DMABuf                    GStreamer, memory:DMABuf
 *   Firefox, vaapitest and a film that loops    browsers.c: Firefox; the same with VP9
 *   Chromium                                    browsers.c: Chromium; the same with VP9
 */
#include <va/va_drmcommon.h>

#include "asks.h"
#include "films.h"
#include "threaded_show.h"

static void *map(VADisplay va, VABufferID buffer)
{
	void *data;

	CHECK_VA(vaMapBuffer(va, buffer, &data));
	return data;
}

static void vainfo(void)
{
	VAConfigAttrib attributes[VAConfigAttribTypeMax];
	VAProfile profiles[PROFILES];
	struct screen screen;
	unsigned int count;

	screen_open(&screen);
	count = ask_profiles(&screen, profiles);
	for (unsigned int i = 0; i < count; i++) {
		ask_entrypoints(&screen, profiles[i]);
		for (unsigned int type = 0; type < VAConfigAttribTypeMax; type++)
			attributes[type] = (VAConfigAttrib){.type = (VAConfigAttribType)type, .value = 77};
		CHECK_VA(vaGetConfigAttributes(screen.va, profiles[i], VAEntrypointVLD, attributes,
		                               VAConfigAttribTypeMax));
		CHECK(attributes[VAConfigAttribRTFormat].value & (VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10));
		CHECK_EQUAL(attributes[VAConfigAttribEncSliceStructure].value, VA_ATTRIB_NOT_SUPPORTED);
		for (unsigned int type = 0; type < VAConfigAttribTypeMax; type++)
			CHECK(attributes[type].value != 77);
	}
	screen_close(&screen);
}

/* ---- ffmpeg ------------------------------------------------------------------------------------------ */

struct ffmpeg {
	const char *film;
	enum look look;
	unsigned int pool, ahead;
	bool no_matrix;
};

static void play_ffmpeg(const struct ffmpeg *command)
{
	struct film film;
	struct screen screen;
	struct show show;
	unsigned int pool;

	film_open(&film, command->film);
	pool = film_pool(&film, command->pool);
	screen_open(&screen);
	ask_images(&screen);
	show_prepare(&show, &screen, &film, command->look);
	show.keep = command->ahead;
	show.habits = ffmpeg_habits;
	show.habits.no_matrix = command->no_matrix;
	if (command->look == LOOK_FRESH)
		show.habits.access = VA_EXPORT_SURFACE_READ_WRITE;
	ffmpeg_opens(&show, pool);
	show_play(&show);
	CHECK_EQUAL(show.seen, film.shown);
	CHECK_EQUAL(show.slot_count, pool);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static void ffmpeg_plain(void)
{
	play_ffmpeg(&(const struct ffmpeg){films()->simple, LOOK_GET, 20, 0, false});
}

static void ffmpeg_ahead(void)
{
	play_ffmpeg(&(const struct ffmpeg){films()->pyramid, LOOK_GET, 20, 3, false});
	play_ffmpeg(&(const struct ffmpeg){films()->slices, LOOK_GET, 20, 3, false});
}

static void ffmpeg_hevc(void)
{
	play_ffmpeg(&(const struct ffmpeg){films()->lengthy, LOOK_GET, 20, 3, true});
}

static void ffmpeg_vp9(void)
{
	play_ffmpeg(&(const struct ffmpeg){films()->weighted, LOOK_GET, 12, 0, true});
}

static void ffmpeg_mpeg2(void)
{
	play_ffmpeg(&(const struct ffmpeg){films()->few, LOOK_GET, 6, 2, false});
}

static void ffmpeg_prime(void)
{
	play_ffmpeg(&(const struct ffmpeg){films()->strict, LOOK_FRESH, 20, 0, false});
}

static void mpv_copy(void)
{
	play_ffmpeg(&(const struct ffmpeg){films()->lengthy, LOOK_GET, 20, 3, false});
}

/* A surface that is mapped, and what must be seen there. */
struct mapped {
	const struct slot *slot;
	unsigned int frame;
	VAImage image;
	const uint8_t *data;
};

static void map_slot(struct show *show, const struct slot *slot, struct mapped *mapped)
{
	VADisplay va = show->screen->va;

	mapped->slot = slot;
	mapped->frame = slot->frame;
	CHECK_VA(vaSyncSurface(va, slot->id));
	CHECK_VA(vaDeriveImage(va, slot->id, &mapped->image));
	mapped->data = map(va, mapped->image.buf);
}

static void unmap_slot(struct show *show, const struct mapped *mapped)
{
	CHECK(film_shows(show->film, mapped->frame, mapped->slot->width, mapped->slot->height, mapped->data,
	                 mapped->image.offsets, mapped->image.pitches));
	CHECK_VA(vaUnmapBuffer(show->screen->va, mapped->image.buf));
	CHECK_VA(vaDestroyImage(show->screen->va, mapped->image.image_id));
}

/* A picture stays mapped while the next one is decoded; the last is unmapped when the context is gone. */
static void ffmpeg_map(void)
{
	struct film film;
	struct screen screen;
	struct show show;
	struct mapped mapped[2];
	unsigned int n;

	film_open(&film, films()->pyramid);
	screen_open(&screen);
	ask_images(&screen);
	show_prepare(&show, &screen, &film, LOOK_AWAY);
	show.keep = 2;
	show.habits = ffmpeg_habits;
	ffmpeg_opens(&show, 20);
	for (n = 0; n < film.count; n++) {
		if (n >= 2)
			unmap_slot(&show, &mapped[n % 2]);
		CHECK(show_step(&show));
		map_slot(&show, show.queue[show.queued - 1], &mapped[n % 2]);
	}
	unmap_slot(&show, &mapped[n % 2]);
	show_destroy_context(&show);
	unmap_slot(&show, &mapped[(n + 1) % 2]);
	show_destroy_surfaces(&show);
	screen_close(&screen);
	film_close(&film);
}

static void one_picture(void)
{
	struct film film;
	struct screen screen;
	struct show show;

	film_open(&film, films()->simple);
	screen_open(&screen);
	ask_images(&screen);
	show_prepare(&show, &screen, &film, LOOK_AWAY);
	show.habits = ffmpeg_habits;
	ffmpeg_opens(&show, 20);
	CHECK(show_step(&show));
	show_destroy_context(&show);
	show_look(&show, &show.slots[19], LOOK_GET);
	show_destroy_surfaces(&show);
	CHECK_EQUAL(screen.bytes, 0);
}

static void ffmpeg_ends(void)
{
	end_without_a_word(one_picture);
}

/* ffmpeg destroys what is in the variable of the context that it did not get, and then tears down as ever. */
static void ffmpeg_refused(void)
{
	struct film film;
	struct screen screen;
	struct show show;
	VAContextID context = 1;

	film_open(&film, films()->simple);
	screen_open(&screen);
	show_prepare(&show, &screen, &film, LOOK_GET);
	show.habits = ffmpeg_habits;
	show_add_slots(&show, 20);
	show_create_config(&show);
	CHECK_EQUAL(vaCreateContext(screen.va, show.config, 1 << 15, 1 << 15, VA_PROGRESSIVE, &show.slots[0].id,
	                            1, &context),
	            VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
	screen_said(&screen, "32768x32768");
	CHECK_EQUAL(vaDestroyContext(screen.va, context), VA_STATUS_ERROR_INVALID_CONTEXT);
	CHECK_VA(vaDestroyConfig(screen.va, show.config));
	show_destroy_surfaces(&show);
	screen_close(&screen);
	film_close(&film);
}

/* ---- mpv --------------------------------------------------------------------------------------------- */

static const VASurfaceAttrib mpv_surfaces[] = {
	SURFACE_ATTRIBUTE(VASurfaceAttribMemoryType, VA_SURFACE_ATTRIB_MEM_TYPE_VA),
	SURFACE_ATTRIBUTE(VASurfaceAttribPixelFormat, VA_FOURCC_NV12)};

/* Of the thread that draws, before there is a decoder: whether surfaces can be drawn. */
static void mpv_probes(struct screen *screen, const struct film *film)
{
	struct show probe;
	VAProfile profiles[PROFILES];

	ask_images(screen);
	ask_profiles(screen, profiles);
	ask_entrypoints(screen, profiles[0]);
	show_prepare(&probe, screen, film, LOOK_AWAY);
	probe.habits = (struct habits){.attributes = mpv_surfaces, .attribute_count = 2, .bare_config = true};
	show_create_config(&probe);
	ask_surfaces(screen, probe.config, 0);
	show_add_slot(&probe, 128, 128, 8);
	show_derive(&probe, 0);
	probe.look = LOOK_KEPT; /* the second is exported, then synchronised */
	probe.habits.access = VA_EXPORT_SURFACE_READ_ONLY;
	show_add_slot(&probe, 128, 128, 8);
	CHECK_VA(vaSyncSurface(screen->va, probe.slots[1].id));
	show_derive(&probe, 1);
	show_destroy_surfaces(&probe);
	CHECK_VA(vaDestroyConfig(screen->va, probe.config));
}

static void *mpv_decodes(void *opaque)
{
	struct threaded_show *threaded = opaque;

	ffmpeg_opens(&threaded->show, 22);
	threaded_decode(threaded);
	show_destroy_context(&threaded->show);
	return NULL;
}

/* The film goes on in one thread while the other exports, synchronises and draws; that one destroys the surfaces. */
static void play_mpv(const char *name, unsigned int skip, bool keep_open)
{
	struct film film;
	struct screen screen;
	struct threaded_show threaded = {.rounds = 2, .skip = skip};
	struct show *show = &threaded.show;
	pthread_t decoder;

	film_open(&film, name);
	screen_open(&screen);
	mpv_probes(&screen, &film);
	threaded_open(&threaded);
	show_prepare(show, &screen, &film, LOOK_EXPORT);
	show->habits = ffmpeg_habits;
	show->habits.attributes = mpv_surfaces;
	CHECK_EQUAL(pthread_create(&decoder, NULL, mpv_decodes, &threaded), 0);
	threaded_view(&threaded);
	CHECK_EQUAL(pthread_join(decoder, NULL), 0);
	CHECK_EQUAL(show->seen, 2 * film.shown);
	CHECK_EQUAL(show->slot_count, 22);
	CHECK((threaded.skipped > 0) == (skip > 0));
	/* what is drawn anew, with the context gone */
	for (unsigned int i = 0; keep_open && i < show->slot_count; i++) {
		if (show_can_look(show, &show->slots[i]))
			show_look(show, &show->slots[i], LOOK_EXPORT);
	}
	show_destroy_surfaces(show);
	threaded_close(&threaded);
	screen_close(&screen);
	film_close(&film);
}

static void mpv_gpu(void)
{
	play_mpv(films()->lengthy, 4, false);
}

static void mpv_keep(void)
{
	play_mpv(films()->strict, 0, true);
}

/* ---- GStreamer --------------------------------------------------------------------------------------- */

static const VASurfaceAttrib gst_surfaces[] = {
	SURFACE_ATTRIBUTE(VASurfaceAttribUsageHint, VA_SURFACE_ATTRIB_USAGE_HINT_DECODER),
	SURFACE_ATTRIBUTE(VASurfaceAttribMemoryType, VA_SURFACE_ATTRIB_MEM_TYPE_VA),
	SURFACE_ATTRIBUTE(VASurfaceAttribPixelFormat, VA_FOURCC_NV12)};

/* When its plugin is loaded: what each profile can. */
static void gst_registers(void)
{
	struct screen screen;
	VAProfile profiles[PROFILES];
	unsigned int count;

	screen_open(&screen);
	count = ask_profiles(&screen, profiles);
	for (unsigned int i = 0; i < count; i++)
		ask_entrypoints(&screen, profiles[i]);
	for (unsigned int i = 0; i < count; i++) {
		VAConfigAttrib asked[] = {{.type = VAConfigAttribMaxPictureWidth},
		                          {.type = VAConfigAttribMaxPictureHeight},
		                          {.type = VAConfigAttribRTFormat}};

		CHECK_VA(vaGetConfigAttributes(screen.va, profiles[i], VAEntrypointVLD, asked, 3));
		CHECK(asked[0].value >= 1280 && asked[1].value >= 720);
		CHECK(asked[2].value & (VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10));
		ask_config(&screen, profiles[i], false, 1);
	}
	screen_close(&screen);
}

static void gst_inspect(void)
{
	struct screen screen;

	gst_registers();
	screen_open(&screen);
	screen_close(&screen);
}

/* One surface is made to see what it is like. */
static void gst_probes(struct show *show)
{
	VAImageFormat format = {.fourcc = VA_FOURCC_NV12, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12};
	VAImage image;

	show_add_slots(show, 1);
	if (show->look != LOOK_KEPT) {
		show_derive(show, 0);
		CHECK_VA(vaCreateImage(show->screen->va, &format, (int)show->slots[0].width,
		                       (int)show->slots[0].height, &image));
		CHECK_VA(vaDestroyImage(show->screen->va, image.image_id));
	}
	show_destroy_surfaces(show);
}

struct gst {
	const char *film;
	enum look look;
	unsigned int pool;
	bool no_matrix;
	struct show show;
};

/* The thread of the stream. */
static void *gst_streams(void *opaque)
{
	struct gst *pipeline = opaque;
	struct show *show = &pipeline->show;

	show_create_config(show);
	show_create_context(show, false);
	ask_surfaces(show->screen, show->config, 85);
	if (show->look != LOOK_KEPT)
		ask_surfaces(show->screen, show->config, 0);
	gst_probes(show);
	show_add_slots(show, pipeline->pool);
	/* the end of the stream, and once more */
	show_play(show);
	for (unsigned int i = 0; show->look == LOOK_AWAY && i < show->slot_count; i++) {
		if (show_can_look(show, &show->slots[i]))
			show_look(show, &show->slots[i], i % 2 ? LOOK_GET : LOOK_DERIVE);
	}
	show_seek(show, 0);
	show_play(show);
	CHECK_EQUAL(show->seen, 2 * show->film->shown);
	CHECK_EQUAL(show->slot_count, pipeline->pool);
	return NULL;
}

static void play_gst(struct gst pipeline)
{
	struct film film;
	struct screen screen;
	VAProfile profiles[PROFILES];

	film_open(&film, pipeline.film);
	pipeline.pool = film_pool(&film, pipeline.pool);
	gst_registers();
	screen_open(&screen);
	ask_profiles(&screen, profiles);
	ask_entrypoints(&screen, film.profile);
	show_prepare(&pipeline.show, &screen, &film, pipeline.look);
	pipeline.show.keep = pipeline.look == LOOK_DERIVE ? 2 : 0;
	pipeline.show.habits = (struct habits){.attributes = gst_surfaces,
	                                       .attribute_count = 3,
	                                       .access = VA_EXPORT_SURFACE_READ_WRITE,
	                                       .no_matrix = pipeline.no_matrix};
	run_thread(gst_streams, &pipeline);
	show_close(&pipeline.show);
	screen_close(&screen);
	film_close(&film);
}

static void gst_system(void)
{
	play_gst((struct gst){.film = films()->simple, .look = LOOK_DERIVE, .pool = 8});
	play_gst((struct gst){.film = films()->lengthy, .look = LOOK_DERIVE, .pool = 8});
}

static void gst_away(void)
{
	play_gst((struct gst){.film = films()->simple, .look = LOOK_AWAY, .pool = 6});
}

static void gst_away_vp9(void)
{
	play_gst((struct gst){.film = films()->weighted, .look = LOOK_AWAY, .pool = 8, .no_matrix = true});
}

static void gst_dmabuf(void)
{
	play_gst((struct gst){.film = films()->simple, .look = LOOK_KEPT, .pool = 6});
	play_gst((struct gst){.film = films()->fields, .look = LOOK_KEPT, .pool = 6});
}

static const struct test tests[] = {
	{"vainfo", vainfo, NULL},
	{"ffmpeg, a picture at a time", ffmpeg_plain, NULL},
	{"ffmpeg, three ahead", ffmpeg_ahead, NULL},
	{"ffmpeg as for HEVC", ffmpeg_hevc, NULL},
	{"ffmpeg as for VP9", ffmpeg_vp9, NULL},
	{"ffmpeg as for MPEG-2", ffmpeg_mpeg2, NULL},
	{"ffmpeg hwmap", ffmpeg_map, NULL},
	{"ffmpeg drm_prime", ffmpeg_prime, NULL},
	{"ffmpeg ends after a picture", ffmpeg_ends, NULL},
	{"ffmpeg, refused", ffmpeg_refused, NULL},
	{"mpv vaapi-copy", mpv_copy, NULL},
	{"mpv vo=gpu", mpv_gpu, NULL},
	{"mpv keeps the last picture", mpv_keep, NULL},
	{"gst-inspect", gst_inspect, NULL},
	{"GStreamer, system memory", gst_system, NULL},
	{"GStreamer looks away", gst_away, NULL},
	{"GStreamer looks away, as for VP9", gst_away_vp9, NULL},
	{"GStreamer, memory:DMABuf", gst_dmabuf, NULL},
};

const struct scenes scenes_players = {"players", ALL_FILMS, tests, TEST_COUNT(tests)};
