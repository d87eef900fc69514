/* SPDX-License-Identifier: MIT
 *
 * The inside of an instance: for core.c and answers.c alone (`npm run lint`). The rest of the glue could not compile it, for
 * it has no path to the generated core_wasm.h.
 */
#ifndef GLUE_CORE_INSTANCE_H
#define GLUE_CORE_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core_wasm.h"

enum { CORE_REASON_SIZE = 256 };

/* What the core's imports get; the name is wasm2c's, for the import module "env". */
struct w2c_env {
	struct core *core;
};

struct core {
	w2c_core instance;
	struct w2c_env env;
	uint32_t input; /* addresses of the areas, which core_open() has checked */
	uint32_t output;
	bool lost;
	char reason[CORE_REASON_SIZE]; /* empty until abort() or the guard has filled it in */
};

#endif
