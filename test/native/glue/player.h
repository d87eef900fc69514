/* SPDX-License-Identifier: MIT
 *
 * A small player for tests: it opens the driver as libva does (an entry, a table, callbacks), and decodes a stream of
 * its own making, whose every sample is known: IDR pictures of I_PCM macroblocks, and P pictures that skip them all.
 */
#ifndef TEST_NATIVE_GLUE_PLAYER_H
#define TEST_NATIVE_GLUE_PLAYER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <va/va.h>
#include <va/va_backend.h>
#include <va/va_drmcommon.h>

#include "va/initialize.h" /* the driver is linked into the test; its entry calls driver_init() */

enum { PLAYER_SIDE = 64, PLAYER_MACROBLOCKS = 4 };

struct player {
	struct VADriverContext va;
	struct VADriverVTable table;
	atomic_uint messages; /* sentences that came through the error callback */
	char last[1024];      /* the first of them since there was none; tests that read it have one thread */
};

/* What libva has ready before it calls the driver. */
void player_prepare(struct player *player);
/* The same, and driver_init(). */
VAStatus player_open(struct player *player);
void player_close(struct player *player);

/* A config for H.264 High and a context with it; the statuses are checked by the caller. */
VAStatus player_config(struct player *player, VAConfigID *config);
VAStatus player_context(struct player *player, VAConfigID config, VAContextID *context);
VAStatus player_surfaces(struct player *player, VASurfaceID *surfaces, unsigned int count);

/* One picture of the stream: what a player would send. */
struct player_picture {
	VASurfaceID surface;
	VASurfaceID reference; /* VA_INVALID_SURFACE: an IDR picture of its own samples */
	uint32_t number;       /* frame_num; counts from 0 at an IDR picture */
	uint8_t seed;          /* of an IDR picture's samples */
};

/* The sample of an IDR picture with this seed; plane 0 is luma, 1 and 2 Cb and Cr. Never 0: no emulation prevention. */
uint8_t player_sample(uint8_t seed, int plane, int x, int y);

/* How a picture is sent that is not like all others. */
struct player_shape {
	int macroblocks;  /* across and down: at most PLAYER_MACROBLOCKS */
	uint32_t padding; /* zero bytes behind its slice */
};

/* The four buffers of a picture: parameters, IQ matrix, slice parameters, slice data. */
enum { PLAYER_BUFFERS = 4 };
VAStatus player_buffers(struct player *player, VAContextID context, const struct player_picture *picture,
                        VABufferID *buffers);
VAStatus player_shaped_buffers(struct player *player, VAContextID context,
                               const struct player_picture *picture, const struct player_shape *shape,
                               VABufferID *buffers);
/* One half of a picture as a slice of its own: its parameters (offset 0), and its bytes (at most 16384). */
void player_half(const struct player_picture *picture, int half, VASliceParameterBufferH264 *slice,
                 uint8_t *data, uint32_t *size);
/* Renders a picture that is begun: its parameters, and its two halves. broken: no decoder takes those. The first status that is no
 * success. */
VAStatus player_render_halves(struct player *player, VAContextID context,
                              const struct player_picture *picture, bool broken);
/* Begin, render, end, destroy the buffers; the first status that is not success, with everything after it still
 * called, as ffmpeg does. */
VAStatus player_decode(struct player *player, VAContextID context, const struct player_picture *picture);
/* The same of its two halves as slices, of which all data comes first, in one buffer, and then the parameters one by one. */
VAStatus player_decode_data_first(struct player *player, VAContextID context,
                                  const struct player_picture *picture);
VAStatus player_decode_shaped(struct player *player, VAContextID context,
                              const struct player_picture *picture, const struct player_shape *shape);

/* Through vaGetImage (NV12); whether every sample is that of `seed`. */
VAStatus player_compare(struct player *player, VASurfaceID surface, uint8_t seed, bool *equal);
/* Whether vaQuerySurfaceError says that the surface's picture is damaged or missing, all of it. */
bool player_is_bad(struct player *player, VASurfaceID surface);
/* Samples in memory laid out as NV12. */
bool player_equal(const uint8_t *data, const uint32_t *offsets, const uint32_t *pitches, uint8_t seed);

#endif
