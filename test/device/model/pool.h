/* SPDX-License-Identifier: MIT
 *
 * The frames that a decoder library decodes to, in memory of the model's own. Before a picture refers to them, they get the samples that
 * the CAPTURE buffers have.
 */
#ifndef TEST_DEVICE_MODEL_POOL_H
#define TEST_DEVICE_MODEL_POOL_H

#include "image.h"

enum { POOL_FRAMES = 64 };

struct pool_frame {
	struct planes planes;
	uint8_t *memory;
	size_t size; /* bytes */
	bool held;   /* by the library */
	bool known;  /* `timestamp` is set */
	uint64_t timestamp;
	/* The CAPTURE buffer with the same samples, as far as the model knows. */
	const uint8_t *stored_luma;
	bool differs;
	bool internal; /* the CAPTURE buffer has other samples, and these are where only the decoder is */
};

struct pool {
	struct pool_frame *frames[POOL_FRAMES];
	unsigned int count;
	bool verify_all;   /* MODEL_VERIFY=all: samples are compared that nobody should have written */
	unsigned int turn; /* which rows are compared else */
};

void pool_open(struct pool *pool);
void pool_close(struct pool *pool);
/* A frame of this size that the library does not hold, but shall; it is blank (image.h). NULL: no memory, or too many are held. */
struct pool_frame *pool_take(struct pool *pool, unsigned int width, unsigned int height, unsigned int depth);
/* The library holds it no longer. */
void pool_give_back(struct pool_frame *frame);
/*
 * Every frame that the library holds and that is known gets the samples of the CAPTURE buffer that `name` finds for its timestamp, and
 * grey where `name` finds none. `except`: a timestamp that is left out, or NULL.
 */
void pool_refresh(struct pool *pool,
                  bool (*name)(void *opaque, uint64_t timestamp, struct model_image *image), void *opaque,
                  const uint64_t *except);
/* The frame was written to this CAPTURE buffer; differs: not as it is. */
void pool_stored(struct pool_frame *frame, const struct model_image *image, bool differs);

#endif
