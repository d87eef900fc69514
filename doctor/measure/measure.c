/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../glue-c/core/answers.h"
#include "../advice.h"
#include "../diagnosis.h"
#include "../names.h"
#include "clips.h"
#include "print.h"
#include "trial.h"

static const struct player *const players[MEASURE_PLAYERS] = {&ffmpeg_player, &mpv_player};

/* What is measured, and how far it is. */
struct measuring {
	struct report *report;
	struct core *core;
	const char *film;
	struct measurement *measurement;
	uint32_t step;
	uint32_t steps;
	char what[96];
	struct reading *readings; /* of the run; NULL: of a clip, which is too short */
};

/* ---- progress --------------------------------------------------------------------------------------------------- */

static void begin_step(struct measuring *measuring, const char *first, const char *second)
{
	measuring->step++;
	snprintf(measuring->what, sizeof(measuring->what), "%u of %u: %s, %s", measuring->step, measuring->steps,
	         first, second);
}

/* On a terminal the line is written again and again. */
static void end_step(const struct measuring *measuring, const char *result)
{
	fprintf(stderr, "%s%s: %s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "", measuring->what, result);
}

static void watch(void *opaque, const struct trial *trial, uint32_t elapsed_ms)
{
	const struct measuring *measuring = opaque;

	if (measuring->readings)
		sensors_read(&measuring->measurement->sensors, measuring->readings);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s: %u pictures in %u s", measuring->what, trial->pictures,
		        elapsed_ms / 1000);
}

/* ---- judgement --------------------------------------------------------------------------------------------------- */

static void judge_run(struct measuring *measuring, struct measured_run *run)
{
	memcpy(core_input(measuring->core), &run->facts, sizeof(run->facts));
	if (!core_doctor_judge_run(measuring->core, &run->verdict) || run->verdict >= CORE_MEASURE_RUNS) {
		run->verdict = CORE_MEASURE_RUN_FAILED;
		diagnosis_failed(measuring->report, measuring->core);
		return;
	}
	take_measure_rate(measuring->core, &run->rate);
}

static uint32_t profile_numbered(const struct report *report, const char *profile)
{
	for (uint32_t i = 0; i < report->profile_count; i++) {
		char name[24];

		if (!strcmp(profile_name(report->profiles[i], name), profile))
			return (uint32_t)report->profiles[i];
	}
	return UINT32_MAX;
}

static void judge_clip(struct measuring *measuring, struct measured_clip *clip, uint32_t end,
                       bool is_compared)
{
	struct core_measure_clip *facts = core_input(measuring->core);

	memset(facts, 0, sizeof(*facts));
	facts->profile = profile_numbered(measuring->report, clip->profile);
	facts->end = end;
	facts->has_sum = clip->got[0] != 0;
	facts->is_same = !strcmp(clip->got, clip->expected);
	facts->is_compared = is_compared;
	facts->difference = clip->difference;
	if (!core_doctor_judge_clip(measuring->core, &clip->verdict) || clip->verdict >= CORE_MEASURE_CLIPS) {
		clip->verdict = CORE_MEASURE_CLIP_FAILED;
		diagnosis_failed(measuring->report, measuring->core);
	}
}

static void judge_all(struct measuring *measuring)
{
	struct measurement *all = measuring->measurement;
	struct core_measure_sum *sum = core_input(measuring->core);
	uint32_t good = 0;

	memset(sum, 0, sizeof(*sum));
	for (uint32_t i = 0; i < all->run_count; i++)
		sum->runs[all->runs[i].verdict] += all->runs[i].facts.wanted != CORE_MEASURE_WAY_SOFTWARE;
	for (uint32_t i = 0; i < all->clip_count; i++)
		sum->clips[all->clips[i].verdict]++;
	if (!core_doctor_judge_measurement(measuring->core, &good))
		diagnosis_failed(measuring->report, measuring->core);
	all->is_good = good != 0 && measuring->report->is_judged;
}

/* ---- a film -------------------------------------------------------------------------------------------------------- */

/* What keeps a player from being started; CORE_MEASURE_END_DONE: nothing. */
static uint32_t obstacle(const struct measurement *all, uint32_t player, uint32_t way, uint32_t in_software)
{
	if (!all->players[player].version[0])
		return CORE_MEASURE_END_MISSING;
	if (way != CORE_MEASURE_WAY_SOFTWARE && in_software == CORE_MEASURE_END_HUNG)
		return CORE_MEASURE_END_NOT_TRIED;
	return way != CORE_MEASURE_WAY_SOFTWARE && !all->node ? CORE_MEASURE_END_NO_DRIVER
	                                                      : CORE_MEASURE_END_DONE;
}

static void play(struct measuring *measuring, const struct player *player, struct measured_run *run)
{
	struct measurement *all = measuring->measurement;
	struct trial trial = {
		.path = measuring->film,
		.node = all->node,
		.film = all->film,
		.way = run->facts.wanted,
		.limit_s = all->limit_s,
	};

	measuring->readings = run->readings;
	trial_run(player, &trial, watch, measuring, &run->facts, &run->memory_kb);
	sensors_read(&all->sensors, run->readings);
	run->dropped = trial.dropped;
	snprintf(run->said, sizeof(run->said), "%s", trial.said);
	if (!all->film[0])
		snprintf(all->film, sizeof(all->film), "%s", trial.found);
}

