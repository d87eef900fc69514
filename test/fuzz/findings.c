/* SPDX-License-Identifier: MIT */
#include "findings.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

enum {
	LONGEST_CALL_MS = 2000,
	LONGEST_INPUT_SECONDS = 120, /* however busy the machine is */
	LONGEST_REPORT_SECONDS = 60,
	MOST_TASKS = 64,
	MOST_LOOKS = 500, /* LOOK_MS apart */
	LOOK_MS = 10
};

static _Thread_local unsigned int depth; /* callbacks call, too */
static _Thread_local uint64_t began;
static atomic_ulong calls;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now); /* which faults.c leaves alone */
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- findings --------------------------------------------------------------------------------- */

/* For the runner, which adds them up. */
__attribute__((destructor)) static void tell_calls(void)
{
	const char *path = getenv("FUZZ_CALLS");
	FILE *file = path ? fopen(path, "ae") : NULL;

	if (!file)
		return;
	fprintf(file, "%lu\n", atomic_load(&calls));
	fclose(file);
}

void finding(const char *format, ...)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	va_list arguments;

	/* One is enough, and libFuzzer's report of a second would wait for the first for ever. */
	if (atomic_flag_test_and_set(&told)) {
		for (;;)
			pause();
	}
	/* libFuzzer reports in its handler of SIGABRT. If that waits for a lock that this process never gives back, the alarm ends it. */
	signal(SIGALRM, SIG_DFL);
	alarm(LONGEST_REPORT_SECONDS);
	fputs("fuzz: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("\n", stderr);
	tell_calls();
	abort();
}

/* ---- inputs ----------------------------------------------------------------------------------- */

static _Atomic uint64_t input_began; /* 0: there is none */

/* libFuzzer looks at the time in a handler of SIGALRM, and reports there: in the middle of malloc(), say, whose lock the report waits
 * for. A thread of its own may wait for any lock. */
static void *look_after_inputs(void *unused)
{
	for (;;) {
		uint64_t start = atomic_load(&input_began);

		if (start && now_ns() - start > LONGEST_INPUT_SECONDS * 1000000000ull)
			finding("an input takes longer than %d seconds", LONGEST_INPUT_SECONDS);
		sleep(1);
	}
	return unused;
}

static void start_looking(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, look_after_inputs, NULL) || pthread_detach(thread))
		finding("no thread can be made");
}

/* ---- calls ------------------------------------------------------------------------------------ */

/* A thread of this process. */
struct task {
	unsigned long number;
	bool can_run;              /* it runs, or waits for a processor */
	unsigned long long waited; /* for processors, in ns, up to the last time that it got one */
	unsigned long long turns;  /* how often it got one */
};

/* proc(5): stat, schedstat. False: it has ended. */
static bool read_task(struct task *task)
{
	unsigned long long ran;
	char path[64], state = 0;
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "/proc/self/task/%lu/stat", task->number);
	file = fopen(path, "re");
	good = file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1;
	if (file)
		fclose(file);
	snprintf(path, sizeof(path), "/proc/self/task/%lu/schedstat", task->number);
	file = good ? fopen(path, "re") : NULL;
	good = file && fscanf(file, "%llu %llu %llu", &ran, &task->waited, &task->turns) == 3;
	if (file)
		fclose(file);
	task->can_run = state == 'R';
	return good;
}

static unsigned int list_tasks(struct task *tasks)
{
	DIR *folder = opendir("/proc/self/task");
	unsigned int count = 0;

	for (struct dirent *entry; folder && count < MOST_TASKS && (entry = readdir(folder));) {
		tasks[count].number = strtoul(entry->d_name, NULL, 10);
		if (tasks[count].number && read_task(&tasks[count]))
			count++;
	}
	if (folder)
		closedir(folder);
	return count;
}

/* How long threads of this process that could run have waited for a processor, in ns. */
static uint64_t waited_ns(void)
{
	struct task tasks[MOST_TASKS];
	unsigned int count = list_tasks(tasks);
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += tasks[i].waited;
	return sum;
}

/* Until each thread that waits for a processor had one: only then the kernel counts how long it waited. The simulated device is such a
 * thread, and the call that was too long may have waited for nothing else. */
static void let_others_run(void)
{
	const struct timespec pause_ = {.tv_nsec = LOOK_MS * 1000000};
	struct task tasks[MOST_TASKS];
	unsigned int count = list_tasks(tasks);

	for (unsigned int i = 0, looks = 0; i < count && looks < MOST_LOOKS;) {
		struct task now = tasks[i];

		if (!now.can_run || !read_task(&now) || !now.can_run || now.turns != tasks[i].turns) {
			i++;
			continue;
		}
		nanosleep(&pause_, NULL);
		looks++;
	}
}

static uint64_t waited_before; /* the input at hand */

void input_begins(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start_looking);
	waited_before = waited_ns();
	atomic_store(&input_began, now_ns());
}

void input_ends(void)
{
	atomic_store(&input_began, 0);
}

/* Whether a call took too long by itself, and not because the machine had other work. */
static bool is_hang(uint64_t took_ns)
{
	if (took_ns <= LONGEST_CALL_MS * 1000000ull)
		return false;
	let_others_run();
	return took_ns > LONGEST_CALL_MS * 1000000ull + (waited_ns() - waited_before);
}

void call_begins(const char *name)
{
	if (depth++)
		return;
	began = now_ns();
	if (tracing)
		fprintf(stderr, "    %s\n", name);
}

VAStatus call_ended(const char *name, VAStatus status)
{
	uint64_t took_ns = now_ns() - began;

	if (--depth)
		return status;
	if (is_hang(took_ns))
		finding("%s took %.1f seconds, and all threads together waited %.1f for a processor; no call may "
		        "take longer than %d",
		        name, (double)took_ns / 1e9, (double)(waited_ns() - waited_before) / 1e9,
		        LONGEST_CALL_MS / 1000);
	atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
	if (tracing)
		fprintf(stderr, "      = 0x%x after %.1f ms\n", (unsigned int)status, (double)took_ns / 1e6);
	return status;
}

bool call_is_running(void)
{
	return depth > 0;
}
