/* SPDX-License-Identifier: MIT
 *
 * usage: mpeg2_model_test FILE...
 *
 * Each FILE (an elementary stream) is decoded on the model by a client of its own, and every frame is compared with libavcodec's
 * plain decoding. Then references are scribbled over in CAPTURE memory, timestamps are mixed up and slices are lost: each must
 * show. Damaged slices and controls must not be the end of it. At last every field of the controls is altered, in one file
 * after the other until it shows.
 */
#include "bits.h"
#include "test_client.h"
#include "test_files.h"

#include <libavutil/log.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct file {
	const char *path;
	uint8_t *data;
	size_t size;
	struct client_run plain; /* as it is */
};

static unsigned int passed, failed;

static bool differs(const struct client_run *run, const struct client_run *plain)
{
	if (run->count != plain->count || run->painted || run->refused)
		return true;
	for (unsigned int i = 0; i < run->count; i++)
		if (run->frames[i].hash != plain->frames[i].hash)
			return true;
	return false;
}

static void expect(bool condition, const struct file *file, const char *what, const struct client_run *run)
{
	if (!condition)
		printf("FAIL %s, %s: %u frames, %u jobs, %u painted, %u refused; %s\n", file->path, what, run->count,
		       run->jobs, run->painted, run->refused, run->reason);
	passed += condition;
	failed += !condition;
}

/* ---- trouble ------------------------------------------------------------------------------------------------------ */

static void lose_references(void *opaque, struct stream_controls *controls)
{
	(void)opaque;
	controls->picture.forward_ref_ts++;
	controls->picture.backward_ref_ts++;
}

static void turn_field(void *opaque, struct stream_controls *controls)
{
	(void)opaque;
	if (controls->picture.picture_structure != V4L2_MPEG2_PIC_FRAME)
		controls->picture.picture_structure ^= V4L2_MPEG2_PIC_FRAME;
}

static void make_progressive(void *opaque, struct stream_controls *controls)
{
	(void)opaque;
	controls->sequence.flags |= V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE;
}

/* The second one, where there is one. */
static size_t lose_slice(void *opaque, uint8_t *slices, size_t size)
{
	const size_t second = find_start_code(slices, size, 3), third = find_start_code(slices, size, second + 3);

	(void)opaque;
	if (second == size)
		return 0;
	memmove(slices + second, slices + third, size - third);
	return size - (third - second);
}

/* The last macroblocks are not there. */
static size_t cut_slices(void *opaque, uint8_t *slices, size_t size)
{
	(void)opaque;
	(void)slices;
	return size / 2;
}

static size_t add_header(void *opaque, uint8_t *slices, size_t size)
{
	static const uint8_t sequence_end[4] = {0, 0, 1, 0xb7};

	(void)opaque;
	memcpy(slices + size, sequence_end, sizeof(sequence_end));
	return size + sizeof(sequence_end);
}

static size_t lose_start_code(void *opaque, uint8_t *slices, size_t size)
{
	(void)opaque;
	memmove(slices, slices + 4, size - 4);
	return size - 4;
}

/* ---- hostile input ------------------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Now and then rubbish in a control, */
static void damage_controls(void *opaque, struct stream_controls *controls)
{
	uint32_t *state = opaque;

	if (next_random(state) % 4 == 0)
		((uint8_t *)controls)[next_random(state) % sizeof(*controls)] = (uint8_t)next_random(state);
}

/* and bits of the slices, and their end. */
static size_t damage_slices(void *opaque, uint8_t *slices, size_t size)
{
	uint32_t *state = opaque;

	for (unsigned int bits = next_random(state) % 8; bits; bits--)
		slices[next_random(state) % size] ^= (uint8_t)(1u << next_random(state) % 8);
	return next_random(state) % 8 ? size : next_random(state) % size;
}

static void run_with(struct client_run *run, const struct file *file, const struct client_trouble *trouble)
{
	if (!client_decode(run, file->data, file->size, trouble))
		snprintf(run->reason, sizeof(run->reason), "the stream cannot be read");
}

