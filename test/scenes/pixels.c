/* SPDX-License-Identifier: MIT
 *
 * Pixels out and in: any rectangle of a surface by vaGetImage and vaPutImage, in every format, to and from images larger and
 * smaller than the surface, with nothing but the rectangle touched; and derived images, which are the surface itself.
 *
 * What is expected is worked out here sample by sample, of planes of samples, and knows nothing of pitches.
 */
#include "films.h"
#include "show.h"

enum { FILL = 0x5a, RECTANGLES = 60, MAX_IMAGE = 300 };

/* ---- planes ---------------------------------------------------------------------------------------- */

/* A picture of Y, Cb, Cr in samples of 16 bit. */
struct planes {
	unsigned int width, height;
	uint16_t *samples[3];
};

static unsigned int plane_width(const struct planes *planes, int plane)
{
	return plane ? (planes->width + 1) / 2 : planes->width;
}

static unsigned int plane_height(const struct planes *planes, int plane)
{
	return plane ? (planes->height + 1) / 2 : planes->height;
}

static void planes_open(struct planes *planes, unsigned int width, unsigned int height)
{
	planes->width = width;
	planes->height = height;
	for (int plane = 0; plane < 3; plane++) {
		planes->samples[plane] = calloc((size_t)plane_width(planes, plane) * plane_height(planes, plane), 2);
		CHECK(planes->samples[plane]);
	}
}

static void planes_close(struct planes *planes)
{
	for (int plane = 0; plane < 3; plane++)
		free(planes->samples[plane]);
}

static uint16_t *at(const struct planes *planes, int plane, unsigned int x, unsigned int y)
{
	return &planes->samples[plane][(size_t)y * plane_width(planes, plane) + x];
}

/* Where a sample is in an image or surface. */
static uint8_t *byte_of(uint32_t fourcc, uint8_t *data, const uint32_t *offsets, const uint32_t *pitches,
                        int plane, unsigned int x, unsigned int y)
{
	const unsigned int bytes = fourcc == VA_FOURCC_P010 ? 2 : 1;
	const bool planar = fourcc == VA_FOURCC_I420 || fourcc == VA_FOURCC_YV12;
	int where = plane;

	if (plane && !planar)
		return data + offsets[1] + (size_t)y * pitches[1] + (2 * x + (plane == 2)) * bytes;
	if (plane && fourcc == VA_FOURCC_YV12)
		where = 3 - plane;
	return data + offsets[where] + (size_t)y * pitches[where] + x * bytes;
}

static void planes_read(struct planes *planes, uint32_t fourcc, uint8_t *data, const uint32_t *offsets,
                        const uint32_t *pitches)
{
	for (int plane = 0; plane < 3; plane++) {
		for (unsigned int y = 0; y < plane_height(planes, plane); y++) {
			for (unsigned int x = 0; x < plane_width(planes, plane); x++)
				memcpy(at(planes, plane, x, y), byte_of(fourcc, data, offsets, pitches, plane, x, y),
				       fourcc == VA_FOURCC_P010 ? 2 : 1);
		}
	}
}

static void check_planes(const struct planes *planes, const struct planes *right, const char *what)
{
	CHECK_EQUAL(planes->width, right->width);
	CHECK_EQUAL(planes->height, right->height);
	for (int plane = 0; plane < 3; plane++) {
		for (unsigned int y = 0; y < plane_height(planes, plane); y++) {
			for (unsigned int x = 0; x < plane_width(planes, plane); x++) {
				if (*at(planes, plane, x, y) == *at(right, plane, x, y))
					continue;
				fprintf(stderr, "    %s: plane %d, column %u, row %u: %u instead of %u\n", what, plane, x, y,
				        *at(planes, plane, x, y), *at(right, plane, x, y));
				exit(1);
			}
		}
	}
}

struct rectangle {
	unsigned int from_x, from_y, to_x, to_y, width, height;
};

/*
 * The rectangle as it has to come. Of chroma, every sample that covers a sample of the rectangle on both sides: where one
 * corner is odd and the other even, the last column or row belongs to one of them alone.
 */
