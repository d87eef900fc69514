/* SPDX-License-Identifier: MIT
 *
 * In place of the C that wasm2c generates: a core written by hand, for tests that decide themselves what it says. core.c
 * and answers.c of the driver are compiled against it. Every export calls standin_call().
 */
#ifndef TEST_NATIVE_STANDIN_CORE_WASM_H
#define TEST_NATIVE_STANDIN_CORE_WASM_H

#include "core.h"
#include "wasm-rt.h"

/* Addresses of the two areas; the rest of the memory is the test's. */
enum { STANDIN_INPUT = 1024, STANDIN_OUTPUT = 16384, STANDIN_SCRATCH = 32768 };

#define STANDIN_NAME(name) STANDIN_##name,
enum standin_export {
	CORE_EXPORTS(STANDIN_NAME, STANDIN_NAME, STANDIN_NAME, STANDIN_NAME, STANDIN_NAME, STANDIN_NAME,
	             STANDIN_NAME)
};

/* Defined by the test: what an export does to the memory (WASM_RT_MEMORY_SIZE bytes), and returns. Further arguments are
 * left out. */
uint32_t standin_call(uint8_t *memory, enum standin_export which, uint32_t a, uint32_t b);

/* What core.c and answers.c know of the generated C. */
typedef uint32_t u32;
struct w2c_env;
typedef struct w2c_core {
	wasm_rt_memory_t w2c_memory;
} w2c_core;

void wasm2c_core_instantiate(w2c_core *instance, struct w2c_env *env);
void wasm2c_core_free(w2c_core *instance);
u32 w2c_core_core_input_address(w2c_core *instance);
u32 w2c_core_core_output_address(w2c_core *instance);
void w2c_core_core_set_pointer_bytes(w2c_core *instance, u32 bytes);
void w2c_env_abort(struct w2c_env *env, u32 message, u32 file, u32 line, u32 column);

#define STANDIN_DECLARE0(name) u32 w2c_core_##name(w2c_core *instance);
#define STANDIN_DECLARE1(name) u32 w2c_core_##name(w2c_core *instance, u32 a);
#define STANDIN_DECLARE2(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b);
#define STANDIN_DECLARE3(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c);
#define STANDIN_DECLARE4(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c, u32 d);
#define STANDIN_DECLARE5(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c, u32 d, u32 e);
#define STANDIN_DECLARE6(name) \
	u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f);
CORE_EXPORTS(STANDIN_DECLARE0, STANDIN_DECLARE1, STANDIN_DECLARE2, STANDIN_DECLARE3, STANDIN_DECLARE4,
             STANDIN_DECLARE5, STANDIN_DECLARE6)

#endif
