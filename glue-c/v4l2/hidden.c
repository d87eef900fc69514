/* SPDX-License-Identifier: MIT */
#include "hidden.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* As many as discovery.c looks for. */
enum { MAX_NODES = 64 };

struct list {
	unsigned int count;
	char names[256]; /* "/dev/media0, /dev/video0" */
};

/* Adds a node if it is not in /dev. */
static void add_missing(struct list *list, const char *node)
{
	static const char more[] = " ...";
	size_t used = strlen(list->names);

	if (access(node, F_OK) == 0)
		return;
	list->count++;
	if (sizeof(list->names) - used > strlen(node) + strlen(", ") + strlen(more))
		snprintf(list->names + used, sizeof(list->names) - used, "%s%s", used ? ", " : "", node);
	else if (list->names[used - 1] != '.')
		snprintf(list->names + used, sizeof(list->names) - used, "%s", more);
}

static void write_sentence(char *sentence, size_t size, const struct list *list)
{
	bool one = list->count == 1;

	snprintf(sentence, size,
	         "the kernel has %s, but /dev does not; let %s into this container or sandbox (docker --device "
	         "%s, flatpak --device=all)",
	         list->names, one ? "it" : "them", one ? list->names : "for each");
}

/* Video nodes have the same parent in /sys as the media device that they belong to. */
static void add_media(struct list *list, int number)
{
	char path[96];
	char node[32];

	snprintf(node, sizeof(node), "/dev/media%d", number);
	add_missing(list, node);
	for (int i = 0; i < MAX_NODES; i++) {
		snprintf(path, sizeof(path), "/sys/bus/media/devices/media%d/../video4linux/video%d", number, i);
		if (access(path, F_OK))
			continue;
		snprintf(node, sizeof(node), "/dev/video%d", i);
		add_missing(list, node);
	}
}

bool hidden_media_nodes(char *sentence, size_t size)
{
	struct list list = {0};

	for (int i = 0; i < MAX_NODES; i++) {
		char path[64];
		char node[32];

		snprintf(path, sizeof(path), "/sys/bus/media/devices/media%d", i);
		snprintf(node, sizeof(node), "/dev/media%d", i);
		if (access(path, F_OK) == 0 && access(node, F_OK))
			add_media(&list, i);
	}
	if (list.count)
		write_sentence(sentence, size, &list);
	return list.count > 0;
}

/* Its name below /dev, from DEVNAME in its uevent. */
static bool name_of_node(dev_t number, char *name, size_t size)
{
	static const char key[] = "DEVNAME=";
	char path[64];
	char line[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/uevent", major(number), minor(number));
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		found = strncmp(line, key, strlen(key)) == 0;
		line[strcspn(line, "\n")] = 0;
	}
	fclose(file);
	if (found)
		snprintf(name, size, "/dev/%s", line + strlen(key));
	return found;
}

void hidden_video_node(char *sentence, size_t size, const char *media_path, dev_t number)
{
	struct list list = {0};
	char node[128];

	if (name_of_node(number, node, sizeof(node)))
		add_missing(&list, node);
	if (list.count)
		write_sentence(sentence, size, &list);
	else
		snprintf(sentence, size,
		         "the decoder of %s has a video node (%u:%u) that is not among /dev/video*; let it into this "
		         "container or sandbox (docker --device, flatpak --device=all)",
		         media_path, major(number), minor(number));
}
