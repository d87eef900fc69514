/* SPDX-License-Identifier: MIT
 *
 * The same work twice: VA's parameters and slice headers of a picture in, the controls of a frame-based decoder out. Once
 * by the core (core.ts through wasm2c), once by plain C (fill_c.c). fill_bench.c feeds both, and compares what they give.
 */
#ifndef TEST_BENCH_FILL_H
#define TEST_BENCH_FILL_H

#include <stdint.h>

enum { FILL_MAX_CONTROLS = 8 };

struct fill_control {
	uint32_t id;
	uint32_t size;
	const void *bytes;
};

struct fill_output {
	uint32_t count;
	struct fill_control controls[FILL_MAX_CONTROLS];
};

/* again, where a codec has it: the picture before must be decoded again first. fill then gives the controls for that, and is called
 * once more for the picture at hand.
 * Parameters: one element of a parameter buffer. A slice: its parameters and its data, of which a record has the first bytes
 * if there are many; their end then stands for its end. All return false when the input makes no sense. */
struct fill {
	void (*reset)(uint32_t profile);
	void (*begin)(uint32_t surface, uint64_t timestamp);
	int (*parameter)(uint32_t type, const void *bytes, uint32_t size);
	int (*slice)(const void *parameters, uint32_t size, const void *data, uint32_t data_size);
	int (*fill)(struct fill_output *output);
	void (*done)(uint32_t surface);
	int (*again)(void);
};

extern const struct fill fill_c;
extern const struct fill fill_core;

#endif
