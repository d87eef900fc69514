/* SPDX-License-Identifier: MIT
 *
 * The samples of a picture go to another surface than the one that was begun, as with AV1's film grain.
 */
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
		{"whoever holds its export sees it finished", whoever_holds_its_export_sees_it_finished, NULL},
		{"another context finishes its picture there first", another_context_finishes_there_first, NULL},
		{"a surface that is gone costs one picture", a_surface_that_is_gone_costs_one_picture, NULL},
	};
	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
