/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../glue-c/memory/heap.h"
#include "access.h"

void hide_home(const char *text, char *to, size_t size)
{
	const struct passwd *user = getpwuid(getuid());
	const char *homes[] = {secure_getenv("HOME"), user ? user->pw_dir : NULL};
	size_t used = 0;

	while (*text && used + 1 < size) {
		size_t skip = 0;

		for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]) && !skip; i++) {
			size_t length = homes[i] ? strlen(homes[i]) : 0;

			if (length > 1 && !strncmp(text, homes[i], length) &&
			    (!text[length] || strchr("/: ", text[length])))
				skip = length;
		}
		to[used++] = skip ? '~' : *text;
		text += skip ? skip : 1;
	}
	to[used] = 0;
}

/* ---- kernel and board ------------------------------------------------------------------------------- */

/* Not its host name. */
static void survey_kernel(struct report *report)
{
	struct utsname name;

	if (uname(&name) == 0)
		snprintf(report->kernel, sizeof(report->kernel), "%.32s %.64s %.24s", name.sysname, name.release,
		         name.machine);
}

/* Bytes of a file of the device tree: strings with a zero behind each. */
static size_t read_tree(const char *name, char *bytes, size_t size)
{
	char path[128];
	size_t got = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/device-tree/%s", name);
	file = fopen(path, "re");
	if (file) {
		got = fread(bytes, 1, size - 1, file);
		fclose(file);
	}
	bytes[got] = 0;
	return got;
}

static void survey_board(struct report *report)
{
	char compatible[512];
	size_t size = read_tree("compatible", compatible, sizeof(compatible));
	const char *last = compatible;

	read_tree("model", report->board, sizeof(report->board));
	/* From the board to the chip that it is built on. */
	for (const char *at = compatible; at < compatible + size; at += strlen(at) + 1)
		last = at;
	snprintf(report->chip, sizeof(report->chip), "%.63s", last);
}

/* ---- sandbox and environment -------------------------------------------------------------------------- */

static void survey_sandbox(struct report *report)
{
	static const struct {
		const char *mark;
		const char *name;
	} files[] = {
		{"/.flatpak-info", "flatpak"},
		{"/.dockerenv", "docker"},
		{"/run/.containerenv", "podman"},
	};
	const char *container = secure_getenv("container");

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !report->sandbox; i++) {
		if (access(files[i].mark, F_OK) == 0)
			report->sandbox = files[i].name;
	}
	if (!report->sandbox && secure_getenv("SNAP"))
		report->sandbox = "snap";
	if (!report->sandbox && container && container[0])
		report->sandbox = container;
}

static void survey_environment(struct report *report)
{
	static const char *const names[] = {
		"LIBVA_DRIVER_NAME",
		"LIBVA_DRIVERS_PATH",
		"LIBVA_MESSAGING_LEVEL",
		"LIBVA_V4L2_REQUEST_VIDEO_PATH",
		"LIBVA_V4L2_REQUEST_MEDIA_PATH",
		"LIBVA_V4L2_REQUEST_STRICT",
		"LIBVA_V4L2_REQUEST_TRACE",
		"GST_VA_ALL_DRIVERS",
		"MOZ_DISABLE_RDD_SANDBOX",
	};

	report->is_secure = getauxval(AT_SECURE) != 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		struct variable *variable = &report->variables[report->variable_count];

		if (!value || !value[0])
			continue;
		variable->name = names[i];
		hide_home(value, variable->value, sizeof(variable->value));
		report->variable_count++;
	}
}

static void survey_memory(struct report *report)
{
	static const uint32_t sources[REPORT_SOURCES] = {CORE_SOURCE_SYSTEM_HEAP, CORE_SOURCE_CONTIGUOUS_HEAP,
	                                                 CORE_SOURCE_UDMABUF};

	for (uint32_t i = 0; i < REPORT_SOURCES; i++) {
		report->sources[i].source = sources[i];
		report->sources[i].path = heap_node(sources[i], &report->sources[i].opens);
	}
}

void survey_machine(struct report *report)
{
	survey_kernel(report);
	survey_board(report);
	survey_sandbox(report);
	report->seat = survey_seat();
	survey_environment(report);
	survey_memory(report);
}
