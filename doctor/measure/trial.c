/* SPDX-License-Identifier: MIT */
#include "trial.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../../glue-c/core/clock.h"

/* ---- words ----------------------------------------------------------------------------------------------------- */

/* The list ends with NULL. There is room for all words that players get. */
void add_word(struct command *command, const char *first, const char *second)
{
	char *at = command->room + command->used;
	size_t left = sizeof(command->room) - command->used;
	size_t size = strlen(first) + strlen(second) + 1;

	if (size > left || command->count + 1 >= TRIAL_WORDS)
		return;
	snprintf(at, left, "%s%s", first, second);
	command->words[command->count++] = at;
	command->words[command->count] = NULL;
	command->used += (uint32_t)size;
}

void add_words(struct command *command, const char *words)
{
	while (*words) {
		size_t length = strcspn(words, " ");
		char word[256];

		snprintf(word, sizeof(word), "%.*s", (int)length, words);
		add_word(command, word, "");
		words += length + (words[length] == ' ');
	}
}

void keep_error(struct trial *trial, const char *line)
{
	size_t length = strlen(trial->path);
	size_t used = 0;

	while (*line && used + sizeof("FILE") < sizeof(trial->said)) {
		if (length > 0 && !strncmp(line, trial->path, length)) {
			memcpy(trial->said + used, "FILE", 4);
			used += 4;
			line += length;
			continue;
		}
		trial->said[used++] = isprint((unsigned char)*line) ? *line : '?';
		line++;
	}
	/* It becomes part of a sentence, which has its own. */
	while (used > 0 && trial->said[used - 1] == '.')
		used--;
	trial->said[used] = 0;
}

/* ---- running --------------------------------------------------------------------------------------------------- */

struct course {
	const struct player *player;
	struct trial *trial;
	trial_watcher *watcher;
	void *opaque;
	uint64_t opened_ns; /* when the player had a first picture to give; 0: not yet */
};

static void hear_words(void *opaque, const char *line)
{
	struct course *course = opaque;

	course->player->says(course->trial, line);
	if (course->trial->is_open && !course->opened_ns)
		course->opened_ns = now_ns();
}

static void hear_numbers(void *opaque, const char *line)
{
	struct course *course = opaque;

	course->player->counts(course->trial, line);
}

static uint32_t watch(void *opaque, uint32_t elapsed_ms)
{
	struct course *course = opaque;

	course->watcher(course->opaque, course->trial, elapsed_ms);
	return course->trial->pictures;
}

void trial_run(const struct player *player, struct trial *trial, trial_watcher *watcher, void *opaque,
               struct core_measure_run *facts, uint32_t *memory_kb)
{
	struct course course = {.player = player, .trial = trial, .watcher = watcher, .opaque = opaque};
	struct command command = {.count = 0};
	struct child_end end;
	struct child child = {
		.arguments = command.words,
		/* A player that is slower than half the film's speed has shown so by then. */
		.limit_ms = trial->limit_s * 2000 + CHILD_PATIENCE_MS,
		.says = hear_words,
		.counts = hear_numbers,
		.looks = watch,
		.opaque = &course,
	};

	add_word(&command, player->name, "");
	player->compose(trial, &command);
	trial->took = player->tells_way ? CORE_MEASURE_WAY_SOFTWARE : trial->way;
	trial->has_screen = true;
	child_run(&child, &end);
	memset(facts, 0, sizeof(*facts));
	facts->end = end.end;
	facts->wanted = trial->way;
	facts->took = trial->took;
	facts->has_screen = trial->has_screen;
	facts->pictures = trial->pictures;
	facts->elapsed_ms = end.elapsed_ms;
	facts->played_ms = course.opened_ns ? (uint32_t)((end.ended_ns - course.opened_ns) / 1000000) : 0;
	facts->cpu_ms = end.cpu_ms;
	*memory_kb = end.memory_kb;
}

/* ---- version --------------------------------------------------------------------------------------------------- */

struct version {
	char *text;
	size_t size;
};

/* The first line, up to its copyright: "mpv 0.35.1 Copyright ...". */
static void take_version(void *opaque, const char *line)
{
	const struct version *version = opaque;
	const char *end = strstr(line, " Copyright");

	if (!version->text[0])
		snprintf(version->text, version->size, "%.*s", end ? (int)(end - line) : (int)strlen(line), line);
}

static void take_nothing(void *opaque, const char *line)
{
	(void)opaque;
	(void)line;
}

static uint32_t see_nothing(void *opaque, uint32_t elapsed_ms)
{
	(void)opaque;
	(void)elapsed_ms;
	return 0;
}

void ask_version(const struct player *player, char *version, size_t size)
{
	struct version to = {.text = version, .size = size};
	struct command command = {.count = 0};
	struct child_end end;
	struct child child = {
		.arguments = command.words,
		.limit_ms = CHILD_PATIENCE_MS,
		.says = take_version,
		.counts = take_nothing,
		.looks = see_nothing,
		.opaque = &to,
	};

	version[0] = 0;
	add_word(&command, player->name, "");
	add_word(&command, player->version_word, "");
	child_run(&child, &end);
	if (end.end != CORE_MEASURE_END_DONE)
		version[0] = 0;
}
