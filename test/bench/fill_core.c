/* SPDX-License-Identifier: MIT
 *
 * The core's fill code behind struct fill. Each call goes through the trap guard, as in the driver, and what the core
 * reads is copied into its memory first, as the driver does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core_wasm.h"
#include "exchange.h"
#include "fill.h"

struct w2c_env {
	int unused;
};

void w2c_env_abort(struct w2c_env *env, u32 message, u32 file, u32 line, u32 column);

struct call {
	uint32_t a;
	uint32_t b;
	uint64_t timestamp;
	uint32_t result;
};

static w2c_core core;
static struct w2c_env environment;
static uint8_t *input;
static uint8_t *header;
static uint8_t *tail_end;
static int started;

void w2c_env_abort(struct w2c_env *env, u32 message, u32 file, u32 line, u32 column)
{
	(void)env;
	(void)message;
	(void)file;
	(void)column;
	fprintf(stderr, "the core gave up in line %u\n", line);
	exit(2);
}

static uint32_t guarded(void (*function)(void *), struct call *call)
{
	if (wasm_rt_run(function, call) != WASM_RT_TRAP_NONE) {
		fprintf(stderr, "the core trapped\n");
		exit(2);
	}
	return call->result;
}

static void call_start(void *argument)
{
	(void)argument;
	wasm2c_core_instantiate(&core, &environment);
	input = core.w2c_memory.data + w2c_core_input(&core);
	header = core.w2c_memory.data + w2c_core_header(&core);
	tail_end = core.w2c_memory.data + w2c_core_tail_end(&core);
}

static void call_reset(void *argument)
{
	const struct call *call = argument;

	w2c_core_reset(&core, call->a);
}

static void call_begin(void *argument)
{
	const struct call *call = argument;

	w2c_core_begin(&core, call->a, call->timestamp);
}

static void call_parameter(void *argument)
{
	struct call *call = argument;

	call->result = w2c_core_parameter(&core, call->a, call->b);
}

static void call_header_size(void *argument)
{
	struct call *call = argument;

	call->result = w2c_core_header_size(&core, call->a);
}

static void call_slice(void *argument)
{
	struct call *call = argument;

	call->result = w2c_core_slice(&core, call->a, call->b);
}

static void call_fill(void *argument)
{
	struct call *call = argument;

	call->result = w2c_core_fill(&core);
}

static void call_again(void *argument)
{
	struct call *call = argument;

	call->result = w2c_core_again(&core);
}

static void call_done(void *argument)
{
	const struct call *call = argument;

	w2c_core_done(&core, call->a);
}

static void reset(uint32_t profile)
{
	struct call call = {.a = profile};

	if (!started)
		guarded(call_start, &call);
	started = 1;
	guarded(call_reset, &call);
}

static void begin(uint32_t surface, uint64_t timestamp)
{
	struct call call = {.a = surface, .timestamp = timestamp};

	guarded(call_begin, &call);
}

static int parameter(uint32_t type, const void *bytes, uint32_t size)
{
	struct call call = {.a = type, .b = size};

	memcpy(input, bytes, size);
	return guarded(call_parameter, &call) == 0;
}

static int slice(const void *parameters, uint32_t size, const void *data, uint32_t data_size)
{
	struct call call = {.a = size};
	const uint32_t tail = data_size < CORE_SLICE_TAIL_CAPACITY ? data_size : CORE_SLICE_TAIL_CAPACITY;
	uint32_t wanted;

	memcpy(input, parameters, size);
	wanted = guarded(call_header_size, &call);
	if (wanted > data_size)
		wanted = data_size;
	memcpy(header, data, wanted);
	memcpy(tail_end - tail, (const uint8_t *)data + data_size - tail, tail);
	call.b = wanted;
	return guarded(call_slice, &call) == 0;
}

static int fill(struct fill_output *output)
{
	struct call call = {0};

	if (guarded(call_fill, &call) != 0)
		return 0;
	if (!output)
		return 1;
	output->count = w2c_core_control_count(&core);
	for (uint32_t i = 0; i < output->count; i++) {
		output->controls[i].id = w2c_core_control_id(&core, i);
		output->controls[i].size = w2c_core_control_size(&core, i);
		output->controls[i].bytes = core.w2c_memory.data + w2c_core_control_address(&core, i);
	}
	return 1;
}

static void done(uint32_t surface)
{
	struct call call = {.a = surface};

	guarded(call_done, &call);
}

static int again(void)
{
	struct call call = {0};

	return guarded(call_again, &call) != 0;
}

const struct fill fill_core = {reset, begin, parameter, slice, fill, done, again};