static void measure_run(struct measuring *measuring, uint32_t player, uint32_t way, uint32_t *in_software)
{
	struct measurement *all = measuring->measurement;
	struct measured_run *run = &all->runs[all->run_count++];
	uint32_t before = obstacle(all, player, way, *in_software);
	char result[REPORT_TEXT];

	memset(run, 0, sizeof(*run));
	run->player = players[player]->name;
	run->facts.wanted = way;
	run->facts.end = before;
	begin_step(measuring, run->player, way_name(way));
	if (before == CORE_MEASURE_END_DONE)
		play(measuring, players[player], run);
	if (way == CORE_MEASURE_WAY_SOFTWARE)
		*in_software = run->facts.end;
	judge_run(measuring, run);
	snprintf(result, sizeof(result), "%u pictures, %u.%u per second", run->facts.pictures,
	         run->rate.tenth_fps / 10, run->rate.tenth_fps % 10);
	end_step(measuring, run->verdict == CORE_MEASURE_RUN_MEASURED ? result : run_verdict_name(run->verdict));
}

/* ---- clips --------------------------------------------------------------------------------------------------------- */

/* The samples of as many pictures as were there before. */
static void compare(struct measuring *measuring, const struct trial *first, struct measured_clip *clip)
{
	enum { PLANES = 3 };
	struct trial trial = {
		.path = first->path,
		.pixels = first->pixels,
		.node = first->node,
		.film = first->film,
		.way = first->way,
		.limit_s = first->limit_s,
		.compares = true,
	};
	struct core_measure_run facts = {.end = CORE_MEASURE_END_DONE};
	uint32_t memory_kb;

	trial_run(&ffmpeg_player, &trial, watch, measuring, &facts, &memory_kb);
	if (facts.end == CORE_MEASURE_END_DONE && trial.planes == PLANES * first->pictures)
		clip->difference = trial.difference;
	judge_clip(measuring, clip, facts.end, true);
}

static void decode(struct measuring *measuring, struct measured_clip *clip)
{
	const struct measurement *all = measuring->measurement;
	char path[2 * REPORT_PATH];
	struct core_measure_run facts = {.end = !all->players[0].version[0] ? CORE_MEASURE_END_MISSING
	                                        : !all->node                ? CORE_MEASURE_END_NO_DRIVER
	                                                                    : CORE_MEASURE_END_DONE};
	struct trial trial = {
		.path = path,
		.pixels = clip->pixels,
		.node = all->node,
		.film = clip->codec,
		.way = CORE_MEASURE_WAY_COPY,
		.limit_s = all->limit_s,
	};
	uint32_t memory_kb;

	snprintf(path, sizeof(path), "%.*s/%s/%s", REPORT_PATH, all->clips_folder, clip->codec, clip->file);
	begin_step(measuring, clip->codec, clip->file);
	if (facts.end == CORE_MEASURE_END_DONE)
		trial_run(&ffmpeg_player, &trial, watch, measuring, &facts, &memory_kb);
	snprintf(clip->got, sizeof(clip->got), "%s", trial.pictures > 0 ? trial.sum : "");
	snprintf(clip->said, sizeof(clip->said), "%s", trial.said);
	clip->difference = CORE_NONE;
	judge_clip(measuring, clip, facts.end, false);
	if (clip->verdict == CORE_MEASURE_CLIP_ROUNDED)
		compare(measuring, &trial, clip);
	end_step(measuring, clip_verdict_name(clip->verdict));
}

/* ---- all ----------------------------------------------------------------------------------------------------------- */

/* The first node for which libva loads this driver, if nothing else keeps it from working. */
static void choose_node(struct measuring *measuring)
{
	const struct report *report = measuring->report;
	struct measurement *all = measuring->measurement;

	for (uint32_t i = 0; i < report->problem_count && !all->obstacle[0]; i++) {
		if (report->problems[i].weight == CORE_WEIGHT_BLOCKS)
			advice(report, &report->problems[i], all->obstacle, sizeof(all->obstacle));
	}
	for (uint32_t i = 0; i < report->display_count && !all->node && report_works(report); i++) {
		if (report->displays[i].outcome == CORE_LIBRARY_OURS)
			all->node = report->displays[i].path;
	}
}

static void prepare(struct measuring *measuring)
{
	struct measurement *all = measuring->measurement;
	time_t now = time(NULL);

	strftime(all->date, sizeof(all->date), "%Y-%m-%d", gmtime(&now));
	choose_node(measuring);
	for (uint32_t i = 0; i < MEASURE_PLAYERS; i++) {
		all->players[i].name = players[i]->name;
		ask_version(players[i], all->players[i].version, sizeof(all->players[i].version));
	}
	sensors_find("/sys", &all->sensors);
	all->clips_folder = clips_folder();
	all->clip_count = clips_read(all->clips_folder, all->clips);
}

void measure(struct report *report, struct core *core, const char *film, uint32_t limit_s,
             struct measurement *measurement)
{
	struct measuring measuring = {.report = report, .core = core, .film = film, .measurement = measurement};

	measurement->limit_s = limit_s;
	prepare(&measuring);
	measuring.steps = (film ? MEASURE_RUNS : 0) + measurement->clip_count;
	for (uint32_t i = 0; film && i < MEASURE_PLAYERS; i++) {
		uint32_t in_software = CORE_MEASURE_END_DONE;

		for (uint32_t way = 0; way < CORE_MEASURE_WAYS; way++)
			measure_run(&measuring, i, way, &in_software);
	}
	measuring.readings = NULL;
	for (uint32_t i = 0; i < measurement->clip_count; i++)
		decode(&measuring, &measurement->clips[i]);
	judge_all(&measuring);
	report->measurement = measurement;
}
