/* SPDX-License-Identifier: MIT
 *
 * Surfaces that last, as real players use them: whatever comes and goes around it, an export shows its surface's latest
 * picture, and nothing else. Each on a decoder that imports dma-bufs, and on one that does not.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "player.h"
#include "session.h"

enum { GENERATION = 24, STREAMED = 40 };

static ino_t memory_of(const VADRMPRIMESurfaceDescriptor *descriptor)
{
	struct stat status;

	CHECK_EQUAL(fstat(descriptor->objects[0].fd, &status), 0);
	return status.st_ino;
}

static void sync_surface(struct session *session, VASurfaceID surface)
{
	CHECK_EQUAL(session->player.table.vaSyncSurface(&session->player.va, surface), VA_STATUS_SUCCESS);
}

static void destroy_surface(struct session *session, VASurfaceID surface)
{
	CHECK_EQUAL(session->player.table.vaDestroySurfaces(&session->player.va, &surface, 1), VA_STATUS_SUCCESS);
}

/* Decodes, and looks at it where the player cached the import. */
static void decode_and_look(struct session *session, VASurfaceID surface, uint8_t seed,
                            const VADRMPRIMESurfaceDescriptor *cached)
{
	decode(session, surface, seed);
	sync_surface(session, surface);
	CHECK(exported_equal(cached, seed));
}

/* mpv probes and GStreamer allocates so: a name, an export, and a context much later. */
static void exported_before_any_context(void)
{
	struct session session;
	VADRMPRIMESurfaceDescriptor cached[SURFACES], again;

	CHECK_EQUAL(player_open(&session.player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&session.player, session.surfaces, SURFACES), VA_STATUS_SUCCESS);
	for (int i = 0; i < SURFACES; i++)
		export_surface(&session, session.surfaces[i], &cached[i]);
	CHECK_EQUAL(player_config(&session.player, &session.config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&session.player, session.config, &session.context), VA_STATUS_SUCCESS);
	for (uint8_t round = 0; round < 3; round++) {
		for (uint8_t i = 0; i < SURFACES; i++)
			decode_and_look(&session, session.surfaces[i], (uint8_t)(1 + round * SURFACES + i), &cached[i]);
	}
	for (uint8_t i = 0; i < SURFACES; i++) {
		CHECK(exported_equal(&cached[i], (uint8_t)(1 + 2 * SURFACES + i)));
		export_surface(&session, session.surfaces[i], &again);
		CHECK_EQUAL(memory_of(&again), memory_of(&cached[i]));
		close(again.objects[0].fd);
		close(cached[i].objects[0].fd);
	}
	CHECK_EQUAL(session.player.messages, 0);
	close_session(&session);
}

/* Chromium: a context without targets, and surfaces on demand, more than the decoder has CAPTURE buffers. */
static void one_by_one_while_streaming(void)
{
	struct session session;
	VADRMPRIMESurfaceDescriptor cached[STREAMED];
	VASurfaceID surfaces[STREAMED];

	open_session(&session);
	for (uint8_t i = 0; i < STREAMED; i++) {
		CHECK_EQUAL(player_surfaces(&session.player, &surfaces[i], 1), VA_STATUS_SUCCESS);
		sync_surface(&session, surfaces[i]);
		export_surface(&session, surfaces[i], &cached[i]);
		if (i % 2) {
			struct player_picture next = {surfaces[i], surfaces[i - 1], 1, 0};

			CHECK_EQUAL(player_decode(&session.player, session.context, &next), VA_STATUS_SUCCESS);
			sync_surface(&session, surfaces[i]);
			CHECK(exported_equal(&cached[i], (uint8_t)(100 + i - 1)));
		} else {
			decode_and_look(&session, surfaces[i], (uint8_t)(100 + i), &cached[i]);
		}
	}
	for (uint8_t i = 0; i < STREAMED; i++) {
		CHECK(exported_equal(&cached[i], (uint8_t)(100 + i - i % 2)));
		destroy_surface(&session, surfaces[i]);
		CHECK(exported_equal(&cached[i], (uint8_t)(100 + i - i % 2)));
		close(cached[i].objects[0].fd);
	}
	CHECK_EQUAL(session.player.messages, 0);
	close_session(&session);
}

