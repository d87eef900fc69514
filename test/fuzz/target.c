/* SPDX-License-Identifier: MIT
 *
 * What libFuzzer calls: an input is played to the driver, and then nothing may be left over, and the driver must still decode.
 * libFuzzer says which input it was; the sanitizers say what went wrong, or a sentence that begins with "fuzz:".
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../device/sim/restart.h"
#include "clips.h"
#include "describe.h"
#include "faults.h"
#include "kinds.h"
#include "lying/lies.h"
#include "seeds.h"
#include "setting.h"
#include "world.h"

/* Time goes by so many times as fast where a device may be silent (for 3 s, twice), or a core may lie about how long to wait (60 s).
 * The other way round: on a machine that is busy enough, any device seems silent, so a picture is tried several times. */
enum { QUICK = 16, QUICKER = 64, ATTEMPTS = 5 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *seeds = getenv("FUZZ_SEEDS"), *described = getenv("FUZZ_DESCRIBE");

	(void)argc;
	(void)argv;
	tracing = getenv("FUZZ_TRACE") != NULL;
	clips_open();
	if (described)
		exit(describe_write(described) ? 0 : 1);
	if (seeds)
		exit(seeds_write(seeds) ? 0 : 1);
	return 0;
}

/* ---- the device --------------------------------------------------------------------------------- */

/* Bits of the first record's c. */
enum { STRICT = 1, NO_DMABUF = 2, EARLY_FAULT = 8, NO_REQUESTS = 16, DEEP = 32 };

/* a: its decoders, b: its formats, c: bits, d: threads and what else there is, e and f: lies, g: a fault from the start. */
static void start_device(const struct record *first, bool faulty)
{
	static const char *const formats[] = {"", "NV12_4L4", "NV12_32L32", "MM21", "NV12_4L4,NV15_4L4", "NV15"};
	char kinds[512];

	kinds_write(kinds, sizeof(kinds), first->a);
	setenv("V4L2SIM_KIND", kinds, 1);
	setenv("V4L2SIM_FORMAT", formats[first->b % 6], 1);
	/* Two memory planes are for the multi-planar API alone. */
	setenv("V4L2SIM_API", first->b % 6 == 3 ? "mplane" : "", 1);
	setenv("V4L2SIM_NO_DMABUF", first->c & NO_DMABUF ? "1" : "0", 1);
	setenv("V4L2SIM_DEPTH", first->c & DEEP || first->b % 6 > 3 ? "10" : "8", 1);
	setenv("V4L2SIM_NO_REQUESTS", first->c & NO_REQUESTS && first->b == 0xff ? "1" : "0", 1);
	setenv("V4L2SIM_MAX", "1024x1024", 1);
	setenv("V4L2SIM_SCRIBBLE", "0", 1);
	setenv("LIBVA_V4L2_REQUEST_STRICT", first->c & STRICT ? "1" : "0", 1);
	setting_choose(first->d);
	v4l2sim_restart();
	faults_reset(lying ? QUICKER : faulty ? QUICK : 1);
	if (first->c & EARLY_FAULT)
		faults_add(first->g, first->f, first->e);
}

/* ---- what must not be left over ------------------------------------------------------------------ */

/* Of the device's buffers, which are files without a name. */
static unsigned int count_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned int count = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, "/memfd:simulated") != NULL;
	if (file)
		fclose(file);
	return count;
}

/* Descriptors, but for pipes: those are a sanitizer's, to what finds it the names of functions. */
static unsigned int count_descriptors(bool shown)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned int count = 0;
	char name[256];

	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		ssize_t size = readlinkat(dirfd(folder), entry->d_name, name, sizeof(name) - 1);

		if (size < 0)
			continue;
		name[size] = 0;
		count += strncmp(name, "pipe:", 5) != 0;
		if (shown)
			fprintf(stderr, "  %s %s\n", entry->d_name, name);
	}
	if (folder)
		closedir(folder);
	return count;
}

/* ---- the driver still decodes --------------------------------------------------------------------- */