static void planes_copy(const struct planes *to, const struct planes *from, const struct rectangle *r)
{
	for (int plane = 0; plane < 3; plane++) {
		const int shift = plane ? 1 : 0;
		const unsigned int columns_from = ((r->from_x + r->width - 1) >> shift) - (r->from_x >> shift);
		const unsigned int columns_to = ((r->to_x + r->width - 1) >> shift) - (r->to_x >> shift);
		const unsigned int rows_from = ((r->from_y + r->height - 1) >> shift) - (r->from_y >> shift);
		const unsigned int rows_to = ((r->to_y + r->height - 1) >> shift) - (r->to_y >> shift);

		for (unsigned int y = 0; y <= (rows_from < rows_to ? rows_from : rows_to); y++) {
			for (unsigned int x = 0; x <= (columns_from < columns_to ? columns_from : columns_to); x++)
				*at(to, plane, (r->to_x >> shift) + x, (r->to_y >> shift) + y) =
					*at(from, plane, (r->from_x >> shift) + x, (r->from_y >> shift) + y);
		}
	}
}

/* ---- images ---------------------------------------------------------------------------------------- */

static uint32_t state = 11;

static unsigned int pick(unsigned int below)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % below;
}

static void image_open(VADisplay va, uint32_t fourcc, unsigned int width, unsigned int height, VAImage *image,
                       uint8_t **data)
{
	VAImageFormat format = {.fourcc = fourcc, .byte_order = VA_LSB_FIRST};

	CHECK_VA(vaCreateImage(va, &format, (int)width, (int)height, image));
	CHECK_EQUAL(image->format.fourcc, fourcc);
	CHECK_EQUAL(image->num_planes, fourcc == VA_FOURCC_I420 || fourcc == VA_FOURCC_YV12 ? 3 : 2);
	CHECK_VA(vaMapBuffer(va, image->buf, (void **)data));
	memset(*data, FILL, image->data_size);
}

static void image_close(VADisplay va, const VAImage *image)
{
	CHECK_VA(vaUnmapBuffer(va, image->buf));
	CHECK_VA(vaDestroyImage(va, image->image_id));
}

/* The bytes between the planes' rows are the image's, too: what is no sample must be FILL. */
static void check_padding(const VAImage *image, uint8_t *data, const struct planes *planes)
{
	const uint32_t fourcc = image->format.fourcc;
	size_t wrong = 0;

	for (int plane = 0; plane < 3; plane++) {
		for (unsigned int y = 0; y < plane_height(planes, plane); y++) {
			for (unsigned int x = 0; x < plane_width(planes, plane); x++)
				memset(byte_of(fourcc, data, image->offsets, image->pitches, plane, x, y), FILL,
				       fourcc == VA_FOURCC_P010 ? 2 : 1);
		}
	}
	for (uint32_t i = 0; i < image->data_size; i++)
		wrong += data[i] != FILL;
	CHECK_EQUAL(wrong, 0);
}

static const uint32_t formats[2][3] = {{VA_FOURCC_NV12, VA_FOURCC_I420, VA_FOURCC_YV12},
                                       {VA_FOURCC_P010, VA_FOURCC_P010, VA_FOURCC_P010}};

/* A surface with a frame of a film in it. */
struct scene {
	struct screen screen;
	struct film film;
	struct show show;
	struct slot *slot;
	struct planes frame;
};

static void scene_open(struct scene *scene)
{
	const struct film_frame *frame;
	uint32_t offsets[2] = {0, 0}, pitches[2];

	film_open(&scene->film, films()->odd);
	screen_open(&scene->screen);
	show_open(&scene->show, &scene->screen, &scene->film, LOOK_GET);
	/* surfaces of an odd size, which no decoder has pictures of */
	scene->show.crop_width = 13;
	scene->show.crop_height = 15;
	for (int i = 0; i < 3; i++)
		CHECK(show_step(&scene->show));
	show_drain(&scene->show);
	scene->slot = &scene->show.slots[1];
	CHECK(scene->slot->taken);
	frame = &scene->film.frames[scene->slot->frame];
	pitches[0] = pitches[1] = frame->width * (frame->depth > 8 ? 2 : 1);
	offsets[1] = pitches[0] * frame->height;
	planes_open(&scene->frame, scene->slot->width, scene->slot->height);
	planes_read(&scene->frame, formats[films()->deep][0], frame->samples, offsets, pitches);
}

static void scene_close(struct scene *scene)
{
	planes_close(&scene->frame);
	show_close(&scene->show);
	screen_close(&scene->screen);
	film_close(&scene->film);
}

