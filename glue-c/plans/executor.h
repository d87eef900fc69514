/* SPDX-License-Identifier: MIT
 *
 * Runs the plans of one VAContext: its core instance, its open decoder, and the waiting. It decides nothing, and it
 * trusts nothing: every index, length, address and id of a plan is checked before it is used (the RLBox rule), and a
 * plan that fails the check costs the context, as a trap does.
 *
 * Lock: `lock` guards everything here and every call into `core`. CORE_THEN_WAIT releases it. Waiting is
 * leader/follower: one thread polls the device outside the lock, the others sleep on `progress`; whoever takes a
 * finished buffer hands it to the core under the lock and wakes all.
 */
#ifndef GLUE_PLANS_EXECUTOR_H
#define GLUE_PLANS_EXECUTOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/core.h"
#include "../core/exchange.h"
#include "../v4l2/captures.h"
#include "../v4l2/device.h"
#include "../v4l2/slots.h"
#include "trace.h"

/* Memory of a surface, for as long as it takes to queue it. */
struct executor_lease {
	struct dmabuf memory; /* the surface's, which goes on owning it */
	void *surface;
};

/* Lends a surface's dma-buf with the layout in use, allocated now if it has none. own_memory: the picture is in memory of the
 * CAPTURE buffer's own, and this only sees to it that it can be copied to the surface. 0 or errno (EXDEV: somebody
 * already holds its memory, and that cannot take this layout, or not even a copy; ENOENT: there is no such surface). */
struct executor;
typedef int executor_borrow(void *owner, const struct executor *executor, uint32_t surface, bool own_memory,
                            struct executor_lease *lease);
typedef void executor_give_back(void *owner, struct executor_lease *lease);
/* Copies a picture of the layout in use to its surface. 0 or errno. */
typedef int executor_deliver(void *owner, const struct executor *executor, const struct dmabuf *picture,
                             uint32_t surface);

/* Waits until nobody reads the surface's memory any more, of which somebody outside has a descriptor; no lock is held. Returns 0 or
 * ETIMEDOUT. */
typedef int executor_wait_readers(void *owner, uint32_t surface, uint32_t timeout_ms);

/* A surface's picture is damaged or missing (CORE_SURFACE_*). */
typedef void executor_damaged(void *owner, uint32_t surface, uint32_t state);

/* The VA data buffer that is being rendered: what APPEND takes bytes from. */
struct executor_data {
	const uint8_t *bytes;
	uint32_t size;
};

/* How an event ended. */
struct executor_outcome {
	uint32_t status; /* VAStatus */
	uint32_t message;
	uint32_t values[2];
};

struct executor {
	pthread_mutex_t lock;
	pthread_cond_t progress;
	struct core *core;
	struct v4l2_device device;
	struct output_slots output;
	const struct core_decoder *facts;
	struct capture_buffers captures;
	const char *video_path; /* for memory from the decoder; as long as the context lives */

	bool layout_known;
	struct core_layout layout;
	struct core_allocation allocation;
	uint8_t control[CORE_MAX_PROBE_CONTROL]; /* that of allocation */

	void *owner;
	executor_borrow *borrow;
	executor_give_back *give_back;
	executor_deliver *deliver;
	executor_damaged *damaged;
	executor_wait_readers *wait_readers;

	struct trace *trace; /* NULL: nobody asked for one */

	uint64_t returned;     /* buffers that the device gave back so far */
	uint64_t silent_since; /* CLOCK_MONOTONIC; 0: it has returned something since it was waited for */
	bool leading;          /* a thread polls the device; it alone takes buffers */
	int gone;              /* errno that says the device is gone for good; 0 while it is well */
	bool damage;           /* something failed once, so there may be damaged pictures to ask the core for */
	bool lost;             /* the core trapped or broke the contract */
	bool closed;           /* the context is destroyed: nothing may enter the core */
};

/* Opens the decoder and an instance. video_path must stay where it is. Returns 0 or errno; then there is nothing to close. */
int executor_open(struct executor *executor, const char *video_path, const char *media_path,
                  const struct core_decoder *facts);
/* Nobody may be inside any more. */
void executor_close(struct executor *executor);

void executor_lock(struct executor *executor);
void executor_unlock(struct executor *executor);

/* The outcome of an event that cannot be handed in because the context is lost or closed; false when it can. */
bool executor_refuses(const struct executor *executor, struct executor_outcome *outcome);
/* The core trapped in an export that has no plan. */
void executor_lose(struct executor *executor, struct executor_outcome *outcome);

#endif
