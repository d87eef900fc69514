/* SPDX-License-Identifier: MIT
 *
 * Calls inside each other's, and clients beside each other: whoever misbehaves harms nobody else. Sanitizers see what is used after it
 * has gone.
 */
#include <pthread.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <time.h>

#include "harness.h"
#include "interpose.h"
#include "player.h"

enum { SURFACES = 3, PICTURES = 5, GOOD = 2, ROUNDS = 60 };

struct stage {
	struct player player;
	VAConfigID config;
	_Atomic VAContextID context; /* the last one that vaCreateContext returned */
	VAContextID before;          /* made before this one */
	atomic_int contexts;         /* made, less those that somebody destroyed */
	VASurfaceID surfaces[SURFACES];
};

static bool right(struct player *player, VAContextID context, VASurfaceID surface, uint8_t seed)
{
	struct player_picture picture = {surface, VA_INVALID_SURFACE, 0, seed};
	bool equal = false;

	return player_decode(player, context, &picture) == VA_STATUS_SUCCESS &&
	       player_compare(player, surface, seed, &equal) == VA_STATUS_SUCCESS && equal;
}

/* ---- a call inside another call's ioctl ---------------------------------------------------------------- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool armed;
	unsigned place; /* which ioctl of a life; counts from 1 */
	unsigned seen;
	bool struck, done;
	pthread_t thread;
	void (*intrude)(struct stage *);
	struct stage *stage;
} intrusion = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *intruder(void *argument)
{
	(void)argument;
	intrusion.intrude(intrusion.stage);
	pthread_mutex_lock(&intrusion.lock);
	intrusion.done = true;
	pthread_cond_broadcast(&intrusion.changed);
	pthread_mutex_unlock(&intrusion.lock);
	return NULL;
}

/* Who must wait for the call that is inside this ioctl does so after it: the ioctl goes on in a moment. */
static void let_in(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 4000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	CHECK_EQUAL(pthread_create(&intrusion.thread, NULL, intruder, NULL), 0);
	pthread_mutex_lock(&intrusion.lock);
	while (!intrusion.done) {
		if (pthread_cond_timedwait(&intrusion.changed, &intrusion.lock, &until))
			break;
	}
	pthread_mutex_unlock(&intrusion.lock);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	bool now;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	pthread_mutex_lock(&intrusion.lock);
	now = intrusion.armed && ++intrusion.seen == intrusion.place;
	intrusion.armed &= !now;
	intrusion.struck |= now;
	pthread_mutex_unlock(&intrusion.lock);
	if (now)
		let_in();
	return next_ioctl(fd, request, argument);
}

/* Whoever comes first destroys it, and the other hears that it is none. */
static void destroy_one_context(struct stage *stage, VAContextID id)
{
	if (stage->player.table.vaDestroyContext(&stage->player.va, id) == VA_STATUS_SUCCESS)
		atomic_fetch_sub(&stage->contexts, 1);
}

/* Other statuses do not matter: what it needs may have gone. */
static void life(struct stage *stage)
{
	struct player *player = &stage->player;
	VASurfaceAttrib attributes[64];
	VADRMPRIMESurfaceDescriptor descriptor;
	unsigned int count = 64;
	VAContextID context;
	VAImage image;
	bool equal;

	player->table.vaQuerySurfaceAttributes(&player->va, stage->config, attributes, &count);
	if (player_context(player, stage->config, &context) == VA_STATUS_SUCCESS) {
		atomic_store(&stage->context, context);
		atomic_fetch_add(&stage->contexts, 1);
	}
	if (player->table.vaDeriveImage(&player->va, stage->surfaces[2], &image) == VA_STATUS_SUCCESS)
		player->table.vaDestroyImage(&player->va, image.image_id);
	for (uint8_t i = 0; i < PICTURES; i++) {
		struct player_picture picture = {stage->surfaces[i % SURFACES], VA_INVALID_SURFACE, 0, i};

		player_decode(player, stage->context, &picture);
		player_compare(player, picture.surface, i, &equal);
	}
	if (player->table.vaExportSurfaceHandle(
			&player->va, stage->surfaces[0], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
			VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor) == VA_STATUS_SUCCESS)
		close(descriptor.objects[0].fd);
	destroy_one_context(stage, stage->context);
	player->table.vaDestroySurfaces(&player->va, stage->surfaces, SURFACES);
	player->table.vaDestroyConfig(&player->va, stage->config);
}

static void destroy_config(struct stage *stage)
{
	stage->player.table.vaDestroyConfig(&stage->player.va, stage->config);
}

static void destroy_surfaces(struct stage *stage)
{
	stage->player.table.vaDestroySurfaces(&stage->player.va, stage->surfaces, SURFACES);
}

/* Its id can be guessed before vaCreateContext has returned it. */
static void destroy_context(struct stage *stage)
{
	destroy_one_context(stage, stage->context);
	destroy_one_context(stage, stage->before + 1);
}

