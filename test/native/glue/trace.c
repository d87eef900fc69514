/* SPDX-License-Identifier: MIT
 *
 * LIBVA_V4L2_REQUEST_TRACE: a line for each picture, in order of time, and nothing where nobody asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "harness.h"
#include "player.h"
#include "session.h"

enum { LINES = 64, WORDS = 512 };

struct line {
	unsigned context, picture, width, height, bytes;
	unsigned long long begun;
	char references[24], readers[24], queued[24], decoder[24], done[24], result[24];
};

static char scratch[] = "/tmp/trace-XXXXXX";
static char path[64];

static void make_scratch(void)
{
	CHECK(mkdtemp(scratch));
	snprintf(path, sizeof(path), "%s/trace", scratch);
	setenv("LIBVA_V4L2_REQUEST_TRACE", path, 1);
}

static void remove_scratch(void)
{
	unlink(path);
	CHECK_EQUAL(rmdir(scratch), 0); /* there was nothing else in it */
}

/* All lines of the file, which hold what they should and nothing more. */
static unsigned read_lines(struct line lines[LINES])
{
	FILE *file = fopen(path, "r");
	char text[WORDS], again[WORDS];
	unsigned count = 0;

	CHECK(file);
	while (fgets(text, sizeof(text), file)) {
		struct line *line = &lines[count++];

		CHECK(count <= LINES);
		CHECK_EQUAL(
			sscanf(text,
		           "context=%u picture=%u size=%ux%u bytes=%u begun=%llu references=%23s readers=%23s "
		           "queued=%23s decoder=%23s done=%23s result=%23s",
		           &line->context, &line->picture, &line->width, &line->height, &line->bytes, &line->begun,
		           line->references, line->readers, line->queued, line->decoder, line->done, line->result),
			12);
		snprintf(again, sizeof(again),
		         "context=%u picture=%u size=%ux%u bytes=%u begun=%llu references=%s readers=%s queued=%s "
		         "decoder=%s done=%s result=%s\n",
		         line->context, line->picture, line->width, line->height, line->bytes, line->begun,
		         line->references, line->readers, line->queued, line->decoder, line->done, line->result);
		CHECK_STRING(text, again);
	}
	fclose(file);
	return count;
}

static unsigned time_of(const char *word)
{
	char *end;
	unsigned long time = strtoul(word, &end, 10);

	CHECK(*end == 0);
	return (unsigned)time;
}

/* The decoder takes 20 ms for a picture; each is waited for before the next. */
static void a_line_for_each_picture(void)
{
	struct session session;
	struct line lines[LINES];

	setenv("V4L2SIM_DELAY_US", "20000", 1);
	make_scratch();
	open_session(&session);
	for (uint8_t i = 0; i < 4; i++) {
		decode(&session, session.surfaces[i], i);
		check_pixels(&session, session.surfaces[i], i);
	}
	close_session(&session);
	CHECK_EQUAL(read_lines(lines), 4);
	for (unsigned i = 0; i < 4; i++) {
		const struct line *line = &lines[i];
		unsigned queued = time_of(line->queued), decoder = time_of(line->decoder), done = time_of(line->done);

		CHECK_EQUAL(line->context, 1);
		CHECK_EQUAL(line->picture, i + 1);
		CHECK_EQUAL(line->width, PLAYER_SIDE);
		CHECK_EQUAL(line->height, PLAYER_SIDE);
		CHECK(line->bytes > PLAYER_SIDE * PLAYER_SIDE * 3 / 2); /* I_PCM */
		CHECK(i == 0 || line->begun >= lines[i - 1].begun + time_of(lines[i - 1].done));
		CHECK_STRING(line->references, "-");
		CHECK_STRING(line->readers, "-");
		/* It was begun before the device had it, which then took 20 ms. */
		CHECK(queued <= decoder && decoder <= done && done >= 19000);
		CHECK_STRING(line->result, "decoded");
	}
	remove_scratch();
}

