/* SPDX-License-Identifier: MIT
 *
 * In place of the C that wasm2c generates: the same interface around the same core, which is generated once more under the name
 * honest. core.c and answers.c of the driver are compiled against it.
 */
#ifndef TEST_FUZZ_LYING_CORE_WASM_H
#define TEST_FUZZ_LYING_CORE_WASM_H

#include "core.h"
#include "honest_wasm.h"

typedef w2c_honest w2c_core;

void wasm2c_core_instantiate(w2c_core *instance, struct w2c_env *env);
void wasm2c_core_free(w2c_core *instance);
u32 w2c_core_core_input_address(w2c_core *instance);
u32 w2c_core_core_output_address(w2c_core *instance);
void w2c_core_core_set_pointer_bytes(w2c_core *instance, u32 bytes);

#define LYING_DECLARE0(name) u32 w2c_core_##name(w2c_core *instance);
#define LYING_DECLARE1(name) u32 w2c_core_##name(w2c_core *instance, u32 a);
#define LYING_DECLARE2(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b);
#define LYING_DECLARE3(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c);
#define LYING_DECLARE4(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c, u32 d);
#define LYING_DECLARE5(name) u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c, u32 d, u32 e);
#define LYING_DECLARE6(name) \
	u32 w2c_core_##name(w2c_core *instance, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f);
CORE_EXPORTS(LYING_DECLARE0, LYING_DECLARE1, LYING_DECLARE2, LYING_DECLARE3, LYING_DECLARE4, LYING_DECLARE5,
             LYING_DECLARE6)

#endif
