/* SPDX-License-Identifier: MIT
 *
 * Each call to the device fails once, with each errno that it may fail with: every one must end in a status, leak
 * nothing (run_tests looks for descriptors, LeakSanitizer for memory), and leave a driver in which a new context works.
 */
#include "harness.h"
#include "player.h"

enum { SURFACES = 3, PICTURES = 6 };

/* asks: what the driver finds out with it when it looks for decoders stays wrong for that display. */
static const struct {
	const char *name;
	bool asks;
} calls[] = {
	{"open.video", true},
	{"open.media", true},
	{"mmap", false},
	{"QUERYCAP", true},
	{"QUERY_EXT_CTRL", true},
	{"QUERYMENU", true},
	{"ENUM_FMT", true},
	{"ENUM_FRAMESIZES", true},
	{"MEDIA_IOC_DEVICE_INFO", true},
	{"MEDIA_IOC_G_TOPOLOGY", true},
	{"MEDIA_IOC_REQUEST_ALLOC", false},
	{"S_FMT", true},
	{"G_FMT", false},
	{"S_EXT_CTRLS", false},
	{"REQBUFS", true},
	{"QUERYBUF", false},
	{"EXPBUF", false},
	{"STREAMON", false},
	{"STREAMOFF", false},
	{"QBUF.OUTPUT", false},
	{"QBUF.CAPTURE", false},
	{"DQBUF.OUTPUT", false},
	{"DQBUF.CAPTURE", false},
	{"MEDIA_REQUEST_IOC_QUEUE", false},
	{"MEDIA_REQUEST_IOC_REINIT", false},
};
static const char *const errors[] = {"EINVAL", "ENOMEM", "EBUSY", "ENODEV",
                                     "EIO",    "EAGAIN", "EINTR", "EMFILE"};
enum {
	CALLS = sizeof(calls) / sizeof(calls[0]),
	ERRORS = sizeof(errors) / sizeof(errors[0]),
	OCCURRENCES = 14
};

static char fault[64];
static bool fault_asks;

/* A whole life: nothing is demanded but that it goes on. Returns how many pictures came out right. */
static int live(struct player *player)
{
	VASurfaceID surfaces[SURFACES] = {VA_INVALID_SURFACE, VA_INVALID_SURFACE, VA_INVALID_SURFACE};
	VADRMPRIMESurfaceDescriptor descriptor;
	VAConfigID config;
	VAContextID context;
	VAImage image;
	void *data;
	int good = 0;

	player_config(player, &config);
	player_surfaces(player, surfaces, SURFACES);
	if (player->table.vaDeriveImage(&player->va, surfaces[0], &image) == VA_STATUS_SUCCESS) {
		if (player->table.vaMapBuffer(&player->va, image.buf, &data) == VA_STATUS_SUCCESS)
			CHECK_EQUAL(player->table.vaUnmapBuffer(&player->va, image.buf), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player->table.vaDestroyImage(&player->va, image.image_id), VA_STATUS_SUCCESS);
	}
	player_context(player, config, &context);
	for (int i = 0; i < PICTURES; i++) {
		struct player_picture picture = {surfaces[i % SURFACES], VA_INVALID_SURFACE, 0, (uint8_t)(i + 1)};
		VAStatus status = player_decode(player, context, &picture);
		bool equal = false;

		if (i % 2)
			continue;
		if (status == VA_STATUS_SUCCESS)
			status = player_compare(player, picture.surface, picture.seed, &equal);
		/* What is called good is good. */
		CHECK(status != VA_STATUS_SUCCESS || equal || player_is_bad(player, picture.surface));
		good += equal;
	}
	if (player->table.vaExportSurfaceHandle(&player->va, surfaces[0], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                                        VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
	                                        &descriptor) == VA_STATUS_SUCCESS)
		close(descriptor.objects[0].fd);
	player->table.vaDestroyContext(&player->va, context);
	for (int i = 0; i < SURFACES; i++)
		player->table.vaDestroySurfaces(&player->va, &surfaces[i], 1);
	player->table.vaDestroyConfig(&player->va, config);
	return good;
}

static void one_fault(void)
{
	struct player player;
	int good = 0;

	setenv("V4L2SIM_FAULT", fault, 1);
	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	/* It strikes once: of two further lives one is as if it had never been. */
	good = live(&player);
	CHECK(good == PICTURES / 2 || player.messages > 0);
	good = 0;
	for (int i = 0; i < 2 && good < PICTURES / 2; i++)
		good = live(&player);
	CHECK(good == PICTURES / 2 || fault_asks);
	player_close(&player);
	for (int i = 0; i < 2 && good < PICTURES / 2; i++) {
		CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
		good = live(&player);
		player_close(&player);
	}
	CHECK_EQUAL(good, PICTURES / 2);
}

static void no_fault(void)
{
	struct player player;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(live(&player), PICTURES / 2);
	CHECK_EQUAL(player.messages, 0);
	player_close(&player);
}

/* All occurrences and errnos of one call; each in a process of its own. */
static bool one_call(const char *call, bool asks)
{
	bool good = true;

	fault_asks = asks;
	for (int n = 1; n <= OCCURRENCES; n++) {
		for (int e = 0; e < ERRORS; e++) {
			struct test test = {fault, one_fault, NULL};

			/* The first ones with every errno, the others in turn. */
			if (n > 3 && e != n % ERRORS)
				continue;
			snprintf(fault, sizeof(fault), "%s:%d:%s", call, n, errors[e]);
			if (!run_one_test(&test)) {
				fprintf(stderr, "    with V4L2SIM_FAULT=%s\n", fault);
				good = false;
			}
		}
	}
	return good;
}

int main(int argc, char **argv)
{
	static const struct test clean = {"without a fault", no_fault, NULL};
	unsigned int passed = 0, failed = 0;

	if (run_one_test(&clean))
		passed++;
	else
		failed++;
	for (int i = 0; i < CALLS; i++) {
		bool good;

		if (argc > 1 && !strstr(calls[i].name, argv[1]))
			continue;
		good = one_call(calls[i].name, calls[i].asks);
		printf("  %s  %s fails\n", good ? "ok  " : "FAIL", calls[i].name);
		if (good)
			passed++;
		else
			failed++;
	}
	printf("%u passed, %u failed, %u skipped\n", passed, failed, 0u);
	return failed ? 1 : 0;
}
