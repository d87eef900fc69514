/* SPDX-License-Identifier: MIT */
#include "seeds.h"

#include <stdio.h>

#include "clips.h"
#include "faults.h"
#include "world.h"

enum { MOST_PICTURES = 24, POOL = 18, FORMATS = 6, DEVICE_FAULT = 8 /* from the start: target.c */ };

struct seed {
	struct record records[MOST_RECORDS];
	unsigned int count;
};

static void add(struct seed *seed, struct record record)
{
	if (seed->count < MOST_RECORDS)
		seed->records[seed->count++] = record;
}

/* how: what differs between players, and between devices. */
static void fill(struct seed *seed, const struct clip *clip, unsigned int how)
{
	const uint8_t low = (uint8_t)clip->place, high = (uint8_t)(clip->place >> 8);

	seed->count = 0;
	add(seed, (struct record){0, (uint8_t)how, (uint8_t)(how / 2),
	                          clip->depth > 8 ? 32
	                          : how % 5 == 4  ? 2
	                                          : 0,
	                          0, 0, 0, 0});
	/* For each thread, where there are several. */
	for (unsigned int player = 0; player < 2; player++) {
		add(seed, (struct record){OP_CLIP, low, high, 0, 0, 0, 0, 0});
		add(seed, (struct record){OP_CONFIG, (uint8_t)player, 0, 0, 1, 0, 0, 0});
		add(seed, (struct record){OP_SURFACES, 0, POOL, 3, 0, 3, 0, 0});
		add(seed,
		    (struct record){OP_CONTEXT, (uint8_t)player, (uint8_t)player, 3, 0, 3, 0, how % 2 ? POOL : 0});
		add(seed, (struct record){OP_IMAGE, 16, 0, 3, 0, 3, 0, 0});
		for (unsigned int i = 0; i < clip->count && i < MOST_PICTURES; i++) {
			const uint8_t slot = (uint8_t)(clip->pictures[i].frame % POOL);

			add(seed, (struct record){OP_PICTURE, (uint8_t)player, 0, how % 3 ? 4 : 0, POOL - 1, 0, 0, 0});
			switch ((i + how) % 6) {
			case 0:
				add(seed, (struct record){OP_SYNC, slot, 0, 0, 0, 0, 0, 0});
				break;
			case 1:
				add(seed, (struct record){OP_IMAGE_GET, slot, 16, 0, 0, 0, 0, 0});
				break;
			case 2:
				add(seed, (struct record){OP_EXPORT, slot, 0, 1, (uint8_t)i, 0, 0, 0});
				break;
			case 3:
				add(seed, (struct record){OP_IMAGE_DERIVE, 17, slot, 0, 0, 0, 0, 0});
				add(seed, (struct record){OP_BUFFER_MAP, 17, 0, 0, 0, 0, 0, 0});
				add(seed, (struct record){OP_IMAGE_DESTROY, 17, 0, 0, 0, 0, 0, 0});
				break;
			case 4:
				add(seed, (struct record){OP_STATUS, slot, 0, 0, 0, 0, 0, 0});
				break;
			default:
				break;
			}
		}
		if (how % 2)
			add(seed, (struct record){OP_CONTEXT_DESTROY, (uint8_t)player, 0, 0, 0, 0, 0, 0});
	}
}

