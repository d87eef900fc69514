/* SPDX-License-Identifier: MIT
 *
 * usage: av1_model_test FILE...
 *
 * Each FILE (IVF) is decoded on the model by a client that fills the controls from the headers, and every frame is compared with
 * libaom's plain decoding. Then references are scribbled over in CAPTURE memory, timestamps are lost, frames go to other slots and
 * fields are altered: that must show. Damaged frames and controls, and frames that never come, must not be the end of it.
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
		printf("FAIL %s, %s: %u frames come out, %u jobs, %u painted, %u refused, %u unreadable; %s\n", path,
		       what, run->shown.count, run->jobs, run->painted, run->refused, run->unreadable, run->reason);
	passed += condition;
	failed += !condition;
}

static void lose_references(void *opaque, struct test_controls *controls)
{
	(void)opaque;
	for (unsigned int i = 0; i < 8; i++)
		controls->frame.reference_frame_ts[i]++;
}

/* A frame that goes to one slot alone goes to the next one instead. */
static void move_slots(void *opaque, struct test_controls *controls)
{
	uint8_t *flags = &controls->frame.refresh_frame_flags;

	(void)opaque;
	if (*flags && *flags != 0xff)
		*flags = (uint8_t)(*flags << 1 | *flags >> 7);
}

/* Slots in another order, for all that names them; the first frame goes to all. */
static void turn_slots(void *opaque, struct test_controls *controls)
{
	struct v4l2_ctrl_av1_frame *f = &controls->frame;
	uint64_t timestamps[8];

	(void)opaque;
	memcpy(timestamps, f->reference_frame_ts, sizeof(timestamps));
	for (unsigned int i = 0; i < 8; i++)
		f->reference_frame_ts[(i + 3) % 8] = timestamps[i];
	for (unsigned int i = 0; i < 7; i++)
		f->ref_frame_idx[i] = (int8_t)((f->ref_frame_idx[i] + 3) % 8);
	f->refresh_frame_flags = (uint8_t)(f->refresh_frame_flags << 3 | f->refresh_frame_flags >> 5);
	controls->grain.film_grain_params_ref_idx =
		(uint8_t)((controls->grain.film_grain_params_ref_idx + 3) % 8);
}

static void alter_quantizer(void *opaque, struct test_controls *controls)
{
	(void)opaque;
	controls->frame.quantization.base_q_idx ^= 4;
}

static void alter_seed(void *opaque, struct test_controls *controls)
{
	(void)opaque;
	controls->grain.grain_seed ^= 0x111;
}

static void shorten_tile(void *opaque, struct test_controls *controls)
{
	(void)opaque;
	controls->tiles[0].tile_offset++;
	controls->tiles[0].tile_size--;
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

/* It shall make no difference. */
static void test_same(const char *path, const uint8_t *data, size_t size, const char *what,
                      const struct test_options *options, const struct test_run *plain)
{
	struct test_run run;

	test_decode(&run, data, size, options);
	expect(!test_shown_differ(&run.shown, &plain->shown) && !run.painted && !run.refused, path, what, &run);
	test_run_free(&run);
}

static void test_references(const char *path, const uint8_t *data, size_t size, const struct test_run *plain)
{
	struct test_options options = {.scribble = true};

	if (plain->predicted > 1 && plain->grained < plain->jobs / 2)
		test_with(path, data, size, "references scribbled over", &options, plain, true);
	options = (struct test_options){.alter = lose_references};
	test_with(path, data, size, "references lost", &options, plain, true);
	options = (struct test_options){.drop = 4};
	test_with(path, data, size, "frames lost", &options, plain, false);
	options = (struct test_options){.alter = turn_slots};
	test_same(path, data, size, "slots in another order", &options, plain);
	options = (struct test_options){.twice = true};
	test_same(path, data, size, "frames decoded twice", &options, plain);
}

static void test_file(const char *path, const uint8_t *data, size_t size)
{
	struct test_options options = {0};
	struct test_run plain;
	unsigned int frames = 0;
	int different;
	const bool read = test_decode(&plain, data, size, &options);

	if (plain.beyond) {
		expect(!plain.jobs, path, "beyond the profiles", &plain);
		return;
	}
	different = test_compare(&plain, data, size, &frames);
	expect(read && plain.shown.count && frames == plain.shown.count && !different && !plain.painted &&
	           !plain.refused && !plain.unreadable,
	       path, "as it is", &plain);
	if (different || frames != plain.shown.count)
		printf("  of %u frames, %d differ\n", frames, different);
	if (!getenv("TEST_PLAIN")) {
		if (plain.predicted)
			test_references(path, data, size, &plain);
		options = (struct test_options){.alter = move_slots};
		if (plain.predicted > 8)
			test_with(path, data, size, "frames in other slots", &options, &plain, true);
		options = (struct test_options){.alter = alter_quantizer};
		test_with(path, data, size, "another quantiser", &options, &plain, true);
		options = (struct test_options){.alter = shorten_tile};
		test_with(path, data, size, "a tile without its first byte", &options, &plain, true);
		options = (struct test_options){.alter = alter_seed};
		if (plain.grained)
			test_with(path, data, size, "another seed of film grain", &options, &plain, true);
		options = (struct test_options){.no_grain = true};
		if (plain.grained)
			test_with(path, data, size, "no film grain", &options, &plain, true);
		for (uint32_t seed = 1; seed <= 4; seed++) {
			options = (struct test_options){.damage = seed * 0x9e3779b9u};
			test_with(path, data, size, "damaged", &options, &plain, false);
		}
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
