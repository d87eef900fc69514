/* SPDX-License-Identifier: MIT
 *
 * The waiting half of the executor: who polls the device, and what becomes of the buffers it returns. All of it with
 * executor->lock held.
 */
#ifndef GLUE_PLANS_WAIT_H
#define GLUE_PLANS_WAIT_H

#include "executor.h"

/* Hands in what the device has finished, without waiting. */
void executor_collect(struct executor *executor);
/* Tells the owner which pictures are damaged or missing, if any can be. */
void executor_tell_damage(struct executor *executor);
/* Waits until the device returned something. 0, ETIMEDOUT, or why the device is gone. Releases the lock meanwhile. */
int executor_wait(struct executor *executor, uint64_t timeout_ns);
/* Lets so much time go by, unless the context ends before. Releases the lock meanwhile. */
void executor_pause(struct executor *executor, uint64_t time_ns);
/* Waits until the context is closed by the thread that is destroying it. */
void executor_wait_closed(struct executor *executor);

#endif