/* Each call once, in an order that makes sense; what the clips alone do not lead to. */
static void fill_tour(struct seed *seed, const struct clip *clip, struct record device)
{
	static const struct record calls[] = {
		{OP_SURFACES, 0, 4, 3, 0, 3, 0, 1}, /* vaCreateSurfaces */
		{OP_SURFACES, 4, 4, 3, 0, 3, 0, 2}, /* with attributes */
		{OP_CONTEXT, 0, 0, 3, 0, 3, 0, 4},
		{OP_PICTURE, 0, 0, 16, 7, 0, 0, 0},
		/* As the decoder wrote it, whole and in parts. */
		{OP_IMAGE, 11, 0x81, 3, 0, 3, 0, 0},
		{OP_IMAGE_GET, 0, 11, 0, 0, 0, 0, 0},
		{OP_IMAGE_GET, 0, 11, 0xc2, 0xc4, 0x92, 0x94, 0},
		{OP_IMAGE, 9, 0, 3, 0, 3, 0, 0},
		{OP_IMAGE_GET, 0, 9, 0xc2, 0xc3, 0x92, 0x95, 0},
		/* A slice that is larger than the device's buffers. */
		{OP_PATCH, 3, 0, 0, 11, 80, 0, 0},
		{OP_PATCH, 2, 0, 0, 3, 5, 14, 0},
		{OP_PICTURE, 0, 0, 0, 7, 0, 0, 0},
		{OP_BUFFER, 8, 0, 5, 64, 0, 2, 1},
		{OP_BUFFER_ELEMENTS, 8, 1, 0, 0, 0, 0, 0},
		{OP_BUFFER_INFO, 8, 0, 0, 0, 0, 0, 0},
		{OP_BUFFER_MAP, 8, 1, 1, 0, 0, 0, 0},
		{OP_BUFFER_UNMAP, 8, 0, 0, 0, 0, 0, 0},
		{OP_BEGIN, 0, 1, 0, 0, 0, 0, 0},
		{OP_RENDER, 0, 4, 0, 0, 0, 0, 0},
		{OP_END, 0, 0, 0, 0, 0, 0, 0},
		{OP_SYNC2, 1, 5, 0, 0, 0, 0, 0},
		{OP_STATUS, 1, 0, 0, 0, 0, 0, 0},
		{OP_ERROR, 1, 1, 0, 0, 0, 0, 0},
		{OP_EXPORT, 0, 0, 1, 0, 0, 0, 0},
		{OP_SURFACES_IMPORT, 12, 0, 0, 0, 0, 0, 0},
		{OP_SURFACES_IMPORT, 13, 0, 1, 0, 0, 0, 0},
		{OP_PICTURE, 0, 12, 32, 0, 0, 0, 0},
		{OP_IMAGE, 9, 0, 3, 0, 3, 0, 0},
		{OP_IMAGE_GET, 0, 9, 0, 0, 0, 0, 0},
		{OP_IMAGE_PUT, 2, 9, 0, 0, 0, 0, 0},
		{OP_IMAGE_PALETTE, 9, 0, 0, 0, 0, 0, 0},
		{OP_IMAGE_DERIVE, 10, 0, 0, 0, 0, 0, 0},
		{OP_BUFFER_MAP, 10, 0, 1, 0, 0, 0, 0},
		{OP_BUFFER_ACQUIRE, 10, 1, 0, 0, 0, 0, 0}, /* refused while it is mapped */
		{OP_BUFFER_UNMAP, 10, 0, 0, 0, 0, 0, 0},
		{OP_BUFFER_ACQUIRE, 10, 1, 0, 0, 0, 0, 0},
		{OP_BUFFER_RELEASE, 10, 0, 0, 0, 0, 0, 0},
		{OP_BUFFER_RELEASE, 10, 0, 0, 0, 0, 0, 0},
		{OP_IMAGE_DESTROY, 10, 0, 0, 0, 0, 0, 0},
		/* Planes of their own, there and back. */
		{OP_IMAGE, 11, 0x81, 3, 0, 3, 0, 0},
		{OP_IMAGE_GET, 0, 11, 0, 0, 0, 0, 0},
		{OP_IMAGE_PUT, 2, 11, 0, 0, 0, 0, 0},
		{OP_IMAGE, 12, 0x82, 3, 0, 3, 0, 0},
		{OP_IMAGE_GET, 0, 12, 0xc2, 0xc4, 0x92, 0x94, 0},
		{OP_IMAGE_GET, 0, 9, 0xc2, 0xc3, 0x92, 0x95, 0},
		{OP_BEGIN, 0, 0xf8, 0, 0, 0, 0, 0}, /* the player has no surface for it */
		{OP_END, 0, 0, 0, 0, 0, 0, 0},
		{OP_MISSING, 0, 0, 0, 0, 0, 0, 0},
		{OP_MISSING, 1, 0, 0, 0, 0, 0, 0},
		{OP_MISSING, 2, 0, 0, 0, 0, 0, 0},
		{OP_DISPLAY, 1, 0, 0, 0, 0, 0, 0},
		{OP_SYNC, 0, 0, 0, 0, 0, 0, 0}, /* of the other display */
		{OP_DISPLAY, 0, 0, 0, 0, 0, 0, 0},
		{OP_BUFFER_DESTROY, 8, 0, 0, 0, 0, 0, 0},
		{OP_SURFACES_DESTROY, 0, 4, 0, 0, 0, 0, 0},
		{OP_CONTEXT_DESTROY, 0, 0, 0, 0, 0, 0, 0},
		{OP_CONFIG_DESTROY, 0, 0, 0, 0, 0, 0, 0},
		{OP_TERMINATE, 0, 0, 0, 0, 0, 0, 0},
	};

	seed->count = 0;
	add(seed, device);
	add(seed, (struct record){OP_CLIP, (uint8_t)clip->place, (uint8_t)(clip->place >> 8), 0, 0, 0, 0, 0});
	add(seed, (struct record){OP_CONFIG, 0, 0, 0, 1, 0, 0, 0});
	for (uint8_t i = 0; i < 8; i++)
		add(seed, (struct record){OP_QUESTIONS, i, 0, 0, 5, 0, 0, 0});
	for (uint8_t i = 0; i < 4; i++)
		add(seed, (struct record){OP_UNOFFERED, i, 0, 0, 0, 0, 0, 0});
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		add(seed, calls[i]);
}

