/* SPDX-License-Identifier: MIT
 *
 * Pictures that are begun and not ended, half rendered, refused, or whose surface or context goes: before each picture of a
 * film something of the kind happens to it, and then it is decoded properly. Every picture must still be right.
 */
#include "show.h"

/*
 * What happens to a picture before it is decoded. `said`: part of the sentence that has to come; NULL: none.
 * Where the device gets the picture, or slices of it, it has decoded it twice in the end. The decoder model keeps one decoder
 * in step with the stream and takes that for another reference, so a picture that is one is spared.
 */
struct mishap {
	const char *name;
	void (*happen)(struct show *show, struct slot *slot, const VABufferID *buffers, unsigned int count);
	const char *said;
	enum { NOTHING, SLICES, PICTURE } submits;
	bool names_nothing; /* the sentence is about an id, and said each time */
};

static void begin(struct show *show, struct slot *slot)
{
	CHECK_VA(vaBeginPicture(show->screen->va, show->context, slot->id));
}

static void render(struct show *show, const VABufferID *buffers, unsigned int count)
{
	CHECK_VA(vaRenderPicture(show->screen->va, show->context, (VABufferID *)(uintptr_t)buffers, (int)count));
}

static void begun(struct show *show, struct slot *slot, const VABufferID *buffers, unsigned int count)
{
	(void)buffers;
	(void)count;
	begin(show, slot);
}

/* Of the picture that is next. */
static unsigned int parameters_of(const struct show *show)
{
	return show_parameters(show, &show->film->pictures[show->position]);
}

static void parameters_only(struct show *show, struct slot *slot, const VABufferID *buffers,
                            unsigned int count)
{
	(void)count;
	begin(show, slot);
	render(show, buffers, parameters_of(show));
}

static void slice_without_data(struct show *show, struct slot *slot, const VABufferID *buffers,
                               unsigned int count)
{
	(void)count;
	begin(show, slot);
	render(show, buffers, parameters_of(show) + 1);
}

static void first_slice_only(struct show *show, struct slot *slot, const VABufferID *buffers,
                             unsigned int count)
{
	(void)count;
	begin(show, slot);
	render(show, buffers, parameters_of(show) + 2);
}

static void all_but_the_end(struct show *show, struct slot *slot, const VABufferID *buffers,
                            unsigned int count)
{
	begin(show, slot);
	render(show, buffers, count);
}

static void ended_without_slices(struct show *show, struct slot *slot, const VABufferID *buffers,
                                 unsigned int count)
{
	parameters_only(show, slot, buffers, count);
	CHECK_EQUAL(vaEndPicture(show->screen->va, show->context), VA_STATUS_ERROR_OPERATION_FAILED);
}

/* The last buffer of the call does not exist; ffmpeg ends the picture all the same. */
static void buffer_missing(struct show *show, struct slot *slot, const VABufferID *buffers,
                           unsigned int count)
{
	VABufferID some[SHOW_BUFFERS];

	begin(show, slot);
	memcpy(some, buffers, count * sizeof(some[0]));
	some[count - 1] = 0x7ffffff0;
	CHECK_EQUAL(vaRenderPicture(show->screen->va, show->context, some, (int)count),
	            VA_STATUS_ERROR_INVALID_BUFFER);
}

enum { NOISE = 256 };

static VABufferID noise(struct show *show)
{
	uint8_t bytes[NOISE];
	VABufferID id;

	memset(bytes, 0xff, sizeof(bytes));
	CHECK_VA(
		vaCreateBuffer(show->screen->va, show->context, VASliceDataBufferType, sizeof(bytes), 1, bytes, &id));
	return id;
}

