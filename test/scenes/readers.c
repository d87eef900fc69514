/* SPDX-License-Identifier: MIT
 *
 * Somebody still reads a surface when its next picture comes: a fence of the kernel's vgem says so, as that of a GPU would.
 * For the kernel lab only.
 */
#include <drm.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <time.h>

#include "show.h"

/* include/uapi/drm/vgem_drm.h, which libdrm does not have. */
enum { VGEM_FENCE_WRITE = 1 };
struct vgem_fence_attach {
	uint32_t handle, flags, out_fence, pad;
};
struct vgem_fence_signal {
	uint32_t fence, flags;
};
#define VGEM_FENCE_ATTACH DRM_IOWR(DRM_COMMAND_BASE + 1, struct vgem_fence_attach)
#define VGEM_FENCE_SIGNAL DRM_IOW(DRM_COMMAND_BASE + 2, struct vgem_fence_signal)

enum {
	READ_MS = 500,
	PATIENCE_MS = 1000,   /* READERS_MS of driver-src/session/waiting.ts */
	FENCE_ENDS_MS = 10000 /* by itself (VGEM_FENCE_TIMEOUT) */
};

static unsigned int now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned int)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static void must_ioctl(int fd, unsigned long request, void *argument)
{
	CHECK_EQUAL(ioctl(fd, request, argument), 0);
}

/* A read of the memory that goes on until it is ended. */
struct reading {
	int node;
	uint32_t handle, fence;
	_Atomic unsigned int ended_at; /* ms; 0: not yet */
};

static void begin_reading(struct reading *reading, int memory, uint32_t flags)
{
	struct drm_prime_handle prime = {.fd = memory};
	struct vgem_fence_attach attach = {.flags = flags};

	reading->node = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	CHECK(reading->node >= 0);
	must_ioctl(reading->node, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
	attach.handle = reading->handle = prime.handle;
	must_ioctl(reading->node, VGEM_FENCE_ATTACH, &attach);
	reading->fence = attach.out_fence;
	reading->ended_at = 0;
}

static void end_reading(struct reading *reading)
{
	struct vgem_fence_signal signal = {.fence = reading->fence};
	struct drm_gem_close gone = {.handle = reading->handle};

	reading->ended_at = now_ms();
	must_ioctl(reading->node, VGEM_FENCE_SIGNAL, &signal);
	must_ioctl(reading->node, DRM_IOCTL_GEM_CLOSE, &gone);
	close(reading->node);
}

static void *read_for_a_while(void *reading)
{
	usleep(READ_MS * 1000);
	end_reading(reading);
	return NULL;
}

/* A player with exports of all its surfaces, in the middle of its film. */
struct cinema {
	struct film film;
	struct screen screen;
	struct show show;
};

static void open_cinema(struct cinema *cinema)
{
	film_open(&cinema->film, "long-gop");
	screen_open(&cinema->screen);
	show_open(&cinema->show, &cinema->screen, &cinema->film, LOOK_KEPT);
	for (unsigned int i = 0; i < 20; i++)
		CHECK(show_step(&cinema->show));
}

/* Whoever had waited for a reader in vain would have said so, which screen_close() does not let pass. */
static void close_cinema(struct cinema *cinema)
{
	show_play(&cinema->show);
	CHECK_EQUAL(cinema->show.seen, cinema->film.frame_count);
	show_close(&cinema->show);
	screen_close(&cinema->screen);
	film_close(&cinema->film);
}

/* The milliseconds that the next picture takes, with a reader of its surface; it is compared, too. */
static unsigned int time_step(struct cinema *cinema)
{
	unsigned int start = now_ms();

	CHECK(show_step(&cinema->show));
	return now_ms() - start;
}

static void waits_for(uint32_t flags)
{
	struct cinema cinema;
	struct reading reading;
	pthread_t thread;
	unsigned int took;

	open_cinema(&cinema);
	begin_reading(&reading, show_slot(&cinema.show)->fd, flags);
	CHECK_EQUAL(pthread_create(&thread, NULL, read_for_a_while, &reading), 0);
	took = time_step(&cinema);
	CHECK(reading.ended_at != 0); /* not before */
	CHECK_EQUAL(pthread_join(thread, NULL), 0);
	CHECK(took >= READ_MS - 20);
	close_cinema(&cinema);
}

static void waits_for_who_reads(void)
{
	waits_for(0);
}

static void waits_for_who_writes(void)
{
	waits_for(VGEM_FENCE_WRITE);
}

static void waits_for_nobody_elsewhere(void)
{
	struct cinema cinema;
	struct reading reading;
	struct slot *next, *other;

	open_cinema(&cinema);
	next = show_slot(&cinema.show);
	other = next == &cinema.show.slots[0] ? &cinema.show.slots[1] : &cinema.show.slots[0];
	begin_reading(&reading, other->fd, 0);
	CHECK(show_step(&cinema.show));
	end_reading(&reading);
	close_cinema(&cinema);
}

/* A GPU that hangs. */
static void waits_no_longer_than_a_second(void)
{
	struct cinema cinema;
	struct reading reading;
	unsigned int took;

	open_cinema(&cinema);
	begin_reading(&reading, show_slot(&cinema.show)->fd, 0);
	took = time_step(&cinema);
	CHECK(took >= PATIENCE_MS && took < FENCE_ENDS_MS / 2);
	CHECK_EQUAL(reading.ended_at, 0);
	screen_said(&cinema.screen, "has been reading a surface for 1000 ms");
	end_reading(&reading);
	close_cinema(&cinema);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"a surface's next picture waits for who reads it", waits_for_who_reads, NULL},
		{"a surface's next picture waits for who writes it", waits_for_who_writes, NULL},
		{"nobody waits for readers of another surface", waits_for_nobody_elsewhere, NULL},
		{"a reader that hangs costs a second and a sentence", waits_no_longer_than_a_second, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
