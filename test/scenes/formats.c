/* SPDX-License-Identifier: MIT
 *
 * Formats that follow the stream: sizes, bit depths and chroma that change with a new context and without, probes that are
 * followed by the film, the smallest and the largest size, seeking.
 */
#include "show.h"

enum { MANY = 8 };

/* The rest of a session in the same context, with another film. */
static void change_film(struct show *show, const struct film *film)
{
	show_drain(show);
	for (unsigned int i = 0; i < show->slot_count; i++)
		show->slots[i].taken = false;
	show->film = film;
	show->position = 0;
}

static void play_in_one_context(const char *const *names, unsigned int count, enum look look,
                                VAProfile profile, unsigned int rounds)
{
	struct film films[MANY];
	struct screen screen;
	struct show show;

	for (unsigned int i = 0; i < count; i++)
		film_open(&films[i], names[i]);
	screen_open(&screen);
	show_open_as(&show, &screen, &films[0], look, profile, 128, 128);
	for (unsigned int n = 0; n < rounds * count; n++) {
		unsigned int before = show.seen;

		change_film(&show, &films[n % count]);
		show_play(&show);
		CHECK_EQUAL(show.seen - before, films[n % count].shown);
	}
	show_close(&show);
	screen_close(&screen);
	for (unsigned int i = 0; i < count; i++)
		film_close(&films[i]);
}

static const char *const sizes[] = {"high-pyramid",    "long-gop",    "crop-odd",       "h264/p720",
                                    "fake-interlaced", "multi-slice", "paff-b-spatial", "refs16"};

static void sizes_change(void)
{
	for (enum look look = LOOK_GET; look < LOOKS; look++)
		play_in_one_context(sizes, 8, look, VAProfileH264High, 1);
}

static void sizes_change_by_slices(void)
{
	setenv("V4L2SIM_KIND", "h264:slice", 1);
	for (enum look look = LOOK_GET; look < LOOKS; look++)
		play_in_one_context(sizes, 8, look, VAProfileH264High, 1);
}

/* Sizes of whole macroblocks and not; one changes on its own; hidden frames. */
static void vp8_sizes_change(void)
{
	static const char *const names[] = {"vp8/altref", "vp8/odd", "vp8/shrink", "vp8/partitions2",
	                                    "vp8/segments"};

	setenv("V4L2SIM_DELAY_US", "500", 1);
	for (enum look look = LOOK_GET; look < LOOKS; look++)
		play_in_one_context(names, 5, look, VAProfileVP8Version0_3, 2);
}

/* From one sample to whole superblocks; two change on their own; frames that are hidden, or shown later, and such that nobody refers to. */
static void vp9_sizes_change(void)
{
	static const char *const names[] = {"vp9/pyramid", "vp9/odd",        "vp9/shrink", "vp9/tiny",
	                                    "vp9/pixel",   "vp9/references", "vp9/grow",   "vp9/tiles"};

	setenv("V4L2SIM_DELAY_US", "500", 1);
	for (enum look look = LOOK_GET; look < LOOKS; look++)
		play_in_one_context(names, 8, look, VAProfileVP9Profile0, 2);
}

/* Of frames and fields; the rows of an interlaced sequence are more than its size tells; one changes on its own. */
static void mpeg2_sizes_change(void)
{
	static const char *const names[] = {"mpeg2/closed-gop", "mpeg2/interlaced-rows", "mpeg2/fields-p",
	                                    "mpeg2/odd",        "mpeg2/sequences",       "mpeg2/dual-prime"};

	setenv("V4L2SIM_DELAY_US", "500", 1);
	for (enum look look = LOOK_GET; look < LOOKS; look++)
		play_in_one_context(names, 6, look, VAProfileMPEG2Main, 2);
}

static void chroma_changes(void)
{
	static const char *const names[] = {"cb-cavlc", "mono", "high-cqm-jvt", "mono-cavlc"};

	for (enum look look = LOOK_GET; look < LOOKS; look++)
		play_in_one_context(names, 4, look, VAProfileH264High, 2);
}

