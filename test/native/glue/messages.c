/* SPDX-License-Identifier: MIT
 *
 * When the driver speaks, how often, and what a player may do while it listens.
 */
#include "harness.h"
#include "player.h"
#include "session.h"
#include "trapping.h"
#include "va/driver.h"

/* ---- a player that calls back ------------------------------------------------------------------ */

static struct session *listener;
static unsigned heard;

/* Every object is asked for, and the context destroyed: each lock of the driver is taken by one of these. */
static void call_back(VADriverContextP va, const char *sentence)
{
	struct VADriverVTable *table = va->vtable;
	VASurfaceStatus status;
	VADRMPRIMESurfaceDescriptor descriptor;
	VAConfigAttrib attribute = {.type = VAConfigAttribRTFormat};
	VASurfaceID surface;
	VAImage image;

	(void)sentence;
	if (heard++)
		return; /* what these calls say themselves */
	for (int i = 0; i < SURFACES; i++) {
		table->vaSyncSurface(va, listener->surfaces[i]);
		table->vaQuerySurfaceStatus(va, listener->surfaces[i], &status);
		if (table->vaDeriveImage(va, listener->surfaces[i], &image) == VA_STATUS_SUCCESS)
			table->vaDestroyImage(va, image.image_id);
		if (table->vaExportSurfaceHandle(va, listener->surfaces[i], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
		                                 VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
		                                 &descriptor) == VA_STATUS_SUCCESS)
			close(descriptor.objects[0].fd);
	}
	table->vaGetConfigAttributes(va, VAProfileH264High, VAEntrypointVLD, &attribute, 1);
	table->vaEndPicture(va, listener->context);
	CHECK_EQUAL(table->vaDestroyContext(va, listener->context), VA_STATUS_SUCCESS);
	if (table->vaCreateSurfaces2(va, VA_RT_FORMAT_YUV420, 64, 64, &surface, 1, NULL, 0) == VA_STATUS_SUCCESS)
		table->vaDestroySurfaces(va, &surface, 1);
}

static void open_listener(struct session *session)
{
	open_session(session);
	for (int i = 0; i < SURFACES; i++)
		decode(session, session->surfaces[i], (uint8_t)(i + 1));
	listener = session;
	heard = 0;
	session->player.va.error_callback = call_back;
}

static void close_listener(struct session *session)
{
	CHECK(heard > 0);
	session->player.va.error_callback = NULL;
	trap_at(TRAP_NEVER, "context_end_picture", 0, 0);
	player_close(&session->player);
}

static void begin_without_a_surface(struct session *session)
{
	session->player.table.vaBeginPicture(&session->player.va, session->context, 0x123);
}

static void render_what_does_not_exist(struct session *session)
{
	VABufferID buffer = 0x123;

	session->player.table.vaBeginPicture(&session->player.va, session->context, session->surfaces[0]);
	session->player.table.vaRenderPicture(&session->player.va, session->context, &buffer, 1);
}

static void end_without_slices(struct session *session)
{
	session->player.table.vaBeginPicture(&session->player.va, session->context, session->surfaces[0]);
	session->player.table.vaEndPicture(&session->player.va, session->context);
}

static void end_with_a_trap(struct session *session)
{
	struct player_picture picture = idr(session->surfaces[0], 9);

	trap_at(TRAP_ASSERT, "context_end_picture", TRAP_ANY_ARGUMENT, 1);
	player_decode(&session->player, session->context, &picture);
}

static void sync_with_a_trap(struct session *session)
{
	trap_at(TRAP_ASSERT, "context_sync_surface", TRAP_ANY_ARGUMENT, 1);
	session->player.table.vaSyncSurface(&session->player.va, session->surfaces[0]);
}

/* The display's core is asked for a layout while a surface is locked. */
static void derive_with_a_trap(struct session *session)
{
	VASurfaceID fresh;
	VAImage image;

	CHECK_EQUAL(session->player.table.vaCreateSurfaces2(&session->player.va, VA_RT_FORMAT_YUV420, 64, 64,
	                                                    &fresh, 1, NULL, 0),
	            VA_STATUS_SUCCESS);
	trap_at(TRAP_ASSERT, "display_surface_layout", TRAP_ANY_ARGUMENT, 1);
	session->player.table.vaDeriveImage(&session->player.va, fresh, &image);
}

