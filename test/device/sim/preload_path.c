/* SPDX-License-Identifier: MIT
 *
 * Nodes by path: open, access and stat of /dev/videoN, /dev/mediaN and the render node.
 */
#include "preload.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Names that libc has but no header declares. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);
#if SIM_BOTH_NAMES
int __xstat(int version, const char *path, struct stat *status);
int __lxstat(int version, const char *path, struct stat *status);
int __fxstat(int version, int descriptor, struct stat *status);
int __xstat64(int version, const char *path, struct stat64 *status);
int __lxstat64(int version, const char *path, struct stat64 *status);
int __fxstat64(int version, int descriptor, struct stat64 *status);

_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "one meaning of both names");
#endif

struct node {
	enum sim_file_type type;
	struct sim_device *device;
	dev_t number;
};

static bool find_node(const char *path, struct node *node)
{
	if (!path || strncmp(path, "/dev/", 5) != 0)
		return false;
	sim_configure();
	if (strcmp(path, sim_configuration.render_path) == 0) {
		*node = (struct node){SIM_FILE_RENDER, NULL,
		                      makedev(SIM_DRM_MAJOR, (unsigned)sim_configuration.render_minor)};
		return true;
	}
	for (unsigned i = 0; i < sim_configuration.device_count; i++) {
		struct sim_device *device = &sim_configuration.devices[i];

		if (strcmp(path, device->video_path) == 0) {
			*node = (struct node){SIM_FILE_VIDEO, device,
			                      makedev(SIM_VIDEO_MAJOR, (unsigned)device->video_minor)};
			return true;
		}
		if (strcmp(path, device->media_path) == 0) {
			*node = (struct node){SIM_FILE_MEDIA, device,
			                      makedev(SIM_MEDIA_MAJOR, (unsigned)device->media_minor)};
			return true;
		}
	}
	return false;
}

static enum sim_heap memory_at(const char *path)
{
	if (!path || strncmp(path, "/dev/", 5) != 0)
		return SIM_HEAP_OWN;
	sim_configure();
	return sim_heap_at(path);
}

static bool is_iommu(const char *path)
{
	if (!path || strncmp(path, "/sys/", 5) != 0)
		return false;
	sim_configure();
	return sim_is_iommu(path);
}

static int open_node(const struct node *node, int flags)
{
	struct sim_file *file;
	int descriptor;

	if (node->type != SIM_FILE_RENDER && sim_configuration.no_permission)
		return -EACCES;
	if (node->device && node->device->gone)
		return node->type == SIM_FILE_VIDEO ? -ENODEV : -ENXIO; /* v4l2_open(), media_open() */
	file = sim_file_new(node->type, node->device);
	if (!file)
		return -ENOMEM;
	if (node->type == SIM_FILE_VIDEO) {
		file->context = sim_video_open(node->device);
		if (!file->context) {
			sim_file_put(file);
			return -ENOMEM;
		}
	}
	descriptor = sim_file_backing(flags);
	if (descriptor < 0) {
		sim_file_put(file);
		return descriptor;
	}
	return sim_file_install(file, descriptor);
}

/* -errno of a node of memory that is not there or may not be opened. */
static int memory_error(enum sim_heap memory)
{
	return memory == SIM_HEAP_ABSENT ? -ENOENT : -EACCES;
}

/* A node of memory that opens gives none: as /dev/null it knows no ioctl. */
static int open_memory(enum sim_heap memory, int flags)
{
	return memory == SIM_HEAP_OPENS ? sim_real.openat(AT_FDCWD, "/dev/null", flags)
	                                : sim_answer(memory_error(memory));
}

/* dma_map_ops of an IOMMU: the group's type is that of a domain which translates (Documentation/ABI/testing/sysfs-kernel-iommu_groups). */
static int open_iommu(void)
{
	static const char type[] = "DMA\n";
	int descriptor = memfd_create("iommu_group_type", MFD_CLOEXEC);

	if (descriptor >= 0 &&
	    (write(descriptor, type, strlen(type)) < 0 || lseek(descriptor, 0, SEEK_SET) < 0)) {
		sim_real.close(descriptor);
		return -1;
	}
	return descriptor;
}