static void test_file(struct file *file)
{
	const struct client_trouble none = {0};
	const struct {
		const char *what;
		struct client_trouble trouble;
		bool predicted; /* shows where there is prediction; otherwise each job is to be refused */
	} troubles[] = {
		{"references scribbled over", {.scribble = true}, true},
		{"references lost", {.alter = lose_references}, true},
		{"a slice lost", {.cut = lose_slice}, false},
		{"half of the slices lost", {.cut = cut_slices}, false},
		{"a header behind the slices", {.cut = add_header}, false},
		{"slices without start code", {.cut = lose_start_code}, false},
	};
	struct client_comparison c;
	bool good = client_decode(&file->plain, file->data, file->size, &none) &&
	            client_compare(&c, &file->plain, file->data);
	/* A picture of one macroblock may well refer to nothing. */
	const bool small = file->plain.width <= 16 && file->plain.height <= 16;

	if (file->plain.chroma_format != 1) {
		expect(good && file->plain.refused == file->plain.jobs && strstr(file->plain.reason, "chroma_format"),
		       file, "not 4:2:0", &file->plain);
		return;
	}
	expect(good && c.frames && !c.different && !file->plain.painted && !file->plain.refused &&
	           !file->plain.spilled,
	       file, "as it is", &file->plain);
	for (size_t i = 0; i < sizeof(troubles) / sizeof(*troubles); i++) {
		struct client_run run;

		if (troubles[i].predicted && (!file->plain.predicted || small))
			continue;
		run_with(&run, file, &troubles[i].trouble);
		expect(troubles[i].predicted ? differs(&run, &file->plain) && !run.painted && !run.refused
		                             : run.refused == run.jobs,
		       file, troubles[i].what, &run);
		client_free(&run);
	}
	for (uint32_t seed = 1; seed <= 4; seed++) {
		uint32_t state = seed * 0x9e3779b9u;
		const struct client_trouble damage = {
			.alter = damage_controls, .cut = damage_slices, .opaque = &state};
		struct client_run run;

		run_with(&run, file, &damage);
		expect(run.jobs == file->plain.jobs, file, "damaged", &run);
		client_free(&run);
	}
	if (file->plain.interlaced) {
		const struct client_trouble progressive = {.alter = make_progressive};
		struct client_run run;

		run_with(&run, file, &progressive);
		expect(run.painted + run.refused >= file->plain.interlaced, file, "a progressive sequence", &run);
		client_free(&run);
	}
	if (file->plain.jobs > file->plain.count) {
		const struct client_trouble turned = {.alter = turn_field};
		struct client_run run;

		run_with(&run, file, &turned);
		expect(run.painted > 0 && strstr(run.reason, "TOP_FIELD_FIRST"), file, "fields turned", &run);
		client_free(&run);
	}
}

/* ---- every field -------------------------------------------------------------------------------------------------- */

struct flip {
	const char *name;
	size_t offset;
	unsigned int size;
	uint64_t xor ;
	bool hidden; /* nothing may show */
};

#define AT(member) offsetof(struct stream_controls, member), sizeof(((struct stream_controls *)0)->member)
#define FLAG(name) {"picture.flags " #name, AT(picture.flags), V4L2_MPEG2_PIC_FLAG_##name, false}
#define BYTE(member, xor) {#member, AT(member), xor, false}
#define MATRIX(name) \
	BYTE(quantisation.name[0], 1), BYTE(quantisation.name[1], 4), BYTE(quantisation.name[30], 64)

