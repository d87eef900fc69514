/* SPDX-License-Identifier: MIT
 *
 * Decoders that share less than V4L2 asks of them: one that only one context may use at a time, which shows when its node is
 * opened or when its buffers are asked for, and one that exports no memory where there is none to be had elsewhere. Who comes
 * second is refused with one sentence, and who came first goes on.
 */
#include "harness.h"
#include "player.h"

enum { SURFACES = 3, PICTURES = 9, CALLS = 40 };

/* What became of a try, as the exit status of a process: the simulated device reads its environment once for each. */
enum outcome { RIGHT, WRONG, TOO_EARLY, TOO_LATE, OUTCOMES };

struct first {
	struct player player;
	VAConfigID config;
	VAContextID context;
	VASurfaceID surfaces[SURFACES];
};

static bool decode_right(struct first *first, int picture)
{
	struct player_picture wanted = {first->surfaces[picture % SURFACES], VA_INVALID_SURFACE, 0,
	                                (uint8_t)(picture + 1)};
	bool equal = false;

	return player_decode(&first->player, first->context, &wanted) == VA_STATUS_SUCCESS &&
	       player_compare(&first->player, wanted.surface, wanted.seed, &equal) == VA_STATUS_SUCCESS && equal;
}

/* A context that has decoded to all of its surfaces; false: it could not even begin. */
static bool first_opens(struct first *first)
{
	if (player_open(&first->player) || player_config(&first->player, &first->config) ||
	    player_surfaces(&first->player, first->surfaces, SURFACES) ||
	    player_context(&first->player, first->config, &first->context))
		return false;
	for (int i = 0; i < SURFACES; i++) {
		if (!decode_right(first, i))
			return false;
	}
	return first->player.messages == 0;
}

static enum outcome first_goes_on(struct first *first)
{
	first->player.messages = 0;
	for (int i = SURFACES; i < PICTURES; i++) {
		if (!decode_right(first, i))
			return WRONG;
	}
	return first->player.messages == 0 ? RIGHT : WRONG;
}

/* The second cannot open the node. */
static enum outcome refused_when_opened(struct first *first)
{
	VAContextID second = 7;

	for (int tries = 1; tries <= 2; tries++) {
		VAStatus status = player_context(&first->player, first->config, &second);

		if (status == VA_STATUS_SUCCESS)
			return TOO_LATE;
		CHECK_EQUAL(status, VA_STATUS_ERROR_HW_BUSY);
		CHECK_EQUAL(second, VA_INVALID_ID);
		CHECK_EQUAL(first->player.messages, tries);
		CHECK(strstr(first->player.last, "is in use by another program; close that first"));
	}
	return first_goes_on(first);
}

/* The second gets no buffers for its first picture, in a surface whose memory is there. */
static enum outcome refused_when_buffers_are_asked_for(struct first *first)
{
	struct player_picture picture = {first->surfaces[0], VA_INVALID_SURFACE, 0, 77};
	VAContextID second;
	VAStatus status;
	enum outcome outcome;

	CHECK_EQUAL(player_context(&first->player, first->config, &second), VA_STATUS_SUCCESS);
	status = player_decode(&first->player, second, &picture);
	if (status == VA_STATUS_SUCCESS)
		return TOO_LATE;
	CHECK_EQUAL(status, VA_STATUS_ERROR_OPERATION_FAILED);
	CHECK_EQUAL(first->player.messages, 1);
	CHECK(strstr(first->player.last, "Device or resource busy"));
	outcome = first_goes_on(first);
	CHECK_EQUAL(first->player.table.vaDestroyContext(&first->player.va, second), VA_STATUS_SUCCESS);
	CHECK_EQUAL(first->player.messages, 0);
	return outcome;
}

static enum outcome try_from(const char *call, int number, enum outcome (*second)(struct first *))
{
	char fault[64];
	int status;
	pid_t child;

	snprintf(fault, sizeof(fault), "%s:%d+:EBUSY", call, number);
	setenv("V4L2SIM_FAULT", fault, 1);
	fflush(NULL);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		static struct first first;
		enum outcome outcome = first_opens(&first) ? second(&first) : TOO_EARLY;

		player_close(&first.player);
		exit((int)outcome);
	}
	CHECK_EQUAL(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) < OUTCOMES);
	return (enum outcome)WEXITSTATUS(status);
}

