/* SPDX-License-Identifier: MIT
 *
 * A VA client that shares nothing with FFmpeg: streams are read by the readers of test/codecs.
 */
#ifndef TEST_CLIENTS_VA_DECODE_H
#define TEST_CLIENTS_VA_DECODE_H

#include "reader.h"

#include <stdio.h>
#include <va/va.h>

enum { SURFACES = 96 };

struct options {
	const char *device;
	bool md5;                    /* prints the MD5 of what would have come out */
	const struct reader *reader; /* of the codec */
	struct reader_habits habits;
	bool one_buffer;    /* the slices of a picture are elements of one buffer */
	bool get_image;     /* vaGetImage instead of vaDeriveImage */
	bool again;         /* decodes twice in one process, see lives.c */
	bool each;          /* prints each frame's MD5, and does not stop at one that is bad */
	const char *beside; /* another file, decoded at the same time in the same process */
	const char *title;  /* begins each line of `each` */
	const char *heap;   /* surfaces are the player's own memory, from this dma-heap */
	unsigned int in_flight;
	unsigned int width, height;                 /* no more comes out of a frame; 0: as the stream says */
	unsigned int surface_width, surface_height; /* of surfaces and context; 0: that of each picture */
};

struct surface {
	VASurfaceID id;
	bool decoded;       /* it holds a frame, */
	unsigned int frame; /* this one of the stream's */
	bool hidden;        /* never comes out */
	bool waiting;       /* for its turn to come out, or for being written */
	bool due;           /* its turn has come */
	unsigned int turn;
	int order;
	unsigned int crop[4];
};

struct decoder {
	const struct options *options;
	struct reader_stream *stream;

	int node;
	VADisplay display;
	VAConfigID config;
	VAContextID context;
	VAProfile profile;
	unsigned int width, height, depth; /* of the surfaces; 0 while there is no context */
	struct surface surfaces[SURFACES];
	unsigned int surface_count;

	struct surface *current;
	struct surface *unseen; /* of a picture with film grain: what others refer to */
	unsigned int pictures;
	unsigned int reorder;        /* frames that may wait for their turn */
	unsigned int turns, written; /* given out, done */
	uint8_t *planar;             /* one frame as it comes out */
	struct AVMD5 *md5;
};

/* Prints one sentence and returns false. */
bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* True when `status` is success, else as complain(). */
bool good(const struct decoder *decoder, VAStatus status, const char *call);

/* device.c */
bool device_open(struct decoder *decoder);
bool device_configure(struct decoder *decoder,
                      const struct reader_picture *picture); /* nothing when it fits already */
bool device_fits(const struct decoder *decoder, const struct reader_picture *picture);
/* One that nobody needs, neither this picture nor later ones. */
struct surface *device_surface(struct decoder *decoder, const struct reader_picture *picture);
bool device_release(struct decoder *decoder); /* context, surfaces and config; the display stays */
void device_close(struct decoder *decoder);

/* main.c */
bool decode_stream(struct decoder *decoder, const uint8_t *data, size_t size);

/* lives.c */
bool live(struct decoder *decoder, const uint8_t *data, size_t size); /* opens a display if there is none */
bool live_again(struct decoder *decoder, const uint8_t *data, size_t size); /* twice, and accounts for both */
bool live_beside(struct decoder *decoder, const uint8_t *data, size_t size, const uint8_t *other,
                 size_t other_size); /* two at once */
void print_md5(struct decoder *decoder);

/* frames.c */
bool frames_insert(struct decoder *decoder, struct surface *surface);
bool frames_flush(struct decoder *decoder);

#endif