static int open_path(int directory, const char *path, int flags, mode_t mode)
{
	struct node node;
	enum sim_heap memory;
	int result;

	sim_real_init();
	memory = memory_at(path);
	if (memory != SIM_HEAP_OWN)
		return open_memory(memory, flags);
	if (is_iommu(path))
		return open_iommu();
	if (!find_node(path, &node))
		return sim_real.openat(directory, path, flags, mode);
	sim_lock();
	result = -sim_fault("open", node.type == SIM_FILE_VIDEO   ? "video"
	                            : node.type == SIM_FILE_MEDIA ? "media"
	                                                          : "render");
	if (!result)
		result = open_node(&node, flags);
	sim_log_call("open", result < 0 ? -result : 0);
	sim_unlock();
	return sim_answer(result);
}

static mode_t mode_argument(int flags, va_list arguments)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

#define DEFINE_OPEN(name)                              \
	EXPORT int name(const char *path, int flags, ...)  \
	{                                                  \
		va_list arguments;                             \
		mode_t mode;                                   \
                                                       \
		va_start(arguments, flags);                    \
		mode = mode_argument(flags, arguments);        \
		va_end(arguments);                             \
		return open_path(AT_FDCWD, path, flags, mode); \
	}
#define DEFINE_OPENAT(name)                                          \
	EXPORT int name(int directory, const char *path, int flags, ...) \
	{                                                                \
		va_list arguments;                                           \
		mode_t mode;                                                 \
                                                                     \
		va_start(arguments, flags);                                  \
		mode = mode_argument(flags, arguments);                      \
		va_end(arguments);                                           \
		return open_path(directory, path, flags, mode);              \
	}

DEFINE_OPEN(open)
DEFINE_OPENAT(openat)
#if SIM_BOTH_NAMES
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat64)
#endif

EXPORT int __open_2(const char *path, int flags)
{
	return open_path(AT_FDCWD, path, flags, 0);
}

EXPORT int __open64_2(const char *path, int flags)
{
	return open_path(AT_FDCWD, path, flags, 0);
}

EXPORT int __openat_2(int directory, const char *path, int flags)
{
	return open_path(directory, path, flags, 0);
}

EXPORT int __openat64_2(int directory, const char *path, int flags)
{
	return open_path(directory, path, flags, 0);
}

EXPORT int access(const char *path, int mode)
{
	struct node node;
	enum sim_heap memory;

	sim_real_init();
	memory = memory_at(path);
	if (memory == SIM_HEAP_ABSENT || (memory == SIM_HEAP_REFUSED && mode & (R_OK | W_OK)))
		return sim_answer(memory_error(memory));
	if (memory != SIM_HEAP_OWN)
		return 0;
	if (!find_node(path, &node))
		return sim_real.faccessat(AT_FDCWD, path, mode, 0);
	if (node.type != SIM_FILE_RENDER && sim_configuration.no_permission && mode & (R_OK | W_OK))
		return sim_answer(-EACCES);
	return 0;
}

/* ---- stat ------------------------------------------------------------------------------------------------------------ */

static void fill_status(struct stat *status, dev_t number)
{
	memset(status, 0, sizeof(*status));
	status->st_mode = S_IFCHR | 0660;
	status->st_nlink = 1;
	status->st_uid = getuid();
	status->st_gid = getgid();
	status->st_rdev = number;
	status->st_ino = (ino_t)number;
	status->st_blksize = 4096;
}

/* libdrm asks /sys whether a character device is a DRM device (drmNodeIsDRM). */
static bool is_drm_folder(const char *path)
{
	char expected[64];

	if (!path || strncmp(path, "/sys/dev/char/226:", 18) != 0)
		return false;
	sim_configure();
	snprintf(expected, sizeof(expected), "/sys/dev/char/%d:%d/device/drm", SIM_DRM_MAJOR,
	         sim_configuration.render_minor);
	return strcmp(path, expected) == 0;
}

