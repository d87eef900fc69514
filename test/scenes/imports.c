/* SPDX-License-Identifier: MIT
 *
 * Memory across the border: what surfaces are exported as, in every field, and surfaces in memory that the player brings
 * along, from wherever it may have it, with any pitch and offsets, or described wrongly.
 *
 * Runs on the simulated device (meson.build: each kind, with imports and without) and in the kernel lab, where there are
 * heaps and udmabuf, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <va/va_drmcommon.h>

#include "films.h"
#include "show.h"

/* drm_fourcc.h, of which libva needs no more */
enum {
	R8 = 0x20203852,
	GR88 = 0x38385247,
	R16 = 0x20363152,
	GR1616 = 0x32335247,
	NV12 = VA_FOURCC_NV12,
	P010 = VA_FOURCC_P010
};
static const uint64_t tiled = 0x0100000000000001; /* I915_FORMAT_MOD_X_TILED */

enum { FILL = 0xee, IMPORTS = 10 };

/* The same list whenever no descriptor has leaked. */
static void check_descriptors(const char *before)
{
	char now[1024];

	list_descriptors(now, sizeof(now));
	CHECK_STRING(now, before);
}

/* ---- exports -------------------------------------------------------------------------------------- */

static VAStatus export_as(struct show *show, const struct slot *slot, uint32_t flags,
                          VADRMPRIMESurfaceDescriptor *d)
{
	memset(d, 0xaa, sizeof(*d));
	return vaExportSurfaceHandle(show->screen->va, slot->id, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2, flags,
	                             d);
}

static void check_plane(const VADRMPRIMESurfaceDescriptor *d, int layer, int plane, const VAImage *image,
                        int image_plane)
{
	CHECK_EQUAL(d->layers[layer].object_index[plane], 0);
	CHECK_EQUAL(d->layers[layer].offset[plane], image->offsets[image_plane]);
	CHECK_EQUAL(d->layers[layer].pitch[plane], image->pitches[image_plane]);
}

/* What is written through an export is in the surface. */
static void check_writes(struct show *show, const VADRMPRIMESurfaceDescriptor *d, const VAImage *image)
{
	const size_t last = image->data_size - 1;
	uint8_t *map = mmap(NULL, d->objects[0].size, PROT_READ | PROT_WRITE, MAP_SHARED, d->objects[0].fd, 0);
	uint8_t *derived;

	CHECK(map != MAP_FAILED);
	CHECK_VA(vaMapBuffer(show->screen->va, image->buf, (void **)&derived));
	CHECK(image->data_size <= d->objects[0].size);
	for (uint8_t value = 1; value < 4; value++) {
		map[image->offsets[1] + 5] = value;
		CHECK_EQUAL(derived[image->offsets[1] + 5], value);
		derived[last] = value;
		CHECK_EQUAL(map[last], value);
	}
	CHECK_VA(vaUnmapBuffer(show->screen->va, image->buf));
	munmap(map, d->objects[0].size);
}

