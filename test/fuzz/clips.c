/* SPDX-License-Identifier: MIT */
#include "clips.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SAMPLES = 640 * 480, MOST_CLIPS = 512, MOST_PICTURES = 64 };

struct clip *clips;
unsigned int clip_count;

static void *must(void *memory)
{
	if (memory)
		return memory;
	fprintf(stderr, "fuzz: no memory for the clips\n");
	exit(1);
}

static void *copy_of(const void *from, size_t size)
{
	void *copy = must(malloc(size ? size : 1));

	if (size)
		memcpy(copy, from, size);
	return copy;
}

static bool take(void *opaque, const struct reader_picture *from)
{
	struct clip *clip = opaque;
	struct reader_picture *picture;
	struct reader_buffer *buffers = copy_of(from->buffers, from->count * sizeof(*buffers));

	clip->pictures = must(realloc(clip->pictures, (clip->count + 1) * sizeof(*picture)));
	picture = &clip->pictures[clip->count++];
	*picture = *from;
	picture->buffers = buffers;
	for (unsigned int i = 0; i < from->count; i++) {
		buffers[i].data = copy_of(buffers[i].data, buffers[i].size);
		buffers[i].places = copy_of(buffers[i].places, buffers[i].place_count * sizeof(*buffers[i].places));
	}
	if (from->width > clip->width)
		clip->width = from->width;
	if (from->height > clip->height)
		clip->height = from->height;
	if (from->depth > clip->depth)
		clip->depth = from->depth;
	return clip->count < MOST_PICTURES;
}

/* FNV-1a */
static uint16_t place_of(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	return (uint16_t)(hash ^ hash >> 16);
}

static void drop_clip(struct clip *clip)
{
	for (unsigned int i = 0; i < clip->count; i++) {
		struct reader_picture *picture = &clip->pictures[i];

		for (unsigned int j = 0; j < picture->count; j++) {
			free((void *)(uintptr_t)picture->buffers[j].data);
			free((void *)(uintptr_t)picture->buffers[j].places);
		}
		free((void *)(uintptr_t)picture->buffers);
	}
	free(clip->pictures);
}

static void read_clip(unsigned int codec, const char *path, const char *name, size_t length)
{
	static const struct reader_habits habits;
	struct clip clip = {.codec = codec};
	const struct reader_client client = {&clip, take};
	unsigned int unreadable = 0;
	struct reader_stream *stream;
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	size_t size;

	if (!file || fseek(file, 0, SEEK_END)) {
		fprintf(stderr, "fuzz: %s cannot be read\n", path);
		exit(1);
	}
	size = (size_t)ftell(file);
	rewind(file);
	data = must(malloc(size + 1));
	if (fread(data, 1, size, file) != size) {
		fprintf(stderr, "fuzz: %s cannot be read\n", path);
		exit(1);
	}
	fclose(file);
	snprintf(clip.name, sizeof(clip.name), "%s/%.*s", readers[codec]->name, (int)length, name);
	stream = must(readers[codec]->open(data, size, &habits));
	readers[codec]->read(stream, &client, &unreadable);
	readers[codec]->close(stream);
	free(data);
	/* The others play, too slowly, what smaller ones play as well; the rest nobody decodes. */
	if (!clip.count || clip.width * clip.height > MOST_SAMPLES || !clip.pictures[0].profile_count) {
		drop_clip(&clip);
		return;
	}
	clip.place = place_of(clip.name);
	clip.profile = clip.pictures[0].profiles[0];
	clips = must(realloc(clips, (clip_count + 1) * sizeof(clip)));
	clips[clip_count++] = clip;
}

static void read_folder(unsigned int codec)
{
	const char *extension = readers[codec]->extension;
	struct dirent **entries;
	char folder[512], path[1024];
	int count;

	snprintf(folder, sizeof(folder), "%s/%s", FIXTURES, readers[codec]->name);
	count = scandir(folder, &entries, NULL, alphasort);
	if (count < 0) {
		fprintf(stderr, "fuzz: %s cannot be read\n", folder);
		exit(1);
	}
	for (int i = 0; i < count; i++) {
		const size_t length = strlen(entries[i]->d_name), end = strlen(extension);

		if (length > end && strcmp(entries[i]->d_name + length - end, extension) == 0) {
			snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
			read_clip(codec, path, entries[i]->d_name, length - end);
		}
		free(entries[i]);
	}
	free(entries);
}

void clips_open(void)
{
	for (unsigned int codec = 0; readers[codec]; codec++)
		read_folder(codec);
	if (clip_count)
		return;
	fprintf(stderr, "fuzz: %s has no clips\n", FIXTURES);
	exit(1);
}

const struct clip *clip_at(uint16_t place)
{
	const struct clip *found = clips;

	for (unsigned int i = 1; i < clip_count; i++) {
		if ((uint16_t)(clips[i].place - place) < (uint16_t)(found->place - place))
			found = &clips[i];
	}
	return found;
}

const struct clip *clip_simple(void)
{
	for (unsigned int i = 0; i < clip_count; i++) {
		if (clips[i].depth == 8 && clips[i].codec == clips[0].codec && !clips[i].pictures[0].hidden &&
		    strstr(clips[i].name, "tiny"))
			return &clips[i];
	}
	return NULL;
}