static void copy_with_a_trap(struct session *session)
{
	VAImageFormat format = {.fourcc = VA_FOURCC_NV12};
	VAImage image;

	CHECK_EQUAL(session->player.table.vaCreateImage(&session->player.va, &format, 64, 64, &image),
	            VA_STATUS_SUCCESS);
	trap_at(TRAP_ASSERT, "display_get_image", TRAP_ANY_ARGUMENT, 1);
	session->player.table.vaGetImage(&session->player.va, session->surfaces[1], 0, 0, 64, 64, image.image_id);
}

static void destroy_with_a_trap(struct session *session)
{
	VASurfaceID gone = session->surfaces[3];

	trap_at(TRAP_ASSERT, "context_forget_surface", TRAP_ANY_ARGUMENT, 1);
	session->player.table.vaDestroySurfaces(&session->player.va, &gone, 1);
}

static void a_player_may_call_back(void)
{
	static void (*const speaks[])(struct session *) = {
		begin_without_a_surface, render_what_does_not_exist, end_without_slices, end_with_a_trap,
		sync_with_a_trap,        derive_with_a_trap,         copy_with_a_trap,   destroy_with_a_trap,
	};

	for (size_t i = 0; i < sizeof(speaks) / sizeof(speaks[0]); i++) {
		struct session session;

		open_listener(&session);
		speaks[i](&session);
		close_listener(&session);
	}
}

/* ---- how often --------------------------------------------------------------------------------- */

static void a_reason_that_comes_again(void)
{
	struct session session;
	struct player *player = &session.player;

	open_session(&session);
	for (unsigned i = 1; i <= 120; i++) {
		atomic_store(&player->messages, 0);
		CHECK_EQUAL(player->table.vaBeginPicture(&player->va, session.context, session.surfaces[0]),
		            VA_STATUS_SUCCESS);
		CHECK(player->table.vaEndPicture(&player->va, session.context) != VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->messages, i == 1 || i == 10 || i == 100);
		if (i > 1 && player->messages) {
			char again[64];

			snprintf(again, sizeof(again), "it is not decoded (the %uth time in this stream)\n", i);
			CHECK(strstr(player->last, again));
		}
	}
	/* Another stream is another context. */
	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, session.context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(player, session.config, &session.context), VA_STATUS_SUCCESS);
	atomic_store(&player->messages, 0);
	end_without_slices(&session);
	CHECK_EQUAL(player->messages, 1);
	close_session(&session);
}

static void more_than_a_call_can_say(void)
{
	VASurfaceID unknown[DRIVER_MESSAGES + 5];
	struct session session;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		unknown[i] = 0x100 + (VASurfaceID)i;
	open_session(&session);
	session.player.table.vaDestroySurfaces(&session.player.va, unknown, DRIVER_MESSAGES + 5);
	CHECK_EQUAL(session.player.messages, DRIVER_MESSAGES + 1);
	CHECK(strstr(session.player.last, "0x100"));
	atomic_store(&session.player.messages, 0);
	session.player.table.vaDestroySurfaces(&session.player.va, unknown, 2);
	CHECK_EQUAL(session.player.messages, 2);
	close_session(&session);
}

/* ---- a player that does not listen ------------------------------------------------------------- */

/* As libva's: it calls the player's callback without a look. */
static void forward(VADriverContextP va, const char *sentence)
{
	const struct VADisplayContext *display = va->pDisplayContext;

	display->error_callback(display->error_callback_user_context, sentence);
}

static void a_player_that_listens_to_nothing(void)
{
	struct VADisplayContext display = {.error_callback = NULL};
	struct session session;

	open_session(&session);
	session.player.va.pDisplayContext = &display;
	session.player.va.error_callback = forward;
	begin_without_a_surface(&session);
	end_without_slices(&session);
	session.player.va.error_callback = NULL;
	begin_without_a_surface(&session);
	close_session(&session);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"a player may call back while it listens", a_player_may_call_back, NULL},
		{"a reason that comes again is said 1, 10, 100 times", a_reason_that_comes_again, NULL},
		{"more than a call can say is counted", more_than_a_call_can_say, NULL},
		{"a player that listens to nothing", a_player_that_listens_to_nothing, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
