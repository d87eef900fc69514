/* SPDX-License-Identifier: MIT */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>

#include "abi_check.h"
#include "instance.h"

enum { TEXT_SIZE = 96 };

struct call {
	struct core *core;
	uint32_t a, b, c, d, e, f;
	uint32_t result;
};

static const char *trap_sentence(wasm_rt_trap_t code)
{
	switch (code) {
	case WASM_RT_TRAP_OOB:
		return "out of bounds memory access";
	case WASM_RT_TRAP_INT_OVERFLOW:
		return "integer overflow in a division";
	case WASM_RT_TRAP_DIV_BY_ZERO:
		return "division by zero";
	case WASM_RT_TRAP_INVALID_CONVERSION:
		return "conversion of a number that does not fit";
	case WASM_RT_TRAP_UNREACHABLE:
		return "unreachable code was reached";
	case WASM_RT_TRAP_EXHAUSTION:
		return "call stack exhausted";
	default:
		return "illegal call";
	}
}

/* The one way into an instance. */
static bool run(struct core *core, void (*call)(void *), void *argument)
{
	if (core->lost)
		return false;
	wasm_rt_trap_t code = wasm_rt_run(call, argument);
	if (code == WASM_RT_TRAP_NONE)
		return true;
	core->lost = true;
	if (!core->reason[0])
		snprintf(core->reason, sizeof(core->reason), "%s", trap_sentence(code));
	return false;
}

const void *core_bytes(const struct core *core, uint32_t address, uint32_t size)
{
	const wasm_rt_memory_t *memory = &core->instance.w2c_memory;
	if (address > memory->size || size > memory->size - address)
		return NULL;
	return memory->data + address;
}

/* An AssemblyScript string is UTF-16, with its length in bytes in the word before it. */
void core_text(const struct core *core, uint32_t address, char *text, size_t capacity)
{
	size_t length = 0;
	const uint8_t *head = core_bytes(core, address - 4, 4); /* below 4 this wraps, to no memory */
	if (head) {
		uint32_t bytes = 0;
		memcpy(&bytes, head, sizeof(bytes));
		const uint8_t *units = core_bytes(core, address, bytes);
		for (uint32_t i = 0; units && i + 1 < bytes && length + 1 < capacity; i += 2) {
			bool printable = units[i + 1] == 0 && units[i] >= 0x20 && units[i] < 0x7f;
			text[length++] = printable ? (char)units[i] : '?';
		}
	}
	text[length] = 0;
}

/* The only import: AssemblyScript's assert() and throw end here. */
void w2c_env_abort(struct w2c_env *env, u32 message, u32 file, u32 line, u32 column)
{
	struct core *core = env->core;
	static const char folder[] = "driver-src/";
	char what[TEXT_SIZE];
	char place[TEXT_SIZE];
	core_text(core, message, what, sizeof(what));
	core_text(core, file, place, sizeof(place));
	const char *name = strncmp(place, folder, strlen(folder)) == 0 ? place + strlen(folder) : place;
	(void)column;
	snprintf(core->reason, sizeof(core->reason), "%s%s in %s:%u",
	         what[0] ? "assertion failed: " : "assertion failed", what, name[0] ? name : "?", line);
	wasm_rt_trap(WASM_RT_TRAP_UNREACHABLE);
}

static void instantiate(void *argument)
{
	struct core *core = argument;
	wasm2c_core_instantiate(&core->instance, &core->env);
	core->input = w2c_core_core_input_address(&core->instance);
	core->output = w2c_core_core_output_address(&core->instance);
	w2c_core_core_set_pointer_bytes(&core->instance, sizeof(void *));
}

static bool areas_are_sound(struct core *core)
{
	if (!core_bytes(core, core->input, CORE_INPUT_CAPACITY) ||
	    !core_bytes(core, core->output, CORE_OUTPUT_CAPACITY))
		return false;
	return core->input % 8 == 0 && core->output % 8 == 0;
}

struct core *core_open(void)
{
	struct core *core = calloc(1, sizeof(*core));
	if (!core)
		return NULL;
	core->env.core = core;
	if (!run(core, instantiate, core) || !areas_are_sound(core)) {
		core_close(core);
		return NULL;
	}
	return core;
}

void core_close(struct core *core)
{
	if (!core)
		return;
	wasm2c_core_free(&core->instance);
	free(core);
}

const char *core_trap_reason(const struct core *core)
{
	return core->lost ? core->reason : NULL;
}

void *core_input(struct core *core)
{
	return core->instance.w2c_memory.data + core->input;
}

static bool finish(struct call *call, void (*enter)(void *), uint32_t *result)
{
	if (!run(call->core, enter, call))
		return false;
	*result = call->result;
	return true;
}

/* For each export: the call itself, which runs inside the guard, and the typed function around it. */
#define ENTER(name, ...)                             \
	static void enter_##name(void *argument)         \
	{                                                \
		struct call *call = argument;                \
		w2c_core *instance = &call->core->instance;  \
		call->result = w2c_core_##name(__VA_ARGS__); \
	}
#define FINISH(name, ...)                           \
	{                                               \
		struct call call = {__VA_ARGS__};           \
		return finish(&call, enter_##name, result); \
	}

#define DEFINE0(name)     \
	ENTER(name, instance) \
	bool core_##name(struct core *core, uint32_t *result) FINISH(name, .core = core)
#define DEFINE1(name)              \
	ENTER(name, instance, call->a) \
	bool core_##name(struct core *core, uint32_t *result, uint32_t a) FINISH(name, .core = core, .a = a)
#define DEFINE2(name)                                                             \
	ENTER(name, instance, call->a, call->b)                                       \
	bool core_##name(struct core *core, uint32_t *result, uint32_t a, uint32_t b) \
		FINISH(name, .core = core, .a = a, .b = b)
#define DEFINE3(name)                                                                         \
	ENTER(name, instance, call->a, call->b, call->c)                                          \
	bool core_##name(struct core *core, uint32_t *result, uint32_t a, uint32_t b, uint32_t c) \
		FINISH(name, .core = core, .a = a, .b = b, .c = c)
#define DEFINE4(name)                                                                                     \
	ENTER(name, instance, call->a, call->b, call->c, call->d)                                             \
	bool core_##name(struct core *core, uint32_t *result, uint32_t a, uint32_t b, uint32_t c, uint32_t d) \
		FINISH(name, .core = core, .a = a, .b = b, .c = c, .d = d)
#define DEFINE5(name)                                                                                     \
	ENTER(name, instance, call->a, call->b, call->c, call->d, call->e)                                    \
	bool core_##name(struct core *core, uint32_t *result, uint32_t a, uint32_t b, uint32_t c, uint32_t d, \
	                 uint32_t e) FINISH(name, .core = core, .a = a, .b = b, .c = c, .d = d, .e = e)
#define DEFINE6(name)                                                                                     \
	ENTER(name, instance, call->a, call->b, call->c, call->d, call->e, call->f)                           \
	bool core_##name(struct core *core, uint32_t *result, uint32_t a, uint32_t b, uint32_t c, uint32_t d, \
	                 uint32_t e, uint32_t f)                                                              \
		FINISH(name, .core = core, .a = a, .b = b, .c = c, .d = d, .e = e, .f = f)
CORE_EXPORTS(DEFINE0, DEFINE1, DEFINE2, DEFINE3, DEFINE4, DEFINE5, DEFINE6)