/* Fourcc, modifier, pitch, offsets and size of every kind of export; the pitch and offsets are those of a derived image. */
static void descriptors_are_exact(void)
{
	static const uint32_t access[] = {VA_EXPORT_SURFACE_READ_ONLY, VA_EXPORT_SURFACE_WRITE_ONLY,
	                                  VA_EXPORT_SURFACE_READ_WRITE};
	const bool deep = films()->deep;
	struct screen screen;
	struct film film;
	struct show show;

	film_open(&film, films()->pyramid);
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_EXPORT);
	for (int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < 2; i++) {
			const struct slot *slot = i == 0 ? &show.slots[0] : &show.slots[show.slot_count - 1];
			char before[1024];

			if (round == 0) /* undecoded, then in use */
				slot = show_add_slot(&show, i ? 130 : film.frames[0].width, i ? 98 : film.frames[0].height,
				                     film.frames[0].depth);
			list_descriptors(before, sizeof(before));
			for (unsigned int n = 0; n < 3 * 3; n++) {
				static const uint32_t layers[] = {VA_EXPORT_SURFACE_SEPARATE_LAYERS,
				                                  VA_EXPORT_SURFACE_COMPOSED_LAYERS, 0};
				VADRMPRIMESurfaceDescriptor d;
				VAImage image;

				CHECK_VA(export_as(&show, slot, access[n / 3] | layers[n % 3], &d));
				CHECK_VA(vaDeriveImage(screen.va, slot->id, &image));
				CHECK_EQUAL(d.fourcc, deep ? P010 : NV12);
				CHECK_EQUAL(d.width, image.width);
				CHECK_EQUAL(d.height, image.height);
				CHECK_EQUAL(d.num_objects, 1);
				CHECK_EQUAL(d.objects[0].drm_format_modifier, 0); /* DRM_FORMAT_MOD_LINEAR */
				CHECK(d.objects[0].size >= image.data_size);
				CHECK(lseek(d.objects[0].fd, 0, SEEK_END) >= d.objects[0].size);
				CHECK(fcntl(d.objects[0].fd, F_GETFD) & FD_CLOEXEC);
				CHECK(image.pitches[0] >= image.width * (deep ? 2u : 1u));
				CHECK(image.offsets[1] >= image.pitches[0] * image.height);
				if (layers[n % 3] == VA_EXPORT_SURFACE_SEPARATE_LAYERS) {
					CHECK_EQUAL(d.num_layers, 2);
					CHECK_EQUAL(d.layers[0].drm_format, deep ? R16 : R8);
					CHECK_EQUAL(d.layers[1].drm_format, deep ? GR1616 : GR88);
					for (int plane = 0; plane < 2; plane++) {
						CHECK_EQUAL(d.layers[plane].num_planes, 1);
						check_plane(&d, plane, 0, &image, plane);
					}
				} else {
					CHECK_EQUAL(d.num_layers, 1);
					CHECK_EQUAL(d.layers[0].drm_format, deep ? P010 : NV12);
					CHECK_EQUAL(d.layers[0].num_planes, 2);
					for (int plane = 0; plane < 2; plane++)
						check_plane(&d, 0, plane, &image, plane);
				}
				if (round == 0)
					check_writes(&show, &d, &image);
				CHECK_VA(vaDestroyImage(screen.va, image.image_id));
				close(d.objects[0].fd);
				if (n == 0) /* the memory itself */
					list_descriptors(before, sizeof(before));
			}
			check_descriptors(before);
		}
		if (round == 0)
			show_play(&show);
	}
	CHECK_EQUAL(show.seen, film.shown);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static void exports_that_do_not_exist(void)
{
	static const uint32_t types[] = {VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
	                                 VA_SURFACE_ATTRIB_MEM_TYPE_KERNEL_DRM, VA_SURFACE_ATTRIB_MEM_TYPE_VA, 0};
	VADRMPRIMESurfaceDescriptor d;
	struct screen screen;
	struct film film;
	struct show show;
	char before[1024];

	film_open(&film, films()->pyramid);
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_EXPORT);
	show_play(&show);
	list_descriptors(before, sizeof(before));
	for (unsigned int i = 0; i < 4; i++)
		CHECK_EQUAL(
			vaExportSurfaceHandle(screen.va, show.slots[0].id, types[i], VA_EXPORT_SURFACE_READ_ONLY, &d),
			VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
	CHECK_EQUAL(export_as(&show, &show.slots[0],
	                      VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS |
	                          VA_EXPORT_SURFACE_COMPOSED_LAYERS,
	                      &d),
	            VA_STATUS_ERROR_INVALID_PARAMETER);
	check_descriptors(before);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

/* ---- the player's memory -------------------------------------------------------------------------- */

enum source {
	SOURCE_MEMFD, /* no dma-buf, but it can be mapped: no device takes it, so pictures are copied there */
	SOURCE_DECODER,
	SOURCE_HEAP,
	SOURCE_UDMABUF,
	SOURCES
};

static int page_sized_memfd(size_t size)
{
	int fd = memfd_create("player", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK(fd >= 0);
	CHECK_EQUAL(ftruncate(fd, (off_t)size), 0);
	CHECK_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	return fd;
}

static int from_heap(size_t size)
{
	struct dma_heap_allocation_data data = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};
	int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);

	CHECK(heap >= 0);
	CHECK_EQUAL(ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data), 0);
	close(heap);
	return (int)data.fd;
}