/* Those that were made last, whoever made them. */
static void destroy_buffers(struct stage *stage)
{
	struct player *player = &stage->player;
	VABufferID last;

	if (player->table.vaCreateBuffer(&player->va, stage->context, VASliceDataBufferType, 1, 1, NULL, &last) !=
	    VA_STATUS_SUCCESS)
		return;
	for (VABufferID i = 0; i <= PLAYER_BUFFERS; i++)
		player->table.vaDestroyBuffer(&player->va, last - i);
}

static void look(struct stage *stage)
{
	struct player *player = &stage->player;
	VADRMPRIMESurfaceDescriptor descriptor;
	VASurfaceStatus status;
	VAImage image;
	void *data;

	for (int i = 0; i < SURFACES; i++) {
		player->table.vaQuerySurfaceStatus(&player->va, stage->surfaces[i], &status);
		player->table.vaSyncSurface2(&player->va, stage->surfaces[i], 1000000);
		if (player->table.vaDeriveImage(&player->va, stage->surfaces[i], &image) == VA_STATUS_SUCCESS) {
			player->table.vaMapBuffer(&player->va, image.buf, &data);
			player->table.vaDestroyImage(&player->va, image.image_id);
		}
		if (player->table.vaExportSurfaceHandle(
				&player->va, stage->surfaces[i], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
				VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor) == VA_STATUS_SUCCESS)
			close(descriptor.objects[0].fd);
	}
}

/* In a context of its own, to a surface of the other's. */
static void decode_beside(struct stage *stage)
{
	struct player *player = &stage->player;
	VAConfigID config;
	VAContextID context;
	struct player_picture picture = {stage->surfaces[0], VA_INVALID_SURFACE, 0, 99};

	if (player_config(player, &config) == VA_STATUS_SUCCESS &&
	    player_context(player, config, &context) == VA_STATUS_SUCCESS) {
		player_decode(player, context, &picture);
		player->table.vaDestroyContext(&player->va, context);
	}
	player->table.vaDestroyConfig(&player->va, config);
}

/* Each life has an intruder in the next ioctl; after it, a context decodes as ever. */
static void in_each_ioctl(void (*intrude)(struct stage *))
{
	struct stage stage = {.context = VA_INVALID_ID, .before = VA_INVALID_ID};
	struct player *player = &stage.player;
	VAConfigID config;
	VAContextID context;
	VASurfaceID surface;
	bool struck;

	CHECK_EQUAL(player_open(player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(player, &surface, 1), VA_STATUS_SUCCESS);
	intrusion.intrude = intrude;
	intrusion.stage = &stage;
	for (unsigned place = 1;; place++) {
		CHECK_EQUAL(player_config(player, &stage.config), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player_surfaces(player, stage.surfaces, SURFACES), VA_STATUS_SUCCESS);
		pthread_mutex_lock(&intrusion.lock);
		intrusion.place = place;
		intrusion.seen = 0;
		intrusion.struck = intrusion.done = false;
		intrusion.armed = true;
		pthread_mutex_unlock(&intrusion.lock);
		life(&stage);
		pthread_mutex_lock(&intrusion.lock);
		intrusion.armed = false;
		struck = intrusion.struck;
		pthread_mutex_unlock(&intrusion.lock);
		if (!struck)
			break;
		pthread_join(intrusion.thread, NULL);
		CHECK_EQUAL(atomic_load(&stage.contexts), 0);
		CHECK_EQUAL(player_context(player, config, &context), VA_STATUS_SUCCESS);
		CHECK(right(player, context, surface, (uint8_t)place));
		stage.before = context;
		CHECK_EQUAL(player->table.vaDestroyContext(&player->va, context), VA_STATUS_SUCCESS);
	}
	CHECK(intrusion.place > 50);
	player_close(player);
}

#define IN_EACH(name)               \
	static void name##_inside(void) \
	{                               \
		in_each_ioctl(name);        \
	}
IN_EACH(destroy_config)
IN_EACH(destroy_surfaces)
IN_EACH(destroy_context)
IN_EACH(destroy_buffers)
IN_EACH(look)
IN_EACH(decode_beside)

/* ---- a misbehaving neighbour ---------------------------------------------------------------------------- */

static struct {
	struct player player;
	VAConfigID config;
	atomic_uint rounds; /* of misbehaviour */
} house;

static void *behave(void *argument)
{
	struct player *player = &house.player;
	VASurfaceID surfaces[SURFACES];
	VAContextID context;

	(void)argument;
	CHECK_EQUAL(player_surfaces(player, surfaces, SURFACES), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(player, house.config, &context), VA_STATUS_SUCCESS);
	for (unsigned i = 0; i < ROUNDS || atomic_load(&house.rounds) < ROUNDS; i++)
		CHECK(right(player, context, surfaces[i % SURFACES], (uint8_t)(i + context)));
	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, surfaces, SURFACES), VA_STATUS_SUCCESS);
	return NULL;
}

/* All ids that the neighbour ever had; they name nothing any more, unless it left something behind. */
static struct {
	VASurfaceID surfaces[ROUNDS];
	VAContextID contexts[ROUNDS];
	VABufferID buffers[ROUNDS][PLAYER_BUFFERS];
	VAImageID images[ROUNDS];
} had;

