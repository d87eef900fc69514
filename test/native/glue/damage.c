/* SPDX-License-Identifier: MIT
 *
 * What the device does wrong: pictures that it flags, pictures that never come, a device that goes away.
 */
#include <errno.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/ioctl.h>

#include "harness.h"
#include "interpose.h"
#include "player.h"
#include "session.h"

/* The second of three pictures is flagged. All of them can be looked at; which is damaged is known until its surface gets
 * another picture, also without its context. strict: the calls that wait for it fail. */
static void flagged_picture(bool strict)
{
	const VAStatus bad = strict ? VA_STATUS_ERROR_DECODING_ERROR : VA_STATUS_SUCCESS;
	struct session session;
	struct player *player = &session.player;
	VADRMPRIMESurfaceDescriptor descriptor;
	struct player_picture picture;
	VASurfaceID damaged;
	VAStatus exported;
	bool equal;

	setenv("V4L2SIM_FAULT", "decode:2:error", 1);
	setenv("LIBVA_V4L2_REQUEST_STRICT", strict ? "1" : "0", 1);
	open_session(&session);
	damaged = session.surfaces[1];
	for (uint8_t i = 0; i < 3; i++)
		decode(&session, session.surfaces[i], i);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[0]), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaSyncSurface2(&player->va, damaged, VA_TIMEOUT_INFINITE), bad);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, damaged), bad);
	CHECK_EQUAL(player->messages, 1);
	CHECK(strstr(player->last, "reports an error in a picture"));
	CHECK_EQUAL(player_compare(player, damaged, 1, &equal), bad);
	CHECK(!player_is_bad(player, session.surfaces[0]) && player_is_bad(player, damaged) &&
	      !player_is_bad(player, session.surfaces[2]));
	check_pixels(&session, session.surfaces[2], 2);
	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, session.context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, damaged), bad);
	CHECK(player_is_bad(player, damaged));
	exported = player->table.vaExportSurfaceHandle(
		&player->va, damaged, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
		VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor);
	CHECK_EQUAL(exported, bad);
	if (exported == VA_STATUS_SUCCESS)
		close(descriptor.objects[0].fd);
	CHECK_EQUAL(player_context(player, session.config, &session.context), VA_STATUS_SUCCESS);
	picture = idr(damaged, 7);
	CHECK_EQUAL(player_decode(player, session.context, &picture), VA_STATUS_SUCCESS);
	check_pixels(&session, damaged, 7);
	CHECK(!player_is_bad(player, damaged));
	CHECK_EQUAL(player->messages, 1);
	close_session(&session);
}

static void flagged_picture_is_shown(void)
{
	flagged_picture(false);
}

static void flagged_picture_in_strict_mode(void)
{
	flagged_picture(true);
}

/* More surfaces than the core remembers: the surface itself knows what became of its picture. */
static void flagged_picture_among_many(void)
{
	enum { MANY = 140 };
	VASurfaceID surfaces[MANY];
	struct session session;

	setenv("V4L2SIM_FAULT", "decode:2:error", 1);
	setenv("LIBVA_V4L2_REQUEST_STRICT", "1", 1);
	open_session(&session);
	CHECK_EQUAL(player_surfaces(&session.player, surfaces, MANY), VA_STATUS_SUCCESS);
	for (int i = 0; i < MANY; i++)
		decode(&session, surfaces[i], (uint8_t)i);
	for (int i = 0; i < MANY; i++) {
		CHECK_EQUAL(session.player.table.vaSyncSurface(&session.player.va, surfaces[i]),
		            i == 1 ? VA_STATUS_ERROR_DECODING_ERROR : VA_STATUS_SUCCESS);
		CHECK_EQUAL(player_is_bad(&session.player, surfaces[i]), i == 1);
	}
	CHECK_EQUAL(session.player.table.vaDestroySurfaces(&session.player.va, surfaces, MANY),
	            VA_STATUS_SUCCESS);
	close_session(&session);
}

