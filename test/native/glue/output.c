/* SPDX-License-Identifier: MIT
 *
 * The samples of a picture go to another surface than the one that was begun, as with AV1's film grain.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "player.h"
#include "trapping.h"

enum { BEGUN, SHOWN, OTHER, SURFACES };

struct scene {
	struct player player;
	VAConfigID config;
	VAContextID context;
	VASurfaceID surfaces[SURFACES];
};

static void open_scene(struct scene *scene)
{
	CHECK_EQUAL(player_open(&scene->player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&scene->player, &scene->config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&scene->player, scene->surfaces, SURFACES), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&scene->player, scene->config, &scene->context), VA_STATUS_SUCCESS);
	output_at(scene->surfaces[BEGUN], scene->surfaces[SHOWN]);
}

static void close_scene(struct scene *scene)
{
	output_at(0, 0);
	CHECK_EQUAL(scene->player.messages, 0);
	player_close(&scene->player);
}

static VAStatus decode(struct scene *scene, VAContextID context, int surface, uint8_t seed)
{
	const struct player_picture picture = {scene->surfaces[surface], VA_INVALID_SURFACE, 0, seed};

	return player_decode(&scene->player, context, &picture);
}

static bool holds(struct scene *scene, int surface, uint8_t seed)
{
	bool equal = false;

	CHECK_EQUAL(player_compare(&scene->player, scene->surfaces[surface], seed, &equal), VA_STATUS_SUCCESS);
	return equal;
}

static void samples_go_there(void)
{
	struct scene scene;

	open_scene(&scene);
	CHECK_EQUAL(decode(&scene, scene.context, BEGUN, 5), VA_STATUS_SUCCESS);
	CHECK(holds(&scene, SHOWN, 5));
	CHECK_EQUAL(scene.player.table.vaSyncSurface(&scene.player.va, scene.surfaces[BEGUN]), VA_STATUS_SUCCESS);
	/* In turns with pictures that stay where they are begun. */
	CHECK_EQUAL(decode(&scene, scene.context, OTHER, 6), VA_STATUS_SUCCESS);
	CHECK_EQUAL(decode(&scene, scene.context, BEGUN, 7), VA_STATUS_SUCCESS);
	CHECK_EQUAL(decode(&scene, scene.context, SHOWN, 8), VA_STATUS_SUCCESS);
	CHECK_EQUAL(decode(&scene, scene.context, BEGUN, 9), VA_STATUS_SUCCESS);
	CHECK(holds(&scene, OTHER, 6));
	CHECK(holds(&scene, SHOWN, 9));
	close_scene(&scene);
}

static void the_one_begun_is_the_reference(void)
{
	struct scene scene;
	struct player_picture follows;

	open_scene(&scene);
	CHECK_EQUAL(decode(&scene, scene.context, BEGUN, 5), VA_STATUS_SUCCESS);
	follows = (struct player_picture){scene.surfaces[OTHER], scene.surfaces[BEGUN], 1, 0};
	CHECK_EQUAL(player_decode(&scene.player, scene.context, &follows), VA_STATUS_SUCCESS);
	CHECK(holds(&scene, OTHER, 5));
	close_scene(&scene);
}

static VAStatus export_surface(struct scene *scene, int surface)
{
	VADRMPRIMESurfaceDescriptor exported;
	const VAStatus status = scene->player.table.vaExportSurfaceHandle(
		&scene->player.va, scene->surfaces[surface], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
		VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS, &exported);

	if (status == VA_STATUS_SUCCESS)
		close(exported.objects[0].fd);
	return status;
}

/* Exactly one sentence, which names the call and the surface to read. */
static bool was_told(struct scene *scene, const char *call)
{
	char where[32];
	const bool told = scene->player.messages == 1 && strstr(scene->player.last, call);

	snprintf(where, sizeof(where), "in surface 0x%x", scene->surfaces[SHOWN]);
	scene->player.messages = 0;
	return told && strstr(scene->player.last, where);
}

