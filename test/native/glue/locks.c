/* SPDX-License-Identifier: MIT
 *
 * Nobody waits, and nothing is said, while a lock is held that another call needs: at each poll(), pause and sentence of a player's one
 * thread, all of them are free. Only a context's turn is kept while a call that decodes waits, so that another thread's picture comes
 * after it.
 */
#include <poll.h>
#include <pthread.h>

#include "harness.h"
#include "interpose.h"
#include "player.h"
#include "session.h"
#include "va/driver.h"

static struct session session;
static bool watched;
static unsigned waits, pauses, sentences;

static void is_free(pthread_mutex_t *lock)
{
	CHECK_EQUAL(pthread_mutex_trylock(lock), 0);
	pthread_mutex_unlock(lock);
}

/* executor: whether that lock has to be free, too. */
static void nothing_is_locked(bool executor, bool turn)
{
	struct driver *driver = driver_of(&session.player.va);
	struct object *object;
	uint32_t cursor = 0;

	is_free(&driver->display_lock);
	is_free(&driver->objects.lock);
	is_free(&driver->messages.lock);
	while ((object = objects_next(&driver->objects, OBJECT_SURFACE, &cursor))) {
		is_free(&((struct surface *)object)->lock);
		object_put(object);
	}
	cursor = 0;
	while ((object = objects_next(&driver->objects, OBJECT_BUFFER, &cursor))) {
		is_free(&((struct buffer *)object)->lock);
		object_put(object);
	}
	cursor = 0;
	while ((object = objects_next(&driver->objects, OBJECT_CONTEXT, &cursor))) {
		if (executor)
			is_free(&((struct context *)object)->executor.lock);
		if (turn)
			is_free(&((struct context *)object)->turn);
		object_put(object);
	}
}

static void let_other_begin(void);

int poll(struct pollfd *polled, nfds_t count, int timeout)
{
	if (watched && timeout != 0) {
		waits++;
		nothing_is_locked(true, false);
	}
	if (timeout != 0)
		let_other_begin();
	return next_poll(polled, count, timeout);
}

/* The symbol that a program of 64-bit time calls. */
#if __SIZEOF_POINTER__ == 8
#define TIMEDWAIT(prefix) prefix##pthread_cond_timedwait
#else
#define TIMEDWAIT(prefix) prefix##__pthread_cond_timedwait64
#endif
int TIMEDWAIT(__real_)(pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *until);
int TIMEDWAIT(__wrap_)(pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *until);

/* Which gives up the executor's lock itself. */
int TIMEDWAIT(__wrap_)(pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *until)
{
	if (watched) {
		pauses++;
		nothing_is_locked(false, false);
	}
	return TIMEDWAIT(__real_)(condition, lock, until);
}

static void hear(VADriverContextP va, const char *sentence)
{
	(void)va;
	(void)sentence;
	if (watched) {
		sentences++;
		nothing_is_locked(true, true);
	}
}

/* Decodes to each surface, some of them exported, and looks at them in every way. */
static void play(int macroblocks)
{
	struct player *player = &session.player;
	const struct player_shape shape = {macroblocks, 0};
	VADRMPRIMESurfaceDescriptor descriptor;
	VASurfaceStatus status;
	VAImage image;
	bool equal;
	void *data;

	for (uint8_t i = 0; i < 4 * SURFACES; i++) {
		struct player_picture picture = idr(session.surfaces[i % SURFACES], i);

		player_decode_shaped(player, session.context, &picture, &shape);
		switch (i % 6) {
		case 0:
			player->table.vaSyncSurface(&player->va, picture.surface);
			break;
		case 1:
			player->table.vaSyncSurface2(&player->va, picture.surface, 500000);
			player->table.vaQuerySurfaceStatus(&player->va, picture.surface, &status);
			break;
		case 2:
			player_compare(player, picture.surface, i, &equal);
			break;
		case 3:
			if (player->table.vaExportSurfaceHandle(
					&player->va, picture.surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
					VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor) == VA_STATUS_SUCCESS)
				close(descriptor.objects[0].fd);
			break;
		case 4:
			if (player->table.vaDeriveImage(&player->va, picture.surface, &image) == VA_STATUS_SUCCESS) {
				player->table.vaMapBuffer(&player->va, image.buf, &data);
				player->table.vaDestroyImage(&player->va, image.image_id);
			}
			break;
		default:
			player->table.vaQuerySurfaceError(&player->va, picture.surface, VA_STATUS_ERROR_DECODING_ERROR,
			                                  &data);
		}
	}
}