/* Later slices, and the buffer itself, come back well: the picture stays bad, for whoever asks, however often. */
static void first_slice_fails(void)
{
	struct session session;
	struct player *player = &session.player;
	struct player_picture picture;
	VADRMPRIMESurfaceDescriptor descriptor;
	bool equal;

	setenv("V4L2SIM_KIND", "h264:slice", 1);
	setenv("V4L2SIM_FAULT", "decode:2:error", 1);
	setenv("LIBVA_V4L2_REQUEST_STRICT", "1", 1);
	open_session(&session);
	decode(&session, session.surfaces[0], 1);
	picture = idr(session.surfaces[1], 2);
	CHECK_EQUAL(player->table.vaBeginPicture(&player->va, session.context, picture.surface),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_render_halves(player, session.context, &picture, false), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaEndPicture(&player->va, session.context), VA_STATUS_SUCCESS);
	decode(&session, session.surfaces[2], 3);
	check_pixels(&session, session.surfaces[2], 3);
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(player->table.vaSyncSurface(&player->va, picture.surface),
		            VA_STATUS_ERROR_DECODING_ERROR);
		CHECK_EQUAL(player_compare(player, picture.surface, 2, &equal), VA_STATUS_ERROR_DECODING_ERROR);
		CHECK_EQUAL(player->table.vaExportSurfaceHandle(&player->va, picture.surface,
		                                                VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
		                                                VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor),
		            VA_STATUS_ERROR_DECODING_ERROR);
		CHECK(player_is_bad(player, picture.surface));
		if (i == 0)
			CHECK_EQUAL(player->table.vaDestroyContext(&player->va, session.context), VA_STATUS_SUCCESS);
	}
	CHECK_EQUAL(player_context(player, session.config, &session.context), VA_STATUS_SUCCESS);
	check_pixels(&session, session.surfaces[0], 1);
	close_session(&session);
}

/* The longest wait that poll() was asked for, in ms. */
static int longest;

/* Kernel drivers end a job that hangs after 2 s. A decoder that has not even done that is waited for a second longer. */
static void silent_decoder_is_started_again(void)
{
	enum { WATCHDOG_MS = 2000, MARGIN_MS = 1000 };
	struct session session;
	struct player *player = &session.player;
	VASurfaceStatus status;

	setenv("V4L2SIM_FAULT", "decode:2:hang", 1);
	open_session(&session);
	decode(&session, session.surfaces[0], 1);
	decode(&session, session.surfaces[1], 2);
	decode(&session, session.surfaces[2], 3);
	check_pixels(&session, session.surfaces[0], 1);
	CHECK_EQUAL(player->table.vaQuerySurfaceStatus(&player->va, session.surfaces[1], &status),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(status, VASurfaceRendering);
	CHECK_EQUAL(player->table.vaSyncSurface2(&player->va, session.surfaces[1], 0), VA_STATUS_ERROR_TIMEDOUT);
	CHECK_EQUAL(player->table.vaSyncSurface2(&player->va, session.surfaces[1], 20000000),
	            VA_STATUS_ERROR_TIMEDOUT);
	CHECK_EQUAL(player->messages, 0);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[1]), VA_STATUS_SUCCESS);
	CHECK(longest > WATCHDOG_MS && longest <= WATCHDOG_MS + MARGIN_MS);
	CHECK_EQUAL(player->messages, 1);
	CHECK(strstr(player->last, "/dev/video") && strstr(player->last, "not answered"));
	/* What it had is missing, also the picture behind the one that it hung at. */
	CHECK(player_is_bad(player, session.surfaces[1]) && player_is_bad(player, session.surfaces[2]));
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[2]), VA_STATUS_SUCCESS);
	for (uint8_t seed = 10; seed < 20; seed++) {
		decode(&session, session.surfaces[seed % SURFACES], seed);
		check_pixels(&session, session.surfaces[seed % SURFACES], seed);
	}
	CHECK_EQUAL(player->messages, 1);
	close_session(&session);
}

/* The silence of many short waits counts as that of a long one. */
static void silent_decoder_that_is_asked_often(void)
{
	struct session session;
	struct player *player = &session.player;
	VAStatus status = VA_STATUS_ERROR_TIMEDOUT;

	setenv("V4L2SIM_FAULT", "decode:1:hang", 1);
	open_session(&session);
	decode(&session, session.surfaces[0], 1);
	for (int i = 0; i < 100 && status == VA_STATUS_ERROR_TIMEDOUT; i++)
		status = player->table.vaSyncSurface2(&player->va, session.surfaces[0], 100000000);
	CHECK_EQUAL(status, VA_STATUS_SUCCESS);
	CHECK(player_is_bad(player, session.surfaces[0]));
	close_session(&session);
}

