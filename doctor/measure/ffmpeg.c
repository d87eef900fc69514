/* SPDX-License-Identifier: MIT
 *
 * ffmpeg decodes as fast as it can: the rate is the decoder's, or that of reading pictures back.
 */
#include <stdio.h>
#include <string.h>

#include "trial.h"

/* The pictures of an 8-bit stream are read back as NV12, those of a 10-bit stream as P010. */
static const char *downloaded(const struct trial *trial)
{
	return strstr(trial->pixels ? trial->pixels : trial->film, "10le") ? "p010le" : "nv12";
}

static void add_decoder(const struct trial *trial, struct command *command)
{
	/* By itself it takes dav1d, which knows nothing of VA-API. */
	if (!strncmp(trial->film, "av1", strlen("av1")))
		add_words(command, "-c:v av1");
	add_words(command, "-hwaccel vaapi -hwaccel_output_format vaapi -hwaccel_device");
	add_word(command, trial->node, "");
}

/* Filters that take VA surfaces and nothing else: without them it would decode in software, and not say so. */
static void add_filter(const struct trial *trial, struct command *command)
{
	char filter[96] = "format=vaapi";

	if (trial->way == CORE_MEASURE_WAY_COPY)
		snprintf(filter, sizeof(filter), "hwdownload,format=%s%s%s", downloaded(trial),
		         trial->pixels ? ",format=" : "", trial->pixels ? trial->pixels : "");
	add_words(command, "-vf");
	add_word(command, filter, "");
}

/* The film decoded on the device, and once more in software: the greatest difference in each plane goes to the pipe. */
static void add_comparison(const struct trial *trial, struct command *command)
{
	char filter[256];

	snprintf(
		filter, sizeof(filter),
		"[0:v:0]hwdownload,format=%s,format=%s[device];[1:v:0]format=%s[software];"
		"[device][software]blend=all_mode=difference:shortest=1,signalstats,metadata=print:file=pipe\\\\:3",
		downloaded(trial), trial->pixels, trial->pixels);
	add_words(command, "-filter_complex");
	add_word(command, filter, "");
	add_words(command, "-fps_mode passthrough -f null -");
}

static void add_input(const struct trial *trial, struct command *command)
{
	char seconds[16];

	snprintf(seconds, sizeof(seconds), "%u", trial->limit_s);
	add_words(command, "-t");
	add_word(command, seconds, "");
	add_words(command, "-i");
	add_word(command, "file:", trial->path);
}

static void compose(const struct trial *trial, struct command *command)
{
	/* "[error]" and the like before each line; reports each half second. */
	add_words(command, "-nostdin -hide_banner -nostats -v level+info -progress pipe:1");
	if (trial->way != CORE_MEASURE_WAY_SOFTWARE)
		add_decoder(trial, command);
	add_input(trial, command);
	if (trial->compares) {
		add_input(trial, command);
		add_comparison(trial, command);
		return;
	}
	add_words(command, "-map 0:v:0 -fps_mode passthrough");
	if (trial->way != CORE_MEASURE_WAY_SOFTWARE)
		add_filter(trial, command);
	add_words(command, trial->pixels ? "-f md5 pipe:3" : "-f null -");
}

/* "[info]   Stream #0:0: Video: h264 (High), yuv420p, 320x180, 25 fps": what is behind "Video: ". */
static void take_stream(struct trial *trial, const char *line)
{
	static const char mark[] = "Video: ";
	const char *at = strstr(line, "Stream #") ? strstr(line, mark) : NULL;

	if (at && !trial->found[0])
		snprintf(trial->found, sizeof(trial->found), "%s", at + strlen(mark));
}

static void says(struct trial *trial, const char *line)
{
	static const char *const marks[] = {"[error] ", "[fatal] ", "[panic] "};

	if (sscanf(line, "frame=%u", &trial->pictures) == 1 ||
	    sscanf(line, "drop_frames=%u", &trial->dropped) == 1)
		return;
	take_stream(trial, line);
	trial->is_open |= strstr(line, "Output #0") != NULL;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && !trial->said[0]; i++) {
		const char *at = strstr(line, marks[i]);

		if (at)
			keep_error(trial, at + strlen(marks[i]));
	}
}

static void counts(struct trial *trial, const char *line)
{
	uint32_t difference;

	sscanf(line, "MD5=%32[0-9a-f]", trial->sum);
	if (sscanf(line, "lavfi.signalstats.%*1[YUV]MAX=%u", &difference) == 1) {
		trial->planes++;
		if (difference > trial->difference)
			trial->difference = difference;
	}
}

const struct player ffmpeg_player = {
	.name = "ffmpeg", .version_word = "-version", .compose = compose, .says = says, .counts = counts};
