/* SPDX-License-Identifier: MIT */
#include "executor.h"

#include <errno.h>
#include <string.h>
#include <va/va.h>

int executor_open(struct executor *executor, const char *video_path, const char *media_path,
                  const struct core_decoder *facts)
{
	pthread_condattr_t monotonic;
	int error;

	memset(executor, 0, sizeof(*executor));
	error = device_open(&executor->device, video_path, media_path);
	if (error)
		return error;
	executor->facts = facts;
	executor->video_path = video_path;
	captures_init(&executor->captures);
	executor->core = core_open();
	if (!executor->core) {
		device_close(&executor->device);
		return ENOMEM;
	}
	pthread_mutex_init(&executor->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&executor->progress, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return 0;
}

void executor_close(struct executor *executor)
{
	trace_close(executor->trace, &executor->layout);
	slots_close(&executor->output);
	captures_close(&executor->captures);
	device_close(&executor->device);
	core_close(executor->core);
	pthread_cond_destroy(&executor->progress);
	pthread_mutex_destroy(&executor->lock);
}

void executor_lock(struct executor *executor)
{
	pthread_mutex_lock(&executor->lock);
}

void executor_unlock(struct executor *executor)
{
	pthread_mutex_unlock(&executor->lock);
}

bool executor_refuses(const struct executor *executor, struct executor_outcome *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	if (executor->closed)
		outcome->status = VA_STATUS_ERROR_INVALID_CONTEXT;
	else if (executor->lost)
		outcome->status = VA_STATUS_ERROR_OPERATION_FAILED;
	return outcome->status != VA_STATUS_SUCCESS;
}

void executor_lose(struct executor *executor, struct executor_outcome *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	outcome->status = VA_STATUS_ERROR_OPERATION_FAILED;
	outcome->message = CORE_MESSAGE_CONTEXT_LOST;
	executor->lost = true;
	pthread_cond_broadcast(&executor->progress);
}
