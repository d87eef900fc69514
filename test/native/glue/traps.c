/* SPDX-License-Identifier: MIT
 *
 * The core fails, at every export and in every way, or answers what cannot be: the call gets a status, the player one
 * sentence, and other contexts, the display and the process live on.
 */
#include <stddef.h>

#include "core/exchange.h"
#include "harness.h"
#include "player.h"
#include "trapping.h"

static const char *const display_exports[] = {
	"display_probe_control",    "display_add_decoder",
	"display_profiles",         "display_entrypoints",
	"display_config_attribute", "display_create_config",
	"display_choose_decoder",   "display_surface_attributes",
	"display_create_surface",   "display_surface_memory",
	"display_surface_layout",   "display_image_formats",
	"display_create_image",     "display_export",
	"display_get_image",        "display_put_image",
};
static const char *const context_exports[] = {
	"context_create",           "context_begin_picture",
	"context_render_parameter", "context_slice_header_size",
	"context_render_slice",     "context_output_surface",
	"context_end_picture",      "context_destroy",
	"context_sync_surface",     "context_surface_state",
	"context_surface_exported", "context_forget_surface",
	"context_output_done",      "context_capture_done",
	"context_report",           "context_resume",
	"context_ask_surface",      "context_damaged_surface",
};

static const char *export_name;
static enum trap_kind kind;
static unsigned call;

static bool decodes(struct player *player, VAContextID context, VASurfaceID surface, uint8_t seed)
{
	struct player_picture picture = {surface, VA_INVALID_SURFACE, 0, seed};
	bool equal = false;

	return player_decode(player, context, &picture) == VA_STATUS_SUCCESS &&
	       player_compare(player, surface, seed, &equal) == VA_STATUS_SUCCESS && equal;
}

/* Something that calls every export; statuses do not matter. */
static void do_everything(struct player *player, VAConfigID config, VAContextID *context)
{
	VADRMPRIMESurfaceDescriptor descriptor;
	VAImageFormat formats[32] = {{.fourcc = VA_FOURCC_NV12}};
	VASurfaceAttrib attributes[64];
	VAConfigAttrib attribute = {.type = VAConfigAttribRTFormat};
	VASurfaceStatus status;
	VASurfaceID surface = VA_INVALID_SURFACE, next = VA_INVALID_SURFACE;
	VAConfigID other = VA_INVALID_ID;
	VAImage image;
	VAProfile profiles[64];
	VAEntrypoint entrypoints[8];
	unsigned int size = 64;
	int count;

	player->table.vaQueryConfigProfiles(&player->va, profiles, &count);
	player->table.vaQueryConfigEntrypoints(&player->va, VAProfileH264High, entrypoints, &count);
	player->table.vaGetConfigAttributes(&player->va, VAProfileH264High, VAEntrypointVLD, &attribute, 1);
	player->table.vaQuerySurfaceAttributes(&player->va, config, attributes, &size);
	player->table.vaQueryImageFormats(&player->va, formats, &count);
	if (player_config(player, &other) == VA_STATUS_SUCCESS)
		player->table.vaDestroyConfig(&player->va, other);
	player_context(player, config, context);
	player_surfaces(player, &surface, 1);
	decodes(player, *context, surface, 1);
	player->table.vaQuerySurfaceStatus(&player->va, surface, &status);
	if (player->table.vaExportSurfaceHandle(&player->va, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                                        VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
	                                        &descriptor) == VA_STATUS_SUCCESS)
		close(descriptor.objects[0].fd);
	decodes(player, *context, surface, 2);
	formats[0].fourcc = VA_FOURCC_NV12;
	if (player->table.vaCreateImage(&player->va, &formats[0], PLAYER_SIDE, PLAYER_SIDE, &image) ==
	    VA_STATUS_SUCCESS) {
		player->table.vaPutImage(&player->va, surface, image.image_id, 0, 0, PLAYER_SIDE, PLAYER_SIDE, 0, 0,
		                         PLAYER_SIDE, PLAYER_SIDE);
		player->table.vaDestroyImage(&player->va, image.image_id);
	}
	/* A picture that is never ended: its surface is told to be without one. */
	player->table.vaBeginPicture(&player->va, *context, surface);
	if (player_surfaces(player, &next, 1) == VA_STATUS_SUCCESS) {
		player->table.vaBeginPicture(&player->va, *context, next);
		player->table.vaDestroySurfaces(&player->va, &next, 1);
	}
	player->table.vaDestroySurfaces(&player->va, &surface, 1);
	player->table.vaDestroyContext(&player->va, *context);
	/* Memory without a context. */
	surface = VA_INVALID_SURFACE;
	player_surfaces(player, &surface, 1);
	if (player->table.vaDeriveImage(&player->va, surface, &image) == VA_STATUS_SUCCESS)
		player->table.vaDestroyImage(&player->va, image.image_id);
	player->table.vaDestroySurfaces(&player->va, &surface, 1);
}

