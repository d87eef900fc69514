/* SPDX-License-Identifier: MIT
 *
 * Several threads on one display, as mpv (decoder and output) and Firefox (changing threads) do it, and worse.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "harness.h"
#include "player.h"

enum { SURFACES = 6, PICTURES = 150, THREADS = 4 };

struct stage {
	struct player player;
	VAConfigID config;
	VAContextID context;
	VASurfaceID surfaces[SURFACES];
	pthread_mutex_t lock;
	pthread_cond_t moved;
	unsigned int decoded; /* pictures that are queued */
	unsigned int shown;
	bool stop;
};

static void open_stage(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	CHECK_EQUAL(player_open(&stage->player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&stage->player, &stage->config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&stage->player, stage->surfaces, SURFACES), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&stage->player, stage->config, &stage->context), VA_STATUS_SUCCESS);
	pthread_mutex_init(&stage->lock, NULL);
	pthread_cond_init(&stage->moved, NULL);
}

static void close_stage(struct stage *stage)
{
	struct player *player = &stage->player;

	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, stage->context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, stage->surfaces, SURFACES), VA_STATUS_SUCCESS);
	player_close(player);
	pthread_cond_destroy(&stage->moved);
	pthread_mutex_destroy(&stage->lock);
}

/* ---- mpv: one thread decodes, the other exports, syncs and looks --------------------------------- */

static void *show(void *argument)
{
	struct stage *stage = argument;
	struct player *player = &stage->player;

	for (unsigned int i = 0; i < PICTURES; i++) {
		VASurfaceID surface = stage->surfaces[i % SURFACES];
		VADRMPRIMESurfaceDescriptor descriptor;
		uint32_t offsets[2], pitches[2];
		uint8_t *data;

		pthread_mutex_lock(&stage->lock);
		while (stage->decoded <= i)
			pthread_cond_wait(&stage->moved, &stage->lock);
		pthread_mutex_unlock(&stage->lock);
		CHECK_EQUAL(player->table.vaExportSurfaceHandle(
						&player->va, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
						VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor),
		            VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaSyncSurface(&player->va, surface), VA_STATUS_SUCCESS);
		data = mmap(NULL, descriptor.objects[0].size, PROT_READ, MAP_SHARED, descriptor.objects[0].fd, 0);
		CHECK(data != MAP_FAILED);
		for (int j = 0; j < 2; j++) {
			offsets[j] = descriptor.layers[j].offset[0];
			pitches[j] = descriptor.layers[j].pitch[0];
		}
		CHECK(player_equal(data, offsets, pitches, (uint8_t)i));
		munmap(data, descriptor.objects[0].size);
		close(descriptor.objects[0].fd);
		pthread_mutex_lock(&stage->lock);
		stage->shown++;
		pthread_cond_broadcast(&stage->moved);
		pthread_mutex_unlock(&stage->lock);
	}
	return NULL;
}

static void decoder_and_output(void)
{
	struct stage stage;
	pthread_t output;

	setenv("V4L2SIM_DELAY_US", "300", 1);
	open_stage(&stage);
	CHECK_EQUAL(pthread_create(&output, NULL, show, &stage), 0);
	for (unsigned int i = 0; i < PICTURES; i++) {
		struct player_picture picture = {stage.surfaces[i % SURFACES], VA_INVALID_SURFACE, 0, (uint8_t)i};

		pthread_mutex_lock(&stage.lock);
		while (i >= stage.shown + SURFACES)
			pthread_cond_wait(&stage.moved, &stage.lock);
		pthread_mutex_unlock(&stage.lock);
		CHECK_EQUAL(player_decode(&stage.player, stage.context, &picture), VA_STATUS_SUCCESS);
		pthread_mutex_lock(&stage.lock);
		stage.decoded++;
		pthread_cond_broadcast(&stage.moved);
		pthread_mutex_unlock(&stage.lock);
	}
	pthread_join(output, NULL);
	CHECK_EQUAL(stage.player.messages, 0);
	close_stage(&stage);
}

/* ---- everybody asks while one decodes, and then the context goes ----------------------------------- */