/* After the first slice, one of noise whose parameters say `size` bytes. */
static void slice_refused(struct show *show, struct slot *slot, const VABufferID *buffers, unsigned int count,
                          uint32_t size)
{
	const struct film_picture *picture = &show->film->pictures[show->position];
	const VASliceParameterBufferBase base = {.slice_data_size = size,
	                                         .slice_data_flag = VA_SLICE_DATA_FLAG_ALL};
	const size_t length = picture->buffers[picture->parameters].size;
	uint8_t *slice = calloc(1, length);
	VABufferID pair[2];

	CHECK(slice);
	memcpy(slice, &base, sizeof(base)); /* every codec's slice parameters begin so */
	first_slice_only(show, slot, buffers, count);
	CHECK_VA(vaCreateBuffer(show->screen->va, show->context, VASliceParameterBufferType, (unsigned int)length,
	                        1, slice, &pair[0]));
	free(slice);
	pair[1] = noise(show);
	CHECK_EQUAL(vaRenderPicture(show->screen->va, show->context, pair, 2), VA_STATUS_ERROR_INVALID_PARAMETER);
	CHECK_EQUAL(vaEndPicture(show->screen->va, show->context), VA_STATUS_ERROR_INVALID_PARAMETER);
	show_destroy_buffers(show, pair, 2);
}

/* One that says to be longer than its data. */
static void slice_too_long(struct show *show, struct slot *slot, const VABufferID *buffers,
                           unsigned int count)
{
	slice_refused(show, slot, buffers, count, 1 << 20);
}

/* One that cannot be read. */
static void slice_of_noise(struct show *show, struct slot *slot, const VABufferID *buffers,
                           unsigned int count)
{
	slice_refused(show, slot, buffers, count, NOISE);
}

/* The surface is destroyed in the middle of its picture, and the player goes on with another. */
static void surface_destroyed(struct show *show, struct slot *slot, const VABufferID *buffers,
                              unsigned int count)
{
	VASurfaceID other;

	(void)slot;
	CHECK_VA(vaCreateSurfaces(show->screen->va, VA_RT_FORMAT_YUV420, slot->width, slot->height, &other, 1,
	                          NULL, 0));
	CHECK_VA(vaBeginPicture(show->screen->va, show->context, other));
	render(show, buffers, count);
	CHECK_VA(vaDestroySurfaces(show->screen->va, &other, 1));
}

/* Whole, into a surface that is destroyed while the device writes to it. */
static void surface_destroyed_in_flight(struct show *show, struct slot *slot, const VABufferID *buffers,
                                        unsigned int count)
{
	surface_destroyed(show, slot, buffers, count);
	CHECK_VA(vaEndPicture(show->screen->va, show->context));
}

static const struct mishap mishaps[] = {
	{"begun", begun, NULL, NOTHING, false},
	{"parameters only", parameters_only, NULL, NOTHING, false},
	{"a slice without its data", slice_without_data, NULL, NOTHING, false},
	{"the first slice only", first_slice_only, NULL, NOTHING, false},
	{"all but the end", all_but_the_end, NULL, SLICES, false},
	{"ended without slices", ended_without_slices, "slice", NOTHING, false},
	{"a buffer that does not exist", buffer_missing, "does not exist", NOTHING, true},
	{"a slice too long", slice_too_long, "v4l2_request:", SLICES, false},
	{"a slice of noise", slice_of_noise, "v4l2_request:", SLICES, false},
	{"its surface destroyed", surface_destroyed, NULL, SLICES, false},
	{"its surface destroyed in flight", surface_destroyed_in_flight, NULL, PICTURE, false},
};
enum { MISHAPS = sizeof(mishaps) / sizeof(mishaps[0]) };

static bool spared(const struct film_picture *picture, const struct mishap *mishap, bool by_slices)
{
	return picture->reference && (mishap->submits == PICTURE || (mishap->submits == SLICES && by_slices));
}