static int from_udmabuf(size_t size)
{
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	struct udmabuf_create create = {.flags = UDMABUF_FLAGS_CLOEXEC, .size = size};
	int fd;

	CHECK(device >= 0);
	create.memfd = (uint32_t)page_sized_memfd(size);
	fd = ioctl(device, UDMABUF_CREATE, &create);
	CHECK(fd >= 0);
	close((int)create.memfd);
	close(device);
	return fd;
}

/* The slot added last. */
static void remove_slot(struct show *show)
{
	struct slot *slot = &show->slots[--show->slot_count];

	CHECK_VA(vaDestroySurfaces(show->screen->va, &slot->id, 1));
	if (slot->fd < 0)
		return;
	munmap(slot->map, slot->size);
	close(slot->fd);
}

/* Memory of another surface, whose export is all that is left of it; size is what it must hold. */
static int from_decoder(struct show *show, size_t size)
{
	VADRMPRIMESurfaceDescriptor d;
	struct slot *donor = show_add_slot(show, 512, 512, films()->deep ? 10 : 8);

	CHECK_VA(export_as(show, donor, VA_EXPORT_SURFACE_READ_WRITE, &d));
	CHECK(d.objects[0].size >= size);
	remove_slot(show);
	return d.objects[0].fd;
}

/* Where planes lie in memory of the player's. */
struct place {
	uint32_t luma_pitch, chroma_pitch, luma_offset, gap; /* beyond what a tight picture has */
};

static const struct place places[] = {
	{0, 0, 0, 0},    {64, 64, 0, 0}, {3, 3, 0, 0},    {128, 32, 0, 0},
	{0, 0, 4096, 0}, {1, 1, 17, 0},  {0, 0, 0, 8192},
};

/* A slot in memory from the source. */
static void describe_own(struct show *show, enum source source, const struct place *place, struct slot *slot,
                         VADRMPRIMESurfaceDescriptor *d)
{
	const struct film_frame *frame = &show->film->frames[0];
	const uint32_t row = frame->width * (frame->depth > 8 ? 2 : 1);
	size_t end;

	*slot = (struct slot){.width = frame->width, .height = frame->height, .depth = frame->depth, .fd = -1};
	slot->pitches[0] = row + place->luma_pitch;
	slot->pitches[1] = row + place->chroma_pitch;
	slot->offsets[0] = place->luma_offset;
	slot->offsets[1] = slot->offsets[0] + slot->pitches[0] * slot->height + place->gap;
	end = slot->offsets[1] + (size_t)slot->pitches[1] * (slot->height / 2);
	slot->size = (end + 4095) & ~(size_t)4095;
	switch (source) {
	case SOURCE_MEMFD:
		slot->fd = page_sized_memfd(slot->size);
		break;
	case SOURCE_DECODER:
		slot->fd = from_decoder(show, slot->size);
		slot->size = (size_t)lseek(slot->fd, 0, SEEK_END);
		break;
	case SOURCE_HEAP:
		slot->fd = from_heap(slot->size);
		break;
	default:
		slot->fd = from_udmabuf(slot->size);
	}
	CHECK(slot->fd >= 0);
	slot->map = mmap(NULL, slot->size, PROT_READ | PROT_WRITE, MAP_SHARED, slot->fd, 0);
	CHECK(slot->map != MAP_FAILED);
	memset(slot->map, FILL, slot->size);
	*d = (VADRMPRIMESurfaceDescriptor){
		.fourcc = slot->depth > 8 ? P010 : NV12,
		.width = slot->width,
		.height = slot->height,
		.num_objects = 1,
		.objects = {{.fd = slot->fd, .size = (uint32_t)slot->size, .drm_format_modifier = 0}},
		.num_layers = 2,
		.layers = {{.drm_format = slot->depth > 8 ? R16 : R8,
	                .num_planes = 1,
	                .offset = {slot->offsets[0]},
	                .pitch = {slot->pitches[0]}},
	               {.drm_format = slot->depth > 8 ? GR1616 : GR88,
	                .num_planes = 1,
	                .offset = {slot->offsets[1]},
	                .pitch = {slot->pitches[1]}}},
	};
}

enum described { SEPARATE, COMPOSED, PRIME, DESCRIBED };