static const struct flip flips[] = {
	{"sequence.horizontal_size", AT(sequence.horizontal_size), 16, false},
	{"sequence.vertical_size", AT(sequence.vertical_size), 16, false},
	{"sequence.vbv_buffer_size", AT(sequence.vbv_buffer_size), 1, true},
	{"sequence.profile_and_level_indication", AT(sequence.profile_and_level_indication), 1, true},
	{"sequence.chroma_format", AT(sequence.chroma_format), 3, false},
	{"sequence.flags PROGRESSIVE", AT(sequence.flags), V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE, false},
	{"sequence.flags, an unknown one", AT(sequence.flags), 2, false},
	{"picture.backward_ref_ts", AT(picture.backward_ref_ts), 1, false},
	{"picture.forward_ref_ts", AT(picture.forward_ref_ts), 1, false},
	FLAG(TOP_FIELD_FIRST),
	FLAG(FRAME_PRED_DCT),
	FLAG(CONCEALMENT_MV),
	FLAG(Q_SCALE_TYPE),
	FLAG(INTRA_VLC),
	FLAG(ALT_SCAN),
	FLAG(REPEAT_FIRST),
	FLAG(PROGRESSIVE),
	{"picture.flags, an unknown one", AT(picture.flags), 0x100, false},
	BYTE(picture.f_code[0][0], 3),
	BYTE(picture.f_code[0][1], 3),
	BYTE(picture.f_code[1][0], 3),
	BYTE(picture.f_code[1][1], 3),
	{"picture.f_code[0][0], too large", AT(picture.f_code[0][0]), 0x08, false},
	BYTE(picture.picture_coding_type, 1),
	BYTE(picture.picture_coding_type, 3),
	BYTE(picture.picture_structure, 1),
	BYTE(picture.picture_structure, 2),
	BYTE(picture.intra_dc_precision, 1),
	BYTE(picture.intra_dc_precision, 2),
	{"picture.reserved", AT(picture.reserved[0]), 1, true},
	MATRIX(intra_quantiser_matrix),
	MATRIX(non_intra_quantiser_matrix),
	MATRIX(chroma_intra_quantiser_matrix),
	MATRIX(chroma_non_intra_quantiser_matrix),
};

static void apply_flip(void *opaque, struct stream_controls *controls)
{
	const struct flip *flip = opaque;
	uint8_t *bytes = (uint8_t *)controls + flip->offset;

	for (unsigned int i = 0; i < flip->size; i++)
		bytes[i] ^= (uint8_t)(flip->xor >> 8 * i);
}

static void test_flip(struct flip flip, const struct file *files, int count)
{
	const struct client_trouble trouble = {.alter = apply_flip, .opaque = &flip};
	bool shows = false;

	for (int i = 0; i < count && !shows; i++) {
		struct client_run run;

		if (files[i].plain.chroma_format != 1)
			continue;
		run_with(&run, &files[i], &trouble);
		shows = differs(&run, &files[i].plain);
		if (getenv("TEST_VERBOSE") && shows)
			printf("  %s shows in %s: %s\n", flip.name, files[i].path, run.reason);
		client_free(&run);
	}
	if (shows == flip.hidden)
		printf("FAIL %s ^ 0x%llx shows %s\n", flip.name, (unsigned long long)flip.xor,
		       shows ? "where it means nothing" : "in no file");
	passed += shows != flip.hidden;
	failed += shows == flip.hidden;
}

int main(int argc, char **argv)
{
	struct file *files = calloc((size_t)argc, sizeof(*files));
	const int count = argc - 1;

	if (!files)
		return 1;
	/* libavcodec says of some damage without naming a context, so the levels of contexts do not hold it back. */
	av_log_set_level(AV_LOG_QUIET);
	for (int i = 0; i < count; i++) {
		files[i].path = argv[i + 1];
		files[i].data = test_read_file(argv[i + 1], &files[i].size);
		test_file(&files[i]);
	}
	for (size_t i = 0; count > 0 && i < sizeof(flips) / sizeof(*flips); i++)
		test_flip(flips[i], files, count);
	for (int i = 0; i < count; i++) {
		client_free(&files[i].plain);
		free(files[i].data);
	}
	free(files);
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed ? 1 : 0;
}