/* What the surface shows now, by the memory itself. */
static void check_surface(struct scene *scene, const struct planes *right, const char *what)
{
	struct planes seen;
	VAImage image;
	uint8_t *data;

	planes_open(&seen, scene->slot->width, scene->slot->height);
	CHECK_VA(vaDeriveImage(scene->screen.va, scene->slot->id, &image));
	CHECK_VA(vaMapBuffer(scene->screen.va, image.buf, (void **)&data));
	planes_read(&seen, image.format.fourcc, data, image.offsets, image.pitches);
	image_close(scene->screen.va, &image);
	check_planes(&seen, right, what);
	planes_close(&seen);
}

/* ---- vaGetImage ------------------------------------------------------------------------------------ */

static void get(struct scene *scene, uint32_t fourcc, unsigned int image_width, unsigned int image_height,
                const struct rectangle *r)
{
	struct planes right, seen;
	char what[160];
	VAImage image;
	uint8_t *data;

	image_open(scene->screen.va, fourcc, image_width, image_height, &image, &data);
	planes_open(&right, image_width, image_height);
	planes_open(&seen, image_width, image_height);
	planes_read(&right, fourcc, data, image.offsets, image.pitches);
	planes_copy(&right, &scene->frame, r);
	CHECK_VA(vaGetImage(scene->screen.va, scene->slot->id, (int)r->from_x, (int)r->from_y, r->width,
	                    r->height, image.image_id));
	planes_read(&seen, fourcc, data, image.offsets, image.pitches);
	snprintf(what, sizeof(what), "%ux%u at %u,%u to %.4s of %ux%u", r->width, r->height, r->from_x, r->from_y,
	         (const char *)&fourcc, image_width, image_height);
	check_planes(&seen, &right, what);
	check_padding(&image, data, &seen);
	planes_close(&seen);
	planes_close(&right);
	image_close(scene->screen.va, &image);
}

static void get_any_rectangle(void)
{
	struct scene scene;
	unsigned int width, height;

	scene_open(&scene);
	width = scene.slot->width;
	height = scene.slot->height;
	for (unsigned int i = 0; i < 3 * RECTANGLES; i++) {
		const unsigned int image_width = 1 + pick(MAX_IMAGE), image_height = 1 + pick(MAX_IMAGE);
		struct rectangle r = {.from_x = pick(width), .from_y = pick(height)};

		r.width = 1 + pick(width - r.from_x < image_width ? width - r.from_x : image_width);
		r.height = 1 + pick(height - r.from_y < image_height ? height - r.from_y : image_height);
		get(&scene, formats[films()->deep][i % 3], image_width, image_height, &r);
	}
	for (unsigned int i = 0; i < 3; i++) {
		const struct rectangle whole = {.width = width, .height = height},
							   sample = {width - 1, height - 1, 0, 0, 1, 1};

		get(&scene, formats[films()->deep][i], width, height, &whole);
		get(&scene, formats[films()->deep][i], 2 * width, 3 * height, &whole);
		get(&scene, formats[films()->deep][i], 1, 1, &sample);
	}
	check_surface(&scene, &scene.frame, "read only");
	scene_close(&scene);
}

/* Rectangles that are not all inside the surface, or larger than the image: refused in one sentence, nothing is written. */
static void get_what_is_not_there(void)
{
	static const struct {
		int x, y;
		unsigned int width, height;
	} wrong[] = {{-1, 0, 8, 8},          {0, -1, 8, 8},         {0, 0, 0, 8},
	             {0, 0, 8, 0},           {0, 0, 33, 8},         {0, 0, 8, 33},
	             {4000, 0, 8, 8},        {0, 4000, 8, 8},       {8, 8, 0xfffffff8u, 8},
	             {8, 8, 8, 0xfffffff8u}, {0x7fffffff, 0, 8, 8}, {0, 0x7fffffff, 8, 8}};
	struct scene scene;
	VAImage image;
	uint8_t *data;

	scene_open(&scene);
	for (unsigned int i = 0; i < TEST_COUNT(wrong); i++) {
		image_open(scene.screen.va, formats[films()->deep][i % 3], 32, 32, &image, &data);
		CHECK_EQUAL(vaGetImage(scene.screen.va, scene.slot->id, wrong[i].x, wrong[i].y, wrong[i].width,
		                       wrong[i].height, image.image_id),
		            VA_STATUS_ERROR_INVALID_PARAMETER);
		screen_said(&scene.screen, "vaGetImage");
		for (uint32_t n = 0; n < image.data_size; n++)
			CHECK_EQUAL(data[n], FILL);
		image_close(scene.screen.va, &image);
	}
	scene_close(&scene);
}

