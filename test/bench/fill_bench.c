/* SPDX-License-Identifier: MIT
 *
 *   fill_bench RECORD PROFILE compare            both give the same controls for every picture, or it says where not
 *   fill_bench RECORD PROFILE time ROUNDS        nanoseconds a picture: "core N c N", the least of several turns
 *   fill_bench RECORD PROFILE core|c ROUNDS      nothing but the work, for an instruction counter
 *
 * RECORD is what probe.c wrote.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <va/va.h>

#include "fill.h"

enum { MAX_EVENTS = 65536, TURNS = 15 };

struct event {
	uint32_t word;  /* 'B', 'P' or 'E' */
	uint32_t value; /* surface or buffer type */
	uint32_t size;
	const uint8_t *bytes;
};

static struct event events[MAX_EVENTS];
static unsigned event_count;
static unsigned picture_count;
static uint32_t profile;

static void fail(const char *sentence)
{
	fprintf(stderr, "fill_bench: %s\n", sentence);
	exit(2);
}

static void load(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct event event = {0};

	if (!file)
		fail("the record cannot be read");
	while (event_count < MAX_EVENTS && fread(&event.word, 4, 1, file) == 1) {
		event.bytes = NULL;
		if (event.word == 'B' && fread(&event.value, 4, 1, file) != 1)
			fail("the record ends early");
		if (event.word == 'P') {
			uint8_t *bytes;

			if (fread(&event.value, 4, 1, file) != 1 || fread(&event.size, 4, 1, file) != 1)
				fail("the record ends early");
			bytes = malloc(event.size + 64);
			if (!bytes || fread(bytes, 1, event.size, file) != event.size)
				fail("the record ends early");
			event.bytes = bytes;
		}
		picture_count += event.word == 'E';
		events[event_count++] = event;
	}
	fclose(file);
	if (!picture_count)
		fail("the record has no picture");
}

/* The controls of a picture: of one request, or of two, where the picture before is decoded again first. */
struct requests {
	unsigned count;
	struct fill_output outputs[2];
	size_t used;
	uint8_t bytes[1 << 20];
};

/* The next request may have its controls in the same memory. */
static void keep(struct requests *requests)
{
	struct fill_output *output = &requests->outputs[requests->count++];

	for (unsigned i = 0; i < output->count; i++) {
		struct fill_control *control = &output->controls[i];

		if (control->size > sizeof(requests->bytes) - requests->used)
			fail("a picture has more controls than there is room for");
		memcpy(requests->bytes + requests->used, control->bytes, control->size);
		control->bytes = requests->bytes + requests->used;
		requests->used += control->size;
	}
}

static int request(const struct fill *fill, struct requests *requests)
{
	if (!fill->fill(requests ? &requests->outputs[requests->count] : NULL))
		return 0;
	if (requests)
		keep(requests);
	return 1;
}

static void one(const struct fill *fill, const struct event *events_of, unsigned count, uint64_t timestamp,
                struct requests *requests)
{
	const struct event *slice = NULL;
	uint32_t surface = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct event *event = &events_of[i];
		int good = 1;

		if (event->word == 'B') {
			surface = event->value;
			fill->begin(surface, timestamp);
		} else if (event->word == 'E') {
			good = !fill->again || !fill->again() || request(fill, requests);
			good = good && request(fill, requests);
			fill->done(surface);
		} else if (event->value == VASliceParameterBufferType) {
			slice = event;
		} else if (event->value == VASliceDataBufferType) {
			good = slice && fill->slice(slice->bytes, slice->size, event->bytes, event->size);
		} else {
			good = fill->parameter(event->value, event->bytes, event->size);
		}
		if (!good)
			fail("a picture was refused");
	}
}

static unsigned length_of(unsigned first)
{
	unsigned count = 1;

	while (events[first + count - 1].word != 'E')
		count++;
	return count;
}

static void all(const struct fill *fill)
{
	uint64_t timestamp = 1000;

	fill->reset(profile);
	for (unsigned i = 0; i < event_count; timestamp += 1000) {
		unsigned count = length_of(i);

		one(fill, &events[i], count, timestamp, NULL);
		i += count;
	}
}

static void compare_outputs(const struct fill_output *core, const struct fill_output *c, unsigned picture)
{
	if (core->count != c->count)
		fail("the core and the C code give different numbers of controls");
	for (unsigned j = 0; j < c->count; j++) {
		const uint8_t *a = core->controls[j].bytes;
		const uint8_t *b = c->controls[j].bytes;

		if (core->controls[j].id != c->controls[j].id || core->controls[j].size != c->controls[j].size)
			fail("the core and the C code give different controls");
		for (unsigned at = 0; at < c->controls[j].size; at++) {
			if (a[at] == b[at])
				continue;
			fprintf(stderr, "fill_bench: picture %u, control 0x%x, byte %u: core %u, C %u\n", picture,
			        c->controls[j].id, at, a[at], b[at]);
			exit(2);
		}
	}
}

static void compare(void)
{
	static struct requests core;
	static struct requests c;
	unsigned picture = 1;

	fill_core.reset(profile);
	fill_c.reset(profile);
	for (unsigned i = 0; i < event_count; picture++) {
		unsigned count = length_of(i);

		core.count = c.count = 0;
		core.used = c.used = 0;
		one(&fill_core, &events[i], count, 1000ull * picture, &core);
		one(&fill_c, &events[i], count, 1000ull * picture, &c);
		if (core.count != c.count)
			fail("the core and the C code give different numbers of requests");
		for (unsigned j = 0; j < c.count; j++)
			compare_outputs(&core.outputs[j], &c.outputs[j], picture);
		i += count;
	}
	printf("same %u\n", picture_count);
}

static double turn(const struct fill *fill, unsigned rounds)
{
	struct timespec start;
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (unsigned i = 0; i < rounds; i++)
		all(fill);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
	       ((double)rounds * picture_count);
}

/* In turns, so that what disturbs the machine disturbs both; the least of each is what the work takes. */
static void measure(unsigned rounds)
{
	double core = 1e18;
	double c = 1e18;

	for (int i = 0; i < TURNS; i++) {
		double one_core = turn(&fill_core, rounds);
		double one_c = turn(&fill_c, rounds);

		core = one_core < core ? one_core : core;
		c = one_c < c ? one_c : c;
	}
	printf("core %.1f c %.1f\n", core, c);
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 4 ? (unsigned)atoi(argv[4]) : 1;

	if (argc < 4)
		fail("usage: fill_bench RECORD PROFILE compare|time|core|c [ROUNDS]");
	load(argv[1]);
	profile = (uint32_t)atoi(argv[2]);
	if (strcmp(argv[3], "compare") == 0)
		compare();
	else if (strcmp(argv[3], "time") == 0)
		measure(rounds);
	else
		for (unsigned i = 0; i < rounds; i++)
			all(strcmp(argv[3], "core") == 0 ? &fill_core : &fill_c);
	return 0;
}
