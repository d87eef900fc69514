/* SPDX-License-Identifier: MIT */
#include "setting.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SETTING_FIRST = 0xc0 };

struct setting {
	const char *videos, *medias; /* LIBVA_V4L2_REQUEST_VIDEO_PATH, _MEDIA_PATH; NULL: not set */
	const char *trace;           /* LIBVA_V4L2_REQUEST_TRACE */
	bool no_decoder;
	bool refused;  /* all nodes, with EACCES */
	bool hidden;   /* the kernel has media nodes that /dev lacks */
	bool no_video; /* and video nodes */
	bool heaps;    /* the user may open them, and udmabuf */
	bool udmabuf;  /* that alone */
	bool discrete; /* the decoder lists its sizes one by one */
	bool many;     /* it has more formats than the driver keeps */
};

static const struct setting settings[] = {
	{.trace = "/dev/null"},
	{.heaps = true},
	{.heaps = true, .trace = "/dev/null"},
	{.videos = "/dev/video0"},
	{.medias = "/dev/media0"},
	{.videos = "/dev/video0", .medias = "/dev/media0"},
	{.videos = "/dev/video0:/dev/video1", .medias = "/dev/media0"},
	{.medias = ":/dev/media1::/dev/media0:/dev/media0"},
	{.videos = "/dev/video1:/dev/null:/dev/video63", .medias = "/dev/media0:/dev/media63:/dev/null"},
	{.videos = "/dev/video63", .no_decoder = true},
	{.videos = "/dev/null"},
	{.medias = "/dev/null:/dev/media63"},
	{.videos = ":",
     .medias = "/dev/a-path-that-is-longer-than-any-node/a-path-that-is-longer-than-any-node/"
               "a-path-that-is-longer-than-any-node/a-path-that-is-longer-than-any-node"},
	{.trace = "/dev/a/folder/that/is/missing"},
	{.no_decoder = true},
	{.no_decoder = true, .hidden = true},
	{.no_video = true},
	{.refused = true},
	{.udmabuf = true},
	{.discrete = true},
	{.many = true},
};

static const struct setting *chosen;

static const struct setting *setting_of(uint8_t which)
{
	static const struct setting usual = {0};

	return which < SETTING_FIRST ? &usual : &settings[which % (sizeof(settings) / sizeof(settings[0]))];
}

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

void setting_choose(uint8_t which)
{
	chosen = setting_of(which);
	set("LIBVA_V4L2_REQUEST_VIDEO_PATH", chosen->videos);
	set("LIBVA_V4L2_REQUEST_MEDIA_PATH", chosen->medias);
	set("LIBVA_V4L2_REQUEST_TRACE", chosen->trace);
	set("V4L2SIM_NONE", chosen->no_decoder ? "1" : NULL);
	set("V4L2SIM_PERMISSION", chosen->refused ? "1" : NULL);
}

bool setting_has_decoder(uint8_t which)
{
	const struct setting *setting = setting_of(which);

	return !setting->no_decoder && !setting->refused && !setting->no_video && !setting->videos &&
	       !setting->medias;
}

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
int __real_stat64(const char *path, struct stat *status);
int __wrap_stat64(const char *path, struct stat *status);
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

/* ---- nodes that a container hides ----------------------------------------------------------------- */

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool is_heap(const char *path)
{
	if (!chosen)
		return false;
	return (chosen->heaps && starts(path, "/dev/dma_heap/")) ||
	       ((chosen->heaps || chosen->udmabuf) && strcmp(path, "/dev/udmabuf") == 0);
}

/* Three media devices, each with a video node. */
static bool is_hidden(const char *path)
{
	unsigned int media, video;
	int end = 0;

	if (sscanf(path, "/sys/bus/media/devices/media%u%n", &media, &end) != 1 || media > 2)
		return false;
	return !path[end] ||
	       (sscanf(path + end, "/../video4linux/video%u%n", &video, &end) == 1 && video == media);
}

int __wrap_access(const char *path, int mode)
{
	if ((chosen && chosen->hidden && is_hidden(path)) || is_heap(path))
		return 0;
	return __real_access(path, mode);
}

int __wrap_stat64(const char *path, struct stat *status)
{
	if (!chosen || !chosen->no_video || !starts(path, "/dev/video"))
		return __real_stat64(path, status);
	errno = ENOENT;
	return -1;
}

/* ---- memory that no decoder allocates -------------------------------------------------------------- */

int __wrap_open64(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;

	va_start(arguments, flags);
	if (flags & O_CREAT)
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if (is_heap(path))
		return memfd_create("heap", MFD_CLOEXEC);
	return __real_open64(path, flags, mode);
}

/* Memory which no decoder here can write to: that of the simulated ones is theirs. */
static int allocate(uint64_t size)
{
	int fd = memfd_create("heap memory", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, (off_t)size)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* ---- decoders that no other setting makes ------------------------------------------------------------ */

enum { DISCRETE_SIZES = 3, MANY_FORMATS = 80 };

/* The largest that it takes, a half and a quarter of it. */
static int enumerate_sizes(int fd, struct v4l2_frmsizeenum *size)
{
	const uint32_t index = size->index;
	int result;

	if (index >= DISCRETE_SIZES) {
		errno = EINVAL;
		return -1;
	}
	size->index = 0;
	result = __real_ioctl(fd, VIDIOC_ENUM_FRAMESIZES, size);
	size->index = index;
	if (result == 0) {
		const struct v4l2_frmsize_discrete largest = {size->stepwise.max_width, size->stepwise.max_height};

		size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
		size->discrete = (struct v4l2_frmsize_discrete){largest.width >> index, largest.height >> index};
	}
	return result;
}

/* Those that it has, and then the first again and again. */
static int enumerate_formats(int fd, struct v4l2_fmtdesc *format)
{
	const uint32_t index = format->index;
	int result = __real_ioctl(fd, VIDIOC_ENUM_FMT, format);

	if (result == 0 || index >= MANY_FORMATS)
		return result;
	format->index = 0;
	result = __real_ioctl(fd, VIDIOC_ENUM_FMT, format);
	format->index = index;
	return result;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct dma_heap_allocation_data *data;
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (chosen && chosen->discrete && request == VIDIOC_ENUM_FRAMESIZES)
		return enumerate_sizes(fd, argument);
	if (chosen && chosen->many && request == VIDIOC_ENUM_FMT)
		return enumerate_formats(fd, argument);
	if (request == UDMABUF_CREATE)
		return allocate(((struct udmabuf_create *)argument)->size);
	if (request != DMA_HEAP_IOCTL_ALLOC)
		return __real_ioctl(fd, request, argument);
	data = argument;
	fd = allocate(data->len);
	data->fd = (uint32_t)fd;
	return fd < 0 ? -1 : 0;
}
