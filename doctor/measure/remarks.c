/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "child.h"
#include "print.h"

enum { PATIENCE_S = CHILD_PATIENCE_MS / 1000 };

const char *way_name(uint32_t way)
{
	static const char *const names[CORE_MEASURE_WAYS] = {
		[CORE_MEASURE_WAY_SOFTWARE] = "software",
		[CORE_MEASURE_WAY_DIRECT] = "vaapi",
		[CORE_MEASURE_WAY_COPY] = "vaapi-copy",
	};

	return way < CORE_MEASURE_WAYS ? names[way] : "unknown";
}

const char *run_verdict_name(uint32_t verdict)
{
	static const char *const names[CORE_MEASURE_RUNS] = {
		[CORE_MEASURE_RUN_MEASURED] = "measured",   [CORE_MEASURE_RUN_MISSING] = "missing",
		[CORE_MEASURE_RUN_NO_DRIVER] = "no-driver", [CORE_MEASURE_RUN_NOT_TRIED] = "not-tried",
		[CORE_MEASURE_RUN_HUNG] = "hung",           [CORE_MEASURE_RUN_FAILED] = "failed",
		[CORE_MEASURE_RUN_FELL_BACK] = "fell-back", [CORE_MEASURE_RUN_NO_SCREEN] = "no-screen",
	};

	return verdict < CORE_MEASURE_RUNS ? names[verdict] : "unknown";
}

const char *clip_verdict_name(uint32_t verdict)
{
	static const char *const names[CORE_MEASURE_CLIPS] = {
		[CORE_MEASURE_CLIP_RIGHT] = "right",
		[CORE_MEASURE_CLIP_WRONG] = "wrong",
		[CORE_MEASURE_CLIP_NOT_OFFERED] = "not-offered",
		[CORE_MEASURE_CLIP_FAILED] = "failed",
		[CORE_MEASURE_CLIP_HUNG] = "hung",
		[CORE_MEASURE_CLIP_NO_PLAYER] = "no-player",
		[CORE_MEASURE_CLIP_NO_DRIVER] = "no-driver",
		[CORE_MEASURE_CLIP_ROUNDED] = "rounded",
	};

	return verdict < CORE_MEASURE_CLIPS ? names[verdict] : "unknown";
}

/* An error of a player, or that there is none. */
static const char *words(const char *said)
{
	return said[0] ? said : "it says nothing";
}

void run_remark(const struct measurement *measurement, const struct measured_run *run, char *text,
                size_t size)
{
	text[0] = 0;
	switch (run->verdict) {
	case CORE_MEASURE_RUN_MISSING:
		snprintf(text, size, "Install %s: there is none in the path that tells its version", run->player);
		break;
	case CORE_MEASURE_RUN_NO_DRIVER:
		snprintf(text, size, "%s", measurement->obstacle);
		break;
	case CORE_MEASURE_RUN_NOT_TRIED:
		snprintf(text, size, "Make %s play the file in software first: it hung there", run->player);
		break;
	case CORE_MEASURE_RUN_HUNG:
		snprintf(text, size, "Report this: %s gave no new picture for %d seconds, and was stopped",
		         run->player, PATIENCE_S);
		break;
	case CORE_MEASURE_RUN_FAILED:
		if (run->facts.wanted == CORE_MEASURE_WAY_SOFTWARE)
			snprintf(text, size, "Name a film that %s can play: %s", run->player, words(run->said));
		else
			snprintf(text, size,
			         "Play a film of a profile that v4l2-request-doctor lists, or report this: %s",
			         words(run->said));
		break;
	case CORE_MEASURE_RUN_FELL_BACK:
		snprintf(text, size,
		         "Play a film of a profile that v4l2-request-doctor lists, or report this: %s decoded it in "
		         "another way than it was told",
		         run->player);
		break;
	case CORE_MEASURE_RUN_NO_SCREEN:
		snprintf(
			text, size,
			"Measure again from a desktop: %s found no screen on which it could show surfaces as they are",
			run->player);
		break;
	default:
		break;
	}
}

void clip_remark(const struct measurement *measurement, const struct measured_clip *clip, char *text,
                 size_t size)
{
	text[0] = 0;
	switch (clip->verdict) {
	case CORE_MEASURE_CLIP_WRONG:
		snprintf(text, size, "Report this: these pictures are not the right ones (ffmpeg: %s)",
		         words(clip->said));
		break;
	case CORE_MEASURE_CLIP_NOT_OFFERED:
		snprintf(text, size, "no decoder here serves %s", clip->profile);
		break;
	case CORE_MEASURE_CLIP_FAILED:
		snprintf(text, size, "Report this: %s is served, and there are no pictures (ffmpeg: %s)",
		         clip->profile, words(clip->said));
		break;
	case CORE_MEASURE_CLIP_HUNG:
		snprintf(text, size, "Report this: ffmpeg gave no new picture for %d seconds, and was stopped",
		         PATIENCE_S);
		break;
	case CORE_MEASURE_CLIP_NO_PLAYER:
		snprintf(text, size, "Install ffmpeg: the clips are decoded with it");
		break;
	case CORE_MEASURE_CLIP_NO_DRIVER:
		snprintf(text, size, "%s", measurement->obstacle);
		break;
	default:
		break;
	}
}
