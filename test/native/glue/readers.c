/* SPDX-License-Identifier: MIT
 *
 * Before a surface that somebody outside holds gets its next picture, its dma-buf is asked whether anybody still reads it: once a picture,
 * and not for other surfaces. A GPU's fence answers; here the test does. Real fences: test/scenes/readers.c.
 */
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

#include "harness.h"
#include "player.h"
#include "session.h"

static struct session session;
/* How often the memory of surfaces was asked, and which it was the last time; what the next times are answered. */
static unsigned asked, interrupted;
static ino_t memory_asked;
static bool busy;

static ino_t inode_of(int fd)
{
	struct stat status;

	CHECK_EQUAL(fstat(fd, &status), 0);
	return status.st_ino;
}

int __real_poll(struct pollfd *polled, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout);

int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout)
{
	/* The decoder is asked for pictures, too. POLLOUT: until nobody reads and nobody writes. */
	if (polled[0].events != POLLOUT)
		return __real_poll(polled, count, timeout);
	CHECK_EQUAL(count, 1);
	CHECK(timeout > 0 && timeout <= 1000);
	asked++;
	memory_asked = inode_of(polled[0].fd);
	if (interrupted > 0) {
		interrupted--;
		errno = EINTR;
		return -1;
	}
	polled[0].revents = busy ? 0 : POLLOUT;
	return busy ? 0 : 1;
}

/* Decodes to each surface once; how often memory was asked. */
static unsigned decode_to_all(uint8_t seed)
{
	asked = 0;
	for (uint8_t i = 0; i < SURFACES; i++) {
		decode(&session, session.surfaces[i], (uint8_t)(seed + i));
		check_pixels(&session, session.surfaces[i], (uint8_t)(seed + i));
	}
	return asked;
}

/* Derived, acquired, released, destroyed: a GPU may hold on to it, as with VLC 3. Returns its memory. */
static ino_t acquire(VASurfaceID surface)
{
	struct player *player = &session.player;
	VABufferInfo info = {.mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME};
	VAImage image;
	ino_t memory;

	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, surface, &image), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaAcquireBufferHandle(&player->va, image.buf, &info), VA_STATUS_SUCCESS);
	memory = inode_of((int)info.handle);
	CHECK_EQUAL(player->table.vaReleaseBufferHandle(&player->va, image.buf), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	return memory;
}

static ino_t export_memory(VASurfaceID surface)
{
	VADRMPRIMESurfaceDescriptor descriptor;
	ino_t memory;

	export_surface(&session, surface, &descriptor);
	memory = inode_of(descriptor.objects[0].fd);
	close(descriptor.objects[0].fd);
	return memory;
}

/* Only from when it was handed out, and then once a picture, for good. */
static void asked_from_then_on(ino_t (*hand_out)(VASurfaceID))
{
	struct player *player = &session.player;
	VAImage image;

	ino_t memory;

	open_session(&session);
	CHECK_EQUAL(decode_to_all(1), 0);
	/* One that is derived and not acquired is read by the processor alone. */
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, session.surfaces[2], &image), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	CHECK_EQUAL(decode_to_all(10), 0);
	memory = hand_out(session.surfaces[2]);
	CHECK_EQUAL(decode_to_all(20), 1);
	CHECK_EQUAL(memory_asked, memory);
	CHECK_EQUAL(decode_to_all(40), 1);
	interrupted = 3;
	CHECK_EQUAL(decode_to_all(60), 4);
	CHECK_EQUAL(player->messages, 0);
	/* The picture is decoded all the same, and that is said. */
	busy = true;
	CHECK_EQUAL(decode_to_all(80), 1);
	CHECK_EQUAL(player->messages, 1);
	CHECK(strstr(player->last, "has been reading a surface for 1000 ms"));
	busy = false;
	close_session(&session);
}

static void exported(void)
{
	asked_from_then_on(export_memory);
}

static void acquired(void)
{
	asked_from_then_on(acquire);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"an exported surface", exported, NULL},
		{"one that was acquired", acquired, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
