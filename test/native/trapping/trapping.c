/* SPDX-License-Identifier: MIT */
#include "trapping.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trapping_names.h"

struct w2c_env;
uint32_t w2c_env_trap_kind(struct w2c_env *env, uint32_t export_index, uint32_t first_argument);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	enum trap_kind kind;
	uint32_t export_index;
	uint32_t argument;
	unsigned calls_left;
	unsigned struck;
} order;

void trap_at(enum trap_kind kind, const char *export_name, uint32_t first_argument, unsigned call)
{
	uint32_t index = 0;
	while (index < sizeof(export_names) / sizeof(export_names[0]) &&
	       strcmp(export_names[index], export_name) != 0)
		index++;
	if (index == sizeof(export_names) / sizeof(export_names[0])) {
		fprintf(stderr, "trap_at: the core exports no %s\n", export_name);
		abort();
	}
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
