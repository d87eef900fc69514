/* SPDX-License-Identifier: MIT
 *
 * AV1's film grain: each picture is one job of the decoder and two surfaces of the player's. vaBeginPicture and later pictures name one of
 * them, without grain; the other has what is shown. The right frames are libdav1d's, with grain and without.
 */
#include <sys/mman.h>
#include <va/va_drmcommon.h>

#include "asks.h"
#include "films.h"
#include "show.h"

/* So long that whoever does not wait sees the picture before. */
#define DELAY_US "3000"

/* A stream as players have it that show its grain, and as others. */
struct stream {
	struct film grained, plain;
};

static void stream_open(struct stream *stream, const char *name)
{
	film_open(&stream->grained, name);
	film_open_without_grain(&stream->plain, name);
	CHECK_EQUAL(stream->plain.count, stream->grained.count);
}

static void stream_close(struct stream *stream)
{
	film_close(&stream->grained);
	film_close(&stream->plain);
}

static bool has_grain(const struct film_picture *picture)
{
	return picture->seen != picture->frame;
}

static struct slot *slot_of(struct show *show, unsigned int frame)
{
	for (unsigned int i = 0; i < show->slot_count; i++) {
		if (show->slots[i].taken && show->slots[i].frame == frame)
			return &show->slots[i];
	}
	CHECK(!"a surface has the frame");
	return NULL;
}

/* Frames that were decoded before this point and come out now. */
static unsigned int look_again(struct show *show, enum look look)
{
	const struct film *film = show->film;
	unsigned int count = 0;

	for (unsigned int i = 0; i < film->again_count; i++) {
		if (film->again[i].position != show->position)
			continue;
		show_look(show, slot_of(show, film->again[i].frame), look);
		count++;
	}
	return count;
}

/* ---- what each of the two surfaces shows -------------------------------------------------------------- */

/* Each call that reads samples of what later pictures refer to says where the picture is. */
static void check_reference(struct show *show)
{
	VADisplay va = show->screen->va;
	const struct slot *slot = show->reference;
	VAImageFormat format = {.fourcc = slot->depth > 8 ? VA_FOURCC_P010 : VA_FOURCC_NV12,
	                        .byte_order = VA_LSB_FIRST,
	                        .bits_per_pixel = slot->depth > 8 ? 24 : 12};
	VADRMPRIMESurfaceDescriptor exported;
	VAImage image;
	void *data;

	CHECK_EQUAL(vaExportSurfaceHandle(va, slot->id, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                                  VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
	                                  &exported),
	            VA_STATUS_ERROR_OPERATION_FAILED);
	screen_said(show->screen, "vaExportSurfaceHandle: the picture with film grain is in surface");
	CHECK_VA(vaCreateImage(va, &format, (int)slot->width, (int)slot->height, &image));
	CHECK_EQUAL(vaGetImage(va, slot->id, 0, 0, slot->width, slot->height, image.image_id),
	            VA_STATUS_ERROR_OPERATION_FAILED);
	screen_said(show->screen, "vaGetImage: the picture with film grain is in surface");
	CHECK_VA(vaDestroyImage(va, image.image_id));
	CHECK_VA(vaDeriveImage(va, slot->id, &image));
	CHECK_EQUAL(vaMapBuffer(va, image.buf, &data), VA_STATUS_ERROR_OPERATION_FAILED);
	screen_said(show->screen, "vaMapBuffer: the picture with film grain is in surface");
	CHECK_VA(vaDestroyImage(va, image.image_id));
}

/* The surfaces are asked in each order, with vaSyncSurface of one, the other, both, or none before. */
static void look_at_both(struct show *show, struct slot *slot, unsigned int order)
{
	VADisplay va = show->screen->va;

	if (order & 1)
		CHECK_VA(vaSyncSurface(va, show->reference->id));
	if (order & 2)
		CHECK_VA(vaSyncSurface(va, slot->id));
	if (order & 4)
		check_reference(show);
	show_look(show, slot, LOOK_FRESH);
	show_look(show, slot, LOOK_EXPORT);
	if (!(order & 4))
		check_reference(show);
	show_look(show, slot, (enum look)(order % (LOOK_DERIVE + 1)));
}

static void export_both(const char *name)
{
	struct stream stream;
	struct screen screen;
	struct show show;
	unsigned int again = 0;

	stream_open(&stream, name);
	screen_open(&screen);
	show_open(&show, &screen, &stream.grained, LOOK_STAYS);
	for (unsigned int n = 0; n < stream.grained.count; n++) {
		const struct film_picture *picture = &stream.grained.pictures[n];
		struct slot *slot = show_slot(&show);

		CHECK_VA(show_submit(&show, picture, slot));
		show.position++;
		if (has_grain(picture))
			look_at_both(&show, slot, n);
		/* Its memory stays mapped while others refer to the other surface, and until it comes out. */
		if (show_can_look(&show, slot))
			show_look(&show, slot, LOOK_STAYS);
		again += look_again(&show, LOOK_STAYS);
		show_check_kept(&show);
	}
	CHECK_EQUAL(again, stream.grained.again_count);
	show_close(&show);
	screen_close(&screen);
	stream_close(&stream);
}

static void both_surfaces(void)
{
	setenv("V4L2SIM_DELAY_US", DELAY_US, 1);
	export_both(films()->pyramid);
	export_both(films()->lengthy);
	export_both(films()->odd);
}

/* ---- waiting ------------------------------------------------------------------------------------------ */

