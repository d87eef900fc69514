/* SPDX-License-Identifier: MIT
 *
 * Runs plans: the steps in order, and then what the plan ends with.
 */
#ifndef GLUE_PLANS_RUN_H
#define GLUE_PLANS_RUN_H

#include "executor.h"

/*
 * Carries out the plan that a context_* export has just left, and all that follow from it. alive: what the guarded
 * call returned. data may be NULL. May release the lock meanwhile. The caller delivers the outcome's message after it
 * has released its locks.
 */
void executor_run(struct executor *executor, bool alive, const struct executor_data *data,
                  struct executor_outcome *outcome);
/* The same until a deadline of the player's (CLOCK_MONOTONIC, ns): then the status is TIMEDOUT, and the core is not told that
 * nobody waits any more. For events that only wait. */
void executor_run_until(struct executor *executor, bool alive, const struct executor_data *data,
                        uint64_t deadline, struct executor_outcome *outcome);

#endif
