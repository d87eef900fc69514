/* SPDX-License-Identifier: MIT
 *
 * Which decoders are found, and what the user is told when none is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "core/exchange.h"
#include "harness.h"
#include "interpose.h"
#include "player.h"
#include "v4l2/discovery.h"
#include "va/driver.h"

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
	/* Who only looks for a video processor hears nothing; who wants to decode hears why not. */
	CHECK_EQUAL(
		player.table.vaCreateConfig(&player.va, VAProfileNone, VAEntrypointVideoProc, NULL, 0, &config),
		VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
	CHECK_EQUAL(player.messages, 1);
	player.messages = 0;
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
	CHECK_EQUAL(config, VA_INVALID_ID);
	CHECK_EQUAL(player.messages, 1);
	CHECK(strstr(player.last, "profile 7 is not offered, since no decoder was found: "));
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

/* Decoders of MPEG-2 are ones of a codec that VA-API does not have, FWHT. */
static bool no_mpeg2;

/* Two decoders make one display; the one that does not do H.264 does not stand in the way. */
static void several_decoders(void)
{
	static const char *const kinds[] = {"mpeg2:frame,h264:frame", "h264:frame,h264:slice",
	                                    "h264:slice,mpeg2:frame", "scaler,mpeg2:frame,h264:slice"};
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
		{"QUERY_EXT_CTRL:2:EINVAL", 0}, {"open.media:1:EACCES", 0},
	};
	const char *fault = getenv("TEST_FAULT");
	struct player player;
	VAProfile list[64];

	if (!fault) {
		/* The simulated device reads its environment once for each process. */
		setenv("V4L2SIM_KIND", "mpeg2:frame,h264:frame", 1);
		no_mpeg2 = true;
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

	setenv("V4L2SIM_KIND", "mpeg2:frame", 1);
	no_mpeg2 = true;
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

	setenv("V4L2SIM_KIND", "h264:frame,mpeg2:frame", 1);
	no_mpeg2 = true;
	setenv("V4L2SIM_FAULT", "open.video:1:EACCES", 1);
	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(profiles(&player, list), 0);
	CHECK_EQUAL(player.messages, 1);
	CHECK(strstr(player.last, "no permission to open /dev/video"));
	player_close(&player);
}

/* Behind a sandbox that went up after the first time: what the file's mode permits is refused, and no group helps. */
static void second_time_in_a_sandbox(void)
{
	struct player player;
	VAProfile list[64];

	/* The first time opens the media node twice: for its topology, and with the decoder. */
	setenv("V4L2SIM_FAULT", "open.media:3+:EACCES", 1);
	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(profiles(&player, list), 3);
	player_close(&player);
	check_none("no permission to open /dev/media", "though its mode gives it");
	check_none("--device /dev/media", "container or sandbox");
}

/* ---- tables that are full ------------------------------------------------------------------------ */

/* The decoder that the simulated device shows has so many more of these; the others stand behind the last of its own. */
static unsigned more_controls, more_coded, more_capture;

/* One more control after those of the codec-stateless class: an id that no codec knows. */
static int query_more(struct v4l2_query_ext_ctrl *query, uint32_t asked, int result)
{
	static const uint32_t first = V4L2_CID_CODEC_STATELESS_BASE + 4000;
	const uint32_t after = asked & ~(V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND);
	const uint32_t next = after < first ? first : after + 1;

	if (V4L2_CTRL_ID2WHICH(after) != V4L2_CTRL_CLASS_CODEC_STATELESS || next >= first + more_controls ||
	    (result == 0 && V4L2_CTRL_ID2WHICH(query->id) == V4L2_CTRL_CLASS_CODEC_STATELESS))
		return result;
	memset(query, 0, sizeof(*query));
	query->id = next;
	query->type = V4L2_CTRL_TYPE_INTEGER;
	query->elem_size = 4;
	query->elems = 1;
	return 0;
}

static int enumerate_more(struct v4l2_fmtdesc *format, int result)
{
	static unsigned own[2];
	const bool output = V4L2_TYPE_IS_OUTPUT(format->type);

	if (result == 0)
		own[output] = format->index + 1;
	if (result == 0 || format->index >= own[output] + (output ? more_coded : more_capture))
		return result;
	format->pixelformat = 0x30303030 + format->index;
	return 0;
}

/* pixelformat has one place, with several planes and with one. */
static void rename_format(unsigned long request, void *argument, uint32_t from, uint32_t to)
{
	struct v4l2_fmtdesc *description = argument;
	struct v4l2_format *format = argument;
	uint32_t *name = NULL;

	if (request == VIDIOC_ENUM_FMT)
		name = &description->pixelformat;
	if (request == VIDIOC_S_FMT)
		name = &format->fmt.pix.pixelformat;
	if (no_mpeg2 && name && *name == from)
		*name = to;
}

/* Before the simulated device's, which it calls. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	uint32_t asked = 0;
	void *argument;
	int result;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == VIDIOC_QUERY_EXT_CTRL)
		asked = ((struct v4l2_query_ext_ctrl *)argument)->id;
	rename_format(request, argument, V4L2_PIX_FMT_FWHT_STATELESS, V4L2_PIX_FMT_MPEG2_SLICE);
	result = next_ioctl(fd, request, argument);
	rename_format(request, argument, V4L2_PIX_FMT_MPEG2_SLICE, V4L2_PIX_FMT_FWHT_STATELESS);
	if (request == VIDIOC_QUERY_EXT_CTRL && more_controls)
		result = query_more(argument, asked, result);
	if (request == VIDIOC_ENUM_FMT && (more_coded || more_capture))
		result = enumerate_more(argument, result);
	return result;
}

/* Decodes with what there is room for, and says what there is not, or nothing. */
static void check_said(const char *words)
{
	struct player_picture picture = {.reference = VA_INVALID_SURFACE, .seed = 6};
	struct player player;
	VAConfigID config;
	VAContextID context;
	bool equal;

	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	if (player.messages != (words ? 1 : 0) || (words && !strstr(player.last, words)))
		fprintf(stderr, "    said: %s\n", player.messages ? player.last : "(nothing)");
	CHECK_EQUAL(player.messages, words ? 1 : 0);
	CHECK(!words || (strstr(player.last, words) && strstr(player.last, "/dev/video")));
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&player, config, &context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&player, &picture.surface, 1), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_decode(&player, context, &picture), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_compare(&player, picture.surface, 6, &equal), VA_STATUS_SUCCESS);
	CHECK(equal);
	player_close(&player);
}