/* ---- vaPutImage ------------------------------------------------------------------------------------ */

static void put(struct scene *scene, uint32_t fourcc, unsigned int image_width, unsigned int image_height,
                const struct rectangle *r)
{
	struct planes source;
	char what[160];
	VAImage image;
	uint8_t *data;

	image_open(scene->screen.va, fourcc, image_width, image_height, &image, &data);
	for (uint32_t i = 0; i < image.data_size; i++)
		data[i] = (uint8_t)pick(256);
	planes_open(&source, image_width, image_height);
	planes_read(&source, fourcc, data, image.offsets, image.pitches);
	planes_copy(&scene->frame, &source, r);
	CHECK_VA(vaPutImage(scene->screen.va, scene->slot->id, image.image_id, (int)r->from_x, (int)r->from_y,
	                    r->width, r->height, (int)r->to_x, (int)r->to_y, r->width, r->height));
	snprintf(what, sizeof(what), "%ux%u at %u,%u of %.4s of %ux%u to %u,%u", r->width, r->height, r->from_x,
	         r->from_y, (const char *)&fourcc, image_width, image_height, r->to_x, r->to_y);
	check_surface(scene, &scene->frame, what);
	planes_close(&source);
	image_close(scene->screen.va, &image);
}

/* What is painted over stays painted, sample by sample; the pictures beside it are as they were, and decoding goes on. */
static void put_any_rectangle(void)
{
	struct scene scene;
	unsigned int width, height;

	scene_open(&scene);
	width = scene.slot->width;
	height = scene.slot->height;
	for (unsigned int i = 0; i < RECTANGLES; i++) {
		const unsigned int image_width = 1 + pick(MAX_IMAGE), image_height = 1 + pick(MAX_IMAGE);
		struct rectangle r = {.to_x = pick(width), .to_y = pick(height)};

		r.width = 1 + pick(width - r.to_x < image_width ? width - r.to_x : image_width);
		r.height = 1 + pick(height - r.to_y < image_height ? height - r.to_y : image_height);
		r.from_x = pick(image_width - r.width + 1);
		r.from_y = pick(image_height - r.height + 1);
		put(&scene, formats[films()->deep][i % 3], image_width, image_height, &r);
	}
	show_look(&scene.show, &scene.show.slots[0], LOOK_GET);
	show_look(&scene.show, &scene.show.slots[2], LOOK_DERIVE);
	show_seek(&scene.show, 0);
	scene.show.seen = 0;
	show_play(&scene.show);
	CHECK_EQUAL(scene.show.seen, scene.film.shown);
	scene_close(&scene);
}

static void put_what_does_not_go(void)
{
	static const struct {
		int from_x, from_y;
		unsigned int from_width, from_height;
		int to_x, to_y;
		unsigned int to_width, to_height;
	} wrong[] = {{0, 0, 8, 8, 0, 0, 16, 16},  {0, 0, 8, 8, 0, 0, 8, 4},    {-1, 0, 8, 8, 0, 0, 8, 8},
	             {0, 0, 8, 8, 0, -1, 8, 8},   {25, 0, 8, 8, 0, 0, 8, 8},   {0, 25, 8, 8, 0, 0, 8, 8},
	             {0, 0, 8, 8, 4000, 0, 8, 8}, {0, 0, 8, 8, 0, 4000, 8, 8}, {0, 0, 0, 8, 0, 0, 0, 8}};
	struct scene scene;
	VAImage image;
	uint8_t *data;

	scene_open(&scene);
	for (unsigned int i = 0; i < TEST_COUNT(wrong); i++) {
		image_open(scene.screen.va, formats[films()->deep][i % 3], 32, 32, &image, &data);
		CHECK_EQUAL(vaPutImage(scene.screen.va, scene.slot->id, image.image_id, wrong[i].from_x,
		                       wrong[i].from_y, wrong[i].from_width, wrong[i].from_height, wrong[i].to_x,
		                       wrong[i].to_y, wrong[i].to_width, wrong[i].to_height),
		            VA_STATUS_ERROR_INVALID_PARAMETER);
		screen_said(&scene.screen, "vaPutImage");
		check_surface(&scene, &scene.frame, "refused");
		image_close(scene.screen.va, &image);
	}
	scene_close(&scene);
}