static void play_all(void)
{
	struct player *player = &session.player;
	VASurfaceID none = 77;
	VABufferID no_buffer = 77;

	setenv("V4L2SIM_DELAY_US", "2000", 1);
	setenv("V4L2SIM_FAULT", "STREAMON:1-2:EBUSY,decode:5:error,decode:9:hang,QBUF.CAPTURE:14:ENOMEM", 1);
	open_session(&session);
	player->va.error_callback = hear;
	watched = true;
	play(PLAYER_MACROBLOCKS);
	play(PLAYER_MACROBLOCKS - 1);
	CHECK(player->table.vaSyncSurface(&player->va, none) != VA_STATUS_SUCCESS);
	CHECK(player->table.vaDestroySurfaces(&player->va, &none, 1) != VA_STATUS_SUCCESS);
	CHECK(player->table.vaRenderPicture(&player->va, session.context, &no_buffer, 1) != VA_STATUS_SUCCESS);
	CHECK(player->table.vaEndPicture(&player->va, session.context) != VA_STATUS_SUCCESS);
	/* With pictures in flight. */
	for (uint8_t i = 0; i < SURFACES; i++) {
		struct player_picture picture = idr(session.surfaces[i], i);

		player_decode(player, session.context, &picture);
	}
	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, session.context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(player, session.config, &session.context), VA_STATUS_SUCCESS);
	watched = false;
	CHECK(waits > 20 && pauses > 1 && sentences > 5);
	close_session(&session);
}

static void by_slices(void)
{
	setenv("V4L2SIM_KIND", "h264:slice", 1);
	play_all();
}

static void converted(void)
{
	setenv("V4L2SIM_FORMAT", "NV12_4L4", 1);
	play_all();
}

static void copied(void)
{
	setenv("V4L2SIM_NO_DMABUF", "1", 1);
	play_all();
}

/* ---- two threads, one context ---------------------------------------------------------------------- */

/* The other thread begins its picture while this one's vaEndPicture waits for the decoder. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool armed, begun, ended; /* ended: the first picture is */
	pthread_t thread;
} other = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void tell(bool *what)
{
	pthread_mutex_lock(&other.lock);
	*what = true;
	pthread_cond_broadcast(&other.changed);
	pthread_mutex_unlock(&other.lock);
}

static void *decode_second(void *argument)
{
	struct player *player = &session.player;
	struct player_picture picture = idr(session.surfaces[1], 2);
	VABufferID buffers[PLAYER_BUFFERS];

	(void)argument;
	CHECK_EQUAL(player_buffers(player, session.context, &picture, buffers), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaBeginPicture(&player->va, session.context, picture.surface),
	            VA_STATUS_SUCCESS);
	tell(&other.begun);
	pthread_mutex_lock(&other.lock);
	while (!other.ended)
		pthread_cond_wait(&other.changed, &other.lock);
	pthread_mutex_unlock(&other.lock);
	CHECK_EQUAL(player->table.vaRenderPicture(&player->va, session.context, buffers, PLAYER_BUFFERS),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaEndPicture(&player->va, session.context), VA_STATUS_SUCCESS);
	return NULL;
}

/* Whoever is let in has begun in a moment. */
static void let_other_begin(void)
{
	struct timespec until;

	if (!other.armed)
		return;
	other.armed = false;
	CHECK_EQUAL(pthread_create(&other.thread, NULL, decode_second, NULL), 0);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&other.lock);
	while (!other.begun && pthread_cond_timedwait(&other.changed, &other.lock, &until) == 0)
		;
	pthread_mutex_unlock(&other.lock);
}

static void a_picture_at_a_time(void)
{
	struct player *player = &session.player;
	struct player_picture picture;
	VADRMPRIMESurfaceDescriptor descriptor;

	setenv("V4L2SIM_DELAY_US", "2000", 1);
	open_session(&session);
	/* vaEndPicture waits for a player that has an export, and was never seen to wait. */
	CHECK_EQUAL(player->table.vaExportSurfaceHandle(&player->va, session.surfaces[0],
	                                                VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                                                VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor),
	            VA_STATUS_SUCCESS);
	close(descriptor.objects[0].fd);
	picture = idr(session.surfaces[0], 1);
	other.armed = true;
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_SUCCESS);
	CHECK(!other.armed);
	tell(&other.ended);
	pthread_join(other.thread, NULL);
	check_pixels(&session, session.surfaces[0], 1);
	check_pixels(&session, session.surfaces[1], 2);
	close_session(&session);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"by frames", play_all, NULL},
		{"slice by slice", by_slices, NULL},
		{"converted", converted, NULL},
		{"copied", copied, NULL},
		{"a picture at a time", a_picture_at_a_time, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
