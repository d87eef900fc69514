/* SPDX-License-Identifier: MIT */
#include "library.h"

#include <dlfcn.h>
#include <drm.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <va/va.h>
#include <va/va_drm.h>

#include "../glue-c/memory/ioctl.h"
#include "../glue-c/v4l2/device.h"

/* A driver that hangs costs this much. */
enum { PATIENCE_SECONDS = 10, FIRST_RENDER = 128, MOST_NODES = 64 };

#define VENDOR "V4L2 stateless decoder driver " /* glue-c/va/initialize.c */
#define SUFFIX "_drv_video.so"

/* ---- libva, found at run time: the doctor also says when it is missing --------------------------- */

static struct {
	__typeof__(vaGetDisplayDRM) *get_display;
	__typeof__(vaSetInfoCallback) *set_info;
	__typeof__(vaSetErrorCallback) *set_error;
	__typeof__(vaInitialize) *initialize;
	__typeof__(vaQueryVendorString) *vendor;
} va;

static bool open_libva(void)
{
	void *base = dlopen("libva.so.2", RTLD_NOW);
	void *drm = dlopen("libva-drm.so.2", RTLD_NOW);

	if (!base || !drm)
		return false;
	va.get_display = (__typeof__(va.get_display))dlsym(drm, "vaGetDisplayDRM");
	va.set_info = (__typeof__(va.set_info))dlsym(base, "vaSetInfoCallback");
	va.set_error = (__typeof__(va.set_error))dlsym(base, "vaSetErrorCallback");
	va.initialize = (__typeof__(va.initialize))dlsym(base, "vaInitialize");
	va.vendor = (__typeof__(va.vendor))dlsym(base, "vaQueryVendorString");
	return va.get_display && va.set_info && va.set_error && va.initialize && va.vendor;
}

/* ---- in the process that libva runs in -------------------------------------------------------------- */

/* libva says "Trying to open FILE" of each file that it looks for. */
static void hear(void *opaque, const char *message)
{
	static const char trying[] = "Trying to open ";
	struct display_node *node = opaque;
	const char *path = strstr(message, trying);

	if (!path || node->looked_count == REPORT_LOOKED)
		return;
	path += strlen(trying);
	snprintf(node->looked[node->looked_count++], REPORT_PATH, "%.*s", (int)strcspn(path, "\n"), path);
}

static void hear_nothing(void *opaque, const char *message)
{
	(void)opaque;
	(void)message;
}

static int take_driver(struct dl_phdr_info *info, size_t size, void *opaque)
{
	struct display_node *node = opaque;
	size_t length = strlen(info->dlpi_name);

	(void)size;
	if (length < strlen(SUFFIX) || length >= sizeof(node->driver) ||
	    strcmp(info->dlpi_name + length - strlen(SUFFIX), SUFFIX))
		return 0;
	memcpy(node->driver, info->dlpi_name, length + 1);
	return 1;
}

static void take_target(struct display_node *node)
{
	char *target = realpath(node->driver, NULL);

	if (target && strcmp(target, node->driver))
		snprintf(node->target, sizeof(node->target), "%s", target);
	free(target);
}

/* Whether the file is called as this driver's, or a link to one that is. */
static bool has_our_name(const struct display_node *node)
{
	const char *path = node->target[0] ? node->target : node->driver;
	const char *slash = strrchr(path, '/');

	return !strcmp(slash ? slash + 1 : path, DRIVER_FILE);
}

/* libva loaded none of the files: which one is there, and what is wrong with it. This driver initialises on any machine, so a
 * file that can be loaded and fails is another driver's. */
static void examine_refused(struct display_node *node)
{
	node->outcome = CORE_LIBRARY_NOT_FOUND;
	for (uint32_t i = 0; i < node->looked_count; i++) {
		void *file;

		if (access(node->looked[i], F_OK))
			continue;
		snprintf(node->driver, sizeof(node->driver), "%s", node->looked[i]);
		take_target(node);
		file = dlopen(node->driver, RTLD_NOW);
		if (file)
			snprintf(node->vendor, sizeof(node->vendor), "it refuses this device");
		else
			snprintf(node->vendor, sizeof(node->vendor), "%s", dlerror());
		node->outcome = !has_our_name(node) ? CORE_LIBRARY_OTHER
		                : file              ? CORE_LIBRARY_NAMESAKE
		                                    : CORE_LIBRARY_BROKEN;
		return;
	}
}

