/* SPDX-License-Identifier: MIT */
#include "sensors.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLASS_PATH = 192 };

static struct sensor *add(struct sensors *sensors, enum sensor_kind kind, const char *name)
{
	struct sensor *sensor = &sensors->all[sensors->count++];

	sensor->kind = kind;
	snprintf(sensor->name, sizeof(sensor->name), "%s", name);
	return sensor;
}

/* ---- clocks ------------------------------------------------------------------------------------------------- */

/* Whether a video node is of the device at this path, all links followed. */
static bool has_video(const char *sysfs, const char *device)
{
	char folder[CLASS_PATH];
	DIR *videos;
	const struct dirent *entry;
	bool has = false;

	snprintf(folder, sizeof(folder), "%s/class/video4linux", sysfs);
	videos = opendir(folder);
	while (videos && !has && (entry = readdir(videos))) {
		char link[2 * SENSOR_PATH + CLASS_PATH];
		char *target;

		snprintf(link, sizeof(link), "%s/%s/device", folder, entry->d_name);
		target = realpath(link, NULL);
		has = target && !strcmp(target, device);
		free(target);
	}
	if (videos)
		closedir(videos);
	return has;
}

static bool kind_of(const char *sysfs, const char *device, enum sensor_kind *kind)
{
	char drm[PATH_MAX + 8];

	snprintf(drm, sizeof(drm), "%s/drm", device);
	*kind = access(drm, F_OK) == 0 ? SENSOR_GPU : SENSOR_DECODER;
	return *kind == SENSOR_GPU || has_video(sysfs, device);
}

static void add_clock(const char *sysfs, const char *folder, const char *name, struct sensors *sensors)
{
	char link[2 * SENSOR_PATH + CLASS_PATH];
	enum sensor_kind kind;
	char *device;

	snprintf(link, sizeof(link), "%s/%s/device", folder, name);
	device = realpath(link, NULL);
	if (device && kind_of(sysfs, device, &kind)) {
		struct sensor *sensor = add(sensors, kind, name);

		snprintf(sensor->path, sizeof(sensor->path), "%.*s/%.*s/cur_freq", 150, folder, 90, name);
	}
	free(device);
}

/* ---- temperatures --------------------------------------------------------------------------------------------- */

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool got = file && fgets(line, (int)size, file);

	if (file)
		fclose(file);
	if (got)
		line[strcspn(line, "\n")] = 0;
	return got;
}

static void add_temperature(const char *folder, const char *name, struct sensors *sensors)
{
	char path[2 * SENSOR_PATH + CLASS_PATH];
	char type[SENSOR_NAME];
	struct sensor *sensor;

	snprintf(path, sizeof(path), "%s/%s/type", folder, name);
	if (strncmp(name, "thermal_zone", strlen("thermal_zone")) || !read_line(path, type, sizeof(type)))
		return;
	sensor = add(sensors, SENSOR_TEMPERATURE, type);
	snprintf(sensor->path, sizeof(sensor->path), "%.*s/%.*s/temp", 150, folder, 90, name);
}

/* ---- both ------------------------------------------------------------------------------------------------------- */

static void find_class(const char *sysfs, const char *class, struct sensors *sensors)
{
	char folder[CLASS_PATH];
	struct dirent **entries;
	int count;

	snprintf(folder, sizeof(folder), "%s/class/%s", sysfs, class);
	count = scandir(folder, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (name[0] != '.' && sensors->count < SENSORS_MAX) {
			if (!strcmp(class, "devfreq"))
				add_clock(sysfs, folder, name, sensors);
			else
				add_temperature(folder, name, sensors);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

void sensors_find(const char *sysfs, struct sensors *sensors)
{
	memset(sensors, 0, sizeof(*sensors));
	find_class(sysfs, "devfreq", sensors);
	find_class(sysfs, "thermal", sensors);
}

/* devfreq has Hz (Documentation/ABI/testing/sysfs-class-devfreq), thermal zones thousandths of a degree (sysfs-class-thermal). */
static int32_t unit_of(enum sensor_kind kind)
{
	return kind == SENSOR_TEMPERATURE ? 1000 : 1000000;
}

void sensors_read(const struct sensors *sensors, struct reading *readings)
{
	for (uint32_t i = 0; i < sensors->count; i++) {
		const struct sensor *sensor = &sensors->all[i];
		struct reading *reading = &readings[i];
		char line[32];
		int32_t number;

		if (!read_line(sensor->path, line, sizeof(line)))
			continue;
		number = (int32_t)(strtoll(line, NULL, 10) / unit_of(sensor->kind));
		if (!reading->is_known || number < reading->lowest)
			reading->lowest = number;
		if (!reading->is_known || number > reading->highest)
			reading->highest = number;
		reading->is_known = true;
	}
}
