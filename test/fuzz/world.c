/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "va/initialize.h" /* the driver is linked into this program; its entry calls driver_init() */

bool tracing;

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
