/* SPDX-License-Identifier: MIT
 *
 * One context of the driver's executor between a core that hands out the plans of a list and a device that counts. Sources
 * besides: those of glue-c/plans and glue-c/memory, and allocate.c, captures.c and slots.c of glue-c/v4l2.
 */
#ifndef TEST_NATIVE_STANDIN_CONTEXT_H
#define TEST_NATIVE_STANDIN_CONTEXT_H

#include "core_wasm.h"
#include "plans/executor.h"

enum { MEMORY = WASM_RT_MEMORY_SIZE, SCRATCH = STANDIN_SCRATCH, BUFFER = 4096 };

extern struct core_plan plans[8];
extern unsigned plan_count, plan_next;
extern bool output_returned; /* the next DQBUF on OUTPUT gives slot 1 */
extern int
	pictures; /* a pipe of which each byte is the index of a CAPTURE buffer to give back; -1: there is none */
extern unsigned busy;          /* so many REINITs answer EBUSY */
extern unsigned outputs_done;  /* context_output_done() */
extern unsigned captures_done; /* context_capture_done() */
extern unsigned timeouts;      /* context_resume() that was told so */
extern uint32_t resumed_token; /* of the last context_resume() */
extern unsigned failures;      /* context_step_failed() */
extern uint32_t failed_step, failed_error;

extern unsigned ioctls;   /* that did something to the device */
extern unsigned requests; /* that were allocated */
extern int backing;       /* its node */

extern struct executor executor;

/* Linear memory. */
uint8_t *memory(void);
/* A context with buffers on both queues and a layout. */
void open_executor(void);
/* An event whose answers are the plans of the list. */
void run_plans(const struct executor_data *data, struct executor_outcome *outcome);
/* The context is lost, because a plan broke the contract. */
void check_refused(const struct executor_outcome *outcome);

#endif