/* d: with separate layers, whatever it is to be described as. */
static VAStatus import(struct show *show, enum described as, const VADRMPRIMESurfaceDescriptor *d,
                       unsigned int width, unsigned int height, VASurfaceID *id)
{
	VADRMPRIMESurfaceDescriptor prime = *d;
	uintptr_t buffer = (uintptr_t)d->objects[0].fd;
	VASurfaceAttribExternalBuffers external = {
		.pixel_format = d->fourcc,
		.width = d->width,
		.height = d->height,
		.data_size = d->objects[0].size,
		.num_planes = d->num_layers,
		.pitches = {d->layers[0].pitch[0], d->layers[1].pitch[0]},
		.offsets = {d->layers[0].offset[0], d->layers[1].offset[0]},
		.buffers = &buffer,
		.num_buffers = d->num_objects,
		.flags = d->objects[0].drm_format_modifier ? VA_SURFACE_EXTBUF_DESC_ENABLE_TILING : 0,
	};
	VASurfaceAttrib attributes[] = {
		{.type = VASurfaceAttribPixelFormat,
	     .flags = VA_SURFACE_ATTRIB_SETTABLE,
	     .value = {.type = VAGenericValueTypeInteger, .value.i = films()->deep ? P010 : NV12}},
		{.type = VASurfaceAttribMemoryType,
	     .flags = VA_SURFACE_ATTRIB_SETTABLE,
	     .value = {.type = VAGenericValueTypeInteger,
	               .value.i = as == PRIME ? VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME
	                                      : VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2}},
		{.type = VASurfaceAttribExternalBufferDescriptor,
	     .flags = VA_SURFACE_ATTRIB_SETTABLE,
	     .value = {.type = VAGenericValueTypePointer,
	               .value.p = as == PRIME ? (void *)&external : (void *)&prime}},
	};

	if (as == COMPOSED && d->num_layers == 2) {
		prime.num_layers = 1;
		prime.layers[0].drm_format = films()->deep ? P010 : NV12;
		prime.layers[0].num_planes = 2;
		prime.layers[0].offset[1] = d->layers[1].offset[0];
		prime.layers[0].pitch[1] = d->layers[1].pitch[0];
	}
	return vaCreateSurfaces(show->screen->va, films()->deep ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420,
	                        width, height, id, 1, attributes, 3);
}

/* Paints over the planes, and sees whether anything else was written to. */
static void check_spilt_nothing(const struct slot *slot)
{
	const uint32_t row = slot->width * (slot->depth > 8 ? 2 : 1);
	size_t wrong = 0;

	for (int plane = 0; plane < 2; plane++) {
		for (uint32_t y = 0; y < slot->height >> plane; y++)
			memset(slot->map + slot->offsets[plane] + (size_t)y * slot->pitches[plane], FILL, row);
	}
	for (size_t i = 0; i < slot->size; i++)
		wrong += slot->map[i] != FILL;
	CHECK_EQUAL(wrong, 0);
}

/* What the decoder may write to as it is: its own layout. There it may write beyond the planes, too. */
static bool is_decoders_own(struct show *show, const struct slot *slot)
{
	struct slot *usual = show_add_slot(show, slot->width, slot->height, slot->depth);
	VADRMPRIMESurfaceDescriptor d;
	bool same;

	CHECK_VA(export_as(show, usual, VA_EXPORT_SURFACE_READ_ONLY, &d));
	close(d.objects[0].fd);
	same = d.layers[0].pitch[0] == slot->pitches[0] && d.layers[0].pitch[1] == slot->pitches[1] &&
	       d.layers[0].offset[0] == slot->offsets[0] && d.layers[0].offset[1] == slot->offsets[1];
	remove_slot(show);
	return same;
}

/* Whether all that has been looked at is where the player has its memory, too. */
static void check_own(const struct show *show)
{
	for (unsigned int i = 0; i < show->slot_count; i++) {
		const struct slot *slot = &show->slots[i];

		if (slot->taken && !slot->unseen)
			CHECK(film_shows(show->film, slot->frame, slot->width, slot->height, slot->map, slot->offsets,
			                 slot->pitches));
	}
}

