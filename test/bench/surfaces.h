/* SPDX-License-Identifier: MIT
 *
 * What driver-src/queues/surfaces.ts keeps, in C: for the fill code of test/codecs/CODEC/bench.
 */
#ifndef TEST_BENCH_SURFACES_H
#define TEST_BENCH_SURFACES_H

#include <stddef.h>
#include <stdint.h>
#include <va/va.h>

enum { RECORDS = 128 };
enum { SURFACE_UNKNOWN, SURFACE_PENDING, SURFACE_READY };

struct surface {
	uint64_t timestamp;
	uint32_t id;
	uint32_t index;
	uint32_t state;
	uint32_t held;
	uint32_t last_use;
	uint32_t generation;
	uint32_t spoiled;
	uint32_t word; /* the codec's own */
};

struct surfaces {
	struct surface records[RECORDS];
	uint32_t picture_number;
	uint32_t pending;
};

static struct surface *find(struct surfaces *s, uint32_t id)
{
	if (id == VA_INVALID_SURFACE)
		return NULL;
	for (unsigned i = 0; i < RECORDS; i++) {
		if (s->records[i].id == id)
			return &s->records[i];
	}
	return NULL;
}

static void release(struct surface *record)
{
	*record = (struct surface){
		.id = VA_INVALID_SURFACE, .index = VA_INVALID_SURFACE, .generation = record->generation};
}

static struct surface *least_used(struct surfaces *s)
{
	struct surface *best = NULL;

	for (unsigned i = 0; i < RECORDS; i++) {
		struct surface *record = &s->records[i];

		if (record->id == VA_INVALID_SURFACE)
			return record;
		if (record->state == SURFACE_PENDING || record->last_use == s->picture_number)
			continue;
		if (!best || record->last_use < best->last_use)
			best = record;
	}
	return best;
}

static struct surface *acquire(struct surfaces *s, uint32_t id)
{
	struct surface *record = find(s, id);

	if (!record) {
		record = least_used(s);
		if (!record)
			return NULL;
		release(record);
		record->id = id;
	}
	record->last_use = s->picture_number;
	return record;
}

static void submitted(struct surfaces *s, struct surface *record, uint64_t timestamp)
{
	if (record->state != SURFACE_PENDING) {
		record->state = SURFACE_PENDING;
		record->generation++;
		record->spoiled = 0;
		s->pending++;
	}
	record->timestamp = timestamp;
	record->held = 0;
}

static void finished(struct surfaces *s, struct surface *record)
{
	if (record->state == SURFACE_PENDING)
		s->pending--;
	record->state = SURFACE_READY;
	record->held = 0;
}

static void forget_all(struct surfaces *s)
{
	for (unsigned i = 0; i < RECORDS; i++)
		release(&s->records[i]);
}

/* A picture begins in this surface, and is done: what comes later may refer to it. */
static void decode_to(struct surfaces *s, uint32_t id, uint64_t timestamp)
{
	struct surface *record;

	s->picture_number++;
	record = acquire(s, id);
	if (!record)
		return;
	submitted(s, record, timestamp);
	finished(s, record);
}

#endif
