/* SPDX-License-Identifier: MIT */
#include "describe.h"

#include <stdio.h>
#include <stdlib.h>

#include "../device/sim/restart.h"
#include "clips.h"
#include "faults.h"
#include "kinds.h"
#include "va/driver.h"
#include "world.h"

static void write_bytes(FILE *file, const void *from, size_t size)
{
	const uint8_t *bytes = from;

	fputc('"', file);
	for (size_t i = 0; i < size; i++)
		fprintf(file, "%02x", bytes[i]);
	fputc('"', file);
}

static void write_decoders(FILE *file, uint8_t kind)
{
	struct display display = {.open = false};
	const struct driver *driver;
	char kinds[512];

	kinds_write(kinds, sizeof(kinds), kind);
	setenv("V4L2SIM_KIND", kinds, 1);
	v4l2sim_restart();
	faults_reset(1);
	if (!world_open(&display))
		return;
	driver = driver_of(&display.va);
	for (uint32_t i = 0; i < driver->found.count; i++) {
		fputs(kind || i ? ",\n" : "\n", file);
		write_bytes(file, &driver->found.nodes[i].facts, sizeof(driver->found.nodes[i].facts));
	}
	world_close(&display);
}

static void write_picture(FILE *file, const struct reader_picture *picture)
{
	fprintf(file, "{\"frame\":%u,\"buffers\":[", picture->frame);
	for (unsigned int i = 0; i < picture->count; i++) {
		const struct reader_buffer *buffer = &picture->buffers[i];

		fprintf(file, "%s{\"type\":%d,\"places\":[", i ? "," : "", (int)buffer->type);
		for (unsigned int j = 0; j < buffer->place_count; j++)
			fprintf(file, "%s%u", j ? "," : "", buffer->places[j]);
		fputs("],\"bytes\":", file);
		write_bytes(file, buffer->data, buffer->size);
		fputs("}", file);
	}
	fputs("]}", file);
}

static void write_clip(FILE *file, const struct clip *clip)
{
	fprintf(file, "{\"name\":\"%s\",\"profile\":%d,\"width\":%u,\"height\":%u,\"pictures\":[", clip->name,
	        (int)clip->profile, clip->width, clip->height);
	for (unsigned int i = 0; i < clip->count; i++) {
		fputs(i ? ",\n" : "\n", file);
		write_picture(file, &clip->pictures[i]);
	}
	fputs("]}", file);
}

bool describe_write(const char *path)
{
	FILE *file = fopen(path, "we");
	bool good = file != NULL;

	if (good) {
		fputs("{\"decoders\":[", file);
		write_decoders(file, 0);
		write_decoders(file, 1);
		fputs("],\n\"clips\":[", file);
		for (unsigned int i = 0; i < clip_count; i++) {
			fputs(i ? ",\n" : "\n", file);
			write_clip(file, &clips[i]);
		}
		fputs("]}\n", file);
		good = fclose(file) == 0;
	}
	if (!good)
		fprintf(stderr, "fuzz: %s cannot be written\n", path);
	return good;
}
