/* SPDX-License-Identifier: MIT
 *
 * Everything the driver ever says: one sentence for what failed, through libva's error callback. A sentence waits until
 * messages_deliver() says it at the end of the call.
 */
#ifndef GLUE_VA_MESSAGES_H
#define GLUE_VA_MESSAGES_H

#include <stddef.h>

#include "driver.h"

void messages_open(struct driver *driver);
void messages_close(struct driver *driver);
/* Says what waits. With no lock held: the callback is the player's and may call back. */
void messages_deliver(struct driver *driver);

/* Says one sentence, without a full stop or a line end. */
void messages_say(struct driver *driver, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says why a call is refused, and returns its status. */
VAStatus messages_refuse(struct driver *driver, VAStatus status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Refuses an id that names nothing. VA_INVALID_ID is passed over in silence: what made it was said before. */
VAStatus messages_unknown(struct driver *driver, VAStatus status, const char *call, const char *what,
                          uint32_t id);

/* The sentence for a trap; why: core_trap_reason(), NULL when the core did not trap but broke its contract. */
void messages_trap(char *text, size_t size, const char *what, const char *why);
/* Says what a plan wants said, if anything, and returns its status. What happens again in one context is said the first time,
 * the 10th, the 100th ... */
VAStatus messages_outcome(struct context *context, const struct executor_outcome *outcome);

#endif