static void play_with(struct screen *screen, const struct film *film, unsigned int first, unsigned int step,
                      bool by_slices)
{
	unsigned int times[MISHAPS] = {0};
	struct show show;

	show_open(&show, screen, film, LOOK_DERIVE);
	for (unsigned int n = 0; n < film->count; n++) {
		const struct mishap *mishap = &mishaps[(first + n * step) % MISHAPS];
		const struct film_picture *picture = &film->pictures[n];
		VABufferID buffers[SHOW_BUFFERS];
		struct slot *slot;
		unsigned int count;

		/* A frame whose first field is decoded has something to lose. */
		if ((n == 0 || film->pictures[n - 1].frame != picture->frame) &&
		    !spared(picture, mishap, by_slices)) {
			slot = show_slot(&show);
			slot->taken = true;
			slot->frame = picture->frame;
			count = show_buffers(&show, picture, buffers);
			mishap->happen(&show, slot, buffers, count);
			show_destroy_buffers(&show, buffers, count);
			if (mishap->said && mishap->names_nothing)
				screen_said(screen, mishap->said);
			else if (mishap->said)
				screen_said_again(screen, mishap->said, ++times[mishap - mishaps]);
			if (screen->bytes)
				fprintf(stderr, "    after \"%s\", picture %u: %s", mishap->name, n, screen->first);
			CHECK_EQUAL(screen->bytes, 0);
		}
		show_step(&show);
	}
	show_drain(&show);
	CHECK_EQUAL(show.seen, film->frame_count);
	show_close(&show);
}

static void play_films(bool by_slices)
{
	static const char *const names[] = {"multi-slice", "high-pyramid", "paff-p", "h264/resize"};

	setenv("V4L2SIM_KIND", by_slices ? "h264:slice" : "h264:frame", 1);
	for (unsigned int i = 0; i < 4; i++) {
		struct film film;
		struct screen screen;

		film_open(&film, names[i]);
		screen_open(&screen);
		/* the same mishap all the time, then all of them by turns */
		for (unsigned int first = 0; first < MISHAPS; first++)
			play_with(&screen, &film, first, 0, by_slices);
		play_with(&screen, &film, i, 1, by_slices);
		screen_close(&screen);
		film_close(&film);
	}
}

static void by_frames(void)
{
	play_films(false);
}

static void by_slices(void)
{
	play_films(true);
}

/* The context goes in the middle of a picture, whatever of it is with the device. */
static void context_goes(const char *kind)
{
	struct film film;
	struct screen screen;

	setenv("V4L2SIM_KIND", kind, 1);
	setenv("V4L2SIM_DELAY_US", "500", 1);
	film_open(&film, "multi-slice");
	screen_open(&screen);
	for (unsigned int i = 0; i < MISHAPS; i++) {
		VABufferID buffers[SHOW_BUFFERS];
		struct show show;
		struct slot *slot;
		unsigned int count;

		show_open(&show, &screen, &film, LOOK_GET);
		for (unsigned int n = 0; n < 3 + i % 4; n++)
			show_step(&show);
		slot = show_slot(&show);
		slot->taken = true;
		slot->frame = film.pictures[show.position].frame;
		count = show_buffers(&show, &film.pictures[show.position], buffers);
		mishaps[i].happen(&show, slot, buffers, count);
		if (mishaps[i].said)
			screen_said(&screen, mishaps[i].said);
		CHECK_VA(vaDestroyContext(screen.va, show.context));
		show_destroy_buffers(&show, buffers, count);
		/* what was complete before is right */
		show_drain(&show);
		CHECK_VA(vaCreateContext(screen.va, show.config, 192, 192, VA_PROGRESSIVE, NULL, 0, &show.context));
		show_seek(&show, 0);
		show_play(&show);
		show_close(&show);
	}
	screen_close(&screen);
	film_close(&film);
}

static void context_goes_frames(void)
{
	context_goes("h264:frame");
}

static void context_goes_slices(void)
{
	context_goes("h264:slice");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"each picture is abandoned once, in eleven ways", by_frames, NULL},
		{"the same, slice by slice", by_slices, NULL},
		{"the context goes in the middle of a picture", context_goes_frames, NULL},
		{"the same, slice by slice", context_goes_slices, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