static void one_trap(void)
{
	struct player player;
	VAConfigID config;
	VAContextID bystander, victim = VA_INVALID_ID;
	VASurfaceID surface;
	bool of_context = !strncmp(export_name, "context_", 8);

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &surface, 1), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &bystander), VA_STATUS_SUCCESS);
	CHECK(decodes(&player, bystander, surface, 9));
	CHECK_EQUAL(player.messages, 0);
	trap_at(kind, export_name, TRAP_ANY_ARGUMENT, call);
	do_everything(&player, config, &victim);
	if (trap_count()) {
		CHECK(player.messages > 0);
		CHECK(strstr(player.last, "bug of the driver"));
	}
	trap_at(TRAP_NEVER, export_name, TRAP_ANY_ARGUMENT, 1);
	/* Exports that every context answers may have struck the bystander itself. */
	if (!of_context || (strcmp(export_name, "context_forget_surface") != 0))
		CHECK(decodes(&player, bystander, surface, 10));
	player.messages = 0;
	do_everything(&player, config, &victim);
	CHECK_EQUAL(player_context(&player, config, &victim), VA_STATUS_SUCCESS);
	CHECK(decodes(&player, victim, surface, 11));
	CHECK_EQUAL(player.messages, 0);
	player_close(&player);
}

/* Whether the export is called at all by do_everything(): a trap that never strikes proves nothing. */
static void is_reached(void)
{
	struct player player;
	VAConfigID config;
	VAContextID context = VA_INVALID_ID;

	trap_at(TRAP_ASSERT, export_name, TRAP_ANY_ARGUMENT, 1);
	player_open(&player);
	if (player.va.pDriverData) {
		player_config(&player, &config);
		do_everything(&player, config, &context);
		player_close(&player);
	}
	CHECK_EQUAL(trap_count(), 1);
}

static void open_and_close(void)
{
	struct player player;

	player_open(&player);
	if (player.va.pDriverData)
		player_close(&player);
}

/* What an export returns, and each word of what it leaves, is replaced by what no answer may hold or by what looks like
 * one. How much of that is refused depends on what the word means; none of it reaches memory, or the next call. */
static void spoilt_answers(void)
{
	static const uint32_t values[] = {5, 0x7fffffff, 0x80000000, 0xffffffff};
	const bool of_context = !strncmp(export_name, "context_", 8);
	const bool at_start =
		!strcmp(export_name, "display_add_decoder") || !strcmp(export_name, "display_probe_control");
	/* The head of a plan and its first step (glue_plans has the others); the longest answer of the display. */
	const uint32_t first_step = offsetof(struct core_plan, steps) / 4;
	const uint32_t words =
		of_context ? first_step + sizeof(struct core_step) / 4 : sizeof(struct core_allocation) / 4;
	struct player player;
	VAConfigID config;
	VAContextID bystander, victim = VA_INVALID_ID;
	VASurfaceID surface;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &surface, 1), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &bystander), VA_STATUS_SUCCESS);
	for (uint32_t word = 0; word <= words; word++) {
		if (of_context && word >= offsetof(struct core_plan, controls) / 4 && word < first_step)
			continue;
		for (size_t i = 0; i < TEST_COUNT(values); i++) {
			spoil_at(export_name, word == words ? SPOIL_RESULT : word * 4, values[i]);
			if (at_start)
				open_and_close();
			else
				do_everything(&player, config, &victim);
			CHECK(spoil_done());
		}
		CHECK(decodes(&player, bystander, surface, (uint8_t)(9 + word)));
	}
	player.messages = 0;
	do_everything(&player, config, &victim);
	CHECK_EQUAL(player.messages, 0);
	player_close(&player);
}