/* A film in imported surfaces only, each frame read where the player has its memory. */
static void play_in_own(enum source source, const struct place *place, enum described as, enum look look)
{
	struct screen screen;
	struct film film;
	struct show show;
	bool decoders;

	film_open(&film, films()->pyramid);
	screen_open(&screen);
	show_open(&show, &screen, &film, look);
	for (unsigned int i = 0; i < IMPORTS; i++) {
		VADRMPRIMESurfaceDescriptor d;
		struct slot slot;

		describe_own(&show, source, place, &slot, &d);
		CHECK_VA(import(&show, as, &d, slot.width, slot.height, &slot.id));
		show.slots[show.slot_count++] = slot;
	}
	for (int round = 0; round < 2; round++) {
		show_seek(&show, 0);
		while (show_step(&show))
			check_own(&show);
		show_drain(&show);
		check_own(&show);
	}
	CHECK_EQUAL(show.slot_count, IMPORTS);
	CHECK_EQUAL(show.seen, 2 * film.shown);
	decoders = is_decoders_own(&show, &show.slots[0]);
	for (unsigned int i = 0; i < IMPORTS; i++) {
		if (!decoders)
			check_spilt_nothing(&show.slots[i]);
	}
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static void play_in_all(enum source source)
{
	/* what is no dma-buf has no DMA_BUF_IOCTL_SYNC for players to call */
	static const enum look looks[2][3] = {{LOOK_GET, LOOK_DERIVE, LOOK_GET},
	                                      {LOOK_KEPT, LOOK_KEPT_SYNC, LOOK_EXPORT}};

	for (unsigned int i = 0; i < TEST_COUNT(places); i++)
		play_in_own(source, &places[i], i % DESCRIBED, looks[source != SOURCE_MEMFD][(i + i / 3) % 3]);
}

static void memory_that_is_no_dmabuf(void)
{
	play_in_all(SOURCE_MEMFD);
}

static void memory_of_another_surface(void)
{
	play_in_all(SOURCE_DECODER);
}

static void need_access(const char *path, int mode)
{
	if (access(path, mode))
		skip_test("%s cannot be opened: %s", path, strerror(errno));
}

static void memory_of_a_heap(void)
{
	need_access("/dev/dma_heap/system", R_OK);
	play_in_all(SOURCE_HEAP);
}

static void memory_of_udmabuf(void)
{
	need_access("/dev/udmabuf", R_OK | W_OK);
	play_in_all(SOURCE_UDMABUF);
}

/* ---- descriptions that are wrong ------------------------------------------------------------------ */

struct wrong {
	const char *said;
	void (*spoil)(VADRMPRIMESurfaceDescriptor *d);
	VAStatus status;
	bool prime; /* also as VASurfaceAttribExternalBuffers */
};

/* A file that could shrink while it is mapped. */
static int plain;

static void plain_file(VADRMPRIMESurfaceDescriptor *d)
{
	CHECK_EQUAL(ftruncate(plain, d->objects[0].size), 0);
	d->objects[0].fd = plain;
}

static void nowhere_open(VADRMPRIMESurfaceDescriptor *d)
{
	d->objects[0].fd = 900;
}

static void size_too_small(VADRMPRIMESurfaceDescriptor *d)
{
	d->objects[0].size = d->layers[1].offset[0] + d->layers[1].pitch[0];
}

static void reaches_beyond(VADRMPRIMESurfaceDescriptor *d)
{
	d->objects[0].size += 1 << 20; /* said, but not so */
	d->layers[1].offset[0] = (uint32_t)lseek(d->objects[0].fd, 0, SEEK_END) - d->layers[1].pitch[0];
}

static void offset_out_of_range(VADRMPRIMESurfaceDescriptor *d)
{
	d->layers[1].offset[0] = 0xffffff00;
}

static void pitch_too_small(VADRMPRIMESurfaceDescriptor *d)
{
	d->layers[0].pitch[0] = d->width * (films()->deep ? 2 : 1) - 1;
}

static void chroma_pitch_too_small(VADRMPRIMESurfaceDescriptor *d)
{
	d->layers[1].pitch[0] /= 2;
}

static void pitch_out_of_range(VADRMPRIMESurfaceDescriptor *d)
{
	d->layers[1].pitch[0] = 0x80000000;
}

static void planes_overlap(VADRMPRIMESurfaceDescriptor *d)
{
	d->layers[1].offset[0] -= d->layers[0].pitch[0];
}

static void chroma_before_luma(VADRMPRIMESurfaceDescriptor *d)
{
	d->layers[0].offset[0] = d->layers[1].offset[0];
	d->layers[1].offset[0] = 0;
}

static void smaller_picture(VADRMPRIMESurfaceDescriptor *d)
{
	d->width -= 2;
}

static void another_format(VADRMPRIMESurfaceDescriptor *d)
{
	d->fourcc = VA_FOURCC_I420;
}

static void tiled_memory(VADRMPRIMESurfaceDescriptor *d)
{
	d->objects[0].drm_format_modifier = tiled;
}

static void two_objects(VADRMPRIMESurfaceDescriptor *d)
{
	d->num_objects = 2;
	d->objects[1] = d->objects[0];
	d->layers[1].object_index[0] = 1;
}

static void no_objects(VADRMPRIMESurfaceDescriptor *d)
{
	d->num_objects = 0;
}

static void layers_of_another_format(VADRMPRIMESurfaceDescriptor *d)
{
	d->layers[1].drm_format = films()->deep ? GR88 : GR1616;
}

static void three_layers(VADRMPRIMESurfaceDescriptor *d)
{
	d->num_layers = 3;
}

static const struct wrong wrongs[] = {
	{"", nowhere_open, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"ends before its planes", size_too_small, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"ends before its planes", reaches_beyond, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"ends before its planes", offset_out_of_range, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"pitches or offsets", pitch_too_small, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"pitches or offsets", chroma_pitch_too_small, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"pitches or offsets", pitch_out_of_range, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"pitches or offsets", planes_overlap, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"pitches or offsets", chroma_before_luma, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"smaller than the surface", smaller_picture, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"format", another_format, VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, true},
	{"linear", tiled_memory, VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, true},
	{"one dma-buf", two_objects, VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, false},
	{"one dma-buf", no_objects, VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, false},
	{"format", layers_of_another_format, VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, false},
	{"pitches or offsets", three_layers, VA_STATUS_ERROR_INVALID_PARAMETER, true},
	{"may shrink", plain_file, VA_STATUS_ERROR_INVALID_PARAMETER, true},
};

/* Each is refused in one sentence that names what is wrong; nothing leaks, and the film goes on. */
static void wrong_descriptions(void)
{
	struct screen screen;
	struct film film;
	struct show show;
	struct slot slot;
	VADRMPRIMESurfaceDescriptor right;
	char before[1024];

	film_open(&film, films()->pyramid);
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_GET);
	describe_own(&show, SOURCE_MEMFD, &places[1], &slot, &right);
	plain = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	CHECK(plain >= 0);
	list_descriptors(before, sizeof(before));
	for (unsigned int i = 0; i < TEST_COUNT(wrongs); i++) {
		for (enum described as = SEPARATE; as < DESCRIBED; as++) {
			VADRMPRIMESurfaceDescriptor d = right;
			VASurfaceID id = 1;
			VAStatus status;

			if (as == COMPOSED || (as == PRIME && !wrongs[i].prime))
				continue;
			wrongs[i].spoil(&d);
			status = import(&show, as, &d, slot.width, slot.height, &id);
			if (status != wrongs[i].status)
				fprintf(stderr, "    description %u, as %u\n", i, (unsigned int)as);
			CHECK_EQUAL(status, wrongs[i].status);
			CHECK_EQUAL(id, VA_INVALID_SURFACE);
			screen_said(&screen, "the player's memory");
			check_descriptors(before);
		}
	}
	close(plain);
	CHECK_VA(import(&show, SEPARATE, &right, slot.width, slot.height, &slot.id));
	show.slots[show.slot_count++] = slot;
	show_play(&show);
	CHECK_EQUAL(show.seen, film.shown);
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static const struct test tests[] = {
	{"exports are exact in every field", descriptors_are_exact, NULL},
	{"exports that do not exist", exports_that_do_not_exist, NULL},
	{"a film in memory that is no dma-buf", memory_that_is_no_dmabuf, NULL},
	{"a film in memory of another surface's", memory_of_another_surface, NULL},
	{"a film in memory of a heap", memory_of_a_heap, NULL},
	{"a film in memory of udmabuf", memory_of_udmabuf, NULL},
	{"descriptions that are wrong", wrong_descriptions, NULL},
};

const struct scenes scenes_imports = {"imports", CROPPED_FILMS, tests, TEST_COUNT(tests)};
