/* SPDX-License-Identifier: MIT
 *
 * What players ask before they play, and what those have in common that play through libavcodec.
 */
#ifndef TEST_SCENES_ASKS_H
#define TEST_SCENES_ASKS_H

#include "show.h"

/* As many as any list has entries. */
enum { PROFILES = 64, QUESTIONS = 64 };

/* An attribute of surfaces that is an integer. */
#define SURFACE_ATTRIBUTE(what, number)                                 \
	{                                                                   \
		.type = (what), .flags = VA_SURFACE_ATTRIB_SETTABLE, .value = { \
			.type = VAGenericValueTypeInteger,                          \
			.value.i = (int)(number)                                    \
		}                                                               \
	}

/* Runs it in a process that ends without vaTerminate(), as by a signal. */
void end_without_a_word(void (*play)(void));
void run_thread(void *(*start)(void *), void *argument);

unsigned int ask_profiles(struct screen *screen, VAProfile *profiles);
void ask_entrypoints(struct screen *screen, VAProfile profile);
/* Returns the format that surfaces of the profile have: 4:2:0 of 8 bit, or of 10 where it has no other. */
unsigned int ask_format(struct screen *screen, VAProfile profile);
/* unset: what is in the count of the first call, which has no list. */
void ask_surfaces(struct screen *screen, VAConfigID config, unsigned int unset);
/* A config that is made to be asked, and is gone again. */
void ask_config(struct screen *screen, VAProfile profile, bool bare, unsigned int surface_questions);
void ask_images(struct screen *screen);
void show_derive(struct show *show, unsigned int slot);

extern const struct habits ffmpeg_habits;
/* What libavcodec and libavutil do before the first picture, in whatever player; its habits are set already. pool: surfaces that are
 * made now, the context's targets; 0: as since FFmpeg 7, which makes one, and the others when they are needed, for a context without targets. */
void ffmpeg_opens(struct show *show, unsigned int pool);

#endif
