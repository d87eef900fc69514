/* SPDX-License-Identifier: MIT
 *
 * A player: a display, and a context that plays a film to it. Every frame is compared with the right one, in every sample.
 * What goes wrong ends the process (harness.h).
 */
#ifndef TEST_SCENES_SHOW_H
#define TEST_SCENES_SHOW_H

#include <pthread.h>
#include <stdatomic.h>

#include "film.h"
#include "films.h"
#include "harness.h"

#define CHECK_VA(call) CHECK_EQUAL(call, VA_STATUS_SUCCESS)

/* Scenes of one kind: a file defines scenes_NAME, and main.c or board.c runs them. */
struct scenes {
	const char *name;
	enum played played;
	const struct test *tests;
	size_t count;
};

/* The node whose driver libva loads. */
extern const char *screen_node;

struct screen {
	int node;
	VADisplay va;
	atomic_uint bytes; /* that came through the error and info callbacks since vaInitialize() */
	char first[256];
};

void screen_open(struct screen *screen);
/* Also checks that nothing was said. */
void screen_close(struct screen *screen);
/* Exactly one sentence was said, with this in it; it is forgotten. */
void screen_said(struct screen *screen, const char *part);
/* The same of a sentence that has a reason for the `times`th time in a context: it is said the 1st, the 10th, the 100th time. */
void screen_said_again(struct screen *screen, const char *part, unsigned int times);

/* How a frame is looked at. */
enum look {
	LOOK_GET,       /* vaGetImage: as ffmpeg */
	LOOK_DERIVE,    /* vaSyncSurface, vaDeriveImage: as GStreamer */
	LOOK_EXPORT,    /* vaExportSurfaceHandle, then vaSyncSurface: as mpv and Firefox */
	LOOK_FRESH,     /* vaExportSurfaceHandle, no vaSyncSurface: as ffmpeg's drm_prime */
	LOOK_KEPT,      /* exported once, before the first picture; never a vaSyncSurface: as Chromium */
	LOOK_KEPT_SYNC, /* exported once, vaSyncSurface for each picture */
	LOOKS,
	/* of single players */
	LOOK_AWAY = LOOKS, /* not at all */
	LOOK_STAYS         /* as LOOK_EXPORT, and the export stays until the surface's next picture */
};

enum { SLOTS = 128 };

/* A surface, and the frame in it. */
struct slot {
	VASurfaceID id;
	unsigned int width, height, depth;
	unsigned int frame;
	bool taken;  /* there is a frame in it, */
	bool unseen; /* that nobody has looked at, or that somebody is looking at */
	/* kept export, and the frame that it was made of */
	int fd;
	unsigned int exported;
	uint8_t *map;
	size_t size;
	uint32_t offsets[2], pitches[2];
};

/* How a player makes its calls, where it has ways of its own. */
struct habits {
	const VASurfaceAttrib
		*attributes; /* of its surfaces, whose depth says which pixel format; none: that alone */
	unsigned int attribute_count;
	uint32_t access;  /* of its exports: VA_EXPORT_SURFACE_*; 0: any */
	bool bare_config; /* no attributes */
	bool sync_new;    /* vaSyncSurface of each new surface */
	bool last_first;  /* the surface that was created last is the first in use */
	bool no_matrix;   /* no VAIQMatrixBuffer: the film is one of a codec that can do without */
	bool at_once;     /* all buffers of a picture in one vaRenderPicture */
};

struct show {
	struct screen *screen;
	const struct film *film;
	VAConfigID config;
	VAContextID context;
	enum look look;
	struct habits habits;
	unsigned int crop_width, crop_height; /* surfaces are so much smaller than the coded size */
	unsigned int keep;                    /* frames that are decoded ahead of the one that is looked at */
	unsigned int position;                /* next picture */
	struct slot slots[SLOTS];
	unsigned int slot_count;
	struct slot *reference;    /* of the picture whose slot was asked for last: what others refer to */
	struct slot *queue[SLOTS]; /* complete, in decoding order, not looked at */
	unsigned int queued;
	unsigned int seen; /* frames that were right */
};

void show_open(struct show *show, struct screen *screen, const struct film *film, enum look look);
/* The same with a context of another size than the film's first frame, or another profile. */
void show_open_as(struct show *show, struct screen *screen, const struct film *film, enum look look,
                  VAProfile profile, unsigned int width, unsigned int height);
/* Submits the next picture and looks at what is due; false at the end of the film. */
bool show_step(struct show *show);
/* Looks at all that is under way. */
void show_drain(struct show *show);
/* Goes on at a key picture; what is under way is not looked at. */
void show_seek(struct show *show, unsigned int key);
/* In the middle or at the end: context, config, surfaces; pictures may be in flight. */
void show_close(struct show *show);
/* From the first picture to the last, and show_drain(). */
void show_play(struct show *show);

/* ---- the parts, for scenes that do it another way ---- */

/* Surfaces come first: no config yet, and no context. */
void show_prepare(struct show *show, struct screen *screen, const struct film *film, enum look look);
/* So many, of the size of the film's first frame. */
void show_add_slots(struct show *show, unsigned int count);
void show_create_config(struct show *show);
/* For the size of the film's first frame; its targets are all surfaces that there are, or none. */
void show_create_context(struct show *show, bool targets);
void show_destroy_context(struct show *show);
void show_destroy_surfaces(struct show *show);
/* Whether all exports that were kept still show what was decoded there last; with LOOK_STAYS, what they were made of. */
void show_check_kept(const struct show *show);

/* A surface for what comes out of the next picture; with film grain, show->reference is another one for what others refer to. */
struct slot *show_slot(struct show *show);
struct slot *show_add_slot(struct show *show, unsigned int width, unsigned int height, unsigned int depth);
enum { SHOW_BUFFERS = 2 + 2 * 128 };
/* The buffers of a picture: those of parameters, then slice parameters and data by turns. */
unsigned int show_buffers(struct show *show, const struct film_picture *picture, VABufferID *buffers);
/* How many of them are parameters. */
unsigned int show_parameters(const struct show *show, const struct film_picture *picture);
void show_destroy_buffers(struct show *show, const VABufferID *buffers, unsigned int count);
/* The whole of a picture, with the surface that show_slot() gave; the first status that is not success. */
VAStatus show_submit(struct show *show, const struct film_picture *picture, struct slot *slot);
/* Whether there is a frame in it, of those that come out. */
bool show_can_look(const struct show *show, const struct slot *slot);
/* Compares; any thread. */
void show_look(struct show *show, struct slot *slot, enum look look);

#endif
