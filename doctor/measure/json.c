/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "print.h"

static void put_clock(struct writer *json, const struct sensor *sensor, const struct reading *reading)
{
	open_value(json, NULL, '{');
	put_text(json, "name", sensor->name);
	put_text(json, "of", sensor->kind == SENSOR_GPU ? "gpu" : "decoder");
	put_number(json, "lowest_mhz", (uint32_t)reading->lowest);
	put_number(json, "highest_mhz", (uint32_t)reading->highest);
	close_value(json, '}');
}

static void put_temperature(struct writer *json, const struct sensor *sensor, const struct reading *reading)
{
	open_value(json, NULL, '{');
	put_text(json, "name", sensor->name);
	put_integer(json, "highest_celsius", reading->highest);
	close_value(json, '}');
}

static void put_readings(struct writer *json, const struct sensors *sensors, const struct reading *readings)
{
	open_value(json, "clocks", '[');
	for (uint32_t i = 0; i < sensors->count; i++) {
		if (readings[i].is_known && sensors->all[i].kind != SENSOR_TEMPERATURE)
			put_clock(json, &sensors->all[i], &readings[i]);
	}
	close_value(json, ']');
	open_value(json, "temperatures", '[');
	for (uint32_t i = 0; i < sensors->count; i++) {
		if (readings[i].is_known && sensors->all[i].kind == SENSOR_TEMPERATURE)
			put_temperature(json, &sensors->all[i], &readings[i]);
	}
	close_value(json, ']');
}

static void put_run(struct writer *json, const struct measurement *all, const struct measured_run *run)
{
	char remark[2 * REPORT_TEXT];

	run_remark(all, run, remark, sizeof(remark));
	open_value(json, NULL, '{');
	put_text(json, "player", run->player);
	put_text(json, "way", way_name(run->facts.wanted));
	put_text(json, "verdict", run_verdict_name(run->verdict));
	put_optional(json, "remark", remark);
	put_number(json, "pictures", run->facts.pictures);
	put_number(json, "dropped", run->dropped);
	put_number(json, "milliseconds", run->facts.elapsed_ms);
	put_tenths(json, "fps", run->rate.tenth_fps);
	put_number(json, "cpu_percent", run->rate.cpu_percent);
	put_number(json, "memory_kb", run->memory_kb);
	put_readings(json, &all->sensors, run->readings);
	close_value(json, '}');
}

static void put_clip(struct writer *json, const struct measurement *all, const struct measured_clip *clip)
{
	char remark[2 * REPORT_TEXT];

	clip_remark(all, clip, remark, sizeof(remark));
	open_value(json, NULL, '{');
	put_text(json, "file", clip->file);
	put_text(json, "codec", clip->codec);
	put_text(json, "profile", clip->profile);
	put_text(json, "verdict", clip_verdict_name(clip->verdict));
	put_optional(json, "remark", remark);
	put_text(json, "expected", clip->expected);
	put_optional(json, "md5", clip->got);
	if (clip->difference == CORE_NONE)
		put_optional(json, "difference", NULL);
	else
		put_number(json, "difference", clip->difference);
	close_value(json, '}');
}

void put_measurement(struct writer *json, const struct measurement *measurement)
{
	open_value(json, "measurement", '{');
	put_text(json, "date", measurement->date);
	put_bool(json, "good", measurement->is_good);
	put_optional(json, "node", measurement->node);
	open_value(json, "players", '{');
	for (uint32_t i = 0; i < MEASURE_PLAYERS; i++)
		put_optional(json, measurement->players[i].name, measurement->players[i].version);
	close_value(json, '}');
	put_optional(json, "film", measurement->film);
	put_number(json, "limit_seconds", measurement->limit_s);
	open_value(json, "runs", '[');
	for (uint32_t i = 0; i < measurement->run_count; i++)
		put_run(json, measurement, &measurement->runs[i]);
	close_value(json, ']');
	open_value(json, "clips", '[');
	for (uint32_t i = 0; i < measurement->clip_count; i++)
		put_clip(json, measurement, &measurement->clips[i]);
	close_value(json, ']');
	close_value(json, '}');
}
