/* SPDX-License-Identifier: MIT
 *
 * A reader takes an elementary stream apart into its pictures and fills the VA buffers of each, as a player would. There is one
 * for each codec (test/codecs/CODEC/client); none shares code with the driver, the models or FFmpeg, tables of a specification apart. va-decode and the scenes
 * decode what they give.
 */
#ifndef TEST_CODECS_READER_H
#define TEST_CODECS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <va/va.h>

/* libva 2.18 gave it a name; to every libva it is a number that it hands through. */
#define H264_HIGH_10 ((VAProfile)36)

/* One buffer, as vaCreateBuffer takes it. */
struct reader_buffer {
	VABufferType type;
	const uint8_t *data; /* slice data lies in the stream; the rest is the reader's, until take() returns */
	size_t size;
	/* Where it names surfaces: at each of these places there is a VASurfaceID, a frame's number or VA_INVALID_SURFACE. */
	const uint32_t *places;
	unsigned int place_count;
};

enum { READER_PROFILES = 4 };

/* A frame or field. */
struct reader_picture {
	const struct reader_buffer *buffers; /* parameters first, then slice parameters and their data by turns */
	unsigned int count, parameters;
	unsigned int
		frame; /* its number in decoding order; numbers of frames that were never sent are left out */
	bool
		grained; /* AV1's film grain: `frame` is what others refer to, and another surface gets what comes out */
	unsigned int seen; /* the number of what comes out, where the frame is `grained` */
	bool second;       /* the second field of the frame before */
	bool hidden;       /* it does not come out when it is decoded */
	bool again;        /* nothing is decoded, there are no buffers: `frame`, hidden or not, comes out now */
	bool key;          /* nothing before it is needed from here on */
	bool flushes;      /* all frames before it come out before it does */
	bool reference;    /* others may refer to it */
	int order;         /* frames come out by rising order, of those since the last that flushes */
	unsigned int reorder;                /* so many frames at most wait for their turn */
	unsigned int width, height, depth;   /* coded size; bits */
	unsigned int crop[4];                /* not to be seen: left, right, top, bottom, in luma samples */
	VAProfile profiles[READER_PROFILES]; /* whose decoders take it, the narrowest first */
	unsigned int profile_count;
	const char *kind;  /* of stream, for whoever finds no profile for it */
	size_t start, end; /* its bytes in the stream */
};

/* What becomes of the tag in front of a VP8 frame (RFC 6386 9.1). */
enum reader_tag {
	READER_NO_TAG,     /* the slice data begins behind it: FFmpeg, Firefox */
	READER_TAG,        /* the slice data begins with it */
	READER_TAG_BEFORE, /* it is in the slice data, and slice_data_offset leaves it out: GStreamer, Chromium */
};

/* What clients do in one way or another, where a codec has it. */
struct reader_habits {
	bool init_qp_offset;   /* FFmpeg's reading of pic_init_qp_minus26 */
	bool holes;            /* references are spread over ReferenceFrames */
	bool changed_matrices; /* matrices are sent when they change: MPEG-2's load flags mean what they say */
	bool bare_slices;      /* without the start codes of MPEG-2 */
	enum reader_tag tag;
	bool
		data_first; /* AV1: the data of a frame in one buffer, before the parameters of its tiles: Chromium */
	bool no_grain;  /* AV1: film grain is the player's affair */
};

struct reader_client {
	void *opaque;
	/* Each picture from the first that refers to no other; false ends the reading. */
	bool (*take)(void *opaque, const struct reader_picture *picture);
};

/* An open stream. */
struct reader_stream;

struct reader {
	const char *name;      /* of the codec: "h264" */
	const char *extension; /* of elementary streams: ".264" */
	const char *decoder;   /* libavcodec's */
	/* What stands in a buffer, from the place of the surface on, where the client has no such frame. */
	const void *absent;
	size_t absent_size;
	/* NULL: no memory. */
	struct reader_stream *(*open)(const uint8_t *data, size_t size, const struct reader_habits *habits);
	/* False when a picture was not taken, or without memory; unreadable: slices whose header cannot be read. */
	bool (*read)(struct reader_stream *stream, const struct reader_client *client, unsigned int *unreadable);
	/* Whether pictures after the one that was taken last may refer to the frame. */
	bool (*needs)(const struct reader_stream *stream, unsigned int frame);
	void (*close)(struct reader_stream *stream);
};

/* Memory for a picture of any number of slices. All 0 at first. */
struct reader_room {
	void *slices;                  /* their parameters, an array of the codec's struct */
	struct reader_buffer *buffers; /* the picture's parameters, then two for each slice */
	unsigned int count;            /* slices that there is room for */
};

/* Grows it to at least so many slices. size: of a slice's parameters. False: no memory, and all is as before. */
bool reader_make_room(struct reader_room *room, unsigned int slices, size_t size, unsigned int parameters);
void reader_free_room(struct reader_room *room);

/* NULL behind the last. */
extern const struct reader *const readers[];

const struct reader *reader_named(const char *name); /* NULL: there is none */

/* The number of what comes out of the picture. */
unsigned int reader_seen(const struct reader_picture *picture);

/* Whether the picture, or its own parameters, name the frame. */
bool reader_names(const struct reader_picture *picture, unsigned int frame);

#endif
