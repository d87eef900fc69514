/* SPDX-License-Identifier: MIT
 *
 * Every descriptor that the driver hands out is one that every GPU takes: pitches and offsets are multiples of 64 bytes. Plays a film on a
 * decoder that paints its pictures (test/kernel/hardware), by vaExportSurfaceHandle, by vaAcquireBufferHandle, and by vaGetImage alone.
 * For the kernel lab only.
 */
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <va/va_drmcommon.h>

#include "show.h"

enum { ALIGNMENT = 64 };

/* What a picture of the fake hardware is (test/kernel/hardware/README.md). */
static uint8_t luma(uint8_t job, unsigned int x, unsigned int y)
{
	return (uint8_t)(7 * job + 3 * x + 5 * y);
}

static uint8_t chroma(uint8_t job, unsigned int x, unsigned int y)
{
	return x & 1 ? (uint8_t)(13 * job + 5 * x + 3 * y + 128) : (uint8_t)(11 * job + 3 * x + 7 * y + 64);
}

/* The job that painted all of the picture; ends the program where none has. Lines of fields are painted one by one. */
static uint8_t check_painted(const uint8_t *data, const uint32_t *offsets, const uint32_t *pitches,
                             unsigned int width, unsigned int height)
{
	/* 183 is the inverse of 7 modulo 256. */
	const uint8_t job = (uint8_t)(data[offsets[0]] * 183);

	for (unsigned int y = 0; y < height; y++)
		for (unsigned int x = 0; x < width; x++)
			CHECK_EQUAL(data[offsets[0] + (size_t)y * pitches[0] + x], luma(job, x, y));
	for (unsigned int y = 0; y < height / 2; y++)
		for (unsigned int x = 0; x < width; x++)
			CHECK_EQUAL(data[offsets[1] + (size_t)y * pitches[1] + x], chroma(job, x, y));
	return job;
}

static void check_aligned(const uint32_t *offsets, const uint32_t *pitches)
{
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(pitches[i] % ALIGNMENT, 0);
		CHECK_EQUAL(offsets[i] % ALIGNMENT, 0);
	}
}

/* Who made the memory: "exp_name" of a dma-buf, which it says once. */
static void say_exporter(int fd)
{
	static bool said;
	char path[64], line[128], name[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = said ? NULL : fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "exp_name: %63s", name) == 1) {
			printf("memory of %s\n", name);
			said = true;
		}
	}
	if (file)
		fclose(file);
}

static uint8_t check_memory(int fd, const uint32_t *offsets, const uint32_t *pitches, unsigned int width,
                            unsigned int height)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ};
	size_t size = (size_t)lseek(fd, 0, SEEK_END);
	uint8_t *data = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	uint8_t job;

	CHECK(data != MAP_FAILED);
	say_exporter(fd);
	CHECK(offsets[1] + (size_t)pitches[1] * height / 2 <= size);
	CHECK_EQUAL(ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync), 0);
	job = check_painted(data, offsets, pitches, width, height);
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ;
	CHECK_EQUAL(ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync), 0);
	munmap(data, size);
	return job;
}

/* Both kinds of layers say the same; painted: there is a picture. Returns its job. */
static uint8_t check_export(struct show *show, const struct slot *slot, bool painted)
{
	VADRMPRIMESurfaceDescriptor apart, whole;
	uint32_t offsets[2], pitches[2];
	uint8_t job = 0;

	CHECK_VA(vaExportSurfaceHandle(show->screen->va, slot->id, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                               VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS, &apart));
	CHECK_VA(vaExportSurfaceHandle(show->screen->va, slot->id, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                               VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS, &whole));
	for (int i = 0; i < 2; i++) {
		offsets[i] = apart.layers[i].offset[0];
		pitches[i] = apart.layers[i].pitch[0];
		CHECK_EQUAL(whole.layers[0].offset[i], offsets[i]);
		CHECK_EQUAL(whole.layers[0].pitch[i], pitches[i]);
	}
	check_aligned(offsets, pitches);
	if (painted)
		job = check_memory(apart.objects[0].fd, offsets, pitches, slot->width, slot->height);
	close(apart.objects[0].fd);
	close(whole.objects[0].fd);
	return job;
}

static uint8_t check_acquired(struct show *show, const struct slot *slot, bool painted)
{
	VABufferInfo info = {.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME};
	VAImage image;
	uint8_t job = 0;

	CHECK_VA(vaDeriveImage(show->screen->va, slot->id, &image));
	CHECK_VA(vaAcquireBufferHandle(show->screen->va, image.buf, &info));
	check_aligned(image.offsets, image.pitches);
	if (painted)
		job = check_memory((int)info.handle, image.offsets, image.pitches, slot->width, slot->height);
	CHECK_VA(vaReleaseBufferHandle(show->screen->va, image.buf));
	CHECK_VA(vaDestroyImage(show->screen->va, image.image_id));
	return job;
}

static uint8_t check_read(struct show *show, const struct slot *slot, bool painted)
{
	VAImageFormat format = {.fourcc = VA_FOURCC_NV12};
	VAImage image;
	uint8_t *data, job;

	if (!painted)
		return 0;
	CHECK_VA(vaCreateImage(show->screen->va, &format, (int)slot->width, (int)slot->height, &image));
	CHECK_VA(vaGetImage(show->screen->va, slot->id, 0, 0, slot->width, slot->height, image.image_id));
	CHECK_VA(vaMapBuffer(show->screen->va, image.buf, (void **)&data));
	job = check_painted(data, image.offsets, image.pitches, slot->width, slot->height);
	CHECK_VA(vaUnmapBuffer(show->screen->va, image.buf));
	CHECK_VA(vaDestroyImage(show->screen->va, image.image_id));
	return job;
}

typedef uint8_t look_at(struct show *show, const struct slot *slot, bool painted);

/* Some surfaces are looked at before their first picture, the others after it; then all of them, each picture by another job. */
static void play(look_at *look)
{
	struct film film;
	struct screen screen;
	struct show show;
	unsigned int jobs[256] = {0};

	film_open(&film, getenv("EXPORTS_FILM"));
	screen_open(&screen);
	show_open(&show, &screen, &film, LOOK_AWAY);
	for (unsigned int i = 0; i < show.slot_count; i += 2)
		look(&show, &show.slots[i], false);
	for (unsigned int round = 0; round < 3; round++) {
		show_seek(&show, 0);
		for (show.position = 0; show.position < film.count; show.position++) {
			const struct film_picture *picture = &film.pictures[show.position];
			struct slot *slot = show_slot(&show);

			CHECK_VA(show_submit(&show, picture, slot));
			CHECK_EQUAL(++jobs[look(&show, slot, true)], 1);
		}
	}
	show_close(&show);
	screen_close(&screen);
	film_close(&film);
}

static void exported(void)
{
	play(check_export);
}

static void acquired(void)
{
	play(check_acquired);
}

static void read_only(void)
{
	play(check_read);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"exported pictures", exported, NULL},
		{"derived images that are acquired", acquired, NULL},
		{"pictures that are read", read_only, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
