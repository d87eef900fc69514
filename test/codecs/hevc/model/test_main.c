/* SPDX-License-Identifier: MIT
 *
 * usage: hevc_model_test FILE...
 *
 * Each FILE (an elementary stream) is decoded on the model, by frames and by slices, by a client of its own, and every frame is
 * compared with libavcodec's plain decoding. Then references are scribbled over in CAPTURE memory and timestamps are lost: that must
 * show. Damaged slices and controls, and pictures that never come, must not be the end of it.
 */
#include "test_files.h"
#include "test_run.h"

#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned int passed, failed;

static void expect(bool condition, const char *path, const char *what, bool slice_based,
                   const struct test_run *run)
{
	if (!condition)
		printf("FAIL %s, by %s, %s: %u frames, %u jobs, %u painted, %u refused, %u unreadable; %s\n", path,
		       slice_based ? "slices" : "frames", what, run->count, run->jobs, run->painted, run->refused,
		       run->unreadable, run->reason);
	passed += condition;
	failed += !condition;
}

static void lose_references(const void *opaque, struct test_controls *controls)
{
	(void)opaque;
	for (unsigned int i = 0; i < V4L2_HEVC_DPB_ENTRIES_NUM_MAX; i++)
		controls->params.dpb[i].timestamp++;
}

static bool differs(const struct test_run *run, const struct test_run *plain)
{
	if (run->count != plain->count)
		return true;
	for (unsigned int i = 0; i < run->count; i++)
		if (run->frames[i].hash != plain->frames[i].hash)
			return true;
	return false;
}

static void test_file(const char *path, const uint8_t *data, size_t size, bool slice_based)
{
	struct test_options options = {.slice_based = slice_based};
	struct test_run plain, run;
	unsigned int frames;
	int different;

	if (!test_decode(&plain, data, size, &options))
		snprintf(plain.reason, sizeof(plain.reason), "the stream cannot be read");
	if (plain.beyond) {
		expect(plain.refused == plain.jobs, path, "beyond the profiles", slice_based, &plain);
		test_run_free(&plain);
		return;
	}
	different = test_compare(&plain, data, &frames);
	expect(plain.count && frames == plain.shown && !different && !plain.painted && !plain.refused &&
	           !plain.unreadable,
	       path, "as it is", slice_based, &plain);
	if (different || frames != plain.shown)
		printf("  of %u frames, %d differ\n", frames, different);
	if (plain.predicted) {
		options.scribble = true;
		test_decode(&run, data, size, &options);
		expect(differs(&run, &plain) && !run.painted && !run.refused, path, "references scribbled over",
		       slice_based, &run);
		test_run_free(&run);
		options = (struct test_options){.slice_based = slice_based, .alter = lose_references};
		test_decode(&run, data, size, &options);
		expect(run.painted > 0, path, "references lost", slice_based, &run);
		test_run_free(&run);
		options = (struct test_options){.slice_based = slice_based, .drop = 4};
		test_decode(&run, data, size, &options);
		expect(run.count > 0, path, "pictures lost", slice_based, &run);
		test_run_free(&run);
	}
	for (uint32_t seed = 1; seed <= 4; seed++) {
		options = (struct test_options){.slice_based = slice_based, .damage = seed * 0x9e3779b9u};
		test_decode(&run, data, size, &options);
		expect(run.jobs == plain.jobs, path, "damaged", slice_based, &run);
		test_run_free(&run);
	}
	test_run_free(&plain);
}

int main(int argc, char **argv)
{
	/* libavcodec says of some damage without naming a context, so the levels of contexts do not hold it back. */
	av_log_set_level(AV_LOG_QUIET);
	for (int i = 1; i < argc; i++) {
		size_t size;
		uint8_t *data = test_read_file(argv[i], &size);

		for (unsigned int mode = 0; data && mode < 2; mode++)
			test_file(argv[i], data, size, mode);
		failed += !data;
		free(data);
	}
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed ? 1 : 0;
}
