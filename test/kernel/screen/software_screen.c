// SPDX-License-Identifier: MIT
/*
 * Preloaded into a player in the lab, where the screen is vkms and OpenGL is Mesa's kms_swrast. Mesa imports a dma-buf as a texture
 * there, but then maps it as if it were a dumb buffer of the screen's own, which the kernel refuses, and dies. This library gives
 * such a mapping through the dma-buf itself, and answers three more questions as a machine with a GPU does (each has its comment).
 * Nothing that the driver under test does passes through here.
 *
 * With SCREEN_LOG=FILE each picture that is put on the screen is read back from the frame buffer that the kernel scans out, and
 * adds a line: its size and a hash of its visible pixels.
 */
/* The symbol mmap as well as mmap64 is defined here. */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#include <dlfcn.h>
#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define IMPORTS 256
/* No offset of a DRM device's own is that large (DRM_FILE_PAGE_OFFSET_START and a 32-bit range behind it). */
#define OFFSET_OF_IMPORT ((uint64_t)1 << 56)
#define PLANES 16

/* A dma-buf that became a handle of a DRM file. */
static struct import {
	int file, handle, fd;
} imports[IMPORTS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int real_ioctl(int fd, unsigned long request, void *argument)
{
	static int (*next)(int, unsigned long, ...);
	if (!next)
		next = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	int result;
	do
		result = next(fd, request, argument);
	while (result < 0 && (errno == EINTR || errno == EAGAIN));
	return result;
}

static void forget(int file, int handle)
{
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < IMPORTS; i++) {
		if (imports[i].fd > 0 && imports[i].file == file && imports[i].handle == handle) {
			close(imports[i].fd);
			imports[i].fd = 0;
		}
	}
	pthread_mutex_unlock(&mutex);
}

static void remember(int file, int handle, int fd)
{
	forget(file, handle);
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < IMPORTS; i++) {
		if (imports[i].fd == 0) {
			imports[i] = (struct import){.file = file, .handle = handle, .fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)};
			break;
		}
	}
	pthread_mutex_unlock(&mutex);
}

/* The dma-buf behind a handle is mapped through an offset that mmap() below knows. */
static int map_import(int file, struct drm_mode_map_dumb *map)
{
	int result = -1;
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < IMPORTS && result < 0; i++) {
		if (imports[i].fd > 0 && imports[i].file == file && imports[i].handle == (int)map->handle) {
			map->offset = OFFSET_OF_IMPORT + ((uint64_t)i << 32);
			result = 0;
		}
	}
	pthread_mutex_unlock(&mutex);
	return result;
}

/* A render node has no dumb buffers, though a GPU's has others; so one comes from its primary node. */
static int create_on_primary_node(int file, struct drm_mode_create_dumb *dumb)
{
	int card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	if (card < 0)
		return -1;
	int result = real_ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, dumb);
	struct drm_prime_handle prime = {.handle = dumb->handle, .flags = DRM_RDWR | DRM_CLOEXEC};
	if (result == 0)
		result = real_ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
	if (result == 0) {
		result = real_ioctl(file, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
		if (result == 0) {
			dumb->handle = prime.handle;
			remember(file, (int)prime.handle, prime.fd);
		}
		close(prime.fd);
	}
	close(card);
	return result;
}

static void log_frame_buffer(int file, uint32_t id)
{
	struct drm_mode_fb_cmd2 buffer = {.fb_id = id};
	if (real_ioctl(file, DRM_IOCTL_MODE_GETFB2, &buffer))
		return;
	struct drm_mode_map_dumb map = {.handle = buffer.handles[0]};
	size_t size = (size_t)buffer.pitches[0] * buffer.height;
	const uint32_t *pixels = MAP_FAILED;
	if (!real_ioctl(file, DRM_IOCTL_MODE_MAP_DUMB, &map))
		pixels = mmap(NULL, size, PROT_READ, MAP_SHARED, file, (off_t)map.offset);
	FILE *log = fopen(getenv("SCREEN_LOG"), "a");
	if (log && pixels != MAP_FAILED) {
		/* FNV-1a, a pixel at a time; the unused byte of XRGB8888 is left out. */
		uint64_t hash = 0xcbf29ce484222325;
		for (uint32_t y = 0; y < buffer.height; y++) {
			for (uint32_t x = 0; x < buffer.width; x++)
				hash = (hash ^ (pixels[(size_t)y * buffer.pitches[0] / 4 + x] & 0xffffff)) * 0x100000001b3;
		}
		fprintf(log, "%ux%u %.4s %016llx\n", buffer.width, buffer.height, (const char *)&buffer.pixel_format,
		        (unsigned long long)hash);
	}
	if (log)
		fclose(log);
	if (pixels != MAP_FAILED)
		munmap((void *)pixels, size);
	struct drm_gem_close handle = {.handle = buffer.handles[0]};
	real_ioctl(file, DRM_IOCTL_GEM_CLOSE, &handle);
}

