/* SPDX-License-Identifier: MIT */
#include "discovery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../memory/ioctl.h"
#include "device.h"
#include "finding.h"
#include "hidden.h"
#include "topology.h"

enum { MAX_MEDIA_NODES = 64, SENTENCE = 512 };

#define VIDEO_VARIABLE "LIBVA_V4L2_REQUEST_VIDEO_PATH"
#define MEDIA_VARIABLE "LIBVA_V4L2_REQUEST_MEDIA_PATH"

struct search {
	struct discovery *found;
	facts_ask_probe *ask;
	discovery_finding *finding;
	void *opaque;
	bool nodes_seen; /* there are media or video nodes at all */
	bool any_finding;
	bool any_worth;
};

static void report(struct search *search, uint32_t reason, bool worth, const char *node, const char *what)
{
	search->any_finding = true;
	search->any_worth |= worth;
	search->finding(search->opaque, reason, node, what, 0, worth);
}

static void report_error(struct search *search, bool worth, const char *node, int error)
{
	search->any_finding = true;
	search->any_worth |= worth;
	search->finding(search->opaque, finding_reason(node, error), node, NULL, error, worth);
}

/* Names the tables of a decoder's facts that were too small for it. */
static void report_full(struct search *search, const char *video_path, uint32_t full)
{
	static const struct {
		uint32_t table;
		uint32_t capacity;
		const char *what;
	} tables[] = {
		{FACTS_FULL_CONTROLS, CORE_MAX_CONTROLS, "controls"},
		{FACTS_FULL_CODED, CORE_MAX_CODED_FORMATS, "coded formats"},
		{FACTS_FULL_CAPTURE, CORE_MAX_CAPTURE_FORMATS, "formats for its pictures"},
	};
	char sentence[128];

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (!(full & tables[i].table))
			continue;
		snprintf(sentence, sizeof(sentence),
		         "has more %s than the %u that this driver keeps of one decoder; the others are not used",
		         tables[i].what, tables[i].capacity);
		report(search, CORE_FINDING_LEFT_OUT, true, video_path, sentence);
	}
}

/* Whether the OUTPUT queue takes requests. 0 or errno. */
static int ask_requests(const struct v4l2_device *device, bool *takes)
{
	uint32_t none = 0;
	uint32_t capabilities = 0;
	int error = device_request_buffers(device, CORE_QUEUE_OUTPUT, V4L2_MEMORY_MMAP, &none, &capabilities);

	*takes = !error && (capabilities & V4L2_BUF_CAP_SUPPORTS_REQUESTS);
	return error;
}

/* Whether the device's memory accesses are translated: sysfs-kernel-iommu_groups, `type`, which is "identity" where they are not. Nothing that
 * can be read there counts as no. */
static bool has_mmu(int video_fd)
{
	char path[64], type[8] = "";
	struct stat status;
	int fd;

	if (fstat(video_fd, &status))
		return false;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/iommu_group/type", major(status.st_rdev),
	         minor(status.st_rdev));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, type, sizeof(type) - 1) < 0)
		type[0] = 0;
	close(fd);
	return !strncmp(type, "DMA", 3);
}

/* Fills in a node if it is a decoder that this driver can use; else says why not. */
static bool examine(struct search *search, const struct v4l2_device *device, struct decoder_node *node,
                    const char *video_path, bool keep)
{
	struct v4l2_capability capability = {0};
	uint32_t capabilities;
	uint32_t full = 0;
	bool requests = false;
	int error = retry_ioctl(device->video_fd, VIDIOC_QUERYCAP, &capability);

	capabilities =
		capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps : capability.capabilities;
	if (!error && (!(capabilities & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE)) ||
	               !(capabilities & V4L2_CAP_STREAMING))) {
		report(search, CORE_FINDING_MISNAMED, keep, video_path, "is not a memory-to-memory decoder");
		return false;
	}
	if (!error)
		error = ask_requests(device, &requests);
	if (!error && !requests) {
		report(search, CORE_FINDING_NO_REQUESTS, keep, video_path,
		       "has no Request API, so it is no stateless decoder; this driver cannot use it");
		return false;
	}
	if (!error)
		error = facts_enumerate(device, search->ask, search->opaque, &node->facts, &full);
	if (error) {
		report_error(search, true, video_path, error);
		return false;
	}
	report_full(search, video_path, full);
	node->facts.mmu = has_mmu(device->video_fd);
	memcpy(node->facts.driver, capability.driver, sizeof(node->facts.driver));
	snprintf(node->driver, sizeof(node->driver), "%.16s", (const char *)capability.driver);
	return true;
}

/* Adds a decoder if the node is one that this driver can use. keep: the user named it. What cannot be opened or asked is
 * said in any case: by its topology it decodes, and may be the decoder that the user misses. */
static void try_node(struct search *search, const char *video_path, const char *media_path, bool keep)
{
	struct discovery *found = search->found;
	struct decoder_node *node;
	struct v4l2_device device;
	int error;

	for (uint32_t i = 0; i < found->count; i++) {
		if (!strcmp(found->nodes[i].video_path, video_path))
			return;
	}
	if (found->count == DISCOVERY_MAX) {
		char sentence[128];

		snprintf(sentence, sizeof(sentence),
		         "is not used, for this driver keeps no more than %d decoders; " VIDEO_VARIABLE
		         " chooses which",
		         DISCOVERY_MAX);
		report(search, CORE_FINDING_LEFT_OUT, true, video_path, sentence);
		return;
	}
	error = device_open(&device, video_path, NULL);
	if (error) {
		report_error(search, true, video_path, error);
		return;
	}
	error = node_open(media_path, &device.media_fd);
	if (error) {
		report_error(search, true, media_path, error);
		device_close(&device);
		return;
	}
	node = &found->nodes[found->count];
	memset(node, 0, sizeof(*node));
	snprintf(node->video_path, sizeof(node->video_path), "%s", video_path);
	snprintf(node->media_path, sizeof(node->media_path), "%s", media_path);
	if (examine(search, &device, node, video_path, keep))
		node->facts.index = found->count++;
	device_close(&device);
}

