/* SPDX-License-Identifier: MIT
 *
 * mpv plays at the film's own speed, on the screen where there is one: it drops what comes too late.
 */
#include <stdio.h>
#include <string.h>

#include "trial.h"

static const char *const ways[CORE_MEASURE_WAYS] = {
	[CORE_MEASURE_WAY_SOFTWARE] = "no",
	[CORE_MEASURE_WAY_DIRECT] = "vaapi",
	[CORE_MEASURE_WAY_COPY] = "vaapi-copy",
};

static void compose(const struct trial *trial, struct command *command)
{
	char seconds[16];

	snprintf(seconds, sizeof(seconds), "%u", trial->limit_s);
	add_words(command, "--no-config --no-audio --no-sub --no-input-terminal --load-scripts=no --ytdl=no");
	/* What decodes, and where to, is said at the level info. */
	add_words(command, "--msg-level=all=warn,vd=info,cplayer=info --term-status-msg= --vo=gpu,null");
	/* One line for each picture that is drawn or dropped, among others. */
	add_words(command, "--dump-stats=/dev/fd/3");
	add_word(command, "--length=", seconds);
	/* By itself it leaves some codecs to software. */
	add_word(command, "--hwdec-codecs=all", "");
	add_word(command, "--hwdec=", ways[trial->way]);
	if (trial->way != CORE_MEASURE_WAY_SOFTWARE)
		add_word(command, "--vaapi-device=", trial->node);
	add_words(command, "--");
	add_word(command, trial->path, "");
}

static uint32_t way_named(const char *name)
{
	for (uint32_t i = 0; i < CORE_MEASURE_WAYS; i++) {
		if (!strcmp(ways[i], name))
			return i;
	}
	return CORE_MEASURE_WAYS;
}

static void says(struct trial *trial, const char *line)
{
	static const char hardware[] = "Using hardware decoding (";
	const char *at = strstr(line, hardware);
	char name[32];

	if (at && sscanf(at + strlen(hardware), "%31[^)]", name) == 1)
		trial->took = way_named(name);
	else if (strstr(line, "Falling back to software"))
		trial->took = CORE_MEASURE_WAY_SOFTWARE;
	else if (strstr(line, "VO: [")) {
		trial->has_screen = !strstr(line, "VO: [null]");
		trial->is_open = true;
	} else if (strncmp(line, "Exiting", strlen("Exiting")) != 0)
		keep_error(trial, line);
}

static void counts(struct trial *trial, const char *line)
{
	if (strstr(line, "start video-draw"))
		trial->pictures++;
	else if (strstr(line, "drop-vo"))
		trial->dropped++;
}

const struct player mpv_player = {
	.name = "mpv",
	.version_word = "--version",
	.tells_way = true,
	.compose = compose,
	.says = says,
	.counts = counts,
};