static void examine_loaded(struct display_node *node, const char *vendor)
{
	snprintf(node->vendor, sizeof(node->vendor), "%s", vendor ? vendor : "");
	dl_iterate_phdr(take_driver, node);
	take_target(node);
	node->outcome = !strncmp(node->vendor, VENDOR, strlen(VENDOR)) ? CORE_LIBRARY_OURS
	                : has_our_name(node)                           ? CORE_LIBRARY_NAMESAKE
	                                                               : CORE_LIBRARY_OTHER;
}

static void load(struct display_node *node, int fd)
{
	VADisplay display;
	int major;
	int minor;

	setenv("LIBVA_MESSAGING_LEVEL", "2", 1);
	display = va.get_display(fd);
	if (!display)
		return;
	va.set_info(display, hear, node);
	va.set_error(display, hear_nothing, NULL);
	if (va.initialize(display, &major, &minor) != VA_STATUS_SUCCESS) {
		examine_refused(node);
		return;
	}
	snprintf(node->version, sizeof(node->version), "%d.%d", major, minor);
	examine_loaded(node, va.vendor(display));
}

/* Never returns. */
static void run_child(struct display_node *node, int to)
{
	const char *at = (const char *)node;
	size_t left = sizeof(*node);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd;

	alarm(PATIENCE_SECONDS);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (node_open(node->path, &fd) == 0)
		load(node, fd);
	while (left > 0) {
		ssize_t written = write(to, at, left);

		if (written <= 0)
			break;
		at += written;
		left -= (size_t)written;
	}
	_exit(0);
}

/* ---- in the doctor's own process ------------------------------------------------------------------ */

static bool read_all(int from, struct display_node *node)
{
	size_t size = 0;
	ssize_t got;

	do {
		got = read(from, (char *)node + size, sizeof(*node) - size);
		if (got > 0)
			size += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return size == sizeof(*node);
}

static void ask_child(struct display_node *node)
{
	struct display_node answer;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return;
	child = fork();
	if (child == 0)
		run_child(node, ends[1]);
	close(ends[1]);
	if (child > 0) {
		if (read_all(ends[0], &answer))
			*node = answer;
		else
			snprintf(node->vendor, sizeof(node->vendor), "it crashes or hangs as it is loaded");
		waitpid(child, NULL, 0);
	}
	close(ends[0]);
}

static void ask_name(struct display_node *node)
{
	struct drm_version version = {.name = node->drm, .name_len = sizeof(node->drm) - 1};
	int fd;

	if (node_open(node->path, &fd)) {
		node->outcome = CORE_LIBRARY_REFUSED;
		return;
	}
	if (retry_ioctl(fd, DRM_IOCTL_VERSION, &version))
		node->drm[0] = 0;
	close(fd);
}

static void add_displays(struct report *report, const char *kind, int first)
{
	for (int i = first; i < first + MOST_NODES && report->display_count < REPORT_DISPLAYS; i++) {
		struct display_node *node = &report->displays[report->display_count];
		struct stat status;

		memset(node, 0, sizeof(*node));
		snprintf(node->path, sizeof(node->path), "/dev/dri/%s%d", kind, i);
		if (stat(node->path, &status) || !S_ISCHR(status.st_mode))
			continue;
		report->display_count++;
		node->outcome = CORE_LIBRARY_OTHER;
		ask_name(node);
		if (node->outcome != CORE_LIBRARY_REFUSED && report->has_libva)
			ask_child(node);
	}
}

static bool is_beside(const char *path)
{
	char beside[REPORT_PATH + sizeof(DRIVER_FILE)];
	const char *slash = strrchr(path, '/');

	if (!slash)
		return false;
	snprintf(beside, sizeof(beside), "%.*s/" DRIVER_FILE, (int)(slash - path), path);
	return access(beside, F_OK) == 0;
}

void survey_libraries(struct report *report)
{
	report->has_libva = open_libva();
	add_displays(report, "renderD", FIRST_RENDER);
	if (report->display_count == 0)
		add_displays(report, "card", 0);
	for (uint32_t i = 0; i < report->display_count; i++) {
		for (uint32_t j = 0; j < report->displays[i].looked_count; j++)
			report->is_installed |= is_beside(report->displays[i].looked[j]);
	}
}

bool library_is_own(const struct display_node *node)
{
	static const char own[] = VENDOR DRIVER_VERSION " ";

	return !strncmp(node->vendor, own, strlen(own));
}
