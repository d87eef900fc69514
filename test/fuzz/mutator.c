/* SPDX-License-Identifier: MIT
 *
 * How libFuzzer changes inputs: bytes as it does by itself, and whole records: an input stays one as its records move.
 */
#include <string.h>

#include "world.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second,
                                 size_t second_size, uint8_t *out, size_t capacity, unsigned int seed);

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static uint32_t below(uint32_t *seed, size_t most)
{
	return most ? next(seed) % (uint32_t)most : 0;
}

/* What a record is made of where bytes alone would rarely hit. */
static void invent(uint8_t *record, uint32_t *seed)
{
	for (int i = 0; i < RECORD; i++)
		record[i] = (uint8_t)next(seed);
	record[0] %= OPS;
	/* Most pictures are played to their end, with one of the first contexts, and most damage is to one of them. */
	if (next(seed) % 3 == 0)
		record[0] = next(seed) % 2 ? OP_PICTURE : OP_PATCH;
	if (record[0] == OP_PICTURE) {
		record[1] %= 2;
		record[2] = 0;
		record[3] &= next(seed) % 4 ? (uint8_t)~3 : (uint8_t)~0;
		record[4] = (uint8_t)(next(seed) % 4 ? 16 : record[4]);
	} else if (next(seed) % 2) {
		record[1] %= 4;
	}
}

static size_t change_records(uint8_t *data, size_t count, size_t most, uint32_t *seed)
{
	const size_t at = 1 + below(seed, count - 1), from = 1 + below(seed, count - 1);
	uint8_t moved[RECORD];

	switch (next(seed) % 6) {
	case 0: /* one more */
	case 1:
		if (count == most)
			return count;
		memmove(data + (at + 1) * RECORD, data + at * RECORD, (count - at) * RECORD);
		invent(data + at * RECORD, seed);
		return count + 1;
	case 2: /* one less */
		if (count < 3)
			return count;
		memmove(data + at * RECORD, data + (at + 1) * RECORD, (count - at - 1) * RECORD);
		return count - 1;
	case 3: /* one again */
		if (count == most)
			return count;
		memcpy(moved, data + from * RECORD, RECORD);
		memmove(data + (at + 1) * RECORD, data + at * RECORD, (count - at) * RECORD);
		memcpy(data + at * RECORD, moved, RECORD);
		return count + 1;
	case 4: /* another order */
		memcpy(moved, data + from * RECORD, RECORD);
		memcpy(data + from * RECORD, data + at * RECORD, RECORD);
		memcpy(data + at * RECORD, moved, RECORD);
		return count;
	default: /* another device, or another record here */
		if (next(seed) % 4 == 0)
			data[below(seed, RECORD)] = (uint8_t)next(seed);
		else
			data[at * RECORD + below(seed, RECORD)] = (uint8_t)next(seed);
		return count;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned int seed)
{
	uint32_t dice = seed;
	const size_t most = capacity / RECORD < MOST_RECORDS ? capacity / RECORD : MOST_RECORDS;
	size_t count = size / RECORD < most ? size / RECORD : most;

	if (most < 3)
		return LLVMFuzzerMutate(data, size, capacity);
	if (count < 2) {
		memset(data, 0, 2 * RECORD);
		count = 2;
	}
	if (next(&dice) % 4 == 0) { /* in place: libFuzzer's own ways, with what it has seen compared */
		const size_t at = below(&dice, count) * RECORD;

		LLVMFuzzerMutate(data + at, RECORD, RECORD);
		return count * RECORD;
	}
	for (uint32_t changes = 1 + next(&dice) % 3; changes > 0; changes--)
		count = change_records(data, count, most, &dice);
	return count * RECORD;
}

/* The first's device and beginning, and the second's end. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second,
                                 size_t second_size, uint8_t *out, size_t capacity, unsigned int seed)
{
	uint32_t dice = seed;
	const size_t head = below(&dice, first_size / RECORD + 1) * RECORD;
	const size_t skipped = below(&dice, second_size / RECORD + 1) * RECORD;
	size_t tail = second_size / RECORD * RECORD - skipped;

	if (head > capacity)
		return 0;
	if (tail > capacity - head)
		tail = (capacity - head) / RECORD * RECORD;
	memcpy(out, first, head);
	memcpy(out + head, second + skipped, tail);
	return head + tail;
}
