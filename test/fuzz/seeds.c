/* SPDX-License-Identifier: MIT */
#include "seeds.h"

#include <stdio.h>

#include "clips.h"
#include "world.h"

enum { MOST_PICTURES = 24, POOL = 18 };

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

bool seeds_write(const char *folder)
{
	struct seed seed;
	char path[512];

	for (unsigned int i = 0; i < clip_count; i++) {
		FILE *file;

		fill(&seed, &clips[i], i);
		snprintf(path, sizeof(path), "%s/clip-%u", folder, i);
		file = fopen(path, "wb");
		if (!file || fwrite(seed.records, sizeof(seed.records[0]), seed.count, file) != seed.count ||
		    fclose(file)) {
			fprintf(stderr, "fuzz: %s cannot be written\n", path);
			return false;
		}
	}
	return true;
}