static bool write_seed(const struct seed *seed, const char *folder, const char *name, unsigned int number)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s-%u", folder, name, number);
	file = fopen(path, "wb");
	if (file && fwrite(seed->records, sizeof(seed->records[0]), seed->count, file) == seed->count &&
	    fclose(file) == 0)
		return true;
	fprintf(stderr, "fuzz: %s cannot be written\n", path);
	return false;
}

/* A tour of each codec, of each format that its decoder may write, and of each setting. */
static bool write_tours(const char *folder, const struct clip *clip, unsigned int number)
{
	struct seed seed;

	for (unsigned int format = 0; format < FORMATS; format++) {
		fill_tour(&seed, clip, (struct record){.b = (uint8_t)format, .c = clip->depth > 8 ? 32 : 0});
		if (!write_seed(&seed, folder, "tour", number * FORMATS + format))
			return false;
	}
	if (number)
		return true;
	for (unsigned int d = 0xc0; d < 0xe0; d++) {
		for (unsigned int way = 0; way < 2; way++) {
			struct record device = {.a = (uint8_t)(d % 2 ? 0xff : d / 2 % 2), .d = (uint8_t)d};

			if (way) { /* memory comes from elsewhere */
				device.c = DEVICE_FAULT;
				device.e = FAULTS_PERMANENT | FAULTS_ENOTTY;
				device.g = FAULTS_EXPBUF;
			}
			fill_tour(&seed, clip, device);
			if (!write_seed(&seed, folder, "setting", 2 * d + way))
				return false;
		}
	}
	return true;
}