/* A compositor shows the picture of a surface that the player has dropped: later pictures go elsewhere. */
static void destroyed_while_its_export_is_open(void)
{
	struct session session;
	VADRMPRIMESurfaceDescriptor shown;
	VASurfaceID dropped;

	open_session(&session);
	CHECK_EQUAL(player_surfaces(&session.player, &dropped, 1), VA_STATUS_SUCCESS);
	export_surface(&session, dropped, &shown);
	decode_and_look(&session, dropped, 7, &shown);
	destroy_surface(&session, dropped);
	for (uint8_t i = 0; i < 40; i++) {
		VASurfaceID fresh;

		CHECK_EQUAL(player_surfaces(&session.player, &fresh, 1), VA_STATUS_SUCCESS);
		decode(&session, fresh, (uint8_t)(60 + i));
		check_pixels(&session, fresh, (uint8_t)(60 + i));
		destroy_surface(&session, fresh);
		CHECK(exported_equal(&shown, 7));
	}
	close(shown.objects[0].fd);
	CHECK_EQUAL(session.player.messages, 0);
	close_session(&session);
}

/* Firefox at a loop: the old context goes, its surfaces stay on screen and go one by one while the new ones are filled. */
static void two_generations(void)
{
	struct session session;
	struct player *player = &session.player;
	VADRMPRIMESurfaceDescriptor shown[2][GENERATION];
	VASurfaceID surfaces[2][GENERATION];

	open_session(&session);
	for (int round = 0; round < 3; round++) {
		const int now = round % 2;

		for (uint8_t i = 0; i < GENERATION; i++) {
			const uint8_t seed = (uint8_t)(1 + now * 100 + i);

			CHECK_EQUAL(player_surfaces(player, &surfaces[now][i], 1), VA_STATUS_SUCCESS);
			export_surface(&session, surfaces[now][i], &shown[now][i]);
			decode_and_look(&session, surfaces[now][i], seed, &shown[now][i]);
			if (round == 0)
				continue;
			/* All old ones that are left are as they were. */
			for (uint8_t j = i; j < GENERATION; j++)
				CHECK(exported_equal(&shown[!now][j], (uint8_t)(1 + !now * 100 + j)));
			destroy_surface(&session, surfaces[!now][i]);
			close(shown[!now][i].objects[0].fd);
		}
		CHECK_EQUAL(player->table.vaDestroyContext(&player->va, session.context), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player_context(player, session.config, &session.context), VA_STATUS_SUCCESS);
	}
	for (uint8_t i = 0; i < GENERATION; i++) {
		destroy_surface(&session, surfaces[0][i]);
		close(shown[0][i].objects[0].fd);
	}
	CHECK_EQUAL(player->messages, 0);
	close_session(&session);
}

/* What was derived and mapped before stays readable when context and surface are gone. */
static void image_unmapped_after_the_context(void)
{
	struct session session;
	struct player *player = &session.player;
	VASurfaceID surface;
	VAImage image;
	uint8_t *data;

	open_session(&session);
	CHECK_EQUAL(player_surfaces(player, &surface, 1), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, surface, &image), VA_STATUS_SUCCESS);
	decode(&session, surface, 9);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, (void **)&data), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, session.context), VA_STATUS_SUCCESS);
	CHECK(player_equal(data, image.offsets, image.pitches, 9));
	destroy_surface(&session, surface);
	CHECK_EQUAL(player_context(player, session.config, &session.context), VA_STATUS_SUCCESS);
	decode(&session, session.surfaces[0], 10);
	check_pixels(&session, session.surfaces[0], 10);
	CHECK(player_equal(data, image.offsets, image.pitches, 9));
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->messages, 0);
	close_session(&session);
}

/* The same on a decoder whose pictures come as copies. */
#define COPIED(name)                         \
	static void name##_copied(void)          \
	{                                        \
		setenv("V4L2SIM_NO_DMABUF", "1", 1); \
		name();                              \
	}
COPIED(exported_before_any_context)
COPIED(one_by_one_while_streaming)
COPIED(destroyed_while_its_export_is_open)
COPIED(two_generations)
COPIED(image_unmapped_after_the_context)

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"exported before any context", exported_before_any_context, NULL},
		{"one by one while streaming", one_by_one_while_streaming, NULL},
		{"destroyed while its export is open", destroyed_while_its_export_is_open, NULL},
		{"two generations", two_generations, NULL},
		{"an image unmapped after the context is gone", image_unmapped_after_the_context, NULL},
		{"exported before any context, copied", exported_before_any_context_copied, NULL},
		{"one by one while streaming, copied", one_by_one_while_streaming_copied, NULL},
		{"destroyed while its export is open, copied", destroyed_while_its_export_is_open_copied, NULL},
		{"two generations, copied", two_generations_copied, NULL},
		{"an image unmapped after the context is gone, copied", image_unmapped_after_the_context_copied,
	     NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
