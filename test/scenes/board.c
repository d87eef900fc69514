/* SPDX-License-Identifier: MIT
 *
 * v4l2-request-scenes: all scenes that the decoder of this machine can play, with the driver that libva loads, as an ordinary user.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <va/va_drm.h>

#include "films.h"
#include "show.h"

enum { MOST_PROFILES = 64, PATH = 32, FIRST_RENDER = 128, NODES = 64, PATIENCE_SECONDS = 10 };

#define VENDOR "V4L2 stateless decoder driver " /* glue-c/va/initialize.c */

/* What the driver offers, and the node for which libva loads it; written by a process that may crash. */
struct offer {
	char node[PATH];
	VAProfile profiles[MOST_PROFILES];
	uint32_t formats[MOST_PROFILES]; /* VA_RT_FORMAT_* of each */
	int count;
};

static struct offer *offer;

#define LISTS(X) X(players) X(newer) X(browsers) X(browsers_vp9) X(lifetimes) X(pixels) X(imports) X(grain)
#define DECLARE(name) extern const struct scenes scenes_##name;
LISTS(DECLARE)

#define PLACE(name) &scenes_##name,
static const struct scenes *const lists[] = {LISTS(PLACE)};

/* ---- the driver -------------------------------------------------------------------------------- */

static void hear_nothing(void *opaque, const char *words)
{
	(void)opaque;
	(void)words;
}

/* Never returns. */
static void ask_driver(const char *path)
{
	const int node = open(path, O_RDWR | O_CLOEXEC);
	VADisplay va = node < 0 ? NULL : vaGetDisplayDRM(node);
	int major, minor, count;

	alarm(PATIENCE_SECONDS);
	if (!va)
		_exit(1);
	vaSetErrorCallback(va, hear_nothing, NULL);
	vaSetInfoCallback(va, hear_nothing, NULL);
	if (vaInitialize(va, &major, &minor) || strncmp(vaQueryVendorString(va), VENDOR, strlen(VENDOR)) ||
	    vaMaxNumProfiles(va) > MOST_PROFILES || vaQueryConfigProfiles(va, offer->profiles, &count))
		_exit(1);
	for (int i = 0; i < count; i++) {
		VAConfigAttrib format = {.type = VAConfigAttribRTFormat};

		if (vaGetConfigAttributes(va, offer->profiles[i], VAEntrypointVLD, &format, 1))
			_exit(1);
		offer->formats[i] = format.value;
	}
	offer->count = count;
	_exit(0);
}

static bool try_node(const char *kind, int number)
{
	int status = 1;
	pid_t child;

	snprintf(offer->node, sizeof(offer->node), "/dev/dri/%s%d", kind, number);
	if (access(offer->node, F_OK))
		return false;
	child = fork();
	if (child == 0)
		ask_driver(offer->node);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool find_driver(void)
{
	offer = mmap(NULL, sizeof(*offer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(offer != MAP_FAILED);
	for (int i = 0; i < NODES; i++) {
		if (try_node("renderD", FIRST_RENDER + i))
			return true;
	}
	for (int i = 0; i < NODES; i++) {
		if (try_node("card", i))
			return true;
	}
	return false;
}

static bool is_offered(VAProfile profile, unsigned int depth)
{
	const uint32_t format = depth > 8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420;

	for (int i = 0; i < offer->count; i++) {
		if (offer->profiles[i] == profile)
			return offer->formats[i] & format;
	}
	return false;
}

/* ---- the scenes -------------------------------------------------------------------------------- */

static bool has_word(const struct scenes *scenes, const char *word)
{
	for (size_t i = 0; i < scenes->count; i++) {
		if (!word || strstr(scenes->tests[i].name, word))
			return true;
	}
	return false;
}

static void play(const struct scenes *scenes, const char *of, const char *word, struct test_tally *tally)
{
	if (!has_word(scenes, word))
		return;
	printf("%s, %s:\n", scenes->name, of);
	run_test_list(scenes->tests, scenes->count, word, tally);
}

static void play_all(const char *codec, const char *word, struct test_tally *tally)
{
	const struct films *of;

	for (unsigned int n = 0; (of = films_at(n)); n++) {
		if (codec && strcmp(codec, of->codec) != 0)
			continue;
		setenv("SCENES_CODEC", of->codec, 1);
		for (size_t i = 0; i < TEST_COUNT(lists); i++) {
			if (films_are(of, lists[i]->played))
				play(lists[i], of->codec, word, tally);
		}
	}
}

static int print_help(FILE *to)
{
	fprintf(to,
	        "v4l2-request-scenes [--codec CODEC] [WORD]\n"
	        "Plays what players do on this machine's decoder, and compares every picture; WORD: only scenes\n"
	        "with it in their names. CODEC is one of");
	for (unsigned int n = 0; films_at(n); n++)
		fprintf(to, " %s", films_at(n)->codec);
	fprintf(to, ".\n");
	return to == stdout ? 0 : 2;
}

static bool is_codec(const char *name)
{
	for (unsigned int n = 0; films_at(n); n++) {
		if (!strcmp(films_at(n)->codec, name))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct test_tally tally = {0};
	const char *codec = NULL;
	int i = 1;

	if (i < argc && !strcmp(argv[i], "--help"))
		return print_help(stdout);
	if (i + 1 < argc && !strcmp(argv[i], "--codec")) {
		codec = argv[i + 1];
		i += 2;
	}
	if (i + 1 < argc || (i < argc && argv[i][0] == '-') || (codec && !is_codec(codec)))
		return print_help(stderr);
	if (!find_driver()) {
		fprintf(stderr,
		        "v4l2-request-scenes: run v4l2-request-doctor, which says why libva loads this driver for no "
		        "node of /dev/dri\n");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	setenv("SCENES_FIXTURES", FILMS_FOLDER, 0);
	screen_node = offer->node;
	film_is_playable = is_offered;
	play_all(codec, argv[i], &tally);
	print_tally(&tally);
	return tally.failed || !tally.passed ? 1 : 0;
}
