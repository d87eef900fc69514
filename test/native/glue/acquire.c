/* SPDX-License-Identifier: MIT
 *
 * vaAcquireBufferHandle: the dma-buf of a derived image, as VLC 3 takes it for each picture.
 */
#include <fcntl.h>
#include <va/va_drmcommon.h>

#include "harness.h"
#include "player.h"
#include "session.h"

static void *map_handle(const VABufferInfo *info)
{
	void *map = mmap(NULL, info->mem_size, PROT_READ, MAP_SHARED, (int)info->handle, 0);

	CHECK(map != MAP_FAILED);
	return map;
}

/* For each picture: derived, acquired, looked at without a word to the driver, released, destroyed. */
static void as_vlc_does(void)
{
	struct session session;
	struct player *player = &session.player;
	void *kept = NULL;
	size_t kept_size = 0;
	VAImage image;

	setenv("V4L2SIM_DELAY_US", "2000", 1);
	open_session(&session);
	for (uint8_t seed = 1; seed <= 12; seed++) {
		VASurfaceID surface = session.surfaces[seed % SURFACES];
		VABufferInfo info = {.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME};
		VABufferInfo again = {0};

		decode(&session, surface, seed);
		CHECK_EQUAL(player->table.vaDeriveImage(&player->va, surface, &image), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaAcquireBufferHandle(&player->va, image.buf, &info), VA_STATUS_SUCCESS);
		CHECK_EQUAL(info.type, VAImageBufferType);
		CHECK_EQUAL(info.mem_type, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME);
		CHECK(info.mem_size >= image.data_size);
		if (kept)
			munmap(kept, kept_size);
		kept = map_handle(&info);
		kept_size = info.mem_size;
		CHECK(player_equal(kept, image.offsets, image.pitches, seed));
		CHECK_EQUAL(player->table.vaAcquireBufferHandle(&player->va, image.buf, &again), VA_STATUS_SUCCESS);
		CHECK_EQUAL(again.handle, info.handle);
		CHECK_EQUAL(player->table.vaReleaseBufferHandle(&player->va, image.buf), VA_STATUS_SUCCESS);
		CHECK(fcntl((int)info.handle, F_GETFD) >= 0);
		CHECK_EQUAL(player->table.vaReleaseBufferHandle(&player->va, image.buf), VA_STATUS_SUCCESS);
		CHECK_EQUAL(fcntl((int)info.handle, F_GETFD), -1);
		CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	}
	/* What is mapped is the surface, for good: its next picture comes there. */
	decode(&session, session.surfaces[12 % SURFACES], 77);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[12 % SURFACES]), VA_STATUS_SUCCESS);
	CHECK(player_equal(kept, image.offsets, image.pitches, 77));
	munmap(kept, kept_size);
	CHECK_EQUAL(player->messages, 0);
	close_session(&session);
}

static void what_is_refused(void)
{
	struct session session;
	struct player *player = &session.player;
	VAImageFormat format = {.fourcc = VA_FOURCC_NV12};
	VABufferInfo info = {0};
	VABufferInfo other = {.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2};
	VAImage image, own;
	void *data;

	open_session(&session);
	decode(&session, session.surfaces[0], 5);
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, session.surfaces[0], &image), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaAcquireBufferHandle(&player->va, image.buf, NULL),
	            VA_STATUS_ERROR_INVALID_PARAMETER);
	CHECK_EQUAL(player->table.vaAcquireBufferHandle(&player->va, image.buf, &other),
	            VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
	CHECK_EQUAL(player->messages, 0);
	CHECK_EQUAL(player->table.vaReleaseBufferHandle(&player->va, image.buf),
	            VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK_EQUAL(player->messages, 1);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, &data), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaAcquireBufferHandle(&player->va, image.buf, &info),
	            VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK_EQUAL(player->messages, 2);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaCreateImage(&player->va, &format, PLAYER_SIDE, PLAYER_SIDE, &own),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaAcquireBufferHandle(&player->va, own.buf, &info),
	            VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE);
	CHECK_EQUAL(player->messages, 3);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, own.image_id), VA_STATUS_SUCCESS);
	/* Never released: the descriptor goes with the image. */
	CHECK_EQUAL(player->table.vaAcquireBufferHandle(&player->va, image.buf, &info), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	close_session(&session);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"each picture, as VLC 3 takes it", as_vlc_does, NULL},
		{"what is refused, and what is never released", what_is_refused, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
