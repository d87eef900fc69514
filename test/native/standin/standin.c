/* SPDX-License-Identifier: MIT */
#include "core_wasm.h"

enum { PAGE = 65536 };

void wasm2c_core_instantiate(w2c_core *instance, struct w2c_env *env)
{
	(void)env;
	wasm_rt_allocate_memory(&instance->w2c_memory, WASM_RT_MEMORY_SIZE / PAGE, WASM_RT_MEMORY_SIZE / PAGE,
	                        false, PAGE);
}

void wasm2c_core_free(w2c_core *instance)
{
	wasm_rt_free_memory(&instance->w2c_memory);
}

u32 w2c_core_core_input_address(w2c_core *instance)
{
	(void)instance;
	return STANDIN_INPUT;
}

u32 w2c_core_core_output_address(w2c_core *instance)
{
	(void)instance;
	return STANDIN_OUTPUT;
}

void w2c_core_core_set_pointer_bytes(w2c_core *instance, u32 bytes)
{
	(void)instance;
	(void)bytes;
}

#define UNUSED __attribute__((unused))
#define CALL(name, a, b)                                                      \
	{                                                                         \
		return standin_call(instance->w2c_memory.data, STANDIN_##name, a, b); \
	}
#define DEFINE0(name) u32 w2c_core_##name(w2c_core *instance) CALL(name, 0, 0)
#define DEFINE1(name) u32 w2c_core_##name(w2c_core *instance, u32 a) CALL(name, a, 0)
#define DEFINE2(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b) CALL(name, a, b)
#define DEFINE3(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, UNUSED u32 c) CALL(name, a, b)
#define DEFINE4(name) \
	u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, UNUSED u32 c, UNUSED u32 d) CALL(name, a, b)
#define DEFINE5(name)                                                                               \
	u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, UNUSED u32 c, UNUSED u32 d, UNUSED u32 e) \
		CALL(name, a, b)
#define DEFINE6(name)                                                                               \
	u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, UNUSED u32 c, UNUSED u32 d, UNUSED u32 e, \
	                    UNUSED u32 f) CALL(name, a, b)
CORE_EXPORTS(DEFINE0, DEFINE1, DEFINE2, DEFINE3, DEFINE4, DEFINE5, DEFINE6)
