/* SPDX-License-Identifier: MIT
 *
 * A VA client for H.264 that shares nothing with FFmpeg: streams are read by the client of the decoder model's test.
 */
#ifndef TEST_CLIENTS_VA_DECODE_H
#define TEST_CLIENTS_VA_DECODE_H

#include "client.h"

#include <stdio.h>
#include <va/va.h>

/* libva 2.18 gave it a name; to every libva it is a number that it hands through. */
#define H264_HIGH_10 ((VAProfile)36)

enum { SURFACES = 96 };

struct options {
	const char *device;
	bool md5;            /* prints the MD5 of what would have come out */
	bool init_qp_offset; /* FFmpeg's reading of pic_init_qp_minus26 */
	bool holes;          /* references are spread over ReferenceFrames */
	bool one_buffer;     /* the slices of a picture are elements of one buffer */
	bool get_image;      /* vaGetImage instead of vaDeriveImage */
	bool again;          /* decodes twice in one process, see lives.c */
	bool each;           /* prints each frame's MD5, and does not stop at one that is bad */
	const char *beside;  /* another file, decoded at the same time in the same process */
	const char *title;   /* begins each line of `each` */
	const char *heap;    /* surfaces are the player's own memory, from this dma-heap */
	unsigned int in_flight;
	unsigned int width, height; /* no more comes out of a frame; 0: as the SPS says */
};

struct surface {
	VASurfaceID id;
	bool decoded;       /* it holds a frame, */
	unsigned int frame; /* this one of the client's */
	bool waiting;       /* for its turn to come out, or for being written */
	bool due;           /* its turn has come */
	unsigned int turn;
	int poc;
	unsigned int crop[4];
};

struct decoder {
	const struct options *options;
	struct client_stream stream;
	struct client_dpb dpb;

	int node;
	VADisplay display;
	VAConfigID config;
	VAContextID context;
	VAProfile profile;
	unsigned int width, height, depth; /* coded size; 0 while there is no context */
	struct surface surfaces[SURFACES];
	unsigned int surface_count;

	bool begun;
	struct surface *current;
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
                      const struct client_sps *sps); /* nothing when it fits already */
bool device_fits(const struct decoder *decoder, const struct client_sps *sps);
struct surface *device_surface(struct decoder *decoder); /* one that nobody needs */
bool device_release(struct decoder *decoder);            /* context, surfaces and config; the display stays */
void device_close(struct decoder *decoder);

/* main.c */
bool decode_stream(struct decoder *decoder, const uint8_t *data, size_t size);

/* lives.c */
bool live(struct decoder *decoder, const uint8_t *data, size_t size); /* opens a display if there is none */
bool live_again(struct decoder *decoder, const uint8_t *data, size_t size); /* twice, and accounts for both */
bool live_beside(struct decoder *decoder, const uint8_t *data, size_t size, const uint8_t *other,
                 size_t other_size); /* two at once */
void print_md5(struct decoder *decoder);

/* parameters.c */
struct references {
	VAPictureH264 entry[V4L2_H264_NUM_DPB_ENTRIES]; /* as dpb[] of the V4L2 control */
};
void fill_references(const struct decoder *decoder, const struct v4l2_ctrl_h264_decode_params *params,
                     struct references *references);
void fill_picture(const struct decoder *decoder, const struct client_slice *slice,
                  const struct references *references, VAPictureParameterBufferH264 *out);
void fill_matrix(const struct client_pps *pps, VAIQMatrixBufferH264 *out);
void fill_slice(const struct client_picture_slice *slice, const struct v4l2_ctrl_h264_slice_params *params,
                const struct references *references, bool chroma, VASliceParameterBufferH264 *out);

/* frames.c */
bool frames_insert(struct decoder *decoder, struct surface *surface);
bool frames_flush(struct decoder *decoder);

#endif
