/* SPDX-License-Identifier: MIT
 *
 * usage: h264_model_test [--frames N] [--md5] [--lenient] [--flips] [--drop N] [--seek N] [--damage SEED] FILE...
 *
 * Each FILE (Annex B) is decoded by an independent stateless client on the model, frame-based and slice-based, and
 * every frame is compared with libavcodec's plain decoding.
 *
 * --lenient allows streams that start in the middle or lack pictures; otherwise the model must take each for whole.
 * --flips   alters one field of the controls at a time, in every job, and says whether a picture changed or the model
 *           objected
 * --drop    loses every N-th picture, and --seek goes to the next I picture after every N: neither may be taken for a
 *           client's mistake. What then stands for the missing pictures is not compared.
 * --damage  breaks slices and controls at random, which may do anything but crash
 */
#include "test_files.h"
#include "test_flips.h"
#include "test_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	bool flips;
	bool md5;
	bool lenient;
	struct test_options test;
};

static unsigned int passed, failed, skipped;
static unsigned int damaged; /* in a run with --damage */

static void test_mode(const char *path, const uint8_t *data, size_t size, bool slice_based,
                      const struct options *options)
{
	const char *mode = slice_based ? "slice" : "frame";
	struct test_run run;
	struct test_plain plain;

	if (!test_decode(&run, data, size, slice_based, &options->test) ||
	    !test_plain_decode(&plain, &run, data)) {
		printf("FAIL %s %s: out of memory or buffers\n", mode, path);
		failed++;
	} else if (!run.count && run.unreadable) {
		printf("skip %s %s: not in the profiles of the model\n", mode, path);
		skipped++;
	} else {
		bool whole = !options->test.drop && !options->test.seek && !options->test.damage;
		bool good = run.count && (!run.painted || options->test.damage) &&
		            (!whole || (!run.refused && !plain.different && !plain.missing &&
		                        (!run.lenient || options->lenient)));

		printf("%s %s %s: %u frames, %u jobs, %u compared, %u different, %u painted, %u refused",
		       good ? "ok" : "FAIL", mode, path, run.count, run.jobs, plain.frames, plain.different,
		       run.painted, run.refused);
		if (run.lenient)
			printf(", %u lenient", run.lenient);
		if (run.unreadable)
			printf(", %u slices unreadable", run.unreadable);
		if (options->md5)
			printf(", md5 %s", plain.md5);
		if (run.reason[0])
			printf("; %s", run.reason);
		printf("\n");
		passed += good;
		failed += !good;
		damaged += run.damaged;
	}
	fflush(stdout);
	test_run_free(&run);
}

int main(int argc, char **argv)
{
	struct options options = {0};
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--flips"))
			options.flips = true;
		else if (!strcmp(argv[i], "--md5"))
			options.md5 = true;
		else if (!strcmp(argv[i], "--lenient"))
			options.lenient = true;
		else if (!strcmp(argv[i], "--frames") && i + 1 < argc)
			options.test.frames = (unsigned int)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--drop") && i + 1 < argc)
			options.test.drop = (unsigned int)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--seek") && i + 1 < argc)
			options.test.seek = (unsigned int)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--damage") && i + 1 < argc)
			options.test.damage = (uint32_t)strtoul(argv[++i], NULL, 10);
		else {
			fprintf(stderr, "h264_model_test: unknown option %s; see the top of its source\n", argv[i]);
			return 2;
		}
	}
	for (int file = i; file < argc; file++) {
		size_t size;
		uint8_t *data = test_read_file(argv[file], &size);

		if (!data) {
			failed++;
			continue;
		}
		if (options.flips) {
			test_flips(data, size, options.test.frames);
		} else {
			test_mode(argv[file], data, size, false, &options);
			test_mode(argv[file], data, size, true, &options);
		}
		free(data);
	}
	if (options.flips)
		test_flips_report(&passed, &failed, &skipped);
	if (options.test.damage && !damaged) {
		printf(
			"FAIL no damaged slice was noticed: does this libavcodec keep decode_error_flags elsewhere?\n");
		failed++;
	}
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed ? 1 : 0;
}
