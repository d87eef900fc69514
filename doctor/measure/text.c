/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "../machine.h"
#include "print.h"

/* ---- the film ------------------------------------------------------------------------------------------------- */

/* "300-800 MHz": of the sensors of a kind, from the lowest to the highest. */
static void range_of(const struct measurement *all, const struct measured_run *run, enum sensor_kind kind,
                     char text[32])
{
	struct reading range = {0};

	for (uint32_t i = 0; i < all->sensors.count; i++) {
		const struct reading *reading = &run->readings[i];

		if (all->sensors.all[i].kind != kind || !reading->is_known)
			continue;
		if (!range.is_known || reading->lowest < range.lowest)
			range.lowest = reading->lowest;
		if (!range.is_known || reading->highest > range.highest)
			range.highest = reading->highest;
		range.is_known = true;
	}
	if (!range.is_known)
		snprintf(text, 32, "-");
	else if (kind == SENSOR_TEMPERATURE)
		snprintf(text, 32, "%" PRId32 " C", range.highest);
	else if (range.lowest == range.highest)
		snprintf(text, 32, "%" PRId32 " MHz", range.highest);
	else
		snprintf(text, 32, "%" PRId32 "-%" PRId32 " MHz", range.lowest, range.highest);
}

static void print_run(FILE *to, const struct measurement *all, const struct measured_run *run)
{
	char gpu[32];
	char decoder[32];
	char heat[32];

	range_of(all, run, SENSOR_GPU, gpu);
	range_of(all, run, SENSOR_DECODER, decoder);
	range_of(all, run, SENSOR_TEMPERATURE, heat);
	fprintf(to,
	        "  %-7s %-11s %8" PRIu32 " %6" PRIu32 " %6" PRIu32 ".%" PRIu32 " %5" PRIu32 " %% %5" PRIu32
	        " MB  %-13s %-13s %s\n",
	        run->player, way_name(run->facts.wanted), run->facts.pictures, run->dropped,
	        run->rate.tenth_fps / 10, run->rate.tenth_fps % 10, run->rate.cpu_percent, run->memory_kb / 1024,
	        gpu, decoder, heat);
}

static void print_film(FILE *to, const struct measurement *all)
{
	fprintf(to, "\nThe film: %s; at most %" PRIu32 " s of it\n",
	        all->film[0] ? all->film : "ffmpeg does not say what it is", all->limit_s);
	fprintf(to, "  player  decodes by  pictures  drops     fps     CPU   memory  GPU           decoder"
	            "       hottest\n");
	for (uint32_t i = 0; i < all->run_count; i++) {
		const struct measured_run *run = &all->runs[i];
		char remark[2 * REPORT_TEXT];

		run_remark(all, run, remark, sizeof(remark));
		if (remark[0])
			fprintf(to, "  %-7s %-11s %s.\n", run->player, way_name(run->facts.wanted), remark);
		else
			print_run(to, all, run);
	}
	fprintf(to, "  ffmpeg decodes as fast as it can, mpv at the film's own speed. CPU is of one core.\n");
}

/* ---- clips ------------------------------------------------------------------------------------------------------ */

static void print_clips(FILE *to, const struct measurement *all)
{
	uint32_t right = 0;
	uint32_t wrong = 0;

	if (all->clip_count == 0) {
		char folder[REPORT_PATH];

		hide_home(all->clips_folder, folder, sizeof(folder));
		fprintf(to,
		        "\nInstall the clips (package v4l2-request-va-driver-tests): there are none in %s to compare "
		        "pictures with.\n",
		        folder);
		return;
	}
	fprintf(to, "\nClips, of which the right pictures are known\n");
	for (uint32_t i = 0; i < all->clip_count; i++) {
		const struct measured_clip *clip = &all->clips[i];
		char remark[2 * REPORT_TEXT];

		clip_remark(all, clip, remark, sizeof(remark));
		fprintf(to, "  %-12s %s %s (%s)%s%s\n", clip_verdict_name(clip->verdict), clip->codec, clip->profile,
		        clip->file, remark[0] ? ": " : "", remark);
		right += clip->verdict == CORE_MEASURE_CLIP_RIGHT;
		wrong += clip->verdict == CORE_MEASURE_CLIP_WRONG;
	}
	fprintf(to, "%" PRIu32 " right, %" PRIu32 " wrong, %" PRIu32 " not decoded\n", right, wrong,
	        all->clip_count - right - wrong);
}

void print_measurement(FILE *to, const struct measurement *measurement)
{
	for (uint32_t i = 0; i < MEASURE_PLAYERS; i++) {
		const struct measured_player *player = &measurement->players[i];

		fprintf(to, "%s: %s\n", player->name, player->version[0] ? player->version : "missing");
	}
	if (measurement->run_count > 0)
		print_film(to, measurement);
	print_clips(to, measurement);
}