static bool stopped(struct stage *stage)
{
	bool stop;

	pthread_mutex_lock(&stage->lock);
	stop = stage->stop;
	pthread_mutex_unlock(&stage->lock);
	return stop;
}

static void *ask(void *argument)
{
	struct stage *stage = argument;
	struct player *player = &stage->player;

	for (unsigned int i = 0; !stopped(stage); i++) {
		VASurfaceID surface = stage->surfaces[i * 5 % SURFACES];
		VASurfaceStatus status;
		VAImage image;
		void *data;
		bool equal;

		switch (i % 5) {
		case 0:
			CHECK_EQUAL(player->table.vaSyncSurface(&player->va, surface), VA_STATUS_SUCCESS);
			break;
		case 1:
			CHECK_EQUAL(player->table.vaQuerySurfaceStatus(&player->va, surface, &status), VA_STATUS_SUCCESS);
			break;
		case 2:
			CHECK_EQUAL(player_compare(player, surface, 0, &equal), VA_STATUS_SUCCESS);
			break;
		case 3: {
			VAStatus sync = player->table.vaSyncSurface2(&player->va, surface, 100000);

			CHECK(sync == VA_STATUS_SUCCESS || sync == VA_STATUS_ERROR_TIMEDOUT);
			break;
		}
		default:
			CHECK_EQUAL(player->table.vaDeriveImage(&player->va, surface, &image), VA_STATUS_SUCCESS);
			CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, &data), VA_STATUS_SUCCESS);
			CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
			CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
		}
	}
	return NULL;
}

static void everybody_asks(void)
{
	struct stage stage;
	pthread_t threads[THREADS];

	setenv("V4L2SIM_DELAY_US", "200", 1);
	open_stage(&stage);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, ask, &stage), 0);
	/* Contexts come and go under those who wait. */
	for (int round = 0; round < 6; round++) {
		for (unsigned int i = 0; i < 20; i++) {
			struct player_picture picture = {stage.surfaces[i % SURFACES], VA_INVALID_SURFACE, 0, (uint8_t)i};

			CHECK_EQUAL(player_decode(&stage.player, stage.context, &picture), VA_STATUS_SUCCESS);
		}
		CHECK_EQUAL(stage.player.table.vaDestroyContext(&stage.player.va, stage.context), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player_context(&stage.player, stage.config, &stage.context), VA_STATUS_SUCCESS);
	}
	pthread_mutex_lock(&stage.lock);
	stage.stop = true;
	pthread_mutex_unlock(&stage.lock);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQUAL(stage.player.messages, 0);
	close_stage(&stage);
}

/* ---- a context of its own for each thread ---------------------------------------------------------- */

static void *decode_alone(void *argument)
{
	struct stage *stage = argument;
	struct player *player = &stage->player;
	VASurfaceID surfaces[3];
	VAContextID context;
	bool equal;

	CHECK_EQUAL(player_context(player, stage->config, &context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(player, surfaces, 3), VA_STATUS_SUCCESS);
	for (unsigned int i = 0; i < 40; i++) {
		struct player_picture picture = {surfaces[i % 3], VA_INVALID_SURFACE, 0, (uint8_t)(i + context)};

		CHECK_EQUAL(player_decode(player, context, &picture), VA_STATUS_SUCCESS);
		if (i % 3 == 2) {
			CHECK_EQUAL(player_compare(player, picture.surface, picture.seed, &equal), VA_STATUS_SUCCESS);
			CHECK(equal);
		}
	}
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, surfaces, 3), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, context), VA_STATUS_SUCCESS);
	return NULL;
}

static void a_context_each(void)
{
	struct stage stage;
	pthread_t threads[THREADS];

	open_stage(&stage);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, decode_alone, &stage), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQUAL(stage.player.messages, 0);
	close_stage(&stage);
}

/* ---- destruction under use --------------------------------------------------------------------- */