static int status_at(int directory, const char *path, struct stat *status, int flags)
{
	struct node node;
	enum sim_heap memory;

	sim_real_init();
	memory = memory_at(path);
	if (memory == SIM_HEAP_ABSENT)
		return sim_answer(-ENOENT);
	if (memory != SIM_HEAP_OWN) {
		fill_status(status, makedev(SIM_HEAP_MAJOR, 0));
		return 0;
	}
	if (is_drm_folder(path)) {
		fill_status(status, 0);
		status->st_mode = S_IFDIR | 0755;
		return 0;
	}
	if (!find_node(path, &node))
		return sim_real.fstatat(directory, path, status, flags);
	fill_status(status, node.number);
	return 0;
}

static int status_of(int descriptor, struct stat *status)
{
	struct sim_file *file;
	dev_t number = 0;

	sim_real_init();
	if (!sim_is_simulated(descriptor))
		return sim_real.fstat(descriptor, status);
	sim_lock();
	file = sim_file_get(descriptor);
	if (file && file->type == SIM_FILE_RENDER)
		number = makedev(SIM_DRM_MAJOR, (unsigned)sim_configuration.render_minor);
	else if (file && file->type == SIM_FILE_VIDEO)
		number = makedev(SIM_VIDEO_MAJOR, (unsigned)file->device->video_minor);
	else if (file && file->type == SIM_FILE_MEDIA)
		number = makedev(SIM_MEDIA_MAJOR, (unsigned)file->device->media_minor);
	sim_file_put(file);
	sim_unlock();
	if (!number)
		return sim_real.fstat(descriptor, status);
	fill_status(status, number);
	return 0;
}

EXPORT int stat(const char *restrict path, struct stat *restrict status)
{
	return status_at(AT_FDCWD, path, status, 0);
}

EXPORT int lstat(const char *restrict path, struct stat *restrict status)
{
	return status_at(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

EXPORT int fstatat(int directory, const char *restrict path, struct stat *restrict status, int flags)
{
	return !*path && flags & AT_EMPTY_PATH ? status_of(directory, status)
	                                       : status_at(directory, path, status, flags);
}

EXPORT int fstat(int descriptor, struct stat *status)
{
	return status_of(descriptor, status);
}

#if SIM_BOTH_NAMES
EXPORT int stat64(const char *restrict path, struct stat64 *restrict status)
{
	return status_at(AT_FDCWD, path, (struct stat *)status, 0);
}

EXPORT int lstat64(const char *restrict path, struct stat64 *restrict status)
{
	return status_at(AT_FDCWD, path, (struct stat *)status, AT_SYMLINK_NOFOLLOW);
}

EXPORT int fstatat64(int directory, const char *restrict path, struct stat64 *restrict status, int flags)
{
	return fstatat(directory, path, (struct stat *)status, flags);
}

EXPORT int fstat64(int descriptor, struct stat64 *status)
{
	return status_of(descriptor, (struct stat *)status);
}

/* Programs linked before glibc 2.33. */
EXPORT int __xstat(int version, const char *path, struct stat *status)
{
	(void)version;
	return status_at(AT_FDCWD, path, status, 0);
}

EXPORT int __lxstat(int version, const char *path, struct stat *status)
{
	(void)version;
	return status_at(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

EXPORT int __fxstat(int version, int descriptor, struct stat *status)
{
	(void)version;
	return status_of(descriptor, status);
}

EXPORT int __xstat64(int version, const char *path, struct stat64 *status)
{
	return __xstat(version, path, (struct stat *)status);
}

EXPORT int __lxstat64(int version, const char *path, struct stat64 *status)
{
	return __lxstat(version, path, (struct stat *)status);
}

EXPORT int __fxstat64(int version, int descriptor, struct stat64 *status)
{
	return __fxstat(version, descriptor, (struct stat *)status);
}
#endif
