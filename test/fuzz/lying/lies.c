/* SPDX-License-Identifier: MIT */
#include "lies.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "core_wasm.h"

extern const bool lying;
const bool lying = true;

enum { ARMED = 4, WORDS = CORE_OUTPUT_CAPACITY / 4, PLAN_WORDS = sizeof(struct core_plan) / 4 };

enum lie { LIE_RESULT, LIE_WORD, LIE_NEAR, LIE_PLAN, LIE_NOISE, LIE_TRAP, LIES };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t dice;
static uint32_t one_in;
static struct {
	uint32_t calls_left; /* 0: not armed */
	enum lie how;
	uint32_t where, value;
} armed[ARMED];

static uint32_t next(void)
{
	dice = dice * 1664525u + 1013904223u;
	return dice >> 8;
}

void lies_begin(uint32_t seed, uint8_t rate)
{
	pthread_mutex_lock(&lock);
	dice = seed;
	one_in = rate;
	memset(armed, 0, sizeof(armed));
	pthread_mutex_unlock(&lock);
}

void lies_end(void)
{
	lies_begin(0, 0);
}

void lies_arm(uint8_t nth, uint8_t how, uint32_t where, uint32_t value)
{
	pthread_mutex_lock(&lock);
	for (int i = 0; i < ARMED; i++) {
		if (armed[i].calls_left)
			continue;
		armed[i].calls_left = 1 + nth % 32u;
		armed[i].how = (enum lie)(how % LIES);
		armed[i].where = where;
		armed[i].value = value;
		break;
	}
	pthread_mutex_unlock(&lock);
}

/* ---- how it lies ---------------------------------------------------------------------------------- */

/* Numbers that checks are about. */
static uint32_t number(void)
{
	switch (next() % 6) {
	case 0:
		return next() % 40;
	case 1:
		return CORE_NONE - next() % 3;
	case 2:
		return 1u << next() % 32;
	case 3:
		return (1u << next() % 32) - 1;
	case 4:
		return next() % WASM_RT_MEMORY_SIZE;
	default:
		return next() << 16 ^ next();
	}
}

/* A plan of any steps, whose fields are mostly such as the glue takes. */
static void invent_plan(struct core_plan *plan)
{
	plan->then = next() % 8 == 0 ? number() : next() % 3;
	plan->status = next() % 40;
	plan->message = next() % (CORE_MESSAGE_END + 2);
	plan->message_values[0] = number();
	plan->token = next() % 8;
	plan->timeout_ms = next() % 4 ? next() % 500 : number();
	plan->step_count = next() % 16 ? next() % 5 : number();
	plan->control_count = next() % 16 ? next() % CORE_MAX_PLAN_CONTROLS : number();
	for (uint32_t i = 0; i < CORE_MAX_PLAN_CONTROLS; i++) {
		if (next() % 4 == 0)
			plan->controls[i].size = number();
		if (next() % 4 == 0)
			plan->controls[i].address = number();
	}
	for (uint32_t i = 0; i < CORE_MAX_STEPS; i++) {
		struct core_step *step = &plan->steps[i];

		step->op = next() % (CORE_OP_FLUSH + 2);
		step->queue = next() % 16 ? next() % 2 : number();
		step->slot = next() % 4 ? next() % CORE_MAX_OUTPUT_SLOTS : number();
		step->index = next() % 4 ? next() % 8 : number();
		/* The surface stays what it was where the step before was one of these: ids are not guessed. */
		if (next() % 8 == 0)
			step->surface = number();
		step->width = next() % 4 ? 64 + next() % 512 : number();
		step->height = next() % 4 ? 64 + next() % 512 : number();
		step->count = next() % 4 ? next() % 20 : number();
		step->size = next() % 4 ? next() % 65536 : number();
		step->address = next() % 4 ? next() % WASM_RT_MEMORY_SIZE : number();
		step->data_offset = next() % 2 ? 0 : number();
		step->data_size = next() % 2 ? next() % 256 : number();
		step->first_control = next() % 4 ? 0 : number();
		step->flags = next() % 4 ? next() % 8 : number();
	}
}