/* Twice without an answer in between: the context is done for, and what it had before is not; a new one is well. */
static void dead_decoder_loses_the_context(void)
{
	struct session session;
	struct player *player = &session.player;
	VAContextID fresh;
	struct player_picture picture;
	bool equal;

	setenv("V4L2SIM_FAULT", "decode:2:hang,decode:3:hang", 1);
	open_session(&session);
	decode(&session, session.surfaces[0], 1);
	decode(&session, session.surfaces[1], 2);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[1]), VA_STATUS_SUCCESS);
	decode(&session, session.surfaces[2], 3);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[2]), VA_STATUS_ERROR_TIMEDOUT);
	CHECK_EQUAL(player->messages, 2);
	CHECK(player->table.vaSyncSurface(&player->va, session.surfaces[2]) != VA_STATUS_SUCCESS);
	CHECK(player_is_bad(player, session.surfaces[2]));
	check_pixels(&session, session.surfaces[0], 1);
	picture = idr(session.surfaces[3], 4);
	CHECK(player_decode(player, session.context, &picture) != VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->messages, 2);
	CHECK_EQUAL(player_context(player, session.config, &fresh), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_decode(player, fresh, &picture), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_compare(player, picture.surface, 4, &equal), VA_STATUS_SUCCESS);
	CHECK(equal);
	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, fresh), VA_STATUS_SUCCESS);
	close_session(&session);
}

/* Whoever looks when the context is gone hears what became of each picture: one that was asked for, one that nobody asked for, and
 * one that was decoded. */
static void lost_context_is_destroyed(void)
{
	struct session session;
	struct player *player = &session.player;

	setenv("V4L2SIM_FAULT", "decode:2+:hang", 1);
	open_session(&session);
	for (uint8_t i = 0; i < SURFACES; i++)
		decode(&session, session.surfaces[i], (uint8_t)(i + 1));
	/* Silent twice: pictures that the decoder had the first time are missing, and later ones lost. */
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[1]), VA_STATUS_SUCCESS);
	decode(&session, session.surfaces[2], 3);
	decode(&session, session.surfaces[3], 4);
	CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[2]), VA_STATUS_ERROR_TIMEDOUT);
	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, session.context), VA_STATUS_SUCCESS);
	for (int round = 0; round < 2; round++) {
		check_pixels(&session, session.surfaces[0], 1);
		CHECK(!player_is_bad(player, session.surfaces[0]));
		CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[1]), VA_STATUS_SUCCESS);
		CHECK(player_is_bad(player, session.surfaces[1]));
		for (int i = 2; i < SURFACES; i++) {
			CHECK_EQUAL(player->table.vaSyncSurface(&player->va, session.surfaces[i]),
			            VA_STATUS_ERROR_DECODING_ERROR);
			CHECK(player_is_bad(player, session.surfaces[i]));
		}
	}
	CHECK_EQUAL(player_context(player, session.config, &session.context), VA_STATUS_SUCCESS);
	close_session(&session);
}

static void device_goes_away(void)
{
	struct session session;
	struct player *player = &session.player;
	VAContextID fresh;

	setenv("V4L2SIM_FAULT", "gone:2", 1);
	open_session(&session);
	decode(&session, session.surfaces[0], 1);
	check_pixels(&session, session.surfaces[0], 1);
	for (int i = 0; i < 5; i++) {
		struct player_picture picture = idr(session.surfaces[i % SURFACES], 2);
		VAStatus status = player_decode(player, session.context, &picture);

		CHECK(i == 0 || status != VA_STATUS_SUCCESS);
		if (i == 0)
			CHECK_EQUAL(player->table.vaSyncSurface(&player->va, picture.surface),
			            VA_STATUS_ERROR_OPERATION_FAILED);
	}
	CHECK_EQUAL(player->messages, 1);
	CHECK(strstr(player->last, "disappeared"));
	CHECK(player_context(player, session.config, &fresh) != VA_STATUS_SUCCESS);
	CHECK_EQUAL(fresh, VA_INVALID_ID);
	close_session(&session);
}

/* ---- a device that says what is not so ------------------------------------------------------------ */

static enum {
	POLL_TRUE,
	POLL_INTERRUPTED,
	POLL_FAILS,
	POLL_SHORT,   /* returns 0 at once */
	POLL_READABLE /* says that there are buffers */
} lie;
static unsigned lies_told, polls;
static unsigned dequeued, wrong_place; /* which VIDIOC_DQBUF names another buffer; 0: none */
static uint32_t wrong_index;

