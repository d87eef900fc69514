/* SPDX-License-Identifier: MIT
 *
 * What players did with a film, and what the pictures of clips are.
 */
#ifndef DOCTOR_MEASURE_MEASUREMENT_H
#define DOCTOR_MEASURE_MEASUREMENT_H

#include "../report.h"
#include "sensors.h"

enum { MEASURE_PLAYERS = 2, MEASURE_RUNS = MEASURE_PLAYERS * CORE_MEASURE_WAYS, MEASURE_CLIPS = 32 };

/* A player, and what it calls its version; empty: it is missing. */
struct measured_player {
	const char *name;
	char version[REPORT_PATH];
};

struct measured_run {
	const char *player;
	struct core_measure_run facts;
	uint32_t verdict; /* CORE_MEASURE_RUN_* */
	struct core_measure_rate rate;
	uint32_t dropped; /* pictures that were late, and not shown */
	uint32_t memory_kb;
	struct reading readings[SENSORS_MAX];
	char said[REPORT_TEXT]; /* the first error that the player told of, without the film's name */
};

/* A row of clips.tsv, and what came of it. */
struct measured_clip {
	char file[64];
	char codec[16];    /* "h264" */
	char profile[48];  /* "VAProfileH264High" */
	char pixels[16];   /* the format of the right pictures, as ffmpeg calls it */
	char expected[33]; /* MD5 of all of them */
	char got[33];      /* empty: none */
	/* Where that is another, and the codec leaves the rounding of samples open: how far one is from software's at most. CORE_NONE: that is
	 * not known. */
	uint32_t difference;
	uint32_t verdict; /* CORE_MEASURE_CLIP_* */
	char said[REPORT_TEXT];
};

struct measurement {
	char date[16];              /* of UTC: "2026-11-29" */
	uint32_t limit_s;           /* how much of the film is played */
	char film[REPORT_TEXT];     /* what it is, as ffmpeg says; empty: there is none, or ffmpeg is missing */
	const char *node;           /* the DRM node; NULL: the driver does not work here */
	char obstacle[REPORT_TEXT]; /* what to do first, where there is no node */
	struct measured_player players[MEASURE_PLAYERS];
	struct sensors sensors;
	uint32_t run_count;
	struct measured_run runs[MEASURE_RUNS];
	const char *clips_folder;
	uint32_t clip_count; /* 0: the folder has none */
	struct measured_clip clips[MEASURE_CLIPS];
	bool is_good; /* something is right, and nothing is wrong */
};

#endif
