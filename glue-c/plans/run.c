/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <errno.h>
#include <string.h>
#include <va/va.h>

#include "../core/answers.h"
#include "../core/clock.h"
#include "steps.h"
#include "wait.h"

enum {
	MAX_PLANS = 4096, /* plans that one event may lead to; more is a core that does not settle */
	MAX_SILENCES = 4, /* waits of one event that end with their time; the core gives up at the second */
	MAX_PAUSES = 100  /* of one event; the core makes 40 */
};

/* Carries out the steps in order. Returns STEP_BROKEN, or 0, or the errno of step *failed. */
static int run_steps(struct executor *executor, const struct core_plan *plan,
                     const struct executor_data *data, union step_result *result, uint32_t *failed)
{
	for (uint32_t i = 0; i < plan->step_count; i++) {
		int error;

		memset(result, 0, sizeof(*result));
		error = steps_run_one(executor, plan, &plan->steps[i], data, result);
		if (error) {
			*failed = i;
			return error;
		}
	}
	return 0;
}

/* The core knows only that nothing came. Whether the device is gone for good is known here: then waiting longer cannot help,
 * and a player that asks again after TIMEDOUT would do so for ever. */
static void name_cause(const struct executor *executor, struct executor_outcome *outcome)
{
	if (executor->gone && outcome->message == CORE_MESSAGE_DECODER_SILENT) {
		outcome->message = CORE_MESSAGE_DEVICE_GONE;
		outcome->status = VA_STATUS_ERROR_OPERATION_FAILED;
	}
}

/*
 * Waits as long as the plan has patience with a device that returns nothing, or until the player's is at its end. The silence
 * that counts begins with the first wait of all, since a player may wait in many short calls. Returns 0, ETIMEDOUT or why the device
 * is gone; *given_up: the player did, and the core is told nothing.
 */
static int wait_for_device(struct executor *executor, uint64_t patience_ns, uint64_t deadline, bool *given_up)
{
	uint64_t now = now_ns();
	uint64_t until;
	int error;

	if (executor->silent_since == 0)
		executor->silent_since = now;
	until = executor->silent_since + patience_ns;
	*given_up = until > deadline;
	if (*given_up)
		until = deadline;
	/* Nothing is judged without a last look, nor before whoever polls has had the time for one (GRACE_MS). */
	if (!*given_up && until <= now)
		until = now + 1;
	error = executor_wait(executor, until > now ? until - now : 0);
	*given_up = *given_up && error == ETIMEDOUT;
	return error;
}

/* Another thread may enter meanwhile, as with any wait. */
static int wait_for_readers(struct executor *executor, const struct core_plan *plan)
{
	int cancelling;
	int error;

	if (executor->trace)
		trace_wait_readers(executor->trace);
	/* A player that cancels this thread must not take the context's turn along. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
	pthread_mutex_unlock(&executor->lock);
	error = executor->wait_readers(executor->owner, plan->surface, plan->timeout_ms);
	pthread_mutex_lock(&executor->lock);
	pthread_setcancelstate(cancelling, NULL);
	return error;
}

/* Plan after plan, until one returns. */
static void run_plans(struct executor *executor, bool alive, const struct executor_data *data,
                      uint64_t deadline, struct executor_outcome *outcome)
{
	struct core_plan plan;
	union step_result result;
	uint32_t answer;
	uint32_t failed = 0;
	uint32_t silences = 0;
	uint32_t pauses = 0;
	bool given_up;
	int error;

	memset(outcome, 0, sizeof(*outcome));
	for (uint32_t plans = 0; alive && plans < MAX_PLANS; plans++) {
		/* A copy: while this thread waits, another's event overwrites the area. */
		if (!take_plan(executor->core, &plan))
			break;
		memset(&result, 0, sizeof(result));
		error = run_steps(executor, &plan, data, &result, &failed);
		if (error == STEP_BROKEN)
			break;
		if (error) {
			executor->damage = true;
			alive = core_context_step_failed(executor->core, &answer, failed, (uint32_t)error);
			continue;
		}
		if (plan.then == CORE_THEN_RETURN) {
			outcome->status = plan.status;
			outcome->message = plan.message;
			outcome->values[0] = plan.message_values[0];
			outcome->values[1] = plan.message_values[1];
			name_cause(executor, outcome);
			return;
		}
		if (plan.then == CORE_THEN_REPORT) {
			memcpy(core_input(executor->core), &result, sizeof(result));
			alive = core_context_report(executor->core, &answer);
			continue;
		}
		if (plan.then == CORE_THEN_PAUSE) {
			if (++pauses > MAX_PAUSES)
				break;
			executor_pause(executor, (uint64_t)plan.timeout_ms * 1000000u);
			alive = !executor->lost && core_context_resume(executor->core, &answer, plan.token, 0);
			continue;
		}
		given_up = false;
		if (plan.then == CORE_THEN_WAIT_READERS) {
			error = wait_for_readers(executor, &plan);
		} else {
			if (executor->trace)
				trace_wait(executor->trace, plan.surface);
			error = wait_for_device(executor, (uint64_t)plan.timeout_ms * 1000000u, deadline, &given_up);
		}
		if (executor->closed) {
			executor_refuses(executor, outcome);
			return;
		}
		if (given_up) {
			outcome->status = VA_STATUS_ERROR_TIMEDOUT;
			return;
		}
		if (error && ++silences > MAX_SILENCES)
			break;
		alive = !executor->lost && core_context_resume(executor->core, &answer, plan.token, error ? 1 : 0);
	}
	executor_lose(executor, outcome);
}

void executor_run(struct executor *executor, bool alive, const struct executor_data *data,
                  struct executor_outcome *outcome)
{
	executor_run_until(executor, alive, data, UINT64_MAX, outcome);
}

void executor_run_until(struct executor *executor, bool alive, const struct executor_data *data,
                        uint64_t deadline, struct executor_outcome *outcome)
{
	run_plans(executor, alive, data, deadline, outcome);
	/* A player that asks too early has not met any. */
	executor->damage |= outcome->message != CORE_MESSAGE_NONE ||
	                    (outcome->status != VA_STATUS_SUCCESS && outcome->status != VA_STATUS_ERROR_TIMEDOUT);
	if (executor->lost)
		return;
	executor_tell_damage(executor);
	if (executor->lost)
		executor_lose(executor, outcome);
}