static void depth_changes(void)
{
	static const char *const names[] = {"high10", "high-cqm-jvt", "high10-cavlc", "long-gop"};

	setenv("V4L2SIM_DEPTH", "10", 1);
	for (enum look look = LOOK_GET; look < LOOKS; look++)
		play_in_one_context(names, 4, look, (VAProfile)36 /* H.264 High 10 */, 2);
}

/* From tiles to rows with each film, in every way of looking. */
static void sizes_change_in_tiles(void)
{
	setenv("V4L2SIM_FORMAT", "NV12_32L32", 1);
	sizes_change_by_slices();
}

static void depth_changes_packed(void)
{
	setenv("V4L2SIM_FORMAT", "NV12,NV15", 1);
	depth_changes();
}

static void depth_changes_in_tiles(void)
{
	setenv("V4L2SIM_FORMAT", "NV12_4L4,NV15_4L4", 1);
	depth_changes();
}

/* A stream that changes its own size, with B pictures across the last pictures of each. */
static void stream_resizes(const char *kind)
{
	static const char *const names[] = {"h264/resize", "parameter-sets"};

	setenv("V4L2SIM_KIND", kind, 1);
	setenv("V4L2SIM_DELAY_US", "500", 1);
	for (enum look look = LOOK_GET; look < LOOKS; look++)
		play_in_one_context(names, 2, look, VAProfileH264High, 2);
}

static void stream_resizes_frames(void)
{
	stream_resizes("h264:frame");
}

static void stream_resizes_slices(void)
{
	stream_resizes("h264:slice");
}

/* As ffmpeg does it: the context goes with the size, and pictures of the old one are looked at afterwards. */
static void new_context_for_each_size(void)
{
	struct film film;
	struct screen screen;

	setenv("V4L2SIM_DELAY_US", "500", 1);
	film_open(&film, "h264/resize");
	screen_open(&screen);
	for (enum look look = LOOK_GET; look < LOOKS; look++) {
		struct show show;

		show_open(&show, &screen, &film, look);
		for (unsigned int n = 0; n < film.count; n++) {
			const struct film_frame *frame = &film.frames[film.pictures[n].frame];
			const struct film_frame *before = &film.frames[film.pictures[n ? n - 1 : 0].frame];

			if (frame->width != before->width || frame->height != before->height) {
				CHECK_VA(vaDestroyContext(screen.va, show.context));
				CHECK_VA(vaCreateContext(screen.va, show.config, (int)frame->width, (int)frame->height,
				                         VA_PROGRESSIVE, NULL, 0, &show.context));
			}
			show_step(&show);
		}
		show_drain(&show);
		CHECK_EQUAL(show.seen, film.frame_count);
		show_close(&show);
	}
	screen_close(&screen);
	film_close(&film);
}