/* ---- vaDeriveImage --------------------------------------------------------------------------------- */

/* Two images derived of a surface, and an export of it, are one memory: what is written to one is in all, and in the surface. */
static void derived_images_alias(void)
{
	struct scene scene;
	VAImage images[2];
	uint8_t *data[2];

	scene_open(&scene);
	for (int i = 0; i < 2; i++) {
		CHECK_VA(vaDeriveImage(scene.screen.va, scene.slot->id, &images[i]));
		CHECK_VA(vaMapBuffer(scene.screen.va, images[i].buf, (void **)&data[i]));
		CHECK_EQUAL(images[i].width, scene.slot->width);
		CHECK_EQUAL(images[i].height, scene.slot->height);
		CHECK_EQUAL(images[i].format.fourcc, formats[films()->deep][0]);
	}
	for (unsigned int n = 0; n < 200; n++) {
		const int plane = (int)pick(3);
		const unsigned int x = pick(plane_width(&scene.frame, plane)),
						   y = pick(plane_height(&scene.frame, plane));
		const uint8_t value = (uint8_t)pick(256);
		uint8_t *written = byte_of(images[0].format.fourcc, data[n % 2], images[n % 2].offsets,
		                           images[n % 2].pitches, plane, x, y);
		uint8_t *read = byte_of(images[0].format.fourcc, data[1 - n % 2], images[1 - n % 2].offsets,
		                        images[1 - n % 2].pitches, plane, x, y);

		*written = value;
		CHECK_EQUAL(*read, value);
		memcpy(at(&scene.frame, plane, x, y), &value, 1);
	}
	for (unsigned int i = 0; i < 3; i++) {
		const struct rectangle whole = {.width = scene.slot->width, .height = scene.slot->height};

		get(&scene, formats[films()->deep][i], scene.slot->width, scene.slot->height, &whole);
	}
	/* vaGetImage and vaPutImage have no business with an image that is the surface */
	CHECK_EQUAL(vaGetImage(scene.screen.va, scene.slot->id, 0, 0, 8, 8, images[0].image_id),
	            VA_STATUS_ERROR_INVALID_IMAGE);
	screen_said(&scene.screen, "own memory");
	for (int i = 0; i < 2; i++)
		image_close(scene.screen.va, &images[i]);
	check_surface(&scene, &scene.frame, "after the images");
	scene_close(&scene);
}

/* The picture may be with the device still: whoever maps the image sees it finished, also where it has to be converted first. */
static void derived_at_once(void)
{
	struct screen screen;
	struct film film;
	struct show show;

	setenv("V4L2SIM_DELAY_US", "5000", 1);
	film_open(&film, films()->odd);
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_AWAY);
	for (unsigned int n = 0; n < film.count; n++) {
		const struct film_picture *picture = &film.pictures[n];
		struct slot *slot = show_slot(&show);
		VAImage image;
		void *data;

		CHECK_VA(show_submit(&show, picture, slot));
		show.position++;
		CHECK_VA(vaDeriveImage(screen.va, slot->id, &image));
		CHECK_VA(vaMapBuffer(screen.va, image.buf, &data));
		CHECK(
			film_shows(&film, picture->frame, slot->width, slot->height, data, image.offsets, image.pitches));
		image_close(screen.va, &image);
	}
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static const struct test tests[] = {
	{"vaGetImage of any rectangle", get_any_rectangle, NULL},
	{"vaGetImage of what is not there", get_what_is_not_there, NULL},
	{"vaPutImage of any rectangle", put_any_rectangle, NULL},
	{"vaPutImage that does not go", put_what_does_not_go, NULL},
	{"derived images are the surface", derived_images_alias, NULL},
	{"an image derived at once", derived_at_once, NULL},
};

const struct scenes scenes_pixels = {"pixels", CROPPED_FILMS, tests, TEST_COUNT(tests)};