static bool is_ready(const struct show *show, const struct slot *slot)
{
	VASurfaceStatus status;

	CHECK_VA(vaQuerySurfaceStatus(show->screen->va, slot->id, &status));
	CHECK(status == VASurfaceReady || status == VASurfaceRendering);
	return status == VASurfaceReady;
}

/* One job: when either surface is ready, so is the other; and whoever waits for either has waited for both. */
static void wait_for_either(void)
{
	struct stream stream;
	struct screen screen;
	struct show show;

	setenv("V4L2SIM_DELAY_US", DELAY_US, 1);
	stream_open(&stream, films()->pyramid);
	screen_open(&screen);
	show_open(&show, &screen, &stream.grained, LOOK_GET);
	for (unsigned int n = 0; n < stream.grained.count; n++) {
		const struct film_picture *picture = &stream.grained.pictures[n];
		struct slot *slot = show_slot(&show);
		const struct slot *asked = n % 2 ? slot : show.reference, *other = n % 2 ? show.reference : slot;

		CHECK_VA(show_submit(&show, picture, slot));
		show.position++;
		if (is_ready(&show, asked))
			CHECK(is_ready(&show, other));
		CHECK_VA(vaSyncSurface(screen.va, asked->id));
		CHECK(is_ready(&show, other) && is_ready(&show, asked));
		if (show_can_look(&show, slot))
			show_look(&show, slot, LOOK_GET);
		look_again(&show, LOOK_EXPORT);
	}
	show_close(&show);
	screen_close(&screen);
	stream_close(&stream);
}

/* ---- what others refer to ----------------------------------------------------------------------------- */

/* The player paints over what it has shown. */
static void paint(const struct show *show, const struct slot *slot)
{
	VAImage image;
	void *data;

	CHECK_VA(vaDeriveImage(show->screen->va, slot->id, &image));
	CHECK_VA(vaMapBuffer(show->screen->va, image.buf, &data));
	memset(data, 0x55, image.data_size);
	CHECK_VA(vaUnmapBuffer(show->screen->va, image.buf));
	CHECK_VA(vaDestroyImage(show->screen->va, image.image_id));
}

static void paint_over(const char *name)
{
	struct film film;
	struct screen screen;
	struct show show;

	film_open(&film, name);
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_GET);
	for (unsigned int n = 0; n < film.count; n++) {
		const struct film_picture *picture = &film.pictures[n];
		struct slot *slot = show_slot(&show);

		CHECK_VA(show_submit(&show, picture, slot));
		show.position++;
		if (picture->hidden)
			continue;
		show_look(&show, slot, (enum look)(n % (LOOK_EXPORT + 1)));
		if (has_grain(picture))
			paint(&show, slot);
	}
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static void references_are_apart(void)
{
	paint_over(films()->lengthy);
	paint_over(films()->pyramid);
}

/* ---- players that ask for less ------------------------------------------------------------------------ */

static void play(const struct film *film, enum look look)
{
	struct screen screen;
	struct show show;

	screen_open(&screen);
	show_open(&show, &screen, film, look);
	for (int round = 0; round < 2; round++) {
		show_play(&show);
		show_seek(&show, 0);
	}
	CHECK_EQUAL(show.seen, 2 * film->shown);
	show_close(&show);
	screen_close(&screen);
}

static void no_grain(void)
{
	struct stream stream;

	stream_open(&stream, films()->pyramid);
	for (unsigned int i = 0; i < stream.plain.count; i++)
		CHECK(!has_grain(&stream.plain.pictures[i]));
	for (unsigned int look = 0; look < LOOKS; look++)
		play(&stream.plain, (enum look)look);
	stream_close(&stream);
}

/* The picture is asked for without grain: it is in one surface. */
static void leave_grain_out(struct stream *stream, unsigned int number)
{
	struct film *film = &stream->grained;
	struct film_picture *picture = &film->pictures[number];
	struct film_frame *from = &stream->plain.frames[stream->plain.pictures[number].frame];
	struct film_frame *frame = &film->frames[picture->frame], *grained = &film->frames[picture->seen];
	VADecPictureParameterBufferAV1 *parameters = (void *)picture->buffers[0].data;

	memset(&parameters->film_grain_info, 0, sizeof(parameters->film_grain_info));
	parameters->current_display_picture = picture->frame;
	frame->samples = from->samples;
	from->samples = NULL;
	if (frame->last_use < grained->last_use)
		frame->last_use = grained->last_use;
	for (unsigned int i = 0; i < film->again_count; i++) {
		if (film->again[i].frame == picture->seen)
			film->again[i].frame = picture->frame;
	}
	picture->seen = picture->frame;
}

static void grain_now_and_then(void)
{
	for (unsigned int first = 0; first < 3; first++) {
		struct stream stream;

		stream_open(&stream, first == 1 ? films()->lengthy : films()->pyramid);
		for (unsigned int i = first; i < stream.grained.count; i += 3) {
			if (has_grain(&stream.grained.pictures[i]))
				leave_grain_out(&stream, i);
		}
		for (unsigned int look = 0; look < LOOKS; look++)
			play(&stream.grained, (enum look)look);
		stream_close(&stream);
	}
}

static const struct test tests[] = {
	{"film grain: both surfaces, exported before and after vaSyncSurface", both_surfaces, NULL},
	{"film grain: either surface waits for the one job", wait_for_either, NULL},
	{"film grain: what is shown is not what others refer to", references_are_apart, NULL},
	{"film grain: a player that asks for none", no_grain, NULL},
	{"film grain: some pictures with it, some without", grain_now_and_then, NULL},
};

const struct scenes scenes_grain = {"grain", GRAINED_FILMS, tests, TEST_COUNT(tests)};
