/* SPDX-License-Identifier: MIT
 *
 * Which decoders are found, and what the user is told when none is.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "harness.h"
#include "player.h"

static int profiles(struct player *player, VAProfile *list)
{
	int count = -1;

	CHECK_EQUAL(player->table.vaQueryConfigProfiles(&player->va, list, &count), VA_STATUS_SUCCESS);
	return count;
}

/* vaInitialize succeeds, the list is empty, and the one sentence has these words. */
static void check_none(const char *word, const char *other)
{
	struct player player;
	VAProfile list[64];
	VAEntrypoint entrypoints[8];
	VASurfaceID surface;
	VAConfigID config;
	VAImage image;
	int count;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(profiles(&player, list), 0);
	CHECK_EQUAL(player.messages, 1);
	if (!strstr(player.last, word) || !strstr(player.last, other))
		fprintf(stderr, "    said: %s", player.last);
	CHECK(strstr(player.last, word) && strstr(player.last, other));
	CHECK(strchr(player.last, '\n') == player.last + strlen(player.last) - 1);
	CHECK(strstr(player.va.str_vendor, "no decoder"));
	CHECK_EQUAL(player.table.vaQueryConfigEntrypoints(&player.va, VAProfileH264High, entrypoints, &count),
	            VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
	CHECK_EQUAL(config, VA_INVALID_ID);
	/* Surfaces are names only; memory is where it ends. */
	if (player_surfaces(&player, &surface, 1) == VA_STATUS_SUCCESS)
		CHECK(player.table.vaDeriveImage(&player.va, surface, &image) != VA_STATUS_SUCCESS);
	player_close(&player);
}

static void no_device(void)
{
	setenv("V4L2SIM_NONE", "1", 1);
	check_none("/dev/media", "kernel");
}

static void no_permission(void)
{
	setenv("V4L2SIM_PERMISSION", "1", 1);
	check_none("permission", "group");
}

static void no_request_api(void)
{
	setenv("V4L2SIM_NO_REQUESTS", "1", 1);
	check_none("Request API", "/dev/video");
}

static void no_decoder_among_media(void)
{
	setenv("V4L2SIM_KIND", "scaler", 1);
	check_none("/dev/media", "decoder");
}

/* Paths of the simulated nodes: the first numbers that this machine does not use. */
static void find_paths(char *video, char *media)
{
	struct stat status;

	for (int i = 0; i < 64; i++) {
		snprintf(media, 32, "/dev/media%d", i);
		if (stat(media, &status) == 0)
			break;
	}
	for (int i = 0; i < 64; i++) {
		snprintf(video, 32, "/dev/video%d", i);
		if (stat(video, &status) == 0)
			break;
	}
}

static void check_found(const char *video, const char *media, unsigned messages)
{
	struct player player;
	VAProfile list[64];

	if (video)
		setenv("LIBVA_V4L2_REQUEST_VIDEO_PATH", video, 1);
	if (media)
		setenv("LIBVA_V4L2_REQUEST_MEDIA_PATH", media, 1);
	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(profiles(&player, list), 3);
	CHECK_EQUAL(player.messages, messages);
	player_close(&player);
	unsetenv("LIBVA_V4L2_REQUEST_VIDEO_PATH");
	unsetenv("LIBVA_V4L2_REQUEST_MEDIA_PATH");
}

static void paths_from_the_environment(void)
{
	char video[32], media[32], list[96];

	find_paths(video, media);
	check_found(video, media, 0);
	check_found(video, NULL, 0);
	check_found(NULL, media, 0);
	check_found("", "", 0);
	/* Lists; a bad path is named, and the good one serves. */
	snprintf(list, sizeof(list), "/dev/video-none:%s", video);
	check_found(list, NULL, 1);
	snprintf(list, sizeof(list), "%s:/dev/media-none", media);
	check_found(NULL, list, 1);
	snprintf(list, sizeof(list), "%s:%s", video, video);
	check_found(list, NULL, 0);
}

static void bad_paths_from_the_environment(void)
{
	char video[32], media[32];

	find_paths(video, media);
	setenv("LIBVA_V4L2_REQUEST_VIDEO_PATH", "/dev/null", 1);
	check_none("/dev/null", "LIBVA_V4L2_REQUEST_VIDEO_PATH");
	setenv("LIBVA_V4L2_REQUEST_MEDIA_PATH", media, 1);
	check_none("/dev/null", "");
	setenv("LIBVA_V4L2_REQUEST_VIDEO_PATH", video, 1);
	setenv("LIBVA_V4L2_REQUEST_MEDIA_PATH", "/dev/does-not-exist", 1);
	check_none("/dev/does-not-exist", "No such file");
	unsetenv("LIBVA_V4L2_REQUEST_VIDEO_PATH");
	check_none("/dev/does-not-exist", "");
	setenv("LIBVA_V4L2_REQUEST_MEDIA_PATH", "/dev/null", 1);
	check_none("/dev/null", "");
	setenv("LIBVA_V4L2_REQUEST_MEDIA_PATH", ":::::", 1);
	check_none("LIBVA_V4L2_REQUEST", "");
}

/* Two decoders make one display; the one that does not do H.264 does not stand in the way. */
static void several_decoders(void)
{
	static const char *const kinds[] = {"mpeg2,frame", "frame,slice", "slice,mpeg2", "scaler,mpeg2,slice"};
	struct player_picture picture = {.reference = VA_INVALID_SURFACE, .seed = 6};
	const char *kind = getenv("TEST_KINDS");
	struct player player;
	VAConfigID config;
	VAContextID context;
	bool equal;

	if (!kind) {
		/* The simulated device reads its environment once for each process. */
		for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
			struct test test = {kinds[i], several_decoders, NULL};

			setenv("TEST_KINDS", kinds[i], 1);
			CHECK(run_one_test(&test));
		}
		unsetenv("TEST_KINDS");
		return;
	}
	setenv("V4L2SIM_KIND", kind, 1);
	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &picture.surface, 1), VA_STATUS_SUCCESS);
	for (int i = 0; i < 5; i++) {
		CHECK_EQUAL(player_decode(&player, context, &picture), VA_STATUS_SUCCESS);
		CHECK_EQUAL(player_compare(&player, picture.surface, 6, &equal), VA_STATUS_SUCCESS);
		CHECK(equal);
	}
	CHECK_EQUAL(player.messages, 0);
	player_close(&player);
}