static void remember_nothing(unsigned round)
{
	had.surfaces[round] = VA_INVALID_SURFACE;
	had.contexts[round] = VA_INVALID_ID;
	had.images[round] = VA_INVALID_ID;
	for (int i = 0; i < PLAYER_BUFFERS; i++)
		had.buffers[round][i] = VA_INVALID_ID;
}

/* Questions that are refused, one by one. */
static void ask_too_much(struct player *player, unsigned round)
{
	VAImageFormat format = {.fourcc = VA_FOURCC_RGBX};
	VADRMPRIMESurfaceDescriptor descriptor;
	VASurfaceID surface;
	VAConfigID config;
	VAImage image;

	CHECK(player->table.vaCreateConfig(&player->va, (VAProfile)(1000 + round), VAEntrypointVLD, NULL, 0,
	                                   &config) != VA_STATUS_SUCCESS);
	CHECK(player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV444, 16, 16, &surface, 1, NULL, 0) !=
	      VA_STATUS_SUCCESS);
	CHECK(player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420, 1u << 30, 16, &surface, 1, NULL,
	                                      0) != VA_STATUS_SUCCESS);
	CHECK(player->table.vaCreateImage(&player->va, &format, 16, 16, &image) != VA_STATUS_SUCCESS);
	CHECK(player->table.vaExportSurfaceHandle(&player->va, had.surfaces[round],
	                                          VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2, UINT32_MAX,
	                                          &descriptor) != VA_STATUS_SUCCESS);
}

/* What it destroyed long ago, once more. */
static void destroy_again(struct player *player, unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++) {
		for (int k = 0; k < PLAYER_BUFFERS; k++)
			player->table.vaDestroyBuffer(&player->va, had.buffers[i][k]);
		player->table.vaDestroyImage(&player->va, had.images[i]);
		player->table.vaDestroyContext(&player->va, had.contexts[i]);
		player->table.vaDestroySurfaces(&player->va, &had.surfaces[i], 1);
	}
}

/* Calls in the wrong order, ids that are none or were destroyed, pictures of noise, contexts that go in the middle of a picture. */
static void misbehave(unsigned round)
{
	struct player *player = &house.player;
	struct player_picture picture = {VA_INVALID_SURFACE, VA_INVALID_SURFACE, 0, (uint8_t)round};
	VABufferID buffers[PLAYER_BUFFERS];
	VASurfaceID surface;
	VAContextID context;
	VAImage image;
	void *data;

	remember_nothing(round);
	if (player_surfaces(player, &surface, 1) != VA_STATUS_SUCCESS ||
	    player_context(player, house.config, &context) != VA_STATUS_SUCCESS)
		return;
	had.surfaces[round] = picture.surface = surface;
	had.contexts[round] = context;
	ask_too_much(player, round);
	player->table.vaEndPicture(&player->va, context);
	player->table.vaBeginPicture(&player->va, context, round % 3 ? surface : round);
	player->table.vaBeginPicture(&player->va, context, surface);
	player_render_halves(player, context, &picture, round % 2);
	if (player_buffers(player, context, &picture, buffers) == VA_STATUS_SUCCESS) {
		memcpy(had.buffers[round], buffers, sizeof(buffers));
		buffers[round % PLAYER_BUFFERS] ^= round << 16;
		player->table.vaRenderPicture(&player->va, context, buffers, PLAYER_BUFFERS);
		player->table.vaMapBuffer(&player->va, buffers[0], &data);
	}
	if (round % 2)
		player->table.vaEndPicture(&player->va, context);
	if (player->table.vaDeriveImage(&player->va, surface, &image) == VA_STATUS_SUCCESS) {
		had.images[round] = image.image_id;
		if (round % 4)
			player->table.vaDestroyBuffer(&player->va, image.buf);
	}
	player->table.vaDestroySurfaces(&player->va, &surface, 1);
	if (round % 5)
		player->table.vaDestroyContext(&player->va, context);
	player->table.vaDestroyContext(&player->va, context ^ 0x08000000);
	destroy_again(player, round);
}

static void beside_a_neighbour(void)
{
	pthread_t good[GOOD];

	CHECK_EQUAL(player_open(&house.player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&house.player, &house.config), VA_STATUS_SUCCESS);
	atomic_init(&house.rounds, 0);
	for (int i = 0; i < GOOD; i++)
		CHECK_EQUAL(pthread_create(&good[i], NULL, behave, NULL), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		misbehave(i);
		atomic_fetch_add(&house.rounds, 1);
	}
	for (int i = 0; i < GOOD; i++)
		pthread_join(good[i], NULL);
	CHECK(house.player.messages > 0);
	/* What it left behind goes with the display. */
	player_close(&house.player);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"the config goes inside each ioctl", destroy_config_inside, NULL},
		{"surfaces go inside each ioctl", destroy_surfaces_inside, NULL},
		{"the context goes inside each ioctl", destroy_context_inside, NULL},
		{"buffers go inside each ioctl", destroy_buffers_inside, NULL},
		{"surfaces are looked at inside each ioctl", look_inside, NULL},
		{"another context decodes inside each ioctl", decode_beside_inside, NULL},
		{"beside a misbehaving neighbour", beside_a_neighbour, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
