/* SPDX-License-Identifier: MIT */
#include "trapping.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "instance.h"
#include "trapping_names.h"

uint32_t w2c_env_trap_kind(struct w2c_env *env, uint32_t export_index, uint32_t first_argument);
uint32_t w2c_env_output_of(struct w2c_env *env, uint32_t surface);
uint32_t w2c_env_spoil(struct w2c_env *env, uint32_t export_index, uint32_t answer, uint32_t output);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	enum trap_kind kind;
	uint32_t export_index;
	uint32_t argument;
	unsigned calls_left;
	unsigned struck;
} order;

static struct {
	uint32_t from;
	uint32_t to;
} diverted;

static struct {
	bool wanted;
	bool done;
	uint32_t export_index;
	uint32_t offset;
	uint32_t value;
} spoiling;

static uint32_t index_of(const char *export_name)
{
	uint32_t index = 0;

	while (index < sizeof(export_names) / sizeof(export_names[0]) &&
	       strcmp(export_names[index], export_name) != 0)
		index++;
	if (index == sizeof(export_names) / sizeof(export_names[0])) {
		fprintf(stderr, "the core exports no %s\n", export_name);
		abort();
	}
	return index;
}

void trap_at(enum trap_kind kind, const char *export_name, uint32_t first_argument, unsigned call)
{
	uint32_t index = index_of(export_name);

	pthread_mutex_lock(&lock);
	order.kind = kind;
	order.export_index = index;
	order.argument = first_argument;
	order.calls_left = call;
	order.struck = 0;
	pthread_mutex_unlock(&lock);
}

unsigned trap_count(void)
{
	pthread_mutex_lock(&lock);
	unsigned struck = order.struck;
	pthread_mutex_unlock(&lock);
	return struck;
}

/* The core asks at the start of each export. */
uint32_t w2c_env_trap_kind(struct w2c_env *env, uint32_t export_index, uint32_t first_argument)
{
	uint32_t kind = TRAP_NEVER;
	(void)env;
	pthread_mutex_lock(&lock);
	bool meant = order.kind != TRAP_NEVER && order.export_index == export_index &&
	             (order.argument == TRAP_ANY_ARGUMENT || order.argument == first_argument);
	if (meant && order.calls_left > 0 && --order.calls_left == 0) {
		kind = order.kind;
		order.struck++;
	}
	pthread_mutex_unlock(&lock);
	return kind;
}

void spoil_at(const char *export_name, uint32_t offset, uint32_t value)
{
	pthread_mutex_lock(&lock);
	spoiling.wanted = export_name != NULL;
	spoiling.done = false;
	spoiling.export_index = export_name ? index_of(export_name) : 0;
	spoiling.offset = offset;
	spoiling.value = value;
	pthread_mutex_unlock(&lock);
}

bool spoil_done(void)
{
	bool done;

	pthread_mutex_lock(&lock);
	done = spoiling.done;
	pthread_mutex_unlock(&lock);
	return done;
}

/* The core asks at the end of each export. */
uint32_t w2c_env_spoil(struct w2c_env *env, uint32_t export_index, uint32_t answer, uint32_t output)
{
	pthread_mutex_lock(&lock);
	if (spoiling.wanted && spoiling.export_index == export_index) {
		if (spoiling.offset == SPOIL_RESULT)
			answer = spoiling.value;
		else
			memcpy(env->core->instance.w2c_memory.data + output + spoiling.offset, &spoiling.value,
			       sizeof(spoiling.value));
		spoiling.wanted = false;
		spoiling.done = true;
	}
	pthread_mutex_unlock(&lock);
	return answer;
}

void output_at(uint32_t from, uint32_t to)
{
	pthread_mutex_lock(&lock);
	diverted.from = from;
	diverted.to = to;
	pthread_mutex_unlock(&lock);
}

/* The core asks when a picture is begun. */
uint32_t w2c_env_output_of(struct w2c_env *env, uint32_t surface)
{
	uint32_t output;
	(void)env;
	pthread_mutex_lock(&lock);
	output = diverted.from != diverted.to && diverted.from == surface ? diverted.to : surface;
	pthread_mutex_unlock(&lock);
	return output;
}