/* Decoders keep what others refer to to themselves: the memory of that surface has another picture, or none. */
static void the_one_begun_has_nothing_to_read(void)
{
	struct scene scene;
	VADriverContextP va;
	VAImageFormat format = {.fourcc = VA_FOURCC_NV12};
	VABufferInfo info = {.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME};
	VAImage derived, image;
	bool equal;
	void *data;

	open_scene(&scene);
	va = &scene.player.va;
	CHECK_EQUAL(decode(&scene, scene.context, BEGUN, 5), VA_STATUS_SUCCESS);
	CHECK_EQUAL(export_surface(&scene, BEGUN), VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK(was_told(&scene, "vaExportSurfaceHandle"));
	CHECK_EQUAL(player_compare(&scene.player, scene.surfaces[BEGUN], 5, &equal),
	            VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK(was_told(&scene, "vaGetImage"));
	CHECK_EQUAL(scene.player.table.vaDeriveImage(va, scene.surfaces[BEGUN], &derived), VA_STATUS_SUCCESS);
	CHECK_EQUAL(scene.player.table.vaMapBuffer(va, derived.buf, &data), VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK(was_told(&scene, "vaMapBuffer"));
	CHECK_EQUAL(scene.player.table.vaAcquireBufferHandle(va, derived.buf, &info),
	            VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK(was_told(&scene, "vaAcquireBufferHandle"));
	CHECK_EQUAL(scene.player.table.vaDestroyImage(va, derived.image_id), VA_STATUS_SUCCESS);
	/* The same without the context; until the player puts samples there, or another picture is decoded to it. */
	CHECK_EQUAL(scene.player.table.vaDestroyContext(va, scene.context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(export_surface(&scene, BEGUN), VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK(was_told(&scene, "vaExportSurfaceHandle"));
	CHECK_EQUAL(export_surface(&scene, SHOWN), VA_STATUS_SUCCESS);
	CHECK_EQUAL(scene.player.table.vaCreateImage(va, &format, PLAYER_SIDE, PLAYER_SIDE, &image),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(scene.player.table.vaPutImage(va, scene.surfaces[BEGUN], image.image_id, 0, 0, PLAYER_SIDE,
	                                          PLAYER_SIDE, 0, 0, PLAYER_SIDE, PLAYER_SIDE),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(scene.player.table.vaDestroyImage(va, image.image_id), VA_STATUS_SUCCESS);
	CHECK_EQUAL(export_surface(&scene, BEGUN), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&scene.player, scene.config, &scene.context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(decode(&scene, scene.context, BEGUN, 6), VA_STATUS_SUCCESS);
	CHECK_EQUAL(export_surface(&scene, BEGUN), VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK(was_told(&scene, "vaExportSurfaceHandle"));
	output_at(0, 0);
	CHECK_EQUAL(decode(&scene, scene.context, BEGUN, 7), VA_STATUS_SUCCESS);
	CHECK_EQUAL(export_surface(&scene, BEGUN), VA_STATUS_SUCCESS);
	CHECK(holds(&scene, BEGUN, 7));
	close_scene(&scene);
}

static void whoever_holds_its_export_sees_it_finished(void)
{
	struct scene scene;
	VADRMPRIMESurfaceDescriptor exported;
	VASurfaceStatus status = VASurfaceRendering;

	open_scene(&scene);
	CHECK_EQUAL(decode(&scene, scene.context, SHOWN, 4), VA_STATUS_SUCCESS);
	CHECK_EQUAL(scene.player.table.vaExportSurfaceHandle(
					&scene.player.va, scene.surfaces[SHOWN], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
					VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS, &exported),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(decode(&scene, scene.context, BEGUN, 5), VA_STATUS_SUCCESS);
	CHECK_EQUAL(scene.player.table.vaQuerySurfaceStatus(&scene.player.va, scene.surfaces[SHOWN], &status),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(status, VASurfaceReady);
	CHECK(holds(&scene, SHOWN, 5));
	close(exported.objects[0].fd);
	close_scene(&scene);
}

static void another_context_finishes_there_first(void)
{
	struct scene scene;
	VAContextID other;

	open_scene(&scene);
	CHECK_EQUAL(player_context(&scene.player, scene.config, &other), VA_STATUS_SUCCESS);
	for (uint8_t round = 0; round < 8; round++) {
		CHECK_EQUAL(decode(&scene, other, SHOWN, (uint8_t)(20 + round)), VA_STATUS_SUCCESS);
		CHECK_EQUAL(decode(&scene, scene.context, BEGUN, (uint8_t)(40 + round)), VA_STATUS_SUCCESS);
		CHECK(holds(&scene, SHOWN, (uint8_t)(40 + round)));
	}
	close_scene(&scene);
}

static void a_surface_that_is_gone_costs_one_picture(void)
{
	struct scene scene;

	open_scene(&scene);
	CHECK_EQUAL(decode(&scene, scene.context, OTHER, 4), VA_STATUS_SUCCESS);
	CHECK_EQUAL(scene.player.table.vaDestroySurfaces(&scene.player.va, &scene.surfaces[SHOWN], 1),
	            VA_STATUS_SUCCESS);
	CHECK(decode(&scene, scene.context, BEGUN, 5) != VA_STATUS_SUCCESS);
	CHECK_EQUAL(scene.player.messages, 1);
	scene.player.messages = 0;
	CHECK_EQUAL(decode(&scene, scene.context, OTHER, 6), VA_STATUS_SUCCESS);
	CHECK(holds(&scene, OTHER, 6));
	close_scene(&scene);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"the samples go to the other surface", samples_go_there, NULL},
		{"later pictures name the one begun as their reference", the_one_begun_is_the_reference, NULL},
		{"the one begun has nothing to read", the_one_begun_has_nothing_to_read, NULL},
		{"whoever holds its export sees it finished", whoever_holds_its_export_sees_it_finished, NULL},
		{"another context finishes its picture there first", another_context_finishes_there_first, NULL},
		{"a surface that is gone costs one picture", a_surface_that_is_gone_costs_one_picture, NULL},
	};
	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