/* A decoder that has trouble answering while another serves: it may be the one that is missed, so it is named. */
static void trouble_is_said(void)
{
	static const struct {
		const char *fault;
		unsigned int messages;
	} cases[] = {
		{"open.video:1:EMFILE", 1},     {"open.media:2:ENOMEM", 1},      {"QUERYCAP:2:ENODEV", 1},
		{"QUERY_EXT_CTRL:2:ENODEV", 1}, {"ENUM_FRAMESIZES:1:ENODEV", 1}, {"ENUM_FMT:1:ENODEV", 1},
		{"ENUM_FMT:4:ENODEV", 1},       {"S_FMT:1:ENOMEM", 1},           {"REQBUFS:1:ENODEV", 1},
		{"open.media:1:EINTR", 0},      {"open.media:2:EINTR", 0},       {"MEDIA_IOC_G_TOPOLOGY:1:EIO", 1},
		{"QUERY_EXT_CTRL:2:EINVAL", 0},
	};
	const char *fault = getenv("TEST_FAULT");
	struct player player;
	VAProfile list[64];

	if (!fault) {
		/* The simulated device reads its environment once for each process. */
		setenv("V4L2SIM_KIND", "mpeg2,frame", 1);
		for (size_t i = 0; i < TEST_COUNT(cases); i++) {
			struct test test = {cases[i].fault, trouble_is_said, NULL};

			setenv("V4L2SIM_FAULT", cases[i].fault, 1);
			setenv("TEST_FAULT", cases[i].messages ? "said" : "silent", 1);
			if (!run_one_test(&test)) {
				fprintf(stderr, "    with V4L2SIM_FAULT=%s\n", cases[i].fault);
				exit(1);
			}
		}
		return;
	}
	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(profiles(&player, list), 3);
	CHECK_EQUAL(player.messages, strcmp(fault, "said") == 0);
	if (player.messages)
		CHECK(strstr(player.last, "cannot use /dev/"));
	player_close(&player);
}

static void decoders_for_other_codecs(void)
{
	struct player player;
	VAProfile list[64];

	setenv("V4L2SIM_KIND", "mpeg2", 1);
	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(profiles(&player, list), 0);
	CHECK_EQUAL(player.messages, 1);
	CHECK(strstr(player.last, "/dev/video") && strstr(player.last, "software"));
	player_close(&player);
}

/* What keeps the right decoder away is said, and not that the other one is of no use. */
static void no_permission_for_one(void)
{
	struct player player;
	VAProfile list[64];

	setenv("V4L2SIM_KIND", "frame,mpeg2", 1);
	setenv("V4L2SIM_FAULT", "open.video:1:EACCES", 1);
	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(profiles(&player, list), 0);
	CHECK_EQUAL(player.messages, 1);
	CHECK(strstr(player.last, "no permission to open /dev/video"));
	player_close(&player);
}

/* X11 gives a DRM descriptor of -1, Wayland no DRM state at all. */
static void display_without_drm(void)
{
	struct drm {
		int fd;
		int rest[9];
	} state = {.fd = -1};
	struct player player;

	player_prepare(&player);
	player.va.display_type = 0x10;
	player.va.drm_state = &state;
	CHECK_EQUAL(driver_init(&player.va), VA_STATUS_SUCCESS);
	CHECK_EQUAL(state.fd, -1);
	player_close(&player);
	player_prepare(&player);
	player.va.display_type = 0x40;
	player.va.error_callback = NULL;
	CHECK_EQUAL(driver_init(&player.va), VA_STATUS_SUCCESS);
	CHECK(player.table.vaDestroyContext(&player.va, 77) != VA_STATUS_SUCCESS);
	player_close(&player);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"no device", no_device, NULL},
		{"no permission", no_permission, NULL},
		{"no Request API", no_request_api, NULL},
		{"no decoder among the media devices", no_decoder_among_media, NULL},
		{"paths from the environment", paths_from_the_environment, NULL},
		{"bad paths from the environment", bad_paths_from_the_environment, NULL},
		{"several decoders in one display", several_decoders, NULL},
		{"trouble while another decoder serves", trouble_is_said, NULL},
		{"decoders for other codecs only", decoders_for_other_codecs, NULL},
		{"no permission for one of two decoders", no_permission_for_one, NULL},
		{"a display without DRM", display_without_drm, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
