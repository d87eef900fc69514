/* SPDX-License-Identifier: MIT
 *
 * What an input of the fuzzer is, and the world that it plays in: displays of the driver, the ids that they gave, descriptors
 * that the player holds. An input is a list of records of RECORD bytes; the first says which device there is and how it is used
 * (target.c), each other one is a call, or something that is to come (calls.c).
 */
#ifndef TEST_FUZZ_WORLD_H
#define TEST_FUZZ_WORLD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <va/va.h>
#include <va/va_backend.h>
#include <va/va_backend_prot.h>
#include <va/va_backend_vpp.h>
#include <va/va_drmcommon.h>

#include "findings.h"

enum { RECORD = 8, MOST_RECORDS = 256, DISPLAYS = 2, SLOTS = 32, HANDLES = 8, MOST_THREADS = 3 };

struct record {
	uint8_t op; /* OP_*, modulo OPS */
	uint8_t a, b, c, d, e, f, g;
};

/* Each player's next record. The numbers are part of the corpus: new ones go to the end. */
enum op {
	OP_PICTURE, /* the clip's next picture, whole; pictures.c */
	OP_PATCH,   /* something is wrong with it */
	OP_CLIP,
	OP_DISPLAY,
	OP_CONFIG,
	OP_CONFIG_DESTROY,
	OP_QUESTIONS,
	OP_SURFACES,
	OP_SURFACES_IMPORT,
	OP_SURFACES_DESTROY,
	OP_CONTEXT,
	OP_CONTEXT_DESTROY,
	OP_BEGIN,
	OP_RENDER,
	OP_END,
	OP_BUFFER,
	OP_BUFFER_ELEMENTS,
	OP_BUFFER_MAP,
	OP_BUFFER_UNMAP,
	OP_BUFFER_DESTROY,
	OP_BUFFER_INFO,
	OP_BUFFER_ACQUIRE,
	OP_BUFFER_RELEASE,
	OP_SYNC,
	OP_SYNC2,
	OP_STATUS,
	OP_ERROR,
	OP_EXPORT,
	OP_IMAGE,
	OP_IMAGE_DERIVE,
	OP_IMAGE_DESTROY,
	OP_IMAGE_PALETTE,
	OP_IMAGE_GET,
	OP_IMAGE_PUT,
	OP_UNOFFERED,
	OP_FAULT,      /* of the device */
	OP_ALLOCATION, /* one to come fails */
	OP_LIE,        /* of the core, where it lies */
	OP_TERMINATE,
	OP_MISSING, /* lists that are none */
	OPS
};

enum kind { KIND_CONFIG, KIND_CONTEXT, KIND_SURFACE, KIND_BUFFER, KIND_IMAGE, KINDS };

struct display {
	struct VADriverContext va;
	struct VADriverVTable table;
	struct VADriverVTableVPP vpp;
	struct VADriverVTableProt prot;
	bool open;
	char words[512]; /* that it said last, where there is one thread */
};

struct world {
	struct display displays[DISPLAYS];
	/* The last ids that each slot had; they stay when the object is destroyed, and are asked of either display. */
	_Atomic uint32_t ids[KINDS][SLOTS];
	/* dma-bufs that were exported. */
	pthread_mutex_t lock;
	struct {
		int fd;
		VADRMPRIMESurfaceDescriptor descriptor;
	} handles[HANDLES];
	/* What images hold, by id. */
	pthread_mutex_t contents[SLOTS];
	unsigned int threads;
};

enum { PATCHES = 8 };

/* One thread of the program that uses the driver. */
struct player {
	struct world *world;
	struct display *display;
	const struct clip *clip;
	unsigned int position; /* of the clip: the next picture */
	struct record patches[PATCHES];
	unsigned int patch_count;
	const struct record *records;
	unsigned int count;
};

/* Makes a display, unless there is one; false: vaInitialize failed. */
bool world_open(struct display *display);
void world_close(struct display *display);
/* Lets go of all descriptors. */
void world_drop_handles(struct world *world);

/* An id for a call: mostly of a slot (the byte modulo SLOTS), else one that was never given, or of another kind of object. */
uint32_t world_pick(struct world *world, enum kind kind, uint8_t byte);
void world_keep(struct world *world, enum kind kind, uint8_t byte, uint32_t id);

/* calls.c */
void play_record(struct player *player, const struct record *record);
/* All that a player has; the start of a thread. */
void *play_records(void *player);

/* pictures.c */
void play_picture(struct player *player, const struct record *record);

/* missing.c */
void play_missing(struct player *player, const struct record *record);

/* unoffered.c */
void play_unoffered(struct player *player, const struct record *record);

static inline unsigned int word(uint8_t low, uint8_t high)
{
	return (unsigned int)(low | high << 8);
}

/* The core's answers are spoilt: a context may be lost at any time. */
extern const bool lying;
extern bool tracing;

#define CALL(player, entry, ...) \
	(call_begins(#entry),        \
	 call_ended(#entry, (player)->display->table.entry(&(player)->display->va, __VA_ARGS__)))

#endif