/* mpv: two surfaces of 128x128, one derived, one exported, and no decode; then the film. */
static void probe_then_film(void)
{
	struct film film;
	struct screen screen;
	struct show show;

	film_open(&film, "long-gop");
	screen_open(&screen);
	for (int i = 0; i < 3; i++) {
		struct slot *slot;
		VAImage image;

		show_open_as(&show, &screen, &film, LOOK_KEPT_SYNC, VAProfileH264High, 128, 128);
		slot = show_add_slot(&show, 128, 128, 8);
		CHECK_VA(vaDeriveImage(screen.va, slot->id, &image));
		CHECK_VA(vaDestroyImage(screen.va, image.image_id));
		CHECK_VA(vaSyncSurface(screen.va, slot->id));
		if (i == 1) /* the same context plays the film */
			show_play(&show);
		show_close(&show);
	}
	show_open(&show, &screen, &film, LOOK_EXPORT);
	show_play(&show);
	CHECK_EQUAL(show.seen, film.frame_count);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static void smallest(const char *kind)
{
	static const char *const names[] = {"h264/tiny", "long-gop", "h264/tiny"};

	setenv("V4L2SIM_KIND", kind, 1);
	setenv("V4L2SIM_MIN", "16x16", 1);
	for (enum look look = LOOK_GET; look < LOOKS; look++)
		play_in_one_context(names, 3, look, VAProfileH264High, 1);
}

static void smallest_frames(void)
{
	smallest("h264:frame");
}

static void smallest_slices(void)
{
	smallest("h264:slice");
}

/* Surfaces of the size that is seen, which is no multiple of 16, for pictures that are one. */
static void visible_size(void)
{
	static const struct {
		const char *film;
		unsigned int width, height;
	} cropped[] = {
		{"crop-odd", 14, 14}, {"fake-interlaced", 0, 4}, {"long-gop", 0, 12}, {"mixed-fields", 6, 4}};

	for (unsigned int i = 0; i < 4; i++) {
		struct film film;
		struct screen screen;

		film_open(&film, cropped[i].film);
		screen_open(&screen);
		for (enum look look = LOOK_GET; look < LOOKS; look++) {
			struct show show;

			show_open(&show, &screen, &film, look);
			show.crop_width = cropped[i].width;
			show.crop_height = cropped[i].height;
			show_play(&show);
			CHECK_EQUAL(show.seen, film.frame_count);
			show_close(&show);
		}
		screen_close(&screen);
		film_close(&film);
	}
}

static int32_t attribute(struct screen *screen, VAConfigID config, VASurfaceAttribType type)
{
	VASurfaceAttrib all[32];
	unsigned int count = 32;

	CHECK_VA(vaQuerySurfaceAttributes(screen->va, config, all, &count));
	for (unsigned int i = 0; i < count; i++) {
		if (all[i].type == type)
			return all[i].value.value.i;
	}
	return -1;
}

/* The largest size plays; one more is refused by every call that could know, with va.h's name for it, and nothing lost. */
static void largest(void)
{
	static const int more[][2] = {{193, 160}, {192, 161}, {208, 160}, {192, 176}, {4096, 4096}};
	struct film fits, large;
	struct screen screen;
	struct show show;

	setenv("V4L2SIM_MAX", "192x160", 1);
	film_open(&fits, "high-pyramid");
	film_open(&large, "long-gop");
	screen_open(&screen);
	show_open(&show, &screen, &fits, LOOK_DERIVE);
	CHECK_EQUAL(attribute(&screen, show.config, VASurfaceAttribMaxWidth), 192);
	CHECK_EQUAL(attribute(&screen, show.config, VASurfaceAttribMaxHeight), 160);
	for (unsigned int i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		VAContextID context = 1;

		CHECK_EQUAL(vaCreateContext(screen.va, show.config, more[i][0], more[i][1], VA_PROGRESSIVE, NULL, 0,
		                            &context),
		            VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
		CHECK_EQUAL(context, VA_INVALID_ID);
		screen_said(&screen, "v4l2_request:");
	}
	show_play(&show);
	/* In a context that was made for a size that fits, the stream grows beyond it. */
	for (int round = 0; round < 2; round++) {
		struct slot *slot;

		change_film(&show, &large);
		slot = show_slot(&show);
		CHECK_EQUAL(show_submit(&show, &large.pictures[0], slot), VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
		screen_said_again(&screen, "v4l2_request:", (unsigned int)round + 1);
		change_film(&show, &fits);
		show_play(&show);
	}
	CHECK_EQUAL(show.seen, 3 * fits.frame_count);
	show_close(&show);
	screen_close(&screen);
	film_close(&fits);
	film_close(&large);
}

static unsigned int lines_of(const char *path, const char *part)
{
	FILE *file = fopen(path, "r");
	unsigned int count = 0;
	char line[512];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, part) != NULL;
	fclose(file);
	return count;
}

/* After each change the process has as many mappings of buffers, and as many descriptors, as the first time. */
static void nothing_stays(void)
{
	static const char *const names[] = {"long-gop", "high-pyramid", "h264/p720"};
	struct film films[3];
	struct screen screen;
	struct show show;
	char descriptors[3][1024], now[1024];
	unsigned int maps[3];

	for (unsigned int i = 0; i < 3; i++)
		film_open(&films[i], names[i]);
	screen_open(&screen);
	show_open(&show, &screen, &films[0], LOOK_GET);
	for (unsigned int n = 0; n < 30; n++) {
		unsigned int at = n % 3;

		change_film(&show, &films[at]);
		for (unsigned int i = 0; i < show.slot_count; i++)
			CHECK_VA(vaDestroySurfaces(screen.va, &show.slots[i].id, 1));
		show.slot_count = 0;
		show_play(&show);
		list_descriptors(now, sizeof(now));
		if (n < 3) {
			memcpy(descriptors[at], now, sizeof(now));
			maps[at] = lines_of("/proc/self/maps", "simulated");
			CHECK(maps[at] > 0);
			continue;
		}
		CHECK_EQUAL(lines_of("/proc/self/maps", "simulated"), maps[at]);
		/* which numbers are taken may change, how many may not */
		CHECK_EQUAL(strlen(now) / 3, strlen(descriptors[at]) / 3);
	}
	show_close(&show);
	CHECK_EQUAL(lines_of("/proc/self/maps", "simulated"), 0);
	screen_close(&screen);
	for (unsigned int i = 0; i < 3; i++)
		film_close(&films[i]);
}

/* To any key picture from anywhere, with pictures in flight that nobody will look at. */
static void seek(const char *kind)
{
	struct film film;
	struct screen screen;
	uint32_t state = 7;

	setenv("V4L2SIM_KIND", kind, 1);
	setenv("V4L2SIM_DELAY_US", "1000", 1);
	film_open(&film, "long-gop");
	screen_open(&screen);
	for (enum look look = LOOK_GET; look < LOOKS; look++) {
		struct show show;

		show_open(&show, &screen, &film, look);
		for (int i = 0; i < 25; i++) {
			unsigned int key;

			state = state * 1664525u + 1013904223u;
			key = film_key(&film, (state >> 8) % film.count);
			show_seek(&show, key == film.count ? 0 : key);
			for (unsigned int steps = (state >> 20) % 14; steps > 0; steps--)
				show_step(&show);
			if (i % 5 == 0)
				show_drain(&show);
		}
		show_seek(&show, 0);
		show_play(&show);
		CHECK(show.seen > film.frame_count);
		show_close(&show);
	}
	screen_close(&screen);
	film_close(&film);
}

static void seek_frames(void)
{
	seek("h264:frame");
}

static void seek_slices(void)
{
	seek("h264:slice");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"eight sizes in one context, that was made for 128x128", sizes_change, NULL},
		{"the same, slice by slice", sizes_change_by_slices, NULL},
		{"VP8, four sizes in one context", vp8_sizes_change, NULL},
		{"VP9, eight sizes in one context", vp9_sizes_change, NULL},
		{"MPEG-2, frames and fields of several sizes in one context", mpeg2_sizes_change, NULL},
		{"the same, in tiles", sizes_change_in_tiles, NULL},
		{"4:2:0 and monochrome by turns", chroma_changes, NULL},
		{"8 and 10 bit by turns", depth_changes, NULL},
		{"the same, 10 bit packed", depth_changes_packed, NULL},
		{"the same, all in tiles", depth_changes_in_tiles, NULL},
		{"a stream that changes its size", stream_resizes_frames, NULL},
		{"the same, slice by slice", stream_resizes_slices, NULL},
		{"a new context for each size of a stream", new_context_for_each_size, NULL},
		{"a probe at 128x128, then the film", probe_then_film, NULL},
		{"16x16", smallest_frames, NULL},
		{"16x16, slice by slice", smallest_slices, NULL},
		{"surfaces of the visible size", visible_size, NULL},
		{"the largest size, and one more", largest, NULL},
		{"no mapping and no descriptor stays after a change", nothing_stays, NULL},
		{"seeking to any key picture", seek_frames, NULL},
		{"seeking, slice by slice", seek_slices, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
