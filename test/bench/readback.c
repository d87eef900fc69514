/* SPDX-License-Identifier: MIT
 *
 * How fast pixels come out: vaGetImage of a whole picture against memcpy() of as many bytes from the same memory, in turns, the
 * fastest of each. Prints "NV12 RATIO" and "I420 RATIO" (1: as fast as memcpy).
 *
 *   readback RENDER_NODE
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <va/va.h>
#include <va/va_drm.h>

enum { WIDTH = 1920, HEIGHT = 1088, ROUNDS = 60 };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void must(VAStatus status, const char *call)
{
	if (status == VA_STATUS_SUCCESS)
		return;
	fprintf(stderr, "%s: %s\n", call, vaErrorStr(status));
	exit(1);
}

static void measure(VADisplay display, VASurfaceID surface, const char *name, uint32_t fourcc)
{
	const size_t size = WIDTH * HEIGHT * 3 / 2;
	VAImageFormat format = {.fourcc = fourcc};
	double fastest[2] = {1e18, 1e18};
	uint8_t *copy = malloc(size);
	VAImage image, derived;
	uint8_t *source;

	must(vaCreateImage(display, &format, WIDTH, HEIGHT, &image), "vaCreateImage");
	must(vaDeriveImage(display, surface, &derived), "vaDeriveImage");
	must(vaMapBuffer(display, derived.buf, (void **)&source), "vaMapBuffer");
	for (int i = 0; i < ROUNDS; i++) {
		double start = now();
		double middle;

		must(vaGetImage(display, surface, 0, 0, WIDTH, HEIGHT, image.image_id), "vaGetImage");
		middle = now();
		memcpy(copy, source, size);
		fastest[1] = now() - middle < fastest[1] ? now() - middle : fastest[1];
		fastest[0] = middle - start < fastest[0] ? middle - start : fastest[0];
		/* Neither may be left out. */
		if (copy[i] + copy[size - 1 - (size_t)i] > 510)
			puts("");
	}
	vaUnmapBuffer(display, derived.buf);
	vaDestroyImage(display, derived.image_id);
	vaDestroyImage(display, image.image_id);
	free(copy);
	printf("%s %.3f\n", name, fastest[1] / fastest[0]);
}

int main(int argc, char **argv)
{
	int node = argc == 2 ? open(argv[1], O_RDWR) : -1;
	VADisplay display = node < 0 ? NULL : vaGetDisplayDRM(node);
	VASurfaceID surface;
	int major, minor;

	if (!display)
		return 2;
	must(vaInitialize(display, &major, &minor), "vaInitialize");
	must(vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, &surface, 1, NULL, 0),
	     "vaCreateSurfaces");
	measure(display, surface, "NV12", VA_FOURCC_NV12);
	measure(display, surface, "I420", VA_FOURCC_I420);
	vaDestroySurfaces(display, &surface, 1);
	vaTerminate(display);
	return 0;
}
