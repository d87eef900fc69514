/* SPDX-License-Identifier: MIT
 *
 * usage: vp9_model_test FILE...
 *
 * Each FILE (IVF) is decoded on the model by a client that fills both controls from the headers, and every frame is compared with
 * libavcodec's plain decoding. Then references are scribbled over in CAPTURE memory, timestamps are lost and fields altered: that
 * must show. Damaged frames and controls, and frames that never come, must not be the end of it.
 */
#include "test_files.h"
#include "test_run.h"

#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned int passed, failed;

static void expect(bool condition, const char *path, const char *what, const struct test_run *run)
{
	if (!condition)
		printf("FAIL %s, %s: %u frames come out, %u jobs, %u painted, %u refused; %s\n", path, what,
		       run->shown.count, run->jobs, run->painted, run->refused, run->reason);
	passed += condition;
	failed += !condition;
}

static void lose_references(const void *opaque, struct test_controls *controls)
{
	(void)opaque;
	controls->frame.last_frame_ts++;
	controls->frame.golden_frame_ts++;
	controls->frame.alt_frame_ts++;
}

/* opaque: counts the frames of which they are two. */
static void exchange_references(const void *opaque, struct test_controls *controls)
{
	const uint64_t last = controls->frame.last_frame_ts;

	*(unsigned int *)(uintptr_t)opaque += last != controls->frame.golden_frame_ts;
	controls->frame.last_frame_ts = controls->frame.golden_frame_ts;
	controls->frame.golden_frame_ts = last;
}

static void alter_quantizer(const void *opaque, struct test_controls *controls)
{
	(void)opaque;
	controls->frame.quant.base_q_idx ^= 4;
}

/* opaque: counts the bytes that there were. */
static void forget_updates(const void *opaque, struct test_controls *controls)
{
	const uint8_t *bytes = (const uint8_t *)controls->header.coef;

	for (size_t i = 0; i < sizeof(controls->header.coef); i++)
		*(unsigned int *)(uintptr_t)opaque += bytes[i] != 0;
	memset(controls->header.coef, 0, sizeof(controls->header.coef));
}

static void test_with(const char *path, const uint8_t *data, size_t size, const char *what,
                      const struct test_options *options, const struct test_run *plain, bool altered)
{
	struct test_run run;

	test_decode(&run, data, size, options);
	expect(altered ? test_shown_differ(&run.shown, &plain->shown) || run.painted || run.refused
	               : run.jobs > 0,
	       path, what, &run);
	test_run_free(&run);
}

static void test_file(const char *path, const uint8_t *data, size_t size)
{
	struct test_options options = {0};
	struct test_run plain, run;
	unsigned int frames = 0, exchanged = 0, updates = 0;
	int different;
	const bool read = test_decode(&plain, data, size, &options);

	if (plain.beyond) {
		expect(!plain.jobs, path, "beyond the profiles", &plain);
		return;
	}
	different = test_compare(&plain, data, size, &frames);
	expect(read && plain.shown.count && frames == plain.shown.count && !different && !plain.painted &&
	           !plain.refused,
	       path, "as it is", &plain);
	if (different || frames != plain.shown.count)
		printf("  of %u frames, %d differ\n", frames, different);
	if (plain.predicted) {
		options = (struct test_options){.scribble = true};
		test_with(path, data, size, "references scribbled over", &options, &plain, true);
		options = (struct test_options){.alter = lose_references};
		test_with(path, data, size, "references lost", &options, &plain, true);
		options = (struct test_options){.alter = exchange_references, .opaque = &exchanged};
		test_decode(&run, data, size, &options);
		expect(!exchanged || test_shown_differ(&run.shown, &plain.shown) || run.painted, path,
		       "last and golden exchanged", &run);
		test_run_free(&run);
		options = (struct test_options){.drop = 4};
		test_with(path, data, size, "frames lost", &options, &plain, false);
	}
	options = (struct test_options){.alter = alter_quantizer};
	test_with(path, data, size, "another quantiser", &options, &plain, true);
	options = (struct test_options){.alter = forget_updates, .opaque = &updates};
	test_decode(&run, data, size, &options);
	expect(!updates || test_shown_differ(&run.shown, &plain.shown), path, "coefficients not updated", &run);
	test_run_free(&run);
	for (uint32_t seed = 1; seed <= 4; seed++) {
		options = (struct test_options){.damage = seed * 0x9e3779b9u};
		test_with(path, data, size, "damaged", &options, &plain, false);
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

		if (data)
			test_file(argv[i], data, size);
		failed += !data;
		free(data);
	}
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed ? 1 : 0;
}