/* A short film, exported and read; something may go wrong from its first record on, or from the first picture on. */
static void fill_film(struct seed *seed, const struct clip *clip, struct record device, struct record fault)
{
	seed->count = 0;
	add(seed, device);
	add(seed, (struct record){OP_CLIP, (uint8_t)clip->place, (uint8_t)(clip->place >> 8), 0, 0, 0, 0, 0});
	add(seed, (struct record){OP_CONFIG, 0, 0, 0, 1, 0, 0, 0});
	add(seed, (struct record){OP_SURFACES, 0, POOL, 3, 0, 3, 0, 0});
	add(seed, (struct record){OP_CONTEXT, 0, 0, 3, 0, 3, 0, 0});
	add(seed, (struct record){OP_IMAGE, 0, 0, 3, 0, 3, 0, 0});
	add(seed, fault);
	for (uint8_t i = 0; i < 4; i++) {
		add(seed, (struct record){OP_PICTURE, 0, 0, 0, POOL - 1, 0, 0, 0});
		if (i % 2)
			add(seed, (struct record){OP_SYNC, i, 0, 0, 0, 0, 0, 0});
	}
	add(seed, (struct record){OP_EXPORT, 0, 0, 1, 0, 0, 0, 0});
	add(seed, (struct record){OP_IMAGE_GET, 1, 0, 0, 0, 0, 0, 0});
	add(seed, (struct record){OP_IMAGE_DERIVE, 1, 2, 0, 0, 0, 0, 0});
	add(seed, (struct record){OP_CONTEXT_DESTROY, 0, 0, 0, 0, 0, 0, 0});
}

/* Each call of the device's fails: now, a little later, for good, and while the display is opened. */
static bool write_faults(const char *folder, const struct clip *clip)
{
	enum { WAYS = 4 };
	struct seed seed;

	for (unsigned int which = 0; which < FAULTS_CALLS; which++) {
		for (unsigned int way = 0; way < WAYS; way++) {
			const uint8_t how =
				way == 3 ? FAULTS_PERMANENT | FAULTS_ENODEV
						 : (uint8_t)((which + 5 * way) % FAULTS_ERRORS | (way == 2 ? FAULTS_PERMANENT : 0));
			struct record device = {.a = (uint8_t)(which % 2)};
			struct record fault = {OP_FAULT, (uint8_t)which, (uint8_t)(way == 1), how, 0, 0, 0, 0};

			if (way == 2) {
				device.c = DEVICE_FAULT;
				device.e = how;
				device.g = (uint8_t)which;
				fault.op = OP_QUESTIONS;
			}
			fill_film(&seed, clip, device, fault);
			if (!write_seed(&seed, folder, "fault", which * WAYS + way))
				return false;
		}
	}
	for (unsigned int which = FAULTS_DECODING; which < 256; which += 4) {
		fill_film(&seed, clip, (struct record){.a = (uint8_t)(which / 4 % 2)},
		          (struct record){OP_FAULT, (uint8_t)which, 1, 0, 0, 0, 0, 0});
		if (!write_seed(&seed, folder, "decode", which))
			return false;
	}
	return true;
}

/* The answer to each call of the tour is spoilt in two ways: as a trap of each kind in turn, and as each other lie in turn. */
static bool write_lies(const char *folder, const struct clip *clip)
{
	enum { LIES = 6, TRAP = 5, BEGINNING = 3 };
	struct seed tour, seed;

	fill_tour(&tour, clip, (struct record){0});
	for (unsigned int at = BEGINNING; at < tour.count; at++) {
		for (unsigned int way = 0; way < 2; way++) {
			const uint8_t how = way ? (uint8_t)(at % (LIES - 1)) : TRAP;

			seed.count = 0;
			for (unsigned int i = 0; i < tour.count; i++) {
				if (i == at)
					add(&seed, (struct record){OP_LIE, (uint8_t)(at / 5 % 2), how, (uint8_t)at, 0,
					                           (uint8_t)(at / 2), 0, 0});
				add(&seed, tour.records[i]);
			}
			if (!write_seed(&seed, folder, "lie", 2 * at + way))
				return false;
		}
	}
	return true;
}

bool seeds_write(const char *folder)
{
	const struct clip *simple = clip_simple();
	struct seed seed;

	if (simple && (!write_faults(folder, simple) || (lying && !write_lies(folder, simple))))
		return false;

	for (unsigned int i = 0; i < clip_count; i++) {
		fill(&seed, &clips[i], i);
		if (!write_seed(&seed, folder, "clip", i))
			return false;
		/* One clip of each codec and depth. */
		if (i && clips[i].codec == clips[i - 1].codec && clips[i].depth == clips[i - 1].depth)
			continue;
		if (!write_tours(folder, &clips[i], i))
			return false;
	}
	return true;
}