int poll(struct pollfd *polled, nfds_t count, int timeout)
{
	if (timeout > longest)
		longest = timeout;
	/* Two of three: what is told is true in the end. */
	if (lie == POLL_TRUE || polls++ % 3 == 2)
		return next_poll(polled, count, timeout);
	lies_told++;
	errno = lie == POLL_INTERRUPTED ? EINTR : ENOMEM;
	polled[0].revents = lie == POLL_READABLE ? POLLIN | POLLOUT : 0;
	return lie == POLL_READABLE ? 1 : lie == POLL_SHORT ? 0 : -1;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	int result;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	result = next_ioctl(fd, request, argument);
	if (request == VIDIOC_DQBUF && result == 0 && ++dequeued == wrong_place)
		((struct v4l2_buffer *)argument)->index = wrong_index;
	return result;
}

/* Whatever poll() says in between, each picture comes, and right. */
static void poll_that_lies(void)
{
	setenv("V4L2SIM_DELAY_US", "500", 1);
	for (lie = POLL_INTERRUPTED; lie <= POLL_READABLE; lie++) {
		struct session session;

		lies_told = 0;
		open_session(&session);
		for (uint8_t i = 0; i < 24; i++) {
			decode(&session, session.surfaces[i % SURFACES], i);
			if (i % 2)
				check_pixels(&session, session.surfaces[i % SURFACES], i);
		}
		CHECK(lies_told > 10);
		CHECK_EQUAL(session.player.messages, 0);
		close_session(&session);
	}
}

/* A buffer that the device names is not the one it gave back: that one counts as lost, its pictures are missing, the film goes on. */
static void wrong_buffers(void)
{
	static const uint32_t indexes[] = {5, 31, 32, UINT32_MAX};

	for (unsigned i = 0; i < TEST_COUNT(indexes); i++) {
		struct session session;

		dequeued = 0;
		wrong_place = 3 + i;
		wrong_index = indexes[i];
		open_session(&session);
		for (uint8_t seed = 1; seed < 12; seed++) {
			VASurfaceID surface = session.surfaces[seed % SURFACES];
			bool equal;

			decode(&session, surface, seed);
			CHECK_EQUAL(player_compare(&session.player, surface, seed, &equal), VA_STATUS_SUCCESS);
			CHECK(equal || player_is_bad(&session.player, surface));
			CHECK(equal || dequeued <= wrong_place + 2);
		}
		CHECK(dequeued > wrong_place);
		CHECK(session.player.messages <= 1);
		close_session(&session);
	}
}

/* Memory that the processor cannot get at: the call that wanted it says so, and the next one may have it. */
static void unmappable_memory(void)
{
	struct session session;
	struct player *player = &session.player;
	VAImage image;
	void *data;

	/* after the decoder's own: one for each OUTPUT buffer */
	setenv("V4L2SIM_FAULT", "mmap:7:ENOMEM,DMA_BUF_IOCTL_SYNC:1:EIO,DMA_BUF_IOCTL_SYNC:2:EAGAIN", 1);
	open_session(&session);
	decode(&session, session.surfaces[0], 1);
	CHECK_EQUAL(player->table.vaDeriveImage(&player->va, session.surfaces[0], &image), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, &data), VA_STATUS_ERROR_ALLOCATION_FAILED);
	CHECK_EQUAL(player->messages, 1);
	CHECK(strstr(player->last, "vaMapBuffer") && strstr(player->last, "Cannot allocate memory"));
	player->messages = 0;
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, &data), VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK_EQUAL(player->messages, 1);
	CHECK(strstr(player->last, "vaMapBuffer") && strstr(player->last, "Input/output error"));
	CHECK_EQUAL(player->table.vaMapBuffer(&player->va, image.buf, &data), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	check_pixels(&session, session.surfaces[0], 1);
	CHECK_EQUAL(player->messages, 1);
	close_session(&session);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"a flagged picture is shown", flagged_picture_is_shown, NULL},
		{"a flagged picture in strict mode", flagged_picture_in_strict_mode, NULL},
		{"a flagged picture among more than the core remembers", flagged_picture_among_many, NULL},
		{"a first slice that fails", first_slice_fails, NULL},
		{"a poll() that lies", poll_that_lies, NULL},
		{"buffers that were not given back", wrong_buffers, NULL},
		{"a silent decoder is started again", silent_decoder_is_started_again, NULL},
		{"a silent decoder that is asked often", silent_decoder_that_is_asked_often, NULL},
		{"a dead decoder loses the context", dead_decoder_loses_the_context, NULL},
		{"a lost context is destroyed", lost_context_is_destroyed, NULL},
		{"the device goes away", device_goes_away, NULL},
		{"memory that cannot be mapped", unmappable_memory, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
