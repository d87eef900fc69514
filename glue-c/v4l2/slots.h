/* SPDX-License-Identifier: MIT
 *
 * The OUTPUT buffers of one context: each is mapped once and has one request for its life (allocating a request per
 * picture races on the lowest free descriptor number). Used under the executor's lock.
 */
#ifndef GLUE_V4L2_SLOTS_H
#define GLUE_V4L2_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/exchange.h"
#include "device.h"

enum slot_state {
	SLOT_IDLE,    /* ours to fill */
	SLOT_QUEUED,  /* QBUF went well: the buffer is in its request */
	SLOT_AWAITING /* dequeued, but its request is not complete yet */
};

struct output_slot {
	uint8_t *map;
	uint32_t length;
	uint32_t used; /* bytes appended */
	int request_fd;
	enum slot_state state;
	bool touched;   /* the request holds controls or a buffer */
	bool kept;      /* what was appended stays when the buffer comes back */
	uint32_t flags; /* V4L2_BUF_FLAG_* of DQBUF, while AWAITING */
};

struct output_slots {
	struct output_slot slot[CORE_MAX_OUTPUT_SLOTS];
	uint32_t count;
};

/* REQBUFS on OUTPUT, with mappings and requests; count 0 frees everything. Returns 0 or errno, and then there are none. */
int slots_request(struct output_slots *slots, const struct v4l2_device *device, uint32_t count,
                  struct core_buffers *result);
/* CREATE_BUFS: more of them, of another size. On failure the earlier ones stay. */
int slots_create(struct output_slots *slots, const struct v4l2_device *device, uint32_t count, uint32_t size,
                 struct core_buffers *result);
/* Unmaps and closes without a word to the device, which is about to be closed. */
void slots_close(struct output_slots *slots);

/* ENOSPC, and nothing appended, if it does not fit. */
int slot_append(struct output_slot *slot, const void *head, uint32_t head_size, const void *data,
                uint32_t data_size);
int slot_move(struct output_slot *from, struct output_slot *to);
/* Makes the request fresh again. EBUSY: it is still with the device. */
int slot_reinit(struct output_slot *slot);
/* The same, and nothing is appended any more. */
int slot_clear(struct output_slot *slot);
/* The same after STREAMOFF, when the device has let go of the buffer: with a new request if the old one is not complete. */
int slot_renew(struct output_slot *slot, const struct v4l2_device *device);

#endif
