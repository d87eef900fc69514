/* SPDX-License-Identifier: MIT
 *
 * One start of a player: what it is told, and what it says.
 */
#ifndef DOCTOR_MEASURE_TRIAL_H
#define DOCTOR_MEASURE_TRIAL_H

#include "child.h"
#include "measurement.h"

struct trial {
	/* what it is told */
	const char *path;   /* absolute: of the film, or of a clip */
	const char *pixels; /* the format of pictures whose checksum is wanted; NULL: none is */
	const char *node;
	const char *film; /* what the path has, as ffmpeg says: "h264 (High), yuv420p, ..." */
	uint32_t way;     /* CORE_MEASURE_WAY_* */
	uint32_t limit_s;
	bool compares; /* decodes in software, too, and compares the samples; `pixels` are needed, and 8 bit */
	/* what it says */
	uint32_t took; /* CORE_MEASURE_WAY_* */
	bool has_screen;
	bool is_open; /* what pictures go to is open, which is when the first is there */
	uint32_t pictures;
	uint32_t dropped;
	char found[REPORT_TEXT]; /* what the path has */
	char said[REPORT_TEXT];  /* the first error, or the last words where errors cannot be told from others */
	char sum[33];
	uint32_t planes;     /* how many were compared, of all pictures together */
	uint32_t difference; /* how far a sample is from software's, at most */
};

/* Room for a path of any length (PATH_MAX), and for the rest. */
enum { TRIAL_WORDS = 64, TRIAL_ROOM = 2 * 4096 };

/* A program's words. */
struct command {
	char *words[TRIAL_WORDS];
	uint32_t count;
	char room[TRIAL_ROOM];
	uint32_t used;
};

/* Adds words that are separated by spaces, */
void add_words(struct command *command, const char *words);
/* and one word, made of two parts. */
void add_word(struct command *command, const char *first, const char *second);

struct player {
	const char *name;
	const char *version_word; /* what makes it say its version */
	bool
		tells_way; /* it decodes in software unless it says otherwise; else it fails where it cannot do as it is told */
	void (*compose)(const struct trial *trial, struct command *command);
	void (*says)(struct trial *trial, const char *line);
	void (*counts)(struct trial *trial, const char *line);
};

extern const struct player ffmpeg_player;
extern const struct player mpv_player;

/* Keeps an error in `said`, with FILE for the path and ? for what is not printable ASCII. */
void keep_error(struct trial *trial, const char *line);

/* Twice a second while the player runs. Elapsed milliseconds. */
typedef void trial_watcher(void *opaque, const struct trial *trial, uint32_t elapsed_ms);

/* Runs the player. facts: all but `end` where it was not the player's. */
void trial_run(const struct player *player, struct trial *trial, trial_watcher *watcher, void *opaque,
               struct core_measure_run *facts, uint32_t *memory_kb);
/* "mpv 0.35.1", or empty where there is no such program, or none that answers. */
void ask_version(const struct player *player, char *version, size_t size);

#endif