/* Whether a new context decodes a picture. */
static bool decodes(struct world *world, const struct clip *clip)
{
	static const struct record config = {.op = OP_CONFIG, .d = 1},
							   surfaces = {.op = OP_SURFACES, .b = 4, .c = 3, .e = 3},
							   context = {.op = OP_CONTEXT, .c = 3, .e = 3},
							   picture = {.op = OP_PICTURE, .d = 3};
	struct player player = {.world = world, .display = &world->displays[0], .clip = clip};
	VASurfaceDecodeMBErrors *errors = NULL;
	VASurfaceID surface;

	memset((void *)world->ids, 0xff, sizeof(world->ids));
	play_record(&player, &config);
	play_record(&player, &surfaces);
	play_record(&player, &context);
	surface = world_pick(world, KIND_SURFACE, (uint8_t)(clip->pictures[0].frame % 4));
	play_record(&player, &picture);
	return CALL(&player, vaSyncSurface, surface) == VA_STATUS_SUCCESS &&
	       CALL(&player, vaQuerySurfaceError, surface, VA_STATUS_ERROR_DECODING_ERROR, (void **)&errors) ==
	           VA_STATUS_SUCCESS &&
	       errors[0].status == -1;
}

static void decode_once_more(struct world *world)
{
	const struct clip *clip = clip_simple();

	if (!clip || !world->displays[0].open)
		return;
	for (int i = 0; i < ATTEMPTS; i++) {
		if (decodes(world, clip))
			return;
	}
	finding("after this, a new context does not decode any more; the driver's last words: %s",
	        world->displays[0].words);
}

/* ---- an input ------------------------------------------------------------------------------------ */

static void play_all(struct world *world, const struct record *records, unsigned int count)
{
	struct player players[MOST_THREADS];
	pthread_t threads[MOST_THREADS];
	unsigned int done = 0;

	for (unsigned int i = 0; i < world->threads; i++) {
		const unsigned int share = (count - done) / (world->threads - i);

		players[i] = (struct player){.world = world,
		                             .display = &world->displays[0],
		                             .clip = &clips[0],
		                             .records = records + done,
		                             .count = share};
		done += share;
		if (i + 1 == world->threads)
			play_records(&players[i]);
		else if (pthread_create(&threads[i], NULL, play_records, &players[i]))
			finding("no thread can be made");
	}
	for (unsigned int i = 0; i + 1 < world->threads; i++)
		pthread_join(threads[i], NULL);
}

static void live(const struct record *first, const struct record *records, unsigned int count)
{
	bool faulty = first->c & EARLY_FAULT;
	struct world world = {.lock = PTHREAD_MUTEX_INITIALIZER,
	                      .threads = THREADS ? 2 + first->d % (MOST_THREADS - 1) : 1};

	memset((void *)world.ids, 0xff, sizeof(world.ids));
	for (int i = 0; i < HANDLES; i++)
		world.handles[i].fd = -1;
	for (int i = 0; i < SLOTS; i++)
		pthread_mutex_init(&world.contents[i], NULL);
	for (unsigned int i = 0; i < count; i++)
		faulty |= records[i].op % OPS == OP_FAULT;
	start_device(first, faulty);
	input_begins();
	if (lying)
		lies_begin(word(first->e, first->f), first->g);
	for (int i = 0; i < DISPLAYS; i++) {
		if (i == 0 || THREADS)
			world_open(&world.displays[i]);
	}
	play_all(&world, records, count);
	v4l2sim_faults("");
	if (lying)
		lies_end();
	else if (!(first->c & (EARLY_FAULT | NO_REQUESTS)) && setting_has_decoder(first->d) &&
	         !faults_have_device_gone())
		decode_once_more(&world);
	world_drop_handles(&world);
	for (int i = 0; i < DISPLAYS; i++)
		world_close(&world.displays[i]);
	input_ends();
	for (int i = 0; i < SLOTS; i++)
		pthread_mutex_destroy(&world.contents[i]);
	pthread_mutex_destroy(&world.lock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record records[MOST_RECORDS];
	const size_t count = size / RECORD < MOST_RECORDS ? size / RECORD : MOST_RECORDS;
	unsigned int descriptors, mappings;

	if (count < 2)
		return -1;
	memcpy(records, data, count * RECORD);
	descriptors = count_descriptors(false);
	mappings = count_mappings();
	live(&records[0], records + 1, (unsigned int)count - 1);
	if (count_descriptors(false) != descriptors)
		finding("%u descriptors are open after vaTerminate, %u were before", count_descriptors(true),
		        descriptors);
	if (count_mappings() != mappings)
		finding("%u buffers of the device are mapped after vaTerminate, %u were before", count_mappings(),
		        mappings);
	return 0;
}