/* From whichever call on the decoder is taken: too early for the first, in time for the second, or too late for both. */
static void from_any_call_on(const char *call, enum outcome (*second)(struct first *))
{
	int seen[OUTCOMES] = {0};
	enum outcome before = TOO_EARLY;

	for (int number = 1; number <= CALLS && before != TOO_LATE; number++) {
		enum outcome outcome = try_from(call, number, second);

		if (outcome == WRONG)
			fprintf(stderr, "    with %s from the call number %d on\n", call, number);
		CHECK(outcome != WRONG);
		seen[outcome]++;
		before = outcome;
	}
	CHECK(seen[RIGHT] > 0);
	CHECK(seen[TOO_EARLY] > 0 && seen[TOO_LATE] > 0);
}

static void one_open(void)
{
	from_any_call_on("open.video", refused_when_opened);
}

static void one_queue(void)
{
	from_any_call_on("REQBUFS", refused_when_buffers_are_asked_for);
}

/* Another client has died, and the kernel is not done with it: the decoder is asked again, and nobody hears of it. */
static void busy_for_a_moment(void)
{
	static const char *const faults[] = {"STREAMON:1-3:EBUSY", "STREAMON:2-5:EBUSY",
	                                     "REQBUFS.CAPTURE:1-4:EBUSY", "REQBUFS.OUTPUT:2-5:EBUSY"};

	for (size_t i = 0; i < TEST_COUNT(faults); i++) {
		int status;
		pid_t child;

		setenv("V4L2SIM_FAULT", faults[i], 1);
		fflush(NULL);
		child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			static struct first first;

			if (!first_opens(&first) || first_goes_on(&first) != RIGHT)
				exit(1);
			player_close(&first.player);
			exit(0);
		}
		CHECK_EQUAL(waitpid(child, &status, 0), child);
		if (status)
			fprintf(stderr, "    with V4L2SIM_FAULT=%s\n", faults[i]);
		CHECK_EQUAL(status, 0);
	}
}

/* Without a heap and without udmabuf, surfaces have no memory then. Each call that needs some says so, once, and fails. */
static void nothing_is_exported(void)
{
	struct first first;
	struct player_picture picture = {.reference = VA_INVALID_SURFACE, .seed = 3};
	VADRMPRIMESurfaceDescriptor descriptor;
	VAImage image;

	setenv("V4L2SIM_FAULT", "EXPBUF:1+:ENOTTY", 1);
	CHECK_EQUAL(player_open(&first.player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&first.player, &first.config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&first.player, first.surfaces, SURFACES), VA_STATUS_SUCCESS);
	CHECK(first.player.table.vaDeriveImage(&first.player.va, first.surfaces[0], &image) != VA_STATUS_SUCCESS);
	CHECK_EQUAL(image.image_id, VA_INVALID_ID);
	CHECK_EQUAL(first.player.messages, 1);
	CHECK(strstr(first.player.last, "no memory for surface"));
	CHECK(first.player.table.vaExportSurfaceHandle(
			  &first.player.va, first.surfaces[0], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
			  VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
			  &descriptor) != VA_STATUS_SUCCESS);
	first.player.messages = 0;
	CHECK_EQUAL(player_context(&first.player, first.config, &first.context), VA_STATUS_SUCCESS);
	picture.surface = first.surfaces[1];
	CHECK(player_decode(&first.player, first.context, &picture) != VA_STATUS_SUCCESS);
	CHECK_EQUAL(first.player.messages, 1);
	player_close(&first.player);
}

/* Not by their paths: the first call with one has the simulated device read its environment. */
static bool has_memory_elsewhere(void)
{
	DIR *folder = opendir("/dev");
	bool found = false;

	CHECK(folder);
	for (struct dirent *entry; (entry = readdir(folder));)
		found |= strcmp(entry->d_name, "udmabuf") == 0 || strcmp(entry->d_name, "dma_heap") == 0;
	closedir(folder);
	return found;
}

int main(int argc, char **argv)
{
	const char *elsewhere =
		has_memory_elsewhere() ? "this machine has memory elsewhere (/dev/udmabuf, /dev/dma_heap)" : NULL;
	const struct test tests[] = {
		{"only one may open the decoder", one_open, NULL},
		{"only one may have buffers", one_queue, NULL},
		{"busy for a moment", busy_for_a_moment, NULL},
		{"nothing is exported, and there is no other memory", nothing_is_exported, elsewhere},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