/* Statuses are not looked at: each of these may come too late. */
static void *use_anything(void *argument)
{
	struct stage *stage = argument;
	struct player *player = &stage->player;

	for (unsigned int i = 0; !stopped(stage); i++) {
		struct player_picture picture;
		VASurfaceID surface;
		VAContextID context;
		bool equal;

		pthread_mutex_lock(&stage->lock);
		surface = stage->surfaces[i % SURFACES];
		context = stage->context;
		pthread_mutex_unlock(&stage->lock);
		picture = (struct player_picture){surface, VA_INVALID_SURFACE, 0, (uint8_t)i};
		player_decode(player, context, &picture);
		player->table.vaSyncSurface(&player->va, surface);
		player_compare(player, surface, 1, &equal);
	}
	return NULL;
}

static void destroyed_under_use(void)
{
	struct stage stage;
	struct player *player = &stage.player;
	pthread_t threads[THREADS];

	setenv("V4L2SIM_DELAY_US", "100", 1);
	open_stage(&stage);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, use_anything, &stage), 0);
	for (int round = 0; round < 60; round++) {
		VASurfaceID fresh, old;
		VAContextID context, old_context = VA_INVALID_ID;

		CHECK_EQUAL(player_surfaces(player, &fresh, 1), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player_context(player, stage.config, &context), VA_STATUS_SUCCESS);
		pthread_mutex_lock(&stage.lock);
		old = stage.surfaces[round % SURFACES];
		stage.surfaces[round % SURFACES] = fresh;
		if (round % 4 == 0) {
			old_context = stage.context;
			stage.context = context;
		}
		pthread_mutex_unlock(&stage.lock);
		CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, &old, 1), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaDestroyContext(&player->va, round % 4 ? context : old_context),
		            VA_STATUS_SUCCESS);
	}
	pthread_mutex_lock(&stage.lock);
	stage.stop = true;
	pthread_mutex_unlock(&stage.lock);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	close_stage(&stage);
}

/* ---- a wait that outlasts its context ---------------------------------------------------------- */

static void *destroy(void *argument)
{
	struct stage *stage = argument;

	CHECK_EQUAL(stage->player.table.vaDestroyContext(&stage->player.va, stage->context), VA_STATUS_SUCCESS);
	return NULL;
}

static void synced_while_destroyed(void)
{
	struct stage stage;
	struct player *player = &stage.player;
	VADRMPRIMESurfaceDescriptor descriptor;
	uint32_t offsets[2], pitches[2];
	uint8_t *data;
	pthread_t destroyer;

	setenv("V4L2SIM_DELAY_US", "40000", 1);
	open_stage(&stage);
	CHECK_EQUAL(player->table.vaExportSurfaceHandle(
					&player->va, stage.surfaces[3], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
					VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor),
	            VA_STATUS_SUCCESS);
	for (int i = 0; i < 2; i++) {
		offsets[i] = descriptor.layers[i].offset[0];
		pitches[i] = descriptor.layers[i].pitch[0];
	}
	data = mmap(NULL, descriptor.objects[0].size, PROT_READ, MAP_SHARED, descriptor.objects[0].fd, 0);
	CHECK(data != MAP_FAILED);
	for (int i = 0; i < 4; i++) {
		struct player_picture picture = {stage.surfaces[i], VA_INVALID_SURFACE, 0, (uint8_t)(60 + i)};

		CHECK_EQUAL(player_decode(player, stage.context, &picture), VA_STATUS_SUCCESS);
		/* From here on this player is one that syncs: the export is not finished for it. */
		if (i == 0)
			CHECK_EQUAL(player->table.vaSyncSurface(&player->va, picture.surface), VA_STATUS_SUCCESS);
	}
	CHECK_EQUAL(pthread_create(&destroyer, NULL, destroy, &stage), 0);
	usleep(10000);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, stage.surfaces[3]), VA_STATUS_SUCCESS);
	CHECK(player_equal(data, offsets, pitches, 63));
	pthread_join(destroyer, NULL);
	munmap(data, descriptor.objects[0].size);
	close(descriptor.objects[0].fd);
	CHECK_EQUAL(player_context(player, stage.config, &stage.context), VA_STATUS_SUCCESS);
	close_stage(&stage);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"a decoding and a showing thread", decoder_and_output, NULL},
		{"many ask while contexts come and go", everybody_asks, NULL},
		{"a context for each thread", a_context_each, NULL},
		{"synced while its context is destroyed", synced_while_destroyed, NULL},
		{"destroyed under use", destroyed_under_use, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
