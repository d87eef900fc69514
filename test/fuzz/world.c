/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"
#include "va/initialize.h" /* the driver is linked into this program; its entry calls driver_init() */

enum { LONGEST_CALL_MS = 2000 };

bool tracing;

/* ---- calls ------------------------------------------------------------------------------------ */

static _Thread_local unsigned int depth; /* callbacks call, too */
static _Thread_local uint64_t began;
static atomic_ulong calls;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now); /* which faults.c leaves alone */
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

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
	va_list arguments;

	fputs("fuzz: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("\n", stderr);
	tell_calls();
	abort();
}

/* How long threads of this process that could run have waited for a processor (proc(5), schedstat), in ns. */
static uint64_t waited_ns(void)
{
	DIR *folder = opendir("/proc/self/task");
	unsigned long long sum = 0, ran, waited;
	char path[300];

	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", entry->d_name);
		file = fopen(path, "re");
		if (file && fscanf(file, "%llu %llu", &ran, &waited) == 2)
			sum += waited;
		if (file)
			fclose(file);
	}
	if (folder)
		closedir(folder);
	return sum;
}

static uint64_t waited_before; /* the input at hand */

void calls_begin(void)
{
	waited_before = waited_ns();
}

/* Whether a call took too long by itself, and not because the machine had other work. */
static bool is_hang(uint64_t took_ns)
{
	return took_ns > LONGEST_CALL_MS * 1000000ull &&
	       took_ns > LONGEST_CALL_MS * 1000000ull + (waited_ns() - waited_before);
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
	if (--depth)
		return status;
	if (is_hang(now_ns() - began))
		finding("%s took %.1f seconds; no call may take longer than %d", name,
		        (double)(now_ns() - began) / 1e9, LONGEST_CALL_MS / 1000);
	atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
	if (tracing)
		fprintf(stderr, "      = 0x%x after %.1f ms\n", (unsigned int)status,
		        (double)(now_ns() - began) / 1e6);
	return status;
}

bool call_is_running(void)
{
	return depth > 0;
}

#if THREADS
/* libFuzzer looks at what strings are compared with, from any thread. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:__sanitizer_weak_hook_*\nrace:fuzzer::*\n";
}
#endif

/* ---- displays --------------------------------------------------------------------------------- */

static void take_message(VADriverContextP va, const char *message)
{
	struct display *display = (struct display *)va; /* its first member */
	int count = 0;
	VAProfile profiles[128];

	if (tracing)
		fprintf(stderr, "      \"%s\"\n", message);
	if (!THREADS)
		snprintf(display->words, sizeof(display->words), "%s", message);
	if (!lying && strstr(message, "as a bug of the driver"))
		finding("the driver says: %s", message);
	/* It may call back. */
	if (display->open)
		display->table.vaQueryConfigProfiles(va, profiles, &count);
}

bool world_open(struct display *display)
{
	VAStatus status;

	if (display->open)
		return true;
	memset(display, 0, sizeof(*display));
	display->va.vtable = &display->table;
	display->va.vtable_vpp = &display->vpp;
	display->va.vtable_prot = &display->prot;
	display->va.error_callback = take_message;
	display->va.display_type = 0x31; /* VA_DISPLAY_DRM_RENDERNODES; drm_state stays NULL, as under Wayland */
	call_begins("vaInitialize");
	status = call_ended("vaInitialize", driver_init(&display->va));
	display->open = status == VA_STATUS_SUCCESS;
	return display->open;
}

void world_close(struct display *display)
{
	if (!display->open)
		return;
	call_begins("vaTerminate");
	call_ended("vaTerminate", display->table.vaTerminate(&display->va));
	display->open = false;
}

void world_drop_handles(struct world *world)
{
	for (int i = 0; i < HANDLES; i++) {
		if (world->handles[i].fd >= 0)
			close(world->handles[i].fd);
		world->handles[i].fd = -1;
	}
}

/* ---- ids -------------------------------------------------------------------------------------- */

uint32_t world_pick(struct world *world, enum kind kind, uint8_t byte)
{
	static const uint32_t strange[] = {0, VA_INVALID_ID, 0x10000000, 0x3fffffff};

	if (byte < 0xf0)
		return atomic_load_explicit(&world->ids[kind][byte % SLOTS], memory_order_relaxed);
	if (byte < 0xf8) /* of another kind */
		return atomic_load_explicit(&world->ids[(kind + 1) % KINDS][byte % 8], memory_order_relaxed);
	if (byte < 0xfc) /* one that comes later, or has been */
		return atomic_load_explicit(&world->ids[kind][byte % 4], memory_order_relaxed) +
		       (byte & 1 ? 1 : 0x10000);
	return strange[byte % 4];
}

void world_keep(struct world *world, enum kind kind, uint8_t byte, uint32_t id)
{
	if (id != VA_INVALID_ID)
		atomic_store_explicit(&world->ids[kind][byte % SLOTS], id, memory_order_relaxed);
}