/* A surface that the decoder still writes to is waited for before its next picture is queued. Nobody waits for the last one. */
static void waits_for_earlier_pictures(void)
{
	struct session session;
	struct line lines[LINES];

	setenv("V4L2SIM_DELAY_US", "20000", 1);
	make_scratch();
	open_session(&session);
	decode(&session, session.surfaces[0], 1);
	decode(&session, session.surfaces[0], 2);
	close_session(&session);
	CHECK_EQUAL(read_lines(lines), 2);
	CHECK_STRING(lines[0].references, "-");
	CHECK(time_of(lines[1].references) <= time_of(lines[1].queued));
	CHECK(lines[1].begun + time_of(lines[1].queued) >= lines[0].begun + time_of(lines[0].done));
	CHECK_STRING(lines[0].decoder, "-");
	CHECK_STRING(lines[1].decoder, "-");
	remove_scratch();
}

/* Two contexts in one file; a picture that the decoder flags, and one that it never gives back. */
static void bad_pictures_have_their_lines(void)
{
	struct session session;
	struct line lines[LINES];
	VAContextID other;

	setenv("V4L2SIM_FAULT", "decode:2:error,decode:3:hang", 1);
	make_scratch();
	open_session(&session);
	CHECK_EQUAL(player_context(&session.player, session.config, &other), VA_STATUS_SUCCESS);
	for (uint8_t i = 0; i < 3; i++) {
		decode(&session, session.surfaces[i], i);
		session.player.table.vaSyncSurface(&session.player.va, session.surfaces[i]);
	}
	CHECK_EQUAL(session.player.table.vaDestroyContext(&session.player.va, session.context),
	            VA_STATUS_SUCCESS);
	session.context = other;
	decode(&session, session.surfaces[3], 3);
	check_pixels(&session, session.surfaces[3], 3);
	close_session(&session);
	CHECK_EQUAL(read_lines(lines), 4);
	CHECK_STRING(lines[0].result, "decoded");
	CHECK_STRING(lines[1].result, "error");
	CHECK_STRING(lines[2].result, "lost");
	CHECK_STRING(lines[2].done, "-");
	CHECK_EQUAL(lines[2].context, 1);
	CHECK_EQUAL(lines[3].context, 2);
	CHECK_EQUAL(lines[3].picture, 1);
	CHECK_STRING(lines[3].result, "decoded");
	remove_scratch();
}

/* One sentence, and pictures all the same. */
static void play_untraced(const char *value, unsigned messages, const char *why)
{
	struct session session;

	setenv("LIBVA_V4L2_REQUEST_TRACE", value, 1);
	open_session(&session);
	decode(&session, session.surfaces[0], 1);
	check_pixels(&session, session.surfaces[0], 1);
	CHECK_EQUAL(session.player.messages, messages);
	if (messages)
		CHECK(strstr(session.player.last, "LIBVA_V4L2_REQUEST_TRACE") && strstr(session.player.last, why));
	close_session(&session);
}

static void what_cannot_be_opened(void)
{
	char pipe[64];

	play_untraced("", 0, "");
	play_untraced("/tmp/no-such-folder/trace", 1, strerror(ENOENT));
	play_untraced("/tmp", 1, strerror(EISDIR));
	CHECK(mkdtemp(scratch));
	snprintf(pipe, sizeof(pipe), "%s/pipe", scratch);
	CHECK_EQUAL(mkfifo(pipe, 0600), 0);
	play_untraced(pipe, 1, strerror(ENXIO)); /* at once, though nobody reads it */
	unlink(pipe);
	rmdir(scratch);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"a line for each picture, in order of time", a_line_for_each_picture, NULL},
		{"a picture that waits for an earlier one says so", waits_for_earlier_pictures, NULL},
		{"flagged and lost pictures, and two contexts", bad_pictures_have_their_lines, NULL},
		{"a file that cannot be opened is one sentence", what_cannot_be_opened, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
