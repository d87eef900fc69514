/* SPDX-License-Identifier: MIT
 *
 * The steps of a plan: every value of a step is checked before it reaches memory or an ioctl.
 */
#ifndef GLUE_PLANS_STEPS_H
#define GLUE_PLANS_STEPS_H

#include "executor.h"

enum { STEP_BROKEN = -1 /* the step breaks the contract: not an errno */ };

/* What a plan may ask to be told of its last step. */
union step_result {
	struct core_format format;
	struct core_buffers buffers;
};

/* Carries out one step of a plan, with executor->lock held. data: the VA data buffer that is being rendered, NULL: none.
 * Returns 0, the errno of the ioctl that failed, or STEP_BROKEN; *result is written by the steps that have one. */
int steps_run_one(struct executor *executor, const struct core_plan *plan, const struct core_step *step,
                  const struct executor_data *data, union step_result *result);

#endif
