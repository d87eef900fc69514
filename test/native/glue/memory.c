/* SPDX-License-Identifier: MIT
 *
 * Surfaces whose memory is not what the decoder would choose: seen outside before the stream was known, of another size, or
 * of another format.
 */
#include <sys/stat.h>

#include "harness.h"
#include "player.h"
#include "session.h"

/* The top left corner of a surface, read where its memory is. */
static void check_corner(struct session *session, VASurfaceID surface, int side, uint8_t seed)
{
	struct player *player = &session->player;
	unsigned wrong = 0;
	VAImage image;
	uint8_t *data;

	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, surface), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, surface, &image), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, (void **)&data), VA_STATUS_SUCCESS);
	for (int y = 0; y < side; y++) {
		const uint8_t *luma = data + image.offsets[0] + (size_t)y * image.pitches[0];
		const uint8_t *chroma = data + image.offsets[1] + (size_t)(y / 2) * image.pitches[1];

		for (int x = 0; x < side; x++) {
			wrong += luma[x] != player_sample(seed, 0, x, y);
			wrong += chroma[x] != player_sample(seed, 1 + x % 2, x / 2, y / 2);
		}
	}
	CHECK_EQUAL(wrong, 0);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
}

/* Whether two exports of a surface name the same memory, laid out in the same way. */
static bool same_memory(const VADRMPRIMESurfaceDescriptor *a, const VADRMPRIMESurfaceDescriptor *b)
{
	struct stat first, second;

	CHECK(fstat(a->objects[0].fd, &first) == 0 && fstat(b->objects[0].fd, &second) == 0);
	return first.st_ino == second.st_ino && a->layers[0].pitch[0] == b->layers[0].pitch[0] &&
	       a->layers[1].offset[0] == b->layers[1].offset[0];
}

/*
 * The player's surfaces are smaller than the stream. Memory that nobody has seen gives way to what the stream needs;
 * memory that is exported, or shown by an image, stays for life, and pictures are copied to it.
 */
static void exported_memory_stays(void)
{
	struct session session;
	struct player *player = &session.player;
	VADRMPRIMESurfaceDescriptor before, after;
	struct player_picture picture;
	VASurfaceID small[2];
	VAImage image;
	uint8_t *shown;

	open_session(&session);
	CHECK_EQUAL(player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420, 48, 48, small, 2, NULL, 0),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, small[0], &image), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, (void **)&shown), VA_STATUS_SUCCESS);
	picture = idr(small[0], 1);
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_SUCCESS);
	check_corner(&session, small[0], 48, 1);
	CHECK_EQUAL(shown[image.offsets[0] + image.pitches[0] + 2], player_sample(1, 0, 2, 1));
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	export_surface(&session, small[1], &before);
	picture = idr(small[1], 2);
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_SUCCESS);
	check_corner(&session, small[1], 48, 2);
	/* As a reference, the whole picture is there, though the surface holds a corner. */
	picture = (struct player_picture){session.surfaces[0], small[1], 1, 0};
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_SUCCESS);
	check_pixels(&session, session.surfaces[0], 2);
	export_surface(&session, small[1], &after);
	CHECK(same_memory(&before, &after));
	close(before.objects[0].fd);
	close(after.objects[0].fd);
	decode(&session, session.surfaces[0], 3);
	check_pixels(&session, session.surfaces[0], 3);
	CHECK_EQUAL(player->messages, 0);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, small, 2), VA_STATUS_SUCCESS);
	close_session(&session);
}

/* Its pixels would reach beyond the memory that the stream's pictures have: it has memory of its own. */
static void surface_larger_than_the_stream(void)
{
	struct session session;
	struct player *player = &session.player;
	struct player_picture picture;
	VASurfaceID large;

	open_session(&session);
	CHECK_EQUAL(
		player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420, 256, 256, &large, 1, NULL, 0),
		VA_STATUS_SUCCESS);
	picture = idr(large, 1);
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_SUCCESS);
	check_corner(&session, large, PLAYER_SIDE, 1);
	decode(&session, session.surfaces[0], 3);
	check_pixels(&session, session.surfaces[0], 3);
	CHECK_EQUAL(player->messages, 0);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, &large, 1), VA_STATUS_SUCCESS);
	close_session(&session);
}

/* A surface for 10 bit takes no 8-bit picture, by copy or otherwise: one sentence, and the next picture is well. */
static void surface_of_another_format(void)
{
	VASurfaceAttrib attribute = {
		.type = VASurfaceAttribPixelFormat,
		.flags = VA_SURFACE_ATTRIB_SETTABLE,
		.value = {.type = VAGenericValueTypeInteger, .value.i = VA_FOURCC_P010},
	};
	struct session session;
	struct player *player = &session.player;
	struct player_picture picture;
	VASurfaceID deep;

	open_session(&session);
	CHECK_EQUAL(player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420_10, PLAYER_SIDE, PLAYER_SIDE,
	                                            &deep, 1, &attribute, 1),
	            VA_STATUS_SUCCESS);
	picture = idr(deep, 1);
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_ERROR_INVALID_SURFACE);
	CHECK_EQUAL(player->messages, 1);
	CHECK(strstr(player->last, "format"));
	decode(&session, session.surfaces[0], 3);
	check_pixels(&session, session.surfaces[0], 3);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, &deep, 1), VA_STATUS_SUCCESS);
	close_session(&session);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"exported memory stays what it is", exported_memory_stays, NULL},
		{"a surface larger than the stream", surface_larger_than_the_stream, NULL},
		{"a surface of another format", surface_of_another_format, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
