/* SPDX-License-Identifier: MIT */
#include "wasm-rt.h"

#include <stdlib.h>

/* Where a trap of this thread goes. Frames nest, so that a guarded call may be made while another one runs. */
struct trap_frame {
	jmp_buf place;
	struct trap_frame *outer;
};

static _Thread_local struct trap_frame *innermost;

/* Small and never inlined: nothing here lives in a register across the jump but what is volatile or unchanged. */
__attribute__((noinline)) wasm_rt_trap_t wasm_rt_run(void (*call)(void *), void *argument)
{
	struct trap_frame frame;
	frame.outer = innermost;
	innermost = &frame;
	/* _setjmp does not save the signal mask, which would be a system call. */
	wasm_rt_trap_t code = (wasm_rt_trap_t)_setjmp(frame.place);
	if (code == WASM_RT_TRAP_NONE)
		call(argument);
	innermost = frame.outer;
	return code;
}

_Noreturn void wasm_rt_trap(wasm_rt_trap_t code)
{
	if (!innermost)
		abort(); /* a call past the guard is a bug of the glue; there is nowhere to return to */
	longjmp(innermost->place, (int)code);
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t max_pages, bool is64,
                             uint32_t page_size)
{
	(void)max_pages;
	(void)is64;
	/* tools/wasm2c.mjs asserts it at compile time; bounds are checked against this size. */
	memory->size = pages * page_size == sizeof(memory->data) ? sizeof(memory->data) : 0;
	if (memory->size == 0)
		wasm_rt_trap(WASM_RT_TRAP_OOB);
	memory->depth = 0;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory)
{
	memory->size = 0;
}