static uint32_t spoil(w2c_core *instance, enum lie how, uint32_t where, uint32_t value, uint32_t result)
{
	uint8_t *output = instance->w2c_memory.data + w2c_honest_core_output_address(instance);
	uint32_t *words = (uint32_t *)(void *)output;

	switch (how) {
	case LIE_RESULT:
		return value;
	case LIE_WORD:
		words[where % (next() % 4 ? PLAN_WORDS : WORDS)] = value;
		break;
	case LIE_NEAR:
		words[where % PLAN_WORDS] += value & 1 ? 1u : (uint32_t)-1;
		break;
	case LIE_PLAN:
		invent_plan((struct core_plan *)(void *)output);
		break;
	case LIE_NOISE:
		for (uint32_t i = 0; i < 64; i++)
			words[(where + i) % WORDS] = number();
		break;
	case LIE_TRAP:
	case LIES:
		break;
	}
	return result;
}

/* An assertion of the core's, or a trap of any kind. The addresses of its texts are what they happen to be. */
static void trap(w2c_core *instance, uint32_t value)
{
	static const wasm_rt_trap_t traps[] = {
		WASM_RT_TRAP_UNREACHABLE,        WASM_RT_TRAP_OOB,
		WASM_RT_TRAP_INT_OVERFLOW,       WASM_RT_TRAP_DIV_BY_ZERO,
		WASM_RT_TRAP_INVALID_CONVERSION, WASM_RT_TRAP_EXHAUSTION,
		WASM_RT_TRAP_CALL_INDIRECT,
	};
	const uint32_t kinds = sizeof(traps) / sizeof(traps[0]);

	if (value % (kinds + 1) == kinds)
		w2c_env_abort(instance->w2c_env_instance, value, value >> 8, value, 0);
	wasm_rt_trap(traps[value % (kinds + 1)]);
}

/* What the glue is told instead of what the core said. */
static uint32_t tell(w2c_core *instance, uint32_t result)
{
	uint32_t value = 0;
	bool traps = false;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < ARMED; i++) {
		if (!armed[i].calls_left || --armed[i].calls_left)
			continue;
		if (armed[i].how == LIE_TRAP) {
			traps = true;
			value = armed[i].value;
		}
		result = spoil(instance, armed[i].how, armed[i].where, armed[i].value, result);
	}
	if (one_in && next() % one_in == 0) {
		const enum lie how = (enum lie)(next() % LIES);

		if (how == LIE_TRAP && next() % 4 == 0) {
			traps = true;
			value = next();
		}
		result = spoil(instance, how, next(), number(), result);
	}
	pthread_mutex_unlock(&lock);
	if (traps)
		trap(instance, value);
	return result;
}

/* ---- the interface --------------------------------------------------------------------------------- */

void wasm2c_core_instantiate(w2c_core *instance, struct w2c_env *env)
{
	wasm2c_honest_instantiate(instance, env);
}

void wasm2c_core_free(w2c_core *instance)
{
	wasm2c_honest_free(instance);
}

u32 w2c_core_core_input_address(w2c_core *instance)
{
	return w2c_honest_core_input_address(instance);
}

u32 w2c_core_core_output_address(w2c_core *instance)
{
	return w2c_honest_core_output_address(instance);
}

void w2c_core_core_set_pointer_bytes(w2c_core *instance, u32 bytes)
{
	w2c_honest_core_set_pointer_bytes(instance, bytes);
}

#define TELL(name, ...)                                        \
	{                                                          \
		return tell(instance, w2c_honest_##name(__VA_ARGS__)); \
	}
#define DEFINE0(name) u32 w2c_core_##name(w2c_core *instance) TELL(name, instance)
#define DEFINE1(name) u32 w2c_core_##name(w2c_core *instance, u32 a) TELL(name, instance, a)
#define DEFINE2(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b) TELL(name, instance, a, b)
#define DEFINE3(name) \
	u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c) TELL(name, instance, a, b, c)
#define DEFINE4(name) \
	u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c, u32 d) TELL(name, instance, a, b, c, d)
#define DEFINE5(name)                                                          \
	u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c, u32 d, u32 e) \
		TELL(name, instance, a, b, c, d, e)
#define DEFINE6(name)                                                                 \
	u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f) \
		TELL(name, instance, a, b, c, d, e, f)
CORE_EXPORTS(DEFINE0, DEFINE1, DEFINE2, DEFINE3, DEFINE4, DEFINE5, DEFINE6)