static void full_tables(void)
{
	char words[64];

	more_controls = CORE_MAX_CONTROLS;
	snprintf(words, sizeof(words), "more controls than the %d ", CORE_MAX_CONTROLS);
	check_said(words);
	more_controls = 20; /* with its own below the limit */
	check_said(NULL);
	more_controls = 0;
	more_coded = CORE_MAX_CODED_FORMATS - 1;
	check_said(NULL);
	more_coded++;
	check_said("more coded formats than the 12 ");
	more_coded = 0;
	more_capture = CORE_MAX_CAPTURE_FORMATS - 1;
	check_said(NULL);
	more_capture++;
	check_said("more formats for its pictures than the 32 ");
}

#define EIGHT_DECODERS \
	"h264:slice,mpeg2:frame,mpeg2:frame,mpeg2:frame,mpeg2:frame,mpeg2:frame,mpeg2:frame,mpeg2:frame"

static void eight_decoders(void)
{
	setenv("V4L2SIM_KIND", EIGHT_DECODERS, 1);
	check_said(NULL);
}

static void nine_decoders(void)
{
	setenv("V4L2SIM_KIND", EIGHT_DECODERS ",h264:frame", 1);
	check_said("no more than 8 decoders");
}

/* Each finding is told, in order; the driver keeps one. */
static struct {
	unsigned count;
	char node[4][32];
	char what[4][80];
	uint32_t reason[4];
	int error[4];
	bool worth[4];
} told;

static void take_finding(void *opaque, uint32_t reason, const char *node, const char *what, int error,
                         bool worth)
{
	CHECK(opaque == &told && told.count < 4);
	snprintf(told.node[told.count], sizeof(told.node[0]), "%s", node ? node : "");
	snprintf(told.what[told.count], sizeof(told.what[0]), "%s", what ? what : "");
	told.reason[told.count] = reason;
	told.error[told.count] = error;
	told.worth[told.count++] = worth;
}

static bool ask_nothing(void *opaque, const struct core_decoder *facts, uint32_t coded_fourcc,
                        uint32_t bit_depth, struct facts_probe *probe)
{
	(void)facts;
	(void)coded_fourcc;
	(void)bit_depth;
	(void)probe;
	CHECK(opaque == &told);
	return false;
}