/* More bytes of one control than the glue hands over: said in one sentence that blames nobody's code, and the next picture
 * decodes. */
static void control_too_large(void)
{
	struct player player;
	VAConfigID config;
	VAContextID context;
	VASurfaceID surface;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &surface, 1), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &context), VA_STATUS_SUCCESS);
	CHECK(decodes(&player, context, surface, 3));
	spoil_at("context_end_picture",
	         offsetof(struct core_plan, controls) + offsetof(struct core_control, size), (256 << 10) + 1);
	CHECK(!decodes(&player, context, surface, 4));
	CHECK(spoil_done());
	CHECK_EQUAL(player.messages, 1);
	CHECK(strstr(player.last, "more slices or tiles") && !strstr(player.last, "bug of the driver"));
	CHECK(decodes(&player, context, surface, 5));
	CHECK_EQUAL(player.messages, 1);
	player_close(&player);
}

static bool one_export(const char *name, unsigned calls)
{
	struct test reached = {name, is_reached, NULL};
	struct test test = {name, one_trap, NULL};
	struct test spoilt = {name, spoilt_answers, NULL};
	bool good;

	export_name = name;
	good = run_one_test(&reached);
	for (int i = TRAP_OUT_OF_BOUNDS; i < TRAP_KINDS; i++) {
		kind = (enum trap_kind)i;
		for (call = 1; call <= calls; call++) {
			if (!run_one_test(&test)) {
				fprintf(stderr, "    with trap %d in call %u of %s\n", i, call, name);
				good = false;
			}
		}
	}
	if (!run_one_test(&spoilt)) {
		fprintf(stderr, "    with answers of %s that are wrong\n", name);
		good = false;
	}
	return good;
}

/* What was decoded before the context was lost can be looked at, with it and without it. */
static void good_pictures_stay_good(void)
{
	struct player player;
	struct player_picture picture = {.reference = VA_INVALID_SURFACE, .seed = 4};
	VASurfaceID surfaces[2];
	VAConfigID config;
	VAContextID context;
	bool equal;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, surfaces, 2), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &context), VA_STATUS_SUCCESS);
	CHECK(decodes(&player, context, surfaces[0], 3));
	trap_at(TRAP_ASSERT, "context_end_picture", TRAP_ANY_ARGUMENT, 1);
	picture.surface = surfaces[1];
	CHECK(player_decode(&player, context, &picture) != VA_STATUS_SUCCESS);
	CHECK_EQUAL(trap_count(), 1);
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(player.table.vaSyncSurface(&player.va, surfaces[0]), VA_STATUS_SUCCESS);
		CHECK(!player_is_bad(&player, surfaces[0]));
		CHECK_EQUAL(player_compare(&player, surfaces[0], 3, &equal), VA_STATUS_SUCCESS);
		CHECK(equal);
		if (i == 0)
			CHECK_EQUAL(player.table.vaDestroyContext(&player.va, context), VA_STATUS_SUCCESS);
	}
	player_close(&player);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *const *names;
		size_t count;
		unsigned calls;
	} lists[] = {
		{display_exports, TEST_COUNT(display_exports), 2},
		{context_exports, TEST_COUNT(context_exports), 3},
	};
	unsigned passed = 0, failed = 0;

	for (size_t i = 0; i < TEST_COUNT(lists); i++) {
		for (size_t j = 0; j < lists[i].count; j++) {
			bool good;

			if (argc > 1 && !strstr(lists[i].names[j], argv[1]))
				continue;
			good = one_export(lists[i].names[j], lists[i].calls);
			printf("  %s  %s traps, and lies\n", good ? "ok  " : "FAIL", lists[i].names[j]);
			if (good)
				passed++;
			else
				failed++;
		}
	}
	if (argc <= 1) {
		static const struct test others[] = {
			{"a control that is too large", control_too_large, NULL},
			{"good pictures stay good", good_pictures_stay_good, NULL},
		};

		for (size_t i = 0; i < TEST_COUNT(others); i++) {
			bool good = run_one_test(&others[i]);

			printf("  %s  %s\n", good ? "ok  " : "FAIL", others[i].name);
			if (good)
				passed++;
			else
				failed++;
		}
	}
	printf("%u passed, %u failed, %u skipped\n", passed, failed, 0u);
	return failed ? 1 : 0;
}