static bool path_of_video(dev_t number, char *path, size_t size)
{
	for (int i = 0; i < TOPOLOGY_MAX_NODES; i++) {
		struct stat status;

		snprintf(path, size, "/dev/video%d", i);
		if (stat(path, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == number)
			return true;
	}
	return false;
}

/* All decoders of one media device; only: a video node's number, or 0 for any. Returns whether it had such a node. */
static bool try_media(struct search *search, const char *media_path, dev_t only, const char *video_path,
                      bool keep)
{
	struct topology topology;
	bool any = false;
	int error = topology_read(media_path, &topology);

	if (error == ENOENT && !keep)
		return false;
	search->nodes_seen = true;
	if (error) {
		/* Another kind of media device may speak an older interface; only a refused open, and trouble, is worth a word. */
		bool trouble = v4l2_is_trouble(error);

		if (keep || trouble || error == EACCES || error == EPERM)
			report_error(search, keep || trouble, media_path, error);
		return false;
	}
	for (uint32_t i = 0; i < topology.count; i++) {
		char path[DISCOVERY_PATH];

		if (only && topology.nodes[i] != only)
			continue;
		any = true;
		if (!video_path && !path_of_video(topology.nodes[i], path, sizeof(path))) {
			char sentence[SENTENCE];

			hidden_video_node(sentence, sizeof(sentence), media_path, topology.nodes[i]);
			report(search, CORE_FINDING_HIDDEN, true, NULL, sentence);
			continue;
		}
		try_node(search, video_path ? video_path : path, media_path, keep);
	}
	return any;
}

/* Why this machine, as far as it can be seen from here, has no decoder. */
static void report_none(struct search *search)
{
	char sentence[SENTENCE];

	if (hidden_media_nodes(sentence, sizeof(sentence)))
		report(search, CORE_FINDING_HIDDEN, false, NULL, sentence);
	else if (search->nodes_seen)
		report(search, CORE_FINDING_NO_DECODER, false, NULL,
		       "none of the /dev/media* devices of this machine is a video decoder; its kernel may lack the "
		       "driver of the decoder");
	else
		report(
			search, CORE_FINDING_NO_DECODER, false, NULL,
			"there is no /dev/media* device, so no stateless video decoder; the kernel may lack its driver, "
			"or a container or sandbox its nodes (docker --device, flatpak --device=all)");
}

static void search_all(struct search *search)
{
	for (int i = 0; i < MAX_MEDIA_NODES; i++) {
		char path[DISCOVERY_PATH];

		snprintf(path, sizeof(path), "/dev/media%d", i);
		try_media(search, path, 0, NULL, false);
	}
	if (search->found->count == 0 && !search->any_finding)
		report_none(search);
}

/* The media device that a video node, named by the user, belongs to. */
static void search_video(struct search *search, const char *video_path)
{
	struct stat status;

	if (stat(video_path, &status)) {
		report_error(search, true, video_path, errno);
		return;
	}
	for (int i = 0; i < MAX_MEDIA_NODES; i++) {
		char path[DISCOVERY_PATH];

		snprintf(path, sizeof(path), "/dev/media%d", i);
		if (try_media(search, path, status.st_rdev, video_path, false))
			return;
	}
	report(search, CORE_FINDING_MISNAMED, true, video_path,
	       "(from " VIDEO_VARIABLE
	       ") belongs to no media device that decodes; correct or unset the variable");
}

/* Cuts the next path off a list. False at its end, or when it is longer than any path of a node. */
static bool next_path(const char **list, char *path, size_t size)
{
	size_t length;

	if (!*list)
		return false;
	*list += strspn(*list, ":");
	length = strcspn(*list, ":");
	if (length == 0 || length >= size)
		return false;
	memcpy(path, *list, length);
	path[length] = 0;
	*list += length;
	return true;
}

static void search_named(struct search *search, const char *videos, const char *medias)
{
	char video[DISCOVERY_PATH];
	char media[DISCOVERY_PATH];
	bool have_video;
	bool have_media;

	for (;;) {
		have_video = next_path(&videos, video, sizeof(video));
		have_media = next_path(&medias, media, sizeof(media));
		if (have_video && have_media)
			try_node(search, video, media, true);
		else if (have_video)
			search_video(search, video);
		else if (!have_media)
			break;
		else if (!try_media(search, media, 0, NULL, true))
			report(search, CORE_FINDING_MISNAMED, true, media,
			       "(from " MEDIA_VARIABLE
			       ") is no media device with a video decoder; correct or unset the variable");
	}
	if (search->found->count == 0 && !search->any_worth)
		report(search, CORE_FINDING_MISNAMED, true, NULL,
		       "a path in " VIDEO_VARIABLE " or " MEDIA_VARIABLE " cannot be used");
}

void discover(struct discovery *found, facts_ask_probe *ask, discovery_finding *finding, void *opaque)
{
	struct search search = {.found = found, .ask = ask, .finding = finding, .opaque = opaque};
	const char *videos = secure_getenv(VIDEO_VARIABLE);
	const char *medias = secure_getenv(MEDIA_VARIABLE);

	memset(found, 0, sizeof(*found));
	if (videos && !videos[0])
		videos = NULL;
	if (medias && !medias[0])
		medias = NULL;
	if (videos || medias)
		search_named(&search, videos, medias);
	else
		search_all(&search);
}