/* What the planes of the screen show now. */
static void log_screen(int file)
{
	uint32_t ids[PLANES];
	struct drm_mode_get_plane_res planes = {.plane_id_ptr = (uintptr_t)ids, .count_planes = PLANES};
	if (real_ioctl(file, DRM_IOCTL_MODE_GETPLANERESOURCES, &planes))
		return;
	for (uint32_t i = 0; i < planes.count_planes && i < PLANES; i++) {
		struct drm_mode_get_plane plane = {.plane_id = ids[i]};
		if (!real_ioctl(file, DRM_IOCTL_MODE_GETPLANE, &plane) && plane.fb_id)
			log_frame_buffer(file, plane.fb_id);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	va_start(list, request);
	void *argument = va_arg(list, void *);
	va_end(list);
	if (request == DRM_IOCTL_GEM_CLOSE)
		forget(fd, (int)((struct drm_gem_close *)argument)->handle);
	int result = real_ioctl(fd, request, argument);
	switch (request) {
	case DRM_IOCTL_PRIME_FD_TO_HANDLE: {
		const struct drm_prime_handle *prime = argument;
		if (result == 0)
			remember(fd, (int)prime->handle, prime->fd);
		break;
	}
	case DRM_IOCTL_MODE_MAP_DUMB:
		if (result < 0)
			result = map_import(fd, argument);
		break;
	case DRM_IOCTL_MODE_CREATE_DUMB:
		if (result < 0 && errno == EACCES)
			result = create_on_primary_node(fd, argument);
		break;
	case DRM_IOCTL_MODE_ATOMIC:
		if (((struct drm_mode_atomic *)argument)->flags & DRM_MODE_ATOMIC_TEST_ONLY)
			break;
		/* fall through */
	case DRM_IOCTL_MODE_PAGE_FLIP:
	case DRM_IOCTL_MODE_SETCRTC:
		if (result == 0 && getenv("SCREEN_LOG"))
			log_screen(fd);
		break;
	}
	return result;
}

void *mmap64(void *address, size_t size, int protection, int flags, int fd, off64_t offset)
{
	static void *(*next)(void *, size_t, int, int, int, off64_t);
	if (!next)
		next = (void *(*)(void *, size_t, int, int, int, off64_t))dlsym(RTLD_NEXT, "mmap64");
	if (fd >= 0 && (uint64_t)offset >= OFFSET_OF_IMPORT) {
		fd = imports[((uint64_t)offset >> 32) % IMPORTS].fd;
		offset = 0;
	}
	return next(address, size, protection, flags, fd, offset);
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	return mmap64(address, size, protection, flags, fd, offset);
}

/* vkms has no render node of its own; players look for a VA-API device there. */
char *drmGetRenderDeviceNameFromFd(int fd);
char *drmGetRenderDeviceNameFromFd(int fd)
{
	(void)fd;
	return strdup("/dev/dri/renderD128");
}

/* kms_swrast knows no modifiers; what is linear anyway needs none. */
struct gbm_device;
struct gbm_surface;
struct gbm_surface *gbm_surface_create(struct gbm_device *, uint32_t, uint32_t, uint32_t, uint32_t);
struct gbm_surface *gbm_surface_create_with_modifiers(struct gbm_device *, uint32_t, uint32_t, uint32_t,
                                                      const uint64_t *, unsigned int);
struct gbm_surface *gbm_surface_create_with_modifiers(struct gbm_device *device, uint32_t width,
                                                      uint32_t height, uint32_t format,
                                                      const uint64_t *modifiers, unsigned int count)
{
	struct gbm_surface *(*create)(struct gbm_device *, uint32_t, uint32_t, uint32_t, uint32_t);
	create = (struct gbm_surface * (*)(struct gbm_device *, uint32_t, uint32_t, uint32_t, uint32_t))
		dlsym(RTLD_NEXT, "gbm_surface_create");
	(void)modifiers, (void)count;
	const uint32_t scanout_rendering = 1 | 4; /* GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING */
	return create ? create(device, width, height, format, scanout_rendering) : NULL;
}