static void every_finding_is_told(void)
{
	struct discovery found;

	setenv("V4L2SIM_KIND", "h264:frame,mpeg2:frame,h264:slice", 1);
	setenv("V4L2SIM_FAULT", "open.video:1:EACCES", 1);
	setenv("LIBVA_V4L2_REQUEST_MEDIA_PATH", "", 1);
	discover(&found, ask_nothing, take_finding, &told);
	CHECK_EQUAL(found.count, 2);
	CHECK_EQUAL(told.count, 1);
	CHECK(!strncmp(told.node[0], "/dev/video", 10) && !told.what[0][0] && told.worth[0]);
	CHECK_EQUAL(told.error[0], EACCES);
	/* The node's mode permits it: something else refused. */
	CHECK_EQUAL(told.reason[0], CORE_FINDING_KEPT_OUT);
	/* Two that were named and do not serve: the first word of the driver is about the first of them. */
	told.count = 0;
	setenv("LIBVA_V4L2_REQUEST_MEDIA_PATH", "/dev/none:/dev/null", 1);
	discover(&found, ask_nothing, take_finding, &told);
	CHECK_EQUAL(found.count, 0);
	CHECK_EQUAL(told.count, 4);
	CHECK_STRING(told.node[0], "/dev/none");
	CHECK_EQUAL(told.error[0], ENOENT);
	CHECK_EQUAL(told.reason[0], CORE_FINDING_MISNAMED);
	CHECK_EQUAL(told.reason[2], CORE_FINDING_FAILED);
	CHECK(strstr(told.what[1], "no media device with a video decoder") && told.error[1] == 0);
	CHECK_STRING(told.node[2], "/dev/null");
	CHECK(told.error[2] != 0 && told.worth[2] && told.worth[3]);
	check_none("/dev/none", "No such file");
}

static uint32_t most_elements(const struct core_decoder *facts, uint32_t id)
{
	for (uint32_t i = 0; i < facts->control_count; i++) {
		if (facts->controls[i].id == id)
			return facts->controls[i].max_elems;
	}
	return UINT32_MAX;
}

/* How long a dynamic array may get; a struct is none. */
static void arrays_have_a_limit(void)
{
	struct discovery found;

	setenv("V4L2SIM_KIND", "hevc:frame", 1);
	discover(&found, ask_nothing, take_finding, &told);
	CHECK_EQUAL(found.count, 1);
	CHECK_EQUAL(most_elements(&found.nodes[0].facts, V4L2_CID_STATELESS_HEVC_SLICE_PARAMS), 600);
	CHECK_EQUAL(most_elements(&found.nodes[0].facts, V4L2_CID_STATELESS_HEVC_SPS), 0);
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

/* How many contexts each decoder has. */
static bool spread_is(struct player *player, uint32_t first, uint32_t second)
{
	const struct driver *driver = driver_of(&player->va);

	return driver->contexts[0] == first && driver->contexts[1] == second;
}

static void contexts_are_spread(void)
{
	struct player player;
	VAContextID contexts[3], none;
	VAConfigID config;

	setenv("V4L2SIM_KIND", "h264:frame,h264:frame", 1);
	CHECK_EQUAL(player_open(&player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&player, &config), VA_STATUS_SUCCESS);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(player_context(&player, config, &contexts[i]), VA_STATUS_SUCCESS);
	CHECK(spread_is(&player, 2, 1));
	CHECK_EQUAL(player.table.vaDestroyContext(&player.va, contexts[0]), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player.table.vaDestroyContext(&player.va, contexts[2]), VA_STATUS_SUCCESS);
	CHECK(spread_is(&player, 0, 1));
	/* Contexts that never come into being are not counted. */
	CHECK_EQUAL(player.table.vaCreateContext(&player.va, config, 9999, 9999, 0, NULL, 0, &none),
	            VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
	CHECK(spread_is(&player, 0, 1));
	CHECK_EQUAL(player_context(&player, config, &contexts[0]), VA_STATUS_SUCCESS);
	CHECK(spread_is(&player, 1, 1));
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
		{"the second time in a sandbox", second_time_in_a_sandbox, NULL},
		{"tables that are full", full_tables, NULL},
		{"eight decoders", eight_decoders, NULL},
		{"nine decoders", nine_decoders, NULL},
		{"every finding is told", every_finding_is_told, NULL},
		{"dynamic arrays have a limit", arrays_have_a_limit, NULL},
		{"a display without DRM", display_without_drm, NULL},
		{"contexts are spread over the decoders that can", contexts_are_spread, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
